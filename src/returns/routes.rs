//! Returns over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::documents::Template;
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Json, Listed, Listing, MoneyChange, MoneyCreate, One, Patching, Plain};
use crate::kernel::{Clock, Id, Moment, Named, Page, Quarter, Refusal};
use crate::returns::evidence::routes::EvidenceChange;
use crate::returns::freeze::Frozen;
use crate::returns::queries::routes::ReturnQueryView;
use crate::returns::redaction::routes::ReturnRedactionView;
use crate::returns::rules::{
    self, ContentChange, Finding, ForecastInForce, ReturnContent, ReturnKind, ReturnStage, ReturnState, ReturnWith,
};
use crate::returns::store::reasons::Reason;
use crate::returns::store::{self, Narrow, Return};
use crate::returns::{
    acts, adjustments, backlog, evidence, form, freeze, paper, policy, queries, redaction, release, reminders, sections, workbook,
};
use crate::store::Conn;

/// A return as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnSummary {
    /// Its id.
    pub id: Id,
    /// The award it reports on.
    pub award: Named,
    /// The period: `2020-21-Q1`, `2020-21-H1`, `end of grant`, the days of a piece of such a period, or words.
    #[schema(max_length = 120)]
    pub period: String,
    /// What kind of period that is.
    pub kind: ReturnKind,
    /// The first day of the period.
    pub starts_on: NaiveDate,
    /// The last day of the period.
    pub ends_on: NaiveDate,
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// The day by which it should be sent again, after a question or after it was opened again; null where nobody waits for that.
    pub send_again_by: Option<NaiveDate>,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come today.
    pub state: ReturnStage,
    /// Whether the award asks for it. What is begun stays, also where dates or plan no longer ask for it, and is not overdue then.
    pub is_owed: bool,
    /// Whether it should have been in by now, or sent again.
    pub is_overdue: bool,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// A return with what the provider wrote.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnView {
    /// The return.
    #[serde(flatten)]
    pub summary: ReturnSummary,
    /// Who sent it.
    #[schema(max_length = 300)]
    pub submitted_by: Option<String>,
    /// Who wrote in it last.
    #[schema(max_length = 300)]
    pub written_by: Option<String>,
    /// When it was certified as it stands; writing in it again takes that away.
    pub certified_on: Option<NaiveDate>,
    /// Who certified it.
    #[schema(max_length = 300)]
    pub certified_by: Option<String>,
    /// Who of the office wrote in it for the provider, where somebody did.
    #[schema(max_length = 300)]
    pub entered_on_behalf_by: Option<String>,
    /// What the office asked last, where it did.
    #[schema(max_length = 5000)]
    pub query: Option<String>,
    /// All that the office asked, with the answers, in the order in which it was asked.
    #[schema(max_items = 1000)]
    pub queries: Vec<ReturnQueryView>,
    /// Why it is due on another day than its period gives, where it is.
    #[schema(max_length = 1000)]
    pub due_reason: Option<String>,
    /// Why the office opened it again or gave more time, by the version that did, in their order.
    #[schema(max_items = 1000)]
    pub reasons: Vec<ReturnReasonView>,
    /// What is not as it was when it was submitted the last time before. Empty before a first submission, and on it.
    #[schema(max_items = 5000)]
    pub changed_since_last_submission: Vec<ContentChange>,
    /// The files that were attached or taken off since then.
    #[schema(max_items = 10_000)]
    pub evidence_changed_since_last_submission: Vec<EvidenceChange>,
    /// What the provider wrote.
    pub content: ReturnContent,
    /// The forecast that holds, of this return or of the latest one before it that gave one.
    pub forecast_in_force: Option<ForecastInForce>,
    /// What is wrong or doubtful in it: errors first, which stop its submission; warnings do not. None once it is accepted.
    #[schema(max_items = 5000)]
    pub findings: Vec<Finding>,
    /// Where personal data was taken out of it, and why.
    #[schema(max_items = 1000)]
    pub redactions: Vec<ReturnRedactionView>,
    /// The hash of what was accepted, and of each part of it. None before, and of a return that was taken in as accepted.
    pub frozen: Option<Frozen>,
    /// Whether it only stands for something that is not printed.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where its facts are printed.
    pub evidence: Option<String>,
}

/// Why a version of a return differs from the one before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnReasonView {
    /// The version.
    version: i32,
    /// When it became known.
    recorded_at: Moment,
    /// The reason.
    #[schema(max_length = 1000)]
    reason: String,
}

impl From<Reason> for ReturnReasonView {
    fn from(Reason { version, recorded_at, reason }: Reason) -> Self {
        Self { version, recorded_at, reason }
    }
}

