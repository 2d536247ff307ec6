//! What is done to tranches.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde_json::json;

use crate::audit;
use crate::funds::budget_lines::BudgetLinePart;
use crate::funds::budget_lines::acts::{Aside, bring_back, set_aside};
use crate::funds::periods;
use crate::funds::record::{self, Facts, Record};
use crate::funds::tranches::rules::{
    self, Step, TrancheAllocation, TrancheFacts, TrancheInput, TrancheRelease, TrancheState, TrancheStep, TrancheTerms,
};
use crate::funds::tranches::{Tranche, find, store};
use crate::kernel::{Code, Faults, Id, Pence, Provenance, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::{Conn, Tx};

impl Facts for TrancheFacts {
    const KIND: &'static str = "tranche";

    fn identity(&self) -> String {
        format!("The reference {}", self.reference)
    }

    fn reason(&self) -> Option<&str> {
        self.terms.reason.as_deref()
    }

    fn faults(&self, _: &mut Conn, before: Option<&Record<Self>>, provenance: &Provenance) -> Result<Faults, Refusal> {
        Ok(rules::faults(&self.terms, before.map(|before| &before.facts.terms), provenance))
    }

    fn load(conn: &mut Conn, id: Id) -> Result<Option<Record<Self>>, Refusal> {
        store::load(conn, id)
    }

    fn begin(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::begin(conn, record)
    }

    fn advance(conn: &mut Conn, record: &Record<Self>) -> Result<bool, Refusal> {
        store::advance(conn, record)
    }

    fn add_version(conn: &mut Conn, record: &Record<Self>) -> Result<(), Refusal> {
        store::add_version(conn, record)
    }
}

fn aside(tranche: &Tranche) -> Aside {
    Aside { kind: AccountKind::Tranche, record_id: tranche.id, fund_period_id: tranche.facts.fund_period_id }
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Tranche, Refusal> {
    let tranche = find(tx.conn(), id)?.ok_or(Refusal::NotFound("tranche"))?;
    if tranche.version == version { Ok(tranche) } else { Err(Refusal::Stale) }
}

/// Makes a tranche in any state; the next number of its fund period where none is given. Moves no money.
///
/// # Errors
/// [`Refusal::NotFound`] without such a fund period; [`Code::Taken`] where the number is; every fault of the terms.
pub fn record(
    tx: &mut Tx<'_>,
    period_id: Id,
    number: Option<i32>,
    terms: &TrancheTerms,
    provenance: &Provenance,
) -> Result<Tranche, Refusal> {
    tx.touch(period_id);
    let period = periods::named(tx.conn(), &[period_id])?.remove(&period_id).ok_or(Refusal::NotFound("fund period"))?;
    let taken = store::numbers(tx.conn(), period_id)?;
    let number = number.unwrap_or_else(|| taken.iter().max().map_or(1, |last| last + 1));
    if taken.contains(&number) {
        return Err(Refusal::rule(Code::Taken, format!("Tranche {number} of {} exists already.", period.code)));
    }
    let facts = TrancheFacts { reference: format!("{}-T{number}", period.code), fund_period_id: period_id, number, terms: terms.clone() };
    record::create(tx, &facts, provenance)
}

/// Makes a planned tranche.
///
/// # Errors
/// As [`record`].
pub fn create(tx: &mut Tx<'_>, period_id: Id, input: &TrancheInput) -> Result<Tranche, Refusal> {
    let terms = input.terms(None, tx.today());
    record(tx, period_id, input.number, &terms, &Provenance::default())
}

/// Changes a tranche that is not decided yet.
///
/// # Errors
/// [`Code::WrongState`] once it is; [`Refusal::Stale`]; every fault of the result.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id,
    version: i32,
    change: impl FnOnce(&TrancheInput) -> Result<TrancheInput, Refusal>,
) -> Result<Tranche, Refusal> {
    let before = at_version(tx, id, version)?;
    let current = TrancheInput::of(&before.facts)?;
    let input = change(&current)?;
    if input.number != current.number {
        return Err(Refusal::invalid("/number", "fixed", "The number of a tranche stays as it is: references are built from it."));
    }
    if input == current {
        return Ok(before);
    }
    let facts = TrancheFacts { terms: input.terms(Some(&before.facts.terms), tx.today()), ..before.facts.clone() };
    let provenance = record::still_lacking(&before, &facts)?;
    record::add(tx, &before, facts, provenance)
}

/// Gives a tranche a later version, as an import tells it, in the same state or one further on.
///
/// # Errors
/// [`Code::WrongState`] where that state may not follow; every fault of the terms.
pub fn revise(tx: &mut Tx<'_>, id: Id, terms: &TrancheTerms, provenance: &Provenance) -> Result<Tranche, Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("tranche"))?;
    let state = before.facts.terms.state;
    if !state.may_become(terms.state) {
        return Err(Refusal::wrong_state("tranche", state, &format!("made {}", terms.state)));
    }
    let after = record::replace(tx, id, &TrancheFacts { terms: terms.clone(), ..before.facts }, provenance)?;
    if terms.state == TrancheState::Cancelled {
        bring_back(tx, aside(&after), None, terms.effective_on)?;
    }
    now(tx, after)
}

/// Takes a tranche one step on. Cancelling it releases what is left in it.
///
/// # Errors
/// [`Code::WrongState`] where the step cannot be taken; [`Refusal::Stale`]; dates that the new state needs.
pub fn take(tx: &mut Tx<'_>, id: Id, version: i32, step: Step, input: &TrancheStep) -> Result<Tranche, Refusal> {
    let before = at_version(tx, id, version)?;
    let old = &before.facts.terms;
    let state = step.from(old.state).ok_or_else(|| Refusal::wrong_state("tranche", old.state, step.done()))?;
    let effective_on = input.effective_on.unwrap_or_else(|| tx.today());
    let decision_on = if step == Step::Decide { Some(effective_on) } else { old.decision_on };
    let terms = TrancheTerms { state, decision_on, effective_on, reason: input.reason.clone(), ..old.clone() };
    let facts = TrancheFacts { terms, ..before.facts.clone() };
    let provenance = record::still_lacking(&before, &facts)?;
    let after = record::add(tx, &before, facts, provenance).map_err(|refusal| rules::of_step(refusal, step))?;
    if state == TrancheState::Cancelled {
        bring_back(tx, aside(&after), None, effective_on)?;
    }
    now(tx, after)
}

/// The tranche after its money moved: what came back may have covered what a line is short of, out of this tranche too.
fn now(tx: &mut Tx<'_>, tranche: Tranche) -> Result<Tranche, Refusal> {
    Ok(find(tx.conn(), tranche.id)?.unwrap_or(tranche))
}

/// Says of a tranche that a budget line took back money that it had not given out yet, `reason` saying how much.
///
/// # Errors
/// [`Refusal::NotFound`] without such a tranche; [`Refusal::Store`] where the database fails.
pub(in crate::funds) fn cut(tx: &mut Tx<'_>, id: Id, taken: Pence, reason: &str) -> Result<(), Refusal> {
    let before = find(tx.conn(), id)?.ok_or(Refusal::NotFound("tranche"))?;
    let had = held(tx.conn(), id)? + taken;
    log(tx, id, had, Some(reason.to_owned()))?;
    let facts =
        TrancheFacts { terms: TrancheTerms { reason: Some(reason.to_owned()), ..before.facts.terms.clone() }, ..before.facts.clone() };
    record::moved(tx, &before, facts, before.provenance.clone()).map(|_| ())
}

/// Brings what is set aside for a tranche to an amount, as a later account of it tells: what awards drew from it is part of that.
///
/// # Errors
/// As [`fill`]; [`Code::InsufficientBalance`] where less is left than has to go back.
pub fn refill(tx: &mut Tx<'_>, id: Id, amount: Pence, on: NaiveDate) -> Result<(), Refusal> {
    let change = amount - ledger::set_aside(tx.conn(), AccountKind::Tranche, id)?;
    match change.cmp(&Pence::ZERO) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => fill(tx, id, change, None, on),
        Ordering::Less => {
            let (tranche, before) = (find(tx.conn(), id)?.ok_or(Refusal::NotFound("tranche"))?, held(tx.conn(), id)?);
            bring_back(tx, aside(&tranche), Some(-change), on)?;
            log(tx, id, before, None)
        }
    }
}

