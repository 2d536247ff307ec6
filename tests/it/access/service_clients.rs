//! Programs: their secrets, their tokens and how they are shut out.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::json;

use super::{text, with_token};
use crate::support::{Answer, App, Client};

fn made(administrator: &Client, client_id: &str, roles: &[&str]) -> Answer {
    administrator.post("/v1/service-clients", &json!({ "client_id": client_id, "name": "A program", "roles": roles })).must(201)
}

fn path(client: &Answer) -> String {
    format!("/v1/service-clients/{}", client.id())
}

fn ask(app: &App, form: &[(&str, &str)]) -> Answer {
    let nobody = app.nobody();
    nobody.send(nobody.request(Method::POST, "/oauth/token").form(form))
}

fn token(app: &App, client_id: &str, secret: &str) -> Answer {
    ask(app, &[("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)])
}

on_both! {
    fn a_program_gets_a_token_with_its_secret(app) {
        let administrator = app.office(&[Role::Administrator]);
        let made = made(&administrator, "finance-warehouse", &["finance"]);
        let secret = text(&made, "client_secret");
        let given = token(app, "finance-warehouse", &secret).must(200);
        assert_eq!((&given.body["token_type"], &given.body["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(given.header("cache-control"), Some("no-store"));
        assert!(text(&given, "scope").contains("reports.read"));
        let program = with_token(app, &text(&given, "access_token"));
        let me = program.get("/v1/me").must(200);
        assert_eq!((&me.body["kind"], &me.body["name"], &me.body["roles"]), (&json!("service_client"), &json!("finance-warehouse"), &json!(["finance"])));
        assert_eq!(me.body["id"], json!(made.id()));
        program.get("/v1/users").must(403);
        assert_eq!(program.send(program.request(Method::DELETE, "/v1/session")).must(409).code(), "wrong_state");
        let own = json!({ "current_password": "x", "password": "four blind mice ran" });
        assert_eq!(program.post("/v1/me/password", &own).must(409).code(), "wrong_state");
    }

    fn a_wrong_secret_a_wrong_name_and_a_wrong_form_are_refused(app) {
        let administrator = app.office(&[Role::Administrator]);
        let secret = text(&made(&administrator, "finance-warehouse", &["finance"]), "client_secret");
        let wrong = token(app, "finance-warehouse", "not the secret").must(401);
        let unknown = token(app, "other-warehouse", &secret).must(401);
        assert_eq!((wrong.code(), &wrong.body["detail"]), ("bad_credentials", &unknown.body["detail"]));
        assert!(wrong.header("www-authenticate").is_some());
        // The log has the wrong secret with the client that it was tried on, and nothing of a client that there is not.
        let log = app.office(&[Role::Auditor]).all("/v1/audit-events?outcome=refused");
        let seen: Vec<_> = log.iter().map(|one| (&one["act"], &one["record_kind"], &one["actor_name"], &one["refusal_code"])).collect();
        assert_eq!(seen, [(&json!("service_client.get_token"), &json!("service_client"), &json!("anonymous"), &json!("bad_credentials"))], "{log:?}");
        assert!(!log[0].to_string().contains("not the secret"));
        assert_eq!(ask(app, &[("grant_type", "password"), ("client_id", "x")]).must(422).faults(), ["/client_secret required", "/grant_type not_a_choice"]);
        let twice = [("grant_type", "client_credentials"), ("client_id", "x"), ("client_id", "y"), ("client_secret", "z")];
        assert_eq!(ask(app, &twice).must(422).faults(), ["/client_id repeated"]);
        app.nobody().post("/oauth/token", &json!({ "grant_type": "client_credentials" })).must(415);
    }

    fn a_scope_confines_a_token(app) {
        let administrator = app.office(&[Role::Administrator]);
        let secret = text(&made(&administrator, "warehouse", &["auditor"]), "client_secret");
        let with_scope = |scope: &str| {
            ask(app, &[("grant_type", "client_credentials"), ("client_id", "warehouse"), ("client_secret", &secret), ("scope", scope)])
        };
        let given = with_scope("ledger.read session.use users.manage").must(200);
        assert_eq!(text(&given, "scope"), "session.use ledger.read", "no more than the roles allow");
        let program = with_token(app, &text(&given, "access_token"));
        program.get("/v1/ledger/accounts").must(200);
        assert_eq!(program.get("/v1/users").must(403).body["permission"], "users.read");
        assert_eq!(program.get("/v1/me").must(200).body["permissions"], json!(["session.use", "ledger.read"]));
        assert_eq!(with_scope("ledger.read everything").must(422).faults(), ["/scope not_a_choice"]);
    }

    fn a_secret_is_shown_once(app) {
        let administrator = app.office(&[Role::Administrator]);
        let body = json!({ "client_id": "warehouse", "name": "Warehouse", "roles": ["finance"] });
        let send = || administrator.send(administrator.request(Method::POST, "/v1/service-clients").header("Idempotency-Key", "one-key").json(&body));
        let (first, again) = (send().must(201), send().must(201));
        let secret = text(&first, "client_secret");
        assert_eq!((first.id(), again.header("idempotent-replay")), (again.id(), Some("true")));
        assert_eq!(again.body["client_secret"], json!(null));
        let shown = administrator.get(&path(&first)).must(200);
        assert_eq!(shown.body["client_secret"], json!(null));
        assert!(shown.body["secret_made_at"].is_string());
        token(app, "warehouse", &secret).must(200);
    }

    fn a_new_secret_ends_the_old_one_and_its_tokens(app) {
        let administrator = app.office(&[Role::Administrator]);
        let made = made(&administrator, "warehouse", &["finance"]);
        let old = text(&made, "client_secret");
        let program = with_token(app, &text(&token(app, "warehouse", &old).must(200), "access_token"));
        program.get("/v1/me").must(200);
        let replaced = administrator.change(&format!("{}/secret", path(&made)), made.tag(), &json!({})).must(200);
        assert_eq!(replaced.body["version"], 2);
        program.get("/v1/me").must(401);
        token(app, "warehouse", &old).must(401);
        token(app, "warehouse", &text(&replaced, "client_secret")).must(200);
    }

    fn a_deactivated_program_is_out_at_once(app) {
        let administrator = app.office(&[Role::Administrator]);
        let made = made(&administrator, "warehouse", &["finance"]);
        let secret = text(&made, "client_secret");
        let program = with_token(app, &text(&token(app, "warehouse", &secret).must(200), "access_token"));
        let out = administrator.change(&format!("{}/deactivation", path(&made)), made.tag(), &json!({})).must(200);
        program.get("/v1/me").must(401);
        token(app, "warehouse", &secret).must(401);
        assert_eq!(administrator.change(&format!("{}/deactivation", path(&made)), out.tag(), &json!({})).must(409).code(), "wrong_state");
        administrator.change(&format!("{}/activation", path(&made)), out.tag(), &json!({})).must(200);
        program.get("/v1/me").must(200);
    }

    fn programs_are_changed_listed_and_checked(app) {
        let administrator = app.office(&[Role::Administrator]);
        let one = made(&administrator, "warehouse", &["finance"]);
        made(&administrator, "archive", &["auditor"]);
        let ids = |query: &str| -> Vec<String> {
            administrator.all(&format!("/v1/service-clients{query}")).iter().map(|one| one["client_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids("?limit=1"), ["archive", "warehouse"]);
        assert_eq!(ids("?search=WARE"), ["warehouse"]);
        assert_eq!(ids("?active=false"), [""; 0]);
        let patched = administrator.patch(&path(&one), one.tag(), &json!({ "roles": ["auditor"], "name": "Store" })).must(200);
        assert_eq!((&patched.body["roles"], &patched.body["name"]), (&json!(["auditor"]), &json!("Store")));
        administrator.patch(&path(&one), one.tag(), &json!({ "name": "Late" })).must(412);
        assert_eq!(administrator.patch(&path(&one), patched.tag(), &json!({ "client_id": "archive" })).must(409).code(), "taken");
        let taken = administrator.post("/v1/service-clients", &json!({ "client_id": "archive", "name": "X", "roles": ["finance"] })).must(409);
        assert_eq!((taken.code(), &taken.body["field"]), ("taken", &json!("client_id")));
        let wrong = json!({ "client_id": "almoner", "name": " ", "roles": ["provider_author", "finance"] });
        assert_eq!(administrator.post("/v1/service-clients", &wrong).must(422).faults(),
            ["/client_id reserved", "/name too_short", "/provider_id required", "/roles mixed_roles"]);
        app.office(&[Role::Finance]).get("/v1/service-clients").must(403);
        administrator.get("/v1/service-clients/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7").must(404);
    }
}
