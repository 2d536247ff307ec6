//! What an adjustment may correct. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Fault, Faults, Id, Pence, Quantity, Quarter, Refusal};
use crate::returns::rules::{Asked, IndicatorValue, Reported, ReturnContent, ReturnState, SpendCategory, faults, faults_of_text};

/// Money that was spent and not reported, or reported and not spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpendDifference {
    /// What it was spent on.
    pub category: SpendCategory,
    /// Whether it went to the people helped directly (R20).
    #[serde(default)]
    pub direct_activity: bool,
    /// How much more was spent than is reported; below nought where it was less.
    #[schema(value_type = i64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, example = -500)]
    pub amount_pence: Pence,
}

/// What was counted and not reported, or reported and not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValueDifference {
    /// The indicator.
    pub indicator_id: Id,
    /// The area; the award as a whole where there is none.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// The group, of an indicator that is broken down; all of them together where there is none.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 80)]
    pub group: Option<String>,
    /// How much more was counted than is reported; below nought where it was less. Of a percentage the numerator's difference.
    pub value: Quantity,
    /// The difference of what a percentage is of.
    #[serde(default)]
    pub denominator: Option<Quantity>,
}

impl SpendDifference {
    /// What is spent with it, where `before` was reported until then.
    #[must_use]
    pub fn after(&self, before: Pence) -> Pence {
        before + self.amount_pence
    }
}

impl ValueDifference {
    /// The value and the denominator with it, where these were reported until then.
    #[must_use]
    pub fn after(&self, (value, denominator): (Option<Quantity>, Option<Quantity>)) -> (Quantity, Option<Quantity>) {
        let of = self.denominator.map_or(denominator, |more| Some(added(denominator.unwrap_or_default(), more)));
        (added(value.unwrap_or_default(), self.value), of)
    }
}

/// A correction of an accepted return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdjustmentInput {
    /// The later return of the award in which it counts; the first that is not accepted yet where it is left out.
    #[serde(default)]
    pub counted_in_return_id: Option<Id>,
    /// What was spent, as differences.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub spend: Vec<SpendDifference>,
    /// What was counted, as differences.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub values: Vec<ValueDifference>,
    /// Why; the provider reads it.
    #[schema(min_length = 1, max_length = 1000, example = "An invoice of June was entered twice.")]
    pub reason: String,
}

/// The days in which an adjustment counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The return of these days; none where the award owes none.
    pub return_id: Option<Id>,
    /// The period in words.
    pub period: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

impl Counted {
    /// The quarter in which an adjustment of a return counts whose award owes no later one: today's, or the one after it where that is later.
    #[must_use]
    pub fn in_quarter(today: NaiveDate, ends_on: NaiveDate) -> Option<Self> {
        let quarter = Quarter::of(today).filter(|quarter| quarter.first_day() > ends_on);
        let quarter = quarter.or_else(|| Quarter::of(ends_on)?.next())?;
        Some(Self { return_id: None, period: quarter.to_string(), starts_on: quarter.first_day(), ends_on: quarter.last_day() })
    }
}

/// What a value is about: an indicator, in an area or in all, of a group or of all.
type Place = (Id, Option<Id>, Option<String>);

impl ValueDifference {
    fn place(&self) -> Place {
        (self.indicator_id, self.area_id, self.group.clone())
    }
}

/// What a return's figures come to: as accepted, with every adjustment so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    spend: HashMap<(SpendCategory, bool), Pence>,
    values: HashMap<Place, IndicatorValue>,
    is_spend_reported: bool,
}

impl Figures {
    /// As they were accepted.
    #[must_use]
    pub fn of(content: &ReturnContent) -> Self {
        let mut spend: HashMap<(SpendCategory, bool), Pence> = HashMap::new();
        for line in content.spend.iter().flatten() {
            let sum = spend.entry((line.category, line.direct_activity)).or_default();
            *sum = *sum + line.amount_pence;
        }
        let values = content.values.iter().map(|one| ((one.indicator_id, one.area_id, one.group.clone()), one.clone())).collect();
        Self { spend, values, is_spend_reported: content.spend.is_some() }
    }

