//! Which figures of the board's quarter are hidden: those that tell of few people, and those that would give such away.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::kernel::{Id, Quantity, Quarter};
use crate::publishing::rules::is_of_people;
use crate::publishing::rules::pages::{Adding, Family, Leaf, Page, Place, Told, hidden as hidden_beside};
use crate::reports::board::counts::{Beside, Figures, place_of, points_of_year};
use crate::reports::board::overlaps::{Made, Points, Table, overlaps};
use crate::reports::indicators::rows::IndicatorReportRow;
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::IndicatorRow;

/// What is hidden of a quarter.
#[derive(Debug, Clone, Default)]
pub struct Hidden {
    /// The figures.
    pub figures: BTreeSet<Place>,
    /// The figures as returns were accepted: those that are hidden, and those that would tell of few people beside what adjustments made of them.
    pub accepted: BTreeSet<Place>,
}

/// Indicators of which one is of what another one counts, as far as they tell of people.
pub struct Members<'a> {
    /// How their counts belong together.
    pub family: Family,
    /// Each with its place among all indicators that are looked at together, in the order of the family.
    own: Vec<(usize, &'a IndicatorRow)>,
}

impl<'a> Members<'a> {
    /// Of indicators that are looked at together. What is not people is no member; a percentage is taken to be of people.
    pub fn of(indicators: &[&'a IndicatorRow], below: Quantity) -> Self {
        let (mut family, mut own) = (Family::default(), Vec::new());
        let mut main: BTreeMap<Id, usize> = BTreeMap::new();
        for (at, indicator) in indicators.iter().enumerate() {
            if !(is_of_people(&indicator.unit) || indicator.is_percentage()) {
                continue;
            }
            let (part, how) = (family.counts.len(), adding(indicator, below));
            main.insert(indicator.id, part);
            family.counts.push(how);
            family.told.push(if indicator.is_percentage() {
                family.counts.push(how);
                Told::Percentage { part, whole: part + 1, of: None }
            } else {
                Told::Count(part)
            });
            own.push((at, *indicator));
        }
        for (told, (_, indicator)) in family.told.iter_mut().zip(&own) {
            if let Told::Percentage { of, .. } = told {
                *of = indicator.subset_of_id.and_then(|id| main.get(&id)).copied();
            }
        }
        Self { family, own }
    }

    /// Each member with what it tells.
    pub fn each(&self) -> impl Iterator<Item = (&'a IndicatorRow, Told)> + '_ {
        self.own.iter().zip(&self.family.told).map(|((_, indicator), told)| (*indicator, *told))
    }

    /// Each member by its place among all indicators that are looked at together, with what it tells.
    pub fn places(&self) -> impl Iterator<Item = (usize, Told)> + '_ {
        self.own.iter().zip(&self.family.told).map(|((at, _), told)| (*at, *told))
    }

    /// A page of a table, with what it shows and hides.
    fn leaf_of(&self, had: &[Had]) -> Leaf {
        let mut leaf = self.empty();
        for (at, told) in self.places() {
            had.get(at).filter(|had| !had.is_empty()).into_iter().for_each(|had| put(&mut leaf, had.pages(told)));
        }
        leaf
    }

    /// A page with nothing on it.
    fn empty(&self) -> Leaf {
        vec![Page::default(); self.family.counts.len()]
    }

    /// The page of a quarter as it would be with nothing hidden.
    fn leaf(&self, figures: &[Figures], quarter: usize) -> Leaf {
        let mut leaf = self.empty();
        let none = Figures::new();
        for ((at, _), told) in self.own.iter().zip(&self.family.told) {
            put(&mut leaf, pages(*told, figures.get(*at).unwrap_or(&none), quarter));
        }
        leaf
    }
}

/// Indicators of which one is of what another one counts together, the others each by itself.
pub fn families(all: &[IndicatorRow]) -> Vec<Vec<&IndicatorRow>> {
    let whole: HashMap<Id, Id> = all.iter().filter_map(|one| Some((one.id, one.subset_of_id?))).collect();
    let mut families: Vec<(Id, Vec<&IndicatorRow>)> = Vec::new();
    let mut places: HashMap<Id, usize> = HashMap::new();
    for one in all {
        // No circle is made; were there one, it would end here.
        let root = std::iter::successors(Some(one.id), |id| whole.get(id).copied()).take(all.len() + 1).last().unwrap_or(one.id);
        let at = *places.entry(root).or_insert_with(|| {
            families.push((root, Vec::new()));
            families.len() - 1
        });
        families.get_mut(at).into_iter().for_each(|(_, own)| own.push(one));
    }
    families.into_iter().map(|(_, own)| own).collect()
}

/// What readers have of an indicator from another table, as far as it can be subtracted from the one that is to be shown.
#[derive(Debug, Clone, Default)]
pub struct Had {
    /// Its figures as they were known then, also those that it does not show.
    pub figures: Figures,
    /// What it shows.
    pub shown: BTreeMap<Place, Quantity>,
    /// What it shows as it was accepted, where that is another number.
    pub accepted: BTreeMap<Place, Quantity>,
    /// What it hides.
    pub hidden: BTreeSet<Place>,
}

impl Had {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.hidden.is_empty()
    }

