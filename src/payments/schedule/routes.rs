//! Schedules over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::payments::schedule::acts::{self, Standing};
use crate::payments::schedule::rules::{PaymentBasis, PaymentCoding, PaymentMilestone, PaymentScheduleInput};

/// How an award is paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentScheduleView {
    /// The award.
    award_id: Id,
    /// Which version this is; 0 where it has no schedule.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// Who made it, for the office.
    #[schema(max_length = 300)]
    made_by: Option<String>,
    /// By what the award is cut into instalments.
    basis: Option<PaymentBasis>,
    /// How many days after the beginning of its days, or in arrears after their end, an instalment is due.
    due_after_days: Option<i32>,
    /// The milestones.
    #[schema(max_items = 60)]
    milestones: Vec<PaymentMilestone>,
    /// How the finance system books its payments, for the office.
    coding: Option<PaymentCoding>,
    /// What the award comes to: committed and paid.
    amount_pence: Pence,
    /// What is paid and did not come back: paid less recovered.
    net_paid_pence: Pence,
    /// What of the rest no payment is planned for; below nought where instalments in arrears are expected to be less than they are.
    #[schema(value_type = i64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    unplanned_pence: Pence,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: Standing) -> One<PaymentScheduleView> {
    let is_office = caller.scope() == Scope::Office;
    let is_whole = (found.committed + found.paid).is_positive();
    let may_set = caller.may(Permission::PaymentsManage) && is_whole;
    let (version, plan) = found.schedule.as_ref().map_or((0, None), |one| (one.version, Some(one.plan.clone())));
    let body = PaymentScheduleView {
        award_id: found.award.id,
        version,
        recorded_at: found.schedule.as_ref().map(|one| one.recorded_at),
        made_by: found.schedule.map(|one| one.made_by).filter(|_| is_office),
        basis: plan.as_ref().map(|plan| plan.basis),
        due_after_days: plan.as_ref().map(|plan| plan.due_after_days),
        milestones: plan.as_ref().map(|plan| plan.milestones.clone()).unwrap_or_default(),
        coding: plan.map(|plan| plan.coding.unwrap_or_default()).filter(|_| is_office),
        amount_pence: found.committed + found.paid,
        net_paid_pence: found.paid,
        unplanned_pence: found.unplanned,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version, body }
}

async fn get(call: Ask<can::PaymentsRead, Id>) -> Result<One<PaymentScheduleView>, Refusal> {
    call.ask(|conn, input| acts::get(conn, input.caller.scope(), input.path).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::PaymentsManage, Id, Json<PaymentScheduleInput>>) -> Result<Stored<One<PaymentScheduleView>>, Refusal> {
    call.act("payment_schedule.set", |tx, input| {
        acts::set(tx, input.path, input.version()?, &input.body.0).map(|found| shown(&input.caller, found))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let path = "/v1/awards/{id}/payment-schedule";
    api.get(path, "payment_schedule_get", "Show how an award is paid", get);
    api.put(path, "payment_schedule_set", "Say how an award is paid, and cut what is left of it into instalments", set);
    api.actions::<PaymentScheduleView>(&[("set", "payment_schedule_set")]);
}
