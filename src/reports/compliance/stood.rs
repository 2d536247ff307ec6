//! How a return stood on a day. Pure.

use chrono::NaiveDate;

use crate::kernel::Quantity;
use crate::reports::expenditure::rules::share;
use crate::returns::rules::{ReturnStage, ReturnState, is_awaited, stage};

/// What is known of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its state in the latest version that was known.
    pub state: ReturnState,
    /// Whether the award asks for it.
    pub is_owed: bool,
    /// The last day of its period.
    pub ends_on: NaiveDate,
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// The day on which it was first sent.
    pub first_sent_on: Option<NaiveDate>,
    /// The day on which it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// The day by which it should be sent again, where it waits for that.
    pub send_again_by: Option<NaiveDate>,
}

/// How a return stood on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    /// How far it had come.
    pub stage: ReturnStage,
    /// How many days it came after the day on which it was due, or was missing by then. `None` where that is not known or the day was
    /// still to come.
    pub days_late: Option<i64>,
    /// Whether it came in time. `None` likewise.
    pub is_on_time: Option<bool>,
    /// How many days it should have been sent again by now, after a question. `None` where it does not wait for that, or the day was still to come.
    pub again_days_late: Option<i64>,
}

/// A version of a return, as far as it tells whether the return is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its state.
    pub state: ReturnState,
    /// Which content belongs to it.
    pub content_no: i32,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// From which day it counts.
    pub effective_on: NaiveDate,
}

/// From when to when a return was here: from the day on which it was sent, where that is known, to the day on which it was opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stay {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Stay {
    fn had_begun(&self, as_at: NaiveDate) -> bool {
        self.from.is_none_or(|day| day <= as_at)
    }
}

/// The state of a return on `as_at` and the day on which it was first sent, from all its steps: what was opened again is not here until it is
/// sent again, and an import that was taken back never was. `None` without steps.
#[must_use]
pub fn after_coming_back(steps: &[Step], as_at: NaiveDate) -> Option<(ReturnState, Option<NaiveDate>)> {
    let mut kept: Vec<Step> = Vec::new();
    for step in steps {
        kept.retain(|earlier| earlier.content_no <= step.content_no);
        kept.push(*step);
    }
    let mut stays: Vec<Stay> = Vec::new();
    let mut is_here = false;
    for step in &kept {
        match (is_here, step.state.is_sent()) {
            (false, true) => stays.push(Stay { from: step.submitted_on, to: None }),
            (true, false) => stays.last_mut().into_iter().for_each(|stay| stay.to = Some(step.effective_on)),
            _ => {}
        }
        is_here = step.state.is_sent();
    }
    let latest = kept.last()?.state;
    let begun: Vec<&Stay> = stays.iter().filter(|stay| stay.had_begun(as_at)).collect();
    let first = begun.iter().filter_map(|stay| stay.from).min();
    match begun.last() {
        None if stays.is_empty() => Some((latest, None)),
        None => Some((ReturnState::Open, None)),
        Some(Stay { to: None, .. }) => Some((latest, first)),
        Some(Stay { to: Some(day), .. }) if as_at < *day => Some((ReturnState::Submitted, first)),
        Some(_) => Some((ReturnState::Draft, None)),
    }
}

/// How a return stood on `as_at`.
#[must_use]
pub fn stood(one: &Known, as_at: NaiveDate) -> Stood {
    let state = state_on(one, as_at);
    let stage = stage(state, one.ends_on, as_at);
    let sent = one.first_sent_on.filter(|day| *day <= as_at);
    // What was opened again is missing from the day by which it is to be sent again; when it came the first time it was in time or not.
    let due_on = one.send_again_by.filter(|_| state == ReturnState::Draft).unwrap_or(one.due_on);
    let late = match sent {
        Some(day) => Some((day - one.due_on).num_days().max(0)),
        None if is_awaited(state, one.is_owed) && as_at > due_on => Some((as_at - due_on).num_days()),
        None => None,
    };
    let again = one.send_again_by.filter(|day| state == ReturnState::Queried && one.is_owed && as_at > *day);
    let again_days_late = again.map(|day| (as_at - day).num_days());
    Stood { stage, days_late: late, is_on_time: late.map(|days| days == 0), again_days_late }
}

