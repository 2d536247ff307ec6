//! Letters of novations in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{document, novation_letter as table};

/// How many rows are written at once, since a statement takes only so many parameters.
const ROWS_AT_ONCE: usize = 1_000;

/// A letter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
// Diesel then inserts many rows in one statement on SQLite too.
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub struct LetterRow {
    pub id: Id,
    pub novation_id: Id,
    pub provider_id: Id,
    pub recorded_at: Moment,
    pub sheet: String,
    pub reminded_on: Option<NaiveDate>,
    pub document_id: Option<Id>,
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    pub pages: Option<i32>,
    pub made_at: Option<Moment>,
}

/// A letter without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = table)]
pub struct Sent {
    /// To whom.
    pub provider_id: Id,
    /// When they were last reminded.
    pub reminded_on: Option<NaiveDate>,
    /// SHA-256 of its file, once it is made.
    pub sha256: Option<String>,
    /// How long that is.
    pub size_bytes: Option<i64>,
    /// How many pages it has.
    pub pages: Option<i32>,
    /// When it was made.
    pub made_at: Option<Moment>,
}

/// Keeps letters, in pieces, since a statement takes only so many parameters.
pub fn insert_all(conn: &mut Conn, rows: &[LetterRow]) -> Result<(), Refusal> {
    for some in rows.chunks(ROWS_AT_ONCE) {
        on!(conn, c => diesel::insert_into(table::table).values(some).execute(c))?;
    }
    Ok(())
}

/// The letter of a novation to a provider.
pub fn find(conn: &mut Conn, (novation, provider): (Id, Id)) -> Result<Option<LetterRow>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::novation_id.eq(novation)).filter(table::provider_id.eq(provider))
        .select(LetterRow::as_select()).first(c).optional())?)
}

/// One letter.
pub fn one(conn: &mut Conn, id: Id) -> Result<Option<LetterRow>, Refusal> {
    Ok(on!(conn, c => table::table.find(id).select(LetterRow::as_select()).first(c).optional())?)
}

/// The first letter after the one `after` that is not made yet.
pub fn waiting(conn: &mut Conn, after: Option<Id>) -> Result<Option<Id>, Refusal> {
    let found: Option<Id> = on!(conn, c => {
        let mut query = table::table.filter(table::document_id.is_null()).order(table::id).select(table::id).into_boxed();
        if let Some(after) = after { query = query.filter(table::id.gt(after)); }
        query.first(c).optional()
    })?;
    Ok(found)
}

/// Notes the file of a letter that has none yet, and says whether that was so.
pub fn note_file(conn: &mut Conn, row: &LetterRow) -> Result<bool, Refusal> {
    let values = (
        table::document_id.eq(row.document_id),
        table::sha256.eq(&row.sha256),
        table::size_bytes.eq(row.size_bytes),
        table::pages.eq(row.pages),
        table::made_at.eq(row.made_at),
    );
    let open = table::table.find(row.id).filter(table::document_id.is_null());
    Ok(on!(conn, c => diesel::update(open).set(values).execute(c))? == 1)
}

/// How many letters each of these novations has, and how many of them are made; of one provider only where `whose` says so.
pub fn counts(conn: &mut Conn, novations: &[Id], whose: Option<Id>) -> Result<Vec<(Id, i64, i64)>, Refusal> {
    let rows: Vec<(Id, i64, i64)> = on!(conn, c => {
        let mut query = table::table.group_by(table::novation_id)
            .select((table::novation_id, diesel::dsl::count_star(), diesel::dsl::count(table::document_id))).into_boxed()
            .filter(table::novation_id.eq_any(novations));
        if let Some(own) = whose { query = query.filter(table::provider_id.eq(own)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// A page of the letters of a novation, in the order of their providers' ids; of one provider only where `whose` says so.
pub fn page(conn: &mut Conn, novation: Id, whose: Option<Id>, request: &PageRequest) -> Result<Page<Sent>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Sent> = on!(conn, c => {
        let mut query = table::table.filter(table::novation_id.eq(novation)).order(table::provider_id).limit(request.fetch())
            .select(Sent::as_select()).into_boxed();
        if let Some(own) = whose { query = query.filter(table::provider_id.eq(own)); }
        if let Some(after) = after { query = query.filter(table::provider_id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |one| one.provider_id))
}

/// The name and the SHA-256 of the letters of a novation, by name; of one provider only where `whose` says so. What was taken away since is left out.
pub fn kept(conn: &mut Conn, novation: Id, whose: Option<Id>) -> Result<Vec<(String, String)>, Refusal> {
    let rows: Vec<(String, String)> = on!(conn, c => {
        let mut query = table::table.inner_join(document::table.on(table::document_id.eq(document::id.nullable())))
            .filter(table::novation_id.eq(novation)).filter(document::redacted_on.is_null()).filter(document::removed_at.is_null())
            .order(document::file_name).select((document::file_name, document::sha256)).into_boxed();
        if let Some(own) = whose { query = query.filter(table::provider_id.eq(own)); }
        query.load(c)
    })?;
    Ok(rows)
}

/// Notes that a provider is reminded of a novation on a day. False where it was on that day already.
pub fn note_reminder(conn: &mut Conn, (novation, provider): (Id, Id), on: NaiveDate) -> Result<bool, Refusal> {
    let is_before = table::reminded_on.is_null().or(table::reminded_on.lt(on));
    let open = table::table.filter(table::novation_id.eq(novation)).filter(table::provider_id.eq(provider)).filter(is_before);
    Ok(on!(conn, c => diesel::update(open).set(table::reminded_on.eq(on)).execute(c))? == 1)
}
