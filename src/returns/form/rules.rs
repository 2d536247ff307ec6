//! What a form asks for, and what its figures come to since the year began. Pure.

use crate::awards::indicators::rules::{AddsOverTime, AsksFor, IndicatorInput};
use crate::kernel::adding::{Amount, of_groups, put_together};
use crate::kernel::{Id, Pence, Quantity};
use crate::returns::adjustments::rules::Figures;
use crate::returns::rules::{FIELDS, IndicatorValue, NarrativeSection, on_form};

words! {
    /// A part of a return.
    pub enum FormSection {
        /// Money spent.
        Spend = "spend",
        /// Money that will be spent.
        Forecast = "forecast",
        /// What was counted.
        Values = "values",
        /// People in the service.
        Caseload = "caseload",
        /// How the service reached people.
        DeliveryMode = "delivery_mode",
        /// Who did the work.
        Staffing = "staffing",
        /// Who waits.
        WaitingTimes = "waiting_times",
        /// What the service could take on.
        Capacity = "capacity",
        /// Grants to people.
        OnwardGrants = "onward_grants",
        /// What happened.
        Narrative = "narrative",
        /// What may go wrong.
        Risks = "risks",
        /// What the service did for somebody.
        CaseStudy = "case_study",
        /// Sections of the narrative that have no field of their own.
        Sections = "sections",
    }
}

/// The parts that a form has; a short one has few. What else is written is taken all the same.
#[must_use]
pub fn sections(is_short: bool, narrative: &[NarrativeSection]) -> Vec<FormSection> {
    let has = |key: &str| on_form(narrative, is_short).any(|section| section.key == key);
    let is_asked = |part: &FormSection| match part {
        FormSection::Spend | FormSection::Values => true,
        FormSection::Narrative | FormSection::Risks | FormSection::CaseStudy => has(part.word()),
        FormSection::Sections => on_form(narrative, is_short).any(|section| !FIELDS.contains(&section.key.as_str())),
        _ => !is_short,
    };
    FormSection::ALL.iter().copied().filter(is_asked).collect()
}

/// Whether an award is small enough for a short form. One whose value is not known has the whole.
#[must_use]
pub fn is_short(value: Option<Pence>, up_to: Pence) -> bool {
    value.is_some_and(|value| value <= up_to)
}

/// What was spent over several returns; none where none says so.
#[must_use]
pub fn spent<'f>(figures: impl Iterator<Item = &'f Figures>) -> Option<Pence> {
    let told: Vec<Pence> = figures.filter_map(Figures::all_spent).collect();
    if told.is_empty() { None } else { Some(told.into_iter().sum()) }
}

/// What an indicator comes to over several returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ToDate {
    /// The value; none where nothing is reported, where values never become one, and where they count different things.
    pub amount: Option<Amount>,
    /// How many of the returns say nothing of it.
    pub missing: i64,
    /// Whether its values count different things, so that they have no sum (R22).
    pub is_mixed: bool,
}

/// What an indicator comes to over several returns, in the order of time, in one area, of one group or of all. Where a return has no value of
/// all groups, its groups are put together.
#[must_use]
pub fn to_date<'f>(
    returns: impl Iterator<Item = &'f Figures>,
    of: (Id, &IndicatorInput),
    (area, group): (Option<Id>, Option<&str>),
) -> ToDate {
    let (mut told, mut bases, mut missing) = (Vec::new(), Vec::new(), 0);
    for one in returns {
        let own = one.value(of.0, area, group).and_then(amount);
        let from_groups = || groups_together(one, of, area).filter(|_| group.is_none());
        match own.or_else(from_groups) {
            Some((amount, basis)) => {
                told.push(amount);
                bases.push(basis);
            }
            None => missing += 1,
        }
    }
    let is_mixed = bases.windows(2).any(|pair| matches!(pair, [one, other] if one != other));
    let amount = if is_mixed { None } else { put_together(&told, of.1.adds_over_time.into()) };
    ToDate { amount, missing, is_mixed }
}

/// What the returns of an award say, as far as a form shows it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'f> {
    /// Since the financial year began, in the order of time, the return itself the last.
    pub year: &'f [Figures],
    /// The last return before the year, where there is one.
    pub before: Option<&'f Figures>,
}

/// What was counted in the period of the last of these returns alone: of a number that holds the periods before it, what it grew since the return before.
/// None where that did not report it.
#[must_use]
pub fn in_period(told: &Told<'_>, of: (Id, &IndicatorInput), place: (Option<Id>, Option<&str>)) -> Option<Amount> {
    let (own, earlier) = told.year.split_last()?;
    let amount = |one: &Figures| to_date(std::iter::once(one), of, place).amount;
    let held = match of.1.asks_for() {
        AsksFor::Period | AsksFor::AtTheEnd => return amount(own),
        AsksFor::YearToDate => earlier.last(),
        AsksFor::FromBeginning => earlier.last().or(told.before),
    };
    held.map_or_else(|| amount(own), |held| less(amount(own)?, amount(held)?))
}

