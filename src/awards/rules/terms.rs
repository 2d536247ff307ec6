//! The terms of an agreement and what must be right about them.

use std::collections::{BTreeMap, HashSet};

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::linked::Linked;
use super::money::{QuarterAmount, SplitLine, YearAmount, forward};
use super::particulars::{AwardParticulars, particulars_faults};
use crate::kernel::{Faults, FinancialYear, Id, Pence, Provenance, Quarter, Refusal};

words! {
    /// What kind of agreement an award is.
    pub enum AwardKind {
        /// A grant.
        Grant = "grant",
        /// A contract for a service, procured.
        Contract = "contract",
        /// A contribution to somebody else's service (R09).
        Contribution = "contribution",
        /// A post in somebody else's team (R63).
        FundedPost = "funded_post",
    }
}

words! {
    /// The law under which an award is made; it decides where the award is published.
    pub enum LegalPower {
        /// Police Reform and Social Responsibility Act 2011, section 9: crime and disorder reduction grants.
        CrimeAndDisorder = "prsra_2011_s9",
        /// Anti-social Behaviour, Crime and Policing Act 2014, section 143: services for victims and others.
        Victims = "abcpa_2014_s143",
        /// Another, named in words.
        Other = "other",
    }
}

/// What an award commits to: the content of one version of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardInput {
    /// What kind of agreement it is.
    pub kind: AwardKind,
    /// The law under which it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = LegalPower)]
    pub legal_power: Option<LegalPower>,
    /// The law in words, where `legal_power` is `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 300)]
    pub legal_power_text: Option<String>,
    /// The fund period that pays.
    pub fund_period_id: Id,
    /// The tranche whose money it is; neither a tranche nor an earmark: the fund period itself pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tranche_id: Option<Id>,
    /// The earmark whose money it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earmark_id: Option<Id>,
    /// Who receives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = Id)]
    pub provider_id: Option<Id>,
    /// Which service of the provider it is for (R42).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_line_id: Option<Id>,
    /// The programme that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Id>,
    /// The award that this one is a part of, so that it is never added twice: a part moves no money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_of: Option<Id>,
    /// The award that this one goes on with in the next agreement year (R08). What this one commits is no forward commitment of that one
    /// any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<Id>,
    /// Which category of recipients or services it is counted in (R41).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub category: Option<String>,
    /// Its theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub theme: Option<String>,
    /// Its title.
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub purpose: Option<String>,
    /// What is charged to the fund period, for a contract net of VAT. Only a part of another award may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_pence: Option<Pence>,
    /// The VAT on a contract, recoverable and so not charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_pence: Option<Pence>,
    /// Its first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = NaiveDate)]
    pub starts_on: Option<NaiveDate>,
    /// Its last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = true, value_type = NaiveDate)]
    pub ends_on: Option<NaiveDate>,
    /// The areas that benefit.
    #[serde(default)]
    #[schema(required = true, max_items = 200)]
    pub area_ids: Vec<Id>,
    /// The budget lines that pay. Left out: all lines with money, in proportion to what they have when the award is offered.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub split: Vec<SplitLine>,
    /// Amounts a year. Years of the fund period add up to the amount; later ones are indicative, subject to funding.
    #[serde(default)]
    #[schema(max_items = 30)]
    pub annual_amounts: Vec<YearAmount>,
    /// Amounts a quarter. Quarters of the fund period add up to the amount; later ones are indicative, subject to funding.
    #[serde(default)]
    #[schema(max_items = 120)]
    pub profile: Vec<QuarterAmount>,
    /// The clauses of a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractClauses>,
    /// The post, where one is funded (R63).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<FundedPost>,
    /// How the service is given, and whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub particulars: Option<AwardParticulars>,
    /// How many projects it stands for.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100_000, default = 1)]
    pub projects_count: i32,
}

const fn one() -> i32 {
    1
}

const fn whole_post() -> i32 {
    100
}

/// The clauses that a contract carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContractClauses {
    /// That staff are paid at least the National Living Wage (R65): every contract has it.
    pub living_wage_clause: bool,
    /// The social value criterion of the tender (R64).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_value: Option<SocialValue>,
}

