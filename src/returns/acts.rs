//! What happens to a return.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use serde_json::json;

use crate::access::Scope;
use crate::awards::acts as awards;
use crate::awards::indicators::acts as indicators;
use crate::awards::monitoring::acts as monitoring;
use crate::documents::press::PaperSet;
use crate::kernel::{Code, Event, Fault, Id, Moment, Named, Quarter, Refusal};
use crate::providers;
use crate::returns::freeze;
use crate::returns::kept;
use crate::returns::owed;
use crate::returns::policy::acts as policy;
use crate::returns::rules::{
    self, Begun, ContentChange, Finding, ForecastInForce, Leave, Parts, Planned, ReturnContent, ReturnState, Spent,
};
use crate::returns::steps::log;
pub(super) use crate::returns::steps::{change, change_all, change_because, create};
use crate::returns::store::{self, Return};
use crate::store::{Conn, Tx};

/// Follows awards: makes their returns, makes them again when dates change, and drops what is no longer owed.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn follow(tx: &mut Tx<'_>, event: Event) -> Result<(), Refusal> {
    match event {
        Event::AwardWentLive { award_id } | Event::AwardTermsChanged { award_id } | Event::AwardEnded { award_id } => plan(tx, award_id),
        Event::AwardClosing { award_id, agreed, kept } => rules::check_closing(&spent(tx.conn(), award_id)?, agreed, kept),
        Event::MoneyPromised { .. }
        | Event::ReturnAccepted { .. }
        | Event::ProviderNamed { .. }
        | Event::FunderClaimCertified { .. }
        | Event::HistoryClosed { .. } => Ok(()),
    }
}

/// What the returns of an award and of its parts report as spent.
pub(super) fn spent(conn: &mut Conn, award_id: Id) -> Result<Spent, Refusal> {
    let parts = awards::parts(conn, award_id)?;
    let all: Vec<Id> = parts.iter().map(|(part, _)| *part).chain([award_id]).collect();
    Ok(rules::spent(&Parts::of(parts), &store::sent(conn, &all)?))
}

/// Brings the returns that an award owes in line with its dates and its monitoring plan, so that no day is asked for twice. What is begun
/// stays; the rest is made again from the days that are left.
pub(super) fn plan(tx: &mut Tx<'_>, award_id: Id) -> Result<(), Refusal> {
    let award = monitoring::reported(tx.conn(), award_id)?;
    let wanted = owed::planned(&award);
    let leave = leave(tx.conn(), award.accepted_on)?;
    let existing = store::of_award(tx.conn(), award_id)?;
    let begun: Vec<&Return> = existing.iter().filter(|one| one.state.is_begun()).collect();
    let given = |one: &&Return| Begun { planned: one.planned.clone(), is_fixed: !one.state.is_with_provider() };
    let settled = rules::settle(&wanted, &begun.iter().map(given).collect::<Vec<_>>());
    for (one, (planned, is_owed)) in begun.into_iter().zip(settled.begun) {
        if one.planned != planned || one.is_owed != is_owed {
            change(tx, one, |next| {
                if next.planned != planned {
                    set_due(next, &planned, &leave);
                }
                next.set_days(planned);
                next.is_owed = is_owed;
            })?;
        }
    }
    for one in existing.iter().filter(|one| !one.state.is_begun()) {
        match (one.state, settled.open.iter().find(|planned| planned.period == one.planned.period)) {
            (ReturnState::Open, None) => change(tx, one, |next| next.state = ReturnState::FallenAway)?,
            (_, Some(planned)) if one.planned != *planned || one.state != ReturnState::Open => change(tx, one, |next| {
                next.state = ReturnState::Open;
                set_due(next, planned, &leave);
                next.planned = planned.clone();
            })?,
            _ => continue,
        };
    }
    for planned in settled.open.iter().filter(|planned| existing.iter().all(|one| one.planned.period != planned.period)) {
        create(tx, (award_id, award.provider_id), planned, &leave)?;
    }
    Ok(())
}

