//! `area_sets.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::funds::areas::AreaKind;
use crate::office::import::cells::{Cells, Origin, Record};
use crate::office::import::check::References;
use crate::office::import::parse;
use crate::office::import::rows::AreaRow;

/// A group of areas.
#[derive(Debug, Clone, Serialize)]
pub struct AreaSetRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What its members are.
    pub kind: AreaKind,
    /// The area that stands for the set or holds it.
    pub area: Option<String>,
    /// How many members it has, named or not.
    pub count: i32,
    /// Its members.
    pub members: Vec<String>,
    /// From when.
    pub valid_from: Option<NaiveDate>,
    /// Until when.
    pub valid_to: Option<NaiveDate>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for AreaSetRow {
    const FILE: &'static str = "area_sets";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let kind = cells.must("kind", parse::word::<AreaKind>);
        let area = cells.may("area", parse::key);
        let count = cells.must("count", parse::count);
        let members = cells.need_list("members", parse::key);
        let valid_from = cells.may("valid_from", parse::date);
        let valid_to = cells.may("valid_to", parse::date);
        if let Some(count) = count
            && !members.is_empty()
            && usize::try_from(count).ok() != Some(members.len())
        {
            cells.fault("count", format!("{} members are named; a set that names any names all", members.len()));
        }
        cells.span(valid_from, valid_to, "valid_to");
        let origin = cells.origin();
        Some(Self { key: key?, name: name?, kind: kind?, area, count: count?, members, valid_from, valid_to, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn refers(&self, to: &mut References) {
        to.may::<AreaRow>("area", self.area.as_ref());
        to.all::<AreaRow>("members", &self.members);
    }
}
