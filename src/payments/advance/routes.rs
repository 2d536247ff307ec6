//! Bringing many payments forward, over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Json, Listed, Listing, Made, MoneyChange, MoneyCreate, Once, One, Plain};
use crate::kernel::{Id, Moment, Named, Page, Pence, Refusal};
use crate::payments::Payment;
use crate::payments::advance::acts::{self, Advance, Advanced};
use crate::payments::advance::rules::{self, AdvanceAct, AdvanceRefused, AdvanceState, AdvanceWithdrawal, FundPaymentAdvance};
use crate::payments::routes::views::{PaymentChangedView, changed_one};
use crate::providers::{self, ProviderSummary};
use crate::store::Conn;

/// What a list of requests can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PaymentAdvanceFilter {
    /// Only requests that have come so far.
    state: Option<AdvanceState>,
}

/// A request to bring payments forward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentAdvanceRequestView {
    /// Its id.
    id: Id,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// How far it has come.
    state: AdvanceState,
    /// The fund whose payments are meant.
    fund_id: Option<Id>,
    /// The provider whose payments are meant.
    provider_id: Option<Id>,
    /// The awards whose payments are meant.
    #[schema(max_items = 5000)]
    award_ids: Vec<Id>,
    /// Only payments that are due on this day or earlier.
    due_by: NaiveDate,
    /// The new day.
    due_on: NaiveDate,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
    /// Whether payments that cannot come forward are left out.
    skip_refused: bool,
    /// How many payments would come forward when it was asked for; as many are approved.
    payments_count: i32,
    /// How much they are together, in pence.
    amount_pence: Pence,
    /// When it was asked for.
    asked_on: NaiveDate,
    /// Who asked. Somebody else approves it.
    #[schema(max_length = 300)]
    asked_by: String,
    /// When it was approved or taken back.
    decided_on: Option<NaiveDate>,
    /// Who approved it or took it back.
    #[schema(max_length = 300)]
    decided_by: Option<String>,
    /// Why it was taken back.
    #[schema(max_length = 1000)]
    note: Option<String>,
    /// The payments that would come forward when it was asked for, by the day on which they were due; these and no others are approved. Null in lists.
    #[schema(max_items = 100_000)]
    payments: Option<Vec<AdvancePaymentView>>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

/// A payment that somebody asked to bring forward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdvancePaymentView {
    /// Its id.
    id: Id,
    /// Its reference.
    #[schema(max_length = 120)]
    reference: String,
    /// The award that it is of.
    award: Option<Named>,
    /// Who receives it.
    provider: Option<ProviderSummary>,
    /// How much it was when it was asked for, in pence.
    amount_pence: Pence,
    /// When it was due when it was asked for.
    due_on: NaiveDate,
}

