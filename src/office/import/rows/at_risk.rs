//! `at_risk_approvals.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::BudgetLineRow;

/// Leave to commit against a line that is not confirmed.
#[derive(Debug, Clone, Serialize)]
pub struct AtRiskRow {
    /// Its key.
    pub key: String,
    /// The line.
    pub budget_line: String,
    /// Up to how much.
    pub amount: Pence,
    /// When it was given.
    pub approved_on: NaiveDate,
    /// Until when.
    pub until: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AtRiskRow {
    const FILE: &'static str = "at_risk_approvals";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let budget_line = cells.must("budget_line", parse::key);
        let amount = cells.must("amount", parse::pounds);
        let approved_on = cells.must("approved_on", parse::date);
        let until = cells.may("until", parse::date);
        let reason = cells.must("reason", parse::long_text);
        cells.span(approved_on, until, "until");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            budget_line: budget_line?,
            amount: amount?,
            approved_on: approved_on?,
            until,
            reason: reason?,
            print,
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
