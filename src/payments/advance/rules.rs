//! What is brought forward, and what cannot be.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, Refusal};
use crate::payments::holding::rules::{Hold, PaymentHoldKind};
use crate::payments::rules::{PaymentState, advance_faults, said};

words! {
    /// Why a payment cannot be brought forward.
    pub enum AdvanceBar {
        /// Somebody or a rule holds it.
        Held = "held",
        /// It stands in a payment run.
        InARun = "in_a_run",
        /// The year of its money is closed on the new day.
        YearLocked = "year_locked",
        /// Less is committed and not reserved than it takes.
        InsufficientBalance = "insufficient_balance",
    }
}

/// All scheduled payments of a fund, or of awards that are chosen otherwise, brought forward at once (R16).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FundPaymentAdvance {
    /// The fund whose awards are meant; without one, say a provider or awards.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// Only payments to this provider.
    #[serde(default)]
    pub provider_id: Option<Id>,
    /// Only payments on these awards.
    #[serde(default)]
    #[schema(max_items = 5000)]
    pub award_ids: Vec<Id>,
    /// Only payments that are due on this day or earlier.
    pub due_by: NaiveDate,
    /// The new day.
    pub due_on: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 1000, example = "To help with costs of the pandemic.")]
    pub reason: String,
    /// Whether payments that cannot come forward are left out. Otherwise one of them keeps all where they are.
    #[serde(default)]
    pub skip_refused: bool,
}

/// What is wrong with what is asked for on `today`.
///
/// # Errors
/// Every fault.
pub fn check(input: &FundPaymentAdvance, today: NaiveDate) -> Result<(), Refusal> {
    let mut faults: Faults = advance_faults(input.due_by, input.due_on, today);
    let is_chosen = input.fund_id.is_some() || input.provider_id.is_some() || !input.award_ids.is_empty();
    faults.require(is_chosen, "/fund_id", "required", "Say whose payments are meant: a fund, a provider or awards.");
    if let Err(Refusal::Invalid(found)) = said("/reason", &input.reason) {
        faults.0.extend(found);
    }
    faults.into_result()
}

/// A payment that cannot be brought forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AdvanceRefused {
    /// The payment.
    pub payment_id: Id,
    /// Its reference.
    #[schema(max_length = 120)]
    pub reference: String,
    /// How much it is, in pence.
    pub amount_pence: Pence,
    /// Why, for programs.
    pub code: AdvanceBar,
    /// The rule that holds it, where one does.
    pub rule_id: Option<Id>,
    /// Why, in words.
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// Why a payment in this state cannot be brought forward, beside what its money says. What it waits for may come in time; what somebody or a rule holds does
/// not go out earlier.
#[must_use]
pub fn bar(state: PaymentState, is_gathered: bool, holds: &[Hold]) -> Option<(AdvanceBar, Option<Id>, String)> {
    if state == PaymentState::Exported {
        return Some((AdvanceBar::InARun, None, "It is with the finance system already.".to_owned()));
    }
    if is_gathered {
        return Some((AdvanceBar::InARun, None, "It stands in a payment run that has not left. It goes out with that run.".to_owned()));
    }
    let hold = holds.iter().find(|hold| hold.kind != PaymentHoldKind::WaitsFor)?;
    Some((AdvanceBar::Held, hold.rule_id, format!("{} {}", hold.because, hold.released_by)))
}

/// How many payments a sentence names.
const NAMED_MAX: usize = 3;

/// Refuses where some payments cannot come forward and are not to be left out, or where none is left.
///
/// # Errors
/// [`Code::RuleBroken`] with every payment that cannot, and why.
pub fn check_refused(going: usize, refused: &[AdvanceRefused], input: &FundPaymentAdvance) -> Result<(), Refusal> {
    if going > 0 && (refused.is_empty() || input.skip_refused) {
        return Ok(());
    }
    if refused.is_empty() {
        let of = if input.fund_id.is_some() { "of this fund " } else { "among these " };
        let detail = format!("No scheduled payment {of}is due after {} and by {}.", input.due_on, input.due_by);
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    let told: Vec<String> = refused.iter().take(NAMED_MAX).map(|one| format!("{}: {}", one.reference, one.detail)).collect();
    let more = if refused.len() > NAMED_MAX { format!(" So do {} more.", refused.len() - NAMED_MAX) } else { String::new() };
    let all = going + refused.len();
    let detail = format!(
        "{} of {all} payments cannot be brought forward, so none is. {}{more} Mend that, or leave them out with `skip_refused`.",
        refused.len(),
        told.join(" ")
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "going_count": going, "refused": refused })))
}

/// What of an award's budget lines is committed and not reserved, as payments take it one after the other.
#[derive(Debug, Clone, Default)]
pub struct Purse {
    /// What is left, by budget line.
    pub free: BTreeMap<Id, Pence>,
}

impl Purse {
    /// Takes a payment, from each line in proportion to what it has left; nothing is taken where there is less.
    pub fn take(&mut self, amount: Pence) -> Option<Vec<(Id, Pence)>> {
        let whole: Pence = self.free.values().copied().sum();
        if whole < amount {
            return None;
        }
        let weights: Vec<Pence> = self.free.values().copied().collect();
        let parts: Vec<(Id, Pence)> =
            self.free.keys().copied().zip(amount.split(&weights)).filter(|(_, part)| part.is_positive()).collect();
        for (line, part) in &parts {
            if let Some(left) = self.free.get_mut(line) {
                *left = *left - *part;
            }
        }
        Some(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_gives_no_more_than_it_has() {
        let (one, other) = (Id::new(), Id::new());
        let mut purse = Purse { free: [(one, Pence(100)), (other, Pence(200))].into() };
        let taken = purse.take(Pence(150)).unwrap();
        assert_eq!(taken.iter().map(|(_, part)| part.0).sum::<i64>(), 150);
        assert_eq!(purse.free.values().map(|left| left.0).sum::<i64>(), 150);
        assert_eq!(purse.take(Pence(151)), None);
        assert_eq!(purse.take(Pence(150)).unwrap().len(), 2);
    }

    #[test]
    fn what_waits_may_come_forward_and_what_is_held_not() {
        let hold = |kind| Hold { kind, rule_id: None, because: "b".into(), released_by: "r".into() };
        let code = |state, gathered, holds: &[Hold]| bar(state, gathered, holds).map(|(code, ..)| code);
        assert_eq!(code(PaymentState::Scheduled, false, &[]), None);
        assert_eq!(code(PaymentState::Scheduled, false, &[hold(PaymentHoldKind::WaitsFor)]), None);
        assert_eq!(
            code(PaymentState::Held, false, &[hold(PaymentHoldKind::WaitsFor), hold(PaymentHoldKind::Manual)]),
            Some(AdvanceBar::Held)
        );
        assert_eq!(code(PaymentState::Authorised, true, &[]), Some(AdvanceBar::InARun));
        assert_eq!(code(PaymentState::Exported, false, &[]), Some(AdvanceBar::InARun));
    }
}