/// The state on a day: what was sent or accepted later had not been so yet.
fn state_on(one: &Known, as_at: NaiveDate) -> ReturnState {
    let was = |day: Option<NaiveDate>| day.is_none_or(|day| day <= as_at);
    match one.state {
        ReturnState::Open | ReturnState::Draft | ReturnState::FallenAway => one.state,
        _ if !was(one.first_sent_on) => ReturnState::Open,
        ReturnState::Accepted if !was(one.accepted_on) => ReturnState::Submitted,
        state => state,
    }
}

/// How many returns came in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Owed in all.
    pub owed: i64,
    /// In time.
    pub on_time: i64,
    /// Sent after their day.
    pub late: i64,
    /// Past their day and not sent.
    pub missing: i64,
    /// Sent on a day that is not known.
    pub day_unknown: i64,
    /// Sent back with a question, and not sent again by the day that was given for it.
    pub unanswered: i64,
}

impl Tally {
    /// Counts a return in this stage.
    pub fn count(&mut self, stage: ReturnStage, is_on_time: Option<bool>, is_unanswered: bool) {
        let is_awaited = matches!(stage, ReturnStage::NotYetDue | ReturnStage::Due | ReturnStage::Draft);
        self.owed += 1;
        self.unanswered += i64::from(is_unanswered);
        match is_on_time {
            Some(true) => self.on_time += 1,
            Some(false) if is_awaited => self.missing += 1,
            Some(false) => self.late += 1,
            None if is_awaited => {}
            None => self.day_unknown += 1,
        }
    }

