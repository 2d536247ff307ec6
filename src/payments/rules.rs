//! The life of a payment, and what may be asked of it.

mod books;

use std::collections::HashSet;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, PositivePence, Refusal};

pub use books::{Books, Parts, by_line, by_record, check_kept, parts, within};

words! {
    /// How far a payment has come.
    pub enum PaymentState {
        /// Planned; nobody has let it go yet.
        Scheduled = "scheduled",
        /// Somebody holds it.
        Held = "held",
        /// A second person has let it go; its money is reserved.
        Authorised = "authorised",
        /// It went to the finance system in a payment run.
        Exported = "exported",
        /// The finance system has paid it.
        Paid = "paid",
        /// The bank has sent it back.
        Returned = "returned",
        /// The finance system could not pay it.
        Failed = "failed",
        /// It is not paid.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a payment is for.
    pub enum PaymentKind {
        /// A part of an award by its schedule.
        Instalment = "instalment",
        /// An invoice of a contract.
        Invoice = "invoice",
    }
}

words! {
    /// What can be done to a payment.
    pub enum PaymentAct {
        /// Let it go.
        Authorise = "authorise",
        /// Stop it by hand.
        Hold = "hold",
        /// Let it go on: end a hold, override what holds it, or try again after it failed or came back.
        Release = "release",
        /// Bring it forward (R16).
        Advance = "advance",
        /// Not pay it at all.
        Cancel = "cancel",
        /// Say that what it waits for is there.
        Meet = "note_met",
    }
}

impl PaymentState {
    /// States in which the amount is still planned and nothing is reserved.
    pub const OPEN: [Self; 2] = [Self::Scheduled, Self::Held];
    /// States in which money is reserved and not paid yet.
    pub const RESERVED: [Self; 2] = [Self::Authorised, Self::Exported];

    /// Whether a new schedule may still change it.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether it is still said who authorised it, and which budget lines pay: also where it failed or came back, since a later answer of the finance
    /// system may say otherwise.
    #[must_use]
    pub const fn keeps_authorisation(self) -> bool {
        matches!(self, Self::Authorised | Self::Exported | Self::Paid | Self::Failed | Self::Returned)
    }

    /// Whether a rule that holds it would stop it.
    #[must_use]
    pub const fn can_be_stopped(self) -> bool {
        matches!(self, Self::Scheduled | Self::Held | Self::Authorised)
    }
}

/// The state after an act.
///
/// # Errors
/// [`Code::WrongState`] where the state does not allow it.
pub fn next(state: PaymentState, act: PaymentAct) -> Result<PaymentState, Refusal> {
    use PaymentState::{Authorised, Cancelled, Failed, Held, Returned, Scheduled};
    match (act, state) {
        (PaymentAct::Authorise, Scheduled) => Ok(Authorised),
        (PaymentAct::Hold, Scheduled | Authorised) | (PaymentAct::Advance | PaymentAct::Meet, Held) => Ok(Held),
        (PaymentAct::Release, Held | Failed | Returned | Scheduled | Authorised)
        | (PaymentAct::Advance, Scheduled | Authorised)
        | (PaymentAct::Meet, Scheduled) => Ok(Scheduled),
        (PaymentAct::Cancel, Scheduled | Held | Authorised | Failed | Returned) => Ok(Cancelled),
        (act, state) => {
            let done = match act {
                PaymentAct::Authorise => "authorised",
                PaymentAct::Hold => "held",
                PaymentAct::Release => "released",
                PaymentAct::Advance => "brought forward",
                PaymentAct::Cancel => "cancelled",
                PaymentAct::Meet => "noted as met",
            };
            Err(Refusal::wrong_state("payment", state, done))
        }
    }
}

/// Why something is done to a payment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PaymentReason {
    /// Why; the log keeps it.
    #[schema(min_length = 1, max_length = 1000, example = "The provider has asked us to wait for its new account.")]
    pub reason: String,
}

/// Leave to pay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct PaymentAuthorisation {
    /// Why an equal payment of the same award a few days apart is none that was made twice; needed where there is one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub duplicate_reason: Option<String>,
}

/// Leave to pay several payments, all or none.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PaymentBatch {
    /// The payments, each as it was seen.
    #[schema(min_items = 1, max_items = 200)]
    pub payments: Vec<PaymentSeen>,
}

/// A payment as somebody saw it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PaymentSeen {
    /// Which payment.
    pub id: Id,
    /// Its version.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Why an equal payment of the same award a few days apart is none that was made twice; needed where there is one.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub duplicate_reason: Option<String>,
}

/// A payment brought forward (R16).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PaymentAdvance {
    /// The new day, before the one until now.
    pub due_on: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 1000, example = "To help with costs of the pandemic.")]
    pub reason: String,
}

/// That what a payment waits for is there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PaymentMet {
    /// Since when; today where it is left out.
    #[serde(default)]
    pub met_on: Option<NaiveDate>,
    /// What shows it.
    #[schema(min_length = 1, max_length = 1000, example = "Receipt 4711 for 400 shares, seen on 3 July.")]
    pub note: String,
}

