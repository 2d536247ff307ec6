//! What a control total is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::figures::rules::{Measured, check_code};
use crate::kernel::{Faults, FigureStatus, Id, Moment, Pence, Precision, Quantity};

words! {
    /// What is computed and held against the printed figure.
    pub enum ControlMeasure {
        /// What is committed to awards.
        Committed = "committed",
        /// Budget lines confirmed, restated or approved at risk.
        Budgeted = "budgeted",
        /// Figures of a series, or values of an indicator in accepted returns.
        Sum = "sum",
    }
}

words! {
    /// What kind of thing is added up.
    pub enum ControlScope {
        /// Tranches, by id.
        Tranche = "tranche",
        /// Fund periods, by id.
        FundPeriod = "fund_period",
        /// Series of printed figures, by name.
        Series = "series",
        /// Indicators, by id: their values in accepted returns, put together as the report on indicators does.
        Indicator = "indicator",
    }
}

/// A printed figure to hold against a computed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ControlTotalInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 80, example = "moj-16")]
    pub code: String,
    /// What it is, for people.
    #[schema(min_length = 1, max_length = 300)]
    pub name: String,
    /// What is computed.
    pub measure: ControlMeasure,
    /// What kind of thing is added up.
    pub scope_kind: ControlScope,
    /// What is added up: ids of that kind, or names of series.
    #[schema(min_items = 1, max_items = 100, example = json!(["0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7"]))]
    pub scope: Vec<String>,
    /// The day whose state was printed. Left out: the day that a report is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_at: Option<NaiveDate>,
    /// The moment up to which was known what was printed. Left out: the moment that a report is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Moment>,
    /// What was printed, where it is money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_pence: Option<Pence>,
    /// What was printed, where it is a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_value: Option<Quantity>,
    /// How many rows were printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub rows_count: Option<i32>,
    /// How final the printed figure is (R21).
    #[serde(default = "finally")]
    #[schema(default = "final")]
    pub figure_status: FigureStatus,
    /// How exactly it was printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The step to which money was rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding_unit_pence: Option<Pence>,
    /// The step to which a count was rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding_unit: Option<Quantity>,
    /// The word printed before it: `over`, `around`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 80)]
    pub qualifier: Option<String>,
    /// A remark for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

const fn finally() -> FigureStatus {
    FigureStatus::Final
}

impl ControlTotalInput {
    /// What was printed. `None` only before [`faults`] was asked.
    #[must_use]
    pub fn printed(&self) -> Option<Measured> {
        Measured::either(self.printed_pence, self.printed_value)
    }

    /// The records that are added up, where it is records.
    #[must_use]
    pub fn record_ids(&self) -> Vec<Id> {
        match self.scope_kind {
            ControlScope::Series => Vec::new(),
            _ => self.scope.iter().filter_map(|one| one.parse().ok()).collect(),
        }
    }
}

/// What is wrong with a control total, judged by itself or as the next version of one with the code `before`.
#[must_use]
pub fn faults(total: &ControlTotalInput, before: Option<&str>) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &total.code);
    let is_same = before.is_none_or(|code| code == total.code);
    faults.require(is_same, "/code", "fixed", "The code of a control total stays as it is.");
    let fits = match total.measure {
        ControlMeasure::Committed => matches!(total.scope_kind, ControlScope::Tranche | ControlScope::FundPeriod),
        ControlMeasure::Budgeted => total.scope_kind == ControlScope::FundPeriod,
        ControlMeasure::Sum => matches!(total.scope_kind, ControlScope::Series | ControlScope::Indicator),
    };
    let scopes = "`committed` adds up tranches or fund periods, `budgeted` fund periods, `sum` series or indicators.";
    faults.require(fits, "/scope_kind", "wrong_scope", scopes);
    faults.require(!total.scope.is_empty(), "/scope", "required", "Name at least one thing to add up.");
    for (at, one) in total.scope.iter().enumerate() {
        let pointer = format!("/scope/{at}");
        let is_id = total.scope_kind == ControlScope::Series || one.parse::<Id>().is_ok();
        faults.require(is_id, &pointer, "wrong_format", "This must be the id of a record.");
        let is_new = !total.scope.iter().take(at).any(|other| other == one);
        faults.require(is_new, &pointer, "repeated", "The same thing is named twice.");
    }
    check_printed(&mut faults, total);
    faults
}

fn check_printed(faults: &mut Faults, total: &ControlTotalInput) {
    let either = "Give `printed_pence` for money or `printed_value` for a count, one of them.";
    faults.require(total.printed_pence.is_some() != total.printed_value.is_some(), "/printed_pence", "either_or", either);
    let is_money = total.measure != ControlMeasure::Sum;
    faults.require(!is_money || total.printed_value.is_none(), "/printed_value", "wrong_unit", "What is committed or budgeted is money.");
    let is_like = total.rounding_unit_pence.is_none() || total.printed_pence.is_some();
    faults.require(is_like, "/rounding_unit_pence", "wrong_unit", "Only money is rounded to a step of money.");
    let is_like = total.rounding_unit.is_none() || total.printed_value.is_some();
    faults.require(is_like, "/rounding_unit", "wrong_unit", "Only a count is rounded to a step of counts.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total() -> ControlTotalInput {
        ControlTotalInput {
            code: "moj-16".to_owned(),
            name: "16 allocations".to_owned(),
            measure: ControlMeasure::Committed,
            scope_kind: ControlScope::Tranche,
            scope: vec![Id::new().to_string()],
            as_at: None,
            known_at: None,
            printed_pence: Some(Pence(73_881_053)),
            printed_value: None,
            rows_count: Some(16),
            figure_status: FigureStatus::Final,
            precision: Some(Precision::ExactPence),
            rounding_unit_pence: Some(Pence(1)),
            rounding_unit: None,
            qualifier: None,
            note: None,
        }
    }

    fn codes(total: &ControlTotalInput) -> Vec<String> {
        faults(total, None).0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_measure_adds_up_what_it_can() {
        assert!(codes(&total()).is_empty());
        let budget = ControlTotalInput { measure: ControlMeasure::Budgeted, ..total() };
        assert_eq!(codes(&budget), ["/scope_kind wrong_scope"]);
        let series = ControlTotalInput {
            measure: ControlMeasure::Sum,
            scope_kind: ControlScope::Series,
            scope: vec!["victims-expenditure".to_owned()],
            ..total()
        };
        assert!(codes(&series).is_empty());
        assert!(series.record_ids().is_empty());
    }

    #[test]
    fn money_or_a_count_but_not_both() {
        let both = ControlTotalInput { printed_value: Some(Quantity::whole(3)), ..total() };
        assert_eq!(codes(&both), ["/printed_pence either_or", "/printed_value wrong_unit"]);
        let none = ControlTotalInput { printed_pence: None, ..total() };
        assert_eq!(codes(&none), ["/printed_pence either_or", "/rounding_unit_pence wrong_unit"]);
    }

    #[test]
    fn scope_and_code_are_checked() {
        let id = Id::new().to_string();
        let wrong = ControlTotalInput { scope: vec![id.clone(), "t1".to_owned(), id], ..total() };
        assert_eq!(codes(&wrong), ["/scope/1 wrong_format", "/scope/2 repeated"]);
        assert_eq!(faults(&total(), Some("other")).0.len(), 1);
    }
}
