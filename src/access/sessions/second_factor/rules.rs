//! Codes of time steps (RFC 4226, RFC 6238), and how long one counts. Pure.

use chrono::TimeDelta;
use ring::hmac;

use crate::kernel::{Code, Moment, Refusal};

/// How long a time step is, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many steps a clock may be off.
const STEPS_OFF: i64 = 1;
/// How long a session has its second factor.
pub const COUNTS_FOR: TimeDelta = TimeDelta::hours(1);

/// The code of a time step: six digits.
fn code_at(secret: &[u8], step: i64) -> Option<String> {
    // Authenticators know no other hash for certain; what breaks SHA-1 does not break its HMAC.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes: &[u8] = tag.as_ref();
    let offset = usize::from(bytes.last()? & 0x0f);
    let four: [u8; 4] = bytes.get(offset..offset.checked_add(4)?)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}

/// The time step of which this is the code at `now`, where it is a later one than was used last.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now: Moment, last_step: i64) -> Option<i64> {
    let current = now.utc().timestamp().div_euclid(STEP_SECONDS);
    let near = (current - STEPS_OFF)..=(current + STEPS_OFF);
    near.filter(|step| *step > last_step).find(|step| code_at(secret, *step).as_deref() == Some(code))
}

/// Until when a second factor that was given at a moment counts; not at all where that is over.
#[must_use]
pub fn counts_until(given_at: Option<Moment>, now: Moment) -> Option<Moment> {
    given_at.map(|at| at.plus(COUNTS_FOR)).filter(|until| *until > now)
}

/// What an authenticator reads, as a QR code or a link.
#[must_use]
pub fn link(name: &str, secret: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    let name: String = name.chars().filter(|c| plain(*c)).collect();
    format!("otpauth://totp/Almoner:{name}?secret={secret}&issuer=Almoner&algorithm=SHA1&digits=6&period={STEP_SECONDS}")
}

/// The refusal of what money needs, where a session has no second factor.
#[must_use]
pub fn missing() -> Refusal {
    let detail = "Whoever lets money go gives the session a second factor first: send a code of your authenticator to `POST /v1/session/second-factor`. \
                  It counts for an hour. Without an authenticator begin at `POST /v1/me/second-factor`.";
    Refusal::rule(Code::SecondFactor, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Moment {
        Moment::from_micros(second * 1_000_000).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(code_at(SECRET, second / 30).as_deref(), Some(code), "{second}");
            assert_eq!(step_of(SECRET, code, at(second), 0), Some(second / 30));
        }
    }

    #[test]
    fn a_code_counts_once_and_around_its_time() {
        let step = 1_234_567_890 / 30;
        let of = |second: i64, last: i64| step_of(SECRET, "005924", at(second), last);
        assert_eq!(of(1_234_567_890, step), None, "used before");
        assert_eq!(of(1_234_567_890 + 30, step - 1), Some(step));
        assert_eq!(of(1_234_567_890 - 30, step - 1), Some(step));
        assert_eq!(of(1_234_567_890 + 60, step - 1), None);
        assert_eq!(step_of(SECRET, "5924", at(1_234_567_890), 0), None);
    }

    #[test]
    fn a_second_factor_counts_for_an_hour() {
        assert_eq!(counts_until(Some(at(0)), at(3_599)), Some(at(3_600)));
        assert_eq!(counts_until(Some(at(0)), at(3_600)), None);
        assert_eq!(counts_until(None, at(0)), None);
    }
}
