//! Asking money back, noting what came, and giving up what does not.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::access::{Caller, Scope};
use crate::audit::{self, Entry};
use crate::awards::Award;
use crate::awards::acts::{self as awards, ProviderLetter};
use crate::funds::budget_lines;
use crate::kernel::{Code, Id, Page, PageRequest, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement};
use crate::outbox::{self, LetterView};
use crate::payments::policy::acts as policy;
use crate::payments::recoveries::rules::{self, RecoveryAct, RecoveryInput, RecoveryReceiptInput, RecoveryState};
use crate::payments::recoveries::store::{self, Receipt, Recovery, RecoveryFacts};
use crate::payments::rules::{PaymentState, check_limit, said};
use crate::payments::{Payment, store as payments};
use crate::providers;
use crate::store::{Conn, Tx};

pub(super) use store::Narrow;

/// The kind of record, in the log and of letters.
const RECORD_KIND: &str = "recovery";
/// The act that writes to the provider.
pub(super) const REQUEST: &str = "recovery.request";

/// The recovery.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Recovery, Refusal> {
    store::load(conn, id)?.filter(|one| scope.holds(Some(one.provider_id))).ok_or(Refusal::NotFound("recovery"))
}

/// A page of the recoveries that this caller sees, by the day on which they are due.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub(super) fn list(conn: &mut Conn, scope: Scope, narrow: &Narrow, page: &PageRequest) -> Result<Page<Recovery>, Refusal> {
    store::page(conn, scope, narrow, page)
}

/// What came of these recoveries, and to which budget lines it went back.
pub(super) type Came = (HashMap<Id, Vec<Receipt>>, HashMap<(Id, i32), Vec<(Id, Pence)>>);

/// What came of these recoveries, and to which budget lines it went back.
pub(super) fn came(conn: &mut Conn, ids: &[Id]) -> Result<Came, Refusal> {
    Ok(if ids.is_empty() { Came::default() } else { (store::receipts(conn, ids)?, store::parts(conn, ids)?) })
}

