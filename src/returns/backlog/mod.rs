//! The returns of an office's past, taken in from one file: CSV or a workbook, in long format, a row for each figure.
//!
//! The file is read as spreadsheets write it (`read`), its rows become the contents of returns (`rules`), and each content is held against
//! the same findings as what a provider writes. One error refuses the whole file; a trial tells every one of them and keeps nothing.
//! A file never replaces what is written in a return already.
//!
//! Each file that is kept is an import, which can be taken back as one: its returns go back to what they were, in new versions, and
//! whoever asks as known before that sees them as they were then. What was built on an imported return since keeps it from going back.

pub mod acts;
mod read;
pub mod routes;
pub mod rules;
mod store;
