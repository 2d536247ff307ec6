//! What an award owes: returns, an evaluation, conditions.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Quantity};

words! {
    /// Which returns an award owes.
    pub enum MonitoringFrequency {
        /// One for each quarter.
        Quarterly = "quarterly",
        /// One for each half of a financial year.
        HalfYearly = "half_yearly",
        /// One at its end.
        EndOfGrant = "end_of_grant",
        /// None.
        None = "none",
    }
}

words! {
    /// How thoroughly an award is evaluated (R67).
    pub enum EvaluationDepth {
        /// With named outcomes.
        Full = "full",
        /// Who, how and by when.
        Light = "light",
    }
}

words! {
    /// How far a condition is met (R49).
    pub enum EvidenceStatus {
        /// Nothing came yet.
        Awaited = "awaited",
        /// Evidence came and is looked at.
        Submitted = "submitted",
        /// Met.
        Met = "met",
        /// Not met.
        NotMet = "not_met",
        /// No longer asked for.
        Waived = "waived",
    }
}

/// Which returns an award owes and how it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonitoringPlanInput {
    /// Which returns.
    pub frequency: MonitoringFrequency,
    /// How thoroughly it is evaluated.
    pub evaluation: EvaluationDepth,
}

/// The evaluation of an award (R67, R68).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationInput {
    /// Who evaluates.
    #[schema(min_length = 1, max_length = 300)]
    pub evaluator: String,
    /// How.
    #[schema(min_length = 1, max_length = 2000)]
    pub method: String,
    /// By when.
    pub due_on: NaiveDate,
    /// The outcomes that it looks at; a full evaluation names at least one.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub outcomes: Vec<EvaluationOutcome>,
    /// What it found, once it is there.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10_000)]
    pub findings: Option<String>,
}

/// An outcome that an evaluation looks at, and what it found (R68).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationOutcome {
    /// The question.
    #[schema(min_length = 1, max_length = 1000)]
    pub question: String,
    /// The answer.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4000)]
    pub result: Option<String>,
    /// Whom the people helped were compared with.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub comparator: Option<String>,
    /// The lower end of the answer, in per cent.
    #[serde(default)]
    pub low_percent: Option<Quantity>,
    /// The upper end of the answer, in per cent.
    #[serde(default)]
    pub high_percent: Option<Quantity>,
}

/// A condition of an award and how far it is met (R49).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardCondition {
    /// The condition.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
    /// By when.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// How far it is met.
    #[serde(default = "awaited")]
    pub evidence_status: EvidenceStatus,
    /// What the evidence is.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    pub evidence_note: Option<String>,
    /// When the evidence came.
    #[serde(default)]
    pub evidenced_on: Option<NaiveDate>,
}

/// A condition as it is agreed, apart from how far it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreedCondition {
    /// The condition.
    #[schema(min_length = 1, max_length = 2000, example = "A member of staff is trained in safeguarding.")]
    pub text: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
}

impl AwardCondition {
    /// What of it is agreed.
    #[must_use]
    pub fn agreed(&self) -> AgreedCondition {
        AgreedCondition { text: self.text.clone(), due_on: self.due_on }
    }

    /// A new condition, of which nothing came yet.
    #[must_use]
    pub fn new(agreed: AgreedCondition) -> Self {
        Self { text: agreed.text, due_on: agreed.due_on, evidence_status: awaited(), evidence_note: None, evidenced_on: None }
    }

    /// The condition of the next agreement year, which begins on `first`; none where it was waived.
    #[must_use]
    pub fn asked_anew(self, first: Option<NaiveDate>) -> Option<Self> {
        let due_on = self.due_on.filter(|due| first.is_none_or(|first| *due >= first));
        let is_asked = self.evidence_status != EvidenceStatus::Waived;
        is_asked.then_some(Self { due_on, evidence_status: awaited(), evidence_note: None, evidenced_on: None, text: self.text })
    }
}

const fn awaited() -> EvidenceStatus {
    EvidenceStatus::Awaited
}

