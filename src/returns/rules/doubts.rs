//! What does not fit together in a return as a whole: with its award's money, its own numbers, and the returns before it. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::asked::{Asked, AskedIndicator, AskedMoney};
use super::content::CaseloadCount;
use super::findings::{FindingRule, Gathered};
use super::{About, IndicatorValue, ReturnContent, ReturnKind, ahead};
use crate::awards::indicators::rules::AsksFor;
use crate::kernel::{FinancialYear, Id, Pence, Quantity};

/// A return of the same award that was sent and begins earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierReturn {
    /// Its period.
    pub period: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// Whether it covers as long a period, so that its values can be compared.
    pub is_same_kind: bool,
    /// What was counted.
    pub values: Vec<IndicatorValue>,
    /// How many people it carried forward, where it says so.
    pub carried_forward: Option<i64>,
}

/// How many areas one sentence names.
const NAMED_AT_MOST: usize = 5;
/// A value is unusual beyond this many times the mean of those before, or below that part of it.
const UNUSUAL_TIMES: i128 = 3;
/// From how many earlier values on there is a mean to speak of.
const EARLIER_AT_LEAST: usize = 2;
/// How many returns of one kind a value is held against.
const COMPARED: usize = 4;

/// How many of the returns before, the latest first, are looked at: until there are as many of the return's own kind as values are held against, and one
/// more, from which the last of them differs. What lies between is of other kinds.
#[must_use]
pub fn looked_at(kinds: &[ReturnKind], own: ReturnKind) -> usize {
    let of_kind = kinds.iter().enumerate().filter(|(_, kind)| **kind == own).nth(COMPARED);
    of_kind.map_or(kinds.len(), |(at, _)| at + 1)
}

/// What may be right and is worth a second look, and what cannot be.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    check_money(found, content, asked);
    check_areas(found, content, asked);
    check_caseload(found, content.caseload.unwrap_or_default(), asked);
    for (at, value) in content.values.iter().enumerate() {
        check_history(found, &format!("/values/{at}/value"), value, asked);
    }
    let mend = "Read it once more: no name, no day of birth, no address, and nothing else by which somebody could be recognised.";
    let words = ("A case study must not hold personal data.", mend);
    found.warn(content.case_study.is_some(), FindingRule::CaseStudyPersonalData, "/case_study", words);
}

fn check_money(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    let words = ("It is not said what was spent in these days.", "Give what was spent; an empty list says that nothing was.");
    found.warn(content.spend.is_none(), FindingRule::SpendNotReported, "/spend", words);
    let spent: Pence = content.spend.iter().flatten().map(|line| line.amount_pence).sum();
    let mend = "Check the amounts. Where they are right, explain the warning.";
    let AskedMoney { value, planned, spent_elsewhere, tolerance_percent } = asked.money;
    if let Some(value) = value {
        let all = spent + spent_elsewhere;
        let is_above = all > value && spent.is_positive();
        let message = format!("With this return {all} are reported as spent, and the award is worth {value}.");
        found.warn(is_above, FindingRule::SpendAboveValue, "/spend", (&message, mend));
        let expected = ahead::expected(content, asked);
        let message = format!("{all} are reported as spent and {expected} are expected; the award is worth {value}.");
        let is_beyond = !is_above && expected.is_positive() && all + expected > value;
        found.warn(is_beyond, FindingRule::ForecastAboveValue, "/forecast", (&message, mend));
    }
    if let Some(planned) = planned {
        let of_plan = |percent: i64| i128::from(planned.0) * i128::from(percent);
        let reported = i128::from(spent.0) * 100;
        let message = format!("{spent} are reported as spent, and {planned} are planned for these days.");
        let is_far_above = reported > of_plan(100 + tolerance_percent);
        found.warn(is_far_above, FindingRule::SpendAboveProfile, "/spend", (&message, mend));
        // Where nothing is reported there is nothing to compare.
        let is_far_below = content.spend.is_some() && reported < of_plan(100 - tolerance_percent);
        let mend = "Check the amounts. Where they are right, explain the warning, and say in the forecast when the rest will be spent.";
        found.warn(is_far_below, FindingRule::SpendBelowProfile, "/spend", (&message, mend));
    }
}

