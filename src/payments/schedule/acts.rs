//! Setting schedules, and keeping them to what was agreed and reported.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::rules::{AwardState, QuarterAmount};
use crate::kernel::{Code, Id, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::payments::acts::{self as payments, New};
use crate::payments::holding::acts as holding;
use crate::payments::recoveries::store as recoveries;
use crate::payments::rules::{PaymentKind, PaymentState, check_kept};
use crate::payments::schedule::rules::{self, Instalment, Kept, PaymentBasis, PaymentScheduleInput, Terms};
use crate::payments::schedule::store;
use crate::payments::store as records;
use crate::payments::{Payment, PaymentFacts};
use crate::store::{Conn, Tx};

pub use store::Schedule;

/// How an award is paid, beside what becomes of it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The award.
    pub award: Award,
    /// The schedule. `None` where there is none.
    pub schedule: Option<Schedule>,
    /// What is committed and not paid.
    pub committed: Pence,
    /// What is paid and did not come back.
    pub paid: Pence,
    /// What of the committed money no payment is planned for.
    pub unplanned: Pence,
}

/// How an award is paid.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such award for this caller.
pub fn get(conn: &mut Conn, scope: Scope, award_id: Id) -> Result<Standing, Refusal> {
    let award = awards::get(conn, scope, award_id)?;
    let (committed, paid) = held(conn, award_id)?;
    let unplanned = payments::unplanned(conn, award_id)?;
    Ok(Standing { award, schedule: store::latest(conn, award_id)?, committed, paid, unplanned })
}

/// The coding of these awards' payments, by award.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(in crate::payments) fn codings(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, rules::PaymentCoding>, Refusal> {
    // The last version of each comes last.
    Ok(store::of_awards(conn, awards)?.into_iter().map(|one| (one.award_id, one.plan.coding.unwrap_or_default())).collect())
}

/// What an award has committed, and what was paid of it: also what came back by a recovery since, which is not to be paid again.
fn given_out(conn: &mut Conn, award_id: Id) -> Result<(Pence, Pence), Refusal> {
    let (committed, paid) = held(conn, award_id)?;
    Ok((committed, paid + recovered(conn, award_id)?))
}

/// What was paid of an award: also what came back by a recovery since, which is not to be paid again.
fn paid_out(conn: &mut Conn, award_id: Id) -> Result<Pence, Refusal> {
    let paid: Pence = ledger::balances(conn, AccountKind::Paid, award_id)?.into_iter().map(|(_, held)| held).sum();
    Ok(paid + recovered(conn, award_id)?)
}

fn recovered(conn: &mut Conn, award_id: Id) -> Result<Pence, Refusal> {
    Ok(recoveries::received(conn, award_id)?.into_values().sum())
}

/// What an award has committed, and what is paid of it and did not come back.
fn held(conn: &mut Conn, award_id: Id) -> Result<(Pence, Pence), Refusal> {
    let mut of = |kind| Ok::<Pence, Refusal>(ledger::balances(conn, kind, award_id)?.into_iter().map(|(_, held)| held).sum());
    Ok((of(AccountKind::Committed)?, of(AccountKind::Paid)?))
}

/// What of an award its schedule goes by: what is committed and paid, on the days that its fund period pays.
fn terms(conn: &mut Conn, award: &Award, whole: Pence) -> Result<Terms, Refusal> {
    Ok(terms_of(award, whole, awards::profile(conn, award)?))
}

/// The same with a profile that is known.
pub(super) fn terms_of(award: &Award, whole: Pence, mut profile: Vec<QuarterAmount>) -> Terms {
    let first = award.terms.starts_on.unwrap_or(award.period.starts_on).max(award.period.starts_on);
    let last = award.terms.ends_on.unwrap_or(award.period.ends_on).min(award.period.ends_on).max(first);
    profile.retain(|one| !one.is_after(award.period.ends_on));
    Terms { amount: whole, starts_on: first, ends_on: last, profile }
}

