//! The cells of a workbook's sheets, read one by one and no more of them than a return can have.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use chrono::{Days, NaiveDate};

use super::rules::{At, BookRule, READ, WorkbookFinding, numbered};

/// How much of a workbook is looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::returns) struct Bounds {
    /// How many cells of a sheet, blank ones included.
    pub(in crate::returns) cells: usize,
    /// In which rows something may stand.
    pub(in crate::returns) rows: u32,
    /// How long the texts of all cells are together, in bytes.
    pub(in crate::returns) texts: usize,
    /// What to do where there is more.
    pub(in crate::returns) make_smaller: &'static str,
    /// What to do where a sheet cannot be read.
    pub(in crate::returns) save_again: &'static str,
}

/// Far more than any return has.
const OF_A_RETURN: Bounds = Bounds {
    cells: 50_000,
    rows: 5_000,
    texts: 8_000_000,
    make_smaller: "Download the workbook of this return again and fill in only the cells that are meant for it.",
    save_again: "Download the workbook of this return again and copy your figures into it.",
};

/// The longest text of a cell, in bytes.
const TEXT_MAX: usize = 131_072;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::returns) enum Held {
    Text(String),
    Number(f64),
    Flag(bool),
    Day(NaiveDate),
    /// `#REF!` and the like.
    Broken,
    Formula,
}

/// What stands on a sheet.
#[derive(Debug, Clone, Default)]
pub(in crate::returns) struct Grid {
    cells: BTreeMap<At, Held>,
}

impl Grid {
    /// What stands in a cell; nothing where it is blank.
    pub(in crate::returns) fn at(&self, at: At) -> Option<&Held> {
        self.cells.get(&at)
    }

    /// All cells in which something stands, row by row.
    pub(in crate::returns) fn cells(&self) -> impl Iterator<Item = (&At, &Held)> {
        self.cells.iter()
    }

    /// The rows from `first` on in which something stands.
    pub(in crate::returns) fn rows(&self, first: u32) -> Vec<u32> {
        let mut rows: Vec<u32> = self.cells.range((first, 0)..).map(|((row, _), _)| *row).collect();
        rows.dedup();
        rows
    }
}

/// The sheets of a return that are read, as far as they are there, and the names of all.
pub(super) struct Sheets {
    pub(super) grids: HashMap<&'static str, Grid>,
    pub(super) names: Vec<String>,
    /// The number of the return in a workbook of several.
    pub(super) number: Option<u32>,
}

fn damaged(what: &str, bounds: &Bounds) -> WorkbookFinding {
    WorkbookFinding::of_file(BookRule::Damaged, format!("{what} cannot be read."), bounds.save_again)
}

/// Opens a file that was checked.
///
/// # Errors
/// It cannot be read.
pub(in crate::returns) fn open<'b>(bytes: &'b [u8], bounds: &Bounds) -> Result<Xlsx<Cursor<&'b [u8]>>, Box<WorkbookFinding>> {
    Xlsx::new(Cursor::new(bytes)).map_err(|_| Box::new(damaged("The workbook", bounds)))
}

/// The names of its sheets, in their order.
pub(in crate::returns) fn sheet_names(book: &Xlsx<Cursor<&[u8]>>) -> Vec<String> {
    book.sheet_names()
}

/// Reads the sheets of a file that was checked, for each of these numbers.
///
/// # Errors
/// What stops it from being read.
pub(super) fn sheets(bytes: &[u8], numbers: &[Option<u32>]) -> Result<Vec<Sheets>, Box<WorkbookFinding>> {
    let mut book = open(bytes, &OF_A_RETURN)?;
    let names = book.sheet_names();
    let mut left = OF_A_RETURN.texts;
    let mut all = Vec::new();
    for number in numbers {
        let mut grids = HashMap::new();
        for sheet in READ {
            let own = numbered(sheet, *number);
            if names.contains(&own) {
                grids.insert(sheet, grid(&mut book, &own, &OF_A_RETURN, &mut left)?);
            }
        }
        all.push(Sheets { grids, names: names.clone(), number: *number });
    }
    Ok(all)
}

/// Reads a sheet cell by cell; `left` is how much text may still come.
///
/// # Errors
/// It cannot be read, or holds more than is looked at.
pub(in crate::returns) fn grid(
    book: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    bounds: &Bounds,
    left: &mut usize,
) -> Result<Grid, Box<WorkbookFinding>> {
    let broken = || Box::new(WorkbookFinding { sheet: Some(sheet.to_owned()), ..damaged(&format!("The sheet `{sheet}`"), bounds) });
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|_| broken())?;
    let mut grid = Grid::default();
    let mut seen = 0;
    // The reader that tells formulas without spelling each of them out.
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|_| broken())? {
        seen += 1;
        let held = if cell.formula.is_some() { Some(Held::Formula) } else { held(&cell.value) };
        let (row, column) = cell.pos;
        let is_beyond = seen > bounds.cells || (held.is_some() && row >= bounds.rows);
        let length = if let Some(Held::Text(text)) = &held { text.len() } else { 0 };
        if is_beyond || length > TEXT_MAX || length > *left {
            return Err(Box::new(too_many(sheet, bounds)));
        }
        *left -= length;
        if let (Some(held), Ok(column)) = (held, u16::try_from(column)) {
            grid.cells.insert((row, column), held);
        }
    }
    Ok(grid)
}

fn too_many(sheet: &str, bounds: &Bounds) -> WorkbookFinding {
    let message = format!("There is far more on the sheet `{sheet}` than is taken, so it was not read.");
    WorkbookFinding { sheet: Some(sheet.to_owned()), ..WorkbookFinding::of_file(BookRule::TooLarge, message, bounds.make_smaller) }
}

fn held(value: &DataRef<'_>) -> Option<Held> {
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => number.to_string().parse().ok().map(Held::Number),
        DataRef::Float(number) => Some(Held::Number(*number)),
        DataRef::Bool(flag) => Some(Held::Flag(*flag)),
        DataRef::Error(_) => Some(Held::Broken),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let day = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
            Some(day.filter(|_| moment.is_datetime()).map_or(Held::Broken, Held::Day))
        }
        DataRef::DateTimeIso(text) => Some(text.get(..10).and_then(|day| day.parse().ok()).map_or(Held::Broken, Held::Day)),
        DataRef::DurationIso(_) => Some(Held::Broken),
        DataRef::String(text) => kept(text),
        DataRef::SharedString(text) => kept(text),
    }
}

/// A text that says something. One that is longer than any cell's is cut before it is copied, and refused after.
fn kept(text: &str) -> Option<Held> {
    let text = text.trim();
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at > TEXT_MAX).unwrap_or(text.len());
    (!text.is_empty()).then(|| Held::Text(text.get(..end).unwrap_or_default().to_owned()))
}

/// The day that a plain number stands for in a spreadsheet, within this century and the one around it.
pub(in crate::returns) fn day_of(number: f64) -> Option<NaiveDate> {
    let days: u64 = format!("{number:.0}").parse().ok().filter(|days| (1..=100_000).contains(days))?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
}
