//! What a tranche is and how it goes on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::budget_lines::rules::BudgetLinePart;
use crate::funds::rules::{check_dates, check_order, check_text};
use crate::kernel::{Fault, Faults, FigureNote, Id, Pence, PositivePence, Provenance, Refusal};

words! {
    /// How far a tranche has come.
    pub enum TrancheState {
        /// It is expected.
        Planned = "planned",
        /// Applications come in.
        Open = "open",
        /// Applications are being judged.
        Assessing = "assessing",
        /// It is known who gets what.
        Decided = "decided",
        /// All awards are made; it counts in totals to date (R26).
        Completed = "completed",
        /// It will not be.
        Cancelled = "cancelled",
    }
}

impl TrancheState {
    /// Whether the tranche is over, with or without awards.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// Whether awards may be offered out of the tranche: not while it is only planned, and not once it is over (R26).
    #[must_use]
    pub const fn lets_offer(self) -> bool {
        matches!(self, Self::Open | Self::Assessing | Self::Decided)
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Planned => 0,
            Self::Open => 1,
            Self::Assessing => 2,
            Self::Decided => 3,
            Self::Completed | Self::Cancelled => 4,
        }
    }

    /// Whether an import may tell of `next` after this: forwards, over as many states as papers leave out.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Cancelled => matches!(next, Self::Cancelled),
            Self::Completed => matches!(next, Self::Completed),
            Self::Decided => matches!(next, Self::Decided | Self::Completed),
            _ => self.rank() <= next.rank(),
        }
    }
}

/// What moves a tranche from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Applications may come in.
    Open,
    /// Applications are judged from now on.
    Assess,
    /// It is decided who gets what.
    Decide,
    /// All awards are made.
    Complete,
    /// It will not be.
    Cancel,
}

impl Step {
    /// All steps, in the order in which they come.
    pub const ALL: [Self; 5] = [Self::Open, Self::Assess, Self::Decide, Self::Complete, Self::Cancel];

    /// Where the step leads from `state`. `None` where it cannot be taken.
    #[must_use]
    pub const fn from(self, state: TrancheState) -> Option<TrancheState> {
        match (self, state) {
            (Self::Open, TrancheState::Planned) => Some(TrancheState::Open),
            (Self::Assess, TrancheState::Open) => Some(TrancheState::Assessing),
            (Self::Decide, TrancheState::Assessing) => Some(TrancheState::Decided),
            (Self::Complete, TrancheState::Decided) => Some(TrancheState::Completed),
            (Self::Cancel, TrancheState::Planned | TrancheState::Open | TrancheState::Assessing) => Some(TrancheState::Cancelled),
            _ => None,
        }
    }

    /// The step as callers name it among `allowed_actions`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assess => "assess",
            Self::Decide => "decide",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
        }
    }

    /// The step as a refusal names it.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Open => "opened",
            Self::Assess => "closed to applications",
            Self::Decide => "decided",
            Self::Complete => "completed",
            Self::Cancel => "cancelled",
        }
    }
}

/// What one version of a tranche says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrancheTerms {
    /// How far it has come.
    pub state: TrancheState,
    /// What it is called.
    pub name: String,
    /// What it was meant to give out; a figure, no money.
    pub planned_pence: Option<Pence>,
    /// How many projects it paid for, where that is told without naming them.
    pub projects_count: Option<i32>,
    /// How final and how exact the amount is.
    #[serde(flatten)]
    pub figure: FigureNote,
    /// The first day for applications.
    pub opens_on: Option<NaiveDate>,
    /// The last day for applications.
    pub closes_on: Option<NaiveDate>,
    /// The day of the decision.
    pub decision_on: Option<NaiveDate>,
    /// What applications are judged by, for the public (R28).
    pub criteria: Option<String>,
    /// Where the public finds guidance (R28).
    pub guidance_url: Option<String>,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// Why this version differs from the one before.
    pub reason: Option<String>,
}

/// A funding round of a fund period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrancheFacts {
    /// `CIF-2020-21-T3`.
    pub reference: String,
    /// Whose round it is.
    pub fund_period_id: Id,
    /// Its number in the fund period, from 1.
    pub number: i32,
    /// What the version says.
    #[serde(flatten)]
    pub terms: TrancheTerms,
}

