//! `bids.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::bids::BidState;
use crate::funds::bids::OpccRole;
use crate::kernel::Pence;
use crate::office::import::cells::{Cells, Origin, Print, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::{AreaRow, FundRow, ProviderRow, SourceRow};

/// Money that the body asks for, or helps others to ask for.
#[derive(Debug, Clone, Serialize)]
pub struct BidRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The fund.
    pub fund: Option<String>,
    /// The funder.
    pub source: Option<String>,
    /// Who leads, in words.
    pub lead: String,
    /// Who leads, where it is a provider.
    pub lead_provider: Option<String>,
    /// What the body does.
    pub opcc_role: OpccRole,
    /// The funder's round.
    pub round: Option<i32>,
    /// Where.
    pub areas: Vec<String>,
    /// What was asked for.
    pub requested: Option<Pence>,
    /// What was given.
    pub awarded: Option<Pence>,
    /// Its state.
    pub state: BidState,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// When it was decided.
    pub decided_on: Option<NaiveDate>,
    /// How many check points there are.
    pub gates: Option<i32>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for BidRow {
    const FILE: &'static str = "bids";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let fund = cells.need("fund", parse::key);
        let source = cells.need("source", parse::key);
        let lead = cells.must("lead", parse::text);
        let lead_provider = cells.may("lead_provider", parse::key);
        let opcc_role = cells.must("opcc_role", parse::word::<OpccRole>);
        let round = cells.may("round", parse::count);
        let areas = cells.list("areas", parse::key);
        let requested = cells.need("requested", parse::pounds);
        let awarded = cells.may("awarded", parse::pounds);
        let state = cells.must("state", parse::word::<BidState>);
        let is_sent = matches!(state, Some(BidState::Submitted | BidState::Successful | BidState::Unsuccessful));
        let is_decided = matches!(state, Some(BidState::Successful | BidState::Unsuccessful));
        let submitted_on = cells.need_if(is_sent, "submitted_on", parse::date);
        let decided_on = cells.need_if(is_decided, "decided_on", parse::date);
        let gates = cells.may("gates", parse::count);
        cells.span(submitted_on, decided_on, "decided_on");
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            name: name?,
            fund,
            source,
            lead: lead?,
            lead_provider,
            opcc_role: opcc_role?,
            round,
            areas,
            requested,
            awarded,
            state: state?,
            submitted_on,
            decided_on,
            gates,
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
        to.may::<FundRow>("fund", self.fund.as_ref());
        to.may::<SourceRow>("source", self.source.as_ref());
        to.may::<ProviderRow>("lead_provider", self.lead_provider.as_ref());
        to.all::<AreaRow>("areas", &self.areas);
    }
}
