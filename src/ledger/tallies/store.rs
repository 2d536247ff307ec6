//! The SQL of what is kept of some records only, and of how much a question goes by.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::ledger::rules::Holder;
use crate::ledger::store::TallyRow;
use crate::store::Conn;
use crate::store::schema::{ledger_month_kind as month_kind, ledger_tally as tally, ledger_transfer as transfer};
use crate::store::sql::sum_pence;

/// What is kept of some records.
pub fn of_records(conn: &mut Conn, records: &[Id]) -> Result<Vec<TallyRow>, Refusal> {
    Ok(on!(conn, c => tally::table.filter(tally::record_id.eq_any(records)).select(TallyRow::as_select()).load(c))?)
}

/// What is kept of records of all kinds but one.
pub fn but(conn: &mut Conn, holder: Holder) -> Result<Vec<TallyRow>, Refusal> {
    Ok(on!(conn, c => tally::table.filter(tally::holder.ne(holder)).select(TallyRow::as_select()).load(c))?)
}

/// How many movements are folded.
pub fn folded(conn: &mut Conn) -> Result<i64, Refusal> {
    let sum: Option<i64> = on!(conn, c => month_kind::table.select(sum_pence(month_kind::transfers)).first(c))?;
    Ok(sum.unwrap_or_default())
}

/// Whether more than so many movements were recorded after a moment, by the index alone.
pub fn is_beyond(conn: &mut Conn, moment: Moment, most: i64) -> Result<bool, Refusal> {
    let found: Option<Moment> = on!(conn, c => transfer::table.filter(transfer::recorded_at.gt(moment)).order(transfer::recorded_at)
        .select(transfer::recorded_at).offset(most).first(c).optional())?;
    Ok(found.is_some())
}