/// What narrows the list of returns.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReturnFilter {
    /// Only returns of this award.
    award_id: Option<Id>,
    /// Only returns of this provider.
    provider_id: Option<Id>,
    /// Only returns of awards that this fund pays.
    fund_id: Option<Id>,
    /// Only returns that have come so far, in the words of their `state`. May stand several times.
    #[serde(default)]
    #[schema(max_items = 8)]
    state: Vec<ReturnStage>,
    /// Only returns whose period ends in this quarter, such as `2020-21-Q1`.
    quarter: Option<Quarter>,
    /// Only returns with which the office, or their provider, is to do something now. A return whose period is not over waits for nobody.
    with: Option<ReturnWith>,
    /// Only those that should have been in by now, or sent again, and are not.
    overdue: Option<bool>,
}

/// Why a return is opened again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReopeningInput {
    /// Why; the provider reads it.
    #[schema(min_length = 1, max_length = 1000, example = "You asked to correct the figures of August.")]
    reason: String,
    /// The day by which it should be sent again; where it is left out, so many working days from today as the return policy says, and no earlier than it
    /// was due.
    #[serde(default)]
    send_again_by: Option<NaiveDate>,
}

/// More time for a return.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExtensionInput {
    /// The day by which it should be in, or sent again.
    due_on: NaiveDate,
    /// Why; the provider reads it.
    #[schema(min_length = 1, max_length = 1000, example = "Your finance officer is away.")]
    reason: String,
}

/// More time for many returns at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExtensionsInput {
    /// For returns whose period ends in this quarter.
    quarter: Quarter,
    /// Only for those of this provider; of all where it is left out.
    #[serde(default)]
    provider_id: Option<Id>,
    /// The day by which they should be in, or sent again. A return that is due later stays as it is.
    due_on: NaiveDate,
    /// Why; the providers read it.
    #[schema(min_length = 1, max_length = 1000, example = "Offices were closed.")]
    reason: String,
}

/// The returns that were given more time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExtensionsView {
    /// How many.
    extended_count: i64,
    /// Each of them, by its id.
    #[schema(max_items = 100_000)]
    return_ids: Vec<Id>,
}

/// What the caller may do to a return whose award has still to send one that begins on `awaited` as the earliest.
fn actions(caller: &Caller, one: &Return, awaited: Option<NaiveDate>, may_certify: bool, today: NaiveDate) -> Vec<String> {
    let (state, is_certified) = (one.state, one.certified_on.is_some());
    let is_next = awaited.is_none_or(|first| first >= one.planned.starts_on);
    let is_over = rules::check_over(one.planned.ends_on, today).is_ok();
    let may = |permission: Permission| caller.may(permission);
    let steps = [
        ("write", may(Permission::ReturnsWrite) && rules::write(state).is_ok()),
        ("certify", may_certify && rules::certify(state, is_certified).is_ok() && is_over),
        ("submit", may(Permission::ReturnsSubmit) && rules::submit(state).is_ok() && is_over && is_next && is_certified),
        ("query", may(Permission::ReturnsReview) && rules::query(state).is_ok()),
        ("accept", may(Permission::ReturnsReview) && rules::accept(state).is_ok()),
        ("reopen", may(Permission::ReturnsReview) && rules::reopen(state).is_ok()),
        ("adjust", may(Permission::ReturnsReview) && adjustments::rules::check_adjustable(state).is_ok()),
        ("extend", may(Permission::ReturnsReview) && one.awaited_by().is_some()),
    ];
    steps.into_iter().filter(|(_, allowed)| *allowed).map(|(step, _)| step.to_owned()).collect()
}

pub(super) fn summaries(conn: &mut Conn, caller: &Caller, today: NaiveDate, returns: &[Return]) -> Result<Vec<ReturnSummary>, Refusal> {
    let award_ids: Vec<Id> = returns.iter().map(|one| one.award_id).collect();
    let awards: HashMap<Id, Named> = awards::named(conn, &award_ids)?;
    let awaited = store::first_awaited(conn, &award_ids)?;
    let is_signatory = caller.may(Permission::ReturnsCertify);
    let is_open = |one: &&Return| is_signatory && one.state.is_with_provider();
    let certifiable = acts::certifiable(conn, &returns.iter().filter(is_open).collect::<Vec<_>>(), caller.id)?;
    let may_certify = |one: &Return| certifiable.contains(&one.id);
    let turn = |one: &Return| {
        Some(ReturnSummary {
            id: one.id,
            award: awards.get(&one.award_id)?.clone(),
            period: one.planned.period.clone(),
            kind: one.planned.kind,
            starts_on: one.planned.starts_on,
            ends_on: one.planned.ends_on,
            due_on: one.due_on,
            send_again_by: one.awaited_by().and(one.send_again_by),
            version: one.version,
            recorded_at: one.recorded_at,
            state: rules::stage(one.state, one.planned.ends_on, today),
            is_owed: one.is_owed && one.state != ReturnState::FallenAway,
            is_overdue: rules::is_overdue(one.awaited_by(), today),
            submitted_on: one.submitted_on,
            accepted_on: one.accepted_on,
            allowed_actions: actions(caller, one, awaited.get(&one.award_id).copied(), may_certify(one), today),
        })
    };
    Ok(returns.iter().filter_map(turn).collect())
}

