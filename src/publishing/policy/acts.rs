//! Reading and setting the policy.

use serde_json::json;

use crate::audit::{self, Entry};
use crate::kernel::Refusal;
use crate::publishing::policy::rules::PublicationPolicy;
use crate::publishing::policy::store;
use crate::store::{Conn, Tx};

pub use store::PublicationPolicyVersion;

/// What holds now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn get(conn: &mut Conn) -> Result<PublicationPolicyVersion, Refusal> {
    store::latest(conn)
}

/// Sets what may leave the office from now on.
///
/// # Errors
/// [`Refusal::Stale`].
pub fn set(tx: &mut Tx<'_>, version: i32, policy: PublicationPolicy) -> Result<PublicationPolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    replace(tx, before, policy)
}

/// Sets a part of the policy, as the folder of an office has it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn import(tx: &mut Tx<'_>, set: impl FnOnce(&mut PublicationPolicy)) -> Result<PublicationPolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    let mut policy = before.policy;
    set(&mut policy);
    if policy == before.policy { Ok(before) } else { replace(tx, before, policy) }
}

fn replace(tx: &mut Tx<'_>, before: PublicationPolicyVersion, policy: PublicationPolicy) -> Result<PublicationPolicyVersion, Refusal> {
    let recorded_at = tx.recorded_at();
    let after = PublicationPolicyVersion { version: before.version + 1, recorded_at: Some(recorded_at), policy };
    store::add(tx.conn(), after.version, recorded_at, policy)?;
    let entry = Entry {
        record_kind: "publication_policy",
        record_id: PublicationPolicy::ID,
        before: json!(before.policy),
        after: json!(policy),
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
