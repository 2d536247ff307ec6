//! What readers of several pages know together. Pure.
//!
//! Whoever has all pages of a year can subtract: an area from the total, a quarter from the year, an older page from a newer one. So all that was
//! shown and hidden before goes into one table with the new page, figure by figure:
//!
//! - A figure that is the same on two pages is one count: shown once, it is known; hidden once, it stays hidden.
//! - A figure that changed is two counts. Where they differ by very few people, so does what was reported between them, and that difference is a count
//!   of its own that nobody may work out.
//! - A figure that no page shows, such as an earlier quarter as it is known by now, is a count that may be worked out unless it is small.
//! - What is in a total and in none of its parts, such as what a provider counted in no area, is such a count too.
//! - Figures of different tables that count some of the same returns, as a claim and a page of the board do, overlap: what one counts and another one does not
//!   is a count as well, and so is each piece that is in some of them and not in others ([`Overlap`]).
//! - A percentage tells its part and what it is of: who sees it is taken to know both, since few numbers have such a share, and what it is of often stands
//!   beside it. So both go into the table as counts of people do, and those who are not in the part, who add up as they do; a percentage is hidden where
//!   any of them is few, or would tell few. Indicators of which one is of what another one counts share a table.

mod overlap;

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Id, Quantity};
use crate::publishing::rules::{Sum, Table, is_small};

pub use overlap::Overlap;

/// Where a figure stands: of an area or of all together, in a quarter of the year or in the year up to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The area; none for all together.
    pub area: Option<Id>,
    /// The quarter of the year, from 0.
    pub quarter: usize,
    /// Whether it is of the year so far.
    pub is_to_date: bool,
}

/// A page: the figures of one indicator as they were known, and which of them it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The figures of the year up to the page's quarter, also those that no page shows. What was not reported is missing.
    pub figures: BTreeMap<Place, Quantity>,
    /// Which of them it shows; of a page to be made, which it would.
    pub shown: BTreeSet<Place>,
    /// Which of them it hides.
    pub hidden: BTreeSet<Place>,
}

/// How the figures of an indicator belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adding {
    /// Whether areas come to all together.
    pub over_areas: bool,
    /// Whether quarters come to the year.
    pub over_time: bool,
    /// Below this a count is small.
    pub below: Quantity,
}

impl Page {
    /// Makes the page: hides what must not be shown beside what `earlier` pages show.
    #[must_use]
    pub fn beside(mut self, earlier: &[Self], how: Adding) -> Self {
        let hidden = hidden(&self, earlier, how);
        self.hide(&hidden);
        self.hidden = hidden;
        self
    }

    /// Shows some figures no more.
    fn hide(&mut self, hidden: &BTreeSet<Place>) {
        self.shown.retain(|place| !hidden.contains(place));
    }
}

/// What an indicator tells, by the places of its counts among those of its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A count of people.
    Count(usize),
    /// A percentage.
    Percentage {
        /// How many.
        part: usize,
        /// Out of how many.
        whole: usize,
        /// The count that the whole is of where the two are the same.
        of: Option<usize>,
    },
}

impl Told {
    /// The count that stands for what it tells.
    #[must_use]
    pub const fn main(self) -> usize {
        match self {
            Self::Count(count) | Self::Percentage { part: count, .. } => count,
        }
    }

    /// All counts that it tells.
    fn counts(self) -> Vec<usize> {
        match self {
            Self::Count(count) => vec![count],
            Self::Percentage { part, whole, .. } => vec![part, whole],
        }
    }
}

/// Indicators whose counts hang together: of which one is of what another one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// How the figures of each count add up.
    pub counts: Vec<Adding>,
    /// What each indicator tells.
    pub told: Vec<Told>,
}

/// A page of a family: one of each of its counts.
pub type Leaf = Vec<Page>;

impl Family {
    /// Makes a page of the family: hides what must not be shown beside what `earlier` ones show.
    #[must_use]
    pub fn beside(&self, mut leaf: Leaf, earlier: &[Leaf]) -> Leaf {
        let hidden = self.hidden(&leaf, earlier, &[]);
        self.hide(&mut leaf, &hidden);
        leaf
    }

