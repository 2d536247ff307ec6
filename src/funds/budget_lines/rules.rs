//! What a budget line is and how its versions follow one another; `money` says what a changed budget does to money.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::rules::{UnspentRule, check_order, check_text};
use crate::kernel::{Faults, FigureNote, Id, Moment, Pence, PositivePence, Provenance, Refusal};

mod money;

pub use money::{
    AtRisk, BudgetLinePart, Free, Place, Plan, Standing, cover, held_out, held_out_on, may_offer, parts_of, plan, sort_for_a_cut,
};

words! {
    /// How far a budget line has come (R01, R02).
    pub enum BudgetState {
        /// Expected.
        Planned = "planned",
        /// Announced by its source and not final.
        Provisional = "provisional",
        /// Final: the money is in the fund period.
        Confirmed = "confirmed",
        /// Final with another amount than before.
        Restated = "restated",
        /// There will be no money.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// How far a budget line has come that is not confirmed.
    pub enum UnconfirmedState {
        /// Expected.
        Planned = "planned",
        /// Announced by its source and not final.
        Provisional = "provisional",
    }
}

words! {
    /// What ended an at-risk approval.
    pub enum AtRiskOutcome {
        /// The budget line was confirmed, so nothing is at risk any more.
        Confirmed = "confirmed",
        /// The budget line was withdrawn.
        Withdrawn = "withdrawn",
        /// A later approval took its place.
        Replaced = "replaced",
        /// Its last day passed.
        Expired = "expired",
    }
}

impl BudgetState {
    /// Whether the money of the line has moved into the fund period.
    #[must_use]
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Restated)
    }

    /// Whether the line may still become something else than it is, and moves no money yet.
    #[must_use]
    pub const fn is_unconfirmed(self) -> bool {
        matches!(self, Self::Planned | Self::Provisional)
    }

    /// Whether a version in the state `next` may follow one in this state. An import may pass over the day of confirmation, which
    /// papers rarely print.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Planned => true,
            Self::Provisional => !matches!(next, Self::Planned),
            Self::Confirmed | Self::Restated => matches!(next, Self::Restated | Self::Withdrawn),
            Self::Withdrawn => false,
        }
    }
}

impl From<UnconfirmedState> for BudgetState {
    fn from(state: UnconfirmedState) -> Self {
        match state {
            UnconfirmedState::Planned => Self::Planned,
            UnconfirmedState::Provisional => Self::Provisional,
        }
    }
}

/// What one version of a budget line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BudgetTerms {
    /// How far it has come.
    pub state: BudgetState,
    /// The whole line in this version, not the change.
    pub amount_pence: Pence,
    /// What of it the body keeps for its own use; none where its source does not say (R12).
    pub internal_pence: Option<Pence>,
    /// How final and how exact the amount is.
    #[serde(flatten)]
    pub figure: FigureNote,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// What the source asks for in return.
    pub conditions: Option<String>,
    /// The first day on which spending counts (R14).
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts.
    pub window_ends_on: Option<NaiveDate>,
    /// What becomes of unspent money; the fund's rule where there is none (R13).
    pub unspent_rule: Option<UnspentRule>,
    /// Why this version differs from the one before.
    pub reason: Option<String>,
}

/// Money from one source into one fund period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BudgetLineFacts {
    /// `CIF-2020-21-B1`.
    pub reference: String,
    /// Where the money goes.
    pub fund_period_id: Id,
    /// Where the money comes from (R03).
    pub funding_source_id: Id,
    /// Who wrote this version; none for the service itself.
    pub recorded_by: Option<Id>,
    /// What the version says.
    #[serde(flatten)]
    pub terms: BudgetTerms,
}

/// A budget line before it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetLineInput {
    /// Where the money comes from; stays as it is (R03).
    pub funding_source_id: Id,
    /// How far it has come.
    pub state: UnconfirmedState,
    /// The whole line, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// What of it the body keeps for its own use, in pence (R12): only the rest can be commissioned. Nothing where it is left out; null
    /// only where an imported line does not show it.
    #[serde(default = "nothing")]
    #[schema(value_type = Option<Pence>, default = 0)]
    pub internal_pence: Option<Pence>,
    /// The day from which this holds.
    pub effective_on: NaiveDate,
    /// What the source asks for in return.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub conditions: Option<String>,
    /// The first day on which spending counts; it may lie outside the fund period (R14).
    #[serde(default)]
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts.
    #[serde(default)]
    pub window_ends_on: Option<NaiveDate>,
    /// What becomes of unspent money; the fund's rule where none is given (R13).
    #[serde(default)]
    pub unspent_rule: Option<UnspentRule>,
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// What a line keeps for internal use where nothing is said.
#[allow(clippy::unnecessary_wraps, reason = "the default of a field that may be unknown")]
const fn nothing() -> Option<Pence> {
    Some(Pence::ZERO)
}

impl BudgetTerms {
    /// What of the line can be commissioned: all but what is for internal use; nothing while that is not known (R12).
    #[must_use]
    pub fn available(&self) -> Pence {
        self.internal_pence.map_or(Pence::ZERO, |internal| self.amount_pence - internal)
    }
}

impl BudgetLineInput {
    /// What the version says.
    #[must_use]
    pub fn terms(&self) -> BudgetTerms {
        BudgetTerms {
            state: self.state.into(),
            amount_pence: self.amount_pence,
            internal_pence: self.internal_pence,
            figure: FigureNote::default(),
            effective_on: self.effective_on,
            conditions: self.conditions.clone(),
            window_starts_on: self.window_starts_on,
            window_ends_on: self.window_ends_on,
            unspent_rule: self.unspent_rule,
            reason: self.reason.clone(),
        }
    }

