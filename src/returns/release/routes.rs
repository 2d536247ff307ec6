//! Releases over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::returns::release::acts::{self, Release};
use crate::returns::release::rules::ReleaseInput;
use crate::returns::rules::SectionKey;

/// Which texts of a return may leave the office.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnReleaseView {
    /// The return.
    id: Id,
    /// Which version this is; 0 where nothing was ever released.
    version: i32,
    /// When it became known.
    recorded_at: Option<Moment>,
    /// Who said so.
    #[schema(max_length = 300)]
    released_by: Option<String>,
    /// The texts, by the keys of their sections.
    #[schema(max_items = 23, value_type = Vec<SectionKey>)]
    texts: Vec<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, id: Id, (one, may_change): (Release, bool)) -> One<ReturnReleaseView> {
    let may_set = caller.may(Permission::ReturnsReview) && may_change;
    let body = ReturnReleaseView {
        id,
        version: one.version,
        recorded_at: one.recorded_at,
        released_by: one.released_by,
        texts: one.texts,
        allowed_actions: may_set.then(|| "set".to_owned()).into_iter().collect(),
    };
    One { version: one.version, body }
}

async fn get(call: Ask<can::ReturnsRead, Id>) -> Result<One<ReturnReleaseView>, Refusal> {
    call.ask(|conn, input| {
        let one = acts::get(conn, input.caller.scope(), input.path)?;
        Ok(shown(&input.caller, input.path, one))
    })
    .await
}

async fn set(call: Put<can::ReturnsReview, Id, Json<ReleaseInput>>) -> Result<Stored<One<ReturnReleaseView>>, Refusal> {
    call.act("return.release", |tx, input| {
        let one = acts::set(tx, input.path, input.version()?, &input.body.0)?;
        Ok(shown(&input.caller, input.path, one))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/release", "returns_release_get", "Show which texts of a return may leave the office", get);
    api.actions::<ReturnReleaseView>(&[("set", "returns_release_set")]);
    api.put("/v1/returns/{id}/release", "returns_release_set", "Say which texts of an accepted return may leave the office", set);
}
