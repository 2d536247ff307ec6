//! Imports of an office's past returns over HTTP.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::http::act::Stored;
use crate::http::call::{Call, CreatingFromRead};
use crate::http::etag::hex;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MadeOrTried, One, Search, TableUpload};
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::returns::backlog::acts::{self, File, ReturnImport, ReturnImportItem, ReturnImportReversal, Taken};
use crate::returns::backlog::read;
use crate::returns::backlog::rules::{BacklogFinding, FINDINGS_MAX, ReturnImportRedactionInput, Sheets};
use crate::returns::rules::ReturnState;
use crate::returns::workbook::routes::{aside, form};
use crate::store::Conn;

/// How a file is taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReturnImportQuery {
    /// Whether it is only tried: everything is checked and nothing is kept.
    dry_run: Option<bool>,
    /// What the file is called, as the returns will say where their figures come from.
    #[schema(min_length = 1, max_length = 200, example = "Returns 2018-19.csv")]
    file_name: Option<String>,
    /// Whether indicators and areas without a row are *not reported*; without it each needs a row.
    absent_is_not_reported: Option<bool>,
}

/// Returns that one file gave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnImportSummary {
    /// Its id. A trial's leads nowhere.
    id: Id,
    /// Its version: 2 once it was taken back.
    version: i32,
    /// When it became known.
    recorded_at: Moment,
    /// The day.
    imported_on: NaiveDate,
    /// Who took it in.
    #[schema(max_length = 300)]
    imported_by: String,
    /// What the file is called, where that was told.
    #[schema(max_length = 200)]
    file_name: Option<String>,
    /// SHA-256 of the file, in hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    file_sha256: String,
    /// How many rows it has.
    row_count: i32,
    /// How many returns it gave.
    return_count: i32,
    /// How many doubts there were.
    warning_count: i32,
    /// When it was taken back, where it was.
    reversed_on: Option<NaiveDate>,
    /// Who took it back.
    #[schema(max_length = 300)]
    reversed_by: Option<String>,
    /// Why.
    #[schema(max_length = 1000)]
    reversal_reason: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// A return that a file gave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportedReturnView {
    /// The return.
    return_id: Id,
    /// The award.
    award: Option<Named>,
    /// The period.
    #[schema(max_length = 120)]
    period: String,
    /// The state in which the file left it.
    state: ReturnState,
    /// The version that the file made.
    version: i32,
    /// How many rows it has in the file.
    row_count: i32,
    /// How many values it reports.
    value_count: i32,
    /// What it reports as spent, in pence; none where it does not say.
    spend_pence: Option<Pence>,
}

/// Returns that one file gave, each of them, and what was found in the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnImportView {
    /// The import.
    #[serde(flatten)]
    summary: ReturnImportSummary,
    /// Whether it is kept; not so after a trial.
    is_kept: bool,
    /// The returns; of a trial those in which nothing is wrong.
    #[schema(max_items = 20_000)]
    returns: Vec<ImportedReturnView>,
    /// What is wrong or doubtful, errors first: at most 1,000 of them. Only with the answer to the file itself.
    #[schema(max_items = 1000)]
    findings: Vec<BacklogFinding>,
    /// How many errors there are in all.
    error_count: i64,
    /// Sheets of the workbook that hold no returns, so that they were passed over.
    #[schema(max_items = 1000)]
    sheets_passed_over: Vec<String>,
}

/// Which imports are listed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReturnImportFilter {
    /// Only those that gave this return.
    return_id: Option<Id>,
}

/// Why an import is taken back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReturnImportReversalInput {
    /// Why; it is logged with each of its returns.
    #[schema(min_length = 1, max_length = 1000, example = "The columns of two quarters were swapped.")]
    reason: String,
}

fn summary(caller: &Caller, one: ReturnImport, reversal: Option<ReturnImportReversal>) -> ReturnImportSummary {
    let may_reverse = reversal.is_none() && caller.may(Permission::ReturnsImport);
    let version = acts::version(reversal.as_ref());
    let (reversed_on, rest) = reversal.map(|own| (own.reversed_on, (own.reversed_by, own.reason))).unzip();
    let (reversed_by, reversal_reason) = rest.unzip();
    ReturnImportSummary {
        id: one.id,
        version,
        recorded_at: one.recorded_at,
        imported_on: one.imported_on,
        imported_by: one.imported_by,
        file_name: one.file_name,
        file_sha256: one.file_sha256,
        row_count: one.row_count,
        return_count: one.return_count,
        warning_count: one.warning_count,
        reversed_on,
        reversed_by,
        reversal_reason,
        allowed_actions: if may_reverse { vec!["reverse".to_owned()] } else { Vec::new() },
    }
}

