//! A table as an Excel workbook: numbers are numbers, days are days, and words are never a formula.
//!
//! Rows go to a file aside as they come, so that a workbook takes as much memory as its compressed bytes, however many rows it has.

use std::path::Path;

use chrono::{Datelike, NaiveDate, Timelike};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::http::table::Cell;
use crate::http::table::cell::yes_or_no;
use crate::kernel::{Moment, Refusal};

const MONEY: &str = "#,##0.00";
const COUNT: &str = "0";
const DAY: &str = "yyyy-mm-dd";
const MOMENT: &str = "yyyy-mm-dd hh:mm:ss";
/// How many rows a sheet has at the most, its header among them.
const ROWS_MAX: u32 = 1_048_576;
/// How many characters a cell holds at the most.
const TEXT_MAX: usize = 32_767;
/// How many characters the name of a sheet has at the most.
const SHEET_NAME_MAX: usize = 31;
/// How wide columns are, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 12..=40;
const ID_WIDTH: usize = 38;
const MOMENT_WIDTH: usize = 20;

/// A workbook under way.
pub struct Book {
    file: Workbook,
    rows: u32,
    last_column: u16,
    /// Whether the last row holds totals, which a filter must not take for one of the others.
    is_totalled: bool,
    looks: Looks,
    total_looks: Looks,
}

/// How cells look.
struct Looks {
    head: Format,
    money: Format,
    count: Format,
    number: Format,
    day: Format,
    moment: Format,
}

impl Looks {
    fn new(plain: &Format) -> Self {
        let of = |text: &str| plain.clone().set_num_format(text);
        Self { head: Format::new().set_bold(), money: of(MONEY), count: of(COUNT), number: plain.clone(), day: of(DAY), moment: of(MOMENT) }
    }
}

