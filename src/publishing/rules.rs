//! Small numbers: which counts of a table must not be shown. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::Quantity;

pub mod pages;

/// Below this a count of people is small, unless the office says otherwise; nought is not.
pub const SMALL_BELOW: Quantity = Quantity(5_000);
/// People come whole: where less room is left than one of them, one value is left.
const ONE: i128 = 1_000;
/// How often bounds are narrowed by one another at most: what creeps longer than that tells nobody anything.
const ROUNDS_MAX: usize = 1_000;
/// What is not people, however few there are. A unit that is not known here is taken for people.
const NOT_PEOPLE: [&str; 20] = [
    "percent",
    "money",
    "pounds",
    "pounds_per_pound",
    "hours",
    "days",
    "sessions",
    "events",
    "workshops",
    "schools",
    "businesses",
    "organisations",
    "projects",
    "calls",
    "visits",
    "views",
    "bins",
    "weapons",
    "knives",
    "leaflets",
];

/// Whether a unit counts people, or may.
#[must_use]
pub fn is_of_people(unit: &str) -> bool {
    !NOT_PEOPLE.contains(&unit)
}

/// Whether so many people are too few to be shown. Fewer by so many is as telling as more.
#[must_use]
pub const fn is_small(count: Quantity, below: Quantity) -> bool {
    count.0 != 0 && count.0.saturating_abs() < below.0
}

/// A count that is the sum of others, each by its place in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The total.
    pub total: usize,
    /// What it adds up.
    pub parts: Vec<usize>,
}

/// The counts of a table and how they add up, as its readers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The counts; none where nothing was reported, which readers see as such.
    pub counts: Vec<Option<Quantity>>,
    /// Which of them are totals of which.
    pub sums: Vec<Sum>,
    /// Counts that an earlier table showed: they cannot be hidden any more.
    pub known: BTreeSet<usize>,
    /// Counts that an earlier table hid: they stay hidden.
    pub kept: BTreeSet<usize>,
    /// Counts that no table shows. Of these only the small ones must not be worked out.
    pub unseen: BTreeSet<usize>,
    /// Below this a count is small.
    pub below: Quantity,
}

impl Default for Table {
    fn default() -> Self {
        let (counts, sums, [known, kept, unseen]) = (Vec::new(), Vec::new(), [const { BTreeSet::new() }; 3]);
        Self { counts, sums, known, kept, unseen, below: SMALL_BELOW }
    }
}

/// One equation: by unknown count how often it stands there. Only which counts it fixes matters, so its other side is left out.
type Equation = BTreeMap<usize, i128>;

impl Table {
    /// The places of all counts that must be hidden: small ones, and as many others that no hidden count can be worked out from what is
    /// shown by adding and subtracting, nor from counts being nought or more. What can be worked out whatever is hidden is past help: it
    /// is known, and hides nothing else.
    #[must_use]
    pub fn hidden(&self) -> BTreeSet<usize> {
        let open: BTreeSet<usize> = (0..self.counts.len()).filter(|at| self.is_open(*at)).collect();
        let mut hidden: BTreeSet<usize> = self.kept.difference(&self.known).copied().collect();
        let lost = self.worked_out(&open.union(&hidden).copied().collect());
        let mut table = self.clone();
        table.known.extend(open.intersection(&lost));
        hidden.extend(open.difference(&lost).filter(|at| self.is_small(**at)));
        loop {
            let told: BTreeSet<usize> = table.told(&hidden).difference(&lost).copied().collect();
            let Some(more) = table.next(&hidden, &told) else { break };
            hidden.insert(more);
        }
        hidden.extend(open.iter().filter(|at| self.is_small(**at)));
        hidden
    }

    /// The hidden counts that a reader could work out, and the small ones among those that no table shows.
    #[must_use]
    pub fn told(&self, hidden: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut told = self.worked_out(hidden);
        told.retain(|at| hidden.contains(at) || self.is_small(*at));
        told
    }