/// Says how an award is paid, and cuts what is still to be paid into instalments.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; every fault of the input; [`Code::RuleBroken`] where nothing of the award is committed or paid.
pub fn set(tx: &mut Tx<'_>, award_id: Id, version: i32, input: &PaymentScheduleInput) -> Result<Standing, Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    let before = store::latest(tx.conn(), award_id)?;
    if before.as_ref().map_or(0, |one| one.version) != version {
        return Err(Refusal::Stale);
    }
    rules::faults(input, award.terms.kind).into_result()?;
    let (committed, paid) = given_out(tx.conn(), award_id)?;
    let whole = committed + paid;
    if !whole.is_positive() {
        let detail = "No money of this award is committed, so there is nothing to pay. An award is paid once its provider has accepted it.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    tx.touch(award_id);
    let all = records::of_award(tx.conn(), award_id)?;
    let is_kept = |one: &&Payment| stays(&award, one, input.basis) && one.facts.state != PaymentState::Cancelled;
    let kept: Vec<&Payment> = all.iter().filter(is_kept).collect();
    let left = whole - kept.iter().map(|one| one.facts.amount_pence).sum::<Pence>();
    let terms = terms(tx.conn(), &award, whole)?;
    let wanted = rules::wanted(&terms, input, &kept_of(kept), left, tx.today());
    let coding = input.coding.clone().or_else(|| before.as_ref().and_then(|one| one.plan.coding.clone()));
    keep(tx, before.as_ref(), (award_id, whole), &PaymentScheduleInput { coding, ..input.clone() })?;
    apply(tx, &award, (&all, &|one| stays(&award, one, input.basis)), wanted)?;
    settle(tx, award_id)?;
    get(tx.conn(), Scope::Office, award_id)
}

/// Adds a version of a schedule, with its event.
fn keep(tx: &mut Tx<'_>, before: Option<&Schedule>, (award_id, amount): (Id, Pence), plan: &PaymentScheduleInput) -> Result<(), Refusal> {
    let version = before.map_or(0, |one| one.version) + 1;
    let (recorded_at, made_by) = (tx.recorded_at(), tx.actor().name.clone());
    let after = Schedule { award_id, version, recorded_at, made_by, amount, plan: plan.clone() };
    store::add(tx.conn(), &after)?;
    let shown = |one: &Schedule| json!({ "version": one.version, "award_id": one.award_id, "amount_pence": one.amount, "plan": one.plan });
    let entry = Entry {
        record_kind: "payment_schedule",
        record_id: award_id,
        before: before.map_or(Value::Null, shown),
        after: shown(&after),
        reason: None,
    };
    audit::record(tx, entry).map(|_| ())
}

/// Why a payment was cancelled that another cut of the schedule has no place for.
const GONE: &str = "The schedule has no such instalment any more.";

/// Whether a payment went with an earlier cut of the schedule. Nobody decided that its days are not paid, so they are cut again.
pub(super) fn is_gone(one: &Payment) -> bool {
    one.facts.state == PaymentState::Cancelled && one.facts.is_dropped
}

/// Whether a payment stays as it is when the rest is cut again: it is on its way or done, or what was spent is known.
fn is_fixed(one: &Payment, basis: PaymentBasis) -> bool {
    let is_settled = basis == PaymentBasis::Arrears && !one.facts.is_estimate && one.facts.met_on.is_some();
    !one.facts.state.is_open() || is_settled || one.facts.kind == PaymentKind::Invoice
}

/// Whether somebody receives a payment who was party to the award before: what is owed to them is not for their successor to change.
pub(super) fn is_anothers(award: &Award, one: &Payment) -> bool {
    award.terms.provider_id.is_some_and(|own| own != one.provider_id)
}

/// What is owed to providers that were party to the award before, and nothing is reserved for yet.
pub(super) fn owed_before(award: &Award, all: &[Payment]) -> Pence {
    let is_out =
        |state: PaymentState| matches!(state, PaymentState::Paid | PaymentState::Cancelled) || PaymentState::RESERVED.contains(&state);
    all.iter().filter(|one| is_anothers(award, one) && !is_out(one.facts.state)).map(|one| one.facts.amount_pence).sum()
}

/// Whether a payment stays as it is whatever is agreed with the provider of today.
pub(super) fn stays(award: &Award, one: &Payment, basis: PaymentBasis) -> bool {
    is_anothers(award, one) || is_fixed(one, basis)
}

/// The same, and while an award is closed: what somebody holds by hand is in dispute, and is not closed away. All else is, to whomever it was owed.
fn is_fixed_in(award: &Award, one: &Payment, basis: PaymentBasis) -> bool {
    if award.standing.state == AwardState::Closed {
        return is_fixed(one, basis) || one.facts.state == PaymentState::Held;
    }
    stays(award, one, basis)
}

pub(super) fn kept_of<'a>(payments: impl IntoIterator<Item = &'a Payment>) -> Vec<Kept> {
    let days = |facts: &PaymentFacts| facts.starts_on.zip(facts.ends_on);
    payments.into_iter().map(|one| (one.facts.instalment.clone(), days(&one.facts))).collect()
}

/// Makes the open payments of an award what is wanted.
fn apply(
    tx: &mut Tx<'_>,
    award: &Award,
    (all, is_fixed): (&[Payment], &dyn Fn(&Payment) -> bool),
    wanted: Vec<Instalment>,
) -> Result<(), Refusal> {
    let open: Vec<&Payment> = all.iter().filter(|one| !is_fixed(one)).collect();
    for one in open.iter().filter(|one| wanted.iter().all(|other| other.key != one.facts.instalment)) {
        payments::change(tx, one, Some(GONE), |next| (next.state, next.is_dropped) = (PaymentState::Cancelled, true))?;
    }
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for one in wanted {
        match open.iter().find(|other| other.facts.instalment == one.key) {
            Some(before) if says(&before.facts, &one) => {}
            Some(before) => changed.push((*before, one)),
            None => added.push(one),
        }
    }
    payments::ask_all(tx, changed.into_iter(), (None, &Payment::clone), fill)?;
    for one in added {
        let new = New { kind: PaymentKind::Instalment, instalment: one.key.clone(), amount: one.amount, due_on: one.due_on };
        payments::begin(tx, award, new, |facts| fill(facts, one))?;
    }
    Ok(())
}

