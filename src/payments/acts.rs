//! What happens to a payment.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::access::{Caller, Scope};
use crate::audit;
use crate::awards::Award;
use crate::awards::acts as awards;
use crate::awards::rules::{AwardKind, AwardState};
use crate::funds::budget_lines;
use crate::kernel::{Code, Faults, Id, Page, PageRequest, Pence, Refusal, TextList};
use crate::ledger::{self, Account, AccountKind, Movement, locks};
use crate::payments::advance::rules as forward;
use crate::payments::holding::acts as holding;
use crate::payments::policy::acts as policy;
use crate::payments::rules::{
    self, Books, InvoiceInput, PaymentAct, PaymentAdvance, PaymentBatch, PaymentKind, PaymentMet, PaymentSeen, PaymentState,
};
use crate::payments::runs::acts as runs;
use crate::payments::store::{self, Payment, PaymentFacts};
use crate::providers;
use crate::store::{Conn, Tx};

pub(super) use store::Narrow;

/// How many payments are looked at together for what holds them.
const LOOKED_AT: usize = 200;

/// The payment.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<Payment, Refusal> {
    let found = store::of_ids(conn, &[id])?.pop();
    found.filter(|one| scope.holds(Some(one.provider_id))).ok_or(Refusal::NotFound("payment"))
}

/// A page of the payments that this caller sees, by the day on which they are due.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub(super) fn list(conn: &mut Conn, scope: Scope, narrow: &Narrow, page: &PageRequest) -> Result<Page<Payment>, Refusal> {
    store::page(conn, scope, narrow, page)
}

/// A page of those of them that something holds today, or of the others. What holds them is worked out, so they are looked at one page after the other
/// until this one is full; only what can be held at all is looked at for the first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub(super) fn list_by_hold(
    conn: &mut Conn,
    scope: Scope,
    (narrow, is_held): (&Narrow, bool),
    page: &PageRequest,
    today: NaiveDate,
) -> Result<Page<Payment>, Refusal> {
    let states = is_held.then(|| PaymentState::ALL.iter().copied().filter(|state| state.can_be_stopped()).collect());
    let narrow = Narrow { states, ..narrow.clone() };
    let mut wanted = Vec::new();
    let mut request = PageRequest { limit: LOOKED_AT, ..page.clone() };
    loop {
        let Page { items, next_cursor } = store::page(conn, scope, &narrow, &request)?;
        let held = holding::of(conn, &items, today)?;
        wanted.extend(items.into_iter().filter(|one| held.contains_key(&one.id) == is_held));
        if wanted.len() > page.limit || next_cursor.is_none() {
            return Ok(Page::cut(wanted, page, store::key));
        }
        request.cursor = next_cursor;
    }
}

/// What the budget lines of an award can still pay.
pub(super) fn books(conn: &mut Conn, award_id: Id) -> Result<Books, Refusal> {
    let committed = ledger::balances(conn, AccountKind::Committed, award_id)?.into_iter().collect();
    Ok(Books { committed, reserved: store::parts_in(conn, award_id, &PaymentState::RESERVED)? })
}

