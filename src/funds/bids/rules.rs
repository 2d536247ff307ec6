//! What a bid is and how it goes on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{check_dates, check_once, check_text};
use crate::kernel::{Faults, FigureNote, Id, Pence, PositivePence, Provenance, Refusal};

words! {
    /// How far a bid has come.
    pub enum BidState {
        /// It is being written.
        Drafting = "drafting",
        /// The funder has it.
        Submitted = "submitted",
        /// The funder gives money.
        Successful = "successful",
        /// The funder gives none.
        Unsuccessful = "unsuccessful",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What part the body has in a bid (R25).
    pub enum OpccRole {
        /// It asks for the money itself.
        Lead = "lead",
        /// It supports somebody else's bid, which stays outside its totals.
        Supporter = "supporter",
    }
}

words! {
    /// What the funder decided.
    pub enum BidDecision {
        /// The funder gives money.
        Successful = "successful",
        /// The funder gives none.
        Unsuccessful = "unsuccessful",
    }
}

impl BidState {
    /// Whether the funder has decided, or will not.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Successful | Self::Unsuccessful | Self::Withdrawn)
    }

    /// Whether an import may tell of `next` after this.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Drafting => true,
            Self::Submitted => !matches!(next, Self::Drafting),
            Self::Successful => matches!(next, Self::Successful),
            Self::Unsuccessful => matches!(next, Self::Unsuccessful),
            Self::Withdrawn => matches!(next, Self::Withdrawn),
        }
    }
}

/// A check and challenge point on a bid's way (R47).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BidGate {
    /// What it is called.
    pub name: Option<String>,
    /// Whether the bid has passed it.
    pub passed: bool,
    /// When it did.
    pub passed_on: Option<NaiveDate>,
}

/// What one version of a bid says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BidTerms {
    /// How far it has come.
    pub state: BidState,
    /// What it is called.
    pub title: String,
    /// The funder.
    pub funding_source_id: Option<Id>,
    /// The fund that the money is asked from or for.
    pub fund_id: Option<Id>,
    /// Who leads it, in words.
    pub lead_applicant: String,
    /// The provider who leads it, where it is one.
    pub lead_provider_id: Option<Id>,
    /// What part the body has in it.
    pub opcc_role: OpccRole,
    /// The number of the funder's round.
    pub round: Option<i32>,
    /// Where the money would be spent.
    pub area_ids: Vec<Id>,
    /// What is asked for.
    pub requested_pence: Option<Pence>,
    /// What is given.
    pub awarded_pence: Option<Pence>,
    /// How final and how exact the amount is.
    #[serde(flatten)]
    pub figure: FigureNote,
    /// When the funder got it.
    pub submitted_on: Option<NaiveDate>,
    /// When the funder decided.
    pub decided_on: Option<NaiveDate>,
    /// What it has to pass, in order.
    pub gates: Vec<BidGate>,
    /// The budget line that was made of it.
    pub budget_line_id: Option<Id>,
    /// Why this version differs from the one before.
    pub reason: Option<String>,
}

/// Money that the body asks for, or helps others to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BidFacts {
    /// `BID-0007`.
    pub reference: String,
    /// What the version says.
    #[serde(flatten)]
    pub terms: BidTerms,
}

/// A bid that is not decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BidInput {
    /// What it is called.
    #[schema(min_length = 1, max_length = 300, example = "VRU grant application 2020-21")]
    pub title: String,
    /// The funder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = Id)]
    pub funding_source_id: Option<Id>,
    /// The fund that the money is asked from or for.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// Who leads it, in words.
    #[schema(min_length = 1, max_length = 300, example = "OPCC")]
    pub lead_applicant: String,
    /// The provider who leads it, where it is one.
    #[serde(default)]
    pub lead_provider_id: Option<Id>,
    /// What part the body has in it (R25).
    pub opcc_role: OpccRole,
    /// The number of the funder's round.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 999)]
    pub round: Option<i32>,
    /// Where the money would be spent.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub area_ids: Vec<Id>,
    /// What is asked for, in pence; needed before it is submitted.
    #[serde(default)]
    #[schema(value_type = Option<PositivePence>)]
    pub requested_pence: Option<Pence>,
    /// The names of the gates that it has to pass, in order (R47). They stay as they are once one is passed.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub gates: Vec<BidGateInput>,
}

