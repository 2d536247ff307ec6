//! Which awards are reminded, over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, One, Put};
use crate::kernel::{Id, Moment, Refusal};
use crate::returns::reminders::acts::{self, Choice};

/// Whether the provider of an award is to be reminded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RemindersInput {
    /// Whether it is reminded of its returns by e-mail.
    is_wanted: bool,
    /// Why, for the log.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    reason: Option<String>,
}

/// Whether the provider of an award is reminded of its returns.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RemindersView {
    /// The award.
    award_id: Id,
    /// Which version this is; 0 where nobody has said.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// Whether it is reminded.
    is_wanted: bool,
    /// Why.
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// What you may do to it now.
    allowed_actions: Vec<String>,
}

fn shown(caller: &Caller, found: Choice) -> One<RemindersView> {
    let Choice { award_id, version, recorded_at, is_wanted, reason } = found;
    let allowed_actions = caller.may(Permission::ReturnsReview).then(|| "set".to_owned()).into_iter().collect();
    One { version, body: RemindersView { award_id, version, recorded_at, is_wanted, reason, allowed_actions } }
}

async fn get(call: Ask<can::ReturnsRead, Id>) -> Result<One<RemindersView>, Refusal> {
    call.ask(|conn, input| acts::choice(conn, input.caller.scope(), input.path).map(|found| shown(&input.caller, found))).await
}

async fn set(call: Put<can::ReturnsReview, Id, Json<RemindersInput>>) -> Result<Stored<One<RemindersView>>, Refusal> {
    call.act("return.choose_reminders", |tx, input| {
        let RemindersInput { is_wanted, reason } = &input.body.0;
        acts::choose(tx, input.path, input.version()?, *is_wanted, reason.as_deref()).map(|found| shown(&input.caller, found))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/awards/{id}/reminders", "award_reminders_get", "Say whether an award's provider is reminded of its returns", get);
    api.put("/v1/awards/{id}/reminders", "award_reminders_set", "Leave an award out of reminders, or take it in again", set);
    api.actions::<RemindersView>(&[("set", "award_reminders_set")]);
}
