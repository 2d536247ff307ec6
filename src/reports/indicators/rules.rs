//! How values of an indicator are put together. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{FigureStatus, Id, Quantity};

words! {
    /// Why a value must be read with care, or cannot be told.
    pub enum Warning {
        /// The values count different things.
        MixedBasis = "mixed_basis",
        /// Some values are final and some are not.
        MixedStatus = "mixed_status",
        /// Values of several periods may not be put together.
        DoesNotAddOverTime = "does_not_add_over_time",
        /// Values of several areas or awards may not be put together.
        DoesNotAddOverAreas = "does_not_add_over_areas",
        /// Some values were not reported; they are missing, not 0.
        Incomplete = "incomplete",
    }
}

words! {
    /// How values are put together.
    pub enum Adding {
        /// They are added.
        Sum = "sum",
        /// The latest counts.
        Latest = "latest",
        /// The highest counts.
        Maximum = "maximum",
        /// Their mean counts, rounded to three decimals.
        Average = "average",
        /// They are not put together.
        None = "none",
    }
}

/// One value, or one that was not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The award whose return has it; none for a printed one.
    pub award: Option<Id>,
    /// The area; none for the whole.
    pub area: Option<Id>,
    /// The period's days, where it has any.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    /// The period in words.
    pub period: Option<String>,
    /// The value; none where it was not reported.
    pub value: Option<Quantity>,
    /// The upper end of a printed range.
    pub high: Option<Quantity>,
    /// What exactly is counted.
    pub basis: Option<String>,
    /// How final it is.
    pub status: Option<FigureStatus>,
    /// The word before it.
    pub qualifier: Option<String>,
    /// It only stands for something.
    pub illustrative: bool,
}

/// What some points come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Combined {
    /// The value; none where nothing was reported or values may not be put together.
    pub value: Option<Quantity>,
    /// How many values were reported.
    pub reported: i64,
    /// How many were asked for and not reported.
    pub missing: i64,
    /// What to know about it.
    pub warnings: BTreeSet<Warning>,
}

/// The days and words of a period.
type PeriodKey = (Option<NaiveDate>, Option<NaiveDate>, Option<String>);

