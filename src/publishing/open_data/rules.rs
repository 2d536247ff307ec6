//! What is published of an award, and how it is written. No database and no HTTP.

pub mod entry;
pub mod feed;
pub mod giving;
pub mod month;
