//! Evidence over HTTP, and files by themselves: those of awards and of a provider's checks too, which stand to the left.

use std::sync::{Arc, Mutex};

use crate::access::permissions::can;
use serde::Serialize;
use utoipa::ToSchema;

use crate::documents::rules::MediaType;
use crate::documents::sweep::take_away;
use crate::documents::{DocumentUpload, DocumentView, attach_to, list_of};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Attachment, Listed, Listing, Made, NoFilter, One, Remove};
use crate::kernel::{Id, Refusal};
use crate::returns::evidence::acts;
use crate::returns::routes::{ReturnView, view};
use crate::returns::rules::ChangeKind;
use crate::returns::store::Return;
use crate::store::Conn;

/// A file that was attached to a return or taken off it since it was submitted the last time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceChange {
    /// What happened: `added` or `removed`.
    pub kind: ChangeKind,
    /// The file.
    pub document_id: Id,
    /// Its name; of one that was taken off, that it was.
    #[schema(max_length = 200)]
    pub file_name: String,
    /// What its content is.
    pub media_type: MediaType,
}

/// What became of the files of a return since it was submitted the last time before.
pub(in crate::returns) fn changes(conn: &mut Conn, one: &Return) -> Result<Vec<EvidenceChange>, Refusal> {
    let turn = |(kind, file): (ChangeKind, DocumentView)| EvidenceChange {
        kind,
        document_id: file.id,
        file_name: file.file_name,
        media_type: file.media_type,
    };
    Ok(acts::changed(conn, one)?.into_iter().map(turn).collect())
}

async fn list(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, acts::seen).await
}

async fn attach(call: DocumentUpload<can::DocumentsAttach>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "return.attach_evidence", acts::open, acts::attached).await
}

async fn remove(call: Remove<can::DocumentsAttach, (Id, Id)>) -> Result<Stored<One<ReturnView>>, Refusal> {
    let (service, gone) = (Arc::clone(&call.service), Arc::new(Mutex::new(None)));
    let taken = Arc::clone(&gone);
    let seen = call.act("return.remove_evidence", move |tx, input| {
        let (one, sha256) = acts::remove(tx, input.caller.scope(), input.path, input.version()?)?;
        taken.lock().map_err(Refusal::broken)?.replace(sha256);
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    });
    let seen = seen.await?;
    let sha256 = gone.lock().map_err(Refusal::broken)?.take();
    if let Some(sha256) = sha256 {
        take_away(&service.db, &service.shelf, sha256).await?;
    }
    Ok(seen)
}

async fn get(call: Ask<can::DocumentsRead, Id>) -> Result<One<DocumentView>, Refusal> {
    call.ask(|conn, input| acts::file(conn, input.caller.scope(), input.path)).await.map(|body| One { version: 1, body })
}

async fn content(call: Ask<can::DocumentsRead, Id>) -> Result<Attachment, Refusal> {
    let service = Arc::clone(&call.service);
    let document = call.ask(|conn, input| acts::file(conn, input.caller.scope(), input.path)).await?;
    let bytes = service.shelf.fetch(document.fetchable()?).await?;
    Ok(Attachment { media_type: document.media_type, file_name: document.file_name, bytes })
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/evidence", "returns_evidence_list", "List the files attached to a return", list);
    api.post("/v1/returns/{id}/evidence", "returns_evidence_attach", "Attach a file to a return", attach);
    let summary = "Take a file off a return that was attached by mistake";
    api.delete("/v1/returns/{id}/evidence/{document_id}", "returns_evidence_remove", summary, remove);
}

/// Registers the operations on files by themselves.
pub fn mount_files(api: &mut Api) {
    api.tag("Documents", "Files attached to records.");
    api.get("/v1/documents/{id}", "documents_get", "Describe an attached file", get);
    api.get("/v1/documents/{id}/content", "documents_get_content", "Fetch an attached file", content);
}
