//! Reading a file: CSV as spreadsheets write it, or a workbook, each of whose sheets with the columns of returns is a table.

use super::rules::{BacklogFinding, COLUMNS, ROWS_MAX, Sheets, header_name, shown};
use crate::kernel::table::{self, CellFault, Line, Table};
use crate::returns::workbook::cells::{self, Bounds, Grid, Held};
use crate::returns::workbook::rules::{WorkbookFinding, cell_name};
use crate::returns::workbook::unpack::{self, Limits};

const SAVE_AGAIN: &str =
    "Copy the rows into a new workbook as values (Paste special, Values) and save it as .xlsx, or save the sheet as CSV UTF-8.";
const MAKE_SMALLER: &str = "Divide it: each file is an import of its own.";

const LIMITS: Limits =
    Limits { sheet: 40_000_000, texts: 15_000_000, whole: 60_000_000, save_again: SAVE_AGAIN, make_smaller: MAKE_SMALLER };
const BOUNDS: Bounds = Bounds { cells: 500_000, rows: 1_048_576, texts: 20_000_000, make_smaller: MAKE_SMALLER, save_again: SAVE_AGAIN };

/// The columns by which a sheet is known to hold returns.
const MARKS: [&str; 3] = ["award", "period", "kind"];

/// Takes a file apart.
pub(super) fn file(bytes: &[u8], name: &str) -> Sheets {
    // A workbook is an archive, and one that is locked or old is known by how it begins too; all else is text.
    let is_workbook = bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let mut sheets = if is_workbook { workbook(bytes) } else { csv(bytes, name) };
    if sheets.row_count() > ROWS_MAX {
        let reason = format!("The file has {} rows, and at most {ROWS_MAX} are taken. {MAKE_SMALLER}", sheets.row_count());
        return Sheets { findings: vec![BacklogFinding::of_file("too_large", reason)], is_workbook, ..Sheets::default() };
    }
    if sheets.row_count() == 0 && sheets.findings.is_empty() {
        sheets.findings.push(BacklogFinding::of_file("nothing_written", "The file has no rows below its first one."));
    }
    sheets
}

fn csv(bytes: &[u8], name: &str) -> Sheets {
    let mut faults = Vec::new();
    let table = table::read(name, bytes, &mut faults);
    let cell = |fault: &CellFault| {
        let column = table.columns.iter().position(|column| *column == fault.column && !column.is_empty())?;
        Some(cell_name((u32::try_from(fault.row.checked_sub(1)?).ok()?, u16::try_from(column).ok()?)))
    };
    let findings = faults.iter().map(|fault| BacklogFinding {
        row: i64::try_from(fault.row).ok().filter(|row| *row > 0),
        column: (!fault.column.is_empty()).then(|| header_name(&fault.column)),
        cell: cell(fault),
        value: (!fault.value.is_empty() && header_name(&fault.column) != "text").then(|| shown(&fault.value)),
        ..BacklogFinding::of_file("wrong_format", sentence(&fault.reason))
    });
    let findings = findings.collect();
    Sheets { tables: vec![table], findings, ..Sheets::default() }
}

/// A reason as a sentence.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}

fn unreadable(found: &WorkbookFinding) -> Sheets {
    let reason = format!("{} {}", found.message, found.mend);
    let finding = BacklogFinding { sheet: found.sheet.clone(), ..BacklogFinding::of_file(&found.rule, reason) };
    Sheets { findings: vec![finding], is_workbook: true, ..Sheets::default() }
}

fn workbook(bytes: &[u8]) -> Sheets {
    let mut sheets = Sheets { is_workbook: true, ..Sheets::default() };
    let mut book = match unpack::check(bytes, &LIMITS).and_then(|()| cells::open(bytes, &BOUNDS)) {
        Ok(book) => book,
        Err(finding) => return unreadable(&finding),
    };
    let mut left = BOUNDS.texts;
    for name in cells::sheet_names(&book) {
        let grid = match cells::grid(&mut book, &name, &BOUNDS, &mut left) {
            Ok(grid) => grid,
            Err(finding) => return unreadable(&finding),
        };
        let (table, findings) = table_of(&name, &grid);
        let is_ours = MARKS.iter().all(|mark| table.columns.iter().any(|column| header_name(column) == *mark));
        if is_ours {
            sheets.tables.push(table);
            sheets.findings.extend(findings);
        } else if !table.columns.is_empty() {
            sheets.passed_over.push(shown(&name));
        }
    }
    if sheets.tables.is_empty() {
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        let reason = format!("No sheet has a first row with the columns of returns: {}.", names.join(", "));
        sheets.findings.push(BacklogFinding::of_file("sheet_missing", reason));
    }
    sheets
}

