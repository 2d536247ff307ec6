//! The workbook of a return: an XLSX file made for one award and period, filled in with Excel or LibreOffice and sent back.
//!
//! What its sheets hold is described once, in [`rules`]: `write` makes the file after that description, `read` reads a file back by it.
//! What is read becomes the content of the return by the same act, and is held against the same list of findings, as what comes as JSON;
//! a finding about a workbook says its sheet and cell besides. A blank cell stays blank: not reported, and never nought.
//!
//! A file that somebody sends is hostile until shown otherwise. `unpack` bounds what it unpacks to and refuses macros, links and
//! definitions; `cells` then reads its sheets cell by cell, never as a whole table. All of that happens on a thread of its own, a few files
//! at a time, outside the database.

pub mod acts;
pub(super) mod cells;
pub mod quarter;
mod read;
pub mod routes;
pub mod rules;
pub(super) mod unpack;
mod write;

#[cfg(test)]
mod tests;
