//! Operations on documents. Attaching stands with the record that a file is attached to (`POST /v1/awards/{id}/documents`).

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::documents::acts::{self, DocumentView};
use crate::documents::shelf::Placed;
use crate::http::call::{Call, Creating};
use crate::http::{Api, Ask, Attachment, One, Search, Upload};
use crate::kernel::{Id, Refusal};

/// The name of a file that is sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NamedFile {
    /// The file's name with its ending, such as `Grant agreement.pdf`.
    #[schema(min_length = 1, max_length = 200, example = "Grant agreement.pdf")]
    pub file_name: String,
}

/// A `POST` that attaches a file to the record `A`.
pub type DocumentUpload<P, A = Id> = Call<P, A, Search<NamedFile>, Upload, Creating>;

/// Checks the file of an upload and puts it on the shelf; the act that follows commits its row with [`acts::attach`].
///
/// # Errors
/// Every fault of the file; [`Refusal::Store`] where the disk fails.
pub async fn place<P, A>(call: &mut DocumentUpload<P, A>) -> Result<Placed, Refusal> {
    let file = std::mem::replace(&mut call.input.body, Upload { media: String::new(), bytes: Vec::new() });
    call.service.shelf.place(file.bytes, call.input.query.0.file_name.clone(), file.media).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Documents", "Files attached to records.");
    api.get("/v1/documents/{id}", "documents_get", "Describe an attached file", get);
    api.get("/v1/documents/{id}/content", "documents_get_content", "Fetch an attached file", content);
}

async fn get(call: Ask<can::DocumentsRead, Id>) -> Result<One<DocumentView>, Refusal> {
    call.ask(|conn, input| acts::get(conn, input.caller.scope(), input.path)).await.map(|body| One { version: 1, body })
}

async fn content(call: Ask<can::DocumentsRead, Id>) -> Result<Attachment, Refusal> {
    let service = std::sync::Arc::clone(&call.service);
    let document = call.ask(|conn, input| acts::get(conn, input.caller.scope(), input.path)).await?;
    let bytes = service.shelf.fetch(document.sha256).await?;
    Ok(Attachment { media_type: document.media_type, file_name: document.file_name, bytes })
}
