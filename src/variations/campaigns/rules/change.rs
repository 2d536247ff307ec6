//! The change of a campaign: the same for all, worked out for each, or by the row of a file.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Row;
use crate::awards::rules::AwardInput;
use crate::kernel::{Fault, Faults, Pence};
use crate::variations::rules::{DatesChange, ValueChange, VariationInput};

/// What is worked out for each award from what it agrees to on the day of issue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignFormula {
    /// How much is added to the value, in hundredths of a percent of it: `500` is 5 %; below nought for less. To the nearest penny, half a
    /// penny away from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -10_000, maximum = 100_000, example = 500)]
    pub change_basis_points: Option<i32>,
    /// By how many months the last day moves; below nought for earlier. The last day of a month stays one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -120, maximum = 120, example = 3)]
    pub extend_months: Option<i32>,
    /// Whether an increase comes from the fund period, although a tranche or an earmark pays the award.
    #[serde(default)]
    pub from_fund_period: bool,
}

/// What a row of a file says for its award alone; it goes before what is said for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowChange {
    /// How much is added to the value, in pence; below nought for less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_pence: Option<Pence>,
    /// The new first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    /// The new last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
    /// From when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_on: Option<NaiveDate>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: Option<String>,
}

impl RowChange {
    /// Whether it changes anything of the award.
    #[must_use]
    pub const fn changes(&self) -> bool {
        self.change_pence.is_some() || self.starts_on.is_some() || self.ends_on.is_some()
    }
}

/// So many hundredths of a percent of an amount, to the nearest penny, half a penny away from nothing: what is taken for so much less is what is
/// given for so much more.
#[must_use]
pub fn scaled(amount: Pence, basis_points: i32) -> Pence {
    let exact = i128::from(amount.0) * i128::from(basis_points);
    let size = (exact.abs() * 2 + 10_000) / 20_000;
    Pence(i64::try_from(if exact < 0 { -size } else { size }).unwrap_or(0))
}

/// The day so many months later. The last day of a month leads to the last day of a month, since agreements end with months; any other to the
/// same day, or to the last one of a month that is too short.
#[must_use]
pub fn months_later(day: NaiveDate, months: i32) -> Option<NaiveDate> {
    let moved = |day: NaiveDate| {
        let count = Months::new(months.unsigned_abs());
        if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) }
    };
    let is_last = day.succ_opt().is_some_and(|next| next.day() == 1);
    if is_last { moved(day.with_day(1)?)?.checked_add_months(Months::new(1))?.pred_opt() } else { moved(day) }
}

/// What is wrong with the change of a campaign, whatever its awards are.
pub fn faults_of_change(faults: &mut Faults, change: &VariationInput, formula: Option<&CampaignFormula>, rows: &[Row]) {
    for (pointer, text) in [("/change/title", &change.title), ("/change/reason", &change.reason)] {
        faults.require(!text.trim().is_empty(), pointer, "blank", "This cannot be blank.");
    }
    let sentence = "The variations of a campaign have its name as their group. Leave this out.";
    faults.require(change.group_name.is_none(), "/change/group", "not_allowed", sentence);
    let sentence = "Indicators belong to their own awards, so targets are not changed by a campaign. Vary those awards one by one.";
    faults.require(change.targets.is_empty(), "/change/targets", "not_allowed", sentence);
    if let Some(formula) = formula {
        let is_said = formula.change_basis_points.is_some() || formula.extend_months.is_some();
        faults.require(is_said, "/formula", "nothing_changes", "Say what is worked out: `change_basis_points` or `extend_months`.");
        let (points, months) = ("/formula/change_basis_points", "/formula/extend_months");
        faults.require(formula.change_basis_points != Some(0), points, "nothing_changes", "Say by how much the value changes.");
        faults.require(formula.extend_months != Some(0), months, "nothing_changes", "Say by how many months the last day moves.");
        let is_once = formula.change_basis_points.is_none() || !change.changes_value();
        faults.require(is_once, points, "either_or", "Say the change of the value in `change` or in `formula`, not in both.");
        let has_days = change.dates.as_ref().is_some_and(|dates| dates.ends_on.is_some());
        let is_once = formula.extend_months.is_none() || !has_days;
        faults.require(is_once, months, "either_or", "Say the last day in `change` or in `formula`, not in both.");
    }
    let changes_all = !change.kinds().is_empty() || formula.is_some();
    if !changes_all && rows.iter().all(|row| row.number.is_none()) {
        let sentence = "Say what changes: in `change`, in `formula`, or in the rows of the file.";
        faults.add("/change", "nothing_changes", sentence);
    }
    if !changes_all {
        for row in rows.iter().filter(|row| row.is_whole && !row.change.changes()) {
            let Some(number) = row.number else { continue };
            let sentence = "This row changes nothing, and nothing is changed for all. Give it a change of the value or a new day.";
            faults.add(format!("/choice/csv/rows/{number}"), "nothing_changes", sentence);
        }
    }
}

/// The variation of one award on these terms.
///
/// # Errors
/// What the formula needs and the award does not say.
pub fn input_for(
    (name, change, formula): (&str, &VariationInput, Option<&CampaignFormula>),
    row: &RowChange,
    terms: &AwardInput,
) -> Result<VariationInput, Vec<Fault>> {
    let formula = formula.copied().unwrap_or_default();
    let mut faults = Vec::new();
    let mut input = VariationInput { group_name: Some(name.to_owned()), ..change.clone() };
    let by_formula = formula.change_basis_points.and_then(|points| match terms.amount_pence {
        Some(amount) => Some(scaled(amount, points)),
        None if row.change_pence.is_some() => None,
        None => {
            let sentence = "The amount of this award is not known, so nothing can be worked out from it.";
            faults.push(Fault::new("/formula/change_basis_points", "not_evidenced", sentence));
            None
        }
    });
    if let Some(change_pence) = row.change_pence.or(by_formula) {
        let usual = ValueChange { change_pence, vat_pence: None, split: Vec::new(), from_fund_period: formula.from_fund_period };
        let said = input.value.take().unwrap_or(usual);
        input.value = Some(ValueChange { change_pence, ..said });
    }
    let later = formula.extend_months.filter(|_| row.ends_on.is_none()).and_then(|months| {
        let moved = terms.ends_on.and_then(|day| months_later(day, months));
        if moved.is_none() {
            let sentence = "The last day of this award is not known, so it cannot be moved by months.";
            faults.push(Fault::new("/formula/extend_months", "not_evidenced", sentence));
        }
        moved
    });
    let ends_on = row.ends_on.or(later);
    if ends_on.is_some() || row.starts_on.is_some() {
        let said = input.dates.take().unwrap_or(DatesChange { starts_on: None, ends_on: None });
        input.dates = Some(DatesChange { starts_on: row.starts_on.or(said.starts_on), ends_on: ends_on.or(said.ends_on) });
    }
    if let Some(day) = row.effective_on {
        input.effective_on = day;
    }
    if let Some(reason) = &row.reason {
        input.reason.clone_from(reason);
    }
    if faults.is_empty() { Ok(input) } else { Err(faults) }
}