fn load(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Payment, Refusal> {
    let one = get(tx.conn(), Scope::Office, id)?;
    if one.facts.version == version { Ok(one) } else { Err(Refusal::Stale) }
}

/// What makes a new payment.
pub(super) struct New {
    pub kind: PaymentKind,
    pub instalment: String,
    pub amount: Pence,
    pub due_on: NaiveDate,
}

/// Makes a payment on an award; `make` adds what is special to it.
pub(super) fn begin(tx: &mut Tx<'_>, award: &Award, new: New, make: impl FnOnce(&mut PaymentFacts)) -> Result<Payment, Refusal> {
    let nobody = || Refusal::rule(Code::RuleBroken, "Nobody knows who receives this award, so nothing can be paid on it.");
    let provider_id = award.terms.provider_id.ok_or_else(nobody)?;
    let number = store::last_number(tx.conn(), award.id)? + 1;
    let id = tx.new_id();
    let mut facts = PaymentFacts {
        payment_id: id,
        version: 1,
        recorded_at: tx.recorded_at(),
        effective_on: tx.today(),
        state: PaymentState::Scheduled,
        kind: new.kind,
        instalment: new.instalment,
        amount_pence: new.amount,
        vat_pence: None,
        is_estimate: false,
        starts_on: None,
        ends_on: None,
        due_on: new.due_on,
        planned_due_on: new.due_on,
        waits_for: None,
        met_on: None,
        met_note: None,
        invoice_number: None,
        invoice_on: None,
        received_on: None,
        hold_reason: None,
        overridden: TextList::default(),
        requested_by: tx.actor().id,
        requested_by_name: tx.actor().name.clone(),
        authorised_by: None,
        authorised_by_name: None,
        authorised_on: None,
        duplicate_reason: None,
        supplier_number: None,
        parts_no: 0,
        run_id: None,
        paid_on: None,
        bank_reference: None,
        returned_on: None,
        reason: None,
        is_dropped: false,
    };
    make(&mut facts);
    let one = Payment { id, award_id: award.id, provider_id, reference: format!("{}-P{number}", award.reference), number, facts };
    store::begin(tx.conn(), &one)?;
    log(tx, None, &one)?;
    Ok(one)
}

/// The next version of a payment.
pub(super) fn change(
    tx: &mut Tx<'_>,
    before: &Payment,
    reason: Option<&str>,
    make: impl FnOnce(&mut PaymentFacts),
) -> Result<Payment, Refusal> {
    let reason = reason.map(|text| rules::said("/reason", text)).transpose()?;
    let (version, recorded_at, effective_on) = (before.facts.version + 1, tx.recorded_at(), tx.today());
    let mut next = Payment { facts: PaymentFacts { version, recorded_at, effective_on, reason, ..before.facts.clone() }, ..before.clone() };
    make(&mut next.facts);
    if !next.facts.state.keeps_authorisation() {
        unreserve(&mut next.facts);
    }
    store::advance(tx.conn(), &next)?;
    log(tx, Some(before), &next)?;
    Ok(next)
}

/// Takes back an authorisation: nothing is reserved any more.
fn unreserve(facts: &mut PaymentFacts) {
    (facts.authorised_by, facts.authorised_by_name, facts.authorised_on) = (None, None, None);
    (facts.duplicate_reason, facts.supplier_number) = (None, None);
    facts.parts_no = 0;
}

/// The same, asked for by whoever acts: somebody else has to authorise it.
pub(super) fn ask(
    tx: &mut Tx<'_>,
    before: &Payment,
    reason: Option<&str>,
    make: impl FnOnce(&mut PaymentFacts),
) -> Result<Payment, Refusal> {
    let actor = tx.actor().clone();
    change(tx, before, reason, |next| {
        next.requested_by = actor.id;
        next.requested_by_name = actor.name;
        make(next);
    })
}

/// The same of many payments, each with something that `make` is given: in a few statements, each with its event. `received` says who receives it.
pub(super) fn ask_all<'a, T>(
    tx: &mut Tx<'_>,
    before: impl Iterator<Item = (&'a Payment, T)>,
    (reason, received): (Option<&str>, &dyn Fn(&Payment) -> Payment),
    make: impl Fn(&mut PaymentFacts, T),
) -> Result<Vec<Payment>, Refusal> {
    let reason = reason.map(|text| rules::said("/reason", text)).transpose()?;
    let (recorded_at, effective_on, actor) = (tx.recorded_at(), tx.today(), tx.actor().clone());
    let (mut after, mut entries) = (Vec::new(), Vec::new());
    for (one, with) in before {
        let version = one.facts.version + 1;
        let mut facts = PaymentFacts { version, recorded_at, effective_on, reason: reason.clone(), ..one.facts.clone() };
        (facts.requested_by, facts.requested_by_name) = (actor.id, actor.name.clone());
        make(&mut facts, with);
        if !facts.state.keeps_authorisation() {
            unreserve(&mut facts);
        }
        let next = Payment { facts, ..received(one) };
        entries.push(entry(Some(one), &next)?);
        after.push(next);
    }
    store::advance_all(tx.conn(), &after)?;
    audit::record_all(tx, entries)?;
    Ok(after)
}

/// A payment as the log tells it.
fn shown(one: &Payment) -> Result<Value, Refusal> {
    let mut value = serde_json::to_value(&one.facts).map_err(Refusal::broken)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("award_id".to_owned(), json!(one.award_id));
        fields.insert("provider_id".to_owned(), json!(one.provider_id));
        fields.insert("reference".to_owned(), json!(one.reference));
    }
    Ok(value)
}

