//! What happens to a live award.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::offer::transfer;
use crate::access::Scope;
use crate::awards::rules::{self, AwardAct, AwardState, DeliveryMode, DeliveryStatus};
use crate::awards::store::{self, Award, Standing};
use crate::funds::budget_lines;
use crate::kernel::{Event, Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::{Conn, Tx};

/// An interruption (R17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardPause {
    /// Since when; today where it is left out.
    #[serde(default)]
    pub paused_on: Option<NaiveDate>,
    /// When the award is to go on.
    pub resume_planned_on: NaiveDate,
    /// What the recipient intends: the money stays as long as the project is to be completed.
    #[schema(min_length = 1, max_length = 1000)]
    pub intention: String,
    /// Why it is paused.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// The end of an interruption.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardResumption {
    /// The day; today where it is left out.
    #[serde(default)]
    pub resumed_on: Option<NaiveDate>,
}

/// The end of delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardEnd {
    /// The last day of delivery; today where it is left out.
    #[serde(default)]
    pub ended_on: Option<NaiveDate>,
    /// Why, where it ended before its time.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// The settlement of an award.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardClosure {
    /// The day; today where it is left out.
    #[serde(default)]
    pub closed_on: Option<NaiveDate>,
    /// How much was not spent and goes back to its fund, in pence; all that is committed and not paid where it is left out. What returns
    /// report as spent stays committed, so that it can still be paid: accepted ones, and those that were sent and wait for it.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64, example = 200_000)]
    pub unspent_pence: Option<Pence>,
    /// A remark.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// An end before its time, by the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardTermination {
    /// The day; today where it is left out.
    #[serde(default)]
    pub terminated_on: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// How far delivery is and how it reaches people (R18, R54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardDelivery {
    /// How far it is.
    pub status: DeliveryStatus,
    /// How it reaches people, where that is known.
    #[serde(default)]
    pub mode: Option<DeliveryMode>,
    /// Since when; today where it is left out.
    #[serde(default)]
    pub since: Option<NaiveDate>,
}

/// Interrupts a live award. Its money stays as it is (R17).
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn pause(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardPause) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Pause)?;
    let on = day(tx, &award, input.paused_on, "/paused_on")?;
    if input.resume_planned_on < on {
        return Err(Refusal::invalid("/resume_planned_on", "reversed_dates", "An award goes on after it was paused."));
    }
    let next = Standing {
        state: AwardState::Paused,
        paused_on: Some(on),
        resume_planned_on: Some(input.resume_planned_on),
        pause_intention: Some(input.intention.clone()),
        reason: input.reason.clone(),
        ..super::next(tx, &award, on)
    };
    super::save(tx, award, next)
}

/// Goes on after a pause.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn resume(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardResumption) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Resume)?;
    let on = day(tx, &award, input.resumed_on, "/resumed_on")?;
    let next = Standing {
        state: AwardState::Live,
        paused_on: None,
        resume_planned_on: None,
        pause_intention: None,
        ..super::next(tx, &award, on)
    };
    super::save(tx, award, next)
}

/// Says that delivery is over. What is committed stays until the award is closed.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn end(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardEnd) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::End)?;
    let on = day(tx, &award, input.ended_on, "/ended_on")?;
    finish(tx, award, AwardState::Ended, on, input.reason.clone())
}

/// Ends an award before its time, for the office. What is committed stays until the award is closed, so that what is owed can
/// still be paid.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn terminate(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardTermination) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Terminate)?;
    let on = day(tx, &award, input.terminated_on, "/terminated_on")?;
    finish(tx, award, AwardState::Terminated, on, Some(input.reason.clone()))
}

pub(super) fn finish(tx: &mut Tx<'_>, award: Award, state: AwardState, on: NaiveDate, reason: Option<String>) -> Result<Award, Refusal> {
    let next = Standing { state, ended_on: Some(on), reason, ..super::next(tx, &award, on) };
    let award = super::save(tx, award, next)?;
    tx.emit(Event::AwardEnded { award_id: award.id })?;
    Ok(award)
}

/// Settles an award: what was not spent goes back to its fund period, from each budget line in proportion to what it still has committed.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates; more than is committed; [`crate::kernel::Code::RuleBroken`] where returns
/// that were sent report more as spent than would stay.
pub fn close(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardClosure) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Close)?;
    let on = day(tx, &award, input.closed_on, "/closed_on")?;
    settle(tx, award, on, input)
}

