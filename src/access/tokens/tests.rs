use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::*;
use crate::access::keys;

const ISSUER: &str = "https://almoner.example";

struct Desk {
    tokens: Tokens,
    pem: String,
    kid: String,
}

fn desk(pem: String) -> Desk {
    let ring = Keyring::new(&pem, &[]).unwrap();
    let kid = ring.published()[0].kid.clone();
    Desk { tokens: Tokens::new(ring, ISSUER.to_owned(), "almoner".to_owned()), pem, kid }
}

fn ed25519() -> Desk {
    desk(keys::generate().unwrap())
}

fn now() -> Moment {
    Moment::from_micros(1_606_700_000_000_000).unwrap()
}

fn subject() -> Subject {
    Subject { kind: ActorKind::User, id: Id::new(), session_id: Id::new(), scope: None }
}

fn claims(subject: &Subject) -> Value {
    let iat = now().utc().timestamp();
    json!({ "iss": ISSUER, "aud": "almoner", "sub": subject.id, "client_id": "almoner", "iat": iat, "exp": iat + 900, "jti": Id::new(),
        "sid": subject.session_id, "roles": ["finance"], "subject_kind": "user" })
}

impl Desk {
    /// A token of any shape, signed with the right key.
    fn sign(&self, typ: Option<&str>, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { typ: typ.map(str::to_owned), kid: kid.map(str::to_owned), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &EncodingKey::from_ed_pem(self.pem.as_bytes()).unwrap()).unwrap()
    }

    fn sign_changed(&self, field: &str, value: Value) -> String {
        let mut changed = claims(&subject());
        changed[field] = value;
        self.sign(Some(KIND), Some(&self.kid), &changed)
    }

    #[track_caller]
    fn refuses(&self, token: &str) {
        let outcome = self.tokens.check(token, now());
        assert!(matches!(outcome, Err(Refusal::Unauthenticated(_))), "{outcome:?}");
        // Remembering must not make it right.
        assert!(self.tokens.check(token, now()).is_err());
    }
}

