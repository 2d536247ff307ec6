//! What is counted, and how counts add up.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::awards::rules::{AwardAct, AwardState};
use crate::kernel::adding::Adding;
use crate::kernel::{Code, Faults, Id, Moment, Provenance, Quantity, Refusal};

mod breakdown;
mod targets;

pub use breakdown::Breakdown;
pub use targets::{IndicatorTarget, TargetFacts, target_faults};

words! {
    /// What kind of thing an indicator counts.
    pub enum IndicatorKind {
        /// What was done.
        Output = "output",
        /// What came of it.
        Outcome = "outcome",
        /// Who was helped.
        Demographic = "demographic",
        /// How well or fast (R69).
        ServiceLevel = "service_level",
        /// What surrounds the service.
        Context = "context",
    }
}

words! {
    /// Which values are better.
    pub enum IndicatorDirection {
        /// More is better: a target is a floor.
        Higher = "higher",
        /// Less is better: a target is a ceiling.
        Lower = "lower",
        /// Neither.
        Neutral = "neutral",
    }
}

words! {
    /// How values of several quarters become one.
    pub enum AddsOverTime {
        /// They are added.
        Sum = "sum",
        /// The last one counts.
        Latest = "latest",
        /// The largest one counts.
        Maximum = "maximum",
        /// Their average counts; of percentages, numerators and denominators are added.
        Average = "average",
        /// They never become one.
        None = "none",
    }
}

words! {
    /// How values of several areas become one.
    pub enum AddsOverAreas {
        /// They are added.
        Sum = "sum",
        /// The largest one counts.
        Maximum = "maximum",
        /// Their average counts; of percentages, numerators and denominators are added.
        Average = "average",
        /// They never become one.
        None = "none",
    }
}

impl From<AddsOverTime> for Adding {
    fn from(how: AddsOverTime) -> Self {
        match how {
            AddsOverTime::Sum => Self::Sum,
            AddsOverTime::Latest => Self::Latest,
            AddsOverTime::Maximum => Self::Maximum,
            AddsOverTime::Average => Self::Average,
            AddsOverTime::None => Self::None,
        }
    }
}

impl From<AddsOverAreas> for Adding {
    fn from(how: AddsOverAreas) -> Self {
        match how {
            AddsOverAreas::Sum => Self::Sum,
            AddsOverAreas::Maximum => Self::Maximum,
            AddsOverAreas::Average => Self::Average,
            AddsOverAreas::None => Self::None,
        }
    }
}

words! {
    /// What a value consists of.
    pub enum IndicatorMeasure {
        /// A number.
        Number = "number",
        /// A numerator and a denominator (R76).
        Percent = "percent",
        /// An amount in pounds.
        Money = "money",
    }
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndicatorInput {
    /// Its name.
    #[schema(min_length = 1, max_length = 300)]
    pub name: String,
    /// What exactly is counted, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub definition: Option<String>,
    /// What kind of thing it counts.
    pub kind: IndicatorKind,
    /// The unit, a word: `people`, `sessions`, `hours`, `percent`, `pounds` …
    #[schema(pattern = "^[a-z][a-z_]{0,39}$", min_length = 1, max_length = 40, example = "people")]
    pub unit: String,
    /// Which values are better.
    pub direction: IndicatorDirection,
    /// The basis of the count: `referrals`, `people_supported` … A value may say otherwise (R22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 300)]
    pub basis: Option<String>,
    /// The value before the service began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Quantity>,
    /// How values of several quarters become one.
    pub adds_over_time: AddsOverTime,
    /// How values of several areas become one.
    pub adds_over_areas: AddsOverAreas,
    /// Into which groups of people or things its values are broken down, where they are (R57, R76).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<Breakdown>,
    /// The indicator in whose place it stands: the same thing, counted another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds_id: Option<Id>,
    /// Of a percentage what it is of: the indicator whose part, or whose number, is its whole. Of 100 women 80 disclosed something; of these
    /// 80, so many disclosed violence. The returns of its awards ask for both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset_of_id: Option<Id>,
    /// The programme that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Id>,
    /// The fund that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_id: Option<Id>,
    /// The awards whose returns ask for it.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub award_ids: Vec<Id>,
    /// Where it stands in frameworks of outcomes (R77).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub framework_codes: Vec<FrameworkCode>,
}

/// A place in a framework of outcomes (R77).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct FrameworkCode {
    /// The framework.
    #[schema(min_length = 1, max_length = 120)]
    pub framework: String,
    /// The code in it.
    #[schema(min_length = 1, max_length = 80)]
    pub code: String,
}