/// A check and challenge point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BidGateInput {
    /// What it is called.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "Check and challenge point 1")]
    pub name: Option<String>,
}

/// The bid goes to the funder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BidSubmission {
    /// The day; today where none is given.
    #[serde(default)]
    pub submitted_on: Option<NaiveDate>,
}

/// The bid has passed its next gate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BidGatePassing {
    /// Which gate, from 1: the first that is not passed yet.
    #[schema(minimum = 1, maximum = 20)]
    pub number: usize,
    /// The day; today where none is given.
    #[serde(default)]
    pub passed_on: Option<NaiveDate>,
}

/// What the funder decided.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BidOutcome {
    /// Whether there is money.
    pub decision: BidDecision,
    /// How much, in pence; none where the funder has not said.
    #[serde(default)]
    #[schema(value_type = Option<PositivePence>)]
    pub awarded_pence: Option<Pence>,
    /// The day of the decision; today where none is given.
    #[serde(default)]
    pub decided_on: Option<NaiveDate>,
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// The bid is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BidWithdrawal {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// The budget line that an awarded bid becomes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BidBudgetLine {
    /// Where the money goes.
    pub fund_period_id: Id,
    /// The day from which it holds; the day of the funder's decision where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// What the funder asks for in return.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub conditions: Option<String>,
    /// The first day on which spending counts (R14).
    #[serde(default)]
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts.
    #[serde(default)]
    pub window_ends_on: Option<NaiveDate>,
}

impl BidTerms {
    /// How many gates are passed, of how many: `3 of 4`. `None` for a bid without gates.
    #[must_use]
    pub fn progress(&self) -> Option<String> {
        let passed = self.gates.iter().filter(|gate| gate.passed).count();
        (!self.gates.is_empty()).then(|| format!("{passed} of {}", self.gates.len()))
    }

    /// The same bid with gate `number` passed.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] unless it is the first gate that is not passed.
    pub fn passing(&self, number: usize, on: NaiveDate) -> Result<Self, Refusal> {
        let mut terms = self.clone();
        let next = self.gates.iter().position(|gate| !gate.passed);
        let wrong = |message: String| Refusal::invalid("/number", "not_next", message);
        let Some(at) = next else { return Err(wrong("No gate is left to pass.".to_owned())) };
        if number != at + 1 {
            return Err(wrong(format!("Gates are passed in order: gate {} is next.", at + 1)));
        }
        if let Some(gate) = terms.gates.get_mut(at) {
            (gate.passed, gate.passed_on) = (true, Some(on));
        }
        Ok(terms)
    }
}

impl BidInput {
    /// What the version says: as `before` where there is one, a draft otherwise. Gates that are passed stay passed.
    #[must_use]
    pub fn terms(&self, before: Option<&BidTerms>) -> BidTerms {
        let old = |at: usize| before.and_then(|before| before.gates.get(at));
        let gate = |(at, gate): (usize, &BidGateInput)| BidGate {
            name: gate.name.clone(),
            passed: old(at).is_some_and(|old| old.passed),
            passed_on: old(at).and_then(|old| old.passed_on),
        };
        BidTerms {
            state: before.map_or(BidState::Drafting, |before| before.state),
            title: self.title.clone(),
            funding_source_id: self.funding_source_id,
            fund_id: self.fund_id,
            lead_applicant: self.lead_applicant.clone(),
            lead_provider_id: self.lead_provider_id,
            opcc_role: self.opcc_role,
            round: self.round,
            area_ids: self.area_ids.clone(),
            requested_pence: self.requested_pence,
            awarded_pence: before.and_then(|before| before.awarded_pence),
            figure: before
                .filter(|before| before.requested_pence == self.requested_pence)
                .map(|before| before.figure.clone())
                .unwrap_or_default(),
            submitted_on: before.and_then(|before| before.submitted_on),
            decided_on: before.and_then(|before| before.decided_on),
            gates: self.gates.iter().enumerate().map(gate).collect(),
            budget_line_id: before.and_then(|before| before.budget_line_id),
            reason: None,
        }
    }

