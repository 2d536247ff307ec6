//! Area sets: groups of areas that the office configures, such as the impact areas that have priority in a fund. How many members a
//! set has may be known while their names are not.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use crate::funds::record::Record;
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

pub use rules::{AreaSetInput, AreaSetMember};

/// An area set in one version.
pub type AreaSet = Record<AreaSetInput>;

/// The set as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<AreaSet>, Refusal> {
    store::load(conn, id)
}