pub(super) fn view(conn: &mut Conn, caller: &Caller, today: NaiveDate, one: Return) -> Result<One<ReturnView>, Refusal> {
    let content = acts::content(conn, &one)?;
    let findings = acts::findings(conn, &one, &content)?;
    let changed_since_last_submission = acts::changed(conn, &one, &content)?;
    let evidence_changed_since_last_submission = evidence::routes::changes(conn, &one)?;
    let queries = queries::routes::views(conn, caller, &one)?;
    let reasons = store::reasons::of_return(conn, one.id)?.into_iter().map(ReturnReasonView::from).collect();
    let redactions = redaction::routes::views(conn, one.id)?;
    let forecast_in_force = acts::forecast(conn, &one, &content)?;
    let frozen = freeze::acts::find(conn, one.id)?.map(|kept| kept.frozen);
    let mut summary = summaries(conn, caller, today, std::slice::from_ref(&one))?.pop().ok_or(Refusal::NotFound("return"))?;
    if findings.iter().any(Finding::is_error) {
        summary.allowed_actions.retain(|action| action != "certify");
    }
    let body = ReturnView {
        summary,
        submitted_by: one.submitted_by,
        written_by: one.written_by,
        certified_on: one.certified_on,
        certified_by: one.certified_by,
        entered_on_behalf_by: one.entered_on_behalf_by,
        query: one.query,
        queries,
        due_reason: one.due_reason,
        reasons,
        changed_since_last_submission,
        evidence_changed_since_last_submission,
        content,
        forecast_in_force,
        findings,
        redactions,
        frozen,
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.0,
        evidence: one.provenance.evidence,
    };
    Ok(One { version: one.version, body })
}

fn page(
    conn: &mut Conn,
    caller: &Caller,
    clock: Clock,
    narrow: &Narrow,
    request: &crate::kernel::PageRequest,
) -> Result<Listed<ReturnSummary>, Refusal> {
    let page = store::page(conn, caller.scope(), narrow, request)?;
    Ok(Listed(Page { items: summaries(conn, caller, clock.today(), &page.items)?, next_cursor: page.next_cursor }))
}

fn narrow(conn: &mut Conn, wanted: &ReturnFilter, today: NaiveDate) -> Result<Narrow, Refusal> {
    Ok(Narrow {
        award_id: wanted.award_id,
        provider_id: wanted.provider_id,
        stages: Some((wanted.state.clone(), today)).filter(|(stages, _)| !stages.is_empty()),
        ends_on: wanted.quarter.map(|quarter| (quarter.first_day(), quarter.last_day())),
        awards: wanted.fund_id.map(|fund| awards::of_fund(conn, fund)).transpose()?,
        with: wanted.with.map(|with| (with, today)),
        overdue_on: wanted.overdue.unwrap_or(false).then_some(today),
        ..Narrow::default()
    })
}

async fn list(call: Ask<can::ReturnsRead, (), Listing<ReturnFilter>>) -> Result<Listed<ReturnSummary>, Refusal> {
    let clock = call.service.db.clock();
    call.ask(move |conn, input| {
        let narrow = narrow(conn, &input.query.filter, clock.today())?;
        page(conn, &input.caller, clock, &narrow, &input.query.page)
    })
    .await
}

async fn list_of_award(call: Ask<can::ReturnsRead, Id, Listing<NoFilter>>) -> Result<Listed<ReturnSummary>, Refusal> {
    let clock = call.service.db.clock();
    call.ask(move |conn, input| {
        awards::seen(conn, input.caller.scope(), input.path)?;
        let narrow = Narrow { award_id: Some(input.path), ..Narrow::default() };
        page(conn, &input.caller, clock, &narrow, &input.query.page)
    })
    .await
}