fn raw(header: &Value, claims: &Value, signature: &str) -> String {
    use base64::Engine;
    let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[test]
fn what_we_issue_we_believe_until_it_expires() {
    for pem in [keys::generate().unwrap(), keys::tests::p256()] {
        let desk = desk(pem);
        let subject = subject();
        let token = desk.tokens.issue(&subject, &[Role::Finance], "almoner", now(), TimeDelta::minutes(15)).unwrap();
        assert_eq!(desk.tokens.check(&token, now()).unwrap(), subject);
        assert_eq!(desk.tokens.check(&token, now().plus(TimeDelta::seconds(899))).unwrap(), subject);
        assert!(desk.tokens.check(&token, now().plus(TimeDelta::minutes(15))).is_err(), "a remembered token expires too");
        assert!(desk.tokens.check(&token, now().plus(TimeDelta::seconds(-60))).is_err(), "nor does it count before its time");
    }
}

#[test]
fn the_header_names_kind_key_and_algorithm() {
    let desk = ed25519();
    let token = desk.tokens.issue(&subject(), &[], "almoner", now(), TimeDelta::minutes(1)).unwrap();
    let header = decode_header(&token).unwrap();
    assert_eq!((header.typ.as_deref(), header.kid.as_deref(), header.alg), (Some("at+jwt"), Some(desk.kid.as_str()), Algorithm::EdDSA));
}

#[test]
fn a_scope_confines() {
    let desk = ed25519();
    let subject = Subject { scope: Some(vec![Permission::ReportsRead, Permission::LedgerRead]), ..subject() };
    let token = desk.tokens.issue(&subject, &[], "warehouse", now(), TimeDelta::minutes(1)).unwrap();
    assert_eq!(desk.tokens.check(&token, now()).unwrap().scope, subject.scope);
}

#[test]
fn the_plain_form_passes_and_each_change_to_it_does_not() {
    let desk = ed25519();
    let kid = Some(desk.kid.as_str());
    assert!(desk.tokens.check(&desk.sign(Some("at+jwt"), kid, &claims(&subject())), now()).is_ok());
    assert!(desk.tokens.check(&desk.sign(Some("application/AT+jwt"), kid, &claims(&subject())), now()).is_ok());
    desk.refuses(&desk.sign(Some("JWT"), kid, &claims(&subject())));
    desk.refuses(&desk.sign(None, kid, &claims(&subject())));
    desk.refuses(&desk.sign(Some(KIND), None, &claims(&subject())));
    desk.refuses(&desk.sign(Some(KIND), Some("another"), &claims(&subject())));
    desk.refuses(&desk.sign_changed("iss", json!("https://other.example")));
    desk.refuses(&desk.sign_changed("aud", json!("another service")));
    desk.refuses(&desk.sign_changed("aud", Value::Null));
    desk.refuses(&desk.sign_changed("exp", json!(now().utc().timestamp())));
    desk.refuses(&desk.sign_changed("exp", json!("never")));
    desk.refuses(&desk.sign_changed("nbf", json!(now().utc().timestamp() + 60)));
    desk.refuses(&desk.sign_changed("sub", json!("somebody")));
    desk.refuses(&desk.sign_changed("subject_kind", json!("nobody")));
}

#[test]
fn no_signature_is_no_token() {
    let desk = ed25519();
    for alg in ["none", "None", "NONE", ""] {
        desk.refuses(&raw(&json!({ "alg": alg, "typ": KIND, "kid": desk.kid }), &claims(&subject()), ""));
    }
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let desk = ed25519();
    let public = desk.tokens.keys().published().remove(0);
    let header = Header { typ: Some(KIND.to_owned()), kid: Some(desk.kid.clone()), ..Header::new(Algorithm::HS256) };
    for secret in [public.x.as_bytes(), desk.pem.as_bytes(), desk.kid.as_bytes()] {
        desk.refuses(&encode(&header, &claims(&subject()), &EncodingKey::from_secret(secret)).unwrap());
    }
}

#[test]
fn another_key_with_our_name_is_refused() {
    let (ours, theirs) = (ed25519(), ed25519());
    ours.refuses(&theirs.sign(Some(KIND), Some(&ours.kid), &claims(&subject())));
    let ecdsa = EncodingKey::from_ec_pem(keys::tests::p256().as_bytes()).unwrap();
    let header = Header { typ: Some(KIND.to_owned()), kid: Some(ours.kid.clone()), ..Header::new(Algorithm::ES256) };
    ours.refuses(&encode(&header, &claims(&subject()), &ecdsa).unwrap());
}

#[test]
fn a_changed_token_is_refused_although_the_first_is_remembered() {
    let desk = ed25519();
    let token = desk.sign(Some(KIND), Some(&desk.kid), &claims(&subject()));
    assert!(desk.tokens.check(&token, now()).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let other = desk.sign(Some(KIND), Some(&desk.kid), &claims(&subject()));
    let other: Vec<&str> = other.split('.').collect();
    desk.refuses(&format!("{}.{}.{}", parts[0], other[1], parts[2]));
    desk.refuses(&format!("{}.{}.", parts[0], parts[1]));
    desk.refuses(&format!("{}.{}", parts[0], parts[1]));
    for junk in ["", ".", "..", "a.b.c", "eyJhbGciOiJFZERTQSJ9..", &"x".repeat(5_000)] {
        desk.refuses(junk);
    }
}

#[test]
fn a_token_of_the_key_before_counts_until_that_key_is_taken_away() {
    let old = ed25519();
    let new = keys::generate().unwrap();
    let rotated = Keyring::new(&new, std::slice::from_ref(&old.pem)).unwrap();
    let rotated = Tokens::new(rotated, ISSUER.to_owned(), "almoner".to_owned());
    let token = old.tokens.issue(&subject(), &[], "almoner", now(), TimeDelta::minutes(15)).unwrap();
    assert!(rotated.check(&token, now()).is_ok());
    desk(new).refuses(&token);
}

#[test]
fn memory_is_bounded_and_keeps_what_is_right() {
    let checked = Checked { subject: subject(), begins_at: 0, expires_at: 1 };
    let mut known = Known::default();
    for number in 0..10_000_u32 {
        known.add(Sha256::digest(number.to_be_bytes()).into(), checked.clone());
    }
    assert!(known.young.len() + known.old.len() <= 2 * REMEMBERED);
    assert!(known.get(&Sha256::digest(9_999_u32.to_be_bytes()).into()).is_some());
    assert!(known.get(&Sha256::digest(0_u32.to_be_bytes()).into()).is_none());
}
