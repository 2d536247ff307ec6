//! What a due-diligence check is, which one counts, and what follows from it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Moment, Refusal, TextList};
use crate::providers::rules::text;

words! {
    /// What is checked.
    pub enum CheckKind {
        /// That it is registered as it says: as a charity, as a company.
        Registration = "registration",
        /// Its accounts.
        Accounts = "accounts",
        /// Its insurance.
        Insurance = "insurance",
        /// Its policy on safeguarding.
        SafeguardingPolicy = "safeguarding_policy",
        /// That its supplier number is the right one; finance confirms that.
        SupplierNumber = "supplier_number",
    }
}

words! {
    /// What came of a check.
    pub enum CheckOutcome {
        /// All well.
        Passed = "passed",
        /// Something is wrong.
        Failed = "failed",
    }
}

words! {
    /// What a check says today.
    pub enum CheckStanding {
        /// It passed, and counts.
        Current = "current",
        /// It passed, but its last day is over; or the provider has another supplier number now than the one that was confirmed.
        Expired = "expired",
        /// It failed.
        Failed = "failed",
        /// A newer check of its kind has taken its place.
        Replaced = "replaced",
    }
}

impl CheckKind {
    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Accounts => "accounts",
            Self::Insurance => "insurance",
            Self::SafeguardingPolicy => "safeguarding policy",
            Self::SupplierNumber => "supplier number",
        }
    }
}

/// A check that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderCheckInput {
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The day of the check; today where none is given.
    #[serde(default)]
    pub checked_on: Option<NaiveDate>,
    /// The last day on which it counts; left out: it counts until there is a newer one. A check that failed has none.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// What was looked at: an entry of a register, a policy number. The provider sees it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500, example = "Certificate 4711 of the insurer")]
    pub evidence: Option<String>,
    /// A remark for the office alone. A check that failed says here what is wrong.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 3000)]
    pub remark: Option<String>,
}

/// A check as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderCheck {
    /// Its id.
    pub id: Id,
    /// Who was checked.
    pub provider_id: Id,
    /// The provider's reference and a number: `BCWA-C1`.
    pub reference: String,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The day of the check.
    pub checked_on: NaiveDate,
    /// The last day on which it counts.
    pub expires_on: Option<NaiveDate>,
    /// The supplier number that was found right.
    pub supplier_number: Option<String>,
    /// Whether that is not the provider's number any more.
    #[serde(skip)]
    pub is_outdated: bool,
    /// What was looked at.
    pub evidence: Option<String>,
    /// A remark for the office alone.
    pub remark: Option<String>,
    /// Who recorded it; none for the service itself.
    pub recorded_by: Option<Id>,
    /// Their name.
    pub recorded_by_name: String,
    /// Whether it only stands for something that is not printed.
    pub illustrative: bool,
    /// What cannot be shown of it.
    pub not_evidenced: TextList,
}

impl ProviderCheck {
    /// What it says on `day`; `counts` where no newer one has taken its place.
    #[must_use]
    pub fn standing(&self, counts: bool, day: NaiveDate) -> CheckStanding {
        match self.outcome {
            _ if !counts => CheckStanding::Replaced,
            CheckOutcome::Failed => CheckStanding::Failed,
            CheckOutcome::Passed if self.is_outdated || self.is_past(day) => CheckStanding::Expired,
            CheckOutcome::Passed => CheckStanding::Current,
        }
    }

    fn is_past(&self, day: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last_day| last_day < day)
    }

    fn age(&self) -> (NaiveDate, Moment, Id) {
        (self.checked_on, self.recorded_at, self.id)
    }
}

/// The input with every text tidied.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault.
pub fn checked(input: &ProviderCheckInput, today: NaiveDate) -> Result<ProviderCheckInput, Refusal> {
    let mut faults = Faults::new();
    let on = input.checked_on.unwrap_or(today);
    if on > today {
        faults.add("/checked_on", "in_the_future", format!("{on} is still to come; today is {today}."));
    }
    let is_forward = input.expires_on.is_none_or(|last_day| on <= last_day);
    faults.require(is_forward, "/expires_on", "reversed_dates", "The last day on which the check counts is before the day of the check.");
    let remark = input.remark.as_ref().map(|remark| remark.trim().to_owned()).filter(|remark| !remark.is_empty());
    if input.outcome == CheckOutcome::Failed {
        faults.require(remark.is_some(), "/remark", "required", "A check that failed says what is wrong.");
        let message = "A check that failed does not expire: it stands until a newer one passes. Leave this out.";
        faults.require(input.expires_on.is_none(), "/expires_on", "not_allowed", message);
    }
    faults.into_result()?;
    Ok(ProviderCheckInput { checked_on: Some(on), evidence: text::tidy_optional(input.evidence.as_ref()), remark, ..input.clone() })
}

/// The supplier number that a check finds right, where it is such a check.
///
/// # Errors
/// [`Code::RuleBroken`] where the provider has none.
pub fn number_confirmed(input: &ProviderCheckInput, supplier_number: Option<&str>) -> Result<Option<String>, Refusal> {
    if input.kind != CheckKind::SupplierNumber || input.outcome != CheckOutcome::Passed {
        return Ok(None);
    }
    let message = "This provider has no supplier number to confirm. Enter it with the provider first, then record the check.";
    supplier_number.map(|number| Some(number.to_owned())).ok_or_else(|| Refusal::rule(Code::RuleBroken, message))
}

