//! Writing events.

use serde_json::{Value, json};

use crate::audit::rules::{self, Outcome};
use crate::audit::store::{self, EventRow};
use crate::kernel::{Event, Id, Refusal};
use crate::store::{Conn, Tx};

/// What an act did to one record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What kind of record: `award`.
    pub record_kind: &'static str,
    /// Which record.
    pub record_id: Id,
    /// The record before; `Null` for a new one.
    pub before: Value,
    /// The record after; `Null` where nothing is left of it.
    pub after: Value,
    /// Why, where the caller gave a reason.
    pub reason: Option<String>,
}

fn blank(tx: &Tx<'_>, outcome: Outcome) -> EventRow {
    let actor = tx.actor();
    EventRow {
        id: tx.new_id(),
        recorded_at: tx.recorded_at(),
        happened_at: tx.real_at(),
        act: tx.act().to_owned(),
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        provider_id: actor.provider_id,
        request_id: tx.request_id().to_owned(),
        record_kind: None,
        record_id: None,
        outcome,
        refusal_code: None,
        refusal_detail: None,
        reason: None,
        before_json: None,
        after_json: None,
    }
}

/// Writes the event of an act and gives its id.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record(tx: &mut Tx<'_>, entry: Entry) -> Result<Id, Refusal> {
    let row = done(tx, entry);
    store::insert(tx.conn(), &row)?;
    Ok(row.id)
}

/// Writes the events of one act on many records, in a few statements.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record_all(tx: &mut Tx<'_>, entries: Vec<Entry>) -> Result<(), Refusal> {
    let rows: Vec<EventRow> = entries.into_iter().map(|entry| done(tx, entry)).collect();
    store::insert_all(tx.conn(), &rows)
}

fn done(tx: &Tx<'_>, entry: Entry) -> EventRow {
    EventRow {
        record_kind: Some(entry.record_kind.to_owned()),
        record_id: Some(entry.record_id),
        reason: entry.reason,
        before_json: rules::canonical(&entry.before),
        after_json: rules::canonical(&entry.after),
        ..blank(tx, Outcome::Done)
    }
}

/// Whether the log says that a record had this value at this place after the last done act of this name.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn says(conn: &mut Conn, (record_id, act): (Id, &str), pointer: &str, value: &str) -> Result<bool, Refusal> {
    let last = store::after_act(conn, record_id, act)?.pop().flatten();
    let last: Option<Value> = last.and_then(|text| serde_json::from_str(&text).ok());
    Ok(last.as_ref().and_then(|after| after.pointer(pointer)).and_then(Value::as_str) == Some(value))
}

/// Follows what the store does by itself: that history was closed is an act like any other, though of no one record.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    let Event::HistoryClosed { closed_at } = event else { return Ok(()) };
    let row = EventRow {
        record_kind: Some("history".to_owned()),
        before_json: rules::canonical(&json!({ "state": "open" })),
        after_json: rules::canonical(&json!({ "state": "closed", "closed_at": closed_at })),
        ..blank(tx, Outcome::Done)
    };
    store::insert(tx.conn(), &row)
}

/// Writes that somebody who gave a wrong password or secret tried to be this user or service client. What was typed is not kept.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record_guess(tx: &mut Tx<'_>, record_kind: &str, record_id: Id, refusal: &Refusal) -> Result<(), Refusal> {
    let Some(verdict) = rules::verdict(refusal) else { return Ok(()) };
    let row = EventRow {
        record_kind: Some(record_kind.to_owned()),
        record_id: Some(record_id),
        refusal_code: Some(verdict.code.to_owned()),
        refusal_detail: Some(verdict.detail),
        ..blank(tx, Outcome::Refused)
    };
    store::insert(tx.conn(), &row)
}

/// Writes that an act was attempted and refused; runs after the act's rollback. `target` is the record that was addressed.
///
/// Only verdicts on a signed-in caller's act are written ([`rules::verdict`]); refusals of unknown callers are counted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record_refused(tx: &mut Tx<'_>, refusal: &Refusal, target: Option<Id>) -> Result<(), Refusal> {
    if tx.actor().id.is_none() {
        metrics::counter!("almoner_anonymous_refusals_total").increment(1);
        return Ok(());
    }
    let Some(verdict) = rules::verdict(refusal) else { return Ok(()) };
    let row = EventRow {
        record_id: target,
        refusal_code: Some(verdict.code.to_owned()),
        refusal_detail: Some(verdict.detail),
        ..blank(tx, Outcome::Refused)
    };
    store::insert(tx.conn(), &row)
}
