//! Cells, and how they stand in a CSV file: none that a spreadsheet takes for a formula.

use std::borrow::Cow;

use chrono::NaiveDate;
use csv::{Terminator, WriterBuilder};

use crate::kernel::{Moment, Named, Pence, Quantity};

/// A cell of a flat row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Money in pounds, with two decimals.
    Pounds(Pence),
    /// A whole number.
    Count(i64),
    /// A number.
    Number(Quantity),
    /// A day.
    Date(NaiveDate),
    /// A moment.
    Moment(Moment),
    /// `yes` or `no`.
    Yes(bool),
    /// Words of ours, which cannot begin a formula.
    Plain(String),
    /// Not known, or of no meaning in this row.
    Empty,
}

impl Cell {
    /// Words, where there are any.
    #[must_use]
    pub fn text(words: Option<&str>) -> Self {
        words.map_or(Self::Empty, |words| Self::Text(words.to_owned()))
    }

    /// Several words in one cell.
    #[must_use]
    pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let joined: Vec<&str> = words.into_iter().collect();
        if joined.is_empty() { Self::Empty } else { Self::Text(joined.join("; ")) }
    }

    /// Money, where it is known.
    #[must_use]
    pub fn pounds(pence: Option<Pence>) -> Self {
        pence.map_or(Self::Empty, Self::Pounds)
    }

    /// A whole number.
    #[must_use]
    pub fn count(number: i64) -> Self {
        Self::Count(number)
    }

    /// A number, where it is known.
    #[must_use]
    pub fn number(number: Option<Quantity>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// A date, where there is one.
    #[must_use]
    pub fn date(date: Option<NaiveDate>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }

    /// `yes` or `no`, where it is known.
    #[must_use]
    pub fn yes(is: Option<bool>) -> Self {
        is.map_or(Self::Empty, Self::Yes)
    }

    /// A record's code and name, in two cells.
    #[must_use]
    pub fn named(record: Option<&Named>) -> [Self; 2] {
        record.map_or([Self::Empty, Self::Empty], |record| [Self::Text(record.code.clone()), Self::Text(record.name.clone())])
    }

    /// What it says, as people read it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text(words) => words.clone(),
            other => other.field().into_owned(),
        }
    }

    /// What stands in the file. Words that begin like a formula get an apostrophe before them, which spreadsheets take as *text
    /// follows*.
    fn field(&self) -> Cow<'_, str> {
        match self {
            Self::Text(words) if words.starts_with(['=', '+', '-', '@', '\t', '\r']) => Cow::Owned(format!("'{words}")),
            Self::Text(words) | Self::Plain(words) => Cow::Borrowed(words),
            Self::Pounds(pence) => Cow::Owned(pence.pounds()),
            Self::Count(number) => Cow::Owned(number.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Date(day) => Cow::Owned(day.to_string()),
            Self::Moment(at) => Cow::Owned(at.to_string()),
            Self::Yes(is) => Cow::Borrowed(yes_or_no(*is)),
            Self::Empty => Cow::Borrowed(""),
        }
    }
}

/// How a table says it.
pub(super) const fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Lines of cells.
pub fn lines(rows: impl Iterator<Item = Vec<Cell>>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for cells in rows {
        // Memory takes every line.
        drop(writer.write_record(cells.iter().map(|cell| cell.field().into_owned())));
    }
    let written = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&written).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[Cell]) -> String {
        lines(std::iter::once(cells.to_vec()))
    }

    #[test]
    fn formulas_are_words() {
        for begin in ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx"] {
            let quote = if begin.contains('\r') { "\"" } else { "" };
            let written = line(&[Cell::Text(begin.to_owned())]);
            assert_eq!(written, format!("{quote}'{begin}{quote}\r\n"));
        }
        assert_eq!(line(&[Cell::Text("a-b".to_owned())]), "a-b\r\n");
    }

    #[test]
    fn money_below_zero_stays_a_number() {
        assert_eq!(line(&[Cell::Pounds(Pence(-29)), Cell::Pounds(Pence(73_881_082)), Cell::Empty]), "-0.29,738810.82,\r\n");
    }

    #[test]
    fn quotes_commas_and_lines_are_kept() {
        let written = line(&[Cell::Text("a, \"b\"\nc".to_owned()), Cell::list(["x", "y"])]);
        assert_eq!(written, "\"a, \"\"b\"\"\nc\",x; y\r\n");
    }
}