fn log(tx: &mut Tx<'_>, before: Option<&Payment>, after: &Payment) -> Result<(), Refusal> {
    let entry = entry(before, after)?;
    audit::record(tx, entry).map(|_| ())
}

fn entry(before: Option<&Payment>, after: &Payment) -> Result<audit::Entry, Refusal> {
    Ok(audit::Entry {
        record_kind: "payment",
        record_id: after.id,
        before: before.map_or(Ok(Value::Null), shown)?,
        after: shown(after)?,
        reason: after.facts.reason.clone(),
    })
}

/// Lets a payment go: its money is reserved, line by line, and moves when it is paid.
///
/// # Errors
/// [`Code::SecondFactor`] where the caller's session has none; [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::SamePerson`] for whoever asked for it; [`Code::RuleBroken`] above the caller's limit, while
/// something holds it, beside an equal payment without a reason, or where the provider has no supplier number;
/// [`Code::InsufficientBalance`] where less is committed and not reserved.
pub fn authorise(tx: &mut Tx<'_>, caller: &Caller, seen: &PaymentSeen) -> Result<Payment, Refusal> {
    policy::require_person(tx, caller)?;
    let one = load(tx, seen.id, seen.version)?;
    let state = rules::next(one.facts.state, PaymentAct::Authorise)?;
    let actor = tx.actor().clone();
    let askers = askers(tx.conn(), std::slice::from_ref(&one))?.remove(&one.id).unwrap_or_default();
    rules::check_second_person(&askers, actor.id)?;
    let found = policy::get(tx.conn())?.policy;
    let gross = one.facts.amount_pence + one.facts.vat_pence.unwrap_or_default();
    rules::check_limit("authorise", gross, found.limit_of(caller.id, &caller.roles))?;
    let today = tx.today();
    let holds = holding::of(tx.conn(), std::slice::from_ref(&one), today)?.remove(&one.id).unwrap_or_default();
    holding::rules::check(&holds)?;
    let supplier_number = supplier(tx.conn(), one.provider_id)?;
    let around = Days::new(u64::try_from(found.duplicate_days).unwrap_or_default());
    let due_on = one.facts.due_on;
    let span = (due_on.checked_sub_days(around).unwrap_or(due_on), due_on.checked_add_days(around).unwrap_or(due_on));
    rules::check_duplicates(&store::alike(tx.conn(), &one, span)?, seen.duplicate_reason.as_deref())?;
    tx.touch(one.award_id);
    let parts = rules::parts(one.facts.amount_pence, &books(tx.conn(), one.award_id)?)?;
    let parts_no = one.facts.version + 1;
    store::add_parts(tx.conn(), one.id, parts_no, &parts)?;
    change(tx, &one, None, |next| {
        next.state = state;
        next.parts_no = parts_no;
        next.authorised_by = actor.id;
        next.authorised_by_name = Some(actor.name);
        next.authorised_on = Some(today);
        next.duplicate_reason = seen.duplicate_reason.clone();
        next.supplier_number = Some(supplier_number);
    })
}

