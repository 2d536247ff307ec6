//! Programmes: named services that several awards deliver together, and who else pays for them.
//!
//! A programme comes from a stage to the next (R61): proposed → planned → procurement → pilot → live → completed or ended. The
//! papers skip stages, so any order is taken. It may follow another programme (R62), never in a circle. Who may take part changes
//! over time; each rule holds from its day until the next one begins (R58).
//!
//! [`contributions`] are what others pay, in cash or in kind (R04). They are kept beside the ledger and move no money; where an award
//! carries the same money, the contribution names it, and it counts there. [`savings`] are what it is said to save (R79).

pub mod acts;
pub mod contributions;
pub mod routes;
pub mod rules;
pub mod savings;
mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// A programme in short, as other records show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgrammeSummary {
    /// Its id.
    pub id: Id,
    /// The code that people use.
    #[schema(max_length = 40, example = "NEW-CHANCE")]
    pub code: String,
    /// Its name.
    #[schema(max_length = 300, example = "New Chance")]
    pub name: String,
}

/// The programme in short, as it is now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn summary(conn: &mut Conn, id: Id) -> Result<Option<ProgrammeSummary>, Refusal> {
    Ok(summaries(conn, &[id])?.pop())
}

/// Those of these programmes that exist, in short, by code.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn summaries(conn: &mut Conn, ids: &[Id]) -> Result<Vec<ProgrammeSummary>, Refusal> {
    store::summaries(conn, ids)
}

/// Whether there is such a programme.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn exists(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(store::version_now(conn, id)?.is_some())
}
