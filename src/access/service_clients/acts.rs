//! Making, changing and switching off service clients.

use serde_json::{Value, json};

use crate::access::permissions::check_roles;
use crate::access::service_clients::rules::check_facts;
use crate::access::service_clients::{ServiceClient, ServiceClientInput, store};
use crate::audit::{self, Entry};
use crate::kernel::{Code, Event, Faults, Id, Refusal};
use crate::store::{Conn, Tx};

/// Makes a service client whose secret has the hash `secret_hash`.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault; [`Code::Taken`] where another client has the client id.
pub fn create(tx: &mut Tx<'_>, input: &ServiceClientInput, secret_hash: &str) -> Result<ServiceClient, Refusal> {
    let facts = checked(tx, input)?;
    refuse_taken(tx.conn(), &facts.client_id, None)?;
    let id = tx.new_id();
    let (recorded_at, made_at) = (tx.recorded_at(), tx.real_at());
    store::insert(tx.conn(), id, &facts, recorded_at)?;
    store::replace_secret(tx.conn(), id, secret_hash, made_at)?;
    let client = store::get(tx.conn(), id)?;
    log(tx, Value::Null, &client)?;
    Ok(client)
}

/// Changes what is said of a client.
///
/// # Errors
/// As for [`create`]; [`Refusal::Stale`].
pub fn change(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    merge: impl FnOnce(&ServiceClientInput) -> Result<ServiceClientInput, Refusal>,
) -> Result<ServiceClient, Refusal> {
    let before = current(tx, id, version)?;
    let facts = checked(tx, &merge(&before.facts)?)?;
    refuse_taken(tx.conn(), &facts.client_id, Some(id))?;
    save(tx, &before, &facts, before.active)
}

/// Notes that a wrong secret came for a client id, with the client where there is one.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn note_wrong(tx: &mut Tx<'_>, client_id: &str) -> Result<(), Refusal> {
    const WRONG: Refusal = Refusal::BadCredentials("a wrong secret");
    match store::id_of_client(tx.conn(), client_id)? {
        Some(id) => audit::record_guess(tx, "service_client", id, &WRONG),
        None => audit::record_refused(tx, &WRONG, None),
    }
}

/// Gives a client a new secret; the one before and the tokens got with it stop counting at once.
///
/// # Errors
/// [`Refusal::Stale`].
pub fn replace_secret(tx: &mut Tx<'_>, id: Id, version: i32, secret_hash: &str) -> Result<ServiceClient, Refusal> {
    let before = current(tx, id, version)?;
    let made_at = tx.real_at();
    store::replace_secret(tx.conn(), id, secret_hash, made_at)?;
    let facts = before.facts.clone();
    save(tx, &before, &facts, before.active)
}

/// Lets a client in again, or shuts it out, its tokens included.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`] where it is so already.
pub fn switch(tx: &mut Tx<'_>, id: Id, version: i32, active: bool) -> Result<ServiceClient, Refusal> {
    let before = current(tx, id, version)?;
    if before.active == active {
        let (state, act) = if active { ("active", "activated") } else { ("inactive", "deactivated") };
        return Err(Refusal::wrong_state("service client", state, act));
    }
    let facts = before.facts.clone();
    save(tx, &before, &facts, active)
}

fn current(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<ServiceClient, Refusal> {
    let client = store::get(tx.conn(), id)?;
    if client.version == version { Ok(client) } else { Err(Refusal::Stale) }
}

fn save(tx: &mut Tx<'_>, before: &ServiceClient, facts: &ServiceClientInput, active: bool) -> Result<ServiceClient, Refusal> {
    let recorded_at = tx.recorded_at();
    store::save(tx.conn(), before.id, before.version, facts, active, recorded_at)?;
    let after = store::get(tx.conn(), before.id)?;
    log(tx, value(before)?, &after)?;
    Ok(after)
}

/// The facts as they are kept, with every fault found at once.
fn checked(tx: &mut Tx<'_>, input: &ServiceClientInput) -> Result<ServiceClientInput, Refusal> {
    let facts = ServiceClientInput { name: input.name.trim().to_owned(), ..input.clone() };
    let mut faults = Faults::new();
    check_facts(&facts.client_id, &facts.name, &mut faults);
    check_roles(&facts.roles, facts.provider_id, &mut faults);
    if let Some(provider_id) = facts.provider_id {
        match tx.emit(Event::ProviderNamed { provider_id }) {
            Err(Refusal::Invalid(more)) => faults.0.extend(more),
            other => other?,
        }
    }
    faults.into_result()?;
    Ok(facts)
}

fn refuse_taken(conn: &mut Conn, client_id: &str, own: Option<Id>) -> Result<(), Refusal> {
    match store::id_of_client(conn, client_id)? {
        Some(other) if Some(other) != own => {
            let facts = json!({ "field": "client_id" });
            Err(Refusal::rule_with(Code::Taken, "Another service client has this client id.", facts))
        }
        _ => Ok(()),
    }
}

fn value(client: &ServiceClient) -> Result<Value, Refusal> {
    serde_json::to_value(client).map_err(Refusal::broken)
}

fn log(tx: &mut Tx<'_>, before: Value, after: &ServiceClient) -> Result<(), Refusal> {
    let entry = Entry { record_kind: "service_client", record_id: after.id, before, after: value(after)?, reason: None };
    audit::record(tx, entry).map(|_| ())
}