/// An invoice of a contract.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvoiceInput {
    /// The provider's number for it.
    #[schema(min_length = 1, max_length = 60, example = "INV-2020-117")]
    pub invoice_number: String,
    /// The day that stands on it.
    pub invoice_on: NaiveDate,
    /// The day on which it came, from which the days to pay it are counted; today where it is left out.
    #[serde(default)]
    pub received_on: Option<NaiveDate>,
    /// What is charged to the award, in pence, without VAT.
    #[schema(value_type = PositivePence)]
    pub net_pence: Pence,
    /// The VAT, in pence.
    #[serde(default)]
    pub vat_pence: Pence,
    /// What the invoice comes to, in pence.
    #[schema(value_type = PositivePence)]
    pub gross_pence: Pence,
}

/// What is wrong with an invoice that is entered on `today`.
#[must_use]
pub fn invoice_faults(input: &InvoiceInput, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let received_on = input.received_on.unwrap_or(today);
    faults.require(input.vat_pence <= input.net_pence, "/vat_pence", "too_large", "The VAT is more than what it is charged on.");
    let is_sum = input.net_pence.checked_add(input.vat_pence) == Some(input.gross_pence);
    faults.require(is_sum, "/gross_pence", "does_not_add_up", "Net and VAT together are not what the invoice comes to.");
    faults.require(received_on <= today, "/received_on", "in_the_future", "An invoice that is still to come is not entered yet.");
    faults.require(
        input.invoice_on <= received_on,
        "/invoice_on",
        "reversed_dates",
        "The invoice is dated after the day on which it came.",
    );
    faults.require(!input.invoice_number.trim().is_empty(), "/invoice_number", "blank", "This cannot be blank.");
    faults
}

/// The last day to pay an invoice that came on a day.
#[must_use]
pub fn invoice_due_on(received_on: NaiveDate, days: i32) -> NaiveDate {
    received_on.checked_add_days(Days::new(u64::try_from(days).unwrap_or_default())).unwrap_or(received_on)
}

/// What is wrong with bringing a payment forward from one day to another on `today`.
#[must_use]
pub fn advance_faults(from: NaiveDate, to: NaiveDate, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let sentence = format!("It is due on {from}; bringing it forward needs an earlier day.");
    faults.require(to < from, "/due_on", "out_of_range", &sentence);
    faults.require(to >= today, "/due_on", "too_early", &format!("Today is {today}; give today or a day after it."));
    faults
}

/// Refuses a blank text.
///
/// # Errors
/// [`Refusal::Invalid`] at `pointer`.
pub fn said(pointer: &str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() { Err(Refusal::invalid(pointer, "blank", "This cannot be blank.")) } else { Ok(text.to_owned()) }
}

/// Refuses whoever asked for a payment, in any of its versions, to let it go.
///
/// # Errors
/// [`Code::SamePerson`].
pub fn check_second_person(askers: &HashSet<Id>, actor: Option<Id>) -> Result<(), Refusal> {
    match actor {
        Some(actor) if !askers.contains(&actor) => Ok(()),
        _ => Err(Refusal::rule(
            Code::SamePerson,
            "You asked for this payment: you scheduled it, entered its invoice, moved it, released it, or told that it failed or came back. Somebody else has to authorise it.",
        )),
    }
}

/// Refuses an amount above the limit of whoever authorises it or writes it off; `doing` is the verb.
///
/// # Errors
/// [`Code::RuleBroken`] with both amounts.
pub fn check_limit(doing: &str, amount: Pence, limit: Option<Pence>) -> Result<(), Refusal> {
    let facts = json!({ "amount_pence": amount, "limit_pence": limit });
    let detail = match limit {
        Some(limit) if amount <= limit => return Ok(()),
        Some(limit) => format!("You may {doing} up to {limit}, and this is {amount}. Somebody with a higher limit has to do it."),
        None => {
            format!("No limit is set for you, so you may {doing} nothing. The chief finance officer sets limits in the payment policy.")
        }
    };
    Err(Refusal::rule_with(Code::RuleBroken, detail, facts))
}

/// Refuses a payment beside which an equal one of the same award stands a few days apart, unless somebody says why.
///
/// # Errors
/// [`Code::RuleBroken`] with the other payments.
pub fn check_duplicates(others: &[(Id, String)], reason: Option<&str>) -> Result<(), Refusal> {
    if others.is_empty() || reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return Ok(());
    }
    let references: Vec<&str> = others.iter().map(|(_, reference)| reference.as_str()).collect();
    let detail = format!(
        "{} is as much, to the same provider and for the same award, and due within a few days. Say in `duplicate_reason` why this is another payment.",
        references.join(", ")
    );
    let ids: Vec<Id> = others.iter().map(|(id, _)| *id).collect();
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "payment_ids": ids })))
}

#[cfg(test)]
mod tests;
