//! Totals beside their parts: areas of an award, groups into which an indicator is broken down. Pure.

use std::collections::BTreeSet;

use super::asked::{Asked, AskedGroups, AskedIndicator};
use super::findings::{FindingRule, Gathered};
use super::{IndicatorValue, ReturnContent};
use crate::kernel::{Id, Quantity};

/// Whether a value's group is one of its indicator's.
pub(super) fn check_group(found: &mut Gathered, pointer: &str, value: &IndicatorValue, indicator: &AskedIndicator) {
    let Some(group) = &value.group else { return };
    let Some(groups) = &indicator.groups else {
        let words = ("This indicator is not broken down into groups.", "Give its value without a group.");
        found.require(false, FindingRule::NotAllowed, pointer, words);
        return;
    };
    let mend = format!("Name one of these: {}.", groups.names.join(", "));
    let words = ("This indicator has no such group.", mend.as_str());
    found.require(groups.names.contains(group), FindingRule::UnknownRecord, pointer, words);
}

/// The values of one indicator in one area, or in all, with their places in the content.
struct Place<'v> {
    area: Option<Id>,
    /// The value of all groups together.
    whole: Option<(usize, &'v IndicatorValue)>,
    groups: Vec<(usize, &'v IndicatorValue)>,
}

impl<'v> Place<'v> {
    fn of(content: &'v ReturnContent, indicator: &AskedIndicator, area: Option<Id>) -> Self {
        let values = content.values.iter().enumerate();
        let own = values.filter(|(_, value)| value.indicator_id == indicator.id && value.area_id == area);
        let (wholes, groups): (Vec<_>, Vec<_>) = own.partition(|(_, value)| value.group.is_none());
        Self { area, whole: wholes.first().copied(), groups }
    }

    fn first(&self) -> usize {
        self.whole.iter().chain(&self.groups).map(|(at, _)| *at).min().unwrap_or_default()
    }

    /// What the groups come to; none where none has a value.
    fn sum_of_groups(&self) -> Option<Quantity> {
        sum(self.groups.iter().filter_map(|(_, value)| value.value))
    }

    /// What it comes to: as reported, or as its groups add up.
    fn counted(&self, groups_add: bool) -> Option<Quantity> {
        let told = self.whole.and_then(|(_, value)| value.value);
        told.or_else(|| self.sum_of_groups().filter(|_| groups_add))
    }
}

/// Holds each total against its parts.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for indicator in &asked.indicators {
        let own = content.values.iter().filter(|value| value.indicator_id == indicator.id);
        let areas: BTreeSet<Option<Id>> = own.map(|value| value.area_id).collect();
        let places: Vec<Place<'_>> = areas.into_iter().map(|area| Place::of(content, indicator, area)).collect();
        if indicator.areas_add && !indicator.is_percentage {
            check_areas(found, &places, indicator, asked);
        }
        check_subset(found, &places, indicator, (content, asked));
        if let Some(groups) = &indicator.groups {
            // Where areas are told by groups, all of them together need not be.
            let is_told_by_area = places.iter().any(|place| place.area.is_some() && !place.groups.is_empty());
            let counts = |place: &&Place<'_>| place.area.is_some() || !place.groups.is_empty() || !is_told_by_area;
            places.iter().filter(counts).for_each(|place| check_groups(found, place, (indicator, groups), asked));
        }
        // Where groups are of people under 18, what is missing of them is told with the groups.
        if indicator.counts_under_18 && !indicator.groups.as_ref().is_some_and(|groups| groups.tell_under_18) {
            places.iter().for_each(|place| check_under_18(found, place, indicator));
        }
    }
}

