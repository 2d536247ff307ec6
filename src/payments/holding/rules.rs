//! When a rule holds a payment, and what it says then. Pure.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::awards::rules::{AwardKind, AwardState, QuarterAmount};
use crate::kernel::{Code, Faults, Id, Moment, Pence, Refusal};
use crate::providers::checks::rules::{CheckKind, CheckStanding, ProviderCheck};

words! {
    /// What a rule looks at.
    pub enum PaymentRuleKind {
        /// That the returns of earlier quarters are accepted.
        ReturnNotAccepted = "return_not_accepted",
        /// How far what was spent is from the profile.
        Variance = "variance",
        /// That a due-diligence check is neither expired nor failed.
        CheckNotCurrent = "check_not_current",
        /// That no variation waits for the provider's answer.
        VariationUnsigned = "variation_unsigned",
        /// That the award is not paused.
        AwardPaused = "award_paused",
    }
}

words! {
    /// What holds a payment.
    pub enum PaymentHoldKind {
        /// Somebody.
        Manual = "manual",
        /// What it waits for is not there: a milestone, a proof, a return in arrears.
        WaitsFor = "waits_for",
        /// A rule: returns of earlier quarters are not accepted.
        ReturnNotAccepted = "return_not_accepted",
        /// A rule: what was spent is far from the profile.
        Variance = "variance",
        /// A rule: a due-diligence check is expired or failed.
        CheckNotCurrent = "check_not_current",
        /// A rule: a variation waits for the provider's answer.
        VariationUnsigned = "variation_unsigned",
        /// A rule: the award is paused.
        AwardPaused = "award_paused",
    }
}

/// A rule that holds payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentRuleInput {
    /// What it looks at.
    pub kind: PaymentRuleKind,
    /// Only payments on awards of this fund.
    #[serde(default)]
    pub fund_id: Option<Id>,
    /// Only payments on awards of this kind.
    #[serde(default)]
    pub award_kind: Option<AwardKind>,
    /// Of returns: how many quarters before its own a payment looks at; 1, where it is left out, has the instalment of Q2 wait for the return of Q1.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 8)]
    pub quarters_back: Option<i32>,
    /// Of the variance: how far what was spent may be from the profile, in percent of the profile, above which it holds.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000, example = 10)]
    pub percent: Option<i32>,
    /// Of a check: which one; insurance where it is left out.
    #[serde(default)]
    pub check_kind: Option<CheckKind>,
    /// Whether it holds anything; false switches it off.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// Why it is as it is.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: Option<String>,
}

const fn yes() -> bool {
    true
}

/// A rule lifted for a fund until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentRuleLiftInput {
    /// The fund.
    pub fund_id: Id,
    /// The last day.
    pub lifted_until: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 1000, example = "Providers cannot be visited during the pandemic.")]
    pub reason: String,
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it says.
    pub input: PaymentRuleInput,
    /// For which funds it was lifted.
    pub lifts: Vec<Lift>,
}

/// That a rule was lifted for a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lift {
    /// Its id.
    pub id: Id,
    /// The fund.
    pub fund_id: Id,
    /// The first day.
    pub lifted_on: NaiveDate,
    /// The last day.
    pub lifted_until: NaiveDate,
    /// Who lifted it.
    pub lifted_by: String,
    /// Why.
    pub reason: String,
}

/// What is wrong with a rule.
#[must_use]
pub fn faults(input: &PaymentRuleInput) -> Faults {
    let mut faults = Faults::new();
    let belongs = [
        ("/quarters_back", input.quarters_back.is_some(), PaymentRuleKind::ReturnNotAccepted),
        ("/percent", input.percent.is_some(), PaymentRuleKind::Variance),
        ("/check_kind", input.check_kind.is_some(), PaymentRuleKind::CheckNotCurrent),
    ];
    for (pointer, is_said, kind) in belongs {
        faults.require(
            !is_said || input.kind == kind,
            pointer,
            "not_allowed",
            &format!("Only a rule of the kind `{kind}` has this: leave it out."),
        );
    }
    let needs_percent = input.kind == PaymentRuleKind::Variance;
    faults.require(!needs_percent || input.percent.is_some(), "/percent", "required", "Say above which difference it holds.");
    faults
}

