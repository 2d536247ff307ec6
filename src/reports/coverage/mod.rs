//! Who delivers a programme where: one row for each programme and area, with the gaps (O08, O09, R60).
//!
//! Awards that are parts of another count here: they name the providers and the areas, although their money stands with the whole.

pub mod routes;
pub mod rules;
pub mod store;