/// Holds what a percentage is of against the indicator that counts it. A warning: somebody may tell of a thing in another quarter than that in
/// which they were counted, and only the provider knows.
fn check_subset(found: &mut Gathered, places: &[Place<'_>], indicator: &AskedIndicator, (content, asked): (&ReturnContent, &Asked)) {
    let Some(whole) = indicator.subset_of.and_then(|id| asked.indicators.iter().find(|one| one.id == id)) else { return };
    let groups_add = whole.groups.as_ref().is_some_and(|groups| groups.add);
    for place in places {
        let Some((at, given)) = place.whole.and_then(|(at, value)| Some((at, value.denominator?))) else { continue };
        let Some(counted) = Place::of(content, whole, place.area).counted(groups_add) else { continue };
        let message =
            format!("`{}` is of those whom `{}` counts, which are {counted}, and is given of {given}.", indicator.name, whole.name);
        let mend = format!("Give it of {counted}, or check `{}`. Where both are right, explain the warning.", whole.name);
        let pointer = format!("/values/{at}/denominator");
        found.warn(given != counted, FindingRule::DenominatorNotCounted, &pointer, (&message, &mend));
    }
}

const MEND: &str = "Check the numbers, or leave the total out: it is put together from them. Where all are right, explain the warning.";

fn check_areas(found: &mut Gathered, places: &[Place<'_>], indicator: &AskedIndicator, asked: &Asked) {
    let all = places.iter().find(|place| place.area.is_none()).and_then(|place| place.whole);
    let Some((at, total)) = all.and_then(|(at, value)| Some((at, value.value?))) else { return };
    let groups_add = indicator.groups.as_ref().is_some_and(|groups| groups.add);
    let counted = |place: &Place<'_>| place.counted(groups_add);
    let Some(sum) = sum(places.iter().filter(|place| place.area.is_some()).filter_map(counted)) else { return };
    let is_there = |area: &Id| places.iter().any(|place| place.area == Some(*area) && counted(place).is_some());
    let all_are_there = !asked.own_areas.is_empty() && asked.own_areas.iter().all(|(area, _)| is_there(area));
    let message = format!("`{}`: its areas come to {sum}, and the total says {total}.", indicator.name);
    let differs = sum > total || (sum < total && all_are_there);
    found.warn(differs, FindingRule::TotalNotSumOfAreas, &format!("/values/{at}/value"), (&message, MEND));
}

/// An indicator that counts people under 18 tells how many they are: as groups, or in an explanation where the office gave none.
fn check_under_18(found: &mut Gathered, place: &Place<'_>, indicator: &AskedIndicator) {
    let Some((at, _)) = place.whole.filter(|(_, value)| value.value.is_some_and(|counted| counted > Quantity::ZERO)) else { return };
    let message = format!("`{}` counts people under 18 too, and does not tell how many they are.", indicator.name);
    let words = (message.as_str(), "Explain the warning: say how many of them were under 18, and under 11, or that you do not know it.");
    found.warn(true, FindingRule::UnderEighteenNotTold, &format!("/values/{at}/value"), words);
}

fn check_groups(found: &mut Gathered, place: &Place<'_>, (indicator, groups): (&AskedIndicator, &AskedGroups), asked: &Asked) {
    let of_place = |group: &String| place.groups.iter().find(|(_, value)| value.group.as_ref() == Some(group));
    let names_all = |(_, value): &(usize, &IndicatorValue)| value.group.as_ref().is_some_and(|group| groups.names.contains(group));
    // Of a group that there is not, that is said, and the rest only follows from it.
    if !place.groups.iter().all(names_all) {
        return;
    }
    let missing: Vec<&str> = groups.names.iter().filter(|name| of_place(name).is_none()).map(String::as_str).collect();
    let counted = place.whole.and_then(|(_, value)| value.value);
    // Of nobody there is nothing to break down, and what is not reported is not reported by groups either.
    let is_asked = counted.is_some_and(|counted| counted > Quantity::ZERO) || !place.groups.is_empty();
    let area = place.area.and_then(|id| asked.own_areas.iter().chain(&indicator.aimed_at).find(|(own, _)| *own == id));
    let named = area.map(|(_, name)| format!(" in {name}")).unwrap_or_default();
    let (name, by, pointer) = (&indicator.name, &groups.by, format!("/values/{}", place.first()));
    let message = if place.groups.is_empty() {
        format!("`{name}`{named} is asked for by {by}, and only the total is given.")
    } else {
        format!("`{name}`{named} is asked for by {by}, and has no value for {}.", missing.join(", "))
    };
    let words = (message.as_str(), "Give a value for each group, or say for each that it is not reported. Nought is a value.");
    found.warn(is_asked && !missing.is_empty(), FindingRule::GroupsNotReported, &pointer, words);
    let message = format!("`{name}`{named} has values by {by} and no total, and somebody may be in two groups.");
    let words = (message.as_str(), "Give the total too.");
    found.warn(!groups.become_one && place.whole.is_none(), FindingRule::TotalNotReported, &pointer, words);
    let adds = groups.add && !indicator.is_percentage;
    let (Some((at, _)), Some(total), Some(sum), true) = (place.whole, counted, place.sum_of_groups(), adds) else { return };
    let all_are_there = missing.is_empty() && place.groups.iter().all(|(_, value)| value.value.is_some());
    let message = format!("`{name}`{named}: its groups come to {sum}, and the total says {total}.");
    let differs = sum > total || (sum < total && all_are_there);
    found.warn(differs, FindingRule::TotalNotSumOfGroups, &format!("/values/{at}/value"), (&message, MEND));
}

/// What numbers come to; none where there are none.
fn sum(numbers: impl Iterator<Item = Quantity>) -> Option<Quantity> {
    let numbers: Vec<Quantity> = numbers.collect();
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
        asked.indicators[0].groups = Some(AskedGroups { by: "age".to_owned(), names, add: true, become_one: true, tell_under_18: true });
        let whole = |number| value(id, None, Reported::Reported, Some(number));
        let told = |values| shown(&findings(&content(values), &asked));
        assert_eq!(told(vec![whole(5)]), ["warning /values/0 groups_not_reported"]);
        assert_eq!(told(vec![whole(0)]), [""; 0], "of nobody there are no groups");
        let both = || vec![of_group(id, "under 18", 2), of_group(id, "18 and over", 3)];
        assert_eq!(told(both()), [""; 0]);
        assert_eq!(told([vec![whole(5)], both()].concat()), [""; 0]);
        assert_eq!(told([vec![whole(6)], both()].concat()), ["warning /values/0/value total_not_sum_of_groups"]);
        assert_eq!(told(vec![whole(6), of_group(id, "under 18", 2)]), ["warning /values/0 groups_not_reported"]);
        assert_eq!(told(vec![of_group(id, "children", 2)]), ["error /values/0/group unknown_record"]);
        // People may be in two of these groups, so that only the provider knows the total.
        asked.indicators[0].groups.as_mut().unwrap().become_one = false;
        asked.indicators[0].groups.as_mut().unwrap().add = false;
        let told = |values| shown(&findings(&content(values), &asked));
        assert_eq!(told(both()), ["warning /values/0 total_not_reported"]);
        assert_eq!(told([vec![whole(4)], both()].concat()), [""; 0]);
    }

    #[test]
    fn people_under_18_are_told() {
        let id = Id::new();
        let mut asked = asked(id, false);
        let told = |asked: &Asked, number| shown(&findings(&content(vec![value(id, None, Reported::Reported, Some(number))]), asked));
        assert_eq!(told(&asked, 5), [""; 0]);
        asked.indicators[0].counts_under_18 = true;
        assert_eq!(told(&asked, 5), ["warning /values/0/value under_eighteen_not_told"]);
        assert_eq!(told(&asked, 0), [""; 0], "of nobody nobody is under 18");
        let groups = |names: [&str; 2], tell_under_18| {
            let names = names.map(str::to_owned).to_vec();
            Some(AskedGroups { by: "age".to_owned(), names, add: true, become_one: true, tell_under_18 })
        };
        asked.indicators[0].groups = groups(["under 18", "18 and over"], true);
        assert_eq!(told(&asked, 5), ["warning /values/0 groups_not_reported"]);
        asked.indicators[0].groups = groups(["police", "others"], false);
        assert_eq!(told(&asked, 5), ["warning /values/0 groups_not_reported", "warning /values/0/value under_eighteen_not_told"]);
    }

    #[test]
    fn areas_by_groups_come_to_the_total_too() {
        let [id, here] = [0; 2].map(|_| Id::new());
        let mut asked = Asked { areas: [here].into(), own_areas: vec![(here, "Dudley".to_owned())], ..asked(id, false) };
        let names = ["under 18", "18 and over"].map(str::to_owned).to_vec();
        asked.indicators[0].groups = Some(AskedGroups { by: "age".to_owned(), names, add: true, become_one: true, tell_under_18: true });
        let group = |group, number| IndicatorValue { area_id: Some(here), ..of_group(id, group, number) };
        let told = |total| {
            let values = vec![value(id, None, Reported::Reported, Some(total)), group("under 18", 2), group("18 and over", 3)];
            shown(&findings(&content(values), &asked))
        };
        assert_eq!(told(5), [""; 0]);
        assert_eq!(told(6), ["warning /values/0/value total_not_sum_of_areas"]);
    }
}
