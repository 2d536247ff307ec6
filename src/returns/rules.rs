//! What a return is, what it asks and when it is due.

mod ahead;
mod asked;
mod changes;
mod complete;
mod content;
mod doubts;
mod explained;
mod findings;
mod heed;
mod narrative;
mod packed;
mod parts;
mod personal;
mod plan;
mod service;
mod settled;
mod wholes;

use std::collections::HashSet;

use crate::kernel::working_day::working_days_after;
use crate::kernel::{Code, Id, Pence, Refusal};
use chrono::NaiveDate;

pub use ahead::{GivenForecast, carried, forecast_in_force};
pub use asked::{Asked, AskedGroups, AskedIndicator, AskedMoney};
pub use changes::{ChangeKind, ContentChange, changes};
pub use content::{
    CaseloadCount, ForecastInForce, ForecastQuarter, HeldQuarter, IndicatorValue, OnwardGrants, Reported, ReturnContent, ServiceCapacity,
    SpendCategory, SpendLine, Staffing, WaitingTimes, WarningExplanation,
};
pub use doubts::{EarlierReturn, looked_at};
pub use explained::{About, tied};
pub use findings::{Finding, FindingRule, FindingSeverity, faults, findings, stopping};
pub use heed::Unanswered;
pub use narrative::{
    FIELDS, NarrativeSection, SECTIONS_MAX, SectionKey, SectionTexts, TextsBySection, is_key, on_form, place_of, usual as usual_sections,
};
pub use packed::{PackedValue, pack, unpack};
pub use parts::{Parts, Told};
pub use personal::{faults_of_text, may_be_personal};
pub use plan::{Begun, Leave, Planned, Settled, planned, settle, share_of_plan};
pub use settled::{SentReturn, Spent, check_closing, check_kept, spent};

words! {
    /// How far a return has come, as stored; the day decides between *not yet due*, *due* and *overdue*.
    pub enum ReturnState {
        /// Not begun.
        Open = "open",
        /// Begun by the provider.
        Draft = "draft",
        /// Sent by the provider.
        Submitted = "submitted",
        /// Sent back with a question.
        Queried = "queried",
        /// Sent again after a question.
        Resubmitted = "resubmitted",
        /// Accepted by the office; stays as it is.
        Accepted = "accepted",
        /// No longer owed: the award ended, or its dates or plan changed, before the return was begun.
        FallenAway = "fallen_away",
    }
}

words! {
    /// How far a return has come, as shown on a day.
    pub enum ReturnStage {
        /// The period has not ended.
        NotYetDue = "not_yet_due",
        /// The period has ended and nothing is written.
        Due = "due",
        /// Begun by the provider.
        Draft = "draft",
        /// Sent by the provider.
        Submitted = "submitted",
        /// Sent back with a question.
        Queried = "queried",
        /// Sent again after a question.
        Resubmitted = "resubmitted",
        /// Accepted by the office.
        Accepted = "accepted",
        /// No longer owed.
        FallenAway = "fallen_away",
    }
}

words! {
    /// Who is to do something about a return.
    pub enum ReturnWith {
        /// The office: it was sent, and is to be accepted or asked about.
        Office = "office",
        /// Its provider: its period is over and it is to be written and sent, or to be sent again.
        Provider = "provider",
    }
}

words! {
    /// What period a return covers.
    pub enum ReturnKind {
        /// A quarter.
        Quarterly = "quarterly",
        /// Two quarters.
        HalfYearly = "half_yearly",
        /// The whole award, once.
        EndOfGrant = "end_of_grant",
        /// Several quarters that were printed as one figure and are never split.
        WholePeriod = "whole_period",
    }
}

