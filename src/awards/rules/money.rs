//! Pennies: how an amount falls on budget lines, quarters and years. Parts always add up to their whole.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{FinancialYear, Id, Pence, Quarter};

/// What one budget line pays of an award: an amount, or a weight from which the amount is computed at the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AwardSplitLine)]
pub struct SplitLine {
    /// The budget line, of the award's fund period.
    pub budget_line_id: Id,
    /// How much it pays. All lines have an amount, or all have a weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_pence: Option<Pence>,
    /// Its share beside the other weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub weight: Option<i64>,
}

/// What is planned for one quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AwardProfileQuarter)]
pub struct QuarterAmount {
    /// The quarter.
    pub quarter: Quarter,
    /// What is planned. In quarters after the fund period it is indicative, subject to funding.
    pub amount_pence: Pence,
}

/// What is agreed for one financial year (R08, R09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AwardAnnualAmount)]
pub struct YearAmount {
    /// The year.
    pub financial_year: FinancialYear,
    /// What is agreed. In years after the fund period it is indicative, subject to funding.
    pub amount_pence: Pence,
}

/// The split of `amount` that was asked for, to the penny: the amounts as given, or by the weights, or, where nothing was asked,
/// in proportion to what each line has available. Lines that pay nothing are left out.
#[must_use]
pub fn settle_split(amount: Pence, asked: &[SplitLine], available: &[(Id, Pence)]) -> Vec<(Id, Pence)> {
    let given = |line: &SplitLine| line.amount_pence.map(|pence| (line.budget_line_id, pence));
    if let Some(lines) = asked.iter().map(given).collect::<Option<Vec<_>>>().filter(|lines| !lines.is_empty()) {
        return paying(lines);
    }
    let weights: Vec<(Id, Pence)> = if asked.is_empty() {
        available.iter().copied().filter(|(_, pence)| pence.is_positive()).collect()
    } else {
        asked.iter().map(|line| (line.budget_line_id, Pence(line.weight.unwrap_or(0)))).collect()
    };
    paying(apply(amount, &weights))
}

/// Whether what each line `held` can pay `amount` as it was asked for. Says nothing of the day on which the money is there.
#[must_use]
pub fn may_suffice(amount: Option<Pence>, asked: &[SplitLine], held: &HashMap<Id, Pence>) -> bool {
    let Some(amount) = amount else { return true };
    if asked.is_empty() {
        return held.values().copied().sum::<Pence>() >= amount;
    }
    settle_split(amount, asked, &[]).iter().all(|(line, pence)| held.get(line).is_some_and(|held| held >= pence))
}

/// The split of an award whose amount changes by `change`: each line changes in proportion to what it pays.
#[must_use]
pub fn move_split(split: &[(Id, Pence)], change: Pence) -> Vec<(Id, Pence)> {
    let size = Pence(change.0.saturating_abs());
    let parts = apply(size, split);
    let moved =
        split.iter().zip(parts).map(|((line, paid), (_, part))| (*line, if change < Pence::ZERO { *paid - part } else { *paid + part }));
    moved.collect()
}

fn apply(amount: Pence, weights: &[(Id, Pence)]) -> Vec<(Id, Pence)> {
    let shares: Vec<Pence> = weights.iter().map(|(_, weight)| *weight).collect();
    weights.iter().zip(amount.split(&shares)).map(|((line, _), part)| (*line, part)).collect()
}

fn paying(lines: Vec<(Id, Pence)>) -> Vec<(Id, Pence)> {
    lines.into_iter().filter(|(_, pence)| !pence.is_zero()).collect()
}

/// A settled split as terms show it.
#[must_use]
pub fn split_lines(split: &[(Id, Pence)]) -> Vec<SplitLine> {
    split.iter().map(|(line, pence)| SplitLine { budget_line_id: *line, amount_pence: Some(*pence), weight: None }).collect()
}

/// What is planned beyond the fund period: outside the ledger, a forward commitment. Years go before quarters where both are given,
/// since they say the same (see [`super::faults`]).
#[must_use]
pub fn forward(years: &[YearAmount], profile: &[QuarterAmount], period_ends_on: NaiveDate) -> Pence {
    let by_year: Pence = years.iter().filter(|year| year.is_after(period_ends_on)).map(|year| year.amount_pence).sum();
    if by_year.is_positive() {
        return by_year;
    }
    profile.iter().filter(|quarter| quarter.is_after(period_ends_on)).map(|quarter| quarter.amount_pence).sum()
}