    /// All counts that a reader could work out.
    fn worked_out(&self, hidden: &BTreeSet<usize>) -> BTreeSet<usize> {
        let unknown: BTreeSet<usize> = hidden.union(&self.unseen).copied().collect();
        let mut told = fixed(self.sums.iter().map(|sum| equation(sum, &unknown)));
        told.extend(self.bounded(&unknown));
        told
    }

    fn is_small(&self, at: usize) -> bool {
        self.count(at).is_some_and(|count| is_small(count, self.below))
    }

    /// Whether a count may be shown or hidden.
    fn is_open(&self, at: usize) -> bool {
        !self.known.contains(&at) && !self.unseen.contains(&at)
    }

    /// What to hide next, so that a told count is told no more: in one of its sums, rather a part than a total, rather not a nought, and
    /// the least of those, since that loses least. One that helps at once goes before one that helps only with others, and where its sums have
    /// nothing left to hide, what stands in other sums does it.
    fn next(&self, hidden: &BTreeSet<usize>, told: &BTreeSet<usize>) -> Option<usize> {
        if told.is_empty() {
            return None;
        }
        let near = self.ranked(hidden, |sum| places(sum).any(|at| told.contains(&at)));
        let far = self.ranked(hidden, |_| true);
        let helps = |at: &usize| {
            let mut with = hidden.clone();
            with.insert(*at);
            let left = self.told(&with);
            told.iter().any(|at| !left.contains(at))
        };
        let helping = near.iter().copied().find(helps).or_else(|| far.iter().copied().find(helps));
        helping.or_else(|| near.first().or_else(|| far.first()).copied())
    }

    /// What may still be hidden in some of the sums, that first which loses least.
    fn ranked(&self, hidden: &BTreeSet<usize>, is_looked_at: impl Fn(&Sum) -> bool) -> Vec<usize> {
        let totals: BTreeSet<usize> = self.sums.iter().map(|sum| sum.total).collect();
        let is_open = |at: &usize| !hidden.contains(at) && self.is_open(*at);
        let open: BTreeSet<usize> = self.sums.iter().filter(|sum| is_looked_at(sum)).flat_map(places).filter(is_open).collect();
        let rank = |at: usize| self.count(at).map(|count| (totals.contains(&at), count == Quantity::ZERO, count, at));
        let ranked: BTreeSet<_> = open.into_iter().filter_map(rank).collect();
        ranked.into_iter().map(|(.., at)| at).collect()
    }

    fn count(&self, at: usize) -> Option<Quantity> {
        self.counts.get(at).copied().flatten()
    }

    /// Hidden counts that what is shown leaves no room, as no count is below nought.
    fn bounded(&self, hidden: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut bounds: BTreeMap<usize, (i128, i128)> = hidden.iter().map(|at| (*at, (0, i128::from(i64::MAX)))).collect();
        for _ in 0..ROUNDS_MAX {
            let mut is_narrowed = false;
            for sum in &self.sums {
                for at in places(sum).filter(|at| hidden.contains(at)) {
                    let Some((least, most)) = bounds.get(&at).copied() else { continue };
                    let (low, high) = self.room(sum, at, &bounds);
                    let narrowed = (least.max(low), most.min(high));
                    is_narrowed |= narrowed != (least, most);
                    bounds.insert(at, narrowed);
                }
            }
            if !is_narrowed {
                break;
            }
        }
        bounds.into_iter().filter(|(_, (least, most))| most - least < ONE).map(|(at, _)| at).collect()
    }