/// An indicator in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its id.
    pub id: Id,
    /// Its version.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// From when it holds.
    pub effective_on: NaiveDate,
    /// What it counts.
    pub facts: IndicatorInput,
    /// Its targets.
    pub targets: Vec<TargetFacts>,
    /// Whether values exist, so that its unit and its sums stay.
    pub is_locked: bool,
    /// Where it comes from.
    pub provenance: Provenance,
    /// A short remark for people.
    pub note: Option<String>,
}

/// An award beside an indicator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// Its reference.
    pub reference: String,
    /// Where it stands, as it is shown today.
    pub state: AwardState,
}

impl Beside {
    /// Whether its provider was offered what is counted and aimed at, and it is not over.
    #[must_use]
    pub const fn is_promised(&self) -> bool {
        matches!(self.state, AwardState::Offered | AwardState::Live | AwardState::Paused)
    }

    /// Whether it is over, so that it has no say in an indicator any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        !self.is_promised() && !matches!(self.state, AwardState::Draft)
    }

    /// Whether it holds an indicator as it is: an offer all of it; an award under way what it has targets for.
    const fn holds(&self, has_targets: bool) -> bool {
        matches!(self.state, AwardState::Offered) || (self.is_promised() && has_targets)
    }
}

/// Whether the targets may be set beside these awards: none of them was offered.
///
/// # Errors
/// [`Code::WrongState`] from the offer on; of an award that was accepted they change by a variation.
pub fn may_set_targets<'a>(awards: impl Iterator<Item = &'a Beside>) -> Result<(), Refusal> {
    let Some(Beside { reference, state }) = awards.filter(|one| one.is_promised()).min() else { return Ok(()) };
    let detail = if *state == AwardState::Offered {
        format!("{reference} is offered as it is: its targets stay, and change by a variation once it is accepted.")
    } else {
        format!("The targets were agreed with {reference}, which is {state}: they change by a variation.")
    };
    Err(Refusal::rule(Code::WrongState, detail))
}

/// What is wrong with an indicator beside its awards, before and after: what was offered to a provider is not changed behind its back.
#[must_use]
pub fn promised_faults(before: Option<&Indicator>, after: &IndicatorInput, awards: &HashMap<Id, Beside>) -> Faults {
    let mut faults = Faults::new();
    let has_targets = before.is_some_and(|before| !before.targets.is_empty());
    let old: &[Id] = before.map_or(&[], |before| &before.facts.award_ids);
    for (at, id) in after.award_ids.iter().enumerate().filter(|(_, id)| !old.contains(id)) {
        let Some(Beside { reference, state }) = awards.get(id) else { continue };
        let pointer = format!("/award_ids/{at}");
        if !AwardAct::Indicators.is_open_in(*state) {
            faults.add(pointer, "fixed", format!("{reference} is {state}, so it gets no other indicator."));
        } else if has_targets && *state != AwardState::Draft {
            let message = format!("{reference} is {state}, so it gets targets by a variation alone. Give it an indicator of its own.");
            faults.add(pointer, "fixed", message);
        }
    }
    let Some(before) = before else { return faults };
    let holding = old.iter().filter_map(|id| Some((id, awards.get(id).filter(|one| one.holds(has_targets))?)));
    for (_, one) in holding.clone().filter(|(id, _)| !after.award_ids.contains(id)) {
        faults.add("/award_ids", "fixed", format!("{} was offered with this indicator and keeps it.", one.reference));
    }
    if let Some((_, one)) = holding.min_by_key(|(_, one)| *one) {
        let message = format!("{} was offered with this: it stays as it is. Make another indicator.", one.reference);
        for (pointer, is_same) in sameness(&before.facts, after) {
            faults.require(is_same, pointer, "fixed", &message);
        }
    }
    faults
}

