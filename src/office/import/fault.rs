//! What is wrong in the cells of a folder, as a list for a person.

use std::fmt::Write;

use crate::kernel::table::CellFault;

/// How much of a wrong value is shown.
const SHOWN_MAX: usize = 40;

fn place(fault: &CellFault) -> String {
    if fault.row == 0 { String::new() } else { format!("row {}", fault.row) }
}

fn shown(fault: &CellFault) -> String {
    let line: String = fault.value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= SHOWN_MAX {
        return if line.is_empty() { String::new() } else { format!("`{line}`") };
    }
    format!("`{}…`", line.chars().take(SHOWN_MAX).collect::<String>())
}

/// The faults in aligned lines, and how many there are.
#[must_use]
pub fn listing(faults: &[CellFault]) -> String {
    let cells: Vec<[String; 4]> =
        faults.iter().map(|fault| [fault.file.clone(), place(fault), fault.column.clone(), shown(fault)]).collect();
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
