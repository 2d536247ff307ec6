//! What the rows of a file say: of which return, and what in it. Pure.

mod cells;
mod content;
mod given;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::table::Table;
use crate::kernel::{Fault, Refusal};
use crate::returns::rules::FindingSeverity;
use crate::returns::workbook::rules::cell_name;

pub use cells::header_name;
pub use content::{Built, Names, content, fill};
pub use given::{Given, GivenReturn, Place, Row, Said, Standing, returns};

/// The columns of a file, and whether it must have them.
pub const COLUMNS: [(&str, bool); 17] = [
    ("award", true),
    ("period", true),
    ("kind", true),
    ("item", true),
    ("area", false),
    ("group", false),
    ("value", true),
    ("denominator", false),
    ("basis", false),
    ("direct_activity", false),
    ("spent_from", false),
    ("spent_to", false),
    ("text", false),
    ("state", false),
    ("submitted_on", false),
    ("accepted_on", false),
    ("evidence", false),
];

/// How many rows a file has at the most.
pub const ROWS_MAX: usize = 20_000;
/// How many findings are listed: beyond that a mistake of the whole file repeats itself.
pub const FINDINGS_MAX: usize = 1_000;
/// How much of a wrong value is shown.
const SHOWN_MAX: usize = 60;

/// What is taken out of an import. What its rows gave is taken out of the returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnImportRedactionInput {
    /// Whether the name of its file is taken out.
    #[serde(default)]
    pub file_name: bool,
    /// Whether it is taken out why it was taken back.
    #[serde(default)]
    pub reversal_reason: bool,
    /// Why, without what is taken out.
    #[schema(min_length = 1, max_length = 1000, example = "The file was called after a child.")]
    pub reason: String,
}

words! {
    /// What a row gives.
    pub enum BacklogKind {
        /// Money spent: `item` is the category.
        Spend = "spend",
        /// A value of an indicator: `item` is its name.
        Indicator = "indicator",
        /// What is expected to be spent in a quarter still to come: `item` is the quarter.
        Forecast = "forecast",
        /// What is said of the service: `item` is the field, as the workbook of a return calls it, or as its content does (`caseload/new`).
        Service = "service",
        /// What happened, in `text`.
        Narrative = "narrative",
        /// What may go wrong, in `text`.
        Risks = "risks",
        /// A case study, in `text`.
        CaseStudy = "case_study",
        /// The text of a section that the office named, in `text`: `item` is its heading or its key.
        Section = "section",
    }
}

/// Something wrong or doubtful in a file, or in a return as the file fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BacklogFinding {
    /// What it is about, stable: a rule of a return, or one of the file itself.
    #[schema(max_length = 80)]
    pub rule: String,
    /// Whether it keeps the file from being taken.
    pub severity: FindingSeverity,
    /// The sheet, where the file is a workbook.
    #[schema(max_length = 40)]
    pub sheet: Option<String>,
    /// The row as a spreadsheet numbers it; none for the file as a whole.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub row: Option<i64>,
    /// The column's name; none for the row as a whole.
    #[schema(max_length = 120)]
    pub column: Option<String>,
    /// The cell, such as `F12`.
    #[schema(max_length = 12, example = "F12")]
    pub cell: Option<String>,
    /// What stands there. Of a column of texts it is not repeated.
    #[schema(max_length = 100)]
    pub value: Option<String>,
    /// What is wrong with it and how to mend it.
    #[schema(max_length = 2600)]
    pub reason: String,
}

impl BacklogFinding {
    /// An error about the file as a whole.
    #[must_use]
    pub fn of_file(rule: &str, reason: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            severity: FindingSeverity::Error,
            sheet: None,
            row: None,
            column: None,
            cell: None,
            value: None,
            reason: reason.into(),
        }
    }

    /// Whether it keeps the file from being taken.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == FindingSeverity::Error
    }

    /// The fault with which the file is refused.
    fn into_fault(self) -> Fault {
        let place = |part: Option<&str>| part.map(|part| format!("/{part}")).unwrap_or_default();
        let row = self.row.map(|row| row.to_string());
        let pointer = self.row.map(|_| format!("/rows{}{}", place(row.as_deref()), place(self.column.as_deref()))).unwrap_or_default();
        let at = match (self.row, &self.column) {
            (Some(row), Some(column)) => format!("Row {row}, `{column}`{}: ", shown_beside(self.value.as_deref())),
            (Some(row), None) => format!("Row {row}: "),
            _ => String::new(),
        };
        let message: String = format!("{at}{}", self.reason).chars().take(1_000).collect();
        Fault::new(pointer, self.rule, message).in_cell(self.sheet, self.cell)
    }
}

