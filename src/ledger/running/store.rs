//! The SQL of running totals.

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::ledger::rules::{Holder, Tally};
use crate::ledger::running::months::{Kinds, Window};
use crate::store::Conn;
use crate::store::schema::{
    ledger_account as account, ledger_fold as folded, ledger_month_kind as month_kind, ledger_running as running,
    ledger_transfer as transfer,
};
use crate::store::sql::sum_pence;

/// The folders' lock on PostgreSQL.
const FOLDING: i64 = 0x616c_6d6f_6e65_7202;
/// How many rows one statement writes, since it takes only so many parameters.
const ROWS: usize = 1_000;

/// What a record had had of a budget line by the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = running, treat_none_as_default_value = false)]
pub struct RunningRow {
    pub record_id: Id,
    pub budget_line_id: Id,
    pub month: NaiveDate,
    pub until: NaiveDate,
    pub holder: Holder,
    pub held_pence: Pence,
    pub committed_pence: Pence,
    pub paid_pence: Pence,
    pub recovered_pence: Pence,
    pub released_pence: Pence,
    pub sides: i64,
}

impl RunningRow {
    pub const fn of((record_id, budget_line_id): (Id, Id), holder: Holder, (month, until, sum): (NaiveDate, NaiveDate, Tally)) -> Self {
        Self {
            record_id,
            budget_line_id,
            month,
            until,
            holder,
            held_pence: sum.held,
            committed_pence: sum.committed,
            paid_pence: sum.paid,
            recovered_pence: sum.recovered,
            released_pence: sum.released,
            sides: sum.sides,
        }
    }

    pub const fn tally(&self) -> Tally {
        Tally {
            held: self.held_pence,
            committed: self.committed_pence,
            paid: self.paid_pence,
            recovered: self.recovered_pence,
            released: self.released_pence,
            sides: self.sides,
        }
    }
}

/// A movement as it is folded.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct MovedRow {
    pub from_kind: AccountKind,
    pub from_id: Id,
    pub from_line_id: Id,
    pub to_kind: AccountKind,
    pub to_id: Id,
    pub to_line_id: Id,
    pub amount: Pence,
    pub effective_on: NaiveDate,
    pub recorded_at: Moment,
}

/// Up to which moment movements are folded; nothing before the first.
pub fn folded_to(conn: &mut Conn) -> Result<Option<Moment>, Refusal> {
    Ok(on!(conn, c => folded::table.select(folded::folded_to).first(c).optional())?)
}

/// Keeps up to which moment movements are folded.
pub fn keep_folded_to(conn: &mut Conn, moment: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(folded::table).values((folded::id.eq(1), folded::folded_to.eq(moment)))
        .on_conflict(folded::id).do_update().set(folded::folded_to.eq(excluded(folded::folded_to))).execute(c))?;
    Ok(())
}

/// Takes the folders' lock until the end of the transaction. False where another replica has it. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn) -> Result<bool, Refusal> {
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(c) => {
            let locked = diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("pg_try_advisory_xact_lock({FOLDING})"));
            Ok(diesel::select(locked).get_result(&mut **c)?)
        }
    }
}

/// Movements recorded after one moment and up to another, in the order in which they were recorded; some, where a number is given.
pub fn moved(conn: &mut Conn, after: Option<Moment>, by: Moment, most: Option<i64>) -> Result<Vec<MovedRow>, Refusal> {
    let rows: Vec<MovedRow> = on!(conn, c => {
        let mut query = transfer::table.inner_join(account::table.on(account::id.eq(transfer::credit_account_id)))
            .filter(transfer::recorded_at.le(by)).order(transfer::recorded_at)
            .select((transfer::debit_kind, transfer::debit_record_id, transfer::budget_line_id, transfer::credit_kind, transfer::credit_record_id,
                account::budget_line_id, transfer::amount_pence, transfer::effective_on, transfer::recorded_at))
            .into_boxed();
        if let Some(after) = after { query = query.filter(transfer::recorded_at.gt(after)); }
        if let Some(most) = most { query = query.limit(most); }
        query.load(c)
    })?;
    Ok(rows)
}

/// The totals that hold before a day, which is the first of a month.
pub fn before(conn: &mut Conn, day: NaiveDate) -> Result<Vec<RunningRow>, Refusal> {
    Ok(on!(conn, c => running::table.filter(running::month.lt(day).and(running::until.ge(day))).select(RunningRow::as_select()).load(c))?)
}

/// The same of some records.
pub fn before_of(conn: &mut Conn, day: NaiveDate, records: &[Id]) -> Result<Vec<RunningRow>, Refusal> {
    Ok(on!(conn, c => running::table.filter(running::record_id.eq_any(records)).filter(running::month.lt(day).and(running::until.ge(day)))
        .select(RunningRow::as_select()).load(c))?)
}

