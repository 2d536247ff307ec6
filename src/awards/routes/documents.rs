//! Files attached to an award, and files by themselves: those of a provider's checks too, which stand to the left.

use std::sync::Arc;

use crate::access::Scope;
use crate::access::permissions::can;
use crate::awards::acts;
use crate::documents::{self, Attached, DocumentUpload, DocumentView};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Attachment, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Refusal};
use crate::providers::checks;
use crate::store::Conn;

async fn list(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    call.ask(|conn, input| {
        let scope = input.caller.scope();
        let award = acts::get(conn, scope, input.path)?;
        documents::list(conn, scope, award.id, &input.query.page).map(Listed)
    })
    .await
}

async fn attach(mut call: DocumentUpload<can::DocumentsAttach>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    let (scope, id) = (call.input.caller.scope(), call.input.path);
    // Looked up before anything is written: whoever may not see the award fills no folder.
    call.service.db.read(move |conn| acts::get(conn, scope, id)).await?;
    let placed = documents::place(&mut call).await?;
    call.act("award.attach_document", move |tx, input| {
        let award = acts::get(tx.conn(), input.caller.scope(), input.path)?;
        let to = Attached { record_kind: "award", record_id: award.id, provider_id: award.terms.provider_id };
        documents::attach(tx, to, &placed).map(|body| Made { location: format!("/v1/documents/{}", body.id), version: 1, body })
    })
    .await
}

/// A file whose record this caller may see: a provider none of a draft, and none of what the office checked.
fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<DocumentView, Refusal> {
    let document = documents::get(conn, scope, id)?;
    let record = match document.record_kind.as_str() {
        checks::RECORD_KIND => checks::acts::get(conn, scope, document.record_id).map(drop),
        _ => acts::get(conn, scope, document.record_id).map(drop),
    };
    match record {
        Ok(()) => Ok(document),
        Err(Refusal::NotFound(_)) => Err(Refusal::NotFound("document")),
        Err(other) => Err(other),
    }
}

async fn get(call: Ask<can::DocumentsRead, Id>) -> Result<One<DocumentView>, Refusal> {
    call.ask(|conn, input| seen(conn, input.caller.scope(), input.path)).await.map(|body| One { version: 1, body })
}

async fn content(call: Ask<can::DocumentsRead, Id>) -> Result<Attachment, Refusal> {
    let service = Arc::clone(&call.service);
    let document = call.ask(|conn, input| seen(conn, input.caller.scope(), input.path)).await?;
    let bytes = service.shelf.fetch(document.sha256).await?;
    Ok(Attachment { media_type: document.media_type, file_name: document.file_name, bytes })
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/documents", "awards_documents_list", "List the files attached to an award", list);
    api.post("/v1/awards/{id}/documents", "awards_documents_attach", "Attach a file to an award", attach);
}

/// Registers the operations on files by themselves.
pub fn mount_files(api: &mut Api) {
    api.tag("Documents", "Files attached to records.");
    api.get("/v1/documents/{id}", "documents_get", "Describe an attached file", get);
    api.get("/v1/documents/{id}/content", "documents_get_content", "Fetch an attached file", content);
}
