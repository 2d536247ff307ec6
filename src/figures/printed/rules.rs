//! What a printed figure is.

use chrono::NaiveDate;
use serde::Serialize;

use crate::figures::rules::{Measured, check_code};
use crate::kernel::{Faults, FigureStatus, Id, Precision, Provenance};

words! {
    /// What a printed figure measures.
    pub enum FigureKind {
        /// An indicator's value that comes from no return.
        Indicator = "indicator",
        /// Money spent in a period.
        Expenditure = "expenditure",
        /// What awards add up to.
        AwardTotal = "award_total",
        /// What budgets add up to.
        BudgetTotal = "budget_total",
        /// What something costs.
        Cost = "cost",
        /// What something is said to save.
        Saving = "saving",
        /// Money received.
        Receipt = "receipt",
        /// How much is held in reserves.
        ReserveLevel = "reserve_level",
        /// Money shared out over the whole country.
        NationalPot = "national_pot",
    }
}

/// The unit of figures that are money.
pub const POUNDS: &str = "pounds";

/// A figure as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    pub code: String,
    /// Figures of one series are the same measure in different periods.
    pub series: Option<String>,
    /// What it measures.
    pub kind: FigureKind,
    /// What it is about, where no record says so.
    pub subject: Option<String>,
    /// The indicator it is a value of.
    pub indicator_id: Option<Id>,
    /// The fund it is about.
    pub fund_id: Option<Id>,
    /// The programme it is about.
    pub programme_id: Option<Id>,
    /// The funding source it is about.
    pub source_id: Option<Id>,
    /// The area it is about.
    pub area_id: Option<Id>,
    /// The period in words or as a label.
    pub period: Option<String>,
    /// The period's first day.
    pub starts_on: Option<NaiveDate>,
    /// The period's last day.
    pub ends_on: Option<NaiveDate>,
    /// The day whose state it is.
    pub as_at: Option<NaiveDate>,
    /// `pounds` for money; otherwise what is counted.
    pub unit: String,
    /// The value; the lower end where a range is printed.
    pub value: Measured,
    /// The upper end where a range is printed.
    pub value_high: Option<Measured>,
    /// What exactly is counted (R22).
    pub basis: Option<String>,
    /// How final it is (R21).
    pub figure_status: FigureStatus,
    /// How exactly it was printed.
    pub precision: Option<Precision>,
    /// The step to which it was rounded.
    pub rounding_unit: Option<Measured>,
    /// The word printed before it: `over`, `around`.
    pub qualifier: Option<String>,
    /// A remark for people.
    pub note: Option<String>,
    /// Where it is printed and what the paper leaves out.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// What is wrong with a figure, judged by itself.
#[must_use]
pub fn faults(figure: &FigureInput) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &figure.code);
    let is_money = matches!(figure.value, Measured::Pence(_));
    faults.require(
        is_money == (figure.unit == POUNDS),
        "/unit",
        "wrong_unit",
        "A figure of money has the unit `pounds`, and only such a figure.",
    );
    for (pointer, other) in [("/value_high", figure.value_high), ("/rounding_unit", figure.rounding_unit)] {
        let is_like = other.is_none_or(|other| other.is_like(figure.value));
        faults.require(is_like, pointer, "wrong_unit", "This must be of the same unit as the value.");
    }
    let is_range = figure.value_high.is_none_or(|high| high.raw() >= figure.value.raw());
    faults.require(is_range, "/value_high", "reversed_range", "The upper end of a range is below the lower end.");
    let is_span = figure.starts_on.zip(figure.ends_on).is_none_or(|(from, to)| from <= to);
    faults.require(is_span, "/ends_on", "reversed_dates", "The period ends before it begins.");
    let names_indicator = figure.kind != FigureKind::Indicator || figure.indicator_id.is_some() || figure.provenance.lacks("indicator");
    faults.require(names_indicator, "/indicator_id", "required", "The value of an indicator names the indicator.");
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Pence, Quantity};

    fn figure(value: Measured, unit: &str) -> FigureInput {
        FigureInput {
            code: "victims-expenditure-2020-21".to_owned(),
            series: None,
            kind: FigureKind::Expenditure,
            subject: None,
            indicator_id: None,
            fund_id: None,
            programme_id: None,
            source_id: None,
            area_id: None,
            period: None,
            starts_on: None,
            ends_on: None,
            as_at: None,
            unit: unit.to_owned(),
            value,
            value_high: None,
            basis: None,
            figure_status: FigureStatus::Final,
            precision: None,
            rounding_unit: None,
            qualifier: None,
            note: None,
            provenance: Provenance::default(),
        }
    }

    fn codes(figure: &FigureInput) -> Vec<String> {
        faults(figure).0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn money_is_in_pounds_and_nothing_else_is() {
        assert!(codes(&figure(Measured::Pence(Pence(448_580_200)), "pounds")).is_empty());
        assert!(codes(&figure(Measured::Number(Quantity::whole(5)), "people")).is_empty());
        assert_eq!(codes(&figure(Measured::Number(Quantity::whole(5)), "pounds")), ["/unit wrong_unit"]);
        assert_eq!(codes(&figure(Measured::Pence(Pence(5)), "people")), ["/unit wrong_unit"]);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut wrong = figure(Measured::Number(Quantity::whole(450)), "calls");
        wrong.code = "Two Words".to_owned();
        wrong.kind = FigureKind::Indicator;
        wrong.value_high = Some(Measured::Number(Quantity::whole(400)));
        wrong.rounding_unit = Some(Measured::Pence(Pence(1)));
        wrong.starts_on = NaiveDate::from_ymd_opt(2021, 1, 2);
        wrong.ends_on = NaiveDate::from_ymd_opt(2021, 1, 1);
        assert_eq!(
            codes(&wrong),
            [
                "/code wrong_format",
                "/rounding_unit wrong_unit",
                "/value_high reversed_range",
                "/ends_on reversed_dates",
                "/indicator_id required"
            ]
        );
    }
}
