//! Reading and setting the policy.

use serde_json::json;

use crate::audit::{self, Entry};
use crate::kernel::Refusal;
use crate::store::{Conn, Tx};
use crate::variations::policy::store;
use crate::variations::rules::{self, VariationPolicy};

pub use store::PolicyVersion;

/// What holds now. Version 0 is what the service has built in.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn get(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    store::latest(conn)
}

/// Sets the policy, from now on. What is issued already stays as it is.
///
/// # Errors
/// [`Refusal::Stale`]; every fault of the input.
pub fn set(tx: &mut Tx<'_>, version: i32, policy: &VariationPolicy) -> Result<PolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    rules::policy_faults(policy).into_result()?;
    let recorded_at = tx.recorded_at();
    let after = PolicyVersion { version: version + 1, recorded_at: Some(recorded_at), policy: *policy };
    store::add(tx.conn(), after.version, recorded_at, policy)?;
    let entry = Entry {
        record_kind: "variation_policy",
        record_id: VariationPolicy::ID,
        before: json!(before.policy),
        after: json!(policy),
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