/// The finance system pays by supplier number, so there must be one. The payment keeps it, so that it goes to whom it was authorised for.
fn supplier(conn: &mut Conn, provider_id: Id) -> Result<String, Refusal> {
    let provider = providers::acts::get(conn, Scope::Office, provider_id)?;
    if let Some(number) = provider.facts.supplier_number {
        return Ok(number);
    }
    let detail =
        format!("{} has no supplier number, by which the finance system pays. Enter it with the provider first.", provider.facts.name);
    Err(Refusal::rule_with(Code::RuleBroken, detail, json!({ "provider_id": provider_id })))
}

/// Lets several payments go, all or none.
///
/// # Errors
/// [`Code::SecondFactor`]; what is wrong with each of them, at its place.
pub fn authorise_all(tx: &mut Tx<'_>, caller: &Caller, batch: &PaymentBatch) -> Result<Vec<Payment>, Refusal> {
    policy::require_person(tx, caller)?;
    let (mut done, mut faults) = (Vec::new(), Faults::new());
    for (at, seen) in batch.payments.iter().enumerate() {
        let is_repeated = batch.payments.iter().take(at).any(|other| other.id == seen.id);
        if is_repeated {
            faults.add(format!("/payments/{at}/id"), "repeated", "This payment stands here twice.");
            continue;
        }
        match authorise(tx, caller, seen) {
            Ok(one) => done.push(one),
            Err(Refusal::Rule { code, detail, .. }) => faults.add(format!("/payments/{at}"), code.word(), detail),
            Err(Refusal::Stale) => {
                faults.add(format!("/payments/{at}/version"), "stale", "This payment has changed since you saw it. Load it again.");
            }
            Err(Refusal::NotFound(_)) => faults.add(format!("/payments/{at}/id"), "unknown_record", "There is no such payment."),
            Err(other) => return Err(other),
        }
    }
    faults.into_result()?;
    Ok(done)
}

