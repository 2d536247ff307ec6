//! How fast one caller may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;

use crate::access::Caller;
use crate::kernel::Refusal;

/// The seconds in which the limit counts.
const WINDOW_SECONDS: u32 = 60;

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Limits by caller, or by address where nobody is signed in.
#[derive(Clone)]
pub struct Limits {
    limit: Option<(NonZeroU32, Arc<Limiter>)>,
    proxies: Vec<IpNet>,
}

/// What is left to the caller of a request.
#[derive(Debug, Clone, Copy)]
struct Left(u32);

impl Limits {
    /// At most `per_minute` requests a minute for each caller; no limit for 0. A request that comes from one of `proxies` is counted for
    /// the address that the proxy names in `X-Forwarded-For`.
    #[must_use]
    pub fn new(per_minute: u32, proxies: Vec<IpNet>) -> Self {
        let limiter = |most| Arc::new(RateLimiter::keyed(Quota::per_minute(most)).with_middleware::<StateInformationMiddleware>());
        Self { limit: NonZeroU32::new(per_minute).map(|most| (most, limiter(most))), proxies }
    }

    /// Counts this request.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with the seconds to wait.
    pub fn check(&self, request: &HttpRequest, caller: &Caller) -> Result<(), Refusal> {
        let Some((_, limiter)) = &self.limit else { return Ok(()) };
        let key = if caller.is_anonymous() { self.address(request).map(network).unwrap_or_default() } else { caller.subject() };
        let outcome = limiter.check_key(&key);
        request.extensions_mut().insert(Left(outcome.as_ref().map_or(0, |state| state.remaining_burst_capacity())));
        match outcome {
            Ok(_) => Ok(()),
            Err(until) => Err(Refusal::TooMany(until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)),
        }
    }

    /// Forgets callers whose allowance is whole again, so that addresses which came once take no room for ever.
    pub fn tidy(&self) {
        if let Some((_, limiter)) = &self.limit {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// Where a request comes from.
    fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        Some(client(peer, &forwarded.collect::<Vec<_>>().join(","), &self.proxies))
    }

    /// Adds the limit to an answer, for callers that pace themselves: how many requests the caller has in a window of so many seconds, and
    /// how many are left.
    pub fn announce(&self, request: &HttpRequest, headers: &mut HeaderMap) {
        let Some((most, _)) = &self.limit else { return };
        let Some(Left(left)) = request.extensions().get::<Left>().copied() else { return };
        let told = [
            ("ratelimit-policy", format!("\"caller\";q={most};w={WINDOW_SECONDS}")),
            // The allowance grows back evenly, so it is whole again once what was used has grown back.
            ("ratelimit", format!("\"caller\";r={left};t={}", refill_seconds(most.get(), left))),
        ];
        for (name, value) in told {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// In how many seconds all of `most` are there again.
fn refill_seconds(most: u32, left: u32) -> u32 {
    let used = u64::from(most.saturating_sub(left)) * u64::from(WINDOW_SECONDS);
    u32::try_from(used.div_ceil(u64::from(most.max(1)))).unwrap_or(WINDOW_SECONDS)
}

/// The address that sent a request: of the last one in the list that is no proxy of ours. What stands before that anybody may have
/// written.
fn client(peer: IpAddr, forwarded: &str, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut nearest = peer;
    for text in forwarded.rsplit(',').map(str::trim) {
        match text.parse::<IpAddr>() {
            Ok(address) if is_ours(&nearest) => nearest = address,
            _ => break,
        }
    }
    nearest
}

/// What counts as one address: an IPv6 customer has a whole /64 of them.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [one, two, three, four, ..] = six.segments();
            format!("{one:x}:{two:x}:{three:x}:{four:x}::/64")
        }
        four => four.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "192.0.2.7/32".parse().unwrap()];
        let seen = |peer: &str, forwarded: &str| client(ip(peer), forwarded, &proxies).to_string();
        assert_eq!(seen("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "198.51.100.66, 198.51.100.1, 192.0.2.7"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", "10.0.0.2"), "10.0.0.2");
    }

    #[test]
    fn a_network_counts_as_one() {
        assert_eq!(network(ip("198.51.100.1")), "198.51.100.1");
        assert_eq!(network(ip("::ffff:198.51.100.1")), "198.51.100.1");
        assert_eq!(network(ip("2001:db8:1:2:3::4")), network(ip("2001:db8:1:2::9")));
    }

    #[test]
    fn a_caller_whose_allowance_is_whole_again_is_forgotten() {
        let known = |limits: &Limits| limits.limit.as_ref().unwrap().1.len();
        let seen = |per_minute: u32| {
            let limits = Limits::new(per_minute, Vec::new());
            for one in 0..50 {
                assert!(limits.limit.as_ref().unwrap().1.check_key(&format!("192.0.2.{one}")).is_ok());
            }
            limits
        };
        let (slow, quick) = (seen(1), seen(60_000));
        slow.tidy();
        assert_eq!(known(&slow), 50, "who may not ask again yet is remembered");
        let began = std::time::Instant::now();
        while known(&quick) > 0 {
            quick.tidy();
            assert!(began.elapsed() < std::time::Duration::from_secs(20), "{} are still remembered", known(&quick));
        }
    }

    #[test]
    fn what_was_used_grows_back_evenly() {
        assert_eq!([refill_seconds(600, 600), refill_seconds(600, 599), refill_seconds(600, 0), refill_seconds(7, 3)], [0, 1, 60, 35]);
    }
}
