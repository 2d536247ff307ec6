//! Evidence over HTTP, and files by themselves: those of awards and of a provider's checks too, which stand to the left.

use std::sync::Arc;

use crate::access::permissions::can;
use crate::documents::{DocumentUpload, DocumentView, attach_to, list_of};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Attachment, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Refusal};
use crate::returns::evidence::acts;

async fn list(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, acts::seen).await
}

async fn attach(call: DocumentUpload<can::DocumentsAttach>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "return.attach_evidence", acts::open, acts::attached).await
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
}

/// Registers the operations on files by themselves.
pub fn mount_files(api: &mut Api) {
    api.tag("Documents", "Files attached to records.");
    api.get("/v1/documents/{id}", "documents_get", "Describe an attached file", get);
    api.get("/v1/documents/{id}/content", "documents_get_content", "Fetch an attached file", content);
}
