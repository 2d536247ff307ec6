//! Of which returns the figures of several tables are made, and so what they have in common. Pure.
//!
//! A claim counts the awards that a budget line pays, in the days of the claim; a page of the board counts all awards, in a quarter and in the year so far. Both
//! count some of the same returns. Whoever has both subtracts, also with a third table: what is in some of them and not in others are the pieces that must
//! not be of few people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::adding::Amount;
use crate::kernel::{Id, Quantity};
use crate::publishing::rules::pages::{Overlap, Place, Told};
use crate::reports::board::hiding::{Had, Members};
use crate::reports::indicators::rules::Point;

/// Where figures of tables stand that are no page of the board's year: each table has a time of its own.
const ELSEWHERE: usize = 100;

/// The points that are in each figure of an indicator.
pub type Points = BTreeMap<Place, Vec<Point>>;

/// What the figures of a page are made of, by indicator.
pub struct Made {
    /// Which of the earlier pages it is; none for the new one.
    pub page: Option<usize>,
    /// By the indicators that are looked at together.
    pub points: Vec<Points>,
}

/// A table beside others, by the indicators that are looked at together: what it shows and hides, and what its figures are made of.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What readers have of each.
    pub had: Vec<Had>,
    /// What is in each.
    pub points: Vec<Points>,
}

/// The time at which figures of a table stand that has its own.
#[must_use]
pub const fn elsewhere(table: usize) -> usize {
    ELSEWHERE + table
}

/// The points of some days, altogether and by area.
#[must_use]
pub fn by_area(points: &[Point], quarter: usize, is_to_date: bool) -> Points {
    let mut all = Points::new();
    for point in points.iter().filter(|point| point.value.is_some()) {
        for area in [None].into_iter().chain(point.area.map(Some)) {
            all.entry(Place { area, quarter, is_to_date }).or_default().push(point.clone());
        }
    }
    all
}

/// Where a number was reported: award, return, area and days.
type Key = (Option<Id>, Option<Id>, Option<Id>, (Option<NaiveDate>, Option<NaiveDate>));

/// How much of a count an amount is.
type Part = fn(&Amount) -> Option<Quantity>;

/// What the figures of these pages have in common.
#[must_use]
pub fn overlaps(members: &Members<'_>, all: &[Made]) -> Vec<Overlap> {
    let mut found = Vec::new();
    for (at, told) in members.places() {
        let of: Vec<(Option<usize>, &Points)> = all.iter().filter_map(|made| Some((made.page, made.points.get(at)?))).collect();
        let areas: BTreeSet<Option<Id>> = of.iter().flat_map(|(_, points)| points.keys().map(|place| place.area)).collect();
        for (count, part) in parts(told) {
            found.extend(areas.iter().filter_map(|area| overlap(count, part, *area, &of)));
        }
    }
    found
}

/// The counts of what an indicator tells, and how much of each an amount is.
fn parts(told: Told) -> Vec<(usize, Part)> {
    match told {
        Told::Count(count) => vec![(count, |amount| Some(amount.value))],
        Told::Percentage { part, whole, .. } => vec![(part, |amount| amount.whole.map(|_| amount.value)), (whole, |amount| amount.whole)],
    }
}

/// What the figures of a count have in common in an area, or altogether.
fn overlap(count: usize, part: Part, area: Option<Id>, of: &[(Option<usize>, &Points)]) -> Option<Overlap> {
    let own = of.iter().flat_map(|(page, points)| points.iter().map(move |(place, points)| (*page, *place, points)));
    let figures: Vec<(Option<usize>, Place, &Vec<Point>)> = own.filter(|(_, place, _)| place.area == area).collect();
    if figures.len() < 2 {
        return None;
    }
    let mut numbers: BTreeMap<Key, BTreeMap<usize, i64>> = BTreeMap::new();
    for (at, (.., points)) in figures.iter().enumerate() {
        for point in *points {
            let Some(number) = point.value.and_then(|amount| part(&amount)) else { continue };
            let key = (point.award, point.source, point.area, point.days);
            *numbers.entry(key).or_default().entry(at).or_default() += number.0;
        }
    }
    let mut pieces: BTreeMap<BTreeSet<usize>, i64> = BTreeMap::new();
    for (in_figures, number) in numbers.into_values().flat_map(levels) {
        *pieces.entry(in_figures).or_default() += number;
    }
    let is_in = |at: usize| pieces.keys().enumerate().filter(|(_, of)| of.contains(&at)).map(|(piece, _)| piece).collect();
    let figures = figures.iter().enumerate().map(|(at, (page, place, _))| (*page, *place, is_in(at))).collect();
    Some(Overlap { count, figures, pieces: pieces.values().map(|number| Quantity(*number)).collect() })
}

/// A number that figures have: what it is in all of them, and by how much it is more in some, since it was adjusted between them.
fn levels(numbers: BTreeMap<usize, i64>) -> Vec<(BTreeSet<usize>, i64)> {
    let (mut all, mut before) = (Vec::new(), 0);
    let in_some =
        |is_so: &dyn Fn(i64) -> bool| numbers.iter().filter(|(_, own)| is_so(**own)).map(|(at, _)| *at).collect::<BTreeSet<usize>>();
    for level in numbers.values().copied().collect::<BTreeSet<i64>>() {
        if level < 0 {
            all.push((in_some(&|own| own == level), level));
            continue;
        }
        all.push((in_some(&|own| own >= level), level - before));
        before = level;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_adjusted_between_two_tables_is_a_piece() {
        let told = |numbers: &[(usize, i64)]| levels(numbers.iter().copied().collect());
        let of = |figures: &[usize], number: i64| (figures.iter().copied().collect::<BTreeSet<usize>>(), number);
        assert_eq!(told(&[(0, 50), (1, 52), (2, 52)]), [of(&[0, 1, 2], 50), of(&[1, 2], 2)]);
        assert_eq!(told(&[(0, 7), (2, 7)]), [of(&[0, 2], 7)]);
        assert_eq!(told(&[(1, -3)]), [of(&[1], -3)]);
    }
}
