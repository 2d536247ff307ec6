//! The SQL of second factors.

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{recovery_code as code, second_factor as factor, session};

/// What a person's authenticator shares with the service.
#[derive(Clone, Queryable)]
pub struct Factor {
    /// The secret, in base 32.
    pub secret: String,
    /// When it came to count.
    pub confirmed_at: Option<Moment>,
    /// The time step whose code was used last.
    pub last_step: i64,
}

/// The person's second factor, confirmed or not.
pub fn find(conn: &mut Conn, user: Id) -> Result<Option<Factor>, Refusal> {
    Ok(on!(conn, c => factor::table.find(user).select((factor::secret, factor::confirmed_at, factor::last_step)).first(c).optional())?)
}

/// Keeps a secret that is not confirmed yet, in place of another one.
pub fn begin(conn: &mut Conn, user: Id, secret: &str, now: Moment) -> Result<(), Refusal> {
    remove(conn, user)?;
    let values = (factor::app_user_id.eq(user), factor::secret.eq(secret), factor::enrolled_at.eq(now), factor::last_step.eq(0_i64));
    on!(conn, c => diesel::insert_into(factor::table).values(values).execute(c))?;
    Ok(())
}

/// Notes that a second factor counts from now on, with its recovery codes.
pub fn confirm(conn: &mut Conn, user: Id, now: Moment, hashes: &[String]) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(factor::table.find(user)).set(factor::confirmed_at.eq(now)).execute(c))?;
    for hash in hashes {
        let values = (code::hash.eq(hash), code::app_user_id.eq(user));
        on!(conn, c => diesel::insert_into(code::table).values(values).execute(c))?;
    }
    Ok(())
}

/// Notes whose time step's code was used.
pub fn use_step(conn: &mut Conn, user: Id, step: i64) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(factor::table.find(user)).set(factor::last_step.eq(step)).execute(c))?;
    Ok(())
}

/// Uses a recovery code, and says whether it counted.
pub fn use_recovery(conn: &mut Conn, user: Id, hash: &str, now: Moment) -> Result<bool, Refusal> {
    let open = code::table.filter(code::hash.eq(hash).and(code::app_user_id.eq(user)).and(code::used_at.is_null()));
    Ok(on!(conn, c => diesel::update(open).set(code::used_at.eq(now)).execute(c))? > 0)
}

/// How many recovery codes still count.
pub fn recovery_left(conn: &mut Conn, user: Id) -> Result<i64, Refusal> {
    Ok(on!(conn, c => code::table.filter(code::app_user_id.eq(user).and(code::used_at.is_null())).count().get_result(c))?)
}

/// Takes a second factor away, and says whether there was one.
pub fn remove(conn: &mut Conn, user: Id) -> Result<bool, Refusal> {
    on!(conn, c => diesel::delete(code::table.filter(code::app_user_id.eq(user))).execute(c))?;
    let none: Option<Moment> = None;
    on!(conn, c => diesel::update(session::table.filter(session::app_user_id.eq(user))).set(session::second_factor_at.eq(none)).execute(c))?;
    Ok(on!(conn, c => diesel::delete(factor::table.find(user)).execute(c))? > 0)
}

/// Notes that a session gave its second factor.
pub fn give(conn: &mut Conn, session_id: Id, now: Moment) -> Result<(), Refusal> {
    on!(conn, c => diesel::update(session::table.find(session_id)).set(session::second_factor_at.eq(now)).execute(c))?;
    Ok(())
}

/// When a session gave its second factor the last time.
pub fn given_at(conn: &mut Conn, session_id: Id) -> Result<Option<Moment>, Refusal> {
    let row: Option<Option<Moment>> =
        on!(conn, c => session::table.find(session_id).select(session::second_factor_at).first(c).optional())?;
    Ok(row.flatten())
}
