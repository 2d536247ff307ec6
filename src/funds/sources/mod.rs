//! Funding sources: where money comes from. Budget lines, and so every pound of an award, name theirs (R03).

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use std::collections::HashMap;

use crate::funds::record::Record;
use crate::kernel::{Id, Named, Refusal};
use crate::store::Conn;

pub use rules::{ClaimPeriod, FundingSourceInput, SourceKind};

/// A funding source in one version.
pub type FundingSource = Record<FundingSourceInput>;

/// The source as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<FundingSource>, Refusal> {
    store::load(conn, id)
}

/// The sources among `ids` by id, as other records show them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    store::named(conn, ids)
}