fn returns(conn: &mut Conn, items: Vec<ReturnImportItem>) -> Result<Vec<ImportedReturnView>, Refusal> {
    let mut ids: Vec<Id> = items.iter().map(|one| one.award_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names: HashMap<Id, Named> = HashMap::new();
    for some in ids.chunks(1_000) {
        names.extend(awards::named(conn, some)?);
    }
    let turn = |one: ReturnImportItem| ImportedReturnView {
        return_id: one.item.return_id,
        award: names.get(&one.award_id).cloned(),
        period: one.period,
        state: one.state,
        version: one.item.version,
        row_count: one.item.row_count,
        value_count: one.item.value_count,
        spend_pence: one.item.spend_pence,
    };
    Ok(items.into_iter().map(turn).collect())
}

fn view(
    conn: &mut Conn,
    caller: &Caller,
    one: ReturnImport,
    reversal: Option<ReturnImportReversal>,
    items: Vec<ReturnImportItem>,
) -> Result<ReturnImportView, Refusal> {
    let returns = returns(conn, items)?;
    let (findings, sheets_passed_over) = (Vec::new(), Vec::new());
    Ok(ReturnImportView { summary: summary(caller, one, reversal), is_kept: true, returns, findings, error_count: 0, sheets_passed_over })
}

/// What a file came to, or would come to.
fn outcome(conn: &mut Conn, caller: &Caller, taken: Taken, sheets: &Sheets, is_kept: bool) -> Result<ReturnImportView, Refusal> {
    let Taken { import, items, mut findings } = taken;
    let error_count = i64::try_from(findings.iter().filter(|one| one.is_error()).count()).map_err(Refusal::broken)?;
    findings.truncate(FINDINGS_MAX);
    let shown = view(conn, caller, import, None, items)?;
    let mut summary = shown.summary;
    if !is_kept {
        summary.allowed_actions.clear();
    }
    let sheets_passed_over = sheets.passed_over.iter().take(1_000).cloned().collect();
    Ok(ReturnImportView { summary, is_kept, findings, error_count, sheets_passed_over, ..shown })
}

type Upload = Call<can::ReturnsImport, (), Search<ReturnImportQuery>, TableUpload, CreatingFromRead>;

async fn file(call: &mut Upload) -> Result<File, Refusal> {
    let bytes = std::mem::take(&mut call.input.body.bytes);
    let ReturnImportQuery { file_name, absent_is_not_reported, .. } = call.input.query.0.clone();
    let (name, shown) = (file_name.clone(), file_name.unwrap_or_else(|| "the file".to_owned()));
    let outcome = aside(move || (read::file(&bytes, &shown), hex(&Sha256::digest(&bytes)))).await?;
    let (sheets, sha256) = outcome.map_err(Refusal::broken)?;
    Ok(File { sheets, name, sha256, is_filled_up: absent_is_not_reported.unwrap_or_default() })
}

async fn import(mut call: Upload) -> Result<Stored<MadeOrTried<ReturnImportView>>, Refusal> {
    let file = file(&mut call).await?;
    if call.input.query.0.dry_run.unwrap_or_default() { try_out(call, file).await } else { keep(call, file).await }
}

/// The act of taking in a file, in the log.
const IMPORT: &str = "return_import.create";

async fn try_out(call: Upload, file: File) -> Result<Stored<MadeOrTried<ReturnImportView>>, Refusal> {
    let service = Arc::clone(&call.service);
    let answer = call.try_out(IMPORT, move |tx, input| {
        let taken = acts::weigh(tx, &file, &form(&service))?;
        outcome(tx.conn(), &input.caller, taken, &file.sheets, false)
    });
    answer.await.map(|view| Stored::of_a_trial(MadeOrTried::Tried(view)))
}

async fn keep(call: Upload, file: File) -> Result<Stored<MadeOrTried<ReturnImportView>>, Refusal> {
    let service = Arc::clone(&call.service);
    call.act(IMPORT, move |tx, input| {
        let taken = acts::import(tx, &file, &form(&service))?;
        let body = outcome(tx.conn(), &input.caller, taken, &file.sheets, true)?;
        Ok(MadeOrTried::Made(Made { location: format!("/v1/return-imports/{}", body.summary.id), version: body.summary.version, body }))
    })
    .await
}

async fn list(call: Ask<can::ReturnImportsRead, (), Listing<ReturnImportFilter>>) -> Result<Listed<ReturnImportSummary>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.query.filter.return_id, &input.query.page)?;
        let items = page.items.into_iter().map(|(one, reversal)| summary(&input.caller, one, reversal)).collect();
        Ok(Listed(Page { items, next_cursor: page.next_cursor }))
    })
    .await
}

fn one(
    conn: &mut Conn,
    caller: &Caller,
    (import, reversal, items): (ReturnImport, Option<ReturnImportReversal>, Vec<ReturnImportItem>),
) -> Result<One<ReturnImportView>, Refusal> {
    let body = view(conn, caller, import, reversal, items)?;
    Ok(One { version: body.summary.version, body })
}

async fn get(call: Ask<can::ReturnImportsRead, Id>) -> Result<One<ReturnImportView>, Refusal> {
    call.ask(|conn, input| {
        let found = acts::get(conn, input.path)?;
        one(conn, &input.caller, found)
    })
    .await
}

async fn reverse(call: Change<can::ReturnsImport, Id, Json<ReturnImportReversalInput>>) -> Result<Stored<One<ReturnImportView>>, Refusal> {
    call.act("return_import.reverse", |tx, input| {
        let reversed = acts::reverse(tx, input.path, input.version()?, &input.body.0.reason)?;
        one(tx.conn(), &input.caller, reversed)
    })
    .await
}

async fn redact(call: Create<can::ReturnsRedact, Id, Json<ReturnImportRedactionInput>>) -> Result<Stored<Made<ReturnImportView>>, Refusal> {
    call.act("return_import.redact", |tx, input| {
        let (import, reversal, items) = acts::redact(tx, input.path, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, import, reversal, items)?;
        Ok(Made { location: format!("/v1/return-imports/{}", input.path), version: body.summary.version, body })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.post("/v1/returns/import", "returns_import", "Take in past returns from a file, or try that out", import);
    api.get("/v1/return-imports", "return_imports_list", "List imports of past returns, the latest first", list);
    api.get("/v1/return-imports/{id}", "return_imports_get", "Show an import with the returns that it gave", get);
    api.post("/v1/return-imports/{id}/reversal", "return_imports_reverse", "Take an import of past returns back as one", reverse);
    let summary = "Take the name of an import's file out, or why it was taken back";
    api.post("/v1/return-imports/{id}/redaction", "return_imports_redact", summary, redact);
    api.actions::<ReturnImportSummary>(&[("reverse", "return_imports_reverse")]);
}
