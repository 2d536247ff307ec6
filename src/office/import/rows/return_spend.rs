//! `return_spend.csv`

use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::ReturnRow;
use crate::returns::rules::SpendCategory;

/// Spend in a return.
#[derive(Debug, Clone, Serialize)]
pub struct ReturnSpendRow {
    /// The return.
    pub return_key: String,
    /// What it was spent on.
    pub category: SpendCategory,
    /// How much.
    pub amount: Pence,
    /// Whether it was spent on direct activity.
    pub direct_activity: Option<bool>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ReturnSpendRow {
    const FILE: &'static str = "return_spend";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let return_key = cells.must("return", parse::key);
        let category = cells.must("category", parse::word::<SpendCategory>);
        let amount = cells.must("amount", parse::pounds);
        let direct_activity = cells.may("direct_activity", parse::yes_no);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self { return_key: return_key?, category: category?, amount: amount?, direct_activity, print, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.return_key, self.category)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<ReturnRow>("return", &self.return_key);
    }
}
