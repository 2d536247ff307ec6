//! People and programs: signing in, carrying on, signing out, and what a token that does not count gets.

use almoner::access::passwords::HashedPassword;
use almoner::access::permissions::Role;
use almoner::access::users::{self, UserInput};
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
    let made = app.service.db.write(WriteMeta::system("user.create", "test"), move |tx| users::acts::create(tx, &input, Some(&password)));
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
        assert!(shown.body["permissions"].as_array().unwrap().contains(&json!("budgets.confirm")));
        me.send(me.request(Method::DELETE, "/v1/session")).must(204);
        let after = me.get("/v1/me").must(401);
        assert_eq!(after.code(), "unauthenticated");
        assert!(after.header("www-authenticate").unwrap().contains("invalid_token"));
        refresh(app, &text(&session, "refresh_token")).must(401);
    }
}
