//! What a handler answers with.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::documents::rules::MediaType;
use crate::http::act::Stored;
use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::etag;
use crate::kernel::{Cursor, Refusal};

/// An answer: made from a value, described by its type.
pub trait Reply: 'static {
    /// Adds the answer to the description.
    fn describe(doc: &mut OperationDoc, components: &mut Components);
    /// Answers the request.
    fn respond(self, request: &HttpRequest) -> HttpResponse;
    /// Answers the request, also where this takes time or more than one page of a list; `more` gets a further page.
    fn answer(self, request: HttpRequest, more: Option<More<Self>>) -> impl Future<Output = HttpResponse>
    where
        Self: Sized,
    {
        drop(more);
        async move { self.respond(&request) }
    }
}

/// Gets the page of a list that begins at a cursor.
pub type More<R> = Box<dyn Fn(Cursor) -> Pin<Box<dyn Future<Output = Result<R, Refusal>>>>>;

/// A single record in some version: `200` with its `ETag`, or `304` where the caller knows it.
#[derive(Debug, Clone)]
pub struct One<T> {
    /// The version, which `If-Match` compares.
    pub version: i32,
    /// What the caller sees.
    pub body: T,
}

/// A record just made: `201` with `Location` and `ETag`.
#[derive(Debug, Clone)]
pub struct Made<T> {
    /// Where it is.
    pub location: String,
    /// Its version.
    pub version: i32,
    /// What the caller sees.
    pub body: T,
}

/// An answer that is no record: a token, a set of keys.
#[derive(Debug, Clone)]
pub struct Plain<T>(pub T);

/// Done, and nothing to show.
#[derive(Debug, Clone, Copy)]
pub struct Done;

/// A page for people.
#[derive(Debug, Clone)]
pub struct Html(pub String);

/// A file attached to a record, which a browser saves and never shows.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What it is.
    pub media_type: MediaType,
    /// The name under which it is saved.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An Excel workbook made of a record in some version.
#[derive(Debug, Clone)]
pub struct Spreadsheet {
    /// The version, which `If-Match` compares.
    pub version: i32,
    /// The name under which it is saved.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A PDF made of a record in some version.
#[derive(Debug, Clone)]
pub struct Pdf {
    /// The version, which `If-Match` compares.
    pub version: i32,
    /// The name under which it is saved.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A page to read, in Markdown.
#[derive(Debug, Clone)]
pub struct Markdown(pub String);

/// Plain text.
#[derive(Debug, Clone)]
pub struct Text(pub String);

const TAGS: &[(&str, &str)] = &[("ETag", "Version of the record and a hash of what you see."), ("Vary", "What the answer depends on.")];

impl<T: Serialize + ToSchema + 'static> Reply for One<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<T>();
        let ok =
            json!({ "description": "The record.", "headers": headers(TAGS), "content": { "application/json": components.media(schema) } });
        doc.responses.insert(200, ok);
        doc.responses.insert(304, json!({ "description": "Unchanged since the `ETag` in `If-None-Match`." }));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let body = json_text(&self.body);
        let tag = etag::of(self.version, body.as_bytes());
        let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if etag::is_known(known, &tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
        }
        HttpResponse::Ok().content_type("application/json").insert_header((header::ETAG, tag)).insert_header(VARY).body(body)
    }
}

/// A record depends on who asks and in which format.
pub const VARY: (header::HeaderName, &str) = (header::VARY, "Authorization, Accept");

impl<T: Serialize + ToSchema + 'static> Reply for Plain<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<T>();
        doc.responses.insert(
            200,
            json!({ "description": "The answer.", "headers": headers(&[]), "content": { "application/json": components.media(schema) } }),
        );
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type("application/json").insert_header((header::CACHE_CONTROL, "no-store")).body(json_text(&self.0))
    }
}

impl Reply for Done {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        doc.responses.insert(204, json!({ "description": "Done.", "headers": headers(&[]) }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Reply for Html {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        doc.responses
            .insert(200, json!({ "description": "The page.", "headers": headers(&[]), "content": { "text/html": { "schema": {} } } }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type("text/html; charset=utf-8").body(self.0)
    }
}

impl Reply for Text {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        doc.responses
            .insert(200, json!({ "description": "The text.", "headers": headers(&[]), "content": { "text/plain": { "schema": {} } } }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let media = "text/plain; version=0.0.4; charset=utf-8";
        HttpResponse::Ok().content_type(media).insert_header((header::CACHE_CONTROL, "no-store")).body(self.0)
    }
}

impl Reply for Markdown {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        let content = json!({ "text/markdown": { "schema": {} } });
        doc.responses.insert(200, json!({ "description": "The page.", "headers": headers(&[]), "content": content }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/markdown; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "private, no-cache"))
            .body(self.0)
    }
}

impl Reply for Attachment {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        let kinds: Map<String, Value> = MediaType::ALL.iter().map(|media| (media.word().to_owned(), json!({ "schema": {} }))).collect();
        let more = [("Content-Disposition", "The file's name.")];
        doc.responses.insert(200, json!({ "description": "The file.", "headers": headers(&more), "content": kinds }));
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(self.media_type.header())
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&self.file_name)))
            .body(self.bytes)
    }
}

