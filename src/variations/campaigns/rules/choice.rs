//! Which awards a campaign changes: by what they have in common, by a list, or by the rows of a file.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::RowChange;
use crate::awards::rules::{AwardKind, AwardState, LegalPower};
use crate::kernel::table::{CellFault, Line, Table};
use crate::kernel::{Fault, Faults, Id, Pence};

/// How many awards a campaign may have.
pub const ROWS_MAX: usize = 2_000;
/// How many faults of a choice are told at once.
const FAULTS_MAX: usize = 500;

words! {
    /// How the awards of a campaign were chosen.
    pub enum ChosenBy {
        /// By what they have in common.
        Filter = "filter",
        /// By a list of references or ids.
        Awards = "awards",
        /// By the rows of a file.
        Csv = "csv",
    }
}

/// Which awards: by exactly one of the three. They are looked up once and kept with the campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignChoice {
    /// Those that have all of this in common; `{}` for all that are under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<CampaignFilter>,
    /// These, each by its reference or its id. More of them go into a file (`csv`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 500)]
    pub awards: Option<Vec<String>>,
    /// Those of a CSV file, as its text: a column `award` with reference or id, and for what a row says for its award alone `change_pence`,
    /// `starts_on`, `ends_on`, `effective_on` and `reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 800_000)]
    pub csv: Option<String>,
}

/// What awards have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignFilter {
    /// The fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_id: Option<Id>,
    /// The fund period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_period_id: Option<Id>,
    /// The tranche.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tranche_id: Option<Id>,
    /// The provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<Id>,
    /// The programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Id>,
    /// An area that they benefit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_id: Option<Id>,
    /// The theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub theme: Option<String>,
    /// The category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub category: Option<String>,
    /// The state; without one those that are live or paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AwardState>,
    /// Grants or contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AwardKind>,
    /// The power under which they are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_power: Option<LegalPower>,
    /// The earliest last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_from: Option<NaiveDate>,
    /// The latest last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_to: Option<NaiveDate>,
}

/// The one way in which awards are chosen.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// By what they have in common.
    Filter(&'a CampaignFilter),
    /// By a list.
    Awards(&'a [String]),
    /// By a file.
    Csv(&'a str),
}

impl Wanted<'_> {
    /// Which way it is.
    #[must_use]
    pub const fn chosen_by(&self) -> ChosenBy {
        match self {
            Self::Filter(_) => ChosenBy::Filter,
            Self::Awards(_) => ChosenBy::Awards,
            Self::Csv(_) => ChosenBy::Csv,
        }
    }
}

/// An award as it was named, before it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row of the file, as a spreadsheet numbers it.
    pub number: Option<usize>,
    /// Reference or id.
    pub award: String,
    /// What the row says for its award alone.
    pub change: RowChange,
    /// Where a fault of the name is told.
    pub pointer: String,
    /// Whether all of it could be read.
    pub is_whole: bool,
}

/// The one of the three ways that is asked for.
///
/// # Errors
/// None or several.
pub fn wanted(choice: &CampaignChoice) -> Result<Wanted<'_>, Vec<Fault>> {
    match (&choice.filter, &choice.awards, &choice.csv) {
        (Some(filter), None, None) => Ok(Wanted::Filter(filter)),
        (None, Some(awards), None) => Ok(Wanted::Awards(awards)),
        (None, None, Some(csv)) => Ok(Wanted::Csv(csv)),
        _ => {
            let sentence = "Choose the awards in one way: by `filter`, by `awards` or by `csv`.";
            Err(vec![Fault::new("/choice", "either_or", sentence)])
        }
    }
}

/// The rows of a list.
#[must_use]
pub fn rows_of_list(awards: &[String]) -> Vec<Row> {
    let row = |(at, award): (usize, &String)| Row {
        number: None,
        award: award.trim().to_owned(),
        change: RowChange::default(),
        pointer: format!("/choice/awards/{at}"),
        is_whole: true,
    };
    awards.iter().enumerate().map(row).collect()
}

/// The columns that a file may have.
const COLUMNS: [&str; 6] = ["award", "change_pence", "starts_on", "ends_on", "effective_on", "reason"];

