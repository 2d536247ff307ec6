//! Every reference leads to a record that was known by then.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::office::import::cells::Record;
use crate::office::import::check::{Known, fault};
use crate::office::import::folder::Look;
use crate::office::import::{CellFault, Sheets};

/// The references of one row.
#[derive(Debug, Default)]
pub struct References {
    found: Vec<Reference>,
}

impl References {
    /// A cell that names a record of another file.
    pub fn one<To: Record>(&mut self, column: &'static str, key: &str) {
        self.found.push(Reference::of::<To>(column, key));
    }

    /// A cell that names the record of another file that this row is a part of.
    pub fn whole<To: Record>(&mut self, column: &'static str, key: &str) {
        self.found.push(Reference { is_whole: true, ..Reference::of::<To>(column, key) });
    }

    /// A cell that may name a record of another file.
    pub fn may<To: Record>(&mut self, column: &'static str, key: Option<&String>) {
        self.all::<To>(column, key);
    }

    /// A list of records of another file.
    pub fn all<'a, To: Record>(&mut self, column: &'static str, keys: impl IntoIterator<Item = &'a String>) {
        self.found.extend(keys.into_iter().map(|key| Reference::of::<To>(column, key)));
    }

    /// Records that a person of today belongs to.
    pub fn now<'a, To: Record>(&mut self, column: &'static str, keys: impl IntoIterator<Item = &'a String>) {
        self.found.extend(keys.into_iter().map(|key| Reference { is_today: true, ..Reference::of::<To>(column, key) }));
    }
}

#[derive(Debug)]
struct Reference {
    column: &'static str,
    file: &'static str,
    key: String,
    /// Whether the row stands for today, whenever the other record became known.
    is_today: bool,
    /// Whether the row is a part of the other one, so that both are told together.
    is_whole: bool,
}

impl Reference {
    fn of<To: Record>(column: &'static str, key: &str) -> Self {
        Self { column, file: To::FILE, key: key.to_owned(), is_today: false, is_whole: false }
    }
}

/// The day from which each key of each file was first known; none for the beginning.
#[derive(Default)]
struct Index {
    first: BTreeMap<(&'static str, String), Option<NaiveDate>>,
}

impl Look for Index {
    fn rows<R: Record>(&mut self, rows: &[R]) {
        for row in rows {
            self.first.entry((R::FILE, row.key())).or_insert(row.origin().known_from);
        }
    }
}

pub(super) fn check(sheets: &Sheets, known: &Known, faults: &mut Vec<CellFault>) {
    let mut index = Index::default();
    sheets.office.each(&mut index);
    let mut follow = Follow { sheets, index: &index, known, faults, missing: BTreeMap::new() };
    sheets.office.each(&mut follow);
    let missing = std::mem::take(&mut follow.missing);
    for (file, Missing { count, first }) in missing {
        let cells = if count == 1 { "1 cell refers".to_owned() } else { format!("{count} cells refer") };
        let reason = format!("{NOT_THERE}, and {cells} to it; the first is {first}");
        faults.push(CellFault::of_file(&format!("{file}.csv"), reason));
    }
}

/// How the fault of a file begins that others refer to.
const NOT_THERE: &str = "is not in the folder";

/// Whether a fault says that a file is not there to which others refer.
#[must_use]
pub fn is_of_missing_file(fault: &CellFault) -> bool {
    fault.row == 0 && fault.reason.starts_with(NOT_THERE)
}

/// References into a file that is not there.
struct Missing {
    count: usize,
    first: String,
}

struct Follow<'a> {
    sheets: &'a Sheets,
    index: &'a Index,
    known: &'a Known,
    faults: &'a mut Vec<CellFault>,
    missing: BTreeMap<&'static str, Missing>,
}

impl Follow<'_> {
    /// Whether nothing is known of a file: it is neither in the folder nor of an earlier import.
    fn lacks(&self, file: &str) -> bool {
        !self.sheets.has(&format!("{file}.csv")) && !self.known.iter().any(|(known, _)| known == file)
    }
}

impl Look for Follow<'_> {
    fn rows<R: Record>(&mut self, rows: &[R]) {
        for row in rows {
            let mut references = References::default();
            row.refers(&mut references);
            for Reference { column, file, key, is_today, is_whole } in references.found {
                let reason = match self.index.first.get(&(file, key.clone())) {
                    Some(first) if *first > row.origin().known_from && !is_today => {
                        let day = first.map(|day| day.to_string()).unwrap_or_default();
                        format!("`{key}` in {file}.csv was known from {day} only, later than this row")
                    }
                    None if self.lacks(file) => {
                        let first = || format!("`{key}` in {}.csv, row {}", R::FILE, row.origin().row);
                        self.missing.entry(file).or_insert_with(|| Missing { count: 0, first: first() }).count += 1;
                        continue;
                    }
                    None if !self.known.contains(&(file.to_owned(), key.clone())) => format!("`{key}` is not a key of {file}.csv"),
                    None if is_whole && !self.sheets.lost.keys.contains(&(file.to_owned(), key.clone())) => {
                        format!(
                            "`{key}` was imported before, and this row is a part of it: add a row for it to {file}.csv with the same `known_from`"
                        )
                    }
                    _ => continue,
                };
                self.faults.push(fault(row, column, key, reason));
            }
        }
    }
}
