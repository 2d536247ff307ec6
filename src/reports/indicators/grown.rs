//! What numbers that hold those before them – a year to date, all from the beginning – grew in the days that are asked for. Pure.
//!
//! A return says 100 for the year to date, the one before it said 40: in its quarter it is 60. Where the return before did not say it, or counted
//! something else, nobody knows what it grew, and there is no value.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::awards::indicators::rules::AsksFor;
use crate::kernel::adding::put_together;
use crate::kernel::{FigureStatus, FinancialYear, Id, Quantity};
use crate::reports::indicators::rules::{Adding, Adjusted, Amount, Days, Lack, Point};
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::returned::Owed;

/// What awards told of an indicator, by the last days of their returns.
struct Told<'p> {
    indicator: &'p IndicatorRow,
    owed: &'p Owed,
    by_return: HashMap<(Id, NaiveDate), Vec<&'p Point>>,
}

/// What was told before.
enum Before {
    /// Nothing was to be told: the number begins in the days that are asked for.
    Nothing,
    /// This.
    Told(Base),
    /// It is not known.
    Unknown,
}

/// A number from which on another one grew.
struct Base {
    value: Amount,
    accepted: Option<Amount>,
    times: i64,
    status: Option<FigureStatus>,
    basis: Option<Arc<str>>,
}

/// The points of an indicator that count in days that are asked for, which `within` says. Of an indicator whose numbers hold those before them each is
/// what it grew since those days began.
#[must_use]
pub fn counted_in(indicator: &IndicatorRow, points: &[Point], owed: &Owed, within: impl Fn(&Point) -> Option<Days>) -> Vec<Point> {
    if !indicator.is_cumulative() {
        return points.iter().filter(|point| within(point).is_some()).cloned().collect();
    }
    let mut by_return: HashMap<(Id, NaiveDate), Vec<&Point>> = HashMap::new();
    for point in points {
        if let Some(of) = point.award.zip(point.days.1) {
            by_return.entry(of).or_default().push(point);
        }
    }
    let told = Told { indicator, owed, by_return };
    points.iter().filter_map(|point| Some(told.grown(point, within(point)?))).collect()
}

impl Told<'_> {
    /// A point as what it grew since days began. What is printed says its own days.
    fn grown(&self, point: &Point, within: Days) -> Point {
        let Some((award, last)) = point.award.zip(point.days.1) else { return point.clone() };
        let is_of_year = self.indicator.asks_for() == AsksFor::YearToDate;
        let year = FinancialYear::of(last).filter(|_| is_of_year);
        let days = year.map_or(within, |year| (within.0.max(year.first_day()), within.1.min(year.last_day())));
        let own = Point { within: Some(days), ..point.clone() };
        if point.value.is_none() {
            return own;
        }
        match self.before(point, award, (within.0, year)) {
            Before::Nothing => own,
            Before::Told(base) => self.less(&own, &base).unwrap_or_else(|| unknown(own)),
            Before::Unknown => unknown(own),
        }
    }

    /// What the award told before a day of what the point counts.
    fn before(&self, point: &Point, award: Id, (day, year): (NaiveDate, Option<FinancialYear>)) -> Before {
        let begun = self.owed.first_day(award);
        let begins = year.map(FinancialYear::first_day).or(begun);
        if day == NaiveDate::MIN || begins.is_some_and(|begins| day <= begins) {
            return Before::Nothing;
        }
        let is_in_year = |last: &NaiveDate| year.is_none_or(|year| *last >= year.first_day());
        if let Some(last) = self.owed.ends_before(award, day).filter(is_in_year) {
            let is_whole = self.told_at((award, point.days.1), point.area).is_some();
            let base = self.told_at((award, Some(last)), point.area).filter(|_| is_whole);
            return base.filter(|base| base.basis == point.basis).map_or(Before::Unknown, Before::Told);
        }
        // No return before: so none had to be, where the first one covers all that is counted.
        let from = begins.max(begun);
        let covers = self.owed.begins_from(award, day).zip(from).is_some_and(|(first, from)| first <= from);
        if covers { Before::Nothing } else { Before::Unknown }
    }

    /// What a return told of an area, or of all of them together; nothing where any of it is missing.
    fn told_at(&self, (award, last): (Id, Option<NaiveDate>), area: Option<Id>) -> Option<Base> {
        let all = self.by_return.get(&(award, last?))?;
        let own: Vec<&Point> = all.iter().copied().filter(|point| point.area == area).collect();
        let told = if own.is_empty() && area.is_none() { all.clone() } else { own };
        let first = told.first()?;
        let is_even = told.iter().all(|point| point.basis == first.basis);
        let of_numbers = if self.indicator.over_areas == Adding::Sum.word() { Adding::Sum } else { Adding::None };
        let how = if self.indicator.is_percentage() { Adding::Average } else { of_numbers };
        let values = |value: fn(&Point) -> Option<Amount>| -> Option<Amount> {
            let all: Vec<Amount> = told.iter().map(|point| value(point)).collect::<Option<_>>()?;
            put_together(&all, how)
        };
        let status = told.iter().filter_map(|point| point.status).min();
        let times = told.iter().map(|point| times(point)).sum();
        let base = Base { value: values(|point| point.value)?, accepted: values(accepted), times, status, basis: first.basis.clone() };
        is_even.then_some(base)
    }

    /// What a point is more than the base.
    fn less(&self, point: &Point, base: &Base) -> Option<Point> {
        let value = self.difference(point.value?, base.value)?;
        let times = times(point) + base.times;
        let before = accepted(point).zip(base.accepted).and_then(|(now, was)| self.difference(now, was));
        let adjusted = if times > 0 { Adjusted::Corrected { accepted: before, times } } else { Adjusted::No };
        let status = [point.status, base.status].into_iter().flatten().min();
        Some(Point { value: Some(value), adjusted, status, ..point.clone() })
    }

    /// What was added; none of percentages that do not say what they are of.
    fn difference(&self, now: Amount, was: Amount) -> Option<Amount> {
        let less = |now: Quantity, was: Quantity| now.0.checked_sub(was.0).map(Quantity);
        let whole = match (now.whole, was.whole) {
            (Some(now), Some(was)) => Some(less(now, was)?),
            (None, None) if !self.indicator.is_percentage() => None,
            _ => return None,
        };
        Some(Amount { value: less(now.value, was.value)?, whole })
    }
}

/// As it was accepted.
fn accepted(point: &Point) -> Option<Amount> {
    if let Adjusted::Corrected { accepted, .. } = point.adjusted { accepted } else { point.value }
}

/// By how many adjustments it is another one.
const fn times(point: &Point) -> i64 {
    if let Adjusted::Corrected { times, .. } = point.adjusted { times } else { 0 }
}

fn unknown(point: Point) -> Point {
    Point { value: None, lack: Lack::GrowthNotKnown, adjusted: Adjusted::No, ..point }
}