    /// Between which values one count lies, given its sum and what is known of the others.
    fn room(&self, sum: &Sum, at: usize, bounds: &BTreeMap<usize, (i128, i128)>) -> (i128, i128) {
        let of = |place: usize| {
            let shown = self.count(place).map_or(0, |count| i128::from(count.0));
            bounds.get(&place).copied().unwrap_or((shown, shown))
        };
        let others = sum.parts.iter().filter(|part| **part != at).map(|part| of(*part));
        let (least, most) = others.fold((0, 0), |(least, most), (low, high)| (least + low, most + high));
        if at == sum.total {
            return (least, most);
        }
        let (low, high) = of(sum.total);
        (low - most, high - least)
    }
}

fn places(sum: &Sum) -> impl Iterator<Item = usize> + '_ {
    std::iter::once(sum.total).chain(sum.parts.iter().copied())
}

/// A sum with only its hidden counts.
fn equation(sum: &Sum, hidden: &BTreeSet<usize>) -> Equation {
    let parts = sum.parts.iter().map(|part| (*part, -1));
    std::iter::once((sum.total, 1)).chain(parts).filter(|(at, _)| hidden.contains(at)).collect()
}

/// The unknowns that equations fix: each is solved for one unknown, which is taken out of all others; one that is left alone is fixed.
fn fixed(equations: impl Iterator<Item = Equation>) -> BTreeSet<usize> {
    let mut solved: Vec<(usize, Equation)> = Vec::new();
    for mut one in equations {
        for (unknown, by) in &solved {
            if one.contains_key(unknown) {
                one = without(&one, *unknown, by);
            }
        }
        let Some(unknown) = one.keys().next().copied() else { continue };
        for (_, earlier) in solved.iter_mut().filter(|(_, earlier)| earlier.contains_key(&unknown)) {
            *earlier = without(earlier, unknown, &one);
        }
        solved.push((unknown, one));
    }
    solved.into_iter().filter(|(_, one)| one.len() == 1).map(|(unknown, _)| unknown).collect()
}

