//! The life of a recovery. Pure.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, PositivePence, Refusal};

words! {
    /// How far a recovery has come.
    pub enum RecoveryState {
        /// The provider is asked for it; a part may have come.
        Requested = "requested",
        /// All of it has come.
        Received = "received",
        /// What has not come is given up.
        WrittenOff = "written_off",
        /// The office asks for no more.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Why money is asked back.
    pub enum RecoveryGround {
        /// More was paid than was due.
        Overpayment = "overpayment",
        /// It was not spent.
        Unspent = "unspent",
        /// It was spent on what the award does not pay for.
        NotEligible = "not_eligible",
    }
}

words! {
    /// What can be done to a recovery.
    pub enum RecoveryAct {
        /// Note money that came.
        Receive = "receive",
        /// Give up what has not come.
        WriteOff = "write_off",
        /// Ask for no more.
        Withdraw = "withdraw",
    }
}

/// Refuses an act that the state of a recovery does not allow. Money that comes after it was written off is noted all the same.
///
/// # Errors
/// [`Code::WrongState`].
pub fn check_state(state: RecoveryState, act: RecoveryAct) -> Result<(), Refusal> {
    let done = match (act, state) {
        (_, RecoveryState::Requested) | (RecoveryAct::Receive, RecoveryState::WrittenOff) => return Ok(()),
        (RecoveryAct::Receive, _) => "noted as received",
        (RecoveryAct::WriteOff, _) => "written off",
        (RecoveryAct::Withdraw, _) => "withdrawn",
    };
    Err(Refusal::wrong_state("recovery", state, done))
}

const fn thirty() -> i32 {
    30
}

/// Money asked back from a provider.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecoveryInput {
    /// Why it is asked back.
    pub ground: RecoveryGround,
    /// How much, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// Who is asked, where that is not whoever is party to the award today: a provider that was paid before the award passed on.
    #[serde(default)]
    pub provider_id: Option<Id>,
    /// Within how many days it is to be paid, from today.
    #[serde(default = "thirty")]
    #[schema(minimum = 1, maximum = 366, default = 30)]
    pub days_to_pay: i32,
    /// The reason in words, which stands in the letter to the provider.
    #[schema(min_length = 1, max_length = 1000, example = "The youth worker's post was empty from July to September.")]
    pub reason: String,
}

/// Money that came back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecoveryReceiptInput {
    /// How much, in pence; no more than is asked for and has not come.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The day on which it came; today where it is left out.
    #[serde(default)]
    pub received_on: Option<NaiveDate>,
    /// What the bank calls it. The same reference is noted once for a recovery.
    #[schema(min_length = 1, max_length = 100, example = "FPI 2020-11-30 4711")]
    pub bank_reference: String,
}

/// The last day to pay.
#[must_use]
pub fn due_on(today: NaiveDate, days: i32) -> NaiveDate {
    today.checked_add_days(Days::new(u64::try_from(days).unwrap_or_default())).unwrap_or(today)
}

/// What of an award can still be asked back: what is paid, less what other recoveries ask for or have given up.
#[must_use]
pub fn recoverable(paid: Pence, others: Pence) -> Pence {
    (paid - others).max(Pence::ZERO)
}

/// What is wrong with asking for this, of `left` that can be asked for.
#[must_use]
pub fn request_faults(input: &RecoveryInput, left: Pence) -> Faults {
    let mut faults = Faults::new();
    let sentence = format!("Only {left} of this award is paid and neither asked back already nor written off.");
    faults.require(input.amount_pence <= left, "/amount_pence", "too_large", &sentence);
    faults.require(!input.reason.trim().is_empty(), "/reason", "blank", "This cannot be blank.");
    faults
}

/// What is wrong with money that came on a day, of `outstanding` that has not come; `known` are the bank's references of what came before.
#[must_use]
pub fn receipt_faults(input: &RecoveryReceiptInput, outstanding: Pence, known: &[String], today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let sentence = format!("Only {outstanding} of it has not come.");
    faults.require(input.amount_pence <= outstanding, "/amount_pence", "too_large", &sentence);
    let reference = input.bank_reference.trim();
    faults.require(!reference.is_empty(), "/bank_reference", "blank", "This cannot be blank.");
    let is_new = !known.iter().any(|other| other.to_lowercase() == reference.to_lowercase());
    faults.require(is_new, "/bank_reference", "taken", "Money with this reference of the bank is noted for this recovery already.");
    let on = input.received_on.unwrap_or(today);
    faults.require(on <= today, "/received_on", "in_the_future", &format!("{on} is still to come; today is {today}."));
    faults
}

/// What each budget line gets back of an amount: in proportion to what it has paid, to the penny.
///
/// # Errors
/// [`Code::InsufficientBalance`] where less is paid.
pub fn parts(amount: Pence, paid: &[(Id, Pence)]) -> Result<Vec<(Id, Pence)>, Refusal> {
    let held: Vec<(Id, Pence)> = paid.iter().copied().filter(|(_, held)| held.is_positive()).collect();
    let weights: Vec<Pence> = held.iter().map(|(_, held)| *held).collect();
    let whole: Pence = weights.iter().copied().sum();
    if whole < amount {
        return Err(Refusal::insufficient("What is paid on this award", None, whole, amount));
    }
    let cut = held.iter().map(|(line, _)| *line).zip(amount.split(&weights));
    Ok(cut.filter(|(_, part)| part.is_positive()).collect())
}

/// Refuses whoever asked for money to give it up, whether it is written off or withdrawn.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn check_second_person(requested_by: Option<Id>, actor: Option<Id>) -> Result<(), Refusal> {
    match actor {
        Some(actor) if requested_by != Some(actor) => Ok(()),
        _ => Err(Refusal::rule(Code::SamePerson, "You asked for this money. Somebody else has to give it up.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_goes_back_to_the_penny_to_whoever_paid() {
        let lines = [Id::new(), Id::new(), Id::new()];
        let paid = [(lines[0], Pence(66_667)), (lines[1], Pence(0)), (lines[2], Pence(33_333))];
        assert_eq!(parts(Pence(10_001), &paid).unwrap(), [(lines[0], Pence(6_667)), (lines[2], Pence(3_334))]);
        assert_eq!(parts(Pence(100_000), &paid).unwrap(), [(lines[0], Pence(66_667)), (lines[2], Pence(33_333))]);
        assert!(parts(Pence(100_001), &paid).is_err());
    }

    #[test]
    fn money_comes_after_it_was_written_off_but_not_after_it_came() {
        for state in RecoveryState::ALL {
            let is_open = *state == RecoveryState::Requested;
            assert_eq!(check_state(*state, RecoveryAct::WriteOff).is_ok(), is_open, "{state}");
            assert_eq!(check_state(*state, RecoveryAct::Withdraw).is_ok(), is_open, "{state}");
            assert_eq!(check_state(*state, RecoveryAct::Receive).is_ok(), is_open || *state == RecoveryState::WrittenOff, "{state}");
        }
    }

    #[test]
    fn nobody_gives_up_what_they_asked_for() {
        let (one, other) = (Id::new(), Id::new());
        assert!(check_second_person(Some(one), Some(one)).is_err());
        assert!(check_second_person(Some(one), None).is_err());
        assert!(check_second_person(Some(one), Some(other)).is_ok());
    }
}
