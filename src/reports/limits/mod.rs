//! Below which count people are too few to be shown, as the office set it.

pub mod store;
