//! The policy over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::variations::policy::acts::{self, PolicyVersion};
use crate::variations::rules::VariationPolicy;

/// What the office sets for its variations.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VariationPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; 0 is what the service has built in.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// How much of an award may be used for something else without its provider's acceptance, in per cent of its value.
    virement_tolerance_percent: i32,
    /// A change of the value by more than this is approved by somebody who did not write it; none: no change is.
    approval_above_pence: Option<Pence>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: PolicyVersion) -> One<VariationPolicyView> {
    let may_set = caller.may(Permission::VariationPolicyManage);
    let body = VariationPolicyView {
        id: VariationPolicy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        virement_tolerance_percent: found.policy.virement_tolerance_percent,
        approval_above_pence: found.policy.approval_above_pence,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::OfficeRead>) -> Result<One<VariationPolicyView>, Refusal> {
    call.ask(|conn, input| acts::get(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::VariationPolicyManage, (), Json<VariationPolicy>>) -> Result<Stored<One<VariationPolicyView>>, Refusal> {
    call.act("variation_policy.set", |tx, input| acts::set(tx, input.version()?, &input.body.0).map(|found| shown(&input.caller, found)))
        .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/variation-policy", "variation_policy_get", "Show what the office sets for its variations", get);
    api.put("/v1/variation-policy", "variation_policy_set", "Set the tolerance and the limit above which a change is approved", set);
    api.actions::<VariationPolicyView>(&[("set", "variation_policy_set")]);
}
