//! The report that finance pulls: what was budgeted, set aside, offered, committed and paid, by any dimensions, as at a day and known at a
//! moment; with totals, a check against the ledger, and printed totals beside the computed ones.
//!
//! Rows add up to the totals in every column of money. Counts do not: an award paid from two sources stands in both rows and counts
//! once in the total.

pub mod amounts;
mod by_award;
pub mod routes;