/// Of one provider's checks those that count, the newest of each kind, in the order of the kinds.
#[must_use]
pub fn counting(checks: Vec<ProviderCheck>) -> Vec<ProviderCheck> {
    let mut newest: Vec<ProviderCheck> = Vec::new();
    for check in checks {
        match newest.iter_mut().find(|one| one.kind == check.kind) {
            Some(one) if one.age() < check.age() => *one = check,
            Some(_) => {}
            None => newest.push(check),
        }
    }
    newest.sort_by_key(|check| check.kind);
    newest
}

/// Whether a provider whose checks of each kind are these may be offered money on `day`.
///
/// # Errors
/// [`Code::RuleBroken`] with every check that failed or expired, and how to mend it.
pub fn may_be_offered(checks: &[ProviderCheck], day: NaiveDate) -> Result<(), Refusal> {
    let sentence = |check: &ProviderCheck| {
        let (kind, reference) = (check.kind.title(), &check.reference);
        match (check.standing(true, day), check.expires_on) {
            (CheckStanding::Failed, _) => Some(format!("The {kind} check {reference} of {} failed.", check.checked_on)),
            (CheckStanding::Expired, _) if check.is_outdated => {
                Some(format!("The {kind} check {reference} confirmed another number than the provider has now."))
            }
            (CheckStanding::Expired, Some(last_day)) => Some(format!("The {kind} check {reference} counted until {last_day}.")),
            _ => None,
        }
    };
    let bad: Vec<(&ProviderCheck, String)> = checks.iter().filter_map(|check| sentence(check).map(|text| (check, text))).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let facts: Vec<_> = bad
        .iter()
        .map(
            |(check, _)| json!({ "id": check.id, "reference": check.reference, "kind": check.kind, "standing": check.standing(true, day) }),
        )
        .collect();
    let sentences: Vec<String> = bad.into_iter().map(|(_, text)| text).collect();
    let remedy = "The provider can be offered an award once a newer check of that kind is recorded as passed.";
    Err(Refusal::rule_with(Code::RuleBroken, format!("{} {remedy}", sentences.join(" ")), json!({ "checks": facts })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn check(kind: CheckKind, outcome: CheckOutcome, on: &str, until: Option<&str>) -> ProviderCheck {
        ProviderCheck {
            id: Id::new(),
            provider_id: Id::new(),
            reference: "BCWA-C1".to_owned(),
            recorded_at: Moment::from_micros(0).unwrap(),
            kind,
            outcome,
            checked_on: day(on),
            expires_on: until.map(day),
            supplier_number: None,
            is_outdated: false,
            evidence: None,
            remark: None,
            recorded_by: None,
            recorded_by_name: "finance".to_owned(),
            illustrative: false,
            not_evidenced: TextList::default(),
        }
    }

    fn input(outcome: CheckOutcome) -> ProviderCheckInput {
        ProviderCheckInput {
            kind: CheckKind::Insurance,
            outcome,
            checked_on: Some(day("2020-07-01")),
            expires_on: Some(day("2020-06-30")),
            evidence: None,
            remark: Some(" ".to_owned()),
        }
    }

    #[test]
    fn a_check_counts_on_its_last_day() {
        let passed = check(CheckKind::Insurance, CheckOutcome::Passed, "2020-01-01", Some("2020-06-30"));
        assert_eq!(passed.standing(true, day("2020-06-30")), CheckStanding::Current);
        assert_eq!(passed.standing(true, day("2020-07-01")), CheckStanding::Expired);
        assert_eq!(passed.standing(false, day("2020-06-30")), CheckStanding::Replaced);
        assert!(may_be_offered(std::slice::from_ref(&passed), day("2020-06-30")).is_ok());
        assert!(may_be_offered(&[passed], day("2020-07-01")).is_err());
        assert!(may_be_offered(&[], day("2020-07-01")).is_ok());
    }

    #[test]
    fn a_number_that_changed_has_to_be_confirmed_anew() {
        let confirmed = check(CheckKind::SupplierNumber, CheckOutcome::Passed, "2020-01-01", None);
        assert!(may_be_offered(std::slice::from_ref(&confirmed), day("2020-07-01")).is_ok());
        let outdated = ProviderCheck { is_outdated: true, ..confirmed };
        assert_eq!(outdated.standing(true, day("2020-07-01")), CheckStanding::Expired);
        assert!(may_be_offered(&[outdated], day("2020-07-01")).is_err());
    }

    #[test]
    fn the_latest_day_counts_and_then_the_latest_record() {
        let late = check(CheckKind::Accounts, CheckOutcome::Failed, "2020-05-01", None);
        let early = ProviderCheck {
            recorded_at: Moment::from_micros(9).unwrap(),
            ..check(CheckKind::Accounts, CheckOutcome::Passed, "2020-04-01", None)
        };
        let other = check(CheckKind::Registration, CheckOutcome::Passed, "2020-01-01", None);
        assert_eq!(counting(vec![late.clone(), early, other.clone()]), [other, late.clone()]);
        let same_day =
            ProviderCheck { recorded_at: Moment::from_micros(1).unwrap(), outcome: CheckOutcome::Passed, id: Id::new(), ..late.clone() };
        assert_eq!(counting(vec![same_day.clone(), late]), [same_day]);
    }

    #[test]
    fn every_fault_of_a_check_at_once() {
        let faults = |input: &ProviderCheckInput| {
            let Err(Refusal::Invalid(faults)) = checked(input, day("2020-06-30")) else { panic!("not refused") };
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        assert_eq!(faults(&input(CheckOutcome::Passed)), ["/checked_on in_the_future", "/expires_on reversed_dates"]);
        let expected = ["/checked_on in_the_future", "/expires_on reversed_dates", "/remark required", "/expires_on not_allowed"];
        assert_eq!(faults(&input(CheckOutcome::Failed)), expected);
    }
}
