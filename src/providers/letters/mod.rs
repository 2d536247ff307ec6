//! Letters that the office issues to a provider that asks for one, such as evidence that its people are key workers (R55).
//!
//! Each issue is logged once, with its day and why it was asked for, and is never changed: a letter issued again is another one. The letter
//! itself is a file attached to it, which the provider can fetch.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

/// What the log and attached files call a letter.
pub const RECORD_KIND: &str = "provider_letter";