/// How far a return has come, on a day.
#[must_use]
pub fn stage(state: ReturnState, ends_on: NaiveDate, today: NaiveDate) -> ReturnStage {
    match state {
        ReturnState::Open if today <= ends_on => ReturnStage::NotYetDue,
        ReturnState::Open => ReturnStage::Due,
        ReturnState::Draft => ReturnStage::Draft,
        ReturnState::Submitted => ReturnStage::Submitted,
        ReturnState::Queried => ReturnStage::Queried,
        ReturnState::Resubmitted => ReturnStage::Resubmitted,
        ReturnState::Accepted => ReturnStage::Accepted,
        ReturnState::FallenAway => ReturnStage::FallenAway,
    }
}

/// Days before and after all others.
fn all_days() -> (NaiveDate, NaiveDate) {
    NaiveDate::from_ymd_opt(1000, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31)).unwrap_or_default()
}

/// What is stored of returns that have come so far on a day: their states, and of those that are not begun from which day on and before which day their
/// periods end.
#[must_use]
pub fn stored(stages: &[ReturnStage], today: NaiveDate) -> (Vec<ReturnState>, (NaiveDate, NaiveDate)) {
    let states = ReturnState::ALL.iter().copied().filter(|one| *one != ReturnState::Open && stages.contains(&stage(*one, today, today)));
    let (first, last) = all_days();
    let from = if stages.contains(&ReturnStage::Due) { first } else { today };
    let before = if stages.contains(&ReturnStage::NotYetDue) { last } else { today };
    (states.collect(), (from, before))
}

/// Whether the office waits for a return: it is owed and was not sent yet. One that is begun and no longer asked for is not waited for.
#[must_use]
pub const fn is_awaited(state: ReturnState, is_owed: bool) -> bool {
    is_owed && matches!(state, ReturnState::Open | ReturnState::Draft)
}

/// The day by which a return should be sent that waits for its provider: the day on which it is due, or the one given to send it again, after a
/// question or after it was opened again. None where it does not wait for the provider, and where no such day was given.
#[must_use]
pub const fn awaited_by(state: ReturnState, is_owed: bool, due_on: NaiveDate, send_again_by: Option<NaiveDate>) -> Option<NaiveDate> {
    match (state, send_again_by) {
        _ if !is_owed => None,
        (ReturnState::Open | ReturnState::Draft, None) => Some(due_on),
        (ReturnState::Open | ReturnState::Draft | ReturnState::Queried, again) => again,
        _ => None,
    }
}

/// Whether a return should have been sent by `today` that waits for its provider by `awaited_by`.
#[must_use]
pub fn is_overdue(awaited_by: Option<NaiveDate>, today: NaiveDate) -> bool {
    awaited_by.is_some_and(|day| today > day)
}

/// The day by which a return is to be sent again: the one that the office says, or so many working days from `today`, and no earlier than a day that
/// holds already.
///
/// # Errors
/// The day that the office says is over.
pub fn again_by(said: Option<NaiveDate>, today: NaiveDate, working_days: u32, held: NaiveDate) -> Result<NaiveDate, Refusal> {
    match said {
        Some(day) if day < today => Err(Refusal::invalid(
            "/send_again_by",
            "too_early",
            "This day is over. Give the provider a day that is still to come, or leave it out.",
        )),
        Some(day) => Ok(day),
        None => Ok(working_days_after(today, working_days).max(held)),
    }
}

impl ReturnState {
    /// Whether somebody has begun it, so that it stays when the award's dates or plan change.
    #[must_use]
    pub const fn is_begun(self) -> bool {
        !matches!(self, Self::Open | Self::FallenAway)
    }

    /// How far it is on its way; what fell away is where it began.
    const fn reached(self) -> u8 {
        match self {
            Self::FallenAway | Self::Open => 0,
            Self::Draft => 1,
            Self::Submitted | Self::Queried | Self::Resubmitted => 2,
            Self::Accepted => 3,
        }
    }

    /// The states of a return that was sent.
    pub const SENT: [Self; 4] = [Self::Submitted, Self::Queried, Self::Resubmitted, Self::Accepted];

    /// Whether it was sent.
    #[must_use]
    pub fn is_sent(self) -> bool {
        Self::SENT.contains(&self)
    }

    /// Whether it is with the provider, who may still write it.
    #[must_use]
    pub const fn is_with_provider(self) -> bool {
        matches!(self, Self::Draft | Self::Queried)
    }
}