/// An equation with `unknown` taken out by another one that holds it.
fn without(one: &Equation, unknown: usize, by: &Equation) -> Equation {
    let (Some(here), Some(there)) = (one.get(&unknown), by.get(&unknown)) else { return one.clone() };
    let mut out: Equation = one.iter().map(|(at, times)| (*at, times * there)).collect();
    for (at, times) in by {
        *out.entry(*at).or_insert(0) -= times * here;
    }
    out.retain(|_, times| *times != 0);
    // Kept small, so that many steps do not outgrow the type.
    let shared = out.values().fold(0, |shared, times| gcd(shared, times.abs()));
    if shared > 1 {
        out.values_mut().for_each(|times| *times /= shared);
    }
    out
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(counts: &[i32], sums: &[(usize, &[usize])]) -> Table {
        let counts = counts.iter().map(|count| Some(Quantity::whole(*count))).collect();
        let sums = sums.iter().map(|(total, parts)| Sum { total: *total, parts: parts.to_vec() }).collect();
        Table { counts, sums, ..Table::default() }
    }

    #[test]
    fn a_small_count_takes_another_one_with_it() {
        let of_four = table(&[3, 20, 9, 32], &[(3, &[0, 1, 2])]);
        assert_eq!(of_four.hidden(), BTreeSet::from([0, 2]));
        assert_eq!(table(&[5, 20, 0, 25], &[(3, &[0, 1, 2])]).hidden(), BTreeSet::new());
        assert_eq!(table(&[4, 5], &[]).hidden(), BTreeSet::from([0]));
    }

    #[test]
    fn noughts_and_totals_are_hidden_last() {
        // Beside two noughts nothing else can cover the count, and one hidden nought leaves 3 or 0 for it.
        assert_eq!(table(&[3, 0, 9, 12], &[(3, &[0, 1, 2])]).hidden(), BTreeSet::from([0, 2]));
        assert_eq!(table(&[3, 3], &[(1, &[0])]).hidden(), BTreeSet::from([0, 1]));
        assert_eq!(table(&[3, 0, 3], &[(2, &[0, 1])]).hidden(), BTreeSet::from([0, 2]));
    }

    #[test]
    fn what_is_known_already_cannot_cover() {
        let mut year = table(&[3, 40, 43], &[(2, &[0, 1])]);
        year.known.insert(1);
        assert_eq!(year.hidden(), BTreeSet::from([0, 2]), "the year's total, since last quarter's is out");
    }

    #[test]
    fn what_is_not_known_is_people() {
        assert!(is_of_people("women") && is_of_people("something new") && !is_of_people("sessions"));
    }

    /// Areas by quarters, with a total of each row and each column and of all.
    fn grid(rows: usize, columns: usize, counts: &[i32]) -> Table {
        let at = |row: usize, column: usize| row * (columns + 1) + column;
        let mut all = vec![0; (rows + 1) * (columns + 1)];
        for row in 0..rows {
            for column in 0..columns {
                let count = counts[row * columns + column];
                for place in [at(row, column), at(row, columns), at(rows, column), at(rows, columns)] {
                    all[place] += count;
                }
            }
        }
        let of_rows = (0..=rows).map(|row| Sum { total: at(row, columns), parts: (0..columns).map(|column| at(row, column)).collect() });
        let of_columns = (0..=columns).map(|column| Sum { total: at(rows, column), parts: (0..rows).map(|row| at(row, column)).collect() });
        let sums = of_rows.chain(of_columns).collect();
        Table { counts: all.into_iter().map(|count| Some(Quantity::whole(count))).collect(), sums, ..Table::default() }
    }

    /// The rank of dense rows over a large prime: an independent way to see what equations fix.
    pub(super) fn rank(mut rows: Vec<Vec<i128>>) -> usize {
        const P: i128 = 2_305_843_009_213_693_951;
        let inverse = |a: i128| {
            let (mut base, mut power, mut out) = (a.rem_euclid(P), P - 2, 1);
            while power > 0 {
                if power % 2 == 1 {
                    out = out * base % P;
                }
                base = base * base % P;
                power /= 2;
            }
            out
        };
        let width = rows.first().map_or(0, Vec::len);
        let mut rank = 0;
        for column in 0..width {
            let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column].rem_euclid(P) != 0) else { continue };
            rows.swap(rank, pivot);
            let by = rows[rank].clone();
            let scale = inverse(by[column]);
            for row in rows.iter_mut().skip(rank + 1).filter(|row| row[column] != 0) {
                let times = row[column] * scale % P;
                row.iter_mut().zip(&by).for_each(|(one, other)| *one = (*one - times * other).rem_euclid(P));
            }
            rank += 1;
        }
        rank
    }

    proptest! {
        #[test]
        fn nothing_hidden_can_be_worked_out(rows in 1_usize..5, columns in 1_usize..5, counts in prop::collection::vec(0_i32..14, 16)) {
            let table = grid(rows, columns, &counts);
            let hidden = table.hidden();
            for (at, count) in table.counts.iter().enumerate() {
                prop_assert!(hidden.contains(&at) || !is_small(count.unwrap(), SMALL_BELOW), "{count:?} is shown");
            }
            let places: Vec<usize> = hidden.iter().copied().collect();
            let equations: Vec<Vec<i128>> = table.sums.iter().map(|sum| {
                places.iter().map(|at| i128::from(*at == sum.total) - i128::from(sum.parts.contains(at))).collect()
            }).collect();
            let known = rank(equations.clone());
            for at in 0..places.len() {
                let alone: Vec<i128> = (0..places.len()).map(|other| i128::from(other == at)).collect();
                let mut with = equations.clone();
                with.push(alone);
                prop_assert!(rank(with) > known, "the count at {} is told by {table:?}", places[at]);
            }
        }

        #[test]
        fn tables_without_small_counts_are_shown_whole(counts in prop::collection::vec(5_i32..900, 16)) {
            prop_assert_eq!(grid(4, 4, &counts).hidden(), BTreeSet::new());
        }
    }
}
