//! `funder_claims.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Record, one_of};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::BudgetLineRow;

/// What the office claims from a funder.
#[derive(Debug, Clone, Serialize)]
pub struct FunderClaimRow {
    /// Its key.
    pub key: String,
    /// The line whose money is claimed.
    pub budget_line: String,
    /// How much.
    pub amount: Pence,
    /// The first day that it covers.
    pub starts_on: NaiveDate,
    /// The last day that it covers.
    pub ends_on: NaiveDate,
    /// Why these are none of the funder's claim periods.
    pub days_reason: Option<String>,
    /// What finance certified, in words.
    pub statement: Option<String>,
    /// When.
    pub certified_on: Option<NaiveDate>,
    /// Who certified.
    pub certified_by: Option<String>,
    /// Why it was withdrawn, where it was.
    pub withdrawn: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

const STATES: &[&str] = &["draft", "certified", "withdrawn"];

impl Record for FunderClaimRow {
    const FILE: &'static str = "funder_claims";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let budget_line = cells.must("budget_line", parse::key);
        let amount = cells.must("amount", parse::pounds);
        let starts_on = cells.must("starts_on", parse::date);
        let ends_on = cells.must("ends_on", parse::date);
        let days_reason = cells.may("days_reason", parse::long_text);
        let state = cells.must("state", one_of(STATES));
        let is = |word: &str| state.as_deref() == Some(word);
        let (is_certified, is_withdrawn) = (is("certified"), is("withdrawn"));
        let statement = cells.may("statement", parse::long_text);
        let certified_on = cells.may("certified_on", parse::date);
        let certified_by = cells.may("certified_by", parse::text);
        let is_told = statement.is_some() || certified_on.is_some() || certified_by.is_some();
        for (column, is_there) in
            [("statement", statement.is_some()), ("certified_on", certified_on.is_some()), ("certified_by", certified_by.is_some())]
        {
            if !is("draft") && (is_certified || is_told) && !is_there {
                cells.fault(column, "a claim that was certified says what, when and by whom");
            }
            if is("draft") && is_there {
                cells.fault(column, "a draft is not certified; leave this empty");
            }
        }
        let withdrawn = cells.need_if(is_withdrawn, "reason", parse::long_text);
        cells.span(starts_on, ends_on, "ends_on");
        let origin = cells.origin();
        Some(Self {
            key: key?,
            budget_line: budget_line?,
            amount: amount?,
            starts_on: starts_on?,
            ends_on: ends_on?,
            days_reason,
            statement,
            certified_on,
            certified_by,
            withdrawn: if is_withdrawn { Some(withdrawn.unwrap_or_else(|| "not printed".to_owned())) } else { None },
            origin,
        })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.one::<BudgetLineRow>("budget_line", &self.budget_line);
    }
}
