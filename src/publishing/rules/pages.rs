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

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Id, Quantity};
use crate::publishing::rules::{Sum, Table, is_small};

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
        self.shown.retain(|place| !hidden.contains(place));
        self.hidden = hidden;
        self
    }
}

/// What a count is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// A figure.
    Figure(Place),
    /// What of a total is in none of its areas.
    NoArea(usize, bool),
    /// What of the year so far is in none of its quarters.
    NoQuarter(Option<Id>, usize),
    /// By how much a figure changed, from one value to another.
    Change(Place, Quantity),
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

    fn figure(&mut self, page: &Page, place: Place) -> Option<usize> {
        page.figures.get(&place).map(|value| self.count(Of::Figure(place), *value))
    }

    /// The counts of these figures.
    fn of<'a>(&mut self, page: &Page, places: impl IntoIterator<Item = &'a Place>) -> BTreeSet<usize> {
        places.into_iter().filter_map(|place| self.figure(page, *place)).collect()
    }

    /// A total and its parts, and what is left of it: nought of that is none. Where parts exceed their total, they do not come to it.
    fn sum(&mut self, page: &Page, total: Place, parts: &[Place], rest: Option<Of>) {
        let value = |place: &Place| page.figures.get(place).map_or(0, |value| value.0);
        let left = Quantity(value(&total) - parts.iter().map(value).sum::<i64>());
        let parts: Vec<usize> = parts.iter().filter_map(|place| self.figure(page, *place)).collect();
        let Some(total) = self.figure(page, total).filter(|_| !parts.is_empty()) else { return };
        let rest = match rest {
            _ if left == Quantity::ZERO => None,
            Some(rest) if left > Quantity::ZERO => Some(self.count(rest, left)),
            _ => return,
        };
        self.sums.insert((total, parts.into_iter().chain(rest).collect()));
    }

    /// How the figures of a page add up: areas to all together, quarters to the year.
    fn add(&mut self, page: &Page, how: Adding) {
        let areas: BTreeSet<Option<Id>> = page.figures.keys().map(|place| place.area).collect();
        let times: BTreeSet<(usize, bool)> = page.figures.keys().map(|place| (place.quarter, place.is_to_date)).collect();
        for (quarter, is_to_date) in times {
            let at = |area: Option<Id>| Place { area, quarter, is_to_date };
            let parts: Vec<Place> = areas.iter().filter(|area| area.is_some()).map(|area| at(*area)).collect();
            self.sum(page, at(None), &parts, how.over_areas.then_some(Of::NoArea(quarter, is_to_date)));
            if !(how.over_time && is_to_date) {
                continue;
            }
            for area in &areas {
                let at = |quarter: usize, is_to_date: bool| Place { area: *area, quarter, is_to_date };
                let before = quarter.checked_sub(1).map(|before| at(before, true));
                let parts: Vec<Place> = before.into_iter().chain([at(quarter, false)]).collect();
                self.sum(page, at(quarter, true), &parts, Some(Of::NoQuarter(*area, quarter)));
            }
        }
    }

    /// Small changes of figures from page to page, each a count of its own.
    fn add_changes(&mut self, how: Adding) {
        let mut values: BTreeMap<Place, Vec<(Quantity, usize)>> = BTreeMap::new();
        for ((of, value), at) in &self.counts {
            if let Of::Figure(place) = of {
                values.entry(*place).or_default().push((*value, *at));
            }
        }
        for (place, all) in values {
            for (more, (value, at)) in all.iter().enumerate() {
                for (less, before) in all.iter().take(more) {
                    let change = Quantity(value.0 - less.0);
                    if is_small(change, how.below) {
                        let change = self.count(Of::Change(place, *less), change);
                        self.sums.insert((*at, vec![*before, change]));
                    }
                }
            }
        }
    }

    fn table(self, how: Adding) -> Table {
        let counts = self.values.into_iter().map(Some).collect();
        let sums = self.sums.into_iter().map(|(total, parts)| Sum { total, parts }).collect();
        Table { counts, sums, below: how.below, ..Table::default() }
    }
}

/// The figures of a page that must be hidden, beside what earlier pages show and hide.
#[must_use]
pub fn hidden(page: &Page, earlier: &[Page], how: Adding) -> BTreeSet<Place> {
    let mut readers = Readers::default();
    earlier.iter().chain([page]).for_each(|one| readers.add(one, how));
    let mut known = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for one in earlier {
        known.extend(readers.of(one, &one.shown));
        kept.extend(readers.of(one, &one.hidden));
    }
    let asked = readers.of(page, &page.shown);
    let counts: BTreeMap<Place, usize> = page.figures.keys().filter_map(|place| Some((*place, readers.figure(page, *place)?))).collect();
    readers.add_changes(how);
    let mut table = readers.table(how);
    let is_seen = |at: &usize| known.contains(at) || kept.contains(at) || asked.contains(at);
    table.unseen = (0..table.counts.len()).filter(|at| !is_seen(at)).collect();
    (table.known, table.kept) = (known, kept);
    let is_few = |at: usize| table.counts.get(at).copied().flatten().is_some_and(|count| is_small(count, how.below));
    let small: BTreeSet<usize> = (0..table.counts.len()).filter(|at| is_few(*at)).collect();
    let found = if small.is_empty() && table.kept.is_empty() { BTreeSet::new() } else { with_years(&mut table, &small, &counts, how) };
    // What is small is not shown again, even where an earlier page showed it.
    page.shown.iter().filter(|place| counts.get(place).is_some_and(|at| found.contains(at) || small.contains(at))).copied().collect()
}