    /// Hides figures of each indicator on a page.
    pub fn hide(&self, leaf: &mut Leaf, hidden: &[BTreeSet<Place>]) {
        for (told, hidden) in self.told.iter().zip(hidden) {
            for count in told.counts() {
                let Some(page) = leaf.get_mut(count) else { continue };
                page.hide(hidden);
                if count == told.main() {
                    page.hidden.extend(hidden);
                }
            }
        }
    }

    /// The count of which a count is one where the two are the same.
    fn shared(&self, count: usize) -> Option<usize> {
        let of = |told: &Told| if let Told::Percentage { whole, of, .. } = told { of.filter(|_| *whole == count) } else { None };
        self.told.iter().find_map(of)
    }

    fn below(&self) -> Quantity {
        self.counts.first().map_or(Quantity::ZERO, |how| how.below)
    }

    fn has_percentages(&self) -> bool {
        self.told.iter().any(|told| matches!(told, Told::Percentage { .. }))
    }
}

/// What a count is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// A figure of a count.
    Figure(usize, Place),
    /// What of a total is in none of its areas.
    NoArea(usize, usize, bool),
    /// What of the year so far is in none of its quarters.
    NoQuarter(usize, Option<Id>, usize),
    /// By how much the year so far grew in a quarter.
    Growth(usize, Option<Id>, usize),
    /// By how much a figure changed, from one value to another.
    Change(usize, Place, Quantity),
    /// Those who are not in the part of a percentage.
    Rest(usize, Place),
    /// What of those in a total is in none of its parts.
    RestApart(usize, Place),
    /// What some overlapping figures have in common and others do not.
    Piece(usize, usize),
    /// What some pieces of few people come to.
    Together(usize, usize),
    /// By how much one of two overlapping figures is more than the other, which it holds.
    More(usize, usize, usize),
}

/// The counts that readers may know, and how they belong together.
#[derive(Default)]
struct Readers {
    counts: BTreeMap<(Of, Quantity), usize>,
    values: Vec<Quantity>,
    sums: BTreeSet<(usize, Vec<usize>)>,
}

impl Readers {
    fn count(&mut self, of: Of, value: Quantity) -> usize {
        *self.counts.entry((of, value)).or_insert_with(|| {
            self.values.push(value);
            self.values.len() - 1
        })
    }

    /// A figure of a count on a page. What a percentage is of is the figure that it is of, where the two are the same.
    fn figure(&mut self, (family, leaf): (&Family, &[Page]), count: usize, place: Place) -> Option<usize> {
        let value = *leaf.get(count)?.figures.get(&place)?;
        let is_same = |other: &usize| leaf.get(*other).and_then(|page| page.figures.get(&place)) == Some(&value);
        let count = family.shared(count).filter(is_same).unwrap_or(count);
        Some(self.count(Of::Figure(count, place), value))
    }

    /// The counts of figures that pages of some counts name.
    fn of(&mut self, (family, leaf): (&Family, &[Page]), of: &[usize], named: fn(&Page) -> &BTreeSet<Place>) -> BTreeSet<usize> {
        let pages = of.iter().filter_map(|count| Some((*count, leaf.get(*count)?)));
        let places = pages.flat_map(|(count, page)| named(page).iter().map(move |place| (count, *place)));
        places.filter_map(|(count, place)| self.figure((family, leaf), count, place)).collect()
    }

    /// A total and its parts on a page.
    fn sum(&mut self, on: (&Family, &[Page]), count: usize, (total, parts): (Place, &[Place]), rest: Option<Of>) {
        let mut told = |place: &Place| Some((*on.1.get(count)?.figures.get(place)?, self.figure(on, count, *place)?));
        let (total, parts) = (told(&total), parts.iter().filter_map(told).collect::<Vec<_>>());
        total.into_iter().for_each(|total| self.sum_of(total, &parts, rest));
    }

