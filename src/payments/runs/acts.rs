//! Gathering runs, letting their files out, and reading what came back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::awards::acts as awards;
use crate::funds::{budget_lines, sources};
use crate::kernel::table;
use crate::kernel::{Code, Id, Named, Page, PageRequest, Pence, Refusal};
use crate::ledger::{self, Account, AccountKind, Movement};
use crate::payments::acts as payments;
use crate::payments::holding::acts as holding;
use crate::payments::policy::acts as policy;
use crate::payments::rules::{PaymentState, said, within as check_within};
use crate::payments::runs::rules::{self, Answered, FileRow, PaymentRunInput, PaymentRunState};
use crate::payments::runs::store::{self, RunFacts};
use crate::payments::schedule::acts as schedule;
use crate::payments::store as records;
use crate::payments::{Payment, PaymentFacts};
use crate::providers;
use crate::returns::freeze::rules::hex;
use crate::store::{Conn, Tx};

pub use store::{Run, RunItem};

/// The run.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none.
pub fn get(conn: &mut Conn, id: Id) -> Result<Run, Refusal> {
    store::load(conn, id)?.ok_or(Refusal::NotFound("payment run"))
}

/// A page of the runs, the latest first.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn list(conn: &mut Conn, page: &PageRequest) -> Result<Page<Run>, Refusal> {
    store::page(conn, page)
}

/// The file of a run, the same bytes each time.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such run, or it has not left.
pub fn file(conn: &mut Conn, id: Id) -> Result<(Run, String), Refusal> {
    let run = get(conn, id)?;
    let text = store::file_of(conn, id)?.ok_or(Refusal::NotFound("file"))?;
    Ok((run, text))
}

/// The payments of a run as they stand now, in their order.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn payments_of(conn: &mut Conn, run: &Run) -> Result<Vec<Payment>, Refusal> {
    let ids: Vec<Id> = run.items.iter().map(|item| item.payment_id).collect();
    let mut found: HashMap<Id, Payment> = records::of_ids(conn, &ids)?.into_iter().map(|one| (one.id, one)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// What a payment took from the budget lines as it was gathered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// Which payment.
    pub payment_id: Id,
    /// Its VAT.
    pub vat: Pence,
    /// What each budget line pays of it.
    pub parts: Vec<(Id, Pence)>,
}

impl Gathered {
    /// What leaves.
    #[must_use]
    pub fn gross(&self) -> Pence {
        self.parts.iter().map(|(_, part)| *part).sum::<Pence>() + self.vat
    }
}

/// What the payments of these runs took from the budget lines as they were gathered, by run, in the order of its payments. A payment may stand in several
/// runs, with other parts in each.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn gathered(conn: &mut Conn, runs: &[Run]) -> Result<HashMap<Id, Vec<Gathered>>, Refusal> {
    let ids: Vec<Id> = runs.iter().map(|run| run.id).collect();
    let mut all: HashMap<Id, Vec<Gathered>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    for (run, payment_id, vat, line, amount) in store::parts(conn, &ids, false)? {
        let own = all.entry(run).or_default();
        match own.last_mut().filter(|last| last.payment_id == payment_id) {
            Some(last) => last.parts.push((line, amount)),
            None => own.push(Gathered { payment_id, vat: vat.unwrap_or_default(), parts: vec![(line, amount)] }),
        }
    }
    Ok(all)
}

/// What a run comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunSums {
    /// By budget line: without VAT, and the VAT.
    pub lines: BTreeMap<Id, (Pence, Pence)>,
    /// How many payments it has.
    pub count: i64,
    /// For how many of them the finance system has not answered.
    pub waiting: i64,
}

impl RunSums {
    fn add(&mut self, line: Id, net: Pence, vat: Pence) {
        let sum = self.lines.entry(line).or_default();
        *sum = (sum.0 + net, sum.1 + vat);
    }
}

