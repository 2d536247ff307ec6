//! The life of an award: which act is open in which state.

use chrono::NaiveDate;

use crate::kernel::{Code, Pence, Refusal};

words! {
    /// Where an award stands.
    pub enum AwardState {
        /// Being written; the provider does not see it.
        Draft = "draft",
        /// Offered to the provider; its money is set aside.
        Offered = "offered",
        /// Accepted by the provider; its money is committed.
        Live = "live",
        /// Interrupted; its money stays committed (R17).
        Paused = "paused",
        /// Delivery is over; what is left is still to be settled.
        Ended = "ended",
        /// Settled; what was left is released.
        Closed = "closed",
        /// Refused by the provider.
        Refused = "refused",
        /// Not accepted in time.
        Lapsed = "lapsed",
        /// Taken back by the office before it was accepted.
        Withdrawn = "withdrawn",
        /// Ended by the office before its time.
        Terminated = "terminated",
    }
}

words! {
    /// What can be done to an award.
    pub enum AwardAct {
        /// Change the draft.
        Edit = "edit",
        /// Offer it to the provider.
        Offer = "offer",
        /// Accept it for the provider.
        Accept = "accept",
        /// Refuse it for the provider.
        Refuse = "refuse",
        /// Take it back before it is accepted.
        Withdraw = "withdraw",
        /// Interrupt it.
        Pause = "pause",
        /// Go on after a pause.
        Resume = "resume",
        /// Say that delivery is over.
        End = "end",
        /// Settle it and release what is left.
        Close = "close",
        /// End it before its time.
        Terminate = "terminate",
        /// Change agreed terms by a variation.
        Vary = "vary",
        /// Say how far delivery is, and how it reaches people.
        Deliver = "report_delivery",
        /// Change the monitoring plan or the evaluation.
        Plan = "change_plan",
        /// Change the conditions or their evidence.
        Conditions = "change_conditions",
        /// Add an indicator.
        Indicators = "add_indicator",
        /// Draft the award of its next agreement year.
        NextYear = "draft_next_year",
    }
}

impl AwardAct {
    /// The act in a sentence: *cannot be …*.
    const fn done(self) -> &'static str {
        match self {
            Self::Edit => "changed; agreed terms change by a variation",
            Self::Offer => "offered",
            Self::Accept => "accepted",
            Self::Refuse => "refused",
            Self::Withdraw => "withdrawn",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::End => "ended",
            Self::Close => "closed",
            Self::Terminate => "terminated",
            Self::Vary => "varied",
            Self::Deliver => "reported on",
            Self::Plan => "given another monitoring plan",
            Self::Conditions => "given other conditions",
            Self::Indicators => "given another indicator",
            Self::NextYear => "gone on with in another year",
        }
    }

    /// Whether the act is open in `state`.
    #[must_use]
    pub const fn is_open_in(self, state: AwardState) -> bool {
        use AwardState::{Closed, Draft, Ended, Live, Offered, Paused, Terminated};
        match self {
            Self::Edit | Self::Offer => matches!(state, Draft),
            Self::Accept | Self::Refuse => matches!(state, Offered),
            Self::Withdraw => matches!(state, Draft | Offered),
            Self::Pause => matches!(state, Live),
            Self::Resume => matches!(state, Paused),
            Self::End | Self::Terminate | Self::Vary | Self::Deliver => matches!(state, Live | Paused),
            Self::Close => matches!(state, Ended | Terminated),
            // What an evaluation found and what is evidenced often comes after the end.
            Self::Plan | Self::Conditions => matches!(state, Draft | Offered | Live | Paused | Ended | Terminated | Closed),
            Self::Indicators => matches!(state, Draft | Live | Paused),
            Self::NextYear => matches!(state, Live | Paused | Ended),
        }
    }
}

impl AwardState {
    /// Whether later years that its terms name are promised no more: it was ended before its time, or settled, and goes on in no other year.
    #[must_use]
    pub const fn is_done_with(self) -> bool {
        matches!(self, Self::Terminated | Self::Closed)
    }
}

/// Whether `act` may be done to an award in `state`.
///
/// # Errors
/// [`Code::WrongState`] where not.
pub fn allowed(act: AwardAct, state: AwardState) -> Result<(), Refusal> {
    if act.is_open_in(state) { Ok(()) } else { Err(Refusal::wrong_state("award", state, act.done())) }
}

/// The state as it is shown on `today`: an offer that was not accepted by its last day has lapsed, even before its money is
/// released.
#[must_use]
pub fn shown_state(state: AwardState, acceptance_due_on: Option<NaiveDate>, today: NaiveDate) -> AwardState {
    match (state, acceptance_due_on) {
        (AwardState::Offered, Some(due)) if due < today => AwardState::Lapsed,
        _ => state,
    }
}

/// A business date: not in the future, and not before the step that it follows.
///
/// # Errors
/// [`Refusal::Invalid`] at `pointer`.
pub fn not_before(pointer: &str, on: NaiveDate, earliest: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    if on > today {
        return Err(Refusal::invalid(pointer, "in_the_future", format!("{on} is still to come; today is {today}.")));
    }
    match earliest {
        Some(earliest) if on < earliest => Err(Refusal::invalid(
            pointer,
            "reversed_dates",
            format!("{on} is before {earliest}, when the step before this one took effect."),
        )),
        _ => Ok(()),
    }
}