/// A social value criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SocialValue {
    /// What it weighs in the evaluation, in per cent.
    #[serde(default = "usual_weight")]
    #[schema(minimum = 1, maximum = 100, default = 10)]
    pub weight_percent: i32,
    /// What the winning tender scored, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub score_percent: Option<i32>,
}

const fn usual_weight() -> i32 {
    Policy::SOCIAL_VALUE_WEIGHT_PERCENT
}

/// A post in another body's team (R63).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundedPost {
    /// The team in which the post is.
    #[schema(min_length = 1, max_length = 300)]
    pub host: String,
    /// What the post does.
    #[schema(min_length = 1, max_length = 300)]
    pub role: String,
    /// Full-time equivalent, in hundredths: 100 is one full-time post.
    #[serde(default = "whole_post")]
    #[schema(minimum = 1, maximum = 100_000, default = 100)]
    pub fte_hundredths: i32,
}

/// What an office sets for its contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AgreementPolicyInput)]
pub struct Policy {
    /// Contracts whose value, net of VAT and all their years together, is strictly above this have a social value criterion (R64).
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_i64, example = 10_000_000)]
    pub social_value_threshold_pence: Pence,
    /// What that criterion weighs at the least, in per cent.
    #[schema(minimum = 1, maximum = 100)]
    pub social_value_weight_percent: i32,
    /// Which kinds of awards carry the National Living Wage clause (R65): contracts or, in an empty list, none. Only contracts have clauses.
    #[schema(max_items = 1)]
    pub living_wage_kinds: Vec<AwardKind>,
}

impl Policy {
    /// The one record that it is, the same in every office.
    pub const ID: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0064));
    /// What the papers print: 10 %.
    pub const SOCIAL_VALUE_WEIGHT_PERCENT: i32 = 10;
    /// What the papers print: above £100,000.
    pub const SOCIAL_VALUE_THRESHOLD: Pence = Pence(10_000_000);
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            social_value_threshold_pence: Self::SOCIAL_VALUE_THRESHOLD,
            social_value_weight_percent: Self::SOCIAL_VALUE_WEIGHT_PERCENT,
            living_wage_kinds: vec![AwardKind::Contract],
        }
    }
}

/// What is wrong with a policy.
#[must_use]
pub fn policy_faults(policy: &Policy) -> Faults {
    let mut faults = Faults::new();
    let fits = (Pence::ZERO..=Pence::MAX).contains(&policy.social_value_threshold_pence);
    faults.require(fits, "/social_value_threshold_pence", "out_of_range", "A threshold is between nothing and £10 billion.");
    let fits = (1..=100).contains(&policy.social_value_weight_percent);
    faults.require(fits, "/social_value_weight_percent", "out_of_range", "A weight is from 1 to 100 per cent.");
    for (at, kind) in policy.living_wage_kinds.iter().enumerate() {
        let pointer = format!("/living_wage_kinds/{at}");
        faults.require(*kind == AwardKind::Contract, &pointer, "not_allowed", "Only contracts have clauses; leave other kinds out.");
    }
    once("/living_wage_kinds", policy.living_wage_kinds.iter(), &mut faults);
    faults
}

/// The days of the fund period that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodSpan {
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

/// How long an agreement may run.
const YEARS_MAX: u32 = 25;

/// What is wrong with the terms, judged by themselves and by what they are linked with. What an imported record says that no paper prints may
/// be missing.
#[must_use]
pub fn faults(terms: &AwardInput, period: PeriodSpan, policy: &Policy, provenance: &Provenance, linked: &Linked) -> Faults {
    let mut faults = faults_of_any_period(terms, provenance);
    contract(terms, whole_value(terms, period.ends_on, linked), policy, provenance, &mut faults);
    profile(terms, period, &mut faults);
    faults
}

/// What is wrong with the terms whatever fund period pays.
#[must_use]
pub fn faults_of_any_period(terms: &AwardInput, provenance: &Provenance) -> Faults {
    let mut faults = Faults::new();
    required(terms, provenance, &mut faults);
    texts(terms, &mut faults);
    amounts(terms, provenance, &mut faults);
    dates(terms, &mut faults);
    post(terms, provenance, &mut faults);
    split(terms, &mut faults);
    if let Some(told) = &terms.particulars {
        particulars_faults("/particulars", told, &mut faults);
    }
    faults
}

