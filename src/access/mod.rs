//! Who is calling: passwords, tokens, roles and scope. [`permissions`] is the matrix of roles and permissions.
//!
//! A token says who somebody is; what they may do is asked of the database at every request, so a role taken away, a session
//! ended or a user shut out counts at once, and not only when the token expires.

pub mod caller;
pub mod keys;
pub mod passwords;
pub mod permissions;
pub mod routes;
pub mod service_clients;
pub mod sessions;
mod store;
pub mod tokens;
pub mod users;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::access::keys::Keyring;
use crate::access::passwords::Checker;
use crate::access::permissions::Permission;
use crate::access::sessions::Lifetimes;
use crate::access::tokens::{Subject, Tokens};
use crate::audit;
use crate::http::service::Service;
use crate::kernel::{ActorKind, Id, Refusal};
use crate::store::WriteMeta;

pub use caller::{Caller, Scope};

/// The client id in the tokens of people who sign in directly.
pub const FIRST_PARTY: &str = "almoner";

/// How tokens are made and how long they last.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// The public address of the service, without a slash at the end: who issues the tokens.
    pub issuer: String,
    /// For whom they are meant; another service's tokens do not count here.
    pub audience: String,
    /// The private key that signs, as PEM (PKCS#8; Ed25519 or ECDSA P-256).
    pub signing_key: String,
    /// Keys that signed before, private or public, as PEM: their tokens still count.
    pub previous_keys: Vec<String>,
    /// How long tokens and sessions last.
    pub lifetimes: Lifetimes,
}

/// Keys, tokens and sign-in.
pub struct Access {
    tokens: Tokens,
    checker: Checker,
    lifetimes: Lifetimes,
}

impl Access {
    /// Access with these settings.
    ///
    /// # Errors
    /// A sentence for whoever started the program, where a key is missing or weak.
    pub fn new(settings: AccessSettings) -> Result<Self, String> {
        let keys = Keyring::new(&settings.signing_key, &settings.previous_keys)?;
        let issuer = settings.issuer.trim_end_matches('/').to_owned();
        if !(issuer.starts_with("https://") || issuer.starts_with("http://")) {
            return Err(
                "The issuer must be the public address of the service, beginning with https:// (or http:// on loopback).".to_owned()
            );
        }
        Ok(Self { tokens: Tokens::new(keys, issuer, settings.audience), checker: Checker::new()?, lifetimes: settings.lifetimes })
    }

    /// Issues and checks tokens.
    #[must_use]
    pub const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Hashes and compares passwords.
    #[must_use]
    pub const fn checker(&self) -> &Checker {
        &self.checker
    }

    /// How long tokens and sessions last.
    #[must_use]
    pub const fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }
}

/// Who sends this request. A token that does not count is refused, never taken as nobody.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for a token that is not ours, expired or revoked.
pub async fn caller(service: &Service, request: &HttpRequest) -> Result<Caller, Refusal> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(Caller::anonymous()) };
    if values.next().is_some() {
        return Err(Refusal::Unauthenticated("two Authorization headers".to_owned()));
    }
    let text = value.to_str().map_err(|_| Refusal::Unauthenticated("a header that is no text".to_owned()))?;
    let (scheme, token) = text.trim().split_once(' ').unwrap_or((text, ""));
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(Refusal::Unauthenticated("no bearer token".to_owned()));
    }
    of_token(service, token).await
}

/// Who stands behind an access token that came in another way than in its header, such as in the cookie of a page.
///
/// # Errors
/// [`Refusal::Unauthenticated`] for a token that is not ours, expired or revoked.
pub async fn of_token(service: &Service, token: &str) -> Result<Caller, Refusal> {
    let subject = service.access.tokens.check(token, service.db.clock().now())?;
    behind(service, subject).await
}

/// The caller for whom a checked token speaks, as they stand now.
async fn behind(service: &Service, subject: Subject) -> Result<Caller, Refusal> {
    let Subject { kind, id, session_id, scope } = subject;
    let standing = match kind {
        ActorKind::User => service.db.look_up(move |conn| store::user_behind(conn, session_id, id)).await?,
        ActorKind::ServiceClient => service.db.look_up(move |conn| store::client_behind(conn, session_id, id)).await?,
        ActorKind::System => None,
    };
    let standing = standing.ok_or_else(|| Refusal::Unauthenticated("the session or secret behind the token has ended".to_owned()))?;
    Ok(Caller {
        kind,
        id: Some(id),
        name: standing.name,
        roles: standing.roles,
        provider_id: standing.provider_id,
        session_id: Some(session_id).filter(|_| kind == ActorKind::User),
        token_scope: scope,
    })
}

/// What somebody without the permission for it attempted, as the log names it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The operation; no act of it had begun.
    pub operation: &'static str,
    /// The record that the path names first.
    pub target: Option<Id>,
    /// The request.
    pub request_id: String,
}

/// Lets the caller pass where one of their roles has `permission`. The refusal is logged, on the record that was addressed.
///
/// # Errors
/// [`Refusal::Unauthenticated`] where nobody is signed in, [`Refusal::Forbidden`] where no role has it.
pub async fn require(service: &Service, caller: &Caller, permission: Permission, attempt: Attempt) -> Result<(), Refusal> {
    if caller.is_anonymous() {
        return Err(Refusal::Unauthenticated("no token".to_owned()));
    }
    if caller.may(permission) {
        return Ok(());
    }
    let Attempt { operation, target, request_id } = attempt;
    let meta = WriteMeta { act: operation, actor: caller.actor(), request_id };
    let refusal = Refusal::Forbidden(permission.word());
    let logged = refusal.clone();
    service.db.write(meta, move |tx| audit::record_refused(tx, &logged, target)).await?;
    Err(refusal)
}
