//! What readers of several pages know together.

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

/// Of 96 people in one area 48, of 10 in another 2, of all 106 so 50.
#[test]
fn a_percentage_goes_with_what_it_is_made_of() {
    let part = [whole(50, 0, 0, false), whole(48, 1, 0, false), whole(2, 2, 0, false)];
    let of = [whole(106, 0, 0, false), whole(96, 1, 0, false), whole(10, 2, 0, false)];
    let page = |figures: [(Place, Quantity); 3]| Page {
        figures: figures.into(),
        shown: figures.iter().map(|(place, _)| *place).collect(),
        ..Page::default()
    };
    let percentage = |of| Told::Percentage { part: 1, whole: 2, of };
    let family = |of| Family { counts: vec![SUMS; 3], told: vec![Told::Count(0), percentage(of)] };
    let places = part.map(|(place, _)| place);
    for of_it in [None, Some(0)] {
        let hidden = family(of_it).hidden(&[page(of), page(part), page(of)], &[], &[]);
        assert_eq!(hidden[0], BTreeSet::new(), "the people themselves are many");
        assert_eq!(hidden[1], BTreeSet::from([places[1], places[2]]), "50 of all less 48 of one area are 2");
    }
    // Few are left over: 9 of 10.
    let most = [whole(57, 0, 0, false), whole(48, 1, 0, false), whole(9, 2, 0, false)];
    let hidden = family(Some(0)).hidden(&[page(of), page(most), page(of)], &[], &[]);
    assert_eq!(hidden[1], BTreeSet::from([places[1], places[2]]));
    // What a hidden count of people is of is not told by a percentage of it either.
    let few = [whole(100, 0, 0, false), whole(97, 1, 0, false), whole(3, 2, 0, false)];
    let none = [whole(48, 0, 0, false), whole(48, 1, 0, false), whole(0, 2, 0, false)];
    let hidden = family(Some(0)).hidden(&[page(few), page(none), page(few)], &[], &[]);
    assert_eq!(hidden[0], BTreeSet::from([places[1], places[2]]));
    assert!(hidden[1].is_superset(&hidden[0]), "{hidden:?}");
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

/// What is shown, as rows over a large prime, each without the first columns of those before it: an independent way to see what can be worked out.
#[derive(Default)]
struct Shown(Vec<(usize, Vec<i128>)>);

const PRIME: i128 = 2_305_843_009_213_693_951;

impl Shown {
    fn of(rows: impl Iterator<Item = Vec<i128>>) -> Self {
        let mut all = Self::default();
        for row in rows {
            let row = all.rest(row);
            let Some(column) = row.iter().position(|times| *times != 0) else { continue };
            let (mut inverse, mut base, mut power) = (1, row[column], PRIME - 2);
            while power > 0 {
                inverse = if power % 2 == 1 { inverse * base % PRIME } else { inverse };
                (base, power) = (base * base % PRIME, power / 2);
            }
            all.0.push((column, row.iter().map(|times| times * inverse % PRIME).collect()));
        }
        all
    }

    /// What of a row is left without what is shown.
    fn rest(&self, mut row: Vec<i128>) -> Vec<i128> {
        row.iter_mut().for_each(|times| *times = times.rem_euclid(PRIME));
        for (column, by) in &self.0 {
            let often = row[*column];
            if often != 0 {
                row.iter_mut().zip(by).for_each(|(one, other)| *one = (*one - often * other).rem_euclid(PRIME));
            }
        }
        row
    }

    fn tells(&self, row: Vec<i128>) -> bool {
        self.rest(row).iter().all(|times| *times == 0)
    }
}

#[test]
fn what_is_told_is_found() {
    let shown = Shown::of([vec![1, 1, 1], vec![0, 1, 1]].into_iter());
    assert!(shown.tells(vec![1, 0, 0]) && shown.tells(vec![2, 5, 5]));
    assert!(!shown.tells(vec![0, 1, 0]) && !Shown::default().tells(vec![1]));
}

/// The growth of a year to date is told of some areas and quarters and not of others, whose returns before were silent.
fn page_of_growth(world: &World, quarter: usize, silent: &[(usize, usize)]) -> Page {
    let mut page = page(world, quarter);
    let is_silent = |row: usize, quarter: usize| quarter > 0 && silent.contains(&(row, quarter));
    for quarter in 0..=quarter {
        for row in (1..world.len()).filter(|row| is_silent(*row, quarter)) {
            page.figures.remove(&Place { area: area(row), quarter, is_to_date: false });
        }
        let told: Vec<i32> = (1..world.len()).filter(|row| !is_silent(*row, quarter)).map(|row| world[row][quarter]).collect();
        // Where no area tells, there is no figure of all together.
        page.figures.remove(&Place { area: None, quarter, is_to_date: false });
        if !told.is_empty() {
            page.figures.insert(Place { area: None, quarter, is_to_date: false }, Quantity::whole(told.into_iter().sum()));
        }
    }
    page.shown.retain(|place| page.figures.contains_key(place));
    page
}

/// The figures of a page of growth as readers see them, shown and not.
type Seen = (bool, Quantity, Place, Vec<(usize, i128)>);

fn seen_growth(
    world: &World,
    (quarter, page): (usize, &Page),
    silent: &[(usize, usize)],
    known: &mut BTreeMap<(usize, usize), usize>,
) -> Vec<Seen> {
    let mut all = Vec::new();
    for (place, value) in page.figures.iter().filter(|(place, _)| place.quarter == quarter) {
        let is_told = |row: usize| quarter == 0 || !silent.contains(&(row, quarter));
        let is_whole = place.is_to_date || place.area.is_some();
        let parts = parts(world, *place).into_iter().filter(|(row, _)| *row > 0 && (is_whole || is_told(*row)));
        let figure = parts.map(|of| {
            let next = known.len();
            (*known.entry(of).or_insert(next), 1)
        });
        all.push((page.shown.contains(place), *value, *place, figure.collect()));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A year to date on the pages of a year: nobody works out by how few people it grew, whether or not what it grew is a figure.
    #[test]
    fn what_a_year_to_date_grew_is_a_count_of_its_own(
        areas in 1_usize..4,
        counts in prop::collection::vec(prop_oneof![Just(0), 1_i32..9, 5_i32..60], 12),
        silent in prop::collection::vec((0_usize..4, 1_usize..3), 0..4),
    ) {
        let world: World = (0..=areas).map(|row| if row == 0 { vec![0; 3] } else { counts[row * 3..row * 3 + 3].to_vec() }).collect();
        let mut pages: Vec<Page> = Vec::new();
        for quarter in 0..3 {
            let made = page_of_growth(&world, quarter, &silent).beside(&pages, SUMS);
            pages.push(made);
        }
        let mut known = BTreeMap::new();
        let (mut shown, mut secret) = (Vec::new(), Vec::new());
        for (is_shown, value, place, figure) in pages.iter().enumerate().flat_map(|page| seen_growth(&world, page, &silent, &mut known)).collect::<Vec<Seen>>() {
            if is_shown {
                prop_assert!(!is_small(value, SMALL_BELOW), "{value} is shown at {place:?}");
                shown.push(figure);
            } else {
                secret.push((format!("{value} at {place:?}"), figure));
            }
        }
        for (row, quarter) in (0..=areas).flat_map(|row| (1..3).map(move |quarter| (row, quarter))) {
            let rows: Vec<usize> = if row == 0 { (1..=areas).collect() } else { vec![row] };
            let grown = rows.iter().map(|row| world[*row][quarter]).sum();
            if is_small(Quantity::whole(grown), SMALL_BELOW) {
                let figure = rows.iter().map(|row| (known[&(*row, quarter)], 1)).collect();
                secret.push((format!("{grown} more of {row} in {quarter}"), figure));
            }
        }
        let shown = Shown::of(shown.iter().map(|figure| dense(figure, known.len())));
        for (what, figure) in secret {
            prop_assert!(!shown.tells(dense(&figure, known.len())), "{} is told by {:#?}", what, pages);
        }
    }
}

/// Of what was counted by area and quarter: in the part of the percentage, and not in it.
type Shares = Vec<Vec<[i32; 2]>>;

fn sum(world: &Shares, place: Place) -> [i32; 2] {
    let rows = (0..world.len()).filter(|row| place.area.is_none() || area(*row) == place.area);
    let from = if place.is_to_date { 0 } else { place.quarter };
    rows.flat_map(|row| (from..=place.quarter).map(move |quarter| (row, quarter)))
        .fold([0, 0], |sum, (row, quarter)| [sum[0] + world[row][quarter][0], sum[1] + world[row][quarter][1]])
}

/// The pages of people, of the part and of what it is of, as they would be with nothing hidden.
fn leaf(world: &Shares, quarter: usize) -> Leaf {
    let mut leaf = vec![Page::default(); 3];
    for row in 0..world.len() {
        for place in (0..=quarter).flat_map(|quarter| [false, true].map(|is_to_date| Place { area: area(row), quarter, is_to_date })) {
            let [part, rest] = sum(world, place);
            for (page, value) in leaf.iter_mut().zip([part + rest, part, part + rest]) {
                page.figures.insert(place, Quantity::whole(value));
            }
        }
    }
    for page in &mut leaf {
        page.shown = page.figures.keys().filter(|place| place.quarter == quarter).copied().collect();
    }
    leaf
}

/// A figure as readers see it: how often each count stands in it, those in the part or those out of it.
fn seen_of(world: &Shares, place: Place, out: usize, counts: &mut BTreeMap<(usize, usize, usize, i32), usize>) -> Vec<(usize, i128)> {
    let rows = (0..world.len()).filter(|row| place.area.is_none() || area(*row) == place.area);
    let from = if place.is_to_date { 0 } else { place.quarter };
    let parts = rows.flat_map(|row| (from..=place.quarter).map(move |quarter| (row, quarter)));
    let parts: Vec<(usize, usize)> = parts.filter(|(row, quarter)| *row > 0 || world[*row][*quarter][out] != 0).collect();
    parts
        .into_iter()
        .map(|(row, quarter)| {
            let next = counts.len();
            (*counts.entry((row, quarter, out, world[row][quarter][out])).or_insert(next), 1)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Percentages beside the people whom they are of, on pages of one year: whoever has all pages, and is taken to know of each percentage its part and
    /// what it is of, works out nothing of few people.
    #[test]
    fn percentages_give_nobody_away(
        areas in 1_usize..4,
        counts in prop::collection::vec((prop_oneof![Just(0), 1_i32..9, 5_i32..60], prop_oneof![Just(0), 1_i32..9, 5_i32..60]), 12),
        made in prop::collection::vec((0_usize..3, 0_usize..4, 0_usize..3, 0_usize..2, 0_i32..12), 1..4),
        has_people in any::<bool>(),
    ) {
        let mut world: Shares = (0..=areas).map(|row| counts[row * 3..row * 3 + 3].iter().map(|(part, rest)| [*part, *rest]).collect()).collect();
        let percentage = Told::Percentage { part: 1, whole: 2, of: has_people.then_some(0) };
        let told = if has_people { vec![Told::Count(0), percentage] } else { vec![percentage] };
        let family = Family { counts: vec![SUMS; 3], told };
        let mut leaves: Vec<(Shares, Leaf)> = Vec::new();
        for (quarter, row, changed, out, more) in made {
            world[row % (areas + 1)][changed][out] += more;
            let earlier: Vec<Leaf> = leaves.iter().map(|(_, leaf)| leaf.clone()).collect();
            let mut new = leaf(&world, quarter);
            if !has_people {
                new[0] = Page::default();
            }
            leaves.push((world.clone(), family.beside(new, &earlier)));
        }
        let mut known = BTreeMap::new();
        let (mut shown, mut secret): (Vec<Vec<(usize, i128)>>, Vec<(String, Vec<(usize, i128)>)>) = (Vec::new(), Vec::new());
        for (world, leaf) in &leaves {
            for place in leaf[1].figures.keys().copied() {
                let [part, rest] = sum(world, place);
                let in_part = seen_of(world, place, 0, &mut known);
                let out = seen_of(world, place, 1, &mut known);
                let whole: Vec<(usize, i128)> = in_part.iter().chain(&out).copied().collect();
                if leaf[0].shown.contains(&place) {
                    shown.push(whole.clone());
                }
                if leaf[1].shown.contains(&place) {
                    prop_assert!([part, rest, part + rest].iter().all(|few| !is_small(Quantity::whole(*few), SMALL_BELOW)), "{part} and {rest} at {place:?}");
                    shown.extend([in_part.clone(), whole.clone()]);
                }
                for (what, count, figure) in [("part", part, in_part), ("rest", rest, out), ("whole", part + rest, whole)] {
                    if is_small(Quantity::whole(count), SMALL_BELOW) {
                        secret.push((format!("{what} {count} at {place:?}"), figure));
                    }
                }
            }
        }
        let shown = Shown::of(shown.iter().map(|figure| dense(figure, known.len())));
        for (what, figure) in secret {
            prop_assert!(!shown.tells(dense(&figure, known.len())), "{} is told by {:#?}", what, leaves);
        }
    }

    #[test]
    fn percentages_of_many_are_shown(counts in prop::collection::vec((5_i32..900, 5_i32..900), 9)) {
        let none = vec![[0, 0]; 3];
        let world: Shares = std::iter::once(none).chain(counts.chunks(3).map(|row| row.iter().map(|(part, rest)| [*part, *rest]).collect())).collect();
        let family = Family { counts: vec![SUMS; 3], told: vec![Told::Count(0), Told::Percentage { part: 1, whole: 2, of: Some(0) }] };
        prop_assert_eq!(family.hidden(&leaf(&world, 2), &[], &[]), vec![BTreeSet::new(); 2]);
    }
}

/// Which of some tables are shown, one after the other, each of so many people in each of its quarters.
fn shown<'t>(counts: &[i32], tables: &'t [BTreeSet<usize>]) -> Vec<&'t BTreeSet<usize>> {
    let family = Family { counts: vec![SUMS], told: vec![Told::Count(0)] };
    let at = |table: usize| Place { area: None, quarter: 100 + table, is_to_date: false };
    let value = |of: &BTreeSet<usize>| Quantity::whole(of.iter().map(|piece| counts[*piece]).sum());
    let mut leaves: Vec<Leaf> = Vec::new();
    for (table, of) in tables.iter().enumerate() {
        let figures = BTreeMap::from([(at(table), value(of))]);
        let mut leaf = vec![Page { figures, shown: BTreeSet::from([at(table)]), hidden: BTreeSet::new() }];
        let so_far = tables.iter().take(table + 1).enumerate();
        let figures = so_far.map(|(one, of)| (Some(one).filter(|one| *one < table), at(one), of.clone())).collect();
        let pieces = counts.iter().map(|count| Quantity::whole(*count)).collect();
        let hidden = family.hidden(&leaf, &leaves, &[Overlap { count: 0, pieces, figures }]);
        family.hide(&mut leaf, &hidden);
        leaves.push(leaf);
    }
    tables.iter().zip(&leaves).filter(|(_, leaf)| !leaf[0].shown.is_empty()).map(|(of, _)| of).collect()
}

#[test]
fn few_people_of_two_quarters_are_told_by_no_three_tables() {
    let tables: Vec<BTreeSet<usize>> = [&[0, 1][..], &[1, 2, 3], &[0, 2, 3]].iter().map(|of| of.iter().copied().collect()).collect();
    assert_eq!(
        shown(&[5, 5, 1, 0], &tables),
        [&tables[0], &tables[1]],
        "10 and 6 are shown; with another 6 the last two quarters are told to be 1"
    );
    assert_eq!(shown(&[5, 5, 5, 5], &tables).len(), 3);
    // The second less the third is the last quarter; the first less that is 1.
    let tables: Vec<BTreeSet<usize>> = [&[0, 1, 3][..], &[1, 2, 3], &[1, 2]].iter().map(|of| of.iter().copied().collect()).collect();
    assert_eq!(shown(&[0, 1, 4, 5], &tables), [&tables[0], &tables[1]]);
}

proptest! {
    /// Tables that each count some of the same quarters, as claims with days that overlap and pages of the board do, one after the other: whoever has all of
    /// them works out no few people, neither of a quarter nor by taking one table from another that holds it.
    #[test]
    fn tables_that_overlap_give_nobody_away(
        counts in prop::collection::vec(prop_oneof![Just(0), 1_i32..5, 5_i32..60], 4),
        tables in prop::collection::vec(prop::collection::btree_set(0_usize..4, 1..4), 2..6),
    ) {
        let value = |of: &BTreeSet<usize>| Quantity::whole(of.iter().map(|piece| counts[*piece]).sum());
        let shown = shown(&counts, &tables);
        let rows: Vec<Vec<i128>> = shown.iter().map(|of| (0..4).map(|piece| i128::from(of.contains(&piece))).collect()).collect();
        let few = |count: i32| is_small(Quantity::whole(count), SMALL_BELOW);
        for (piece, count) in counts.iter().enumerate().filter(|(_, count)| few(**count)) {
            let one = (0..4).map(|other| i128::from(other == piece)).collect();
            let with: Vec<Vec<i128>> = rows.iter().cloned().chain([one]).collect();
            prop_assert!(rank(with) > rank(rows.clone()), "{count} people of quarter {piece} in {shown:?}");
        }
        for of in &shown {
            prop_assert!(!is_small(value(of), SMALL_BELOW), "{of:?} is shown");
            for held in shown.iter().filter(|held| held.is_subset(of)) {
                prop_assert!(!is_small(Quantity(value(of).0 - value(held).0), SMALL_BELOW), "{of:?} less {held:?}");
            }
        }
    }
}
