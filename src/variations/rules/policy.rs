//! What an office sets for its variations, and who approves a change of the value.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, Refusal};

/// What an office sets for its variations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VariationPolicyInput)]
pub struct VariationPolicy {
    /// How much of an award may be used for something else without its provider's acceptance, in per cent of its value and over all its variations
    /// together; 0: nothing.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    pub virement_tolerance_percent: i32,
    /// A change of the value by more than this, up or down, is approved by somebody who did not write it; left out: none is.
    #[serde(default)]
    pub approval_above_pence: Option<Pence>,
}

impl VariationPolicy {
    /// The one record that it is, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0430));
}

/// What is wrong with a policy.
#[must_use]
pub fn policy_faults(policy: &VariationPolicy) -> Faults {
    let mut faults = Faults::new();
    let fits = (0..=100).contains(&policy.virement_tolerance_percent);
    faults.require(fits, "/virement_tolerance_percent", "out_of_range", "A tolerance is from 0 to 100 per cent.");
    let fits = policy.approval_above_pence.is_none_or(|limit| (Pence::ZERO..=Pence::MAX).contains(&limit));
    faults.require(fits, "/approval_above_pence", "out_of_range", "A limit is between nothing and £10 billion.");
    faults
}

/// Whether somebody who did not write it approves a change of the value before it is issued: it is strictly above the limit of the office, up or down.
#[must_use]
pub fn needs_approval(change: Pence, policy: &VariationPolicy) -> bool {
    policy.approval_above_pence.is_some_and(|limit| change.0.saturating_abs() > limit.0)
}

/// Refuses to issue a change of the value that still has to be approved.
///
/// # Errors
/// [`Code::RuleBroken`] with the change and the limit.
pub fn check_approved(change: Pence, policy: &VariationPolicy, is_approved: bool) -> Result<(), Refusal> {
    let Some(limit) = policy.approval_above_pence.filter(|_| needs_approval(change, policy) && !is_approved) else { return Ok(()) };
    let size = Pence(change.0.saturating_abs());
    let detail = format!(
        "This changes the value by {size}. A change of more than {limit} is approved first by an approver who did not write it; then it can be issued."
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "change_pence": change, "approval_above_pence": limit })))
}

/// Whether somebody other than its `authors` approves.
#[must_use]
pub fn is_by_other_hands(authors: &[Id], actor: Option<Id>) -> bool {
    actor.is_none_or(|actor| !authors.contains(&actor))
}

/// Refuses whoever wrote what is to be approved.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn check_approver(authors: &[Id], actor: Option<Id>) -> Result<(), Refusal> {
    if is_by_other_hands(authors, actor) {
        return Ok(());
    }
    Err(Refusal::rule(Code::SamePerson, "You wrote this, so somebody else must approve it."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_above_the_limit_is_approved() {
        let policy = |limit: Option<i64>| VariationPolicy { approval_above_pence: limit.map(Pence), ..VariationPolicy::default() };
        assert!(!needs_approval(Pence(100), &policy(Some(100))));
        assert!(needs_approval(Pence(101), &policy(Some(100))));
        assert!(needs_approval(Pence(-101), &policy(Some(100))));
        assert!(!needs_approval(Pence(i64::MAX), &policy(None)));
        assert!(check_approved(Pence(101), &policy(Some(100)), true).is_ok());
        assert!(check_approved(Pence(101), &policy(Some(100)), false).is_err());
    }

    #[test]
    fn nobody_approves_what_they_wrote() {
        let (author, other) = (Id::new(), Id::new());
        assert!(check_approver(&[author], Some(other)).is_ok());
        assert!(check_approver(&[author], None).is_ok());
        assert!(check_approver(&[other, author], Some(author)).is_err());
    }
}
