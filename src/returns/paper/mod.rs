//! A return as a PDF: what was accepted under its hash, or a draft as it stands.

pub mod routes;
pub(in crate::returns) mod sheet;
pub(in crate::returns) mod words;
