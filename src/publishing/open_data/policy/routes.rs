//! The policy over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::open_data::policy::acts::{self, OpenDataPolicyVersion};
use crate::publishing::open_data::policy::rules::OpenDataPolicy;

/// Under which name, prefix and licence the office publishes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenDataPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; in 0 nothing is set.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// The office, as the public knows it.
    #[schema(max_length = 200)]
    publisher_name: Option<String>,
    /// The office's own identifier in a register of organisations.
    #[schema(max_length = 80)]
    organisation_id: Option<String>,
    /// The prefix that 360Giving gave the office.
    #[schema(max_length = 40)]
    grant_prefix: Option<String>,
    /// The licence of all that is published, as its address.
    #[schema(max_length = 300)]
    licence_url: Option<String>,
    /// Where the public reaches this service.
    #[schema(max_length = 300)]
    site_url: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: OpenDataPolicyVersion) -> One<OpenDataPolicyView> {
    let may_set = caller.may(Permission::OpenDataPolicyManage);
    let OpenDataPolicy { publisher_name, organisation_id, grant_prefix, licence_url, site_url } = found.policy;
    let body = OpenDataPolicyView {
        id: OpenDataPolicy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        publisher_name,
        organisation_id,
        grant_prefix,
        licence_url,
        site_url,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::OfficeRead>) -> Result<One<OpenDataPolicyView>, Refusal> {
    call.ask(|conn, input| acts::get(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::OpenDataPolicyManage, (), Json<OpenDataPolicy>>) -> Result<Stored<One<OpenDataPolicyView>>, Refusal> {
    call.act("open_data_policy.set", |tx, input| acts::set(tx, input.version()?, &input.body.0).map(|found| shown(&input.caller, found)))
        .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let summary = "Show under which name, prefix and licence the office publishes";
    api.get("/v1/open-data-policy", "open_data_policy_get", summary, get);
    let summary = "Set under which name, prefix and licence the office publishes";
    api.put("/v1/open-data-policy", "open_data_policy_set", summary, set);
    api.actions::<OpenDataPolicyView>(&[("set", "open_data_policy_set")]);
}
