//! What a variation is and what it does to an award.

mod anew;
mod difference;
mod earliest;
mod effect;
mod faults;
mod groups;
mod idle;
mod kinds;
mod less;
mod policy;
mod touched;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::awards::rules::{
    AgreementContact, AwardAct, AwardInput, AwardParticulars, AwardState, ContractClauses, QuarterAmount, SplitLine, split_lines,
};
use crate::kernel::{Code, Faults, Id, Pence, Refusal};

pub use anew::{VariationRebase, as_rebased, check_current};
pub use difference::{VariationDifference, difference};
pub use earliest::Earliest;
pub use effect::{
    EffectOnLine, EffectOnPayment, EffectOnQuarter, EffectOnReturn, EffectOnTarget, Picture, PictureLine, ReturnEffect, VariationEffect,
    effect,
};
pub use faults::{Known, as_asked, check_answerable, check_start, check_tolerance, faults, moved_freely, shared, too_far};
pub use groups::{GroupSum, GroupedChange, by_award, together};
pub use idle::idle_faults;
pub use kinds::{
    BudgetCut, ConditionReplacement, ConditionsChange, DatesChange, DeliveryChange, LocationChange, ReturnDateChange, ScheduleChange,
    TargetsChange, UseOfFundsChange, ValueChange, VariationApplication, VariationKind, return_days,
};
pub use less::{check_floor, spread_cut, with_floor};
pub use policy::{VariationPolicy, check_approved, check_approver, is_by_other_hands, needs_approval, policy_faults};
pub use touched::{Stands, for_log, moved, overlaps, touched};

words! {
    /// How far a variation has come.
    pub enum VariationState {
        /// Being written; the provider does not see it.
        Draft = "draft",
        /// Sent to the provider.
        Issued = "issued",
        /// Accepted by the provider's signatory.
        Accepted = "accepted",
        /// In force.
        Applied = "applied",
        /// Refused by the provider.
        Refused = "refused",
        /// Not answered in time.
        Lapsed = "lapsed",
        /// Taken back by the office.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can be done to a variation.
    pub enum VariationAct {
        /// Change the draft.
        Edit = "edit",
        /// Send it to the provider.
        Issue = "issue",
        /// Accept it for the provider.
        Accept = "accept",
        /// Refuse it for the provider.
        Refuse = "refuse",
        /// Take it back.
        Withdraw = "withdraw",
        /// Bring it into force.
        Apply = "apply",
        /// Approve its change of the value, where that needs somebody else.
        Approve = "approve",
        /// Take it onto the award as that stands now.
        Rebase = "rebase",
    }
}

/// An agreed change to an award.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariationInput {
    /// What it is, in a few words.
    #[schema(min_length = 1, max_length = 300, example = "Extension to September")]
    pub title: String,
    /// Why.
    #[schema(min_length = 1, max_length = 4000, example = "The service was interrupted in spring.")]
    pub reason: String,
    /// From when it holds; it may lie in the past.
    pub effective_on: NaiveDate,
    /// What it belongs to, where several variations share one decision (R07).
    #[serde(default, rename = "group")]
    #[schema(min_length = 1, max_length = 200)]
    pub group_name: Option<String>,
    /// Whether it holds without the provider's acceptance, such as a reassurance or more time for a return.
    #[serde(default)]
    pub is_unilateral: bool,
    /// Whether somebody applies it, or it is applied by itself on its day.
    #[serde(default)]
    pub application: VariationApplication,
    /// A change of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueChange>,
    /// A cut by a funder that is passed on; in place of `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_cut: Option<BudgetCut>,
    /// A change of the dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DatesChange>,
    /// The new profile by quarter; empty where it does not change by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 120)]
    pub profile: Vec<QuarterAmount>,
    /// By what it is paid from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_schedule: Option<ScheduleChange>,
    /// The clauses of a contract, in place of those it has (R64, R65): a contract that grows beyond the threshold gets its social value
    /// criterion with the same variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractClauses>,
    /// A change of delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryChange>,
    /// When the service works from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000, example = "Monday to Friday, 12 to 20")]
    pub working_hours: Option<String>,
    /// Where the service is given from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationChange>,
    /// The kinds of help from then on, in place of all there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    pub interventions: Option<Vec<String>>,
    /// Changes of targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub targets: Vec<TargetsChange>,
    /// Changes of the use of funds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub use_of_funds: Vec<UseOfFundsChange>,
    /// Changes of the conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<ConditionsChange>,
    /// Other days for returns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub return_dates: Vec<ReturnDateChange>,
    /// The provider's names and contact in the agreement, in place of those there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_details: Option<AgreementContact>,
}

