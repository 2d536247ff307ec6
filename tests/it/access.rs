//! People and programs: signing in, carrying on, signing out, and what a token that does not count gets.

use almoner::access::passwords::HashedPassword;
mod command_line;
mod second_factor;
mod service_clients;
mod tokens;
mod users;

use almoner::access::permissions::Role;
use almoner::access::users::{UserInput, acts};
use almoner::store::WriteMeta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

const PASSWORD: &str = "four blind mice ran";

/// A user with a password, and their id.
fn person(app: &App, email: &str, roles: &[Role]) -> String {
    let input =
        UserInput { email: email.to_owned(), name: "Somebody".to_owned(), roles: roles.to_vec(), provider_id: None, areas: Vec::new() };
    let password = HashedPassword::of(PASSWORD).unwrap();
    let made = app.service.db.write(WriteMeta::system("user.create", "test"), move |tx| acts::create(tx, &input, Some(&password)));
    app.wait(made).unwrap().id.to_string()
}

fn sign_in(app: &App, email: &str, password: &str) -> Answer {
    app.nobody().post("/v1/session", &json!({ "email": email, "password": password }))
}

fn refresh(app: &App, token: &str) -> Answer {
    app.nobody().post("/v1/session/refresh", &json!({ "refresh_token": token }))
}

fn text(answer: &Answer, field: &str) -> String {
    answer.body[field].as_str().unwrap_or_else(|| panic!("no {field}: {}", answer.text)).to_owned()
}

fn with_token(app: &App, token: &str) -> Client {
    Client { token: Some(token.to_owned()), ..app.nobody() }
}

/// The id of the user with this token.
fn id_of(client: &Client) -> String {
    client.get("/v1/me").must(200).id()
}

