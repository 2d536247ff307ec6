//! Recoveries: money that was paid and is asked back.
//!
//! ```text
//! requested → received | written_off   (or withdrawn)
//! ```
//!
//! A recovery asks the provider of an award for an overpayment, or for what was not spent, by a letter with a last day. All recoveries of an award
//! together never ask for more than is paid on it. Only money that came moves: from *paid* back to the award's fund period, from each budget line in
//! proportion to what it has paid, so that every pound keeps its source. It may come in several parts.
//!
//! What does not come may be written off, by somebody else than whoever asked for it and within their limit. That moves no money, since the money is
//! gone: it stays paid, and is shown as written off. Should it come after all, it is noted all the same.
//!
//! A recovery belongs to what was paid, not to the award's life: the award may be ended, terminated and closed while it is open, and it goes on.

pub mod acts;
pub mod routes;
pub mod rules;
pub(in crate::payments) mod store;

pub use store::Recovery;
