//! Files attached to an award.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::permissions::can;
use crate::awards::acts;
use crate::documents::{Attached, DocumentUpload, DocumentView, Naming, attach_to, list_of, nothing_more};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Listed, Listing, Made, NoFilter};
use crate::kernel::{Id, Refusal};
use crate::store::Conn;

/// A file that is attached to an award.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AwardFile {
    /// The file's name with its ending, such as `Grant agreement.pdf`.
    #[schema(min_length = 1, max_length = 200, example = "Grant agreement.pdf")]
    file_name: String,
    /// Whether the file is for the office alone, such as an assessment: the provider neither sees it in the list nor fetches it, whoever the
    /// provider is or comes to be. Left out: the award's provider sees it as soon as it sees the award. Only the office sets this.
    office_only: Option<bool>,
}

impl Naming for AwardFile {
    fn file_name(&self) -> &str {
        &self.file_name
    }
}

fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Id, Refusal> {
    acts::seen(conn, scope, id).map(|seen| seen.award.id)
}

fn to_attach(conn: &mut Conn, scope: Scope, id: Id, office_only: bool) -> Result<Attached, Refusal> {
    let award = acts::get(conn, scope, id)?;
    if office_only && scope != Scope::Office {
        let message = "Only the office attaches files that the office alone sees. Leave this out.";
        return Err(Refusal::invalid("query:office_only", "not_allowed", message));
    }
    Ok(Attached { record_kind: acts::RECORD_KIND, record_id: award.id, provider_id: award.terms.provider_id, office_only })
}

async fn list(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, seen).await
}

async fn attach(call: DocumentUpload<can::DocumentsAttach, AwardFile>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    let office_only = call.input.query.0.office_only.unwrap_or(false);
    attach_to(call, "award.attach_document", move |conn, scope, id| to_attach(conn, scope, id, office_only), nothing_more).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/documents", "awards_documents_list", "List the files attached to an award", list);
    api.post("/v1/awards/{id}/documents", "awards_documents_attach", "Attach a file to an award", attach);
}