    /// A total and its parts, and what is left of it: nought of that is none. Where parts exceed their total, they do not come to it.
    fn sum_of(&mut self, (value, total): (Quantity, usize), parts: &[(Quantity, usize)], rest: Option<Of>) {
        if parts.is_empty() {
            return;
        }
        let left = Quantity(value.0 - parts.iter().map(|(value, _)| value.0).sum::<i64>());
        let rest = match rest {
            _ if left == Quantity::ZERO => None,
            Some(rest) if left > Quantity::ZERO => Some(self.count(rest, left)),
            _ => return,
        };
        self.sums.insert((total, parts.iter().map(|(_, at)| *at).chain(rest).collect()));
    }

    /// How the figures of a page add up: areas to all together, quarters to the year.
    fn add(&mut self, on: (&Family, &[Page])) {
        for (count, (page, how)) in on.1.iter().zip(&on.0.counts).enumerate() {
            let areas: BTreeSet<Option<Id>> = page.figures.keys().map(|place| place.area).collect();
            let times: BTreeSet<(usize, bool)> = page.figures.keys().map(|place| (place.quarter, place.is_to_date)).collect();
            for (quarter, is_to_date) in times {
                let at = |area: Option<Id>| Place { area, quarter, is_to_date };
                let parts: Vec<Place> = areas.iter().filter(|area| area.is_some()).map(|area| at(*area)).collect();
                self.sum(on, count, (at(None), &parts), how.over_areas.then_some(Of::NoArea(count, quarter, is_to_date)));
                if !(how.over_time && is_to_date) {
                    continue;
                }
                for area in &areas {
                    let at = |quarter: usize, is_to_date: bool| Place { area: *area, quarter, is_to_date };
                    let before = quarter.checked_sub(1).map(|before| at(before, true));
                    let parts: Vec<Place> = before.into_iter().chain([at(quarter, false)]).collect();
                    self.sum(on, count, (at(quarter, true), &parts), Some(Of::NoQuarter(count, *area, quarter)));
                    before.into_iter().for_each(|before| self.growth(on, count, (before, at(quarter, true))));
                }
            }
        }
        on.0.told.iter().for_each(|told| self.rests(on, *told));
    }

    /// By how few people the year so far grew, or fell, from one quarter to the next: pages that show both tell them, whatever is told of the quarter.
    fn growth(&mut self, on: (&Family, &[Page]), count: usize, (before, after): (Place, Place)) {
        let value = |place: Place| on.1.get(count).and_then(|page| page.figures.get(&place)).copied();
        let Some((was, is)) = value(before).zip(value(after)) else { return };
        let grown = Quantity(is.0.saturating_sub(was.0));
        if !is_small(grown, on.0.below()) {
            return;
        }
        let (Some(was), Some(is)) = (self.figure(on, count, before), self.figure(on, count, after)) else { return };
        let few = self.count(Of::Growth(count, after.area, after.quarter), Quantity(grown.0.saturating_abs()));
        self.sums.insert(if grown > Quantity::ZERO { (is, vec![was, few]) } else { (was, vec![is, few]) });
    }

    /// Those who are not in the part of a percentage: out of how many is the part and they.
    fn rest(&mut self, on: (&Family, &[Page]), told: Told, place: Place) -> Option<(Quantity, usize)> {
        let Told::Percentage { part, whole, .. } = told else { return None };
        let value = |count: usize| on.1.get(count).and_then(|page| page.figures.get(&place)).copied();
        let left = Quantity(value(whole)?.0.saturating_sub(value(part)?.0));
        if left < Quantity::ZERO {
            return None;
        }
        let (of_part, of_whole) = (self.figure(on, part, place)?, self.figure(on, whole, place)?);
        let rest = self.count(Of::Rest(part, place), left);
        self.sums.insert((of_whole, vec![of_part, rest]));
        Some((left, rest))
    }

