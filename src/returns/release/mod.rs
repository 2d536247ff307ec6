//! Which texts of an accepted return may leave the office. What nobody released stays inside.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
