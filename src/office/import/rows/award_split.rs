//! `award_splits.csv`

use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AwardRow, BudgetLineRow};

/// From which budget line an award draws.
#[derive(Debug, Clone, Serialize)]
pub struct AwardSplitRow {
    /// The award.
    pub award: String,
    /// The budget line.
    pub budget_line: String,
    /// How much of it.
    pub amount: Pence,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AwardSplitRow {
    const FILE: &'static str = "award_splits";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let award = cells.must("award", parse::key);
        let budget_line = cells.must("budget_line", parse::key);
        let amount = cells.must("amount", parse::pounds);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self { award: award?, budget_line: budget_line?, amount: amount?, print, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.award, self.budget_line)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<AwardRow>("award", &self.award);
        to.one::<BudgetLineRow>("budget_line", &self.budget_line);
    }
}
