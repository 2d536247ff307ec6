//! Redactions over HTTP.

use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::documents::sweep::take_away;
use crate::http::act::Stored;
use crate::http::{Api, Create, Json, Made};
use crate::kernel::{Id, Refusal};
use crate::returns::redaction::acts::{self, Place, Redaction};
use crate::returns::redaction::rules::RedactionInput;
use crate::store::Conn;

/// Where something was taken out of a return: a text of its content, a question with its answer, or a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RedactedPlaceView {
    /// Which of the contents that were written one after the other; the first is 1.
    content_no: Option<i32>,
    /// Where in that content.
    #[schema(max_length = 500)]
    pointer: Option<String>,
    /// SHA-256 of that content as it is since, as JSON with the keys of each object in order and without blanks, in hexadecimal. It was worked out
    /// from what was written before, with marks in these places alone.
    #[schema(min_length = 64, max_length = 64)]
    content_sha256: Option<String>,
    /// The question.
    query_id: Option<Id>,
    /// The file.
    document_id: Option<Id>,
}

/// Personal data taken out of a return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnRedactionView {
    /// Its id.
    id: Id,
    /// The return.
    return_id: Id,
    /// When it was done.
    redacted_on: NaiveDate,
    /// Who did it.
    #[schema(max_length = 300)]
    made_by: String,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// Where.
    #[schema(max_items = 100_000)]
    places: Vec<RedactedPlaceView>,
}

impl From<Place> for RedactedPlaceView {
    fn from(place: Place) -> Self {
        let bare = Self { content_no: None, pointer: None, content_sha256: None, query_id: None, document_id: None };
        match place {
            Place::Text { content_no, pointer, content_sha256 } => {
                Self { content_no: Some(content_no), pointer: Some(pointer), content_sha256: Some(content_sha256), ..bare }
            }
            Place::Query(id) => Self { query_id: Some(id), ..bare },
            Place::Document(id) => Self { document_id: Some(id), ..bare },
        }
    }
}

impl From<Redaction> for ReturnRedactionView {
    fn from(one: Redaction) -> Self {
        Self {
            id: one.id,
            return_id: one.return_id,
            redacted_on: one.redacted_on,
            made_by: one.made_by,
            reason: one.reason,
            places: one.places.into_iter().map(RedactedPlaceView::from).collect(),
        }
    }
}

/// The redactions of a return.
pub(in crate::returns) fn views(conn: &mut Conn, return_id: Id) -> Result<Vec<ReturnRedactionView>, Refusal> {
    Ok(acts::of_return(conn, return_id)?.into_iter().map(ReturnRedactionView::from).collect())
}

async fn redact(call: Create<can::ReturnsRedact, Id, Json<RedactionInput>>) -> Result<Stored<Made<ReturnRedactionView>>, Refusal> {
    let (service, files) = (Arc::clone(&call.service), Arc::new(Mutex::new(Vec::new())));
    let taken = Arc::clone(&files);
    let made = call.act("return.redact", move |tx, input| {
        let done = acts::redact(tx, input.path, &input.body.0)?;
        *taken.lock().map_err(Refusal::broken)? = done.files;
        Ok(Made { location: format!("/v1/returns/{}", input.path), version: 1, body: done.redaction.into() })
    });
    let made = made.await?;
    let files: Vec<String> = files.lock().map_err(Refusal::broken)?.clone();
    for sha256 in files {
        take_away(&service.db, &service.shelf, sha256).await?;
    }
    Ok(made)
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Take personal data out of every version of a return, its questions and its files";
    api.post("/v1/returns/{id}/redaction", "returns_redact", summary, redact);
}
