//! Checks across rows and files: keys, references, and what must agree. They need no database.

mod agree;
mod keys;
mod references;

use std::collections::BTreeSet;

use crate::office::import::cells::Record;
use crate::office::import::{CellFault, Sheets};

pub use references::{References, is_of_missing_file};

/// Records that are there already: pairs of file and key.
pub type Known = BTreeSet<(String, String)>;

/// Every fault of a folder: of form, and those that show only when rows are held beside each other. `known` are records of earlier
/// imports, which may be referred to without standing in the folder again.
#[must_use]
pub fn faults(sheets: &Sheets, known: &Known) -> Vec<CellFault> {
    let mut faults = sheets.faults.clone();
    let known: Known = known.union(&sheets.lost.keys).cloned().collect();
    keys::check(&sheets.office, &mut faults);
    references::check(sheets, &known, &mut faults);
    agree::check(sheets, &known, &mut faults);
    faults.sort();
    faults
}

/// A fault of one cell of a row that was read.
fn fault<R: Record>(row: &R, column: &str, value: impl ToString, reason: impl Into<String>) -> CellFault {
    let (file, row, value) = (format!("{}.csv", R::FILE), row.origin().row, value.to_string());
    CellFault { file, row, column: column.to_owned(), value, reason: reason.into() }
}
