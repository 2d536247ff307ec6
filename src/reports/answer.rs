//! How a report is answered: JSON with totals and checks, CSV with the rows alone, or a workbook with both; large ones in pieces or by
//! way of a file aside, never built whole.

use std::marker::PhantomData;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::pieces::{Making, Piece, Pieces};
use crate::http::reply::{More, Reply, VARY, json_text};
use crate::http::table::{Book, Cell, Format, lines};
use crate::http::{problem, service};
use crate::kernel::Refusal;
use crate::reports::asked::{Asked, At};
use crate::reports::facts::{facts, meanings, totals};

/// How many rows are written at a time.
const ROWS_A_PIECE: usize = 500;

/// A row that can stand in a table.
pub trait Flat {
    /// The names of all columns, always the same for a kind of report.
    const COLUMNS: &'static [&'static str];
    /// Columns that stand after those and are the same in several kinds of report, so that they are named once.
    const MORE: &'static [&'static [&'static str]] = &[];
    /// Columns that stand after them where rows are grouped as the question says, so that a table without groups stays as it is.
    const GROUPED: &'static [&'static str] = &[];

    /// One cell for each column.
    fn cells(&self) -> Vec<Cell>;

    /// One cell for each column of [`Self::GROUPED`].
    fn grouped_cells(&self) -> Vec<Cell> {
        Vec::new()
    }
}

/// A report: totals and checks, and last its rows.
pub trait Report: Serialize + ToSchema + Send + 'static {
    /// One row.
    type Row: Serialize + Flat + ToSchema + Send;
    /// Its rows, made by the time they are written where there can be many.
    type Rows: Iterator<Item = Self::Row> + Send + 'static;

    /// Takes the rows out. The field must be the report's last that is written, and be called `rows`.
    fn take_rows(&mut self) -> Self::Rows;

    /// Whether its rows are grouped as the question says, so that a table has the columns of [`Flat::GROUPED`] too.
    fn is_grouped(&self) -> bool {
        false
    }
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
        /// What it answers.
        question: Asked,
        /// The report.
        report: Box<R>,
    },
    /// Its rows as CSV, which are still being made.
    Rows {
        /// Its tag.
        tag: String,
        /// What it answers.
        question: Asked,
        /// The first piece.
        first: Piece,
        /// Those after it.
        pieces: Pieces,
    },
}

/// A report as CSV while it is made: its rows go out before the last of them are known.
pub struct Csv<R> {
    making: Making,
    at: At,
    at_once: usize,
    rows: PhantomData<fn() -> R>,
}

impl<R: Flat> Csv<R> {
    /// Begins a table with the names of its columns. `at_once` is how many records are to be read at a time.
    pub(super) fn begin(mut making: Making, at: At, at_once: usize) -> Self {
        making.add(&csv_head::<R>(false));
        Self { making, at, at_once, rows: PhantomData }
    }

    /// How many records are to be read at a time.
    #[must_use]
    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &[R]) {
        self.making.add(&csv_piece(rows, self.at, false));
    }

    /// Lets the rows go out that were added, where more will follow.
    ///
    /// # Errors
    /// A fault of the disk.
    pub fn send(&mut self) -> Result<(), Refusal> {
        self.making.send()
    }

    /// Whether anybody still reads it.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.making.is_wanted()
    }

    /// Ends the table.
    pub(super) fn end(self) {
        self.making.end();
    }
}

impl<R: Report> Reply for Answer<R> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let schema = components.refer::<R>();
        let tags = [
            ("ETag", "A hash of the question, its day and moment, the format and the program's version."),
            ("Vary", "What the answer depends on."),
            ("Content-Disposition", "The name under which a CSV file or a workbook is saved."),
        ];
        let mut table = json!({ "schema": {}, "x-columns": columns::<R::Row>(false).collect::<Vec<&str>>() });
        if let (Some(table), false) = (table.as_object_mut(), R::Row::GROUPED.is_empty()) {
            table.insert("x-columns-grouped".to_owned(), columns::<R::Row>(true).collect());
        }
        let content =
            json!({ "application/json": components.media(schema), Format::Csv.media(): table.clone(), Format::Xlsx.media(): table });
        let description = "The report. CSV holds its rows alone; a workbook has the same rows with a row of totals, and on a second sheet the question and the rest.";
        doc.responses.insert(200, json!({ "description": description, "headers": headers(&tags), "content": content }));
        doc.responses.insert(304, json!({ "description": "The answer that `If-None-Match` names still holds." }));
        doc.refuses(&[406]);
    }

    fn respond(self, _: &HttpRequest) -> HttpResponse {
        let (tag, format, question, mut report) = match self {
            Self::Unchanged { tag } => return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish(),
            Self::Fresh { tag, format, question, report } => (tag, format, question, report),
            Self::Rows { tag, question, first, pieces } => return pieces.respond(begun(tag, Format::Csv, &question), first),
        };
        let response = begun(tag, format, &question);
        let (rows, is_grouped) = (report.take_rows(), report.is_grouped());
        if format == Format::Csv {
            let piece = move |rows: &[R::Row], _| csv_piece(rows, question.at, is_grouped);
            return send(response, csv_head::<R::Row>(is_grouped), rows, piece, "");
        }
        let whole = json_text(&report);
        let head = whole.strip_suffix("]}").unwrap_or(&whole).to_owned();
        send(response, head, rows, json_piece, "]}")
    }

    async fn answer(self, request: HttpRequest, _: Option<More<Self>>) -> HttpResponse {
        match self {
            Self::Fresh { tag, format: Format::Xlsx, question, report } => {
                let response = begun(tag, Format::Xlsx, &question);
                let made = in_a_workbook(&request, question, report).await;
                made.map_or_else(|refusal| problem::respond(&request, &refusal), |bytes| body(response, bytes))
            }
            other => other.respond(&request),
        }
    }
}

