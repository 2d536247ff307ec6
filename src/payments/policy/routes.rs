//! The policy over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::payments::policy::acts::{self, PolicyVersion};
use crate::payments::policy::limits::{PaymentLimit, PaymentPolicy};

/// Who may authorise how much, when invoices are due, and when equal payments look like one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; 0 is what the service has built in.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// How many days after it came an invoice is due at the latest.
    invoice_days: i32,
    /// Within how many days of each other two equal payments of an award need a reason.
    duplicate_days: i32,
    /// How many days ahead of their day a run may gather payments.
    gather_days: i32,
    /// For how many hours somebody authorises nothing after an administrator changed how they sign in.
    pause_hours: i32,
    /// Who may authorise how much at once.
    #[schema(max_items = 500)]
    limits: Vec<PaymentLimit>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: PolicyVersion) -> One<PaymentPolicyView> {
    let may_set = caller.may(Permission::PaymentPolicyManage);
    let body = PaymentPolicyView {
        id: PaymentPolicy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        invoice_days: found.policy.invoice_days,
        duplicate_days: found.policy.duplicate_days,
        gather_days: found.policy.gather_days,
        pause_hours: found.policy.pause_hours,
        limits: found.policy.limits,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::PaymentRulesRead>) -> Result<One<PaymentPolicyView>, Refusal> {
    call.ask(|conn, input| acts::get(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::PaymentPolicyManage, (), Json<PaymentPolicy>>) -> Result<Stored<One<PaymentPolicyView>>, Refusal> {
    call.act("payment_policy.set", |tx, input| acts::set(tx, input.version()?, &input.body.0).map(|found| shown(&input.caller, found)))
        .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/payment-policy", "payment_policy_get", "Show who may authorise how much, and when invoices are due", get);
    api.put("/v1/payment-policy", "payment_policy_set", "Set who may authorise how much, and when invoices are due", set);
    api.actions::<PaymentPolicyView>(&[("set", "payment_policy_set")]);
}
