//! The services that one organisation runs: it may hold several awards in one round, one for each service (R42).

pub mod acts;
pub mod routes;
pub mod rules;
mod store;

use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// Whether the service line is one of this provider's.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn belongs(conn: &mut Conn, service_line: Id, provider: Id) -> Result<bool, Refusal> {
    store::belongs(conn, service_line, provider)
}
