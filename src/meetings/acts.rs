//! What the office does with meetings.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Faults, Id, Page, PageRequest, Quarter, Refusal};
use crate::meetings::rules::{self, MeetingActionInput, MeetingInput};
use crate::meetings::store::{self, DueMeeting, Meeting, MeetingAction, Narrow};
use crate::providers;
use crate::store::{Conn, Tx};

/// The meeting.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Meeting, Refusal> {
    let found = store::find(conn, id)?.filter(|one| scope == Scope::Office || scope.holds(one.facts.provider_id));
    found.ok_or(Refusal::NotFound("meeting"))
}

/// A page of the meetings that this caller sees, the one recorded last first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, scope: Scope, narrow: &Narrow, page: &PageRequest) -> Result<Page<Meeting>, Refusal> {
    store::page(conn, scope, narrow, page)
}

/// A page of the awards that had no monitoring meeting in the quarter, by reference.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn due(conn: &mut Conn, scope: Scope, quarter: Quarter, page: &PageRequest) -> Result<Page<DueMeeting>, Refusal> {
    store::due(conn, scope, quarter, page)
}

/// Writes a meeting down, as planned or as held.
///
/// # Errors
/// Every fault of the input.
pub fn create(tx: &mut Tx<'_>, input: &MeetingInput) -> Result<Meeting, Refusal> {
    let mut faults = rules::faults(input, None, tx.today());
    let provider_id = subject(tx.conn(), input, &mut faults)?;
    faults.into_result()?;
    let facts = MeetingInput { provider_id, ..input.clone() };
    let new = Meeting { id: tx.new_id(), version: 1, recorded_at: tx.recorded_at(), facts, actions: Vec::new() };
    store::begin(tx.conn(), &new)?;
    store::add_version(tx.conn(), &new)?;
    log(tx, Value::Null, &new)?;
    Ok(new)
}

/// The provider whom the meeting is with.
fn subject(conn: &mut Conn, input: &MeetingInput, faults: &mut Faults) -> Result<Option<Id>, Refusal> {
    if let Some(provider) = input.provider_id {
        faults.require(providers::exists(conn, provider)?, "/provider_id", "unknown_record", "There is no such provider.");
    }
    let Some(award) = input.award_id else { return Ok(input.provider_id) };
    let award = match awards::get(conn, Scope::Office, award) {
        Ok(award) => award,
        Err(Refusal::NotFound(_)) => {
            faults.add("/award_id", "unknown_record", "There is no such award.");
            return Ok(input.provider_id);
        }
        Err(other) => return Err(other),
    };
    let message = "There are meetings about an award once the provider has accepted it. Until then name the provider alone.";
    faults.require(rules::is_agreed(award.state()), "/award_id", "wrong_state", message);
    let own = award.terms.provider_id;
    let is_same = input.provider_id.is_none() || input.provider_id == own;
    faults.require(
        is_same,
        "/provider_id",
        "not_allowed",
        "This award is not with that provider. Leave the provider out: the award says it.",
    );
    Ok(own)
}

/// Changes a meeting: its days, who came, what was said.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; every fault of the result.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&MeetingInput) -> Result<MeetingInput, Refusal>,
) -> Result<Meeting, Refusal> {
    let before = at_version(tx, id, version)?;
    let facts = change(&before.facts)?;
    rules::faults(&facts, Some(&before.facts), tx.today()).into_result()?;
    if facts == before.facts {
        return Ok(before);
    }
    let actions = before.actions.clone();
    next(tx, &before, facts, actions)
}

/// Adds something that is to be done.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; what [`rules::check_room`] refuses; every fault of the action.
pub fn add_action(tx: &mut Tx<'_>, id: Id, version: i32, input: &MeetingActionInput) -> Result<Meeting, Refusal> {
    let before = at_version(tx, id, version)?;
    rules::check_room(before.facts.state(), before.actions.len())?;
    rules::action_faults(input, tx.today()).into_result()?;
    let mut actions = before.actions.clone();
    actions.push(MeetingAction { id: tx.new_id(), facts: input.clone() });
    let facts = before.facts.clone();
    next(tx, &before, facts, actions)
}

/// Changes what is to be done, or notes that it was done.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stale`]; every fault of the result.
pub fn update_action(
    tx: &mut Tx<'_>,
    (id, action_id): (Id, Id),
    version: i32,
    change: impl FnOnce(&MeetingActionInput) -> Result<MeetingActionInput, Refusal>,
) -> Result<Meeting, Refusal> {
    let before = at_version(tx, id, version)?;
    let mut actions = before.actions.clone();
    let own = actions.iter_mut().find(|action| action.id == action_id).ok_or(Refusal::NotFound("action"))?;
    own.facts = change(&own.facts)?;
    rules::action_faults(&own.facts, tx.today()).into_result()?;
    if actions == before.actions {
        return Ok(before);
    }
    let facts = before.facts.clone();
    next(tx, &before, facts, actions)
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Meeting, Refusal> {
    let meeting = get(tx.conn(), Scope::Office, id)?;
    if meeting.version == version { Ok(meeting) } else { Err(Refusal::Stale) }
}

fn next(tx: &mut Tx<'_>, before: &Meeting, facts: MeetingInput, actions: Vec<MeetingAction>) -> Result<Meeting, Refusal> {
    let after = Meeting { id: before.id, version: before.version + 1, recorded_at: tx.recorded_at(), facts, actions };
    store::advance(tx.conn(), &after)?;
    store::add_version(tx.conn(), &after)?;
    log(tx, told(before), &after)?;
    Ok(after)
}

/// What the log says of a meeting. The words stay with its versions: what the log holds stays for good.
fn told(meeting: &Meeting) -> Value {
    let days =
        |action: &MeetingAction| -> (Id, Option<NaiveDate>, Option<NaiveDate>) { (action.id, action.facts.due_on, action.facts.done_on) };
    let actions: Vec<Value> =
        meeting.actions.iter().map(days).map(|(id, due_on, done_on)| json!({ "id": id, "due_on": due_on, "done_on": done_on })).collect();
    let facts = &meeting.facts;
    json!({
        "version": meeting.version,
        "kind": facts.kind,
        "provider_id": facts.provider_id,
        "award_id": facts.award_id,
        "planned_on": facts.planned_on,
        "held_on": facts.held_on,
        "is_called_off": facts.is_called_off,
        "attendees_count": facts.attendees.len(),
        "actions": actions,
    })
}

fn log(tx: &mut Tx<'_>, before: Value, after: &Meeting) -> Result<(), Refusal> {
    audit::record(tx, Entry { record_kind: "meeting", record_id: after.id, before, after: told(after), reason: None })?;
    Ok(())
}
