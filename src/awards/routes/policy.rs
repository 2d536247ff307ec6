//! What the office sets for its contracts, over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts;
use crate::awards::rules::{AwardKind, Policy};
use crate::awards::store::PolicyVersion;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Pence, Refusal};

/// What every contract of the office must carry (R64, R65).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgreementPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; 0 is what the service has built in.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// Contracts whose amount, net of VAT, is strictly above this have a social value criterion.
    social_value_threshold_pence: Pence,
    /// What that criterion weighs at the least, in per cent.
    social_value_weight_percent: i32,
    /// Which kinds of awards carry the National Living Wage clause.
    #[schema(max_items = 1)]
    living_wage_kinds: Vec<AwardKind>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: PolicyVersion) -> One<AgreementPolicyView> {
    let may_set = caller.may(Permission::AgreementPolicyManage);
    let body = AgreementPolicyView {
        id: Policy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        social_value_threshold_pence: found.policy.social_value_threshold_pence,
        social_value_weight_percent: found.policy.social_value_weight_percent,
        living_wage_kinds: found.policy.living_wage_kinds,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::OfficeRead>) -> Result<One<AgreementPolicyView>, Refusal> {
    call.ask(|conn, input| acts::agreement_policy(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::AgreementPolicyManage, (), Json<Policy>>) -> Result<Stored<One<AgreementPolicyView>>, Refusal> {
    call.act("agreement_policy.set", |tx, input| {
        acts::set_policy(tx, input.version()?, &input.body.0).map(|found| shown(&input.caller, found))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/agreement-policy", "agreement_policy_get", "Show what every contract must carry", get);
    api.put("/v1/agreement-policy", "agreement_policy_set", "Set what contracts must carry from now on", set);
    api.actions::<AgreementPolicyView>(&[("set", "agreement_policy_set")]);
}
