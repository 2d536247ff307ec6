//! How values of an indicator are put together. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

pub use crate::kernel::adding::{Adding, Amount};
use crate::kernel::adding::{added, put_together, quantity};
use crate::kernel::{FigureStatus, FinancialYear, Id, Quantity};

words! {
    /// Why a value must be read with care, or cannot be told.
    pub enum Warning {
        /// The values count different things.
        MixedBasis = "mixed_basis",
        /// Some values are final and some are not.
        MixedStatus = "mixed_status",
        /// It counts something else than the period before it does, so the two are not to be compared.
        BasisChanged = "basis_changed",
        /// A value of several quarters stands with the last of them.
        SpansQuarters = "spans_quarters",
        /// Values of several periods may not be put together.
        DoesNotAddOverTime = "does_not_add_over_time",
        /// Values of several areas or awards may not be put together.
        DoesNotAddOverAreas = "does_not_add_over_areas",
        /// Some values were not reported; they are missing, not 0.
        Incomplete = "incomplete",
        /// Some percentages do not say what they are of, so that they have no average together with those that do.
        MixedDenominators = "mixed_denominators",
    }
}

/// What adjustments made of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjusted {
    /// Nothing: it stands as it was accepted or printed.
    #[default]
    No,
    /// Another value, in its own period.
    Corrected {
        /// What was accepted, where something was.
        accepted: Option<Amount>,
        /// By how many adjustments.
        times: i64,
    },
    /// It is a difference itself, which counts in a later period than the one that it corrects.
    Difference {
        /// The first and the last day of what it corrects.
        corrects: (NaiveDate, NaiveDate),
    },
}

/// One value, or one that was not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The award whose return has it; none for a printed one.
    pub award: Option<Id>,
    /// The return; none for a printed one.
    pub source: Option<Id>,
    /// The area; none for the whole.
    pub area: Option<Id>,
    /// The period's days, where it has any.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    /// The period in words.
    pub period: Option<Arc<str>>,
    /// The value; none where it was not reported.
    pub value: Option<Amount>,
    /// The upper end of a printed range.
    pub high: Option<Quantity>,
    /// What exactly is counted.
    pub basis: Option<Arc<str>>,
    /// How final it is.
    pub status: Option<FigureStatus>,
    /// The word before it.
    pub qualifier: Option<String>,
    /// It only stands for something.
    pub illustrative: bool,
    /// What adjustments made of it.
    pub adjusted: Adjusted,
    /// How many values of its return it is what they come to, beside the one that it is itself.
    pub beside: Beside,
}

/// Values that were put together with another one already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// How many were reported.
    pub reported: u32,
    /// How many were not.
    pub missing: u32,
}

impl Point {
    /// How many values it stands for.
    #[must_use]
    pub fn number(&self) -> i64 {
        1 + i64::from(self.beside.reported) + i64::from(self.beside.missing)
    }

    /// Whether it is a difference and no value of its period.
    #[must_use]
    pub const fn is_difference(&self) -> bool {
        matches!(self.adjusted, Adjusted::Difference { .. })
    }

    /// As it was accepted; none where that was no point at all.
    fn accepted(&self) -> Option<Self> {
        match self.adjusted {
            Adjusted::No => Some(self.clone()),
            Adjusted::Corrected { accepted, .. } => Some(Self { value: accepted, ..self.clone() }),
            Adjusted::Difference { .. } => None,
        }
    }
}

/// What some points come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Combined {
    /// The value, of a percentage the percentage; none where nothing was reported or values may not be put together.
    pub value: Option<Quantity>,
    /// The part and the whole that a percentage is made of.
    pub fraction: Option<(Quantity, Quantity)>,
    /// Whether it is a percentage, so that it is never added to another indicator's value.
    pub is_percentage: bool,
    /// The value as it was accepted or printed, without adjustments.
    pub accepted: Option<Quantity>,
    /// How many adjustments are in the value.
    pub adjustments: i64,
    /// How many values were reported.
    pub reported: i64,
    /// How many were asked for and not reported.
    pub missing: i64,
    /// What to know about it.
    pub warnings: BTreeSet<Warning>,
}

