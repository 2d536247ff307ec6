//! How fast one caller may ask.

use std::num::NonZeroU32;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::access::Caller;
use crate::kernel::Refusal;

/// Limits by caller, or by address where nobody is signed in.
pub struct Limits {
    per_minute: Option<NonZeroU32>,
    limiter: Option<DefaultKeyedRateLimiter<String>>,
}

impl Limits {
    /// At most `per_minute` requests a minute for each caller; no limit for 0.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute);
        Self { per_minute, limiter: per_minute.map(|most| RateLimiter::keyed(Quota::per_minute(most))) }
    }

    /// Counts this request.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with the seconds to wait.
    pub fn check(&self, request: &HttpRequest, caller: &Caller) -> Result<(), Refusal> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let key = if caller.is_anonymous() {
            request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default()
        } else {
            caller.subject()
        };
        limiter.check_key(&key).map_err(|until| Refusal::TooMany(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1))
    }

    /// Adds the limit to an answer, for callers that pace themselves.
    pub fn announce(&self, headers: &mut HeaderMap) {
        let most = self.per_minute.map_or_else(|| "unlimited".to_owned(), |most| most.to_string());
        let policy = if self.per_minute.is_some() { format!("\"caller\";q={most};w=60") } else { "\"caller\";q=1000000;w=1".to_owned() };
        if let Ok(value) = HeaderValue::from_str(&policy) {
            headers.insert(HeaderName::from_static("ratelimit-policy"), value);
        }
        headers.insert(HeaderName::from_static("ratelimit"), HeaderValue::from_static("\"caller\""));
    }
}
