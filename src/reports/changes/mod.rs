//! Why the allocation report says something else than it said: every difference between what was known at two moments, explained by the acts
//! that were recorded between them.
//!
//! The book is made again as it was known after each act that changes what it is read from, and what one of these differs from the one before
//! is what that act did. So nothing needs to be known of what acts do, an amount that moves from one row to another is told in both, and
//! what is explained adds up to the difference in every row and column. That it does is worked out again from the two ends, and what no act in
//! the log accounts for is told as unexplained.

pub mod by_figure;
mod figures;
mod logged;
mod pages;
mod pictures;
pub mod routes;
mod store;
mod walk;
