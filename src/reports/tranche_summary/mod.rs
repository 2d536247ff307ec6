//! Funding rounds: what was planned, set aside and awarded, for how many projects and organisations; what completed rounds come to, and
//! which round is next (O01, O02, R26).

pub mod routes;
pub mod store;
