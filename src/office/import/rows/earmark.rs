//! `earmarks.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::earmarks::EarmarkState;
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{BudgetLineRow, FundPeriodRow, ProgrammeRow};

/// Money set aside before any award.
#[derive(Debug, Clone, Serialize)]
pub struct EarmarkRow {
    /// Its key.
    pub key: String,
    /// The fund period.
    pub fund_period: String,
    /// The budget line.
    pub budget_line: String,
    /// What it is for.
    pub name: String,
    /// The programme it is for.
    pub programme: Option<String>,
    /// How much.
    pub amount: Pence,
    /// From when.
    pub effective_on: NaiveDate,
    /// Whether it still stands.
    pub state: EarmarkState,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for EarmarkRow {
    const FILE: &'static str = "earmarks";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let fund_period = cells.must("fund_period", parse::key);
        let budget_line = cells.must("budget_line", parse::key);
        let name = cells.must("name", parse::text);
        let programme = cells.may("programme", parse::key);
        let amount = cells.must("amount", parse::pounds);
        let effective_on = cells.must("effective_on", parse::date);
        let state = cells.must("state", parse::word::<EarmarkState>);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            fund_period: fund_period?,
            budget_line: budget_line?,
            name: name?,
            programme,
            amount: amount?,
            effective_on: effective_on?,
            state: state?,
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
        to.one::<FundPeriodRow>("fund_period", &self.fund_period);
        to.one::<BudgetLineRow>("budget_line", &self.budget_line);
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
    }
}
