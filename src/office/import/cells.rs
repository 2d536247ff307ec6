//! The cells of one row, asked for by name. What is asked for is what the file may hold: the list of columns is kept nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::kernel::Pence;
use crate::kernel::figure::{FigureNote, FigureStatus, Precision};
use crate::office::import::CellFault;
use crate::office::import::check::References;
use crate::office::import::parse::{self, Number, Parsed};
use crate::office::import::table::{Line, Table};

/// A kind of row: one file of a folder.
pub trait Record: Sized + Serialize {
    /// The file's name without `.csv`.
    const FILE: &'static str;
    /// Takes a row. `None` where a fault was found that leaves nothing to check further.
    fn read(cells: &mut Cells<'_>) -> Option<Self>;
    /// What identifies the record; columns joined by `/` where there are several.
    fn key(&self) -> String;
    /// The records that the row refers to.
    fn refers(&self, _to: &mut References) {}
    /// Where the row stands and what it says of itself.
    fn origin(&self) -> &Origin;
}

/// What every row says of itself.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Origin {
    /// Its row in the file.
    #[serde(skip)]
    pub row: usize,
    /// A remark for people.
    #[serde(skip)]
    pub note: Option<String>,
    /// Where the fact is printed.
    pub evidence: Vec<String>,
    /// Not in the papers.
    pub illustrative: bool,
    /// What the papers do not print: columns, and ids of rules.
    pub not_evidenced: Vec<String>,
    /// The day from which the fact was known; from the beginning where there is none.
    pub known_from: Option<NaiveDate>,
}

/// What rows of figures say of their figure.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Print {
    /// How final it is; final where nothing is said.
    pub status: Option<FigureStatus>,
    /// How exactly it is printed.
    pub precision: Option<Precision>,
    /// The step to which it was rounded, in the unit of the figure.
    pub rounding_unit: Option<Number>,
    /// The word printed before it.
    pub qualifier: Option<String>,
}

impl Print {
    /// What the service keeps of it beside an amount of money.
    #[must_use]
    pub fn note(&self) -> FigureNote {
        FigureNote {
            figure_status: self.status.unwrap_or(FigureStatus::Final),
            precision: self.precision,
            rounding_unit_pence: self.rounding_unit.as_ref().and_then(|unit| Pence::from_pounds(&unit.0).ok()),
            qualifier: self.qualifier.clone(),
        }
    }
}

/// The column that says since when a row was known.
const KNOWN_FROM: &str = "known_from";

/// The cells of one row.
pub struct Cells<'a> {
    places: &'a BTreeMap<&'a str, usize>,
    table: &'a Table,
    line: &'a Line,
    asked: Vec<(&'static str, bool)>,
    excused: Vec<String>,
    faults: Vec<CellFault>,
}

impl Cells<'_> {
    fn raw(&mut self, column: &'static str, needed: bool) -> &str {
        if !self.asked.iter().any(|(known, _)| *known == column) {
            self.asked.push((column, needed));
        }
        self.places.get(column).map_or("", |at| self.line.cell(*at))
    }

    /// Notes that this cell is wrong.
    pub fn fault(&mut self, column: &'static str, reason: impl Into<String>) {
        let value = self.places.get(column).map_or("", |at| self.line.cell(*at)).to_owned();
        let (file, row, reason) = (self.table.file.clone(), self.line.number, reason.into());
        self.faults.push(CellFault { file, row, column: column.to_owned(), value, reason });
    }

    fn parsed<T>(&mut self, column: &'static str, text: &str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.fault(column, reason);
                None
            }
        }
    }

    /// A cell that may be empty.
    pub fn may<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        let text = self.raw(column, false).to_owned();
        if text.is_empty() { None } else { self.parsed(column, &text, parse) }
    }

    /// A cell that must have a value, unless the row says that the value is not evidenced.
    pub fn need<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        let text = self.raw(column, true).to_owned();
        if text.is_empty() {
            if !self.is_excused(column) {
                self.fault(column, "a value is needed here, or the column's name in `not_evidenced`");
            }
            return None;
        }
        self.parsed(column, &text, parse)
    }

    /// A cell without which there is no record.
    pub fn must<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        let text = self.raw(column, true).to_owned();
        if text.is_empty() {
            self.fault(column, "a value is needed here");
            return None;
        }
        self.parsed(column, &text, parse)
    }

    /// A cell that must have a value where `needed`, unless the row says that the value is not evidenced.
    pub fn need_if<T>(&mut self, needed: bool, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Option<T> {
        let text = self.raw(column, false).to_owned();
        if text.is_empty() {
            if needed && !self.is_excused(column) {
                self.fault(column, "a value is needed here, or the column's name in `not_evidenced`");
            }
            return None;
        }
        self.parsed(column, &text, parse)
    }

    /// A number that counts from 1.
    pub fn from_one(&mut self, column: &'static str, number: Option<i32>) {
        if number == Some(0) {
            self.fault(column, "counts from 1");
        }
    }

    /// A list, its values separated by `;`.
    pub fn list<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Vec<T> {
        let text = self.raw(column, false).to_owned();
        self.items(column, &text, parse)
    }

    /// A list that must have a value, unless the row says that it is not evidenced.
    pub fn need_list<T>(&mut self, column: &'static str, parse: impl Fn(&str) -> Parsed<T>) -> Vec<T> {
        let text = self.need(column, parse::long_text).unwrap_or_default();
        self.items(column, &text, parse)
    }

    fn items<T>(&mut self, column: &'static str, text: &str, parse: impl Fn(&str) -> Parsed<T>) -> Vec<T> {
        let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        for (at, part) in parts.iter().enumerate() {
            if parts.iter().take(at).any(|earlier| earlier == part) {
                self.fault(column, format!("`{part}` stands twice in this list"));
            }
        }
        parts.iter().filter_map(|part| self.parsed(column, part, |part| parse(part).map_err(|why| format!("`{part}` {why}")))).collect()
    }

    /// Two dates that must not be reversed.
    pub fn span(&mut self, from: Option<NaiveDate>, to: Option<NaiveDate>, column: &'static str) {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            self.fault(column, format!("lies before {from}, the day it should follow"));
        }
    }

    /// Whether this row says that the column's value is not evidenced.
    #[must_use]
    pub fn is_excused(&self, column: &str) -> bool {
        self.excused.iter().any(|excused| excused == column)
    }

    /// Whether the row is marked as not in the papers.
    pub fn is_illustrative(&mut self) -> bool {
        self.raw("illustrative", false).eq_ignore_ascii_case("yes")
    }

    /// The columns that close every file.
    pub fn origin(&mut self) -> Origin {
        let note = self.may("note", parse::long_text);
        let evidence = self.list("evidence", parse::text);
        let illustrative = self.may("illustrative", parse::yes_no).unwrap_or(false);
        let not_evidenced = self.list("not_evidenced", parse::text);
        let known_from = self.may(KNOWN_FROM, parse::date);
        Origin { row: self.line.number, note, evidence, illustrative, not_evidenced, known_from }
    }

    /// The columns that files of figures have besides.
    pub fn print(&mut self) -> Print {
        let status = self.may("status", parse::word::<FigureStatus>);
        let precision = self.may("precision", parse::word::<Precision>);
        let rounding_unit = self.may("rounding_unit", parse::number);
        let qualifier = self.may("qualifier", parse::text);
        Print { status, precision, rounding_unit, qualifier }
    }
}

