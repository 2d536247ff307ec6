//! What leaves the office: for its board, for funders, for the public.
//!
//! A count of very few people can name them to those who live nearby. So a count from 1 to 4, or to what the office sets ([`policy`]), is not shown outside the office, nor is any
//! other count of the same table from which it could be worked out. What is left out so is *suppressed*: a value of its own, never 0.

pub mod board;
pub mod claims;
pub mod open_data;
pub mod policy;
pub mod rules;
