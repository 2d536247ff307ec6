//! What is wrong or doubtful in what a provider wrote. One list serves the return's own view, its submission, and whatever else a return
//! is written in: each finding points into the content. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::Asked;
use super::complete;
use super::heed;
use super::{About, IndicatorValue, Reported, ReturnContent, SpendCategory, SpendLine};
use super::{doubts, explained, narrative, personal, service, wholes};
use crate::kernel::{Fault, Faults, Quantity};

words! {
    /// What a finding is about, stable; the `code` of the fault where it stops an act.
    pub enum FindingRule {
        /// Nothing is written at all.
        NothingWritten = "nothing_written",
        /// Something that belongs there is missing.
        Required = "required",
        /// A record that there is not, or not for this award.
        UnknownRecord = "unknown_record",
        /// The same twice.
        Repeated = "repeated",
        /// Something that does not belong there.
        NotAllowed = "not_allowed",
        /// A number below what is possible.
        TooSmall = "too_small",
        /// A number above what is possible.
        TooLarge = "too_large",
        /// The last day is before the first.
        ReversedDates = "reversed_dates",
        /// Outside the days of the return.
        OutsidePeriod = "outside_period",
        /// Outside the days on which the award's money may be spent (R14).
        OutsideWindow = "outside_window",
        /// It is not said what was spent, not even that nothing was.
        SpendNotReported = "spend_not_reported",
        /// More is reported as spent than the award is worth.
        SpendAboveValue = "spend_above_value",
        /// Far more is reported as spent than is planned for these days.
        SpendAboveProfile = "spend_above_profile",
        /// Far less is reported as spent than is planned for these days.
        SpendBelowProfile = "spend_below_profile",
        /// An indicator has values in some areas of the award and none in others.
        AreasNotReported = "areas_not_reported",
        /// The areas do not come to the total that stands beside them.
        TotalNotSumOfAreas = "total_not_sum_of_areas",
        /// An indicator is asked for by groups, and some of them, or all, have no value.
        GroupsNotReported = "groups_not_reported",
        /// People under 18 are among those counted, and it is not told how many.
        UnderEighteenNotTold = "under_eighteen_not_told",
        /// Groups that never become one stand without a total.
        TotalNotReported = "total_not_reported",
        /// The groups do not come to the total that stands beside them.
        TotalNotSumOfGroups = "total_not_sum_of_groups",
        /// A percentage of what another indicator counts is given of another number.
        DenominatorNotCounted = "denominator_not_counted",
        /// A forecast of a quarter that is over.
        NotAhead = "not_ahead",
        /// What is spent and expected together is more than the award is worth.
        ForecastAboveValue = "forecast_above_value",
        /// Brought forward and new, less closed, is not what is carried forward.
        CaseloadDoesNotAddUp = "caseload_does_not_add_up",
        /// More or fewer people are brought forward than the return before carried forward.
        CaseloadBroken = "caseload_broken",
        /// A value fell although its latest one stands for all that came before.
        ValueFell = "value_fell",
        /// A value is far from those of the returns before.
        UnusualValue = "unusual_value",
        /// A case study must not tell who somebody is.
        CaseStudyPersonalData = "case_study_personal_data",
        /// A text holds what looks like a National Insurance number.
        NationalInsuranceNumber = "national_insurance_number",
        /// A text holds an NHS number.
        NhsNumber = "nhs_number",
        /// A text holds an e-mail address.
        EmailAddress = "email_address",
        /// A text holds what looks like a telephone number.
        TelephoneNumber = "telephone_number",
        /// A text holds a full postcode.
        Postcode = "postcode",
        /// Part of one of what is counted whole.
        NotWhole = "not_whole",
        /// A question of the office without an answer.
        QueryUnanswered = "query_unanswered",
        /// A section of the narrative that the return needs says nothing.
        SectionMissing = "section_missing",
        /// A text in a section that the return does not ask for.
        SectionNotAskedFor = "section_not_asked_for",
        /// An explanation of a warning that there is not.
        ExplainsNothing = "explains_nothing",
    }
}