/// What an award owes. In history parts of it may not be known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Which returns.
    pub frequency: Option<MonitoringFrequency>,
    /// How thoroughly it is evaluated.
    pub evaluation: Option<EvaluationDepth>,
    /// Whether both came from the fund.
    pub is_fund_default: bool,
    /// Who evaluates.
    pub evaluator: Option<String>,
    /// How.
    pub method: Option<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// What it found.
    pub findings: Option<String>,
    /// The outcomes that it looks at.
    pub outcomes: Vec<EvaluationOutcome>,
}

impl Plan {
    /// Whether the plan lets an award go live (R67): returns and evaluation are settled, and the evaluation says who, how and by
    /// when; a full one names outcomes.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let outlined = self.evaluator.is_some() && self.method.is_some() && self.due_on.is_some();
        let named = self.evaluation == Some(EvaluationDepth::Light) || !self.outcomes.is_empty();
        self.frequency.is_some() && self.evaluation.is_some() && outlined && named
    }

    /// The plan of the next agreement year, which begins on `first`: without what was found, and without a day that lies before. What this
    /// one leaves open is as in `own`.
    #[must_use]
    pub fn asked_anew(&self, own: &Self, first: Option<NaiveDate>) -> Self {
        let outcome = |one: &EvaluationOutcome| EvaluationOutcome { result: None, low_percent: None, high_percent: None, ..one.clone() };
        let next = Self {
            frequency: self.frequency.or(own.frequency),
            evaluation: self.evaluation.or(own.evaluation),
            is_fund_default: own.is_fund_default,
            evaluator: self.evaluator.clone(),
            method: self.method.clone(),
            due_on: self.due_on.filter(|due| first.is_none_or(|first| *due >= first)),
            findings: None,
            outcomes: self.outcomes.iter().map(outcome).collect(),
        };
        let is_fund_default = next == *own;
        Self { is_fund_default: is_fund_default && own.is_fund_default, ..next }
    }

    /// The evaluation with other content.
    #[must_use]
    pub fn with_evaluation(&self, input: &EvaluationInput) -> Self {
        Self {
            evaluator: Some(input.evaluator.clone()),
            method: Some(input.method.clone()),
            due_on: Some(input.due_on),
            findings: input.findings.clone(),
            outcomes: input.outcomes.clone(),
            ..self.clone()
        }
    }
}

/// What an import tells of a plan. What is not evidenced is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldPlan {
    /// Which returns.
    pub frequency: Option<MonitoringFrequency>,
    /// How thoroughly it is evaluated, by whom, how and by when.
    pub evaluation: Option<(EvaluationDepth, EvaluationInput)>,
}

impl ToldPlan {
    /// The plan with the evaluation that is told; what was found since stays.
    #[must_use]
    pub fn evaluated(&self, plan: &Plan) -> Plan {
        let Some((depth, told)) = &self.evaluation else { return plan.clone() };
        let of = |question: &String| plan.outcomes.iter().find(|one| one.question == *question).cloned();
        let outcomes = told.outcomes.iter().map(|one| of(&one.question).unwrap_or_else(|| one.clone())).collect();
        let findings = told.findings.clone().or_else(|| plan.findings.clone());
        Plan { evaluation: Some(*depth), ..plan.with_evaluation(&EvaluationInput { outcomes, findings, ..told.clone() }) }
    }
}

/// What is wrong with an evaluation, judged by itself.
#[must_use]
pub fn evaluation_faults(input: &EvaluationInput) -> Faults {
    let mut faults = Faults::new();
    not_blank("/evaluator", Some(&input.evaluator), &mut faults);
    not_blank("/method", Some(&input.method), &mut faults);
    not_blank("/findings", input.findings.as_ref(), &mut faults);
    for (at, outcome) in input.outcomes.iter().enumerate() {
        not_blank(&format!("/outcomes/{at}/question"), Some(&outcome.question), &mut faults);
        not_blank(&format!("/outcomes/{at}/result"), outcome.result.as_ref(), &mut faults);
        let reversed = outcome.low_percent.zip(outcome.high_percent).is_some_and(|(low, high)| low > high);
        faults.require(!reversed, &format!("/outcomes/{at}/high_percent"), "reversed_range", "The upper end is below the lower.");
    }
    faults
}

