//! Redactions: fields of awards, providers and notices that are not shown to the public, such as the address of a refuge.
//!
//! The office sees the field as before. Every public output shows [`rules::MARK`] in its place and names the field in `redacted`, from the moment of the act on or from a later
//! day. A provider whose name is redacted has no numbers of registers either, and its names, aliases and numbers are taken out of every other text that is published
//! ([`rules::names`]); where the recipient of an award is redacted, out of the texts of that award and its notices.

pub mod acts;
pub mod routes;
pub mod rules;
pub(super) mod store;
