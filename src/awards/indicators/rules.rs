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
    /// Which days a number is for.
    pub enum AsksFor {
        /// Those of the return's period.
        Period = "period",
        /// Those of the financial year up to the end of the period: the number begins anew in April.
        YearToDate = "year_to_date",
        /// All from the beginning to the end of the period: the number grows or stays.
        FromBeginning = "from_beginning",
        /// The end of the period alone: how it stood then.
        AtTheEnd = "at_the_end",
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
    /// Which days its numbers are for. Left out, it follows: of what counts with its latest value and is better the more there is, from the beginning;
    /// of what else counts with its latest value, at the end; of anything else, the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_for: Option<AsksFor>,
    /// Whether people under 18 are among those counted, so that it has to be told how many they are (R76).
    #[serde(default)]
    pub counts_under_18: bool,
    /// Whether it counts social value (R64): what an award brings beside its service, such as jobs or local spend. Its targets are what was promised, its
    /// values what was delivered.
    #[serde(default)]
    pub is_social_value: bool,
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

    /// Which days its numbers are for: as it says, or as follows from how its values become one.
    #[must_use]
    pub fn asks_for(&self) -> AsksFor {
        let grows = self.measure() != IndicatorMeasure::Percent && self.direction != IndicatorDirection::Lower;
        self.asks_for.unwrap_or_else(|| AsksFor::following(self.adds_over_time, grows))
    }
}

impl AsksFor {
    /// What follows for an indicator that does not say it, from how its values become one over time and whether it is a number of which more is better.
    #[must_use]
    pub const fn following(adds_over_time: AddsOverTime, grows: bool) -> Self {
        match adds_over_time {
            AddsOverTime::Latest if grows => Self::FromBeginning,
            AddsOverTime::Latest => Self::AtTheEnd,
            _ => Self::Period,
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
    let unfit = "Such numbers are not put together over time in this way: see how `asks_for` and `adds_over_time` go together.";
    faults.require(adds_up(after.asks_for(), after.adds_over_time), "/adds_over_time", "not_allowed", unfit);
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
        // Where neither says it, it follows from fields that are locked themselves.
        let follows = after.asks_for.is_none() && was.asks_for.is_none();
        faults.require(follows || after.asks_for() == was.asks_for(), "/asks_for", "locked", stays);
        faults.require(after.definition == was.definition || was.definition.is_none(), "/definition", "locked", stays);
        faults.require(after.subset_of_id == was.subset_of_id, "/subset_of_id", "locked", stays);
        let is_same = after.breakdown.as_ref().map(Breakdown::counting) == was.breakdown.as_ref().map(Breakdown::counting);
        faults.require(is_same || was.breakdown.is_none(), "/breakdown", "locked", stays);
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

/// Whether numbers of these days become one over time in this way. A year to date holds the quarters before it, so it is never added to them nor a mean
/// taken: of a year its latest value stands (*latest*), and years are added. What counts from the beginning holds the years before it as well. How things
/// stand at the end is no amount of anything, and two of them no more.
fn adds_up(asks_for: AsksFor, how: AddsOverTime) -> bool {
    match asks_for {
        AsksFor::Period => true,
        AsksFor::YearToDate => matches!(how, AddsOverTime::Latest | AddsOverTime::None),
        AsksFor::FromBeginning => matches!(how, AddsOverTime::Latest | AddsOverTime::Maximum | AddsOverTime::None),
        AsksFor::AtTheEnd => how != AddsOverTime::Sum,
    }
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
mod tests;
