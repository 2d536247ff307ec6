//! What was aimed at: which targets stand beside a figure. Pure.
//!
//! A target counts where its days lie in those that are asked for, and only beside values of those days. Targets of quarters are added where the values of
//! quarters are; of what counts with its latest value, the target that ends with that value counts. Where several targets are no one figure, there is none.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Quantity};
use crate::reports::indicators::rows::{IndicatorGrouping, Shown};
use crate::reports::indicators::rules::{Days, Point};
use crate::reports::indicators::spans::merged;
use crate::reports::indicators::store::{IndicatorRow, TargetRow};

/// What is aimed at with an indicator, and the awards that work towards it.
#[derive(Debug, Clone, Default)]
pub struct Aimed<'a> {
    /// Its targets.
    pub targets: Vec<&'a TargetRow>,
    /// All of its awards.
    pub awards: Vec<Id>,
}

/// What was aimed at, and for when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The number.
    pub target: Quantity,
    /// For when, in words.
    pub period: String,
    days: Option<Days>,
}

/// A figure that a target is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// Its area.
    pub area: Option<Id>,
    /// Whether it is of all areas together, or of those that are asked for.
    pub is_of_areas: bool,
    /// How many areas are asked for; none where all are.
    pub areas_asked: usize,
    /// The days that are asked for; none where all are.
    pub asked: &'a [Days],
    /// The period in words, where the figure is of one.
    pub period: Option<&'a str>,
    /// The days of its values.
    pub told: &'a [Days],
}

/// The days and words of a row that is told apart by them.
pub struct When {
    /// In words.
    pub period: Option<String>,
    /// The days.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
}

/// What was aimed at with a row of a report: of an area, of these values.
#[must_use]
pub fn beside(
    indicator: &IndicatorRow,
    aimed: &Aimed<'_>,
    points: &[&Point],
    when: Option<When>,
    (area, by, shown): (Option<Id>, &[IndicatorGrouping], &Shown<'_>),
) -> Option<Aim> {
    if aimed.targets.is_empty() {
        return None;
    }
    // A period without days holds none, so that only a target of the same words is its.
    let own: Option<Days> = when.as_ref().map(|when| when.days.0.zip(when.days.1).unwrap_or((NaiveDate::MAX, NaiveDate::MIN)));
    let asked: Vec<Days> = own.map_or_else(|| shown.spans.days().to_vec(), |days| vec![days]);
    let mut told: Vec<Days> =
        points.iter().filter(|point| point.value.is_some()).filter_map(|point| point.days.0.zip(point.days.1)).collect();
    told.dedup();
    let sought = Sought {
        area,
        is_of_areas: !by.contains(&IndicatorGrouping::Area),
        areas_asked: shown.areas_asked,
        asked: &asked,
        period: when.as_ref().and_then(|when| when.period.as_deref()),
        told: &told,
    };
    aim(indicator, &aimed.targets, &sought)
}

/// What was aimed at with a figure. All areas together aim at the sum of what each aims at, where their values add up and nothing is aimed at for all
/// of them.
#[must_use]
pub fn aim(indicator: &IndicatorRow, targets: &[&TargetRow], of: &Sought<'_>) -> Option<Aim> {
    let own: Vec<&TargetRow> = targets.iter().copied().filter(|target| target.area_id == of.area).collect();
    let counting = counting(&own, of);
    if !counting.is_empty() {
        return together(indicator, &counting, of);
    }
    if of.area.is_some() || !of.is_of_areas || indicator.over_areas != "sum" {
        return None;
    }
    let mut by_area: BTreeMap<Id, Vec<&TargetRow>> = BTreeMap::new();
    for target in targets {
        if let Some(area) = target.area_id {
            by_area.entry(area).or_default().push(target);
        }
    }
    if of.areas_asked > 0 && by_area.len() != of.areas_asked {
        return None;
    }
    let aims = by_area.values().map(|own| together(indicator, &self::counting(own, of), of)).collect::<Option<Vec<Aim>>>()?;
    let first = aims.first()?;
    let is_of_one_time = aims.iter().all(|aim| (&aim.period, aim.days) == (&first.period, first.days));
    let sum = aims.iter().try_fold(Quantity::ZERO, |sum, aim| sum.checked_add(aim.target))?;
    is_of_one_time.then(|| Aim { target: sum, ..first.clone() })
}

fn days(target: &TargetRow) -> Option<Days> {
    target.starts_on.zip(target.ends_on)
}

/// Whether days hold others.
fn holds(one: Days, other: Days) -> bool {
    one.0 <= other.0 && other.1 <= one.1
}

/// The targets of one area that count for the days asked for, without those that lie in another one of them.
fn counting<'t>(own: &[&'t TargetRow], of: &Sought<'_>) -> Vec<&'t TargetRow> {
    let of_words: Vec<&TargetRow> = own.iter().copied().filter(|target| of.period == Some(target.period.as_str())).collect();
    if !of_words.is_empty() {
        return of_words;
    }
    let lies_in = |days: Days| of.asked.is_empty() || of.asked.iter().any(|asked| holds(*asked, days));
    let dated: Vec<(&TargetRow, Days)> =
        own.iter().filter_map(|target| Some((*target, days(target).filter(|days| lies_in(*days))?))).collect();
    if dated.is_empty() && of.asked.is_empty() {
        return own.to_vec();
    }
    let is_part = |days: Days| dated.iter().any(|(_, other)| *other != days && holds(*other, days));
    dated.iter().filter(|(_, days)| !is_part(*days)).map(|(target, _)| *target).collect()
}

/// What several targets of one area are together, beside the values.
fn together(indicator: &IndicatorRow, counting: &[&TargetRow], of: &Sought<'_>) -> Option<Aim> {
    let aim = |target: &TargetRow| Aim { target: target.target, period: target.period.clone(), days: days(target) };
    let all: Vec<Days> = counting.iter().filter_map(|target| days(target)).collect();
    let is_dated = all.len() == counting.len();
    let known = merged(all.iter().copied());
    let covers = |told: &Days| known.iter().any(|days| holds(*days, *told));
    if is_dated && !of.told.iter().all(covers) {
        return None;
    }
    match counting {
        [] => None,
        [only] => Some(aim(only)),
        several if is_dated && adds_up(indicator) => sum(several, &all),
        several if is_dated && indicator.over_time == "latest" => {
            let last = of.told.iter().map(|(_, last)| *last).max();
            let mut own = several.iter().filter(|target| target.ends_on == last && last.is_some());
            own.next().filter(|_| own.next().is_none()).map(|target| aim(target))
        }
        _ => None,
    }
}

/// Whether what is aimed at in two quarters is their sum.
fn adds_up(indicator: &IndicatorRow) -> bool {
    !indicator.is_percentage() && (indicator.over_time == "sum" || indicator.is_cumulative())
}

/// The sum of targets of days of which none is in two of them.
fn sum(targets: &[&TargetRow], all: &[Days]) -> Option<Aim> {
    let mut sorted: Vec<(Days, &&TargetRow)> = all.iter().copied().zip(targets).collect();
    sorted.sort_by_key(|(days, _)| *days);
    let is_apart = sorted.windows(2).all(|pair| matches!(pair, [(one, _), (next, _)] if one.1 < next.0));
    let ((first, start), (last, end)) = sorted.first().zip(sorted.last())?;
    let number = targets.iter().try_fold(Quantity::ZERO, |sum, target| sum.checked_add(target.target))?;
    let period = format!("{} to {}", start.period, end.period);
    is_apart.then_some(Aim { target: number, period, days: Some((first.0, last.1)) })
}
