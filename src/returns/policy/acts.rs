//! Reading and setting the policy.

use std::collections::BTreeSet;

use serde_json::json;

use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::kernel::{Id, Refusal};
use crate::returns::acts as returns;
use crate::returns::policy::rules::ReturnPolicy;
use crate::returns::policy::store;
use crate::returns::rules::Leave;
use crate::returns::store::{self as records, Return};
use crate::store::{Conn, Tx};

pub use store::PolicyVersion;

/// What holds now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn get(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    store::latest(conn)
}

/// Sets when returns are due and how often they are asked for, from now on. Returns that are not begun and not due yet follow it.
///
/// # Errors
/// [`Refusal::Stale`].
pub fn set(tx: &mut Tx<'_>, version: i32, policy: &ReturnPolicy) -> Result<PolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    replace(tx, &before, *policy)
}

/// Sets a part of the policy, as the folder of an office has it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn import(tx: &mut Tx<'_>, set: impl FnOnce(&mut ReturnPolicy)) -> Result<PolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    let mut policy = before.policy;
    set(&mut policy);
    if policy == before.policy { Ok(before) } else { replace(tx, &before, policy) }
}

fn replace(tx: &mut Tx<'_>, before: &PolicyVersion, policy: ReturnPolicy) -> Result<PolicyVersion, Refusal> {
    let recorded_at = tx.recorded_at();
    let after = PolicyVersion { version: before.version + 1, recorded_at: Some(recorded_at), policy };
    store::add(tx.conn(), after.version, recorded_at, &policy)?;
    let entry = Entry {
        record_kind: "return_policy",
        record_id: ReturnPolicy::ID,
        before: json!(before.policy),
        after: json!(policy),
        reason: None,
    };
    audit::record(tx, entry)?;
    if policy.due_working_days != before.policy.due_working_days {
        set_due_anew(tx)?;
    }
    Ok(after)
}

/// Gives returns that nobody has begun and that are still to come the day that the policy gives them now. More time that was given stays, and no day
/// moves into the past: what is due in these days stays as it was told.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
fn set_due_anew(tx: &mut Tx<'_>) -> Result<(), Refusal> {
    let (today, working_days) = (tx.today(), get(tx.conn())?.policy.working_days());
    let open = records::still_to_come(tx.conn(), today)?;
    let ids: BTreeSet<Id> = open.iter().map(|one| one.award_id).collect();
    let accepted = awards::acceptances(tx.conn(), &ids.into_iter().collect::<Vec<_>>())?;
    let due_on = |one: &Return| one.planned.due_on(&Leave { working_days, accepted_on: accepted.get(&one.award_id).copied() });
    let moved: Vec<Return> = open.into_iter().filter(|one| due_on(one) != one.due_on && due_on(one) >= today).collect();
    returns::change_all(tx, &moved, |one, next| next.due_on = due_on(one))
}
