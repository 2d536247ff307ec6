//! What surrounds an award, as far as a variation touches it: as it stands, and as it would stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::awards::Award;
use crate::awards::indicators::rules::IndicatorTarget;
use crate::awards::rules::{AwardInput, QuarterAmount};
use crate::funds::budget_lines;
use crate::kernel::{Id, Named, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::schedule::foreseen::{Agreed, OpenInstalment, Paying};
use crate::returns::foreseen::{self as returns, DueReturn, Owing};
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

/// What surrounds awards as they stand now, as far as their variations touch it: looked up for all of them together.
pub(super) struct Surroundings {
    /// What each award has committed of each budget line.
    committed: HashMap<Id, BTreeMap<Id, Pence>>,
    names: HashMap<Id, Named>,
    /// The funding source of each budget line.
    sources: HashMap<Id, Id>,
    paying: Paying,
    owing: HashMap<Id, Owing>,
}

impl Surroundings {
    /// Those of awards, each with a variation of it; `lines` are budget lines that would pay beside those that do.
    pub(super) fn of(conn: &mut Conn, all: &[(&Award, &VariationInput)], lines: &[Id]) -> Result<Self, Refusal> {
        let those = |asks: fn(&VariationInput) -> bool| -> Vec<&Award> {
            all.iter().filter(|(_, input)| asks(input)).map(|(award, _)| *award).collect()
        };
        let money = those(moves_money);
        let ids: Vec<Id> = money.iter().map(|award| award.id).collect();
        let mut paying_lines: BTreeSet<Id> = money.iter().flat_map(|award| award.split.iter().map(|(line, _)| *line)).collect();
        paying_lines.extend(lines);
        let mut committed: HashMap<Id, BTreeMap<Id, Pence>> = HashMap::new();
        for ((award, line), held) in ledger::holdings(conn, AccountKind::Committed, &ids)? {
            paying_lines.insert(line);
            committed.entry(award).or_default().insert(line, held);
        }
        let paying_lines: Vec<Id> = paying_lines.into_iter().collect();
        let (mut names, mut sources) = (HashMap::new(), HashMap::new());
        if !paying_lines.is_empty() {
            names = budget_lines::named(conn, &paying_lines)?;
            sources.extend(budget_lines::parents(conn, &paying_lines)?.into_iter().map(|(line, _, source)| (line, source)));
        }
        Ok(Self { committed, names, sources, paying: Paying::of(conn, &ids)?, owing: returns::owing(conn, &those(moves_returns))? })
    }

    /// An award as it stands, beside its variation.
    pub(super) fn now(&self, beside: &Beside, input: &VariationInput) -> Picture {
        let award = &beside.award;
        let mut picture = Picture { targets: targets(beside), ..Picture::default() };
        if moves_money(input) {
            picture.lines = self.lines(&award.split, self.committed.get(&award.id).cloned().unwrap_or_default());
            picture.profile.clone_from(&award.terms.profile);
            picture.payments = instalments(self.paying.open_now(award));
        }
        if moves_returns(input) {
            picture.returns = by_period(self.owing.get(&award.id).map(Owing::now).unwrap_or_default());
        }
        picture
    }

    /// As it would stand with the variation, which makes these terms and this split; `before` is how it stands.
    pub(super) fn then(
        &self,
        beside: &Beside,
        (input, before): (&VariationInput, &Picture),
        (terms, split): (&AwardInput, &[(Id, Pence)]),
        today: NaiveDate,
    ) -> Picture {
        let award = Award { terms: terms.clone(), split: split.to_vec(), ..beside.award.clone() };
        let mut picture = Picture { targets: before.targets.clone(), ..Picture::default() };
        for change in &input.targets {
            if let Some((_, targets)) = picture.targets.get_mut(&change.indicator_id) {
                targets.clone_from(&change.targets);
            }
        }
        if moves_money(input) {
            let pays =
                |split: &[(Id, Pence)], line: Id| split.iter().find(|(one, _)| *one == line).map_or(Pence::ZERO, |(_, pence)| *pence);
            let mut held: BTreeMap<Id, Pence> = before.lines.iter().map(|(id, line)| (*id, line.committed)).collect();
            for (line, _) in split {
                held.entry(*line).or_default();
            }
            for (line, pence) in &mut held {
                *pence = *pence + pays(split, *line) - pays(&beside.award.split, *line);
            }
            picture.lines = self.lines(split, held);
            picture.profile = in_order(terms.profile.clone());
            picture.payments = instalments(open_then(&self.paying, (&beside.award, input), (terms, split), today));
        }
        if moves_returns(input) {
            let mut owed = self.owing.get(&award.id).map(|owing| owing.then(&award)).unwrap_or_default();
            let awaited: Vec<(String, NaiveDate)> =
                owed.iter().filter(|one| one.is_awaited).map(|one| (one.period.clone(), one.due_on)).collect();
            let days = rules::return_days(&input.return_dates, &awaited);
            for one in &mut owed {
                one.due_on = days.iter().find(|(period, _)| *period == one.period).map_or(one.due_on, |(_, day)| *day);
            }
            picture.returns = by_period(owed);
        }
        picture
    }

    /// The lines that pay an award with this split, or hold money for it, by name and source.
    fn lines(&self, split: &[(Id, Pence)], held: BTreeMap<Id, Pence>) -> BTreeMap<Id, PictureLine> {
        let is_paying = |line: &Id| split.iter().any(|(one, _)| one == line);
        let line = |(id, committed): (Id, Pence)| {
            let named = self.names.get(&id)?;
            let source_id = self.sources.get(&id).copied();
            Some((id, PictureLine { reference: named.code.clone(), source_id, source: named.name.clone(), committed }))
        };
        held.into_iter().filter(|(line, pence)| !pence.is_zero() || is_paying(line)).filter_map(line).collect()
    }
}

/// The instalments that would be open with a variation of an award, which makes these terms and this split.
pub(super) fn open_then(
    paying: &Paying,
    (award, input): (&Award, &VariationInput),
    (terms, split): (&AwardInput, &[(Id, Pence)]),
    today: NaiveDate,
) -> Vec<OpenInstalment> {
    let then = Award { terms: terms.clone(), split: split.to_vec(), ..award.clone() };
    let plan = input.payment_schedule.as_ref().map(rules::ScheduleChange::plan);
    let sum = |split: &[(Id, Pence)]| split.iter().map(|(_, pence)| *pence).sum::<Pence>();
    let change = sum(split) - sum(&award.split);
    paying.open_then(&Agreed { award: &then, profile: &terms.profile, change, plan: plan.as_ref() }, today)
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