impl FindingRule {
    /// Whether what it found may be personal data, which nothing repeats.
    const fn is_about_people(self) -> bool {
        matches!(
            self,
            Self::CaseStudyPersonalData
                | Self::NationalInsuranceNumber
                | Self::NhsNumber
                | Self::EmailAddress
                | Self::TelephoneNumber
                | Self::Postcode
        )
    }
}

words! {
    /// Whether a finding stops the return from being submitted.
    pub enum FindingSeverity {
        /// It does.
        Error = "error",
        /// It does not, and whoever reads the return sees it too.
        Warning = "warning",
    }
}

/// Something wrong or doubtful in a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReturnFinding)]
pub struct Finding {
    /// What it is about.
    pub rule: FindingRule,
    /// Whether it stops the submission.
    pub severity: FindingSeverity,
    /// Where: a JSON pointer into the content; empty for all of it.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// What it is, in plain words.
    #[schema(max_length = 2000)]
    pub message: String,
    /// How to mend it.
    #[schema(max_length = 500)]
    pub mend: String,
    /// What is written there: a number, a word, or a short text. Null where nothing is, where it is more than one thing, and where it may be
    /// personal data.
    #[schema(value_type = Option<serde_json::Value>)]
    pub value: Option<Value>,
    /// Why a warning stands although it is right, where the provider says so.
    #[schema(max_length = 2000)]
    pub explanation: Option<String>,
    /// What it is about: an indicator with area and group, or a question. Null where its pointer says it all.
    pub about: Option<About>,
    /// How that stands which a warning is about, in short: what an explanation is of (`stood`). Null for errors.
    #[schema(max_length = 80)]
    pub stands: Option<String>,
}

impl Finding {
    /// Whether it stops the submission.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == FindingSeverity::Error
    }

    fn into_fault(self) -> Fault {
        Fault::new(self.pointer, self.rule.word(), format!("{} {}", self.message, self.mend)).with(self.value)
    }
}

/// Findings as they are gathered.
#[derive(Default)]
pub(super) struct Gathered(Vec<Finding>);

impl Gathered {
    /// What is found so far, with what it is about.
    pub(super) fn so_far(&mut self, content: &ReturnContent) -> &[Finding] {
        explained::tell(&mut self.0, content);
        &self.0
    }

    pub(super) fn into_all(self) -> Vec<Finding> {
        self.0
    }

    fn add(&mut self, severity: FindingSeverity, rule: FindingRule, pointer: &str, (message, mend): (&str, &str)) {
        let (pointer, message, mend) = (pointer.to_owned(), message.to_owned(), mend.to_owned());
        self.0.push(Finding { rule, severity, pointer, message, mend, value: None, explanation: None, about: None, stands: None });
    }

    pub(super) fn require(&mut self, holds: bool, rule: FindingRule, pointer: &str, words: (&str, &str)) {
        if !holds {
            self.add(FindingSeverity::Error, rule, pointer, words);
        }
    }

    /// Notes a value that is missing.
    pub(super) fn miss(&mut self, about: About, message: &str) {
        let words = (message, "Give one, or say `not_reported` or `not_applicable`.");
        self.add(FindingSeverity::Error, FindingRule::Required, "/values", words);
        self.last_is_about(about);
    }

    fn last_is_about(&mut self, about: About) {
        if let Some(last) = self.0.last_mut() {
            last.about = Some(about);
        }
    }

    /// Notes a warning that has what it is about beside its pointer.
    pub(super) fn warn_about(&mut self, is_so: bool, about: About, (rule, pointer): (FindingRule, &str), words: (&str, &str)) {
        if is_so {
            self.add(FindingSeverity::Warning, rule, pointer, words);
            self.last_is_about(about);
        }
    }

    pub(super) fn warn(&mut self, is_so: bool, rule: FindingRule, pointer: &str, words: (&str, &str)) {
        if is_so {
            self.add(FindingSeverity::Warning, rule, pointer, words);
        }
    }
}

