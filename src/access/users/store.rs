//! The SQL of users.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::access::passwords::HashedPassword;
use crate::access::permissions::Role;
use crate::access::users::{User, UserInput};
use crate::kernel::{Id, Moment, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{app_user, app_user_area, app_user_password, app_user_role, app_user_version, sign_in_change};

#[derive(Queryable, Insertable)]
#[diesel(table_name = app_user_version)]
struct VersionRow {
    app_user_id: Id,
    version: i32,
    recorded_at: Moment,
    email: String,
    name: String,
    search: String,
    provider_id: Option<Id>,
    active: bool,
}

/// What narrows a list of users.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// Part of the name or the address, in lower case.
    pub search: Option<String>,
    /// One of the roles.
    pub role: Option<Role>,
    /// Whether they may sign in.
    pub active: Option<bool>,
    /// The provider they belong to.
    pub provider_id: Option<Id>,
}

/// The user with this id.
pub fn get(conn: &mut Conn, id: Id) -> Result<User, Refusal> {
    let row: Option<VersionRow> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .filter(app_user::id.eq(id))
        .select(app_user_version::all_columns).first(c).optional())?;
    let row = row.ok_or(Refusal::NotFound("user"))?;
    users(conn, vec![row])?.pop().ok_or(Refusal::NotFound("user"))
}

/// A page of users, by address.
pub fn list(conn: &mut Conn, narrowed: &Narrowed, page: &PageRequest) -> Result<Vec<User>, Refusal> {
    let after: Option<String> = page.after()?;
    let pattern = narrowed.search.as_deref().map(crate::access::store::contains);
    let rows: Vec<VersionRow> = on!(conn, c => {
        let mut query = app_user::table
            .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
            .select(app_user_version::all_columns).order(app_user::email.asc()).limit(page.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(app_user::email.gt(after));
        }
        if let Some(pattern) = pattern {
            query = query.filter(app_user_version::search.like(pattern).escape('\\'));
        }
        if let Some(role) = narrowed.role {
            query = query.filter(diesel::dsl::exists(app_user_role::table.filter(
                app_user_role::app_user_id.eq(app_user::id).and(app_user_role::version.eq(app_user::version)).and(app_user_role::role.eq(role)))));
        }
        if let Some(active) = narrowed.active {
            query = query.filter(app_user_version::active.eq(active));
        }
        if let Some(provider_id) = narrowed.provider_id {
            query = query.filter(app_user_version::provider_id.eq(provider_id));
        }
        query.load(c)
    })?;
    users(conn, rows)
}

/// Rows with their roles and areas.
fn users(conn: &mut Conn, rows: Vec<VersionRow>) -> Result<Vec<User>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.app_user_id).collect();
    let roles: Vec<(Id, Role)> = on!(conn, c => app_user_role::table
        .inner_join(app_user::table.on(app_user_role::app_user_id.eq(app_user::id).and(app_user_role::version.eq(app_user::version))))
        .filter(app_user::id.eq_any(&ids))
        .select((app_user::id, app_user_role::role)).load(c))?;
    let areas: Vec<(Id, String)> = on!(conn, c => app_user_area::table
        .inner_join(app_user::table.on(app_user_area::app_user_id.eq(app_user::id).and(app_user_area::version.eq(app_user::version))))
        .filter(app_user::id.eq_any(&ids))
        .order(app_user_area::area.asc())
        .select((app_user::id, app_user_area::area)).load(c))?;
    let with_password: Vec<Id> = on!(conn, c => app_user_password::table
        .filter(app_user_password::app_user_id.eq_any(&ids))
        .select(app_user_password::app_user_id).load(c))?;
    let (mut roles, mut areas) = (grouped(roles), grouped(areas));
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = row.app_user_id;
            let mut roles = roles.remove(&id).unwrap_or_default();
            roles.sort_unstable();
            let areas = areas.remove(&id).unwrap_or_default();
            let facts = UserInput { email: row.email, name: row.name, roles, provider_id: row.provider_id, areas };
            let has_password = with_password.contains(&id);
            User { id, version: row.version, recorded_at: row.recorded_at, facts, active: row.active, has_password }
        })
        .collect())
}

