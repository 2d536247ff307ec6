//! What surrounds an award, as far as a variation touches it: as it stands, and as it would stand.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::awards::Award;
use crate::awards::indicators::rules::IndicatorTarget;
use crate::awards::rules::{AwardInput, QuarterAmount};
use crate::funds::budget_lines;
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::schedule::foreseen::{self as payments, Agreed, OpenInstalment};
use crate::returns::foreseen::{self as returns, DueReturn};
use crate::store::Conn;
use crate::variations::acts::Beside;
use crate::variations::rules::{self, Picture, PictureLine, VariationInput};

/// Whether a variation changes what is committed, or how it is paid.
pub(super) fn moves_money(input: &VariationInput) -> bool {
    input.recuts() || input.payment_schedule.is_some()
}

fn moves_returns(input: &VariationInput) -> bool {
    input.dates.is_some() || !input.return_dates.is_empty()
}

/// As it stands.
pub(super) fn now(conn: &mut Conn, beside: &Beside, input: &VariationInput) -> Result<Picture, Refusal> {
    let id = beside.award.id;
    let mut picture = Picture { targets: targets(beside), ..Picture::default() };
    if moves_money(input) {
        let held: BTreeMap<Id, Pence> = ledger::balances(conn, AccountKind::Committed, id)?.into_iter().collect();
        picture.lines = lines(conn, &beside.award, held)?;
        picture.profile.clone_from(&beside.award.terms.profile);
        picture.payments = instalments(payments::open_now(conn, &beside.award)?);
    }
    if moves_returns(input) {
        picture.returns = by_period(returns::owed_now(conn, id)?);
    }
    Ok(picture)
}

/// As it would stand with the variation, which makes these terms and this split.
pub(super) fn then(
    conn: &mut Conn,
    beside: &Beside,
    input: &VariationInput,
    (terms, split): (&AwardInput, &[(Id, Pence)]),
    today: NaiveDate,
) -> Result<Picture, Refusal> {
    let before = now(conn, beside, input)?;
    let award = Award { terms: terms.clone(), split: split.to_vec(), ..beside.award.clone() };
    let mut picture = Picture { targets: before.targets.clone(), ..Picture::default() };
    for change in &input.targets {
        if let Some((_, targets)) = picture.targets.get_mut(&change.indicator_id) {
            targets.clone_from(&change.targets);
        }
    }
    if moves_money(input) {
        let pays = |split: &[(Id, Pence)], line: Id| split.iter().find(|(one, _)| *one == line).map_or(Pence::ZERO, |(_, pence)| *pence);
        let mut held: BTreeMap<Id, Pence> = before.lines.iter().map(|(id, line)| (*id, line.committed)).collect();
        for (line, _) in split {
            held.entry(*line).or_default();
        }
        for (line, pence) in &mut held {
            *pence = *pence + pays(split, *line) - pays(&beside.award.split, *line);
        }
        picture.lines = lines(conn, &award, held)?;
        picture.profile = in_order(terms.profile.clone());
        picture.payments = instalments(open_then(conn, (&beside.award, input), (terms, split), today)?);
    }
    if moves_returns(input) {
        let mut owed = returns::owed_then(conn, &award)?;
        let awaited: Vec<(String, NaiveDate)> =
            owed.iter().filter(|one| one.is_awaited).map(|one| (one.period.clone(), one.due_on)).collect();
        let days = rules::return_days(&input.return_dates, &awaited);
        for one in &mut owed {
            one.due_on = days.iter().find(|(period, _)| *period == one.period).map_or(one.due_on, |(_, day)| *day);
        }
        picture.returns = by_period(owed);
    }
    Ok(picture)
}

/// The instalments that would be open with a variation of an award, which makes these terms and this split.
pub(super) fn open_then(
    conn: &mut Conn,
    (award, input): (&Award, &VariationInput),
    (terms, split): (&AwardInput, &[(Id, Pence)]),
    today: NaiveDate,
) -> Result<Vec<OpenInstalment>, Refusal> {
    let then = Award { terms: terms.clone(), split: split.to_vec(), ..award.clone() };
    let plan = input.payment_schedule.as_ref().map(rules::ScheduleChange::plan);
    let sum = |split: &[(Id, Pence)]| split.iter().map(|(_, pence)| *pence).sum::<Pence>();
    let change = sum(split) - sum(&award.split);
    payments::open_then(conn, &Agreed { award: &then, profile: &terms.profile, change, plan: plan.as_ref() }, today)
}

fn in_order(mut profile: Vec<QuarterAmount>) -> Vec<QuarterAmount> {
    profile.sort_by_key(|one| one.quarter);
    profile
}

fn instalments(open: Vec<OpenInstalment>) -> BTreeMap<String, (NaiveDate, Pence)> {
    open.into_iter().map(|one| (one.instalment, (one.due_on, one.amount))).collect()
}

fn by_period(owed: Vec<DueReturn>) -> BTreeMap<String, (NaiveDate, NaiveDate, NaiveDate)> {
    owed.into_iter().map(|one| (one.period, (one.starts_on, one.ends_on, one.due_on))).collect()
}

fn targets(beside: &Beside) -> BTreeMap<Id, (String, Vec<IndicatorTarget>)> {
    let of = |one: &crate::awards::indicators::rules::Indicator| {
        (one.id, (one.facts.name.clone(), one.targets.iter().map(|facts| facts.target.clone()).collect()))
    };
    beside.indicators.iter().map(of).collect()
}

/// The lines that pay an award, or hold money for it, by name and source.
fn lines(conn: &mut Conn, award: &Award, held: BTreeMap<Id, Pence>) -> Result<BTreeMap<Id, PictureLine>, Refusal> {
    let is_paying = |line: &Id| award.split.iter().any(|(one, _)| one == line);
    let held: BTreeMap<Id, Pence> = held.into_iter().filter(|(line, pence)| !pence.is_zero() || is_paying(line)).collect();
    let ids: Vec<Id> = held.keys().copied().collect();
    let (names, parents) = (budget_lines::named(conn, &ids)?, budget_lines::parents(conn, &ids)?);
    let line = |(id, committed): (Id, Pence)| {
        let named = names.get(&id)?;
        let source_id = parents.iter().find(|(line, _, _)| *line == id).map(|(_, _, source)| *source);
        Some((id, PictureLine { reference: named.code.clone(), source_id, source: named.name.clone(), committed }))
    };
    Ok(held.into_iter().filter_map(line).collect())
}
