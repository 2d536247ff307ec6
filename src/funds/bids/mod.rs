//! Bids: money that the body asks others for, or helps others to ask for (R24, R25, R47).
//!
//! ```text
//! drafting → submitted → successful | unsuccessful   (or withdrawn)
//! ```
//!
//! A bid passes gates (check and challenge points) one after the other; its progress reads `3 of 4`. What was awarded may stay unknown.
//! A bid that the body leads can become a budget line once it is successful; one that it only supports stays outside the totals of
//! every fund and moves no money.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use crate::funds::record::Record;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

pub use rules::{BidFacts, BidGate, BidInput, BidState, BidTerms, OpccRole};

/// A bid in one version.
pub type Bid = Record<BidFacts>;

/// The bid as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Bid>, Refusal> {
    store::load(conn, id)
}
