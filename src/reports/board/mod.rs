//! The quarter for the board: money by fund, returns, and what was counted, fit to leave the office (small numbers suppressed).

mod counts;
mod page;
pub mod routes;
mod store;
mod texts;