    /// They add up as those in the part do: areas to all together, quarters to the year.
    fn rests(&mut self, on: (&Family, &[Page]), told: Told) {
        let Told::Percentage { part, .. } = told else { return };
        let Some((page, how)) = on.1.get(part).zip(on.0.counts.get(part)) else { return };
        let rests: BTreeMap<Place, (Quantity, usize)> =
            page.figures.keys().filter_map(|place| Some((*place, self.rest(on, told, *place)?))).collect();
        for (place, rest) in &rests {
            if place.area.is_none() {
                let is_part = |other: &Place| other.area.is_some() && Place { area: None, ..*other } == *place;
                let parts: Vec<_> = rests.iter().filter(|(other, _)| is_part(other)).map(|(_, rest)| *rest).collect();
                self.sum_of(*rest, &parts, how.over_areas.then_some(Of::RestApart(part, *place)));
            }
            if place.is_to_date && how.over_time {
                let before = place.quarter.checked_sub(1).and_then(|quarter| rests.get(&Place { quarter, ..*place }));
                let of_quarter = rests.get(&Place { is_to_date: false, ..*place });
                let parts: Vec<_> = before.into_iter().chain(of_quarter).copied().collect();
                self.sum_of(*rest, &parts, Some(Of::RestApart(part, Place { is_to_date: false, ..*place })));
            }
        }
    }

    /// Small changes of figures from page to page, each a count of its own.
    fn add_changes(&mut self, below: Quantity) {
        let mut values: BTreeMap<(usize, Place), Vec<(Quantity, usize)>> = BTreeMap::new();
        for ((of, value), at) in &self.counts {
            if let Of::Figure(count, place) = of {
                values.entry((*count, *place)).or_default().push((*value, *at));
            }
        }
        for ((count, place), all) in values {
            for (more, (value, at)) in all.iter().enumerate() {
                for (less, before) in all.iter().take(more) {
                    let change = Quantity(value.0 - less.0);
                    if is_small(change, below) {
                        let change = self.count(Of::Change(count, place, *less), change);
                        self.sums.insert((*at, vec![*before, change]));
                    }
                }
            }
        }
    }

    fn table(self, below: Quantity) -> Table {
        let counts = self.values.into_iter().map(Some).collect();
        let sums = self.sums.into_iter().map(|(total, parts)| Sum { total, parts }).collect();
        Table { counts, sums, below, ..Table::default() }
    }
}

/// The figures of a page that must be hidden, beside what earlier pages show and hide.
#[must_use]
pub fn hidden(page: &Page, earlier: &[Page], how: Adding) -> BTreeSet<Place> {
    let family = Family { counts: vec![how], told: vec![Told::Count(0)] };
    let earlier: Vec<Leaf> = earlier.iter().map(|page| vec![page.clone()]).collect();
    family.hidden(std::slice::from_ref(page), &earlier, &[]).pop().unwrap_or_default()
}

/// A figure of an indicator that a page would show, and all counts that it tells.
struct Cell {
    indicator: usize,
    place: Place,
    counts: Vec<usize>,
}

