//! What a programme is said to save (R79): claims of costs and benefits, kept as they were made, with how they were worked out. The ratio
//! is always benefit for each pound spent, however it was printed (`8:1`, `1:16`), and stands beside the one that the claim's own amounts give.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
