//! Files attached to an award.

use crate::access::Scope;
use crate::access::permissions::can;
use crate::awards::acts;
use crate::documents::{Attached, DocumentUpload, DocumentView, attach_to, list_of, nothing_more};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Listed, Listing, Made, NoFilter};
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

fn record(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    let award = acts::get(conn, scope, id)?;
    Ok(Attached { record_kind: "award", record_id: award.id, provider_id: award.terms.provider_id })
}

async fn list(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, |conn, scope, id| record(conn, scope, id).map(|to| to.record_id)).await
}

async fn attach(call: DocumentUpload<can::DocumentsAttach>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "award.attach_document", record, nothing_more).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/documents", "awards_documents_list", "List the files attached to an award", list);
    api.post("/v1/awards/{id}/documents", "awards_documents_attach", "Attach a file to an award", attach);
}
