//! Locking a year, and noting what corrects it.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::json;

use crate::kernel::{Code, Faults, Id, Page, PageRequest, Pence, Refusal};
use crate::ledger::locks::store::{self, Moved};
use crate::ledger::rules::{AccountKind, Movement};
use crate::store::{Conn, Tx};

pub use store::Correction;

/// Refuses a movement of money of a fund period that is locked on its day.
///
/// # Errors
/// [`Code::YearLocked`] with the period and the last locked day.
pub fn check(conn: &mut Conn, movement: &Movement) -> Result<(), Refusal> {
    let lines = [movement.from.budget_line_id, movement.to.budget_line_id];
    let found = store::lock_on(conn, &lines, movement.effective_on)?;
    found.map_or(Ok(()), |(period, locked_to)| Err(locked(period, locked_to, movement.effective_on)))
}

/// Refuses what is dated in the locked year of a fund period though it moves no money, such as another budget.
///
/// # Errors
/// [`Code::YearLocked`] with the period and the last locked day.
pub fn check_day(conn: &mut Conn, fund_period_id: Id, on: NaiveDate) -> Result<(), Refusal> {
    let found = store::locked_to(conn, fund_period_id)?.filter(|locked_to| on <= *locked_to);
    found.map_or(Ok(()), |locked_to| Err(locked(fund_period_id, locked_to, on)))
}

fn locked(period: Id, locked_to: NaiveDate, on: NaiveDate) -> Refusal {
    let detail = format!(
        "The year of this money is closed: nothing may be dated {locked_to} or earlier, and this is dated {on}. Date it after that day; if it corrects \
         something of the closed year, say so then under corrections at the year end of the fund period."
    );
    let facts = json!({ "fund_period_id": period, "locked_to": locked_to, "effective_on": on });
    Refusal::rule_with(Code::YearLocked, detail, facts)
}

/// The last locked day of each of these fund periods, where one of its years is closed.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn locked_to(conn: &mut Conn, fund_periods: &BTreeSet<Id>) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    store::all_locked_to(conn, fund_periods)
}

/// The day on which something of a fund period's money takes effect that nobody dates, such as the end of what lapses: its own day or, where the year is
/// closed on that, the first one after the lock.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn open_day(conn: &mut Conn, fund_period_id: Id, on: NaiveDate) -> Result<NaiveDate, Refusal> {
    let locked_to = store::locked_to(conn, fund_period_id)?.filter(|locked_to| on <= *locked_to);
    Ok(locked_to.and_then(|locked_to| locked_to.succ_opt()).unwrap_or(on))
}

/// Notes of what this act moved out of an account, after the lock, that it corrects what came into it last before the lock, line by line.
///
/// # Errors
/// As for [`note_correction`].
pub fn refer(tx: &mut Tx<'_>, fund_period_id: Id, account: (AccountKind, Id), reason: &str) -> Result<(), Refusal> {
    let Some(locked_to) = store::locked_to(tx.conn(), fund_period_id)? else { return Ok(()) };
    let (today, now) = (tx.today(), tx.recorded_at());
    let all = store::moved_of(tx.conn(), account.1, today)?;
    let own = store::made_at(tx.conn(), account.1, now)?;
    for later in all.iter().filter(|row| (row.from_kind, row.from_id) == account && own.contains(&row.id)) {
        let is_before =
            |row: &&Moved| (row.to_kind, row.to_id) == account && row.to_line_id == later.budget_line_id && row.effective_on <= locked_to;
        let Some(before) = all.iter().rfind(is_before) else { continue };
        note_correction(tx, fund_period_id, &[later.budget_line_id], (later.id, before.id), reason)?;
    }
    Ok(())
}

/// How much of a budget line each award was promised after a day: offered to it, or added to what it has.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn promised_after(conn: &mut Conn, line: Id, day: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    store::promised_after(conn, line, day)
}

/// How much of a budget line each award gave back of its offer after a day, before it took it up.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn given_back_after(conn: &mut Conn, line: Id, day: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    store::given_back_after(conn, line, day)
}

