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
        /// A value of several financial years stands with the last of them.
        SpansYears = "spans_years",
        /// Values of several groups may not be put together.
        DoesNotAddOverGroups = "does_not_add_over_groups",
        /// Some values count what was before as well, and the return before does not say how much that was, so what they grew is not known.
        GrowthNotKnown = "growth_not_known",
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

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lack {
    /// It was asked for and not reported.
    #[default]
    NotReported,
    /// It does not apply.
    NotApplicable,
    /// Its groups are reported and never become one.
    NotAdded,
    /// It is reported together with what was before, and how much that was is not known.
    GrowthNotKnown,
}

impl Lack {
    /// Whether something was reported all the same.
    const fn is_reported(self) -> bool {
        matches!(self, Self::NotAdded | Self::GrowthNotKnown)
    }
}

/// The first and the last of some days.
pub type Days = (NaiveDate, NaiveDate);

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
    /// Why there is none, where there is none.
    pub lack: Lack,
    /// Of a number that holds those before it, the days in which the latest one counts; where it is not said, those from which on it counts.
    pub within: Option<Days>,
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
    /// How many do not apply.
    pub not_applicable: u32,
}

impl Point {
    /// How many values it stands for.
    #[must_use]
    pub fn number(&self) -> i64 {
        1 + i64::from(self.beside.reported) + i64::from(self.beside.missing) + i64::from(self.beside.not_applicable)
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
    /// How many do not apply.
    pub not_applicable: i64,
    /// What to know about it.
    pub warnings: BTreeSet<Warning>,
}

impl Combined {
    /// Counts a point without a value.
    fn lacks(&mut self, lack: Lack) {
        self.reported += i64::from(lack.is_reported());
        match lack {
            Lack::NotReported => self.missing += 1,
            Lack::NotApplicable => self.not_applicable += 1,
            Lack::NotAdded => self.warnings.extend([Warning::DoesNotAddOverGroups]),
            Lack::GrowthNotKnown => self.warnings.extend([Warning::GrowthNotKnown]),
        }
    }
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
    let year = |point: &Point| {
        let year = point.days.1.and_then(FinancialYear::of)?;
        Some(point.within.unwrap_or_else(|| (year.first_day(), year.last_day())))
    };
    combine_latest(points, (over_areas, over_years), year)
}

/// The same where each value counts all from the beginning on.
#[must_use]
pub fn combine_all(points: &[&Point], over_areas: Adding, over_time: Adding) -> Combined {
    combine_latest(points, (over_areas, over_time), |point| Some(point.within.unwrap_or((NaiveDate::MIN, NaiveDate::MAX))))
}

/// Puts points together whose values hold those before them: of the days that `within` says, the latest that an award reports for a place counts.
fn combine_latest(points: &[&Point], (over_areas, over_time): (Adding, Adding), within: impl Fn(&Point) -> Option<Days>) -> Combined {
    let mut latest: BTreeMap<(Option<Id>, Option<Id>, Days), &Point> = BTreeMap::new();
    for point in points.iter().copied().filter(|point| point.value.is_some()) {
        let Some(within) = within(point) else { continue };
        let held = latest.entry((point.award, point.area, within)).or_insert(point);
        if held.days.1 < point.days.1 {
            *held = point;
        }
    }
    // A whole that is older than what its areas say since is no whole of them.
    let is_old = |((award, area, within), own): (&(Option<Id>, Option<Id>, Days), &&Point)| {
        area.is_none()
            && latest.iter().any(|((of, place, when), other)| (of, when) == (award, within) && place.is_some() && other.days.1 > own.days.1)
    };
    let kept = latest.iter().filter(|one| !is_old(*one)).map(|((.., within), point)| (*point, *within));
    let in_days = |(point, within): (&Point, Days)| Point { days: (Some(within.0), Some(within.1)), period: None, ..point.clone() };
    let is_left = |point: &&Point| point.value.is_none() || within(point).is_none();
    let all: Vec<Point> = kept.map(in_days).chain(points.iter().copied().filter(is_left).cloned()).collect();
    let reported = count(points.iter().filter(|point| point.value.is_some() || point.lack.is_reported()).count());
    Combined { reported, ..combine(&all.iter().collect::<Vec<_>>(), over_areas, over_time) }
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
        combined.not_applicable += i64::from(point.beside.not_applicable);
        let Some(amount) = point.value else {
            combined.lacks(point.lack);
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
        && points.iter().all(|point| point.adjusted == Adjusted::No && point.beside == Beside::default())
        && points.iter().all(|point| point.value.is_some() || !point.lack.is_reported());
    if !is_even {
        return None;
    }
    let told = points.iter().find(|point| point.value.is_some());
    let value = if told.is_some() { Some(of_areas(reported(), over_areas)?) } else { None };
    let chosen = told.unwrap_or(first);
    let lacking = |lack: Lack| points.iter().filter(move |point| point.value.is_none() && point.lack == lack).count();
    // The chosen one stands for itself.
    let beside = |count: usize, is_own: bool| u32::try_from(count).ok()?.checked_sub(u32::from(is_own));
    let is_own = |lack: Lack| chosen.value.is_none() && chosen.lack == lack;
    let beside = Beside {
        reported: beside(reported().count(), told.is_some())?,
        missing: beside(lacking(Lack::NotReported), is_own(Lack::NotReported))?,
        not_applicable: beside(lacking(Lack::NotApplicable), is_own(Lack::NotApplicable))?,
    };
    Some(Point { area: None, value, beside, ..chosen.clone() })
}

#[cfg(test)]
mod tests;