/// Sets money aside for a tranche, as an import tells it.
///
/// # Errors
/// [`Code::WrongState`] once it is cancelled; [`Code::InsufficientBalance`] where the fund period has less.
pub fn fill(tx: &mut Tx<'_>, id: Id, amount: Pence, parts: Option<&[BudgetLinePart]>, on: NaiveDate) -> Result<(), Refusal> {
    let tranche = find(tx.conn(), id)?.ok_or(Refusal::NotFound("tranche"))?;
    if tranche.facts.terms.state == TrancheState::Cancelled {
        return Err(Refusal::wrong_state("tranche", TrancheState::Cancelled, "given money"));
    }
    let before = held(tx.conn(), id)?;
    set_aside(tx, aside(&tranche), amount, parts, on)?;
    log(tx, id, before, None)
}

/// Sets money aside for a tranche that is not over.
///
/// # Errors
/// [`Code::WrongState`] once it is over; [`Code::InsufficientBalance`] where the fund period has less; [`Refusal::Stale`].
pub fn allocate(tx: &mut Tx<'_>, id: Id, version: i32, input: &TrancheAllocation) -> Result<Tranche, Refusal> {
    let before = at_version(tx, id, version)?;
    if before.facts.terms.state.is_over() {
        return Err(Refusal::wrong_state("tranche", before.facts.terms.state, "given money"));
    }
    let on = input.effective_on.unwrap_or_else(|| tx.today());
    let had = held(tx.conn(), id)?;
    set_aside(tx, aside(&before), input.amount_pence, input.parts.as_deref(), on)?;
    log(tx, id, had, input.reason.clone())?;
    again(tx, &before, input.reason.clone())
}

