//! Which claims the office owes its funders: for each confirmed budget line of a funder that sets periods, each period that has begun, and
//! how far its claim has come.

pub mod routes;
mod stand;
mod store;