/// What these runs come to, added up by the database; only payments with VAT, which is split over their budget lines one by one, are read.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn sums(conn: &mut Conn, runs: &[Run]) -> Result<HashMap<Id, RunSums>, Refusal> {
    let ids: Vec<Id> = runs.iter().map(|run| run.id).collect();
    let mut all: HashMap<Id, RunSums> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    for (run, line, net) in store::sums(conn, &ids)? {
        all.entry(run).or_default().add(line, Pence(net.unwrap_or_default()), Pence::ZERO);
    }
    let taxed = store::parts(conn, &ids, true)?;
    for one in taxed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let parts: Vec<(Id, Pence)> = one.iter().map(|(.., line, net)| (*line, *net)).collect();
        let Some((run, _, vat, ..)) = one.first() else { continue };
        let own = all.entry(*run).or_default();
        for ((line, net), vat) in parts.iter().zip(rules::vat_of_parts(vat.unwrap_or_default(), &parts)) {
            own.add(*line, *net, vat);
        }
    }
    for (run, state, count) in store::counts(conn, &ids)? {
        let own = all.entry(run).or_default();
        own.count += count;
        own.waiting += if state == PaymentState::Exported { count } else { 0 };
    }
    Ok(all)
}

/// What stops each payment of a run from leaving, in words: it has changed since it was gathered, something holds it, or it would go to another supplier
/// number. Those that may leave are left out.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn blocks(conn: &mut Conn, run: &Run, all: &[Payment], today: NaiveDate) -> Result<Vec<(Id, String)>, Refusal> {
    let held = holding::of(conn, all, today)?;
    let suppliers = providers::supplier_numbers(conn, &all.iter().map(|one| one.provider_id).collect::<Vec<_>>())?;
    let versions: HashMap<Id, i32> = run.items.iter().map(|item| (item.payment_id, item.payment_version)).collect();
    let why = |one: &Payment| {
        let because = held.get(&one.id).and_then(|holds| holds.first()).map(|hold| hold.because.clone());
        let is_changed = versions.get(&one.id) != Some(&one.facts.version);
        let is_elsewhere = suppliers.get(&one.provider_id) != one.facts.supplier_number.as_ref();
        because
            .or_else(|| is_changed.then(|| format!("It has changed since it was gathered, and is {} now.", one.facts.state)))
            .or_else(|| is_elsewhere.then(|| "Its provider has another supplier number than when it was authorised, or none.".to_owned()))
    };
    Ok(all.iter().filter_map(|one| why(one).map(|why| (one.id, why))).collect())
}

/// The code of each of these budget lines, and the source whose money it is.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn lines(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, (Named, Named)>, Refusal> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names = budget_lines::named(conn, ids)?;
    let parents = budget_lines::parents(conn, ids)?;
    let of_sources = sources::named(conn, &parents.iter().map(|(_, _, source)| *source).collect::<Vec<_>>())?;
    let pair = |(line, _, source): (Id, Id, Id)| Some((line, (names.get(&line)?.clone(), of_sources.get(&source)?.clone())));
    Ok(parents.into_iter().filter_map(pair).collect())
}

/// Payments that stand in a run which has not left.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn in_a_run(conn: &mut Conn) -> Result<HashSet<Id>, Refusal> {
    store::gathered(conn)
}

