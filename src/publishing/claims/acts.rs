//! Freezing the figures of a claim.

use serde_json::{Value, json};

use crate::audit;
use crate::kernel::{Id, Refusal};
use crate::publishing::claims::rules::{ClaimFigures, hash};
use crate::publishing::claims::store;
use crate::store::Tx;

/// Keeps the figures of a claim as they are now. They are never changed.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn freeze(tx: &mut Tx<'_>, claim_id: Id, figures: &ClaimFigures) -> Result<(), Refusal> {
    let text = figures.text();
    let sha256 = hash(&text);
    let recorded_at = tx.recorded_at();
    store::insert(tx.conn(), claim_id, recorded_at, &text, &sha256)?;
    let after = json!({ "figures_sha256": sha256, "rows": figures.rows.len(), "small_numbers_agreed": figures.small_numbers_agreed,
        "outstanding_return_count": figures.outstanding_return_count });
    let entry = audit::Entry { record_kind: "funder_claim", record_id: claim_id, before: Value::Null, after, reason: None };
    audit::record(tx, entry).map(|_| ())
}