on_both! {
    fn a_person_signs_in_and_out(app) {
        let id = person(app, "Finance.Officer@opcc.example", &[Role::Finance]);
        let session = sign_in(app, " FINANCE.officer@opcc.example", PASSWORD).must(200);
        assert_eq!(session.body["token_type"], "Bearer");
        assert_eq!(session.body["expires_in"], 900);
        assert_eq!(session.header("cache-control"), Some("no-store"));
        let me = with_token(app, &text(&session, "access_token"));
        let shown = me.get("/v1/me").must(200);
        assert_eq!(shown.body["id"], Value::from(id));
        assert_eq!(shown.body["roles"], json!(["finance"]));
        assert_eq!(shown.body["name"], "finance.officer@opcc.example");
        assert_eq!(shown.body["kind"], "user");
        assert!(shown.body["permissions"].as_array().unwrap().contains(&json!("budgets.confirm")));
        me.send(me.request(Method::DELETE, "/v1/session")).must(204);
        let after = me.get("/v1/me").must(401);
        assert_eq!(after.code(), "unauthenticated");
        assert!(after.header("www-authenticate").unwrap().contains("invalid_token"));
        assert_eq!(refresh(app, &text(&session, "refresh_token")).must(401).code(), "bad_credentials");
    }

    fn signing_out_ends_one_session_only(app) {
        person(app, "auditor@audit.example", &[Role::Auditor]);
        let (one, other) = (sign_in(app, "auditor@audit.example", PASSWORD).must(200), sign_in(app, "auditor@audit.example", PASSWORD).must(200));
        let one = with_token(app, &text(&one, "access_token"));
        one.send(one.request(Method::DELETE, "/v1/session")).must(204);
        one.get("/v1/me").must(401);
        with_token(app, &text(&other, "access_token")).get("/v1/me").must(200);
    }

    fn a_wrong_password_says_nothing_about_who_exists(app) {
        person(app, "finance@opcc.example", &[Role::Finance]);
        let known = sign_in(app, "finance@opcc.example", "not the password").must(401);
        let unknown = sign_in(app, "nobody@opcc.example", "not the password").must(401);
        assert_eq!(known.code(), "bad_credentials");
        assert_eq!((known.code(), &known.body["detail"]), (unknown.code(), &unknown.body["detail"]));
        assert!(known.header("www-authenticate").is_some());
        assert_eq!(sign_in(app, "", "").must(422).faults(), ["/email too_short", "/password too_short"]);
        let form = json!({ "email": "a@opcc.example", "password": PASSWORD, "remember": true });
        assert_eq!(app.nobody().post("/v1/session", &form).must(422).faults(), ["/remember unknown_field"]);
    }

    fn a_user_without_a_password_cannot_sign_in(app) {
        let administrator = app.office(&[Role::Administrator]);
        let user = json!({ "email": "new@opcc.example", "name": "New", "roles": ["finance"] });
        let made = administrator.post("/v1/users", &user).must(201);
        assert_eq!(made.body["has_password"], false);
        sign_in(app, "new@opcc.example", PASSWORD).must(401);
    }

    fn too_many_wrong_passwords_close_the_account_for_a_while(app) {
        let user = person(app, "finance@opcc.example", &[Role::Finance]);
        for _ in 0..9 {
            sign_in(app, "finance@opcc.example", "not the password").must(401);
        }
        sign_in(app, "finance@opcc.example", PASSWORD).must(200);
        for _ in 0..10 {
            sign_in(app, "finance@opcc.example", "not the password").must(401);
        }
        let closed = sign_in(app, "Finance@opcc.example", PASSWORD).must(429);
        assert!(closed.body["detail"].as_str().unwrap().ends_with(" minutes, then try again."), "{}", closed.text);
        let wait: u64 = closed.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        for _ in 0..10 {
            sign_in(app, "nobody@opcc.example", PASSWORD).must(401);
        }
        sign_in(app, "nobody@opcc.example", PASSWORD).must(429);
        // Each is in the log with the user whose account it was tried on; what was typed is not.
        let log = app.office(&[Role::Auditor]).all("/v1/audit-events?outcome=refused");
        assert_eq!(log.len(), 19, "and none of nobody's account");
        for one in &log {
            let said = [&one["act"], &one["record_kind"], &one["record_id"], &one["actor_name"], &one["refusal_code"]];
            assert_eq!(said, [&json!("session.create"), &json!("user"), &json!(user), &json!("anonymous"), &json!("bad_credentials")]);
        }
    }

    fn a_refresh_token_counts_once_and_its_return_ends_the_session(app) {
        person(app, "finance@opcc.example", &[Role::Finance]);
        let first = sign_in(app, "finance@opcc.example", PASSWORD).must(200);
        let second = refresh(app, &text(&first, "refresh_token")).must(200);
        assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
        assert_eq!(first.body["session_id"], second.body["session_id"]);
        let third = refresh(app, &text(&second, "refresh_token")).must(200);
        let me = with_token(app, &text(&third, "access_token"));
        me.get("/v1/me").must(200);

        assert_eq!(refresh(app, &text(&first, "refresh_token")).must(401).code(), "bad_credentials");
        me.get("/v1/me").must(401);
        refresh(app, &text(&third, "refresh_token")).must(401);
        sign_in(app, "finance@opcc.example", PASSWORD).must(200);
    }

    fn a_refresh_token_used_twice_at_once_gives_tokens_to_one_at_the_most(app) {
        person(app, "finance@opcc.example", &[Role::Finance]);
        let session = sign_in(app, "finance@opcc.example", PASSWORD).must(200);
        let token = text(&session, "refresh_token");
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| refresh(app, &token).status)).collect();
            tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 7, "{answers:?}");
        with_token(app, &text(&session, "access_token")).get("/v1/me").must(401);
    }

    fn what_is_no_refresh_token_is_refused(app) {
        for junk in ["x", "eyJhbGciOiJub25lIn0.e30.", "' OR 1=1 --"] {
            assert_eq!(refresh(app, junk).must(401).code(), "bad_credentials");
        }
        assert_eq!(app.nobody().post("/v1/session/refresh", &json!({})).must(422).faults(), ["/refresh_token required"]);
    }

    fn ones_own_password_is_changed_with_the_one_before(app) {
        person(app, "finance@opcc.example", &[Role::Finance]);
        let (one, other) = (sign_in(app, "finance@opcc.example", PASSWORD).must(200), sign_in(app, "finance@opcc.example", PASSWORD).must(200));
        let one = with_token(app, &text(&one, "access_token"));
        let change = |current: &str, new: &str| one.post("/v1/me/password", &json!({ "current_password": current, "password": new }));
        assert_eq!(change("not the password", "five blind mice ran").must(422).faults(), ["/current_password wrong"]);
        assert_eq!(change(PASSWORD, "finance@opcc.example").must(422).faults(), ["/password too_simple"]);
        assert_eq!(change(PASSWORD, "short").must(422).faults(), ["/password too_short"]);
        change(PASSWORD, "five blind mice ran").must(204);
        one.get("/v1/me").must(200);
        with_token(app, &text(&other, "access_token")).get("/v1/me").must(401);
        sign_in(app, "finance@opcc.example", PASSWORD).must(401);
        sign_in(app, "finance@opcc.example", "five blind mice ran").must(200);
    }

    fn a_wrong_password_until_now_counts_and_is_logged(app) {
        let id = person(app, "finance@opcc.example", &[Role::Finance]);
        let session = sign_in(app, "finance@opcc.example", PASSWORD).must(200);
        let me = with_token(app, &text(&session, "access_token"));
        let change = |current: &str| me.post("/v1/me/password", &json!({ "current_password": current, "password": "five blind mice ran" }));
        for _ in 0..10 {
            assert_eq!(change("not the password").must(422).faults(), ["/current_password wrong"]);
        }
        let closed = change(PASSWORD).must(429);
        assert!(closed.header("retry-after").is_some());
        sign_in(app, "finance@opcc.example", PASSWORD).must(429);
        let auditor = app.office(&[Role::Auditor]);
        let events = auditor.all(&format!("/v1/audit-events?record_id={id}&outcome=refused"));
        assert_eq!(events.len(), 10);
        let (act, code) = (&events[0]["act"], &events[0]["refusal_code"]);
        assert_eq!((act, code, &events[0]["actor_id"]), (&json!("user.change_password"), &json!("bad_credentials"), &json!(id)));
        // A quarter of an hour later the right one is taken, and clears the count.
        app.sql("UPDATE sign_in_failure SET failures = 9");
        change(PASSWORD).must(204);
        assert_eq!(app.texts("SELECT subject AS text FROM sign_in_failure"), Vec::<String>::new());
    }
}
