//! What a variation is and what it does to an award.

mod groups;
mod touched;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::awards::indicators::rules::IndicatorTarget;
use crate::awards::rules::{AwardAct, AwardInput, AwardState, ContractClauses, DeliveryMode, DeliveryStatus, QuarterAmount, SplitLine};
use crate::kernel::{Code, Fault, Faults, Id, Pence, Refusal};

pub use groups::{GroupSum, GroupedChange, by_award, together};
pub use touched::{Stands, moved, overlaps, touched};

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
    /// What a variation changes.
    pub enum VariationKind {
        /// The value.
        Value = "value",
        /// The dates.
        Dates = "dates",
        /// The profile by quarter.
        Profile = "profile",
        /// The clauses of a contract.
        Contract = "contract",
        /// How it is delivered.
        Delivery = "delivery",
        /// The targets.
        Targets = "targets",
        /// What the money is used for.
        UseOfFunds = "use_of_funds",
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
    }
}

/// A change of the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValueChange {
    /// How much is added, in pence; below nought for less.
    #[schema(value_type = i64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, example = 500_000)]
    pub change_pence: Pence,
    /// The VAT on a contract from then on; left out: it changes in proportion to the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_pence: Option<Pence>,
    /// What each budget line pays from then on; left out: each line changes in proportion to what it pays.
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

/// A change of delivery (R18, R54): working hours, place or kind of help go into the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryChange {
    /// How far delivery is.
    pub status: DeliveryStatus,
    /// How it reaches people.
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

/// An agreed change to an award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Whether it holds without the provider's acceptance, such as a reassurance.
    #[serde(default)]
    pub is_unilateral: bool,
    /// A change of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueChange>,
    /// A change of the dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<DatesChange>,
    /// The new profile by quarter; empty where it does not change by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 120)]
    pub profile: Vec<QuarterAmount>,
    /// The clauses of a contract, in place of those it has (R64, R65): a contract that grows beyond the threshold gets its social value
    /// criterion with the same variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractClauses>,
    /// A change of delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryChange>,
    /// Changes of targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub targets: Vec<TargetsChange>,
    /// Changes of the use of funds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub use_of_funds: Vec<UseOfFundsChange>,
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
            (VariationKind::Dates, self.dates.is_some()),
            (VariationKind::Profile, !self.profile.is_empty()),
            (VariationKind::Contract, self.contract.is_some()),
            (VariationKind::Delivery, self.delivery.is_some()),
            (VariationKind::Targets, !self.targets.is_empty()),
            (VariationKind::UseOfFunds, !self.use_of_funds.is_empty()),
        ];
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(kind, _)| kind).collect()
    }

    /// How much is added to the award; nothing where the value stays.
    #[must_use]
    pub fn change_pence(&self) -> Pence {
        self.value.as_ref().map_or(Pence::ZERO, |value| value.change_pence)
    }

    /// Whether the award's terms change, so that it gets its next agreement version.
    #[must_use]
    pub const fn changes_terms(&self) -> bool {
        self.value.is_some() || self.dates.is_some() || !self.profile.is_empty() || self.contract.is_some()
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

/// Whether `act` is open, as far as the states of the variation and of its award tell. `fits` where the variation fits the award as it
/// stands today: as a draft it has no fault, and once issued its day has come and no other change has overtaken it.
#[must_use]
pub fn is_open(act: VariationAct, state: VariationState, is_unilateral: bool, award: AwardState, fits: bool) -> bool {
    let may_vary = AwardAct::Vary.is_open_in(award);
    let is_its_time = match act {
        VariationAct::Edit | VariationAct::Accept => may_vary,
        VariationAct::Issue | VariationAct::Apply => may_vary && fits,
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

/// Why an award does not change the targets of an indicator alone: those awards, which are not over, have it too. Targets are the
/// indicator's, so its list would be theirs as well.
#[must_use]
pub fn shared(awards: &[String]) -> Option<String> {
    const NAMED_MAX: usize = 5;
    let more = awards.len().saturating_sub(NAMED_MAX);
    let mut names = awards.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names = format!("{names} and {more} more");
    }
    let has = if awards.len() == 1 { "has" } else { "have" };
    let sentence = format!(
        "{names} {has} this indicator too, so its targets are not this award's alone to change. Give this award an indicator of its own."
    );
    (!awards.is_empty()).then_some(sentence)
}

/// The state after an act.
///
/// # Errors
/// Where the state does not allow it.
pub fn next(state: VariationState, act: VariationAct, is_unilateral: bool) -> Result<VariationState, Refusal> {
    use VariationState::{Accepted, Applied, Draft, Issued, Refused, Withdrawn};
    match (act, state) {
        (VariationAct::Edit, Draft) => Ok(Draft),
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
            };
            Err(Refusal::wrong_state("variation", state, done))
        }
    }
}