impl Book {
    /// Begins a workbook with a sheet called `name`, whose header stays in sight. The same rows make the same bytes, whenever they are
    /// written: what a workbook says of its own making is the moment `made_at`. `folder` takes the rows while they come.
    ///
    /// # Errors
    /// A fault of the disk.
    pub fn new<'a>(name: &str, columns: impl Iterator<Item = &'a str>, made_at: Moment, folder: &Path) -> Result<Self, Refusal> {
        let (looks, total_looks) = (Looks::new(&Format::new()), Looks::new(&Format::new().set_bold()));
        let mut book = Self { file: Workbook::new(), rows: 1, last_column: 0, is_totalled: false, looks, total_looks };
        book.begin(name, columns, made_at, folder).map_err(Refusal::broken)?;
        Ok(book)
    }

    fn begin<'a>(&mut self, name: &str, columns: impl Iterator<Item = &'a str>, made_at: Moment, folder: &Path) -> Result<(), XlsxError> {
        let made = ExcelDateTime::from_timestamp(made_at.utc().timestamp())?;
        self.file.set_properties(&DocProperties::new().set_creation_datetime(&made));
        self.file.set_tempdir(folder)?;
        let sheet = self.file.add_worksheet_with_constant_memory()?;
        sheet.set_name(name.chars().take(SHEET_NAME_MAX).collect::<String>())?.set_freeze_panes(1, 0)?;
        for (column, name) in (0_u16..).zip(columns) {
            sheet.write_string_with_format(0, column, name, &self.looks.head)?;
            sheet.set_column_width(column, width(name))?;
            self.last_column = column;
        }
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the sheet is full; a fault of the disk.
    pub fn add(&mut self, cells: &[Cell]) -> Result<(), Refusal> {
        self.row(cells, false)
    }

    /// Adds the last row: totals, in bold and out of the filter's reach.
    ///
    /// # Errors
    /// As for [`Self::add`].
    pub fn total(&mut self, cells: &[Cell]) -> Result<(), Refusal> {
        self.is_totalled = true;
        self.row(cells, true)
    }

    fn row(&mut self, cells: &[Cell], is_total: bool) -> Result<(), Refusal> {
        if self.rows >= ROWS_MAX {
            let message = format!("An Excel sheet holds {ROWS_MAX} rows and this has more. Ask for CSV, or narrow the question.");
            return Err(Refusal::invalid("query:format", "too_many_rows", message));
        }
        let sheet = self.file.worksheet_from_index(0).map_err(Refusal::broken)?;
        let looks = if is_total { &self.total_looks } else { &self.looks };
        for (column, cell) in (0_u16..).zip(cells) {
            write(sheet, (self.rows, column), cell, looks).map_err(Refusal::broken)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Adds a sheet of names and values, one below the other.
    ///
    /// # Errors
    /// A fault of ours in a name.
    pub fn facts(&mut self, name: &str, facts: &[(String, Cell)]) -> Result<(), Refusal> {
        let add = |file: &mut Workbook| -> Result<(), XlsxError> {
            let sheet = file.add_worksheet();
            sheet.set_name(name)?.set_column_width(0, 40)?.set_column_width(1, 40)?;
            for (row, (name, cell)) in (0_u32..).zip(facts) {
                sheet.write_string_with_format(row, 0, name.as_str(), &self.looks.head)?;
                write(sheet, (row, 1), cell, &self.looks)?;
            }
            Ok(())
        };
        add(&mut self.file).map_err(Refusal::broken)
    }

    /// The file.
    ///
    /// # Errors
    /// A fault of the disk.
    pub fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        let (last_row, last_column) = (self.rows - 1 - u32::from(self.is_totalled), self.last_column);
        let sheet = self.file.worksheet_from_index(0).map_err(Refusal::broken)?;
        sheet.autofilter(0, 0, last_row, last_column).map_err(Refusal::broken)?;
        self.file.save_to_buffer().map_err(Refusal::broken)
    }
}

fn width(name: &str) -> u16 {
    let chars = match name {
        "id" => ID_WIDTH,
        name if name.ends_with("_id") => ID_WIDTH,
        name if name.ends_with("_at") => MOMENT_WIDTH,
        name => (name.len() + 2).clamp(*WIDTHS.start(), *WIDTHS.end()),
    };
    u16::try_from(chars).unwrap_or_default()
}

fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Cell, looks: &Looks) -> Result<(), XlsxError> {
    let number = |text: String| text.parse::<f64>().unwrap_or_default();
    match cell {
        Cell::Empty => {}
        Cell::Text(words) | Cell::Plain(words) => write_text(sheet, (row, column), words)?,
        Cell::Yes(is) => write_text(sheet, (row, column), yes_or_no(*is))?,
        Cell::Pounds(pence) => {
            sheet.write_number_with_format(row, column, number(format!("{}e-2", pence.0)), &looks.money)?;
        }
        Cell::Count(count) => {
            sheet.write_number_with_format(row, column, number(count.to_string()), &looks.count)?;
        }
        Cell::Number(quantity) => {
            sheet.write_number_with_format(row, column, number(quantity.to_string()), &looks.number)?;
        }
        Cell::Date(day) => match excel_day(*day) {
            Some(excel) => drop(sheet.write_datetime_with_format(row, column, excel, &looks.day)?),
            None => write_text(sheet, (row, column), &day.to_string())?,
        },
        Cell::Moment(at) => match excel_moment(*at) {
            Some(excel) => drop(sheet.write_datetime_with_format(row, column, excel, &looks.moment)?),
            None => write_text(sheet, (row, column), &at.to_string())?,
        },
    }
    Ok(())
}

/// Words, cut where a cell holds no more.
fn write_text(sheet: &mut Worksheet, (row, column): (u32, u16), words: &str) -> Result<(), XlsxError> {
    if words.is_empty() {
        return Ok(());
    }
    if words.chars().count() <= TEXT_MAX {
        sheet.write_string(row, column, words)?;
    } else {
        let cut: String = words.chars().take(TEXT_MAX - 1).chain(['…']).collect();
        sheet.write_string(row, column, cut)?;
    }
    Ok(())
}

/// The day, where Excel knows it: it begins with 1900.
fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let part = |number: u32| u8::try_from(number).ok();
    let year = u16::try_from(day.year()).ok().filter(|year| *year >= 1900)?;
    ExcelDateTime::from_ymd(year, part(day.month())?, part(day.day())?).ok()
}

/// The moment in UTC, to the millisecond.
fn excel_moment(at: Moment) -> Option<ExcelDateTime> {
    let utc = at.utc();
    let time = utc.time();
    let milli = u16::try_from(time.nanosecond() / 1_000_000).ok()?;
    let (hour, minute, second) = (u16::try_from(time.hour()).ok()?, u8::try_from(time.minute()).ok()?, u8::try_from(time.second()).ok()?);
    excel_day(utc.date_naive())?.and_hms_milli(hour, minute, second, milli).ok()
}