/// Whether a payment is what is wanted already.
fn says(facts: &PaymentFacts, one: &Instalment) -> bool {
    facts.amount_pence == one.amount
        && facts.planned_due_on == one.due_on
        && facts.starts_on.zip(facts.ends_on) == one.days
        && facts.waits_for == one.waits_for
        && facts.is_estimate == one.is_estimate
}

/// Makes a payment what is wanted. One that was brought forward stays so, unless its own day moves.
fn fill(facts: &mut PaymentFacts, one: Instalment) {
    if facts.planned_due_on != one.due_on {
        facts.due_on = one.due_on;
        facts.planned_due_on = one.due_on;
    }
    if facts.waits_for != one.waits_for {
        (facts.met_on, facts.met_note) = (None, None);
    }
    facts.amount_pence = one.amount;
    facts.starts_on = one.days.map(|days| days.0);
    facts.ends_on = one.days.map(|days| days.1);
    facts.waits_for = one.waits_for;
    facts.is_estimate = one.is_estimate;
}

/// Cuts what is still to be paid again after the award came to more or less, or to other days: what is paid or on its way stays, and so does what was
/// cancelled. Nothing where the award has no schedule.
///
/// # Errors
/// [`Code::RuleBroken`] where more is on its way, or owed to a provider that was party before, than is committed then.
pub fn recut(tx: &mut Tx<'_>, award_id: Id) -> Result<(), Refusal> {
    let all = records::of_award(tx.conn(), award_id)?;
    if all.is_empty() {
        return Ok(());
    }
    let books = payments::books(tx.conn(), award_id)?;
    crate::payments::rules::within(&books)?;
    let Some(before) = store::latest(tx.conn(), award_id)? else { return Ok(()) };
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    let basis = before.plan.basis;
    let (committed, paid) = (books.committed.values().copied().sum::<Pence>(), paid_out(tx.conn(), award_id)?);
    let whole = committed + paid;
    if whole < before.amount && matches!(award.standing.state, AwardState::Live | AwardState::Paused) {
        check_kept(committed, books.reserved_pence() + owed_before(&award, &all))?;
    }
    let is_fixed = |one: &Payment| is_fixed_in(&award, one, basis);
    let sum = |counts: &dyn Fn(&&Payment) -> bool| all.iter().filter(counts).map(|one| one.facts.amount_pence).sum::<Pence>();
    let open = sum(&|one| !is_fixed(one));
    let fixed = sum(&|one| is_fixed(one) && one.facts.state != PaymentState::Cancelled);
    let is_lenient = basis == PaymentBasis::Arrears || award.standing.state == AwardState::Closed;
    let left = rules::left_to_pay(open, (before.amount, whole), whole - fixed, is_lenient);
    let terms = terms(tx.conn(), &award, whole)?;
    let kept = kept_of(all.iter().filter(|one| is_fixed(one) && !is_gone(one)));
    let wanted = rules::wanted(&terms, &before.plan, &kept, left, tx.today());
    if whole != before.amount {
        keep(tx, Some(&before), (award_id, whole), &before.plan)?;
    }
    apply(tx, &award, (&all, &is_fixed), wanted)
}

/// Gives instalments in arrears what their accepted returns report as spent: all that is accepted so far, less what was paid for before, and never more
/// than is left of the award. One for which nothing was spent is cancelled.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn settle(tx: &mut Tx<'_>, award_id: Id) -> Result<(), Refusal> {
    let all = records::of_award(tx.conn(), award_id)?;
    let is_waiting = |one: &&Payment| one.facts.state.is_open() && one.facts.is_estimate;
    let mut waiting: Vec<&Payment> = all.iter().filter(is_waiting).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let owed = holding::owed(tx.conn(), &[award_id])?.remove(&award_id).unwrap_or_default();
    let Some((settled_to, spent)) = rules::settled_to(&owed) else { return Ok(()) };
    let (committed, paid) = held(tx.conn(), award_id)?;
    let counts = |one: &&Payment| !is_waiting(one) && one.facts.state != PaymentState::Cancelled;
    let mut given = all.iter().filter(counts).map(|one| one.facts.amount_pence).sum::<Pence>() - recovered(tx.conn(), award_id)?;
    waiting.retain(|one| one.facts.ends_on.is_some_and(|last| last <= settled_to));
    waiting.sort_by_key(|one| one.facts.ends_on);
    let today = tx.today();
    for one in waiting {
        let amount = (spent - given).min(committed + paid - given);
        if !amount.is_positive() {
            payments::change(tx, one, Some("Nothing more was spent by its end."), |next| next.state = PaymentState::Cancelled)?;
            continue;
        }
        given = given + amount;
        let note = format!("{spent} is accepted as spent by {settled_to}.");
        payments::ask(tx, one, None, |next| {
            next.amount_pence = amount;
            next.is_estimate = false;
            (next.met_on, next.met_note) = (Some(today), Some(note));
        })?;
    }
    Ok(())
}
