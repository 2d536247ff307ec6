//! Reminding providers, and leaving awards out.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::access::permissions::Role;
use crate::access::users::acts as users;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::outbox::{self, Message};
use crate::returns::acts as returns;
use crate::returns::policy::acts as policy;
use crate::returns::reminders::rules::{self, letter, reminder};
use crate::returns::reminders::store;
use crate::returns::rules::faults_of_text;
use crate::store::{Conn, Tx};

pub use store::Choice;

/// The returns after the one `after` of which somebody is to be reminded on `today`, in the order of their ids.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn due(conn: &mut Conn, today: NaiveDate, mut after: Option<Id>) -> Result<Vec<Id>, Refusal> {
    let policy = policy::get(conn)?.policy;
    loop {
        let some = store::awaited(conn, rules::span(today, &policy), after)?;
        let Some((last, _, _)) = some.last() else { return Ok(Vec::new()) };
        after = Some(*last);
        let ids: Vec<Id> = some.iter().map(|(id, _, _)| *id).collect();
        let told: HashSet<(Id, NaiveDate, String)> = store::told_of(conn, &ids)?.into_iter().collect();
        let is_news = |(id, due_on, again): &store::Awaited| {
            let day = again.unwrap_or(*due_on);
            reminder(day, today, &policy).is_some_and(|kind| !told.contains(&(*id, day, kind.word(again.is_some()))))
        };
        let found: Vec<Id> = some.into_iter().filter(is_news).map(|(id, _, _)| id).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
}

/// Reminds a provider of a return, and says whether that was still to be done.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Store`] where the database fails.
pub fn remind(tx: &mut Tx<'_>, id: Id) -> Result<bool, Refusal> {
    let one = returns::find(tx.conn(), Scope::Office, id)?;
    let today = tx.today();
    let policy = policy::get(tx.conn())?.policy;
    let Some(day) = one.awaited_by() else { return Ok(false) };
    let Some(kind) = reminder(day, today, &policy) else { return Ok(false) };
    let is_again = one.send_again_by.is_some();
    // The office may have left the award out since it was found.
    if store::choice_of(tx.conn(), one.award_id)?.is_some_and(|choice| !choice.is_wanted) {
        return Ok(false);
    }
    let at = tx.recorded_at();
    if !store::note(tx.conn(), id, day, &kind.word(is_again), at)? {
        return Ok(false);
    }
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    let named = (award.reference.as_str(), award.terms.title.as_str());
    let (subject, body) = letter(kind, named, &one.planned.period, (day, is_again));
    let people = match one.provider_id {
        Some(provider) => users::reached(tx.conn(), provider, &[Role::ProviderAuthor, Role::ProviderSignatory])?,
        None => Vec::new(),
    };
    let letter = json!({ "reminder": kind.word(is_again), "due_on": day, "users": people.len() });
    audit::record(tx, Entry { record_kind: "return", record_id: id, before: Value::Null, after: letter, reason: None })?;
    if people.is_empty() {
        awards::write_to_provider(tx, &award, ("return", id), subject, |_| body)?;
        return Ok(true);
    }
    for recipient in people {
        let message = Message { recipient, subject: subject.clone(), body: body.clone(), record_kind: "return", record_id: id };
        outbox::queue(tx, message)?;
    }
    Ok(true)
}

/// Whether the provider of an award is reminded of its returns.
///
/// # Errors
/// [`Refusal::NotFound`] without such an award for this caller.
pub fn choice(conn: &mut Conn, scope: Scope, award_id: Id) -> Result<Choice, Refusal> {
    let award = awards::get(conn, scope, award_id)?;
    let unsaid = Choice { award_id, version: 0, recorded_at: award.standing.recorded_at, is_wanted: true, reason: None };
    Ok(store::choice_of(conn, award_id)?.unwrap_or(unsaid))
}

/// Leaves an award out, or takes it in again.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; the reason, which is kept for good, names a person by a number.
pub fn choose(tx: &mut Tx<'_>, award_id: Id, version: i32, is_wanted: bool, reason: Option<&str>) -> Result<Choice, Refusal> {
    let before = choice(tx.conn(), Scope::Office, award_id)?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    faults_of_text("/reason", reason.unwrap_or_default()).into_result()?;
    let after = Choice { award_id, version: version + 1, recorded_at: tx.recorded_at(), is_wanted, reason: reason.map(str::to_owned) };
    store::add_choice(tx.conn(), &after)?;
    let entry = Entry {
        record_kind: "award",
        record_id: award_id,
        before: json!({ "reminders_wanted": before.is_wanted }),
        after: json!({ "reminders_wanted": is_wanted }),
        reason: after.reason.clone(),
    };
    audit::record(tx, entry)?;
    Ok(after)
}