fn at_version(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Run, Refusal> {
    let run = get(tx.conn(), id)?;
    if run.facts.version == version { Ok(run) } else { Err(Refusal::Stale) }
}

/// Gathers the authorised payments that are due, that nothing holds and that stand in no other run.
///
/// # Errors
/// [`Code::RuleBroken`] where there are none; a day further ahead than the policy lets a run gather.
pub fn gather(tx: &mut Tx<'_>, input: &PaymentRunInput) -> Result<Run, Refusal> {
    let today = tx.today();
    let due_by = input.due_by.unwrap_or(today);
    rules::horizon_faults(due_by, today, policy::get(tx.conn())?.policy.gather_days).into_result()?;
    let of_fund = input.fund_id.map(|fund| awards::of_fund(tx.conn(), fund)).transpose()?;
    let mut due = records::due(tx.conn(), PaymentState::Authorised, due_by, of_fund.as_deref())?;
    let elsewhere = store::gathered(tx.conn())?;
    due.retain(|one| !elsewhere.contains(&one.id));
    let held = holding::of(tx.conn(), &due, today)?;
    due.retain(|one| !held.contains_key(&one.id));
    if due.is_empty() {
        let others = if held.is_empty() { String::new() } else { format!(" {} of them are held.", held.len()) };
        let detail = format!("No authorised payment is due by {due_by} that is free to go and stands in no other run.{others}");
        return Err(Refusal::rule(Code::RuleBroken, detail));
    }
    let (id, number) = (tx.new_id(), store::count(tx.conn())? + 1);
    let facts = RunFacts {
        run_id: id,
        version: 1,
        recorded_at: tx.recorded_at(),
        effective_on: today,
        state: PaymentRunState::Gathered,
        due_by,
        fund_id: input.fund_id,
        made_by: tx.actor().name.clone(),
        reason: None,
    };
    let items = as_gathered(tx.conn(), &due)?;
    let run = Run { id, reference: format!("RUN-{number:04}"), facts, items, sha256: None };
    store::begin(tx.conn(), &run)?;
    log(tx, None, &run)?;
    Ok(run)
}

/// Payments as a run gathers them, each with whom it pays.
fn as_gathered(conn: &mut Conn, due: &[Payment]) -> Result<Vec<RunItem>, Refusal> {
    let ids: BTreeSet<Id> = due.iter().map(|one| one.provider_id).collect();
    let receivers = providers::summaries(conn, &ids.into_iter().collect::<Vec<_>>())?;
    let names: HashMap<Id, String> = receivers.into_iter().map(|one| (one.id, one.name)).collect();
    let item = |one: &Payment| RunItem {
        payment_id: one.id,
        payment_version: one.facts.version,
        provider_id: Some(one.provider_id),
        provider_name: names.get(&one.provider_id).cloned(),
        supplier_number: one.facts.supplier_number.clone(),
    };
    Ok(due.iter().map(item).collect())
}

fn next(tx: &mut Tx<'_>, before: &Run, make: impl FnOnce(&mut Run)) -> Result<Run, Refusal> {
    let (version, recorded_at, effective_on) = (before.facts.version + 1, tx.recorded_at(), tx.today());
    let mut after = Run { facts: RunFacts { version, recorded_at, effective_on, ..before.facts.clone() }, ..before.clone() };
    make(&mut after);
    store::advance(tx.conn(), &after)?;
    log(tx, Some(before), &after)?;
    Ok(after)
}

fn log(tx: &mut Tx<'_>, before: Option<&Run>, after: &Run) -> Result<(), Refusal> {
    let shown = |one: &Run| {
        let payments: Vec<Id> = one.items.iter().map(|item| item.payment_id).collect();
        json!({ "reference": one.reference, "run": one.facts, "payment_ids": payments, "sha256": one.sha256 })
    };
    let reason = after.facts.reason.clone();
    let entry =
        Entry { record_kind: "payment_run", record_id: after.id, before: before.map_or(Value::Null, shown), after: shown(after), reason };
    audit::record(tx, entry).map(|_| ())
}

/// Gives a run up before it leaves; its payments can be gathered again.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; a blank reason.
pub fn cancel(tx: &mut Tx<'_>, id: Id, version: i32, reason: &str) -> Result<Run, Refusal> {
    let run = at_version(tx, id, version)?;
    rules::check_state(run.facts.state, &[PaymentRunState::Gathered], "cancelled")?;
    let reason = said("/reason", reason)?;
    next(tx, &run, |after| (after.facts.state, after.facts.reason) = (PaymentRunState::Cancelled, Some(reason)))
}

/// Makes the file of a run, once, and locks it: its payments are with the finance system from now on.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; [`Code::RuleBroken`] where a payment has changed or come to be held since it was gathered, or its provider
/// has another supplier number than when it was authorised, or none any more.
pub fn export(tx: &mut Tx<'_>, id: Id, version: i32) -> Result<Run, Refusal> {
    let run = at_version(tx, id, version)?;
    rules::check_state(run.facts.state, &[PaymentRunState::Gathered], "exported")?;
    let all = payments_of(tx.conn(), &run)?;
    let today = tx.today();
    let blocked = blocks(tx.conn(), &run, &all, today)?;
    let is_blocked = |one: &&Payment| blocked.iter().any(|(id, _)| *id == one.id);
    let changed: Vec<String> = all.iter().filter(is_blocked).map(|one| one.reference.clone()).collect();
    rules::check_unchanged(&changed)?;
    let rows = rows(tx.conn(), &run, &all)?;
    let text = rules::file(&run.reference, &rows)?;
    let (sha256, recorded_at) = (hex(text.as_bytes()), tx.recorded_at());
    store::add_file(tx.conn(), id, recorded_at, &text, &sha256)?;
    for one in &all {
        payments::change(tx, one, None, |facts| (facts.state, facts.run_id) = (PaymentState::Exported, Some(id)))?;
    }
    next(tx, &run, |after| {
        after.facts.state = PaymentRunState::Exported;
        after.sha256 = Some(sha256);
    })
}

/// The rows of a file: one for each payment and budget line, in the order of the run.
fn rows(conn: &mut Conn, run: &Run, all: &[Payment]) -> Result<Vec<FileRow>, Refusal> {
    let suppliers: HashMap<Id, Option<&str>> = run.items.iter().map(|item| (item.payment_id, item.supplier_number.as_deref())).collect();
    let parts = payments::parts(conn, all)?;
    let codings = schedule::codings(conn, &all.iter().map(|one| one.award_id).collect::<Vec<_>>())?;
    let line_ids: Vec<Id> = parts.values().flatten().map(|(line, _)| *line).collect();
    let lines = lines(conn, &line_ids)?;
    let mut rows = Vec::new();
    for one in all {
        let own = parts.get(&one.id).map(Vec::as_slice).unwrap_or_default();
        let vats = rules::vat_of_parts(one.facts.vat_pence.unwrap_or_default(), own);
        for ((line, net), vat) in own.iter().zip(vats) {
            let (budget_line, source) = lines.get(line).ok_or_else(|| Refusal::broken("a part of no budget line"))?;
            rows.push(FileRow {
                payment: one.reference.clone(),
                supplier_number: suppliers.get(&one.id).copied().flatten().unwrap_or_default().to_owned(),
                coding: codings.get(&one.award_id).cloned().unwrap_or_default(),
                invoice_number: one.facts.invoice_number.clone().unwrap_or_else(|| one.reference.clone()),
                invoice_on: one.facts.invoice_on.unwrap_or(one.facts.planned_due_on),
                due_on: one.facts.due_on,
                source: source.code.clone(),
                budget_line: budget_line.code.clone(),
                net: *net,
                vat,
            });
        }
    }
    Ok(rows)
}

/// Reads what the finance system answered: what is paid moves from committed to paid, what failed or came back after that moves back. What was told
/// before does nothing, so an answer may be read twice, and may repeat all that was told of the run so far.
///
/// # Errors
/// [`Refusal::Stale`]; [`Code::WrongState`]; every fault of the file, of which then nothing is done; whatever the ledger refuses; [`Code::RuleBroken`]
/// where a payment that had failed is told as paid and its money is promised to another one by now.
pub fn confirm(tx: &mut Tx<'_>, id: Id, version: i32, bytes: &[u8]) -> Result<Run, Refusal> {
    let run = at_version(tx, id, version)?;
    rules::check_state(run.facts.state, &[PaymentRunState::Exported, PaymentRunState::Confirmed], "confirmed")?;
    let mut faults = Vec::new();
    let table = table::read("answer", bytes, &mut faults);
    if !faults.is_empty() {
        return Err(Refusal::Invalid(rules::of_file(faults)));
    }
    let today = tx.today();
    let all = payments_of(tx.conn(), &run)?;
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let told = records::told(tx.conn(), id, &ids)?;
    let changes = rules::judged(&table, today, id, &all.iter().map(|one| answerable(one, &told)).collect::<Vec<_>>())?;
    if changes.is_empty() {
        return Ok(run);
    }
    settle_all(tx, &changes)?;
    let is_with_us = |one: &&Payment| one.facts.run_id == Some(id) && one.facts.state == PaymentState::Exported;
    let waits = all.iter().filter(is_with_us).any(|one| changes.iter().all(|(answered, ..)| *answered != one.id));
    next(tx, &run, |after| after.facts.state = if waits { PaymentRunState::Exported } else { PaymentRunState::Confirmed })
}

/// What an answer is held against.
fn answerable(one: &Payment, told: &[(Id, PaymentState, NaiveDate)]) -> rules::Answerable {
    let facts = &one.facts;
    rules::Answerable {
        payment_id: one.id,
        reference: one.reference.clone(),
        run_id: facts.run_id,
        state: facts.state,
        gross: facts.amount_pence + facts.vat_pence.unwrap_or_default(),
        authorised_on: facts.authorised_on,
        paid_on: facts.paid_on,
        told: told.iter().filter(|(id, ..)| *id == one.id).map(|(_, state, on)| (*state, *on)).collect(),
    }
}

/// Carries out every change, or says of each row why its day is closed.
fn settle_all(tx: &mut Tx<'_>, changes: &[rules::Change]) -> Result<(), Refusal> {
    let mut locked = Vec::new();
    for (payment, answer, state) in changes {
        let one = payments::get(tx.conn(), Scope::Office, *payment)?;
        match settle(tx, &one, answer, *state) {
            Ok(()) => {}
            Err(Refusal::Rule { code: Code::YearLocked, detail, .. }) => locked.push(rules::year_locked(answer, detail)),
            // What follows from a row that is refused already is not told besides.
            Err(_) if !locked.is_empty() => break,
            Err(other) => return Err(other),
        }
    }
    if locked.is_empty() { Ok(()) } else { Err(Refusal::Invalid(locked)) }
}

fn settle(tx: &mut Tx<'_>, one: &Payment, answer: &Answered, state: PaymentState) -> Result<(), Refusal> {
    let way = match (one.facts.state, state) {
        (_, PaymentState::Paid) => Some((AccountKind::Committed, AccountKind::Paid)),
        (PaymentState::Paid, _) => Some((AccountKind::Paid, AccountKind::Committed)),
        _ => None,
    };
    let parts = payments::parts(tx.conn(), std::slice::from_ref(one))?.remove(&one.id).unwrap_or_default();
    if let Some((from, to)) = way {
        rules::check_parts(&one.reference, one.facts.amount_pence, &parts)?;
        for (line, amount) in parts {
            move_part(tx, (one.award_id, line), (from, to), amount, answer.on)?;
        }
    }
    let answered = |facts: &mut PaymentFacts| {
        facts.state = state;
        facts.effective_on = answer.on;
        facts.bank_reference = answer.bank_reference.clone().or_else(|| facts.bank_reference.clone());
        match state {
            PaymentState::Paid => (facts.paid_on, facts.returned_on) = (Some(answer.on), None),
            PaymentState::Returned => facts.returned_on = Some(answer.on),
            PaymentState::Failed => facts.paid_on = None,
            _ => {}
        }
    };
    if matches!(state, PaymentState::Failed | PaymentState::Returned) {
        // It goes again on their word that it did not arrive, so somebody else lets it go.
        payments::ask(tx, one, answer.reason.as_deref(), answered)?;
    } else {
        payments::change(tx, one, answer.reason.as_deref(), answered)?;
    }
    if one.facts.state == PaymentState::Failed {
        check_within(&payments::books(tx.conn(), one.award_id)?)?;
    }
    Ok(())
}

fn move_part(
    tx: &mut Tx<'_>,
    (record_id, budget_line_id): (Id, Id),
    (from, to): (AccountKind, AccountKind),
    amount: Pence,
    effective_on: NaiveDate,
) -> Result<(), Refusal> {
    let account = |kind| Account { kind, record_id, budget_line_id };
    ledger::transfer(tx, &Movement { from: account(from), to: account(to), amount, effective_on }).map(|_| ())
}

/// Computes the hash of every exported file again. How many there are, and what is wrong with them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn unsound_files(conn: &mut Conn) -> Result<(usize, Vec<String>), Refusal> {
    let (mut count, mut faults, mut after) = (0, Vec::new(), None);
    loop {
        let batch = store::files_after(conn, after, FILES_AT_A_TIME)?;
        let Some(last) = batch.last().map(|(run, _, _)| *run) else { return Ok((count, faults)) };
        count += batch.len();
        let odd = batch.iter().filter(|(_, text, sha256)| hex(text.as_bytes()) != *sha256);
        faults.extend(odd.map(|(run, _, _)| format!("the file of the payment run {run} is not what was exported")));
        after = Some(last);
    }
}

/// How many exported files are read at a time, to be held against their hashes.
const FILES_AT_A_TIME: i64 = 20;