    /// With an adjustment more.
    pub fn adjust(&mut self, spend: &[SpendDifference], values: &[ValueDifference]) {
        for one in spend {
            let sum = one.after(self.spent(one));
            self.spend.insert((one.category, one.direct_activity), sum);
            self.is_spend_reported = true;
        }
        for one in values {
            let corrected = self.corrected(one);
            self.values.insert(one.place(), corrected);
        }
    }

    /// What is reported as spent on everything; none where nothing is said of it.
    #[must_use]
    pub fn all_spent(&self) -> Option<Pence> {
        self.is_spend_reported.then(|| self.spend.values().copied().sum())
    }

    /// The value of an indicator in an area, or in all, of a group or of all.
    #[must_use]
    pub fn value(&self, indicator: Id, area: Option<Id>, group: Option<&str>) -> Option<&IndicatorValue> {
        self.values.get(&(indicator, area, group.map(str::to_owned)))
    }

    /// What is reported as spent on the kind of thing that a difference is about.
    #[must_use]
    pub fn spent(&self, one: &SpendDifference) -> Pence {
        self.spend.get(&(one.category, one.direct_activity)).copied().unwrap_or_default()
    }

    /// The value and the denominator that a difference is about; none where nothing was reported.
    #[must_use]
    pub fn counted(&self, one: &ValueDifference) -> (Option<Quantity>, Option<Quantity>) {
        self.values.get(&one.place()).map_or((None, None), |own| (own.value, own.denominator))
    }

    fn corrected(&self, one: &ValueDifference) -> IndicatorValue {
        let (value, denominator) = one.after(self.counted(one));
        let basis = self.values.get(&one.place()).and_then(|own| own.basis.clone());
        IndicatorValue {
            indicator_id: one.indicator_id,
            area_id: one.area_id,
            group: one.group.clone(),
            status: Reported::Reported,
            value: Some(value),
            denominator,
            basis,
        }
    }

    /// The values that an adjustment leads to, in its order.
    #[must_use]
    pub fn as_corrected(&self, values: &[ValueDifference]) -> ReturnContent {
        ReturnContent { values: values.iter().map(|one| self.corrected(one)).collect(), ..ReturnContent::default() }
    }
}

/// Both together; no further than a quantity goes.
#[must_use]
pub const fn added(one: Quantity, more: Quantity) -> Quantity {
    Quantity(one.0.saturating_add(more.0))
}

/// Whether a return is accepted: before that it is mended by writing it.
///
/// # Errors
/// Where it is not.
pub fn check_adjustable(state: ReturnState) -> Result<(), Refusal> {
    match state {
        ReturnState::Accepted => Ok(()),
        other => Err(Refusal::wrong_state("return", other, "adjusted")),
    }
}