/// Checks that a return may be taken in as `told`: an import never takes one back, and never replaces what a provider wrote here.
///
/// # Errors
/// [`Code::WrongState`] where the return is further on, or its provider writes it in the service.
pub fn check_told(state: ReturnState, is_written_here: bool, told: ReturnState) -> Result<(), Refusal> {
    if is_written_here {
        let words = "Its provider writes this return in the service; what an import says of it would replace that.";
        return Err(Refusal::rule(Code::WrongState, words));
    }
    if state.reached() > told.reached() {
        return Err(Refusal::wrong_state("return", state, &format!("taken in as {told}")));
    }
    Ok(())
}

/// The state after the provider writes.
///
/// # Errors
/// Where the return is with the office or done.
pub fn write(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Open | ReturnState::Draft => Ok(ReturnState::Draft),
        ReturnState::Queried => Ok(ReturnState::Queried),
        other => Err(Refusal::wrong_state("return", other, "changed")),
    }
}

/// Whether a return may be certified as it is written.
///
/// # Errors
/// It is not with the provider, or nothing is written, or it is certified already.
pub fn certify(state: ReturnState, is_certified: bool) -> Result<(), Refusal> {
    match state {
        ReturnState::Draft | ReturnState::Queried if is_certified => {
            Err(Refusal::rule(Code::WrongState, "This return is certified as it is. Writing in it again asks for another certificate."))
        }
        ReturnState::Draft | ReturnState::Queried => Ok(()),
        ReturnState::Open => Err(nothing_written()),
        other => Err(Refusal::wrong_state("return", other, "certified")),
    }
}

/// A version of a return, as far as it says who wrote: its state, the number of its content, and who wrote that.
pub type Written = (ReturnState, i32, Option<Id>);

/// Everybody who wrote what is certified next: what was written since the return was sent the last time, and what it says now. `history` holds each
/// version, in their order.
#[must_use]
pub fn authors(history: &[Written]) -> HashSet<Id> {
    let (mut authors, mut last_no) = (HashSet::new(), 0);
    for (state, content_no, author) in history {
        if matches!(state, ReturnState::Submitted | ReturnState::Resubmitted) {
            authors.clear();
        } else if *content_no != last_no {
            authors.extend(author);
        }
        last_no = *content_no;
    }
    authors.extend(history.last().and_then(|(_, _, author)| *author));
    authors
}

/// Whether whoever wrote in a return may certify it too: where its award is worth no more than `up_to`.
///
/// # Errors
/// [`Code::SamePerson`] above that, and where it is not known what the award is worth.
pub fn check_own_certificate(amount: Option<Pence>, up_to: Pence) -> Result<(), Refusal> {
    if amount.is_some_and(|amount| amount <= up_to) {
        return Ok(());
    }
    let detail =
        format!("You wrote in this return, so another signatory must certify it; only for awards up to {up_to} may it be one person.");
    Err(Refusal::rule(Code::SamePerson, detail))
}

/// Whether a return may be sent: certified as it is.
///
/// # Errors
/// [`Code::RuleBroken`] where it is not.
pub fn check_certified(is_certified: bool) -> Result<(), Refusal> {
    if is_certified {
        return Ok(());
    }
    Err(Refusal::rule(Code::RuleBroken, "A signatory of the provider has to certify this return as it is before it is submitted."))
}

fn nothing_written() -> Refusal {
    let (message, mend) = findings::NOTHING_WRITTEN;
    Refusal::rule(Code::WrongState, format!("{message} {mend}"))
}

/// The state after the provider submits.
///
/// # Errors
/// Where there is nothing to submit.
pub fn submit(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Draft => Ok(ReturnState::Submitted),
        ReturnState::Queried => Ok(ReturnState::Resubmitted),
        ReturnState::Open => Err(nothing_written()),
        other => Err(Refusal::wrong_state("return", other, "submitted")),
    }
}

