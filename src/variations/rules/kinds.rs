//! What a variation can change, kind by kind.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::awards::indicators::rules::IndicatorTarget;
use crate::awards::monitoring::rules::{AgreedCondition, AwardCondition};
use crate::awards::rules::{DeliveryMode, DeliveryStatus, SplitLine};
use crate::kernel::{Id, Pence, PositivePence};
use crate::payments::schedule::rules::{PaymentBasis, PaymentMilestone, PaymentScheduleInput};

words! {
    /// What a variation changes.
    pub enum VariationKind {
        /// The value.
        Value = "value",
        /// The value, since a funder cut its budget.
        BudgetCut = "budget_cut",
        /// The dates.
        Dates = "dates",
        /// The profile by quarter.
        Profile = "profile",
        /// By what it is paid.
        PaymentSchedule = "payment_schedule",
        /// The clauses of a contract.
        Contract = "contract",
        /// How it is delivered.
        Delivery = "delivery",
        /// When the service works.
        WorkingHours = "working_hours",
        /// Where the service is given.
        Location = "location",
        /// The kinds of help.
        Interventions = "interventions",
        /// The targets.
        Targets = "targets",
        /// What the money is used for.
        UseOfFunds = "use_of_funds",
        /// The conditions.
        Conditions = "conditions",
        /// When returns are due.
        ReturnDates = "return_dates",
        /// The provider's names and contact.
        ProviderDetails = "provider_details",
    }
}

words! {
    /// When a variation that may be applied is applied.
    #[derive(Default)]
    pub enum VariationApplication {
        /// When somebody of the office applies it.
        #[default]
        ByHand = "by_hand",
        /// By itself, within an hour of the day from which it holds, or of its acceptance where that is later.
        OnItsDay = "on_its_day",
    }
}

/// A change of the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValueChange {
    /// How much is added, in pence; below nought for less, and nought where only `vat_pence` or `split` changes.
    #[schema(value_type = i64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, example = 500_000)]
    pub change_pence: Pence,
    /// The VAT on a contract from then on; left out: it changes in proportion to the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_pence: Option<Pence>,
    /// What each budget line pays from then on; left out: each line changes in proportion to what it pays, and gives no more than it has left.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub split: Vec<SplitLine>,
    /// Whether an increase comes from the fund period, although a tranche or an earmark pays the award.
    #[serde(default)]
    pub from_fund_period: bool,
}

/// A change of the dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DatesChange {
    /// The new first day; as it was where it is left out.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// The new last day; as it was where it is left out.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

/// A change of delivery (R18, R54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryChange {
    /// How far delivery is.
    pub status: DeliveryStatus,
    /// How it reaches people; left out: as it was.
    #[serde(default)]
    pub mode: Option<DeliveryMode>,
    /// What changes, in words.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    pub description: Option<String>,
}

/// New targets of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetsChange {
    /// The indicator, one of the award's.
    pub indicator_id: Id,
    /// The targets, in place of all there were.
    #[schema(max_items = 200)]
    pub targets: Vec<IndicatorTarget>,
}

/// Money used for something else, within the award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UseOfFundsChange {
    /// What it was for.
    #[schema(min_length = 1, max_length = 200, example = "activities")]
    pub from_category: String,
    /// What it is for now.
    #[schema(min_length = 1, max_length = 200, example = "it_infrastructure")]
    pub to_category: String,
    /// How much.
    pub amount_pence: Pence,
}

/// A cut of a budget by its funder that is passed on to the award: its value goes down on the lines that are cut. `budget_line_id` or
/// `funding_source_id` names what was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetCut {
    /// The budget line that was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_line_id: Option<Id>,
    /// The source that was cut; several of its lines bear the cut in proportion to what they pay, and none more than it has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_source_id: Option<Id>,
    /// By how much the award goes down, in pence.
    #[schema(value_type = PositivePence)]
    pub cut_pence: Pence,
    /// What each line pays less. Worked out when the variation is drafted; what is sent is passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub lines: Vec<SplitLine>,
}

