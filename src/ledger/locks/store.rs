//! Locks, corrections and whole movements in the database.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::ledger::rules::AccountKind;
use crate::store::Conn;
use crate::store::schema::{
    budget_line, ledger_account as account, ledger_correction as correction, ledger_lock as lock_row, ledger_transfer as transfer,
};
use crate::store::sql::{Prepare, sum_pence};

/// A movement with both of its budget lines: money that is carried forward changes its line.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Moved {
    /// Its id.
    pub id: Id,
    /// What kind of account it left.
    pub from_kind: AccountKind,
    /// The record that it left.
    pub from_id: Id,
    /// What kind of account it reached.
    pub to_kind: AccountKind,
    /// The record that it reached.
    pub to_id: Id,
    /// The budget line whose money left.
    pub budget_line_id: Id,
    /// The budget line whose money it is then; nearly always the same.
    pub to_line_id: Id,
    /// How much.
    pub amount: Pence,
    /// The business date.
    pub effective_on: NaiveDate,
    /// The act that made it.
    pub act: String,
}

/// That a movement of a later day corrects one of a locked year.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = correction)]
pub struct Correction {
    /// The later movement.
    pub transfer_id: Id,
    /// What it corrects.
    pub corrects_id: Id,
    /// The fund period whose year is closed.
    pub fund_period_id: Id,
    /// When this was noted.
    pub recorded_at: Moment,
    /// By whom.
    pub noted_by: String,
    /// Why.
    pub reason: String,
}

/// A lock that a day falls under of the fund periods of these lines, with the last day that it locks.
pub fn lock_on(conn: &mut Conn, lines: &[Id; 2], on: NaiveDate) -> Result<Option<(Id, NaiveDate)>, Refusal> {
    let [from, to] = *lines;
    let rows: Vec<(Id, NaiveDate)> = on!(conn, c => lock_row::table
        .inner_join(budget_line::table.on(budget_line::fund_period_id.eq(lock_row::fund_period_id)))
        .filter(budget_line::id.eq(from).or(budget_line::id.eq(to))).filter(lock_row::locked_to.ge(on))
        .select((lock_row::fund_period_id, lock_row::locked_to)).limit(1).prepared().load(c))?;
    Ok(rows.into_iter().next())
}

pub fn locked_to(conn: &mut Conn, fund_period_id: Id) -> Result<Option<NaiveDate>, Refusal> {
    Ok(on!(conn, c => lock_row::table.find(fund_period_id).select(lock_row::locked_to).first(c).optional())?)
}

/// The last locked day of each of these fund periods that has one.
pub fn all_locked_to(conn: &mut Conn, fund_periods: &BTreeSet<Id>) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let rows: Vec<(Id, NaiveDate)> = on!(conn, c => lock_row::table.filter(lock_row::fund_period_id.eq_any(fund_periods))
        .select((lock_row::fund_period_id, lock_row::locked_to)).load(c))?;
    Ok(rows.into_iter().collect())
}

pub fn lock(conn: &mut Conn, (fund_period_id, locked_to, recorded_at): (Id, NaiveDate, Moment)) -> Result<(), Refusal> {
    let values = (lock_row::fund_period_id.eq(fund_period_id), lock_row::locked_to.eq(locked_to), lock_row::recorded_at.eq(recorded_at));
    let insert = diesel::insert_into(lock_row::table).values(values).on_conflict_do_nothing();
    if on!(conn, c => insert.execute(c))? == 1 { Ok(()) } else { Err(Refusal::Stale) }
}

/// A movement with the account that it reached.
#[diesel::dsl::auto_type]
fn whole() -> _ {
    transfer::table.inner_join(account::table.on(account::id.eq(transfer::credit_account_id)))
}

type Columns = (
    transfer::id,
    transfer::debit_kind,
    transfer::debit_record_id,
    transfer::credit_kind,
    transfer::credit_record_id,
    transfer::budget_line_id,
    account::budget_line_id,
    transfer::amount_pence,
    transfer::effective_on,
    transfer::act,
);
const COLUMNS: Columns = (
    transfer::id,
    transfer::debit_kind,
    transfer::debit_record_id,
    transfer::credit_kind,
    transfer::credit_record_id,
    transfer::budget_line_id,
    account::budget_line_id,
    transfer::amount_pence,
    transfer::effective_on,
    transfer::act,
);