/// The place of the version that was submitted the last time before: before the submission that a return is in, or before it was sent back.
/// `history` holds state and content of each version.
#[must_use]
pub fn submitted_before(history: &[(ReturnState, i32)], state: ReturnState) -> Option<usize> {
    let is_sent = |state: ReturnState| matches!(state, ReturnState::Submitted | ReturnState::Resubmitted);
    let mut sent: Vec<(i32, usize)> = Vec::new();
    let mut was_sent = false;
    for (at, (state, content_no)) in history.iter().enumerate() {
        // An import that was taken back was no submission of the provider.
        sent.retain(|(earlier, _)| earlier <= content_no);
        if is_sent(*state) && !was_sent {
            sent.push((*content_no, at));
        }
        was_sent = is_sent(*state);
    }
    if !state.is_with_provider() {
        sent.pop();
    }
    sent.pop().map(|(_, at)| at)
}

/// Whether the period of a return is over on `today`, so that there is a whole of it to report.
///
/// # Errors
/// [`Code::RuleBroken`] up to its last day.
pub fn check_over(ends_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if ends_on < today {
        return Ok(());
    }
    let detail = format!("This return covers the days up to {ends_on}; it can be submitted from the day after.");
    Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "ends_on": ends_on })))
}

/// The state after the office asks a question. Where one is asked already, it may ask more.
///
/// # Errors
/// Where the return is not with the office and not sent back with a question.
pub fn query(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Submitted | ReturnState::Resubmitted | ReturnState::Queried => Ok(ReturnState::Queried),
        other => Err(Refusal::wrong_state("return", other, "queried")),
    }
}

/// The state after the office opens again what was sent and not accepted yet.
///
/// # Errors
/// Where the return is not with the office.
pub fn reopen(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Submitted | ReturnState::Resubmitted => Ok(ReturnState::Draft),
        other => Err(Refusal::wrong_state("return", other, "opened again")),
    }
}

/// Whether a return of this state that is waited for by `awaited_by` may have until `wanted`.
///
/// # Errors
/// It is not waited for any more; the new day is no later than the old one.
pub fn extend(state: ReturnState, awaited_by: Option<NaiveDate>, wanted: NaiveDate) -> Result<(), Refusal> {
    let Some(day) = awaited_by else {
        return Err(Refusal::wrong_state("return", state, "given more time"));
    };
    if wanted <= day {
        let message = format!("The return is due on {day}. More time means a later day.");
        return Err(Refusal::invalid("/due_on", "too_early", &message));
    }
    Ok(())
}