fn check_areas(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for indicator in &asked.indicators {
        let places: HashSet<Option<Id>> =
            content.values.iter().filter(|value| value.indicator_id == indicator.id).map(|value| value.area_id).collect();
        let is_missing = |(area, _): &&(Id, String)| !places.contains(&Some(*area)) && indicator.aimed_at.iter().all(|(id, _)| id != area);
        let missing: Vec<&str> = asked.own_areas.iter().filter(is_missing).map(|(_, name)| name.as_str()).take(NAMED_AT_MOST).collect();
        let is_partial = !places.is_empty() && !places.contains(&None) && !missing.is_empty();
        let message = format!("`{}` has a value in some areas of this award and none in {}.", indicator.name, missing.join(", "));
        let words = (message.as_str(), "Give the others too, or say `not_reported` or `not_applicable` for them.");
        let about = About::indicator(indicator.id, None);
        found.warn_about(is_partial, about, (FindingRule::AreasNotReported, "/values"), words);
    }
}

/// Brought forward and new, less closed, are carried forward, and so from return to return. A number that is not reported is held
/// against nothing.
fn check_caseload(found: &mut Gathered, caseload: CaseloadCount, asked: &Asked) {
    let CaseloadCount { brought_forward, new, closed, carried_forward } = caseload;
    if let (Some(brought), Some(new), Some(closed), Some(carried)) = (brought_forward, new, closed, carried_forward) {
        let sum = brought + new - closed;
        let message =
            format!("{brought} brought forward and {new} new, less {closed} closed, are {sum}, and {carried} are carried forward.");
        let words = (message.as_str(), "Check the four numbers: somebody is counted twice, or left out.");
        found.require(sum == carried, FindingRule::CaseloadDoesNotAddUp, "/caseload/carried_forward", words);
    }
    let Some(before) = asked.earlier.first() else { return };
    if let (Some(brought), Some(carried)) = (brought_forward, before.carried_forward) {
        let message = format!("{brought} are brought forward, and the return for {} carried {carried} forward.", before.period);
        let words = (message.as_str(), "Bring forward what was carried forward, or explain the warning.");
        found.warn(brought != carried, FindingRule::CaseloadBroken, "/caseload/brought_forward", words);
    }
}

/// A number of a return in the order of time, the latest first.
struct Told<'a> {
    period: &'a str,
    days: (NaiveDate, NaiveDate),
    is_same_kind: bool,
    number: Option<i128>,
}

/// Holds a value against those that the returns before have for the same place, counted on the same basis.
fn check_history(found: &mut Gathered, pointer: &str, value: &IndicatorValue, asked: &Asked) {
    let Some(indicator) = asked.indicators.iter().find(|one| one.id == value.indicator_id) else { return };
    let Some(now) = figure(value, indicator) else { return };
    let alike = |other: &&IndicatorValue| place(other) == place(value);
    let own = Told { period: "", days: (asked.starts_on, asked.ends_on), is_same_kind: true, number: Some(now) };
    let before = asked.earlier.iter().map(|one| Told {
        period: &one.period,
        days: (one.starts_on, one.ends_on),
        is_same_kind: one.is_same_kind,
        number: one.values.iter().find(alike).and_then(|value| figure(value, indicator)),
    });
    let all: Vec<Told<'_>> = std::iter::once(own).chain(before).collect();
    if let Some((earlier, was)) = fallen_from(&all, indicator) {
        let since = if indicator.asks_for == AsksFor::YearToDate { "from the beginning of the year" } else { "from its beginning" };
        let message = format!("`{}` fell from {} in {earlier} to {}, and counts {since}.", indicator.name, shown(was), shown(now));
        let words = (message.as_str(), "Check the number. Where the one before was wrong, explain the warning.");
        found.warn(true, FindingRule::ValueFell, pointer, words);
        return;
    }
    let mut of_periods = (0..all.len()).map(|at| (at, of_period(&all, at, indicator)));
    let Some(now) = of_periods.next().and_then(|(_, now)| now) else { return };
    let others = of_periods.filter(|(at, _)| all.get(*at).is_some_and(|one| one.is_same_kind)).filter_map(|(_, was)| was);
    let others: Vec<i128> = others.take(COMPARED).collect();
    let (count, sum) = (i128::try_from(others.len()).unwrap_or_default(), others.iter().sum::<i128>());
    let is_far = now * count > UNUSUAL_TIMES * sum || UNUSUAL_TIMES * now * count < sum;
    if others.len() >= EARLIER_AT_LEAST && is_far {
        let what = if is_running(indicator) { " for the period alone" } else { "" };
        let (now, mean) = (shown(now), shown(sum / count));
        let message = format!("`{}` is {now}{what}, and was {mean} on average in the returns before.", indicator.name);
        let words = (message.as_str(), "Check the number. Where it is right, explain the warning.");
        found.warn(true, FindingRule::UnusualValue, pointer, words);
    }
}