/// A provider's yes to a variation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariationAcceptance {
    /// That the provider pays its staff at least the National Living Wage; needed where the variation brings a contract that clause (R65).
    #[serde(default)]
    pub attests_living_wage: bool,
    /// Where the office accepts for a provider that signed on paper: the signed paper, a file that is attached to the award. A provider that
    /// accepts by itself leaves it out.
    #[serde(default)]
    pub signed_document_id: Option<Id>,
    /// Who signed that paper for the provider, with their position.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "The chair of the group")]
    pub signed_by: Option<String>,
}

/// How a variation is sent to the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariationIssue {
    /// The last day to answer it; without one it stays open. Only a variation that needs an acceptance has one.
    #[serde(default)]
    pub answer_due_on: Option<NaiveDate>,
}

impl VariationInput {
    /// What it changes.
    #[must_use]
    pub fn kinds(&self) -> Vec<VariationKind> {
        let all = [
            (VariationKind::Value, self.value.is_some()),
            (VariationKind::BudgetCut, self.budget_cut.is_some()),
            (VariationKind::Dates, self.dates.is_some()),
            (VariationKind::Profile, !self.profile.is_empty()),
            (VariationKind::PaymentSchedule, self.payment_schedule.is_some()),
            (VariationKind::Contract, self.contract.is_some()),
            (VariationKind::Delivery, self.delivery.is_some()),
            (VariationKind::WorkingHours, self.working_hours.is_some()),
            (VariationKind::Location, self.location.is_some()),
            (VariationKind::Interventions, self.interventions.is_some()),
            (VariationKind::Targets, !self.targets.is_empty()),
            (VariationKind::UseOfFunds, !self.use_of_funds.is_empty()),
            (VariationKind::Conditions, self.conditions.is_some()),
            (VariationKind::ReturnDates, !self.return_dates.is_empty()),
            (VariationKind::ProviderDetails, self.provider_details.is_some()),
        ];
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    /// How much is added to the award; nothing where the value stays.
    #[must_use]
    pub fn change_pence(&self) -> Pence {
        let cut = self.budget_cut.as_ref().map_or(Pence::ZERO, |cut| cut.cut_pence);
        self.value.as_ref().map_or(Pence::ZERO, |value| value.change_pence) - cut
    }

    /// Whether a budget line may come to pay less: that needs money which is neither paid nor on its way.
    #[must_use]
    pub fn takes_money(&self) -> bool {
        self.change_pence() < Pence::ZERO || self.value.as_ref().is_some_and(|value| !value.split.is_empty())
    }

    /// Whether the value changes.
    #[must_use]
    pub const fn changes_value(&self) -> bool {
        self.value.is_some() || self.budget_cut.is_some()
    }

    /// Whether the award gets its next agreement version. Delivery, targets, the use of funds and the days of returns have histories of their own.
    #[must_use]
    pub const fn changes_terms(&self) -> bool {
        let is_particular =
            self.working_hours.is_some() || self.location.is_some() || self.interventions.is_some() || self.provider_details.is_some();
        self.recuts() || is_particular || self.payment_schedule.is_some() || self.conditions.is_some()
    }

    /// Whether what the award comes to is cut again: split, profile and annual amounts.
    #[must_use]
    pub const fn recuts(&self) -> bool {
        self.changes_value() || self.dates.is_some() || !self.profile.is_empty() || self.contract.is_some()
    }

    /// What each budget line pays from then on, where the variation says it; `now` is what each pays. Lines that pay nothing are left out.
    #[must_use]
    pub fn split(&self, now: &[(Id, Pence)]) -> Vec<SplitLine> {
        let Some(cut) = self.budget_cut.as_ref().filter(|_| self.value.is_none()) else {
            return self.value.as_ref().map(|value| value.split.clone()).unwrap_or_default();
        };
        let less = |line: &Id| cut.lines.iter().filter(|one| one.budget_line_id == *line).filter_map(|one| one.amount_pence).sum::<Pence>();
        // A cut that its lines cannot bear is refused as such; nothing else is said of it.
        if cut.lines.iter().filter_map(|one| one.amount_pence).sum::<Pence>() != cut.cut_pence {
            return Vec::new();
        }
        let then: Vec<(Id, Pence)> = now.iter().map(|(line, pence)| (*line, *pence - less(line))).collect();
        split_lines(&then.into_iter().filter(|(_, pence)| !pence.is_zero()).collect::<Vec<_>>())
    }

    /// What the award then says of hours, place, kinds of help and contact.
    fn particulars(&self, terms: &AwardInput) -> Option<AwardParticulars> {
        let now = terms.particulars.clone().unwrap_or_default();
        let address = self.location.as_ref().and_then(|location| location.address.clone());
        let then = AwardParticulars {
            working_hours: self.working_hours.clone().or(now.working_hours),
            address: address.or(now.address),
            interventions: self.interventions.clone().unwrap_or(now.interventions),
            contact: self.provider_details.clone().or(now.contact),
        };
        then.said()
    }

    /// The VAT beside the amount that the award then has, where the variation does not say it.
    fn vat_beside(&self, terms: &AwardInput) -> Option<Pence> {
        let vat = terms.vat_pence?;
        let after = |before: Pence| before.checked_add(self.change_pence()).unwrap_or(before);
        Some(terms.amount_pence.map_or(vat, |before| vat.in_proportion(before, after(before))))
    }

    /// The award's terms with this variation. The profile is cut again where none is given.
    #[must_use]
    pub fn applied_to(&self, terms: &AwardInput) -> AwardInput {
        let amount = |now: Pence| now.checked_add(self.change_pence()).unwrap_or(now);
        let dates = self.dates.as_ref();
        AwardInput {
            amount_pence: terms.amount_pence.map(amount),
            vat_pence: self.value.as_ref().and_then(|value| value.vat_pence).or_else(|| self.vat_beside(terms)),
            starts_on: dates.and_then(|dates| dates.starts_on).or(terms.starts_on),
            ends_on: dates.and_then(|dates| dates.ends_on).or(terms.ends_on),
            profile: if self.profile.is_empty() { terms.profile.clone() } else { self.profile.clone() },
            contract: self.contract.or(terms.contract),
            area_ids: self.location.as_ref().and_then(|location| location.area_ids.clone()).unwrap_or_else(|| terms.area_ids.clone()),
            particulars: self.particulars(terms),
            ..terms.clone()
        }
    }
}

/// The state as it is shown on `today`: a variation that was not answered by its last day has lapsed.
#[must_use]
pub fn shown_state(state: VariationState, answer_due_on: Option<NaiveDate>, today: NaiveDate) -> VariationState {
    match (state, answer_due_on) {
        (VariationState::Issued, Some(due)) if due < today => VariationState::Lapsed,
        _ => state,
    }
}

/// How a variation stands beside its award and the policy of the office.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it fits the award as it stands today: as a draft it has no fault, and once issued its day has come and no other change has overtaken it.
    pub fits: bool,
    /// Whether another change has overtaken it.
    pub is_overtaken: bool,
    /// Whether somebody else has to approve it first.
    pub waits_for_approval: bool,
}