/// Everything that is wrong or doubtful in a return as it is written, errors first. They stop its submission, all of them are told at once;
/// warnings do not, and may be explained instead of mended.
#[must_use]
pub fn findings(content: &ReturnContent, asked: &Asked) -> Vec<Finding> {
    let mut found = Gathered::default();
    if *content == ReturnContent::default() {
        found.require(false, FindingRule::NothingWritten, "", NOTHING_WRITTEN);
        return found.0;
    }
    check_written(&mut found, content, asked);
    complete::check(&mut found, content, asked);
    narrative::check(&mut found, content, asked);
    doubts::check(&mut found, content, asked);
    wholes::check(&mut found, content, asked);
    heed::check(&mut found, content, asked);
    let mut all = found.into_all();
    all.sort_by_key(|one| one.severity);
    tell_values(&mut all, content);
    explained::tell(&mut all, content);
    explained::explain(&mut all, content);
    all
}

/// The longest text that a finding repeats.
const REPEATED_LETTERS_MAX: usize = 200;

/// Puts beside each finding what is written in its place.
fn tell_values(all: &mut [Finding], content: &ReturnContent) {
    let Ok(written) = serde_json::to_value(content) else { return };
    let is_short = |value: &&Value| match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => text.chars().count() <= REPEATED_LETTERS_MAX,
        _ => false,
    };
    for one in all.iter_mut().filter(|one| !one.rule.is_about_people()) {
        one.value = written.pointer(&one.pointer).filter(is_short).cloned();
    }
}

/// What is said of a return in which nothing is written, and how to mend it.
pub(super) const NOTHING_WRITTEN: (&str, &str) = ("Nothing has been written in this return yet.", "Write it first, then submit it.");

/// What is wrong with what is written, whatever may still follow.
#[must_use]
pub fn faults(content: &ReturnContent, asked: &Asked) -> Faults {
    let mut found = Gathered::default();
    check_written(&mut found, content, asked);
    stopping(found.0)
}

/// Of the findings those that stop a submission.
#[must_use]
pub fn stopping(findings: Vec<Finding>) -> Faults {
    Faults(findings.into_iter().filter(Finding::is_error).map(Finding::into_fault).collect())
}

fn check_written(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for (at, line) in content.spend.iter().flatten().enumerate() {
        check_spend(found, &format!("/spend/{at}"), line, asked);
    }
    let mut seen = HashSet::new();
    for (at, value) in content.values.iter().enumerate() {
        let pointer = format!("/values/{at}");
        let is_new = seen.insert((value.indicator_id, value.area_id, &value.group));
        let words = ("There is a value for this indicator, area and group already.", "Keep one of the two.");
        found.require(is_new, FindingRule::Repeated, &pointer, words);
        check_value(found, &pointer, value, asked);
    }
    service::check(found, content, asked);
    narrative::check_written(found, content);
    personal::check(found, content);
    let mut seen = HashSet::new();
    for (at, one) in content.explanations.iter().enumerate() {
        let is_new = seen.insert((one.rule, &one.pointer, format!("{:?} {:?}", one.about, one.stood)));
        let words = ("This warning is explained already.", "Keep one of the two.");
        found.require(is_new, FindingRule::Repeated, &format!("/explanations/{at}"), words);
    }
}