/// Of what says what is counted, which stays the same.
fn sameness(before: &IndicatorInput, after: &IndicatorInput) -> [(&'static str, bool); 11] {
    [
        ("/name", before.name == after.name),
        ("/definition", before.definition == after.definition),
        ("/kind", before.kind == after.kind),
        ("/unit", before.unit == after.unit),
        ("/direction", before.direction == after.direction),
        ("/basis", before.basis == after.basis),
        ("/baseline", before.baseline == after.baseline),
        ("/adds_over_time", before.adds_over_time == after.adds_over_time),
        ("/adds_over_areas", before.adds_over_areas == after.adds_over_areas),
        ("/breakdown", before.breakdown == after.breakdown),
        ("/subset_of_id", before.subset_of_id == after.subset_of_id),
    ]
}

impl IndicatorInput {
    /// What a value of it consists of.
    #[must_use]
    pub fn measure(&self) -> IndicatorMeasure {
        match self.unit.as_str() {
            "percent" => IndicatorMeasure::Percent,
            "pounds" => IndicatorMeasure::Money,
            _ => IndicatorMeasure::Number,
        }
    }
}

/// What is wrong with an indicator, judged by itself and beside the version before it.
#[must_use]
pub fn faults(after: &IndicatorInput, before: Option<&Indicator>) -> Faults {
    let mut faults = Faults::new();
    let texts = [("/name", Some(&after.name)), ("/definition", after.definition.as_ref()), ("/basis", after.basis.as_ref())];
    for (pointer, text) in texts {
        let is_blank = text.is_some_and(|text| text.trim().is_empty());
        faults.require(!is_blank, pointer, "blank", "A text is left out rather than blank.");
    }
    faults.require(is_unit(&after.unit), "/unit", "wrong_format", "A unit is one word of lower-case letters.");
    let percent = after.measure() == IndicatorMeasure::Percent;
    let sums = after.adds_over_time == AddsOverTime::Sum || after.adds_over_areas == AddsOverAreas::Sum;
    faults.require(!(percent && sums), "/unit", "not_allowed", "Percentages are never added; their average adds what they are made of.");
    let message = "Only a percentage is of something: give this one the unit `percent`, or leave it out.";
    faults.require(percent || after.subset_of_id.is_none(), "/subset_of_id", "not_allowed", message);
    if let Some(breakdown) = &after.breakdown {
        breakdown.check(percent, &mut faults);
    }
    once("/award_ids", after.award_ids.iter(), &mut faults);
    once("/framework_codes", after.framework_codes.iter(), &mut faults);
    if let Some(before) = before.filter(|before| before.is_locked) {
        let was = &before.facts;
        let stays = "There are values already: this stays as it is. Make another indicator that succeeds this one (`succeeds_id`).";
        faults.require(after.unit == was.unit, "/unit", "locked", stays);
        faults.require(after.kind == was.kind, "/kind", "locked", stays);
        faults.require(after.direction == was.direction, "/direction", "locked", stays);
        faults.require(after.adds_over_time == was.adds_over_time, "/adds_over_time", "locked", stays);
        faults.require(after.adds_over_areas == was.adds_over_areas, "/adds_over_areas", "locked", stays);
        faults.require(after.definition == was.definition || was.definition.is_none(), "/definition", "locked", stays);
        faults.require(after.subset_of_id == was.subset_of_id, "/subset_of_id", "locked", stays);
        faults.require(after.breakdown == was.breakdown || was.breakdown.is_none(), "/breakdown", "locked", stays);
    }
    faults
}

/// Whether the returns of an indicator's awards ask for the one that it is a subset of too; one without awards belongs to the same programme.
#[must_use]
pub fn is_asked_with(subset: &IndicatorInput, whole: &IndicatorInput) -> bool {
    if subset.award_ids.is_empty() {
        return subset.programme_id == whole.programme_id;
    }
    subset.award_ids.iter().all(|id| whole.award_ids.contains(id))
}

fn is_unit(unit: &str) -> bool {
    let letters = unit.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (1..=40).contains(&unit.len()) && letters && !unit.starts_with('_')
}

fn once<'a, T: Eq + std::hash::Hash + 'a>(pointer: &str, items: impl Iterator<Item = &'a T>, faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (at, item) in items.enumerate() {
        faults.require(seen.insert(item), &format!("{pointer}/{at}"), "repeated", "This stands here twice.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    fn people() -> IndicatorInput {
        IndicatorInput {
            name: "People referred".to_owned(),
            definition: None,
            kind: IndicatorKind::Output,
            unit: "people".to_owned(),
            direction: IndicatorDirection::Higher,
            basis: Some("referrals".to_owned()),
            baseline: None,
            adds_over_time: AddsOverTime::Sum,
            adds_over_areas: AddsOverAreas::Sum,
            breakdown: None,
            succeeds_id: None,
            subset_of_id: None,
            programme_id: None,
            fund_id: None,
            award_ids: Vec::new(),
            framework_codes: Vec::new(),
        }
    }

    fn pointers(faults: Faults) -> Vec<String> {
        faults.0.into_iter().map(|fault| fault.pointer).collect()
    }

    fn target(period: &str) -> IndicatorTarget {
        IndicatorTarget { area_id: None, period: period.to_owned(), starts_on: None, ends_on: None, target: Quantity::whole(3_400) }
    }

    #[test]
    fn percentages_are_never_added() {
        let percent = IndicatorInput { unit: "percent".to_owned(), ..people() };
        assert_eq!(pointers(faults(&percent, None)), ["/unit"]);
        let averaged = IndicatorInput { adds_over_time: AddsOverTime::Average, adds_over_areas: AddsOverAreas::Average, ..percent };
        assert_eq!(faults(&averaged, None), Faults::new());
        assert_eq!(averaged.measure(), IndicatorMeasure::Percent);
    }

    fn indicator(award_ids: Vec<Id>, targets: Vec<TargetFacts>) -> Indicator {
        Indicator {
            id: Id::new(),
            version: 1,
            recorded_at: Clock::default().now(),
            effective_on: NaiveDate::MIN,
            facts: IndicatorInput { award_ids, ..people() },
            targets,
            is_locked: false,
            provenance: Provenance::default(),
            note: None,
        }
    }

    fn beside(state: AwardState) -> Beside {
        Beside { reference: "CIF-1".to_owned(), state }
    }

    #[test]
    fn targets_are_set_before_the_offer() {
        for state in AwardState::ALL.iter().copied() {
            let is_fixed = matches!(state, AwardState::Offered | AwardState::Live | AwardState::Paused);
            assert_eq!(may_set_targets([beside(state)].iter()).is_err(), is_fixed, "{state}");
        }
        assert!(may_set_targets([beside(AwardState::Draft), beside(AwardState::Live)].iter()).is_err());
    }

    #[test]
    fn what_was_offered_stays() {
        let [own, other] = [0; 2].map(|_| Id::new());
        let faults = |targets: Vec<TargetFacts>, state, after: IndicatorInput| {
            let awards = HashMap::from([(own, beside(state)), (other, beside(AwardState::Live))]);
            pointers(promised_faults(Some(&indicator(vec![own], targets)), &after, &awards))
        };
        let renamed = || IndicatorInput { name: "Others".to_owned(), award_ids: vec![own], ..people() };
        let dropped = || IndicatorInput { award_ids: Vec::new(), ..people() };
        let shared = || IndicatorInput { award_ids: vec![own, other], ..people() };
        let aimed = || vec![target("2020-21").into()];
        assert_eq!(faults(aimed(), AwardState::Draft, renamed()), Vec::<String>::new());
        assert_eq!(faults(Vec::new(), AwardState::Offered, renamed()), ["/name"]);
        assert_eq!(faults(Vec::new(), AwardState::Live, renamed()), Vec::<String>::new());
        assert_eq!(faults(aimed(), AwardState::Live, renamed()), ["/name"]);
        assert_eq!(faults(aimed(), AwardState::Closed, renamed()), Vec::<String>::new());
        assert_eq!(faults(Vec::new(), AwardState::Offered, dropped()), ["/award_ids"]);
        assert_eq!(faults(Vec::new(), AwardState::Live, dropped()), Vec::<String>::new());
        assert_eq!(faults(aimed(), AwardState::Draft, shared()), ["/award_ids/1"]);
        assert_eq!(faults(Vec::new(), AwardState::Draft, shared()), Vec::<String>::new());
    }

    #[test]
    fn what_values_were_counted_in_stays() {
        let before = Indicator { is_locked: true, ..indicator(Vec::new(), Vec::new()) };
        let other = IndicatorInput {
            name: "People who came".to_owned(),
            unit: "sessions".to_owned(),
            adds_over_time: AddsOverTime::Latest,
            ..people()
        };
        assert_eq!(pointers(faults(&other, Some(&before))), ["/unit", "/adds_over_time"]);
        assert_eq!(faults(&other, Some(&Indicator { is_locked: false, ..before })), Faults::new());
    }

    #[test]
    fn a_period_says_its_days() {
        let dated = target("2020-21-Q3").dated();
        assert_eq!(dated.starts_on, "2020-10-01".parse().ok());
        assert_eq!(target("2018-20").dated().ends_on, "2020-03-31".parse().ok());
        assert_eq!(pointers(target_faults(&[target("2020-21").into(), target("2021-22").into()])), Vec::<String>::new());
        let worded: TargetFacts = target("while the pilot ran").into();
        assert_eq!(pointers(target_faults(std::slice::from_ref(&worded))), ["/targets/0/starts_on", "/targets/0/ends_on"]);
        let words = crate::kernel::TextList(vec!["period".to_owned()]);
        let printed = TargetFacts { provenance: Provenance { not_evidenced: words, ..Provenance::default() }, ..worded };
        assert_eq!(target_faults(&[printed]), Faults::new());
        assert_eq!(pointers(target_faults(&[target("2020-21").into(), target("2020-21").into()])), ["/targets/1/period"]);
    }
}