/// The same of the records of all kinds but one.
pub fn before_but(conn: &mut Conn, day: NaiveDate, holder: Holder) -> Result<Vec<RunningRow>, Refusal> {
    Ok(on!(conn, c => running::table.filter(running::holder.ne(holder)).filter(running::month.lt(day).and(running::until.ge(day)))
        .select(RunningRow::as_select()).load(c))?)
}

/// All totals of some records, in the order of their months.
pub fn of_records(conn: &mut Conn, records: &[Id]) -> Result<Vec<RunningRow>, Refusal> {
    Ok(on!(conn, c => running::table.filter(running::record_id.eq_any(records))
        .order((running::record_id, running::budget_line_id, running::month)).select(RunningRow::as_select()).load(c))?)
}

/// Puts these totals in the place of all those of some records.
pub fn replace(conn: &mut Conn, records: &[Id], rows: &[RunningRow]) -> Result<(), Refusal> {
    on!(conn, c => diesel::delete(running::table.filter(running::record_id.eq_any(records))).execute(c))?;
    for some in rows.chunks(ROWS) {
        on!(conn, c => diesel::insert_into(running::table).values(some).execute(c))?;
    }
    Ok(())
}

/// Adds to what moved between kinds of account.
pub fn add_kinds(conn: &mut Conn, kinds: &Kinds) -> Result<(), Refusal> {
    for ((from, to, month), (pence, count)) in kinds {
        let row = (
            month_kind::debit_kind.eq(from),
            month_kind::credit_kind.eq(to),
            month_kind::month.eq(month),
            month_kind::amount_pence.eq(pence),
            month_kind::transfers.eq(count),
        );
        on!(conn, c => diesel::insert_into(month_kind::table).values(row)
            .on_conflict((month_kind::debit_kind, month_kind::credit_kind, month_kind::month)).do_update()
            .set((
                month_kind::amount_pence.eq(month_kind::amount_pence + excluded(month_kind::amount_pence)),
                month_kind::transfers.eq(month_kind::transfers + excluded(month_kind::transfers)),
            )).execute(c))?;
    }
    Ok(())
}

/// What moved from one kind of account to another: how much, and how many movements.
pub type KindRow = (AccountKind, AccountKind, Option<Pence>, Option<i64>);

/// What moved between kinds of account before a day, which is the first of a month, as it is folded.
pub fn kinds_before(conn: &mut Conn, day: NaiveDate) -> Result<Vec<KindRow>, Refusal> {
    Ok(on!(conn, c => month_kind::table.filter(month_kind::month.lt(day)).group_by((month_kind::debit_kind, month_kind::credit_kind))
        .select((month_kind::debit_kind, month_kind::credit_kind, sum_pence(month_kind::amount_pence), sum_pence(month_kind::transfers)))
        .load(c))?)
}

/// What moved between kinds of account, month by month, as it is folded.
pub fn all_kinds(conn: &mut Conn) -> Result<Vec<(AccountKind, AccountKind, NaiveDate, i64, i64)>, Refusal> {
    Ok(on!(conn, c => month_kind::table.select(month_kind::all_columns).load(c))?)
}

/// What moved between kinds of account in some movements, straight from them.
pub fn kinds_within(conn: &mut Conn, window: &Window) -> Result<Vec<KindRow>, Refusal> {
    let rows: Vec<(AccountKind, AccountKind, Option<Pence>, i64)> = on!(conn, c => {
        let mut query = transfer::table.filter(transfer::effective_on.le(window.to).and(transfer::recorded_at.le(window.by)))
            .group_by((transfer::debit_kind, transfer::credit_kind))
            .select((transfer::debit_kind, transfer::credit_kind, sum_pence(transfer::amount_pence), count_star())).into_boxed();
        if let Some(from) = window.from { query = query.filter(transfer::effective_on.ge(from)); }
        if let Some(after) = window.after { query = query.filter(transfer::recorded_at.gt(after)); }
        query.load(c)
    })?;
    Ok(rows.into_iter().map(|(from, to, amount, count)| (from, to, amount, Some(count))).collect())
}

/// Records with totals after one, in the order of their ids.
pub fn records_after(conn: &mut Conn, after: Option<Id>, most: i64) -> Result<Vec<Id>, Refusal> {
    let ids: Vec<Id> = on!(conn, c => {
        let mut query = running::table.select(running::record_id).distinct().order(running::record_id).limit(most).into_boxed();
        if let Some(after) = after { query = query.filter(running::record_id.gt(after)); }
        query.load(c)
    })?;
    Ok(ids)
}