/// Whether a number holds those of the periods before it. A percentage may fall although what it is made of grows.
fn is_running(indicator: &AskedIndicator) -> bool {
    !indicator.is_percentage && matches!(indicator.asks_for, AsksFor::YearToDate | AsksFor::FromBeginning)
}

/// Whether what was told in `before` is in a number of `days`: of a year to date only what lies in the same financial year.
fn is_in(before: (NaiveDate, NaiveDate), days: (NaiveDate, NaiveDate), indicator: &AskedIndicator) -> bool {
    indicator.asks_for != AsksFor::YearToDate || FinancialYear::of(before.1) == FinancialYear::of(days.1)
}

/// The period and the number of the latest return before that holds more than the first of `all`, although that holds it as well.
fn fallen_from<'a>(all: &[Told<'a>], indicator: &AskedIndicator) -> Option<(&'a str, i128)> {
    let (own, before) = all.split_first()?;
    let (period, was) = before.iter().filter(|one| is_in(one.days, own.days, indicator)).find_map(|one| Some((one.period, one.number?)))?;
    (is_running(indicator) && own.number? < was).then_some((period, was))
}

/// What the return at `at` counted in its own period alone. None where that cannot be known, and where it would be below nought.
fn of_period(all: &[Told<'_>], at: usize, indicator: &AskedIndicator) -> Option<i128> {
    let own = all.get(at)?;
    let number = own.number?;
    if !is_running(indicator) {
        return Some(number);
    }
    let alone = match all.get(at + 1) {
        Some(before) if is_in(before.days, own.days, indicator) => number - before.number?,
        // The first return of a year holds nothing but itself.
        Some(_) => number,
        None => FinancialYear::of(own.days.1)
            .filter(|year| indicator.asks_for == AsksFor::YearToDate && own.days.0 == year.first_day())
            .map(|_| number)?,
    };
    Some(alone).filter(|alone| *alone >= 0)
}

/// What a value is about; what is counted on another basis is something else.
fn place(value: &IndicatorValue) -> (Id, Option<Id>, &Option<String>, &Option<String>) {
    (value.indicator_id, value.area_id, &value.group, &value.basis)
}

/// What a value says, in thousandths: its number, or the percentage that it makes. Nothing where it says nothing.
fn figure(value: &IndicatorValue, indicator: &AskedIndicator) -> Option<i128> {
    let number = i128::from(value.value?.0);
    if !indicator.is_percentage {
        return Some(number);
    }
    let whole = value.denominator.map(|whole| i128::from(whole.0)).filter(|whole| *whole > 0)?;
    Some(number * 100_000 / whole)
}

fn shown(thousandths: i128) -> Quantity {
    Quantity(i64::try_from(thousandths).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::{asked, day, shown as told, value};
    use super::super::{Reported, findings};
    use super::*;
    use crate::kernel::Quarter;

    fn of_returns(id: Id, numbers: &[i32]) -> Vec<EarlierReturn> {
        let one = |(at, number): (usize, &i32)| {
            let quarter: Quarter =
                ["2019-20-Q4", "2019-20-Q3", "2019-20-Q2", "2019-20-Q1", "2018-19-Q4", "2018-19-Q3"][at].parse().unwrap();
            EarlierReturn {
                period: quarter.to_string(),
                starts_on: quarter.first_day(),
                ends_on: quarter.last_day(),
                is_same_kind: true,
                values: vec![value(id, None, Reported::Reported, Some(*number))],
                carried_forward: Some(7),
            }
        };
        numbers.iter().enumerate().map(one).collect()
    }

    fn with_value(id: Id, number: i32) -> ReturnContent {
        ReturnContent {
            spend: Some(Vec::new()),
            values: vec![value(id, None, Reported::Reported, Some(number))],
            ..ReturnContent::default()
        }
    }

    #[test]
    fn returns_of_another_kind_take_no_place() {
        use ReturnKind::{HalfYearly, Quarterly};
        let mixed = [HalfYearly, HalfYearly, Quarterly, HalfYearly, Quarterly, Quarterly, Quarterly, Quarterly, Quarterly];
        assert_eq!(looked_at(&mixed, Quarterly), 8);
        assert_eq!((looked_at(&mixed, HalfYearly), looked_at(&[], Quarterly)), (9, 0));
    }

    #[test]
    fn a_value_far_from_those_before_is_worth_a_look() {
        let id = Id::new();
        let check =
            |earlier: &[i32], now| told(&findings(&with_value(id, now), &Asked { earlier: of_returns(id, earlier), ..asked(id, false) }));
        let unusual = ["warning /values/0/value unusual_value"];
        assert_eq!(check(&[10], 100), Vec::<String>::new(), "one value is no mean");
        assert_eq!(check(&[10, 20], 45), Vec::<String>::new());
        assert_eq!(check(&[10, 20], 46), unusual);
        assert_eq!(check(&[10, 20], 5), Vec::<String>::new());
        assert_eq!(check(&[10, 20], 4), unusual);
        assert_eq!(check(&[0, 0], 0), Vec::<String>::new());
        let mut longer = of_returns(id, &[10, 20]);
        longer.iter_mut().for_each(|one| one.is_same_kind = false);
        assert_eq!(told(&findings(&with_value(id, 100), &Asked { earlier: longer, ..asked(id, false) })), Vec::<String>::new());
    }

    #[test]
    fn what_counts_from_its_beginning_does_not_fall() {
        let id = Id::new();
        let mut asked = Asked { earlier: of_returns(id, &[30, 20, 10]), ..asked(id, false) };
        let fell = ["warning /values/0/value value_fell"];
        assert_eq!(told(&findings(&with_value(id, 29), &asked)), Vec::<String>::new());
        asked.indicators[0].asks_for = AsksFor::AtTheEnd;
        assert_eq!(told(&findings(&with_value(id, 29), &asked)), Vec::<String>::new(), "volunteers in post may become fewer");
        asked.indicators[0].asks_for = AsksFor::FromBeginning;
        assert_eq!(told(&findings(&with_value(id, 29), &asked)), fell);
        assert_eq!(told(&findings(&with_value(id, 1), &asked)), fell, "the fall says it all");
        assert_eq!(told(&findings(&with_value(id, 40), &asked)), Vec::<String>::new());
        assert_eq!(
            told(&findings(&with_value(id, 61), &asked)),
            ["warning /values/0/value unusual_value"],
            "31 more, where 10 a quarter were usual"
        );
    }

    #[test]
    fn a_year_to_date_begins_anew_in_april() {
        let id = Id::new();
        // The return itself is for the first quarter of 2020-21.
        let mut asked = Asked { earlier: of_returns(id, &[40, 30, 20, 10]), ..asked(id, false) };
        asked.indicators[0].asks_for = AsksFor::YearToDate;
        let of = |asked: &Asked, number| told(&findings(&with_value(id, number), asked));
        assert_eq!(of(&asked, 10), Vec::<String>::new());
        assert_eq!(of(&asked, 31), ["warning /values/0/value unusual_value"], "40 for a year are 10 a quarter");
        (asked.starts_on, asked.ends_on) = (day("2020-07-01"), day("2020-09-30"));
        let first = EarlierReturn {
            period: "2020-21-Q1".to_owned(),
            starts_on: day("2020-04-01"),
            ends_on: day("2020-06-30"),
            ..of_returns(id, &[10]).remove(0)
        };
        asked.earlier.insert(0, first);
        assert_eq!(of(&asked, 9), ["warning /values/0/value value_fell"]);
        assert_eq!(of(&asked, 20), Vec::<String>::new());
        assert_eq!(of(&asked, 41), ["warning /values/0/value unusual_value"]);
    }

    #[test]
    fn a_caseload_adds_up_where_all_of_it_is_told() {
        let id = Id::new();
        let asked = Asked { indicators: Vec::new(), earlier: of_returns(id, &[1]), ..asked(id, false) };
        let check = |brought_forward, closed, carried_forward| {
            let caseload = Some(CaseloadCount { brought_forward, new: Some(3), closed, carried_forward });
            told(&findings(&ReturnContent { spend: Some(Vec::new()), caseload, ..ReturnContent::default() }, &asked))
        };
        assert_eq!(check(Some(7), Some(4), Some(6)), Vec::<String>::new());
        assert_eq!(check(Some(7), Some(4), Some(7)), ["error /caseload/carried_forward caseload_does_not_add_up"]);
        assert_eq!(check(Some(7), None, Some(100)), Vec::<String>::new());
        assert_eq!(check(None, None, None), Vec::<String>::new());
        assert_eq!(check(Some(8), Some(0), Some(11)), ["warning /caseload/brought_forward caseload_broken"]);
    }
}
