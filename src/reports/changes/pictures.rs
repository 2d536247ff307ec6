//! Pictures of the allocations, and what one differs from another. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Id, Named};
use crate::reports::allocations::amounts::{AllocationRow, Scope, row};
use crate::reports::book::rules::{AMOUNTS, Group, add_up};
use crate::reports::book::values::{Value, Values};
use crate::reports::book::{Book, Dimension, Filter, Keys, Sums};
use crate::reports::changes::walk;

/// What a row is known by whatever it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A record.
    Record(Id),
    /// A word.
    Word(String),
    /// Areas together.
    Areas(Vec<Id>),
}

/// A row's dimensions, in the order asked for.
pub type Key = Vec<Option<Part>>;

/// A row as it was seen.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it was called.
    pub labels: AllocationRow,
    /// What it held.
    pub sums: Sums,
}

/// The award and the fund of an amount.
type Of = (Option<Named>, Option<Named>);

/// The allocations as they were known at one moment.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// The rows asked for.
    pub rows: BTreeMap<Key, Seen>,
    /// Everything together.
    pub total: Sums,
    /// The amounts by award and fund too, to tell whose they are.
    fine: BTreeMap<Key, (Of, Sums)>,
    /// Whether it agrees with the ledger.
    pub is_balanced: bool,
    /// How many movements it is made of.
    pub transfers: i64,
}

/// What a row holds in one picture and not in another.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which row.
    pub key: Key,
    /// What it is called, in the later picture where it is there.
    pub labels: AllocationRow,
    /// By how much it is more.
    pub sums: Sums,
    /// What it was called before and is called since, where that differs.
    pub renamed: Option<String>,
}

fn key(values: &Values, keys: &Keys, by: &[Dimension]) -> Key {
    let part = |dimension: &Dimension| {
        values.value(*dimension, keys.get(*dimension)).map(|value| match value {
            Value::Record(named) => Part::Record(named.id),
            Value::Word(word) => Part::Word(word.clone()),
            Value::Areas(group) => Part::Areas(group.area_ids.clone()),
        })
    };
    by.iter().map(part).collect()
}

impl Picture {
    /// What a book shows of a question.
    #[must_use]
    pub fn of(book: &Book, filter: &Filter, by: &[Dimension], scope: Scope) -> Self {
        let (groups, total) = add_up(&book.facts, filter, by);
        let seen =
            |group: &Group| Seen { labels: row(&group.keys, &book.values, scope.amounts(&Sums::default(), false)), sums: group.sums };
        let rows = groups.iter().map(|group| (key(&book.values, &group.keys, by), seen(group))).collect();
        let mut finer = by.to_vec();
        finer.extend([Dimension::Award, Dimension::Fund].into_iter().filter(|one| !by.contains(one)));
        let named = |group: &Group, dimension| book.values.value(dimension, group.keys.get(dimension)).and_then(Value::record).cloned();
        let of = |group: &Group| (named(group, Dimension::Award), named(group, Dimension::Fund));
        let (groups, _) = add_up(&book.facts, filter, &finer);
        let fine = groups.iter().map(|group| (key(&book.values, &group.keys, &finer), (of(group), group.sums))).collect();
        Self { rows, total, fine, is_balanced: book.is_balanced, transfers: book.transfers }
    }

    /// What this one shows that an earlier one does not, row by row.
    #[must_use]
    pub fn differences(&self, earlier: &Self) -> Vec<Change> {
        let keys: BTreeSet<&Key> = earlier.rows.keys().chain(self.rows.keys()).collect();
        let change = |key: &Key| {
            let (before, after) = (earlier.rows.get(key), self.rows.get(key));
            let labels = after.or(before)?.labels.clone();
            let sums_of = |seen: Option<&Seen>| seen.map(|seen| seen.sums).unwrap_or_default();
            let renamed = before.zip(after).and_then(|(before, after)| renamed(&before.labels, &after.labels));
            let differs = sums_of(before) != sums_of(after);
            (differs || renamed.is_some()).then(|| Change { key: key.clone(), labels, sums: sums_of(after).less(sums_of(before)), renamed })
        };
        keys.into_iter().filter_map(change).collect()
    }

