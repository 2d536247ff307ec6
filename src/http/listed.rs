//! A list as an answer: a page as JSON, and as CSV or a workbook a page or the whole list, which is asked for page by page as it goes out.

use std::path::Path;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::problem;
use crate::http::query::Wanted;
use crate::http::reply::{More, Reply, VARY, disposition, json_text};
use crate::http::service;
use crate::http::table::{Book, Cell, Columns, Format, lines};
use crate::kernel::{Cursor, Id, Moment, Page, Refusal};

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Listed<T>(pub Page<T>);

/// When a workbook of a list says that it was made: always then, so that the same list makes the same bytes. It is the first day of 2000.
const MADE_AT: i64 = 946_684_800_000_000;

impl<T: Serialize + ToSchema + 'static> Reply for Listed<T> {
    fn describe(doc: &mut OperationDoc, components: &mut Components) {
        let item = components.refer::<T>();
        let schema = json!({ "type": "object", "required": ["items", "next_cursor"], "properties": {
            "items": { "type": "array", "maxItems": 200, "items": item },
            "next_cursor": { "type": ["string", "null"], "maxLength": 1000, "description": "Give this as `cursor` for the next page; none on the last." } } });
        let columns: Vec<String> = Columns::of::<T>().names().map(str::to_owned).collect();
        let table = json!({ "schema": {}, "x-columns": columns });
        let more = [
            ("Link", "The next page, as `rel=\"next\"`."),
            ("Content-Disposition", "The name under which a CSV file or a workbook is saved."),
        ];
        let content =
            json!({ "application/json": components.media(schema), Format::Csv.media(): table.clone(), Format::Xlsx.media(): table });
        let description =
            "A page of the list. As CSV or XLSX a table of it, and of the whole list where neither `limit` nor `cursor` is given.";
        doc.responses.insert(200, json!({ "description": description, "headers": headers(&more), "content": content }));
        doc.refuses(&[406]);
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.content_type(Format::Json.header()).insert_header(VARY);
        if let Some(link) = link(request, self.0.next_cursor.as_ref()) {
            response.insert_header((header::LINK, link));
        }
        response.body(json_text(&self.0))
    }

    async fn answer(self, request: HttpRequest, more: Option<More<Self>>) -> HttpResponse {
        let wanted = match Wanted::by(&request) {
            Ok(wanted) => wanted,
            Err(refusal) => return problem::respond(&request, &refusal),
        };
        let more = more.filter(|_| wanted.is_whole);
        match wanted.format {
            Format::Json => self.respond(&request),
            Format::Csv => self.into_csv(&request, more),
            Format::Xlsx => self.into_workbook(&request, more).await.unwrap_or_else(|refusal| problem::respond(&request, &refusal)),
        }
    }
}

impl<T: Serialize + ToSchema + 'static> Listed<T> {
    /// A list that fits on a page goes out as one body of known length, a longer one in pieces that are asked for as they are sent.
    fn into_csv(self, request: &HttpRequest, more: Option<More<Self>>) -> HttpResponse {
        let columns = Columns::of::<T>();
        let names = columns.names().map(|name| Cell::Plain(name.to_owned())).collect();
        let first = lines(std::iter::once(names)) + &table(&columns, &self.0.items);
        let mut response = HttpResponse::Ok();
        let saved = disposition(&format!("{}.csv", file_name(request)));
        response.content_type(Format::Csv.header()).insert_header(VARY).insert_header((header::CONTENT_DISPOSITION, saved));
        let Some(more) = more.filter(|_| self.0.next_cursor.is_some()) else {
            if let Some(link) = link(request, self.0.next_cursor.as_ref()) {
                response.insert_header((header::LINK, link));
            }
            return response.body(first);
        };
        let begun = Sent { columns, more, first: Some(first), next: self.0.next_cursor };
        response.streaming(stream::try_unfold(begun, Sent::piece))
    }

    /// A workbook is whole before it goes out: its rows are written to a file aside, page by page.
    async fn into_workbook(self, request: &HttpRequest, more: Option<More<Self>>) -> Result<HttpResponse, Refusal> {
        let columns = Columns::of::<T>();
        let name = file_name(request);
        let aside = service::of(request)?.shelf.aside();
        let mut book = begin(&name, &columns, &aside)?;
        let mut page = self.0;
        let next = loop {
            for item in &page.items {
                book.add(&columns.cells(item))?;
            }
            match (&more, page.next_cursor) {
                (Some(more), Some(cursor)) => page = more(cursor).await?.0,
                (_, next) => break next,
            }
        };
        let bytes = web::block(move || book.finish()).await.map_err(Refusal::broken)??;
        let mut response = HttpResponse::Ok();
        if let Some(link) = link(request, next.as_ref()) {
            response.insert_header((header::LINK, link));
        }
        let saved = disposition(&format!("{name}.xlsx"));
        response.content_type(Format::Xlsx.header()).insert_header(VARY).insert_header((header::CONTENT_DISPOSITION, saved));
        Ok(response.body(bytes))
    }
}