/// A planned tranche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrancheInput {
    /// Its number in the fund period; the next one where none is given. Stays as it is.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 999)]
    pub number: Option<i32>,
    /// What it is called.
    #[schema(min_length = 1, max_length = 300, example = "CIF tranche 4")]
    pub name: String,
    /// What it is meant to give out, in pence; a figure that moves no money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = Pence, example = 5_700_000)]
    pub planned_pence: Option<Pence>,
    /// The first day for applications.
    #[serde(default)]
    #[schema(example = "2021-01-01")]
    pub opens_on: Option<NaiveDate>,
    /// The last day for applications.
    #[serde(default)]
    #[schema(example = "2021-01-22")]
    pub closes_on: Option<NaiveDate>,
    /// The day of the decision.
    #[serde(default)]
    #[schema(example = "2021-01-31")]
    pub decision_on: Option<NaiveDate>,
    /// What applications are judged by, for the public (R28).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10_000)]
    pub criteria: Option<String>,
    /// Where the public finds guidance (R28).
    #[serde(default)]
    #[schema(min_length = 8, max_length = 500, pattern = "^https?://[!-~]+$", example = "https://opcc.example/funds/cif")]
    pub guidance_url: Option<String>,
    /// The day from which this holds, also one that is past; today where none is given. No step or change holds from an earlier day.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
}

impl TrancheInput {
    /// What the version says: as `before` where there is one, planned otherwise.
    #[must_use]
    pub fn terms(&self, before: Option<&TrancheTerms>, today: NaiveDate) -> TrancheTerms {
        TrancheTerms {
            state: before.map_or(TrancheState::Planned, |before| before.state),
            name: self.name.clone(),
            planned_pence: self.planned_pence,
            projects_count: before.and_then(|before| before.projects_count),
            figure: before
                .filter(|before| before.planned_pence == self.planned_pence)
                .map(|before| before.figure.clone())
                .unwrap_or_default(),
            opens_on: self.opens_on,
            closes_on: self.closes_on,
            decision_on: self.decision_on,
            criteria: self.criteria.clone(),
            guidance_url: self.guidance_url.clone(),
            effective_on: self.effective_on.unwrap_or_else(|| before.map_or(today, |before| before.effective_on.max(today))),
            reason: None,
        }
    }

    /// The input that would make the tranche as it stands.
    ///
    /// # Errors
    /// [`crate::kernel::Code::WrongState`] once it is decided: what the public was told stays as it is.
    pub fn of(facts: &TrancheFacts) -> Result<Self, Refusal> {
        let terms = &facts.terms;
        if matches!(terms.state, TrancheState::Decided | TrancheState::Completed | TrancheState::Cancelled) {
            return Err(Refusal::wrong_state("tranche", terms.state, "edited"));
        }
        Ok(Self {
            number: Some(facts.number),
            name: terms.name.clone(),
            planned_pence: terms.planned_pence,
            opens_on: terms.opens_on,
            closes_on: terms.closes_on,
            decision_on: terms.decision_on,
            criteria: terms.criteria.clone(),
            guidance_url: terms.guidance_url.clone(),
            effective_on: None,
        })
    }
}

/// A step of a tranche.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct TrancheStep {
    /// The day on which it happens; today where none is given. For a decision, the day of the decision.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// Money set aside for a tranche.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct TrancheAllocation {
    /// How much more is set aside, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The day on which it is set aside; today where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Which budget line gives how much; in proportion to what each has free where none are given.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50)]
    pub parts: Option<Vec<BudgetLinePart>>,
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

/// Money set aside for a tranche no longer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct TrancheRelease {
    /// How much goes back, in pence; all that is left where no amount is given.
    #[serde(default)]
    #[schema(value_type = Option<PositivePence>)]
    pub amount_pence: Option<Pence>,
    /// The day on which it goes back; today where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// A refusal of the version that a step would make, as the step's request hears it: the day of a decision is that request's own, other
/// days are to be mended in the funding round first.
#[must_use]
pub fn of_step(refusal: Refusal, step: Step) -> Refusal {
    let own = |fault: Fault| {
        let is_of_day = step == Step::Decide && fault.pointer == "/decision_on";
        if is_of_day { Fault { pointer: "/effective_on".to_owned(), ..fault } } else { fault }
    };
    match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(own).collect()),
        other => other,
    }
    .of_record("funding round", &["/effective_on", "/reason"])
}

