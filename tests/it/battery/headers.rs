//! What is wrong with the headers of a change, and with whose record it is.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use serde_json::json;

use super::{Office, refused, writes_nothing};
use crate::support::Scene;
use crate::support::client::new_key;

on_both! {
    fn a_change_says_which_version_it_changes(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in office.operations.iter().filter(|one| one.tag.is_some()) {
                let bare = || operation.client.request(operation.method.clone(), &operation.path).header("Idempotency-Key", new_key()).json(&operation.good);
                let send = |request| operation.client.send(request);
                refused(send(bare()), 428, "precondition_required");
                for stale in ["\"0.9f2c11aa\"", "\"2.9f2c11aa\"", "\"999999999.00\""] {
                    refused(send(bare().header(IF_MATCH, stale)), 412, "stale");
                }
                for wrong in [
                    "", "*", "1", "\"1\"", "\"1.\"", "\".9f2c11aa\"", "\"1.9F2C11AA\"", "\"-1.9f2c11aa\"", "\"1.5.9f2c\"", "W/\"1.9f2c11aa\"", "\"1.9f2c11aa\", \"2.9f2c11aa\"",
                    "\"99999999999999999999.9f\"", "\"1.9f2c11aa", "1.9f2c11aa", "\"1.' OR 1=1 --\"", "\"\"",
                ] {
                    assert_eq!(refused(send(bare().header(IF_MATCH, wrong)), 422, "invalid").faults(), ["header:If-Match wrong_format"], "{wrong}");
                }
                let bytes = bare().header(IF_MATCH, reqwest::header::HeaderValue::from_bytes(b"\"1.\xff\"").unwrap());
                refused(send(bytes), 422, "invalid");
                let twice = bare().header(IF_MATCH, operation.tag.as_deref().unwrap()).header(IF_MATCH, "\"1.9f2c11aa\"");
                assert_eq!(refused(send(twice), 422, "invalid").faults(), ["header:If-Match wrong_format"]);
                // Header and body at once.
                let both = operation.client.request(operation.method.clone(), &operation.path).header("Idempotency-Key", new_key());
                let both = both.header(IF_MATCH, "1").json(&operation.with("colour", json!(1)));
                assert_eq!(refused(send(both), 422, "invalid").faults(), ["/colour unknown_field", "header:If-Match wrong_format"]);
            }
        });
    }

    fn money_needs_a_key_and_a_key_is_of_one_request(app) {
        let office = Office::set(app);
        let earmarks = office.operation("/earmarks");
        writes_nothing(app, || {
            for operation in office.operations.iter().filter(|one| one.needs_key) {
                let mut request = operation.client.request(Method::POST, &operation.path).json(&operation.good);
                if let Some(tag) = &operation.tag {
                    request = request.header(IF_MATCH, tag);
                }
                assert_eq!(refused(operation.client.send(request), 422, "invalid").faults(), ["header:Idempotency-Key required"]);
            }
            let bare = || earmarks.client.request(Method::POST, &earmarks.path).json(&earmarks.good);
            for key in ["", " ", "a b", "é", &"k".repeat(256), "a\tb"] {
                let answer = refused(earmarks.client.send(bare().header("Idempotency-Key", key)), 422, "invalid");
                assert_eq!(answer.faults(), ["header:Idempotency-Key wrong_format"], "{key}");
            }
            let twice = bare().header("Idempotency-Key", new_key()).header("Idempotency-Key", new_key());
            refused(earmarks.client.send(twice), 422, "invalid");
        });
        let key = new_key();
        let send = |path: &str, amount: i64| {
            let request = earmarks.client.request(Method::POST, path).header("Idempotency-Key", &key);
            earmarks.client.send(request.json(&earmarks.with("amount_pence", json!(amount))))
        };
        let first = send(&earmarks.path, 700).must(201);
        writes_nothing(app, || {
            refused(send(&earmarks.path, 701), 422, "key_reused");
            refused(send(&earmarks.path, 1_000_000_000), 422, "key_reused");
            let elsewhere = earmarks.client.request(Method::POST, "/v1/areas").header("Idempotency-Key", &key);
            refused(earmarks.client.send(elsewhere.json(&json!({ "code": "x-y", "name": "X", "kind": "local_authority" }))), 422, "key_reused");
            let again = send(&earmarks.path, 700).must(201);
            assert_eq!((again.id(), &again.text), (first.id(), &first.text), "the same request gets the same answer");
        });
        // Another caller's key is another key.
        let other = app.office(&[almoner::access::permissions::Role::Finance]);
        let request = other.request(Method::POST, &earmarks.path).header("Idempotency-Key", &key).json(&earmarks.with("amount_pence", json!(701)));
        assert_ne!(other.send(request).must(201).id(), first.id());
    }

    fn what_headers_lack_is_told_beside_what_is_wrong_with_the_body(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}/offer", draft.id());
        let offer = |body: serde_json::Value| scene.commissioner.request(Method::POST, &path).json(&body);
        let wrong = json!({ "offered_on": "soon" });
        let without = ["/offered_on wrong_format", "header:Idempotency-Key required", "header:If-Match required"];
        assert_eq!(refused(scene.commissioner.send(offer(wrong.clone())), 422, "invalid").faults(), without);
        let without_key = offer(wrong).header(IF_MATCH, draft.tag());
        assert_eq!(refused(scene.commissioner.send(without_key), 422, "invalid").faults(), without[..2]);
        // Rules are told beside the missing key too.
        let early = offer(json!({ "offered_on": "2020-07-01", "acceptance_due_on": "2020-06-30" })).header(IF_MATCH, draft.tag());
        let told = refused(scene.commissioner.send(early), 422, "invalid").faults();
        assert_eq!(told, ["/acceptance_due_on reversed_dates", "header:Idempotency-Key required"]);
        let alone = offer(json!({ "offered_on": "2020-07-01" })).header("Idempotency-Key", new_key());
        refused(scene.commissioner.send(alone), 428, "precondition_required");
        // An act that needs no field needs no body.
        let bare = scene.commissioner.request(Method::POST, &path).header(IF_MATCH, draft.tag()).header("Idempotency-Key", new_key());
        scene.commissioner.send(bare).must(200);
        let text = scene.commissioner.request(Method::POST, "/v1/awards").header(CONTENT_TYPE, "text/plain").body("");
        refused(scene.commissioner.send(text), 415, "unsupported_media");
        let nothing = refused(scene.commissioner.send(scene.commissioner.request(Method::POST, "/v1/awards")), 422, "invalid");
        assert!(nothing.faults().contains(&"/title required".to_owned()), "{}", nothing.text);
    }

    fn every_id_that_leads_nowhere_is_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let input = scene.grant(1, json!({ "fund_period_id": nowhere, "area_ids": [nowhere], "provider_id": nowhere, "succeeds": nowhere, "title": " " }));
        let wanted = ["/area_ids/0 unknown_record", "/fund_period_id unknown_record", "/provider_id unknown_record", "/succeeds unknown_record", "/title blank"];
        assert_eq!(scene.commissioner.post("/v1/awards", &input).must(422).faults(), wanted);
    }

    fn messages_say_how_to_mend(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let says = |path: &str, words: &str| {
            let answer = refused(scene.finance.get(path), 422, "invalid");
            assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains(words), "{path}: {}", answer.text);
        };
        says("/v1/reports/allocations?financial_year=2020/21", "Write it as in `20");
        says("/v1/reports/allocations?group_by=fund,financial_year", "`group_by=fund&group_by=financial_year`");
        says("/v1/awards?fund_id=CIF", "A list is narrowed by a record's `id`");
        let administrator = app.office(&[almoner::access::permissions::Role::Administrator]);
        let client = json!({ "client_id": "Power BI!", "name": "Power BI", "roles": ["finance"] });
        let refused_client = refused(administrator.post("/v1/service-clients", &client), 422, "invalid");
        assert!(refused_client.text.contains("Write it as in `"), "{}", refused_client.text);
        let basic = app.nobody().request(Method::POST, "/oauth/token").header(AUTHORIZATION, "Basic YTpi").form(&[("grant_type", "client_credentials")]);
        let told = refused(app.nobody().send(basic), 401, "unauthenticated");
        assert!(told.body["detail"].as_str().unwrap().contains("`client_secret` as fields of the form"), "{}", told.text);
        let large = administrator.request(Method::POST, "/v1/users").header(CONTENT_TYPE, "application/json").body(" ".repeat(1_048_577));
        assert!(refused(administrator.send(large), 413, "too_large").text.contains("at most 1 MB (1048576 bytes)"));
    }

    fn somebody_elses_record_is_not_there(app) {
        let office = Office::set(app);
        let (scene, award) = (&office.scene, &office.award);
        scene.offer(&scene.award(award)).must(200);
        let tag = scene.award(award).tag().to_owned();
        writes_nothing(app, || {
            let gone = |answer| refused(answer, 404, "not_found");
            let never = scene.stranger.get("/v1/awards/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7");
            let theirs = gone(scene.stranger.get(&format!("/v1/awards/{award}")));
            assert_eq!(theirs.body["detail"], gone(never).body["detail"], "one that is not theirs looks like one that never was");
            gone(scene.stranger.get(&format!("/v1/providers/{}", scene.provider)));
            for part in ["indicators", "variations", "returns", "versions", "profile", "conditions"] {
                gone(scene.stranger.get(&format!("/v1/awards/{award}/{part}")));
            }
            let acceptance = json!({ "accepted_on": "2020-08-01", "attests_living_wage": true });
            gone(scene.stranger.change(&format!("/v1/awards/{award}/acceptance"), &tag, &acceptance));
            gone(scene.stranger.change(&format!("/v1/awards/{award}/refusal"), &tag, &json!({ "reason": "No." })));
            assert!(scene.stranger.all("/v1/awards").is_empty());
        });
    }

    fn nobody_and_the_wrong_role_learn_nothing_of_the_body(app) {
        let office = Office::set(app);
        writes_nothing(app, || {
            for operation in &office.operations {
                for body in ["{", "{\"colour\":1}", ""] {
                    let request = |client: &crate::support::Client| {
                        let request = client.request(operation.method.clone(), &operation.path).header(CONTENT_TYPE, "text/plain");
                        client.send(request.body(body))
                    };
                    refused(request(&app.nobody()), 401, "unauthenticated");
                    assert!(refused(request(&office.auditor), 403, "forbidden").body["errors"].as_array().unwrap().is_empty());
                }
            }
            let odd = app.nobody().request(Method::GET, "/v1/funds").header(AUTHORIZATION, format!("Bearer {}", "a".repeat(6_000)));
            refused(app.nobody().send(odd), 401, "unauthenticated");
        });
    }
}