/// Whether `act` is open, as far as the states of the variation and of its award tell, and how it stands beside them.
#[must_use]
pub fn is_open(act: VariationAct, state: VariationState, is_unilateral: bool, award: AwardState, standing: Standing) -> bool {
    let may_vary = AwardAct::Vary.is_open_in(award);
    let is_its_time = match act {
        VariationAct::Edit => may_vary,
        VariationAct::Accept => may_vary && !standing.is_overtaken,
        VariationAct::Issue => may_vary && standing.fits && !standing.waits_for_approval,
        VariationAct::Apply => may_vary && standing.fits,
        VariationAct::Approve => may_vary && standing.waits_for_approval,
        VariationAct::Rebase => may_vary && standing.is_overtaken,
        VariationAct::Refuse | VariationAct::Withdraw => true,
    };
    is_its_time && next(state, act, is_unilateral).is_ok()
}

/// What is wrong with the last day to answer a variation that is issued on `today`.
#[must_use]
pub fn issue_faults(issue: &VariationIssue, is_unilateral: bool, today: NaiveDate) -> Faults {
    let pointer = "/answer_due_on";
    let mut faults = Faults::new();
    if let Some(due) = issue.answer_due_on {
        faults.require(!is_unilateral, pointer, "not_allowed", "A variation that needs no acceptance has no last day to answer.");
        let sentence = format!("The last day to answer is before the day of issue, which is today, {today}.");
        faults.require(due >= today, pointer, "reversed_dates", &sentence);
    }
    faults
}

