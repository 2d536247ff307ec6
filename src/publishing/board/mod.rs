//! The board's pack: a quarter as it was gathered on one day, kept under a hash, signed off by an officer and then shown to the board.
//!
//! - A snapshot holds the report ([`crate::reports::board`]) as JSON, so that what the board was shown stays whatever is reported later.
//! - What is suppressed in it stays suppressed: a value of its own, never 0.
//! - An officer who did not make it looks at what is suppressed and what is shown, and signs it off. Before that nobody sees it but the
//!   office's officers; a board reader is told that there is no such snapshot.

pub mod acts;
pub mod routes;
pub mod rules;
mod sheet;
mod store;
pub mod verify;
