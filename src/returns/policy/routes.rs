//! The policy over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::returns::policy::acts::{self, PolicyVersion};
use crate::returns::policy::rules::ReturnPolicy;

/// When returns are due, how often they are asked for, and who certifies them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; 0 is what the service has built in.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// How many working days after the end of its period, or after the acceptance of its award where that is later, a return is due.
    due_working_days: i32,
    /// How many days before its day a provider is reminded.
    remind_days_before: Option<i32>,
    /// How many weeks after its day a provider is reminded, once a week.
    weekly_reminders_max: i32,
    /// Up to which value of its award a return may be certified by whoever wrote it.
    self_certified_up_to_pence: Pence,
    /// How far what is spent may be from its plan before the provider is asked about it, in percent of the plan.
    profile_tolerance_percent: i32,
    /// Up to which value an award has a short form.
    short_form_up_to_pence: Pence,
    /// How many working days a provider has to send a return again, where no other day is said.
    send_again_working_days: i32,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: PolicyVersion) -> One<ReturnPolicyView> {
    let may_set = caller.may(Permission::ReturnPolicyManage);
    let policy = found.policy;
    let body = ReturnPolicyView {
        id: ReturnPolicy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        due_working_days: policy.due_working_days,
        remind_days_before: policy.remind_days_before,
        weekly_reminders_max: policy.weekly_reminders_max,
        self_certified_up_to_pence: policy.self_certified_up_to_pence,
        profile_tolerance_percent: policy.profile_tolerance_percent,
        short_form_up_to_pence: policy.short_form_up_to_pence,
        send_again_working_days: policy.send_again_working_days,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::OfficeRead>) -> Result<One<ReturnPolicyView>, Refusal> {
    call.ask(|conn, input| acts::get(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::ReturnPolicyManage, (), Json<ReturnPolicy>>) -> Result<Stored<One<ReturnPolicyView>>, Refusal> {
    call.act("return_policy.set", |tx, input| acts::set(tx, input.version()?, &input.body.0).map(|found| shown(&input.caller, found))).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get(
        "/v1/return-policy",
        "return_policy_get",
        "Show when returns are due, how often they are asked for, and who certifies them",
        get,
    );
    api.put(
        "/v1/return-policy",
        "return_policy_set",
        "Set when returns are due, how often they are asked for, and who certifies them",
        set,
    );
    api.actions::<ReturnPolicyView>(&[("set", "return_policy_set")]);
}
