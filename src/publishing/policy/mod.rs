//! Below which count people are too few to be shown: the office's to set.
//!
//! What is set holds for what is gathered from then on; every page and every frozen claim says by which limit it was suppressed. What a page hid by a
//! higher limit stays hidden, and no later page gives it away.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