/// The header that has a browser save a file under its name.
pub(super) fn disposition(file_name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let plain: String = file_name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent_encoded(file_name))
}

impl Reply for Spreadsheet {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        describe_made(doc, "The workbook.", MediaType::Xlsx);
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let tag = etag::of(self.version, &self.bytes);
        made_file(MediaType::Xlsx, tag, &self.file_name, self.bytes)
    }
}

impl Reply for Pdf {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        describe_made(doc, "The PDF.", MediaType::Pdf);
        doc.responses.insert(304, json!({ "description": "Unchanged since the `ETag` in `If-None-Match`." }));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let tag = etag::of(self.version, &self.bytes);
        let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if etag::is_known(known, &tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
        }
        made_file(MediaType::Pdf, tag, &self.file_name, self.bytes)
    }
}

/// Describes a file that is made of a record.
fn describe_made(doc: &mut OperationDoc, what: &str, media: MediaType) {
    let content = Map::from_iter([(media.word().to_owned(), json!({ "schema": {} }))]);
    let more: Vec<(&str, &str)> = [("Content-Disposition", "The file's name.")].iter().chain(TAGS).copied().collect();
    doc.responses.insert(200, json!({ "description": what, "headers": headers(&more), "content": content }));
}

fn made_file(media: MediaType, tag: String, file_name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media.header())
        .insert_header((header::ETAG, tag))
        .insert_header(VARY)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(file_name)))
        .body(bytes)
}

/// A text as RFC 8187 writes it in a header, and as it stands in a query.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            write!(out, "{}", char::from(byte))
        } else {
            write!(out, "%{byte:02X}")
        };
        out
    })
}

/// What an act answered, as it is also kept for a repeated request.
impl<T: ActReply> Reply for Stored<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        T::describe(doc, components);
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::from_u16(self.kept.status).unwrap_or(StatusCode::OK));
        if let Some(tag) = &self.kept.etag {
            response.insert_header((header::ETAG, tag.as_str())).insert_header(VARY);
        }
        if let Some(location) = &self.kept.location {
            response.insert_header((header::LOCATION, location.as_str()));
        }
        if self.replayed {
            response.insert_header(("Idempotent-Replay", "true"));
        }
        if self.kept.body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(self.kept.body)
    }
}

/// An outcome of an act that can be kept and given again.
pub trait ActReply: Send + 'static {
    /// Adds the answer to the description.
    fn describe(doc: &mut OperationDoc, components: &mut Components);
    /// Turns the outcome into what is answered and kept.
    fn keep(self) -> Kept;
}

/// An answer as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// HTTP status.
    pub status: u16,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// The body as it was sent.
    pub body: String,
}

impl<T: Serialize + ToSchema + Send + 'static> ActReply for One<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        <Self as Reply>::describe(doc, components);
        doc.responses.remove(&304);
    }

    fn keep(self) -> Kept {
        let body = json_text(&self.body);
        Kept { status: 200, etag: Some(etag::of(self.version, body.as_bytes())), location: None, body }
    }
}

impl<T: Serialize + ToSchema + Send + 'static> ActReply for Made<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<T>();
        let more = [
            ("Location", "Where the new record is."),
            ("ETag", "Version of the record and a hash of what you see."),
            ("Vary", "What the answer depends on."),
        ];
        let made =
            json!({ "description": "Made.", "headers": headers(&more), "content": { "application/json": components.media(schema) } });
        doc.responses.insert(201, made);
    }

    fn keep(self) -> Kept {
        let body = json_text(&self.body);
        Kept { status: 201, etag: Some(etag::of(self.version, body.as_bytes())), location: Some(self.location), body }
    }
}

impl<T: Serialize + ToSchema + Send + 'static> ActReply for Plain<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        <Self as Reply>::describe(doc, components);
    }

    fn keep(self) -> Kept {
        Kept { status: 200, body: json_text(&self.0), ..Kept::default() }
    }
}

/// A record just made, or what would be made: a trial keeps nothing, and answers `200`.
#[derive(Debug, Clone)]
pub enum MadeOrTried<T> {
    /// It was made.
    Made(Made<T>),
    /// It was only tried.
    Tried(T),
}

impl<T: Serialize + ToSchema + Send + 'static> ActReply for MadeOrTried<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        <Plain<T> as Reply>::describe(doc, components);
        <Made<T> as ActReply>::describe(doc, components);
    }

    fn keep(self) -> Kept {
        match self {
            Self::Made(made) => made.keep(),
            Self::Tried(body) => Plain(body).keep(),
        }
    }
}

impl ActReply for Done {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        <Self as Reply>::describe(doc, components);
    }

    fn keep(self) -> Kept {
        Kept { status: 204, ..Kept::default() }
    }
}

/// The JSON text of a view. Views are made of types that always serialise.
pub fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| Value::Null.to_string())
}
