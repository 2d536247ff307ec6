//! Attaching files to records and finding them again.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::audit::{self, Entry};
use crate::documents::Placed;
use crate::documents::rules::MediaType;
use crate::documents::store::{self, DocumentRow};
use crate::kernel::{Code, Id, Moment, Page, PageRequest, Refusal};
use crate::store::{Conn, Tx};

/// Which record a file is attached to.
#[derive(Debug, Clone, Copy)]
pub struct Attached {
    /// What kind of record: `award`.
    pub record_kind: &'static str,
    /// Which record.
    pub record_id: Id,
    /// The provider of the record, who may see the file; the office alone where there is none.
    pub provider_id: Option<Id>,
    /// Whether the office alone may see it, whoever the provider is or comes to be.
    pub office_only: bool,
}

/// A file attached to a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its id; `GET /v1/documents/{id}/content` gives the file.
    pub id: Id,
    /// What kind of record it is attached to: `award`.
    #[schema(max_length = 40)]
    pub record_kind: String,
    /// Which record.
    pub record_id: Id,
    /// Its name.
    #[schema(max_length = 200)]
    pub file_name: String,
    /// What its content is.
    pub media_type: MediaType,
    /// How long it is, in bytes.
    #[schema(minimum = 1)]
    pub size_bytes: i64,
    /// SHA-256 of its content, in hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// Whether it is for the office alone: its record's provider is neither shown it nor told of it.
    pub office_only: bool,
    /// Who attached it.
    #[schema(max_length = 200)]
    pub uploaded_by_name: String,
    /// When it was attached.
    pub recorded_at: Moment,
    /// When its bytes and its name were taken away because of personal data in it; none where they were not.
    pub redacted_on: Option<NaiveDate>,
}

impl From<DocumentRow> for DocumentView {
    fn from(row: DocumentRow) -> Self {
        Self {
            id: row.id,
            record_kind: row.record_kind,
            record_id: row.record_id,
            file_name: row.file_name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            office_only: row.office_only,
            uploaded_by_name: row.uploaded_by_name,
            recorded_at: row.recorded_at,
            redacted_on: row.redacted_on,
        }
    }
}

/// Attaches a file that lies on the shelf to a record, with the audit event. The caller has made sure that whoever acts may see the
/// record.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn attach(tx: &mut Tx<'_>, to: Attached, placed: &Placed) -> Result<DocumentView, Refusal> {
    let actor = tx.actor().clone();
    let row = DocumentRow {
        id: tx.new_id(),
        recorded_at: tx.recorded_at(),
        record_kind: to.record_kind.to_owned(),
        record_id: to.record_id,
        provider_id: to.provider_id.filter(|_| !to.office_only),
        file_name: placed.checked.file_name.clone(),
        media_type: placed.checked.media_type,
        size_bytes: placed.size_bytes,
        sha256: placed.sha256.clone(),
        uploaded_by_kind: actor.kind,
        uploaded_by_id: actor.id,
        uploaded_by_name: actor.name,
        redacted_on: None,
        removed_at: None,
        office_only: to.office_only,
    };
    store::insert(tx.conn(), &row)?;
    // Without its name, which may have to be taken out: what the log holds stays for good.
    let after = json!({ "document_id": row.id, "media_type": row.media_type, "size_bytes": row.size_bytes, "sha256": row.sha256,
        "office_only": row.office_only });
    audit::record(
        tx,
        Entry { record_kind: to.record_kind, record_id: to.record_id, before: serde_json::Value::Null, after, reason: None },
    )?;
    Ok(row.into())
}

/// Shows the files of a record to its provider as that is now, and no more to the one before. What is for the office alone stays so. The
/// act that names another provider writes the event.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn hand_over(tx: &mut Tx<'_>, record_id: Id, provider_id: Option<Id>) -> Result<(), Refusal> {
    store::hand_over(tx.conn(), record_id, provider_id)
}

/// Shows the files of these records that a provider reads to its successor, and leaves them to the one before too. What is for the office
/// alone stays so. The act that passes the records on writes the event.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn pass_on(tx: &mut Tx<'_>, record_ids: &[Id], from: Id, to: Id) -> Result<(), Refusal> {
    store::pass_on(tx.conn(), record_ids, from, to)
}

