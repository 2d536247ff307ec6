//! The services that one organisation runs: it may hold several awards in one round, one for each service (R42).

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