/// Puts points together: first the areas of an award in a period, then the awards of that period, then the periods; then differences that
/// count there.
///
/// Where an award reports a whole beside its areas, the whole counts.
#[must_use]
pub fn combine(points: &[&Point], over_areas: Adding, over_time: Adding) -> Combined {
    let (differences, values): (Vec<&Point>, Vec<&Point>) = points.iter().partition(|point| point.is_difference());
    let mut combined = combine_values(&values, over_areas, over_time);
    let times = |point: &&Point| if let Adjusted::Corrected { times, .. } = point.adjusted { times } else { 0 };
    combined.adjustments = values.iter().map(times).sum::<i64>() + count(differences.len());
    combined.accepted = combined.value;
    if combined.adjustments > 0 {
        let accepted: Vec<Point> = values.iter().filter_map(|point| point.accepted()).collect();
        combined.accepted = combine_values(&accepted.iter().collect::<Vec<_>>(), over_areas, over_time).value;
    }
    if let Some(more) = added_up(&differences) {
        combined.value = combined.value.unwrap_or_default().checked_add(more);
    }
    combined
}

/// The same where each value is the financial year's up to the end of its period. A later value holds those before it, so of a year the latest that an
/// award reports for a place stands for the year, and years become one as `over_years` says.
#[must_use]
pub fn combine_years(points: &[&Point], over_areas: Adding, over_years: Adding) -> Combined {
    let year = |point: &Point| point.days.1.and_then(FinancialYear::of);
    let mut latest: BTreeMap<(Option<Id>, Option<Id>, Option<FinancialYear>), &Point> = BTreeMap::new();
    for point in points.iter().copied().filter(|point| point.value.is_some() && year(point).is_some()) {
        let held = latest.entry((point.award, point.area, year(point))).or_insert(point);
        if held.days.1 < point.days.1 {
            *held = point;
        }
    }
    // A whole that is older than what its areas say since is no whole of them.
    let is_old = |((award, area, year), own): (&(Option<Id>, Option<Id>, Option<FinancialYear>), &&Point)| {
        area.is_none()
            && latest.iter().any(|((of, place, when), other)| (of, when) == (award, year) && place.is_some() && other.days.1 > own.days.1)
    };
    let kept = latest.iter().filter(|one| !is_old(*one)).map(|((.., year), point)| (*point, *year));
    let of_year = |(point, year): (&Point, Option<FinancialYear>)| Point {
        days: (year.map(FinancialYear::first_day), year.map(FinancialYear::last_day)),
        period: None,
        ..point.clone()
    };
    let is_left = |point: &&Point| point.value.is_none() || year(point).is_none();
    let years: Vec<Point> = kept.map(of_year).chain(points.iter().copied().filter(is_left).cloned()).collect();
    let reported = count(points.iter().filter(|point| point.value.is_some()).count());
    Combined { reported, ..combine(&years.iter().collect::<Vec<_>>(), over_areas, over_years) }
}

/// What differences come to: of each award and period that they correct, those of the whole where there are any.
fn added_up(differences: &[&Point]) -> Option<Quantity> {
    let mut by_source: BTreeMap<(Option<Id>, Option<(NaiveDate, NaiveDate)>), Vec<&Point>> = BTreeMap::new();
    for point in differences {
        let corrects = if let Adjusted::Difference { corrects } = point.adjusted { Some(corrects) } else { None };
        by_source.entry((point.award, corrects)).or_default().push(point);
    }
    let of_source = |points: Vec<&Point>| {
        let has_whole = points.iter().any(|point| point.area.is_none());
        let counted = points.into_iter().filter(move |point| !has_whole || point.area.is_none());
        added(counted.filter_map(|point| point.value).map(|amount| amount.value))
    };
    if by_source.is_empty() { None } else { quantity(by_source.into_values().map(of_source).sum()) }
}

/// Whether there are two that are not the same.
fn differ<T: PartialEq>(mut all: impl Iterator<Item = T>) -> bool {
    all.next().is_some_and(|first| all.any(|other| other != first))
}

/// What there is of one kind: nothing, the same all along, or not.
enum Kinds<T> {
    None,
    One(T),
    Several,
}

impl<T: PartialEq> Kinds<T> {
    fn add(&mut self, more: T) {
        match self {
            Self::None => *self = Self::One(more),
            Self::One(known) if *known != more => *self = Self::Several,
            Self::One(_) | Self::Several => {}
        }
    }

    const fn is_mixed(&self) -> bool {
        matches!(self, Self::Several)
    }
}

