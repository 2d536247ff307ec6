//! What a variation does to what surrounds its award: money, profile, payments, targets and returns.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::awards::indicators::rules::IndicatorTarget;
use crate::awards::rules::QuarterAmount;
use crate::kernel::{Id, Pence, Quarter};

words! {
    /// What becomes of a return.
    pub enum ReturnEffect {
        /// It is asked for from then on.
        Appears = "appears",
        /// It is not asked for any more.
        Goes = "goes",
        /// It covers other days, or is due on another day.
        Moves = "moves",
    }
}

/// What a variation does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VariationEffect {
    /// What the award has committed and not paid, for each budget line; all its lines.
    #[schema(max_items = 100)]
    pub money: Vec<EffectOnLine>,
    /// Quarters of the profile that differ.
    #[schema(max_items = 240)]
    pub profile: Vec<EffectOnQuarter>,
    /// Instalments that are still open and differ.
    #[schema(max_items = 1000)]
    pub payments: Vec<EffectOnPayment>,
    /// Indicators whose targets differ.
    #[schema(max_items = 100)]
    pub targets: Vec<EffectOnTarget>,
    /// Returns that appear, go or move.
    #[schema(max_items = 300)]
    pub returns: Vec<EffectOnReturn>,
}

/// What is committed from a budget line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectOnLine {
    /// The budget line.
    pub budget_line_id: Id,
    /// Its reference.
    #[schema(max_length = 120)]
    pub budget_line: String,
    /// Whose money it is.
    pub funding_source_id: Option<Id>,
    /// The name of that source.
    #[schema(max_length = 300)]
    pub funding_source: String,
    /// What is committed and not paid before, in pence.
    pub before_pence: Pence,
    /// The same after; below nought where more is paid than would be committed, so that it cannot be applied.
    #[schema(value_type = i64)]
    pub after_pence: Pence,
    /// By how much it changes; below nought for less.
    #[schema(value_type = i64)]
    pub difference_pence: Pence,
}

/// A quarter of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectOnQuarter {
    /// The quarter.
    pub quarter: Quarter,
    /// What is planned before; none where the profile has no such quarter.
    pub before_pence: Option<Pence>,
    /// The same after.
    pub after_pence: Option<Pence>,
}

/// An instalment that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectOnPayment {
    /// Which one: `2020-21-Q3`, `2020-10`, `1`.
    #[schema(max_length = 120)]
    pub instalment: String,
    /// When it is due before; none where there is no such instalment.
    pub due_on_before: Option<NaiveDate>,
    /// The same after.
    pub due_on_after: Option<NaiveDate>,
    /// How much it is before, in pence.
    pub before_pence: Option<Pence>,
    /// The same after.
    pub after_pence: Option<Pence>,
}

/// The targets of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectOnTarget {
    /// The indicator.
    pub indicator_id: Id,
    /// Its name.
    #[schema(max_length = 500)]
    pub indicator: String,
    /// Its targets before.
    #[schema(max_items = 200)]
    pub before: Vec<IndicatorTarget>,
    /// Its targets after.
    #[schema(max_items = 200)]
    pub after: Vec<IndicatorTarget>,
}

/// A return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EffectOnReturn {
    /// Which one: `2020-21-Q3`.
    #[schema(max_length = 120)]
    pub period: String,
    /// What becomes of it.
    pub what: ReturnEffect,
    /// The day by which it should be in before; none where it was not asked for.
    pub due_on_before: Option<NaiveDate>,
    /// The same after.
    pub due_on_after: Option<NaiveDate>,
    /// Its first day: after, or before where it goes.
    pub starts_on: NaiveDate,
    /// Its last day: after, or before where it goes.
    pub ends_on: NaiveDate,
}

/// A budget line in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureLine {
    /// Its reference.
    pub reference: String,
    /// Whose money it is.
    pub source_id: Option<Id>,
    /// The name of that source.
    pub source: String,
    /// What is committed and not paid.
    pub committed: Pence,
}

