//! The quarter for the board: money by fund, returns, and what was counted, fit to leave the office (small numbers suppressed).

mod counts;
mod earlier;
mod funders;
mod hiding;
mod notes;
mod overlaps;
mod page;
mod programmes;
pub mod routes;
pub mod rows;
mod stages;
mod store;
mod texts;

pub use crate::reports::allocations::amounts::AllocationAmounts;
pub use crate::reports::compliance::routes::ComplianceRate;
pub use crate::reports::expenditure::rows::Origin;
pub use counts::Figures;
pub use earlier::Earlier;
pub use funders::Funder;
pub use hiding::{Had, families, hidden_at_once};
pub use notes::{legend, marks};
pub use overlaps::{Table, by_area, elsewhere};
pub use page::{accepted, few, label_of_stage, written};
pub use routes::{BoardReport, make};
pub use rows::{BoardCount, BoardCountState, BoardProgramme, BoardRow};
pub use texts::{BoardText, texts_as};
