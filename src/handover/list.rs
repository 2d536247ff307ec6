//! Every table and column, in words: the one list of what an office holds. A test holds it against the schema of both engines.
//!
//! The tables stand in an order in which each comes after those that it names.

use crate::handover::rules::{Column, Kind, Part, Table};
use crate::kernel::Refusal;

/// The tables: name, part, and what they hold.
pub const TABLES: &str = include_str!("list/tables.csv");
/// The columns: table, name, kind, whether they may be empty, place in the key, which table's id they hold, and what that is.
pub const COLUMNS: &str = include_str!("list/columns.csv");

/// What is read of the list of tables.
type TableLine = (String, String, String);
/// What is read of the list of columns.
type ColumnLine = (String, String, String, String, Option<u32>, String, String);

/// All tables, with their columns.
///
/// # Errors
/// [`Refusal::Store`] where a list cannot be read, which a test would have shown.
pub fn tables() -> Result<Vec<Table>, Refusal> {
    let mut tables: Vec<Table> = Vec::new();
    for line in csv::Reader::from_reader(TABLES.as_bytes()).deserialize() {
        let (name, part, _): TableLine = line.map_err(Refusal::broken)?;
        tables.push(Table { name, part: part.parse::<Part>().map_err(Refusal::broken)?, columns: Vec::new() });
    }
    for line in csv::Reader::from_reader(COLUMNS.as_bytes()).deserialize() {
        let (of, name, kind, may_be_empty, key, _, _): ColumnLine = line.map_err(Refusal::broken)?;
        let kind = kind.parse::<Kind>().map_err(Refusal::broken)?;
        let table = tables.iter_mut().find(|table| table.name == of);
        let table = table.ok_or_else(|| Refusal::broken(format!("the list of columns names the table {of}, which is in no list")))?;
        table.columns.push(Column { name, kind, may_be_empty: may_be_empty == "yes", key });
    }
    Ok(tables)
}

/// One of the lists as it goes out: the lines of these tables alone, with line ends as CSV files have them.
#[must_use]
pub fn lines_of(list: &str, tables: &[&Table]) -> String {
    let mut lines = list.lines();
    let head = lines.next().unwrap_or_default();
    let mut out = format!("{head}\r\n");
    let is_told = |line: &&str| line.split(',').next().is_some_and(|name| tables.iter().any(|table| table.name == name));
    for line in lines.filter(is_told) {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}
