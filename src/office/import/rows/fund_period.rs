//! `fund_periods.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::PeriodLabel;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::FundRow;

/// A fund in a year, or over several that were never split.
#[derive(Debug, Clone, Serialize)]
pub struct FundPeriodRow {
    /// Its key.
    pub key: String,
    /// The fund.
    pub fund: String,
    /// Its label.
    pub label: PeriodLabel,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for FundPeriodRow {
    const FILE: &'static str = "fund_periods";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let fund = cells.must("fund", parse::key);
        let label = cells.must("label", parse::word::<PeriodLabel>);
        let starts_on = cells.must("starts_on", parse::date);
        let ends_on = cells.must("ends_on", parse::date);
        if let Some((first, last)) = label.as_ref().map(|label| (label.first_day(), label.last_day())) {
            if starts_on.is_some_and(|day| day != first) {
                cells.fault("starts_on", format!("is not the first day of the label, {first}"));
            }
            if ends_on.is_some_and(|day| day != last) {
                cells.fault("ends_on", format!("is not the last day of the label, {last}"));
            }
        }
        let origin = cells.origin();
        Some(Self { key: key?, fund: fund?, label: label?, starts_on: starts_on?, ends_on: ends_on?, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<FundRow>("fund", &self.fund);
    }
}
