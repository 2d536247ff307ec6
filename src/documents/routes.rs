//! What operations on files share. The operations stand with the record that a file is attached to, which decides who may see it
//! (`POST /v1/awards/{id}/documents`).

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::permissions::Permit;
use crate::documents::acts::{self, Attached, DocumentView};
use crate::documents::shelf::Placed;
use crate::http::act::Stored;
use crate::http::call::{Ask, Call, Creating};
use crate::http::{Listed, Listing, Made, NoFilter, Search, Upload};
use crate::kernel::{Id, Refusal};
use crate::store::{Conn, Tx};

/// The name of a file that is sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NamedFile {
    /// The file's name with its ending, such as `Grant agreement.pdf`.
    #[schema(min_length = 1, max_length = 200, example = "Grant agreement.pdf")]
    pub file_name: String,
}

/// What is said of a file beside its content.
pub trait Naming: Send + Sync + 'static {
    /// Its name.
    fn file_name(&self) -> &str;
}

impl Naming for NamedFile {
    fn file_name(&self) -> &str {
        &self.file_name
    }
}

/// A `POST` that attaches a file to a record.
pub type DocumentUpload<P, Q = NamedFile> = Call<P, Id, Search<Q>, Upload, Creating>;

/// What follows in the record, in the same transaction.
pub type AfterAttaching = fn(&mut Tx<'_>, Scope, Id) -> Result<(), Refusal>;

/// Nothing follows in the record.
///
/// # Errors
/// None.
pub const fn nothing_more(_: &mut Tx<'_>, _: Scope, _: Id) -> Result<(), Refusal> {
    Ok(())
}

/// Attaches the file of an upload to a record: checks it, puts it on the shelf, and commits its row. `find` gives the record, where whoever
/// asks may attach a file to it.
///
/// # Errors
/// What `find` and `then` refuse; every fault of the file; [`Refusal::Store`] where the disk fails.
pub async fn attach_to<P: Permit, Q: Naming>(
    mut call: DocumentUpload<P, Q>,
    act: &'static str,
    find: impl Fn(&mut Conn, Scope, Id) -> Result<Attached, Refusal> + Copy + Send + 'static,
    then: AfterAttaching,
) -> Result<Stored<Made<DocumentView>>, Refusal> {
    let (scope, id) = (call.input.caller.scope(), call.input.path);
    // Looked up before anything is written: whoever may not see the record fills no folder.
    call.service.db.read(move |conn| find(conn, scope, id)).await?;
    let placed = place(&mut call).await?;
    call.act(act, move |tx, input| {
        let to = find(tx.conn(), input.caller.scope(), input.path)?;
        let body = acts::attach(tx, to, &placed)?;
        then(tx, input.caller.scope(), input.path)?;
        Ok(Made { location: format!("/v1/documents/{}", body.id), version: 1, body })
    })
    .await
}

/// A page of the files of a record that this caller may see.
///
/// # Errors
/// What `find` refuses.
pub async fn list_of<P: Permit>(
    call: Ask<P, Id, Listing<NoFilter>>,
    find: fn(&mut Conn, Scope, Id) -> Result<Id, Refusal>,
) -> Result<Listed<DocumentView>, Refusal> {
    call.ask(move |conn, input| {
        let scope = input.caller.scope();
        let record_id = find(conn, scope, input.path)?;
        acts::list(conn, scope, record_id, &input.query.page).map(Listed)
    })
    .await
}

async fn place<P, Q: Naming>(call: &mut DocumentUpload<P, Q>) -> Result<Placed, Refusal> {
    let file = std::mem::replace(&mut call.input.body, Upload { media: String::new(), bytes: Vec::new() });
    call.service.shelf.place(file.bytes, call.input.query.0.file_name().to_owned(), file.media).await
}