/// By what the award is paid from then on; what is unpaid is cut again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleChange {
    /// By what it is cut.
    pub basis: PaymentBasis,
    /// How many days after the beginning of its month or quarter, or in arrears after its end, an instalment is due.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120)]
    pub due_after_days: i32,
    /// The milestones, in their order; only of the basis `milestones`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 60)]
    pub milestones: Vec<PaymentMilestone>,
}

impl ScheduleChange {
    /// The same as payments have it. How the finance system books them is not the provider's to agree to, and stays.
    #[must_use]
    pub fn plan(&self) -> PaymentScheduleInput {
        PaymentScheduleInput { basis: self.basis, due_after_days: self.due_after_days, milestones: self.milestones.clone(), coding: None }
    }

    /// What of a schedule a variation can change.
    #[must_use]
    pub fn of(plan: &PaymentScheduleInput) -> Self {
        Self { basis: plan.basis, due_after_days: plan.due_after_days, milestones: plan.milestones.clone() }
    }
}

/// Where the service is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocationChange {
    /// The areas that benefit, in place of all there were; as they were where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    pub area_ids: Option<Vec<Id>>,
    /// Where the service is given, as an address; as it was where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub address: Option<String>,
}

/// A condition in place of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConditionReplacement {
    /// The text of the condition that is replaced, as it stands.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
    /// What stands in its place.
    pub with: AgreedCondition,
}

/// Changes of the conditions (R49).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConditionsChange {
    /// New ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub add: Vec<AgreedCondition>,
    /// Those that are put otherwise, or are due on another day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub replace: Vec<ConditionReplacement>,
    /// The texts of those that are no longer asked for, as they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub remove: Vec<String>,
}

impl ConditionsChange {
    /// The conditions with this change. Evidence stays where only the day changes.
    #[must_use]
    pub fn applied_to(&self, before: &[AwardCondition]) -> Vec<AwardCondition> {
        let changed = |one: &AwardCondition| match self.replace.iter().find(|other| other.text == one.text) {
            Some(other) if other.with.text == one.text => AwardCondition { due_on: other.with.due_on, ..one.clone() },
            Some(other) => AwardCondition::new(other.with.clone()),
            None => one.clone(),
        };
        let stay = before.iter().filter(|one| !self.remove.contains(&one.text));
        stay.map(changed).chain(self.add.iter().cloned().map(AwardCondition::new)).collect()
    }

    /// Whether a provider is asked for nothing more: conditions go, or are due later.
    #[must_use]
    pub fn only_eases(&self, before: &[AwardCondition]) -> bool {
        let eases = |one: &ConditionReplacement| {
            let due = before.iter().find(|other| other.text == one.text).and_then(|other| other.due_on);
            one.with.text == one.text
                && (one.with.due_on.is_none() || due.is_some_and(|due| one.with.due_on.is_some_and(|then| then >= due)))
        };
        self.add.is_empty() && self.replace.iter().all(eases)
    }
}

/// Another day for a return, or for all that are still waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnDateChange {
    /// The period of the return; left out: all returns that are waited for when the variation is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40, example = "2020-21-Q3")]
    pub period: Option<String>,
    /// The day by which it should be in; or `later_by_days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// By how many days it is due later; below nought for earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -366, maximum = 366)]
    pub later_by_days: Option<i64>,
}

/// The new day of each return that is waited for and that these changes name, by its period and the day by which it is due now. Of several changes the
/// first that names its period goes before one of all.
#[must_use]
pub fn return_days(changes: &[ReturnDateChange], awaited: &[(String, NaiveDate)]) -> Vec<(String, NaiveDate)> {
    let of = |(period, due): &(String, NaiveDate)| {
        let named = changes.iter().find(|one| one.period.as_ref() == Some(period));
        let change = named.or_else(|| changes.iter().find(|one| one.period.is_none()))?;
        let moved = change.later_by_days.and_then(|days| due.checked_add_signed(chrono::TimeDelta::days(days)));
        Some((period.clone(), change.due_on.or(moved)?))
    };
    awaited.iter().filter_map(of).collect()
}
