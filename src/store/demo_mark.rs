//! Whether the demo made this database. The demo gives everybody a new password, so it works on databases of its own alone.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::kernel::Refusal;
use crate::store::schema::{app_user, audit_event, demo_mark as mark_table};
use crate::store::{Conn, Engine, Tx};

/// Whose a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody's: nothing was ever done in it.
    Blank,
    /// The demo's.
    OfDemo,
    /// Made by a version of the program that left no mark.
    Unmarked,
    /// An office's.
    Foreign,
}

/// Whose a database is, whatever its schema.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn standing(conn: &mut Conn) -> Result<Standing, Refusal> {
    if !has_table(conn, "audit_event")? {
        return Ok(Standing::Blank);
    }
    let is_known = has_table(conn, "demo_mark")?;
    if is_known {
        let marks: i64 = on!(conn, c => mark_table::table.count().get_result(c))?;
        if marks > 0 {
            return Ok(Standing::OfDemo);
        }
    }
    let users: i64 = on!(conn, c => app_user::table.count().get_result(c))?;
    let has_events: bool = on!(conn, c => diesel::select(diesel::dsl::exists(audit_event::table.select(audit_event::id))).get_result(c))?;
    Ok(match (users > 0 || has_events, is_known) {
        (false, _) => Standing::Blank,
        (true, true) => Standing::Foreign,
        (true, false) => Standing::Unmarked,
    })
}

/// Marks a database as the demo's. Once is enough; again changes nothing.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn mark(tx: &mut Tx<'_>) -> Result<(), Refusal> {
    let row = (mark_table::id.eq(1), mark_table::recorded_at.eq(tx.recorded_at()));
    on!(tx.conn(), c => diesel::insert_into(mark_table::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

fn has_table(conn: &mut Conn, name: &'static str) -> Result<bool, Refusal> {
    let asked = match conn.engine() {
        Engine::Sqlite => format!("EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{name}')"),
        Engine::Postgres => format!("to_regclass('{name}') IS NOT NULL"),
    };
    Ok(on!(conn, c => diesel::select(sql::<Bool>(&asked)).get_result(c))?)
}
