//! What a claim to a funder is and how it goes on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::funds::budget_lines::rules::BudgetState;
use crate::funds::rules::{check_dates, check_text};
use crate::kernel::{Code, Faults, Id, Moment, Pence, PositivePence, Refusal};

mod periods;

pub use periods::{Days, check_period};

/// How many receipts a claim has at the most.
pub const RECEIPTS_MAX: usize = 100;

words! {
    /// How far a claim has come.
    pub enum ClaimState {
        /// It is being written.
        Draft = "draft",
        /// Finance stands by it, and the funder has it.
        Certified = "certified",
        /// Some of the money has come.
        PartlyReceived = "partly_received",
        /// All of the money has come.
        Received = "received",
        /// It was taken back, or nothing more is expected.
        Withdrawn = "withdrawn",
    }
}

impl ClaimState {
    /// Whether money may still come for it.
    #[must_use]
    pub const fn takes_receipts(self) -> bool {
        matches!(self, Self::Certified | Self::PartlyReceived)
    }

    /// Whether it may still be taken back.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Certified | Self::PartlyReceived)
    }
}

/// That whoever certifies a claim knows of returns of its days that are not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutstandingReturns {
    /// How many returns of the claim's days are missing or not accepted yet.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub return_count: i64,
    /// Why the claim is certified without them.
    #[schema(
        min_length = 1,
        max_length = 1000,
        example = "The funder asks for the claim by 15 July; the two small projects report later."
    )]
    pub reason: String,
}

/// That finance stands by a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// What is certified, in words.
    pub statement: String,
    /// The day.
    pub certified_on: NaiveDate,
    /// Who certified; none for the service itself.
    pub certified_by: Option<Id>,
    /// Their name.
    pub certified_by_name: String,
    /// The returns that were outstanding then, where any were.
    pub outstanding_returns: Option<OutstandingReturns>,
}

/// Money that came for a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The version of the claim that noted it.
    pub version: i32,
    /// When it was noted.
    pub recorded_at: Moment,
    /// Who noted it; none for the service itself.
    pub recorded_by: Option<Id>,
    /// Their name.
    pub recorded_by_name: String,
    /// How much came.
    pub amount_pence: Pence,
    /// When it came.
    pub received_on: NaiveDate,
    /// What the bank or the finance system calls it.
    pub reference: String,
}

/// What one version of a claim says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimTerms {
    /// How far it has come.
    pub state: ClaimState,
    /// What is claimed.
    pub amount_pence: Pence,
    /// The first day that it covers.
    pub starts_on: NaiveDate,
    /// The last day that it covers.
    pub ends_on: NaiveDate,
    /// Why its days are none of the funder's claim periods.
    pub days_reason: Option<String>,
    /// A short remark for people.
    pub note: Option<String>,
    /// That finance stands by it.
    pub certificate: Option<Certificate>,
    /// The money that came for it, in the order in which it was noted.
    pub receipts: Vec<Receipt>,
    /// Why this version differs from the one before.
    pub reason: Option<String>,
}

/// What the office claims from a funding source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimFacts {
    /// `CLM-0007`.
    pub reference: String,
    /// The budget line whose money is claimed.
    pub budget_line_id: Id,
    /// Who wrote this version; none for the service itself.
    pub recorded_by: Option<Id>,
    /// What the version says.
    #[serde(flatten)]
    pub terms: ClaimTerms,
}

impl ClaimFacts {
    /// Whether it says what `input` says.
    #[must_use]
    pub fn is_of(&self, input: &FunderClaimInput) -> bool {
        let (terms, told) = (&self.terms, input.terms());
        self.budget_line_id == input.budget_line_id
            && (terms.amount_pence, terms.starts_on, terms.ends_on, &terms.days_reason, &terms.note)
                == (told.amount_pence, told.starts_on, told.ends_on, &told.days_reason, &told.note)
    }
}

/// A claim that is not certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FunderClaimInput {
    /// The budget line whose money is claimed; it says which source pays into which fund period. It stays as it is.
    pub budget_line_id: Id,
    /// What is claimed, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The first day that the claim covers.
    pub starts_on: NaiveDate,
    /// The last day that it covers.
    pub ends_on: NaiveDate,
    /// Why its days are none of the periods for which the funder is claimed from, where it sets any.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub days_reason: Option<String>,
    /// A short remark for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// Finance stands by the claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct FunderClaimCertification {
    /// What is certified, in words.
    #[schema(min_length = 1, max_length = 2000, example = "The spending claimed here was made for the purposes of the grant.")]
    pub statement: String,
    /// The day; today where none is given. The claim's days are over by then.
    #[serde(default)]
    pub certified_on: Option<NaiveDate>,
    /// That you know of returns of these days that are not accepted: needed where there are any.
    #[serde(default)]
    pub outstanding_returns: Option<OutstandingReturns>,
}

