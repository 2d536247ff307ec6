//! Under which name, 360Giving prefix and licence an office publishes. Nothing is set at first, and grants are not given as 360Giving until all of it is.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