fn required(terms: &AwardInput, provenance: &Provenance, faults: &mut Faults) {
    let mut need = |there: bool, field: &str, pointer: &str, what: &str| {
        faults.require(there || provenance.lacks(field), pointer, "required", what);
    };
    need(terms.legal_power.is_some(), "legal_power", "/legal_power", "An award is made under a law.");
    need(terms.provider_id.is_some(), "provider", "/provider_id", "An award has a provider.");
    need(terms.starts_on.is_some(), "starts_on", "/starts_on", "An award has a first day.");
    need(terms.ends_on.is_some(), "ends_on", "/ends_on", "An award has a last day.");
    need(!terms.area_ids.is_empty(), "areas", "/area_ids", "An award says which areas benefit.");
    let is_other = terms.legal_power == Some(LegalPower::Other);
    let named = terms.legal_power_text.is_some();
    faults.require(!is_other || named, "/legal_power_text", "required", "Another law is named in words.");
    faults.require(is_other || !named, "/legal_power_text", "not_allowed", "Only another law is named in words.");
    let both = terms.tranche_id.is_some() && terms.earmark_id.is_some();
    faults.require(!both, "/earmark_id", "not_allowed", "The money comes from a tranche or from an earmark, not from both.");
    faults.require((1..=100_000).contains(&terms.projects_count), "/projects_count", "out_of_range", "From 1 to 100,000 projects.");
    once("/area_ids", terms.area_ids.iter(), faults);
}

fn texts(terms: &AwardInput, faults: &mut Faults) {
    let all = [
        ("/title", Some(&terms.title)),
        ("/legal_power_text", terms.legal_power_text.as_ref()),
        ("/category", terms.category.as_ref()),
        ("/theme", terms.theme.as_ref()),
        ("/purpose", terms.purpose.as_ref()),
        ("/post/host", terms.post.as_ref().map(|post| &post.host)),
        ("/post/role", terms.post.as_ref().map(|post| &post.role)),
    ];
    for (pointer, text) in all {
        let is_blank = text.is_some_and(|text| text.trim().is_empty());
        faults.require(!is_blank, pointer, "blank", "A text is left out rather than blank.");
    }
}

fn amounts(terms: &AwardInput, provenance: &Provenance, faults: &mut Faults) {
    let may_lack = terms.component_of.is_some() || provenance.lacks("amount");
    faults.require(terms.amount_pence.is_some() || may_lack, "/amount_pence", "required", "An award has an amount.");
    let too_small = terms.amount_pence.is_some_and(|amount| !amount.is_positive());
    faults.require(!too_small, "/amount_pence", "too_small", "An award is for more than nothing.");
    for (pointer, pence) in [("/amount_pence", terms.amount_pence), ("/vat_pence", terms.vat_pence)] {
        let fits = pence.is_none_or(|pence| (Pence::ZERO..=Pence::MAX).contains(&pence));
        faults.require(fits, pointer, "out_of_range", "An amount is between nothing and £10 billion.");
    }
    let has_vat = terms.vat_pence.is_some_and(Pence::is_positive);
    faults.require(
        !has_vat || terms.kind == AwardKind::Contract,
        "/vat_pence",
        "not_allowed",
        "Only a contract has VAT; grants are outside it.",
    );
}

fn dates(terms: &AwardInput, faults: &mut Faults) {
    let Some((first, last)) = terms.starts_on.zip(terms.ends_on) else { return };
    faults.require(first <= last, "/ends_on", "reversed_dates", "The last day is before the first.");
    let longest = first.checked_add_months(Months::new(12 * YEARS_MAX));
    faults.require(longest.is_some_and(|longest| last < longest), "/ends_on", "out_of_range", "An agreement runs for at most 25 years.");
    let known = FinancialYear::of(first).is_some() && FinancialYear::of(last).is_some();
    faults.require(known, "/starts_on", "out_of_range", "An agreement lies between 1990 and 2100.");
}

