//! `award_quarters.csv`

use serde::Serialize;

use crate::kernel::{Pence, Quarter};
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::AwardRow;

/// What an award plans for one quarter.
#[derive(Debug, Clone, Serialize)]
pub struct AwardQuarterRow {
    /// The award.
    pub award: String,
    /// The quarter.
    pub quarter: Quarter,
    /// How much; in quarters after the fund period indicative.
    pub amount: Pence,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AwardQuarterRow {
    const FILE: &'static str = "award_quarters";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let award = cells.must("award", parse::key);
        let quarter = cells.must("quarter", parse::quarter);
        let amount = cells.must("amount", parse::pounds);
        let origin = cells.origin();
        Some(Self { award: award?, quarter: quarter?, amount: amount?, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.award, self.quarter)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<AwardRow>("award", &self.award);
    }
}
