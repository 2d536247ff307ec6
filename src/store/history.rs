//! Whether history is closed: from the first report on, no import may give a fact an earlier moment, since the same question must
//! get the same answer for ever.

use diesel::prelude::*;

use crate::kernel::Refusal;
use crate::store::schema::history_gate as gate;
use crate::store::{Conn, Tx};

/// Whether a report has been asked of this office.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn is_closed(conn: &mut Conn) -> Result<bool, Refusal> {
    let rows: i64 = on!(conn, c => gate::table.count().get_result(c))?;
    Ok(rows > 0)
}

/// Closes history. Once is enough; again changes nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn close(tx: &mut Tx<'_>) -> Result<(), Refusal> {
    let closed_at = tx.recorded_at();
    let row = (gate::id.eq(1), gate::closed_at.eq(closed_at));
    on!(tx.conn(), c => diesel::insert_into(gate::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