/// Puts points together: first the areas of an award in a period, then the awards of that period, then the periods.
///
/// Where an award reports a whole beside its areas, the whole counts.
#[must_use]
pub fn combine(points: &[&Point], over_areas: Adding, over_time: Adding) -> Combined {
    let mut combined = Combined {
        reported: count(points.iter().filter(|point| point.value.is_some()).count()),
        missing: count(points.iter().filter(|point| point.value.is_none()).count()),
        ..Combined::default()
    };
    if combined.missing > 0 {
        combined.warnings.insert(Warning::Incomplete);
    }
    let reported: Vec<&Point> = points.iter().copied().filter(|point| point.value.is_some()).collect();
    if reported.iter().map(|point| &point.basis).collect::<BTreeSet<_>>().len() > 1 {
        combined.warnings.insert(Warning::MixedBasis);
    }
    if reported.iter().filter_map(|point| point.status).collect::<BTreeSet<_>>().len() > 1 {
        combined.warnings.insert(Warning::MixedStatus);
    }
    let mut periods: BTreeMap<PeriodKey, BTreeMap<Option<Id>, Vec<&Point>>> = BTreeMap::new();
    for point in reported {
        let key = (point.days.1, point.days.0, point.period.clone());
        periods.entry(key).or_default().entry(point.award).or_default().push(point);
    }
    let mut by_period = Vec::with_capacity(periods.len());
    for awards in periods.into_values() {
        let by_award: Option<Vec<Quantity>> = awards.into_values().map(|points| of_award(&points, over_areas)).collect();
        match by_award.and_then(|values| put_together(&values, over_areas)) {
            Some(value) => by_period.push(value),
            None => {
                combined.warnings.insert(Warning::DoesNotAddOverAreas);
                return combined;
            }
        }
    }
    if by_period.is_empty() {
        return combined;
    }
    combined.value = put_together(&by_period, over_time);
    if combined.value.is_none() {
        combined.warnings.insert(Warning::DoesNotAddOverTime);
    }
    combined
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn of_award(points: &[&Point], over_areas: Adding) -> Option<Quantity> {
    let whole: Vec<Quantity> = points.iter().filter(|point| point.area.is_none()).filter_map(|point| point.value).collect();
    let values = if whole.is_empty() { points.iter().filter_map(|point| point.value).collect() } else { whole };
    put_together(&values, over_areas)
}

/// Values in the order of time, as one. A single value is itself, whatever the way of adding.
fn put_together(values: &[Quantity], how: Adding) -> Option<Quantity> {
    if let [only] = values {
        return Some(*only);
    }
    let sum: i128 = values.iter().map(|value| i128::from(value.0)).sum();
    let thousandths = match how {
        Adding::Sum => sum,
        Adding::Latest => i128::from(values.last()?.0),
        Adding::Maximum => i128::from(values.iter().max()?.0),
        Adding::Average => {
            let number = i128::try_from(values.len()).ok()?;
            (sum * 2 + number).div_euclid(number * 2)
        }
        Adding::None => return None,
    };
    i64::try_from(thousandths).ok().map(Quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(award: Option<Id>, area: Option<Id>, quarter: u32, value: Option<i32>) -> Point {
        let day = |month| NaiveDate::from_ymd_opt(2020, month, 1);
        Point {
            award,
            area,
            days: (day(quarter * 3 - 2), day(quarter * 3)),
            period: None,
            value: value.map(Quantity::whole),
            high: None,
            basis: None,
            status: None,
            qualifier: None,
            illustrative: false,
        }
    }

    fn combined(points: &[Point], over_areas: Adding, over_time: Adding) -> Combined {
        combine(&points.iter().collect::<Vec<_>>(), over_areas, over_time)
    }

    #[test]
    fn what_was_not_reported_is_missing_and_not_nought() {
        let award = Some(Id::new());
        let all = combined(&[point(award, None, 1, Some(0)), point(award, None, 2, None)], Adding::Sum, Adding::Sum);
        assert_eq!((all.value, all.reported, all.missing), (Some(Quantity::ZERO), 1, 1));
        assert_eq!(all.warnings, BTreeSet::from([Warning::Incomplete]));
        let none = combined(&[point(award, None, 1, None)], Adding::Sum, Adding::Sum);
        assert_eq!((none.value, none.reported), (None, 0));
    }

    #[test]
    fn time_and_areas_add_up_each_in_its_way() {
        let award = Some(Id::new());
        let [a, b] = [0; 2].map(|_| Some(Id::new()));
        let points = [point(award, a, 1, Some(3)), point(award, b, 1, Some(5)), point(award, a, 2, Some(7)), point(award, b, 2, Some(1))];
        assert_eq!(combined(&points, Adding::Sum, Adding::Sum).value, Some(Quantity::whole(16)));
        assert_eq!(combined(&points, Adding::Sum, Adding::Latest).value, Some(Quantity::whole(8)));
        assert_eq!(combined(&points, Adding::Maximum, Adding::Sum).value, Some(Quantity::whole(12)));
        assert_eq!(combined(&points, Adding::Average, Adding::Average).value, Some(Quantity::whole(4)));
        let no_areas = combined(&points, Adding::None, Adding::Sum);
        assert_eq!((no_areas.value, no_areas.warnings), (None, BTreeSet::from([Warning::DoesNotAddOverAreas])));
        let no_time = combined(&points, Adding::Sum, Adding::None);
        assert_eq!((no_time.value, no_time.warnings), (None, BTreeSet::from([Warning::DoesNotAddOverTime])));
    }

    #[test]
    fn a_whole_counts_instead_of_its_areas() {
        let award = Some(Id::new());
        let points =
            [point(award, None, 1, Some(10)), point(award, Some(Id::new()), 1, Some(4)), point(award, Some(Id::new()), 1, Some(3))];
        assert_eq!(combined(&points, Adding::Sum, Adding::Sum).value, Some(Quantity::whole(10)));
    }

    #[test]
    fn a_single_value_needs_no_adding() {
        let points = [point(Some(Id::new()), None, 1, Some(77))];
        assert_eq!(combined(&points, Adding::None, Adding::None).value, Some(Quantity::whole(77)));
    }

    #[test]
    fn bases_and_statuses_that_differ_are_said() {
        let mut early = point(None, None, 1, Some(1));
        early.basis = Some("number of referrals".to_owned());
        early.status = Some(FigureStatus::Final);
        let mut late = point(None, None, 2, Some(2));
        late.status = Some(FigureStatus::Midterm);
        let all = combined(&[early, late], Adding::Sum, Adding::Sum);
        assert_eq!(all.value, Some(Quantity::whole(3)));
        assert_eq!(all.warnings, BTreeSet::from([Warning::MixedBasis, Warning::MixedStatus]));
    }
}