/// Rows that could not be taken: other rows may still refer to them, and sums over their file mean nothing.
#[derive(Debug, Clone, Default)]
pub struct Lost {
    /// Their files.
    pub files: BTreeSet<&'static str>,
    /// Their files and keys.
    pub keys: BTreeSet<(String, String)>,
}

/// A word from this list.
pub fn one_of(words: &'static [&'static str]) -> impl Fn(&str) -> Parsed<String> {
    move |text| if words.contains(&text) { Ok(text.to_owned()) } else { Err(format!("is not one of {}", words.join(", "))) }
}

/// Takes all rows of a file. The keys of rows that could not be taken go to `lost`.
pub fn rows<R: Record>(table: &Table, lost: &mut Lost, faults: &mut Vec<CellFault>) -> Vec<R> {
    let places: BTreeMap<&str, usize> = table.columns.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let asked = columns_of::<R>();
    check_header(table, &asked, faults);
    let mut out = Vec::with_capacity(table.rows.len());
    for line in &table.rows {
        let excused = places.get("not_evidenced").map_or("", |at| line.cell(*at)).split(';').map(|word| word.trim().to_owned()).collect();
        let mut cells = Cells { places: &places, table, line, asked: Vec::new(), excused, faults: Vec::new() };
        let record = R::read(&mut cells);
        // Whose time is not known can be held against nothing.
        let record = record.filter(|_| cells.faults.iter().all(|fault| fault.column != KNOWN_FROM));
        if record.is_none() {
            lost.files.insert(R::FILE);
            lost.keys.insert((R::FILE.to_owned(), places.get("key").map_or("", |at| line.cell(*at)).to_owned()));
        }
        for word in cells.excused.clone().iter().filter(|word| !word.is_empty()) {
            let is_rule = word.strip_prefix('R').is_some_and(|digits| digits.len() == 2 && digits.chars().all(|c| c.is_ascii_digit()));
            if !is_rule && !asked.iter().any(|(column, _)| column == word) {
                cells.fault("not_evidenced", format!("`{word}` is neither a column of this file nor a rule such as R67"));
            }
        }
        // A column that is not there at all is one fault, not one a row.
        cells.faults.retain(|fault| places.contains_key(fault.column.as_str()));
        faults.append(&mut cells.faults);
        out.extend(record);
    }
    out
}

/// The columns that a kind of row asks for, and whether each must be there: learned from an empty row.
pub fn columns_of<R: Record>() -> Vec<(&'static str, bool)> {
    let (places, mut faults) = (BTreeMap::new(), Vec::new());
    let table = crate::office::import::table::read(R::FILE, b"key\nx\n", &mut faults);
    let Some(line) = table.rows.first() else { return Vec::new() };
    let mut cells = Cells { places: &places, table: &table, line, asked: Vec::new(), excused: Vec::new(), faults };
    let _ = R::read(&mut cells);
    cells.asked
}

fn check_header(table: &Table, asked: &[(&'static str, bool)], faults: &mut Vec<CellFault>) {
    if table.columns.len() < 2 {
        return;
    }
    let mut fault = |column: &str, reason: String| {
        faults.push(CellFault { row: 1, column: column.to_owned(), ..CellFault::of_file(&table.file, reason) });
    };
    for column in table.columns.iter().filter(|column| !column.is_empty()) {
        if !asked.iter().any(|(known, _)| known == column) {
            let known: Vec<&str> = asked.iter().map(|(known, _)| *known).collect();
            fault(column, format!("is not a column of this file; it has {}", known.join(", ")));
        }
    }
    for (column, _) in asked.iter().filter(|(column, needed)| *needed && !table.columns.iter().any(|known| known == column)) {
        fault(column, "this column is missing".to_owned());
    }
}
