//! What the office does with service lines.

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Id, Page, PageRequest, Provenance, Refusal};
use crate::providers;
use crate::providers::rules::evidence;
use crate::providers::service_lines::rules::{self, ServiceLine, ServiceLineInput};
use crate::providers::service_lines::store;
use crate::store::{Conn, Tx};

/// The service line as it is now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<ServiceLine, Refusal> {
    let found = store::find(conn, id)?.filter(|line| scope.holds(Some(line.provider_id)));
    found.ok_or(Refusal::NotFound("service line"))
}

/// A page of a provider's service lines.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller.
pub fn list(conn: &mut Conn, scope: Scope, provider: Id, page: &PageRequest) -> Result<Page<ServiceLine>, Refusal> {
    providers::acts::get(conn, scope, provider)?;
    store::page(conn, provider, page)
}

/// Adds a service line to a provider.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such provider for this caller; every fault of the input.
pub fn create(
    tx: &mut Tx<'_>,
    scope: Scope,
    provider: Id,
    input: &ServiceLineInput,
    provenance: &Provenance,
) -> Result<ServiceLine, Refusal> {
    let owner = providers::acts::get(tx.conn(), scope, provider)?;
    let others = store::names(tx.conn(), provider)?;
    let names: Vec<String> = others.iter().map(|(_, _, name)| name.clone()).collect();
    let new = ServiceLine {
        id: tx.new_id(),
        provider_id: provider,
        reference: format!("{}-S{}", owner.reference(), others.len() + 1),
        version: 1,
        recorded_at: tx.recorded_at(),
        facts: rules::checked(input, &names)?,
        provenance: provenance.clone(),
    };
    store::insert(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

/// Changes a service line.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; every fault of the input.
pub fn change(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &ServiceLineInput) -> Result<ServiceLine, Refusal> {
    let before = get(tx.conn(), scope, id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let provenance = evidence::after_change(&before.provenance, &before.facts, input)?;
    save(tx, &before, input, provenance)
}

/// Puts a later account of the service line in the place of the one before, for an import.
///
/// # Errors
/// Every fault of the input.
pub fn restate(tx: &mut Tx<'_>, id: Id, input: &ServiceLineInput, provenance: &Provenance) -> Result<ServiceLine, Refusal> {
    let before = get(tx.conn(), Scope::Office, id)?;
    save(tx, &before, input, provenance.clone())
}

fn save(tx: &mut Tx<'_>, before: &ServiceLine, input: &ServiceLineInput, provenance: Provenance) -> Result<ServiceLine, Refusal> {
    let others = store::names(tx.conn(), before.provider_id)?;
    let names: Vec<String> = others.into_iter().filter(|(id, _, _)| *id != before.id).map(|(_, _, name)| name).collect();
    let facts = rules::checked(input, &names)?;
    let next = ServiceLine { version: before.version + 1, recorded_at: tx.recorded_at(), facts, provenance, ..before.clone() };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(before), &next)?;
    Ok(next)
}

fn log(tx: &mut Tx<'_>, before: Option<&ServiceLine>, after: &ServiceLine) -> Result<(), Refusal> {
    let json = |one: &ServiceLine| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "service_line", record_id: after.id, before, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