/// Lets these providers read the files of a record that are not for the office alone. The act that attaches one writes the event.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn share(tx: &mut Tx<'_>, record_id: Id, providers: &[Id]) -> Result<(), Refusal> {
    store::share(tx.conn(), record_id, providers)
}

/// A page of the documents of one record that this caller may see, in the order in which they were attached.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn list(conn: &mut Conn, scope: Scope, record_id: Id, page: &PageRequest) -> Result<Page<DocumentView>, Refusal> {
    let provider = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let rows = store::of_record(conn, record_id, provider, page)?;
    Ok(Page::cut(rows, page, |row| row.id).map(DocumentView::from))
}

/// One document, unless it is for another provider. Whether the caller may see its record is for the record's capability to say.
///
/// # Errors
/// [`Refusal::NotFound`] where there is none for this caller.
pub fn get(conn: &mut Conn, scope: Scope, id: Id) -> Result<DocumentView, Refusal> {
    let missing = || Refusal::NotFound("document");
    let row = store::find(conn, id)?.ok_or_else(missing)?;
    let is_seen = match scope {
        Scope::Provider(own) => row.provider_id == Some(own) || store::reads(conn, id, own)?,
        _ => scope.holds(row.provider_id),
    };
    if is_seen { Ok(row.into()) } else { Err(missing()) }
}

/// What became of the files of a record after a moment.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// Attached since, and still there.
    pub added: Vec<DocumentView>,
    /// There before, and taken off since. Their names went with them.
    pub removed: Vec<DocumentView>,
}

/// What became of the files of a record after `moment`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn since(conn: &mut Conn, record_id: Id, moment: Moment) -> Result<Since, Refusal> {
    let mut all = Since::default();
    for row in store::since(conn, record_id, moment)? {
        match (row.removed_at.is_some(), row.recorded_at > moment) {
            (false, _) => all.added.push(row.into()),
            (true, false) => all.removed.push(row.into()),
            (true, true) => {}
        }
    }
    Ok(all)
}

/// Takes a file off its record, with the audit event, and lets its bytes go. `None` where the record has no such file.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn remove(tx: &mut Tx<'_>, (record_kind, record_id): (&'static str, Id), id: Id) -> Result<Option<Taken>, Refusal> {
    let Some(row) = store::find(tx.conn(), id)?.filter(|row| row.record_id == record_id) else { return Ok(None) };
    let ending = row.media_type.endings().first().copied().unwrap_or_default();
    let at = tx.recorded_at();
    store::remove(tx.conn(), id, &format!("removed.{ending}"), at)?;
    let before = json!({ "document_id": row.id, "media_type": row.media_type, "size_bytes": row.size_bytes, "sha256": row.sha256 });
    let entry = Entry { record_kind, record_id, before, after: serde_json::Value::Null, reason: None };
    audit::record(tx, entry)?;
    Ok(Some(Taken { file_name: row.file_name, sha256: row.sha256 }))
}

/// A file that was redacted or taken off: its name, and the hash of its bytes, which may go once this is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The name that it had.
    pub file_name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// Takes the name of a record's file away and lets its bytes go. `None` where the record has no such file, or it was redacted already.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn redact(tx: &mut Tx<'_>, record_id: Id, id: Id) -> Result<Option<Taken>, Refusal> {
    let found = store::find(tx.conn(), id)?.filter(|row| row.record_id == record_id && row.redacted_on.is_none());
    let Some(row) = found else { return Ok(None) };
    let ending = row.media_type.endings().first().copied().unwrap_or_default();
    let today = tx.today();
    store::redact(tx.conn(), id, &format!("redacted.{ending}"), today)?;
    Ok(Some(Taken { file_name: row.file_name, sha256: row.sha256 }))
}

impl DocumentView {
    /// The hash under which the file lies, where it still does.
    ///
    /// # Errors
    /// It was redacted.
    pub fn fetchable(&self) -> Result<String, Refusal> {
        match self.redacted_on {
            None => Ok(self.sha256.clone()),
            Some(on) => {
                let detail = format!("This file was taken away on {on} because of personal data in it.");
                Err(Refusal::rule(Code::WrongState, detail))
            }
        }
    }
}
