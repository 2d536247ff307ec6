//! What the office does with programmes. A provider sees those that it delivers or evaluates.

use std::collections::BTreeSet;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::kernel::{Code, Id, Page, PageRequest, Provenance, Refusal};
use crate::providers;
use crate::providers::programmes::rules::{self, Programme, ProgrammeFilter, ProgrammeInput, Surroundings};
use crate::providers::programmes::store;
use crate::providers::rules::evidence;
use crate::store::{Conn, Tx};

/// The programme as it is now.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<Programme, Refusal> {
    let gone = || Refusal::NotFound("programme");
    let version = store::version_now(conn, id)?.ok_or_else(gone)?;
    store::load(conn, &[(id, version)])?.pop().ok_or_else(gone)
}

/// The programme as it is now, where this caller may see it: a provider where it delivers or evaluates it.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Programme, Refusal> {
    let found = get(conn, id)?;
    let mut own = found.facts.provider_ids.iter().copied().chain(found.facts.evaluator_id);
    if scope == Scope::Office || own.any(|one| scope.holds(Some(one))) { Ok(found) } else { Err(Refusal::NotFound("programme")) }
}

/// A page of the programmes that this caller may see.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, scope: Scope, filter: &ProgrammeFilter, page: &PageRequest) -> Result<Page<Programme>, Refusal> {
    match scope {
        Scope::Nothing => Ok(Page { items: Vec::new(), next_cursor: None }),
        Scope::Office => store::page(conn, None, filter, page),
        Scope::Provider(own) => store::page(conn, Some(own), filter, page),
    }
}

/// A page of the versions of a programme, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such programme for this caller.
pub fn history(conn: &mut Conn, scope: Scope, id: Id, page: &PageRequest) -> Result<Page<Programme>, Refusal> {
    seen(conn, scope, id)?;
    store::history(conn, id, page)
}

/// Adds a programme.
///
/// # Errors
/// Every fault of the input; `taken` where its code belongs to another one.
pub fn create(tx: &mut Tx<'_>, input: &ProgrammeInput, provenance: &Provenance) -> Result<Programme, Refusal> {
    let facts = checked(tx, input, provenance, None)?;
    if store::has_code(tx.conn(), &facts.code)? {
        let detail = format!("The code {} is taken by another programme.", facts.code);
        return Err(Refusal::rule_with(Code::Taken, detail, serde_json::json!({ "fields": ["code"] })));
    }
    let (id, recorded_at) = (tx.new_id(), tx.recorded_at());
    let new = Programme { id, version: 1, recorded_at, facts, provenance: provenance.clone() };
    store::insert(tx.conn(), &new)?;
    log(tx, None, &new)?;
    Ok(new)
}

/// Changes what the office says of a programme.
///
/// # Errors
/// [`Refusal::Stale`] where `version` is not the current one; every fault of the input.
pub fn change(tx: &mut Tx<'_>, id: Id, version: i32, input: &ProgrammeInput) -> Result<Programme, Refusal> {
    let before = get(tx.conn(), id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    let provenance = evidence::after_change(&before.provenance, &before.facts, input)?;
    save(tx, &before, input, provenance)
}

/// Puts a later account of the programme in the place of the one before: what an import does with a second row of one key.
///
/// # Errors
/// Every fault of the input.
pub fn restate(tx: &mut Tx<'_>, id: Id, input: &ProgrammeInput, provenance: &Provenance) -> Result<Programme, Refusal> {
    let before = get(tx.conn(), id)?;
    save(tx, &before, input, provenance.clone())
}

fn save(tx: &mut Tx<'_>, before: &Programme, input: &ProgrammeInput, provenance: Provenance) -> Result<Programme, Refusal> {
    let facts = checked(tx, input, &provenance, Some(before))?;
    let next = Programme { id: before.id, version: before.version + 1, recorded_at: tx.recorded_at(), facts, provenance };
    store::advance(tx.conn(), &next)?;
    log(tx, Some(before), &next)?;
    Ok(next)
}

fn checked(
    tx: &mut Tx<'_>,
    input: &ProgrammeInput,
    provenance: &Provenance,
    before: Option<&Programme>,
) -> Result<ProgrammeInput, Refusal> {
    let conn = tx.conn();
    let organisations: Vec<Id> = input.provider_ids.iter().copied().chain(input.evaluator_id).collect();
    let mut known: BTreeSet<Id> = providers::store::known(conn, &organisations)?;
    known.extend(providers::store::known_areas(conn, &input.area_ids)?);
    known.extend(store::known_funds(conn, &input.fund_ids)?);
    known.extend(store::known(conn, &input.succeeds_id.into_iter().collect::<Vec<_>>())?);
    let successions = store::successions(conn)?;
    rules::checked(input, &Surroundings { provenance, known: &known, successions: &successions, before })
}

fn log(tx: &mut Tx<'_>, before: Option<&Programme>, after: &Programme) -> Result<(), Refusal> {
    let json = |one: &Programme| serde_json::to_value(one).map_err(Refusal::broken);
    let before = before.map(json).transpose()?.unwrap_or_default();
    let entry = Entry { record_kind: "programme", record_id: after.id, before, after: json(after)?, reason: None };
    audit::record(tx, entry)?;
    Ok(())
}
