//! The workbook of a return over HTTP.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::can;
use crate::http::act::Stored;
use crate::http::call::{Call, ReplacingFile};
use crate::http::shape::in_body;
use crate::http::{Api, Ask, One, Search, Service, Spreadsheet, SpreadsheetUpload};
use crate::kernel::{Fault, Id, Refusal};
use crate::returns::acts as returns;
use crate::returns::routes::{ReturnView, view};
use crate::returns::rules::ReturnContent;
use crate::returns::store::Return;
use crate::returns::workbook::acts::{self, Weighed};
use crate::returns::workbook::rules::{Book, BookRule, Filled, WorkbookFinding};
use crate::returns::workbook::{read, write};
use crate::store::Conn;

/// How a workbook is taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct WorkbookQuery {
    /// Whether it is only read and checked: nothing is kept.
    dry_run: Option<bool>,
}

/// A return and what a workbook says for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkbookView {
    /// Whether the return now says what the workbook says; not so after a dry run.
    is_kept: bool,
    /// What the workbook says; none where the file is at fault.
    workbook: Option<ReturnContent>,
    /// What is wrong or doubtful: in the file, and in the return as the workbook fills it.
    #[schema(max_items = 5000)]
    workbook_findings: Vec<WorkbookFinding>,
    /// The return as it stands; after a dry run with the findings of what the workbook says.
    #[serde(flatten)]
    of: ReturnView,
}

type Upload = Call<can::ReturnsWrite, Id, Search<WorkbookQuery>, SpreadsheetUpload, ReplacingFile>;

/// How many files are read at the same time: each takes a thread and what it unpacks to.
static READERS: Semaphore = Semaphore::const_new(4);

/// Does heavy work on a thread of its own.
pub(in crate::returns) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, tokio::task::JoinError>, Refusal> {
    let _turn = READERS.acquire().await.map_err(Refusal::broken)?;
    Ok(tokio::task::spawn_blocking(work).await)
}

/// Reads a file beside the requests.
pub(in crate::returns) async fn read_aside(bytes: Vec<u8>, book: Book) -> Result<Filled, Refusal> {
    let filled = read_several(bytes, vec![book]).await?;
    Ok(filled.into_iter().next().unwrap_or_default())
}

/// Reads a file of several returns beside the requests.
pub(in crate::returns) async fn read_several(bytes: Vec<u8>, books: Vec<Book>) -> Result<Vec<Filled>, Refusal> {
    let outcome = aside(move || read::several(&bytes, &books)).await?;
    Ok(outcome.unwrap_or_else(|error| {
        tracing::error!(fault = %error, "a workbook stopped its reader");
        let mend = "Download the workbook of this return again and copy your figures into it.";
        vec![Filled::unreadable(vec![WorkbookFinding::of_file(BookRule::Damaged, "The file cannot be read.", mend)])]
    }))
}

/// What is wrong with the form of a content.
pub(in crate::returns) fn form(service: &Service) -> impl Fn(&ReturnContent) -> Vec<Fault> + '_ {
    |content| serde_json::to_value(content).map(|value| service.shapes.faults::<ReturnContent>(&value, in_body)).unwrap_or_default()
}

/// The return as it is filled now.
fn filled_now(conn: &mut Conn, caller: &Caller, today: NaiveDate, one: Return, filled: &Filled) -> Result<One<WorkbookView>, Refusal> {
    let One { version, body } = view(conn, caller, today, one)?;
    let workbook_findings = filled.with(body.findings.iter().map(|one| WorkbookFinding::placed(one.clone(), &filled.places)).collect());
    Ok(One { version, body: WorkbookView { is_kept: true, workbook: Some(body.content.clone()), workbook_findings, of: body } })
}

/// The return as it stands, with what a file would make of it: its findings are those of the file.
fn tried(conn: &mut Conn, caller: &Caller, today: NaiveDate, weighed: Weighed) -> Result<One<WorkbookView>, Refusal> {
    let One { version, body: mut of } = view(conn, caller, today, weighed.of)?;
    of.findings = weighed.findings;
    Ok(One { version, body: WorkbookView { is_kept: false, workbook: weighed.content, workbook_findings: weighed.found, of } })
}

async fn get(call: Ask<can::ReturnsRead, Id>) -> Result<Spreadsheet, Refusal> {
    call.ask(|conn, input| acts::book(conn, input.caller.scope(), input.path)).await.map(made)?.await
}

/// The file of a book.
pub(in crate::returns) async fn made(book: Book) -> Result<Spreadsheet, Refusal> {
    let version = book.return_version;
    let file_name = format!("Return {} {}.xlsx", book.award, book.period);
    let bytes = aside(move || write::workbook(std::slice::from_ref(&book))).await?.map_err(Refusal::broken)?.map_err(Refusal::broken)?;
    Ok(Spreadsheet { version, file_name, bytes })
}

async fn put(mut call: Upload) -> Result<Stored<One<WorkbookView>>, Refusal> {
    let bytes = std::mem::take(&mut call.input.body.bytes);
    let (scope, id, version) = (call.input.caller.scope(), call.input.path, call.input.version()?);
    let book = call.service.db.read(move |conn| acts::to_fill(conn, scope, id, version)).await?;
    let filled = read_aside(bytes, book).await?;
    if call.input.query.0.dry_run.unwrap_or_default() { try_out(call, filled).await } else { keep(call, filled).await }
}

async fn try_out(call: Upload, filled: Filled) -> Result<Stored<One<WorkbookView>>, Refusal> {
    let (service, today) = (Arc::clone(&call.service), call.service.db.clock().today());
    let answer = call.ask(move |conn, input| {
        let of = (input.path, input.version()?);
        let weighed = acts::weigh(conn, input.caller.scope(), of, &filled, &form(&service))?;
        tried(conn, &input.caller, today, weighed)
    });
    answer.await.map(Stored::of_a_trial)
}

async fn keep(call: Upload, filled: Filled) -> Result<Stored<One<WorkbookView>>, Refusal> {
    let service = Arc::clone(&call.service);
    let name = returns::name_of_writing(call.input.caller.scope());
    call.act(name, move |tx, input| {
        let one = acts::fill(tx, input.caller.scope(), input.path, input.version()?, &filled, &form(&service))?;
        let today = tx.today();
        filled_now(tx.conn(), &input.caller, today, one, &filled)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/workbook", "returns_workbook_get", "Download the workbook of a return, to fill it in", get);
    api.put("/v1/returns/{id}/workbook", "returns_workbook_fill", "Fill a return with its workbook, or try that out", put);
}
