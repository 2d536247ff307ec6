//! Access tokens: signed by us (RFC 9068), checked by us, believed for a quarter of an hour.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use chrono::TimeDelta;
use jsonwebtoken::{Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::keys::Keyring;
use crate::access::permissions::{Permission, Role};
use crate::kernel::{ActorKind, Id, Moment, Refusal};

/// The media type that an access token must name in its header (RFC 9068, section 2.1).
const KIND: &str = "at+jwt";
/// How far the clocks of two of our replicas may differ, in seconds.
const CLOCK_SKEW: i64 = 5;
/// How long a token may be; ours are well below a thousand characters.
const LENGTH_MAX: usize = 4_096;
/// How many checked tokens are remembered in each of two generations.
const REMEMBERED: usize = 4_096;

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A person or a program.
    pub kind: ActorKind,
    /// The user's or service client's id.
    pub id: Id,
    /// The session, or for a program the secret, that stands behind the token.
    pub session_id: Id,
    /// To what the caller confined the token; nothing where all that the roles allow may be done.
    pub scope: Option<Vec<Permission>>,
}

/// What a token says (RFC 9068, section 2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Id,
    client_id: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: Id,
    sid: Id,
    /// For the reader's information: what counts is what the database says at the moment of a request.
    roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Whether `sub` is a user or a service client.
    subject_kind: ActorKind,
}

/// Issues and checks tokens.
pub struct Tokens {
    keys: Keyring,
    issuer: String,
    audience: String,
    known: RwLock<Known>,
}

impl Tokens {
    /// Tokens of `issuer` for `audience`.
    #[must_use]
    pub fn new(keys: Keyring, issuer: String, audience: String) -> Self {
        Self { keys, issuer, audience, known: RwLock::default() }
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Who issues.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token for `subject`, through the client `client_id`, from `now` for `ttl`.
    ///
    /// # Errors
    /// A fault of ours where signing fails.
    pub fn issue(&self, subject: &Subject, roles: &[Role], client_id: &str, now: Moment, ttl: TimeDelta) -> Result<String, Refusal> {
        let (own, secret) = self.keys.signing().ok_or_else(|| Refusal::broken("no signing key"))?;
        let header = Header { typ: Some(KIND.to_owned()), kid: Some(own.public.kid.clone()), ..Header::new(own.algorithm) };
        let iat = now.utc().timestamp();
        let scope = subject.scope.as_ref().map(|scope| scope.iter().map(|one| one.word()).collect::<Vec<_>>().join(" "));
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.id,
            client_id: client_id.to_owned(),
            iat,
            exp: iat.saturating_add(ttl.num_seconds()),
            nbf: None,
            jti: Id::new(),
            sid: subject.session_id,
            roles: roles.to_vec(),
            scope,
            subject_kind: subject.kind,
        };
        encode(&header, &claims, secret).map_err(Refusal::broken)
    }

    /// Whom `token` speaks for at the moment `now`. Checked tokens are remembered, since a signature costs more than a read.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for anything that is not a token of ours, for us, now.
    pub fn check(&self, token: &str, now: Moment) -> Result<Subject, Refusal> {
        if token.len() > LENGTH_MAX {
            return Err(refuse("the token is too long"));
        }
        let mark: Mark = Sha256::digest(token.as_bytes()).into();
        let found = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&mark);
        let checked = match found {
            Some(checked) => checked,
            None => {
                let checked = self.verify(token)?;
                self.known.write().unwrap_or_else(PoisonError::into_inner).add(mark, checked.clone());
                checked
            }
        };
        let seconds = now.utc().timestamp();
        if seconds >= checked.expires_at {
            return Err(refuse("the token has expired"));
        }
        if checked.begins_at.saturating_sub(CLOCK_SKEW) > seconds {
            return Err(refuse("the token is not valid yet"));
        }
        Ok(checked.subject)
    }

    fn verify(&self, token: &str) -> Result<Checked, Refusal> {
        let header = decode_header(token).map_err(|error| refuse(&format!("the token's header: {error}")))?;
        let kind = header.typ.unwrap_or_default().to_ascii_lowercase();
        if kind.trim_start_matches("application/") != KIND {
            return Err(refuse("the token is not an access token"));
        }
        let key = header.kid.as_deref().and_then(|kid| self.keys.by_name(kid)).ok_or_else(|| refuse("the token's key is unknown"))?;
        let mut wanted = Validation::new(key.algorithm);
        wanted.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        wanted.set_issuer(&[&self.issuer]);
        wanted.set_audience(&[&self.audience]);
        // Time is compared in `check`, with the service's own clock and at every request.
        wanted.validate_exp = false;
        let claims = decode::<Claims>(token, &key.key, &wanted).map_err(|error| refuse(&format!("the token: {error}")))?.claims;
        let scope = claims.scope.map(|scope| scope.split(' ').filter_map(|word| word.parse().ok()).collect());
        let subject = Subject { kind: claims.subject_kind, id: claims.sub, session_id: claims.sid, scope };
        Ok(Checked { subject, begins_at: claims.nbf.unwrap_or(claims.iat), expires_at: claims.exp })
    }
}

fn refuse(why: &str) -> Refusal {
    Refusal::Unauthenticated(why.to_owned())
}

type Mark = [u8; 32];

/// A token whose signature and addressee are right; its times are in seconds since 1970.
#[derive(Debug, Clone)]
struct Checked {
    subject: Subject,
    begins_at: i64,
    expires_at: i64,
}

/// Tokens checked lately. When the young are many they become the old, and the old are forgotten: bounded without a sweep.
#[derive(Default)]
struct Known {
    young: HashMap<Mark, Checked>,
    old: HashMap<Mark, Checked>,
}

impl Known {
    fn get(&self, mark: &Mark) -> Option<Checked> {
        self.young.get(mark).or_else(|| self.old.get(mark)).cloned()
    }

    fn add(&mut self, mark: Mark, checked: Checked) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(mark, checked);
    }
}

#[cfg(test)]
mod tests;