fn body(mut response: HttpResponseBuilder, bytes: Vec<u8>) -> HttpResponse {
    response.body(bytes)
}

fn begun(tag: String, format: Format, question: &Asked) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, tag)).insert_header(VARY).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response.content_type(format.header());
    if format != Format::Json {
        let disposition = format!("attachment; filename=\"{}-{}.{format}\"", question.name, question.at.as_at);
        response.insert_header((header::CONTENT_DISPOSITION, disposition));
    }
    response
}

/// The report as a workbook: its rows and, where it has totals, a row of them; on a second sheet the question, totals, checks and what the
/// columns are.
async fn in_a_workbook<R: Report>(request: &HttpRequest, question: Asked, mut report: Box<R>) -> Result<Vec<u8>, Refusal> {
    let aside = service::of(request)?.shelf.aside();
    let make = move || {
        let Asked { name, at, asked } = question;
        let is_grouped = report.is_grouped();
        let mut book = Book::new(name, columns::<R::Row>(is_grouped), at.known_at, &aside)?;
        for row in report.take_rows() {
            book.add(&cells(&row, at, is_grouped))?;
        }
        let rest = serde_json::to_value(&report).map_err(Refusal::broken)?;
        if let Some(cells) = totals(columns::<R::Row>(is_grouped), &rest) {
            book.total(&cells)?;
        }
        let mut told = facts(name, at, &asked, &rest);
        told.extend(meanings::<R::Row>(columns::<R::Row>(is_grouped)));
        book.facts("question and totals", &told)?;
        book.finish()
    };
    web::block(make).await.map_err(Refusal::broken)?
}

/// The columns of a report: those of its rows, and the day and moment that it answers for.
fn columns<R: Flat>(is_grouped: bool) -> impl Iterator<Item = &'static str> {
    let grouped = if is_grouped { R::GROUPED } else { &[] };
    R::COLUMNS.iter().chain(R::MORE.iter().copied().flatten()).chain(grouped).copied().chain(["as_at", "known_at"])
}

fn cells<R: Flat>(row: &R, at: At, is_grouped: bool) -> Vec<Cell> {
    let mut cells = row.cells();
    if is_grouped {
        cells.extend(row.grouped_cells());
    }
    cells.extend([Cell::Date(at.as_at), Cell::Moment(at.known_at)]);
    cells
}

fn csv_head<R: Flat>(is_grouped: bool) -> String {
    lines(std::iter::once(columns::<R>(is_grouped).map(|name| Cell::Plain(name.to_owned())).collect()))
}

fn csv_piece<R: Flat>(rows: &[R], at: At, is_grouped: bool) -> String {
    lines(rows.iter().map(|row| cells(row, at, is_grouped)))
}

fn json_piece<R: Serialize>(rows: &[R], is_first: bool) -> String {
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        if at > 0 || !is_first {
            text.push(',');
        }
        text.push_str(&json_text(row));
    }
    text
}

/// Few rows go out as one body of known length, many in pieces that are made as they are sent.
fn send<R: Send + 'static>(
    mut response: HttpResponseBuilder,
    head: String,
    mut rows: impl Iterator<Item = R> + 'static,
    piece: impl Fn(&[R], bool) -> String + 'static,
    tail: &'static str,
) -> HttpResponse {
    let first: Vec<R> = rows.by_ref().take(ROWS_A_PIECE).collect();
    let begun = head + &piece(&first, true);
    if first.len() < ROWS_A_PIECE {
        return response.body(begun + tail);
    }
    let pieces = std::iter::from_fn(move || {
        let some: Vec<R> = rows.by_ref().take(ROWS_A_PIECE).collect();
        if some.is_empty() { None } else { Some(piece(&some, false)) }
    });
    let all = std::iter::once(begun).chain(pieces).chain(std::iter::once(tail.to_owned()));
    // An empty piece would end the answer.
    let all = all.filter(|text| !text.is_empty());
    response.streaming(futures_util::stream::iter(all.map(|text| Ok::<_, actix_web::Error>(Bytes::from(text)))))
}
