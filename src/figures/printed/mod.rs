//! Printed figures: kept for reports, moving no money.

pub mod acts;
pub mod rules;
mod store;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;

pub use rules::{FigureInput, FigureKind};

/// A printed figure in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its id, the same in all versions.
    pub id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it says.
    pub facts: FigureInput,
}

/// The figure with this code as it stands now. `None` where there is none.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Figure>, Refusal> {
    store::by_code(conn, code)
}
