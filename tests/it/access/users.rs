//! Users as an administrator keeps them.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{PASSWORD, id_of, refresh, sign_in, text, with_token};
use crate::support::{Answer, App, Client};

fn administrator(app: &App) -> Client {
    app.office(&[Role::Administrator])
}

fn made(administrator: &Client, email: &str, roles: &[&str]) -> Answer {
    administrator.post("/v1/users", &json!({ "email": email, "name": "Some Body", "roles": roles })).must(201)
}

fn path(user: &Answer) -> String {
    format!("/v1/users/{}", user.id())
}

fn provider(app: &App, reference: &str) -> String {
    let input =
        json!({ "reference": reference, "name": reference, "kind": "community_group", "pcc_status": "commissioned", "postcode": "B1 1AA" });
    app.office(&[Role::Commissioner]).post("/v1/providers", &input).must(201).id()
}

on_both! {
    fn a_user_is_made_shown_changed_and_kept_in_versions(app) {
        let administrator = administrator(app);
        let input = json!({ "email": "Officer@OPCC.example", "name": " Demo Officer ", "roles": ["endorser"], "areas": ["npu-east"] });
        let made = administrator.post("/v1/users", &input).must(201);
        let path = path(&made);
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!((&made.body["email"], &made.body["name"], &made.body["version"]), (&json!("officer@opcc.example"), &json!("Demo Officer"), &json!(1)));
        assert_eq!(made.body["allowed_actions"], json!(["change", "password", "deactivation"]));
        let shown = administrator.get(&path).must(200);
        assert_eq!((shown.tag(), &shown.body), (made.tag(), &made.body));
        let known = administrator.request(Method::GET, &path).header("If-None-Match", shown.tag());
        administrator.send(known).must(304);

        let patched = administrator.patch(&path, shown.tag(), &json!({ "roles": ["finance"], "areas": null })).must(200);
        assert_eq!((&patched.body["roles"], &patched.body["areas"], &patched.body["version"]), (&json!(["finance"]), &json!([]), &json!(2)));
        assert_eq!(administrator.patch(&path, shown.tag(), &json!({ "name": "Other" })).must(412).code(), "stale");
        let unnamed = administrator.request(Method::PATCH, &path).json(&json!({ "name": "Other" }));
        administrator.send(unnamed).must(428);
        administrator.patch(&path, patched.tag(), &json!({ "name": null })).must(422);
        administrator.get("/v1/users/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7").must(404);
    }

    fn every_fault_of_a_user_comes_at_once(app) {
        let administrator = administrator(app);
        let shape = json!({ "email": "x", "name": "", "roles": ["king"], "areas": "all", "extra": 1, "provider_id": "bcwa" });
        let refused = administrator.post("/v1/users", &shape).must(422);
        let expected = ["/areas wrong_type", "/email wrong_format", "/extra unknown_field", "/name too_short",
            "/provider_id wrong_format", "/roles/0 not_a_choice"];
        assert_eq!(refused.faults(), expected);
        assert!(refused.text.contains("\"At least 1 character.\""), "{}", refused.text);
        let rules = json!({ "email": "a@opcc.example", "name": " ", "roles": ["finance", "provider_author", "finance"], "areas": ["a", "a"] });
        let refused = administrator.post("/v1/users", &rules).must(422);
        let expected = ["/areas not_allowed", "/areas/1 repeated", "/name too_short", "/provider_id required", "/roles mixed_roles", "/roles repeated"];
        assert_eq!(refused.faults(), expected);
        assert_eq!(administrator.all("/v1/users").len(), 1, "nothing was written");
    }

    fn a_provider_user_needs_an_existing_provider(app) {
        let administrator = administrator(app);
        let input = |provider: &str| json!({ "email": "author@bcwa.example", "name": "Author", "roles": ["provider_author"], "provider_id": provider });
        let unknown = administrator.post("/v1/users", &input("0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7")).must(422);
        assert_eq!(unknown.faults(), ["/provider_id unknown_record"]);
        let bcwa = provider(app, "BCWA");
        let made = administrator.post("/v1/users", &input(&bcwa)).must(201);
        assert_eq!(made.body["provider_id"], json!(bcwa));
        let office = administrator.post("/v1/users", &json!({ "email": "b@opcc.example", "name": "B", "roles": ["finance"], "provider_id": bcwa }));
        assert_eq!(office.must(422).faults(), ["/provider_id not_allowed"]);
    }

    fn an_address_belongs_to_one_user(app) {
        let administrator = administrator(app);
        let one = made(&administrator, "one@opcc.example", &["finance"]);
        let two = made(&administrator, "two@opcc.example", &["finance"]);
        let again = administrator.post("/v1/users", &json!({ "email": "ONE@opcc.example", "name": "X", "roles": ["finance"] })).must(409);
        assert_eq!((again.code(), &again.body["field"]), ("taken", &json!("email")));
        assert_eq!(administrator.patch(&path(&two), two.tag(), &json!({ "email": "one@opcc.example" })).must(409).code(), "taken");
        let moved = administrator.patch(&path(&one), one.tag(), &json!({ "email": "first@opcc.example" })).must(200);
        assert_eq!(moved.body["email"], "first@opcc.example");
        made(&administrator, "one@opcc.example", &["finance"]);
    }

    fn the_same_key_makes_one_user(app) {
        let administrator = administrator(app);
        let body = json!({ "email": "once@opcc.example", "name": "Once", "roles": ["auditor"] });
        let send = |body: &Value| administrator.send(administrator.request(Method::POST, "/v1/users").header("Idempotency-Key", "one-key").json(body));
        let (first, again) = (send(&body).must(201), send(&body).must(201));
        assert_eq!((first.text.as_str(), first.tag(), again.header("idempotent-replay")), (again.text.as_str(), again.tag(), Some("true")));
        let other = json!({ "email": "other@opcc.example", "name": "Once", "roles": ["auditor"] });
        assert_eq!(send(&other).must(422).code(), "key_reused");
    }

    fn users_are_listed_by_address_and_found(app) {
        let administrator = administrator(app);
        for name in ["dora", "anna", "carl", "bert"] {
            let roles = if name < "c" { ["finance"] } else { ["auditor"] };
            let made = made(&administrator, &format!("{name}@list.example"), &roles);
            if name == "carl" {
                administrator.change(&format!("{}/deactivation", path(&made)), made.tag(), &json!({})).must(200);
            }
        }
        let names = |query: &str| -> Vec<String> {
            let users = administrator.all(&format!("/v1/users?search=LIST.example{query}"));
            users.iter().map(|user| user["email"].as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
        };
        assert_eq!(names(""), ["anna", "bert", "carl", "dora"]);
        assert_eq!(names("&limit=1"), ["anna", "bert", "carl", "dora"], "page by page");
        assert_eq!(names("&role=finance"), ["anna", "bert"]);
        assert_eq!(names("&active=false"), ["carl"]);
        assert_eq!(names("&role=auditor&active=true"), ["dora"]);
        assert_eq!(administrator.all("/v1/users?search=some%20body").len(), 4);
        assert_eq!(administrator.all("/v1/users?search=%25").len(), 0, "a sign of the pattern is a plain sign");
        assert_eq!(administrator.get("/v1/users?role=king&limit=0&other=1").must(422).faults(),
            ["query:limit out_of_range", "query:other unknown_parameter", "query:role not_a_choice"]);
        assert_eq!(administrator.get("/v1/users?cursor=nonsense").must(422).faults(), ["query:cursor cursor"]);
        let auditor = app.office(&[Role::Auditor]);
        assert_eq!(auditor.get("/v1/users?search=anna").must(200).items()[0]["allowed_actions"], json!([]));
    }

    fn a_deactivated_user_is_out_at_once(app) {
        let administrator = administrator(app);
        let user = made(&administrator, "leaver@opcc.example", &["finance"]);
        administrator.post(&format!("{}/password", path(&user)), &json!({ "password": PASSWORD })).must(204);
        let session = sign_in(app, "leaver@opcc.example", PASSWORD).must(200);
        let leaver = with_token(app, &text(&session, "access_token"));
        leaver.get("/v1/me").must(200);
        let out = administrator.change(&format!("{}/deactivation", path(&user)), user.tag(), &json!({})).must(200);
        assert_eq!((&out.body["active"], &out.body["allowed_actions"]), (&json!(false), &json!(["change", "password", "activation"])));
        leaver.get("/v1/me").must(401);
        sign_in(app, "leaver@opcc.example", PASSWORD).must(401);
        refresh(app, &text(&session, "refresh_token")).must(401);
        assert_eq!(administrator.change(&format!("{}/deactivation", path(&user)), out.tag(), &json!({})).must(409).code(), "wrong_state");
        let back = administrator.change(&format!("{}/activation", path(&user)), out.tag(), &json!({})).must(200);
        assert_eq!(back.body["active"], true);
        leaver.get("/v1/me").must(401);
        sign_in(app, "leaver@opcc.example", PASSWORD).must(200);
    }

    fn a_role_taken_away_counts_at_once(app) {
        let (administrator, other) = (administrator(app), app.office(&[Role::Administrator]));
        other.get("/v1/users").must(200);
        let path = format!("/v1/users/{}", id_of(&other));
        let shown = administrator.get(&path).must(200);
        administrator.patch(&path, shown.tag(), &json!({ "roles": ["finance"] })).must(200);
        assert_eq!(other.get("/v1/users").must(403).body["permission"], "users.read");
        assert_eq!(other.get("/v1/me").must(200).body["roles"], json!(["finance"]));
    }

    fn the_last_administrator_stays(app) {
        let administrator = administrator(app);
        let path = format!("/v1/users/{}", id_of(&administrator));
        let own = administrator.get(&path).must(200);
        let refused = administrator.change(&format!("{path}/deactivation"), own.tag(), &json!({})).must(409);
        assert_eq!(refused.code(), "rule_broken");
        assert_eq!(administrator.patch(&path, own.tag(), &json!({ "roles": ["finance"] })).must(409).code(), "rule_broken");
        let may = |path: &str| administrator.get(path).must(200).body["allowed_actions"].clone();
        assert_eq!((may(&path), own.body["allowed_actions"].clone()), (json!(["change", "password"]), json!(["change", "password"])));
        assert_eq!(administrator.all("/v1/users")[0]["allowed_actions"], json!(["change", "password"]));
        let me = administrator.get("/v1/me").must(200);
        assert_eq!((&me.body["name"], &me.body["display_name"]), (&own.body["email"], &own.body["name"]));
        made(&administrator, "second@opcc.example", &["administrator"]);
        assert_eq!(may(&path), json!(["change", "password", "deactivation"]));
        administrator.change(&format!("{path}/deactivation"), own.tag(), &json!({})).must(200);
        administrator.get("/v1/me").must(401);
    }

    fn two_administrators_cannot_shut_each_other_out_at_once(app) {
        let both = [administrator(app), administrator(app)];
        let paths: Vec<String> = both.iter().map(|one| format!("/v1/users/{}", id_of(one))).collect();
        let tags: Vec<String> = paths.iter().map(|path| both[0].get(path).must(200).tag().to_owned()).collect();
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let shut = |by: usize, whom: usize| both[by].change(&format!("{}/deactivation", paths[whom]), &tags[whom], &json!({})).status;
            let tries = [scope.spawn(move || shut(0, 1)), scope.spawn(move || shut(1, 0))];
            tries.into_iter().map(|attempt| attempt.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        let left = both.iter().filter(|one| one.get("/v1/me").status == 200).count();
        assert_eq!(left, 1);
    }

    fn a_password_set_by_an_administrator_ends_the_sessions(app) {
        let administrator = administrator(app);
        let user = made(&administrator, "finance@opcc.example", &["finance"]);
        let set = |password: &str| administrator.post(&format!("{}/password", path(&user)), &json!({ "password": password }));
        assert_eq!(set("finance@opcc.example").must(422).faults(), ["/password too_simple"]);
        assert_eq!(set("short").must(422).faults(), ["/password too_short"]);
        set(PASSWORD).must(204);
        let session = sign_in(app, "finance@opcc.example", PASSWORD).must(200);
        set("five blind mice ran").must(204);
        with_token(app, &text(&session, "access_token")).get("/v1/me").must(401);
        sign_in(app, "finance@opcc.example", PASSWORD).must(401);
        sign_in(app, "finance@opcc.example", "five blind mice ran").must(200);
        administrator.post("/v1/users/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7/password", &json!({ "password": PASSWORD })).must(404);
    }
}