/// Money came for the claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct FunderClaimReceipt {
    /// How much came, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// When it came; today where none is given.
    #[serde(default)]
    pub received_on: Option<NaiveDate>,
    /// What the bank or the finance system calls it.
    #[schema(min_length = 1, max_length = 100, example = "BACS 20200714-0042")]
    pub reference: String,
}

/// The claim is taken back, or nothing more is expected for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct FunderClaimWithdrawal {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl ClaimTerms {
    /// What has come.
    #[must_use]
    pub fn received(&self) -> Pence {
        self.receipts.iter().map(|receipt| receipt.amount_pence).sum()
    }

    /// What is claimed and has not come.
    #[must_use]
    pub fn outstanding(&self) -> Pence {
        if self.state.takes_receipts() { self.amount_pence - self.received() } else { Pence::ZERO }
    }

    /// What it takes of its budget line.
    #[must_use]
    pub fn taken(&self) -> Pence {
        if self.state == ClaimState::Withdrawn { self.received() } else { self.amount_pence }
    }

    /// The same claim with money that came.
    ///
    /// # Errors
    /// [`Code::RuleBroken`] for more than is claimed.
    pub fn receiving(&self, receipt: Receipt) -> Result<Self, Refusal> {
        let (outstanding, asked) = (self.outstanding(), receipt.amount_pence);
        if asked > outstanding {
            let excess = asked - outstanding;
            let message =
                format!("{outstanding} of this claim is still to come; {asked} is {excess} too much. Note what belongs to it only.");
            let facts = json!({ "outstanding_pence": outstanding, "asked_pence": asked, "excess_pence": excess });
            return Err(Refusal::rule_with(Code::RuleBroken, message, facts));
        }
        if self.receipts.len() >= RECEIPTS_MAX {
            return Err(Refusal::rule(Code::RuleBroken, format!("A claim has at most {RECEIPTS_MAX} receipts.")));
        }
        let state = if asked == outstanding { ClaimState::Received } else { ClaimState::PartlyReceived };
        let mut next = Self { state, reason: None, ..self.clone() };
        next.receipts.push(receipt);
        Ok(next)
    }
}

impl FunderClaimInput {
    /// What the version says.
    #[must_use]
    pub fn terms(&self) -> ClaimTerms {
        ClaimTerms {
            state: ClaimState::Draft,
            amount_pence: self.amount_pence,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            days_reason: self.days_reason.clone(),
            note: self.note.clone(),
            certificate: None,
            receipts: Vec::new(),
            reason: None,
        }
    }

    /// The input that would make the claim as it stands.
    ///
    /// # Errors
    /// [`Code::WrongState`] once it is certified or withdrawn.
    pub fn of(facts: &ClaimFacts) -> Result<Self, Refusal> {
        let terms = &facts.terms;
        if terms.state != ClaimState::Draft {
            return Err(Refusal::wrong_state("claim", terms.state, "edited"));
        }
        Ok(Self {
            budget_line_id: facts.budget_line_id,
            amount_pence: terms.amount_pence,
            starts_on: terms.starts_on,
            ends_on: terms.ends_on,
            days_reason: terms.days_reason.clone(),
            note: terms.note.clone(),
        })
    }
}

/// What is wrong with a version by itself. `span` are the first and the last day on which money of its line may
/// be spent (R14); none where its days are no matter any more.
#[must_use]
pub fn faults(terms: &ClaimTerms, span: Option<(NaiveDate, NaiveDate)>) -> Faults {
    let mut faults = Faults::new();
    faults.require(terms.amount_pence.is_positive(), "/amount_pence", "too_small", "The amount must be more than nothing.");
    check_dates(&mut faults, "/ends_on", Some(terms.starts_on), Some(terms.ends_on));
    if let Some((first, last)) = span {
        let message = format!("Money of this budget line may be spent from {first} to {last}; a claim covers days in between (R14).");
        for (pointer, on) in [("/starts_on", terms.starts_on), ("/ends_on", terms.ends_on)] {
            faults.require((first..=last).contains(&on), pointer, "outside_window", &message);
        }
    }
    check_text(&mut faults, "/days_reason", terms.days_reason.as_deref());
    check_text(&mut faults, "/note", terms.note.as_deref());
    check_text(&mut faults, "/reason", terms.reason.as_deref());
    faults
}