/// Locks the money of a fund period up to a day, for good.
///
/// # Errors
/// [`Refusal::Stale`] where it is locked already.
pub fn lock(tx: &mut Tx<'_>, fund_period_id: Id, locked_to: NaiveDate) -> Result<(), Refusal> {
    tx.touch(fund_period_id);
    let recorded_at = tx.recorded_at();
    store::lock(tx.conn(), (fund_period_id, locked_to, recorded_at))
}

/// Every movement of money of these budget lines that takes effect by a day, in the order of their days.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn moved(conn: &mut Conn, lines: &[Id], as_at: NaiveDate) -> Result<Vec<Moved>, Refusal> {
    store::moved(conn, lines, as_at)
}

/// Every movement to or from the accounts of a record, such as an award, that takes effect by a day, in the order of their days.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn moved_of(conn: &mut Conn, record: Id, as_at: NaiveDate) -> Result<Vec<Moved>, Refusal> {
    store::moved_of(conn, record, as_at)
}

/// Notes that a movement of a later day corrects one of a locked year.
///
/// # Errors
/// [`Code::WrongState`] where the period is not locked; every fault: movements that are not there, are of other money, or are on the wrong side of the lock.
pub fn note_correction(tx: &mut Tx<'_>, fund_period_id: Id, lines: &[Id], one: (Id, Id), reason: &str) -> Result<Correction, Refusal> {
    let Some(locked_to) = store::locked_to(tx.conn(), fund_period_id)? else {
        let detail = "The year of this fund period is not closed, so what is wrong in it is corrected by an act of its own day.";
        return Err(Refusal::rule(Code::WrongState, detail));
    };
    let mut found: HashMap<Id, Moved> = store::of_ids(tx.conn(), &[one.0, one.1])?.into_iter().map(|row| (row.id, row)).collect();
    let (later, wrong) = (found.remove(&one.0), found.remove(&one.1));
    let is_ours = |row: &Moved| lines.contains(&row.budget_line_id) || lines.contains(&row.to_line_id);
    let mut faults = Faults::new();
    faults.require(later.is_some(), "/transfer_id", "unknown_record", "There is no such movement.");
    faults.require(wrong.is_some(), "/corrects_id", "unknown_record", "There is no such movement.");
    if let Some(wrong) = &wrong {
        let message = format!("What is corrected is of this fund period's money and dated {locked_to} or earlier.");
        faults.require(is_ours(wrong) && wrong.effective_on <= locked_to, "/corrects_id", "out_of_range", &message);
    }
    if let Some(later) = &later {
        let message = format!("What corrects it is dated after {locked_to}.");
        faults.require(later.effective_on > locked_to, "/transfer_id", "too_early", &message);
    }
    if let (Some(later), Some(wrong)) = (&later, &wrong) {
        let message = "It moves money of another budget line, so it does not correct this.";
        let shares = [later.budget_line_id, later.to_line_id].iter().any(|line| [wrong.budget_line_id, wrong.to_line_id].contains(line));
        faults.require(shares, "/transfer_id", "out_of_range", message);
    }
    faults.require(!reason.trim().is_empty(), "/reason", "blank", "This cannot be blank.");
    faults.into_result()?;
    let correction = Correction {
        transfer_id: one.0,
        corrects_id: one.1,
        fund_period_id,
        recorded_at: tx.recorded_at(),
        noted_by: tx.actor().name.clone(),
        reason: reason.trim().to_owned(),
    };
    if store::correct(tx.conn(), &correction)? {
        Ok(correction)
    } else {
        Err(Refusal::rule(Code::Taken, "It is noted already what this movement corrects."))
    }
}

/// A page of the corrections of a fund period's closed year.
///
/// # Errors
/// [`Refusal::Invalid`] for a cursor of another list.
pub fn corrections(conn: &mut Conn, fund_period_id: Id, page: &PageRequest) -> Result<Page<Correction>, Refusal> {
    store::corrections(conn, fund_period_id, page)
}

/// What each of these movements corrects, of those that correct something.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn corrected(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>, Refusal> {
    if ids.is_empty() { Ok(HashMap::new()) } else { store::corrected(conn, ids) }
}

/// These movements, of those that there are.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn of_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Moved>, Refusal> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::of_ids(conn, ids) }
}
