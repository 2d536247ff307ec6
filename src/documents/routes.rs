//! What operations on files share. The operations stand with the record that a file is attached to, which decides who may see it
//! (`POST /v1/awards/{id}/documents`).

use serde::Deserialize;
use utoipa::ToSchema;

use crate::documents::shelf::Placed;
use crate::http::call::{Call, Creating};
use crate::http::{Search, Upload};
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

/// Checks the file of an upload and puts it on the shelf; the act that follows commits its row with [`crate::documents::attach`].
///
/// # Errors
/// Every fault of the file; [`Refusal::Store`] where the disk fails.
pub async fn place<P, A>(call: &mut DocumentUpload<P, A>) -> Result<Placed, Refusal> {
    let file = std::mem::replace(&mut call.input.body, Upload { media: String::new(), bytes: Vec::new() });
    call.service.shelf.place(file.bytes, call.input.query.0.file_name.clone(), file.media).await
}
