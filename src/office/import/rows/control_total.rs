//! `control_totals.csv`

use chrono::NaiveDate;
use serde::Serialize;

use crate::figures::control_totals::rules::{ControlMeasure, ControlScope};
use crate::office::import::cells::{Cells, Origin, Print, Record, one_of};
use crate::office::import::parse::{self, Number};

/// A figure printed elsewhere, to hold against what is computed.
#[derive(Debug, Clone, Serialize)]
pub struct ControlTotalRow {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What is computed.
    pub measure: ControlMeasure,
    /// Over what kind of thing.
    pub scope_kind: ControlScope,
    /// Over which, added up.
    pub scope: Vec<String>,
    /// The business date.
    pub as_at: Option<NaiveDate>,
    /// What was known at the end of this day.
    pub known_at: Option<NaiveDate>,
    /// The printed figure.
    pub printed: Number,
    /// Its unit.
    pub unit: String,
    /// How many rows were printed.
    pub rows: Option<i32>,
    /// What the row says of its figure.
    pub print: Print,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for ControlTotalRow {
    const FILE: &'static str = "control_totals";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must("key", parse::key);
        let name = cells.must("name", parse::text);
        let measure = cells.must("measure", parse::word::<ControlMeasure>);
        let scope_kind = cells.must("scope_kind", parse::word::<ControlScope>);
        let scope = cells.need_list("scope", parse::key);
        let as_at = cells.may("as_at", parse::date);
        let known_at = cells.may("known_at", parse::date);
        let printed = cells.must("printed", parse::number);
        let unit = cells.must("unit", one_of(&["pounds", "count"]));
        let rows = cells.may("rows", parse::count);
        let print = cells.print();
        let origin = cells.origin();
        Some(Self {
            key: key?,
            name: name?,
            measure: measure?,
            scope_kind: scope_kind?,
            scope,
            as_at,
            known_at,
            printed: printed?,
            unit: unit?,
            rows,
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
}
