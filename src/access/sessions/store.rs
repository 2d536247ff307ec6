//! The SQL of sessions.

use diesel::prelude::*;

use crate::access::sessions::rules::{EndReason, Failures, Presented};
use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{app_user, app_user_version, refresh_token, session, sign_in_failure};

/// A refresh token and what stands behind it.
pub struct Found {
    /// Its session.
    pub session_id: Id,
    /// Whose session it is.
    pub user_id: Id,
    /// Their address.
    pub email: String,
    /// How many tokens of this session came before.
    pub generation: i32,
    /// What decides whether it counts.
    pub presented: Presented,
}

type FoundRow = (Id, i32, Moment, Option<Moment>, Id, Moment, Option<Moment>, String, bool);

/// The refresh token with this hash.
pub fn find(conn: &mut Conn, hash: &str) -> Result<Option<Found>, Refusal> {
    let row: Option<FoundRow> = on!(conn, c => refresh_token::table
        .inner_join(session::table)
        .inner_join(app_user::table.on(session::app_user_id.eq(app_user::id)))
        .inner_join(app_user_version::table.on(app_user_version::app_user_id.eq(app_user::id).and(app_user_version::version.eq(app_user::version))))
        .filter(refresh_token::hash.eq(hash))
        .select((session::id, refresh_token::generation, refresh_token::expires_at, refresh_token::used_at, session::app_user_id,
            session::expires_at, session::revoked_at, app_user_version::email, app_user_version::active))
        .first(c).optional())?;
    Ok(row.map(|(session_id, generation, expires_at, used_at, user_id, session_expires_at, revoked_at, email, is_active)| {
        let presented = Presented { used_at, expires_at, session_expires_at, is_revoked: revoked_at.is_some(), is_active };
        Found { session_id, user_id, email, generation, presented }
    }))
}

/// Begins a session.
pub fn insert(conn: &mut Conn, id: Id, user_id: Id, created_at: Moment, expires_at: Moment) -> Result<(), Refusal> {
    let row =
        (session::id.eq(id), session::app_user_id.eq(user_id), session::created_at.eq(created_at), session::expires_at.eq(expires_at));
    on!(conn, c => diesel::insert_into(session::table).values(row).execute(c))?;
    Ok(())
}

/// Gives a session its next refresh token.
pub fn insert_token(
    conn: &mut Conn,
    hash: &str,
    session_id: Id,
    generation: i32,
    created_at: Moment,
    expires_at: Moment,
) -> Result<(), Refusal> {
    let row = (
        refresh_token::hash.eq(hash),
        refresh_token::session_id.eq(session_id),
        refresh_token::generation.eq(generation),
        refresh_token::created_at.eq(created_at),
        refresh_token::expires_at.eq(expires_at),
    );
    on!(conn, c => diesel::insert_into(refresh_token::table).values(row).execute(c))?;
    Ok(())
}

/// Notes that a refresh token was used.
pub fn mark_used(conn: &mut Conn, hash: &str, used_at: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(refresh_token::table.find(hash)).set(refresh_token::used_at.eq(used_at)).execute(c))?;
    Ok(())
}

/// Ends a session that is still open, and says whether it was.
pub fn revoke(conn: &mut Conn, id: Id, at: Moment, reason: EndReason) -> Result<bool, Refusal> {
    let open = session::table.filter(session::id.eq(id).and(session::revoked_at.is_null()));
    let ended = on!(conn, c => diesel::update(open).set((session::revoked_at.eq(at), session::revoked_reason.eq(reason))).execute(c))?;
    Ok(ended > 0)
}

/// Ends all open sessions of a user but `kept`, and says how many they were.
pub fn revoke_all(conn: &mut Conn, user_id: Id, kept: Option<Id>, at: Moment, reason: EndReason) -> Result<usize, Refusal> {
    let set = (session::revoked_at.eq(at), session::revoked_reason.eq(reason));
    // A new id belongs to no session, so that one query serves with and without a session to keep.
    let kept = kept.unwrap_or_default();
    let open = session::table.filter(session::app_user_id.eq(user_id).and(session::revoked_at.is_null()).and(session::id.ne(kept)));
    Ok(on!(conn, c => diesel::update(open).set(set).execute(c))?)
}

/// Forgets sessions of a user that could not be refreshed since `before`.
pub fn forget(conn: &mut Conn, user_id: Id, before: Moment) -> Result<(), Refusal> {
    let over = || session::table.filter(session::app_user_id.eq(user_id).and(session::expires_at.lt(before)));
    let ids: Vec<Id> = on!(conn, c => over().select(session::id).load(c))?;
    if ids.is_empty() {
        return Ok(());
    }
    on!(conn, c => diesel::delete(refresh_token::table.filter(refresh_token::session_id.eq_any(&ids))).execute(c))?;
    on!(conn, c => diesel::delete(session::table.filter(session::id.eq_any(&ids))).execute(c))?;
    Ok(())
}

/// The wrong passwords for an account. `subject` is a hash, since anybody may send anything as an address.
pub fn failures(conn: &mut Conn, subject: &str) -> Result<Option<Failures>, Refusal> {
    let row: Option<(i32, Moment)> = on!(conn, c => sign_in_failure::table.find(subject)
        .select((sign_in_failure::failures, sign_in_failure::since)).first(c).optional())?;
    Ok(row.map(|(count, since)| Failures { count, since }))
}

/// Keeps the count of wrong passwords, and forgets all counts that mean nothing any more.
pub fn set_failures(conn: &mut Conn, subject: &str, failures: Failures, forgotten_before: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::delete(sign_in_failure::table.filter(sign_in_failure::since.lt(forgotten_before))).execute(c))?;
    let set = (sign_in_failure::failures.eq(failures.count), sign_in_failure::since.eq(failures.since));
    on!(conn, c => diesel::insert_into(sign_in_failure::table).values((sign_in_failure::subject.eq(subject), set))
        .on_conflict(sign_in_failure::subject).do_update().set(set).execute(c))?;
    Ok(())
}

/// Forgets the wrong passwords after a right one.
pub fn clear_failures(conn: &mut Conn, subject: &str) -> Result<(), Refusal> {
    on!(conn, c => diesel::delete(sign_in_failure::table.find(subject)).execute(c))?;
    Ok(())
}
