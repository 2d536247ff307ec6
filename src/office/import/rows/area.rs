//! `areas.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::areas::AreaKind;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;

/// A place.
#[derive(Debug, Clone, Serialize)]
pub struct AreaRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What kind of place.
    pub kind: AreaKind,
    /// Its code at the Office for National Statistics.
    pub ons_code: Option<String>,
    /// The smallest area here that holds it.
    pub parent: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// From when.
    pub valid_from: Option<NaiveDate>,
    /// Until when.
    pub valid_to: Option<NaiveDate>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AreaRow {
    const FILE: &'static str = "areas";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let kind = cells.must("kind", parse::word::<AreaKind>);
        let ons_code = cells.may("ons_code", parse::ons_code);
        let parent = cells.may("parent", parse::key);
        let aliases = cells.list("aliases", parse::text);
        let valid_from = cells.may("valid_from", parse::date);
        let valid_to = cells.may("valid_to", parse::date);
        cells.span(valid_from, valid_to, "valid_to");
        let origin = cells.origin();
        Some(Self { key: key?, name: name?, kind: kind?, ons_code, parent, aliases, valid_from, valid_to, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.may::<AreaRow>("parent", self.parent.as_ref());
    }
}