/// Makes a return due as its new days ask for. More time that it was given stays where it is the more.
pub(super) fn set_due(one: &mut Return, planned: &Planned, leave: &Leave) {
    let due_on = planned.due_on(leave);
    if one.due_reason.is_none() || one.due_on <= due_on {
        one.due_on = due_on;
        one.due_reason = None;
    }
}

/// How much time an award that was accepted on a day leaves for its returns.
pub(super) fn leave(conn: &mut Conn, accepted_on: Option<NaiveDate>) -> Result<Leave, Refusal> {
    let working_days = policy::get(conn)?.policy.working_days();
    Ok(Leave { working_days, accepted_on })
}

/// The return, where the caller may see it.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn find(conn: &mut Conn, scope: Scope, id: Id) -> Result<Return, Refusal> {
    store::load(conn, id)?.filter(|one| scope.holds(one.provider_id)).ok_or(Refusal::NotFound("return"))
}

/// The return, where the caller may see it and it has this version.
pub(super) fn load(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Return, Refusal> {
    let one = find(tx.conn(), scope, id)?;
    if one.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// Whether whoever writes with this scope writes for the provider: somebody of the office does.
const fn is_on_behalf(scope: Scope) -> bool {
    matches!(scope, Scope::Office)
}

/// The name of the act of writing, for the log.
#[must_use]
pub const fn name_of_writing(scope: Scope) -> &'static str {
    if is_on_behalf(scope) { "return.enter_on_behalf" } else { "return.write" }
}

/// Writes a return, as its provider or on its behalf. The content as a whole is checked; what is missing may still follow before submission.
///
/// # Errors
/// Every fault of the content; the return is with the office or done.
pub fn write(
    tx: &mut Tx<'_>,
    scope: Scope,
    id: Id,
    version: i32,
    make: impl FnOnce(&ReturnContent) -> Result<ReturnContent, Refusal>,
) -> Result<Return, Refusal> {
    let one = load(tx, scope, id, version)?;
    let state = rules::write(one.state)?;
    let current = tied_content(tx.conn(), &one)?;
    let content = make(&current)?;
    rules::faults(&content, &owed::asked(tx.conn(), one.award_id, &one.planned, &content)?).into_result()?;
    let content = tied(tx.conn(), &one, content, &current)?;
    let author = tx.actor().clone();
    keep(tx, &one, &content, |next| {
        next.state = state;
        next.author_id = author.id;
        if is_on_behalf(scope) {
            next.entered_on_behalf_by = Some(author.name.clone());
        }
        next.written_by = Some(author.name);
    })
}

/// What a return says, each explanation tied to what it is of, also one that was kept before explanations said so.
pub(super) fn tied_content(conn: &mut Conn, one: &Return) -> Result<ReturnContent, Refusal> {
    let content = store::load_content(conn, one.id, one.content_no)?;
    tied(conn, one, content, &ReturnContent::default())
}

fn tied(conn: &mut Conn, one: &Return, content: ReturnContent, current: &ReturnContent) -> Result<ReturnContent, Refusal> {
    if content.explanations.is_empty() {
        return Ok(content);
    }
    let warnings = rules::findings(&content, &owed::asked_as_a_whole(conn, one, &content)?);
    Ok(rules::tied(&content, &warnings, current))
}

/// Keeps content under the next number, fixes how its indicators count, and moves the return on. What was certified is another content.
pub(super) fn keep(tx: &mut Tx<'_>, one: &Return, content: &ReturnContent, make: impl FnOnce(&mut Return)) -> Result<Return, Refusal> {
    let (content_no, at) = (store::last_content(tx.conn(), one.id)? + 1, tx.recorded_at());
    store::add_content(tx.conn(), one.id, content_no, at, content)?;
    let counted: BTreeSet<Id> = content.values.iter().filter(|value| value.value.is_some()).map(|value| value.indicator_id).collect();
    for indicator in counted {
        indicators::lock(tx, indicator)?;
    }
    change(tx, one, |next| {
        next.content_no = content_no;
        next.certified_on = None;
        next.certified_by = None;
        make(next);
    })
}

/// Certifies a return as it is written, for the provider. Whoever wrote in it since it was sent the last time does not certify it, unless its award
/// is small.
///
/// # Errors
/// It is not with the provider, or certified already; its period is not over; [`Code::SamePerson`]; every finding that is an error.
pub fn certify(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Return, Refusal> {
    let one = load(tx, scope, id, version)?;
    rules::certify(one.state, one.certified_on.is_some())?;
    rules::check_over(one.planned.ends_on, tx.today())?;
    let (today, actor) = (tx.today(), tx.actor().clone());
    if written_by(tx.conn(), &[&one], actor.id)?.contains(&one.id) {
        let up_to = policy::get(tx.conn())?.policy.self_certified_up_to_pence;
        rules::check_own_certificate(awards::get(tx.conn(), Scope::Office, one.award_id)?.terms.amount_pence, up_to)?;
    }
    check_content(tx, &one)?;
    change(tx, &one, |next| {
        next.certified_on = Some(today);
        next.certified_by = Some(actor.name);
    })
}

/// Of these returns those in which this user wrote what is certified next.
fn written_by(conn: &mut Conn, returns: &[&Return], user: Option<Id>) -> Result<HashSet<Id>, Refusal> {
    let Some(user) = user.filter(|_| !returns.is_empty()) else { return Ok(HashSet::new()) };
    let written = store::written(conn, &returns.iter().map(|one| one.id).collect::<Vec<_>>())?;
    Ok(written.into_iter().filter(|(_, history)| rules::authors(history).contains(&user)).map(|(id, _)| id).collect())
}

/// Of these returns, which are with their provider, those that this signatory may certify: those in which others wrote, and those of small awards.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn certifiable(conn: &mut Conn, returns: &[&Return], user: Option<Id>) -> Result<HashSet<Id>, Refusal> {
    let own = written_by(conn, returns, user)?;
    let small = self_certifiable(conn, &returns.iter().copied().filter(|one| own.contains(&one.id)).collect::<Vec<_>>())?;
    Ok(returns.iter().map(|one| one.id).filter(|id| !own.contains(id) || small.contains(id)).collect())
}

/// Of these returns those that whoever wrote them may certify as well.
fn self_certifiable(conn: &mut Conn, own: &[&Return]) -> Result<HashSet<Id>, Refusal> {
    if own.is_empty() {
        return Ok(HashSet::new());
    }
    let up_to = policy::get(conn)?.policy.self_certified_up_to_pence;
    let amounts = awards::amounts(conn, &own.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let is_small = |one: &&&Return| rules::check_own_certificate(amounts.get(&one.award_id).copied(), up_to).is_ok();
    Ok(own.iter().filter(is_small).map(|one| one.id).collect())
}

/// Whether no finding of a return is an error.
fn check_content(tx: &mut Tx<'_>, one: &Return) -> Result<(), Refusal> {
    let content = store::load_content(tx.conn(), one.id, one.content_no)?;
    let asked = owed::asked_as_a_whole(tx.conn(), one, &content)?;
    rules::stopping(rules::findings(&content, &asked)).into_result()
}

/// Sends a return to the office, for the first time or after a question. The returns before it must have been sent.
///
/// # Errors
/// Every finding that is an error; nothing is written yet; its period is not over; an earlier return is not sent yet; nobody certified it.
pub fn submit(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32) -> Result<Return, Refusal> {
    let one = load(tx, scope, id, version)?;
    let state = rules::submit(one.state)?;
    rules::check_over(one.planned.ends_on, tx.today())?;
    let earlier = store::of_award(tx.conn(), one.award_id)?;
    // What the provider before it in the agreement still owes does not keep the successor waiting.
    let is_own = |other: &Return| other.provider_id == one.provider_id;
    let is_before =
        |other: &&Return| is_own(other) && other.planned.starts_on < one.planned.starts_on && rules::is_awaited(other.state, other.is_owed);
    let waiting = earlier.iter().find(is_before);
    let first = |waiting: &Return| format!("The return for {} has to be submitted first.", waiting.planned.period);
    match check_content(tx, &one) {
        Err(Refusal::Invalid(mut faults)) => {
            faults.extend(waiting.map(|waiting| Fault::new("", "not_next", first(waiting))));
            return Err(Refusal::Invalid(faults));
        }
        other => other?,
    }
    if let Some(waiting) = waiting {
        let facts = json!({ "return_id": waiting.id, "period": waiting.planned.period });
        return Err(Refusal::rule_with(Code::RuleBroken, first(waiting), facts));
    }
    rules::check_certified(one.certified_on.is_some())?;
    let (today, name) = (tx.today(), tx.actor().name.clone());
    change(tx, &one, |next| {
        next.state = state;
        next.submitted_on = Some(today);
        next.submitted_by = Some(name);
        next.send_again_by = None;
        next.effective_on = today;
    })
}

/// The day by which a return is to be sent again: the one that the office says, or as the policy has it, and no earlier than it was due.
///
/// # Errors
/// The day is over.
pub(super) fn again_by(tx: &mut Tx<'_>, one: &Return, said: Option<NaiveDate>) -> Result<NaiveDate, Refusal> {
    let (working_days, today) = (policy::get(tx.conn())?.policy.send_again(), tx.today());
    rules::again_by(said, today, working_days, one.send_again_by.unwrap_or(one.due_on))
}

/// Opens a return again that was sent and not accepted yet, so that the provider can write it, and says by when it is to be sent again.
///
/// # Errors
/// The return is not with the office; the day is over.
pub fn reopen(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str, said: Option<NaiveDate>) -> Result<Return, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let state = rules::reopen(one.state)?;
    check_reason(reason)?;
    let (today, by) = (tx.today(), again_by(tx, &one, said)?);
    let reopened = change_because(tx, &one, Some(reason), |next| {
        next.state = state;
        next.send_again_by = Some(by);
        next.effective_on = today;
    })?;
    let words = |period: &str| format!("Your return for {period} is open again: {reason}\nPlease send it once more by {by}.\n");
    tell(tx, &reopened, "opened again", words)?;
    Ok(reopened)
}

/// Gives a provider more time for a return.
///
/// # Errors
/// What [`rules::extend`] refuses.
pub fn extend(tx: &mut Tx<'_>, id: Id, version: i32, due_on: NaiveDate, reason: &str) -> Result<Return, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    rules::extend(one.state, one.awaited_by(), due_on)?;
    check_reason(reason)?;
    lengthen(tx, &one, due_on, reason)
}

/// Gives more time for all returns that wait for their provider, whose period ends in a quarter and whose day is earlier: those of one provider, or
/// of all. One that is due later stays as it is.
///
/// # Errors
/// There is no such provider.
pub fn extend_all(
    tx: &mut Tx<'_>,
    quarter: Quarter,
    provider_id: Option<Id>,
    due_on: NaiveDate,
    reason: &str,
) -> Result<Vec<Return>, Refusal> {
    if let Some(provider_id) = provider_id
        && !providers::exists(tx.conn(), provider_id)?
    {
        return Err(Refusal::invalid("/provider_id", "unknown_record", "There is no such provider."));
    }
    check_reason(reason)?;
    let found = store::awaited(tx.conn(), (quarter.first_day(), quarter.last_day()), provider_id, due_on)?;
    let is_earlier = |one: &&Return| one.awaited_by().is_some_and(|day| day < due_on);
    found.iter().filter(is_earlier).map(|one| lengthen(tx, one, due_on, reason)).collect()
}

/// A reason is kept for good and mailed, so it names nobody by a number.
fn check_reason(reason: &str) -> Result<(), Refusal> {
    rules::faults_of_text("/reason", reason).into_result()
}

fn lengthen(tx: &mut Tx<'_>, one: &Return, due_on: NaiveDate, reason: &str) -> Result<Return, Refusal> {
    let longer = change_because(tx, one, Some(reason), |next| {
        if next.send_again_by.is_some() {
            next.send_again_by = Some(due_on);
        } else {
            next.due_on = due_on;
            next.due_reason = Some(reason.to_owned());
        }
    })?;
    tell(tx, &longer, "more time", |period| format!("You have until {due_on} for your return for {period}: {reason}\n"))?;
    Ok(longer)
}

/// Writes to the provider of a return.
pub(super) fn tell(tx: &mut Tx<'_>, one: &Return, what: &str, words: impl FnOnce(&str) -> String) -> Result<(), Refusal> {
    let mut award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    // It is for whoever writes the return, also where the agreement has passed to another since.
    if one.provider_id != award.terms.provider_id
        && let Some(id) = one.provider_id
    {
        let writer = providers::summary(tx.conn(), id)?;
        award.names.provider = writer.map(|provider| Named { id, code: provider.reference, name: provider.name });
    }
    let period = &one.planned.period;
    let subject = format!("Return for {}, {period}: {what}", award.reference);
    awards::write_to_provider(tx, &award, ("return", one.id), subject, |_| words(period))
}

/// Accepts a return; it stays as it is from then on, under a hash of all that was accepted and with the files that its paper is set from, and its figures
/// count in reports from today.
///
/// # Errors
/// The return is not with the office; its award, or one that it is a part of, is closed and keeps less than would be accepted as spent.
pub fn accept(tx: &mut Tx<'_>, id: Id, version: i32, papers: &PaperSet) -> Result<Return, Refusal> {
    let one = load(tx, Scope::Office, id, version)?;
    let (state, today) = (rules::accept(one.state)?, tx.today());
    let closed = kept::closed(tx.conn(), one.award_id)?;
    let (accepted_on, recorded_at) = (Some(today), tx.recorded_at());
    let next = Return { version: one.version + 1, recorded_at, state, accepted_on, effective_on: today, ..one.clone() };
    store::advance(tx.conn(), &next)?;
    kept::check(tx.conn(), &closed)?;
    let frozen = freeze::acts::freeze(tx, &next, papers)?;
    log(tx, (Some(&one), &next), Some(frozen))?;
    tx.emit(Event::ReturnAccepted { award_id: next.award_id })?;
    Ok(next)
}

/// What the provider wrote in this version.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn content(conn: &mut Conn, one: &Return) -> Result<ReturnContent, Refusal> {
    store::load_content(conn, one.id, one.content_no)
}

