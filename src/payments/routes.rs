//! Payments over HTTP.

pub(in crate::payments) mod views;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::acts as awards;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, Listed, Listing, Made, MoneyChange, MoneyCreate, NoFilter, One};
use crate::kernel::{Id, Page, Refusal};
use crate::payments::acts::{self, Narrow};
use crate::payments::routes::views::{Beside, PaymentView, PaymentsChangedView, answer, changed, one};
use crate::payments::rules::{
    InvoiceInput, PaymentAdvance, PaymentAuthorisation, PaymentBatch, PaymentMet, PaymentReason, PaymentSeen, PaymentState,
};
use crate::payments::{Payment, advance as many_forward, holding, policy, recoveries, runs, schedule, year_end};

/// What a list of payments can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PaymentFilter {
    /// Only payments that have come so far, as it is kept: one that a rule holds is kept as scheduled or authorised, and `is_held` finds it.
    state: Option<PaymentState>,
    /// Only payments that something holds today, or only the others.
    is_held: Option<bool>,
    /// Only payments to this provider.
    provider_id: Option<Id>,
    /// Only payments on awards of this fund.
    fund_id: Option<Id>,
    /// Only payments that went out with this run.
    run_id: Option<Id>,
    /// Only payments that are due on this day or earlier.
    due_by: Option<NaiveDate>,
}

type Shown = Result<Stored<One<PaymentView>>, Refusal>;
type Changed = Result<Stored<crate::http::Plain<PaymentsChangedView>>, Refusal>;

async fn list(call: Ask<can::PaymentsRead, (), Listing<PaymentFilter>>) -> Result<Listed<PaymentView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let filter = input.query.filter.clone();
        let awards = filter.fund_id.map(|fund| awards::of_fund(conn, fund)).transpose()?;
        let PaymentFilter { state, provider_id, run_id, due_by, is_held, .. } = filter;
        let narrow = Narrow { state, provider_id, run_id, due_by, awards, ..Narrow::default() };
        let (scope, wanted) = (input.caller.scope(), &input.query.page);
        let page = match is_held {
            Some(is_held) => acts::list_by_hold(conn, scope, (&narrow, is_held), wanted, today)?,
            None => acts::list(conn, scope, &narrow, wanted)?,
        };
        Beside::page(conn, &input.caller, page, today).map(Listed)
    })
    .await
}

async fn list_of_award(call: Ask<can::PaymentsRead, Id, Listing<NoFilter>>) -> Result<Listed<PaymentView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        awards::seen(conn, input.caller.scope(), input.path)?;
        let narrow = Narrow { award_id: Some(input.path), ..Narrow::default() };
        let page: Page<Payment> = acts::list(conn, input.caller.scope(), &narrow, &input.query.page)?;
        Beside::page(conn, &input.caller, page, today).map(Listed)
    })
    .await
}

async fn get(call: Ask<can::PaymentsRead, Id>) -> Result<One<PaymentView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let found = acts::get(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, found, today)
    })
    .await
}

async fn enter_invoice(call: MoneyCreate<can::PaymentsManage, Id, Json<InvoiceInput>>) -> Result<Stored<Made<PaymentView>>, Refusal> {
    call.act("payment.enter_invoice", |tx, input| {
        let found = acts::enter_invoice(tx, input.path, &input.body.0)?;
        let One { version, body } = answer(tx, &input.caller, found)?;
        Ok(Made { location: format!("/v1/payments/{}", body.id), version, body })
    })
    .await
}

async fn authorise(call: MoneyChange<can::PaymentsAuthorise, Id, Json<PaymentAuthorisation>>) -> Shown {
    call.act("payment.authorise", |tx, input| {
        let seen = PaymentSeen { id: input.path, version: input.version()?, duplicate_reason: input.body.0.duplicate_reason.clone() };
        let found = acts::authorise(tx, &input.caller, &seen)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn authorise_all(call: MoneyCreate<can::PaymentsAuthorise, (), Json<PaymentBatch>>) -> Changed {
    call.act("payment.authorise_all", |tx, input| acts::authorise_all(tx, &input.caller, &input.body.0).map(changed)).await
}

async fn hold(call: MoneyChange<can::PaymentsManage, Id, Json<PaymentReason>>) -> Shown {
    call.act("payment.hold", |tx, input| {
        let found = acts::hold(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn release(call: MoneyChange<can::PaymentsManage, Id, Json<PaymentReason>>) -> Shown {
    call.act("payment.release", |tx, input| {
        let found = acts::release(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn cancel(call: MoneyChange<can::PaymentsManage, Id, Json<PaymentReason>>) -> Shown {
    call.act("payment.cancel", |tx, input| {
        let found = acts::cancel(tx, input.path, input.version()?, &input.body.0.reason)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn advance(call: MoneyChange<can::PaymentsManage, Id, Json<PaymentAdvance>>) -> Shown {
    call.act("payment.advance", |tx, input| {
        let found = acts::advance(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

async fn note_met(call: MoneyChange<can::PaymentsManage, Id, Json<PaymentMet>>) -> Shown {
    call.act("payment.note_met", |tx, input| {
        let found = acts::meet(tx, input.path, input.version()?, &input.body.0)?;
        answer(tx, &input.caller, found)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Payments", "What is paid on awards: schedules, holds, authorisation by two people, and runs for the finance system.");
    schedule::routes::mount(api);
    api.get("/v1/awards/{id}/payments", "award_payments_list", "List the payments of an award", list_of_award);
    api.post("/v1/awards/{id}/payments", "payments_enter_invoice", "Enter an invoice of a contract", enter_invoice);
    api.get("/v1/payments", "payments_list", "List payments by the day on which they are due", list);
    api.post("/v1/payments/authorisation", "payments_authorise_all", "Authorise several payments, all or none", authorise_all);
    many_forward::routes::mount(api);
    api.get("/v1/payments/{id}", "payments_get", "Show a payment, and what holds it", get);
    api.post("/v1/payments/{id}/authorisation", "payments_authorise", "Authorise a payment that somebody else asked for", authorise);
    api.post("/v1/payments/{id}/hold", "payments_hold", "Hold a payment", hold);
    api.post("/v1/payments/{id}/release", "payments_release", "Release a payment, or override what holds it", release);
    api.post("/v1/payments/{id}/advance", "payments_advance", "Bring a payment forward", advance);
    api.post("/v1/payments/{id}/cancellation", "payments_cancel", "Cancel a payment", cancel);
    api.post("/v1/payments/{id}/proof", "payments_note_met", "Note that what a payment waits for is there", note_met);
    api.actions::<PaymentView>(&[
        ("authorise", "payments_authorise"),
        ("hold", "payments_hold"),
        ("release", "payments_release"),
        ("advance", "payments_advance"),
        ("cancel", "payments_cancel"),
        ("note_met", "payments_note_met"),
    ]);
    holding::routes::mount(api);
    policy::routes::mount(api);
    runs::routes::mount(api);
    recoveries::routes::mount(api);
    year_end::routes::mount(api);
}
