//! What the office sets for its contracts (R64, R65).

use super::json;
use crate::audit::{self, Entry};
use crate::awards::rules::{self, Policy};
use crate::awards::store::{self, PolicyVersion};
use crate::kernel::Refusal;
use crate::store::{Conn, Tx};

/// What holds now. Version 0 is what the service has built in.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn agreement_policy(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    store::policy(conn)
}

/// Sets what contracts of the office must carry from now on. Agreements that there are stay as they are until their terms change.
///
/// # Errors
/// Every fault of the policy; [`Refusal::Stale`].
pub fn set_policy(tx: &mut Tx<'_>, version: i32, policy: &Policy) -> Result<PolicyVersion, Refusal> {
    let before = store::policy(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    replace(tx, &before, policy.clone())
}

/// Sets a part of the policy, as the folder of an office has it.
///
/// # Errors
/// Every fault of the policy.
pub fn import_policy(tx: &mut Tx<'_>, set: impl FnOnce(&mut Policy)) -> Result<PolicyVersion, Refusal> {
    let before = store::policy(tx.conn())?;
    let mut policy = before.policy.clone();
    set(&mut policy);
    if policy == before.policy { Ok(before) } else { replace(tx, &before, policy) }
}

fn replace(tx: &mut Tx<'_>, before: &PolicyVersion, policy: Policy) -> Result<PolicyVersion, Refusal> {
    rules::policy_faults(&policy).into_result()?;
    let recorded_at = tx.recorded_at();
    let after = PolicyVersion { version: before.version + 1, recorded_at: Some(recorded_at), policy };
    store::add_policy(tx.conn(), &after.policy, after.version, recorded_at)?;
    let (before, shown) = (json(&before.policy)?, json(&after.policy)?);
    audit::record(tx, Entry { record_kind: "agreement_policy", record_id: Policy::ID, before, after: shown, reason: None })?;
    Ok(after)
}
