//! What was accepted, in the database.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::returns::freeze::rules::{Frozen, FrozenPart};
use crate::store::Conn;
use crate::store::schema::return_freeze as table;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    return_id: Id,
    content_no: i32,
    frozen_at: Moment,
    sha256: String,
    context: String,
    parts: String,
    paper_set_sha256: Option<String>,
}

/// A return that was frozen: which content, in which surroundings, and its hashes.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The return.
    pub return_id: Id,
    /// Which content.
    pub content_no: i32,
    /// What its award was and asked for then, as JSON.
    pub context: String,
    /// The hashes.
    pub frozen: Frozen,
    /// The files that its paper is set from; none where they were not kept.
    pub paper_set: Option<String>,
}

fn kept(row: Row) -> Result<Kept, Refusal> {
    let parts: Vec<FrozenPart> = serde_json::from_str(&row.parts).map_err(Refusal::broken)?;
    let frozen = Frozen { sha256: row.sha256, frozen_at: row.frozen_at, parts };
    Ok(Kept { return_id: row.return_id, content_no: row.content_no, context: row.context, frozen, paper_set: row.paper_set_sha256 })
}

pub(super) fn insert(conn: &mut Conn, one: &Kept) -> Result<(), Refusal> {
    let row = Row {
        return_id: one.return_id,
        content_no: one.content_no,
        frozen_at: one.frozen.frozen_at,
        sha256: one.frozen.sha256.clone(),
        context: one.context.clone(),
        parts: serde_json::to_string(&one.frozen.parts).map_err(Refusal::broken)?,
        paper_set_sha256: one.paper_set.clone(),
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}

pub(super) fn find(conn: &mut Conn, return_id: Id) -> Result<Option<Kept>, Refusal> {
    let row: Option<Row> = on!(conn, c => table::table.find(return_id).select(Row::as_select()).first(c).optional())?;
    row.map(kept).transpose()
}

/// Some of all, by their returns' ids.
pub(super) fn after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<Kept>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = table::table.into_boxed();
        if let Some(after) = after {
            query = query.filter(table::return_id.gt(after));
        }
        query.order(table::return_id).limit(limit).select(Row::as_select()).load(c)
    })?;
    rows.into_iter().map(kept).collect()
}

/// Keeps the parts of a return of which some were redacted.
pub(super) fn set_parts(conn: &mut Conn, return_id: Id, parts: &[FrozenPart]) -> Result<(), Refusal> {
    let text = serde_json::to_string(parts).map_err(Refusal::broken)?;
    on!(conn, c => diesel::update(table::table.find(return_id)).set(table::parts.eq(text)).execute(c))?;
    Ok(())
}