/// The state after an act.
///
/// # Errors
/// Where the state does not allow it.
pub fn next(state: VariationState, act: VariationAct, is_unilateral: bool) -> Result<VariationState, Refusal> {
    use VariationState::{Accepted, Applied, Draft, Issued, Refused, Withdrawn};
    match (act, state) {
        (VariationAct::Edit | VariationAct::Approve | VariationAct::Rebase, Draft) => Ok(Draft),
        (VariationAct::Rebase, Issued | Accepted) => Ok(Issued),
        (VariationAct::Issue, Draft) => Ok(Issued),
        (VariationAct::Accept, Issued) if !is_unilateral => Ok(Accepted),
        (VariationAct::Refuse, Issued) if !is_unilateral => Ok(Refused),
        (VariationAct::Withdraw, Draft | Issued | Accepted) => Ok(Withdrawn),
        (VariationAct::Apply, Accepted) => Ok(Applied),
        (VariationAct::Apply, Issued) if is_unilateral => Ok(Applied),
        (act, state) => {
            let done = match act {
                VariationAct::Edit => "changed",
                VariationAct::Issue => "issued",
                VariationAct::Accept => "accepted",
                VariationAct::Refuse => "refused",
                VariationAct::Withdraw => "withdrawn",
                VariationAct::Apply => "applied",
                VariationAct::Approve => "approved",
                VariationAct::Rebase => "taken onto the award as it stands",
            };
            Err(Refusal::wrong_state("variation", state, done))
        }
    }
}

/// Why a variation is on another ground than before, in plain words.
#[must_use]
pub fn rebased(fields: &[&str], was_accepted: bool, (effective_on, earliest): (NaiveDate, Option<Earliest>)) -> String {
    let what = if fields.is_empty() { "what was agreed".to_owned() } else { fields.join(", ") };
    let why = match earliest {
        Some(Earliest::AfterClosedYear(_)) if fields.is_empty() => "The year of its money was closed".to_owned(),
        _ => format!("Another change has touched {what}"),
    };
    let again = if was_accepted { " It must be accepted again, since what was accepted stood on other figures." } else { "" };
    format!("{why} since this variation was issued, so it stands on what is agreed now, from {effective_on} on.{again}")
}

/// Whether a variation may come into force on `today`.
///
/// # Errors
/// [`Code::RuleBroken`] before its day, or where the agreement has come to hold from a later one or the year is closed.
pub fn check_day(effective_on: NaiveDate, earliest: Option<Earliest>, today: NaiveDate) -> Result<(), Refusal> {
    let detail = match Earliest::missed(earliest, effective_on) {
        _ if effective_on > today => format!("This variation takes effect on {effective_on}; it can be applied from that day on."),
        Some(earliest) => {
            format!(
                "This variation would hold from {effective_on}. {} Rebase it, so that it holds from that day on, or take it back.",
                earliest.sentence()
            )
        }
        None => return Ok(()),
    };
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "effective_on": effective_on })))
}

#[cfg(test)]
mod tests;
