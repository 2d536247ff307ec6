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
}

/// How a return stood on `as_at`.
#[must_use]
pub fn stood(one: &Known, as_at: NaiveDate) -> Stood {
    let state = state_on(one, as_at);
    let stage = stage(state, one.ends_on, as_at);
    let sent = one.first_sent_on.filter(|day| *day <= as_at);
    let came = match sent {
        Some(day) => Some(day),
        None if is_awaited(state, one.is_owed) && as_at > one.due_on => Some(as_at),
        None => None,
    };
    let late = came.map(|day| (day - one.due_on).num_days().max(0));
    Stood { stage, days_late: late, is_on_time: late.map(|days| days == 0) }
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
}

impl Tally {
    /// Counts a return in this stage.
    pub fn count(&mut self, stage: ReturnStage, is_on_time: Option<bool>) {
        let is_awaited = matches!(stage, ReturnStage::NotYetDue | ReturnStage::Due | ReturnStage::Draft);
        self.owed += 1;
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
        }
    }

    #[test]
    fn what_came_later_had_not_come_yet() {
        let accepted = known(ReturnState::Accepted, Some("2020-07-24"));
        let at = |text: &str| stood(&accepted, day(text));
        assert_eq!(at("2020-06-30").stage, ReturnStage::NotYetDue);
        assert_eq!(at("2020-07-21"), Stood { stage: ReturnStage::Due, days_late: None, is_on_time: None });
        assert_eq!(at("2020-07-23"), Stood { stage: ReturnStage::Due, days_late: Some(2), is_on_time: Some(false) });
        assert_eq!(at("2020-08-31"), Stood { stage: ReturnStage::Submitted, days_late: Some(3), is_on_time: Some(false) });
        assert_eq!(at("2020-09-01").stage, ReturnStage::Accepted);
    }

    #[test]
    fn in_time_is_up_to_the_day_itself() {
        let stood_at = |sent| stood(&known(ReturnState::Submitted, Some(sent)), day("2020-12-31"));
        assert_eq!(stood_at("2020-07-21").is_on_time, Some(true));
        assert_eq!(stood_at("2020-07-22").days_late, Some(1));
        // What is not evidenced is not guessed.
        let printed = Known { accepted_on: None, ..known(ReturnState::Accepted, None) };
        assert_eq!(stood(&printed, day("2020-12-31")), Stood { stage: ReturnStage::Accepted, days_late: None, is_on_time: None });
        let dropped = Known { is_owed: false, ..known(ReturnState::Draft, None) };
        assert_eq!(stood(&dropped, day("2020-12-31")).is_on_time, None);
    }

    #[test]
    fn rates_are_of_what_was_due() {
        let mut tally = Tally::default();
        use ReturnStage::{Accepted, Due, Submitted};
        for (stage, is_on_time) in [(Accepted, Some(true)), (Due, Some(false)), (Submitted, Some(false)), (Due, None), (Accepted, None)] {
            tally.count(stage, is_on_time);
        }
        assert_eq!(tally, Tally { owed: 5, on_time: 1, late: 1, missing: 1, day_unknown: 1 });
        assert_eq!(tally.on_time_percent(), Some(Quantity(33_333)));
        assert_eq!(Tally::default().on_time_percent(), None);
    }
}
