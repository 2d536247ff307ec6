//! Novations over HTTP.

mod views;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::access::{Caller, Scope};
use crate::documents::{Attached, DocumentUpload, DocumentView, NamedFile, attach_to, list_of};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, NoFilter, One, Plain};
use crate::kernel::{Id, Page, Refusal};
use crate::novations::Novation;
use crate::novations::acts;
use crate::novations::letters;
use crate::novations::routes::views::{NovationAwardView, NovationPreviewView, NovationView, beside, choices, previewed};
use crate::novations::rules::{NovationAcceptance, NovationInput, NovationReason, NovationState};
use crate::store::{Conn, Tx};

/// What a list of novations can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NovationFilter {
    /// Only novations that have come so far.
    state: Option<NovationState>,
}

type Shown = Result<Stored<One<NovationView>>, Refusal>;

fn one(conn: &mut Conn, caller: &Caller, found: Novation) -> Result<One<NovationView>, Refusal> {
    let version = found.facts.version;
    let body = beside(conn, caller, vec![found])?.pop().ok_or_else(|| Refusal::broken("a novation that is not shown"))?;
    Ok(One { version, body })
}

fn answer(tx: &mut Tx<'_>, caller: &Caller, found: Novation) -> Result<One<NovationView>, Refusal> {
    one(tx.conn(), caller, found)
}

async fn list(call: Ask<can::NovationsRead, (), Listing<NovationFilter>>) -> Result<Listed<NovationView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::page(conn, input.caller.scope(), input.query.filter.state, &input.query.page)?;
        let next_cursor = page.next_cursor;
        let items = beside(conn, &input.caller, page.items)?;
        Ok(Listed(Page { items, next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::NovationsRead, Id>) -> Result<One<NovationView>, Refusal> {
    call.ask(|conn, input| {
        let found = acts::find(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, found)
    })
    .await
}

async fn awards(call: Ask<can::NovationsRead, Id, Listing<NoFilter>>) -> Result<Listed<NovationAwardView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::awards_page(conn, input.caller.scope(), input.path, &input.query.page)?;
        choices(conn, page).map(Listed)
    })
    .await
}

async fn preview(call: Ask<can::NovationsManage, Id>) -> Result<Plain<NovationPreviewView>, Refusal> {
    let (today, id) = (call.service.db.clock().today(), call.input.path);
    let found = call.service.db.snapshot(move |conn, _| acts::preview(conn, id, today));
    found.await.map(|found| Plain(previewed(found)))
}

async fn draft(call: Create<can::NovationsManage, (), Json<NovationInput>>) -> Result<Stored<Made<NovationView>>, Refusal> {
    call.act("novation.draft", |tx, input| {
        let found = acts::draft(tx, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, found)?;
        Ok(Made { location: format!("/v1/novations/{}", body.id), version, body })
    })
    .await
}

async fn issue(call: MoneyChange<can::NovationsIssue, Id>) -> Shown {
    call.act("novation.issue", |tx, input| {
        let found = acts::issue(tx, input.path, input.version()?)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn accept(call: MoneyChange<can::NovationsRespond, Id, Json<NovationAcceptance>>) -> Shown {
    call.act("novation.accept", |tx, input| {
        let found = acts::accept(tx, input.caller.scope(), (input.path, input.version()?), &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn refuse(call: Change<can::NovationsRefuse, Id, Json<NovationReason>>) -> Shown {
    call.act("novation.refuse", |tx, input| {
        let found = acts::refuse(tx, input.caller.scope(), (input.path, input.version()?), &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn withdraw(call: Change<can::NovationsManage, Id, Json<NovationReason>>) -> Shown {
    call.act("novation.withdraw", |tx, input| {
        let found = acts::withdraw(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn apply(call: MoneyChange<can::NovationsManage, Id>) -> Shown {
    call.act("novation.apply", |tx, input| {
        let found = acts::apply(tx, input.path, input.version()?)?;
        answer(tx, &input.caller, found)
    })
    .await
}

fn seen(conn: &mut Conn, scope: Scope, id: Id) -> Result<Id, Refusal> {
    acts::find(conn, scope, id).map(|one| one.id)
}

fn to_attach(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    let one = acts::find(conn, scope, id)?;
    Ok(Attached { record_kind: acts::RECORD_KIND, record_id: one.id, provider_id: None, office_only: false })
}

async fn list_documents(call: Ask<can::DocumentsRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, seen).await
}

async fn attach(call: DocumentUpload<can::DocumentsAttach, NamedFile>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "novation.attach_document", to_attach, acts::attached).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Novations", "All agreements of a provider or a commissioning body pass to a successor on a day.");
    api.get("/v1/novations", "novations_list", "List novations", list);
    api.post("/v1/novations", "novations_draft", "Draft a novation", draft);
    api.get("/v1/novations/{id}", "novations_get", "Show a novation", get);
    api.get("/v1/novations/{id}/awards", "novations_awards_list", "List the agreements of a novation", awards);
    api.get("/v1/novations/{id}/preview", "novations_preview", "Show what a novation would do; nothing is written", preview);
    api.post("/v1/novations/{id}/issue", "novations_issue", "Send a novation to the parties", issue);
    api.post("/v1/novations/{id}/acceptance", "novations_accept", "Accept a novation for a party", accept);
    api.post("/v1/novations/{id}/refusal", "novations_refuse", "Refuse a novation for a party", refuse);
    api.post("/v1/novations/{id}/withdrawal", "novations_withdraw", "Take a novation back before it is applied", withdraw);
    api.post("/v1/novations/{id}/application", "novations_apply", "Let the agreements pass on, all or none", apply);
    letters::routes::mount(api);
    api.get("/v1/novations/{id}/documents", "novations_documents_list", "List the files attached to a novation", list_documents);
    api.post("/v1/novations/{id}/documents", "novations_documents_attach", "Attach a file to a novation", attach);
    api.actions::<NovationView>(&[
        ("issue", "novations_issue"),
        ("accept", "novations_accept"),
        ("refuse", "novations_refuse"),
        ("remind", "novations_remind"),
        ("withdraw", "novations_withdraw"),
        ("apply", "novations_apply"),
    ]);
}
