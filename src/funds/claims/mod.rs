//! Funder claims: what the office reports to a funding source and claims from it, against one budget line and for a span of days.
//!
//! ```text
//! draft → certified → partly_received → received   (or withdrawn)
//! ```
//!
//! A claim is written as a draft. A chief finance officer who wrote none of it certifies it, with a statement, and from then on its figures are
//! frozen. Money that comes is noted as a receipt, under the reference of the bank or the finance system; all receipts together are never
//! more than what is claimed. All claims against a line together are never more than the line's confirmed amount; of a claim that was
//! withdrawn, what had come by then counts.
//!
//! A claim moves no money here: the ledger holds budgets, and a confirmed line's money is in its fund period already, whenever the source
//! pays it out.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use crate::funds::record::Record;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

pub use rules::{ClaimFacts, ClaimState, ClaimTerms, FunderClaimInput};

/// A claim in one version.
pub type Claim = Record<ClaimFacts>;

/// The claim as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Claim>, Refusal> {
    store::load(conn, id)
}
