//! When a message is tried again and when it is given up. Pure.

use chrono::TimeDelta;

words! {
    /// How a message travels.
    pub enum Kind {
        /// By e-mail.
        EMail = "e_mail",
    }
}

words! {
    /// Where a message stands.
    pub enum State {
        /// Waits for its next attempt.
        Queued = "queued",
        /// A worker is sending it.
        Sending = "sending",
        /// The mail server took it.
        Sent = "sent",
        /// The mail server refused it for good.
        Failed = "failed",
        /// Every attempt was used up.
        Dead = "dead",
    }
}

words! {
    /// What became of a letter to a provider.
    pub enum LetterState {
        /// It waits for the mail server, or is being sent.
        Queued = "queued",
        /// The mail server took it.
        Sent = "sent",
        /// The mail server refused it for good: mend the provider's address, and tell it in another way.
        Failed = "failed",
        /// The mail server was away for as long as it was tried: tell the provider in another way.
        Dead = "dead",
        /// The provider has no address for letters, so none was written: tell it in another way.
        NoAddress = "no_address",
    }
}

impl From<State> for LetterState {
    fn from(state: State) -> Self {
        match state {
            State::Queued | State::Sending => Self::Queued,
            State::Sent => Self::Sent,
            State::Failed => Self::Failed,
            State::Dead => Self::Dead,
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The mail server took the message.
    Sent,
    /// Not this time: the server is away, busy or does not let us in.
    NotNow(String),
    /// Never: the server refuses this message or its address, or it cannot be written at all.
    Never(String),
}

/// How often a message is tried: over two and a half days, so that a weekend without a mail server loses nothing.
pub const ATTEMPTS_MAX: i32 = 20;

/// How long a message that is being sent is left to its worker, in seconds.
pub const LEASE_SECONDS: i64 = 300;

const FIRST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 6 * 3600;

/// What becomes of a message after its attempt number `attempts`.
#[must_use]
pub const fn state_after(attempt: &Attempt, attempts: i32) -> State {
    match attempt {
        Attempt::Sent => State::Sent,
        Attempt::Never(_) => State::Failed,
        Attempt::NotNow(_) if attempts >= ATTEMPTS_MAX => State::Dead,
        Attempt::NotNow(_) => State::Queued,
    }
}

/// How long to wait after attempt number `attempts`: 30 seconds doubled each time, at most six hours, and of that the second half
/// by chance (`chance` from 0 to 255), so that messages queued together do not come back together.
#[must_use]
pub fn pause_after(attempts: i32, chance: u8) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
    let whole = FIRST_PAUSE_SECONDS.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST_PAUSE_SECONDS);
    TimeDelta::milliseconds(whole * 500 + whole * 500 * i64::from(chance) / 255)
}

/// A subject in one line without control characters, at most 200 characters long.
#[must_use]
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_six_hours() {
        assert_eq!(pause_after(1, 255), TimeDelta::seconds(30));
        assert_eq!(pause_after(1, 0), TimeDelta::seconds(15));
        assert_eq!(pause_after(4, 255), TimeDelta::seconds(240));
        assert_eq!(pause_after(ATTEMPTS_MAX, 255), TimeDelta::hours(6));
        assert_eq!(pause_after(i32::MAX, 255), TimeDelta::hours(6));
    }

    #[test]
    fn all_attempts_together_last_a_weekend() {
        let shortest: TimeDelta = (1..ATTEMPTS_MAX).map(|attempts| pause_after(attempts, 0)).sum();
        assert!(shortest > TimeDelta::hours(30), "{shortest}");
        let longest: TimeDelta = (1..ATTEMPTS_MAX).map(|attempts| pause_after(attempts, 255)).sum();
        assert!(longest > TimeDelta::hours(60), "{longest}");
    }

    #[test]
    fn a_message_is_given_up_in_the_end() {
        let away = Attempt::NotNow("away".to_owned());
        assert_eq!(state_after(&away, 1), State::Queued);
        assert_eq!(state_after(&away, ATTEMPTS_MAX - 1), State::Queued);
        assert_eq!(state_after(&away, ATTEMPTS_MAX), State::Dead);
        assert_eq!(state_after(&Attempt::Never("no such box".to_owned()), 1), State::Failed);
        assert_eq!(state_after(&Attempt::Sent, ATTEMPTS_MAX), State::Sent);
    }

    #[test]
    fn a_subject_cannot_begin_a_header() {
        assert_eq!(one_line("  Award CIF-1\r\nBcc: x\u{0} offered\t"), "Award CIF-1 Bcc: x offered");
        assert_eq!(one_line(&"a".repeat(500)).len(), 200);
    }
}