/// What holds a payment, and what would release it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PaymentHold)]
pub struct Hold {
    /// What kind of hold it is.
    pub kind: PaymentHoldKind,
    /// The rule, where one holds it.
    pub rule_id: Option<Id>,
    /// Why it is held.
    #[schema(max_length = 1500)]
    pub because: String,
    /// What would release it.
    #[schema(max_length = 500)]
    pub released_by: String,
}

/// Refuses a payment that is held.
///
/// # Errors
/// [`Code::RuleBroken`] with everything that holds it.
pub fn check(holds: &[Hold]) -> Result<(), Refusal> {
    if holds.is_empty() {
        return Ok(());
    }
    let sentences: Vec<String> = holds.iter().map(|one| format!("{} {}", one.because, one.released_by)).collect();
    Err(Refusal::rule_with(Code::RuleBroken, format!("This payment is held. {}", sentences.join(" ")), json!({ "holds": holds })))
}

/// A return of an award, as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedReturn {
    /// `2020-21-Q1`.
    pub period: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Whether it is accepted.
    pub is_accepted: bool,
    /// What was spent, corrections included; nothing of one that was not sent.
    pub spent: Pence,
}

/// What is known of an award whose payment may be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardFacts {
    /// Its fund.
    pub fund_id: Id,
    /// Its kind.
    pub kind: AwardKind,
    /// Its state.
    pub state: AwardState,
    /// What is planned by quarter.
    pub profile: Vec<QuarterAmount>,
    /// The returns that it owes or has sent, by their days.
    pub returns: Vec<OwedReturn>,
    /// References of variations that wait for its provider.
    pub unsigned: Vec<String>,
    /// The checks of whoever receives the payment that count.
    pub checks: Vec<ProviderCheck>,
}

/// Whether a rule says something of payments on an award, on a day.
#[must_use]
pub fn concerns(rule: &Rule, award: &AwardFacts, today: NaiveDate) -> bool {
    let input = &rule.input;
    let is_lifted = rule.lifts.iter().any(|one| one.fund_id == award.fund_id && (one.lifted_on..=one.lifted_until).contains(&today));
    input.is_active
        && input.fund_id.is_none_or(|fund| fund == award.fund_id)
        && input.award_kind.is_none_or(|kind| kind == award.kind)
        && !is_lifted
}

/// What a rule says of a payment whose days begin on `from`; nothing where it lets it go.
#[must_use]
pub fn held_by(rule: &Rule, award: &AwardFacts, from: NaiveDate, today: NaiveDate) -> Option<Hold> {
    let hold = |kind, because: String, released_by: &str| {
        Some(Hold { kind, rule_id: Some(rule.id), because, released_by: released_by.to_owned() })
    };
    match rule.input.kind {
        PaymentRuleKind::ReturnNotAccepted => {
            let waiting = waiting_return(&rule.input, award, from)?;
            let because = format!("The return for {} is not accepted.", waiting.period);
            hold(PaymentHoldKind::ReturnNotAccepted, because, "It goes on once that return is accepted.")
        }
        PaymentRuleKind::Variance => {
            let (planned, spent) = apart(award, rule.input.percent.unwrap_or_default())?;
            let percent = rule.input.percent.unwrap_or_default();
            let because = format!("{spent} was accepted as spent where {planned} was planned, which is more than {percent} % apart.");
            hold(PaymentHoldKind::Variance, because, "It goes on once later returns, an adjustment or a variation bring the two closer.")
        }
        PaymentRuleKind::CheckNotCurrent => {
            let kind = rule.input.check_kind.unwrap_or(CheckKind::Insurance);
            let Some(found) = award.checks.iter().find(|one| one.kind == kind) else {
                // Of other checks one that was never made holds nothing; a number is either confirmed or not.
                let because = "Nobody has confirmed the supplier number of the provider.".to_owned();
                let is_number = kind == CheckKind::SupplierNumber;
                return is_number
                    .then(|| hold(PaymentHoldKind::CheckNotCurrent, because, "It goes on once a check says that finance has confirmed it."))
                    .flatten();
            };
            let said = match found.standing(true, today) {
                CheckStanding::Failed => "failed",
                CheckStanding::Expired => "has expired",
                CheckStanding::Current | CheckStanding::Replaced => return None,
            };
            let because = format!("The {} check {} of the provider {said}.", kind.title(), found.reference);
            hold(PaymentHoldKind::CheckNotCurrent, because, "It goes on once a newer check of that kind is recorded as passed.")
        }
        PaymentRuleKind::VariationUnsigned => {
            let first = award.unsigned.first()?;
            let because = format!("The variation {first} waits for the provider's answer.");
            hold(
                PaymentHoldKind::VariationUnsigned,
                because,
                "It goes on once the provider has accepted or refused it, or the office takes it back.",
            )
        }
        PaymentRuleKind::AwardPaused => {
            let is_paused = award.state == AwardState::Paused;
            let because = "The award is paused.".to_owned();
            is_paused.then(|| hold(PaymentHoldKind::AwardPaused, because, "It goes on once the award does.")).flatten()
        }
    }
}

