//! Moving money and asking how much there is.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Pence, Refusal};
use crate::ledger::locks;
use crate::ledger::rules::{Account, AccountKind, Movement, Tally, least_from, put, take};
use crate::ledger::store;
use crate::store::{Conn, Tx};

/// Moves money, with both balances checked and kept, in the act's own transaction. Answers the movement's id. No account but a
/// source's goes below zero, on no day: neither on the day of the movement nor on a later one that is recorded already.
///
/// # Errors
/// [`crate::kernel::Code::InsufficientBalance`] with the account, its balance, the shortfall and, unless it is short now, the day;
/// [`crate::kernel::Code::YearLocked`] where the year of its money is closed on its day; [`Refusal::Store`] where the database fails.
pub fn transfer(tx: &mut Tx<'_>, movement: &Movement) -> Result<Id, Refusal> {
    movement.check()?;
    locks::check(tx.conn(), movement)?;
    if !movement.from.kind.may_be_overdrawn() {
        tx.touch(movement.from.record_id);
    }
    let recorded_at = tx.recorded_at();
    let act = tx.act();
    let conn = tx.conn();
    let on = movement.effective_on;
    let from = store::open(conn, &movement.from, on)?;
    let to = store::open(conn, &movement.to, on)?;
    let is_watched = !from.kind.may_be_overdrawn() && from.latest_on > on;
    let later = if is_watched { store::nets_after(conn, from.id, on)? } else { Vec::new() };
    let left = take(from.kind, from.balance_pence, &later, movement.amount, on)?;
    store::keep(conn, from.id, left, from.latest_on.max(on))?;
    store::keep(conn, to.id, put(to.balance_pence, movement.amount)?, to.latest_on.max(on))?;
    for (account, holder, change) in movement.tallies() {
        store::tally(conn, &account, holder, change)?;
    }
    store::append(conn, &store::NewTransfer::of(movement, from.id, to.id, recorded_at, act))
}

/// The same movement on each of some days, many with one statement: for ledgers that are made up at scale. All of the money must be there on the first day.
///
/// # Errors
/// As for [`transfer`].
pub fn transfer_often(tx: &mut Tx<'_>, movement: &Movement, days: &[NaiveDate]) -> Result<(), Refusal> {
    let (Some(first), Some(last)) = (days.iter().min().copied(), days.iter().max().copied()) else { return Ok(()) };
    let count = i64::try_from(days.len()).map_err(Refusal::broken)?;
    let whole =
        movement.amount.0.checked_mul(count).map(Pence).ok_or_else(|| Refusal::broken("movements beyond what an amount can hold"))?;
    let together = Movement { amount: whole, effective_on: first, ..*movement };
    together.check()?;
    locks::check(tx.conn(), &together)?;
    if !movement.from.kind.may_be_overdrawn() {
        tx.touch(movement.from.record_id);
    }
    let (recorded_at, act) = (tx.recorded_at(), tx.act());
    let conn = tx.conn();
    let from = store::open(conn, &movement.from, first)?;
    let to = store::open(conn, &movement.to, first)?;
    let is_watched = !from.kind.may_be_overdrawn() && from.latest_on > first;
    let later = if is_watched { store::nets_after(conn, from.id, first)? } else { Vec::new() };
    let left = take(from.kind, from.balance_pence, &later, whole, first)?;
    store::keep(conn, from.id, left, from.latest_on.max(last))?;
    store::keep(conn, to.id, put(to.balance_pence, whole)?, to.latest_on.max(last))?;
    for (account, holder, change) in together.tallies() {
        store::tally(conn, &account, holder, Tally { sides: change.sides * count, ..change })?;
    }
    let on = |day: &NaiveDate| store::NewTransfer::of(&Movement { effective_on: *day, ..*movement }, from.id, to.id, recorded_at, act);
    store::append_all(conn, &days.iter().map(on).collect::<Vec<_>>())
}

/// What an account holds now; nothing where it was never used.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn balance(conn: &mut Conn, account: &Account) -> Result<Pence, Refusal> {
    Ok(store::find(conn, account)?.map_or(Pence::ZERO, |row| row.balance_pence))
}

/// The least that an account holds on any day from `on`: what may be taken from it on that day.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn least(conn: &mut Conn, account: &Account, on: NaiveDate) -> Result<Pence, Refusal> {
    let Some(row) = store::find(conn, account)? else { return Ok(Pence::ZERO) };
    let later = if row.latest_on > on { store::nets_after(conn, row.id, on)? } else { Vec::new() };
    Ok(least_from(row.balance_pence, &later, on).1)
}

/// What a record's accounts of one kind hold now, by budget line, in the order in which the lines were made.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn balances(conn: &mut Conn, kind: AccountKind, record_id: Id) -> Result<Vec<(Id, Pence)>, Refusal> {
    store::of_record(conn, kind, record_id)
}

/// What was set aside for an earmark or a tranche and not taken back: what it holds, and what awards drew from it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn set_aside(conn: &mut Conn, kind: AccountKind, record_id: Id) -> Result<Pence, Refusal> {
    store::set_aside(conn, kind, record_id)
}

/// What the accounts of one kind of these records hold now, by record and budget line.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn holdings(conn: &mut Conn, kind: AccountKind, records: &[Id]) -> Result<HashMap<(Id, Id), Pence>, Refusal> {
    Ok(if records.is_empty() { HashMap::new() } else { store::of_records(conn, kind, records)?.into_iter().collect() })
}
