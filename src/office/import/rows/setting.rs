//! `settings.csv`

use serde::Serialize;

use crate::office::import::cells::{Cells, Origin, Record, one_of};
use crate::office::import::parse;

/// A setting of the office.
#[derive(Debug, Clone, Serialize)]
pub struct SettingRow {
    /// Which setting.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its unit.
    pub unit: Option<String>,
    /// What the row says of itself.
    pub origin: Origin,
}

impl Record for SettingRow {
    const FILE: &'static str = "settings";

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let key = cells.must(
            "key",
            one_of(&[
                "social_value_threshold",
                "social_value_weight",
                "living_wage_clause",
                "return_due_working_day",
                "small_below",
                "panel_organisations",
                "endorsements_required_cif",
            ]),
        );
        let value = cells.must("value", parse::text);
        let unit = cells.may("unit", parse::text);
        let origin = cells.origin();
        Some(Self { key: key?, value: value?, unit, origin })
    }

    fn key(&self) -> String {
        self.key.clone()
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}
