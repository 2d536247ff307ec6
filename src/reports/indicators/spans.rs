//! The days that are asked for, and which values count in them. Pure.
//!
//! What a return reports counts in the days in which its period ends, as in `group_by=quarter` and in the grid of returns, so that no return falls out
//! because it is a long one; a row that has such a value says so. What is printed says its own days, which lie in those that are asked for or do not.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::kernel::{FinancialYear, Quarter};
use crate::reports::indicators::rows::IndicatorGrouping;
use crate::reports::indicators::rules::{Days, Point, Warning};

/// All days there are.
const ALL: Days = (NaiveDate::MIN, NaiveDate::MAX);

/// The days that are asked for, those that follow one another as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Days>);

impl Spans {
    /// From days that are asked for; all days where none are.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Days>) -> Self {
        Self(merged(days))
    }

    /// Those that are asked for, in their order; none where all are.
    #[must_use]
    pub fn days(&self) -> &[Days] {
        &self.0
    }

    /// From the first day to the last that are asked for, where any are.
    #[must_use]
    pub fn whole(&self) -> Option<Days> {
        Some((self.0.first()?.0, self.0.last()?.1))
    }

    /// The days among those asked for in which a value counts, told apart as rows are; none where it counts in none of them.
    #[must_use]
    pub fn within(&self, point: &Point, by: &[IndicatorGrouping]) -> Option<Days> {
        let asked = if self.0.is_empty() { Some(ALL) } else { self.0.iter().copied().find(|days| counts_in(point, *days)) }?;
        let quarter = || point.days.1.and_then(Quarter::of).map(|quarter| (quarter.first_day(), quarter.last_day()));
        if by.contains(&IndicatorGrouping::Period) {
            return Some(point.days.0.zip(point.days.1).unwrap_or(asked));
        }
        if by.contains(&IndicatorGrouping::Quarter) { Some(quarter().unwrap_or(asked)) } else { Some(asked) }
    }

    /// What there is to say of values that begin before the days in which they count.
    #[must_use]
    pub fn warnings(&self, points: &[&Point], by: &[IndicatorGrouping]) -> BTreeSet<Warning> {
        let mut all = BTreeSet::new();
        let is_told_apart = by.iter().any(|one| matches!(one, IndicatorGrouping::Quarter | IndicatorGrouping::Period));
        if self.0.is_empty() && !is_told_apart {
            // Nothing begins before all days.
            return all;
        }
        // A quarter is a quarter, also where rows are told apart by their periods beside it.
        let by: Vec<IndicatorGrouping> =
            by.iter().copied().filter(|one| *one == IndicatorGrouping::Quarter || !by.contains(&IndicatorGrouping::Quarter)).collect();
        // Values of the same days stand together, and one of them tells of all.
        for some in points.chunk_by(|a, b| a.days == b.days && a.award.is_some() == b.award.is_some()) {
            let Some(point) = some.first() else { continue };
            let Some((within, (first, last))) = self.within(point, &by).zip(point.days.0.zip(point.days.1)) else { continue };
            if first >= within.0 {
                continue;
            }
            let is_of_years = FinancialYear::of(first) != FinancialYear::of(last);
            let is_in_quarter = Quarter::of(within.0) == Quarter::of(within.1);
            all.extend(is_of_years.then_some(Warning::SpansYears));
            all.extend((is_in_quarter || !is_of_years).then_some(Warning::SpansQuarters));
        }
        all
    }
}

/// Whether a value counts in these days.
#[must_use]
pub fn counts_in(point: &Point, (first, last): Days) -> bool {
    let begins = point.award.is_some() || point.days.0.is_some_and(|day| first <= day);
    begins && point.days.1.is_some_and(|day| first <= day && day <= last)
}

/// Days in their order, those that overlap or follow one another as one.
#[must_use]
pub fn merged(days: impl IntoIterator<Item = Days>) -> Vec<Days> {
    let mut sorted: Vec<Days> = days.into_iter().collect();
    sorted.sort_unstable();
    let mut all: Vec<Days> = Vec::new();
    for (first, last) in sorted {
        match all.last_mut().filter(|held| held.1.succ_opt().is_none_or(|next| first <= next)) {
            Some(held) => held.1 = held.1.max(last),
            None => all.push((first, last)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_follow_one_another_are_one() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = |first: &str, last: &str| (day(first), day(last));
        let asked = [days("2020-07-01", "2020-09-30"), days("2021-01-01", "2021-03-31"), days("2020-04-01", "2020-06-30")];
        assert_eq!(merged(asked), [days("2020-04-01", "2020-09-30"), days("2021-01-01", "2021-03-31")]);
        assert_eq!(Spans::of(asked).whole(), Some(days("2020-04-01", "2021-03-31")));
        assert_eq!(Spans::default().whole(), None);
    }
}