fn grouped<T>(rows: Vec<(Id, T)>) -> HashMap<Id, Vec<T>> {
    let mut all: HashMap<Id, Vec<T>> = HashMap::new();
    for (id, item) in rows {
        all.entry(id).or_default().push(item);
    }
    all
}

/// Whose address this is.
pub fn id_of_email(conn: &mut Conn, email: &str) -> Result<Option<Id>, Refusal> {
    Ok(on!(conn, c => app_user::table.filter(app_user::email.eq(email)).select(app_user::id).first(c).optional())?)
}

/// The only active administrator; nobody where there are more.
pub fn sole_administrator(conn: &mut Conn) -> Result<Option<Id>, Refusal> {
    let some: Vec<Id> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .inner_join(app_user_role::table.on(app_user_role::app_user_id.eq(app_user::id).and(app_user_role::version.eq(app_user::version))))
        .filter(app_user_role::role.eq(Role::Administrator).and(app_user_version::active.eq(true)))
        .select(app_user::id).limit(2).load(c))?;
    Ok(if let [only] = some.as_slice() { Some(*only) } else { None })
}

/// Writes a new user's first version.
pub fn insert(conn: &mut Conn, id: Id, facts: &UserInput, recorded_at: Moment) -> Result<(), Refusal> {
    let identity = (app_user::id.eq(id), app_user::email.eq(&facts.email), app_user::version.eq(1), app_user::recorded_at.eq(recorded_at));
    on!(conn, c => diesel::insert_into(app_user::table).values(identity).execute(c))?;
    insert_version(conn, id, 1, facts, true, recorded_at)
}

/// Writes the version after `version`.
pub fn save(conn: &mut Conn, id: Id, version: i32, facts: &UserInput, active: bool, recorded_at: Moment) -> Result<(), Refusal> {
    let next = version.saturating_add(1);
    let changed = on!(conn, c => diesel::update(app_user::table.filter(app_user::id.eq(id).and(app_user::version.eq(version))))
        .set((app_user::version.eq(next), app_user::email.eq(&facts.email))).execute(c))?;
    if changed == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, id, next, facts, active, recorded_at)
}

fn insert_version(conn: &mut Conn, id: Id, version: i32, facts: &UserInput, active: bool, recorded_at: Moment) -> Result<(), Refusal> {
    let row = VersionRow {
        app_user_id: id,
        version,
        recorded_at,
        email: facts.email.clone(),
        name: facts.name.clone(),
        search: format!("{}\n{}", facts.name, facts.email).to_lowercase(),
        provider_id: facts.provider_id,
        active,
    };
    on!(conn, c => diesel::insert_into(app_user_version::table).values(&row).execute(c))?;
    for role in &facts.roles {
        let role = (app_user_role::app_user_id.eq(id), app_user_role::version.eq(version), app_user_role::role.eq(*role));
        on!(conn, c => diesel::insert_into(app_user_role::table).values(role).execute(c))?;
    }
    for area in &facts.areas {
        let area = (app_user_area::app_user_id.eq(id), app_user_area::version.eq(version), app_user_area::area.eq(area));
        on!(conn, c => diesel::insert_into(app_user_area::table).values(area).execute(c))?;
    }
    Ok(())
}

/// Keeps a password's hash.
pub fn set_password(conn: &mut Conn, id: Id, password: &HashedPassword, set_at: Moment) -> Result<(), Refusal> {
    let new = (app_user_password::app_user_id.eq(id), app_user_password::phc.eq(password.phc()), app_user_password::set_at.eq(set_at));
    on!(conn, c => diesel::insert_into(app_user_password::table).values(new)
        .on_conflict(app_user_password::app_user_id).do_update()
        .set((app_user_password::phc.eq(password.phc()), app_user_password::set_at.eq(set_at))).execute(c))?;
    Ok(())
}

