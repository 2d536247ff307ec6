//! Who certifies a return: a signatory of the provider who did not write it, but for small awards.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{act, actions, certify, of_period, write};
use crate::support::{Answer, Client, Scene};

/// The return as this person sees it.
fn seen_by(who: &Client, seen: &Answer) -> Answer {
    who.get(&format!("/v1/returns/{}", seen.id())).must(200)
}

/// What lists offer this person to do to the only return of an award that is written.
fn listed(who: &Client, award: &str) -> Value {
    who.all(&format!("/v1/returns?award_id={award}&state=draft"))[0]["allowed_actions"].clone()
}

on_both! {
    fn whoever_wrote_a_return_does_not_certify_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(500_001, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!(act(&scene.signatory, &first, "certification").must(409).code(), "wrong_state");
        let written = write(&scene.author, &first, &json!({ "spend": [] })).must(200);
        assert_eq!((actions(&written), actions(&seen_by(&scene.signatory, &written))), (vec!["write"], vec!["write", "certify"]));
        assert_eq!((listed(&scene.author, &award), listed(&scene.signatory, &award)), (json!(["write"]), json!(["write", "certify"])));
        for who in [&scene.author, &scene.commissioner] {
            assert_eq!(act(who, &written, "certification").must(403).code(), "forbidden");
        }
        assert_eq!(act(&scene.stranger, &written, "certification").must(404).code(), "not_found");
        let refused = act(&scene.author, &written, "submission").must(409);
        assert_eq!((refused.code(), refused.body["detail"].as_str()), ("rule_broken", Some("A signatory of the provider has to certify this return as it is before it is submitted.")));
        let certified = certify(&scene, &written);
        assert_eq!((&certified.body["state"], actions(&certified)), (&json!("draft"), vec!["write", "submit"]));
        assert!(certified.body["certified_by"].as_str().unwrap().starts_with("provider_signatory"), "{}", certified.text);
        assert!(certified.body["written_by"].as_str().unwrap().starts_with("provider_author"), "{}", certified.text);
        assert!(certified.body["certified_on"].is_string());
        assert_eq!(act(&scene.signatory, &certified, "certification").must(409).code(), "wrong_state");
        // Another word, and it is another content: whoever wrote it last is its author.
        let again = write(&scene.signatory, &certified, &json!({ "narrative": "One word more." })).must(200);
        assert_eq!([&again.body["certified_on"], &again.body["certified_by"]], [&Value::Null, &Value::Null]);
        assert_eq!((actions(&again), listed(&scene.signatory, &award)), (vec!["write"], json!(["write"])));
        assert_eq!(act(&scene.author, &again, "submission").must(409).code(), "rule_broken");
        let refused = act(&scene.signatory, &again, "certification").must(409);
        assert_eq!(refused.code(), "same_person");
        assert!(refused.text.contains("only for awards up to £5,000.00 may it be one person"), "{}", refused.text);
        let other = app.of_provider(&[Role::ProviderSignatory], scene.provider.parse().unwrap());
        let certified = act(&other, &again, "certification").must(200);
        assert_eq!(act(&scene.author, &certified, "submission").must(200).body["state"], "submitted");
    }

    fn a_small_award_is_certified_by_whoever_wrote_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(500_000, json!({})).id();
        let written = write(&scene.signatory, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "spend": [] })).must(200);
        assert_eq!((actions(&written), listed(&scene.signatory, &award)), (vec!["write", "certify"], json!(["write", "certify"])));
        let policy = scene.commissioner.get("/v1/return-policy").must(200);
        assert_eq!(policy.body["self_certified_up_to_pence"], 500_000);
        let strict = json!({ "due_working_days": 15, "weekly_reminders_max": 8, "self_certified_up_to_pence": 499_999 });
        scene.commissioner.put("/v1/return-policy", policy.tag(), &strict).must(200);
        assert_eq!(actions(&seen_by(&scene.signatory, &written)), ["write"]);
        assert_eq!(act(&scene.signatory, &written, "certification").must(409).code(), "same_person");
        let policy = scene.commissioner.get("/v1/return-policy").must(200);
        let left_out = json!({ "due_working_days": 15, "weekly_reminders_max": 8 });
        assert_eq!(scene.commissioner.put("/v1/return-policy", policy.tag(), &left_out).must(200).body["self_certified_up_to_pence"], 500_000);
        let sent = act(&scene.signatory, &certify(&scene, &written), "submission").must(200);
        assert_eq!(sent.body["state"], "submitted");
    }

    fn what_is_certified_is_right_and_over(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let wrong = json!({ "spend": [], "caseload": { "brought_forward": 1, "new": 1, "closed": 1, "carried_forward": 2 } });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &wrong).must(200);
        assert_eq!(act(&scene.signatory, &written, "certification").must(422).faults(), ["/caseload/carried_forward caseload_does_not_add_up"]);
        // A question changes nothing in it; an answer does.
        let certified = certify(&scene, &write(&scene.author, &written, &json!({ "caseload": null })).must(200));
        let sent = act(&scene.author, &certified, "submission").must(200);
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        assert_eq!(actions(&seen_by(&scene.author, &asked)), ["write", "submit"]);
        let answered = write(&scene.author, &asked, &json!({ "narrative": "It was so." })).must(200);
        assert_eq!(act(&scene.author, &answered, "submission").must(409).code(), "rule_broken");
        assert_eq!(act(&scene.author, &certify(&scene, &answered), "submission").must(200).body["state"], "resubmitted");
        let today = app.service.db.clock().today();
        let running = scene.draft(300_000, json!({ "ends_on": (today + chrono::TimeDelta::days(40)).to_string() }));
        let plan = json!({ "frequency": "end_of_grant", "evaluation": "light" });
        scene.commissioner.put(&format!("/v1/awards/{}/monitoring-plan", running.id()), running.tag(), &plan).must(200);
        scene.go_live(&scene.award(&running.id()));
        let early = write(&scene.author, &of_period(&scene, &running.id(), "end of grant"), &json!({ "spend": [] })).must(200);
        assert_eq!(actions(&seen_by(&scene.signatory, &early)), ["write"]);
        assert_eq!(act(&scene.signatory, &early, "certification").must(409).code(), "rule_broken");
    }

    fn whoever_wrote_any_of_it_does_not_certify_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(500_001, json!({})).id();
        let other = app.of_provider(&[Role::ProviderSignatory], scene.provider.parse().unwrap());
        let first = of_period(&scene, &award, "2020-21-Q1");
        let by_signatory = write(&scene.signatory, &first, &json!({ "spend": [], "narrative": "All of it." })).must(200);
        // A colleague who saves it once more hides nobody who wrote it.
        let saved = write(&scene.author, &by_signatory, &json!({ "narrative": "All of it." })).must(200);
        assert_eq!((actions(&seen_by(&scene.signatory, &saved)), listed(&scene.signatory, &award)), (vec!["write"], json!(["write"])));
        let refused = act(&scene.signatory, &saved, "certification").must(409);
        assert_eq!(refused.code(), "same_person");
        assert!(refused.text.contains("You wrote in this return"), "{}", refused.text);
        assert_eq!(actions(&seen_by(&other, &saved)), ["write", "certify"]);
        let sent = act(&scene.author, &act(&other, &saved, "certification").must(200), "submission").must(200);
        // What was certified and sent is over: from there on it counts who writes.
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        let mended = write(&scene.author, &asked, &json!({ "narrative": "All of it, and more." })).must(200);
        assert_eq!(actions(&seen_by(&scene.signatory, &mended)), ["write", "certify"]);
        act(&scene.signatory, &mended, "certification").must(200);
        // Nor does somebody of the office who writes on behalf of the provider hide whoever wrote before.
        let second = write(&scene.signatory, &of_period(&scene, &award, "2020-21-Q2"), &json!({ "spend": [] })).must(200);
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", second.id())).must(200);
        let on_behalf = write(&scene.commissioner, &at_office, &json!({ "risks": "No hall." })).must(200);
        assert_eq!(actions(&seen_by(&scene.signatory, &on_behalf)), ["write"]);
        assert_eq!(act(&scene.signatory, &on_behalf, "certification").must(409).code(), "same_person");
        act(&other, &on_behalf, "certification").must(200);
    }

    fn a_small_award_may_have_one_who_writes_and_certifies(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(500_000, json!({})).id();
        let written = write(&scene.signatory, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "spend": [] })).must(200);
        let saved = write(&scene.author, &written, &json!({ "narrative": "We began." })).must(200);
        assert_eq!((actions(&seen_by(&scene.signatory, &saved)), listed(&scene.signatory, &award)), (vec!["write", "certify"], json!(["write", "certify"])));
        act(&scene.signatory, &saved, "certification").must(200);
    }
}
