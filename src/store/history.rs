//! Whether history is closed: from the first report on, no import may give a fact an earlier moment, since the same question must
//! get the same answer for ever.
//!
//! An import that found history open keeps it open until it is done, and a report that would close it waits so long: otherwise both
//! would commit, and the report's answer would change under whoever holds it. On SQLite the one write lock does that. On
//! PostgreSQL both take the row of `store_clock`: the import shares it, whoever closes history changes it. An import that came
//! a moment too late finds the row changed, and is begun anew on a snapshot that shows history closed.

use diesel::prelude::*;

use crate::kernel::{Event, Moment, Refusal};
use crate::store::schema::{history_gate as gate, store_clock};
use crate::store::{Conn, Tx};

/// Whether a report has been asked of this office. Where one was, no import that found history open is still under way.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn is_closed(conn: &mut Conn) -> Result<bool, Refusal> {
    let rows: i64 = on!(conn, c => gate::table.count().get_result(c))?;
    Ok(rows > 0)
}

/// Whether a report has been asked of this office. Where none was, none is answered before this transaction ends.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn is_closed_for(tx: &mut Tx<'_>) -> Result<bool, Refusal> {
    if let Conn::Postgres(c) = tx.conn() {
        let _: Vec<Moment> = store_clock::table.select(store_clock::recorded_at).for_share().load(&mut **c)?;
    }
    is_closed(tx.conn())
}

/// Closes history, and says whether it is closed now: not while an import keeps it open. Once is enough; again changes nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn close(tx: &mut Tx<'_>) -> Result<bool, Refusal> {
    if is_closed(tx.conn())? {
        return Ok(true);
    }
    let closed_at = tx.recorded_at();
    if let Conn::Postgres(c) = tx.conn() {
        let free: Vec<Moment> = store_clock::table.select(store_clock::recorded_at).for_update().skip_locked().load(&mut **c)?;
        if free.is_empty() {
            return Ok(false);
        }
        diesel::update(store_clock::table).set(store_clock::recorded_at.eq(closed_at)).execute(&mut **c)?;
    }
    let row = (gate::id.eq(1), gate::closed_at.eq(closed_at));
    let closed = on!(tx.conn(), c => diesel::insert_into(gate::table).values(row).on_conflict_do_nothing().execute(c))?;
    if closed > 0 {
        tx.emit(Event::HistoryClosed { closed_at })?;
    }
    Ok(true)
}
