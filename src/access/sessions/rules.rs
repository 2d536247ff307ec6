//! When a refresh token counts, and how often one may guess a password.

use chrono::TimeDelta;

use crate::kernel::{Moment, Refusal};

/// How many wrong passwords an account takes in one window.
const FAILURES_MAX: i32 = 10;
/// How long wrong passwords are counted.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

words! {
    /// Why a session ended before its time.
    pub enum EndReason {
        /// The user signed out.
        SignedOut = "signed_out",
        /// A refresh token came a second time.
        TokenReused = "token_reused",
        /// The user was deactivated.
        Deactivated = "deactivated",
        /// The password was changed.
        PasswordChanged = "password_changed",
    }
}

/// What is known of a refresh token that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// When it was used before.
    pub used_at: Option<Moment>,
    /// When it expires.
    pub expires_at: Moment,
    /// When its session ends in any case.
    pub session_expires_at: Moment,
    /// Whether its session was ended.
    pub is_revoked: bool,
    /// Whether its user may sign in.
    pub is_active: bool,
}

/// What to do about a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It counts: exchange it.
    Fresh,
    /// It was used before: end the session.
    Reused,
    /// It does not count any more.
    Spent,
}

impl Presented {
    /// What to do about it at the moment `now`.
    #[must_use]
    pub fn judge(&self, now: Moment) -> Verdict {
        if self.is_revoked || !self.is_active {
            Verdict::Spent
        } else if self.used_at.is_some() {
            Verdict::Reused
        } else if now >= self.expires_at || now >= self.session_expires_at {
            Verdict::Spent
        } else {
            Verdict::Fresh
        }
    }
}

/// Wrong passwords for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: i32,
    /// Since when.
    pub since: Moment,
}

impl Failures {
    /// The count with one more wrong password at `now`.
    #[must_use]
    pub fn one_more(before: Option<Self>, now: Moment) -> Self {
        match before {
            Some(before) if now < before.since.plus(WINDOW) => Self { count: before.count.saturating_add(1), since: before.since },
            _ => Self { count: 1, since: now },
        }
    }

    /// From when on older counts mean nothing.
    #[must_use]
    pub fn forgotten_before(now: Moment) -> Moment {
        now.plus(-WINDOW)
    }
}

/// Refuses a further try where there were too many wrong passwords lately.
///
/// # Errors
/// [`Refusal::TooMany`] with the seconds until the next try.
pub fn may_try(failures: Option<Failures>, now: Moment) -> Result<(), Refusal> {
    let Some(failures) = failures.filter(|failures| failures.count >= FAILURES_MAX) else { return Ok(()) };
    let left = failures.since.plus(WINDOW).utc().signed_duration_since(now.utc());
    if left <= TimeDelta::zero() {
        return Ok(());
    }
    Err(Refusal::TooMany(u64::try_from(left.num_seconds()).unwrap_or(0).saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Moment {
        Moment::from_micros(1_600_000_000_000_000 + second * 1_000_000).unwrap()
    }

    fn presented() -> Presented {
        Presented { used_at: None, expires_at: at(100), session_expires_at: at(200), is_revoked: false, is_active: true }
    }

    #[test]
    fn a_refresh_token_counts_once_and_in_time() {
        assert_eq!(presented().judge(at(99)), Verdict::Fresh);
        assert_eq!(presented().judge(at(100)), Verdict::Spent);
        assert_eq!(Presented { expires_at: at(300), ..presented() }.judge(at(200)), Verdict::Spent);
        assert_eq!(Presented { used_at: Some(at(1)), ..presented() }.judge(at(2)), Verdict::Reused);
    }

    #[test]
    fn a_used_token_of_an_ended_session_ends_nothing_more() {
        assert_eq!(Presented { used_at: Some(at(1)), is_revoked: true, ..presented() }.judge(at(2)), Verdict::Spent);
        assert_eq!(Presented { is_active: false, ..presented() }.judge(at(2)), Verdict::Spent);
    }

    #[test]
    fn a_reused_token_is_noticed_even_when_it_has_expired() {
        assert_eq!(Presented { used_at: Some(at(1)), ..presented() }.judge(at(150)), Verdict::Reused);
    }

    #[test]
    fn ten_wrong_passwords_in_a_quarter_of_an_hour_close_the_account_for_the_rest_of_it() {
        let mut failures = None;
        for second in 0..10 {
            assert_eq!(may_try(failures, at(second)), Ok(()));
            failures = Some(Failures::one_more(failures, at(second)));
        }
        assert_eq!(may_try(failures, at(10)), Err(Refusal::TooMany(891)));
        assert_eq!(may_try(failures, at(899)), Err(Refusal::TooMany(2)));
        assert_eq!(may_try(failures, at(900)), Ok(()));
        assert_eq!(Failures::one_more(failures, at(900)), Failures { count: 1, since: at(900) });
    }
}
