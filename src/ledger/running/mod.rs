//! Running totals by record, budget line and month, so that what held on any day is read and not added up.
//!
//! Once history is closed a worker folds movements into them that are behind the watermark, so no act writes them and no two acts meet there. A question about a day
//! takes the totals of the month before, what moved in the month up to the day, what is not folded yet, and away from it what is folded
//! and was not known by its moment. `verify` adds everything up again.

mod folding;
mod months;
pub(super) mod store;
pub(super) mod verify;

pub use folding::{Folding, fold};
pub(super) use months::{Window, Windows, windows};