/// What is wrong with a list of conditions. Once they are offered their texts stay; only their evidence changes.
#[must_use]
pub fn condition_faults(before: &[AwardCondition], after: &[AwardCondition], is_draft: bool) -> Faults {
    let mut faults = Faults::new();
    for (at, condition) in after.iter().enumerate() {
        not_blank(&format!("/conditions/{at}/text"), Some(&condition.text), &mut faults);
        let was_met = condition.evidence_status == EvidenceStatus::Met;
        let sentence = "A condition that is met was met on a day.";
        faults.require(!was_met || condition.evidenced_on.is_some(), &format!("/conditions/{at}/evidenced_on"), "required", sentence);
    }
    let terms = |conditions: &[AwardCondition]| conditions.iter().map(|one| (one.text.clone(), one.due_on)).collect::<Vec<_>>();
    let is_same = is_draft || terms(before) == terms(after);
    faults.require(is_same, "/conditions", "fixed", "Conditions that were offered stay as they are; only their evidence changes.");
    faults
}

fn not_blank(pointer: &str, text: Option<&String>, faults: &mut Faults) {
    let is_blank = text.is_some_and(|text| text.trim().is_empty());
    faults.require(!is_blank, pointer, "blank", "A text is left out rather than blank.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation() -> EvaluationInput {
        EvaluationInput {
            evaluator: "the office".to_owned(),
            method: "interviews".to_owned(),
            due_on: "2021-05-31".parse().unwrap(),
            outcomes: Vec::new(),
            findings: None,
        }
    }

    fn outcome(low: i32, high: i32) -> EvaluationOutcome {
        let (low_percent, high_percent) = (Some(Quantity::whole(low)), Some(Quantity::whole(high)));
        EvaluationOutcome { question: "fewer incidents?".to_owned(), result: None, comparator: None, low_percent, high_percent }
    }

    #[test]
    fn a_plan_is_complete_with_who_how_and_when() {
        let bare = Plan { frequency: Some(MonitoringFrequency::None), evaluation: Some(EvaluationDepth::Light), ..Plan::default() };
        assert!(!bare.is_complete());
        assert!(bare.with_evaluation(&evaluation()).is_complete());
        let full = Plan { evaluation: Some(EvaluationDepth::Full), ..bare };
        assert!(!full.with_evaluation(&evaluation()).is_complete());
        let named = EvaluationInput { outcomes: vec![outcome(10, 20)], ..evaluation() };
        assert!(full.with_evaluation(&named).is_complete());
        assert!(!Plan { frequency: None, ..full.with_evaluation(&named) }.is_complete());
    }

    #[test]
    fn a_range_runs_upwards() {
        assert_eq!(evaluation_faults(&EvaluationInput { outcomes: vec![outcome(10, 20)], ..evaluation() }), Faults::new());
        let Faults(found) = evaluation_faults(&EvaluationInput { outcomes: vec![outcome(20, 10)], ..evaluation() });
        assert_eq!(found.first().map(|fault| fault.pointer.as_str()), Some("/outcomes/0/high_percent"));
    }

    #[test]
    fn offered_conditions_change_in_their_evidence_only() {
        let condition = |text: &str, evidence_status| AwardCondition {
            text: text.to_owned(),
            due_on: None,
            evidence_status,
            evidence_note: None,
            evidenced_on: "2021-01-31".parse().ok(),
        };
        let before = [condition("report twice", EvidenceStatus::Awaited)];
        let met = [condition("report twice", EvidenceStatus::Met)];
        let other = [condition("report once", EvidenceStatus::Met)];
        assert_eq!(condition_faults(&before, &met, false), Faults::new());
        assert_eq!(condition_faults(&before, &other, true), Faults::new());
        assert!(condition_faults(&before, &other, false).into_result().is_err());
    }
}
