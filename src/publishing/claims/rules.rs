//! The figures of a claim. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::kernel::{Id, Pence, Quantity};
use crate::publishing::rules::SMALL_BELOW;

words! {
    /// What a row of a claim tells.
    pub enum ClaimSection {
        /// The claim itself.
        Claim = "claim",
        /// Money that came for it.
        Receipt = "receipt",
        /// What accepted returns of its days report as spent.
        Spend = "spend",
        /// What is different by now in the days of an earlier claim that was certified.
        Earlier = "earlier",
        /// What accepted returns of its days report of an indicator.
        Indicator = "indicator",
    }
}

words! {
    /// Whether a count can be read.
    pub enum ClaimCountState {
        /// It is shown.
        Shown = "shown",
        /// It is hidden, as it tells of very few people or as others could be worked out from it. It is not nought.
        Suppressed = "suppressed",
        /// Nobody reported it. It is not nought.
        NotReported = "not_reported",
        /// It does not apply, as its returns say. It is not nought.
        NotApplicable = "not_applicable",
        /// Values are reported and do not become one: the note says why.
        NotAdded = "not_added",
    }
}

/// A row of a claim, of any section; what does not belong to its section is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimRow {
    /// What it tells.
    pub section: ClaimSection,
    /// The claim: this one, or the earlier one that `earlier` is about. Of a receipt what the bank calls it.
    #[schema(max_length = 100)]
    pub reference: Option<String>,
    /// The first day.
    pub starts_on: Option<NaiveDate>,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
    /// The award's reference.
    #[schema(max_length = 40)]
    pub award: Option<String>,
    /// Its title.
    #[schema(max_length = 300)]
    pub award_title: Option<String>,
    /// Its provider.
    #[schema(max_length = 300)]
    pub provider: Option<String>,
    /// What money was spent on.
    #[schema(max_length = 80)]
    pub category: Option<String>,
    /// The indicator's id.
    pub indicator_id: Option<Id>,
    /// Its name.
    #[schema(max_length = 300)]
    pub indicator: Option<String>,
    /// In what it is counted.
    #[schema(max_length = 80)]
    pub unit: Option<String>,
    /// What exactly is counted, as the indicator says; `another basis` where a return counts something else, in words of its provider.
    #[schema(max_length = 2000)]
    pub basis: Option<String>,
    /// The area; null for all together.
    #[schema(max_length = 300)]
    pub area: Option<String>,
    /// Its id.
    pub area_id: Option<Id>,
    /// Whether a count can be read.
    pub count_state: Option<ClaimCountState>,
    /// The count; null unless it is shown, and never 0 for what is not.
    pub value: Option<Quantity>,
    /// In `earlier` what was told of the count last, where a number was told.
    pub told_value: Option<Quantity>,
    /// In `indicator` the count as returns were accepted; what adjustments make of it is `value`. Null too where it would tell of the few
    /// people who were corrected.
    pub accepted_value: Option<Quantity>,
    /// How many adjustments are in the count.
    pub adjustment_count: Option<i64>,
    /// Money: what is claimed, what came, or what was spent in all.
    #[schema(value_type = Option<i64>)]
    pub amount_pence: Option<Pence>,
    /// In `spend` what returns were accepted with; what adjustments make of it is `amount_pence`.
    #[schema(value_type = Option<i64>)]
    pub accepted_pence: Option<Pence>,
    /// Of what was spent, the share of the budget line that the claim is about, as the award is split.
    #[schema(value_type = Option<i64>)]
    pub share_pence: Option<Pence>,
    /// From how many accepted returns.
    pub return_count: Option<i64>,
    /// The day: of the certificate, or on which money came.
    pub on: Option<NaiveDate>,
    /// What else there is to know: the state and the statement of the claim, warnings of a count.
    #[schema(max_length = 4000)]
    pub note: Option<String>,
}

impl ClaimRow {
    /// A row that says nothing yet.
    #[must_use]
    pub const fn of(section: ClaimSection) -> Self {
        Self {
            section,
            reference: None,
            starts_on: None,
            ends_on: None,
            award: None,
            award_title: None,
            provider: None,
            category: None,
            indicator_id: None,
            indicator: None,
            unit: None,
            basis: None,
            area: None,
            area_id: None,
            count_state: None,
            value: None,
            told_value: None,
            accepted_value: None,
            adjustment_count: None,
            amount_pence: None,
            accepted_pence: None,
            share_pence: None,
            return_count: None,
            on: None,
            note: None,
        }
    }
}

/// The figures of a claim, as they are frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimFigures {
    /// Whether the funder agreed to be told of very few people.
    pub small_numbers_agreed: bool,
    /// Below which count people were too few to be told of; figures that do not say so were frozen when that was 5 everywhere.
    #[serde(default = "small_below")]
    pub small_below: Quantity,
    /// How many returns of the claim's days were not accepted then; figures that do not say so were frozen before that was asked.
    #[serde(default)]
    pub outstanding_return_count: i64,
    /// The rows.
    pub rows: Vec<ClaimRow>,
}

const fn small_below() -> Quantity {
    SMALL_BELOW
}

impl ClaimFigures {
    /// The text that is kept.
    #[must_use]
    pub fn text(&self) -> String {
        // Words, numbers and days always serialise.
        serde_json::to_value(self).unwrap_or(Value::Null).to_string()
    }

    /// What is kept, where it is as it was written.
    #[must_use]
    pub fn read(text: &str, sha256: &str) -> Option<Self> {
        if hash(text) == sha256 { serde_json::from_str(text).ok() } else { None }
    }
}

/// SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_touched_is_not_read() {
        let row = ClaimRow { amount_pence: Some(Pence(5)), value: Some(Quantity(2_500)), ..ClaimRow::of(ClaimSection::Spend) };
        let figures =
            ClaimFigures { small_numbers_agreed: true, small_below: Quantity::whole(10), outstanding_return_count: 2, rows: vec![row] };
        let text = figures.text();
        assert_eq!(ClaimFigures::read(&text, &hash(&text)), Some(figures));
        assert_eq!(ClaimFigures::read(&text.replace('5', "6"), &hash(&text)), None);
        let older = r#"{"rows":[],"small_numbers_agreed":false}"#;
        assert_eq!(ClaimFigures::read(older, &hash(older)).unwrap().small_below, SMALL_BELOW);
    }
}
