//! The documents' SQL.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::documents::rules::MediaType;
use crate::kernel::{ActorKind, Id, Moment, PageRequest, Refusal};
use crate::store::Conn;
use crate::store::schema::{document as table, document_reader as reader};

/// How many records or files one statement names.
const RECORDS_AT_ONCE: usize = 500;

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
pub struct DocumentRow {
    pub id: Id,
    pub recorded_at: Moment,
    pub record_kind: String,
    pub record_id: Id,
    pub provider_id: Option<Id>,
    pub file_name: String,
    pub media_type: MediaType,
    pub size_bytes: i64,
    pub sha256: String,
    pub uploaded_by_kind: ActorKind,
    pub uploaded_by_id: Option<Id>,
    pub uploaded_by_name: String,
    pub redacted_on: Option<NaiveDate>,
    pub removed_at: Option<Moment>,
    pub office_only: bool,
}

pub fn insert(conn: &mut Conn, row: &DocumentRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values(row).execute(c))?;
    Ok(())
}

/// A document that was not taken off its record.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<DocumentRow>, Refusal> {
    let found: Option<DocumentRow> = on!(conn, c => table::table.find(id).filter(table::removed_at.is_null())
        .select(DocumentRow::as_select()).first(c).optional())?;
    Ok(found)
}

/// The documents of one record, in the order in which they were attached; of one provider only where `provider` says so.
pub fn of_record(conn: &mut Conn, record_id: Id, provider: Option<Id>, page: &PageRequest) -> Result<Vec<DocumentRow>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<DocumentRow> = on!(conn, c => {
        let mut query = table::table.filter(table::record_id.eq(record_id)).filter(table::removed_at.is_null()).into_boxed();
        if let Some(provider) = provider {
            let reads = exists(reader::table.filter(reader::document_id.eq(table::id)).filter(reader::provider_id.eq(provider)));
            query = query.filter(table::provider_id.assume_not_null().eq(provider).or(reads));
        }
        if let Some(after) = after {
            query = query.filter(table::id.gt(after));
        }
        query.order(table::id).limit(page.fetch()).select(DocumentRow::as_select()).load(c)
    })?;
    Ok(rows)
}

/// The documents of one record that were attached or taken off after a moment, in the order in which they were attached.
pub fn since(conn: &mut Conn, record_id: Id, moment: Moment) -> Result<Vec<DocumentRow>, Refusal> {
    let rows: Vec<DocumentRow> = on!(conn, c => table::table.filter(table::record_id.eq(record_id))
        .filter(table::recorded_at.gt(moment).or(table::removed_at.is_not_null().and(table::removed_at.assume_not_null().gt(moment))))
        .order(table::id).select(DocumentRow::as_select()).load(c))?;
    Ok(rows)
}

/// Shows the files of a record to another provider than before. Those for the office alone stay so.
pub fn hand_over(conn: &mut Conn, record_id: Id, provider_id: Option<Id>) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(table::table.filter(table::record_id.eq(record_id)).filter(table::office_only.eq(false)))
        .set(table::provider_id.eq(provider_id)).execute(c))?;
    Ok(())
}

/// Shows the files of these records that a provider reads to another one, and leaves them to the one before too.
pub fn pass_on(conn: &mut Conn, record_ids: &[Id], from: Id, to: Id) -> Result<(), Refusal> {
    for some in record_ids.chunks(RECORDS_AT_ONCE) {
        let files: Vec<Id> = on!(conn, c => table::table.filter(table::record_id.eq_any(some)).filter(table::office_only.eq(false))
            .filter(table::provider_id.eq(from)).select(table::id).load(c))?;
        for ids in files.chunks(RECORDS_AT_ONCE) {
            on!(conn, c => diesel::update(table::table.filter(table::id.eq_any(ids))).set(table::provider_id.eq(to)).execute(c))?;
            let gone = reader::table.filter(reader::document_id.eq_any(ids)).filter(reader::provider_id.eq_any([from, to]));
            on!(conn, c => diesel::delete(gone).execute(c))?;
            let rows: Vec<_> = ids.iter().map(|id| (reader::document_id.eq(*id), reader::provider_id.eq(from))).collect();
            on!(conn, c => diesel::insert_into(reader::table).values(&rows).execute(c))?;
        }
    }
    Ok(())
}

/// Lets these providers read the files of a record that are not for the office alone.
pub fn share(conn: &mut Conn, record_id: Id, providers: &[Id]) -> Result<(), Refusal> {
    let files: Vec<Id> = on!(conn, c => table::table.filter(table::record_id.eq(record_id)).filter(table::office_only.eq(false))
        .select(table::id).load(c))?;
    let gone = reader::table.filter(reader::document_id.eq_any(&files)).filter(reader::provider_id.eq_any(providers));
    on!(conn, c => diesel::delete(gone).execute(c))?;
    let pairs =
        files.iter().flat_map(|id| providers.iter().map(|provider| (reader::document_id.eq(*id), reader::provider_id.eq(*provider))));
    let rows: Vec<_> = pairs.collect();
    on!(conn, c => diesel::insert_into(reader::table).values(&rows).execute(c))?;
    Ok(())
}

/// Whether a provider reads a file beside the one that its record is with.
pub fn reads(conn: &mut Conn, id: Id, provider_id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(exists(reader::table.find((id, provider_id)))).get_result(c))?)
}

/// Takes a file off its record, with its name; the bytes follow.
pub fn remove(conn: &mut Conn, id: Id, file_name: &str, at: Moment) -> Result<(), Refusal> {
    let values = (table::file_name.eq(file_name), table::removed_at.eq(at));
    on!(conn, c => diesel::update(table::table.find(id)).set(values).execute(c))?;
    Ok(())
}

/// Takes the name of a file away, of which the bytes follow.
pub fn redact(conn: &mut Conn, id: Id, file_name: &str, on: NaiveDate) -> Result<(), Refusal> {
    let values = (table::file_name.eq(file_name), table::redacted_on.eq(on));
    on!(conn, c => diesel::update(table::table.find(id)).set(values).execute(c))?;
    Ok(())
}

/// Files that records name, by hash, after the one that is named: each with its length, once.
pub fn named_after(conn: &mut Conn, after: &str, most: i64) -> Result<Vec<(String, i64)>, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::sha256.gt(after)).filter(table::redacted_on.is_null()).filter(table::removed_at.is_null())
        .select((table::sha256, table::size_bytes)).distinct().order(table::sha256).limit(most).load(c))?)
}

/// The records that name a file.
pub fn naming(conn: &mut Conn, sha256: &str) -> Result<Vec<(String, Id)>, Refusal> {
    Ok(
        on!(conn, c => table::table.filter(table::sha256.eq(sha256)).filter(table::redacted_on.is_null()).filter(table::removed_at.is_null())
        .order(table::id).select((table::record_kind, table::record_id)).load(c))?,
    )
}

/// Whether a row names the file with this hash that was neither redacted nor taken off.
pub fn is_named(conn: &mut Conn, sha256: &str) -> Result<bool, Refusal> {
    Ok(
        on!(conn, c => diesel::select(diesel::dsl::exists(table::table.filter(table::sha256.eq(sha256).and(table::redacted_on.is_null()).and(table::removed_at.is_null())))).get_result(c))?,
    )
}
