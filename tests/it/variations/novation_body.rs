//! The commissioning body ends: all live awards of the office pass to the body that takes over, in one act.

use std::collections::BTreeSet;

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::novation::act;
use super::novation_letters::print;
use super::{act as vary, draft};
use crate::returns::paper::says;
use crate::support::{App, Scene};

/// Says on the record of a body when it ends, and who takes over.
fn ends(office: &crate::support::Client, body: &str, successor: &str, last: &str) {
    let path = format!("/v1/commissioning-bodies/{body}");
    let tag = office.get(&path).must(200).tag().to_owned();
    office.patch(&path, &tag, &json!({ "valid_to": last, "successor_id": successor })).must(200);
}

/// Attaches the order by which a novation of a body is accepted, and accepts it.
fn by_order(app: &App, commissioner: &crate::support::Client, id: &str) {
    let attach = commissioner.request(Method::POST, &format!("/v1/novations/{id}/documents?file_name=order.pdf"));
    let paper = commissioner.send(attach.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id();
    let yes = json!({ "signed_document_id": paper, "signed_by": "The mayor" });
    assert_eq!(act(&app.office(&[Role::Approver]), id, "acceptance", &yes).must(200).body["state"], "accepted");
}

on_both! {
    fn agreements_name_the_body_of_their_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let old = scene.live(200_000, json!({}));
        assert_eq!(old.body["commissioning_body"]["code"], "opcc");
        let from = old.body["commissioning_body"]["id"].as_str().unwrap().to_owned();
        let to = scene.commissioner.post("/v1/commissioning-bodies", &json!({ "code": "mayor", "name": "The Mayor", "kind": "mayor" })).must(201).id();
        let input = json!({ "kind": "commissioning_body", "from_id": from, "to_id": to, "effective_on": "2021-02-01", "reason": "The office of the commissioner ends." });
        assert_eq!(scene.commissioner.post("/v1/novations", &input).must(422).faults(), ["/to_id unknown_record"]);
        ends(&scene.commissioner, &from, &to, "2020-12-31");
        assert_eq!(scene.commissioner.post("/v1/novations", &input).must(422).faults(), ["/effective_on out_of_range"]);
        ends(&scene.commissioner, &from, &to, "2021-01-31");
        let hours = json!({ "name": "Other hours", "choice": { "awards": [old.id()] },
            "change": { "title": "Other hours", "reason": "The hall is open longer.", "effective_on": "2020-10-01", "working_hours": "Mondays" } });
        let campaign = scene.commissioner.post("/v1/variation-campaigns", &hours).must(201);
        let at = format!("/v1/variation-campaigns/{}", campaign.id());
        scene.commissioner.change(&format!("{at}/issue"), campaign.tag(), &json!({})).must(200);
        let id = scene.commissioner.post("/v1/novations", &input).must(201).id();
        let seen = scene.commissioner.get(&format!("/v1/novations/{id}/preview")).must(200).body;
        assert_eq!([&seen["passing_count"], &seen["awards"][0]["payments_count"]], [&json!(1), &json!(0)]);
        act(&scene.approver, &id, "issue", &json!({})).must(200);
        // Each provider has a letter, and nobody is asked: there is nobody to remind.
        says(&print(&scene.signatory, &id, &scene.provider), &["The Mayor takes over from Office", "1 February 2021", "You need not answer this letter.",
            old.body["reference"].as_str().unwrap()]);
        let told = scene.signatory.all(&format!("/v1/novations/{id}/providers"));
        assert_eq!((told.len(), &told[0]["is_awaited"], &told[0]["provider"]["id"]), (1, &json!(false), &json!(scene.provider)));
        scene.signatory.get(&format!("/v1/novations/{id}")).must(404);
        scene.stranger.get(&format!("/v1/novations/{id}/providers")).must(404);
        let refused = act(&scene.commissioner, &id, "reminders", &json!({})).must(409);
        let actions = scene.commissioner.get(&format!("/v1/novations/{id}")).must(200).body["allowed_actions"].clone();
        assert!(refused.code() == "rule_broken" && !actions.as_array().unwrap().contains(&json!("remind")), "{actions}");
        by_order(app, &scene.commissioner, &id);
        act(&scene.commissioner, &id, "application", &json!({})).must(200);
        let body = |number: i64| scene.signatory.get(&format!("/v1/awards/{}/versions/{number}", old.id())).must(200).body["commissioning_body"]["code"].clone();
        assert_eq!([body(1), body(2)], [json!("opcc"), json!("mayor")], "the version before names the body of its time");
        let now = scene.award(&old.id());
        assert_eq!([&now.body["commissioning_body"]["code"], &now.body["provider"]["name"]], [&json!("mayor"), &json!("Helping Hands")]);
        // What was issued before waits on: it is taken onto the day of the new body, answered, and applied by its campaign.
        let waiting = scene.commissioner.all(&format!("/v1/awards/{}/variations", old.id()))[0]["id"].as_str().unwrap().to_owned();
        let waiting = scene.commissioner.get(&format!("/v1/variations/{waiting}")).must(200);
        assert_eq!(vary(&scene.signatory, &waiting, "acceptance").must(409).body["fields"], json!(["effective_on"]));
        let anew = vary(&scene.commissioner, &waiting, "rebase").must(200);
        assert_eq!(anew.body["change"]["effective_on"], "2021-02-01");
        vary(&scene.signatory, &anew, "acceptance").must(200);
        let tag = scene.commissioner.get(&at).must(200).tag().to_owned();
        scene.commissioner.change(&format!("{at}/application"), &tag, &json!({})).must(200);
        assert_eq!(scene.award(&old.id()).body["particulars"]["working_hours"], "Mondays");
        // A letter is in the name of the body that is party on its day.
        let varied = draft(&scene, &old.id(), json!({ "effective_on": "2021-02-15", "delivery": { "status": "adapted" } })).must(201).id();
        let letter = scene.commissioner.request(Method::GET, &format!("/v1/variations/{varied}/letter")).send().unwrap();
        assert_eq!(letter.status().as_u16(), 200);
        says(&letter.bytes().unwrap(), &["The Mayor"]);
        // A new agreement of the same fund is the successor's, since the body has ended by today.
        assert_eq!(scene.draft(100_000, json!({})).body["commissioning_body"]["code"], "mayor");
    }
}

