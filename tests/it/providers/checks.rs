//! Due-diligence checks: recorded once, replaced by newer ones, and in the way of offers while they failed or expired.

use almoner::access::permissions::Role;
use almoner::kernel::Id;
use reqwest::Method;
use serde_json::{Value, json};

use super::{charity, officer};
use crate::support::{Answer, Client, Scene};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

fn checks(provider: &str) -> String {
    format!("/v1/providers/{provider}/checks")
}

fn passed(kind: &str, on: &str, until: Option<&str>) -> Value {
    json!({ "kind": kind, "outcome": "passed", "checked_on": on, "expires_on": until, "evidence": "certificate 47" })
}

fn failed(kind: &str, on: &str) -> Value {
    json!({ "kind": kind, "outcome": "failed", "checked_on": on, "remark": "no audit since 2015" })
}

/// Kind and standing of each of these checks.
fn standings(items: &[Value]) -> Vec<(&str, &str)> {
    items.iter().map(|one| (one["kind"].as_str().unwrap(), one["standing"].as_str().unwrap())).collect()
}

fn references(items: &[Value]) -> Vec<&str> {
    items.iter().map(|one| one["reference"].as_str().unwrap()).collect()
}

fn send(client: &Client, check: &Answer, name: &str) -> Answer {
    let request = client.request(Method::POST, &format!("/v1/provider-checks/{}/documents?file_name={name}", check.id()));
    client.send(request.header("Content-Type", "application/pdf").body(PDF))
}