async fn get(call: Ask<can::ReturnsRead, Id>) -> Result<One<ReturnView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let one = acts::find(conn, input.caller.scope(), input.path)?;
        view(conn, &input.caller, today, one)
    })
    .await
}

async fn write(call: Patching<can::ReturnsWrite, Id, ReturnContent>) -> Result<Stored<One<ReturnView>>, Refusal> {
    let name = acts::name_of_writing(call.input.caller.scope());
    call.act(name, |tx, input| {
        let one = acts::write(tx, input.caller.scope(), input.path, input.version()?, |current| input.body.apply(current))?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn certify(call: Change<can::ReturnsCertify, Id>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.certify", |tx, input| {
        let one = acts::certify(tx, input.caller.scope(), input.path, input.version()?)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn submit(call: Change<can::ReturnsSubmit, Id>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.submit", |tx, input| {
        let one = acts::submit(tx, input.caller.scope(), input.path, input.version()?)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn accept(call: Change<can::ReturnsReview, Id>) -> Result<Stored<One<ReturnView>>, Refusal> {
    let papers = call.service.press.set_of(Template::Return);
    call.act("return.accept", move |tx, input| {
        let one = acts::accept(tx, input.path, input.version()?, &papers)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn reopen(call: MoneyChange<can::ReturnsReview, Id, Json<ReopeningInput>>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.reopen", |tx, input| {
        let ReopeningInput { reason, send_again_by } = &input.body.0;
        let one = acts::reopen(tx, input.path, input.version()?, reason, *send_again_by)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn extend(call: MoneyChange<can::ReturnsReview, Id, Json<ExtensionInput>>) -> Result<Stored<One<ReturnView>>, Refusal> {
    call.act("return.extend", |tx, input| {
        let ExtensionInput { due_on, reason } = &input.body.0;
        let one = acts::extend(tx, input.path, input.version()?, *due_on, reason)?;
        let today = tx.today();
        view(tx.conn(), &input.caller, today, one)
    })
    .await
}

async fn extend_all(call: MoneyCreate<can::ReturnsReview, (), Json<ExtensionsInput>>) -> Result<Stored<Plain<ExtensionsView>>, Refusal> {
    call.act("return.extend", |tx, input| {
        let ExtensionsInput { quarter, provider_id, due_on, reason } = &input.body.0;
        let return_ids: Vec<Id> = acts::extend_all(tx, *quarter, *provider_id, *due_on, reason)?.into_iter().map(|one| one.id).collect();
        Ok(Plain(ExtensionsView { extended_count: i64::try_from(return_ids.len()).map_err(Refusal::broken)?, return_ids }))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Returns", "What providers report, and how the office answers.");
    api.get("/v1/returns", "returns_list", "List returns: a provider's to-do list, an officer's queue", list);
    api.get("/v1/awards/{id}/returns", "returns_of_award", "List the returns of an award", list_of_award);
    api.get("/v1/returns/{id}", "returns_get", "Show a return", get);
    api.patch("/v1/returns/{id}/content", "returns_write", "Write a return", write);
    form::routes::mount(api);
    release::routes::mount(api);
    workbook::routes::mount(api);
    backlog::routes::mount(api);
    workbook::quarter::routes::mount(api);
    api.post("/v1/returns/{id}/certification", "returns_certify", "Certify a return as it is written", certify);
    api.post("/v1/returns/{id}/submission", "returns_submit", "Submit a return", submit);
    queries::routes::mount(api);
    api.post("/v1/returns/{id}/reopening", "returns_reopen", "Open a return again that was sent and not accepted yet", reopen);
    api.post("/v1/returns/{id}/extension", "returns_extend", "Give a provider more time for a return", extend);
    api.post("/v1/return-extensions", "returns_extend_all", "Give more time for all returns of a quarter, or a provider's", extend_all);
    adjustments::routes::mount(api);
    evidence::routes::mount(api);
    paper::routes::mount(api);
    redaction::routes::mount(api);
    policy::routes::mount(api);
    sections::routes::mount(api);
    reminders::routes::mount(api);
    api.post("/v1/returns/{id}/acceptance", "returns_accept", "Accept a return", accept);
    api.actions::<ReturnSummary>(&[
        ("write", "returns_write"),
        ("write", "returns_workbook_fill"),
        ("certify", "returns_certify"),
        ("submit", "returns_submit"),
        ("query", "returns_query"),
        ("accept", "returns_accept"),
        ("reopen", "returns_reopen"),
        ("adjust", "returns_adjust"),
        ("extend", "returns_extend"),
    ]);
}
