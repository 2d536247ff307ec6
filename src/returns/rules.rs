//! What a return is, what it asks and when it is due.

mod plan;

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Pence, Quantity, Refusal};

pub use plan::{Begun, Planned, Settled, planned, settle};

/// How many working days after the end of its period a return is due.
pub const DUE_WORKING_DAYS: u32 = 15;

words! {
    /// How far a return has come, as stored; the day decides between *not yet due*, *due* and *overdue*.
    pub enum ReturnState {
        /// Not begun.
        Open = "open",
        /// Begun by the provider.
        Draft = "draft",
        /// Sent by the provider.
        Submitted = "submitted",
        /// Sent back with a question.
        Queried = "queried",
        /// Sent again after a question.
        Resubmitted = "resubmitted",
        /// Accepted by the office; stays as it is.
        Accepted = "accepted",
        /// No longer owed: the award ended, or its dates or plan changed, before the return was begun.
        FallenAway = "fallen_away",
    }
}

words! {
    /// How far a return has come, as shown on a day.
    pub enum ReturnStage {
        /// The period has not ended.
        NotYetDue = "not_yet_due",
        /// The period has ended and nothing is written.
        Due = "due",
        /// Begun by the provider.
        Draft = "draft",
        /// Sent by the provider.
        Submitted = "submitted",
        /// Sent back with a question.
        Queried = "queried",
        /// Sent again after a question.
        Resubmitted = "resubmitted",
        /// Accepted by the office.
        Accepted = "accepted",
        /// No longer owed.
        FallenAway = "fallen_away",
    }
}

words! {
    /// What period a return covers.
    pub enum ReturnKind {
        /// A quarter.
        Quarterly = "quarterly",
        /// Two quarters.
        HalfYearly = "half_yearly",
        /// The whole award, once.
        EndOfGrant = "end_of_grant",
        /// Several quarters that were printed as one figure and are never split.
        WholePeriod = "whole_period",
    }
}

words! {
    /// What money was spent on (R15 and what services spend on every day).
    pub enum SpendCategory {
        /// Income that fell away for a short time.
        IncomeDisruption = "income_disruption",
        /// Things without which the service stops.
        EssentialCostsAssets = "essential_costs_assets",
        /// Cover for staff who are away.
        EssentialCostsStaffCover = "essential_costs_staff_cover",
        /// More people asking for help.
        IncreasedDemand = "increased_demand",
        /// Protective equipment.
        Ppe = "ppe",
        /// Computers and telephones.
        ItInfrastructure = "it_infrastructure",
        /// Screens.
        Screens = "screens",
        /// Pay.
        Staff = "staff",
        /// Rent and running costs.
        Premises = "premises",
        /// What the work itself costs.
        Activities = "activities",
        /// A share of central costs.
        Overheads = "overheads",
        /// Anything else; the note says what.
        Other = "other",
    }
}

words! {
    /// Whether there is a value, and if not, why.
    pub enum Reported {
        /// There is a value; nought is one.
        Reported = "reported",
        /// The provider has not said.
        NotReported = "not_reported",
        /// It does not apply to this award, period or area.
        NotApplicable = "not_applicable",
    }
}

/// Money spent on one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpendLine {
    /// What it was spent on.
    pub category: SpendCategory,
    /// How much, in pence.
    pub amount_pence: Pence,
    /// Whether it went to the people helped directly (R20).
    #[serde(default)]
    pub direct_activity: bool,
    /// The first day of the spending, where it is not the whole period.
    #[serde(default)]
    pub spent_from: Option<NaiveDate>,
    /// The last day of the spending, where it is not the whole period.
    #[serde(default)]
    pub spent_to: Option<NaiveDate>,
    /// What it was, in words.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

/// What was counted for an indicator, in an area or for the award as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorValue {
    /// The indicator.
    pub indicator_id: Id,
    /// The area; the award as a whole where there is none.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// Whether there is a value.
    pub status: Reported,
    /// The value, where there is one: a count, or the numerator of a percentage.
    #[serde(default)]
    pub value: Option<Quantity>,
    /// What a percentage is of.
    #[serde(default)]
    pub denominator: Option<Quantity>,
    /// What the number is counted on, where it is not the indicator's basis (R22).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub basis: Option<String>,
}

