//! `contributions.csv`

use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AwardRow, FundRow, ProgrammeRow, SourceRow};
use crate::providers::programmes::contributions::rules::ContributionKind;

/// Co-funding beside the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct ContributionRow {
    /// Its key.
    pub key: String,
    /// The programme it goes to.
    pub programme: Option<String>,
    /// The fund it goes to.
    pub fund: Option<String>,
    /// Who gives.
    pub source: String,
    /// How much.
    pub amount: Option<Pence>,
    /// Money or something else.
    pub kind: ContributionKind,
    /// Whether it is confirmed.
    pub confirmed: Option<bool>,
    /// The same money in the ledger.
    pub award: Option<String>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ContributionRow {
    const FILE: &'static str = "contributions";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let programme = cells.may("programme", parse::key);
        let fund = cells.may("fund", parse::key);
        let source = cells.must("source", parse::key);
        let amount = cells.need("amount", parse::pounds);
        let kind = cells.must("kind", parse::word::<ContributionKind>);
        let confirmed = cells.need("confirmed", parse::yes_no);
        let award = cells.may("award", parse::key);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self { key: key?, programme, fund, source: source?, amount, kind: kind?, confirmed, award, print, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.may::<ProgrammeRow>("programme", self.programme.as_ref());
        to.may::<FundRow>("fund", self.fund.as_ref());
        to.one::<SourceRow>("source", &self.source);
        to.may::<AwardRow>("award", self.award.as_ref());
    }
}
