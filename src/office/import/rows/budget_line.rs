//! `budget_lines.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::UnspentRule;
use crate::funds::budget_lines::BudgetState;
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{FundPeriodRow, SourceRow};

/// A version of a budget line.
#[derive(Debug, Clone, Serialize)]
pub struct BudgetLineRow {
    /// Its key.
    pub key: String,
    /// The fund period.
    pub fund_period: String,
    /// The source.
    pub source: String,
    /// The whole line in this version.
    pub amount: Pence,
    /// What of it the body keeps for its own use; none where that is not evidenced (R12).
    pub internal_amount: Option<Pence>,
    /// Its state in this version.
    pub state: BudgetState,
    /// From which day this version holds.
    pub effective_on: NaiveDate,
    /// Spend counts from this day.
    pub window_starts_on: Option<NaiveDate>,
    /// Spend counts until this day.
    pub window_ends_on: Option<NaiveDate>,
    /// What becomes of unspent money.
    pub unspent_rule: Option<UnspentRule>,
    /// Conditions of the money.
    pub conditions: Option<String>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for BudgetLineRow {
    const FILE: &'static str = "budget_lines";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let fund_period = cells.must("fund_period", parse::key);
        let source = cells.must("source", parse::key);
        let amount = cells.must("amount", parse::pounds);
        let internal_amount = cells.may("internal_amount", parse::pounds).or((!cells.is_excused("internal_amount")).then_some(Pence::ZERO));
        if let (Some(internal), Some(amount)) = (internal_amount, amount)
            && internal > amount
        {
            cells.fault("internal_amount", format!("is more than the whole line, {amount}"));
        }
        let state = cells.must("state", parse::word::<BudgetState>);
        let effective_on = cells.must("effective_on", parse::date);
        let window_starts_on = cells.may("window_starts_on", parse::date);
        let window_ends_on = cells.may("window_ends_on", parse::date);
        let unspent_rule = cells.may("unspent_rule", parse::word::<UnspentRule>);
        let conditions = cells.may("conditions", parse::long_text);
        cells.span(window_starts_on, window_ends_on, "window_ends_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            fund_period: fund_period?,
            source: source?,
            amount: amount?,
            internal_amount,
            state: state?,
            effective_on: effective_on?,
            window_starts_on,
            window_ends_on,
            unspent_rule,
            conditions,
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
        to.one::<SourceRow>("source", &self.source);
    }
}
