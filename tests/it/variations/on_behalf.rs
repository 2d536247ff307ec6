//! The office accepts a variation for a provider that signed on paper, and sees what became of the letter of its issue.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{act, actions, draft};
use crate::awards::on_behalf::paper;
use crate::support::{Client, Scene};

on_both! {
    fn a_variation_is_accepted_by_a_paper_too(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let award = scene.live(300_000, json!({})).id();
        let drafted = draft(&scene, &award, json!({ "dates": { "ends_on": "2021-06-30" } })).must(201);
        assert_eq!(drafted.body["letter"], Value::Null);
        let issued = act(&both, &drafted, "issue").must(200);
        assert_eq!(issued.body["letter"]["state"], "no_address");
        let (path, signed) = (format!("/v1/variations/{}", issued.id()), paper(&scene.commissioner, &award));
        let yes = json!({ "signed_document_id": signed, "signed_by": "The treasurer" });
        let accept = |who: &Client, body: &Value| who.change(&format!("{path}/acceptance"), issued.tag(), body);
        let may = |client: &Client| actions(&client.get(&path).must(200)).contains(&"accept");
        assert_eq!([&both, &scene.approver, &scene.commissioner, &scene.signatory].map(may), [false, true, false, true]);
        assert_eq!(accept(&both, &yes).must(409).code(), "same_person");
        assert_eq!(accept(&scene.commissioner, &yes).must(403).code(), "forbidden");
        assert_eq!(act(&scene.approver, &issued, "refusal").must(403).code(), "forbidden");
        assert_eq!(accept(&scene.approver, &json!({})).must(422).faults(), ["/signed_by required", "/signed_document_id required"]);
        let elsewhere = paper(&scene.commissioner, &scene.draft(100_000, json!({})).id());
        let other = json!({ "signed_document_id": elsewhere, "signed_by": "The treasurer" });
        assert_eq!(accept(&scene.approver, &other).must(422).faults(), ["/signed_document_id unknown_record"]);
        assert_eq!(accept(&scene.signatory, &yes).must(422).faults(), ["/signed_by not_allowed", "/signed_document_id not_allowed"]);
        let accepted = accept(&scene.approver, &yes).must(200);
        assert_eq!(accepted.body["state"], "accepted");
        for one in [&accepted, &scene.signatory.get(&path).must(200)] {
            assert!(one.body["accepted_on_behalf_by"].as_str().unwrap().starts_with("approver"), "{}", one.text);
            assert_eq!((&one.body["signed_by"], &one.body["signed_document_id"]), (&json!("The treasurer"), &json!(signed)));
        }
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=variation.accept&outcome=done", issued.id()));
        assert_eq!((&log[0]["after"]["signed_document_id"], &log[0]["after"]["signed_by"]), (&json!(signed), &Value::Null));
        assert_eq!(act(&scene.commissioner, &accepted, "application").must(200).body["state"], "applied");
        // The letters of a page are looked up at once, and for the office alone.
        let states = |client: &Client, path: &str| -> Vec<Value> { client.all(path).iter().map(|one| one["letter"]["state"].clone()).collect() };
        for list in [format!("/v1/awards/{award}/variations"), "/v1/variations".to_owned()] {
            assert_eq!(states(&scene.commissioner, &list), [json!("no_address")]);
            assert_eq!(states(&scene.signatory, &list), [Value::Null]);
        }
    }
}
