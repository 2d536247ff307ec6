//! Signing in and carrying on, from what a caller sends to the tokens they get.

use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::passwords::{HashedPassword, Secret, hash_of};
use crate::access::sessions::acts::{self, Exchange, Proof};
use crate::access::sessions::rules::may_try;
use crate::access::sessions::{Opened, store};
use crate::access::tokens::Subject;
use crate::access::users::{self, canonical_email};
use crate::access::{Access, FIRST_PARTY};
use crate::kernel::{Actor, ActorKind, Id, Refusal};
use crate::store::{Db, WriteMeta};

/// The tokens of a session.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionTokens {
    /// Send it as `Authorization: Bearer …`.
    #[schema(max_length = 4000)]
    pub access_token: String,
    /// How to send it.
    #[schema(max_length = 20, example = "Bearer")]
    pub token_type: String,
    /// How many seconds the access token counts.
    #[schema(minimum = 1)]
    pub expires_in: i64,
    /// Send it once to `POST /v1/session/refresh`; each use gives the next one.
    #[schema(max_length = 200)]
    pub refresh_token: Option<String>,
    /// The session, as the log names it.
    pub session_id: Id,
    /// The user who signed in.
    pub user_id: Id,
}

/// Begins a session for whoever knows the password.
///
/// # Errors
/// [`Refusal::BadCredentials`] for a wrong address or password, without saying which; [`Refusal::TooMany`] after too many.
pub async fn sign_in(access: &Access, db: &Db, email: &str, password: String, request_id: String) -> Result<SessionTokens, Refusal> {
    let email = canonical_email(email);
    let subject = hash_of(&email);
    let now = db.clock().now();
    let (asked_email, asked_subject) = (email.clone(), subject.clone());
    let (known, failures) =
        db.read(move |conn| Ok((users::store::credentials(conn, &asked_email)?, store::failures(conn, &asked_subject)?))).await?;
    may_try(failures, now)?;
    let kept = known.as_ref().map(|(_, password)| password.clone());
    let fits = access.checker().fits(password, kept).await?;
    let whose = known.as_ref().map(|(user_id, _)| *user_id);
    let proof = known.filter(|_| fits).map(|(user_id, password)| Proof { user_id, password });
    let actor = proof.as_ref().map_or_else(|| Actor::system("anonymous"), |proof| user_actor(proof.user_id, email));
    let (refresh, lifetimes) = (Secret::new()?, access.lifetimes());
    let refresh_hash = refresh.hash();
    let meta = WriteMeta { act: "session.create", actor, request_id };
    let opened = db.write(meta, move |tx| acts::sign_in(tx, &subject, (whose, proof.as_ref()), &refresh_hash, lifetimes)).await?;
    let opened = opened.ok_or(Refusal::BadCredentials("The e-mail address or the password is wrong."))?;
    tokens(access, db, &opened, Some(refresh), lifetimes.access)
}

/// Carries a session on.
///
/// # Errors
/// [`Refusal::BadCredentials`] for a refresh token that does not count.
pub async fn refresh(access: &Access, db: &Db, presented: &str, request_id: String) -> Result<SessionTokens, Refusal> {
    let hash = hash_of(presented);
    let asked = hash.clone();
    let found = db.read(move |conn| store::find(conn, &asked)).await?;
    let found = found.ok_or(Refusal::BadCredentials("This is not a refresh token of ours. Sign in."))?;
    let (next, lifetimes) = (Secret::new()?, access.lifetimes());
    let next_hash = next.hash();
    let meta = WriteMeta { act: "session.refresh", actor: user_actor(found.user_id, found.email), request_id };
    let opened = db.write(meta, move |tx| acts::refresh(tx, &hash, &next_hash, lifetimes)).await?;
    tokens(access, db, &opened, Some(next), lifetimes.access)
}

/// Begins a session for a user without a password and without a refresh token, as the demonstration does for its readers.
///
/// # Errors
/// [`Refusal::NotFound`], or a user who is shut out.
pub async fn issue_token(access: &Access, db: &Db, user_id: Id, ttl: TimeDelta) -> Result<SessionTokens, Refusal> {
    let lifetimes = access.lifetimes();
    let opened = db.write(WriteMeta::system("session.create", "demo"), move |tx| acts::open(tx, user_id, None, lifetimes)).await?;
    tokens(access, db, &opened, None, ttl)
}

/// The change of one's own password, where one knows the password until now and the new one is good. A wrong one counts as it does at
/// signing in, so that an open session is no way to guess.
///
/// # Errors
/// [`Refusal::Invalid`] with every fault, at `/current_password` where that one is wrong; [`Refusal::TooMany`] after too many wrong ones.
pub async fn exchange_password(access: &Access, db: &Db, current: String, new: String, meta: WriteMeta) -> Result<Exchange, Refusal> {
    let user_id = meta.actor.id.ok_or(Refusal::NotFound("user"))?;
    let asked = new.clone();
    db.read(move |conn| users::acts::check_new_password(conn, user_id, &asked)).await?;
    let (subject, password) = knows_password(access, db, current, meta).await?;
    let password = password.ok_or_else(acts::wrong_password)?;
    Ok(Exchange { subject, proof: Proof { user_id, password }, new: access.checker().hash(new).await? })
}

/// Refuses whoever does not know their own password, and answers for whom wrong ones are counted, with the hash that fitted. Nobody knows one that was
/// never set: that is for the caller to judge.
///
/// # Errors
/// [`Refusal::Invalid`] at `/current_password` for a wrong one, which counts as it does at signing in; [`Refusal::TooMany`] after too many.
pub async fn knows_password(
    access: &Access,
    db: &Db,
    current: String,
    meta: WriteMeta,
) -> Result<(String, Option<HashedPassword>), Refusal> {
    let user_id = meta.actor.id.ok_or(Refusal::NotFound("user"))?;
    let found = db.read(move |conn| {
        let subject = hash_of(&users::store::get(conn, user_id)?.facts.email);
        Ok((store::failures(conn, &subject)?, subject, users::store::password(conn, user_id)?))
    });
    let (failures, subject, kept) = found.await?;
    may_try(failures, db.clock().now())?;
    let Some(kept) = kept else { return Ok((subject, None)) };
    if access.checker().fits(current, Some(kept.clone())).await? {
        return Ok((subject, Some(kept)));
    }
    db.write(meta, move |tx| acts::note_wrong(tx, &subject, user_id)).await?;
    Err(acts::wrong_password())
}

fn user_actor(id: Id, email: String) -> Actor {
    Actor { kind: ActorKind::User, id: Some(id), name: email, provider_id: None }
}

fn tokens(access: &Access, db: &Db, opened: &Opened, refresh: Option<Secret>, ttl: TimeDelta) -> Result<SessionTokens, Refusal> {
    let subject = Subject { kind: ActorKind::User, id: opened.user_id, session_id: opened.session_id, scope: None };
    let access_token = access.tokens().issue(&subject, &opened.roles, FIRST_PARTY, db.clock().now(), ttl)?;
    Ok(SessionTokens {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: ttl.num_seconds(),
        refresh_token: refresh.map(|secret| secret.text().to_owned()),
        session_id: opened.session_id,
        user_id: opened.user_id,
    })
}
