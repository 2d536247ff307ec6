//! Imports in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::returns::rules::ReturnState;
use crate::store::Conn;
use crate::store::schema::{
    quarterly_return as identity, quarterly_return_version as version, return_adjustment as adjustment, return_import as table,
    return_import_item as item, return_import_reversal as reversal,
};

/// A file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub struct Import {
    /// Its id.
    pub id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// The day.
    pub imported_on: NaiveDate,
    /// Who took it in.
    pub imported_by: String,
    /// The file's name, where it was told.
    pub file_name: Option<String>,
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// How many rows it has.
    pub row_count: i32,
    /// How many returns it wrote.
    pub return_count: i32,
    /// How many doubts there were.
    pub warning_count: i32,
}

/// A return that an import wrote.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = item, treat_none_as_default_value = false)]
pub struct Item {
    /// The import.
    pub import_id: Id,
    /// Its place among the import's returns.
    pub position: i32,
    /// The return.
    pub return_id: Id,
    /// The version that the import made.
    pub version: i32,
    /// How many rows the file has for it.
    pub row_count: i32,
    /// How many values it gives.
    pub value_count: i32,
    /// What it reports as spent; none where it does not say.
    pub spend_pence: Option<Pence>,
}

/// How an import was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = reversal)]
pub struct Reversal {
    /// The import.
    pub import_id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// The day.
    pub reversed_on: NaiveDate,
    /// Who did it.
    pub reversed_by: String,
    /// Why.
    pub reason: String,
}

/// A return of an import, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Standing {
    /// What the import wrote.
    pub item: Item,
    /// The award.
    pub award_id: Id,
    /// The period.
    pub period: String,
    /// The state in which the import left it.
    pub state: ReturnState,
}

pub(super) fn insert(conn: &mut Conn, one: &Import, items: &[Item]) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values(one).execute(c))?;
    for some in items.chunks(500) {
        on!(conn, c => diesel::insert_into(item::table).values(some).execute(c))?;
    }
    Ok(())
}

pub(super) fn insert_reversal(conn: &mut Conn, one: &Reversal) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(reversal::table).values(one).execute(c))?;
    Ok(())
}

/// Writes marks over the name of an import's file, and over why it was taken back.
pub(super) fn overwrite(conn: &mut Conn, id: Id, (is_name, is_reason): (bool, bool), mark: &str) -> Result<(), Refusal> {
    if is_name {
        on!(conn, c => diesel::update(table::table.find(id)).set(table::file_name.eq(mark)).execute(c))?;
    }
    if is_reason {
        on!(conn, c => diesel::update(reversal::table.find(id)).set(reversal::reason.eq(mark)).execute(c))?;
    }
    Ok(())
}

/// Writes marks where versions of these returns say that they are from a file of this name.
pub(super) fn overwrite_evidence(conn: &mut Conn, returns: &[Id], name: &str, mark: &str) -> Result<(), Refusal> {
    let told = version::table.filter(version::return_id.eq_any(returns).and(version::evidence.eq(name)));
    on!(conn, c => diesel::update(told).set(version::evidence.eq(mark)).execute(c))?;
    Ok(())
}

/// An import, and how it was taken back where it was.
pub(super) fn find(conn: &mut Conn, id: Id) -> Result<Option<(Import, Option<Reversal>)>, Refusal> {
    let row: Option<(Import, Option<Reversal>)> = on!(conn, c => table::table.left_join(reversal::table.on(reversal::import_id.eq(table::id)))
        .filter(table::id.eq(id)).select((Import::as_select(), Option::<Reversal>::as_select())).first(c).optional())?;
    Ok(row)
}

/// A page of imports, the latest first; only those that wrote a certain return where one is named.
pub(super) fn page(conn: &mut Conn, return_id: Option<Id>, request: &PageRequest) -> Result<Page<(Import, Option<Reversal>)>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<(Import, Option<Reversal>)> = on!(conn, c => {
        let mut query = table::table.left_join(reversal::table.on(reversal::import_id.eq(table::id)))
            .order(table::id.desc()).limit(request.fetch())
            .select((Import::as_select(), Option::<Reversal>::as_select())).into_boxed();
        if let Some(return_id) = return_id {
            query = query.filter(table::id.eq_any(item::table.filter(item::return_id.eq(return_id)).select(item::import_id)));
        }
        if let Some(after) = after {
            query = query.filter(table::id.lt(after));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |(one, _)| one.id))
}

/// The returns that an import wrote, in the order of the file.
pub(super) fn items(conn: &mut Conn, import_id: Id) -> Result<Vec<Standing>, Refusal> {
    let rows: Vec<Standing> = on!(conn, c => item::table
        .inner_join(identity::table.on(identity::id.eq(item::return_id)))
        .inner_join(version::table.on(version::return_id.eq(item::return_id).and(version::version.eq(item::version))))
        .filter(item::import_id.eq(import_id)).order(item::position)
        .select((Item::as_select(), identity::award_id, identity::period, version::state)).load(c))?;
    Ok(rows)
}

/// Whether an accepted return was adjusted.
pub(super) fn is_adjusted(conn: &mut Conn, return_id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(adjustment::table.filter(adjustment::return_id.eq(return_id)))).get_result(c))?)
}
