//! The SQL of service clients.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::access::permissions::Role;
use crate::access::service_clients::{ServiceClient, ServiceClientInput};
use crate::kernel::{Id, Moment, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{service_client, service_client_role, service_client_secret, service_client_version};

#[derive(Queryable, Insertable)]
#[diesel(table_name = service_client_version)]
struct VersionRow {
    service_client_id: Id,
    version: i32,
    recorded_at: Moment,
    client_id: String,
    name: String,
    search: String,
    provider_id: Option<Id>,
    active: bool,
}

/// The client with this id.
pub fn get(conn: &mut Conn, id: Id) -> Result<ServiceClient, Refusal> {
    let row: Option<VersionRow> = on!(conn, c => service_client::table
        .inner_join(service_client_version::table.on(
            service_client_version::service_client_id.eq(service_client::id).and(service_client_version::version.eq(service_client::version))))
        .filter(service_client::id.eq(id))
        .select(service_client_version::all_columns).first(c).optional())?;
    let row = row.ok_or(Refusal::NotFound("service client"))?;
    clients(conn, vec![row])?.pop().ok_or(Refusal::NotFound("service client"))
}

/// A page of clients, by client id.
pub fn list(conn: &mut Conn, search: Option<&str>, active: Option<bool>, page: &PageRequest) -> Result<Vec<ServiceClient>, Refusal> {
    let after: Option<String> = page.after()?;
    let pattern = search.map(crate::access::store::contains);
    let rows: Vec<VersionRow> = on!(conn, c => {
        let mut query = service_client::table
            .inner_join(service_client_version::table.on(
                service_client_version::service_client_id.eq(service_client::id).and(service_client_version::version.eq(service_client::version))))
            .select(service_client_version::all_columns).order(service_client::client_id.asc()).limit(page.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(service_client::client_id.gt(after));
        }
        if let Some(pattern) = pattern {
            query = query.filter(service_client_version::search.like(pattern).escape('\\'));
        }
        if let Some(active) = active {
            query = query.filter(service_client_version::active.eq(active));
        }
        query.load(c)
    })?;
    clients(conn, rows)
}

/// Rows with their roles and the age of their secrets.
fn clients(conn: &mut Conn, rows: Vec<VersionRow>) -> Result<Vec<ServiceClient>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.service_client_id).collect();
    let found: Vec<(Id, Role)> = on!(conn, c => service_client_role::table
        .inner_join(service_client::table.on(
            service_client_role::service_client_id.eq(service_client::id).and(service_client_role::version.eq(service_client::version))))
        .filter(service_client::id.eq_any(&ids))
        .select((service_client::id, service_client_role::role)).load(c))?;
    let secrets: Vec<(Id, Moment)> = on!(conn, c => service_client_secret::table
        .filter(service_client_secret::service_client_id.eq_any(&ids).and(service_client_secret::revoked_at.is_null()))
        .select((service_client_secret::service_client_id, service_client_secret::created_at)).load(c))?;
    let secrets: HashMap<Id, Moment> = secrets.into_iter().collect();
    let mut roles: HashMap<Id, Vec<Role>> = HashMap::new();
    for (id, role) in found {
        roles.entry(id).or_default().push(role);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = row.service_client_id;
            let mut roles = roles.remove(&id).unwrap_or_default();
            roles.sort_unstable();
            let facts = ServiceClientInput { client_id: row.client_id, name: row.name, roles, provider_id: row.provider_id };
            let secret_made_at = secrets.get(&id).copied();
            ServiceClient { id, version: row.version, recorded_at: row.recorded_at, facts, active: row.active, secret_made_at }
        })
        .collect())
}

/// Whose client id this is.
pub fn id_of_client(conn: &mut Conn, client_id: &str) -> Result<Option<Id>, Refusal> {
    Ok(on!(conn, c => service_client::table.filter(service_client::client_id.eq(client_id)).select(service_client::id)
        .first(c).optional())?)
}

/// Writes a new client's first version.
pub fn insert(conn: &mut Conn, id: Id, facts: &ServiceClientInput, recorded_at: Moment) -> Result<(), Refusal> {
    let identity = (
        service_client::id.eq(id),
        service_client::client_id.eq(&facts.client_id),
        service_client::version.eq(1),
        service_client::recorded_at.eq(recorded_at),
    );
    on!(conn, c => diesel::insert_into(service_client::table).values(identity).execute(c))?;
    insert_version(conn, id, 1, facts, true, recorded_at)
}

/// Writes the version after `version`.
pub fn save(conn: &mut Conn, id: Id, version: i32, facts: &ServiceClientInput, active: bool, recorded_at: Moment) -> Result<(), Refusal> {
    let next = version.saturating_add(1);
    let current = service_client::table.filter(service_client::id.eq(id).and(service_client::version.eq(version)));
    let set = (service_client::version.eq(next), service_client::client_id.eq(&facts.client_id));
    if on!(conn, c => diesel::update(current).set(set).execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, id, next, facts, active, recorded_at)
}

fn insert_version(
    conn: &mut Conn,
    id: Id,
    version: i32,
    facts: &ServiceClientInput,
    active: bool,
    recorded_at: Moment,
) -> Result<(), Refusal> {
    let row = VersionRow {
        service_client_id: id,
        version,
        recorded_at,
        client_id: facts.client_id.clone(),
        name: facts.name.clone(),
        search: format!("{}\n{}", facts.name, facts.client_id).to_lowercase(),
        provider_id: facts.provider_id,
        active,
    };
    on!(conn, c => diesel::insert_into(service_client_version::table).values(&row).execute(c))?;
    for role in &facts.roles {
        let role =
            (service_client_role::service_client_id.eq(id), service_client_role::version.eq(version), service_client_role::role.eq(*role));
        on!(conn, c => diesel::insert_into(service_client_role::table).values(role).execute(c))?;
    }
    Ok(())
}

/// Makes this the client's only secret.
pub fn replace_secret(conn: &mut Conn, id: Id, hash: &str, at: Moment) -> Result<(), Refusal> {
    let before = service_client_secret::table
        .filter(service_client_secret::service_client_id.eq(id).and(service_client_secret::revoked_at.is_null()));
    on!(conn, c => diesel::update(before).set(service_client_secret::revoked_at.eq(at)).execute(c))?;
    let row = (
        service_client_secret::id.eq(Id::new()),
        service_client_secret::service_client_id.eq(id),
        service_client_secret::hash.eq(hash),
        service_client_secret::created_at.eq(at),
    );
    on!(conn, c => diesel::insert_into(service_client_secret::table).values(row).execute(c))?;
    Ok(())
}

/// A client that proved itself.
pub struct Proven {
    /// The client.
    pub id: Id,
    /// The secret that it proved.
    pub secret_id: Id,
}

/// The active client with this client id and a secret of this hash.
pub fn proven(conn: &mut Conn, client_id: &str, hash: &str) -> Result<Option<Proven>, Refusal> {
    let found: Option<(Id, Id)> = on!(conn, c => service_client::table
        .inner_join(service_client_version::table.on(
            service_client_version::service_client_id.eq(service_client::id).and(service_client_version::version.eq(service_client::version))))
        .inner_join(service_client_secret::table)
        .filter(service_client::client_id.eq(client_id).and(service_client_version::active.eq(true)))
        .filter(service_client_secret::hash.eq(hash).and(service_client_secret::revoked_at.is_null()))
        .select((service_client::id, service_client_secret::id)).first(c).optional())?;
    Ok(found.map(|(id, secret_id)| Proven { id, secret_id }))
}
