//! One workbook for all returns of a provider that end in a quarter: downloaded, checked, and taken in.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::NaiveDate;
use maud::{Markup, html};

use super::desk::Visit;
use super::routes::ROOT;
use super::shell::{self, Page};
use super::{form, one, words};
use crate::access::Scope;
use crate::access::permissions::Permission;
use crate::http::SpreadsheetUpload;
use crate::http::input::Body;
use crate::http::reply::Reply;
use crate::kernel::{Id, Quarter, Refusal};
use crate::returns::acts;
use crate::returns::workbook::quarter::acts::{self as quarter, Books, Wanted};
use crate::returns::workbook::quarter::routes as books;
use crate::returns::workbook::routes::form as form_of_content;
use crate::returns::workbook::routes::read_several;
use crate::returns::workbook::rules::{Book, Filled, WorkbookFinding};
use crate::store::Conn;

/// The operation that takes such a workbook too.
const OPERATION: &str = "returns_quarter_workbook_fill";

/// Where the page of a quarter is.
pub(super) fn place(quarter: Quarter) -> String {
    format!("{ROOT}/quarter?quarter={quarter}")
}

/// Which returns a word asks for: a provider's own.
fn wanted(word: &str) -> Result<Wanted, Refusal> {
    let words = "There is no such quarter. Open it from your list of returns.";
    let quarter: Quarter = word.parse().map_err(|_| Refusal::invalid("query:quarter", "wrong_format", words))?;
    Ok(Wanted { quarter, provider_id: None })
}

/// A return in the workbook.
struct Line {
    number: u32,
    id: Id,
    award: String,
    title: String,
    period: String,
    due_on: NaiveDate,
}

/// The returns of a quarter.
struct Shown {
    quarter: Quarter,
    version: i32,
    lines: Vec<Line>,
}

fn shown(wanted: Wanted, books: &Books) -> Shown {
    let line = |book: &Book| Line {
        number: book.number.unwrap_or_default(),
        id: book.return_id,
        award: book.award.clone(),
        title: book.title.clone(),
        period: book.period.clone(),
        due_on: book.due_on,
    };
    Shown { quarter: wanted.quarter, version: quarter::version(books), lines: books.iter().map(|(_, book)| line(book)).collect() }
}

async fn load(visit: &Visit, wanted: Wanted) -> Result<Shown, Refusal> {
    visit.read(move |conn, caller| quarter::books(conn, caller.scope(), wanted).map(|books| shown(wanted, &books))).await
}

/// Shows the returns of a quarter.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Refusal> {
    let shown = load(&visit, wanted(&visit.asked("quarter"))?).await?;
    let body = body(&shown, words::done(&visit.asked("done")), false);
    Ok(Page { title: &title(&shown), is_fault: false, caller: Some(&visit.caller), body }.answer(StatusCode::OK))
}

/// Gives the workbook of a quarter.
pub(super) async fn download(visit: Visit) -> Result<HttpResponse, Refusal> {
    let wanted = wanted(&visit.asked("quarter"))?;
    let all = visit.read(move |conn, caller| quarter::to_fill(conn, caller.scope(), wanted)).await?;
    Ok(books::made(wanted.quarter, all).await?.respond(&visit.request))
}