fn shown_beside(value: Option<&str>) -> String {
    value.map(|value| format!(" (`{value}`)")).unwrap_or_default()
}

/// Findings as they are told: each once, errors first, then in the order of the file.
#[must_use]
pub fn in_order(sheets: &Sheets, findings: Vec<BacklogFinding>) -> Vec<BacklogFinding> {
    let place = |one: &BacklogFinding| {
        let table = sheets.tables.iter().position(|table| one.sheet.as_ref().is_none_or(|sheet| *sheet == table.file));
        let column = one.column.as_ref().and_then(|column| {
            let table = sheets.tables.get(table?)?;
            table.columns.iter().position(|name| header_name(name) == *column)
        });
        (one.severity, one.row.is_some(), table, one.row, column)
    };
    let mut sorted = findings;
    sorted.sort_by_key(place);
    let mut all: Vec<BacklogFinding> = Vec::with_capacity(sorted.len());
    for one in sorted {
        // What the form of a cell forbids, a rule forbids too; one of them is enough to mend it.
        let is_same = |known: &BacklogFinding| {
            (known.severity, &known.rule, &known.cell) == (one.severity, &one.rule, &one.cell)
                && (known.reason == one.reason || (one.is_error() && one.cell.is_some()))
        };
        let is_told = all.iter().rev().take_while(|known| (&known.sheet, known.row) == (&one.sheet, one.row)).any(is_same);
        if !is_told {
            all.push(one);
        }
    }
    all
}

/// The refusal of a file with these findings, where one of them is an error.
///
/// # Errors
/// [`Refusal::Invalid`] with every error, up to as many as are listed.
pub fn refuse(findings: &[BacklogFinding]) -> Result<(), Refusal> {
    let errors: Vec<&BacklogFinding> = findings.iter().filter(|one| one.is_error()).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let mut faults: Vec<Fault> = errors.iter().take(FINDINGS_MAX).map(|one| (*one).clone().into_fault()).collect();
    if let Some(more) = errors.len().checked_sub(FINDINGS_MAX).filter(|more| *more > 0) {
        faults.push(Fault::new("", "more_faults", format!("There are {more} more faults; mend these first.")));
    }
    Err(Refusal::Invalid(faults))
}

/// A file taken apart.
#[derive(Debug, Clone, Default)]
pub struct Sheets {
    /// Its tables; one where it is CSV.
    pub tables: Vec<Table>,
    /// Whether it is a workbook, whose tables are sheets.
    pub is_workbook: bool,
    /// Sheets that hold no returns.
    pub passed_over: Vec<String>,
    /// What could not be read.
    pub findings: Vec<BacklogFinding>,
}

impl Sheets {
    /// How many rows it has.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// A finding in a cell, or in a row as a whole where no column is named.
    #[must_use]
    pub fn finding(&self, place: Place, column: &str, severity: FindingSeverity, (rule, reason): (&str, String)) -> BacklogFinding {
        let table = self.tables.get(place.table);
        let line = table.and_then(|table| table.rows.get(place.line));
        let at = table.and_then(|table| table.columns.iter().position(|name| header_name(name) == column));
        let number = line.map(|line| line.number);
        let value = at.zip(line).map(|(at, line)| line.cell(at)).filter(|text| !text.is_empty() && column != "text");
        let cell = number.zip(at).and_then(|(row, at)| Some((u32::try_from(row).ok()?.checked_sub(1)?, u16::try_from(at).ok()?)));
        BacklogFinding {
            rule: rule.to_owned(),
            severity,
            sheet: table.filter(|_| self.is_workbook).map(|table| table.file.clone()),
            row: number.and_then(|row| i64::try_from(row).ok()),
            column: (!column.is_empty()).then(|| column.to_owned()),
            cell: cell.map(cell_name),
            value: value.map(shown),
            reason,
        }
    }
}

/// A value as it is shown beside what is wrong with it: one line, and no longer than that.
#[must_use]
pub fn shown(value: &str) -> String {
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN_MAX).collect();
    if value.chars().count() > SHOWN_MAX { format!("{line}…") } else { line }
}