/// Who signs in with this address: id and password hash, where they may sign in at all.
pub fn credentials(conn: &mut Conn, email: &str) -> Result<Option<(Id, HashedPassword)>, Refusal> {
    let found: Option<(Id, String)> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .inner_join(app_user_password::table)
        .filter(app_user::email.eq(email).and(app_user_version::active.eq(true)))
        .select((app_user::id, app_user_password::phc)).first(c).optional())?;
    Ok(found.map(|(id, phc)| (id, HashedPassword::kept(phc))))
}

/// The hash of a user's own password.
pub fn password(conn: &mut Conn, id: Id) -> Result<Option<HashedPassword>, Refusal> {
    let phc: Option<String> = on!(conn, c => app_user_password::table.find(id).select(app_user_password::phc).first(c).optional())?;
    Ok(phc.map(HashedPassword::kept))
}

/// The addresses of those who may sign in and play one of `roles` for a provider, in their order.
pub fn reached(conn: &mut Conn, provider_id: Id, roles: &[Role]) -> Result<Vec<String>, Refusal> {
    let emails: Vec<String> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .filter(app_user_version::provider_id.eq(provider_id).and(app_user_version::active.eq(true)))
        .filter(diesel::dsl::exists(app_user_role::table.filter(app_user_role::app_user_id.eq(app_user::id)
            .and(app_user_role::version.eq(app_user::version)).and(app_user_role::role.eq_any(roles)))))
        .order(app_user::email.asc()).select(app_user::email).load(c))?;
    Ok(emails)
}

/// Those of these providers for which somebody who may sign in plays one of `roles`.
pub fn staffed(conn: &mut Conn, providers: &[Id], roles: &[Role]) -> Result<HashSet<Id>, Refusal> {
    let mut all = HashSet::new();
    // In pieces, since a statement takes only so many parameters.
    for some in providers.chunks(1_000) {
        let found: Vec<Option<Id>> = on!(conn, c => app_user::table
            .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
            .filter(app_user_version::provider_id.assume_not_null().eq_any(some).and(app_user_version::active.eq(true)))
            .filter(diesel::dsl::exists(app_user_role::table.filter(app_user_role::app_user_id.eq(app_user::id)
                .and(app_user_role::version.eq(app_user::version)).and(app_user_role::role.eq_any(roles)))))
            .select(app_user_version::provider_id).load(c))?;
        all.extend(found.into_iter().flatten());
    }
    Ok(all)
}

/// The addresses of those who may sign in and play one of `roles`, in their order.
pub fn addresses(conn: &mut Conn, roles: &[Role]) -> Result<Vec<String>, Refusal> {
    let emails: Vec<String> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .filter(app_user_version::active.eq(true))
        .filter(diesel::dsl::exists(app_user_role::table.filter(app_user_role::app_user_id.eq(app_user::id)
            .and(app_user_role::version.eq(app_user::version)).and(app_user_role::role.eq_any(roles)))))
        .order(app_user::email.asc()).select(app_user::email).load(c))?;
    Ok(emails)
}

/// Notes that somebody else changed how a user signs in.
pub fn note_change(conn: &mut Conn, id: Id, at: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::delete(sign_in_change::table.find(id)).execute(c))?;
    let values = (sign_in_change::app_user_id.eq(id), sign_in_change::changed_at.eq(at));
    on!(conn, c => diesel::insert_into(sign_in_change::table).values(values).execute(c))?;
    Ok(())
}

/// When somebody else changed how a user signs in, the last time.
pub fn changed_at(conn: &mut Conn, id: Id) -> Result<Option<Moment>, Refusal> {
    Ok(on!(conn, c => sign_in_change::table.find(id).select(sign_in_change::changed_at).first(c).optional())?)
}

/// Those of these users who may sign in and play one of `roles`.
pub fn playing(conn: &mut Conn, ids: &[Id], roles: &[Role]) -> Result<Vec<Id>, Refusal> {
    let found: Vec<Id> = on!(conn, c => app_user::table
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .filter(app_user::id.eq_any(ids).and(app_user_version::active.eq(true)))
        .filter(diesel::dsl::exists(app_user_role::table.filter(app_user_role::app_user_id.eq(app_user::id)
            .and(app_user_role::version.eq(app_user::version)).and(app_user_role::role.eq_any(roles)))))
        .select(app_user::id).load(c))?;
    Ok(found)
}
