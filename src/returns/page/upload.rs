//! A workbook that is sent back: checked, or taken in.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::desk::Visit;
use super::routes::ROOT;
use super::shell::{self, Page};
use super::{form, one};
use crate::access::permissions::Permission;
use crate::http::SpreadsheetUpload;
use crate::http::input::Body;
use crate::kernel::{Id, Refusal};
use crate::returns::acts;
use crate::returns::workbook::rules::Filled;
use crate::returns::workbook::{acts as workbook, routes as books};

/// The operation that takes a workbook too.
const OPERATION: &str = "returns_workbook_fill";

/// Takes what the form of a return sends.
pub(super) async fn take(mut visit: Visit) -> Result<HttpResponse, Refusal> {
    let (id, scope) = (visit.id()?, visit.scope());
    visit.require(Permission::ReturnsWrite, OPERATION).await?;
    let payload = visit.payload()?;
    let sent = form::sent(&visit.request, payload, SpreadsheetUpload::LIMIT).await?;
    let version = sent.fields.version()?;
    if sent.file.is_empty() {
        return unchosen(&visit).await;
    }
    let book = visit.service.db.read(move |conn| workbook::to_fill(conn, scope, id, version)).await?;
    let filled = Arc::new(books::read_aside(sent.file, book).await?);
    if sent.fields.get("what") != "keep" {
        return found(&visit, version, &filled, None).await;
    }
    match keep(&visit, (id, version), &filled).await {
        Ok(()) => Ok(shell::to(&format!("{ROOT}/{id}?done=uploaded"))),
        Err(Refusal::Invalid(_)) => found(&visit, version, &filled, Some(StatusCode::UNPROCESSABLE_ENTITY)).await,
        Err(other) => Err(other),
    }
}

async fn keep(visit: &Visit, (id, version): (Id, i32), filled: &Arc<Filled>) -> Result<(), Refusal> {
    let (scope, service, filled) = (visit.scope(), Arc::clone(&visit.service), Arc::clone(filled));
    let act = (Permission::ReturnsWrite, OPERATION, acts::name_of_writing(scope));
    visit.act(act, move |tx| workbook::fill(tx, scope, id, version, &filled, &books::form(&service)).map(drop)).await
}

/// The page with all that was found in a file, of which nothing is kept; with a status where it is refused.
async fn found(visit: &Visit, version: i32, filled: &Arc<Filled>, refused: Option<StatusCode>) -> Result<HttpResponse, Refusal> {
    let (id, scope, service, filled) = (visit.id()?, visit.scope(), Arc::clone(&visit.service), Arc::clone(filled));
    let weighed = visit.service.db.read(move |conn| workbook::weigh(conn, scope, (id, version), &filled, &books::form(&service)));
    let found = weighed.await?.found;
    let shown = one::of(visit).await?;
    let body = one::checked(&shown, &found, refused.is_some());
    let page = Page { title: &shown.title(), is_fault: refused.is_some(), caller: Some(&visit.caller), body };
    Ok(page.answer(refused.unwrap_or(StatusCode::OK)))
}

/// The return again, where no file was chosen.
async fn unchosen(visit: &Visit) -> Result<HttpResponse, Refusal> {
    let shown = one::of(visit).await?;
    let body = one::body(&shown, None, &[("file", "Choose the workbook that you filled in, then press the button again.")]);
    let page = Page { title: &shown.title(), is_fault: true, caller: Some(&visit.caller), body };
    Ok(page.answer(StatusCode::UNPROCESSABLE_ENTITY))
}
