//! What is aimed at. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, FigureStatus, Id, PeriodLabel, Precision, Provenance, Quantity, Quarter};

/// What is aimed at, in a period and an area (R70).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorTarget {
    /// The area; none: all together.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// A quarter (`2020-21-Q3`), a financial year (`2020-21`), several (`2018-20`), or words with both dates.
    #[schema(min_length = 1, max_length = 120, example = "2020-21")]
    pub period: String,
    /// The first day; follows from the period where that is a quarter or years.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// The last day; follows from the period where that is a quarter or years.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
    /// What is aimed at: a floor or a ceiling, after the indicator's direction.
    pub target: Quantity,
}

/// A target and, for an imported one, how it was printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetFacts {
    /// What is aimed at.
    pub target: IndicatorTarget,
    /// How final it is.
    pub figure_status: FigureStatus,
    /// How exact it is.
    pub precision: Option<Precision>,
    /// The step to which it was rounded.
    pub rounding_unit: Option<Quantity>,
    /// The word printed before it.
    pub qualifier: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl IndicatorTarget {
    /// The target with the dates that its period names.
    #[must_use]
    pub fn dated(&self) -> Self {
        let quarter = self.period.parse::<Quarter>().ok().map(|quarter| (quarter.first_day(), quarter.last_day()));
        let years = || self.period.parse::<PeriodLabel>().ok().map(|years| (years.first_day(), years.last_day()));
        match quarter.or_else(years) {
            Some((first, last)) => Self { starts_on: Some(first), ends_on: Some(last), ..self.clone() },
            None => self.clone(),
        }
    }
}

impl From<IndicatorTarget> for TargetFacts {
    fn from(target: IndicatorTarget) -> Self {
        let (precision, rounding_unit, qualifier) = (None, None, None);
        Self {
            target: target.dated(),
            figure_status: FigureStatus::Final,
            precision,
            rounding_unit,
            qualifier,
            provenance: Provenance::default(),
        }
    }
}

/// What is wrong with a list of targets. What an imported one says that no paper prints may be missing.
#[must_use]
pub fn target_faults(targets: &[TargetFacts]) -> Faults {
    let mut faults = Faults::new();
    let mut seen = HashSet::new();
    for (at, facts) in targets.iter().enumerate() {
        let target = &facts.target;
        let at = |field: &str| format!("/targets/{at}/{field}");
        let lacks = |field: &str| facts.provenance.lacks(field) || facts.provenance.lacks("period");
        faults.require(!target.period.trim().is_empty() || lacks("period"), &at("period"), "required", "A target is for a period.");
        let sentence = "A period in words has a first and a last day.";
        faults.require(target.starts_on.is_some() || lacks("starts_on"), &at("starts_on"), "required", sentence);
        faults.require(target.ends_on.is_some() || lacks("ends_on"), &at("ends_on"), "required", sentence);
        let forward = target.starts_on.zip(target.ends_on).is_none_or(|(first, last)| first <= last);
        faults.require(forward, &at("ends_on"), "reversed_dates", "The last day is before the first.");
        let is_new = seen.insert((target.area_id, target.period.clone()));
        faults.require(is_new, &at("period"), "repeated", "There is a target for this period and area already.");
    }
    faults
}
