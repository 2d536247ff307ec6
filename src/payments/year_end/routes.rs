//! Year ends over HTTP.

mod journals;
mod statements;
mod unspent;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::Scope;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::documents::{Attached, DocumentUpload, DocumentView, attach_to, list_of, nothing_more};
use crate::funds::{self, periods};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, NoFilter, One};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Pence, Refusal, TextList};
use crate::ledger::locks::Correction;
use crate::payments::year_end::acts::{self, EstimateRow, StageRow, YearEnd, estimates};
use crate::payments::year_end::rules::books::{AwardBooks, SpendBasis, SpendTold};
use crate::payments::year_end::rules::{
    self, YearEndAct, YearEndCorrectionInput, YearEndCutOff, YearEndEstimateInput, YearEndFinal, YearEndNote, YearEndStage,
};
use crate::store::Conn;

/// The end of a fund period's year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndView {
    /// The fund period.
    pub fund_period: Named,
    /// Which version this is; each stage is one.
    pub version: i32,
    /// How far it has come.
    pub stage: YearEndStage,
    /// The last day that counts for the year; none before it is cut off.
    pub cut_off_on: Option<NaiveDate>,
    /// The last day on which nothing may be dated any more; none before the year is final.
    pub locked_to: Option<NaiveDate>,
    /// The stages that were taken.
    #[schema(max_items = 4)]
    pub stages: Vec<YearEndStageView>,
    /// SHA-256 of the closing statement, as JSON with the keys of each object in order and without blanks, in hexadecimal; none before the year is final.
    #[schema(max_length = 64)]
    pub statement_sha256: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// A stage that was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndStageView {
    /// The stage.
    pub stage: YearEndStage,
    /// When.
    pub taken_on: NaiveDate,
    /// When it became known.
    pub recorded_at: Moment,
    /// By whom.
    #[schema(max_length = 300)]
    pub taken_by: String,
    /// A remark.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Ids of the awards whose estimate was missing when the year was closed, as whoever closed it accepted.
    #[schema(value_type = Vec<Id>, max_items = 100_000)]
    pub missing_estimates: TextList,
}

/// What an award is expected to have spent by the end of the year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndEstimateView {
    /// The award.
    pub award_id: Id,
    /// The fund period.
    pub fund_period_id: Id,
    /// Which estimate of the award this is.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// How much, from the award's first day.
    pub amount_pence: Pence,
    /// When it was given.
    pub given_on: NaiveDate,
    /// By whom; a provider sees its own people's names alone.
    #[schema(max_length = 300)]
    pub given_by: Option<String>,
    /// Whether the office gave it for the provider.
    pub on_behalf: bool,
    /// A remark; a provider sees its own people's alone.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// An award with money of the year, and its estimate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndAwardView {
    /// The award.
    pub award: Named,
    /// What accepted returns report as spent by the end of the year.
    #[schema(value_type = i64)]
    pub accepted_pence: Pence,
    /// Whether every return that it owed by the end of the year is accepted, or returns do not tell what it spends: no estimate is needed.
    pub is_covered: bool,
    /// The estimate that counts, where one was given.
    pub estimate: Option<YearEndEstimateView>,
    /// How what was spent is known.
    pub basis: SpendBasis,
    /// Whether an estimate is missing: none was given, and not every return that it owed is accepted.
    pub is_missing: bool,
}

/// What narrows the list of awards and their estimates.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct YearEndAwardFilter {
    /// Only awards whose estimate is missing, or only the others.
    is_missing: Option<bool>,
}

/// That a later movement corrects one of a closed year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YearEndCorrectionView {
    /// The later movement.
    pub transfer_id: Id,
    /// What it corrects.
    pub corrects_id: Id,
    /// When this was noted.
    pub recorded_at: Moment,
    /// By whom.
    #[schema(max_length = 300)]
    pub noted_by: String,
    /// Why.
    #[schema(max_length = 1000)]
    pub reason: String,
}

/// Part of a list that is worked out whole: what stands after the cursor, as many as were asked for. `key` is in the order of the list.
fn paged<T>(rows: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> String) -> Result<Page<T>, Refusal> {
    let after: Option<String> = request.after()?;
    let is_after = |row: &T| after.as_ref().is_none_or(|after| key(row) > *after);
    let rows: Vec<T> = rows.into_iter().filter(is_after).take(request.limit + 1).collect();
    Ok(Page::cut(rows, request, key))
}