/// What is wrong with a version, judged by itself and against the one before. What `provenance` says is not evidenced may be missing.
#[must_use]
pub fn faults(terms: &TrancheTerms, before: Option<&TrancheTerms>, provenance: &Provenance) -> Faults {
    let mut faults = Faults::new();
    faults.require(!terms.name.trim().is_empty(), "/name", "blank", "A name is not blank.");
    faults.require(terms.name.chars().count() <= 300, "/name", "too_long", "A name has at most 300 characters.");
    let has_plan = terms.planned_pence.is_some() || provenance.lacks("planned_amount");
    faults.require(has_plan, "/planned_pence", "required", "A tranche says what it is meant to give out (R26).");
    check_dates(&mut faults, "/closes_on", terms.opens_on, terms.closes_on);
    let decided_before = terms.closes_on.or(terms.opens_on);
    check_dates(&mut faults, "/decision_on", decided_before, terms.decision_on);
    let needs_dates = !matches!(terms.state, TrancheState::Planned | TrancheState::Cancelled);
    let has = |date: Option<NaiveDate>, word: &str| !needs_dates || date.is_some() || provenance.lacks(word);
    faults.require(has(terms.opens_on, "opens_on"), "/opens_on", "required", "A tranche that is open says from when.");
    faults.require(has(terms.closes_on, "closes_on"), "/closes_on", "required", "A tranche that is open says until when.");
    let is_decided = matches!(terms.state, TrancheState::Decided | TrancheState::Completed);
    let has_decision = !is_decided || terms.decision_on.is_some() || provenance.lacks("decision_on");
    faults.require(has_decision, "/decision_on", "required", "A tranche that is decided says when.");
    let counts = terms.projects_count.is_none_or(|count| count >= 0);
    faults.require(counts, "/projects_count", "too_small", "A number of projects is not below nothing.");
    check_order(&mut faults, before.map(|before| before.effective_on), terms.effective_on);
    check_text(&mut faults, "/criteria", terms.criteria.as_deref());
    check_text(&mut faults, "/reason", terms.reason.as_deref());
    faults
}

/// Something about a tranche that people should look at; it forbids nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrancheWarning {
    /// What it is.
    pub code: TrancheWarningCode,
    /// A sentence for people.
    #[schema(max_length = 500)]
    pub message: String,
    /// What its awards come to, less what was planned, in pence; below nought where they come to less. Null where no sum is meant.
    #[schema(value_type = Option<i64>)]
    pub difference_pence: Option<Pence>,
}

words! {
    /// What people should look at.
    pub enum TrancheWarningCode {
        /// What is offered and awarded is not what was planned for the tranche (R10).
        DiffersFromPlan = "differs_from_plan",
        /// It is open after its last day for applications.
        OpenAfterLastDay = "open_after_last_day",
    }
}

/// What people should look at.
#[must_use]
pub fn warnings(terms: &TrancheTerms, awarded: Pence) -> Vec<TrancheWarning> {
    open_late(terms).into_iter().chain(unlike_plan(terms, awarded)).collect()
}

/// A round that is open takes applications, so its last day for them is not over when it opens.
fn open_late(terms: &TrancheTerms) -> Option<TrancheWarning> {
    let last = terms.closes_on.filter(|last| terms.state == TrancheState::Open && *last < terms.effective_on)?;
    let message = format!(
        "It is open from {}, after its last day for applications, {last}. Give it a later last day, or close it to applications.",
        terms.effective_on
    );
    Some(TrancheWarning { code: TrancheWarningCode::OpenAfterLastDay, message, difference_pence: None })
}