fn check_spend(found: &mut Gathered, pointer: &str, line: &SpendLine, asked: &Asked) {
    let (from, to) = (line.spent_from.unwrap_or(asked.starts_on), line.spent_to.unwrap_or(asked.ends_on));
    let (from_at, to_at) = (format!("{pointer}/spent_from"), format!("{pointer}/spent_to"));
    let words = ("The spending ends before it begins.", "Put the earlier day into `spent_from`.");
    found.require(from <= to, FindingRule::ReversedDates, &to_at, words);
    let inside = from >= asked.starts_on && to <= asked.ends_on;
    let words = ("The spending lies outside the period of this return.", "Mend its days, or report it in the return of its own period.");
    let of_bound = |is_first_fine: bool| if is_first_fine { &to_at } else { &from_at };
    found.require(inside, FindingRule::OutsidePeriod, of_bound(from >= asked.starts_on), words);
    let (opens, closes) = asked.window;
    let eligible = opens.is_none_or(|opens| from >= opens) && closes.is_none_or(|closes| to <= closes);
    let days = |day: Option<NaiveDate>| day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
    let message = format!("This money may be spent from {} to {} only.", days(opens), days(closes));
    let mend = "Say in `spent_from` and `spent_to` when it was spent, inside those days.";
    let is_late_enough = opens.is_none_or(|opens| from >= opens);
    found.require(eligible, FindingRule::OutsideWindow, of_bound(is_late_enough), (&message, mend));
    let explained = line.category != SpendCategory::Other || line.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    let words = ("It is not said what the money was spent on.", "Say it in `note`.");
    found.require(explained, FindingRule::Required, &format!("{pointer}/note"), words);
}