fn payments_of(conn: &mut Conn, one: &Advance) -> Result<Vec<AdvancePaymentView>, Refusal> {
    let chosen = acts::chosen_in(conn, one)?;
    let unique = |id: fn(&Payment) -> Id| -> Vec<Id> {
        let mut ids: Vec<Id> = chosen.iter().map(|(_, payment)| id(payment)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let names = awards::named(conn, &unique(|payment| payment.award_id))?;
    let found = providers::summaries(conn, &unique(|payment| payment.provider_id))?;
    let providers: HashMap<Id, ProviderSummary> = found.into_iter().map(|one| (one.id, one)).collect();
    let view = |(chosen, payment): (acts::Chosen, Payment)| AdvancePaymentView {
        id: payment.id,
        award: names.get(&payment.award_id).cloned(),
        provider: providers.get(&payment.provider_id).cloned(),
        reference: payment.reference,
        amount_pence: chosen.amount_pence,
        due_on: chosen.due_on,
    };
    Ok(chosen.into_iter().map(view).collect())
}

fn shown(caller: &Caller, one: Advance) -> Result<PaymentAdvanceRequestView, Refusal> {
    let allowed_actions = actions(caller, &one);
    let asked = acts::asked(&one)?;
    Ok(PaymentAdvanceRequestView {
        id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        state: one.state,
        fund_id: asked.fund_id,
        provider_id: asked.provider_id,
        award_ids: asked.award_ids,
        due_by: asked.due_by,
        due_on: asked.due_on,
        reason: one.reason,
        skip_refused: asked.skip_refused,
        payments_count: one.payments_count,
        amount_pence: one.amount_pence,
        asked_on: one.asked_on,
        asked_by: one.asked_by,
        decided_on: one.decided_on,
        decided_by: one.decided_by,
        note: one.note,
        payments: None,
        allowed_actions,
    })
}

fn actions(caller: &Caller, one: &Advance) -> Vec<String> {
    let is_others = caller.id.is_some() && caller.id != one.asked_by_id;
    let may = |act: &&AdvanceAct| {
        let is_able = match act {
            AdvanceAct::Approve => is_others && caller.may(Permission::PaymentsAuthorise),
            AdvanceAct::Withdraw => caller.may(Permission::PaymentsManage),
        };
        is_able && rules::after(one.state, **act).is_ok()
    };
    AdvanceAct::ALL.iter().filter(may).map(ToString::to_string).collect()
}

/// One request, with its payments.
fn whole(conn: &mut Conn, caller: &Caller, one: Advance) -> Result<PaymentAdvanceRequestView, Refusal> {
    let payments = Some(payments_of(conn, &one)?);
    Ok(PaymentAdvanceRequestView { payments, ..shown(caller, one)? })
}

fn answer(conn: &mut Conn, caller: &Caller, one: Advance) -> Result<One<PaymentAdvanceRequestView>, Refusal> {
    Ok(One { version: one.version, body: whole(conn, caller, one)? })
}

/// Payments that were brought forward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentsAdvancedView {
    /// The request that was approved, without its payments.
    advance: PaymentAdvanceRequestView,
    /// The payments, by the day on which they were due. Each is authorised by somebody else than whoever asked.
    #[schema(max_items = 100_000)]
    payments: Vec<PaymentChangedView>,
    /// How much they are together, in pence.
    amount_pence: Pence,
    /// Payments that were left out, and why.
    #[schema(max_items = 100_000)]
    left_out: Vec<AdvanceRefused>,
}

/// What would be brought forward. Nothing is written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentAdvancePreviewView {
    /// How many payments would come forward.
    payments_count: usize,
    /// How much they are together, in pence.
    amount_pence: Pence,
    /// By fund.
    #[schema(max_items = 1000)]
    funds: Vec<AdvanceFundView>,
    /// By budget line and source, as they would be paid today.
    #[schema(max_items = 10_000)]
    budget_lines: Vec<AdvanceLineView>,
    /// The payments, by the day on which they are due now.
    #[schema(max_items = 100_000)]
    payments: Vec<PaymentChangedView>,
    /// Payments that cannot come forward, and why.
    #[schema(max_items = 100_000)]
    refused: Vec<AdvanceRefused>,
}

/// What would come forward of one fund.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdvanceFundView {
    /// The fund.
    fund: Named,
    /// How many payments.
    payments_count: usize,
    /// How much, in pence.
    amount_pence: Pence,
}

/// What would come forward of one budget line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdvanceLineView {
    /// The budget line.
    budget_line: Named,
    /// The source whose money it is.
    funding_source: Named,
    /// How much, in pence.
    amount_pence: Pence,
}

fn advanced(caller: &Caller, (one, done): (Advance, Advanced)) -> Result<Plain<PaymentsAdvancedView>, Refusal> {
    let amount_pence = done.payments.iter().map(|one| one.facts.amount_pence).sum();
    let payments = done.payments.into_iter().map(changed_one).collect();
    Ok(Plain(PaymentsAdvancedView { advance: shown(caller, one)?, payments, amount_pence, left_out: done.refused }))
}

type Shown = Result<Stored<One<PaymentAdvanceRequestView>>, Refusal>;

