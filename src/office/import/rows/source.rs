//! `funding_sources.csv`

use serde::Serialize;

use crate::funds::sources::{ClaimPeriod, SourceKind};
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::parse;

/// Where money comes from.
#[derive(Debug, Clone, Serialize)]
pub struct SourceRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of source.
    pub kind: SourceKind,
    /// Whether the funder agreed to be told of very few people.
    pub small_numbers_agreed: Option<bool>,
    /// For which periods it is claimed from.
    pub claim_period: Option<ClaimPeriod>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for SourceRow {
    const FILE: &'static str = "funding_sources";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let aliases = cells.list("aliases", parse::text);
        let kind = cells.must("kind", parse::word::<SourceKind>);
        let small_numbers_agreed = cells.may("small_numbers_agreed", parse::yes_no);
        let claim_period = cells.may("claim_period", parse::word::<ClaimPeriod>);
        let origin = cells.origin();
        Some(Self { key: key?, name: name?, aliases, kind: kind?, small_numbers_agreed, claim_period, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}