fn check_value(found: &mut Gathered, pointer: &str, value: &IndicatorValue, asked: &Asked) {
    use FindingRule::{NotAllowed, Required, TooLarge, TooSmall, UnknownRecord};
    let known = asked.indicators.iter().find(|one| one.id == value.indicator_id);
    let words = ("This award has no such indicator.", "Take the value out, or name one of the award's indicators.");
    found.require(known.is_some(), UnknownRecord, &format!("{pointer}/indicator_id"), words);
    // What else would be said of it only follows from that.
    let Some(known) = known else { return };
    let area_known = value.area_id.is_none_or(|area| asked.areas.contains(&area));
    let words = ("There is no such area.", "Name one there is, or none for the award as a whole.");
    found.require(area_known, UnknownRecord, &format!("{pointer}/area_id"), words);
    wholes::check_group(found, &format!("{pointer}/group"), value, known);
    let is_percentage = known.is_percentage;
    let (value_at, denominator_at) = (format!("{pointer}/value"), format!("{pointer}/denominator"));
    if value.status != Reported::Reported {
        let words = ("A value stands beside a reason for none.", "Leave it out, or say `reported`.");
        found.require(value.value.is_none(), NotAllowed, &value_at, words);
        found.require(value.denominator.is_none(), NotAllowed, &denominator_at, words);
        return;
    }
    let counted = value.value.unwrap_or_default();
    let words = ("The value is missing.", "Give it, or say `not_reported`. Nought is a value.");
    found.require(value.value.is_some(), Required, &value_at, words);
    let words = ("A count cannot be below nought.", "Give what was counted.");
    found.require(counted >= Quantity::ZERO, TooSmall, &value_at, words);
    let of = "Give what the percentage is of.";
    match value.denominator {
        Some(whole) => {
            let words = ("Only a percentage has a denominator.", "Leave it out.");
            found.require(is_percentage, NotAllowed, &denominator_at, words);
            let none = "Give what the percentage is of. Where there was nobody to count, say `not_applicable` and leave both numbers out.";
            found.require(whole > Quantity::ZERO, TooSmall, &denominator_at, ("A percentage is of more than nought.", none));
            found.require(
                counted <= whole,
                TooLarge,
                &value_at,
                ("The part is larger than the whole: that is more than 100 percent.", "Check both numbers."),
            );
            // A spreadsheet keeps 97% as 0.97.
            let is_fraction = Quantity::ZERO < counted && counted < Quantity::whole(1) && whole > Quantity::whole(1);
            let words =
                ("This is less than one, as a percentage would be kept.", "Give how many, out of how many: 39 of 40, and no percentage.");
            found.require(!is_fraction, FindingRule::NotWhole, &value_at, words);
        }
        None => {
            let is_whole = !is_percentage || !asked.wants_denominators;
            found.require(is_whole, Required, &denominator_at, ("The denominator is missing.", of));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::asked::{AskedIndicator, AskedMoney};
    use super::*;
    use crate::kernel::{Id, Pence};

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub fn asked(indicator: Id, is_percentage: bool) -> Asked {
        let one = AskedIndicator {
            id: indicator,
            name: "People".to_owned(),
            is_percentage,
            subset_of: None,
            asks_for: crate::awards::indicators::rules::AsksFor::Period,
            counts_under_18: false,
            aimed_at: Vec::new(),
            areas_add: true,
            groups: None,
            whole: None,
        };
        Asked {
            starts_on: day("2020-04-01"),
            ends_on: day("2020-06-30"),
            window: (Some(day("2020-03-24")), Some(day("2021-03-31"))),
            indicators: vec![one],
            areas: HashSet::new(),
            own_areas: Vec::new(),
            sections: Vec::new(),
            names_sections: false,
            is_short: false,
            wants_denominators: true,
            money: AskedMoney::default(),
            earlier: Vec::new(),
            forecasts: Vec::new(),
            told_after: Vec::new(),
            unanswered: Vec::new(),
        }
    }

    pub fn value(indicator: Id, area_id: Option<Id>, status: Reported, value: Option<i32>) -> IndicatorValue {
        IndicatorValue {
            indicator_id: indicator,
            area_id,
            group: None,
            status,
            value: value.map(Quantity::whole),
            denominator: None,
            basis: None,
        }
    }

    pub fn line(pence: i64, days: Option<(&str, &str)>) -> SpendLine {
        SpendLine {
            category: SpendCategory::Ppe,
            amount_pence: Pence(pence),
            direct_activity: false,
            spent_from: days.map(|(from, _)| day(from)),
            spent_to: days.map(|(_, to)| day(to)),
            note: None,
        }
    }

    pub fn codes(faults: Faults) -> Vec<String> {
        faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    pub fn shown(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(|one| format!("{} {} {}", one.severity, one.pointer, one.rule)).collect()
    }

    #[test]
    fn nought_is_reported_and_blank_is_not() {
        let indicator = Id::new();
        let check = |status, number| {
            let values = vec![value(indicator, None, status, number)];
            codes(faults(&ReturnContent { values, ..ReturnContent::default() }, &asked(indicator, false)))
        };
        assert!(check(Reported::Reported, Some(0)).is_empty());
        assert!(check(Reported::NotReported, None).is_empty());
        assert_eq!(check(Reported::Reported, None), ["/values/0/value required"]);
        assert_eq!(check(Reported::NotApplicable, Some(0)), ["/values/0/value not_allowed"]);
        let written = ReturnContent { narrative: Some("We began.".to_owned()), ..ReturnContent::default() };
        let found = findings(&written, &asked(indicator, false));
        assert_eq!(shown(&found), ["error /values required", "warning /spend spend_not_reported"]);
        assert_eq!(codes(stopping(found)), ["/values required"]);
    }

    #[test]
    fn spend_is_held_against_value_and_profile() {
        let check = |pence, value: Option<i64>, planned: Option<i64>, elsewhere| {
            let money = AskedMoney {
                value: value.map(Pence),
                planned: planned.map(Pence),
                spent_elsewhere: Pence(elsewhere),
                tolerance_percent: 10,
            };
            let content = ReturnContent { spend: Some(vec![line(pence, None)]), ..ReturnContent::default() };
            shown(&findings(&content, &Asked { indicators: Vec::new(), money, ..asked(Id::new(), false) }))
        };
        assert_eq!(check(100, Some(100), Some(100), 0), Vec::<String>::new());
        assert_eq!(check(110, None, Some(100), 0), Vec::<String>::new(), "a tenth more is nothing to tell");
        assert_eq!(check(111, None, Some(100), 0), ["warning /spend spend_above_profile"]);
        assert_eq!(check(50, Some(100), None, 51), ["warning /spend spend_above_value"]);
        assert_eq!(check(0, Some(100), None, 151), Vec::<String>::new(), "this return adds nothing to it");
        assert_eq!(check(1, None, Some(0), 0), ["warning /spend spend_above_profile"]);
    }
}
