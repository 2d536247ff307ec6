//! A return as a PDF: what was accepted under its hash, or a draft as it stands.

pub mod routes;
mod sheet;
mod words;