/// What the provider writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnContent {
    /// Money spent in the period.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub spend: Vec<SpendLine>,
    /// What was counted.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub values: Vec<IndicatorValue>,
    /// What happened, without personal data.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20000)]
    pub narrative: Option<String>,
    /// What may go wrong.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10000)]
    pub risks: Option<String>,
}

/// How far a return has come, on a day.
#[must_use]
pub fn stage(state: ReturnState, ends_on: NaiveDate, today: NaiveDate) -> ReturnStage {
    match state {
        ReturnState::Open if today <= ends_on => ReturnStage::NotYetDue,
        ReturnState::Open => ReturnStage::Due,
        ReturnState::Draft => ReturnStage::Draft,
        ReturnState::Submitted => ReturnStage::Submitted,
        ReturnState::Queried => ReturnStage::Queried,
        ReturnState::Resubmitted => ReturnStage::Resubmitted,
        ReturnState::Accepted => ReturnStage::Accepted,
        ReturnState::FallenAway => ReturnStage::FallenAway,
    }
}

/// Whether the office waits for a return: it is owed and was not sent yet. One that is begun and no longer asked for is not waited for.
#[must_use]
pub const fn is_awaited(state: ReturnState, is_owed: bool) -> bool {
    is_owed && matches!(state, ReturnState::Open | ReturnState::Draft)
}

/// Whether a return should have been in by `today`.
#[must_use]
pub fn is_overdue(state: ReturnState, is_owed: bool, due_on: NaiveDate, today: NaiveDate) -> bool {
    is_awaited(state, is_owed) && today > due_on
}

impl ReturnState {
    /// Whether somebody has begun it, so that it stays when the award's dates or plan change.
    #[must_use]
    pub const fn is_begun(self) -> bool {
        !matches!(self, Self::Open | Self::FallenAway)
    }

    /// Whether it is with the provider, who may still write it.
    #[must_use]
    pub const fn is_with_provider(self) -> bool {
        matches!(self, Self::Draft | Self::Queried)
    }
}

/// The state after the provider writes.
///
/// # Errors
/// Where the return is with the office or done.
pub fn write(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Open | ReturnState::Draft => Ok(ReturnState::Draft),
        ReturnState::Queried => Ok(ReturnState::Queried),
        other => Err(Refusal::wrong_state("return", other, "changed")),
    }
}

/// The state after the provider submits.
///
/// # Errors
/// Where there is nothing to submit.
pub fn submit(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Draft => Ok(ReturnState::Submitted),
        ReturnState::Queried => Ok(ReturnState::Resubmitted),
        other => Err(Refusal::wrong_state("return", other, "submitted")),
    }
}

/// Whether the period of a return is over on `today`, so that there is a whole of it to report.
///
/// # Errors
/// [`Code::RuleBroken`] up to its last day.
pub fn check_over(ends_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if ends_on < today {
        return Ok(());
    }
    let detail = format!("This return covers the days up to {ends_on}; it can be submitted from the day after.");
    Err(Refusal::rule_with(Code::RuleBroken, detail, serde_json::json!({ "ends_on": ends_on })))
}

/// The state after the office asks a question.
///
/// # Errors
/// Where the return is not with the office.
pub fn query(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Submitted | ReturnState::Resubmitted => Ok(ReturnState::Queried),
        other => Err(Refusal::wrong_state("return", other, "queried")),
    }
}

/// The state after the office accepts.
///
/// # Errors
/// Where the return is not with the office.
pub fn accept(state: ReturnState) -> Result<ReturnState, Refusal> {
    match state {
        ReturnState::Submitted | ReturnState::Resubmitted => Ok(ReturnState::Accepted),
        other => Err(Refusal::wrong_state("return", other, "accepted")),
    }
}

