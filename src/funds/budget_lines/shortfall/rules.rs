//! What a line is short of, by day. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::Pence;

/// By how much something changes, each with the day from which it counts.
type Changes = [(NaiveDate, Pence)];

/// What `changes` come to from each of their days on.
fn running(changes: &Changes) -> BTreeMap<NaiveDate, Pence> {
    let mut days: BTreeMap<NaiveDate, Pence> = BTreeMap::new();
    for (day, change) in changes {
        let held = days.entry(*day).or_default();
        *held = *held + *change;
    }
    let mut sum = Pence::ZERO;
    for held in days.values_mut() {
        sum = sum + *held;
        *held = sum;
    }
    days
}

/// What holds on a day, of what holds from each of some days on; nothing before the first.
fn on(days: &BTreeMap<NaiveDate, Pence>, day: NaiveDate) -> Pence {
    days.range(..=day).next_back().map_or(Pence::ZERO, |(_, held)| *held)
}

/// By how much the recorded shortfall must change, and from which days, so that on each day it is what was given less what is held out,
/// where that is more. `given` and `recorded` are changes; `held` is what is held out from each day on.
#[must_use]
pub fn missing(given: &Changes, held: &Changes, recorded: &Changes) -> Vec<(NaiveDate, Pence)> {
    let (given, recorded) = (running(given), running(recorded));
    let held: BTreeMap<NaiveDate, Pence> = held.iter().copied().collect();
    let days: BTreeSet<NaiveDate> = given.keys().chain(held.keys()).chain(recorded.keys()).copied().collect();
    let mut lacking = Pence::ZERO;
    let mut changes = Vec::new();
    for day in days {
        let short = (on(&given, day) - on(&held, day)).max(Pence::ZERO);
        let lacks = short - on(&recorded, day);
        if lacks != lacking {
            changes.push((day, lacks - lacking));
        }
        lacking = lacks;
    }
    changes
}

/// How much more of a shortfall may be covered from each day on, the first of them `from`: what is short on that day and on every later one.
#[must_use]
pub fn coverable(recorded: &Changes, from: NaiveDate) -> Vec<(NaiveDate, Pence)> {
    let days = running(recorded);
    let mut steps = vec![(from, on(&days, from))];
    steps.extend(days.range(from..).filter(|(day, _)| **day > from).map(|(day, short)| (*day, *short)));
    let mut least = Pence::MAX;
    for (_, short) in steps.iter_mut().rev() {
        least = least.min((*short).max(Pence::ZERO));
        *short = least;
    }
    let mut covered = Pence::ZERO;
    for (_, short) in &mut steps {
        (*short, covered) = (*short - covered, *short);
    }
    steps.retain(|(_, more)| more.is_positive());
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, 4, number).unwrap()
    }

    fn days(all: &[(u32, i64)]) -> Vec<(NaiveDate, Pence)> {
        all.iter().map(|(number, pence)| (day(*number), Pence(*pence))).collect()
    }

    #[test]
    fn what_is_given_beyond_what_is_held_out_is_short() {
        // £1,000 given; the line is cut to £500 on the 7th, and £500 goes back on the 12th.
        let given = days(&[(1, 1_000), (12, -500)]);
        let held = days(&[(1, 1_000), (7, 500)]);
        assert_eq!(missing(&given, &held, &[]), days(&[(7, 500), (12, -500)]));
        assert_eq!(missing(&given, &held, &days(&[(7, 500), (12, -500)])), []);
        assert_eq!(missing(&given, &held, &days(&[(12, 200)])), days(&[(7, 500), (12, -700)]));
        // Confirmed for days before the money came: what is not given yet is not short.
        assert_eq!(missing(&days(&[(19, 900)]), &days(&[(1, 900)]), &[]), []);
    }

    #[test]
    fn a_shortfall_is_covered_from_the_day_on_which_there_is_one() {
        let recorded = days(&[(7, 500), (9, 300), (12, -600)]);
        assert_eq!(coverable(&recorded, day(5)), days(&[(7, 200)]));
        assert_eq!(coverable(&days(&[(7, 500), (9, 300)]), day(5)), days(&[(7, 500), (9, 300)]));
        assert_eq!(coverable(&days(&[(7, 500), (9, 300)]), day(10)), days(&[(10, 800)]));
        assert_eq!(coverable(&[], day(1)), []);
    }

    proptest! {
        /// After the changes that are missing nothing is missing, and on no day is anything below nothing short.
        #[test]
        fn what_is_missing_mends_it(
            given in prop::collection::vec((1_u32..28, 0_i64..100), 0..6), held in prop::collection::vec((1_u32..28, 0_i64..100), 0..6),
            recorded in prop::collection::vec((1_u32..28, -100_i64..100), 0..6),
        ) {
            let (given, held, mut recorded) = (days(&given), days(&held), days(&recorded));
            recorded.extend(missing(&given, &held, &recorded));
            prop_assert_eq!(missing(&given, &held, &recorded), []);
            prop_assert!(running(&recorded).values().all(|short| *short >= Pence::ZERO));
        }

        /// Whoever covers what may be covered leaves nothing below nothing, and nothing short in the end.
        #[test]
        fn what_is_covered_was_short(recorded in prop::collection::vec((1_u32..28, 0_i64..100), 0..6), from in 1_u32..28) {
            let recorded = days(&recorded);
            let covered: Vec<(NaiveDate, Pence)> = coverable(&recorded, day(from)).into_iter().map(|(day, more)| (day, -more)).collect();
            let after = running(&[recorded.clone(), covered].concat());
            prop_assert!(after.values().all(|short| *short >= Pence::ZERO));
            prop_assert_eq!(after.values().last().copied().unwrap_or_default(), Pence::ZERO);
        }
    }
}