fn view(conn: &mut Conn, caller: &Caller, one: &YearEnd) -> Result<YearEndView, Refusal> {
    let may = |act: &YearEndAct| {
        let permission = match act {
            YearEndAct::MakeFinal | YearEndAct::NoteAudit => Permission::YearEndFinalise,
            _ => Permission::YearEndManage,
        };
        let is_second =
            *act != YearEndAct::MakeFinal || rules::check_second_person(one.taken.last().and_then(|row| row.taken_by), caller.id).is_ok();
        caller.may(permission) && rules::allows(one.stage(), *act) && is_second
    };
    let stage = |row: &StageRow| YearEndStageView {
        stage: row.stage,
        taken_on: row.taken_on,
        recorded_at: row.recorded_at,
        taken_by: row.taken_by_name.clone(),
        note: row.note.clone(),
        missing_estimates: row.missing_estimates.clone(),
    };
    Ok(YearEndView {
        fund_period: one.named.clone(),
        version: one.version(),
        stage: one.stage(),
        cut_off_on: one.taken.first().map(|row| row.cut_off_on),
        locked_to: one.is_closed().then(|| one.as_at()),
        stages: one.taken.iter().map(stage).collect(),
        statement_sha256: acts::statement_sha256(conn, one.period.id)?,
        allowed_actions: YearEndAct::ALL.iter().filter(|act| may(act)).map(|act| act.word().to_owned()).collect(),
    })
}

fn answer(conn: &mut Conn, caller: &Caller, one: &YearEnd) -> Result<One<YearEndView>, Refusal> {
    Ok(One { version: one.version(), body: view(conn, caller, one)? })
}

fn estimate_view(row: EstimateRow, scope: Scope) -> YearEndEstimateView {
    // What the office gave for the provider is shown to it; who did, and what they noted for themselves, is not.
    let is_shown = scope == Scope::Office || !row.on_behalf;
    YearEndEstimateView {
        award_id: row.award_id,
        fund_period_id: row.fund_period_id,
        version: row.version,
        recorded_at: row.recorded_at,
        amount_pence: row.amount_pence,
        given_on: row.given_on,
        given_by: Some(row.given_by_name).filter(|_| is_shown),
        on_behalf: row.on_behalf,
        note: row.note.filter(|_| is_shown),
    }
}

fn award_view(award: Named, books: &AwardBooks, estimate: Option<EstimateRow>) -> YearEndAwardView {
    YearEndAwardView {
        award,
        accepted_pence: books.accepted,
        is_covered: books.told != SpendTold::InPart,
        basis: books.basis(),
        is_missing: books.is_estimate_missing(),
        estimate: estimate.map(|row| estimate_view(row, Scope::Office)),
    }
}

fn correction_view(one: Correction) -> YearEndCorrectionView {
    let Correction { transfer_id, corrects_id, recorded_at, noted_by, reason, .. } = one;
    YearEndCorrectionView { transfer_id, corrects_id, recorded_at, noted_by, reason }
}

async fn get(call: Ask<can::YearEndRead, Id>) -> Result<One<YearEndView>, Refusal> {
    call.ask(|conn, input| {
        let one = acts::get(conn, input.path)?;
        answer(conn, &input.caller, &one)
    })
    .await
}

type Shown = Result<Stored<One<YearEndView>>, Refusal>;

