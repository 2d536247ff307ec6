//! What each award is owed, or owes, at the end of a year: from the ledger, the returns and the estimates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::awards::acts as awards;
use crate::awards::acts::YearFacts;
use crate::awards::rules::AwardKind;
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::locks::{self, Moved};
use crate::payments::holding::acts as holding;
use crate::payments::holding::rules::OwedReturn;
use crate::payments::year_end::acts::{YearEnd, lines_of};
use crate::payments::year_end::rules::books::{self, AwardBooks, JournalLine, OfLine, SpendTold, proposed as worked_out};
use crate::payments::year_end::rules::unspent::Receipt;
use crate::payments::year_end::store;
use crate::returns;
use crate::returns::rules::{Parts, SentReturn, spent};
use crate::store::Conn;

/// The awards that have or had money of a fund period, by reference.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn books(conn: &mut Conn, one: &YearEnd) -> Result<Vec<AwardBooks>, Refusal> {
    let lines = lines_of(conn, one.period.id)?;
    let moved = locks::moved(conn, &lines, one.as_at())?;
    books_of(conn, one, &lines.into_iter().collect(), &moved)
}

/// The books of one award, from its own movements alone; none where it never had money of the fund period.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn book(conn: &mut Conn, one: &YearEnd, award: Id) -> Result<Option<AwardBooks>, Refusal> {
    let lines = lines_of(conn, one.period.id)?;
    let moved = locks::moved_of(conn, award, one.as_at())?;
    Ok(books_of(conn, one, &lines.into_iter().collect(), &moved)?.into_iter().find(|books| books.id == award))
}

fn books_of(conn: &mut Conn, one: &YearEnd, lines: &BTreeSet<Id>, moved: &[Moved]) -> Result<Vec<AwardBooks>, Refusal> {
    let held = held(lines, moved);
    let ids: Vec<Id> = held.keys().copied().collect();
    let facts = awards::year_facts(conn, &ids, one.as_at())?;
    let told = told(conn, one, &ids, &facts)?;
    let mut estimates = store::estimates(conn, &ids)?;
    let written_off = written_off(conn, &ids, one.as_at())?;
    let mut all: Vec<AwardBooks> = Vec::with_capacity(ids.len());
    for (id, lines) in held {
        let Some(facts) = facts.get(&id) else { continue };
        let (accepted, told) = told.get(&id).copied().unwrap_or_default();
        let estimate = estimates.remove(&id).filter(|row| row.fund_period_id == one.period.id).map(|row| row.amount_pence);
        let is_over = books::is_over(facts.ends_on, facts.ended_on, (one.period.facts.ends_on, one.as_at()));
        let written_off = written_off.get(&id).copied().unwrap_or_default();
        all.push(AwardBooks { id, reference: facts.reference.clone(), is_over, accepted, told, estimate, written_off, lines });
    }
    all.sort_by(|a, b| a.reference.cmp(&b.reference));
    Ok(all)
}

/// What was written off of each award by a day, less what of it came by then.
fn written_off(conn: &mut Conn, ids: &[Id], as_at: NaiveDate) -> Result<HashMap<Id, Pence>, Refusal> {
    let given_up = store::written_off(conn, ids, as_at)?;
    let came = store::received(conn, ids)?;
    let mut all: HashMap<Id, Pence> = HashMap::new();
    for (recovery, (award, asked)) in given_up {
        let received: Pence = came.iter().filter(|one| one.recovery_id == recovery && one.received_on <= as_at).map(|one| one.amount).sum();
        let sum = all.entry(award).or_default();
        *sum = *sum + (asked - received).max(Pence::ZERO);
    }
    Ok(all)
}

/// What came back of each award and line, as it was noted. What was written off by the cut-off is left out: it is unspent with nobody.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn came_back(conn: &mut Conn, one: &YearEnd, ids: &[Id]) -> Result<BTreeMap<(Id, Id), Vec<Receipt>>, Refusal> {
    let given_up = store::written_off(conn, ids, one.as_at())?;
    let mut all: BTreeMap<(Id, Id), Vec<Receipt>> = BTreeMap::new();
    for row in store::received(conn, ids)?.into_iter().filter(|row| !given_up.contains_key(&row.recovery_id)) {
        let receipt = Receipt { noted_at: row.recorded_at, is_later: row.received_on > one.as_at(), amount: row.amount };
        all.entry((row.award_id, row.budget_line_id)).or_default().push(receipt);
    }
    Ok(all)
}