on_both! {
    in example
    fn all_live_awards_of_the_office_pass_on_in_one_act(app) {
        let commissioner = app.office(&[Role::Commissioner]);
        let all = |state: &str| commissioner.all(&format!("/v1/awards?state={state}"));
        let live: Vec<Value> = all("live").into_iter().chain(all("paused")).collect();
        let seen = commissioner.get(&format!("/v1/awards/{}", live[0]["id"].as_str().unwrap())).must(200);
        let from = seen.body["commissioning_body"]["id"].as_str().unwrap().to_owned();
        let to = commissioner.post("/v1/commissioning-bodies", &json!({ "code": "the-mayor", "name": "The Mayor", "kind": "mayor" })).must(201).id();
        ends(&commissioner, &from, &to, "2025-05-06");
        let input = json!({ "kind": "commissioning_body", "from_id": from, "to_id": to, "effective_on": "2025-05-07", "reason": "The office of the commissioner ends." });
        let id = commissioner.post("/v1/novations", &input).must(201).id();
        let issued = act(&app.office(&[Role::Approver]), &id, "issue", &json!({})).must(200);
        let count = live.len();
        assert_eq!(issued.body["summary"], json!(format!("Issued {count} of {count} awards.")));
        let providers: BTreeSet<&str> = live.iter().filter_map(|award| award["provider"]["id"].as_str()).collect();
        assert_eq!(issued.body["letters"], json!({ "made": 0, "of": providers.len(), "left_out": 0 }), "one for each provider");
        by_order(app, &commissioner, &id);
        let applied = act(&commissioner, &id, "application", &json!({})).must(200);
        assert_eq!(applied.body["summary"], json!(format!("{count} of {count} awards have passed on.")));
        for award in live.iter().take(3) {
            let now = commissioner.get(&format!("/v1/awards/{}", award["id"].as_str().unwrap())).must(200);
            assert_eq!(now.body["commissioning_body"]["code"], "the-mayor");
        }
        let again = json!({ "kind": "commissioning_body", "from_id": from, "to_id": to, "effective_on": "2025-05-07", "reason": "Once more." });
        let again = commissioner.post("/v1/novations", &again).must(201).id();
        assert_eq!(act(&app.office(&[Role::Approver]), &again, "issue", &json!({})).must(409).code(), "rule_broken", "none is left");
    }
}