/// Once a tranche is decided, its awards, offered and accepted, ought to come to what was planned (R10).
fn unlike_plan(terms: &TrancheTerms, awarded: Pence) -> Option<TrancheWarning> {
    let is_decided = matches!(terms.state, TrancheState::Decided | TrancheState::Completed);
    let planned = terms.planned_pence.filter(|planned| is_decided && *planned != awarded)?;
    let difference = awarded - planned;
    let size = Pence(difference.0.saturating_abs());
    let side = if difference.is_positive() { "more" } else { "less" };
    let message = format!("What is offered and awarded comes to {awarded}, {size} {side} than the {planned} that were planned.");
    Some(TrancheWarning { code: TrancheWarningCode::DiffersFromPlan, message, difference_pence: Some(difference) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn terms(state: TrancheState) -> TrancheTerms {
        TrancheTerms {
            state,
            name: "CIF tranche 4".to_owned(),
            planned_pence: Some(Pence(5_700_000)),
            projects_count: None,
            figure: FigureNote::default(),
            opens_on: Some(day("2021-01-01")),
            closes_on: Some(day("2021-01-22")),
            decision_on: Some(day("2021-01-31")),
            criteria: None,
            guidance_url: None,
            effective_on: day("2020-11-30"),
            reason: None,
        }
    }

    fn codes(faults: &Faults) -> Vec<(&str, &str)> {
        faults.0.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect()
    }

    #[test]
    fn reversed_dates_are_found() {
        let wrong =
            TrancheTerms { closes_on: Some(day("2020-12-31")), decision_on: Some(day("2020-12-30")), ..terms(TrancheState::Planned) };
        assert_eq!(
            codes(&faults(&wrong, None, &Provenance::default())),
            [("/closes_on", "reversed_dates"), ("/decision_on", "reversed_dates")]
        );
        let never_closed = TrancheTerms { closes_on: None, decision_on: Some(day("2020-12-31")), ..terms(TrancheState::Planned) };
        assert_eq!(codes(&faults(&never_closed, None, &Provenance::default())), [("/decision_on", "reversed_dates")]);
    }

    #[test]
    fn only_history_may_be_incomplete() {
        let bare =
            TrancheTerms { planned_pence: None, opens_on: None, closes_on: None, decision_on: None, ..terms(TrancheState::Completed) };
        let found = faults(&bare, None, &Provenance::default());
        let expected =
            [("/planned_pence", "required"), ("/opens_on", "required"), ("/closes_on", "required"), ("/decision_on", "required")];
        assert_eq!(codes(&found), expected);
        let mut provenance = Provenance::default();
        provenance.not_evidenced.extend(["planned_amount", "opens_on", "closes_on", "decision_on"].map(str::to_owned));
        assert!(faults(&bare, None, &provenance).0.is_empty());
    }

    #[test]
    fn steps_lead_through_the_states_in_order() {
        let path: Vec<TrancheState> = Step::ALL
            .iter()
            .take(4)
            .scan(TrancheState::Planned, |state, step| {
                *state = step.from(*state)?;
                Some(*state)
            })
            .collect();
        assert_eq!(path, [TrancheState::Open, TrancheState::Assessing, TrancheState::Decided, TrancheState::Completed]);
        for state in TrancheState::ALL {
            for step in Step::ALL {
                if let Some(next) = step.from(*state) {
                    assert!(state.may_become(next), "{state} to {next}");
                }
            }
        }
    }

    #[test]
    fn an_import_passes_over_states_but_never_back() {
        assert!(TrancheState::Planned.may_become(TrancheState::Completed));
        for (before, after) in [
            (TrancheState::Completed, TrancheState::Cancelled),
            (TrancheState::Cancelled, TrancheState::Completed),
            (TrancheState::Decided, TrancheState::Open),
            (TrancheState::Decided, TrancheState::Cancelled),
        ] {
            assert!(!before.may_become(after), "{before} to {after}");
        }
    }

    #[test]
    fn an_edit_keeps_the_state_and_a_decision_ends_edits() {
        let facts =
            |state| TrancheFacts { reference: "CIF-2020-21-T4".to_owned(), fund_period_id: Id::new(), number: 4, terms: terms(state) };
        let open = facts(TrancheState::Open);
        let input = TrancheInput::of(&open).unwrap();
        let past = TrancheInput { effective_on: Some(day("2020-04-10")), ..input.clone() };
        assert_eq!(past.terms(None, day("2020-12-01")).effective_on, day("2020-04-10"));
        assert_eq!(faults(&past.terms(Some(&open.terms), day("2020-12-01")), Some(&open.terms), &Provenance::default()).0.len(), 1);
        assert_eq!(input.terms(Some(&open.terms), day("2020-12-01")).state, TrancheState::Open);
        assert!(TrancheInput::of(&facts(TrancheState::Decided)).is_err());
    }
}