/// What is wrong with a certificate.
#[must_use]
pub fn certificate_faults(certificate: &Certificate, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    not_to_come(&mut faults, "/certified_on", certificate.certified_on, today);
    check_text(&mut faults, "/statement", Some(&certificate.statement));
    faults
}

/// What is wrong with certifying a claim on a day: what is still to be spent and counted cannot be stood by.
#[must_use]
pub fn certifying_faults(terms: &ClaimTerms, certificate: &Certificate, today: NaiveDate) -> Faults {
    let mut faults = certificate_faults(certificate, today);
    if certificate.certified_on <= terms.ends_on {
        let message = format!("The days of this claim last until {}. Certify it on a later day, once they are over.", terms.ends_on);
        faults.add("/certified_on", "too_early", message);
    }
    let reason = certificate.outstanding_returns.as_ref().map(|outstanding| outstanding.reason.as_str());
    check_text(&mut faults, "/outstanding_returns/reason", reason);
    faults
}

/// What is wrong with money that came for a claim with these terms.
#[must_use]
pub fn receipt_faults(terms: &ClaimTerms, receipt: &Receipt, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    not_to_come(&mut faults, "/received_on", receipt.received_on, today);
    let certified_on = terms.certificate.as_ref().map(|certificate| certificate.certified_on);
    if let Some(certified_on) = certified_on.filter(|day| receipt.received_on < *day) {
        let message = format!("The claim was certified on {certified_on}; money for it comes on that day or later.");
        faults.add("/received_on", "reversed_dates", message);
    }
    check_text(&mut faults, "/reference", Some(&receipt.reference));
    faults
}

fn not_to_come(faults: &mut Faults, pointer: &str, on: NaiveDate, today: NaiveDate) {
    if on > today {
        faults.add(pointer, "in_the_future", format!("{on} is still to come; today is {today}."));
    }
}

/// A budget line, as far as claims against it go.
#[derive(Debug, Clone)]
pub struct Claimable {
    /// Its reference.
    pub reference: String,
    /// How far it has come.
    pub state: BudgetState,
    /// The whole line.
    pub amount: Pence,
    /// What other claims take of it.
    pub taken: Pence,
}

