//! Taking a variation onto the award as that stands now: what is given anew, and what nobody agrees to before that.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{ConditionsChange, DatesChange, Earliest, ReturnDateChange, VariationInput};
use crate::awards::rules::{QuarterAmount, SplitLine};
use crate::kernel::{Code, Fault, Faults, Refusal};

/// How a variation that another one has overtaken is taken onto the award as that stands now. What of it does not fit that any more is
/// given anew, in place of what the variation says; a part that the variation does not have is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariationRebase {
    /// The last day to answer it from now on; left out: as it was, where that day is still to come.
    #[serde(default)]
    pub answer_due_on: Option<NaiveDate>,
    /// The profile by quarter, where the variation has one that comes to another amount than the award would.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 120)]
    pub profile: Vec<QuarterAmount>,
    /// What each budget line pays, where the variation says so and it comes to another amount than the award would.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub split: Vec<SplitLine>,
    /// The first and the last day, where the variation has some that the award cannot have any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DatesChange>,
    /// The changes of the conditions, where the variation names some that are there no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<ConditionsChange>,
    /// The days of returns, where the variation names some that are waited for no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub return_dates: Vec<ReturnDateChange>,
}

/// The places of what is given anew.
const ANEW: [&str; 5] = ["/profile", "/split", "/dates", "/conditions", "/return_dates"];

impl VariationRebase {
    /// What is given anew although the variation has no such part.
    #[must_use]
    pub fn faults(&self, input: &VariationInput) -> Faults {
        let has_split = input.value.as_ref().is_some_and(|value| !value.split.is_empty());
        let parts = [
            ("/profile", self.profile.is_empty() || !input.profile.is_empty()),
            ("/split", self.split.is_empty() || has_split),
            ("/dates", self.dates.is_none() || input.dates.is_some()),
            ("/conditions", self.conditions.is_none() || input.conditions.is_some()),
            ("/return_dates", self.return_dates.is_empty() || !input.return_dates.is_empty()),
        ];
        let sentence = "The variation says nothing of this, so there is nothing to give anew: leave it out.";
        let mut faults = Faults::new();
        for (pointer, holds) in parts {
            faults.require(holds, pointer, "not_allowed", sentence);
        }
        faults
    }

    /// The variation with what is given anew.
    #[must_use]
    pub fn refit(&self, input: &VariationInput) -> VariationInput {
        let mut next = input.clone();
        if !self.profile.is_empty() {
            next.profile.clone_from(&self.profile);
        }
        if let Some(value) = next.value.as_mut().filter(|_| !self.split.is_empty()) {
            value.split.clone_from(&self.split);
        }
        next.dates = self.dates.clone().or(next.dates);
        next.conditions = self.conditions.clone().or(next.conditions);
        if !self.return_dates.is_empty() {
            next.return_dates.clone_from(&self.return_dates);
        }
        next
    }
}

/// A refusal of a variation that is rebased: what can be given anew with the rebase is told at that place, and all else of the variation.
#[must_use]
pub fn as_rebased(refusal: Refusal) -> Refusal {
    let told = |fault: Fault| {
        let pointer = match fault.pointer.strip_prefix("/value/split") {
            Some(rest) => format!("/split{rest}"),
            None => fault.pointer.clone(),
        };
        let is_anew = ANEW.iter().any(|place| pointer == *place || pointer.starts_with(&format!("{place}/")));
        if !is_anew {
            return fault;
        }
        let message = format!("{} Give this with the rebase as it is to be now.", fault.message);
        Fault { pointer, message, ..fault }
    };
    let refusal = match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(told).collect()),
        other => other,
    };
    refusal.of_record("variation", &ANEW)
}

/// Whether a variation may be agreed to as it is: `touched` are those of its fields that another change has touched since it was issued.
///
/// # Errors
/// [`Code::Overlap`] with these fields, and with the day from which it holds where the agreement has come to hold from a later one or the year is closed.
pub fn check_current(touched: &[&'static str], effective_on: NaiveDate, earliest: Option<Earliest>, done: &str) -> Result<(), Refusal> {
    let later = Earliest::missed(earliest, effective_on);
    let fields: Vec<&str> = touched.iter().copied().chain(later.map(|_| "effective_on")).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let why = later.map(|earliest| format!(" {}", earliest.sentence())).unwrap_or_default();
    let detail = format!(
        "What has happened since has overtaken {} of this variation, so it cannot be {done} as it is.{why} The office rebases it \
         first, so that it stands on what is agreed now.",
        fields.join(", ")
    );
    Err(Refusal::rule_with(Code::Overlap, detail, json!({ "fields": fields })))
}
