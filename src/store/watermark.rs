//! Up to which moment everything recorded can be seen.
//!
//! SQLite: the stamp of the last commit. PostgreSQL: a moment that no open writer can still get below. A writer is shown as
//! open from its `BEGIN`, and reads its stamp after that; so the time is read first, then the open writers, and the earliest
//! of all of them is safe.

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::kernel::{Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{audit_event, ledger_transfer, store_clock};
use crate::store::sql::MomentSql;

/// The name that writing connections give themselves.
pub(super) const WRITER: &str = "almoner-writer";

/// The latest `recorded_at` up to which nothing can appear any more. Ask before the snapshot of a report is taken.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn watermark(conn: &mut Conn) -> Result<Moment, Refusal> {
    match conn {
        Conn::Sqlite(_) => Ok(on!(conn, c => store_clock::table.select(store_clock::recorded_at).first(c))?),
        Conn::Postgres(c) => {
            let now: Moment = diesel::select(diesel::dsl::sql::<MomentSql>("clock_timestamp()")).get_result(&mut **c)?;
            let open: Option<Moment> = diesel::select(diesel::dsl::sql::<diesel::sql_types::Nullable<MomentSql>>(
                "(SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'almoner-writer')",
            ))
            .get_result(&mut **c)?;
            Ok(open.map_or(now, |open| open.min(now)).plus(chrono::TimeDelta::microseconds(-1)))
        }
    }
}

/// The last moment below the watermark at which anything became known: each act has an event with its own stamp, and each movement of money
/// its own too. A question that names no moment is answered as of it, so that it has the same answer until something is done. What the
/// service writes by itself beside the acts (seals, running totals, deliveries) is no part of any answer. Where nothing was ever done, the
/// watermark itself.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn last_known(conn: &mut Conn) -> Result<Moment, Refusal> {
    // Asked before the events: all that this watermark promises is then there to be seen.
    let closed = watermark(conn)?;
    let done: Option<Moment> = on!(conn, c => audit_event::table
        .filter(audit_event::happened_at.le(closed))
        .order(audit_event::happened_at.desc())
        .select(audit_event::happened_at)
        .first(c).optional())?;
    let moved: Option<Moment> = on!(conn, c => ledger_transfer::table
        .filter(ledger_transfer::recorded_at.le(closed))
        .order(ledger_transfer::recorded_at.desc())
        .select(ledger_transfer::recorded_at)
        .first(c).optional())?;
    Ok(done.max(moved).unwrap_or(closed))
}

/// Whether the database answers at all.
///
/// # Errors
/// [`Refusal::Store`] where it does not.
pub fn ping(conn: &mut Conn) -> Result<(), Refusal> {
    let _: bool = on!(conn, c => diesel::select(true.into_sql::<Bool>()).get_result(c))?;
    Ok(())
}
