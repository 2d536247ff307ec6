//! What imports remember.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::import_row as row;

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