/// What is wrong with a variation of an award on these terms.
#[must_use]
pub fn faults(input: &VariationInput, terms: &AwardInput, indicators: &[Id]) -> Faults {
    let mut faults = Faults::new();
    faults.require(
        !input.kinds().is_empty(),
        "",
        "nothing_changes",
        "Say what changes: value, dates, profile, contract, delivery, targets or use of funds.",
    );
    for (pointer, text) in [("/title", &input.title), ("/reason", &input.reason)] {
        faults.require(!text.trim().is_empty(), pointer, "blank", "This cannot be blank.");
    }
    if input.is_unilateral {
        let is_less = input.value.as_ref().is_some_and(|value| value.change_pence < Pence::ZERO);
        let is_shorter = input.dates.as_ref().is_some_and(|dates| {
            dates.starts_on.is_some() || dates.ends_on.is_some_and(|ends_on| terms.ends_on.is_none_or(|before| ends_on < before))
        });
        let asks = !input.profile.is_empty() || !input.targets.is_empty() || !input.use_of_funds.is_empty() || input.contract.is_some();
        let binds = is_less || is_shorter || asks;
        let sentence =
            "Less money, less time, other payments, targets, clauses or another use of the money need the provider's acceptance.";
        faults.require(!binds, "/is_unilateral", "needs_acceptance", sentence);
    }
    if let Some(value) = &input.value {
        check_value(&mut faults, value, terms);
    }
    let is_other = input.contract.is_none() || input.contract != terms.contract;
    faults.require(is_other, "/contract", "nothing_changes", "The contract has these clauses already.");
    let after = input.applied_to(terms);
    if let Some(dates) = &input.dates {
        let changes = dates.starts_on.is_some() || dates.ends_on.is_some();
        faults.require(changes, "/dates", "nothing_changes", "Give a new first or last day.");
        let in_order = after.starts_on.zip(after.ends_on).is_none_or(|(starts_on, ends_on)| starts_on <= ends_on);
        faults.require(in_order, "/dates/ends_on", "reversed_dates", "The award would end before it begins.");
    }
    for (at, change) in input.targets.iter().enumerate() {
        let pointer = format!("/targets/{at}/indicator_id");
        faults.require(indicators.contains(&change.indicator_id), &pointer, "unknown_record", "This award has no such indicator.");
        let is_repeated = input.targets.iter().take(at).any(|other| other.indicator_id == change.indicator_id);
        faults.require(!is_repeated, &pointer, "repeated", "This indicator stands here twice.");
    }
    for (at, change) in input.use_of_funds.iter().enumerate() {
        let moves = change.from_category != change.to_category;
        faults.require(moves, &format!("/use_of_funds/{at}/to_category"), "nothing_changes", "Money moves from one category to another.");
        let amount_at = format!("/use_of_funds/{at}/amount_pence");
        faults.require(change.amount_pence.is_positive(), &amount_at, "too_small", "Say how much money moves.");
        let fits = terms.amount_pence.is_none_or(|amount| change.amount_pence <= amount);
        faults.require(fits, &amount_at, "too_large", "This is more than the award.");
    }
    faults
}

fn check_value(faults: &mut Faults, value: &ValueChange, terms: &AwardInput) {
    let pointer = "/value/change_pence";
    faults.require(!value.change_pence.is_zero(), pointer, "nothing_changes", "Say by how much the value changes.");
    let Some(amount) = terms.amount_pence else {
        faults.add(pointer, "not_evidenced", "The amount of this award is not known, so it cannot be changed by an amount.");
        return;
    };
    let after = amount.checked_add(value.change_pence);
    let fits = after.is_some_and(|after| after.is_positive() && after <= Pence::MAX);
    faults.require(fits, pointer, "out_of_range", "The award would be nothing or beyond what an award can be.");
}

/// A variation holds from the day from which the agreement holds as it is, or from a later one: agreements follow in time, so that each
/// day has one answer.
pub fn check_start(faults: &mut Faults, effective_on: NaiveDate, agreed_from: Option<NaiveDate>) {
    if let Some(agreed) = agreed_from.filter(|agreed| effective_on < *agreed) {
        faults.add("/effective_on", "too_early", before_agreed(agreed));
    }
}

fn before_agreed(agreed_from: NaiveDate) -> String {
    format!("The agreement holds as it is from {agreed_from}; a variation holds from that day on, or from a later one.")
}

/// A fault of the terms that a variation would make, at the place in the variation that makes it, or that mends it.
#[must_use]
pub fn as_asked(fault: Fault) -> Fault {
    let pointer = match fault.pointer.as_str() {
        "/amount_pence" => "/value/change_pence".to_owned(),
        "/vat_pence" => "/value/vat_pence".to_owned(),
        "/starts_on" | "/ends_on" => format!("/dates{}", fault.pointer),
        split if split == "/split" || split.starts_with("/split/") => format!("/value{split}"),
        clause if clause.starts_with("/contract/") => {
            let message = format!("{} Let this variation bring it: give all clauses of the contract in `contract`.", fault.message);
            return Fault { message, ..fault };
        }
        other => other.to_owned(),
    };
    Fault { pointer, ..fault }
}

/// Whether a variation may come into force on `today`.
///
/// # Errors
/// [`Code::RuleBroken`] before its day, or where the agreement has come to hold from a later one.
pub fn check_day(effective_on: NaiveDate, agreed_from: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    let detail = match agreed_from {
        _ if effective_on > today => format!("This variation takes effect on {effective_on}; it can be applied from that day on."),
        Some(agreed) if effective_on < agreed => {
            format!("This variation would hold from {effective_on}. {} Take it back and issue it anew.", before_agreed(agreed))
        }
        _ => return Ok(()),
    };
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "effective_on": effective_on })))
}

#[cfg(test)]
mod tests;
