//! The second factor of a session: enrolled once, given by codes that count once, taken away by an administrator.

use almoner::access::permissions::Role;
use data_encoding::BASE32_NOPAD;
use ring::hmac;
use serde_json::{Value, json};

use super::{PASSWORD, sign_in, text, with_token};
use crate::support::{Answer, Client};

/// The code that an authenticator shows so many time steps from now.
fn code(secret: &str, steps: i64) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    let tag = hmac::sign(&key, &(now / 30 + steps).to_be_bytes());
    let bytes: &[u8] = tag.as_ref();
    let at = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn give(who: &Client, code: &str) -> Answer {
    who.post("/v1/session/second-factor", &json!({ "code": code }))
}

fn confirm(who: &Client, code: &str) -> Answer {
    who.post("/v1/me/second-factor/confirmation", &json!({ "code": code }))
}

fn standing(who: &Client) -> Answer {
    who.get("/v1/me/second-factor").must(200)
}

on_both! {
    fn an_authenticator_is_enrolled_once_and_its_codes_count_once(app) {
        let who = app.office(&[Role::Finance]);
        let none = json!({ "confirmed_at": null, "recovery_codes_left": 0, "counts_until": null });
        assert_eq!(standing(&who).body, none);
        assert_eq!(give(&who, "000000").must(409).code(), "wrong_state");
        assert_eq!(confirm(&who, "000000").must(409).code(), "wrong_state");
        let first = text(&who.post("/v1/me/second-factor", &json!({})).must(200), "secret");
        let enrolled = who.post("/v1/me/second-factor", &json!({})).must(200);
        let secret = text(&enrolled, "secret");
        assert!(secret.len() == 32 && text(&enrolled, "link").contains(&format!("?secret={secret}&issuer=Almoner")));
        assert_eq!(confirm(&who, &code(&first, 0)).must(422).faults(), ["/code wrong"], "the second one took its place");
        assert_eq!(confirm(&who, &code(&secret, 9)).must(422).faults(), ["/code wrong"]);
        assert_eq!(standing(&who).body, none);
        let used = code(&secret, 0);
        let codes: Vec<String> = confirm(&who, &used).must(200).body["recovery_codes"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        assert_eq!((codes.len(), standing(&who).body["recovery_codes_left"].as_i64()), (10, Some(10)));
        assert!(standing(&who).body["counts_until"].is_string());
        assert_eq!(who.post("/v1/me/second-factor", &json!({})).must(409).code(), "wrong_state");
        assert_eq!(give(&who, &used).must(422).faults(), ["/code wrong"], "a code counts once");
        give(&who, &code(&secret, 1)).must(204);
        assert_eq!(give(&who, &code(&secret, 0)).must(422).faults(), ["/code wrong"], "nor one before one that was used");
        give(&who, &codes[3].to_lowercase()).must(204);
        assert_eq!(give(&who, &codes[3]).must(422).faults(), ["/code wrong"]);
        assert_eq!(standing(&who).body["recovery_codes_left"], 9);
        // Neither the secret nor a code is in the log or kept as it is.
        let log = app.office(&[Role::Auditor]).get("/v1/audit-events?limit=200").must(200).text;
        assert!(!log.contains(&secret) && !log.contains(&codes[0]) && log.contains("second_factor.confirm"));
        assert!(app.texts("SELECT hash AS text FROM recovery_code").iter().all(|hash| hash.len() == 64));
        // An administrator takes it away, and the session has it no more.
        let administrator = app.office(&[Role::Administrator]);
        let user = who.get("/v1/me").must(200).id();
        who.post(&format!("/v1/users/{user}/second-factor-removal"), &json!({})).must(403);
        administrator.post(&format!("/v1/users/{user}/second-factor-removal"), &json!({})).must(204);
        assert_eq!(standing(&who).body, none);
        assert_eq!(administrator.post(&format!("/v1/users/{user}/second-factor-removal"), &json!({})).must(409).code(), "wrong_state");
    }

    fn whoever_enrols_says_the_password_again(app) {
        let email = app.person(Role::Finance, None, PASSWORD);
        let who = with_token(app, &text(&sign_in(app, &email, PASSWORD).must(200), "access_token"));
        for wrong in [json!({}), json!({ "current_password": "four blind mice sat" })] {
            assert_eq!(who.post("/v1/me/second-factor", &wrong).must(422).faults(), ["/current_password wrong"]);
        }
        let secret = text(&who.post("/v1/me/second-factor", &json!({ "current_password": PASSWORD })).must(200), "secret");
        confirm(&who, &code(&secret, 0)).must(200);
        let letters = app.texts("SELECT recipient || ': ' || subject AS text FROM outbox_message WHERE act = 'second_factor.confirm'");
        assert_eq!(letters, [format!("{email}: An authenticator was set up for you")]);
        // Another session of the same person has none yet.
        let other = with_token(app, &text(&sign_in(app, &email, PASSWORD).must(200), "access_token"));
        assert_eq!(standing(&other).body["counts_until"], Value::Null);
        give(&other, &code(&secret, 1)).must(204);
        assert!(standing(&other).body["counts_until"].is_string());
    }

    fn codes_are_not_guessed(app) {
        let who = app.office(&[Role::Finance]);
        let secret = text(&who.post("/v1/me/second-factor", &json!({})).must(200), "secret");
        confirm(&who, &code(&secret, 0)).must(200);
        for _ in 0..10 {
            give(&who, "no code").must(422);
        }
        let closed = give(&who, &code(&secret, 1)).must(429);
        assert_ne!(closed.header("retry-after"), None);
        assert_ne!(closed.body["detail"], Value::Null);
    }
}