/// Every fault of an adjustment of a return whose figures are `before`. What it leads to is held against the rules of the return itself.
#[must_use]
pub fn check(input: &AdjustmentInput, before: &Figures, asked: &Asked) -> Faults {
    let mut found = Faults::new();
    let says_something = !input.spend.is_empty() || !input.values.is_empty();
    found.require(says_something, "", "required", "Say what is corrected: `spend`, `values` or both.");
    found.0.extend(faults_of_text("/reason", &input.reason).0);
    for (at, one) in input.spend.iter().enumerate() {
        let pointer = format!("/spend/{at}/amount_pence");
        let nothing = "This changes nothing. Leave it out.";
        found.require(!one.amount_pence.is_zero(), &pointer, "no_difference", nothing);
        let kind = (one.category, one.direct_activity);
        let is_new = !input.spend.iter().take(at).any(|other| (other.category, other.direct_activity) == kind);
        let twice = "There is a difference for this kind of spending already. Put the two together.";
        found.require(is_new, &format!("/spend/{at}"), "repeated", twice);
        let own = before.spent(one);
        let after = own + one.amount_pence;
        let message = format!("{own} is reported for this kind of spending so far, and it cannot fall below nought.");
        found.require(after >= Pence::ZERO, &pointer, "too_small", &message);
        found.require(after <= Pence::MAX, &pointer, "too_large", "This is more than any award.");
    }
    for (at, one) in input.values.iter().enumerate() {
        let is_nothing = one.value == Quantity::ZERO && one.denominator.unwrap_or_default() == Quantity::ZERO;
        // Nought where nothing was reported is a value.
        let is_first = before.counted(one).0.is_none();
        found.require(!is_nothing || is_first, &format!("/values/{at}/value"), "no_difference", "This changes nothing. Leave it out.");
        let after = before.corrected(one);
        let is_in_range = [after.value, after.denominator].into_iter().flatten().all(|number| number <= Quantity::MAX);
        found.require(is_in_range, &format!("/values/{at}/value"), "too_large", "The corrected value is beyond a thousand million.");
    }
    check_wholes(&mut found, input, before);
    let of_result = faults(&before.as_corrected(&input.values), asked).0;
    found.0.extend(of_result.into_iter().map(|fault| Fault { message: format!("As corrected: {}", fault.message), ..fault }));
    found
}

/// Where a whole is reported, it counts instead of its parts: differences of parts come with one of the whole, or take from one part what they
/// give another. Where parts alone are reported, a difference is one of a part. So it is with an award and its areas, and with an area and
/// its groups.
fn check_wholes(found: &mut Faults, input: &AdjustmentInput, before: &Figures) {
    for (at, one) in input.values.iter().enumerate() {
        let of_area = |other: &Place| (other.0, other.1) == (one.indicator_id, one.area_id);
        let group = Level { field: "group", parts: "groups", is_part: &|place: &Place| place.2.is_some() };
        check_whole(found, input, before, (at, one), &of_area, &group);
        let of_indicator = |other: &Place| other.0 == one.indicator_id;
        let area = Level { field: "area_id", parts: "areas", is_part: &|place: &Place| place.1.is_some() };
        check_whole(found, input, before, (at, one), &of_indicator, &area);
    }
}

/// What a whole is made of.
struct Level<'l> {
    field: &'static str,
    parts: &'static str,
    is_part: &'l dyn Fn(&Place) -> bool,
}

/// Holds one difference against those and the values of the same whole.
fn check_whole(
    found: &mut Faults,
    input: &AdjustmentInput,
    before: &Figures,
    (at, one): (usize, &ValueDifference),
    belongs: &dyn Fn(&Place) -> bool,
    level: &Level<'_>,
) {
    let others = || input.values.iter().map(|other| (other.place(), other.value)).filter(|(place, _)| belongs(place));
    let is_reported = |part: bool| {
        let mut own = before.values.iter().filter(|(place, _)| belongs(place) && (level.is_part)(place) == part);
        own.any(|(_, own)| own.value.is_some())
    };
    let parts = level.parts;
    if !(level.is_part)(&one.place()) {
        let message = format!("This return reports {parts} and no whole. Say in which of the {parts} it was.");
        found.require(is_reported(false) || !is_reported(true), &format!("/values/{at}/{}", level.field), "required", &message);
    } else if is_reported(false) && !others().any(|(place, _)| !(level.is_part)(&place)) {
        let sum = others().fold(Quantity::ZERO, |sum, (_, value)| added(sum, value));
        let message = format!("This return reports a whole beside its {parts}. Adjust the whole too.");
        found.require(sum == Quantity::ZERO, &format!("/values/{at}/value"), "whole_missing", &message);
    }
}