/// Stops a payment by hand.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; a blank reason.
pub fn hold(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Payment, Refusal> {
    let one = load(tx, id, version)?;
    let state = rules::next(one.facts.state, PaymentAct::Hold)?;
    change(tx, &one, Some(reason), |next| {
        next.state = state;
        next.hold_reason = Some(reason.trim().to_owned());
    })
}

/// Lets a payment go on: ends a hold, overrides the rules that hold it now, or tries again what failed or came back. It is authorised anew, by
/// somebody else.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::RuleBroken`] where nothing holds it; a blank reason.
pub fn release(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Payment, Refusal> {
    let one = load(tx, id, version)?;
    let state = rules::next(one.facts.state, PaymentAct::Release)?;
    let today = tx.today();
    let holds = holding::of(tx.conn(), std::slice::from_ref(&one), today)?.remove(&one.id).unwrap_or_default();
    let overridden: Vec<String> = holds.iter().filter_map(|hold| hold.rule_id).map(|rule| rule.to_string()).collect();
    let is_stopped = !matches!(one.facts.state, PaymentState::Scheduled | PaymentState::Authorised);
    if !is_stopped && overridden.is_empty() {
        let detail = "Nothing holds this payment that could be overridden. What it waits for is noted once it is there.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    ask(tx, &one, Some(reason), |next| {
        next.state = state;
        next.hold_reason = None;
        next.overridden.extend(overridden);
        (next.run_id, next.paid_on, next.bank_reference, next.returned_on) = (None, None, None, None);
    })
}

/// Brings a payment forward (R16). It is authorised anew, by somebody else, which approves this too.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; a day that is not before the one until now, or is past; a blank reason; [`Code::RuleBroken`] where somebody or
/// a rule holds it, or it stands in a run; [`Code::YearLocked`] for a day in a closed year.
pub fn advance(tx: &mut Tx<'_>, id: Id, version: i32, input: &PaymentAdvance) -> Result<Payment, Refusal> {
    let one = load(tx, id, version)?;
    let state = rules::next(one.facts.state, PaymentAct::Advance)?;
    let today = tx.today();
    rules::advance_faults(one.facts.due_on, input.due_on, today).into_result()?;
    let holds = holding::of(tx.conn(), std::slice::from_ref(&one), today)?.remove(&one.id).unwrap_or_default();
    let is_gathered = runs::in_a_run(tx.conn())?.contains(&one.id);
    if let Some((_, _, detail)) = forward::bar(one.facts.state, is_gathered, &holds) {
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    let period = awards::get(tx.conn(), Scope::Office, one.award_id)?.terms.fund_period_id;
    locks::check_day(tx.conn(), period, input.due_on)?;
    ask(tx, &one, Some(&input.reason), |next| (next.state, next.due_on) = (state, input.due_on))
}

/// Does not pay at all. The award's money stays committed; of a closed award, which pays nothing else for it, it goes back to the fund period.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; a blank reason.
pub fn cancel(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Payment, Refusal> {
    let one = load(tx, id, version)?;
    let state = rules::next(one.facts.state, PaymentAct::Cancel)?;
    let cancelled = change(tx, &one, Some(reason), |next| next.state = state)?;
    let award = awards::get(tx.conn(), Scope::Office, one.award_id)?;
    if award.standing.state == AwardState::Closed {
        let_go(tx, &award, one.facts.amount_pence)?;
    }
    Ok(cancelled)
}

/// Gives back what a closed award kept for a payment that is not made any more, such as one that the bank sent back: to the fund period, from each budget
/// line in proportion to what it can still pay.
fn let_go(tx: &mut Tx<'_>, award: &Award, amount: Pence) -> Result<(), Refusal> {
    tx.touch(award.id);
    let kept = books(tx.conn(), award.id)?;
    let (on, of_period) = (tx.today(), award.terms.fund_period_id);
    for (line, part) in rules::parts(amount.min(kept.free_pence()), &kept)? {
        let account = |kind, record_id| Account { kind, record_id, budget_line_id: line };
        let (from, to) = (account(AccountKind::Committed, award.id), account(AccountKind::FundPeriod, of_period));
        ledger::transfer(tx, &Movement { from, to, amount: part, effective_on: on })?;
        budget_lines::cover_shortfall(tx, line, on)?;
    }
    Ok(())
}

/// Says that what a payment waits for is there: a milestone, a proof of purchase.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::RuleBroken`] where it waits for nothing, or for a return; a day to come; a blank note.
pub fn meet(tx: &mut Tx<'_>, id: Id, version: i32, input: &PaymentMet) -> Result<Payment, Refusal> {
    let one = load(tx, id, version)?;
    let state = rules::next(one.facts.state, PaymentAct::Meet)?;
    let note = rules::said("/note", &input.note)?;
    let today = tx.today();
    let met_on = input.met_on.unwrap_or(today);
    if met_on > today {
        return Err(Refusal::invalid("/met_on", "in_the_future", format!("{met_on} is still to come; today is {today}.")));
    }
    if one.facts.waits_for.is_none() || one.facts.met_on.is_some() || one.facts.is_estimate {
        let detail = "This payment waits for nothing that somebody could note. One in arrears waits for its return to be accepted.";
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    ask(tx, &one, None, |next| (next.state, next.met_on, next.met_note) = (state, Some(met_on), Some(note)))
}

/// Enters an invoice of a contract, which is due so many days after it came.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Code::RuleBroken`] for another kind of award; every fault of the invoice: one that is entered already, or one above what
/// is left of the award.
pub fn enter_invoice(tx: &mut Tx<'_>, award_id: Id, input: &InvoiceInput) -> Result<Payment, Refusal> {
    let award = awards::get(tx.conn(), Scope::Office, award_id)?;
    if award.terms.kind != AwardKind::Contract {
        return Err(Refusal::rule(Code::RuleBroken, "Only contracts are paid on invoices. Set how this award is paid by its schedule."));
    }
    let today = tx.today();
    let mut faults = rules::invoice_faults(input, today);
    let number = input.invoice_number.trim().to_owned();
    if let Some(provider) = award.terms.provider_id
        && let Some(other) = store::with_invoice(tx.conn(), provider, &number)?
    {
        faults.add("/invoice_number", "taken", format!("This invoice of the provider is entered already, as {other}."));
    }
    let left = unplanned(tx.conn(), award_id)?;
    faults.require(input.net_pence <= left, "/net_pence", "too_large", &format!("Only {left} of this award is left to be paid."));
    faults.into_result()?;
    let received_on = input.received_on.unwrap_or(today);
    let due_on = rules::invoice_due_on(received_on, policy::get(tx.conn())?.policy.invoice_days);
    let new = New { kind: PaymentKind::Invoice, instalment: number.clone(), amount: input.net_pence, due_on };
    begin(tx, &award, new, |facts| {
        facts.vat_pence = Some(input.vat_pence);
        facts.invoice_number = Some(number);
        facts.invoice_on = Some(input.invoice_on);
        facts.received_on = Some(received_on);
    })
}

/// What of an award is committed and no payment is planned for.
pub(super) fn unplanned(conn: &mut Conn, award_id: Id) -> Result<Pence, Refusal> {
    let committed: Pence = ledger::balances(conn, AccountKind::Committed, award_id)?.into_iter().map(|(_, held)| held).sum();
    let is_to_come = |one: &&Payment| !matches!(one.facts.state, PaymentState::Paid | PaymentState::Cancelled);
    let planned: Pence = store::of_award(conn, award_id)?.iter().filter(is_to_come).map(|one| one.facts.amount_pence).sum();
    Ok(committed - planned)
}

/// Everybody who asked for these payments. One that a day brought about by itself, by a variation that came into force, was asked for by whoever asked for
/// the others of its award.
fn askers(conn: &mut Conn, payments: &[Payment]) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let mut all = store::askers(conn, &payments.iter().map(|one| one.id).collect::<Vec<_>>())?;
    let is_nobodys = |one: &&Payment| all.get(&one.id).is_none_or(HashSet::is_empty);
    let of_days: Vec<(Id, Id)> = payments.iter().filter(is_nobodys).map(|one| (one.id, one.award_id)).collect();
    if of_days.is_empty() {
        return Ok(all);
    }
    let beside = store::askers_of_awards(conn, &of_days.iter().map(|(_, award)| *award).collect::<Vec<_>>())?;
    all.extend(of_days.into_iter().map(|(id, award)| (id, beside.get(&award).cloned().unwrap_or_default())));
    Ok(all)
}

/// Which of these payments somebody else has to authorise, since this user asked for them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(super) fn own(conn: &mut Conn, payments: &[Payment], user: Option<Id>) -> Result<Vec<Id>, Refusal> {
    let scheduled: Vec<Payment> = payments.iter().filter(|one| one.facts.state == PaymentState::Scheduled).cloned().collect();
    let askers = if scheduled.is_empty() { HashMap::new() } else { askers(conn, &scheduled)? };
    Ok(askers.into_iter().filter(|(_, askers)| rules::check_second_person(askers, user).is_err()).map(|(id, _)| id).collect())
}

/// What each budget line pays of these payments, by payment; nothing of one that is not authorised.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub(super) fn parts(conn: &mut Conn, payments: &[Payment]) -> Result<HashMap<Id, Vec<(Id, Pence)>>, Refusal> {
    let keys: Vec<(Id, i32)> = payments.iter().filter(|one| one.facts.parts_no > 0).map(|one| (one.id, one.facts.parts_no)).collect();
    let found = if keys.is_empty() { rules::Parts::new() } else { store::parts(conn, &keys)? };
    // Each payment stands here with one number alone.
    Ok(found.into_iter().map(|((payment, _), parts)| (payment, parts)).collect())
}
