//! Totals beside their parts: areas of an award, groups into which an indicator is broken down. Pure.

use std::collections::BTreeSet;

use super::findings::{Asked, AskedGroups, AskedIndicator, FindingRule, Gathered};
use super::{IndicatorValue, Reported, ReturnContent};
use crate::kernel::{Id, Quantity};

/// Whether a value's group is one of its indicator's.
pub(super) fn check_group(found: &mut Gathered, pointer: &str, value: &IndicatorValue, known: Option<&AskedIndicator>) {
    let (Some(group), Some(indicator)) = (&value.group, known) else { return };
    let Some(groups) = &indicator.groups else {
        let words = ("This indicator is not broken down into groups.", "Give its value without a group.");
        found.require(false, FindingRule::NotExpected, pointer, words);
        return;
    };
    let mend = format!("Name one of these: {}.", groups.names.join(", "));
    let words = ("This indicator has no such group.", mend.as_str());
    found.require(groups.names.contains(group), FindingRule::UnknownRecord, pointer, words);
}

/// Holds each total against its parts.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for indicator in &asked.indicators {
        let own: Vec<(usize, &IndicatorValue)> =
            content.values.iter().enumerate().filter(|(_, value)| value.indicator_id == indicator.id).collect();
        if indicator.areas_add && !indicator.is_percentage {
            check_areas(found, &own, indicator, asked);
        }
        if let Some(groups) = &indicator.groups {
            let areas: BTreeSet<Option<Id>> = own.iter().map(|(_, value)| value.area_id).collect();
            for area in areas {
                let of_area: Vec<(usize, &IndicatorValue)> = own.iter().copied().filter(|(_, value)| value.area_id == area).collect();
                check_groups(found, &of_area, indicator, groups);
            }
        }
    }
}

const MEND: &str = "Check the numbers, or leave the total out: it follows from its parts. Where all are right, explain the warning.";

/// The value of all areas, and of all groups, where one is given.
fn whole<'v>(own: &[(usize, &'v IndicatorValue)]) -> Option<(usize, &'v IndicatorValue)> {
    own.iter().copied().find(|(_, value)| value.group.is_none())
}

fn check_areas(found: &mut Gathered, own: &[(usize, &IndicatorValue)], indicator: &AskedIndicator, asked: &Asked) {
    let total: Vec<(usize, &IndicatorValue)> = own.iter().copied().filter(|(_, value)| value.area_id.is_none()).collect();
    let Some((at, total)) = whole(&total).and_then(|(at, value)| Some((at, value.value?))) else { return };
    let of_areas: Vec<&IndicatorValue> =
        own.iter().map(|(_, value)| *value).filter(|value| value.area_id.is_some() && value.group.is_none()).collect();
    let Some(sum) = sum(&of_areas) else { return };
    let is_there = |area: &Id| of_areas.iter().any(|value| value.area_id == Some(*area) && value.status == Reported::Reported);
    let all_are_there = asked.own_areas.iter().all(|(area, _)| is_there(area));
    let message = format!("`{}`: its areas come to {sum}, and the total says {total}.", indicator.name);
    let differs = sum > total || (sum < total && all_are_there && !asked.own_areas.is_empty());
    found.warn(differs, FindingRule::TotalNotSumOfAreas, &format!("/values/{at}/value"), (&message, MEND));
}

