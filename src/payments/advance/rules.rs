//! What is brought forward, and what cannot be.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{AwardRefused, Code, Faults, Id, Pence, Refusal, all_or_nothing};
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

/// Which payments one person asks to bring forward at once, and another approves (R16): those that are scheduled or authorised, and due after the new
/// day and up to a day, of a fund, of a provider or of awards that are listed. Where several of these are said, a payment is of all of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FundPaymentAdvance {
    /// Only payments on awards that this fund pays. A fund, a provider or awards must be said.
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

words! {
    /// How far a request to bring payments forward has come.
    pub enum AdvanceState {
        /// Somebody asked for it, and nothing has come forward.
        Asked = "asked",
        /// Somebody else approved it, and the payments have come forward.
        Approved = "approved",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can be done to a request to bring payments forward.
    pub enum AdvanceAct {
        /// Approve it, and let the payments come forward.
        Approve = "approve",
        /// Take it back.
        Withdraw = "withdraw",
    }
}

/// Why a request to bring payments forward is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdvanceWithdrawal {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// The state after an act.
///
/// # Errors
/// [`Code::WrongState`] where it was decided before.
pub fn after(state: AdvanceState, act: AdvanceAct) -> Result<AdvanceState, Refusal> {
    match (act, state) {
        (AdvanceAct::Approve, AdvanceState::Asked) => Ok(AdvanceState::Approved),
        (AdvanceAct::Withdraw, AdvanceState::Asked) => Ok(AdvanceState::Withdrawn),
        (AdvanceAct::Approve, state) => Err(Refusal::wrong_state("advance", state, "approved")),
        (AdvanceAct::Withdraw, state) => Err(Refusal::wrong_state("advance", state, "withdrawn")),
    }
}

/// Somebody else than whoever asked approves.
///
/// # Errors
/// [`Code::SamePerson`] for whoever asked.
pub fn check_second_person(asker: Option<Id>, actor: Option<Id>) -> Result<(), Refusal> {
    if actor.is_some() && actor != asker {
        return Ok(());
    }
    Err(Refusal::rule(Code::SamePerson, "You asked that these payments come forward. Somebody else has to approve that."))
}

/// What is approved comes forward to a day that is not past.
///
/// # Errors
/// [`Code::RuleBroken`] where it is.
pub fn check_new_day(due_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if due_on >= today {
        return Ok(());
    }
    let detail = format!("The new day {due_on} is past; today is {today}. Take this back, and ask for it again.");
    Err(Refusal::rule(Code::RuleBroken, detail))
}

/// Whoever approves says yes to what was asked for: the same payments, each of the same sum.
///
/// # Errors
/// [`Code::RuleBroken`] with what would come forward now.
pub fn check_unchanged(asked: &BTreeMap<Id, Pence>, now: &BTreeMap<Id, Pence>) -> Result<(), Refusal> {
    if asked == now {
        return Ok(());
    }
    let size = |payments: &BTreeMap<Id, Pence>| -> (usize, Pence) { (payments.len(), payments.values().copied().sum()) };
    let ((count, pence), (count_now, pence_now)) = (size(asked), size(now));
    let detail = format!(
        "{count} payments of {pence} together were asked for. By now {count_now} of {pence_now} would come forward, and they are not the same. Take this back, \
         and ask for it again."
    );
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "payments_count": count_now, "amount_pence": pence_now })))
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
    /// The award that it is of.
    pub award_id: Id,
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

/// Refuses where payments of some awards cannot come forward and are not to be left out, or where none is left. `going` payments come forward; `awards` is
/// how many awards the payments are of.
///
/// # Errors
/// [`Code::AwardsRefused`] with every award one of whose payments cannot, and why; [`Code::RuleBroken`] where no payment is meant.
pub fn check_refused(going: usize, awards: usize, refused: &[AwardRefused], input: &FundPaymentAdvance) -> Result<(), Refusal> {
    if going > 0 && (refused.is_empty() || input.skip_refused) {
        return Ok(());
    }
    if refused.is_empty() {
        let of = if input.fund_id.is_some() { "of this fund " } else { "among these " };
        let detail = format!("No scheduled payment {of}is due after {} and by {}.", input.due_on, input.due_by);
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    let remedy = if input.skip_refused {
        "No payment is left to bring forward."
    } else {
        "Mend that, or leave those payments out with `skip_refused`."
    };
    Err(all_or_nothing(refused, awards, "paid in advance", remedy))
}

/// What of an award's budget lines is committed and not reserved, as payments take it one after the other.
#[derive(Debug, Clone, Default)]
pub struct Unreserved {
    /// What is left, by budget line.
    pub free: BTreeMap<Id, Pence>,
}

impl Unreserved {
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
    fn a_request_is_decided_once_and_as_it_was_asked_for() {
        assert_eq!(after(AdvanceState::Asked, AdvanceAct::Approve), Ok(AdvanceState::Approved));
        assert_eq!(after(AdvanceState::Asked, AdvanceAct::Withdraw), Ok(AdvanceState::Withdrawn));
        assert!(
            after(AdvanceState::Approved, AdvanceAct::Approve).is_err() && after(AdvanceState::Withdrawn, AdvanceAct::Approve).is_err()
        );
        let (one, other, third) = (Id::new(), Id::new(), Id::new());
        let asked: BTreeMap<Id, Pence> = [(one, Pence(2)), (other, Pence(3))].into();
        assert!(check_unchanged(&asked, &asked.clone()).is_ok());
        assert!(check_unchanged(&asked, &[(one, Pence(2)), (third, Pence(3))].into()).is_err(), "another one of the same sum");
        assert!(check_unchanged(&asked, &[(one, Pence(5))].into()).is_err());
        assert!(check_unchanged(&asked, &[(one, Pence(3)), (other, Pence(2))].into()).is_err());
    }

    #[test]
    fn somebody_else_approves_while_the_new_day_is_to_come() {
        let (one, other) = (Some(Id::new()), Some(Id::new()));
        assert!(check_second_person(one, other).is_ok() && check_second_person(None, one).is_ok());
        assert!(check_second_person(one, one).is_err() && check_second_person(one, None).is_err());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(check_new_day(day("2020-05-01"), day("2020-05-01")).is_ok());
        assert!(check_new_day(day("2020-05-01"), day("2020-05-02")).is_err());
    }

    #[test]
    fn no_more_is_given_than_is_left() {
        let (one, other) = (Id::new(), Id::new());
        let mut unreserved = Unreserved { free: [(one, Pence(100)), (other, Pence(200))].into() };
        let taken = unreserved.take(Pence(150)).unwrap();
        assert_eq!(taken.iter().map(|(_, part)| part.0).sum::<i64>(), 150);
        assert_eq!(unreserved.free.values().map(|left| left.0).sum::<i64>(), 150);
        assert_eq!(unreserved.take(Pence(151)), None);
        assert_eq!(unreserved.take(Pence(150)).unwrap().len(), 2);
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
