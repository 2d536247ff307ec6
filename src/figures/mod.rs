//! Figures that are printed elsewhere: kept as they were printed, beside what the service computes, and never mistaken for it.
//!
//! - [`printed`]: figures that do not come from returns and move no money: expenditure by year, costs, savings, indicators that
//!   only a report prints. Figures of one `series` are the same measure in different periods and may be added (O11, O12).
//! - [`control_totals`]: a printed figure to hold against a computed one (R10): the reports show both with their difference, so
//!   that 29p between a table and its own total stay in sight.

pub mod control_totals;
pub mod printed;
pub mod rules;

pub use control_totals::{ControlTotal, ControlTotalInput};
pub use printed::{Figure, FigureInput};
pub use rules::Measured;