fn contract(terms: &AwardInput, whole_value: Pence, policy: &Policy, provenance: &Provenance, faults: &mut Faults) {
    if terms.kind != AwardKind::Contract {
        faults.require(terms.contract.is_none(), "/contract", "not_allowed", "Only a contract has these clauses.");
        return;
    }
    let has_clause = terms.contract.is_some_and(|clauses| clauses.living_wage_clause);
    let needs_clause = policy.living_wage_kinds.contains(&AwardKind::Contract) && !provenance.lacks("R65");
    let sentence = "Every contract carries the National Living Wage clause (R65).";
    faults.require(has_clause || !needs_clause, "/contract/living_wage_clause", "required", sentence);
    let criterion = terms.contract.and_then(|clauses| clauses.social_value);
    let is_large = whole_value > policy.social_value_threshold_pence;
    if is_large && !provenance.lacks("R64") {
        let least = policy.social_value_weight_percent;
        let enough = criterion.is_some_and(|criterion| criterion.weight_percent >= least);
        let threshold = policy.social_value_threshold_pence;
        let sentence = format!(
            "A contract above {threshold} net of VAT, all its years and the contracts that it is linked with (`succeeds`) together, has a social \
             value criterion that weighs {least} % or more (R64)."
        );
        let pointer = if criterion.is_some() { "/contract/social_value/weight_percent" } else { "/contract/social_value" };
        faults.require(enough, pointer, if criterion.is_some() { "too_small" } else { "required" }, &sentence);
    }
    if let Some(criterion) = criterion {
        let fits = (1..=100).contains(&criterion.weight_percent);
        faults.require(fits, "/contract/social_value/weight_percent", "out_of_range", "A weight is from 1 to 100 per cent.");
    }
}

/// Whether a provider that accepts a contract with these clauses has said what it has to say about wages (R65).
///
/// # Errors
/// [`Refusal::Invalid`] where it has not.
pub fn attested(clauses: Option<ContractClauses>, attests_living_wage: bool) -> Result<(), Refusal> {
    let is_asked = clauses.is_some_and(|clauses| clauses.living_wage_clause);
    if attests_living_wage || !is_asked {
        return Ok(());
    }
    let message = "The provider of this contract says that it pays its staff at least the National Living Wage (R65). Set this to true.";
    Err(Refusal::invalid("/attests_living_wage", "required", message))
}

/// What a contract is worth net of VAT: what the fund period pays, the indicative years after it, and the contracts that it is linked with.
/// Nothing can be split into years to stay below a threshold.
fn whole_value(terms: &AwardInput, period_ends_on: NaiveDate, linked: &Linked) -> Pence {
    let forward = forward(&terms.annual_amounts, &terms.profile, period_ends_on);
    linked.worth(terms.succeeds, terms.amount_pence.unwrap_or_default(), forward)
}

fn post(terms: &AwardInput, provenance: &Provenance, faults: &mut Faults) {
    let is_post = terms.kind == AwardKind::FundedPost;
    let there = terms.post.is_some() || provenance.lacks("post") || provenance.lacks("R63");
    faults.require(!is_post || there, "/post", "required", "A funded post has a host, a role and a full-time equivalent (R63).");
    faults.require(is_post || terms.post.is_none(), "/post", "not_allowed", "Only a funded post has a host and a role.");
    let fits = terms.post.as_ref().is_none_or(|post| (1..=100_000).contains(&post.fte_hundredths));
    faults.require(fits, "/post/fte_hundredths", "out_of_range", "A full-time equivalent is more than nothing.");
}

fn split(terms: &AwardInput, faults: &mut Faults) {
    if terms.split.is_empty() {
        return;
    }
    faults.require(terms.component_of.is_none(), "/split", "not_allowed", "A part of another award moves no money, so it has no split.");
    once("/split", terms.split.iter().map(|line| &line.budget_line_id), faults);
    let amounts: Vec<Pence> = terms.split.iter().filter_map(|line| line.amount_pence).collect();
    let weights = terms.split.iter().filter(|line| line.weight.is_some_and(|weight| weight > 0)).count();
    let is_whole = (amounts.len(), weights) == (terms.split.len(), 0) || (amounts.len(), weights) == (0, terms.split.len());
    faults.require(is_whole, "/split", "mixed_split", "Each line of a split has an amount, or each has a weight above nothing.");
    if is_whole && weights == 0 {
        let sum: Pence = amounts.iter().copied().sum();
        let amount = terms.amount_pence.unwrap_or_default();
        faults.require(sum == amount, "/split", "does_not_add_up", &format!("The lines add up to {sum}, the award is {amount}."));
        faults.require(amounts.iter().all(|pence| pence.is_positive()), "/split", "too_small", "Each line pays more than nothing.");
    }
}

