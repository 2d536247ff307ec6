//! What is wrong in a cell, and where a person finds it.

use std::fmt::Write;

/// How much of a wrong value is shown.
const SHOWN_MAX: usize = 40;

/// One fault of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellFault {
    /// The file: `awards.csv`.
    pub file: String,
    /// The row as a spreadsheet numbers it: the header is row 1. 0 for the file as a whole.
    pub row: usize,
    /// The column's name; empty for a row or file as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong with it and how to mend it.
    pub reason: String,
}

impl CellFault {
    /// A fault of a whole file.
    pub fn of_file(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), row: 0, column: String::new(), value: String::new(), reason: reason.into() }
    }

    fn place(&self) -> String {
        if self.row == 0 { String::new() } else { format!("row {}", self.row) }
    }

    fn shown(&self) -> String {
        let line: String = self.value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if line.chars().count() <= SHOWN_MAX {
            return if line.is_empty() { String::new() } else { format!("`{line}`") };
        }
        format!("`{}…`", line.chars().take(SHOWN_MAX).collect::<String>())
    }
}

/// The faults in aligned lines, and how many there are.
#[must_use]
pub fn listing(faults: &[CellFault]) -> String {
    let cells: Vec<[String; 4]> =
        faults.iter().map(|fault| [fault.file.clone(), fault.place(), fault.column.clone(), fault.shown()]).collect();
    let width = |at: usize| cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for (row, fault) in cells.iter().zip(faults) {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(out, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", fault.reason);
    }
    let _ = write!(out, "{}", if faults.len() == 1 { "1 fault.".to_owned() } else { format!("{} faults.", faults.len()) });
    out
}

/// How many faults a listing shows in full: beyond it a mistake of the whole file repeats itself.
pub const LISTED_MAX: usize = 1000;