/// How much of an award goes back when it is closed: some of what is committed and not paid.
///
/// # Errors
/// [`Refusal::Invalid`] where that is below nothing or more than there is.
pub fn check_unspent(unspent: Pence, committed: Pence) -> Result<(), Refusal> {
    let pointer = "/unspent_pence";
    if unspent < Pence::ZERO {
        return Err(Refusal::invalid(pointer, "too_small", "What was not spent is nothing or more."));
    }
    if unspent > committed {
        return Err(Refusal::invalid(pointer, "too_large", format!("Only {committed} of this award is committed and not paid.")));
    }
    Ok(())
}

/// What held on a day and what followed it, in time: of all versions as they were told, the last told holds from its day on. The first
/// of the answer holds from `on`.
#[must_use]
pub fn from_day_on<T>(on: NaiveDate, told: Vec<(NaiveDate, T)>) -> Vec<(NaiveDate, T)> {
    let mut steps: Vec<(NaiveDate, T)> = Vec::new();
    for (from, step) in told.into_iter().rev() {
        match steps.last() {
            Some((earliest, _)) if *earliest <= on || from >= *earliest => {}
            _ => steps.push((from, step)),
        }
    }
    if let Some((from, _)) = steps.last_mut() {
        *from = on;
    }
    steps.reverse();
    steps
}

/// Why an award cannot go live without its plan (R67).
#[must_use]
pub fn no_plan() -> Refusal {
    let detail = "An award goes live only with a complete plan: which returns it owes, and an evaluation with its evaluator, method and due \
                  date. The office sees to that first (R67).";
    Refusal::rule(Code::RuleBroken, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn final_states_are_final() {
        use AwardState::{Closed, Lapsed, Refused, Withdrawn};
        for state in [Closed, Refused, Lapsed, Withdrawn] {
            for act in AwardAct::ALL {
                // What an evaluation found, and late evidence, come after the end of an award (R67, R49).
                let is_noted = state == Closed && matches!(act, AwardAct::Plan | AwardAct::Conditions);
                assert_eq!(act.is_open_in(state), is_noted, "{act} in {state}");
            }
        }
    }

    #[test]
    fn the_usual_life_is_open() {
        use AwardState::{Draft, Ended, Live, Offered, Paused};
        let life = [
            (AwardAct::Offer, Draft),
            (AwardAct::Accept, Offered),
            (AwardAct::Pause, Live),
            (AwardAct::Resume, Paused),
            (AwardAct::End, Live),
            (AwardAct::Close, Ended),
        ];
        for (act, state) in life {
            assert_eq!(allowed(act, state), Ok(()), "{act}");
        }
        let Err(Refusal::Rule { code, detail, .. }) = allowed(AwardAct::Offer, Live) else { panic!("a live award was offered") };
        assert_eq!((code, detail.as_str()), (Code::WrongState, "This award is live, so it cannot be offered."));
    }

    #[test]
    fn an_offer_lapses_the_day_after_its_last() {
        let due = Some(day("2020-11-30"));
        assert_eq!(shown_state(AwardState::Offered, due, day("2020-11-30")), AwardState::Offered);
        assert_eq!(shown_state(AwardState::Offered, due, day("2020-12-01")), AwardState::Lapsed);
        assert_eq!(shown_state(AwardState::Live, due, day("2020-12-01")), AwardState::Live);
        assert_eq!(shown_state(AwardState::Offered, None, day("2020-12-01")), AwardState::Offered);
    }

    #[test]
    fn dates_follow_one_another() {
        let (offered, today) = (Some(day("2020-11-01")), day("2020-11-30"));
        assert!(not_before("/accepted_on", day("2020-11-01"), offered, today).is_ok());
        assert!(not_before("/accepted_on", day("2020-10-31"), offered, today).is_err());
        assert!(not_before("/accepted_on", day("2020-12-01"), offered, today).is_err());
    }

    #[test]
    fn what_holds_from_a_day_is_told_in_time() {
        // Live on the 1st, paused on the 20th, and on the 25th it was told that it had been live again from the 10th on.
        let told = vec![(day("2020-04-01"), "live"), (day("2020-04-20"), "paused"), (day("2020-04-10"), "told late")];
        assert_eq!(from_day_on(day("2020-04-15"), told.clone()), [(day("2020-04-15"), "told late")]);
        assert_eq!(from_day_on(day("2020-04-05"), told), [(day("2020-04-05"), "live"), (day("2020-04-10"), "told late")]);
        let told = vec![(day("2020-04-01"), "live"), (day("2020-04-20"), "paused")];
        assert_eq!(from_day_on(day("2020-04-20"), told.clone()), [(day("2020-04-20"), "paused")]);
        assert_eq!(from_day_on(day("2020-04-19"), told), [(day("2020-04-19"), "live"), (day("2020-04-20"), "paused")]);
    }
}
