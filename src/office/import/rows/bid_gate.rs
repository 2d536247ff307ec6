//! `bid_gates.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::BidRow;

/// A check point of a bid.
#[derive(Debug, Clone, Serialize)]
pub struct BidGateRow {
    /// The bid.
    pub bid: String,
    /// From 1.
    pub number: i32,
    /// Whether it was passed.
    pub passed: bool,
    /// When.
    pub passed_on: Option<NaiveDate>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for BidGateRow {
    const FILE: &'static str = "bid_gates";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let bid = cells.must("bid", parse::key);
        let number = cells.must("number", parse::count);
        let passed = cells.must("passed", parse::yes_no);
        let passed_on = cells.need_if(passed == Some(true), "passed_on", parse::date);
        cells.from_one("number", number);
        let origin = cells.origin();
        Some(Self { bid: bid?, number: number?, passed: passed?, passed_on, origin })
    }

    fn key(&self) -> String {
        format!("{}/{}", self.bid, self.number)
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.whole::<BidRow>("bid", &self.bid);
    }
}
