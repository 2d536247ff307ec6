//! Who looks at the page. The cookie holds both tokens of a session; when the access token is over, the refresh token is used here, on the
//! server, and the answer carries the next cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use chrono::TimeDelta;
use tokio::sync::Mutex;

use crate::access::passwords::hash_of;
use crate::access::sessions::sign_in::{self, SessionTokens};
use crate::access::{Caller, of_token};
use crate::http::Service;
use crate::http::service::request_id;
use crate::kernel::{Moment, Refusal};

/// The cookie's name. Its value is both tokens with `~` between, a sign that neither has.
const COOKIE: &str = "almoner_returns";
/// For how long the same refresh token may come again, in seconds. Two tabs that are opened at once both send the old cookie; for the service
/// the second would be a stolen one and end the session.
const TOGETHER_SECONDS: i64 = 20;
/// How many such tokens are remembered.
const TOGETHER_MAX: usize = 1_000;

/// Cookies made lately, each with the hash of the refresh token that it took the place of, and when.
static RENEWED: Mutex<Vec<(String, Moment, String)>> = Mutex::const_new(Vec::new());

/// Whoever looks, and the cookie to send back where there is a new one.
pub(super) struct Seen {
    pub(super) caller: Caller,
    pub(super) cookie: Option<HeaderValue>,
}

/// Who sends this request.
///
/// # Errors
/// [`Refusal::Unauthenticated`] where nobody has signed in, or the session is over.
pub(super) async fn find(service: &Service, request: &HttpRequest) -> Result<Seen, Refusal> {
    let out = |why: &str| Refusal::Unauthenticated(why.to_owned());
    let value = value(request).ok_or_else(|| out("no cookie"))?;
    let (access, refresh) = value.split_once('~').ok_or_else(|| out("a cookie that is not ours"))?;
    match of_token(service, access).await {
        Ok(caller) => Ok(Seen { caller, cookie: None }),
        Err(Refusal::Unauthenticated(_)) => {
            // Whoever only tries cookies out waits for nobody else's turn.
            service.limits.check(request, &Caller::anonymous())?;
            let next = renewed(service, refresh, request_id(request)).await?;
            let caller = of_token(service, next.split_once('~').map_or("", |(access, _)| access)).await?;
            Ok(Seen { caller, cookie: Some(cookie(service, &next)?) })
        }
        Err(other) => Err(other),
    }
}

/// The next cookie after the one with this refresh token.
async fn renewed(service: &Service, refresh: &str, request_id: String) -> Result<String, Refusal> {
    let (hash, now) = (hash_of(refresh), service.db.clock().now());
    // Held until the tokens are there: whoever comes with the same ones meanwhile gets what they became.
    let mut known = RENEWED.lock().await;
    known.retain(|(_, at, _)| now < at.plus(TimeDelta::seconds(TOGETHER_SECONDS)));
    if let Some((_, _, next)) = known.iter().find(|(old, _, _)| *old == hash) {
        return Ok(next.clone());
    }
    let tokens = match sign_in::refresh(&service.access, &service.db, refresh, request_id).await {
        Err(Refusal::BadCredentials(why)) => return Err(Refusal::Unauthenticated(why.to_owned())),
        other => other?,
    };
    let next = joined(tokens);
    if known.len() < TOGETHER_MAX {
        known.push((hash, now, next.clone()));
    }
    Ok(next)
}

fn joined(tokens: SessionTokens) -> String {
    format!("{}~{}", tokens.access_token, tokens.refresh_token.unwrap_or_default())
}

/// The cookie of whoever has just signed in.
///
/// # Errors
/// A fault of ours where the tokens are no text for a header.
pub(super) fn begun(service: &Service, tokens: SessionTokens) -> Result<HeaderValue, Refusal> {
    cookie(service, &joined(tokens))
}

/// The cookie that takes itself away.
///
/// # Errors
/// As for [`begun`].
pub(super) fn ended(service: &Service) -> Result<HeaderValue, Refusal> {
    HeaderValue::try_from(format!("{COOKIE}=; Max-Age=0; {}", traits(service))).map_err(Refusal::broken)
}

fn cookie(service: &Service, value: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::try_from(format!("{COOKIE}={value}; {}", traits(service))).map_err(Refusal::broken)
}

/// Without a last day, so that it ends with the browser. A service on plain HTTP is one on loopback (see `access`).
fn traits(service: &Service) -> String {
    let secure = if service.access.tokens().issuer().starts_with("https://") { "; Secure" } else { "" };
    format!("Path={}; HttpOnly; SameSite=Strict{secure}", super::routes::ROOT)
}

fn value(request: &HttpRequest) -> Option<String> {
    let sent = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let mut all = sent.flat_map(|text| text.split(';')).filter_map(|one| one.trim().split_once('='));
    all.find(|(name, value)| *name == COOKIE && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// Whether the browser says that what it sends comes from this page. A browser that does not say where a form comes from names its origin.
pub(super) fn is_own(service: &Service, request: &HttpRequest) -> bool {
    let said = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = said(header::ORIGIN) else { return false };
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    origin == service.access.tokens().issuer() || said(header::HOST).is_some_and(|own| own == host)
}
