//! The policy over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::publishing::policy::acts::{self, PublicationPolicyVersion};
use crate::publishing::policy::rules::PublicationPolicy;

/// What may leave the office.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicationPolicyView {
    /// Its id, the same in every office.
    id: Id,
    /// Which version this is; 0 is what the service has built in.
    version: i32,
    /// When this version became known.
    recorded_at: Option<Moment>,
    /// Counts of people below this are suppressed, unless they are 0.
    small_below: i32,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: PublicationPolicyVersion) -> One<PublicationPolicyView> {
    let may_set = caller.may(Permission::PublicationPolicyManage);
    let body = PublicationPolicyView {
        id: PublicationPolicy::ID,
        version: found.version,
        recorded_at: found.recorded_at,
        small_below: found.policy.small_below,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: found.version, body }
}

async fn get(call: Ask<can::OfficeRead>) -> Result<One<PublicationPolicyView>, Refusal> {
    call.ask(|conn, input| acts::get(conn).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::PublicationPolicyManage, (), Json<PublicationPolicy>>) -> Result<Stored<One<PublicationPolicyView>>, Refusal> {
    call.act("publication_policy.set", |tx, input| acts::set(tx, input.version()?, input.body.0).map(|found| shown(&input.caller, found)))
        .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    let summary = "Show which counts of people are too few to leave the office";
    api.get("/v1/publication-policy", "publication_policy_get", summary, get);
    let summary = "Set which counts of people are too few to leave the office";
    api.put("/v1/publication-policy", "publication_policy_set", summary, set);
    api.actions::<PublicationPolicyView>(&[("set", "publication_policy_set")]);
}
