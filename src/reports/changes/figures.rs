//! Pictures of any report: its table as it was known at one moment, and what one differs from another, figure by figure. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::http::table::Cell;
use crate::kernel::{Pence, Quantity};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Flat, Report};
use crate::reports::changes::walk::Seen;

/// Which row: its cells in the columns by which rows are told apart, and which of those that have all of them in common.
pub type Key = (Vec<String>, usize);

/// A report's table as it was known at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    rows: BTreeMap<Key, BTreeMap<&'static str, Cell>>,
    /// Whether it agrees with the ledger.
    pub ledger: Option<LedgerAgreement>,
}

/// A figure that is another than it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// In which row.
    pub key: Key,
    /// In which column.
    pub column: &'static str,
    /// What it was; empty where there was none.
    pub before: Cell,
    /// What it is.
    pub after: Cell,
}

impl Figures {
    /// What a report shows, its rows told apart by some of its columns.
    pub fn of<R: Report>(mut report: R, ledger: impl Fn(&R) -> LedgerAgreement, told_apart_by: &[&str]) -> Self {
        let ledger = ledger(&report);
        let columns: Vec<&'static str> = R::Row::COLUMNS.iter().chain(R::Row::MORE.iter().copied().flatten()).copied().collect();
        let rows = report.take_rows().map(|row| columns.iter().copied().zip(row.cells()).collect()).collect();
        Self::told(rows, ledger, told_apart_by)
    }

    fn told(told: Vec<Vec<(&'static str, Cell)>>, ledger: LedgerAgreement, told_apart_by: &[&str]) -> Self {
        let mut rows: BTreeMap<Key, BTreeMap<&'static str, Cell>> = BTreeMap::new();
        let mut alike: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for row in told {
            let mut cells: BTreeMap<&'static str, Cell> = row.into_iter().filter(|(_, cell)| *cell != Cell::Empty).collect();
            let part = |column: &&str| cells.get(*column).map(Cell::words).unwrap_or_default();
            let key: Vec<String> = told_apart_by.iter().map(part).collect();
            told_apart_by.iter().for_each(|column| drop(cells.remove(*column)));
            let number = alike.entry(key.clone()).or_default();
            rows.insert((key, *number), cells);
            *number += 1;
        }
        Self { rows, ledger: Some(ledger) }
    }

    /// What this one shows otherwise than an earlier one.
    #[must_use]
    pub fn differences(&self, earlier: &Self) -> Vec<Changed> {
        let keys: BTreeSet<&Key> = earlier.rows.keys().chain(self.rows.keys()).collect();
        let mut all = Vec::new();
        for key in keys {
            let (before, after) = (earlier.rows.get(key), self.rows.get(key));
            let columns: BTreeSet<&'static str> = before.into_iter().chain(after).flat_map(|row| row.keys().copied()).collect();
            for column in columns {
                let cell = |row: Option<&BTreeMap<&'static str, Cell>>| row.and_then(|row| row.get(column)).cloned().unwrap_or(Cell::Empty);
                let (before, after) = (cell(before), cell(after));
                if before != after {
                    all.push(Changed { key: key.clone(), column, before, after });
                }
            }
        }
        all
    }
}

impl Seen for Figures {
    type Did = Vec<Changed>;

    fn since(&self, earlier: &Self) -> Option<Vec<Changed>> {
        let changed = self.differences(earlier);
        if changed.is_empty() { None } else { Some(changed) }
    }
}

impl Changed {
    /// By how much money it is more, where it is money; what is not there counts as nothing.
    #[must_use]
    pub fn pence(&self) -> Option<Pence> {
        match (&self.before, &self.after) {
            (Cell::Pounds(before), Cell::Pounds(after)) => Some(*after - *before),
            (Cell::Pounds(before), Cell::Empty) => Some(-*before),
            (Cell::Empty, Cell::Pounds(after)) => Some(*after),
            _ => None,
        }
    }