/// What each budget line had free at the cut-off, whatever became of it since.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn free_at_cut_off(conn: &mut Conn, one: &YearEnd, lines: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    let mut all: HashMap<Id, Pence> = HashMap::new();
    let is_own = |kind: AccountKind, record: Id| kind == AccountKind::FundPeriod && record == one.period.id;
    for row in locks::moved(conn, lines, one.as_at())? {
        if is_own(row.from_kind, row.from_id) {
            let sum = all.entry(row.budget_line_id).or_default();
            *sum = *sum - row.amount;
        }
        if is_own(row.to_kind, row.to_id) {
            let sum = all.entry(row.to_line_id).or_default();
            *sum = *sum + row.amount;
        }
    }
    Ok(all)
}

/// What a journal has to say now that no approved one says.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn proposed(conn: &mut Conn, one: &YearEnd) -> Result<Vec<JournalLine>, Refusal> {
    let all = books(conn, one)?;
    Ok(worked_out(&all, &store::approved(conn, one.period.id)?))
}

/// What each award has of each line of the period.
fn held(lines: &BTreeSet<Id>, moved: &[Moved]) -> BTreeMap<Id, BTreeMap<Id, OfLine>> {
    let mut all: BTreeMap<Id, BTreeMap<Id, OfLine>> = BTreeMap::new();
    let mut change = |kind: AccountKind, award: Id, line: Id, amount: Pence| {
        if !lines.contains(&line) || !matches!(kind, AccountKind::Committed | AccountKind::Paid) {
            return;
        }
        let own = all.entry(award).or_default().entry(line).or_default();
        let sum = if kind == AccountKind::Paid { &mut own.paid } else { &mut own.committed };
        *sum = *sum + amount;
    };
    for one in moved {
        change(one.from_kind, one.from_id, one.budget_line_id, -one.amount);
        change(one.to_kind, one.to_id, one.to_line_id, one.amount);
    }
    for one in moved.iter().filter(|one| one.from_kind == AccountKind::Committed) {
        let is_back = matches!(one.to_kind, AccountKind::FundPeriod | AccountKind::Earmark | AccountKind::Tranche);
        if let Some(own) = all.get_mut(&one.from_id).and_then(|of| of.get_mut(&one.budget_line_id)).filter(|_| is_back) {
            own.released = own.released + one.amount;
        }
    }
    all
}

/// What accepted returns report by the end of the year, and what returns tell of it.
fn told(conn: &mut Conn, one: &YearEnd, ids: &[Id], facts: &HashMap<Id, YearFacts>) -> Result<HashMap<Id, (Pence, SpendTold)>, Refusal> {
    let ends_on = one.period.facts.ends_on;
    let pairs = awards::parts_of(conn, ids)?;
    let everybody: Vec<Id> = pairs.iter().map(|(part, _)| *part).chain(ids.iter().copied()).collect();
    let parts = Parts::of(pairs);
    let mut by_whole: HashMap<Id, Vec<SentReturn>> = HashMap::new();
    // Returns of parts tell what is spent of the whole, where it owes none itself.
    let (mut own, mut of_parts): (HashMap<Id, Vec<OwedReturn>>, HashMap<Id, Vec<OwedReturn>>) = (HashMap::new(), HashMap::new());
    for some in everybody.chunks(5_000) {
        for sent in returns::sent(conn, some)?.into_iter().filter(|sent| sent.is_accepted && sent.told.days.1 <= ends_on) {
            by_whole.entry(parts.whole_of(sent.told.award)).or_default().push(sent);
        }
        for (award, owed) in holding::owed(conn, some)? {
            let whole = parts.whole_of(award);
            let all = if whole == award { &mut own } else { &mut of_parts };
            all.entry(whole).or_default().extend(owed);
        }
    }
    let each = |id: &Id| {
        let sent = by_whole.remove(id).unwrap_or_default();
        let facts = facts.get(id);
        let days = [facts.and_then(|facts| facts.ends_on), facts.and_then(|facts| facts.ended_on), Some(ends_on)];
        let last = days.into_iter().flatten().min().unwrap_or(ends_on);
        let is_invoiced = facts.is_some_and(|facts| facts.kind == AwardKind::Contract);
        let owed = own.remove(id).or_else(|| of_parts.remove(id)).unwrap_or_default();
        let reports_spend = sent.iter().any(|one| one.told.is_reported);
        (*id, (spent(&parts, &sent).accepted, books::told(&owed, (last, ends_on), reports_spend, is_invoiced)))
    };
    Ok(ids.iter().map(each).collect())
}
