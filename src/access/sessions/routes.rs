//! The operations of one's own session.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, Role, can};
use crate::access::sessions::sign_in::{self, SessionTokens};
use crate::access::sessions::{EndReason, acts, second_factor};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Done, Json, Once, Plain};
use crate::kernel::{ActorKind, Code, Id, Refusal};
use crate::store::WriteMeta;

/// The act of changing one's own password.
const CHANGE_PASSWORD: &str = "user.change_password";

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Session", "Signing in and out, and who one is.");
    api.post("/v1/session", "session_create", "Sign in with e-mail address and password", create);
    api.post("/v1/session/refresh", "session_refresh", "Exchange a refresh token for new tokens", refresh);
    api.delete("/v1/session", "session_end", "Sign out: the session's tokens stop counting at once", end);
    api.get("/v1/me", "me_get", "Say who one is and what one may do", me);
    api.post("/v1/me/password", "me_password_set", "Change one's own password; other sessions end", set_password);
    second_factor::routes::mount(api);
}

/// Who signs in.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SignInInput {
    /// The e-mail address; upper and lower case are the same.
    #[schema(min_length = 1, max_length = 254, example = "officer@opcc.example")]
    email: String,
    /// The password.
    #[schema(min_length = 1, max_length = 1000, format = Password)]
    password: String,
}

/// A refresh token.
#[derive(Clone, Deserialize, ToSchema)]
pub struct RefreshInput {
    /// The refresh token that came last; it counts once.
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: String,
}

/// A change of one's own password.
#[derive(Clone, Deserialize, ToSchema)]
pub struct OwnPasswordInput {
    /// The password until now.
    #[schema(min_length = 1, max_length = 1000, format = Password)]
    current_password: String,
    /// The password from now on.
    #[schema(min_length = 12, max_length = 128, format = Password, example = "four blind mice ran")]
    password: String,
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// The user's or service client's id.
    id: Id,
    /// A person or a program.
    kind: ActorKind,
    /// The e-mail address or client id, as the log has it.
    #[schema(max_length = 254)]
    name: String,
    /// The name that others see.
    #[schema(max_length = 200)]
    display_name: String,
    /// The roles.
    #[schema(max_items = 11)]
    roles: Vec<Role>,
    /// What those roles allow, less what the token leaves out.
    #[schema(max_items = 200)]
    permissions: Vec<Permission>,
    /// The provider one belongs to; only its records are seen.
    provider_id: Option<Id>,
    /// The session.
    session_id: Option<Id>,
}

async fn create(call: Once<can::Anyone, (), Json<SignInInput>>) -> Result<Plain<SessionTokens>, Refusal> {
    let SignInInput { email, password } = call.input.body.0;
    sign_in::sign_in(&call.service.access, &call.service.db, &email, password, call.head.request_id).await.map(Plain)
}

async fn refresh(call: Once<can::Anyone, (), Json<RefreshInput>>) -> Result<Plain<SessionTokens>, Refusal> {
    let presented = call.input.body.0.refresh_token;
    sign_in::refresh(&call.service.access, &call.service.db, &presented, call.head.request_id).await.map(Plain)
}

async fn end(call: Once<can::SessionUse>) -> Result<Stored<Done>, Refusal> {
    call.act("session.end", |tx, input| {
        let no_session = || Refusal::rule(Code::WrongState, "A service client has no session to end; its tokens expire by themselves.");
        acts::end(tx, input.caller.session_id.ok_or_else(no_session)?, EndReason::SignedOut).map(|_| Done)
    })
    .await
}

async fn me(call: Ask<can::SessionUse>) -> Result<Plain<MeView>, Refusal> {
    call.ask(|conn, input| {
        let caller = input.caller.clone();
        let (id, permissions) = (caller.id.ok_or(Refusal::NotFound("user"))?, caller.permissions());
        let display_name = acts::display_name(conn, &caller, id)?;
        let Caller { kind, name, roles, provider_id, session_id, .. } = caller;
        Ok(Plain(MeView { id, kind, name, display_name, roles, permissions, provider_id, session_id }))
    })
    .await
}

async fn set_password(call: Once<can::SessionUse, (), Json<OwnPasswordInput>>) -> Result<Stored<Done>, Refusal> {
    let OwnPasswordInput { current_password, password } = call.input.body.0.clone();
    let Some(kept) = call.input.caller.session_id else { return Err(Refusal::rule(Code::WrongState, "Only people have passwords.")) };
    let meta = WriteMeta { act: CHANGE_PASSWORD, actor: call.input.caller.actor(), request_id: call.head.request_id.clone() };
    let exchange = sign_in::exchange_password(&call.service.access, &call.service.db, current_password, password, meta).await?;
    call.act(CHANGE_PASSWORD, move |tx, _| acts::change_password(tx, &exchange, Some(kept)).map(|()| Done)).await
}
