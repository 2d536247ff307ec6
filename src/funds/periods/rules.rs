//! What a fund period is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{FundScope, check_text};
use crate::kernel::{Faults, Id, PeriodLabel};

/// A new period of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundPeriodInput {
    /// One financial year, or several that stay unsplit; unique within the fund; stays as it is.
    pub label: PeriodLabel,
    /// Its first day, in the first year of the label; 1 April of it where none is given.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Its last day, in the last year of the label; 31 March of it where none is given.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
    /// A short remark for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// What can be changed about a fund period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundPeriodTerms {
    /// Its first day, in the first year of the label.
    pub starts_on: NaiveDate,
    /// Its last day, in the last year of the label.
    pub ends_on: NaiveDate,
    /// A short remark for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// A fund in a financial year or over several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PeriodFacts {
    /// The fund.
    pub fund_id: Id,
    /// One financial year, or several that stay unsplit.
    pub label: PeriodLabel,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// A short remark for people.
    pub note: Option<String>,
}

impl PeriodFacts {
    /// A new period of `fund_id`.
    #[must_use]
    pub fn new(fund_id: Id, input: &FundPeriodInput) -> Self {
        Self {
            fund_id,
            label: input.label,
            starts_on: input.starts_on.unwrap_or_else(|| input.label.first_day()),
            ends_on: input.ends_on.unwrap_or_else(|| input.label.last_day()),
            note: input.note.clone(),
        }
    }

    /// What can be changed about it.
    #[must_use]
    pub fn terms(&self) -> FundPeriodTerms {
        FundPeriodTerms { starts_on: self.starts_on, ends_on: self.ends_on, note: self.note.clone() }
    }

    /// The same period with other terms.
    #[must_use]
    pub fn with(&self, terms: FundPeriodTerms) -> Self {
        Self { fund_id: self.fund_id, label: self.label, starts_on: terms.starts_on, ends_on: terms.ends_on, note: terms.note }
    }
}

/// What is wrong with a period, judged by itself.
#[must_use]
pub fn faults(period: &PeriodFacts) -> Faults {
    let mut faults = Faults::new();
    let label = period.label;
    let begins_in_label = (label.first_day()..=label.first_year().last_day()).contains(&period.starts_on);
    faults.require(begins_in_label, "/starts_on", "outside_label", "A period begins in the first year of its label.");
    let ends_in_label = (label.last_year().first_day()..=label.last_day()).contains(&period.ends_on);
    faults.require(ends_in_label, "/ends_on", "outside_label", "A period ends in the last year of its label.");
    faults.require(period.starts_on <= period.ends_on, "/ends_on", "reversed_dates", "The last day is before the first.");
    check_text(&mut faults, "/note", period.note.as_deref());
    faults
}

/// Whether money hangs in a fund of this scope, so that it has periods: not where it is only asked for, nor in a framework.
#[must_use]
pub const fn takes_periods(scope: FundScope) -> bool {
    matches!(scope, FundScope::Fund | FundScope::Reserve)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(label: &str, from: &str, to: &str) -> PeriodFacts {
        PeriodFacts {
            fund_id: Id::new(),
            label: label.parse().unwrap(),
            starts_on: from.parse().unwrap(),
            ends_on: to.parse().unwrap(),
            note: None,
        }
    }

    #[test]
    fn several_years_may_begin_late_and_end_early_but_in_their_first_and_last_year() {
        assert!(faults(&period("2018-21", "2019-02-01", "2020-10-31")).0.is_empty());
        let found = faults(&period("2018-21", "2019-04-01", "2020-03-31"));
        assert_eq!(found.0.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), ["/starts_on", "/ends_on"]);
    }

    #[test]
    fn a_period_does_not_end_before_it_begins() {
        let found = faults(&period("2020-21", "2020-10-01", "2020-09-30"));
        assert_eq!(found.0.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>(), ["reversed_dates"]);
    }
}