/// What is not as it was when the return was submitted the last time before; nothing where it was not.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn changed(conn: &mut Conn, one: &Return, content: &ReturnContent) -> Result<Vec<ContentChange>, Refusal> {
    let Some((content_no, _)) = last_submission(conn, one)? else { return Ok(Vec::new()) };
    Ok(rules::changes(&store::load_content(conn, one.id, content_no)?, content))
}

/// The number of the content that was submitted the last time before, and when that was.
pub(super) fn last_submission(conn: &mut Conn, one: &Return) -> Result<Option<(i32, Moment)>, Refusal> {
    let history = store::history(conn, one.id)?;
    let steps: Vec<(ReturnState, i32)> = history.iter().map(|(step, _)| *step).collect();
    let last = rules::submitted_before(&steps, one.state).and_then(|at| history.get(at));
    Ok(last.map(|((_, content_no), known)| (*content_no, *known)))
}

/// The forecast that holds at the end of a return.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn forecast(conn: &mut Conn, one: &Return, content: &ReturnContent) -> Result<Option<ForecastInForce>, Refusal> {
    let earlier = store::forecasts(conn, one)?;
    Ok(rules::forecast_in_force((one.id, &one.planned.period), one.planned.ends_on, content, &earlier))
}

/// What is wrong or doubtful in a return with this content, until it is accepted or falls away.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn findings(conn: &mut Conn, one: &Return, content: &ReturnContent) -> Result<Vec<Finding>, Refusal> {
    if matches!(one.state, ReturnState::Accepted | ReturnState::FallenAway) {
        return Ok(Vec::new());
    }
    Ok(rules::findings(content, &owed::asked_as_a_whole(conn, one, content)?))
}
