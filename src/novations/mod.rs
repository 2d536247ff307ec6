//! Novations: all agreements of a provider that merges, or of a commissioning body that ends, pass to a successor on a day.
//!
//! ```text
//! draft → issued → accepted → applied   (or refused by a party, withdrawn by the office)
//! ```
//!
//! The **choice** is frozen when a novation is issued: the agreements that are live or paused then, or those that are listed. The preview says of each what
//! is committed, paid and reported, which payments and returns go to the successor, and why it could not pass on; nothing is written. One person drafts it
//! and another issues it where unpaid money goes along. The parties accept: both providers, or the successor alone where the one before is there no more; a
//! commissioning body by a paper.
//!
//! Each provider has a letter as PDF, which is fixed at the issue, and is reminded while it has not answered ([`letters`]).
//!
//! It is **applied** on its day or later, all of it or nothing: each agreement gets its next version, which names the successor and says else what it said.
//! No money moves, since accounts are kept by award. Returns whose periods end on the day or later go to the successor, and the instalments for those periods, or without a
//! period due then; what was authorised is authorised anew. A variation that was issued to the one before is applied or withdrawn first. The one before reads what it was party to for ever (ADR 44).

pub mod acts;
pub mod letters;
pub mod routes;
pub mod rules;
mod store;

pub use store::Novation;