    /// The awards and the funds whose amounts are not what they were in an earlier one, or stand in another row; by code.
    fn touched(&self, earlier: &Self) -> (Vec<Named>, Vec<Named>) {
        let keys: BTreeSet<&Key> = earlier.fine.keys().chain(self.fine.keys()).collect();
        let (mut awards, mut funds) = (BTreeMap::new(), BTreeMap::new());
        for key in keys {
            let (before, after) = (earlier.fine.get(key), self.fine.get(key));
            if before.map(|(_, sums)| sums) == after.map(|(_, sums)| sums) {
                continue;
            }
            let Some(((award, fund), _)) = after.or(before) else { continue };
            awards.extend(award.clone().map(|award| (award.code.clone(), award)));
            funds.extend(fund.clone().map(|fund| (fund.code.clone(), fund)));
        }
        (awards.into_values().collect(), funds.into_values().collect())
    }
}

/// What one act did to the allocations.
#[derive(Debug, Clone)]
pub struct Did {
    /// The awards that it touched.
    pub awards: Vec<Named>,
    /// The funds that it touched.
    pub funds: Vec<Named>,
    /// What it changed.
    pub changes: Vec<Change>,
}

impl walk::Seen for Picture {
    type Did = Did;

    fn since(&self, earlier: &Self) -> Option<Did> {
        let changes = self.differences(earlier);
        if changes.is_empty() {
            return None;
        }
        let (awards, funds) = self.touched(earlier);
        Some(Did { awards, funds, changes })
    }
}

/// The names of a row.
fn names(row: &AllocationRow) -> impl Iterator<Item = Option<&str>> {
    let records = [&row.fund, &row.source, &row.tranche, &row.provider, &row.programme, &row.award];
    let named = records.into_iter().map(|record| record.as_ref().map(|record| record.name.as_str()));
    named.chain(std::iter::once(row.area.as_ref().map(|area| area.name.as_str())))
}

fn renamed(before: &AllocationRow, after: &AllocationRow) -> Option<String> {
    let changed = names(before).zip(names(after)).filter(|(before, after)| before != after);
    let told: Vec<String> = changed.filter_map(|(before, after)| Some(format!("{} is now called {}", before?, after?))).collect();
    if told.is_empty() { None } else { Some(told.join("; ")) }
}

/// What no act in the log accounts for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unexplained {
    /// Of the amounts, in pence.
    pub pence: i64,
    /// Of the counts of awards, projects and organisations.
    pub counts: i64,
    /// How many rows got another name.
    pub names: i64,
}

/// How many numbers a row has: amounts, and then counts.
const NUMBERS: usize = AMOUNTS + 6;

/// The amounts of a row, and then its counts.
fn numbers(sums: &Sums) -> impl Iterator<Item = i64> {
    let counts = [sums.awards, sums.projects, sums.providers, sums.illustrative, sums.not_evidenced, sums.unknown_amounts];
    sums.amounts().into_iter().map(|pence| pence.0).chain(counts)
}

