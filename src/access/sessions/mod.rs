//! Sessions: a person signs in with a password, gets an access token for a quarter of an hour and a refresh token that is used
//! once. A refresh token that comes a second time was stolen from one side or the other, so the whole session ends.

pub mod acts;
pub mod routes;
mod rules;
pub mod second_factor;
pub mod sign_in;
mod store;

pub use rules::EndReason;

use chrono::TimeDelta;

use crate::access::permissions::Role;
use crate::kernel::Id;

/// How long tokens and sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: TimeDelta,
    /// A refresh token that is not used.
    pub refresh_idle: TimeDelta,
    /// A session, however often it is refreshed.
    pub session_max: TimeDelta,
}

impl Default for Lifetimes {
    /// 15 minutes, 14 days, 30 days.
    fn default() -> Self {
        Self { access: TimeDelta::minutes(15), refresh_idle: TimeDelta::days(14), session_max: TimeDelta::days(30) }
    }
}

/// A session that was begun or carried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The session.
    pub session_id: Id,
    /// Whose it is.
    pub user_id: Id,
    /// Their roles now.
    pub roles: Vec<Role>,
}