/// Whether `asked` may be claimed against the line beside the other claims.
///
/// # Errors
/// [`Code::NotConfirmed`]; [`Code::WrongState`] for a line that was withdrawn; [`Code::RuleBroken`] with the shortfall.
pub fn may_claim(line: &Claimable, asked: Pence) -> Result<(), Refusal> {
    let (reference, state) = (&line.reference, line.state);
    if state == BudgetState::Withdrawn {
        return Err(Refusal::wrong_state("budget line", state, "claimed against"));
    }
    if !state.is_confirmed() {
        let message = format!("The budget line {reference} is {state}. Have it confirmed first; then its money can be claimed.");
        return Err(Refusal::rule_with(Code::NotConfirmed, message, json!({ "budget_line": reference })));
    }
    let (amount, taken) = (line.amount, line.taken);
    let shortfall = asked + taken - amount;
    if !shortfall.is_positive() {
        return Ok(());
    }
    let message = format!(
        "The budget line {reference} is confirmed for {amount}, of which other claims take {taken}. With {asked} more, {shortfall} would be claimed beyond it."
    );
    let facts = json!({ "budget_line": reference, "confirmed_pence": amount, "claimed_pence": taken, "asked_pence": asked, "shortfall_pence": shortfall });
    Err(Refusal::rule_with(Code::RuleBroken, message, facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn certified(pence: i64) -> ClaimTerms {
        let certificate = Certificate {
            statement: "Spent as agreed.".to_owned(),
            certified_on: day("2020-07-10"),
            certified_by: None,
            certified_by_name: "finance".to_owned(),
            outstanding_returns: None,
        };
        ClaimTerms {
            state: ClaimState::Certified,
            amount_pence: Pence(pence),
            starts_on: day("2020-04-01"),
            ends_on: day("2020-06-30"),
            days_reason: None,
            note: None,
            certificate: Some(certificate),
            receipts: Vec::new(),
            reason: None,
        }
    }

    fn receipt(pence: i64, on: &str) -> Receipt {
        Receipt {
            version: 3,
            recorded_at: Moment::from_micros(0).unwrap(),
            recorded_by: None,
            recorded_by_name: "finance".to_owned(),
            amount_pence: Pence(pence),
            received_on: day(on),
            reference: "BACS 1".to_owned(),
        }
    }

    fn line(state: BudgetState, amount: i64, taken: i64) -> Claimable {
        Claimable { reference: "CIF-2020-21-B1".to_owned(), state, amount: Pence(amount), taken: Pence(taken) }
    }

    #[test]
    fn a_claim_is_certified_once_its_days_are_over() {
        let terms = certified(100);
        let on = |text: &str| Certificate { certified_on: day(text), ..terms.certificate.clone().unwrap() };
        let code =
            |text: &str| certifying_faults(&terms, &on(text), day("2020-07-10")).0.into_iter().map(|fault| fault.code).collect::<Vec<_>>();
        assert_eq!(
            (code("2020-06-30"), code("2020-07-01"), code("2020-07-11")),
            (vec!["too_early".to_owned()], vec![], vec!["in_the_future".to_owned()])
        );
    }

    #[test]
    fn a_claim_is_received_with_its_last_penny() {
        let some = certified(100).receiving(receipt(99, "2020-07-10")).unwrap();
        assert_eq!(
            (some.state, some.received(), some.outstanding(), some.taken()),
            (ClaimState::PartlyReceived, Pence(99), Pence(1), Pence(100))
        );
        let Err(Refusal::Rule { code: Code::RuleBroken, facts, .. }) = some.receiving(receipt(2, "2020-07-11")) else {
            panic!("not refused")
        };
        assert_eq!((facts["outstanding_pence"].as_i64(), facts["excess_pence"].as_i64()), (Some(1), Some(1)));
        let all = some.receiving(receipt(1, "2020-07-11")).unwrap();
        assert_eq!((all.state, all.outstanding(), all.receipts.len()), (ClaimState::Received, Pence(0), 2));
        let faults = |on: &str| {
            receipt_faults(&certified(100), &receipt(1, on), day("2020-07-11")).0.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
        };
        assert_eq!((faults("2020-07-09"), faults("2020-07-10")), (vec!["reversed_dates".to_owned()], vec![]));
        assert_eq!(faults("2020-07-12"), ["in_the_future"]);
    }

    #[test]
    fn a_withdrawn_claim_takes_what_came_only() {
        let some = certified(100).receiving(receipt(40, "2020-07-10")).unwrap();
        let withdrawn = ClaimTerms { state: ClaimState::Withdrawn, ..some };
        assert_eq!((withdrawn.taken(), withdrawn.outstanding()), (Pence(40), Pence(0)));
    }

    #[test]
    fn claims_stay_within_the_confirmed_amount() {
        assert!(may_claim(&line(BudgetState::Confirmed, 100, 60), Pence(40)).is_ok());
        let Err(Refusal::Rule { code, facts, .. }) = may_claim(&line(BudgetState::Restated, 100, 60), Pence(41)) else {
            panic!("not refused")
        };
        assert_eq!((code, facts["shortfall_pence"].as_i64()), (Code::RuleBroken, Some(1)));
        for (state, expected) in [(BudgetState::Provisional, Code::NotConfirmed), (BudgetState::Withdrawn, Code::WrongState)] {
            let Err(Refusal::Rule { code, .. }) = may_claim(&line(state, 100, 0), Pence(1)) else { panic!("not refused") };
            assert_eq!(code, expected);
        }
    }

    #[test]
    fn a_claim_covers_days_on_which_its_money_may_be_spent() {
        let found = |from: &str, to: &str| {
            let terms = ClaimTerms { starts_on: day(from), ends_on: day(to), ..certified(1) };
            let faults = faults(&terms, Some((day("2020-04-01"), day("2021-03-31"))));
            faults.0.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        assert_eq!(found("2020-04-01", "2021-03-31"), [""; 0]);
        assert_eq!(found("2020-03-31", "2021-04-01"), ["/starts_on outside_window", "/ends_on outside_window"]);
        assert_eq!(found("2020-06-02", "2020-06-01"), ["/ends_on reversed_dates"]);
    }
}