/// The first return that is not accepted, of those that a payment waits for.
fn waiting_return<'a>(rule: &PaymentRuleInput, award: &'a AwardFacts, from: NaiveDate) -> Option<&'a OwedReturn> {
    let later = u32::try_from(rule.quarters_back.unwrap_or(1) - 1).unwrap_or_default() * 3;
    let before = from.checked_sub_months(Months::new(later)).unwrap_or(from);
    award.returns.iter().filter(|one| one.ends_on < before && !one.is_accepted).min_by_key(|one| one.ends_on)
}

/// What was planned and what was accepted as spent up to the last accepted return, where they are more than so many percent apart.
fn apart(award: &AwardFacts, percent: i32) -> Option<(Pence, Pence)> {
    let accepted = || award.returns.iter().filter(|one| one.is_accepted);
    let last = accepted().map(|one| one.ends_on).max()?;
    let spent: Pence = accepted().map(|one| one.spent).sum();
    let planned: Pence = award.profile.iter().filter(|one| one.quarter.last_day() <= last).map(|one| one.amount_pence).sum();
    let difference = i128::from((spent - planned).0.unsigned_abs());
    let is_apart = planned.is_positive() && difference * 100 > i128::from(planned.0) * i128::from(percent);
    is_apart.then_some((planned, spent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rule(kind: PaymentRuleKind) -> Rule {
        let percent = (kind == PaymentRuleKind::Variance).then_some(10);
        let input = PaymentRuleInput {
            kind,
            fund_id: None,
            award_kind: None,
            quarters_back: None,
            percent,
            check_kind: None,
            is_active: true,
            reason: None,
        };
        Rule { id: Id::new(), version: 1, recorded_at: Moment::from_micros(0).unwrap(), input, lifts: Vec::new() }
    }

    fn award(returns: &[(&str, &str, bool, i64)]) -> AwardFacts {
        let of = |(period, ends_on, is_accepted, spent): &(&str, &str, bool, i64)| OwedReturn {
            period: (*period).to_owned(),
            starts_on: day(ends_on),
            ends_on: day(ends_on),
            is_accepted: *is_accepted,
            spent: Pence(*spent),
        };
        let quarter = |text: &str| QuarterAmount { quarter: text.parse().unwrap(), amount_pence: Pence(1_000) };
        AwardFacts {
            fund_id: Id::new(),
            kind: AwardKind::Grant,
            state: AwardState::Live,
            profile: vec![quarter("2020-21-Q1"), quarter("2020-21-Q2")],
            returns: returns.iter().map(of).collect(),
            unsigned: Vec::new(),
            checks: Vec::new(),
        }
    }

    #[test]
    fn the_instalment_of_q2_waits_for_the_return_of_q1() {
        let waits = rule(PaymentRuleKind::ReturnNotAccepted);
        let facts = award(&[("2020-21-Q1", "2020-06-30", false, 0), ("2020-21-Q2", "2020-09-30", false, 0)]);
        let today = day("2020-07-20");
        assert_eq!(held_by(&waits, &facts, day("2020-04-01"), today), None);
        let held = held_by(&waits, &facts, day("2020-07-01"), today).unwrap();
        assert_eq!((held.kind, held.because.as_str()), (PaymentHoldKind::ReturnNotAccepted, "The return for 2020-21-Q1 is not accepted."));
        let further = Rule { input: PaymentRuleInput { quarters_back: Some(2), ..waits.input.clone() }, ..waits.clone() };
        assert_eq!(held_by(&further, &facts, day("2020-07-01"), today), None);
        assert!(held_by(&further, &facts, day("2020-10-01"), today).is_some());
        let accepted = award(&[("2020-21-Q1", "2020-06-30", true, 0)]);
        assert_eq!(held_by(&waits, &accepted, day("2020-07-01"), today), None);
    }

    #[test]
    fn a_variance_holds_strictly_above_its_percentage() {
        let variance = rule(PaymentRuleKind::Variance);
        let of = |spent| {
            held_by(&variance, &award(&[("2020-21-Q1", "2020-06-30", true, spent)]), day("2020-07-01"), day("2020-07-20")).is_some()
        };
        assert_eq!([900, 1_100, 899, 1_101].map(of), [false, false, true, true]);
        assert_eq!(held_by(&variance, &award(&[("2020-21-Q1", "2020-06-30", false, 0)]), day("2020-07-01"), day("2020-07-20")), None);
    }

    #[test]
    fn a_paused_award_and_an_unsigned_variation_hold_where_a_rule_says_so() {
        let today = day("2020-07-20");
        let facts = AwardFacts { state: AwardState::Paused, unsigned: vec!["CIF-1-V1".to_owned()], ..award(&[]) };
        assert!(held_by(&rule(PaymentRuleKind::AwardPaused), &facts, today, today).is_some());
        assert!(held_by(&rule(PaymentRuleKind::VariationUnsigned), &facts, today, today).unwrap().because.contains("CIF-1-V1"));
        assert_eq!(held_by(&rule(PaymentRuleKind::AwardPaused), &award(&[]), today, today), None);
    }

    #[test]
    fn a_number_that_nobody_has_confirmed_holds() {
        let today = day("2020-07-20");
        let about = |check_kind| {
            let mut one = rule(PaymentRuleKind::CheckNotCurrent);
            one.input.check_kind = check_kind;
            held_by(&one, &award(&[]), today, today).map(|hold| hold.because)
        };
        assert_eq!(about(Some(CheckKind::SupplierNumber)).as_deref(), Some("Nobody has confirmed the supplier number of the provider."));
        assert_eq!([about(None), about(Some(CheckKind::Accounts))], [None, None]);
    }

    #[test]
    fn a_rule_is_of_its_fund_and_kind_and_may_be_lifted() {
        let facts = award(&[]);
        let today = day("2020-07-20");
        let of = |change: &dyn Fn(&mut Rule)| {
            let mut one = rule(PaymentRuleKind::AwardPaused);
            change(&mut one);
            concerns(&one, &facts, today)
        };
        let lift = |until: &str| Lift {
            id: Id::new(),
            fund_id: facts.fund_id,
            lifted_on: day("2020-07-01"),
            lifted_until: day(until),
            lifted_by: "approver".to_owned(),
            reason: "pandemic".to_owned(),
        };
        assert!(of(&|_| {}));
        assert!(!of(&|one| one.input.is_active = false));
        assert!(!of(&|one| one.input.fund_id = Some(Id::new())));
        assert!(!of(&|one| one.input.award_kind = Some(AwardKind::Contract)));
        assert!(!of(&|one| one.lifts.push(lift("2020-07-20"))));
        assert!(of(&|one| one.lifts.push(lift("2020-07-19"))));
    }
}