async fn cut_off(call: Change<can::YearEndManage, Id, Json<YearEndCutOff>>) -> Shown {
    call.act("year_end.cut_off", |tx, input| {
        let one = acts::cut_off(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn make_provisional(call: Change<can::YearEndManage, Id, Json<YearEndNote>>) -> Shown {
    call.act("year_end.make_provisional", |tx, input| {
        let one = acts::make_provisional(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn make_final(call: Change<can::YearEndFinalise, Id, Json<YearEndFinal>>) -> Shown {
    call.act("year_end.make_final", |tx, input| {
        let one = acts::make_final(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn note_audit(call: Change<can::YearEndFinalise, Id, Json<YearEndNote>>) -> Shown {
    call.act("year_end.note_audit", |tx, input| {
        let one = acts::note_audit(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx.conn(), &input.caller, &one)
    })
    .await
}

async fn corrections(call: Ask<can::YearEndRead, Id, Listing<NoFilter>>) -> Result<Listed<YearEndCorrectionView>, Refusal> {
    call.ask(|conn, input| Ok(Listed(acts::corrections(conn, input.path, &input.query.page)?.map(correction_view)))).await
}

type Corrected = Result<Stored<Made<YearEndCorrectionView>>, Refusal>;

async fn correct(call: Create<can::YearEndManage, Id, Json<YearEndCorrectionInput>>) -> Corrected {
    call.act("year_end.correct", |tx, input| {
        let body = correction_view(acts::correct(tx, input.path, &input.body.0)?);
        Ok(Made { location: format!("/v1/fund-periods/{}/year-end/corrections", input.path), version: 1, body })
    })
    .await
}

async fn of_period(call: Ask<can::YearEndRead, Id, Listing<YearEndAwardFilter>>) -> Result<Listed<YearEndAwardView>, Refusal> {
    call.ask(|conn, input| {
        let all = estimates::of_period(conn, input.path)?;
        let names = awards::named(conn, &all.iter().map(|(books, _)| books.id).collect::<Vec<_>>())?;
        let show = |(books, estimate): (AwardBooks, _)| Some(award_view(names.get(&books.id)?.clone(), &books, estimate));
        let mut rows: Vec<YearEndAwardView> = all.into_iter().filter_map(show).collect();
        rows.retain(|row| input.query.filter.is_missing.is_none_or(|wanted| row.is_missing == wanted));
        paged(rows, &input.query.page, |row| row.award.code.clone()).map(Listed)
    })
    .await
}

async fn of_award(call: Ask<can::AwardsRead, Id, Listing<NoFilter>>) -> Result<Listed<YearEndEstimateView>, Refusal> {
    call.ask(|conn, input| {
        let scope = input.caller.scope();
        let page = estimates::list(conn, scope, input.path, &input.query.page)?;
        Ok(Listed(page.map(|row| estimate_view(row, scope))))
    })
    .await
}

async fn estimate(
    call: Create<can::YearEndEstimate, Id, Json<YearEndEstimateInput>>,
) -> Result<Stored<Made<YearEndEstimateView>>, Refusal> {
    call.act("year_end.estimate", |tx, input| {
        let scope = input.caller.scope();
        let body = estimate_view(estimates::give(tx, scope, input.path, &input.body.0)?, scope);
        Ok(Made { location: format!("/v1/awards/{}/year-end-estimates", input.path), version: body.version, body })
    })
    .await
}

/// Files of a fund period are for the office alone.
fn record(conn: &mut Conn, scope: Scope, id: Id) -> Result<Attached, Refusal> {
    if scope != Scope::Office {
        return Err(Refusal::NotFound("fund period"));
    }
    funds::period(conn, id)?;
    Ok(Attached { record_kind: periods::RECORD_KIND, record_id: id, provider_id: None, office_only: true })
}

async fn documents(call: Ask<can::YearEndRead, Id, Listing<NoFilter>>) -> Result<Listed<DocumentView>, Refusal> {
    list_of(call, |conn, scope, id| record(conn, scope, id).map(|to| to.record_id)).await
}

async fn attach(call: DocumentUpload<can::YearEndManage>) -> Result<Stored<Made<DocumentView>>, Refusal> {
    attach_to(call, "fund_period.attach_document", record, nothing_more).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Year end", "How finance closes a year: stages, estimates, journals, unspent money, the closing statement and the lock.");
    api.get("/v1/fund-periods/{id}/year-end", "year_end_get", "Show how far the end of a year has come", get);
    api.post("/v1/fund-periods/{id}/year-end/cut-off", "year_end_cut_off", "Cut a year off", cut_off);
    let summary = "Say that the outturn of a year is provisional";
    api.post("/v1/fund-periods/{id}/year-end/provisional-outturn", "year_end_make_provisional", summary, make_provisional);
    let summary = "Close a year: freeze its statement and lock its money";
    api.post("/v1/fund-periods/{id}/year-end/final-outturn", "year_end_make_final", summary, make_final);
    api.post("/v1/fund-periods/{id}/year-end/audit", "year_end_note_audit", "Note that a closed year was audited", note_audit);
    api.get("/v1/fund-periods/{id}/year-end/corrections", "year_end_corrections_list", "List what corrects a closed year", corrections);
    api.post("/v1/fund-periods/{id}/year-end/corrections", "year_end_correct", "Note what a later movement corrects", correct);
    let summary = "List the awards of a year, and which estimates are missing";
    api.get("/v1/fund-periods/{id}/year-end/estimates", "year_end_estimates_list", summary, of_period);
    api.get("/v1/awards/{id}/year-end-estimates", "award_year_end_estimates_list", "List the year-end estimates of an award", of_award);
    let summary = "Estimate what an award will have spent by the end of the year";
    api.post("/v1/awards/{id}/year-end-estimates", "award_year_end_estimates_give", summary, estimate);
    api.get("/v1/fund-periods/{id}/documents", "fund_periods_documents_list", "List the files attached to a fund period", documents);
    api.post("/v1/fund-periods/{id}/documents", "fund_periods_documents_attach", "Attach a file to a fund period", attach);
    journals::mount(api);
    unspent::mount(api);
    statements::mount(api);
    api.actions::<YearEndView>(&[
        ("cut_off", "year_end_cut_off"),
        ("make_provisional", "year_end_make_provisional"),
        ("make_final", "year_end_make_final"),
        ("note_audit", "year_end_note_audit"),
        ("propose_journal", "year_end_journals_propose"),
        ("decide", "year_end_decide"),
        ("attach_document", "fund_periods_documents_attach"),
        ("correct", "year_end_correct"),
    ]);
}