/// What an indicator comes to since the financial year began.
#[must_use]
pub fn since_april(told: &Told<'_>, of: (Id, &IndicatorInput), place: (Option<Id>, Option<&str>)) -> ToDate {
    let latest = || IndicatorInput { adds_over_time: AddsOverTime::Latest, ..of.1.clone() };
    match of.1.asks_for() {
        AsksFor::Period | AsksFor::AtTheEnd => to_date(told.year.iter(), of, place),
        // Its last number is the year's, whether or not years become one.
        AsksFor::YearToDate => to_date(told.year.iter(), (of.0, &latest()), place),
        AsksFor::FromBeginning => {
            let found = to_date(told.year.iter(), (of.0, &latest()), place);
            let Some(before) = told.before else { return found };
            let was = to_date(std::iter::once(before), of, place).amount;
            ToDate { amount: found.amount.zip(was).and_then(|(now, was)| less(now, was)), ..found }
        }
    }
}

/// What was added; none where one is a number and the other a percentage.
fn less(now: Amount, was: Amount) -> Option<Amount> {
    let whole = match (now.whole, was.whole) {
        (Some(now), Some(was)) => Some(Quantity(now.0 - was.0)),
        (None, None) => None,
        _ => return None,
    };
    Some(Amount { value: Quantity(now.value.0 - was.value.0), whole })
}

type Counted = (Amount, Option<String>);

fn amount(value: &IndicatorValue) -> Option<Counted> {
    Some((Amount { value: value.value?, whole: value.denominator }, value.basis.clone()))
}