/// What became of the letters that asked for these recoveries.
pub(super) fn letters(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, LetterView>, Refusal> {
    if ids.is_empty() { Ok(HashMap::new()) } else { outbox::letters(conn, REQUEST, ids) }
}

fn load(tx: &mut Tx<'_>, id: Id, version: i32, act: RecoveryAct) -> Result<Recovery, Refusal> {
    let one = get(tx.conn(), Scope::Office, id)?;
    if one.facts.version != version {
        return Err(Refusal::Stale);
    }
    rules::check_state(one.facts.state, act)?;
    tx.touch(one.award_id);
    Ok(one)
}

fn log(tx: &mut Tx<'_>, before: Option<&Recovery>, after: &Recovery, receipt: Option<&Receipt>) -> Result<(), Refusal> {
    let shown = |one: &Recovery, receipt: Option<&Receipt>| json!({ "reference": one.reference, "award_id": one.award_id, "recovery": one.facts, "receipt": receipt });
    let entry = Entry {
        record_kind: RECORD_KIND,
        record_id: after.id,
        before: before.map_or(Value::Null, |one| shown(one, None)),
        after: shown(after, receipt),
        reason: after.facts.ended_reason.clone(),
    };
    audit::record(tx, entry).map(|_| ())
}

/// The next version of a recovery.
fn next(tx: &mut Tx<'_>, before: &Recovery, make: impl FnOnce(&mut RecoveryFacts)) -> Recovery {
    let (version, recorded_at, effective_on) = (before.facts.version + 1, tx.recorded_at(), tx.today());
    let mut after = Recovery { facts: RecoveryFacts { version, recorded_at, effective_on, ..before.facts.clone() }, ..before.clone() };
    make(&mut after.facts);
    after
}

/// Asks the provider of an award for money back, by letter, also where the award is over.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Code::RuleBroken`] where nobody is known to have received the money; every fault of the input, such as more than is paid.
pub fn request(tx: &mut Tx<'_>, award_id: Id, input: &RecoveryInput) -> Result<Recovery, Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    tx.touch(award_id);
    let others = store::of_award(tx.conn(), award_id)?;
    check_request(tx.conn(), &award, input, &others)?;
    let nobody = || Refusal::rule(Code::RuleBroken, "Nobody knows who received this award, so nobody can be asked for it.");
    let provider_id = input.provider_id.or(award.terms.provider_id).ok_or_else(nobody)?;
    let (id, today, actor) = (tx.new_id(), tx.today(), tx.actor().clone());
    let number = others.last().map_or(0, |one| one.number) + 1;
    let facts = RecoveryFacts {
        recovery_id: id,
        version: 1,
        recorded_at: tx.recorded_at(),
        effective_on: today,
        state: RecoveryState::Requested,
        ground: input.ground,
        reason: input.reason.trim().to_owned(),
        amount_pence: input.amount_pence,
        received_pence: Pence::ZERO,
        requested_on: today,
        due_on: rules::due_on(today, input.days_to_pay),
        requested_by: actor.id,
        requested_by_name: actor.name,
        ended_on: None,
        ended_by_name: None,
        ended_reason: None,
    };
    let one = Recovery { id, award_id, provider_id, reference: format!("{}-R{number}", award.reference), number, facts };
    store::begin(tx.conn(), &one)?;
    log(tx, None, &one, None)?;
    let RecoveryFacts { amount_pence, reason, due_on, .. } = &one.facts;
    let words = format!("{reason}\nPlease pay it by {due_on}, and say {} with the payment.\n", one.reference);
    write(tx, &award, &one, &format!("We ask you to pay back {amount_pence}"), &words)?;
    Ok(one)
}

/// Refuses to ask for more than is left of an award beside its other recoveries, and of another provider than today's party for more than is left of
/// what it was paid itself.
fn check_request(conn: &mut Conn, award: &Award, input: &RecoveryInput, others: &[Recovery]) -> Result<(), Refusal> {
    let paid: Pence = ledger::balances(conn, AccountKind::Paid, award.id)?.into_iter().map(|(_, held)| held).sum();
    let left = rules::recoverable(paid, others.iter().map(spoken_for).sum());
    let mut faults = rules::request_faults(input, left);
    if let Some(before) = input.provider_id.filter(|named| Some(*named) != award.terms.provider_id) {
        let is_theirs = |one: &&Payment| one.provider_id == before && one.facts.state == PaymentState::Paid;
        let paid: Pence = payments::of_award(conn, award.id)?.iter().filter(is_theirs).map(|one| one.facts.amount_pence).sum();
        let own = others.iter().filter(|one| one.provider_id == before);
        let theirs = rules::recoverable(paid, own.map(|one| one.facts.received_pence + spoken_for(one)).sum());
        faults.require(!paid.is_zero(), "/provider_id", "not_allowed", "Nothing of this award was paid to this provider.");
        let sentence = format!("Only {theirs} of this award was paid to this provider and neither asked back already nor written off.");
        // Of two limits the one that is broken first is told.
        let is_within = paid.is_zero() || input.amount_pence > left || input.amount_pence <= theirs;
        faults.require(is_within, "/amount_pence", "too_large", &sentence);
    }
    faults.into_result()
}

/// What of a recovery has not come and is still asked for, or given up.
fn spoken_for(one: &Recovery) -> Pence {
    if matches!(one.facts.state, RecoveryState::Requested | RecoveryState::WrittenOff) { one.facts.missing() } else { Pence::ZERO }
}

/// Writes to whoever is asked, which is not always party to the award any more.
fn write(tx: &mut Tx<'_>, award: &Award, one: &Recovery, what: &str, words: &str) -> Result<(), Refusal> {
    let Some(asked) = providers::summary(tx.conn(), one.provider_id)? else { return Ok(()) };
    let (reference, title) = (&award.reference, &award.terms.title);
    let letter = ProviderLetter {
        provider_id: asked.id,
        subject: format!("Award {reference}: {}", one.reference),
        body: format!("To {}.\n\n{what} of what was paid on the award {reference}: {title}.\n{words}", asked.name),
        record_kind: RECORD_KIND,
        record_id: one.id,
    };
    awards::write_to_providers(tx, vec![letter])
}

/// Notes money that came: it goes back to the award's fund period, from each budget line in proportion to what it has paid, with effect from the day
/// on which it came.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Stale`]; [`Code::WrongState`]; every fault of the input; [`Code::InsufficientBalance`] where less is paid, now or
/// on that day.
pub fn receive(tx: &mut Tx<'_>, id: Id, version: i32, input: &RecoveryReceiptInput) -> Result<Recovery, Refusal> {
    let one = load(tx, id, version, RecoveryAct::Receive)?;
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    let before = store::receipts(tx.conn(), &[id])?.remove(&id).unwrap_or_default();
    let known: Vec<String> = before.iter().map(|receipt| receipt.bank_reference.clone()).collect();
    let today = tx.today();
    rules::receipt_faults(input, one.facts.missing(), &known, today).into_result()?;
    let on = input.received_on.unwrap_or(today);
    let paid = ledger::balances(tx.conn(), AccountKind::Paid, one.award_id)?;
    let parts = rules::parts(input.amount_pence, &paid)?;
    let (from, to) = ((AccountKind::Paid, one.award_id), (AccountKind::FundPeriod, award.terms.fund_period_id));
    for (line, amount) in &parts {
        let account = |(kind, record_id)| Account { kind, record_id, budget_line_id: *line };
        ledger::transfer(tx, &Movement { from: account(from), to: account(to), amount: *amount, effective_on: on })?;
        budget_lines::cover_shortfall(tx, *line, on)?;
    }
    let (number, noted_by) = (before.last().map_or(0, |receipt| receipt.number) + 1, tx.actor().name.clone());
    let receipt = Receipt {
        recovery_id: id,
        number,
        recorded_at: tx.recorded_at(),
        received_on: on,
        amount_pence: input.amount_pence,
        bank_reference: input.bank_reference.trim().to_owned(),
        noted_by: noted_by.clone(),
    };
    store::add_receipt(tx.conn(), &receipt, &parts)?;
    let after = next(tx, &one, |facts| {
        facts.received_pence = facts.received_pence + input.amount_pence;
        facts.effective_on = on;
        if facts.missing().is_zero() {
            (facts.state, facts.ended_on, facts.ended_by_name) = (RecoveryState::Received, Some(on), Some(noted_by));
        }
    });
    store::advance(tx.conn(), &after)?;
    log(tx, Some(&one), &after, Some(&receipt))?;
    Ok(after)
}

/// Gives up what has not come. No money moves: it stays paid.
///
/// # Errors
/// [`Code::SecondFactor`] where the caller's session has none; [`Refusal::NotFound`]; [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::SamePerson`] for
/// whoever asked for it; [`Code::RuleBroken`] above the caller's limit; a blank reason.
pub fn write_off(tx: &mut Tx<'_>, caller: &Caller, (id, version): (Id, i32), reason: &str) -> Result<Recovery, Refusal> {
    let one = load_to_give_up(tx, caller, (id, version), RecoveryAct::WriteOff)?;
    end(tx, &one, RecoveryState::WrittenOff, reason)
}

/// A recovery of which this caller, as a second person, may give up what has not come.
fn load_to_give_up(tx: &mut Tx<'_>, caller: &Caller, (id, version): (Id, i32), act: RecoveryAct) -> Result<Recovery, Refusal> {
    policy::require_person(tx, caller)?;
    let one = load(tx, id, version, act)?;
    rules::check_second_person(one.facts.requested_by, tx.actor().id)?;
    let limit = policy::get(tx.conn())?.policy.limit_of(caller.id, &caller.roles);
    let doing = if act == RecoveryAct::Withdraw { "withdraw" } else { "write off" };
    check_limit(doing, one.facts.missing(), limit)?;
    Ok(one)
}

/// Asks for no more, and writes so to the provider. What came stays. It gives money up as a write-off does, so as much is asked of whoever does it.
///
/// # Errors
/// [`Code::SecondFactor`] where the caller's session has none; [`Refusal::NotFound`]; [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::SamePerson`] for
/// whoever asked for it; [`Code::RuleBroken`] above the caller's limit; a blank reason.
pub fn withdraw(tx: &mut Tx<'_>, caller: &Caller, (id, version): (Id, i32), reason: &str) -> Result<Recovery, Refusal> {
    let one = load_to_give_up(tx, caller, (id, version), RecoveryAct::Withdraw)?;
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    let after = end(tx, &one, RecoveryState::Withdrawn, reason)?;
    let what = format!("You need not pay back {}", one.facts.missing());
    write(tx, &award, &one, &what, &format!("Our request {} is withdrawn.\n", one.reference))?;
    Ok(after)
}

fn end(tx: &mut Tx<'_>, one: &Recovery, state: RecoveryState, reason: &str) -> Result<Recovery, Refusal> {
    let reason = said("/reason", reason)?;
    let (today, name) = (tx.today(), tx.actor().name.clone());
    let after = next(tx, one, |facts| {
        facts.state = state;
        (facts.ended_on, facts.ended_by_name, facts.ended_reason) = (Some(today), Some(name), Some(reason));
    });
    store::advance(tx.conn(), &after)?;
    log(tx, Some(one), &after, None)?;
    Ok(after)
}