    /// The share that came in time of those whose day is over, in percent; `None` of nothing.
    #[must_use]
    pub fn on_time_percent(&self) -> Option<Quantity> {
        share(self.on_time, self.on_time + self.late + self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn known(state: ReturnState, first_sent_on: Option<&str>) -> Known {
        Known {
            state,
            is_owed: true,
            ends_on: day("2020-06-30"),
            due_on: day("2020-07-21"),
            first_sent_on: first_sent_on.map(day),
            accepted_on: (state == ReturnState::Accepted).then(|| day("2020-09-01")),
            send_again_by: None,
        }
    }

    #[test]
    fn what_came_later_had_not_come_yet() {
        let accepted = known(ReturnState::Accepted, Some("2020-07-24"));
        let at = |text: &str| stood(&accepted, day(text));
        assert_eq!(at("2020-06-30").stage, ReturnStage::NotYetDue);
        assert_eq!(at("2020-07-21"), Stood { stage: ReturnStage::Due, days_late: None, is_on_time: None, again_days_late: None });
        assert_eq!(at("2020-07-23"), Stood { stage: ReturnStage::Due, days_late: Some(2), is_on_time: Some(false), again_days_late: None });
        assert_eq!(
            at("2020-08-31"),
            Stood { stage: ReturnStage::Submitted, days_late: Some(3), is_on_time: Some(false), again_days_late: None }
        );
        assert_eq!(at("2020-09-01").stage, ReturnStage::Accepted);
    }

    #[test]
    fn in_time_is_up_to_the_day_itself() {
        let stood_at = |sent| stood(&known(ReturnState::Submitted, Some(sent)), day("2020-12-31"));
        assert_eq!(stood_at("2020-07-21").is_on_time, Some(true));
        assert_eq!(stood_at("2020-07-22").days_late, Some(1));
        // What is not evidenced is not guessed.
        let printed = Known { accepted_on: None, ..known(ReturnState::Accepted, None) };
        assert_eq!(
            stood(&printed, day("2020-12-31")),
            Stood { stage: ReturnStage::Accepted, days_late: None, is_on_time: None, again_days_late: None }
        );
        let dropped = Known { is_owed: false, ..known(ReturnState::Draft, None) };
        assert_eq!(stood(&dropped, day("2020-12-31")).is_on_time, None);
    }

    #[test]
    fn what_is_to_be_sent_again_has_a_day_of_its_own() {
        let with = |state, sent| Known { send_again_by: Some(day("2020-08-20")), ..known(state, sent) };
        let queried = with(ReturnState::Queried, Some("2020-07-21"));
        let at = |text: &str| stood(&queried, day(text));
        assert_eq!((at("2020-08-20").is_on_time, at("2020-08-20").again_days_late), (Some(true), None));
        assert_eq!((at("2020-08-22").is_on_time, at("2020-08-22").again_days_late), (Some(true), Some(2)));
        let opened = with(ReturnState::Draft, None);
        assert_eq!(stood(&opened, day("2020-08-20")).days_late, None, "it is not late while it has its new day");
        assert_eq!(stood(&opened, day("2020-08-21")).days_late, Some(1));
    }

    fn steps(all: &[(ReturnState, i32, Option<&str>, &str)]) -> Vec<Step> {
        let step = |(state, content_no, submitted_on, effective_on): &(ReturnState, i32, Option<&str>, &str)| Step {
            state: *state,
            content_no: *content_no,
            submitted_on: submitted_on.map(day),
            effective_on: day(effective_on),
        };
        all.iter().map(step).collect()
    }

    #[test]
    fn what_was_opened_again_is_not_here_until_it_is_sent_again() {
        use ReturnState::{Draft, Open, Queried, Resubmitted, Submitted};
        let sent = Some("2020-07-10");
        let mut all = vec![(Open, 0, None, "2020-06-30"), (Draft, 1, None, "2020-06-30"), (Submitted, 1, sent, "2020-07-10")];
        all.extend([(Queried, 1, sent, "2020-07-10"), (Resubmitted, 2, Some("2020-07-15"), "2020-07-15")]);
        all.push((Draft, 2, Some("2020-07-15"), "2020-08-03"));
        let at = |all: &[_], text: &str| after_coming_back(&steps(all), day(text));
        assert_eq!(at(&all, "2020-07-09"), Some((Open, None)));
        assert_eq!(at(&all, "2020-08-02"), Some((Submitted, sent.map(day))));
        assert_eq!(at(&all, "2020-08-03"), Some((Draft, None)));
        all.extend([(Draft, 3, Some("2020-07-15"), "2020-08-03"), (Submitted, 3, Some("2020-09-01"), "2020-09-01")]);
        assert_eq!(at(&all, "2020-08-31"), Some((Draft, None)));
        assert_eq!(at(&all, "2020-09-01"), Some((Submitted, sent.map(day))), "it came when it was first sent");
        assert_eq!(at(&[], "2020-09-01"), None);
    }

    #[test]
    fn an_import_that_was_taken_back_was_never_here() {
        use ReturnState::{Accepted, Draft, Open, Submitted};
        let old = Some("2020-07-01");
        let mut all = vec![(Open, 0, None, "2020-06-30"), (Accepted, 1, old, "2020-07-05"), (Open, 0, None, "2020-06-30")];
        let at = |all: &[_], text: &str| after_coming_back(&steps(all), day(text));
        assert_eq!(at(&all, "2020-12-31"), Some((Open, None)));
        all.extend([(Draft, 2, None, "2020-06-30"), (Submitted, 2, Some("2020-08-20"), "2020-08-20")]);
        assert_eq!(at(&all, "2020-12-31"), Some((Submitted, Some(day("2020-08-20")))));
    }

    #[test]
    fn rates_are_of_what_was_due() {
        let mut tally = Tally::default();
        use ReturnStage::{Accepted, Due, Submitted};
        for (stage, is_on_time) in [(Accepted, Some(true)), (Due, Some(false)), (Submitted, Some(false)), (Due, None), (Accepted, None)] {
            tally.count(stage, is_on_time, false);
        }
        assert_eq!(tally, Tally { owed: 5, on_time: 1, late: 1, missing: 1, day_unknown: 1, unanswered: 0 });
        assert_eq!(tally.on_time_percent(), Some(Quantity(33_333)));
        assert_eq!(Tally::default().on_time_percent(), None);
    }
}