pub fn moved(conn: &mut Conn, lines: &[Id], as_at: NaiveDate) -> Result<Vec<Moved>, Refusal> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Moved> = on!(conn, c => whole()
        .filter(transfer::budget_line_id.eq_any(lines)).filter(transfer::effective_on.le(as_at)).select(COLUMNS).load(c))?;
    // Money changes its line between fund periods alone. Asked for apart: one question with "or" over two tables has no index, and reads the whole ledger.
    let reached: Vec<Id> = on!(conn, c => account::table.filter(account::budget_line_id.eq_any(lines))
        .filter(account::kind.eq(AccountKind::FundPeriod)).select(account::id).load(c))?;
    let carried_in: Vec<Moved> = on!(conn, c => whole()
        .filter(transfer::credit_account_id.eq_any(reached)).filter(transfer::effective_on.le(as_at))
        .filter(transfer::budget_line_id.ne_all(lines)).select(COLUMNS).load(c))?;
    rows.extend(carried_in);
    rows.sort_unstable_by_key(|row| (row.effective_on, row.id));
    Ok(rows)
}

/// Every movement to or from the accounts of a record that takes effect by a day, in the order of their days.
pub fn moved_of(conn: &mut Conn, record: Id, as_at: NaiveDate) -> Result<Vec<Moved>, Refusal> {
    let mut rows: Vec<Moved> = on!(conn, c => whole()
        .filter(transfer::debit_record_id.eq(record)).filter(transfer::effective_on.le(as_at)).select(COLUMNS).load(c))?;
    let reached: Vec<Moved> = on!(conn, c => whole()
        .filter(transfer::credit_record_id.eq(record)).filter(transfer::debit_record_id.ne(record)).filter(transfer::effective_on.le(as_at))
        .select(COLUMNS).load(c))?;
    rows.extend(reached);
    rows.sort_unstable_by_key(|row| (row.effective_on, row.id));
    Ok(rows)
}

/// Kinds of account whose money is promised to nobody, and those of an award.
const FREE: [AccountKind; 3] = [AccountKind::FundPeriod, AccountKind::Tranche, AccountKind::Earmark];
const HELD: [AccountKind; 2] = [AccountKind::Offered, AccountKind::Committed];

/// How much of a line each award was promised from a day on, that day left out.
pub fn promised_after(conn: &mut Conn, line: Id, day: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    let rows: Vec<(Id, Option<i64>)> = on!(conn, c => transfer::table
        .filter(transfer::budget_line_id.eq(line)).filter(transfer::effective_on.gt(day))
        .filter(transfer::debit_kind.eq_any(FREE)).filter(transfer::credit_kind.eq_any(HELD))
        .group_by(transfer::credit_record_id).select((transfer::credit_record_id, sum_pence(transfer::amount_pence))).load(c))?;
    Ok(rows.into_iter().map(|(award, sum)| (award, Pence(sum.unwrap_or_default()))).collect())
}

/// How much of a line each award gave back of its offer from a day on, that day left out.
pub fn given_back_after(conn: &mut Conn, line: Id, day: NaiveDate) -> Result<Vec<(Id, Pence)>, Refusal> {
    let rows: Vec<(Id, Option<i64>)> = on!(conn, c => transfer::table
        .filter(transfer::budget_line_id.eq(line)).filter(transfer::effective_on.gt(day))
        .filter(transfer::debit_kind.eq(AccountKind::Offered)).filter(transfer::credit_kind.eq_any(FREE))
        .group_by(transfer::debit_record_id).select((transfer::debit_record_id, sum_pence(transfer::amount_pence))).load(c))?;
    Ok(rows.into_iter().map(|(award, sum)| (award, Pence(sum.unwrap_or_default()))).collect())
}

/// The movements out of the accounts of a record that became known at a moment: those of one act.
pub fn made_at(conn: &mut Conn, record: Id, recorded_at: Moment) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => transfer::table.filter(transfer::debit_record_id.eq(record)).filter(transfer::recorded_at.eq(recorded_at))
        .select(transfer::id).load(c))?)
}

pub fn of_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Moved>, Refusal> {
    Ok(on!(conn, c => whole().filter(transfer::id.eq_any(ids)).select(COLUMNS).load(c))?)
}

/// Notes a correction. False where the movement corrects something already.
pub fn correct(conn: &mut Conn, row: &Correction) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::insert_into(correction::table).values(row).on_conflict_do_nothing().execute(c))? == 1)
}

pub fn corrections(conn: &mut Conn, fund_period_id: Id, page: &PageRequest) -> Result<Page<Correction>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<Correction> = on!(conn, c => {
        let mut query = correction::table.filter(correction::fund_period_id.eq(fund_period_id)).order(correction::transfer_id)
            .limit(page.fetch()).select(Correction::as_select()).into_boxed();
        if let Some(after) = after { query = query.filter(correction::transfer_id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, page, |row| row.transfer_id))
}

pub fn corrected(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Id>, Refusal> {
    let rows: Vec<(Id, Id)> = on!(conn, c => correction::table.filter(correction::transfer_id.eq_any(ids))
        .select((correction::transfer_id, correction::corrects_id)).load(c))?;
    Ok(rows.into_iter().collect())
}
