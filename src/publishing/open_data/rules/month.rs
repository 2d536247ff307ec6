//! A calendar month, written `2020-11`.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A calendar month, known by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(NaiveDate);

impl Month {
    /// The month that holds a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.0.checked_add_months(Months::new(1)).and_then(|day| day.pred_opt()).unwrap_or(self.0)
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn holds(self, day: Option<NaiveDate>) -> bool {
        day.is_some_and(|day| Self::of(day) == self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl TryFrom<String> for Month {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = text.len() == 7;
        let day = format!("{text}-01").parse::<NaiveDate>().ok().filter(|_| is_plain);
        day.map(Self).ok_or_else(|| format!("`{text}` is not a month such as 2020-11"))
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl utoipa::ToSchema for Month {}

impl utoipa::PartialSchema for Month {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(199[0-9]|20[0-9]{2})-(0[1-9]|1[012])$"))
            .min_length(Some(7))
            .max_length(Some(7))
            .description(Some("A calendar month."))
            .examples([serde_json::json!("2020-11")])
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_its_last_day() {
        let month = |text: &str| Month::try_from(text.to_owned());
        assert_eq!(month("2020-02").unwrap().last_day().to_string(), "2020-02-29");
        assert_eq!(month("2020-12").unwrap().last_day().to_string(), "2020-12-31");
        assert_eq!(month("2020-11").unwrap().to_string(), "2020-11");
        assert!(month("2020-11").unwrap().holds(NaiveDate::from_ymd_opt(2020, 11, 30)));
        assert!(month("2020-13").is_err() && month("2020-1").is_err() && month("November").is_err());
    }
}