/// What the table hides. The latest, highest or mean of a year gives its quarters away: where one of them is hidden, so is the year.
fn with_years(table: &mut Table, small: &BTreeSet<usize>, counts: &BTreeMap<Place, usize>, how: Adding) -> BTreeSet<usize> {
    loop {
        let found = table.hidden();
        let is_hidden = |at: &usize| found.contains(at) || (small.contains(at) && table.unseen.contains(at));
        let tells = |year: &Place| {
            let quarters = counts.iter().filter(|(place, _)| place.area == year.area && !place.is_to_date && place.quarter <= year.quarter);
            quarters.map(|(_, at)| at).any(is_hidden)
        };
        let years = counts.iter().filter(|(place, _)| !how.over_time && place.is_to_date);
        let is_open = |at: &usize| !found.contains(at) && !table.known.contains(at) && !table.unseen.contains(at);
        let more: Vec<usize> = years.filter(|(place, at)| is_open(at) && tells(place)).map(|(_, at)| *at).collect();
        if more.is_empty() {
            return found;
        }
        table.kept.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publishing::rules::SMALL_BELOW;
    use crate::publishing::rules::tests::rank;
    use proptest::prelude::*;

    const SUMS: Adding = Adding { over_areas: true, over_time: true, below: SMALL_BELOW };

    /// What was counted by area and quarter; the first row in no area.
    type World = Vec<Vec<i32>>;

    /// The areas, always the same ones; none for what is in no area.
    fn area(row: usize) -> Option<Id> {
        row.checked_sub(1).map(|row| Id(uuid::Uuid::from_u128(u128::try_from(row).unwrap() + 1)))
    }

    /// What a figure is made of: of each row and quarter.
    fn parts(world: &World, place: Place) -> Vec<(usize, usize)> {
        let rows = (0..world.len()).filter(|row| place.area.is_none() || area(*row) == place.area);
        let from = if place.is_to_date { 0 } else { place.quarter };
        rows.flat_map(|row| (from..=place.quarter).map(move |quarter| (row, quarter))).collect()
    }

    /// The page of a quarter as it would be with nothing hidden.
    fn page(world: &World, quarter: usize) -> Page {
        let mut page = Page::default();
        for (row, quarters) in (0..world.len()).zip(std::iter::repeat(0..=quarter)) {
            for (quarter, is_to_date) in quarters.flat_map(|quarter| [(quarter, false), (quarter, true)]) {
                let place = Place { area: area(row), quarter, is_to_date };
                let value = parts(world, place).into_iter().map(|(row, quarter)| world[row][quarter]).sum();
                page.figures.insert(place, Quantity::whole(value));
            }
        }
        page.shown = page.figures.keys().filter(|place| place.quarter == quarter).copied().collect();
        page
    }

    /// A figure as readers see it: how often each count stands in it, where a count that stays the same is one count.
    fn seen(world: &World, place: Place, counts: &mut BTreeMap<(usize, usize, i32), usize>) -> Vec<(usize, i128)> {
        let parts = parts(world, place).into_iter().filter(|(row, quarter)| *row > 0 || world[*row][*quarter] != 0);
        parts
            .map(|(row, quarter)| {
                let next = counts.len();
                (*counts.entry((row, quarter, world[row][quarter])).or_insert(next), 1)
            })
            .collect()
    }

    fn dense(figure: &[(usize, i128)], width: usize) -> Vec<i128> {
        let mut row = vec![0; width];
        figure.iter().for_each(|(at, times)| row[*at] += times);
        row
    }

    fn whole(count: i32, area: u128, quarter: usize, is_to_date: bool) -> (Place, Quantity) {
        let area = (area > 0).then(|| Id(uuid::Uuid::from_u128(area)));
        (Place { area, quarter, is_to_date }, Quantity::whole(count))
    }

    #[test]
    fn a_changed_total_is_hidden_with_the_area_that_changed_it() {
        let first = [whole(50, 0, 0, false), whole(20, 1, 0, false), whole(30, 2, 0, false)];
        let first = Page { figures: first.into(), shown: first.iter().map(|(place, _)| *place).collect(), ..Page::default() };
        let first = first.beside(&[], SUMS);
        assert_eq!(first.hidden, BTreeSet::new());
        let later = [whole(53, 0, 0, false), whole(20, 1, 0, false), whole(30, 2, 0, false), whole(3, 3, 0, false)];
        let places: Vec<Place> = later.iter().map(|(place, _)| *place).collect();
        let later = Page { figures: later.into(), shown: places.iter().copied().collect(), ..Page::default() };
        assert_eq!(hidden(&later, &[first], SUMS), BTreeSet::from([places[0], places[3]]));
    }

    #[test]
    fn what_an_earlier_page_hid_stays_hidden_and_what_it_showed_is_not_shown_again_where_it_is_small() {
        let counts = [whole(27, 0, 0, false), whole(7, 1, 0, false), whole(20, 2, 0, false)];
        let page = Page { figures: counts.into(), shown: counts.iter().map(|(place, _)| *place).collect(), ..Page::default() };
        let by = |whole: i32| Adding { below: Quantity::whole(whole), ..SUMS };
        let strict = page.clone().beside(&[], by(10));
        assert_eq!(strict.hidden, BTreeSet::from([counts[1].0, counts[2].0]));
        assert_eq!(hidden(&page, std::slice::from_ref(&strict), by(5)), strict.hidden, "a lower limit");
        let open = page.clone().beside(&[], by(5));
        assert_eq!(open.hidden, BTreeSet::new());
        assert_eq!(hidden(&page, &[open], by(10)), BTreeSet::from([counts[1].0]), "a higher limit: the rest is out already");
    }

    #[test]
    fn the_latest_of_a_year_is_hidden_with_its_quarters() {
        let counts = [whole(3, 0, 0, false), whole(3, 0, 0, true), whole(40, 0, 1, false), whole(40, 0, 1, true)];
        let shown = [counts[2].0, counts[3].0].into();
        let page = Page { figures: counts.into(), shown, ..Page::default() };
        assert_eq!(hidden(&page, &[], Adding { over_time: false, ..SUMS }), BTreeSet::from([counts[3].0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pages_without_small_counts_are_shown_whole(counts in prop::collection::vec(5_i32..900, 9), made in prop::collection::vec(0_usize..3, 1..5)) {
            let world: World = std::iter::once(vec![0; 3]).chain(counts.chunks(3).map(<[i32]>::to_vec)).collect();
            let mut pages: Vec<Page> = Vec::new();
            for quarter in made {
                let made = page(&world, quarter).beside(&pages, SUMS);
                prop_assert_eq!(&made.hidden, &BTreeSet::new());
                pages.push(made);
            }
        }

        /// Pages of one year, each as it was known when it was made, with changes between them: whoever has all of them works nothing out.
        #[test]
        fn readers_of_all_pages_work_nothing_out(
            areas in 1_usize..4,
            counts in prop::collection::vec(prop_oneof![Just(0), 1_i32..9, 5_i32..60], 12),
            made in prop::collection::vec((0_usize..3, 0_usize..4, 0_usize..3, 0_i32..12), 1..5),
        ) {
            let mut world: World = (0..=areas).map(|row| counts[row * 3..row * 3 + 3].to_vec()).collect();
            let mut pages: Vec<(World, Page)> = Vec::new();
            for (quarter, row, changed, more) in made {
                world[row % (areas + 1)][changed] += more;
                let earlier: Vec<Page> = pages.iter().map(|(_, page)| page.clone()).collect();
                pages.push((world.clone(), page(&world, quarter).beside(&earlier, SUMS)));
            }
            let mut known = BTreeMap::new();
            let mut shown = Vec::new();
            let mut secret = Vec::new();
            let mut by_place: BTreeMap<Place, Vec<(Quantity, Vec<(usize, i128)>)>> = BTreeMap::new();
            for (world, page) in &pages {
                for (place, value) in &page.figures {
                    let figure = seen(world, *place, &mut known);
                    by_place.entry(*place).or_default().push((*value, figure.clone()));
                    if page.shown.contains(place) {
                        prop_assert!(!is_small(*value, SMALL_BELOW), "{value} is shown at {place:?}");
                        shown.push(figure);
                    } else if page.hidden.contains(place) || is_small(*value, SMALL_BELOW) {
                        secret.push((format!("{value} at {place:?}"), figure));
                    }
                }
            }
            for (place, all) in &by_place {
                for ((before, one), (after, other)) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
                    if is_small(Quantity(after.0 - before.0), SMALL_BELOW) {
                        let change = other.iter().copied().chain(one.iter().map(|(at, times)| (*at, -times))).collect();
                        secret.push((format!("{before} to {after} at {place:?}"), change));
                    }
                }
            }
            let shown: Vec<Vec<i128>> = shown.iter().map(|figure| dense(figure, known.len())).collect();
            let told = rank(shown.clone());
            for (what, figure) in secret {
                let with = shown.iter().cloned().chain([dense(&figure, known.len())]).collect();
                prop_assert!(rank(with) > told, "{} is told by {:#?}", what, pages);
            }
        }
    }
}
