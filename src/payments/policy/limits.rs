//! What an office may set, and what holds without that.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, Role};
use crate::kernel::{Code, Faults, Id, Moment, Pence, Refusal};

/// Who may authorise how much, when invoices are due, and when equal payments look like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentPolicy {
    /// How many days after it came an invoice is due at the latest.
    #[schema(minimum = 1, maximum = 120, example = 30)]
    pub invoice_days: i32,
    /// Within how many days of each other two equal payments of an award need a reason.
    #[schema(minimum = 0, maximum = 366, example = 14)]
    pub duplicate_days: i32,
    /// How many days ahead of their day a run may gather payments.
    #[serde(default = "fourteen")]
    #[schema(minimum = 0, maximum = 366, default = 14)]
    pub gather_days: i32,
    /// For how many hours somebody authorises nothing after an administrator set their password, changed their address, took their second factor away or
    /// gave them a role that authorises. For as long does a chief finance officer not set this policy, once there is one.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 720, default = 24)]
    pub pause_hours: i32,
    /// Who may authorise how much at once. Whoever has none may authorise nothing; a person's own limit goes before those of their roles, of which the
    /// highest counts.
    #[schema(max_items = 500)]
    pub limits: Vec<PaymentLimit>,
}

const fn fourteen() -> i32 {
    14
}

const fn a_day() -> i32 {
    24
}

/// How much a role or a person may authorise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentLimit {
    /// The role; or `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The person; or `role`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id>,
    /// Up to how much a payment may come, in pence.
    pub up_to_pence: Pence,
}

impl PaymentPolicy {
    /// The id of the policy, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0370));

    /// Up to how much somebody with these roles may authorise. `None` where no limit is set for them.
    #[must_use]
    pub fn limit_of(&self, user: Option<Id>, roles: &[Role]) -> Option<Pence> {
        let own = self.limits.iter().find(|one| one.user_id.is_some() && one.user_id == user);
        let of_roles = self.limits.iter().filter(|one| one.role.is_some_and(|role| roles.contains(&role))).map(|one| one.up_to_pence);
        own.map(|one| one.up_to_pence).or_else(|| of_roles.max())
    }
}

impl Default for PaymentPolicy {
    fn default() -> Self {
        Self { invoice_days: 30, duplicate_days: 14, gather_days: fourteen(), pause_hours: a_day(), limits: Vec::new() }
    }
}

/// Refuses whoever's sign-in or roles somebody else changed less than `hours` before `now` to let money go, or to say who may.
///
/// # Errors
/// [`Code::RuleBroken`] with the moment until when.
pub fn check_pause(changed_at: Option<Moment>, hours: i32, now: Moment) -> Result<(), Refusal> {
    let until = changed_at.map(|at| at.plus(TimeDelta::hours(i64::from(hours)))).filter(|until| *until > now);
    let Some(until) = until else { return Ok(()) };
    let detail = format!(
        "An administrator changed how you sign in or which roles you have, so you can neither let money go nor say who may before {}. Somebody else can do it until then. If you did not ask for that change, tell the chief finance officer at once.",
        until.utc().format("%-d %B %Y, %H:%M UTC")
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "until": until })))
}

/// What is wrong with a policy; `able` are the people of whom it speaks who are active and play a role that authorises.
#[must_use]
pub fn faults(policy: &PaymentPolicy, able: &HashSet<Id>) -> Faults {
    let mut faults = Faults::new();
    let mut seen = HashSet::new();
    for (at, one) in policy.limits.iter().enumerate() {
        let pointer = format!("/limits/{at}");
        faults.require(one.role.is_some() != one.user_id.is_some(), &pointer, "either_or", "A limit is of a role or of a person.");
        let may = one.role.is_none_or(|role| Permission::PaymentsAuthorise.is_given_to(&[role]));
        faults.require(
            may,
            &format!("{pointer}/role"),
            "not_allowed",
            "This role authorises no payments, so a limit of it would say nothing.",
        );
        let is_able = one.user_id.is_none_or(|user| able.contains(&user));
        let message = "This is nobody who can sign in and plays a role that authorises payments.";
        faults.require(is_able, &format!("{pointer}/user_id"), "not_allowed", message);
        faults.require(seen.insert((one.role, one.user_id)), &pointer, "repeated", "There is a limit of this role or person already.");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_limit_goes_before_those_of_roles() {
        let user = Id::new();
        let of_role = |role, pence| PaymentLimit { role: Some(role), user_id: None, up_to_pence: Pence(pence) };
        let own = PaymentLimit { role: None, user_id: Some(user), up_to_pence: Pence(5) };
        let limits = vec![of_role(Role::Finance, 10), of_role(Role::Approver, 100), own];
        let policy = PaymentPolicy { limits, ..PaymentPolicy::default() };
        assert_eq!(policy.limit_of(Some(user), &[Role::Approver]), Some(Pence(5)));
        assert_eq!(policy.limit_of(Some(Id::new()), &[Role::Finance, Role::Approver]), Some(Pence(100)));
        assert_eq!(policy.limit_of(None, &[Role::Auditor]), None);
        assert_eq!(PaymentPolicy::default().limit_of(Some(user), &[Role::Finance]), None);
    }

    #[test]
    fn a_limit_is_of_one() {
        let neither = PaymentLimit { role: None, user_id: None, up_to_pence: Pence(1) };
        let policy = PaymentPolicy { limits: vec![neither, neither], ..PaymentPolicy::default() };
        let found: Vec<String> = faults(&policy, &HashSet::new()).0.iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
        assert_eq!(found, ["/limits/0 either_or", "/limits/1 either_or", "/limits/1 repeated"]);
    }

    #[test]
    fn a_limit_is_of_somebody_who_can_authorise() {
        let (able, other) = (Id::new(), Id::new());
        let one = |role, user_id| PaymentLimit { role, user_id, up_to_pence: Pence(1) };
        let limits = vec![one(None, Some(able)), one(None, Some(other)), one(Some(Role::Finance), None), one(Some(Role::Auditor), None)];
        let policy = PaymentPolicy { limits, ..PaymentPolicy::default() };
        let found: Vec<String> =
            faults(&policy, &HashSet::from([able])).0.iter().map(|one| format!("{} {}", one.pointer, one.code)).collect();
        assert_eq!(found, ["/limits/1/user_id not_allowed", "/limits/3/role not_allowed"]);
    }
}