/// The state after the office accepts.
///
/// # Errors
/// Where the return is not with the office.
pub fn accept(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Submitted | ReturnState::Resubmitted => Ok(ReturnState::Accepted),
        other => Err(Refusal::wrong_state("return", other, "accepted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_decides_due_and_overdue() {
        assert_eq!(stage(ReturnState::Open, day("2020-06-30"), day("2020-06-30")), ReturnStage::NotYetDue);
        assert_eq!(stage(ReturnState::Open, day("2020-06-30"), day("2020-07-01")), ReturnStage::Due);
        let by = |state, is_owed, again: Option<&str>| awaited_by(state, is_owed, day("2020-07-21"), again.map(day));
        let draft = by(ReturnState::Draft, true, None);
        assert!(!is_overdue(draft, day("2020-07-21")) && is_overdue(draft, day("2020-07-22")));
        assert_eq!(
            [by(ReturnState::Draft, false, None), by(ReturnState::Queried, true, None), by(ReturnState::Submitted, true, None)],
            [None; 3]
        );
        for state in [ReturnState::Draft, ReturnState::Queried] {
            assert_eq!(by(state, true, Some("2020-09-01")), Some(day("2020-09-01")), "the day to send it again stands for both");
        }
        let again = |said: Option<&str>, held| again_by(said.map(day), day("2020-07-31"), 10, day(held)).ok();
        assert_eq!(again(None, "2020-07-21"), Some(day("2020-08-14")));
        assert_eq!(again(None, "2020-08-20"), Some(day("2020-08-20")));
        assert_eq!((again(Some("2020-08-03"), "2020-08-20"), again(Some("2020-07-30"), "2020-07-21")), (Some(day("2020-08-03")), None));
    }

    #[test]
    fn a_period_is_reported_once_it_is_over() {
        assert!(check_over(day("2020-06-30"), day("2020-06-30")).is_err());
        assert!(check_over(day("2020-06-30"), day("2020-07-01")).is_ok());
    }

    #[test]
    fn more_time_is_given_while_a_return_is_waited_for() {
        let due_on = day("2020-07-21");
        let may = |state, is_owed, wanted| extend(state, awaited_by(state, is_owed, due_on, None), day(wanted)).is_ok();
        assert!(may(ReturnState::Open, true, "2020-07-22") && may(ReturnState::Draft, true, "2020-08-21"));
        assert!(!may(ReturnState::Open, true, "2020-07-21") && !may(ReturnState::Open, false, "2020-07-22"));
        assert!(!may(ReturnState::Submitted, true, "2020-07-22") && !may(ReturnState::Queried, true, "2020-07-22"));
        assert_eq!(reopen(ReturnState::Resubmitted), Ok(ReturnState::Draft));
    }

    #[test]
    fn who_wrote_does_not_certify_but_for_small_awards() {
        assert!(check_own_certificate(Some(Pence(500_000)), Pence(500_000)).is_ok());
        assert!(check_own_certificate(Some(Pence(500_001)), Pence(500_000)).is_err());
        assert!(check_own_certificate(None, Pence(500_000)).is_err());
        assert!(certify(ReturnState::Queried, false).is_ok() && certify(ReturnState::Queried, true).is_err());
        assert!(certify(ReturnState::Open, false).is_err() && certify(ReturnState::Submitted, false).is_err());
    }

    #[test]
    fn everybody_who_wrote_since_it_was_sent_is_an_author() {
        use ReturnState::{Draft, Open, Queried, Submitted};
        let [one, other, third] = [0; 3].map(|_| Id::new());
        let mut history = vec![(Open, 0, None), (Draft, 1, Some(one)), (Draft, 2, Some(other)), (Draft, 2, Some(other))];
        assert_eq!(authors(&history), HashSet::from([one, other]));
        history.extend([(Submitted, 2, Some(other)), (Queried, 2, Some(other))]);
        assert_eq!(authors(&history), HashSet::from([other]), "nothing was written since, and it says what the last one wrote");
        history.push((Queried, 3, Some(third)));
        assert_eq!(authors(&history), HashSet::from([third]));
        assert_eq!(authors(&[(Open, 0, None), (Draft, 1, None)]), HashSet::new(), "what was imported has no author");
    }

    #[test]
    fn a_submission_is_held_against_the_one_before() {
        use ReturnState::{Accepted, Draft, Open, Queried, Resubmitted, Submitted};
        let mut history = vec![(Open, 0), (Draft, 1), (Submitted, 1), (Submitted, 1)];
        assert_eq!(submitted_before(&history, Submitted), None);
        history.extend([(Queried, 1), (Queried, 2)]);
        assert_eq!(submitted_before(&history, Queried), Some(2));
        history.extend([(Queried, 3), (Resubmitted, 3)]);
        assert_eq!(submitted_before(&history, Resubmitted), Some(2));
        history.extend([(Draft, 3), (Draft, 4), (Submitted, 4), (Accepted, 4)]);
        assert_eq!(submitted_before(&history, Accepted), Some(7));
        let taken_back = [(Open, 0), (Submitted, 1), (Open, 0), (Draft, 2), (Submitted, 2)];
        assert_eq!(submitted_before(&taken_back, Submitted), None);
    }

    #[test]
    fn an_accepted_return_stays() {
        for act in [write, submit, query, reopen, accept] {
            assert!(act(ReturnState::Accepted).is_err());
        }
        assert_eq!(submit(ReturnState::Queried), Ok(ReturnState::Resubmitted));
    }
}
