//! Tokens that do not count, however they are made, and what programs need to check those that do.

use almoner::access::permissions::Role;
use almoner::access::tokens::Subject;
use almoner::kernel::{ActorKind, Id};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde_json::{Value, json};

use super::with_token;
use crate::support::{App, Client};

/// Header and claims of a good token, to be changed and signed again.
struct Parts {
    header: Header,
    claims: Value,
}

fn parts(client: &Client) -> Parts {
    let token = client.token.as_deref().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    Parts { header: decode_header(token).unwrap(), claims: serde_json::from_slice(&claims).unwrap() }
}

/// Signs with the service's own key, as nobody outside can.
fn sign(app: &App, parts: &Parts) -> String {
    let (_, key) = app.service.access.tokens().keys().signing().unwrap();
    encode(&parts.header, &parts.claims, key).unwrap()
}

fn changed(app: &App, client: &Client, field: &str, value: Value) -> String {
    let mut parts = parts(client);
    parts.claims[field] = value;
    sign(app, &parts)
}

#[track_caller]
fn refuses(app: &App, token: &str) {
    let client = with_token(app, token);
    for path in ["/v1/me", "/health/live", "/.well-known/jwks.json"] {
        let answer = client.get(path).must(401);
        assert_eq!(answer.code(), "unauthenticated");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
        assert!(!answer.text.contains("signature") && !answer.text.contains("kid"), "the reason stays inside: {}", answer.text);
    }
}

on_both! {
    fn a_token_changed_and_signed_again_passes_only_while_it_is_right(app) {
        let finance = app.office(&[Role::Finance]);
        with_token(app, &sign(app, &parts(&finance))).get("/v1/me").must(200);
        let now = app.service.db.clock().now().utc().timestamp();
        for (field, value) in [
            ("aud", json!("another")), ("iss", json!("https://other.example")), ("exp", json!(now - 1)), ("exp", json!(0)),
            ("nbf", json!(now + 3_600)), ("sub", json!(Id::new())), ("sid", json!(Id::new())), ("subject_kind", json!("service_client")),
            ("subject_kind", json!("system")),
        ] {
            refuses(app, &changed(app, &finance, field, value));
        }
        for typ in [None, Some("JWT"), Some("dpop+jwt"), Some("")] {
            let mut parts = parts(&finance);
            parts.header.typ = typ.map(str::to_owned);
            refuses(app, &sign(app, &parts));
        }
    }

    fn a_forged_token_is_refused(app) {
        let finance = app.office(&[Role::Finance]);
        let Parts { header, claims } = parts(&finance);
        let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": header.kid }).to_string());
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        refuses(app, &format!("{none}.{body}."));
        let public = app.nobody().get("/.well-known/jwks.json").must(200).body["keys"][0]["x"].as_str().unwrap().to_owned();
        let shared = Header { alg: Algorithm::HS256, ..header.clone() };
        refuses(app, &encode(&shared, &claims, &EncodingKey::from_secret(public.as_bytes())).unwrap());
        let other = EncodingKey::from_ed_pem(almoner::access::keys::generate().unwrap().as_bytes()).unwrap();
        refuses(app, &encode(&header, &claims, &other).unwrap());
        let unknown = Header { kid: Some("unknown".to_owned()), ..header };
        refuses(app, &encode(&unknown, &claims, &other).unwrap());
        let token = finance.token.clone().unwrap();
        refuses(app, &token[..token.len() - 2]);
        refuses(app, &token.replacen('.', ".e", 1));
    }

    fn an_expired_token_is_refused(app) {
        let finance = app.office(&[Role::Finance]);
        let claims = parts(&finance).claims;
        let id = |field: &str| claims[field].as_str().unwrap().parse::<Id>().unwrap();
        let subject = Subject { kind: ActorKind::User, id: id("sub"), session_id: id("sid"), scope: None };
        let now = app.service.db.clock().now();
        let issue = |ttl| app.service.access.tokens().issue(&subject, &[Role::Finance], "almoner", now, ttl).unwrap();
        refuses(app, &issue(TimeDelta::seconds(-1)));
        with_token(app, &issue(TimeDelta::minutes(1))).get("/v1/me").must(200);
    }

    fn anything_but_one_bearer_token_is_refused(app) {
        let token = app.office(&[Role::Finance]).token.unwrap();
        let nobody = app.nobody();
        for header in [String::new(), "Bearer".to_owned(), "Bearer ".to_owned(), "Basic dXNlcjpwYXNz".to_owned(), token.clone(), format!("Token {token}"),
            format!("Bearer {token} {token}"), "Bearer \u{e9}".to_owned()] {
            let request = nobody.request(reqwest::Method::GET, "/health/live").header("Authorization", header.as_bytes());
            assert_eq!(nobody.send(request).must(401).code(), "unauthenticated", "{header}");
        }
        let twice = nobody.request(reqwest::Method::GET, "/v1/me").header("Authorization", format!("Bearer {token}"));
        let twice = twice.header("Authorization", format!("Bearer {token}"));
        nobody.send(twice).must(401);
        let lower = nobody.request(reqwest::Method::GET, "/v1/me").header("Authorization", format!("bearer {token}"));
        nobody.send(lower).must(200);
        assert_eq!(nobody.get("/v1/me").must(401).header("www-authenticate"), Some("Bearer realm=\"almoner\""));
    }

    fn a_missing_permission_is_named_and_logged(app) {
        let finance = app.office(&[Role::Finance]);
        let refused = finance.get("/v1/users").must(403);
        assert_eq!((refused.code(), &refused.body["permission"]), ("forbidden", &json!("users.read")));
        assert_eq!(finance.post("/v1/users", &json!({ "nonsense": true })).must(403).body["permission"], "users.manage");
    }

    fn published_keys_check_our_tokens(app) {
        let token = app.office(&[Role::Finance]).token.unwrap();
        let keys = app.nobody().get("/.well-known/jwks.json").must(200);
        let kid = decode_header(&token).unwrap().kid.unwrap();
        let key = keys.body["keys"].as_array().unwrap().iter().find(|key| key["kid"] == json!(kid)).unwrap().clone();
        assert_eq!((key["use"].as_str(), key.get("d"), key.get("y")), (Some("sig"), None, None), "only what is public");
        let key = DecodingKey::from_jwk(&serde_json::from_value(key).unwrap()).unwrap();
        let mut wanted = Validation::new(Algorithm::EdDSA);
        wanted.set_issuer(&["https://almoner.example"]);
        wanted.set_audience(&["almoner"]);
        let claims = decode::<Value>(&token, &key, &wanted).unwrap().claims;
        for field in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti"] {
            assert!(claims.get(field).is_some(), "RFC 9068 asks for {field}");
        }
        let about = app.nobody().get("/.well-known/oauth-authorization-server").must(200);
        assert_eq!(about.body["issuer"], claims["iss"]);
        assert_eq!(about.body["token_endpoint"], "https://almoner.example/oauth/token");
        assert_eq!(about.body["jwks_uri"], "https://almoner.example/.well-known/jwks.json");
    }
}