on_both! {
    fn a_newer_check_takes_the_place_of_the_one_before(app) {
        let officer = officer(app);
        let provider = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201).id();
        let path = checks(&provider);
        let first = officer.post(&path, &passed("insurance", "2019-07-01", Some("2020-06-30"))).must(201);
        assert_eq!(first.header("location"), Some(format!("/v1/provider-checks/{}", first.id()).as_str()));
        for (field, value) in [
            ("reference", json!("BCWA-C1")), ("provider_id", json!(provider)), ("kind", json!("insurance")), ("outcome", json!("passed")),
            ("standing", json!("expired")), ("checked_on", json!("2019-07-01")), ("expires_on", json!("2020-06-30")),
            ("evidence", json!("certificate 47")), ("remark", Value::Null), ("allowed_actions", json!(["attach_document"])),
        ] {
            assert_eq!(first.body[field], value, "{field}");
        }
        officer.post(&path, &failed("accounts", "2020-07-01")).must(201);
        let newer = officer.post(&path, &passed("insurance", "2020-07-01", Some("2999-06-30"))).must(201);
        assert_eq!(newer.body["standing"], "current");
        // A late note of an early check displaces nothing.
        let late = officer.post(&path, &passed("insurance", "2018-07-01", None)).must(201);
        assert_eq!(late.body["standing"], "replaced");
        assert_eq!(officer.get(&format!("/v1/provider-checks/{}", first.id())).must(200).body["standing"], "replaced");

        let all = officer.all(&format!("{path}?limit=1"));
        assert_eq!(references(&all), ["BCWA-C4", "BCWA-C3", "BCWA-C2", "BCWA-C1"]);
        let expected = [("insurance", "replaced"), ("insurance", "current"), ("accounts", "failed"), ("insurance", "replaced")];
        assert_eq!(standings(&all), expected);
        assert_eq!(references(&officer.all(&format!("{path}?kind=insurance&current=true"))), ["BCWA-C3"]);
        assert_eq!(references(&officer.all(&format!("{path}?current=true&limit=1"))), ["BCWA-C3", "BCWA-C2"]);
        assert_eq!(references(&officer.all(&format!("{path}?kind=accounts"))), ["BCWA-C2"]);
        assert_eq!(references(&officer.all(&format!("{path}?current=false"))).len(), 4);
        assert_eq!(officer.get(&format!("{path}?kind=hearsay")).must(422).faults(), ["query:kind not_a_choice"]);

        // The provider's own version stays; its view tells of the checks that count.
        let shown = officer.get(&format!("/v1/providers/{provider}")).must(200);
        assert_eq!(shown.body["version"], 1);
        let now = [("accounts", "failed"), ("insurance", "current")];
        assert_eq!(standings(shown.body["checks"].as_array().unwrap()), now);
        assert_eq!(standings(officer.all("/v1/providers")[0]["checks"].as_array().unwrap()), now);
        assert_eq!(officer.all(&format!("/v1/providers/{provider}/versions"))[0]["checks"], json!([]));
    }

    fn a_check_of_one_day_is_corrected_by_another_of_that_day(app) {
        let officer = officer(app);
        let provider = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201).id();
        officer.post(&checks(&provider), &failed("accounts", "2020-07-01")).must(201);
        officer.post(&checks(&provider), &passed("accounts", "2020-07-01", None)).must(201);
        let shown = officer.get(&format!("/v1/providers/{provider}")).must(200);
        assert_eq!(standings(shown.body["checks"].as_array().unwrap()), [("accounts", "current")]);
    }

    fn a_failed_or_expired_check_holds_offers_up(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let path = checks(&scene.provider);
        let record = |check: &Value| scene.commissioner.post(&path, check).must(201);
        // Nobody has checked anything: that holds nothing up.
        scene.offer(&scene.draft(10_000, json!({}))).must(200);

        let draft = scene.draft(20_000, json!({}));
        record(&failed("accounts", "2020-05-01"));
        record(&passed("insurance", "2019-07-01", Some("2020-06-30")));
        let refused = scene.offer(&draft).must(409);
        assert_eq!(refused.code(), "rule_broken");
        let told = refused.body["detail"].as_str().unwrap();
        for part in ["accounts check PRV-0001-C1 of 2020-05-01 failed", "insurance check PRV-0001-C2 counted until 2020-06-30", "newer check"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(standings(refused.body["checks"].as_array().unwrap()), [("accounts", "failed"), ("insurance", "expired")]);
        assert_eq!(scene.held("offered", &draft.id()), [0, 0]);
        // Another provider is of no concern.
        scene.offer(&scene.draft(10_000, json!({ "provider_id": scene.other_provider }))).must(200);

        record(&passed("accounts", "2020-06-01", None));
        assert_eq!(standings(scene.offer(&draft).must(409).body["checks"].as_array().unwrap()), [("insurance", "expired")]);
        // One that passed earlier mends nothing.
        record(&passed("insurance", "2018-07-01", None));
        scene.offer(&draft).must(409);
        record(&passed("insurance", "2020-07-01", Some("2999-06-30")));
        scene.offer(&draft).must(200);
        assert_eq!(scene.held("offered", &draft.id()), [20_000, 0]);

        // And back: what was offered stays, and nothing new is.
        record(&failed("safeguarding_policy", "2020-08-01"));
        scene.offer(&scene.draft(10_000, json!({}))).must(409);
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
    }

    fn finance_alone_confirms_a_supplier_number(app) {
        let (officer, finance) = (officer(app), app.office(&[Role::Finance]));
        let made = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201);
        let path = checks(&made.id());
        let confirmed = passed("supplier_number", "2020-07-01", None);
        let refused = officer.post(&path, &confirmed).must(403);
        assert_eq!((refused.code(), refused.body["permission"].as_str()), ("forbidden", Some("supplier_numbers.confirm")));
        assert_eq!(finance.post(&path, &confirmed).must(409).code(), "rule_broken");
        officer.patch(&format!("/v1/providers/{}", made.id()), made.tag(), &json!({ "supplier_number": "S-4711" })).must(200);
        assert_eq!(finance.post(&path, &confirmed).must(201).body["supplier_number"], "S-4711");
        finance.post(&path, &passed("accounts", "2020-07-01", None)).must(201);
        assert_eq!(finance.get(&format!("/v1/providers/{}", made.id())).must(200).body["allowed_actions"], json!(["record_check"]));
        for role in [Role::Approver, Role::Administrator, Role::Auditor] {
            assert_eq!(app.office(&[role]).post(&path, &confirmed).must(403).body["permission"], "providers.check");
        }
    }

    fn a_new_supplier_number_is_confirmed_anew(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (path, provider) = (checks(&scene.provider), format!("/v1/providers/{}", scene.provider));
        let number = |number: &str| {
            let tag = scene.commissioner.get(&provider).must(200).tag().to_owned();
            scene.commissioner.patch(&provider, &tag, &json!({ "supplier_number": number })).must(200)
        };
        number("S-4711");
        let first = scene.finance.post(&path, &passed("supplier_number", "2020-05-01", None)).must(201);
        scene.offer(&scene.draft(10_000, json!({}))).must(200);
        let changed = number("S-4712");
        assert_eq!(standings(changed.body["checks"].as_array().unwrap()), [("supplier_number", "expired")]);
        let shown = scene.finance.get(&format!("/v1/provider-checks/{}", first.id())).must(200);
        assert_eq!((shown.body["standing"].as_str(), shown.body["supplier_number"].as_str()), (Some("expired"), Some("S-4711")));
        let draft = scene.draft(10_000, json!({}));
        let refused = scene.offer(&draft).must(409);
        assert!(refused.body["detail"].as_str().unwrap().contains("confirmed another number than the provider has now"), "{}", refused.text);
        scene.finance.post(&path, &passed("supplier_number", "2020-06-01", None)).must(201);
        scene.offer(&draft).must(200);
    }

    fn a_provider_sees_its_own_checks_without_remarks(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let check = scene.commissioner.post(&checks(&scene.provider), &failed("accounts", "2020-05-01")).must(201);
        assert_eq!(check.body["remark"], "no audit since 2015");
        assert!(check.body["recorded_by"].as_str().unwrap().starts_with("commissioner"));
        let path = format!("/v1/provider-checks/{}", check.id());
        let own = scene.author.get(&path).must(200);
        let expected = [&Value::Null, &Value::Null, &json!([]), &json!("failed")];
        assert_eq!([&own.body["remark"], &own.body["recorded_by"], &own.body["allowed_actions"], &own.body["standing"]], expected);
        assert_eq!(scene.author.all(&checks(&scene.provider)).len(), 1);
        assert_eq!(scene.author.get(&format!("/v1/providers/{}", scene.provider)).must(200).body["checks"].as_array().unwrap().len(), 1);
        scene.stranger.get(&path).must(404);
        scene.stranger.get(&checks(&scene.provider)).must(404);
        assert_eq!(scene.author.post(&checks(&scene.provider), &passed("accounts", "2020-06-01", None)).must(403).code(), "forbidden");
        app.office(&[Role::BoardReader]).get(&path).must(403);
    }

    fn evidence_is_attached_for_the_office(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let check = scene.commissioner.post(&checks(&scene.provider), &passed("accounts", "2020-05-01", None)).must(201);
        let attached = send(&scene.finance, &check, "accounts.pdf").must(201);
        assert_eq!((attached.body["record_kind"].as_str(), attached.body["record_id"].as_str()), (Some("provider_check"), check.body["id"].as_str()));
        let file = format!("/v1/documents/{}", attached.id());
        let path = format!("/v1/provider-checks/{}/documents", check.id());
        assert_eq!(scene.commissioner.all(&path).len(), 1);
        assert_eq!(scene.commissioner.get(&file).must(200).body["file_name"], "accounts.pdf");
        assert_eq!(scene.commissioner.get(&format!("{file}/content")).must(200).text.as_bytes(), PDF);
        assert_eq!(scene.author.all(&path), Vec::<Value>::new());
        scene.author.get(&file).must(404);
        scene.stranger.get(&path).must(404);
        send(&scene.author, &check, "accounts.pdf").must(403);
        let unknown = scene.finance.request(Method::POST, &format!("/v1/provider-checks/{}/documents?file_name=a.pdf", Id::new()));
        scene.finance.send(unknown.header("Content-Type", "application/pdf").body(PDF)).must(404);
    }

    fn every_fault_of_a_check_at_once(app) {
        let officer = officer(app);
        let provider = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201).id();
        let path = checks(&provider);
        let wrong = json!({ "kind": "accounts", "outcome": "failed", "checked_on": "2999-01-01", "expires_on": "2998-01-01", "remark": " " });
        let expected = ["/checked_on in_the_future", "/expires_on not_allowed", "/expires_on reversed_dates", "/remark required"];
        assert_eq!(officer.post(&path, &wrong).must(422).faults(), expected);
        assert_eq!(officer.post(&path, &json!({ "kind": "hearsay" })).must(422).faults(), ["/kind not_a_choice", "/outcome required"]);
        officer.post(&checks(&Id::new().to_string()), &passed("accounts", "2020-05-01", None)).must(404);
        assert_eq!(officer.all(&path), Vec::<Value>::new());
    }

    fn a_check_is_recorded_once_and_logged(app) {
        let officer = officer(app);
        let provider = officer.post("/v1/providers", &charity("BCWA", "Black Country Women's Aid", 1_012_345)).must(201).id();
        let path = checks(&provider);
        let request = |body: &Value| officer.request(Method::POST, &path).header("Idempotency-Key", "once").json(body);
        let first = officer.send(request(&failed("accounts", "2020-05-01"))).must(201);
        let again = officer.send(request(&failed("accounts", "2020-05-01"))).must(201);
        assert_eq!((again.header("idempotent-replay"), again.id()), (Some("true"), first.id()));
        assert_eq!(officer.send(request(&failed("accounts", "2020-05-02"))).must(422).code(), "key_reused");
        let second = officer.post(&path, &passed("accounts", "2020-06-01", None)).must(201);
        let log = |id: &str| app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}&act=provider_check.record&outcome=done"));
        let (made, next) = (log(&first.id()), log(&second.id()));
        assert_eq!((made.len(), made[0]["before"].is_null(), made[0]["reason"].as_str()), (1, true, Some("no audit since 2015")));
        assert_eq!((&next[0]["before"]["reference"], &next[0]["after"]["reference"]), (&json!("BCWA-C1"), &json!("BCWA-C2")));
    }
}
