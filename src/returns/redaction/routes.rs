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
use crate::returns::redaction::acts::{self, Place, Redacted, Redaction, Stands};
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
    /// The version whose reason it is.
    reason_version: Option<i32>,
    /// The adjustment whose reason it is.
    adjustment_id: Option<Id>,
    /// Whether it is where the return is from.
    is_evidence: bool,
}

impl RedactedPlaceView {
    const BARE: Self = Self {
        content_no: None,
        pointer: None,
        content_sha256: None,
        query_id: None,
        document_id: None,
        reason_version: None,
        adjustment_id: None,
        is_evidence: false,
    };
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
    /// In the answer to the redaction: where else the return says the same words, or a name that was looked for, inside other texts. Nothing
    /// was taken out there: name those too. Null later.
    #[schema(max_items = 100_000)]
    elsewhere: Option<Vec<RedactedPlaceView>>,
    /// In the answer to the redaction: how many letters had left with the words. What is kept of them has a mark; whoever got them has the
    /// words. Null later.
    letters_sent: Option<i64>,
}

impl From<Place> for RedactedPlaceView {
    fn from(place: Place) -> Self {
        match place {
            Place::Text { content_no, pointer, content_sha256 } => {
                Self { content_no: Some(content_no), pointer: Some(pointer), content_sha256: Some(content_sha256), ..Self::BARE }
            }
            Place::Query(id) => Self { query_id: Some(id), ..Self::BARE },
            Place::Document(id) => Self { document_id: Some(id), ..Self::BARE },
            Place::Reason(version) => Self { reason_version: Some(version), ..Self::BARE },
            Place::Adjustment(id) => Self { adjustment_id: Some(id), ..Self::BARE },
            Place::Evidence => Self { is_evidence: true, ..Self::BARE },
        }
    }
}

impl From<Stands> for RedactedPlaceView {
    fn from(stands: Stands) -> Self {
        match stands {
            Stands::Text(content_no, pointer) => Self { content_no: Some(content_no), pointer: Some(pointer), ..Self::BARE },
            Stands::Query(id) => Self { query_id: Some(id), ..Self::BARE },
            Stands::Document(id) => Self { document_id: Some(id), ..Self::BARE },
            Stands::Reason(version) => Self { reason_version: Some(version), ..Self::BARE },
            Stands::Adjustment(id) => Self { adjustment_id: Some(id), ..Self::BARE },
            Stands::Evidence => Self { is_evidence: true, ..Self::BARE },
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
            elsewhere: None,
            letters_sent: None,
        }
    }
}

impl From<Redacted> for ReturnRedactionView {
    fn from(done: Redacted) -> Self {
        let elsewhere = Some(done.elsewhere.into_iter().map(RedactedPlaceView::from).collect());
        Self { elsewhere, letters_sent: Some(done.letters_sent), ..Self::from(done.redaction) }
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
        taken.lock().map_err(Refusal::broken)?.clone_from(&done.files);
        Ok(Made { location: format!("/v1/returns/{}", input.path), version: 1, body: done.into() })
    });
    let made = made.await?;
    service.db.empty_log().await;
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