/// How much of the differences is not in what is explained, each number of each row by itself, and which rows got a name by what is not.
#[must_use]
pub fn unexplained<'a>(
    differences: &'a [Change],
    explained: impl Iterator<Item = &'a Change>,
    not_explained: impl Iterator<Item = &'a Change>,
) -> Unexplained {
    let mut left: BTreeMap<&Key, [i128; NUMBERS]> = BTreeMap::new();
    let mut add = |change: &'a Change, sign: i128| {
        let own = left.entry(&change.key).or_insert([0; NUMBERS]);
        own.iter_mut().zip(numbers(&change.sums)).for_each(|(sum, number)| *sum += sign * i128::from(number));
    };
    explained.for_each(|change| add(change, -1));
    differences.iter().for_each(|change| add(change, 1));
    let whole = |of: &dyn Fn(&[i128; NUMBERS]) -> i128| i64::try_from(left.values().map(of).sum::<i128>()).unwrap_or(i64::MAX);
    let named: BTreeSet<&Key> = not_explained.filter(|change| change.renamed.is_some()).map(|change| &change.key).collect();
    Unexplained {
        pence: whole(&|numbers| numbers.iter().take(AMOUNTS).map(|number| number.abs()).sum()),
        counts: whole(&|numbers| numbers.iter().skip(AMOUNTS).map(|number| number.abs()).sum()),
        names: i64::try_from(named.len()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::Pence;

    fn labels() -> AllocationRow {
        row(&Keys::default(), &Values::default(), Scope::new(&[], &[]).amounts(&Sums::default(), false))
    }

    /// A picture of rows by word, each with what is committed and paid.
    pub fn picture(rows: &[(u8, i64, i64)]) -> Picture {
        let seen = |committed, paid| Seen {
            labels: labels(),
            sums: Sums { committed: Pence(committed), paid: Pence(paid), awards: 1, ..Sums::default() },
        };
        let rows = rows.iter().map(|(name, committed, paid)| (vec![Some(Part::Word(name.to_string()))], seen(*committed, *paid)));
        Picture { rows: rows.collect(), ..Picture::default() }
    }

    proptest! {
        #[test]
        fn what_each_step_did_adds_up_to_the_difference(
            told in proptest::collection::vec(proptest::collection::vec((0_u8..5, -9_000_000_000_i64..9_000_000_000, 0_i64..9), 0..6), 2..12),
        ) {
            let pictures: Vec<Picture> = told.iter().map(|rows| picture(rows)).collect();
            let (first, last) = (pictures.first().unwrap(), pictures.last().unwrap());
            let steps: Vec<Change> = pictures.windows(2).flat_map(|two| two[1].differences(&two[0])).collect();
            let differences = last.differences(first);
            prop_assert_eq!(unexplained(&differences, steps.iter(), [].iter()), Unexplained::default());
            for change in &differences {
                let of_row = || steps.iter().filter(|step| step.key == change.key);
                let committed: i64 = of_row().map(|step| step.sums.committed.0).sum();
                let awards: i64 = of_row().map(|step| step.sums.awards).sum();
                prop_assert_eq!((committed, awards), (change.sums.committed.0, change.sums.awards));
            }
            // A step that is left out is missed.
            if let Some((left_out, rest)) = steps.split_first() {
                let missed: i64 = left_out.sums.amounts().iter().map(|pence| pence.0.abs()).sum();
                let found = unexplained(&differences, rest.iter(), [left_out].into_iter());
                prop_assert_eq!(found, Unexplained { pence: missed, counts: left_out.sums.awards.abs(), names: 0 });
            }
        }
    }

    #[test]
    fn the_same_picture_shows_no_change() {
        let one = picture(&[(1, 5, 0), (2, 0, 3)]);
        assert!(one.differences(&one.clone()).is_empty());
        assert_eq!(unexplained(&[], [].iter(), [].iter()), Unexplained::default());
    }

    #[test]
    fn a_count_or_a_name_that_nothing_explains_is_told_without_any_money() {
        let (one, mut two) = (picture(&[(1, 5, 0), (2, 5, 0)]), picture(&[(1, 5, 0), (2, 5, 0)]));
        let rows: Vec<&mut Seen> = two.rows.values_mut().collect();
        for seen in rows.into_iter().take(1) {
            seen.sums.awards += 2;
            seen.sums.providers -= 1;
        }
        let mut changes = two.differences(&one);
        assert_eq!(changes.len(), 1);
        assert_eq!(unexplained(&changes, [].iter(), changes.iter()), Unexplained { pence: 0, counts: 3, names: 0 });
        assert_eq!(unexplained(&changes, changes.iter(), [].iter()), Unexplained::default());
        for change in &mut changes {
            (change.sums, change.renamed) = (Sums::default(), Some("A is now called B".to_owned()));
        }
        assert_eq!(unexplained(&changes, [].iter(), changes.iter()), Unexplained { pence: 0, counts: 0, names: 1 });
        assert_eq!(unexplained(&changes, changes.iter(), [].iter()), Unexplained::default());
    }
}
