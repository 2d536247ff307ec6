//! Beginning, carrying on and ending sessions.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::access::passwords::HashedPassword;
use crate::access::sessions::rules::{EndReason, Failures, Verdict, may_try};
use crate::access::sessions::{Lifetimes, Opened, store};
use crate::access::users::{self, User};
use crate::access::{Caller, service_clients};
use crate::audit::{self, Entry};
use crate::kernel::{ActorKind, Code, Id, Refusal};
use crate::store::{Conn, Tx};

/// How long sessions that are over are kept, in days.
const KEPT_DAYS: i64 = 30;

/// What a person proved by a password.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Who it is.
    pub user_id: Id,
    /// The hash that the password fitted.
    pub password: HashedPassword,
}

/// A change of somebody's password by themselves, where the one until now fitted when it was compared.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// For whom wrong passwords are counted: a hash of the address.
    pub subject: String,
    /// The password until now.
    pub proof: Proof,
    /// The password from now on.
    pub new: HashedPassword,
}

/// Ends a try to sign in: begins a session, or counts the wrong password and answers nothing. `known` is the user of the address, where there
/// is one: the log shows the try with them.
///
/// # Errors
/// [`Refusal::TooMany`] where too many wrong passwords came for this account, even when this one was right.
pub fn sign_in(
    tx: &mut Tx<'_>,
    subject: &str,
    (known, proof): (Option<Id>, Option<&Proof>),
    refresh_hash: &str,
    lifetimes: Lifetimes,
) -> Result<Option<Opened>, Refusal> {
    let now = tx.real_at();
    let failures = store::failures(tx.conn(), subject)?;
    may_try(failures, now)?;
    // The password may have been changed since it was compared.
    let stands = match proof {
        Some(proof) => users::store::password(tx.conn(), proof.user_id)?.as_ref() == Some(&proof.password),
        None => false,
    };
    let Some(proof) = proof.filter(|_| stands) else {
        count_wrong(tx, subject)?;
        match known {
            Some(user_id) => audit::record_guess(tx, "user", user_id, &WRONG)?,
            None => audit::record_refused(tx, &WRONG, None)?,
        }
        return Ok(None);
    };
    store::clear_failures(tx.conn(), subject)?;
    open(tx, proof.user_id, Some(refresh_hash), lifetimes).map(Some)
}

/// What the log says of a wrong password.
const WRONG: Refusal = Refusal::BadCredentials("a wrong password");

/// Notes a wrong password that somebody sent who is signed in as `own`.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn note_wrong(tx: &mut Tx<'_>, subject: &str, own: Id) -> Result<(), Refusal> {
    count_wrong(tx, subject)?;
    audit::record_refused(tx, &WRONG, Some(own))
}

fn count_wrong(tx: &mut Tx<'_>, subject: &str) -> Result<(), Refusal> {
    let now = tx.real_at();
    let failures = store::failures(tx.conn(), subject)?;
    store::set_failures(tx.conn(), subject, Failures::one_more(failures, now), Failures::forgotten_before(now))
}

/// Sets one's own new password and ends one's other sessions than `kept`.
///
/// # Errors
/// [`Refusal::TooMany`] as for [`sign_in`]; [`Refusal::Invalid`] where the password was changed since it was compared.
pub fn change_password(tx: &mut Tx<'_>, exchange: &Exchange, kept: Option<Id>) -> Result<(), Refusal> {
    let Exchange { subject, proof, new } = exchange;
    let now = tx.real_at();
    may_try(store::failures(tx.conn(), subject)?, now)?;
    if users::store::password(tx.conn(), proof.user_id)?.as_ref() != Some(&proof.password) {
        return Err(wrong_password());
    }
    store::clear_failures(tx.conn(), subject)?;
    users::acts::set_password(tx, proof.user_id, new, kept)
}

/// The refusal of a wrong password until now.
#[must_use]
pub fn wrong_password() -> Refusal {
    Refusal::invalid("/current_password", "wrong", "This is not the password until now.")
}