    /// What it hides; a percentage that was another one then is taken for hidden, since nobody knows any more of how many it was.
    fn hides(&self, told: Told) -> BTreeSet<Place> {
        let is_other = |(place, value): &(&Place, &Quantity)| {
            self.figures.get(place).is_none_or(|row| row.value != Some(**value) || row.numerator.zip(row.denominator).is_none())
        };
        let is_percentage = matches!(told, Told::Percentage { .. });
        let others = self.shown.iter().filter(|one| is_percentage && is_other(one)).map(|(place, _)| *place);
        self.hidden.iter().copied().chain(others).collect()
    }

    /// Its pages by their counts.
    fn pages(&self, told: Told) -> Vec<(usize, Page)> {
        let hidden = self.hides(told);
        let known = |(count, mut page): (usize, Page)| {
            if let Told::Count(_) = told {
                page.figures.extend(self.shown.iter().map(|(place, value)| (*place, *value)));
            }
            page.shown = self.shown.keys().filter(|place| !hidden.contains(place)).copied().collect();
            page.hidden.clone_from(&hidden);
            (count, page)
        };
        pages(told, &self.figures, usize::MAX).into_iter().map(known).collect()
    }

    /// Its pages of a count as that was accepted.
    fn accepted(&self, told: Told) -> Option<(usize, Page)> {
        let Told::Count(count) = told else { return None };
        let shown = self.accepted.keys().copied().collect();
        (!self.accepted.is_empty()).then(|| (count, Page { figures: self.accepted.clone(), shown, hidden: BTreeSet::new() }))
    }
}

/// The places of each indicator that are hidden where all figures are told at once, as in a claim, beside what readers `had` of each from other tables.
/// What such a table hides is hidden here too. `others` are tables that have some of the returns in common with this one, whose own are `points`.
pub fn hidden_at_once(
    indicators: &[&IndicatorRow],
    (figures, points): (&[Figures], Vec<Points>),
    had: &[Vec<Had>],
    others: Vec<Table>,
    below: Quantity,
) -> Vec<BTreeSet<Place>> {
    let members = Members::of(indicators, below);
    let leaf = members.leaf(figures, 0);
    let mut earlier: Vec<Leaf> = Vec::new();
    let mut same: Leaf = leaf.iter().map(|page| Page { shown: BTreeSet::new(), ..page.clone() }).collect();
    for one in had {
        let (mut own, mut accepted) = (members.empty(), members.empty());
        for ((at, _), told) in members.own.iter().zip(&members.family.told) {
            let Some(had) = one.get(*at).filter(|had| !had.is_empty()) else { continue };
            put(&mut own, had.pages(*told));
            put(&mut accepted, had.accepted(*told));
            same.get_mut(told.main()).into_iter().for_each(|page| page.hidden.extend(had.hides(*told)));
        }
        earlier.extend([own, accepted]);
    }
    earlier.push(same);
    let hidden = hidden_beside_tables(&members, (&leaf, &earlier), vec![Made { page: None, points }], others);
    let mut all = vec![BTreeSet::new(); indicators.len()];
    for ((at, _), hidden) in members.own.iter().zip(hidden) {
        all.get_mut(*at).into_iter().for_each(|place| place.clone_from(&hidden));
    }
    all
}

/// What a page must hide of each member, beside earlier ones and beside tables that have some of the returns in common with them.
pub fn hidden_beside_tables(
    members: &Members<'_>,
    (leaf, leaves): (&Leaf, &[Leaf]),
    mut made: Vec<Made>,
    tables: Vec<Table>,
) -> Vec<BTreeSet<Place>> {
    let mut earlier = leaves.to_vec();
    for table in tables {
        made.push(Made { page: Some(earlier.len()), points: table.points });
        earlier.push(members.leaf_of(&table.had));
    }
    members.family.hidden(leaf, &earlier, &overlaps(members, &made))
}

/// Puts the pages of counts into a leaf.
fn put(leaf: &mut Leaf, pages: impl IntoIterator<Item = (usize, Page)>) {
    for (count, page) in pages {
        leaf.get_mut(count).into_iter().for_each(|place| place.clone_from(&page));
    }
}

/// The pages of what an indicator tells, as they would be with nothing hidden, by their counts.
pub fn pages(told: Told, figures: &Figures, quarter: usize) -> Vec<(usize, Page)> {
    let page = |value: fn(&IndicatorReportRow) -> Option<Quantity>| page(figures, quarter, value);
    match told {
        Told::Count(count) => vec![(count, page(|row| row.value))],
        // A percentage that does not say what it is of tells of nobody.
        Told::Percentage { part, whole, .. } => {
            vec![(part, page(|row| row.denominator.and(row.numerator))), (whole, page(|row| row.numerator.and(row.denominator)))]
        }
    }
}

