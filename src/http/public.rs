//! Answers for everybody: files without login, which caches may keep as long as they ask each time whether they still hold.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::etag;
use crate::http::reply::{Reply, disposition, json_text};
use crate::http::table::{Cell, Columns, Format, lines};

/// What a redaction takes out must be gone at once, so a cache asks before it gives again what it kept.
const CACHING: &str = "public, no-cache";
/// The media type of a feed.
const ATOM: &str = "application/atom+xml";

/// A file as JSON.
#[derive(Debug, Clone)]
pub struct PublicJson<T>(pub T);

/// The same facts as a table, with the columns of `T`.
#[derive(Debug, Clone)]
pub struct PublicCsv<T> {
    /// The name under which it is saved.
    pub file_name: &'static str,
    /// The rows.
    pub rows: Vec<T>,
}

/// A table that is written already, since somebody else says what its columns are called.
#[derive(Debug, Clone)]
pub struct PublicTable {
    /// The name under which it is saved.
    pub file_name: &'static str,
    /// The file.
    pub text: String,
}

/// A file that there may be none of, as long as the office has not said what it needs: `404` then.
#[derive(Debug, Clone)]
pub struct IfAny<R>(pub R);

/// A feed (Atom).
#[derive(Debug, Clone)]
pub struct PublicFeed(pub String);

/// The same as JSON, or as a feed for whoever accepts that first.
#[derive(Debug, Clone)]
pub struct PublicOrFeed<T> {
    /// As JSON.
    pub body: T,
    /// As a feed.
    pub feed: String,
}

fn describe(doc: &mut OperationDoc, content: Map<String, Value>) {
    let tags = [("ETag", "A hash of the file."), ("Cache-Control", "How long it may be kept."), ("Vary", "What the answer depends on.")];
    doc.responses.insert(200, json!({ "description": "The file.", "headers": headers(&tags), "content": content }));
    doc.responses.insert(304, json!({ "description": "Unchanged since the `ETag` in `If-None-Match`." }));
}

fn one(media: &str, schema: Value) -> Map<String, Value> {
    Map::from_iter([(media.to_owned(), schema)])
}

fn given(request: &HttpRequest, media: &str, saved: Option<&str>, body: String) -> HttpResponse {
    let hash: String = etag::hex(&Sha256::digest(body.as_bytes())).chars().take(32).collect();
    let tag = format!("\"{hash}\"");
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let caching = (header::CACHE_CONTROL, CACHING);
    if etag::is_known(known, &tag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, tag)).insert_header(caching).finish();
    }
    let mut response = HttpResponse::Ok();
    response.content_type(media).insert_header((header::ETAG, tag)).insert_header(caching).insert_header((header::VARY, "Accept"));
    response.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if let Some(name) = saved {
        response.insert_header((header::CONTENT_DISPOSITION, disposition(name)));
    }
    response.body(body)
}

impl<T: Serialize + ToSchema + 'static> Reply for PublicJson<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<T>();
        describe(doc, one(Format::Json.media(), components.media(schema)));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        given(request, Format::Json.header(), None, json_text(&self.0))
    }
}

impl<T: Serialize + ToSchema + 'static> Reply for PublicCsv<T> {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        let columns: Vec<String> = Columns::of::<T>().names().map(str::to_owned).collect();
        describe(doc, one(Format::Csv.media(), json!({ "schema": {}, "x-columns": columns })));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let columns = Columns::of::<T>();
        let names = columns.names().map(|name| Cell::Plain(name.to_owned())).collect();
        let text = lines(std::iter::once(names).chain(self.rows.iter().map(|row| columns.cells(row))));
        given(request, Format::Csv.header(), Some(self.file_name), text)
    }
}

impl Reply for PublicTable {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        describe(doc, one(Format::Csv.media(), json!({ "schema": {} })));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        given(request, Format::Csv.header(), Some(self.file_name), self.text)
    }
}

impl<R: Reply> Reply for IfAny<R> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        R::describe(doc, components);
        doc.refuses(&[404]);
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond(request)
    }
}

impl Reply for PublicFeed {
    fn describe(doc: &mut OperationDoc, _: &mut Components) {
        describe(doc, one(ATOM, json!({ "schema": {} })));
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        given(request, ATOM, None, self.0)
    }
}

impl<T: Serialize + ToSchema + 'static> Reply for PublicOrFeed<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<T>();
        let mut content = one(Format::Json.media(), components.media(schema));
        content.insert(ATOM.to_owned(), json!({ "schema": {} }));
        describe(doc, content);
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let place = |media: &str| accept.find(media).unwrap_or(usize::MAX);
        if place(ATOM) < place(Format::Json.media()) {
            return given(request, ATOM, None, self.feed);
        }
        given(request, Format::Json.header(), None, json_text(&self.body))
    }
}
