//! What awards that are delivered could still take on (R56), and whether they reach people in person, remotely or both (R54).
//!
//! A capacity is what the latest accepted return says that tells of one: nothing is worked out from it. A whole whose parts are delivered
//! is left out, so that no service counts twice.

pub mod routes;
pub mod store;
pub mod told;
