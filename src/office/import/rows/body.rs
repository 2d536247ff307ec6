//! `commissioning_bodies.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::bodies::BodyKind;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::AreaRow;

/// A commissioning body.
#[derive(Debug, Clone, Serialize)]
pub struct BodyRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of body.
    pub kind: BodyKind,
    /// Its area.
    pub area: Option<String>,
    /// From when.
    pub valid_from: Option<NaiveDate>,
    /// Until when.
    pub valid_to: Option<NaiveDate>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for BodyRow {
    const FILE: &'static str = "commissioning_bodies";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let aliases = cells.list("aliases", parse::text);
        let kind = cells.must("kind", parse::word::<BodyKind>);
        let area = cells.may("area", parse::key);
        let valid_from = cells.may("valid_from", parse::date);
        let valid_to = cells.may("valid_to", parse::date);
        cells.span(valid_from, valid_to, "valid_to");
        let origin = cells.origin();
        Some(Self { key: key?, name: name?, aliases, kind: kind?, area, valid_from, valid_to, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.may::<AreaRow>("area", self.area.as_ref());
    }
}
