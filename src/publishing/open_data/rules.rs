//! What is published of an award, and how it is written. No database and no HTTP.

pub mod changed;
pub mod entry;
pub mod feed;
pub mod giving;
pub mod month;
pub mod party;
