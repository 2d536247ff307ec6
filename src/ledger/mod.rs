//! The ledger: the only place where money moves.
//!
//! Every movement is a [`Movement`] from one account to another: append-only, one amount, the business date it takes effect on,
//! the moment it was recorded and the act that made it. An account is a kind, a record and a budget line, so every pound keeps
//! its source to the end:
//!
//! ```text
//! source → fund period → earmark | tranche → offered → committed → paid
//!               ↑________________ released / recovered ______________|
//! ```
//!
//! The money of a year that is closed is locked ([`locks`]): [`transfer`] refuses whatever is dated in it.
//!
//! No account but a source's may go below zero. The check and the movement are one serialisable transaction; the balance that
//! is kept beside each account only saves adding up, as do the [`Tally`]s that are kept of each record and budget line, and [`verify`]
//! proves that they are the sums. Behind the watermark a worker adds movements up by month too ([`fold`]), so that any past day is as quick
//! to ask about as today.

mod acts;
pub mod locks;
pub mod routes;
pub mod rules;
mod running;
mod store;
mod tallies;
mod verify;

pub use acts::{balance, balances, holdings, least, set_aside, transfer, transfer_often};
pub use rules::{Account, AccountKind, Holder, Movement, Tally};
pub use running::{Folding, fold};
pub use tallies::{KindTotal, Standing, Tallies, kinds};
pub use verify::{LedgerCheck, verify};