fn begin(name: &str, columns: &Columns, aside: &Path) -> Result<Book, Refusal> {
    let made_at = Moment::from_micros(MADE_AT).ok_or_else(|| Refusal::broken("a moment beyond what a date can hold"))?;
    Book::new(name, columns.names(), made_at, aside)
}

fn table<T: Serialize>(columns: &Columns, items: &[T]) -> String {
    lines(items.iter().map(|item| columns.cells(item)))
}

/// A table under way: one page of it is held at a time.
struct Sent<T> {
    columns: Columns,
    more: More<Listed<T>>,
    first: Option<String>,
    next: Option<Cursor>,
}

impl<T: Serialize> Sent<T> {
    /// The next piece. A fault breaks the answer off, so that nobody takes a part for the whole.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some((Bytes::from(first), self)));
        }
        // A page may be empty, but an empty piece would end the answer.
        while let Some(cursor) = self.next.take() {
            let Listed(page) = (self.more)(cursor).await.map_err(broken_off)?;
            let text = table(&self.columns, &page.items);
            self.next = page.next_cursor;
            if !text.is_empty() {
                return Ok(Some((Bytes::from(text), self)));
            }
        }
        Ok(None)
    }
}

fn broken_off(refusal: Refusal) -> std::io::Error {
    tracing::error!(?refusal, "a list was broken off while it was sent");
    std::io::Error::other("the list was broken off")
}

/// The header that leads to the next page.
fn link(request: &HttpRequest, next: Option<&Cursor>) -> Option<String> {
    let cursor = next?;
    let kept: String = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
        .map(|pair| format!("{pair}&"))
        .collect();
    Some(format!("<{}?{kept}cursor={}>; rel=\"next\"", request.path(), cursor.0))
}

/// What a list is called as a file: its address, without version and ids.
fn file_name(request: &HttpRequest) -> String {
    let is_word = |part: &&str| !part.is_empty() && *part != "v1" && part.parse::<Id>().is_err();
    request.path().split('/').filter(is_word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures_util::{StreamExt, TryStreamExt};

    use super::*;
    use crate::kernel::StoreFault;

    fn page(words: &[&str], next: Option<&str>) -> Listed<String> {
        let items = words.iter().map(|word| (*word).to_owned()).collect();
        Listed(Page { items, next_cursor: next.map(|next| Cursor(next.to_owned())) })
    }

    fn begun(more: More<Listed<String>>) -> Sent<String> {
        Sent { columns: Columns::default(), more, first: Some("a\r\n".to_owned()), next: Some(Cursor("1".to_owned())) }
    }

    fn wait<T>(future: impl Future<Output = T>) -> T {
        actix_web::rt::System::new().block_on(future)
    }

    #[test]
    fn an_empty_page_does_not_end_the_list() {
        let pages = |cursor: Cursor| match cursor.0.as_str() {
            "1" => page(&[], Some("2")),
            "2" => page(&["b"], Some("3")),
            _ => page(&[], None),
        };
        let sent = begun(Box::new(move |cursor| Box::pin(ready(Ok(pages(cursor))))));
        let pieces: Vec<Bytes> = wait(stream::try_unfold(sent, Sent::piece).try_collect()).unwrap();
        // A row without columns is an empty field.
        assert_eq!(pieces, ["a\r\n", "\"\"\r\n"]);
    }

    #[test]
    fn a_fault_breaks_the_list_off() {
        let fault = || Refusal::Store(StoreFault::Unavailable("gone".to_owned()));
        let sent = begun(Box::new(move |_| Box::pin(ready(Err(fault())))));
        let pieces: Vec<Result<Bytes, std::io::Error>> = wait(stream::try_unfold(sent, Sent::piece).collect());
        assert!(matches!(pieces.as_slice(), [Ok(_), Err(_)]), "{pieces:?}");
    }
}
