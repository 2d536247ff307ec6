//! What an outcome cost, with its base: what an award reports as spent in a year for each of what it counted in that year. An award that counts several
//! things spends its money on all of them, so the costs of its rows are never added, and each row says among how many its spend stands.

pub mod costs;
pub mod routes;