/// What a return is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The first day of its period.
    pub starts_on: NaiveDate,
    /// The last day of its period.
    pub ends_on: NaiveDate,
    /// The days on which the award's money may be spent (R14); open ends where a budget line sets none.
    pub window: (Option<NaiveDate>, Option<NaiveDate>),
    /// The award's indicators, and whether each counts a percentage.
    pub indicators: Vec<(Id, bool)>,
    /// The areas that exist.
    pub areas: HashSet<Id>,
    /// Whether a percentage says what it is of (R76); a printed one often does not.
    pub wants_denominators: bool,
}

/// Everything that is wrong with what the provider wrote.
#[must_use]
pub fn faults(content: &ReturnContent, asked: &Asked) -> Faults {
    let mut faults = Faults::new();
    for (at, line) in content.spend.iter().enumerate() {
        check_spend(&mut faults, &format!("/spend/{at}"), line, asked);
    }
    let mut seen = HashSet::new();
    for (at, value) in content.values.iter().enumerate() {
        let pointer = format!("/values/{at}");
        let is_new = seen.insert((value.indicator_id, value.area_id));
        faults.require(is_new, &pointer, "repeated", "There is a value for this indicator and area already.");
        check_value(&mut faults, &pointer, value, asked);
    }
    faults
}

fn check_spend(faults: &mut Faults, pointer: &str, line: &SpendLine, asked: &Asked) {
    let (from, to) = (line.spent_from.unwrap_or(asked.starts_on), line.spent_to.unwrap_or(asked.ends_on));
    faults.require(from <= to, &format!("{pointer}/spent_to"), "reversed_dates", "The spending ends before it begins.");
    let inside = from >= asked.starts_on && to <= asked.ends_on;
    faults.require(inside, &format!("{pointer}/spent_from"), "outside_period", "The spending lies outside the period of this return.");
    let (opens, closes) = asked.window;
    let eligible = opens.is_none_or(|opens| from >= opens) && closes.is_none_or(|closes| to <= closes);
    let days = |day: Option<NaiveDate>| day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
    let message = format!(
        "This money may be spent from {} to {} only. Say in `spent_from` and `spent_to` when it was spent, inside those days.",
        days(opens),
        days(closes)
    );
    faults.require(eligible, &format!("{pointer}/spent_from"), "outside_window", &message);
    let explained = line.category != SpendCategory::Other || line.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    faults.require(explained, &format!("{pointer}/note"), "required", "Say what the money was spent on.");
}

fn check_value(faults: &mut Faults, pointer: &str, value: &IndicatorValue, asked: &Asked) {
    let known = asked.indicators.iter().find(|(id, _)| *id == value.indicator_id);
    faults.require(known.is_some(), &format!("{pointer}/indicator_id"), "unknown_record", "This award has no such indicator.");
    let area_known = value.area_id.is_none_or(|area| asked.areas.contains(&area));
    faults.require(area_known, &format!("{pointer}/area_id"), "unknown_record", "There is no such area.");
    let is_percentage = known.is_some_and(|(_, is_percentage)| *is_percentage);
    let (value_at, denominator_at) = (format!("{pointer}/value"), format!("{pointer}/denominator"));
    if value.status != Reported::Reported {
        faults.require(value.value.is_none(), &value_at, "not_expected", "Leave the value out, or say `reported`.");
        faults.require(value.denominator.is_none(), &denominator_at, "not_expected", "Leave it out where nothing is reported.");
        return;
    }
    let counted = value.value.unwrap_or_default();
    faults.require(value.value.is_some(), &value_at, "required", "Give the value, or say `not_reported`. Nought is a value.");
    faults.require(counted >= Quantity::ZERO, &value_at, "too_small", "A count cannot be below nought.");
    match value.denominator {
        Some(whole) => {
            faults.require(is_percentage, &denominator_at, "not_expected", "Only a percentage has a denominator.");
            faults.require(whole > Quantity::ZERO, &denominator_at, "too_small", "A percentage is of more than nought.");
            faults.require(counted <= whole, &value_at, "too_large", "The part is larger than the whole.");
        }
        None => faults.require(!is_percentage || !asked.wants_denominators, &denominator_at, "required", "Give what the percentage is of."),
    }
}

