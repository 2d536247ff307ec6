//! What the targets of an indicator promise together. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Quantity};

words! {
    /// Why it is not told what was promised.
    pub enum PromiseWarning {
        /// The targets are of other awards too than are asked for, and are not cut up.
        OfOtherAwards = "of_other_awards",
        /// A target is of other days too than are asked for, or of no days that are known, and is not cut up.
        OfOtherDays = "of_other_days",
    }
}

/// A target: for which area and days, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aim {
    /// The area; none for all together.
    pub area: Option<Id>,
    /// Its days, where they are known.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// How much.
    pub target: Quantity,
}

/// What some targets promise together: those of all areas where there are any, and otherwise those of areas, where these may be added. Of targets whose days
/// lie within those of another the longer one counts alone, and where amounts of several times are not added, the last one. Nothing where none is left
/// that can be told.
#[must_use]
pub fn promised(aims: &[Aim], adds_over_time: bool, adds_over_areas: bool) -> Option<Quantity> {
    let mut by_area: BTreeMap<Option<Id>, Vec<&Aim>> = BTreeMap::new();
    aims.iter().for_each(|aim| by_area.entry(aim.area).or_default().push(aim));
    if let Some(of_all) = by_area.remove(&None) {
        return over_time(&of_all, adds_over_time);
    }
    if by_area.len() > 1 && !adds_over_areas {
        return None;
    }
    sum(by_area.values().map(|own| over_time(own, adds_over_time)))
}

fn over_time(own: &[&Aim], adds: bool) -> Option<Quantity> {
    if !adds {
        return own.iter().max_by_key(|aim| aim.days.map(|(_, last)| last)).map(|aim| aim.target);
    }
    let is_within = |inner: &Aim, outer: &Aim| match (inner.days, outer.days) {
        (Some((from, to)), Some((first, last))) => first <= from && to <= last && (first, last) != (from, to),
        _ => false,
    };
    let longest = own.iter().filter(|aim| !own.iter().any(|other| is_within(aim, other)));
    sum(longest.map(|aim| Some(aim.target)))
}

fn sum(mut all: impl Iterator<Item = Option<Quantity>>) -> Option<Quantity> {
    let first = all.next()??;
    all.try_fold(first, |sum, one| sum.checked_add(one?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aim(area: Option<Id>, from: &str, to: &str, target: i32) -> Aim {
        Aim { area, days: Some((from.parse().unwrap(), to.parse().unwrap())), target: Quantity::whole(target) }
    }

    #[test]
    fn a_year_is_not_promised_again_by_its_quarters() {
        let year = aim(None, "2020-04-01", "2021-03-31", 10);
        let (first, second) = (aim(None, "2020-04-01", "2020-06-30", 4), aim(None, "2020-07-01", "2020-09-30", 6));
        assert_eq!(promised(&[first, second], true, true), Some(Quantity::whole(10)));
        assert_eq!(promised(&[first, year, second], true, true), Some(Quantity::whole(10)));
        assert_eq!(promised(&[second, first], false, true), Some(Quantity::whole(6)), "the last one, where they are not added");
        assert_eq!(promised(&[], true, true), None);
    }

    #[test]
    fn areas_are_added_where_they_may_be_and_all_together_goes_before() {
        let one = |area| aim(area, "2020-04-01", "2021-03-31", 3);
        let areas = [one(Some(Id::new())), one(Some(Id::new()))];
        assert_eq!(promised(&areas, true, true), Some(Quantity::whole(6)));
        assert_eq!(promised(&areas, true, false), None);
        assert_eq!(promised(&[areas[0], one(None), areas[1]], true, false), Some(Quantity::whole(3)));
    }
}