/// What surrounds an award, before or after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// By budget line.
    pub lines: BTreeMap<Id, PictureLine>,
    /// The profile.
    pub profile: Vec<QuarterAmount>,
    /// Open instalments: when each is due, and how much it is.
    pub payments: BTreeMap<String, (NaiveDate, Pence)>,
    /// Indicators that the variation names: name and targets.
    pub targets: BTreeMap<Id, (String, Vec<IndicatorTarget>)>,
    /// Returns by period: first day, last day, due day.
    pub returns: BTreeMap<String, (NaiveDate, NaiveDate, NaiveDate)>,
}

/// What differs between two pictures.
#[must_use]
pub fn effect(before: &Picture, after: &Picture) -> VariationEffect {
    VariationEffect {
        money: money(before, after),
        profile: profile(before, after),
        payments: payments(before, after),
        targets: targets(before, after),
        returns: returns(before, after),
    }
}

/// The keys of both, in their order.
fn keys<'a, K: Ord + Clone, V>(before: &'a BTreeMap<K, V>, after: &'a BTreeMap<K, V>) -> Vec<K> {
    let mut keys: Vec<K> = before.keys().chain(after.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

fn money(before: &Picture, after: &Picture) -> Vec<EffectOnLine> {
    let line = |id: Id| {
        let known = after.lines.get(&id).or_else(|| before.lines.get(&id))?;
        let held = |picture: &Picture| picture.lines.get(&id).map_or(Pence::ZERO, |line| line.committed);
        let (before_pence, after_pence) = (held(before), held(after));
        Some(EffectOnLine {
            budget_line_id: id,
            budget_line: known.reference.clone(),
            funding_source_id: known.source_id,
            funding_source: known.source.clone(),
            before_pence,
            after_pence,
            difference_pence: after_pence - before_pence,
        })
    };
    keys(&before.lines, &after.lines).into_iter().filter_map(line).collect()
}

fn profile(before: &Picture, after: &Picture) -> Vec<EffectOnQuarter> {
    let by_quarter = |picture: &Picture| picture.profile.iter().map(|one| (one.quarter, one.amount_pence)).collect::<BTreeMap<_, _>>();
    let (left, right) = (by_quarter(before), by_quarter(after));
    let quarter = |quarter: Quarter| {
        let (before_pence, after_pence) = (left.get(&quarter).copied(), right.get(&quarter).copied());
        (before_pence != after_pence).then_some(EffectOnQuarter { quarter, before_pence, after_pence })
    };
    keys(&left, &right).into_iter().filter_map(quarter).collect()
}

fn payments(before: &Picture, after: &Picture) -> Vec<EffectOnPayment> {
    let one = |instalment: String| {
        let (left, right) = (before.payments.get(&instalment).copied(), after.payments.get(&instalment).copied());
        (left != right).then_some(EffectOnPayment {
            due_on_before: left.map(|one| one.0),
            due_on_after: right.map(|one| one.0),
            before_pence: left.map(|one| one.1),
            after_pence: right.map(|one| one.1),
            instalment,
        })
    };
    keys(&before.payments, &after.payments).into_iter().filter_map(one).collect()
}

fn targets(before: &Picture, after: &Picture) -> Vec<EffectOnTarget> {
    let one = |id: Id| {
        let (left, right) = (before.targets.get(&id)?, after.targets.get(&id)?);
        let differs = left.1 != right.1;
        differs.then(|| EffectOnTarget { indicator_id: id, indicator: left.0.clone(), before: left.1.clone(), after: right.1.clone() })
    };
    keys(&before.targets, &after.targets).into_iter().filter_map(one).collect()
}

fn returns(before: &Picture, after: &Picture) -> Vec<EffectOnReturn> {
    let one = |period: String| {
        let (left, right) = (before.returns.get(&period).copied(), after.returns.get(&period).copied());
        let what = match (left, right) {
            (None, Some(_)) => ReturnEffect::Appears,
            (Some(_), None) => ReturnEffect::Goes,
            (left, right) if left != right => ReturnEffect::Moves,
            _ => return None,
        };
        let (starts_on, ends_on, _) = right.or(left)?;
        let (due_on_before, due_on_after) = (left.map(|one| one.2), right.map(|one| one.2));
        Some(EffectOnReturn { period, what, due_on_before, due_on_after, starts_on, ends_on })
    };
    keys(&before.returns, &after.returns).into_iter().filter_map(one).collect()
}