/// What the groups of a return come to, where each has a value.
fn groups_together(one: &Figures, (id, facts): (Id, &IndicatorInput), area: Option<Id>) -> Option<Counted> {
    let breakdown = facts.breakdown.as_ref()?;
    let told: Option<Vec<Counted>> = breakdown.groups.iter().map(|group| one.value(id, area, Some(group)).and_then(amount)).collect();
    let (amounts, bases): (Vec<Amount>, Vec<Option<String>>) = told?.into_iter().unzip();
    Some((of_groups(&amounts, breakdown.adds.into())?, bases.into_iter().next().flatten()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::awards::indicators::rules::{AddsOverAreas, Breakdown, IndicatorDirection, IndicatorKind};
    use crate::returns::rules::{Reported, ReturnContent, SpendCategory, SpendLine, usual_sections};

    fn of(indicator_id: Id, number: Option<i32>, pence: Option<i64>) -> ReturnContent {
        let status = if number.is_some() { Reported::Reported } else { Reported::NotReported };
        let value = IndicatorValue {
            indicator_id,
            area_id: None,
            group: None,
            status,
            value: number.map(Quantity::whole),
            denominator: None,
            basis: None,
        };
        let line = |pence| SpendLine {
            category: SpendCategory::Staff,
            amount_pence: Pence(pence),
            direct_activity: false,
            spent_from: None,
            spent_to: None,
            note: None,
        };
        ReturnContent { values: vec![value], spend: pence.map(|pence| vec![line(pence)]), ..ReturnContent::default() }
    }

    fn indicator(adds_over_time: AddsOverTime) -> IndicatorInput {
        let groups = ["under 18", "18 and over"].map(str::to_owned).to_vec();
        IndicatorInput {
            name: "People".to_owned(),
            definition: None,
            kind: IndicatorKind::Output,
            unit: "people".to_owned(),
            direction: IndicatorDirection::Higher,
            basis: None,
            baseline: None,
            adds_over_time,
            adds_over_areas: AddsOverAreas::Sum,
            asks_for: None,
            counts_under_18: false,
            is_social_value: false,
            breakdown: Some(Breakdown { by: "age".to_owned(), groups, adds: AddsOverAreas::Sum, under_18: Vec::new() }),
            succeeds_id: None,
            subset_of_id: None,
            programme_id: None,
            fund_id: None,
            award_ids: Vec::new(),
            framework_codes: Vec::new(),
        }
    }

    #[test]
    fn a_year_to_date_adds_as_the_indicator_does() {
        let id = Id::new();
        let year = [of(id, Some(4), Some(100)), of(id, None, None), of(id, Some(6), Some(50))].map(|one| Figures::of(&one));
        let come = |how| {
            let found = to_date(year.iter(), (id, &indicator(how)), (None, None));
            (found.amount.map(|amount| amount.value), found.missing)
        };
        assert_eq!(come(AddsOverTime::Sum), (Some(Quantity::whole(10)), 1));
        assert_eq!(come(AddsOverTime::Latest).0, Some(Quantity::whole(6)));
        assert_eq!(come(AddsOverTime::Maximum).0, Some(Quantity::whole(6)));
        assert_eq!(come(AddsOverTime::Average).0, Some(Quantity::whole(5)));
        assert_eq!(come(AddsOverTime::None).0, None);
        let none = to_date(year.iter(), (id, &indicator(AddsOverTime::Sum)), (None, Some("under 18")));
        assert_eq!((none.amount, none.missing), (None, 3));
        assert_eq!((spent(year.iter()), spent(year[1..2].iter())), (Some(Pence(150)), None));
    }

    #[test]
    fn groups_are_put_together_and_bases_are_not() {
        let id = Id::new();
        let grouped = |group: &str, number| {
            let mut value = of(id, Some(number), None).values.remove(0);
            value.group = Some(group.to_owned());
            value
        };
        let whole = of(id, Some(4), None);
        let groups = ReturnContent { values: vec![grouped("under 18", 1), grouped("18 and over", 2)], ..ReturnContent::default() };
        let half = ReturnContent { values: vec![grouped("under 18", 1)], ..ReturnContent::default() };
        let facts = indicator(AddsOverTime::Sum);
        let come = |all: &[&ReturnContent]| {
            let figures: Vec<Figures> = all.iter().map(|one| Figures::of(one)).collect();
            to_date(figures.iter(), (id, &facts), (None, None))
        };
        assert_eq!(come(&[&whole, &groups]).amount, Some(Amount::plain(Quantity::whole(7))));
        let found = come(&[&whole, &half]);
        assert_eq!((found.amount, found.missing), (Some(Amount::plain(Quantity::whole(4))), 1), "half of it is not all of it");
        let mut other = whole.clone();
        other.values[0].basis = Some("people supported".to_owned());
        let found = come(&[&whole, &other]);
        assert_eq!((found.amount, found.is_mixed), (None, true));
    }

    #[test]
    fn a_year_to_date_is_for_a_quarter_what_it_grew() {
        let id = Id::new();
        let of_year =
            |numbers: &[Option<i32>]| -> Vec<Figures> { numbers.iter().map(|number| Figures::of(&of(id, *number, None))).collect() };
        let facts = IndicatorInput { asks_for: Some(AsksFor::YearToDate), ..indicator(AddsOverTime::Latest) };
        let come = |facts: &IndicatorInput, before: Option<i32>, numbers: &[Option<i32>]| {
            let year = of_year(numbers);
            let before = before.map(|number| Figures::of(&of(id, Some(number), None)));
            let figures = Told { year: &year, before: before.as_ref() };
            let shown = |amount: Option<Amount>| amount.map(|amount| amount.value.0 / 1_000);
            (shown(in_period(&figures, (id, facts), (None, None))), shown(since_april(&figures, (id, facts), (None, None)).amount))
        };
        assert_eq!(come(&facts, Some(90), &[Some(4)]), (Some(4), Some(4)), "a year to date begins anew in April");
        assert_eq!(come(&facts, Some(90), &[Some(4), Some(10)]), (Some(6), Some(10)));
        assert_eq!(come(&facts, None, &[None, Some(10)]), (None, Some(10)), "what was not reported before is not nought");
        assert_eq!(come(&facts, None, &[Some(4), None]), (None, Some(4)));
        let all = IndicatorInput { asks_for: Some(AsksFor::FromBeginning), ..indicator(AddsOverTime::Latest) };
        assert_eq!(come(&all, Some(90), &[Some(94), Some(100)]), (Some(6), Some(10)));
        assert_eq!(come(&all, None, &[Some(4), Some(10)]), (Some(6), Some(10)));
        let of_period = indicator(AddsOverTime::Sum);
        assert_eq!(come(&of_period, Some(90), &[Some(4), Some(10)]), (Some(10), Some(14)));
        let at_the_end = IndicatorInput { asks_for: Some(AsksFor::AtTheEnd), ..indicator(AddsOverTime::Latest) };
        assert_eq!(come(&at_the_end, None, &[Some(4), Some(3)]), (Some(3), Some(3)));
    }

    #[test]
    fn a_small_grant_has_a_short_form() {
        assert!(is_short(Some(Pence(300_000)), Pence(500_000)));
        assert!(!is_short(Some(Pence(500_001)), Pence(500_000)));
        assert!(!is_short(None, Pence(500_000)));
        let usual = usual_sections();
        assert_eq!(sections(true, &usual), [FormSection::Spend, FormSection::Values, FormSection::Narrative]);
        let whole = sections(false, &usual);
        assert_eq!((whole.len(), whole.contains(&FormSection::Sections)), (FormSection::ALL.len(), true));
    }
}