/// The rows of a file, with every fault of it.
#[must_use]
pub fn rows_of_csv(table: &Table, cells: Vec<CellFault>) -> (Vec<Row>, Faults) {
    let mut faults = Faults::new();
    for one in cells {
        let place = if one.row == 0 { String::new() } else { format!("/rows/{}/{}", one.row, named(&one.column)) };
        faults.add(format!("/choice/csv{}", place.trim_end_matches('/')), "wrong_format", format!("The file: {}.", one.reason));
    }
    for column in table.columns.iter().filter(|column| !column.is_empty() && !COLUMNS.contains(&named(column).as_str())) {
        let sentence = format!("`{column}` is no column of a campaign. It has {}.", COLUMNS.join(", "));
        faults.add("/choice/csv", "unknown_column", sentence);
    }
    let has_award = table.columns.iter().any(|column| named(column) == "award");
    faults.require(
        has_award,
        "/choice/csv",
        "column_missing",
        "The file has no column `award`, with the reference or the id of each award.",
    );
    faults.require(!table.rows.is_empty(), "/choice/csv", "too_few_items", "The file has no rows below its first one.");
    let sentence = format!("The file has more than {ROWS_MAX} rows. Divide it: each part is a campaign of its own.");
    faults.require(table.rows.len() <= ROWS_MAX, "/choice/csv", "too_many_rows", &sentence);
    let mut rows = Vec::new();
    if has_award && table.rows.len() <= ROWS_MAX {
        rows = table.rows.iter().map(|line| row(table, line, &mut faults)).collect();
    }
    faults.0.truncate(FAULTS_MAX);
    (rows, faults)
}

/// A column as it is meant: spreadsheets are written with capitals and blanks.
fn named(column: &str) -> String {
    column.trim().to_lowercase().replace([' ', '-'], "_")
}

fn row(table: &Table, line: &Line, faults: &mut Faults) -> Row {
    let (number, told) = (line.number, faults.0.len());
    let cell = |name: &str| {
        let at = table.columns.iter().position(|column| named(column) == name);
        at.map(|at| line.cell(at)).filter(|text| !text.is_empty())
    };
    let place = |name: &str| format!("/choice/csv/rows/{number}/{name}");
    let mut day = |name: &str| {
        let text = cell(name)?;
        let found = date(text);
        if found.is_none() {
            faults.add(place(name), "wrong_format", format!("`{text}` is no date such as 2021-06-30 or 30/06/2021, the day first."));
        }
        found
    };
    let (starts_on, ends_on, effective_on) = (day("starts_on"), day("ends_on"), day("effective_on"));
    let change_pence = cell("change_pence").and_then(|text| {
        let found = text.parse::<i64>().ok().map(Pence).filter(|pence| pence.0.unsigned_abs() <= Pence::MAX.0.unsigned_abs());
        if found.is_none() {
            let sentence = format!("`{text}` is no whole number of pence, such as 200000 for £2,000 more or -5000 for £50 less.");
            faults.add(place("change_pence"), "wrong_format", sentence);
        }
        found
    });
    let reason = cell("reason").map(str::to_owned);
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > 4_000) {
        faults.add(place("reason"), "too_long", "A reason has at most 4,000 characters.");
    }
    let award = cell("award").unwrap_or_default().to_owned();
    if award.is_empty() {
        faults.add(place("award"), "required", "Each row names its award, by reference or id.");
    }
    let change = RowChange { change_pence, starts_on, ends_on, effective_on, reason };
    Row { number: Some(number), award, change, pointer: place("award"), is_whole: faults.0.len() == told }
}

fn date(text: &str) -> Option<NaiveDate> {
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%d/%m/%Y").ok())
}

/// What is wrong with the awards that were found for rows: one that there is not, or one that stands there twice.
pub fn faults_of_found(rows: &[Row], found: &[Option<Id>], faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (row, id) in rows.iter().zip(found).filter(|(row, _)| !row.award.is_empty()) {
        match id {
            None => {
                let shown: String = row.award.chars().take(120).collect();
                faults.add(
                    row.pointer.clone(),
                    "unknown_record",
                    format!("There is no award `{shown}`. Write its reference as the award has it."),
                );
            }
            Some(id) if !seen.insert(*id) => faults.add(row.pointer.clone(), "repeated", "This award stands here twice."),
            Some(_) => {}
        }
    }
    faults.0.truncate(FAULTS_MAX);
}
