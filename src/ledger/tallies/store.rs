//! The SQL of what is kept of some records only.

use diesel::prelude::*;

use crate::kernel::{Id, Refusal};
use crate::ledger::rules::Holder;
use crate::ledger::store::TallyRow;
use crate::store::Conn;
use crate::store::schema::ledger_tally as tally;

/// What is kept of some records.
pub fn of_records(conn: &mut Conn, records: &[Id]) -> Result<Vec<TallyRow>, Refusal> {
    Ok(on!(conn, c => tally::table.filter(tally::record_id.eq_any(records)).select(TallyRow::as_select()).load(c))?)
}

/// What is kept of records of all kinds but one.
pub fn but(conn: &mut Conn, holder: Holder) -> Result<Vec<TallyRow>, Refusal> {
    Ok(on!(conn, c => tally::table.filter(tally::holder.ne(holder)).select(TallyRow::as_select()).load(c))?)
}