/// The name of a caller that others see.
///
/// # Errors
/// [`Refusal::NotFound`] where there is no such user or client any more.
pub fn display_name(conn: &mut Conn, caller: &Caller, id: Id) -> Result<String, Refusal> {
    match caller.kind {
        ActorKind::User => users::store::get(conn, id).map(|user| user.facts.name),
        ActorKind::ServiceClient => service_clients::store::get(conn, id).map(|client| client.facts.name),
        ActorKind::System => Ok(caller.name.clone()),
    }
}

/// Begins a session of a user, with a refresh token where there is a hash of one.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Code::WrongState`] for a user who is shut out.
pub fn open(tx: &mut Tx<'_>, user_id: Id, refresh_hash: Option<&str>, lifetimes: Lifetimes) -> Result<Opened, Refusal> {
    let now = tx.real_at();
    let user = active(tx, user_id)?;
    store::forget(tx.conn(), user_id, now.plus(-TimeDelta::days(KEPT_DAYS)))?;
    let session_id = tx.new_id();
    store::insert(tx.conn(), session_id, user_id, now, now.plus(lifetimes.session_max))?;
    if let Some(hash) = refresh_hash {
        store::insert_token(tx.conn(), hash, session_id, 1, now, now.plus(lifetimes.refresh_idle))?;
    }
    log(tx, session_id, Value::Null, json!({ "user_id": user_id, "state": "open" }))?;
    Ok(Opened { session_id, user_id, roles: user.facts.roles })
}

/// Exchanges a refresh token for the next one.
///
/// # Errors
/// [`Refusal::BadCredentials`] for a token that does not count; one that was used before ends its session in the same stroke.
pub fn refresh(tx: &mut Tx<'_>, hash: &str, next_hash: &str, lifetimes: Lifetimes) -> Result<Opened, Refusal> {
    let refused = || Refusal::BadCredentials("The refresh token does not count any more. Sign in again.");
    let now = tx.real_at();
    let found = store::find(tx.conn(), hash)?.ok_or_else(refused)?;
    let session_id = found.session_id;
    match found.presented.judge(now) {
        Verdict::Spent => Err(refused()),
        Verdict::Reused => {
            tx.keep_if_refused(move |tx, _| end(tx, session_id, EndReason::TokenReused).map(|_| ()));
            Err(refused())
        }
        Verdict::Fresh => {
            let user = active(tx, found.user_id)?;
            let generation = found.generation.saturating_add(1);
            let expires_at = now.plus(lifetimes.refresh_idle).min(found.presented.session_expires_at);
            store::mark_used(tx.conn(), hash, now)?;
            store::insert_token(tx.conn(), next_hash, session_id, generation, now, expires_at)?;
            log(tx, session_id, json!({ "generation": found.generation }), json!({ "generation": generation }))?;
            Ok(Opened { session_id, user_id: found.user_id, roles: user.facts.roles })
        }
    }
}

/// Ends a session; one that was ended already stays as it is. Answers whether it was open.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn end(tx: &mut Tx<'_>, session_id: Id, reason: EndReason) -> Result<bool, Refusal> {
    let now = tx.real_at();
    let was_open = store::revoke(tx.conn(), session_id, now, reason)?;
    if was_open {
        log(tx, session_id, json!({ "state": "open" }), json!({ "state": "ended", "reason": reason }))?;
    }
    Ok(was_open)
}

/// Ends all sessions of a user but `kept`. The act that calls this logs it.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn end_all(tx: &mut Tx<'_>, user_id: Id, reason: EndReason, kept: Option<Id>) -> Result<usize, Refusal> {
    let now = tx.real_at();
    store::revoke_all(tx.conn(), user_id, kept, now, reason)
}

fn active(tx: &mut Tx<'_>, user_id: Id) -> Result<User, Refusal> {
    let user = users::store::get(tx.conn(), user_id)?;
    if user.active { Ok(user) } else { Err(Refusal::rule(Code::WrongState, "This user is deactivated.")) }
}

fn log(tx: &mut Tx<'_>, session_id: Id, before: Value, after: Value) -> Result<(), Refusal> {
    audit::record(tx, Entry { record_kind: "session", record_id: session_id, before, after, reason: None }).map(|_| ())
}
