//! The quarter for the board: money by fund, returns, and what was counted, fit to leave the office (small numbers suppressed).

mod counts;
mod earlier;
mod page;
pub mod routes;
mod rows;
mod store;
mod texts;

pub use crate::reports::allocations::amounts::AllocationAmounts;
pub use crate::reports::compliance::routes::ComplianceRate;
pub use page::{few, written};
pub use routes::{BoardReport, make};
pub use rows::{BoardCount, BoardCountState, BoardRow};
pub use texts::{BoardText, texts_as};
