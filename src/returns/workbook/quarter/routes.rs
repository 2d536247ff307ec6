//! The workbook of a quarter over HTTP.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Scope;
use crate::access::permissions::can;
use crate::http::act::Stored;
use crate::http::call::{Call, ReplacingFile};
use crate::http::{Api, Ask, One, Search, Spreadsheet, SpreadsheetUpload};
use crate::kernel::{Id, Quarter, Refusal};
use crate::returns::acts as returns;
use crate::returns::rules::ReturnContent;
use crate::returns::workbook::quarter::acts::{self, Books, Wanted};
use crate::returns::workbook::routes::{aside, form, read_several};
use crate::returns::workbook::rules::{Book, Filled, WorkbookFinding};
use crate::returns::workbook::write;
use crate::store::Conn;

/// Which returns a workbook holds.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct QuarterWorkbookQuery {
    /// The quarter in which the periods of the returns end.
    quarter: Quarter,
    /// Whose returns; a provider's own where it is left out, and the office has to say it.
    provider_id: Option<Id>,
}

/// How a workbook of several returns is taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct QuarterUploadQuery {
    /// The quarter in which the periods of the returns end.
    quarter: Quarter,
    /// Whose returns; a provider's own where it is left out, and the office has to say it.
    provider_id: Option<Id>,
    /// Whether it is only read and checked: nothing is kept.
    dry_run: Option<bool>,
}

/// A return in a workbook of several.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarterReturnView {
    /// The number that its sheets have.
    #[schema(minimum = 1, maximum = 20)]
    number: u32,
    /// The return.
    return_id: Id,
    /// The award's reference.
    #[schema(max_length = 120)]
    award: String,
    /// The period.
    #[schema(max_length = 120)]
    period: String,
    /// Its version.
    version: i32,
    /// What it says; after a dry run what it would say, and nothing where the file is at fault.
    content: Option<ReturnContent>,
}

/// Several returns and what a workbook says for them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarterWorkbookView {
    /// Whether the returns now say what the workbook says; not so after a dry run.
    is_kept: bool,
    /// The returns, by the numbers of their sheets.
    #[schema(max_items = 20)]
    returns: Vec<QuarterReturnView>,
    /// What is wrong or doubtful: in the file, and in the returns as the workbook fills them.
    #[schema(max_items = 5000)]
    workbook_findings: Vec<WorkbookFinding>,
}

type Upload = Call<can::ReturnsWrite, (), Search<QuarterUploadQuery>, SpreadsheetUpload, ReplacingFile>;

const fn wanted(query: &QuarterUploadQuery) -> Wanted {
    Wanted { quarter: query.quarter, provider_id: query.provider_id }
}

/// The answer: with what was tried, or with what the returns say now.
fn shown(
    conn: &mut Conn,
    scope: Scope,
    wanted: Wanted,
    tried: Option<(Vec<Option<ReturnContent>>, Vec<WorkbookFinding>)>,
) -> Result<One<QuarterWorkbookView>, Refusal> {
    let books = acts::books(conn, scope, wanted)?;
    let is_kept = tried.is_none();
    let (contents, found) = match tried {
        Some(tried) => tried,
        None => {
            let mut found = Vec::new();
            for (one, book) in &books {
                let places = book.places();
                let own = returns::findings(conn, one, &book.content)?;
                found.extend(own.into_iter().map(|finding| WorkbookFinding::placed(finding, &places)));
            }
            found.sort_by_key(|one| !one.is_error());
            (books.iter().map(|(_, book)| Some(book.content.clone())).collect(), found)
        }
    };
    let view = |((one, book), content): (&(_, Book), Option<ReturnContent>)| {
        let one: &crate::returns::store::Return = one;
        let (award, period) = (book.award.clone(), book.period.clone());
        QuarterReturnView { number: book.number.unwrap_or_default(), return_id: one.id, award, period, version: one.version, content }
    };
    let version = acts::version(&books);
    let returns = books.iter().zip(contents).map(view).collect();
    Ok(One { version, body: QuarterWorkbookView { is_kept, returns, workbook_findings: found } })
}

async fn get(call: Ask<can::ReturnsRead, (), Search<QuarterWorkbookQuery>>) -> Result<Spreadsheet, Refusal> {
    let QuarterWorkbookQuery { quarter, provider_id } = call.input.query.0;
    let books = call.ask(move |conn, input| acts::to_fill(conn, input.caller.scope(), Wanted { quarter, provider_id })).await?;
    made(quarter, books).await
}

/// The file of several books.
pub(in crate::returns) async fn made(quarter: Quarter, books: Books) -> Result<Spreadsheet, Refusal> {
    let (version, file_name) = (acts::version(&books), format!("Returns {quarter}.xlsx"));
    let books: Vec<Book> = books.into_iter().map(|(_, book)| book).collect();
    let bytes = aside(move || write::workbook(&books)).await?.map_err(Refusal::broken)?.map_err(Refusal::broken)?;
    Ok(Spreadsheet { version, file_name, bytes })
}

async fn put(mut call: Upload) -> Result<Stored<One<QuarterWorkbookView>>, Refusal> {
    let bytes = std::mem::take(&mut call.input.body.bytes);
    let (scope, wanted, version) = (call.input.caller.scope(), wanted(&call.input.query.0), call.input.version()?);
    let books = call.service.db.read(move |conn| acts::at_version(conn, scope, wanted, version)).await?;
    let filled = read_several(bytes, books.into_iter().map(|(_, book)| book).collect()).await?;
    if call.input.query.0.dry_run.unwrap_or_default() { try_out(call, filled).await } else { keep(call, filled).await }
}

async fn try_out(call: Upload, filled: Vec<Filled>) -> Result<Stored<One<QuarterWorkbookView>>, Refusal> {
    let service = Arc::clone(&call.service);
    let answer = call.ask(move |conn, input| {
        let (scope, wanted) = (input.caller.scope(), wanted(&input.query.0));
        let tried = acts::weigh(conn, scope, (wanted, input.version()?), &filled, &form(&service))?;
        shown(conn, scope, wanted, Some(tried))
    });
    answer.await.map(Stored::of_a_trial)
}

async fn keep(call: Upload, filled: Vec<Filled>) -> Result<Stored<One<QuarterWorkbookView>>, Refusal> {
    let service = Arc::clone(&call.service);
    let name = returns::name_of_writing(call.input.caller.scope());
    call.act(name, move |tx, input| {
        let (scope, wanted) = (input.caller.scope(), wanted(&input.query.0));
        acts::fill(tx, scope, (wanted, input.version()?), &filled, &form(&service))?;
        shown(tx.conn(), scope, wanted, None)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let path = "/v1/returns/workbook";
    api.get(path, "returns_quarter_workbook_get", "Download one workbook for all returns of a quarter, to fill them in", get);
    api.put(path, "returns_quarter_workbook_fill", "Fill all returns of a quarter with one workbook, or try that out", put);
}
