//! The second factor over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::access::sessions::second_factor::acts;
use crate::access::sessions::sign_in;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Done, Json, Once, Plain};
use crate::kernel::{Id, Moment, Refusal};
use crate::store::WriteMeta;

/// How one's own second factor stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorView {
    /// Since when an authenticator is confirmed.
    confirmed_at: Option<Moment>,
    /// How many recovery codes still count.
    #[schema(minimum = 0, maximum = 10)]
    recovery_codes_left: i64,
    /// Until when this session has its second factor.
    counts_until: Option<Moment>,
}

/// The act of enrolling an authenticator.
const ENROL: &str = "second_factor.enrol";

/// Who enrols an authenticator.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SecondFactorInput {
    /// One's own password, once more; left out by whoever has none.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000, format = Password)]
    current_password: Option<String>,
}

/// What an authenticator takes in. It is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorSecret {
    /// The secret, in base 32, to be typed.
    #[schema(max_length = 40)]
    secret: String,
    /// The same as a link, to be shown as a QR code.
    #[schema(max_length = 600)]
    link: String,
}

/// A code.
#[derive(Clone, Deserialize, ToSchema)]
pub struct SecondFactorCode {
    /// The six digits that the authenticator shows now, or a recovery code.
    #[schema(min_length = 6, max_length = 40, example = "287082")]
    code: String,
}

/// Codes for a lost authenticator. They are shown once; each counts once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    #[schema(max_items = 10)]
    recovery_codes: Vec<String>,
}

async fn show(call: Ask<can::SessionUse>) -> Result<Plain<SecondFactorView>, Refusal> {
    let now = call.service.db.clock().now();
    call.ask(move |conn, input| {
        let found = acts::standing(conn, &input.caller, now)?;
        let (confirmed_at, counts_until) = (found.confirmed_at, found.counts_until);
        Ok(Plain(SecondFactorView { confirmed_at, recovery_codes_left: found.recovery_left, counts_until }))
    })
    .await
}

async fn enrol(call: Once<can::SessionUse, (), Json<SecondFactorInput>>) -> Result<Stored<Plain<SecondFactorSecret>>, Refusal> {
    let (secret, current) = (acts::new_secret()?, call.input.body.0.current_password.clone().unwrap_or_default());
    let meta = WriteMeta { act: ENROL, actor: call.input.caller.actor(), request_id: call.head.request_id.clone() };
    acts::person(&call.input.caller)?;
    sign_in::knows_password(&call.service.access, &call.service.db, current, meta).await?;
    call.act(ENROL, move |tx, input| {
        let link = acts::enrol(tx, &input.caller, &secret)?;
        Ok(Plain(SecondFactorSecret { secret: secret.clone(), link }))
    })
    .await
}

async fn confirm(call: Once<can::SessionUse, (), Json<SecondFactorCode>>) -> Result<Stored<Plain<RecoveryCodes>>, Refusal> {
    let recovery_codes = acts::new_recovery_codes()?;
    call.act("second_factor.confirm", move |tx, input| {
        acts::confirm(tx, &input.caller, &input.body.0.code, &recovery_codes)?;
        Ok(Plain(RecoveryCodes { recovery_codes: recovery_codes.clone() }))
    })
    .await
}

async fn give(call: Once<can::SessionUse, (), Json<SecondFactorCode>>) -> Result<Stored<Done>, Refusal> {
    call.act("second_factor.give", |tx, input| acts::give(tx, &input.caller, &input.body.0.code).map(|()| Done)).await
}

async fn remove(call: Create<can::UsersManage, Id>) -> Result<Stored<Done>, Refusal> {
    call.act("second_factor.remove", |tx, input| acts::remove(tx, input.path).map(|()| Done)).await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/me/second-factor", "second_factor_get", "Show how one's own second factor stands", show);
    api.post("/v1/me/second-factor", "second_factor_enrol", "Begin to enrol an authenticator; its secret is shown once", enrol);
    let summary = "Confirm an authenticator by a code; recovery codes are shown once";
    api.post("/v1/me/second-factor/confirmation", "second_factor_confirm", summary, confirm);
    api.post("/v1/session/second-factor", "second_factor_give", "Give one's session its second factor, for an hour", give);
    let summary = "Take a user's second factor away, where its authenticator is lost";
    api.post("/v1/users/{id}/second-factor-removal", "second_factor_remove", summary, remove);
}