    /// The input that would make the bid as it stands.
    ///
    /// # Errors
    /// [`crate::kernel::Code::WrongState`] once it is over.
    pub fn of(terms: &BidTerms) -> Result<Self, Refusal> {
        if terms.state.is_over() {
            return Err(Refusal::wrong_state("bid", terms.state, "edited"));
        }
        Ok(Self {
            title: terms.title.clone(),
            funding_source_id: terms.funding_source_id,
            fund_id: terms.fund_id,
            lead_applicant: terms.lead_applicant.clone(),
            lead_provider_id: terms.lead_provider_id,
            opcc_role: terms.opcc_role,
            round: terms.round,
            area_ids: terms.area_ids.clone(),
            requested_pence: terms.requested_pence,
            gates: terms.gates.iter().map(|gate| BidGateInput { name: gate.name.clone() }).collect(),
        })
    }
}

/// What is wrong with a version, judged by itself and against the one before. What `provenance` says is not evidenced may be missing.
#[must_use]
pub fn faults(terms: &BidTerms, before: Option<&BidTerms>, provenance: &Provenance) -> Faults {
    let mut faults = Faults::new();
    for (pointer, text) in [("/title", &terms.title), ("/lead_applicant", &terms.lead_applicant)] {
        faults.require(!text.trim().is_empty(), pointer, "blank", "A text is not blank.");
        faults.require(text.chars().count() <= 300, pointer, "too_long", "At most 300 characters.");
    }
    check_once(&mut faults, "/area_ids", &terms.area_ids);
    check_text(&mut faults, "/reason", terms.reason.as_deref());
    check_dates(&mut faults, "/decided_on", terms.submitted_on, terms.decided_on);
    let sent = matches!(terms.state, BidState::Submitted | BidState::Successful | BidState::Unsuccessful);
    let decided = matches!(terms.state, BidState::Successful | BidState::Unsuccessful);
    let needed = [
        (true, terms.funding_source_id.is_some(), "source", "/funding_source_id", "A bid says who is asked."),
        (sent, terms.requested_pence.is_some(), "requested", "/requested_pence", "A bid that was submitted says for how much it asks."),
        (sent, terms.submitted_on.is_some(), "submitted_on", "/submitted_on", "A bid that was submitted says when."),
        (decided, terms.decided_on.is_some(), "decided_on", "/decided_on", "A bid that was decided says when."),
    ];
    for (is_needed, is_there, word, pointer, message) in needed {
        faults.require(!is_needed || is_there || provenance.lacks(word), pointer, "required", message);
    }
    let gives = terms.awarded_pence.is_none() || terms.state == BidState::Successful;
    faults.require(gives, "/awarded_pence", "not_awarded", "Only a successful bid has money.");
    for (pointer, amount) in [("/requested_pence", terms.requested_pence), ("/awarded_pence", terms.awarded_pence)] {
        faults.require(amount.is_none_or(Pence::is_positive), pointer, "too_small", "The amount must be more than nothing.");
    }
    faults.require(terms.round.is_none_or(|round| round >= 1), "/round", "too_small", "Rounds are numbered from 1.");
    gate_faults(&mut faults, terms, before);
    faults
}

fn gate_faults(faults: &mut Faults, terms: &BidTerms, before: Option<&BidTerms>) {
    let first_open = terms.gates.iter().position(|gate| !gate.passed).unwrap_or(terms.gates.len());
    for (at, gate) in terms.gates.iter().enumerate() {
        let in_order = !gate.passed || at < first_open;
        faults.require(in_order, &format!("/gates/{at}"), "not_next", "Gates are passed in order.");
        check_text(faults, &format!("/gates/{at}/name"), gate.name.as_deref());
    }
    let passed = before.map_or(0, |before| before.gates.iter().filter(|gate| gate.passed).count());
    let names = |gates: &[BidGate]| gates.iter().map(|gate| gate.name.clone()).collect::<Vec<_>>();
    let is_same = before.is_none_or(|before| passed == 0 || names(&before.gates) == names(&terms.gates));
    faults.require(is_same, "/gates", "fixed", "The gates stay as they are once one is passed.");
}

#[cfg(test)]
mod tests;