fn check_groups(found: &mut Gathered, own: &[(usize, &IndicatorValue)], indicator: &AskedIndicator, groups: &AskedGroups) {
    let total = whole(own);
    let of_groups: Vec<&IndicatorValue> = own.iter().map(|(_, value)| *value).filter(|value| value.group.is_some()).collect();
    let is_there = |name: &&String| of_groups.iter().any(|value| value.group.as_ref() == Some(*name));
    let missing: Vec<&str> = groups.names.iter().filter(|name| !is_there(name)).map(String::as_str).collect();
    let (at, counted) = total.map_or((None, None), |(at, value)| (Some(at), value.value));
    // Of nobody there is nothing to break down, and what is not reported is not reported by groups either.
    let is_asked = counted.is_some_and(|counted| counted > Quantity::ZERO) || !of_groups.is_empty();
    let pointer = at.map_or_else(|| "/values".to_owned(), |at| format!("/values/{at}"));
    let (name, by) = (&indicator.name, &groups.by);
    let message = if of_groups.is_empty() {
        format!("`{name}` is asked for by {by}, and only the total is given.")
    } else {
        format!("`{name}` is asked for by {by}, and has no value for {}.", missing.join(", "))
    };
    let words = (message.as_str(), "Give a value for each group, or say for each that it is not reported. Nought is a value.");
    found.warn(is_asked && !missing.is_empty(), FindingRule::GroupsNotReported, &pointer, words);
    let (Some(total), Some(sum), true) = (counted, sum(&of_groups), groups.add && !indicator.is_percentage) else { return };
    let all_are_there = missing.is_empty() && of_groups.iter().all(|value| value.value.is_some());
    let message = format!("`{name}`: its groups come to {sum}, and the total says {total}.");
    let differs = sum > total || (sum < total && all_are_there);
    found.warn(differs, FindingRule::TotalNotSumOfGroups, &format!("{pointer}/value"), (&message, MEND));
}

/// What values come to; none where none is reported.
fn sum(values: &[&IndicatorValue]) -> Option<Quantity> {
    let numbers: Vec<Quantity> = values.iter().filter_map(|value| value.value).collect();
    if numbers.is_empty() { None } else { numbers.into_iter().try_fold(Quantity::ZERO, Quantity::checked_add) }
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::{asked, shown, value};
    use super::super::{Reported, findings};
    use super::*;

    fn content(values: Vec<IndicatorValue>) -> ReturnContent {
        ReturnContent { spend: Some(Vec::new()), values, ..ReturnContent::default() }
    }

    fn of_group(id: Id, group: &str, number: i32) -> IndicatorValue {
        IndicatorValue { group: Some(group.to_owned()), ..value(id, None, Reported::Reported, Some(number)) }
    }

    #[test]
    fn a_total_is_what_its_areas_come_to() {
        let [id, here, there] = [0; 3].map(|_| Id::new());
        let own_areas = vec![(here, "Dudley".to_owned()), (there, "Walsall".to_owned())];
        let asked = Asked { areas: [here, there].into(), own_areas, ..asked(id, false) };
        let of = |area, number| value(id, area, Reported::Reported, Some(number));
        let told = |values| shown(&findings(&content(values), &asked));
        assert_eq!(told(vec![of(None, 5), of(Some(here), 2), of(Some(there), 3)]), [""; 0]);
        let differs = ["warning /values/0/value total_not_sum_of_areas"];
        assert_eq!(told(vec![of(None, 6), of(Some(here), 2), of(Some(there), 3)]), differs);
        assert_eq!(told(vec![of(None, 4), of(Some(here), 2), of(Some(there), 3)]), differs);
        let unknown = value(id, Some(there), Reported::NotReported, None);
        assert_eq!(told(vec![of(None, 6), of(Some(here), 2), unknown]), [""; 0], "the area that is not reported may have the rest");
    }

    #[test]
    fn groups_are_asked_for_and_come_to_the_total() {
        let id = Id::new();
        let mut asked = asked(id, false);
        let names = ["under 18", "18 and over"].map(str::to_owned).to_vec();
        asked.indicators[0].groups = Some(AskedGroups { by: "age".to_owned(), names, add: true });
        let whole = |number| value(id, None, Reported::Reported, Some(number));
        let told = |values| shown(&findings(&content(values), &asked));
        assert_eq!(told(vec![whole(5)]), ["warning /values/0 groups_not_reported"]);
        assert_eq!(told(vec![whole(0)]), [""; 0], "of nobody there are no groups");
        let both = || vec![of_group(id, "under 18", 2), of_group(id, "18 and over", 3)];
        assert_eq!(told(both()), [""; 0]);
        assert_eq!(told([vec![whole(5)], both()].concat()), [""; 0]);
        assert_eq!(told([vec![whole(6)], both()].concat()), ["warning /values/0/value total_not_sum_of_groups"]);
        assert_eq!(told(vec![whole(6), of_group(id, "under 18", 2)]), ["warning /values/0 groups_not_reported"]);
        assert_eq!(told(vec![of_group(id, "children", 2)])[0], "error /values/0/group unknown_record");
    }
}
