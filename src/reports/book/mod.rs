//! The book of a question: every pound and every award as at a day and known at a moment, each with the dimensions by which it can be
//! picked and grouped.
//!
//! A [`Fact`] is an amount with its dimensions: what a budget line holds, what is set aside in an earmark or a tranche, what an
//! award has from a budget line. Money is read from the ledger alone; dimensions are those of the records' versions
//! that were known. Nothing is ever split: an award that covers several areas stands under all of them together.

pub mod load;
pub mod pages;
pub mod rules;
pub mod store;
pub mod values;
pub mod whole;
pub mod year_end;

pub use load::{Book, Needs};
pub use pages::Pages;
pub use rules::{Dimension, Filter, Keys, Sums};