fn page(figures: &Figures, quarter: usize, value: fn(&IndicatorReportRow) -> Option<Quantity>) -> Page {
    let upto = figures.iter().filter(|(place, _)| place.quarter <= quarter);
    let figures: BTreeMap<Place, Quantity> = upto.filter_map(|(place, row)| Some((*place, value(row)?))).collect();
    let shown = figures.keys().filter(|place| place.quarter == quarter).copied().collect();
    Page { figures, shown, ..Page::default() }
}

/// How the figures of an indicator belong together. Of percentages parts and wholes are added where they have a mean; what holds what was before grows from
/// quarter to quarter, and what it grew is a figure.
pub fn adding(indicator: &IndicatorRow, below: Quantity) -> Adding {
    let is_sum = |how: &str| how == "sum" || (indicator.is_percentage() && how == "average");
    Adding { over_areas: is_sum(&indicator.over_areas), over_time: is_sum(&indicator.over_time) || indicator.is_cumulative(), below }
}

/// The places of each indicator that are hidden, beside the pages that the board has. A quarter of the year that has none is taken to have one as it is
/// known now, so that it can still be gathered later.
pub fn hidden(
    indicators: &[&IndicatorRow],
    figures: &[Figures],
    points: &[&[Point]],
    quarter: Quarter,
    beside: &Beside<'_>,
) -> Vec<Hidden> {
    let members = Members::of(indicators, beside.below);
    let mut all = vec![Hidden::default(); indicators.len()];
    if members.own.is_empty() || figures.iter().all(BTreeMap::is_empty) {
        return all;
    }
    let family = &members.family;
    let mut leaves: Vec<Leaf> = beside.earlier.leaves_of(&members, beside.known.areas);
    let has_page = |one: &Quarter| beside.earlier.quarters().any(|other| other == *one);
    for one in quarter.year().quarters().into_iter().take_while(|one| *one < quarter).filter(|one| !has_page(one)) {
        let leaf = family.beside(members.leaf(figures, place_of(one)), &leaves);
        leaves.push(leaf);
    }
    let bare = members.leaf(figures, place_of(quarter));
    let mut own = family.beside(bare.clone(), &leaves);
    for more in beside.funders.hidden((&members, indicators), &bare, &leaves, &own_points(indicators, points, quarter, beside), beside) {
        family.hide(&mut own, &more);
    }
    leaves.push(own.clone());
    for (((at, _), told), how) in
        members.own.iter().zip(&family.told).zip(family.told.iter().filter_map(|told| family.counts.get(told.main())))
    {
        let (Some(figures), Some(page), Some(into)) = (figures.get(*at), own.get(told.main()), all.get_mut(*at)) else { continue };
        let accepted = match told {
            Told::Count(count) => {
                let pages: Vec<Page> = leaves.iter().filter_map(|leaf| leaf.get(*count)).cloned().collect();
                let accepted = accepted(figures, page);
                if accepted.figures == page.figures { BTreeSet::new() } else { hidden_beside(&accepted, &pages, *how) }
            }
            // Of how many people a percentage was accepted is not kept beside it, so one that was adjusted is told alone.
            Told::Percentage { .. } => {
                let is_adjusted = |row: &IndicatorReportRow| row.value != row.accepted_value && row.numerator.is_some();
                figures.iter().filter(|(_, row)| is_adjusted(row)).map(|(place, _)| *place).collect()
            }
        };
        *into = Hidden { accepted: page.hidden.union(&accepted).copied().collect(), figures: page.hidden.clone() };
    }
    all
}

/// What the figures of the year up to a quarter are made of, as it is known now.
fn own_points(indicators: &[&IndicatorRow], points: &[&[Point]], quarter: Quarter, beside: &Beside<'_>) -> Vec<Points> {
    if beside.funders.is_empty() {
        return Vec::new();
    }
    let of = |(indicator, points): (&&IndicatorRow, &&[Point])| points_of_year(indicator, points, quarter, beside.known.owed);
    indicators.iter().zip(points).map(of).collect()
}

/// The same page with the figures as returns were accepted; what is hidden of it stays hidden.
fn accepted(figures: &Figures, own: &Page) -> Page {
    let of_page = figures.iter().filter(|(place, _)| own.figures.contains_key(place));
    let figures: BTreeMap<Place, Quantity> = of_page.filter_map(|(place, row)| Some((*place, row.accepted_value?))).collect();
    let shown = own.shown.iter().filter(|place| figures.contains_key(place)).copied().collect();
    Page { figures, shown, hidden: BTreeSet::new() }
}
