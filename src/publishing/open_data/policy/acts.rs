//! Reading and setting the policy.

use serde_json::json;

use crate::audit::{self, Entry};
use crate::kernel::Refusal;
use crate::publishing::open_data::policy::rules::{self, OpenDataPolicy};
use crate::publishing::open_data::policy::store;
use crate::store::{Conn, Tx};

pub use store::OpenDataPolicyVersion;

/// What holds now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn get(conn: &mut Conn) -> Result<OpenDataPolicyVersion, Refusal> {
    store::latest(conn)
}

/// Sets under which name, prefix and licence the office publishes from now on.
///
/// # Errors
/// [`Refusal::Stale`]; every fault of the input.
pub fn set(tx: &mut Tx<'_>, version: i32, policy: &OpenDataPolicy) -> Result<OpenDataPolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    rules::faults(policy).into_result()?;
    let recorded_at = tx.recorded_at();
    let after = OpenDataPolicyVersion { version: version + 1, recorded_at: Some(recorded_at), policy: policy.clone() };
    store::add(tx.conn(), after.version, recorded_at, policy)?;
    let entry = Entry {
        record_kind: "open_data_policy",
        record_id: OpenDataPolicy::ID,
        before: json!(before.policy),
        after: json!(policy),
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
