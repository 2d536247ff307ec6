//! How a report is answered: JSON with totals and checks, or CSV with the rows alone; large ones in pieces, never built whole.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::reply::{Reply, VARY};
use crate::reports::asked::{At, Format};
use crate::reports::flat::{Cell, Flat, lines};

/// How many rows are written at a time.
const ROWS_A_PIECE: usize = 500;

/// A report: totals and checks, and last its rows.
pub trait Report: Serialize + ToSchema + Send + 'static {
    /// One row.
    type Row: Serialize + Flat + Send;

    /// Takes the rows out. The field must be the report's last, and be called `rows`.
    fn take_rows(&mut self) -> Vec<Self::Row>;
}

/// The answer to a question.
pub enum Answer<R> {
    /// The caller has it already.
    Unchanged {
        /// Its tag.
        tag: String,
    },
    /// Made now.
    Fresh {
        /// Its tag.
        tag: String,
        /// How it is written.
        format: Format,
        /// The name under which it is saved, without its ending.
        file: String,
        /// What it answers.
        at: At,
        /// The report.
        report: Box<R>,
    },
}

impl<R: Report> Reply for Answer<R> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<R>();
        let tags = [
            ("ETag", "A hash of the question, its day and moment, the format and the program's version."),
            ("Vary", "What the answer depends on."),
            ("Content-Disposition", "The name under which a CSV file is saved."),
        ];
        let content = json!({ "application/json": components.media(schema), "text/csv": { "schema": {} } });
        doc.responses.insert(200, json!({ "description": "The report.", "headers": headers(&tags), "content": content }));
        doc.responses.insert(304, json!({ "description": "The answer that `If-None-Match` names still holds." }));
        doc.refuses(&[406]);
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let (tag, format, file, at, mut report) = match self {
            Self::Unchanged { tag } => return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish(),
            Self::Fresh { tag, format, file, at, report } => (tag, format, file, at, report),
        };
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ETAG, tag)).insert_header(VARY).insert_header((header::CACHE_CONTROL, "private, no-cache"));
        let rows = report.take_rows();
        match format {
            Format::Json => {
                response.content_type("application/json");
                let whole = crate::http::reply::json_text(&report);
                let head = whole.strip_suffix("]}").unwrap_or(&whole).to_owned();
                send(response, head, rows, json_piece, "]}")
            }
            Format::Csv => {
                let disposition = format!("attachment; filename=\"{file}.csv\"");
                response.content_type("text/csv; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, disposition));
                send(response, csv_head::<R::Row>(), rows, move |rows, _| csv_piece(rows, at), "")
            }
        }
    }
}

fn csv_head<R: Flat>() -> String {
    let names = R::COLUMNS.iter().chain(&["as_at", "known_at"]).map(|name| Cell::Plain((*name).to_owned()));
    lines(std::iter::once(names.collect()))
}

fn csv_piece<R: Flat>(rows: &[R], at: At) -> String {
    lines(rows.iter().map(|row| {
        let mut cells = row.cells();
        cells.push(Cell::Plain(at.as_at.to_string()));
        cells.push(Cell::Plain(at.known_at.to_string()));
        cells
    }))
}

fn json_piece<R: Serialize>(rows: &[R], is_first: bool) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        if at > 0 || !is_first {
            text.push(',');
        }
        text.push_str(&crate::http::reply::json_text(row));
    }
    text
}

/// Few rows go out as one body of known length, many in pieces that are made as they are sent.
fn send<R: Send + 'static>(
    mut response: HttpResponseBuilder,
    head: String,
    rows: Vec<R>,
    piece: impl Fn(&[R], bool) -> String + 'static,
    tail: &'static str,
) -> HttpResponse {
    if rows.len() <= ROWS_A_PIECE {
        let body = piece(&rows, true);
        return response.body(head + &body + tail);
    }
    let mut rows = rows.into_iter();
    let mut is_first = true;
    let pieces = std::iter::from_fn(move || {
        let some: Vec<R> = rows.by_ref().take(ROWS_A_PIECE).collect();
        if some.is_empty() {
            return None;
        }
        let text = piece(&some, std::mem::replace(&mut is_first, false));
        Some(text)
    });
    let all = std::iter::once(head).chain(pieces).chain(std::iter::once(tail.to_owned()));
    // An empty piece would end the answer.
    let all = all.filter(|text| !text.is_empty());
    response.streaming(futures_util::stream::iter(all.map(|text| Ok::<_, actix_web::Error>(Bytes::from(text)))))
}