    /// By how much it is more, where it is a number and no money.
    #[must_use]
    pub fn number(&self) -> Option<Quantity> {
        let thousandths = |cell: &Cell| match cell {
            Cell::Count(count) => count.checked_mul(1_000),
            Cell::Number(number) => Some(number.0),
            Cell::Empty => Some(0),
            _ => None,
        };
        if self.pence().is_some() {
            return None;
        }
        thousandths(&self.after)?.checked_sub(thousandths(&self.before)?).map(Quantity)
    }
}

/// How many of the differences between two pictures what was explained does not lead to: each figure goes from what it was to what it is, step by step,
/// and every step is explained.
#[must_use]
pub fn unexplained<'a>(differences: &[Changed], steps: impl Iterator<Item = (&'a Changed, bool)>) -> i64 {
    // What each figure came to, and whether every step was explained.
    let mut came: BTreeMap<(&Key, &str), (&Cell, &Cell, bool)> = BTreeMap::new();
    for (step, is_explained) in steps {
        let own = came.entry((&step.key, step.column)).or_insert((&step.before, &step.before, true));
        own.2 &= is_explained && *own.1 == step.before;
        own.1 = &step.after;
    }
    let mut left = 0;
    for one in differences {
        let is_led_to = came
            .remove(&(&one.key, one.column))
            .is_some_and(|(before, after, is_sound)| is_sound && (before, after) == (&one.before, &one.after));
        left += i64::from(!is_led_to);
    }
    // What changed and changed back.
    left + i64::try_from(came.values().filter(|(before, after, is_sound)| !is_sound || before != after).count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A table of rows by word, with money and a number.
    fn table(rows: &[(u8, i64, i64)]) -> Figures {
        let row = |(name, pence, count): &(u8, i64, i64)| {
            let words = if *count == 0 { Cell::Empty } else { Cell::Plain(format!("seen {count} times")) };
            vec![
                ("name", Cell::Plain(name.to_string())),
                ("paid_pounds", Cell::Pounds(Pence(*pence))),
                ("count", Cell::count(*count)),
                ("said", words),
            ]
        };
        Figures::told(rows.iter().map(row).collect(), LedgerAgreement::NONE, &["name"])
    }

    proptest! {
        #[test]
        fn what_each_step_did_leads_to_the_difference(
            told in prop::collection::vec(prop::collection::vec((0_u8..4, -9_i64..9, 0_i64..3), 0..6), 2..10),
        ) {
            let tables: Vec<Figures> = told.iter().map(|rows| table(rows)).collect();
            let (first, last) = (tables.first().unwrap(), tables.last().unwrap());
            let steps: Vec<Changed> = tables.windows(2).flat_map(|two| two[1].differences(&two[0])).collect();
            let differences = last.differences(first);
            prop_assert_eq!(unexplained(&differences, steps.iter().map(|step| (step, true))), 0);
            for one in &differences {
                let sum: i64 = steps.iter().filter(|step| (&step.key, step.column) == (&one.key, one.column)).filter_map(Changed::pence).map(|pence| pence.0).sum();
                prop_assert_eq!(sum, one.pence().map_or(0, |pence| pence.0));
            }
            // A step that no act explains, or that is left out, is missed.
            if let Some((left_out, rest)) = steps.split_first() {
                let with = std::iter::once((left_out, false)).chain(rest.iter().map(|step| (step, true)));
                prop_assert!(unexplained(&differences, with) > 0);
                prop_assert!(unexplained(&differences, rest.iter().map(|step| (step, true))) > 0);
            }
        }
    }

    #[test]
    fn a_figure_is_told_with_what_it_is_more() {
        let changed = table(&[(1, 5, 2), (2, 7, 0)]).differences(&table(&[(1, 5, 1)]));
        let told: Vec<(&str, Option<i64>, Option<i64>)> =
            changed.iter().map(|one| (one.column, one.pence().map(|pence| pence.0), one.number().map(|number| number.0))).collect();
        let expected = [("count", None, Some(1_000)), ("said", None, None), ("count", None, Some(0)), ("paid_pounds", Some(7), None)];
        assert_eq!(told, expected);
    }
}
