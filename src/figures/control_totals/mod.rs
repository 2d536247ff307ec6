//! Control totals: a figure printed elsewhere, to hold against what is computed here (R10). What is computed is the reports' business; what
//! was printed is kept here, in versions.

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;

pub use rules::{ControlMeasure, ControlScope, ControlTotalInput};

/// A control total in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotal {
    /// Its id, the same in all versions.
    pub id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it says.
    pub facts: ControlTotalInput,
    /// Where that is printed.
    pub provenance: crate::kernel::Provenance,
}

/// The control total with this code as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn by_code(conn: &mut Conn, code: &str) -> Result<Option<ControlTotal>, Refusal> {
    store::by_code(conn, code)
}
