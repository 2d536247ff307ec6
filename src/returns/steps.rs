//! Versions of returns: the first, the next, and the next of many, each with its event.

use serde_json::{Value, json};

use crate::audit::{self, Entry};
use crate::kernel::{Id, Provenance, Refusal};
use crate::returns::rules::{Leave, Planned, ReturnState};
use crate::returns::store::{self, Return};
use crate::store::Tx;

/// Makes a return of an award, which its provider writes.
pub(super) fn create(
    tx: &mut Tx<'_>,
    (award_id, provider_id): (Id, Option<Id>),
    planned: &Planned,
    leave: &Leave,
) -> Result<Return, Refusal> {
    let one = Return {
        id: tx.new_id(),
        award_id,
        version: 1,
        recorded_at: tx.recorded_at(),
        effective_on: planned.ends_on,
        due_on: planned.due_on(leave),
        due_reason: None,
        send_again_by: None,
        planned: planned.clone(),
        provider_id,
        state: ReturnState::Open,
        is_owed: true,
        content_no: 0,
        submitted_on: None,
        submitted_by: None,
        accepted_on: None,
        query: None,
        author_id: None,
        written_by: None,
        entered_on_behalf_by: None,
        certified_on: None,
        certified_by: None,
        provenance: Provenance::default(),
    };
    store::begin(tx.conn(), &one)?;
    log(tx, (None, &one), None)?;
    Ok(one)
}

/// The next version of a return.
pub(super) fn change(tx: &mut Tx<'_>, before: &Return, make: impl FnOnce(&mut Return)) -> Result<Return, Refusal> {
    change_because(tx, before, None, make)
}

pub(super) fn change_because(
    tx: &mut Tx<'_>,
    before: &Return,
    reason: Option<&str>,
    make: impl FnOnce(&mut Return),
) -> Result<Return, Refusal> {
    let mut next = Return { version: before.version + 1, recorded_at: tx.recorded_at(), ..before.clone() };
    make(&mut next);
    store::advance(tx.conn(), &next)?;
    if let Some(reason) = reason {
        store::reasons::give(tx.conn(), next.id, next.version, reason)?;
    }
    log(tx, (Some(before), &next), None)?;
    Ok(next)
}

/// The next versions of many returns at once, in a few statements, each with its event.
pub(super) fn change_all(tx: &mut Tx<'_>, before: &[Return], make: impl Fn(&Return, &mut Return)) -> Result<(), Refusal> {
    let recorded_at = tx.recorded_at();
    let step = |one: &Return| {
        let mut next = Return { version: one.version + 1, recorded_at, ..one.clone() };
        make(one, &mut next);
        next
    };
    let next: Vec<Return> = before.iter().map(step).collect();
    store::advance_all(tx.conn(), &next)?;
    audit::record_all(tx, before.iter().zip(&next).map(|(before, after)| entry((Some(before), after), None)).collect())
}

/// Writes the event of a change, with the hash of what was frozen by it.
pub(super) fn log(tx: &mut Tx<'_>, versions: (Option<&Return>, &Return), frozen: Option<String>) -> Result<(), Refusal> {
    audit::record(tx, entry(versions, frozen)).map(|_| ())
}

/// The event of a change. Why the office did it stands with the version of the return and not in the log, which holds no words that may have
/// to go.
fn entry((before, after): (Option<&Return>, &Return), frozen: Option<String>) -> Entry {
    let shown = |one: &Return| {
        json!({ "version": one.version, "award_id": one.award_id, "period": one.planned.period, "starts_on": one.planned.starts_on,
            "ends_on": one.planned.ends_on, "due_on": one.due_on, "send_again_by": one.send_again_by, "state": one.state, "is_owed": one.is_owed, "content_no": one.content_no,
            "submitted_on": one.submitted_on, "accepted_on": one.accepted_on, "written_by": one.written_by,
            "entered_on_behalf_by": one.entered_on_behalf_by,
            "certified_on": one.certified_on, "certified_by": one.certified_by })
    };
    let mut told = shown(after);
    if let (Some(sha256), Some(fields)) = (frozen, told.as_object_mut()) {
        fields.insert("frozen_sha256".to_owned(), Value::from(sha256));
    }
    Entry { record_kind: "return", record_id: after.id, before: before.map_or(Value::Null, shown), after: told, reason: None }
}
