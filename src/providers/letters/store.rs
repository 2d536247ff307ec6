//! Letters in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::providers::letters::rules::{LetterKind, ProviderLetter};
use crate::store::Conn;
use crate::store::schema::provider_letter as table;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct LetterRow {
    id: Id,
    provider_id: Id,
    reference: String,
    recorded_at: Moment,
    kind: LetterKind,
    issued_on: NaiveDate,
    reason: String,
    issued_by: Option<Id>,
    issued_by_name: String,
}

fn letter_of(row: LetterRow) -> ProviderLetter {
    ProviderLetter {
        id: row.id,
        provider_id: row.provider_id,
        reference: row.reference,
        recorded_at: row.recorded_at,
        kind: row.kind,
        issued_on: row.issued_on,
        reason: row.reason,
        issued_by: row.issued_by,
        issued_by_name: row.issued_by_name,
    }
}

/// The letter.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<ProviderLetter>, Refusal> {
    let row: Option<LetterRow> = on!(conn, c => table::table.find(id).select(LetterRow::as_select()).first(c).optional())?;
    Ok(row.map(letter_of))
}

/// A page of a provider's letters, the one recorded last first.
pub fn page(conn: &mut Conn, of: Id, kind: Option<LetterKind>, request: &PageRequest) -> Result<Page<ProviderLetter>, Refusal> {
    let before: Option<Id> = request.after()?;
    let rows: Vec<LetterRow> = on!(conn, c => {
        let mut query = table::table.filter(table::provider_id.eq(of)).select(LetterRow::as_select())
            .order(table::id.desc()).limit(request.fetch()).into_boxed();
        if let Some(before) = before {
            query = query.filter(table::id.lt(before));
        }
        if let Some(kind) = kind {
            query = query.filter(table::kind.eq(kind));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(letter_of).collect(), request, |letter| letter.id))
}

/// How many letters the provider has.
pub fn count(conn: &mut Conn, of: Id) -> Result<i64, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::provider_id.eq(of)).count().get_result(c))?)
}

/// Writes a letter.
pub fn insert(conn: &mut Conn, new: &ProviderLetter) -> Result<(), Refusal> {
    let one = new.clone();
    let row = LetterRow {
        id: one.id,
        provider_id: one.provider_id,
        reference: one.reference,
        recorded_at: one.recorded_at,
        kind: one.kind,
        issued_on: one.issued_on,
        reason: one.reason,
        issued_by: one.issued_by,
        issued_by_name: one.issued_by_name,
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}
