//! What imports remember, and whether there is an office yet.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::store::Conn;
use crate::store::schema::{
    area, award, commissioning_body, fund, funding_source, import_row as row, ledger_account as account, ledger_transfer, provider,
};

/// A row that an import brought in.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = row)]
pub(super) struct Remembered {
    /// The file without `.csv`.
    pub file: String,
    /// Its key.
    pub key: String,
    /// The day from which it was known, or `beginning`.
    pub known_from: String,
    /// The record that it became.
    pub record_id: Id,
    /// What it said.
    pub fingerprint: String,
    /// When it was brought in.
    pub recorded_at: Moment,
}

/// Everything that was brought in, by file, key and day.
pub(super) fn all(conn: &mut Conn) -> Result<BTreeMap<(String, String, String), Remembered>, Refusal> {
    let rows: Vec<Remembered> = on!(conn, c => row::table.select(Remembered::as_select()).load(c))?;
    Ok(rows.into_iter().map(|row| ((row.file.clone(), row.key.clone(), row.known_from.clone()), row)).collect())
}

/// Remembers a row.
pub(super) fn remember(conn: &mut Conn, new: &Remembered) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(row::table).values(new).execute(c))?;
    Ok(())
}

/// Whether no office has been begun: no place, body, source, fund, organisation or award.
pub(super) fn is_empty(conn: &mut Conn) -> Result<bool, Refusal> {
    let counts: [i64; 6] = [
        on!(conn, c => area::table.count().get_result(c))?,
        on!(conn, c => commissioning_body::table.count().get_result(c))?,
        on!(conn, c => funding_source::table.count().get_result(c))?,
        on!(conn, c => fund::table.count().get_result(c))?,
        on!(conn, c => provider::table.count().get_result(c))?,
        on!(conn, c => award::table.count().get_result(c))?,
    ];
    Ok(counts.iter().all(|count| *count == 0))
}

/// What awards have committed and not paid: award, budget line, how much, and the last day on which anything takes effect there.
pub(super) fn committed(conn: &mut Conn) -> Result<Vec<(Id, Id, Pence, NaiveDate)>, Refusal> {
    Ok(on!(conn, c => account::table.filter(account::kind.eq(AccountKind::Committed)).filter(account::balance_pence.gt(Pence::ZERO))
        .order((account::record_id, account::budget_line_id))
        .select((account::record_id, account::budget_line_id, account::balance_pence, account::latest_on)).load(c))?)
}

/// How many movements of money there are.
pub(super) fn transfers(conn: &mut Conn) -> Result<i64, Refusal> {
    let count: i64 = on!(conn, c => ledger_transfer::table.count().get_result(c))?;
    Ok(count)
}
