//! `funder_claim_receipts.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::FunderClaimRow;

/// Money that came for a claim.
#[derive(Debug, Clone, Serialize)]
pub struct FunderClaimReceiptRow {
    /// The claim.
    pub claim: String,
    /// What the bank or the finance system calls it.
    pub reference: String,
    /// How much came.
    pub amount: Pence,
    /// When.
    pub received_on: NaiveDate,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for FunderClaimReceiptRow {
    const FILE: &'static str = "funder_claim_receipts";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let claim = cells.must("claim", parse::key);
        let reference = cells.must("reference", parse::text);
        let amount = cells.must("amount", parse::pounds);
        let received_on = cells.must("received_on", parse::date);
        let origin = cells.origin();
        Some(Self { claim: claim?, reference: reference?, amount: amount?, received_on: received_on?, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.claim, self.reference)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<FunderClaimRow>("claim", &self.claim);
    }
}
