//! Files attached to an award.

use crate::access::permissions::can;
use crate::awards::acts;
use crate::documents::{self, Attached, DocumentUpload, DocumentView};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Listed, Listing, Made, NoFilter};
use crate::kernel::{Id, Refusal};

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

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/documents", "awards_documents_list", "List the files attached to an award", list);
    api.post("/v1/awards/{id}/documents", "awards_documents_attach", "Attach a file to an award", attach);
}