/// Whether an adjustment of a return that ends on `ends_on` may count in one that begins on `starts_on`.
///
/// # Errors
/// It is no later one, or the award does not owe it.
pub fn check_counted(ends_on: NaiveDate, starts_on: NaiveDate, is_owed: bool) -> Result<(), Refusal> {
    if starts_on <= ends_on {
        let message = "An adjustment counts in a later return than the one that it corrects.";
        return Err(Refusal::invalid("/counted_in_return_id", "too_early", message));
    }
    if is_owed {
        return Ok(());
    }
    Err(Refusal::rule(Code::WrongState, "The award does not owe the return in which this should count. Name another, or none."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_no_return_takes_counts_in_a_quarter_after_it() {
        let of = |today, ends_on| Counted::in_quarter(day(today), day(ends_on)).unwrap().period;
        assert_eq!(of("2021-08-03", "2021-03-31"), "2021-22-Q2");
        assert_eq!(of("2021-03-30", "2021-03-15"), "2021-22-Q1");
        assert_eq!(of("2021-04-01", "2021-03-31"), "2021-22-Q1");
    }

    #[test]
    fn a_whole_is_adjusted_with_its_areas() {
        let [indicator_id, here, there] = [0; 3].map(|_| Id::new());
        let of =
            |area_id, number| ValueDifference { indicator_id, area_id, group: None, value: Quantity::whole(number), denominator: None };
        let codes = |reported: &[ValueDifference], values: Vec<ValueDifference>| {
            let mut before = Figures::default();
            before.adjust(&[], reported);
            let input = AdjustmentInput { counted_in_return_id: None, spend: Vec::new(), values, reason: "x".to_owned() };
            let mut found = Faults::new();
            check_wholes(&mut found, &input, &before);
            found.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        let (whole, areas) = ([of(None, 9), of(Some(here), 5), of(Some(there), 4)], [of(Some(here), 5)]);
        assert_eq!(codes(&whole, vec![of(Some(here), 1)]), ["/values/0/value whole_missing"]);
        assert_eq!(codes(&whole, vec![of(Some(here), 1), of(None, 1)]), [""; 0]);
        assert_eq!(codes(&whole, vec![of(Some(here), 1), of(Some(there), -1)]), [""; 0]);
        assert_eq!(codes(&areas, vec![of(None, 1)]), ["/values/0/area_id required"]);
        assert_eq!(codes(&areas, vec![of(Some(there), 1)]), [""; 0]);
        assert_eq!(codes(&[], vec![of(None, 1)]), [""; 0]);
        let grouped = |area_id, number| ValueDifference { group: Some("under 18".to_owned()), ..of(area_id, number) };
        let by_group = [grouped(Some(here), 5)];
        assert_eq!(codes(&by_group, vec![of(None, 1)]), ["/values/0/area_id required"], "the area is told by groups alone");
        assert_eq!(codes(&by_group, vec![of(Some(here), 1)]), ["/values/0/group required"]);
        assert_eq!(codes(&by_group, vec![grouped(Some(here), 1)]), [""; 0]);
        let beside = [of(None, 5), grouped(Some(here), 5)];
        assert_eq!(codes(&beside, vec![grouped(Some(here), 1)]), ["/values/0/value whole_missing"]);
    }

    #[test]
    fn adjustments_follow_each_other() {
        let mut figures = Figures::default();
        let more = SpendDifference { category: SpendCategory::Staff, direct_activity: false, amount_pence: Pence(500) };
        figures.adjust(&[more, SpendDifference { amount_pence: Pence(-200), ..more }], &[]);
        assert_eq!(figures.spent(&more), Pence(300));
        let late = ValueDifference { indicator_id: Id::new(), area_id: None, group: None, value: Quantity::whole(4), denominator: None };
        assert_eq!(figures.counted(&late), (None, None));
        figures.adjust(&[], &[late.clone(), late.clone()]);
        assert_eq!(figures.counted(&late), (Some(Quantity::whole(8)), None));
    }
}
