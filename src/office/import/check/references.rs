//! Every reference leads to a record that was known by then.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::office::import::cells::Record;
use crate::office::import::check::{Known, fault};
use crate::office::import::folder::Look;
use crate::office::import::{CellFault, Office};

/// The references of one row.
#[derive(Debug, Default)]
pub struct References {
    found: Vec<Reference>,
}

impl References {
    /// A cell that names a record of another file.
    pub fn one<To: Record>(&mut self, column: &'static str, key: &str) {
        self.found.push(Reference { column, file: To::FILE, key: key.to_owned(), is_today: false });
    }

    /// A cell that may name a record of another file.
    pub fn may<To: Record>(&mut self, column: &'static str, key: Option<&String>) {
        self.all::<To>(column, key);
    }

    /// A list of records of another file.
    pub fn all<'a, To: Record>(&mut self, column: &'static str, keys: impl IntoIterator<Item = &'a String>) {
        self.found.extend(keys.into_iter().map(|key| Reference { column, file: To::FILE, key: key.clone(), is_today: false }));
    }

    /// Records that a person of today belongs to.
    pub fn now<'a, To: Record>(&mut self, column: &'static str, keys: impl IntoIterator<Item = &'a String>) {
        self.found.extend(keys.into_iter().map(|key| Reference { column, file: To::FILE, key: key.clone(), is_today: true }));
    }
}

#[derive(Debug)]
struct Reference {
    column: &'static str,
    file: &'static str,
    key: String,
    /// Whether the row stands for today, whenever the other record became known.
    is_today: bool,
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

pub(super) fn check(office: &Office, known: &Known, faults: &mut Vec<CellFault>) {
    let mut index = Index::default();
    office.each(&mut index);
    office.each(&mut Follow { index: &index, known, faults });
}

struct Follow<'a> {
    index: &'a Index,
    known: &'a Known,
    faults: &'a mut Vec<CellFault>,
}

impl Look for Follow<'_> {
    fn rows<R: Record>(&mut self, rows: &[R]) {
        for row in rows {
            let mut references = References::default();
            row.refers(&mut references);
            for Reference { column, file, key, is_today } in references.found {
                let reason = match self.index.first.get(&(file, key.clone())) {
                    Some(first) if *first > row.origin().known_from && !is_today => {
                        let day = first.map(|day| day.to_string()).unwrap_or_default();
                        format!("`{key}` in {file}.csv was known from {day} only, later than this row")
                    }
                    None if !self.known.contains(&(file.to_owned(), key.clone())) => format!("`{key}` is not a key of {file}.csv"),
                    _ => continue,
                };
                self.faults.push(fault(row, column, key, reason));
            }
        }
    }
}