/// Takes a workbook that is sent back.
pub(super) async fn take(mut visit: Visit) -> Result<HttpResponse, Refusal> {
    visit.require(Permission::ReturnsWrite, OPERATION).await?;
    let payload = visit.payload()?;
    let sent = form::sent(&visit.request, payload, SpreadsheetUpload::LIMIT).await?;
    let (scope, wanted, version) = (visit.scope(), wanted(sent.fields.get("quarter"))?, sent.fields.version()?);
    if sent.file.is_empty() {
        let shown = load(&visit, wanted).await?;
        let body = body(&shown, None, true);
        let page = Page { title: &title(&shown), is_fault: true, caller: Some(&visit.caller), body };
        return Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let all = visit.service.db.read(move |conn| quarter::at_version(conn, scope, wanted, version)).await?;
    let filled = Arc::new(read_several(sent.file, all.into_iter().map(|(_, book)| book).collect()).await?);
    if sent.fields.get("what") != "keep" {
        return found(&visit, (wanted, version), &filled, None).await;
    }
    match keep(&visit, (wanted, version), &filled).await {
        Ok(()) => Ok(shell::to(&format!("{}&done=uploaded-all", place(wanted.quarter)))),
        Err(Refusal::Invalid(_)) => found(&visit, (wanted, version), &filled, Some(StatusCode::UNPROCESSABLE_ENTITY)).await,
        Err(other) => Err(other),
    }
}

async fn keep(visit: &Visit, of: (Wanted, i32), filled: &Arc<Vec<Filled>>) -> Result<(), Refusal> {
    let (scope, service, filled) = (visit.scope(), Arc::clone(&visit.service), Arc::clone(filled));
    let act = (Permission::ReturnsWrite, OPERATION, acts::name_of_writing(scope));
    visit.act(act, move |tx| quarter::fill(tx, scope, of, &filled, &form_of_content(&service))).await
}

/// The page with all that was found in a file, of which nothing is kept; with a status where it is refused.
async fn found(visit: &Visit, of: (Wanted, i32), filled: &Arc<Vec<Filled>>, refused: Option<StatusCode>) -> Result<HttpResponse, Refusal> {
    let (scope, service, filled) = (visit.scope(), Arc::clone(&visit.service), Arc::clone(filled));
    let weighed = visit.service.db.read(move |conn| quarter::weigh(conn, scope, of, &filled, &form_of_content(&service)));
    let (_, found) = weighed.await?;
    let shown = load(visit, of.0).await?;
    let body = checked(&shown, &found, refused.is_some());
    let page = Page { title: &title(&shown), is_fault: refused.is_some(), caller: Some(&visit.caller), body };
    Ok(page.answer(refused.unwrap_or(StatusCode::OK)))
}

fn title(shown: &Shown) -> String {
    format!("One workbook for {}", shown.quarter)
}

const UNCHOSEN: &str = "Choose the workbook that you filled in, then press the button again.";

fn body(shown: &Shown, done: Option<&str>, is_unchosen: bool) -> Markup {
    html! {
        @if is_unchosen { (shell::summary("There is a problem", [("file", UNCHOSEN)])) }
        (shell::told(done))
        p.back { a href=(ROOT) { "All returns" } }
        h1 { (title(shown)) }
        p { "It holds the returns of all your awards whose period ends in this quarter and that wait for you. The sheets of each carry its number." }
        ol.returns {
            @for line in &shown.lines {
                li value=(line.number) {
                    a href={ (ROOT) "/" (line.id) } { (line.award) ", " (line.period) }
                    span.quiet { (line.title) ", due " (words::day(line.due_on)) }
                }
            }
        }
        (upload(shown, "Fill in the workbook"))
        section {
            h2 { "Certify and submit" }
            p { "Each return is certified and submitted for itself. Open it above, read what was found, and send it from there." }
        }
    }
}

fn upload(shown: &Shown, title: &str) -> Markup {
    let address = format!("{ROOT}/quarter/workbook");
    let hidden = html! {
        input type="hidden" name="quarter" value=(shown.quarter);
        input type="hidden" name="version" value=(shown.version);
    };
    html! {
        section {
            h2 { (title) }
            p { a.button.second href={ (address) "?quarter=" (shown.quarter) } download { "Download the workbook" } }
            p { "Open it in Excel or LibreOffice, type in the yellow cells, and save it as an Excel workbook (.xlsx). Then choose it here." }
            (one::file_form(&address, &hidden))
            p.quiet { "The file is taken for all of these returns or for none: nothing is kept while one of them has an error in it." }
        }
    }
}

fn checked(shown: &Shown, found: &[WorkbookFinding], is_refused: bool) -> Markup {
    html! {
        p.back { a href=(place(shown.quarter)) { "Back to the returns of the quarter" } }
        (one::outcome(&title(shown), found, is_refused))
        (upload(shown, "Choose the file"))
    }
}

/// The quarters for which a provider has one workbook for several returns that wait for it, with their number, on the list of returns.
pub(super) fn offered(conn: &mut Conn, scope: Scope, today: NaiveDate) -> Result<Vec<(Quarter, usize)>, Refusal> {
    let Scope::Provider(provider) = scope else { return Ok(Vec::new()) };
    quarter::several(conn, provider, today)
}