fn profile(terms: &AwardInput, period: PeriodSpan, faults: &mut Faults) {
    let amount = terms.amount_pence.unwrap_or_default();
    once("/profile", terms.profile.iter().map(|quarter| &quarter.quarter), faults);
    once("/annual_amounts", terms.annual_amounts.iter().map(|year| &year.financial_year), faults);
    if let Some((first, last)) = terms.starts_on.zip(terms.ends_on) {
        for (at, quarter) in terms.profile.iter().enumerate() {
            let inside = quarter.quarter.last_day() >= first && quarter.quarter.first_day() <= last;
            faults.require(inside, &format!("/profile/{at}/quarter"), "out_of_range", "This quarter is outside the award.");
        }
        for (at, year) in terms.annual_amounts.iter().enumerate() {
            let inside = year.financial_year.last_day() >= first && year.financial_year.first_day() <= last;
            faults.require(inside, &format!("/annual_amounts/{at}/financial_year"), "out_of_range", "This year is outside the award.");
        }
    }
    let quarters = terms.profile.iter().filter(|quarter| !quarter.is_after(period.ends_on)).map(|quarter| quarter.amount_pence);
    let years = terms.annual_amounts.iter().filter(|year| !year.is_after(period.ends_on)).map(|year| year.amount_pence);
    adds_up("/profile", "quarters", !terms.profile.is_empty(), quarters.sum(), amount, faults);
    adds_up("/annual_amounts", "years", !terms.annual_amounts.is_empty(), years.sum(), amount, faults);
    if !terms.profile.is_empty() && !terms.annual_amounts.is_empty() {
        same_by_year(&terms.annual_amounts, &terms.profile, faults);
    }
}

fn adds_up(pointer: &str, what: &str, is_given: bool, sum: Pence, amount: Pence, faults: &mut Faults) {
    let sentence = format!("The {what} of the fund period add up to {sum}, the award is {amount}.");
    faults.require(!is_given || sum == amount, pointer, "does_not_add_up", &sentence);
}

/// Where both are given, the quarters of each year add up to its annual amount.
fn same_by_year(years: &[YearAmount], profile: &[QuarterAmount], faults: &mut Faults) {
    let mut sums: BTreeMap<FinancialYear, Pence> = BTreeMap::new();
    for quarter in profile {
        let sum = sums.entry(quarter.quarter.year()).or_default();
        *sum = *sum + quarter.amount_pence;
    }
    for (at, year) in years.iter().enumerate() {
        let sum = sums.remove(&year.financial_year).unwrap_or_default();
        let sentence = format!("The quarters of {} add up to {sum}, the year is {}.", year.financial_year, year.amount_pence);
        faults.require(sum == year.amount_pence, &format!("/annual_amounts/{at}/amount_pence"), "does_not_add_up", &sentence);
    }
    for (year, sum) in sums.into_iter().filter(|(_, sum)| sum.is_positive()) {
        faults.add("/annual_amounts", "does_not_add_up", format!("The quarters of {year} add up to {sum}, and the year has no amount."));
    }
}

fn once<'a, T: Eq + std::hash::Hash + 'a>(pointer: &str, items: impl Iterator<Item = &'a T>, faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (at, item) in items.enumerate() {
        faults.require(seen.insert(item), &format!("{pointer}/{at}"), "repeated", "This stands here twice.");
    }
}

/// The quarters that an award's profile may have.
#[must_use]
pub fn quarters_of(terms: &AwardInput) -> Vec<Quarter> {
    terms.starts_on.zip(terms.ends_on).map(|(first, last)| Quarter::between(first, last)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
