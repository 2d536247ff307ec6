//! What each award is owed, or owes, at the end of a year: from the ledger, the returns and the estimates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::awards::acts as awards;
use crate::awards::acts::YearFacts;
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::locks::{self, Moved};
use crate::payments::year_end::acts::{YearEnd, lines_of};
use crate::payments::year_end::rules::books::{AwardBooks, JournalLine, OfLine, proposed as worked_out};
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
    let held = held(&lines.into_iter().collect(), &moved);
    let ids: Vec<Id> = held.keys().copied().collect();
    let facts = awards::year_facts(conn, &ids)?;
    let told = told(conn, one, &ids, &facts)?;
    let mut estimates = store::estimates(conn, &ids)?;
    let mut all: Vec<AwardBooks> = Vec::with_capacity(ids.len());
    for (id, lines) in held {
        let Some(facts) = facts.get(&id) else { continue };
        let (accepted, is_covered) = told.get(&id).copied().unwrap_or_default();
        let estimate = estimates.remove(&id).filter(|row| row.fund_period_id == one.period.id).map(|row| row.amount_pence);
        let is_over = matches!(facts.state, AwardState::Ended | AwardState::Terminated | AwardState::Closed);
        all.push(AwardBooks { id, reference: facts.reference.clone(), is_over, accepted, is_covered, estimate, lines });
    }
    all.sort_by(|a, b| a.reference.cmp(&b.reference));
    Ok(all)
}

/// What a journal has to say now that no approved one says.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn proposed(conn: &mut Conn, one: &YearEnd) -> Result<Vec<JournalLine>, Refusal> {
    let books = books(conn, one)?;
    Ok(worked_out(&books, &store::approved(conn, one.period.id)?))
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

/// What accepted returns report by the end of the year, and whether they tell of all its days.
fn told(conn: &mut Conn, one: &YearEnd, ids: &[Id], facts: &HashMap<Id, YearFacts>) -> Result<HashMap<Id, (Pence, bool)>, Refusal> {
    let ends_on = one.period.facts.ends_on;
    let pairs = awards::parts_of(conn, ids)?;
    let everybody: Vec<Id> = pairs.iter().map(|(part, _)| *part).chain(ids.iter().copied()).collect();
    let parts = Parts::of(pairs);
    let mut by_whole: HashMap<Id, Vec<SentReturn>> = HashMap::new();
    for some in everybody.chunks(5_000) {
        for sent in returns::sent(conn, some)?.into_iter().filter(|sent| sent.is_accepted && sent.told.days.1 <= ends_on) {
            by_whole.entry(parts.whole_of(sent.told.award)).or_default().push(sent);
        }
    }
    let each = |id: &Id| {
        let own = by_whole.remove(id).unwrap_or_default();
        let last = facts.get(id).and_then(|facts| facts.ends_on).unwrap_or(ends_on).min(ends_on);
        let is_covered = own.iter().any(|sent| sent.told.is_reported && sent.told.award == *id && sent.told.days.1 >= last);
        (*id, (spent(&parts, &own).accepted, is_covered))
    };
    Ok(ids.iter().map(each).collect())
}
