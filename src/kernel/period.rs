//! Financial years (1 April to 31 March, written `2020-21`) and their quarters (`2020-21-Q1` is April to June).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::{Integer, Text};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A financial year, known by the calendar year in which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Integer)]
#[serde(try_from = "String", into = "String")]
pub struct FinancialYear(i32);

impl FinancialYear {
    /// The year that begins on 1 April of `year`. `None` outside 1990 to 2099.
    #[must_use]
    pub const fn beginning(year: i32) -> Option<Self> {
        if year >= 1990 && year <= 2099 { Some(Self(year)) } else { None }
    }

    /// The calendar year of its 1 April.
    #[must_use]
    pub const fn first_calendar_year(self) -> i32 {
        self.0
    }

    /// The year that holds `date`. `None` outside 1990 to 2099.
    #[must_use]
    pub fn of(date: NaiveDate) -> Option<Self> {
        Self::beginning(if date.month() >= 4 { date.year() } else { date.year() - 1 })
    }

    /// Its 1 April.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).unwrap_or(NaiveDate::MIN)
    }

    /// Its 31 March.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0 + 1, 3, 31).unwrap_or(NaiveDate::MAX)
    }

    /// The year after it. `None` past 2099.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::beginning(self.0 + 1)
    }

    /// Its four quarters, in order.
    #[must_use]
    pub const fn quarters(self) -> [Quarter; 4] {
        [
            Quarter { year: self, number: 1 },
            Quarter { year: self, number: 2 },
            Quarter { year: self, number: 3 },
            Quarter { year: self, number: 4 },
        ]
    }
}

impl fmt::Display for FinancialYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.0, (self.0 + 1) % 100)
    }
}

impl FromStr for FinancialYear {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a financial year such as 2020-21");
        let (first, second) = text.split_once('-').ok_or_else(wrong)?;
        let year = Self::beginning(first.parse().map_err(|_| wrong())?).ok_or_else(wrong)?;
        if format!("{first}-{second}") == year.to_string() { Ok(year) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for FinancialYear {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FinancialYear> for String {
    fn from(year: FinancialYear) -> Self {
        year.to_string()
    }
}

impl utoipa::ToSchema for FinancialYear {}

impl utoipa::PartialSchema for FinancialYear {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(199[0-9]|20[0-9]{2})-[0-9]{2}$"))
            .min_length(Some(7))
            .max_length(Some(7))
            .description(Some("A financial year, 1 April to 31 March."))
            .examples([serde_json::json!("2020-21")])
            .into()
    }
}

/// A quarter of a financial year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(try_from = "String", into = "String")]
pub struct Quarter {
    year: FinancialYear,
    number: u8,
}

impl Quarter {
    /// Quarter `number` (1 to 4) of `year`.
    #[must_use]
    pub const fn new(year: FinancialYear, number: u8) -> Option<Self> {
        if number >= 1 && number <= 4 { Some(Self { year, number }) } else { None }
    }

    /// The quarter that holds `date`.
    #[must_use]
    pub fn of(date: NaiveDate) -> Option<Self> {
        let number = match date.month() {
            4..=6 => 1,
            7..=9 => 2,
            10..=12 => 3,
            _ => 4,
        };
        Some(Self { year: FinancialYear::of(date)?, number })
    }

    /// Its financial year.
    #[must_use]
    pub const fn year(self) -> FinancialYear {
        self.year
    }

    /// 1 to 4.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        let months = Months::new(3 * u32::from(self.number.saturating_sub(1)));
        self.year.first_day().checked_add_months(months).unwrap_or(NaiveDate::MAX)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.first_day().checked_add_months(Months::new(3)).and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The quarter after it. `None` past 2099.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.number < 4 { Some(Self { number: self.number + 1, ..self }) } else { Self::new(self.year.next()?, 1) }
    }

    /// All quarters that share a day with `from..=to`.
    #[must_use]
    pub fn between(from: NaiveDate, to: NaiveDate) -> Vec<Self> {
        std::iter::successors(Self::of(from), |quarter| quarter.next()).take_while(|quarter| quarter.first_day() <= to).collect()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a quarter such as 2020-21-Q1");
        let (year, number) = text.split_once("-Q").ok_or_else(wrong)?;
        let year = year.parse().map_err(|_| wrong())?;
        match number {
            "1" | "2" | "3" | "4" => Self::new(year, number.parse().map_err(|_| wrong())?).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Quarter {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Quarter> for String {
    fn from(quarter: Quarter) -> Self {
        quarter.to_string()
    }
}

impl utoipa::ToSchema for Quarter {}

impl utoipa::PartialSchema for Quarter {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(199[0-9]|20[0-9]{2})-[0-9]{2}-Q[1-4]$"))
            .min_length(Some(10))
            .max_length(Some(10))
            .description(Some("A quarter of a financial year; Q1 is April to June."))
            .examples([serde_json::json!("2020-21-Q3")])
            .into()
    }
}
