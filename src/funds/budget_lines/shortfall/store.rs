//! Shortfalls in the database: changes, each from a day on.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::store::Conn;
use crate::store::schema::{budget_line_shortfall as shortfall, ledger_account as account, ledger_transfer as transfer};
use crate::store::sql::{Prepare, sum_pence};

pub(super) fn totals(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    let rows: Vec<(Id, Option<i64>)> = on!(conn, c => shortfall::table.filter(shortfall::budget_line_id.eq_any(ids))
        .group_by(shortfall::budget_line_id)
        .select((shortfall::budget_line_id, sum_pence(shortfall::change_pence))).prepared_for(ids).load(c))?;
    Ok(rows.into_iter().map(|(id, sum)| (id, Pence(sum.unwrap_or_default()))).collect())
}

/// The recorded changes of a line's shortfall.
pub(super) fn recorded(conn: &mut Conn, id: Id) -> Result<Vec<(NaiveDate, Pence)>, Refusal> {
    let rows: Vec<(NaiveDate, Pence)> = on!(conn, c => shortfall::table.filter(shortfall::budget_line_id.eq(id))
        .select((shortfall::effective_on, shortfall::change_pence)).load(c))?;
    Ok(rows)
}

/// What the source gave to a line and took back, by day.
pub(super) fn given(conn: &mut Conn, id: Id) -> Result<Vec<(NaiveDate, Pence)>, Refusal> {
    let accounts: Vec<Id> = on!(conn, c => account::table
        .filter(account::budget_line_id.eq(id).and(account::kind.eq(AccountKind::Source))).select(account::id).load(c))?;
    let out: Vec<(NaiveDate, Option<i64>)> = on!(conn, c => transfer::table.filter(transfer::debit_account_id.eq_any(&accounts))
        .group_by(transfer::effective_on).select((transfer::effective_on, sum_pence(transfer::amount_pence))).load(c))?;
    let back: Vec<(NaiveDate, Option<i64>)> = on!(conn, c => transfer::table.filter(transfer::credit_account_id.eq_any(&accounts))
        .group_by(transfer::effective_on).select((transfer::effective_on, sum_pence(transfer::amount_pence))).load(c))?;
    let back = back.into_iter().map(|(day, sum)| (day, -Pence(sum.unwrap_or_default())));
    Ok(out.into_iter().map(|(day, sum)| (day, Pence(sum.unwrap_or_default()))).chain(back).collect())
}

/// Notes a change of a line's shortfall, and the day from which it counts.
pub(super) fn add(conn: &mut Conn, id: Id, change: Pence, (on, recorded_at): (NaiveDate, Moment)) -> Result<(), Refusal> {
    let values = (
        shortfall::id.eq(Id::new()),
        shortfall::budget_line_id.eq(id),
        shortfall::recorded_at.eq(recorded_at),
        shortfall::effective_on.eq(on),
        shortfall::change_pence.eq(change),
    );
    on!(conn, c => diesel::insert_into(shortfall::table).values(values).execute(c))?;
    Ok(())
}