type Asked = Result<Stored<Made<PaymentAdvanceRequestView>>, Refusal>;

async fn ask(call: MoneyCreate<can::PaymentsManage, (), Json<FundPaymentAdvance>>) -> Asked {
    call.act("payment_advance.ask", |tx, input| {
        let one = acts::ask(tx, &input.body.0)?;
        let body = whole(tx.conn(), &input.caller, one)?;
        Ok(Made { location: format!("/v1/payment-advances/{}", body.id), version: body.version, body })
    })
    .await
}

async fn list(call: Ask<can::PaymentRulesRead, (), Listing<PaymentAdvanceFilter>>) -> Result<Listed<PaymentAdvanceRequestView>, Refusal> {
    call.ask(|conn, input| {
        let Page { items, next_cursor } = acts::page(conn, input.query.filter.state, &input.query.page)?;
        let items: Result<Vec<_>, Refusal> = items.into_iter().map(|one| shown(&input.caller, one)).collect();
        Ok(Listed(Page { items: items?, next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::PaymentRulesRead, Id>) -> Result<One<PaymentAdvanceRequestView>, Refusal> {
    call.ask(|conn, input| {
        let one = acts::find(conn, input.path)?;
        answer(conn, &input.caller, one)
    })
    .await
}

async fn approve(call: MoneyChange<can::PaymentsAuthorise, Id>) -> Result<Stored<Plain<PaymentsAdvancedView>>, Refusal> {
    call.act("payment_advance.approve", |tx, input| {
        let done = acts::approve(tx, &input.caller, input.path, input.version()?)?;
        advanced(&input.caller, done)
    })
    .await
}

async fn withdraw(call: Change<can::PaymentsManage, Id, Json<AdvanceWithdrawal>>) -> Shown {
    call.act("payment_advance.withdraw", |tx, input| {
        let one = acts::withdraw(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx.conn(), &input.caller, one)
    })
    .await
}

async fn preview(call: Once<can::PaymentsManage, (), Json<FundPaymentAdvance>>) -> Result<Plain<PaymentAdvancePreviewView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let judged = acts::judge(conn, &input.body.0, today)?;
        let totals = acts::totals(conn, &judged)?;
        Ok(Plain(previewed(judged, totals)))
    })
    .await
}

fn previewed(judged: acts::Judged, acts::Totals { funds, lines }: acts::Totals) -> PaymentAdvancePreviewView {
    let fund = |(fund, payments_count, amount_pence)| AdvanceFundView { fund, payments_count, amount_pence };
    PaymentAdvancePreviewView {
        payments_count: judged.going.len(),
        amount_pence: judged.going.iter().map(|(one, _)| one.facts.amount_pence).sum(),
        funds: funds.into_iter().map(fund).collect(),
        budget_lines: lines.into_iter().map(line).collect(),
        payments: judged.going.into_iter().map(|(one, _)| changed_one(one)).collect(),
        refused: judged.refused,
    }
}

fn line((budget_line, funding_source, amount_pence): (Named, Named, Pence)) -> AdvanceLineView {
    AdvanceLineView { budget_line, funding_source, amount_pence }
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.post("/v1/payments/advance", "payments_advance_all", "Ask that payments of a fund, a provider or some awards come forward", ask);
    api.post("/v1/payments/advance/preview", "payments_advance_preview", "Show what would come forward; nothing is written", preview);
    api.get("/v1/payment-advances", "payment_advances_list", "List requests to bring payments forward", list);
    api.get("/v1/payment-advances/{id}", "payment_advances_get", "Show a request to bring payments forward", get);
    api.post("/v1/payment-advances/{id}/approval", "payment_advances_approve", "Approve that payments come forward, all or none", approve);
    api.post(
        "/v1/payment-advances/{id}/withdrawal",
        "payment_advances_withdraw",
        "Take back a request to bring payments forward",
        withdraw,
    );
    api.actions::<PaymentAdvanceRequestView>(&[("approve", "payment_advances_approve"), ("withdraw", "payment_advances_withdraw")]);
}
