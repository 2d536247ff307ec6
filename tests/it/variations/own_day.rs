//! Variations that come into force on their day by themselves.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{accepted, act, draft};
use crate::payments::{self, ready};
use crate::support::{Answer, Scene};
use crate::workers::a_round;

fn now(scene: &Scene, one: &Answer) -> Answer {
    scene.commissioner.get(&format!("/v1/variations/{}", one.id())).must(200)
}

on_both! {
    fn an_instalment_that_a_day_brings_is_not_authorised_by_whoever_made_the_schedule(app) {
        let scene = ready(app);
        let award = scene.live(300_000, json!({ "ends_on": "2020-12-31" })).id();
        let both = payments::office(app, &[Role::Commissioner, Role::Approver]);
        let path = format!("/v1/awards/{award}/payment-schedule");
        both.put(&path, both.get(&path).must(200).tag(), &json!({ "basis": "quarterly" })).must(200);
        assert_eq!(payments::of_award(&scene, &award).len(), 3);
        accepted(&scene, &award, json!({ "application": "on_its_day", "dates": { "ends_on": "2021-03-31" } }));
        a_round(app);
        let all = payments::of_award(&scene, &award);
        let new = all.iter().find(|one| one["instalment"] == "2020-21-Q4").unwrap()["id"].as_str().unwrap();
        // Nobody asked for it but whoever said how the award is paid.
        let seen = payments::get(&both, new).body;
        assert!(!seen["allowed_actions"].as_array().unwrap().contains(&json!("authorise")), "{seen}");
        assert_eq!(payments::authorise(&both, new).must(409).code(), "same_person");
        payments::authorise(&scene.approver, new).must(200);
    }

    fn what_is_accepted_comes_into_force_on_its_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let later = (app.service.db.clock().today() + chrono::TimeDelta::days(2)).to_string();
        let own = |changes: Value| {
            let mut changes = changes;
            changes["application"] = json!("on_its_day");
            changes
        };
        let by_hand = accepted(&scene, &award, json!({ "working_hours": "Mondays" }));
        let due = accepted(&scene, &award, own(json!({ "value": { "change_pence": 100 } })));
        let much = accepted(&scene, &award, own(json!({ "value": { "change_pence": 900_000 }, "dates": { "ends_on": "2021-04-30" } })));
        let last = accepted(&scene, &award, own(json!({ "interventions": ["sport"] })));
        let early = accepted(&scene, &award, own(json!({ "effective_on": later, "location": { "address": "1 High Street" } })));
        let alone = act(&scene.commissioner, &draft(&scene, &award, own(json!({ "is_unilateral": true, "provider_details": { "contact_name": "The chair" } }))).must(201), "issue").must(200);
        let unanswered = act(&scene.commissioner, &draft(&scene, &award, own(json!({ "delivery": { "status": "paused" } }))).must(201), "issue").must(200);
        assert_eq!(due.body["change"]["application"], "on_its_day");
        a_round(app);
        let states = |all: &[&Answer]| -> Vec<String> { all.iter().map(|one| now(&scene, one).body["state"].as_str().unwrap().to_owned()).collect() };
        // One that cannot be applied keeps no other.
        assert_eq!(states(&[&due, &much, &last, &alone]), ["applied", "accepted", "applied", "applied"]);
        assert_eq!(states(&[&by_hand, &early, &unanswered]), ["accepted", "accepted", "issued"]);
        let failed = now(&scene, &much);
        assert_eq!(failed.body["failed_on"], json!(app.service.db.clock().today().to_string()));
        assert!(failed.body["failure"].as_str().unwrap().starts_with("Another change has touched amount_pence"), "{}", failed.text);
        let listed = scene.commissioner.all("/v1/variations?failed=true");
        assert_eq!(listed.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), [json!(much.id())]);
        assert_eq!(scene.signatory.get(&format!("/v1/variations/{}", much.id())).must(200).body["failure"], Value::Null);
        // Tried again, the same is not told again; once it is mended, it is applied.
        a_round(app);
        assert_eq!(now(&scene, &much).body["version"], failed.body["version"]);
        let anew = scene.commissioner.change(&format!("/v1/variations/{}/rebase", much.id()), failed.tag(), &json!({})).must(200);
        assert_eq!((&anew.body["failed_on"], &anew.body["failure"]), (&Value::Null, &Value::Null));
        act(&scene.signatory, &anew, "acceptance").must(200);
        a_round(app);
        let short = now(&scene, &much);
        assert!(short.body["failure"].as_str().unwrap().contains("The tranche"), "{}", short.text);
        assert_eq!((short.body["state"].as_str(), scene.held("committed", &award)), (Some("accepted"), vec![300_100, 0]));
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=variation.apply&outcome=done", much.id()));
        assert_eq!(log.len(), 2, "each reason once");
        let refused = act(&scene.commissioner, &short, "application").must(409);
        assert_eq!(refused.code(), "insufficient_balance");
    }
}