impl QuarterAmount {
    /// Whether the quarter begins after `day`.
    #[must_use]
    pub fn is_after(&self, day: NaiveDate) -> bool {
        self.quarter.first_day() > day
    }
}

impl YearAmount {
    /// Whether the year begins after `day`.
    #[must_use]
    pub fn is_after(&self, day: NaiveDate) -> bool {
        self.financial_year.first_day() > day
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(count: usize) -> Vec<Id> {
        (0..count).map(|_| Id::new()).collect()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn quarter(text: &str, pence: i64) -> QuarterAmount {
        QuarterAmount { quarter: text.parse().unwrap(), amount_pence: Pence(pence) }
    }

    #[test]
    fn what_was_asked_goes_before_what_is_available() {
        let lines = ids(2);
        let available = [(lines[0], Pence(300)), (lines[1], Pence(100))];
        let by_weight = [
            SplitLine { budget_line_id: lines[0], amount_pence: None, weight: Some(1) },
            SplitLine { budget_line_id: lines[1], amount_pence: None, weight: Some(2) },
        ];
        let by_amount = [SplitLine { budget_line_id: lines[1], amount_pence: Some(Pence(100)), weight: None }];
        assert_eq!(settle_split(Pence(100), &[], &available), [(lines[0], Pence(75)), (lines[1], Pence(25))]);
        assert_eq!(settle_split(Pence(100), &by_weight, &available), [(lines[0], Pence(33)), (lines[1], Pence(67))]);
        assert_eq!(settle_split(Pence(100), &by_amount, &available), [(lines[1], Pence(100))]);
        assert_eq!(settle_split(Pence(100), &[], &[(lines[0], Pence::ZERO), (lines[1], Pence(1))]), [(lines[1], Pence(100))]);
        assert_eq!(settle_split(Pence(100), &[], &[]), []);
    }

    #[test]
    fn years_after_the_fund_period_are_a_forward_commitment() {
        let year = |first, pence| YearAmount { financial_year: FinancialYear::beginning(first).unwrap(), amount_pence: Pence(pence) };
        let years = [year(2020, 450), year(2021, 450), year(2022, 450)];
        let end = day("2021-03-31");
        assert_eq!(forward(&years, &[], end), Pence(900));
        assert_eq!(forward(&[], &[quarter("2020-21-Q4", 5), quarter("2021-22-Q1", 7)], end), Pence(7));
        assert_eq!(forward(&years, &[quarter("2021-22-Q1", 900)], end), Pence(900));
    }

    proptest! {
        #[test]
        fn a_split_adds_up_to_the_penny(amount in 0_i64..1_000_000_000_000, balances in prop::collection::vec(0_i64..1_000_000_000_000, 1..12)) {
            let available: Vec<(Id, Pence)> = ids(balances.len()).into_iter().zip(balances.iter().copied().map(Pence)).collect();
            let split = settle_split(Pence(amount), &[], &available);
            let whole = if balances.iter().any(|pence| *pence > 0) { amount } else { 0 };
            prop_assert_eq!(split.iter().map(|(_, pence)| pence.0).sum::<i64>(), whole);
            prop_assert!(split.iter().all(|(_, pence)| pence.is_positive()));
        }

        /// A split never asks more of a line than it has, as long as all lines together have enough.
        #[test]
        fn a_split_stays_within_each_line(balances in prop::collection::vec(1_i64..1_000_000_000, 1..12), permille in 0_i64..=1_000) {
            let available: Vec<(Id, Pence)> = ids(balances.len()).into_iter().zip(balances.iter().copied().map(Pence)).collect();
            let whole: i64 = balances.iter().sum();
            let amount = whole * permille / 1_000;
            for (line, pence) in settle_split(Pence(amount), &[], &available) {
                let has = available.iter().find(|(one, _)| *one == line).unwrap().1;
                prop_assert!(pence <= has, "{pence} of {has}");
            }
        }

        #[test]
        fn a_change_keeps_to_the_split(parts in prop::collection::vec(1_i64..1_000_000_000, 1..12), change in -1_000_000_000_i64..1_000_000_000) {
            let split: Vec<(Id, Pence)> = ids(parts.len()).into_iter().zip(parts.iter().copied().map(Pence)).collect();
            let whole: i64 = parts.iter().sum();
            let change = change.max(-whole);
            let moved = move_split(&split, Pence(change));
            prop_assert_eq!(moved.iter().map(|(_, pence)| pence.0).sum::<i64>(), whole + change);
            prop_assert!(moved.iter().all(|(_, pence)| *pence >= Pence::ZERO));
        }
    }
}
