//! Where in a workbook the parts of the content stand.

use std::collections::HashMap;

use super::{
    At, Book, FORECAST, FORECAST_COLUMN, FORECAST_HEAD, INDICATORS, NO_MORE, NOTHING_SPENT, RETURN, SERVICE, SERVICE_VALUE, SPEND,
    SPEND_HEAD, TEXT_COLUMN, TEXTS_FROM, VALUES_HEAD, cell_name, numbered, spend_column, spend_rows, value_column,
};
use crate::kernel::Id;

/// Where in the workbook the parts of the content stand.
#[derive(Debug, Clone, Default)]
pub struct Places {
    known: HashMap<String, (&'static str, Option<At>)>,
    /// The number of the return in a workbook of several.
    number: Option<u32>,
}

impl Places {
    /// None yet, in the workbook of one return or with its number in one of several.
    #[must_use]
    pub fn numbered(number: Option<u32>) -> Self {
        Self { known: HashMap::new(), number }
    }

    /// Notes where a part of the content stands.
    pub fn note(&mut self, pointer: impl Into<String>, sheet: &'static str, at: Option<At>) {
        self.known.entry(pointer.into()).or_insert((sheet, at));
    }

    /// The sheet and cell of a part of the content, or of what it is a part of.
    #[must_use]
    pub fn of(&self, pointer: &str) -> (Option<String>, Option<String>) {
        let mut wanted = pointer;
        loop {
            if let Some((sheet, at)) = self.known.get(wanted) {
                return (Some(numbered(sheet, self.number)), at.map(cell_name));
            }
            match wanted.rsplit_once('/') {
                Some((parent, _)) if !parent.is_empty() => wanted = parent,
                _ => return (None, None),
            }
        }
    }
}

/// What the place of an indicator's value in an area is called, whether or not there is one.
#[must_use]
pub fn value_place(indicator: Id, area: Option<Id>) -> String {
    let area = area.map_or_else(|| "-".to_owned(), |area| area.to_string());
    format!("value {indicator}/{area}")
}

/// The parts of a line of spend and their columns.
const SPEND_PARTS: [(&str, u16); 6] = [
    ("category", spend_column::CATEGORY),
    ("amount_pence", spend_column::AMOUNT),
    ("direct_activity", spend_column::DIRECT),
    ("spent_from", spend_column::FROM),
    ("spent_to", spend_column::TO),
    ("note", spend_column::NOTE),
];
/// The parts of a value and their columns.
const VALUE_PARTS: [(&str, u16); 4] = [
    ("status", value_column::STATUS),
    ("value", value_column::VALUE),
    ("denominator", value_column::DENOMINATOR),
    ("basis", value_column::BASIS),
];

impl Places {
    /// Notes where a line of spend stands.
    pub fn note_line(&mut self, pointer: &str, row: u32) {
        self.note(pointer, SPEND, Some((row, spend_column::AMOUNT)));
        for (part, column) in SPEND_PARTS {
            self.note(format!("{pointer}/{part}"), SPEND, Some((row, column)));
        }
    }

    /// Notes where a value stands.
    pub fn note_value(&mut self, pointer: &str, row: u32) {
        self.note(pointer, INDICATORS, Some((row, value_column::VALUE)));
        for (part, column) in VALUE_PARTS {
            self.note(format!("{pointer}/{part}"), INDICATORS, Some((row, column)));
        }
    }
}

impl Book {
    /// Where the parts of its content stand in the file that is made of it.
    #[must_use]
    pub fn places(&self) -> Places {
        let mut places = Places::numbered(self.number);
        for (row, section) in (TEXTS_FROM..).zip(&self.narrative) {
            places.note(section.pointer(), RETURN, Some((row, TEXT_COLUMN)));
        }
        places.note("/spend", SPEND, Some(NOTHING_SPENT));
        let lines = self.content.spend.iter().flatten().enumerate().collect::<Vec<_>>();
        for (row, (_, line)) in (SPEND_HEAD + 1..).zip(spend_rows(&self.content)) {
            let at = line.and_then(|line| lines.iter().find(|(_, one)| std::ptr::eq(*one, line)));
            if let Some((at, _)) = at {
                places.note_line(&format!("/spend/{at}"), row);
            }
        }
        places.note("/values", INDICATORS, Some((VALUES_HEAD, value_column::VALUE)));
        for (row, one) in (VALUES_HEAD + 1..).zip(&self.rows) {
            // What is missing in a place is missing in its first row: that of all groups together.
            places.note(value_place(one.indicator_id, one.area_id), INDICATORS, Some((row, value_column::VALUE)));
            if let Some(at) = self.content.values.iter().position(|value| one.is_of(value)) {
                places.note_value(&format!("/values/{at}"), row);
            }
        }
        for (row, field) in self.fields() {
            places.note(field.pointer, SERVICE, Some((row, SERVICE_VALUE)));
        }
        if !self.quarters.is_empty() {
            places.note("/forecast", FORECAST, Some(NO_MORE));
        }
        for (at, one) in self.content.forecast.iter().flatten().enumerate() {
            let row = (FORECAST_HEAD + 1..).zip(&self.quarters).find(|(_, quarter)| **quarter == one.quarter).map(|(row, _)| row);
            if let Some(row) = row {
                places.note(format!("/forecast/{at}"), FORECAST, Some((row, FORECAST_COLUMN)));
            }
        }
        places
    }
}
