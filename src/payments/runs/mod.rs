//! Payment runs: what goes to the finance system in one file, and what it answers.
//!
//! ```text
//! gathered → exported → confirmed   (or cancelled before it is exported)
//! ```
//!
//! A run gathers the authorised payments that are due and that nothing holds, with totals by source. Its export makes the file once and locks the run:
//! asked for again, the file has the same bytes. From then on its payments are with the finance system, which says line by line what it paid, what
//! failed, and later what the bank sent back. Only that moves money: from *committed* to *paid*, or back. So no payment leaves twice, whatever
//! happens in between.
//!
//! No bank details are here: the finance system pays by supplier number.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