    /// The input that would make the line as it stands.
    ///
    /// # Errors
    /// [`crate::kernel::Code::WrongState`] where the line is confirmed or withdrawn: it is restated then, never edited.
    pub fn of(facts: &BudgetLineFacts) -> Result<Self, Refusal> {
        let terms = &facts.terms;
        let state = match terms.state {
            BudgetState::Planned => UnconfirmedState::Planned,
            BudgetState::Provisional => UnconfirmedState::Provisional,
            other => return Err(Refusal::wrong_state("budget line", other, "edited")),
        };
        Ok(Self {
            funding_source_id: facts.funding_source_id,
            state,
            amount_pence: terms.amount_pence,
            internal_pence: terms.internal_pence,
            effective_on: terms.effective_on,
            conditions: terms.conditions.clone(),
            window_starts_on: terms.window_starts_on,
            window_ends_on: terms.window_ends_on,
            unspent_rule: terms.unspent_rule,
            reason: terms.reason.clone(),
        })
    }
}

/// The source says that the money is final.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BudgetConfirmation {
    /// The final amount in pence, where it differs from the one planned.
    #[serde(default)]
    #[schema(value_type = Option<PositivePence>)]
    pub amount_pence: Option<Pence>,
    /// What of it the body keeps for its own use, in pence; as before where none is given (R12).
    #[serde(default)]
    pub internal_pence: Option<Pence>,
    /// The day from which this holds; today where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
    /// Where it is written: a grant letter, a paper.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub evidence: Option<String>,
}

/// The source changes a final amount, or what goes with it (R02, R27).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BudgetRestatement {
    /// The whole line from now on, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// What of it the body keeps for its own use, in pence; as before where none is given (R12).
    #[serde(default)]
    pub internal_pence: Option<Pence>,
    /// The day from which this holds; today where none is given. Not before the version that it replaces.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// What the source asks for in return; as before where none is given.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub conditions: Option<String>,
    /// The first day on which spending counts; as before where none is given.
    #[serde(default)]
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts; as before where none is given.
    #[serde(default)]
    pub window_ends_on: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// Where it is written.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub evidence: Option<String>,
}

/// There will be no money from this line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct BudgetWithdrawal {
    /// The day from which this holds; today where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// Where it is written.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub evidence: Option<String>,
}

/// Leave to commit against a line that is not confirmed (R48).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct AtRiskInput {
    /// Up to so much, in pence; at most the line's amount.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The last day on which something may be offered under it.
    pub until: NaiveDate,
    /// Why the risk is taken.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// What is approved, also for an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRiskTerms {
    /// Up to so much.
    pub amount_pence: Pence,
    /// The first day.
    pub approved_on: NaiveDate,
    /// The last day; until the line is confirmed or withdrawn where there is none.
    pub until: Option<NaiveDate>,
    /// Why the risk is taken.
    pub reason: String,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
}

/// An at-risk approval that nothing has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRiskApproval {
    /// Its id.
    pub id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// What is approved.
    pub terms: AtRiskTerms,
    /// Who approved.
    pub approved_by: Option<Id>,
    /// Their name then.
    pub approved_by_name: String,
    /// Where that comes from.
    pub provenance: Provenance,
}

impl AtRiskTerms {
    /// Whether something may be offered under it on `day`.
    #[must_use]
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.approved_on <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// What is wrong with a version, judged by itself and against the one before.
#[must_use]
pub fn faults(terms: &BudgetTerms, before: Option<&BudgetTerms>) -> Faults {
    let mut faults = Faults::new();
    if terms.state == BudgetState::Withdrawn {
        faults.require(terms.amount_pence.is_zero(), "/amount_pence", "not_zero", "A withdrawn line has no money.");
    } else {
        faults.require(terms.amount_pence.is_positive(), "/amount_pence", "too_small", "The amount must be more than nothing.");
    }
    faults.require(terms.amount_pence <= Pence::MAX, "/amount_pence", "too_large", "The amount is beyond what a budget can hold.");
    let internal = terms.internal_pence.unwrap_or_default();
    faults.require(internal >= Pence::ZERO, "/internal_pence", "too_small", "Internal use is nothing or more.");
    let is_within = !internal.is_positive() || internal <= terms.amount_pence;
    faults.require(is_within, "/internal_pence", "beyond_line", "No more is for internal use than the line holds.");
    let reversed = matches!((terms.window_starts_on, terms.window_ends_on), (Some(first), Some(last)) if last < first);
    faults.require(!reversed, "/window_ends_on", "reversed_dates", "The last day on which spending counts is before the first.");
    let confirmed = before.filter(|before| before.state.is_confirmed());
    check_order(&mut faults, confirmed.map(|before| before.effective_on), terms.effective_on);
    check_text(&mut faults, "/conditions", terms.conditions.as_deref());
    check_text(&mut faults, "/reason", terms.reason.as_deref());
    faults
}

/// What is wrong with an at-risk approval of a line of which `amount` can be commissioned.
#[must_use]
pub fn at_risk_faults(terms: &AtRiskTerms, amount: Pence) -> Faults {
    let mut faults = Faults::new();
    faults.require(terms.amount_pence.is_positive(), "/amount_pence", "too_small", "The amount must be more than nothing.");
    faults.require(
        terms.amount_pence <= amount,
        "/amount_pence",
        "beyond_line",
        "More cannot be at risk than can be commissioned from the budget line.",
    );
    let reversed = terms.until.is_some_and(|until| until < terms.approved_on);
    faults.require(!reversed, "/until", "reversed_dates", "The last day is before the day of the approval.");
    check_text(&mut faults, "/reason", Some(&terms.reason));
    faults
}

#[cfg(test)]
mod tests;
