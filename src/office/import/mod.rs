//! Reading a folder: CSV text → table → typed rows → checks across files. Faults are gathered, never stopped at.

pub mod cells;
pub mod check;
pub mod fault;
pub mod folder;
pub mod parse;
pub mod rows;

pub use crate::kernel::table::{self, CellFault};
pub use folder::{Folder, Office, Sheets};
