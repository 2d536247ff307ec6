//! Drafting, publishing and withdrawing notices.

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Code, Faults, Id, Page, PageRequest, Refusal};
use crate::publishing::open_data::notices::rules::{self, DecisionNoticeInput, DecisionNoticeState};
use crate::publishing::open_data::notices::store::{self, NoticeRow};
use crate::publishing::open_data::redactions::rules::faults_of;
use crate::store::{Conn, Tx};
use crate::variations::acts as variations;

/// What kind of record a notice is.
const RECORD_KIND: &str = "decision_notice";

/// A notice: its reference and what it says.
pub type Notice = store::Found;

/// The notice.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn get(conn: &mut Conn, id: Id) -> Result<Notice, Refusal> {
    store::find(conn, id)?.ok_or(Refusal::NotFound("notice"))
}

/// A page of notices, the newest first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn page(conn: &mut Conn, narrow: (Option<DecisionNoticeState>, Option<Id>), request: &PageRequest) -> Result<Page<Notice>, Refusal> {
    store::page(conn, narrow, request)
}

/// Those that the public may see.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn public(conn: &mut Conn) -> Result<Vec<Notice>, Refusal> {
    store::public(conn)
}

/// What a notice says, as it is written.
#[must_use]
pub fn input((reference, row): &Notice) -> DecisionNoticeInput {
    DecisionNoticeInput {
        reference: reference.clone(),
        award_id: row.award_id,
        variation_id: row.variation_id,
        title: row.title.clone(),
        decision: row.decision.clone(),
        reasons: row.reasons.clone(),
        approver: row.approver.clone(),
        decided_on: row.decided_on,
        is_public: row.is_public,
    }
}

/// Writes a draft.
///
/// # Errors
/// Every fault of the input; [`Code::Taken`] for a reference that there is.
pub fn draft(tx: &mut Tx<'_>, input: &DecisionNoticeInput) -> Result<Notice, Refusal> {
    let mut faults = rules::faults(input, None, tx.today());
    subject(tx.conn(), input, &mut faults)?;
    faults.into_result()?;
    if store::has_reference(tx.conn(), &input.reference)? {
        return Err(Refusal::rule(Code::Taken, "There is a notice with this reference already."));
    }
    let row = written(tx, tx.new_id(), 1, input);
    store::begin(tx.conn(), &input.reference, &row)?;
    let new = (input.reference.clone(), row);
    log(tx, Value::Null, &new, None)?;
    Ok(new)
}

fn subject(conn: &mut Conn, input: &DecisionNoticeInput, faults: &mut Faults) -> Result<(), Refusal> {
    match awards::get(conn, Scope::Office, input.award_id) {
        Err(Refusal::NotFound(_)) => faults.add("/award_id", "unknown_record", "There is no such award."),
        other => drop(other?),
    }
    let Some(variation) = input.variation_id else { return Ok(()) };
    let is_of_award = match variations::find(conn, Scope::Office, variation) {
        Err(Refusal::NotFound(_)) => false,
        other => other?.award_id == input.award_id,
    };
    faults.require(is_of_award, "/variation_id", "unknown_record", "The award has no such variation.");
    Ok(())
}

fn written(tx: &Tx<'_>, id: Id, version: i32, input: &DecisionNoticeInput) -> NoticeRow {
    let actor = tx.actor();
    NoticeRow {
        notice_id: id,
        version,
        recorded_at: tx.recorded_at(),
        state: DecisionNoticeState::Draft,
        award_id: input.award_id,
        variation_id: input.variation_id,
        title: input.title.clone(),
        decision: input.decision.clone(),
        reasons: input.reasons.clone(),
        approver: input.approver.clone(),
        decided_on: input.decided_on,
        is_public: input.is_public,
        written_by_id: actor.id,
        written_by: actor.name.clone(),
        published_on: None,
        published_by: None,
        withdrawn_on: None,
        withdrawn_by: None,
        withdrawn_reason: None,
    }
}

/// Changes a draft. Whoever changed it last is its author, who does not publish it.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; it is no draft; every fault of the result.
pub fn edit(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&DecisionNoticeInput) -> Result<DecisionNoticeInput, Refusal>,
) -> Result<Notice, Refusal> {
    let before = at_version(tx, id, version)?;
    rules::edit(before.1.state)?;
    let old = input(&before);
    let new = change(&old)?;
    rules::faults(&new, Some(&old), tx.today()).into_result()?;
    if new == old {
        return Ok(before);
    }
    let row = written(tx, id, version + 1, &new);
    next(tx, &before, row, None)
}

/// Publishes a draft that somebody else wrote.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; it is no draft; [`Code::SamePerson`].
pub fn publish(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Notice, Refusal> {
    let before = at_version(tx, id, version)?;
    let actor = tx.actor().clone();
    rules::publish(before.1.state, before.1.written_by_id, actor.id)?;
    let row = NoticeRow {
        version: version + 1,
        recorded_at: tx.recorded_at(),
        state: DecisionNoticeState::Published,
        published_on: Some(tx.today()),
        published_by: Some(actor.name),
        ..before.1.clone()
    };
    next(tx, &before, row, None)
}

/// Withdraws a notice that was published.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; it is not published; every fault of the reason.
pub fn withdraw(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Notice, Refusal> {
    let before = at_version(tx, id, version)?;
    rules::withdraw(before.1.state)?;
    faults_of("/reason", reason).into_result()?;
    let row = NoticeRow {
        version: version + 1,
        recorded_at: tx.recorded_at(),
        state: DecisionNoticeState::Withdrawn,
        withdrawn_on: Some(tx.today()),
        withdrawn_by: Some(tx.actor().name.clone()),
        withdrawn_reason: Some(reason.to_owned()),
        ..before.1.clone()
    };
    next(tx, &before, row, Some(reason.to_owned()))
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Notice, Refusal> {
    let notice = get(tx.conn(), id)?;
    if notice.1.version == version { Ok(notice) } else { Err(Refusal::Stale) }
}

fn next(tx: &mut Tx<'_>, before: &Notice, row: NoticeRow, reason: Option<String>) -> Result<Notice, Refusal> {
    store::advance(tx.conn(), &row)?;
    let after = (before.0.clone(), row);
    log(tx, told(before), &after, reason)?;
    Ok(after)
}

/// What the log says of a notice. The words stay with its versions: what the log holds stays for good.
fn told((reference, row): &Notice) -> Value {
    json!({
        "reference": reference, "version": row.version, "state": row.state, "award_id": row.award_id, "variation_id": row.variation_id,
        "decided_on": row.decided_on, "is_public": row.is_public, "published_on": row.published_on, "withdrawn_on": row.withdrawn_on,
    })
}

fn log(tx: &mut Tx<'_>, before: Value, after: &Notice, reason: Option<String>) -> Result<(), Refusal> {
    audit::record(tx, Entry { record_kind: RECORD_KIND, record_id: after.1.notice_id, before, after: told(after), reason })?;
    Ok(())
}
