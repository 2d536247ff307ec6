//! What happened, by whom, when: one event for each act, written inside the act's transaction.
//!
//! - An event is *done* or *refused*. A refused act leaves nothing but its event. What is wrong with the mere form of a request is
//!   answered and not recorded; whoever is not signed in is counted (`almoner_anonymous_refusals_total`) and not recorded.
//! - `recorded_at` is the moment that the act's facts carry, which the opening import may set back; `happened_at` is the real one.
//! - Events are never changed. Moments after their commit a sealer links them into a chain of SHA-256 hashes, so that one head of
//!   the chain does not make every writer wait for every other. [`verify`] computes the chain again and says where it breaks and
//!   how many events are not sealed yet. What only the head can show, that the newest links were cut off, shows against a head
//!   kept elsewhere: `verify` gives it for that.

pub mod acts;
pub mod routes;
pub mod rules;
pub mod sealer;
mod store;
pub mod verify;

pub use acts::{Entry, follow, record, record_all, record_guess, record_refused, says};
pub use sealer::{Sealer, seal};
pub use verify::{AuditVerification, verify};
