//! What happens to a live award.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::offer::transfer;
use crate::access::Scope;
use crate::awards::rules::{self, AwardAct, AwardState, DeliveryMode, DeliveryStatus};
use crate::awards::store::{Award, Standing};
use crate::funds::budget_lines;
use crate::kernel::{Event, Id, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::Tx;

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
    let on = day(tx, input.paused_on, "/paused_on", award.standing.accepted_on)?;
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
    let on = day(tx, input.resumed_on, "/resumed_on", award.standing.paused_on)?;
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
    let on = day(tx, input.ended_on, "/ended_on", award.standing.accepted_on)?;
    finish(tx, award, AwardState::Ended, on, input.reason.clone())
}

/// Ends an award before its time, for the office. What is committed stays until the award is closed, so that what is owed can
/// still be paid.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn terminate(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardTermination) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Terminate)?;
    let on = day(tx, input.terminated_on, "/terminated_on", award.standing.accepted_on)?;
    finish(tx, award, AwardState::Terminated, on, Some(input.reason.clone()))
}

pub(super) fn finish(tx: &mut Tx<'_>, award: Award, state: AwardState, on: NaiveDate, reason: Option<String>) -> Result<Award, Refusal> {
    let next = Standing { state, ended_on: Some(on), reason, ..super::next(tx, &award, on) };
    let award = super::save(tx, award, next)?;
    tx.emit(Event::AwardEnded { award_id: award.id })?;
    Ok(award)
}

/// Settles an award: what is committed and not paid goes back to its fund period.
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; reversed dates.
pub fn close(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardClosure) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Close)?;
    let on = day(tx, input.closed_on, "/closed_on", award.standing.ended_on)?;
    settle(tx, award, on, input.reason.clone())
}

pub(super) fn settle(tx: &mut Tx<'_>, award: Award, on: NaiveDate, reason: Option<String>) -> Result<Award, Refusal> {
    let left = ledger::balances(tx.conn(), AccountKind::Committed, award.id)?;
    let back = (AccountKind::FundPeriod, award.terms.fund_period_id);
    for (line, amount) in left.into_iter().filter(|(_, amount)| amount.is_positive()) {
        transfer(tx, (AccountKind::Committed, award.id), back, (line, amount), on)?;
        budget_lines::cover_shortfall(tx, line, on)?;
    }
    let next = Standing { state: AwardState::Closed, closed_on: Some(on), reason, ..super::next(tx, &award, on) };
    let award = super::save(tx, award, next)?;
    tx.emit(Event::AwardEnded { award_id: award.id })?;
    Ok(award)
}

/// Says how far delivery is and how it reaches people, apart from the award's state and from payments (R18, R54).
///
/// # Errors
/// [`crate::kernel::Code::WrongState`]; a day to come.
pub fn deliver(tx: &mut Tx<'_>, scope: Scope, id: Id, version: i32, input: &AwardDelivery) -> Result<Award, Refusal> {
    let award = super::open(tx, scope, id, version, AwardAct::Deliver)?;
    let on = day(tx, input.since, "/since", None)?;
    let next =
        Standing { delivery_status: input.status, delivery_mode: input.mode, delivery_since: Some(on), ..super::next(tx, &award, on) };
    super::save(tx, award, next)
}

fn day(tx: &Tx<'_>, given: Option<NaiveDate>, pointer: &str, earliest: Option<NaiveDate>) -> Result<NaiveDate, Refusal> {
    let today = tx.today();
    let on = given.unwrap_or(today);
    rules::not_before(pointer, on, earliest, today)?;
    Ok(on)
}
