//! What the narrative of returns is made of: the office's to say, for all awards, for those of a fund, or for one award.
//!
//! What is said holds from a day on: for returns whose period ends on that day or later. A return that was sent keeps what it was asked, so that day is
//! never one up to which returns were sent already. What an award says comes before what its fund says, and that before what holds for all.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