/// Releases money of a tranche back into its fund period.
///
/// # Errors
/// [`Code::InsufficientBalance`] where less is left; [`Refusal::Stale`].
pub fn release(tx: &mut Tx<'_>, id: Id, version: i32, input: &TrancheRelease) -> Result<Tranche, Refusal> {
    let before = at_version(tx, id, version)?;
    let on = input.effective_on.unwrap_or_else(|| tx.today());
    let had = held(tx.conn(), id)?;
    bring_back(tx, aside(&before), input.amount_pence, on)?;
    log(tx, id, had, Some(input.reason.clone()))?;
    let before = now(tx, before)?;
    again(tx, &before, Some(input.reason.clone()))
}

/// The same terms once more, so that whoever read the tranche before its money moved is told that it changed.
fn again(tx: &mut Tx<'_>, before: &Tranche, reason: Option<String>) -> Result<Tranche, Refusal> {
    let facts = TrancheFacts { terms: TrancheTerms { reason, ..before.facts.terms.clone() }, ..before.facts.clone() };
    record::add(tx, before, facts, before.provenance.clone())
}

fn held(conn: &mut Conn, id: Id) -> Result<Pence, Refusal> {
    Ok(ledger::balances(conn, AccountKind::Tranche, id)?.into_iter().map(|(_, held)| held).sum())
}

fn log(tx: &mut Tx<'_>, id: Id, before: Pence, reason: Option<String>) -> Result<(), Refusal> {
    let after = held(tx.conn(), id)?;
    let (before, after) = (json!({ "remaining_pence": before }), json!({ "remaining_pence": after }));
    audit::record(tx, audit::Entry { record_kind: TrancheFacts::KIND, record_id: id, before, after, reason }).map(|_| ())
}
