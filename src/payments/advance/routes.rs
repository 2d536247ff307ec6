//! Bringing many payments forward, over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::act::Stored;
use crate::http::{Api, Json, MoneyCreate, Once, Plain};
use crate::kernel::{Named, Pence, Refusal};
use crate::payments::advance::acts::{self, Advanced};
use crate::payments::advance::rules::{AdvanceRefused, FundPaymentAdvance};
use crate::payments::routes::views::{PaymentChangedView, changed_one};

/// Payments that were brought forward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentsAdvancedView {
    /// The payments, by the day on which they were due. Somebody else authorises them.
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

fn advanced(done: Advanced) -> Plain<PaymentsAdvancedView> {
    let amount_pence = done.payments.iter().map(|one| one.facts.amount_pence).sum();
    Plain(PaymentsAdvancedView { payments: done.payments.into_iter().map(changed_one).collect(), amount_pence, left_out: done.refused })
}

async fn advance_all(
    call: MoneyCreate<can::PaymentsManage, (), Json<FundPaymentAdvance>>,
) -> Result<Stored<Plain<PaymentsAdvancedView>>, Refusal> {
    call.act("payment.advance_all", |tx, input| acts::advance_all(tx, &input.body.0).map(advanced)).await
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
    api.post("/v1/payments/advance", "payments_advance_all", "Bring all scheduled payments of a fund forward", advance_all);
    api.post("/v1/payments/advance/preview", "payments_advance_preview", "Show what would come forward; nothing is written", preview);
}