/// A sheet as a table: its first row names the columns.
fn table_of(name: &str, grid: &Grid) -> (Table, Vec<BacklogFinding>) {
    let mut table = Table { file: name.to_owned(), ..Table::default() };
    let mut findings = Vec::new();
    let mut lines: Vec<(u32, Vec<String>)> = Vec::new();
    for ((row, column), held) in grid.cells() {
        if lines.last().is_none_or(|(last, _)| last != row) {
            lines.push((*row, Vec::new()));
        }
        let Some((_, cells)) = lines.last_mut() else { continue };
        cells.resize(usize::from(*column), String::new());
        cells.push(text(held).unwrap_or_default());
        if let Some((rule, reason)) = wrong(held) {
            findings.push(BacklogFinding {
                sheet: Some(name.to_owned()),
                row: Some(i64::from(*row) + 1),
                cell: Some(cell_name((*row, *column))),
                ..BacklogFinding::of_file(rule, reason)
            });
        }
    }
    for (row, cells) in lines {
        let number = usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1);
        if number == 1 {
            table.columns = cells;
        } else {
            table.rows.push(Line::new(number, cells));
        }
    }
    for finding in &mut findings {
        let at = finding.cell.as_ref().and_then(|cell| {
            (0..).zip(&table.columns).find(|(at, _)| *cell == cell_name((u32::try_from(finding.row.unwrap_or(1) - 1).unwrap_or(0), *at)))
        });
        finding.column = at.map(|(_, name)| header_name(name)).filter(|name| !name.is_empty());
    }
    (table, findings)
}

fn text(held: &Held) -> Option<String> {
    match held {
        Held::Text(text) => Some(text.clone()),
        Held::Number(number) => Some(plain_number(*number)),
        Held::Flag(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        Held::Day(day) => Some(day.to_string()),
        Held::Broken | Held::Formula => None,
    }
}

/// A number as a person would type it. A cell holds the nearest binary number, which is not told apart from what has three decimals.
fn plain_number(number: f64) -> String {
    let rounded = format!("{number:.3}");
    let is_exact = rounded.parse::<f64>().is_ok_and(|near| (near - number).abs() < 1e-5);
    if is_exact { rounded.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_string() }
}

fn wrong(held: &Held) -> Option<(&'static str, &'static str)> {
    match held {
        Held::Formula => Some((
            "formula",
            "A formula stands here; what it comes to depends on the program that opens it. Copy the cells and paste them as values.",
        )),
        Held::Broken => Some(("wrong_type", "There is an error in this cell. Type the value itself.")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_type_them() {
        for (number, text) in [(1161.0, "1161"), (0.1 + 0.2, "0.3"), (1234.5, "1234.5"), (0.0, "0"), (0.12345, "0.12345"), (2000.0, "2000")]
        {
            assert_eq!(plain_number(number), text);
        }
    }

    #[test]
    fn csv_names_its_faults_by_cell() {
        let sheets = file(b"award,period,kind,item,value\nA,2018-19-Q1,spend,Caf\xe9,5\n", "old.csv");
        let [finding] = sheets.findings.as_slice() else { panic!("{:?}", sheets.findings) };
        assert_eq!((finding.cell.as_deref(), finding.column.as_deref(), finding.row), (Some("D2"), Some("item"), Some(2)));
        assert_eq!(file(b"award,period\n", "old.csv").findings[0].rule, "nothing_written");
        let many = format!("award\n{}", "x\n".repeat(ROWS_MAX + 1));
        assert_eq!(file(many.as_bytes(), "old.csv").findings[0].rule, "too_large");
    }
}
