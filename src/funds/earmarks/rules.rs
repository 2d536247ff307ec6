//! What an earmark is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::budget_lines::rules::BudgetLinePart;
use crate::funds::rules::{check_order, check_text};
use crate::kernel::{Faults, FigureNote, Id, Pence, PositivePence};

words! {
    /// Whether money is still set aside.
    pub enum EarmarkState {
        /// It is.
        Active = "active",
        /// What was left has gone back into the fund period.
        Released = "released",
    }
}

/// What one version of an earmark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarmarkTerms {
    /// Whether money is still set aside.
    pub state: EarmarkState,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub purpose: Option<String>,
    /// The programme it is for.
    pub programme_id: Option<Id>,
    /// What was set aside.
    pub amount_pence: Pence,
    /// How final and how exact the amount is.
    #[serde(flatten)]
    pub figure: FigureNote,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// Why this version differs from the one before.
    pub reason: Option<String>,
}

/// Part of a fund period set aside before any award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarmarkFacts {
    /// `VF-2021-22-E1`.
    pub reference: String,
    /// Where the money comes from.
    pub fund_period_id: Id,
    /// What the version says.
    #[serde(flatten)]
    pub terms: EarmarkTerms,
}

/// A new earmark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct EarmarkInput {
    /// What it is called.
    #[schema(min_length = 1, max_length = 300, example = "Hate crime support service")]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    pub purpose: Option<String>,
    /// The programme it is for.
    #[serde(default)]
    pub programme_id: Option<Id>,
    /// How much is set aside, in pence.
    #[schema(value_type = PositivePence)]
    pub amount_pence: Pence,
    /// The day from which this holds; today where none is given.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Which budget line gives how much; in proportion to what each has free where none are given.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50)]
    pub parts: Option<Vec<BudgetLinePart>>,
}

/// Money that is set aside no longer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct EarmarkRelease {
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

/// What is wrong with a version, judged by itself and against the one before.
#[must_use]
pub fn faults(terms: &EarmarkTerms, before: Option<&EarmarkTerms>) -> Faults {
    let mut faults = Faults::new();
    faults.require(!terms.name.trim().is_empty(), "/name", "blank", "A name is not blank.");
    faults.require(terms.name.chars().count() <= 300, "/name", "too_long", "A name has at most 300 characters.");
    faults.require(terms.amount_pence.is_positive(), "/amount_pence", "too_small", "The amount must be more than nothing.");
    check_order(&mut faults, before.map(|before| before.effective_on), terms.effective_on);
    check_text(&mut faults, "/purpose", terms.purpose.as_deref());
    check_text(&mut faults, "/reason", terms.reason.as_deref());
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> EarmarkTerms {
        EarmarkTerms {
            state: EarmarkState::Active,
            name: "Hate crime support service".to_owned(),
            purpose: None,
            programme_id: None,
            amount_pence: Pence(20_000_000),
            figure: FigureNote::default(),
            effective_on: "2021-04-01".parse().unwrap(),
            reason: None,
        }
    }

    #[test]
    fn an_earmark_has_a_name_and_an_amount_and_goes_forward() {
        assert!(faults(&terms(), Some(&terms())).0.is_empty());
        let wrong = EarmarkTerms {
            name: "  ".to_owned(),
            amount_pence: Pence::ZERO,
            purpose: Some(String::new()),
            effective_on: "2021-03-31".parse().unwrap(),
            ..terms()
        };
        let found = faults(&wrong, Some(&terms()));
        let codes: Vec<&str> = found.0.iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(codes, ["blank", "too_small", "too_early", "blank"]);
    }
}