impl Family {
    /// The figures of a page of the family that must be hidden, of each indicator, beside what earlier pages show and hide, and by what they have in
    /// common.
    #[must_use]
    pub fn hidden(&self, leaf: &[Page], earlier: &[Leaf], overlaps: &[Overlap]) -> Vec<BTreeSet<Place>> {
        let mut readers = Readers::default();
        let pages = earlier.iter().map(Vec::as_slice);
        pages.clone().chain([leaf]).for_each(|one| readers.add((self, one)));
        overlaps.iter().enumerate().for_each(|overlap| readers.overlap((self, leaf), earlier, overlap));
        let (mut known, mut kept, mut told) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let main: Vec<usize> = self.told.iter().map(|told| told.main()).collect();
        let all: Vec<usize> = (0..self.counts.len()).collect();
        for one in pages {
            known.extend(readers.of((self, one), &main, |page| &page.shown));
            kept.extend(readers.of((self, one), &main, |page| &page.hidden));
            told.extend(readers.of((self, one), &all, |page| &page.shown));
        }
        // What a percentage is of is known from it, unless an earlier page hid it.
        known.extend(told.difference(&kept).copied().collect::<Vec<usize>>());
        let cells = self.cells(&mut readers, leaf);
        let counts = self.main_counts(&mut readers, leaf);
        readers.add_changes(self.below());
        let mut table = readers.table(self.below());
        (table.known, table.kept) = (known, kept);
        let is_few = |at: &usize| table.counts.get(*at).copied().flatten().is_some_and(|count| is_small(count, self.below()));
        let small: BTreeSet<usize> = (0..table.counts.len()).filter(is_few).collect();
        let mut hidden = vec![BTreeSet::new(); self.told.len()];
        if small.is_empty() && table.kept.is_empty() {
            return hidden;
        }
        let (mut open, mut closed): (Vec<Cell>, Vec<Cell>) = (cells, Vec::new());
        loop {
            let seen: BTreeSet<usize> = open.iter().flat_map(|cell| cell.counts.iter().copied()).collect();
            let is_seen = |at: &usize| table.known.contains(at) || table.kept.contains(at) || seen.contains(at);
            table.unseen = (0..table.counts.len()).filter(|at| !is_seen(at)).collect();
            let found = self.with_years(&mut table, &small, &counts);
            // What is small is not shown again, even where an earlier page showed it.
            let tells = |cell: &Cell| cell.counts.iter().any(|at| found.contains(at) || small.contains(at));
            let (more, left): (Vec<Cell>, Vec<Cell>) = open.into_iter().partition(tells);
            open = left;
            // Of a percentage that is hidden nobody may work the part out; what it is of may stand elsewhere.
            table.kept.extend(more.iter().filter_map(|cell| cell.counts.first()));
            let is_done = more.is_empty() || !self.has_percentages();
            closed.extend(more);
            if is_done {
                break;
            }
        }
        for cell in closed {
            hidden.get_mut(cell.indicator).into_iter().for_each(|own: &mut BTreeSet<Place>| own.extend([cell.place]));
        }
        hidden
    }

    /// What a page would show.
    fn cells(&self, readers: &mut Readers, leaf: &[Page]) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (indicator, told) in self.told.iter().enumerate() {
            let places: Vec<Place> = leaf.get(told.main()).into_iter().flat_map(|page| page.shown.iter().copied()).collect();
            for place in places {
                let own = told.counts().into_iter().filter_map(|count| readers.figure((self, leaf), count, place)).collect::<Vec<_>>();
                let counts = own.into_iter().chain(readers.rest((self, leaf), *told, place).map(|(_, rest)| rest)).collect();
                cells.push(Cell { indicator, place, counts });
            }
        }
        cells
    }

    /// The counts that stand for what indicators tell, by their places.
    fn main_counts(&self, readers: &mut Readers, leaf: &[Page]) -> BTreeMap<(usize, Place), usize> {
        let mut counts = BTreeMap::new();
        for count in self.told.iter().map(|told| told.main()) {
            let places: Vec<Place> = leaf.get(count).into_iter().flat_map(|page| page.figures.keys().copied()).collect();
            counts.extend(places.into_iter().filter_map(|place| Some(((count, place), readers.figure((self, leaf), count, place)?))));
        }
        counts
    }

    /// What the table hides. The latest, highest or mean of a year gives its quarters away: where one of them is hidden, so is the year.
    fn with_years(&self, table: &mut Table, small: &BTreeSet<usize>, counts: &BTreeMap<(usize, Place), usize>) -> BTreeSet<usize> {
        loop {
            let found = table.hidden();
            let is_hidden = |at: &usize| found.contains(at) || (small.contains(at) && table.unseen.contains(at));
            let tells = |(of, year): &(usize, Place)| {
                let is_quarter = |place: &Place| place.area == year.area && !place.is_to_date && place.quarter <= year.quarter;
                counts.iter().filter(|((count, place), _)| count == of && is_quarter(place)).map(|(_, at)| at).any(is_hidden)
            };
            let is_apart = |(count, place): &(usize, Place)| place.is_to_date && self.counts.get(*count).is_some_and(|how| !how.over_time);
            let is_open = |at: &usize| !found.contains(at) && !table.known.contains(at) && !table.unseen.contains(at);
            let years = counts.iter().filter(|(of, at)| is_apart(of) && is_open(at) && tells(of));
            let more: Vec<usize> = years.map(|(_, at)| *at).collect();
            if more.is_empty() {
                return found;
            }
            table.kept.extend(more);
        }
    }
}

#[cfg(test)]
mod tests;
