//! Which movements the totals of a month lack, and how movements are folded into them. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::kernel::{Id, Moment};
use crate::ledger::AccountKind;
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::store::MovedRow;

/// The day until which a total holds that no later one follows.
pub const FOREVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Some movements, by the day on which they take effect and the moment at which they were recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Up to and with this day.
    pub to: NaiveDate,
    /// Recorded after this moment.
    pub after: Option<Moment>,
    /// Recorded by this moment.
    pub by: Moment,
}

impl Window {
    /// All that had taken effect by a day and was recorded by a moment.
    pub const fn all(as_at: NaiveDate, known_at: Moment) -> Self {
        Self { from: None, to: as_at, after: None, by: known_at }
    }
}

/// What is to be added to the totals of whole months and what is to be taken from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// The totals are those of the months before this day.
    pub before: NaiveDate,
    /// To be added.
    pub added: Vec<Window>,
    /// To be taken away.
    pub taken: Vec<Window>,
}

/// The first day of a month.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// How the totals folded up to a moment become those of a day and a moment.
pub fn windows(as_at: NaiveDate, known_at: Moment, folded_to: Moment) -> Windows {
    let month = month_of(as_at);
    let next = month.checked_add_months(Months::new(1));
    // The last day of a month is what the month ended with.
    let before = next.filter(|next| as_at.succ_opt() == Some(*next) && *next <= FOREVER).unwrap_or(month);
    let mut windows = Windows { before, added: Vec::new(), taken: Vec::new() };
    if before <= as_at {
        windows.added.push(Window { from: Some(before), to: as_at, after: None, by: folded_to.min(known_at) });
    }
    if known_at > folded_to {
        windows.added.push(Window { from: None, to: as_at, after: Some(folded_to), by: known_at });
    }
    if let Some(to) = before.checked_sub_days(Days::new(1)).filter(|_| known_at < folded_to) {
        windows.taken.push(Window { from: None, to, after: Some(known_at), by: folded_to });
    }
    windows
}

/// What movements change by month: of each record and budget line.
pub type Deltas = BTreeMap<(Id, Id), (Holder, BTreeMap<NaiveDate, Tally>)>;
/// And between kinds of account: how much, and how many movements.
pub type Kinds = BTreeMap<(AccountKind, AccountKind, NaiveDate), (i64, i64)>;

/// What some movements change.
pub fn deltas(moved: &[MovedRow]) -> (Deltas, Kinds) {
    let (mut deltas, mut kinds) = (Deltas::new(), Kinds::new());
    for row in moved {
        let month = month_of(row.effective_on);
        let left = (row.from_kind.holder(), (row.from_id, row.from_line_id), Tally::of_left(row.from_kind, row.to_kind, row.amount, 1));
        let reached = (row.to_kind.holder(), (row.to_id, row.to_line_id), Tally::of_reached(row.from_kind, row.to_kind, row.amount, 1));
        for (holder, key, change) in [left, reached] {
            if let Some(holder) = holder {
                let sum = deltas.entry(key).or_insert((holder, BTreeMap::new())).1.entry(month).or_default();
                *sum = *sum + change;
            }
        }
        let of_kind = kinds.entry((row.from_kind, row.to_kind, month)).or_default();
        *of_kind = (of_kind.0.saturating_add(row.amount.0), of_kind.1 + 1);
    }
    (deltas, kinds)
}

/// The totals of one record and line with more movements in them: each month with the one until which it holds.
pub fn merged(totals: &[(NaiveDate, Tally)], changes: &BTreeMap<NaiveDate, Tally>) -> Vec<(NaiveDate, NaiveDate, Tally)> {
    let mut by_month = changes.clone();
    let mut before = Tally::default();
    for (month, total) in totals {
        let own = by_month.entry(*month).or_default();
        *own = *own + (*total - before);
        before = *total;
    }
    let mut all: Vec<(NaiveDate, NaiveDate, Tally)> = Vec::with_capacity(by_month.len());
    let mut total = Tally::default();
    for (month, change) in by_month {
        total = total + change;
        if let Some(last) = all.last_mut() {
            last.1 = month;
        }
        all.push((month, FOREVER, total));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Pence;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn moment(micros: i64) -> Moment {
        Moment::from_micros(micros).unwrap()
    }

    fn held(pence: i64) -> Tally {
        Tally { held: Pence(pence), sides: 1, ..Tally::default() }
    }

    #[test]
    fn a_day_within_a_month_takes_what_moved_up_to_it() {
        let within = windows(day("2020-06-15"), moment(5), moment(9));
        assert_eq!(within.before, day("2020-06-01"));
        assert_eq!(within.added, [Window { from: Some(day("2020-06-01")), to: day("2020-06-15"), after: None, by: moment(5) }]);
        assert_eq!(within.taken, [Window { from: None, to: day("2020-05-31"), after: Some(moment(5)), by: moment(9) }]);
    }

    #[test]
    fn the_last_day_of_a_month_takes_nothing_more() {
        let last = windows(day("2020-06-30"), moment(9), moment(9));
        assert_eq!((last.before, last.added, last.taken), (day("2020-07-01"), vec![], vec![]));
        let later = windows(day("2020-06-30"), moment(12), moment(9));
        assert_eq!(later.added, [Window { from: None, to: day("2020-06-30"), after: Some(moment(9)), by: moment(12) }]);
    }

    #[test]
    fn a_backdated_movement_changes_every_later_month() {
        let totals = [(day("2020-05-01"), held(10)), (day("2020-08-01"), held(30) + held(0))];
        let changes = BTreeMap::from([(day("2020-06-01"), held(5))]);
        let merged = merged(&totals, &changes);
        let told: Vec<(NaiveDate, NaiveDate, i64, i64)> =
            merged.iter().map(|(from, until, tally)| (*from, *until, tally.held.0, tally.sides)).collect();
        assert_eq!(
            told,
            [
                (day("2020-05-01"), day("2020-06-01"), 10, 1),
                (day("2020-06-01"), day("2020-08-01"), 15, 2),
                (day("2020-08-01"), FOREVER, 35, 3),
            ]
        );
    }
}
