//! Records as a table: CSV (RFC 4180) and Excel workbooks with the same columns, for people who work with spreadsheets.
//!
//! A table has one grain, stable columns and no totals. Reports name their columns; a list has those of its view's schema ([`Columns`]),
//! so that every list is a table without a word in its handler.

mod cell;
mod columns;
mod format;
mod workbook;

pub use cell::{Cell, lines};
pub use columns::Columns;
pub use format::Format;
pub use workbook::Book;
