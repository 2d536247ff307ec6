//! Reading and setting the policy.

use serde_json::json;

use crate::access::Caller;
use crate::access::permissions::Permission;
use crate::access::sessions::second_factor::acts as second_factor;
use crate::access::users::acts as users;
use crate::audit::{self, Entry};
use crate::kernel::{Id, Refusal};
use crate::payments::policy::limits::{self, PaymentPolicy};
use crate::payments::policy::store;
use crate::store::{Conn, Tx};

pub use store::PolicyVersion;

/// What holds now.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn get(conn: &mut Conn) -> Result<PolicyVersion, Refusal> {
    store::latest(conn)
}

/// Refuses what lets money go, unless the caller's session has its second factor and nobody else has just changed how they sign in.
///
/// # Errors
/// [`SecondFactor`](crate::kernel::Code::SecondFactor); [`WrongState`](crate::kernel::Code::WrongState) for a program;
/// [`RuleBroken`](crate::kernel::Code::RuleBroken) with the moment until when.
pub fn require_person(tx: &mut Tx<'_>, caller: &Caller) -> Result<(), Refusal> {
    second_factor::require(tx, caller)?;
    let Some(person) = caller.id else { return Ok(()) };
    let (hours, now) = (get(tx.conn())?.policy.pause_hours, tx.real_at());
    limits::check_pause(users::changed_at(tx.conn(), person)?, hours, now)
}

/// Sets the policy, from now on.
///
/// # Errors
/// [`Refusal::Stale`]; every fault of the input; [`RuleBroken`](crate::kernel::Code::RuleBroken) for whoever's sign-in somebody else has just changed, else
/// the pause of those who authorise could be ended in the name of the chief finance officer.
pub fn set(tx: &mut Tx<'_>, version: i32, policy: &PaymentPolicy) -> Result<PolicyVersion, Refusal> {
    let before = store::latest(tx.conn())?;
    if before.version != version {
        return Err(Refusal::Stale);
    }
    // Before the first policy nobody authorises anything, so that an office that begins need not wait.
    if let Some(person) = tx.actor().id.filter(|_| before.version > 0) {
        let now = tx.real_at();
        limits::check_pause(users::changed_at(tx.conn(), person)?, before.policy.pause_hours, now)?;
    }
    let people: Vec<Id> = policy.limits.iter().filter_map(|one| one.user_id).collect();
    let able = users::able(tx.conn(), &people, Permission::PaymentsAuthorise)?;
    limits::faults(policy, &able).into_result()?;
    let recorded_at = tx.recorded_at();
    let after = PolicyVersion { version: version + 1, recorded_at: Some(recorded_at), policy: policy.clone() };
    store::add(tx.conn(), after.version, recorded_at, policy)?;
    let entry = Entry {
        record_kind: "payment_policy",
        record_id: PaymentPolicy::ID,
        before: json!(before.policy),
        after: json!(policy),
        reason: None,
    };
    audit::record(tx, entry)?;
    Ok(after)
}
