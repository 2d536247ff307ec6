//! The rows of the report on indicators.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{FigureStatus, Id, Named, Quantity};
use crate::reports::answer::Flat;
use crate::reports::expenditure::routes::Origin;
use crate::reports::expenditure::rules::{share, shared_status};
use crate::reports::indicators::counted::together;
use crate::reports::indicators::rules::{Point, Warning};
use crate::reports::indicators::store::{IndicatorRow, TargetRow};
use crate::reports::names::Names;
use crate::reports::returned::Parts;

words! {
    /// What values of an indicator are told apart by.
    pub enum IndicatorGrouping {
        /// The award whose return has them.
        Award = "award",
        /// The area.
        Area = "area",
        /// The period.
        Period = "period",
    }
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorName {
    /// Its id.
    pub id: Id,
    /// Its name.
    #[schema(max_length = 300)]
    pub name: String,
    /// What kind of measure it is.
    #[schema(max_length = 40)]
    pub kind: String,
    /// In what it is counted.
    #[schema(max_length = 80)]
    pub unit: String,
    /// Which way is better: `higher`, `lower` or `neutral`.
    #[schema(max_length = 20)]
    pub direction: String,
}

/// A value of an indicator, or what several come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IndicatorReportRow {
    /// What is counted.
    pub indicator: IndicatorName,
    /// Whether accepted returns report it or a paper prints it.
    pub origin: Origin,
    /// The award, where rows are told apart by it.
    pub award: Option<Named>,
    /// The area, where rows are told apart by it and the value is one of an area.
    pub area: Option<Named>,
    /// The period in words, where rows are told apart by it.
    #[schema(max_length = 200)]
    pub period: Option<String>,
    /// The first day of the values.
    pub starts_on: Option<NaiveDate>,
    /// The last day of the values.
    pub ends_on: Option<NaiveDate>,
    /// The value, of a percentage the percentage to three decimals; null where nothing was reported or values may not be put together.
    /// Never 0 for what was not reported.
    pub value: Option<Quantity>,
    /// The value as returns were accepted; what adjustments make of it is `value`. Null for printed figures.
    pub accepted_value: Option<Quantity>,
    /// How many adjustments of accepted returns are in the value. A sum over time counts them in the period that they name; any other value
    /// is corrected in its own period.
    pub adjustment_count: i64,
    /// Of a percentage, the part: the sum of what was reported. Null where it is not known what the percentage is of.
    pub numerator: Option<Quantity>,
    /// Of a percentage, what it is of: the sum of what was reported.
    pub denominator: Option<Quantity>,
    /// The upper end, where a single printed range is shown.
    pub value_high: Option<Quantity>,
    /// How many values were reported.
    pub reported_count: i64,
    /// How many were asked for and not reported.
    pub not_reported_count: i64,
    /// What to know about it.
    pub warnings: Vec<Warning>,
    /// What exactly is counted, each basis once.
    pub bases: Vec<String>,
    /// How final it is, where all values share that.
    pub figure_status: Option<FigureStatus>,
    /// The word printed before a single value.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// The target for the same area and period, or the only one there is.
    pub target: Option<Quantity>,
    /// The target's period.
    #[schema(max_length = 200)]
    pub target_period: Option<String>,
    /// The value as a percentage of the target, to three decimals.
    pub target_percent: Option<Quantity>,
    /// Of the values, those that only stand for something.
    pub illustrative_count: i64,
}

impl Flat for IndicatorReportRow {
    const COLUMNS: &'static [&'static str] = &[
        "indicator_id",
        "indicator_name",
        "kind",
        "unit",
        "direction",
        "origin",
        "award_reference",
        "award_title",
        "area_code",
        "area_name",
        "period",
        "starts_on",
        "ends_on",
        "value",
        "value_high",
        "reported_count",
        "not_reported_count",
        "warnings",
        "bases",
        "figure_status",
        "qualifier",
        "target",
        "target_period",
        "target_percent",
        "illustrative_count",
        "numerator",
        "denominator",
        "accepted_value",
        "adjustment_count",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Plain(self.indicator.id.to_string()),
            Cell::Text(self.indicator.name.clone()),
            Cell::Text(self.indicator.kind.clone()),
            Cell::Text(self.indicator.unit.clone()),
            Cell::Text(self.indicator.direction.clone()),
            Cell::Plain(self.origin.to_string()),
        ];
        cells.extend(Cell::named(self.award.as_ref()));
        cells.extend(Cell::named(self.area.as_ref()));
        cells.push(Cell::text(self.period.as_deref()));
        cells.extend([self.starts_on, self.ends_on].map(Cell::date));
        cells.extend([self.value, self.value_high].map(Cell::number));
        cells.extend([self.reported_count, self.not_reported_count].map(Cell::count));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells.push(Cell::list(self.bases.iter().map(String::as_str)));
        cells.push(Cell::text(self.figure_status.map(FigureStatus::word)));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::number(self.target));
        cells.push(Cell::text(self.target_period.as_deref()));
        cells.push(Cell::number(self.target_percent));
        cells.push(Cell::count(self.illustrative_count));
        cells.extend([self.numerator, self.denominator, self.accepted_value].map(Cell::number));
        cells.push(Cell::count(self.adjustment_count));
        cells
    }
}

/// What rows are told apart by, in their order: award, area, last and first day, period.
type RowKey = (Option<String>, Option<String>, Option<NaiveDate>, Option<NaiveDate>, Option<String>);