fn combine_values(points: &[&Point], over_areas: Adding, over_time: Adding) -> Combined {
    let mut combined = Combined::default();
    let (mut bases, mut statuses, mut kinds) = (Kinds::None, Kinds::None, Kinds::None);
    let mut reported: Vec<&Point> = Vec::with_capacity(points.len());
    // One look at each: there may be very many.
    for point in points.iter().copied() {
        combined.reported += i64::from(point.beside.reported);
        combined.missing += i64::from(point.beside.missing);
        let Some(amount) = point.value else {
            combined.missing += 1;
            continue;
        };
        combined.reported += 1;
        bases.add(point.basis.as_deref());
        point.status.into_iter().for_each(|status| statuses.add(status));
        kinds.add(amount.whole.is_some());
        reported.push(point);
    }
    let warnings =
        [(combined.missing > 0, Warning::Incomplete), (bases.is_mixed(), Warning::MixedBasis), (statuses.is_mixed(), Warning::MixedStatus)];
    combined.warnings.extend(warnings.into_iter().filter(|(is_so, _)| *is_so).map(|(_, warning)| warning));
    let apart = |how, otherwise| if kinds.is_mixed() && how == Adding::Average { Warning::MixedDenominators } else { otherwise };
    // In the order of time and of awards: most come so, and what is in order is not sorted again.
    let period = |point: &&Point| (point.days.1, point.days.0);
    reported.sort_by(|a, b| (period(a), a.period.as_deref(), a.award).cmp(&(period(b), b.period.as_deref(), b.award)));
    let mut by_period = Vec::new();
    for awards in reported.chunk_by(|a, b| (period(a), a.period.as_deref()) == (period(b), b.period.as_deref())) {
        let by_award: Option<Vec<Amount>> = awards.chunk_by(|a, b| a.award == b.award).map(|points| of_award(points, over_areas)).collect();
        match by_award.and_then(|values| put_together(&values, over_areas)) {
            Some(value) => by_period.push(value),
            None => {
                combined.warnings.insert(apart(over_areas, Warning::DoesNotAddOverAreas));
                return combined;
            }
        }
    }
    if by_period.is_empty() {
        return combined;
    }
    let Some(amount) = put_together(&by_period, over_time) else {
        combined.warnings.insert(apart(over_time, Warning::DoesNotAddOverTime));
        return combined;
    };
    combined.value = amount.shown();
    combined.fraction = amount.whole.map(|whole| (amount.value, whole));
    combined
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn of_award(points: &[&Point], over_areas: Adding) -> Option<Amount> {
    if let [only] = points {
        return only.value;
    }
    of_areas(points.iter().filter_map(|point| Some((point.area, point.value?))), over_areas)
}

/// What the values of an award in a period come to: the whole, where it is reported beside the areas.
fn of_areas(reported: impl Iterator<Item = (Option<Id>, Amount)> + Clone, over_areas: Adding) -> Option<Amount> {
    let whole: Vec<Amount> = reported.clone().filter(|(area, _)| area.is_none()).map(|(_, amount)| amount).collect();
    let values = if whole.is_empty() { reported.map(|(_, amount)| amount).collect() } else { whole };
    put_together(&values, over_areas)
}

/// Points of one return and indicator as one that stands for all of them; none where that would not be the same to whoever puts it together with
/// others: the values do not become one, or differ in what they count or in how they were given.
#[must_use]
pub fn folded(points: &[Point], over_areas: Adding) -> Option<Point> {
    let first = points.first()?;
    let reported = || points.iter().filter_map(|point| Some((point.area, point.value?)));
    let is_even = !differ(points.iter().map(|point| point.basis.as_deref()))
        && !differ(reported().map(|(_, amount)| amount.whole.is_some()))
        && points.iter().all(|point| point.adjusted == Adjusted::No && point.beside == Beside::default());
    if !is_even {
        return None;
    }
    let told = points.iter().find(|point| point.value.is_some());
    let value = if told.is_some() { Some(of_areas(reported(), over_areas)?) } else { None };
    let number = |count: usize| u32::try_from(count).ok();
    let (told_count, missing) = (number(reported().count())?, number(points.iter().filter(|point| point.value.is_none()).count())?);
    let beside = match told {
        Some(_) => Beside { reported: told_count.checked_sub(1)?, missing },
        None => Beside { reported: 0, missing: missing.checked_sub(1)? },
    };
    Some(Point { area: None, value, beside, ..told.unwrap_or(first).clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(award: Option<Id>, area: Option<Id>, quarter: u32, value: Option<i32>) -> Point {
        let day = |month| NaiveDate::from_ymd_opt(2020, month, 1);
        Point {
            award,
            source: None,
            area,
            days: (day(quarter * 3 - 2), day(quarter * 3)),
            period: None,
            value: value.map(|number| Amount::plain(Quantity::whole(number))),
            high: None,
            basis: None,
            status: None,
            qualifier: None,
            illustrative: false,
            adjusted: Adjusted::No,
            beside: Beside::default(),
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
    fn a_difference_counts_in_its_period_beside_what_was_accepted() {
        let award = Some(Id::new());
        let corrects = (NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(), NaiveDate::from_ymd_opt(2020, 3, 1).unwrap());
        let difference = |area, number| Point { adjusted: Adjusted::Difference { corrects }, ..point(award, area, 2, Some(number)) };
        let points = [point(award, None, 1, Some(10)), difference(None, -3), difference(Some(Id::new()), -2)];
        let all = combined(&points, Adding::Sum, Adding::Sum);
        assert_eq!((all.value, all.accepted), (Some(Quantity::whole(7)), Some(Quantity::whole(10))));
        assert_eq!((all.adjustments, all.reported, all.missing), (2, 1, 0));
        let later = combined(&points[1..], Adding::Sum, Adding::Sum);
        assert_eq!((later.value, later.accepted), (Some(Quantity::whole(-3)), None));
    }

    #[test]
    fn a_correction_stands_with_its_own_period() {
        let award = Some(Id::new());
        let accepted = Some(Amount::plain(Quantity::whole(9)));
        let corrected = Point { adjusted: Adjusted::Corrected { accepted, times: 2 }, ..point(award, None, 1, Some(4)) };
        let all = combined(&[corrected, point(award, None, 2, Some(6))], Adding::Sum, Adding::Maximum);
        assert_eq!((all.value, all.accepted, all.adjustments), (Some(Quantity::whole(6)), Some(Quantity::whole(9)), 2));
    }

    #[test]
    fn a_single_value_needs_no_adding() {
        let points = [point(Some(Id::new()), None, 1, Some(77))];
        assert_eq!(combined(&points, Adding::None, Adding::None).value, Some(Quantity::whole(77)));
    }

    #[test]
    fn bases_and_statuses_that_differ_are_said() {
        let mut early = point(None, None, 1, Some(1));
        early.basis = Some("number of referrals".into());
        early.status = Some(FigureStatus::Final);
        let mut late = point(None, None, 2, Some(2));
        late.status = Some(FigureStatus::Midterm);
        let all = combined(&[early, late], Adding::Sum, Adding::Sum);
        assert_eq!(all.value, Some(Quantity::whole(3)));
        assert_eq!(all.warnings, BTreeSet::from([Warning::MixedBasis, Warning::MixedStatus]));
    }

    #[test]
    fn percentages_are_put_together_from_what_they_are_made_of() {
        let award = Some(Id::new());
        let percent = |quarter, part: i32, whole: Option<i32>| {
            let amount = Amount { value: Quantity::whole(part), whole: whole.map(Quantity::whole) };
            Point { value: Some(amount), ..point(award, None, quarter, None) }
        };
        // One of two, then ninety of ninety-eight: 91 of 100, and not the mean of 50 % and 91.8 %.
        let points = [percent(1, 1, Some(2)), percent(2, 90, Some(98))];
        let average = combined(&points, Adding::Average, Adding::Average);
        assert_eq!((average.value, average.fraction), (Some(Quantity::whole(91)), Some((Quantity::whole(91), Quantity::whole(100)))));
        assert_eq!(combined(&points, Adding::Average, Adding::Latest).value, Some(Quantity(91_837)));
        assert_eq!(combined(&points[..1], Adding::None, Adding::None).value, Some(Quantity::whole(50)));
        let falling = [percent(1, 3, Some(4)), percent(2, 90, Some(200))];
        assert_eq!(combined(&falling, Adding::Average, Adding::Maximum).value, Some(Quantity::whole(75)));
        // A printed percentage does not say what it is of.
        let printed = [percent(1, 40, None), percent(2, 60, None)];
        let mean = combined(&printed, Adding::Average, Adding::Average);
        assert_eq!((mean.value, mean.fraction), (Some(Quantity::whole(50)), None));
        let mixed = combined(&[percent(1, 1, Some(2)), percent(2, 60, None)], Adding::Average, Adding::Average);
        assert_eq!((mixed.value, mixed.warnings), (None, BTreeSet::from([Warning::MixedDenominators])));
        assert_eq!(
            combined(&[percent(1, 1, Some(2)), percent(2, 60, None)], Adding::Average, Adding::Maximum).value,
            Some(Quantity::whole(60))
        );
    }
}