/// What must be there before a return can be submitted: each indicator of the award has a value or a reason for none.
#[must_use]
pub fn missing(content: &ReturnContent, asked: &Asked) -> Faults {
    let mut faults = Faults::new();
    for (indicator, _) in &asked.indicators {
        let is_there = content.values.iter().any(|value| value.indicator_id == *indicator);
        let message = format!("There is no value for the indicator {indicator}. Give one, or say `not_reported` or `not_applicable`.");
        faults.require(is_there, "/values", "required", &message);
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn asked(indicator: Id, is_percentage: bool) -> Asked {
        Asked {
            starts_on: day("2020-04-01"),
            ends_on: day("2020-06-30"),
            window: (Some(day("2020-03-24")), Some(day("2021-03-31"))),
            indicators: vec![(indicator, is_percentage)],
            areas: HashSet::new(),
            wants_denominators: true,
        }
    }

    fn codes(faults: Faults) -> Vec<String> {
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn the_day_decides_due_and_overdue() {
        assert_eq!(stage(ReturnState::Open, day("2020-06-30"), day("2020-06-30")), ReturnStage::NotYetDue);
        assert_eq!(stage(ReturnState::Open, day("2020-06-30"), day("2020-07-01")), ReturnStage::Due);
        assert!(!is_overdue(ReturnState::Draft, true, day("2020-07-21"), day("2020-07-21")));
        assert!(is_overdue(ReturnState::Draft, true, day("2020-07-21"), day("2020-07-22")));
        assert!(!is_overdue(ReturnState::Draft, false, day("2020-07-21"), day("2020-07-22")));
        assert!(!is_overdue(ReturnState::Submitted, true, day("2020-07-21"), day("2020-07-22")));
    }

    #[test]
    fn a_period_is_reported_once_it_is_over() {
        assert!(check_over(day("2020-06-30"), day("2020-06-30")).is_err());
        assert!(check_over(day("2020-06-30"), day("2020-07-01")).is_ok());
    }

    #[test]
    fn an_accepted_return_stays() {
        for act in [write, submit, query, accept] {
            assert!(act(ReturnState::Accepted).is_err());
        }
        assert_eq!(submit(ReturnState::Queried), Ok(ReturnState::Resubmitted));
    }

    #[test]
    fn nought_is_reported_and_blank_is_not() {
        let indicator = Id::new();
        let value = |status, value: Option<i32>| IndicatorValue {
            indicator_id: indicator,
            area_id: None,
            status,
            value: value.map(Quantity::whole),
            denominator: None,
            basis: None,
        };
        let check = |value| codes(faults(&ReturnContent { values: vec![value], ..ReturnContent::default() }, &asked(indicator, false)));
        assert!(check(value(Reported::Reported, Some(0))).is_empty());
        assert!(check(value(Reported::NotReported, None)).is_empty());
        assert_eq!(check(value(Reported::Reported, None)), ["/values/0/value required"]);
        assert_eq!(check(value(Reported::NotApplicable, Some(0))), ["/values/0/value not_expected"]);
        assert_eq!(codes(missing(&ReturnContent::default(), &asked(indicator, false))), ["/values required"]);
    }

    #[test]
    fn spending_stays_in_its_window() {
        let line = |from: &str, to: &str| SpendLine {
            category: SpendCategory::Ppe,
            amount_pence: Pence(100),
            direct_activity: false,
            spent_from: Some(day(from)),
            spent_to: Some(day(to)),
            note: None,
        };
        let mut asked = asked(Id::new(), false);
        asked.window.1 = Some(day("2020-05-31"));
        let check = |line| codes(faults(&ReturnContent { spend: vec![line], ..ReturnContent::default() }, &asked));
        assert!(check(line("2020-04-01", "2020-05-31")).is_empty());
        assert_eq!(check(line("2020-04-01", "2020-06-01")), ["/spend/0/spent_from outside_window"]);
        assert_eq!(check(line("2020-05-02", "2020-05-01")), ["/spend/0/spent_to reversed_dates"]);
        assert_eq!(check(line("2020-03-30", "2020-05-01")), ["/spend/0/spent_from outside_period"]);
    }
}