/// The rows of one indicator and origin.
pub fn rows(
    indicator: &IndicatorRow,
    origin: Origin,
    points: &[Point],
    by: &[IndicatorGrouping],
    targets: &[&TargetRow],
    (awards, areas, parts): (&Names, &Names, &Parts),
) -> Vec<IndicatorReportRow> {
    let has = |grouping| by.contains(&grouping);
    let mut groups: BTreeMap<RowKey, Vec<&Point>> = BTreeMap::new();
    for point in points {
        let code = |names: &Names, id: Option<Id>| id.and_then(|id| names.get(&id)).map(|named| named.code.clone());
        let award = if has(IndicatorGrouping::Award) { code(awards, point.award) } else { None };
        let area = if has(IndicatorGrouping::Area) { code(areas, point.area) } else { None };
        let (ends_on, starts_on, period) =
            if has(IndicatorGrouping::Period) { (point.days.1, point.days.0, point.period.clone()) } else { (None, None, None) };
        groups.entry((award, area, ends_on, starts_on, period)).or_default().push(point);
    }
    groups.into_values().map(|points| row(indicator, origin, points, by, targets, (awards, areas, parts))).collect()
}

fn row(
    indicator: &IndicatorRow,
    origin: Origin,
    points: Vec<&Point>,
    by: &[IndicatorGrouping],
    targets: &[&TargetRow],
    (awards, areas, parts): (&Names, &Names, &Parts),
) -> IndicatorReportRow {
    let (points, combined) = together(indicator, points, parts);
    let first = points.first().copied();
    let shown = |grouping| first.filter(|_| by.contains(&grouping));
    let area = shown(IndicatorGrouping::Area).and_then(|point| point.area);
    let single = first.filter(|_| points.len() == 1);
    let target = target(indicator, targets, area, by, shown(IndicatorGrouping::Period));
    let bases = points.iter().filter_map(|point| point.basis.clone().or_else(|| indicator.basis.clone()));
    IndicatorReportRow {
        indicator: name(indicator),
        origin,
        award: shown(IndicatorGrouping::Award).and_then(|point| point.award).and_then(|id| awards.get(&id)).cloned(),
        area: area.and_then(|id| areas.get(&id)).cloned(),
        period: shown(IndicatorGrouping::Period).and_then(|point| point.period.clone()),
        starts_on: points.iter().filter_map(|point| point.days.0).min(),
        ends_on: points.iter().filter_map(|point| point.days.1).max(),
        value: combined.value,
        accepted_value: if origin == Origin::Returned { combined.accepted } else { None },
        adjustment_count: combined.adjustments,
        numerator: combined.fraction.map(|(part, _)| part),
        denominator: combined.fraction.map(|(_, whole)| whole),
        value_high: single.and_then(|point| point.high),
        reported_count: combined.reported,
        not_reported_count: combined.missing,
        warnings: combined.warnings.into_iter().collect(),
        bases: bases.collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
        figure_status: shared_status(&points.iter().filter_map(|point| point.status).collect::<Vec<_>>()),
        qualifier: single.and_then(|point| point.qualifier.clone()),
        target: target.as_ref().map(|aim| aim.target),
        target_percent: combined.value.zip(target.as_ref()).and_then(|(value, aim)| share(value.0, aim.target.0)),
        target_period: target.map(|aim| aim.period),
        illustrative_count: i64::try_from(points.iter().filter(|point| point.illustrative).count()).unwrap_or(i64::MAX),
    }
}

/// What an indicator is called.
pub fn name(indicator: &IndicatorRow) -> IndicatorName {
    IndicatorName {
        id: indicator.id,
        name: indicator.name.clone(),
        kind: indicator.kind.clone(),
        unit: indicator.unit.clone(),
        direction: indicator.direction.clone(),
    }
}

/// What was aimed at, and for when.
struct Aim {
    target: Quantity,
    period: String,
}

/// The target of an area and a period; without a period asked for, the only one there is. All areas together aim at the sum of what each
/// aims at, where their values add up and nothing is aimed at for all of them.
fn target(indicator: &IndicatorRow, targets: &[&TargetRow], area: Option<Id>, by: &[IndicatorGrouping], of: Option<&Point>) -> Option<Aim> {
    // A target is not of one award among several.
    if by.contains(&IndicatorGrouping::Award) {
        return None;
    }
    let is_of_row = |target: &&&TargetRow| {
        of.is_none_or(|point| {
            Some(&target.period) == point.period.as_ref()
                || (target.starts_on.is_some() && (target.starts_on, target.ends_on) == (point.days.0, point.days.1))
        })
    };
    let own: Vec<&&TargetRow> = targets.iter().filter(|target| target.area_id == area).filter(is_of_row).collect();
    if let (Some(first), true) = (own.first(), own.len() == 1 || of.is_some()) {
        return Some(Aim { target: first.target, period: first.period.clone() });
    }
    let adds_up = own.is_empty() && area.is_none() && !by.contains(&IndicatorGrouping::Area) && indicator.over_areas == "sum";
    let of_areas: Vec<&&TargetRow> = targets.iter().filter(|target| adds_up && target.area_id.is_some()).filter(is_of_row).collect();
    let period = &of_areas.first()?.period;
    let is_one_period = of_areas.iter().all(|target| target.period == *period);
    let sum = of_areas.iter().try_fold(Quantity::ZERO, |sum, target| sum.checked_add(target.target))?;
    is_one_period.then(|| Aim { target: sum, period: period.clone() })
}
