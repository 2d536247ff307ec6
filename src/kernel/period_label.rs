//! One financial year, or several that were never split.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::kernel::FinancialYear;

/// The name of a fund period: `2020-21` for a financial year, `2016-22` for six that stay one, since nothing is ever split that its
/// source did not split (R05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeriodLabel {
    first: FinancialYear,
    last: FinancialYear,
}

impl PeriodLabel {
    /// From `first` to `last`. `None` where `last` comes first, or where the two would not fit into one label.
    #[must_use]
    pub fn spanning(first: FinancialYear, last: FinancialYear) -> Option<Self> {
        let years = last.first_calendar_year() - first.first_calendar_year();
        (0..=98).contains(&years).then_some(Self { first, last })
    }

    /// Its first day, a 1 April.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first.first_day()
    }

    /// Its last day, a 31 March.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.last.last_day()
    }

    /// Its first financial year.
    #[must_use]
    pub const fn first_year(self) -> FinancialYear {
        self.first
    }

    /// Its last financial year.
    #[must_use]
    pub const fn last_year(self) -> FinancialYear {
        self.last
    }

    /// The financial year it is. `None` for several years: such a period belongs to no single year of it.
    #[must_use]
    pub fn single_year(self) -> Option<FinancialYear> {
        (self.first == self.last).then_some(self.first)
    }
}

impl fmt::Display for PeriodLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.first.first_calendar_year(), self.last.last_day().year() % 100)
    }
}

impl FromStr for PeriodLabel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither a financial year such as 2020-21 nor several such as 2016-22");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if from.len() != 4 || !from.bytes().all(|byte| byte.is_ascii_digit()) || !two_digits(to) {
            return Err(wrong());
        }
        let first: i32 = from.parse().map_err(|_| wrong())?;
        let end: i32 = to.parse().map_err(|_| wrong())?;
        // The second half is the calendar year in which the period ends, within a century of its beginning.
        let years = (end - first % 100 - 1).rem_euclid(100);
        let both = FinancialYear::beginning(first).zip(FinancialYear::beginning(first + years));
        both.and_then(|(first, last)| Self::spanning(first, last)).ok_or_else(wrong)
    }
}

impl TryFrom<String> for PeriodLabel {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PeriodLabel> for String {
    fn from(label: PeriodLabel) -> Self {
        label.to_string()
    }
}

impl utoipa::ToSchema for PeriodLabel {}

impl utoipa::PartialSchema for PeriodLabel {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(199[0-9]|20[0-9]{2})-[0-9]{2}$"))
            .min_length(Some(7))
            .max_length(Some(7))
            .description(Some("A financial year (`2020-21`), or several years that were never split (`2016-22`)."))
            .examples([serde_json::json!("2020-21")])
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_and_write_alike() {
        for text in ["2020-21", "2016-22", "1999-00", "1998-02", "2019-20"] {
            assert_eq!(text.parse::<PeriodLabel>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn six_years_end_in_the_last_march() {
        let label: PeriodLabel = "2016-22".parse().unwrap();
        assert_eq!(label.first_day(), NaiveDate::from_ymd_opt(2016, 4, 1).unwrap());
        assert_eq!(label.last_day(), NaiveDate::from_ymd_opt(2022, 3, 31).unwrap());
        assert_eq!(label.single_year(), None);
    }

    #[test]
    fn one_year_is_a_financial_year() {
        let label: PeriodLabel = "2020-21".parse().unwrap();
        assert_eq!(label.single_year(), FinancialYear::beginning(2020));
    }

    #[test]
    fn what_is_no_label_is_refused() {
        for text in ["2020", "2020-2021", "2020-20", "20-21", "1989-90", "2099-01", "2020-+1", "+020-21", ""] {
            assert!(text.parse::<PeriodLabel>().is_err(), "{text}");
        }
    }
}
