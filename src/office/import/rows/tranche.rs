//! `tranches.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::tranches::TrancheState;
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::FundPeriodRow;

/// A funding round.
#[derive(Debug, Clone, Serialize)]
pub struct TrancheRow {
    /// Its key.
    pub key: String,
    /// The fund period.
    pub fund_period: String,
    /// From 1.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// What was planned.
    pub planned_amount: Option<Pence>,
    /// What is set aside in its account.
    pub allocated_amount: Option<Pence>,
    /// How many awards.
    pub projects: Option<i32>,
    /// Its state.
    pub state: TrancheState,
    /// When it opens.
    pub opens_on: Option<NaiveDate>,
    /// When it closes.
    pub closes_on: Option<NaiveDate>,
    /// When it is decided.
    pub decision_on: Option<NaiveDate>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for TrancheRow {
    const FILE: &'static str = "tranches";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let fund_period = cells.must("fund_period", parse::key);
        let number = cells.must("number", parse::count);
        let name = cells.must("name", parse::text);
        let planned_amount = cells.need("planned_amount", parse::pounds);
        let allocated_amount = cells.may("allocated_amount", parse::pounds);
        let projects = cells.may("projects", parse::count);
        let state = cells.must("state", parse::word::<TrancheState>);
        let opens_on = cells.may("opens_on", parse::date);
        let closes_on = cells.may("closes_on", parse::date);
        let is_decided = matches!(state, Some(TrancheState::Decided | TrancheState::Completed));
        let decision_on = cells.need_if(is_decided, "decision_on", parse::date);
        cells.from_one("number", number);
        cells.span(opens_on, closes_on, "closes_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            fund_period: fund_period?,
            number: number?,
            name: name?,
            planned_amount,
            allocated_amount,
            projects,
            state: state?,
            opens_on,
            closes_on,
            decision_on,
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
    }
}
