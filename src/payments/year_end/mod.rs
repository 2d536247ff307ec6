//! The end of a fund period's year.
//!
//! ```text
//! open → cut_off → provisional → final → audited
//! ```
//!
//! Stages are taken once, in this order, and never back ([`rules::YearEndStage`]). The **cut-off** names the last day that counts for the year: what is dated later
//! belongs to the next one. While the year is not final, what is still owed to providers or by them is **proposed** from what was paid, committed and
//! accepted as spent ([`rules::books`]), with a provider's estimate where its last return is not accepted yet; a second person approves a journal, which
//! then never changes and is reversed by itself on the first day of the next year. **Decisions** say what becomes of unspent money (R13). Once it is
//! **final** the closing statement is frozen under a hash and the money of the period is locked ([`crate::ledger::locks`]): corrections go into the next year,
//! with a reference to what they correct.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;
pub mod verify;