pub(super) fn settle(tx: &mut Tx<'_>, award: Award, on: NaiveDate, input: &AwardClosure) -> Result<Award, Refusal> {
    let mut left = ledger::balances(tx.conn(), AccountKind::Committed, award.id)?;
    left.retain(|(_, amount)| amount.is_positive());
    let committed: Pence = left.iter().map(|(_, amount)| *amount).sum();
    let paid: Pence = ledger::balances(tx.conn(), AccountKind::Paid, award.id)?.into_iter().map(|(_, amount)| amount).sum();
    let unspent = input.unspent_pence.unwrap_or(committed);
    rules::check_unspent(unspent, committed)?;
    // What was spent is known to the right of here.
    tx.emit(Event::AwardClosing { award_id: award.id, agreed: paid + committed, kept: paid + committed - unspent })?;
    let back = (AccountKind::FundPeriod, award.terms.fund_period_id);
    let weights: Vec<Pence> = left.iter().map(|(_, amount)| *amount).collect();
    let parts = left.iter().map(|(line, _)| *line).zip(unspent.split(&weights));
    for (line, amount) in parts.filter(|(_, amount)| amount.is_positive()) {
        transfer(tx, (AccountKind::Committed, award.id), back, (line, amount), on)?;
        budget_lines::cover_shortfall(tx, line, on)?;
    }
    let reason = input.reason.clone();
    let next = Standing { state: AwardState::Closed, closed_on: Some(on), reason, ..super::next(tx, &award, on) };
    let award = super::save(tx, award, next)?;
    tx.emit(Event::AwardEnded { award_id: award.id })?;
    Ok(award)
}

/// Says how far delivery is and how it reaches people, apart from the award's state and from payments (R18, R54). It is shown from
/// the day of the last step on, where it began before that: a state or an amount is never shown earlier for it.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; a day to come, or one before the award was accepted.
pub fn deliver(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardDelivery) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Deliver)?;
    deliver_now(tx, award, input)
}

/// The same of an award under way, as it stands now.
///
/// # Errors
/// As for [`deliver`].
pub fn deliver_now(tx: &mut Tx<'_>, award: Award, input: &AwardDelivery) -> Result<Award, Refusal> {
    rules::allowed(AwardAct::Deliver, award.state())?;
    let today = tx.today();
    let since = input.since.unwrap_or(today);
    rules::not_before("/since", since, award.standing.accepted_on, today)?;
    let on = last_step_on(tx.conn(), &award)?.map_or(since, |step| step.max(since));
    let next =
        Standing { delivery_status: input.status, delivery_mode: input.mode, delivery_since: Some(since), ..super::next(tx, &award, on) };
    super::save(tx, award, next)
}

/// The day from which an award's agreement holds as it is: when it was accepted, or from when its last variation holds. What is agreed
/// follows in time, so that each day has one answer. Nothing before the award was accepted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn agreed_from(conn: &mut Conn, award: &Award) -> Result<Option<NaiveDate>, Refusal> {
    Ok(all_agreed_from(conn, &[award])?.remove(&award.id))
}

/// The same of many awards, by award; nothing of those that were not accepted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn all_agreed_from(conn: &mut Conn, awards: &[&Award]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let is_varied = |standing: &Standing| standing.offered_terms_no.is_some_and(|offered| standing.terms_no > offered);
    let varied = awards.iter().filter(|award| is_varied(&award.standing)).map(|award| (award.id, award.standing.terms_no));
    let held = store::terms_from(conn, &varied.collect::<Vec<_>>())?;
    let from = |award: &&Award| Some((award.id, award.standing.accepted_on.max(held.get(&award.id).copied())?));
    Ok(awards.iter().filter_map(from).collect())
}

/// The day on which the last step that reports show took effect, of the state or of what is agreed.
fn last_step_on(conn: &mut Conn, award: &Award) -> Result<Option<NaiveDate>, Refusal> {
    let agreed = agreed_from(conn, award)?;
    let standings = store::standings(conn, award.id)?;
    let changed = standings.windows(2).filter_map(|pair| match pair {
        [before, after] if before.state != after.state => Some(after.effective_on),
        _ => None,
    });
    Ok(agreed.max(changed.max()))
}

fn day(tx: &mut Tx<'_>, award: &Award, given: Option<NaiveDate>, pointer: &str) -> Result<NaiveDate, Refusal> {
    let today = tx.today();
    let on = given.unwrap_or(today);
    rules::not_before(pointer, on, last_step_on(tx.conn(), award)?, today)?;
    Ok(on)
}
