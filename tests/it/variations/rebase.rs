//! A variation that another one has overtaken is taken onto the award as it stands, in one call.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{accepted, act, actions, draft, profile};
use crate::awards::on_behalf::paper;
use crate::support::{Answer, Client, Scene};

fn rebase(scene: &Scene, one: &Answer, body: Value) -> Answer {
    let seen = scene.commissioner.get(&format!("/v1/variations/{}", one.id())).must(200);
    scene.commissioner.change(&format!("/v1/variations/{}/rebase", one.id()), seen.tag(), &body)
}

on_both! {
    fn what_was_overtaken_stands_on_what_is_agreed_now(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 100 } }));
        let signed = accepted(&scene, &award, json!({ "value": { "change_pence": 1_000 } }));
        let sent = act(&scene.commissioner, &draft(&scene, &award, json!({ "value": { "change_pence": 10_000 } })).must(201), "issue").must(200);
        let other = accepted(&scene, &award, json!({ "working_hours": "Mondays" }));
        let waiting = draft(&scene, &award, json!({ "value": { "change_pence": 7 } })).must(201);
        assert_eq!(rebase(&scene, &signed, json!({})).must(409).code(), "rule_broken", "nothing has overtaken it yet");
        act(&scene.commissioner, &first, "application").must(200);
        let refused = act(&scene.commissioner, &signed, "application").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["amount_pence"])));
        assert!(refused.body["detail"].as_str().unwrap().contains("Rebase it"), "{}", refused.text);
        // Nobody agrees to what was overtaken, and nobody is offered to.
        let refused = act(&scene.signatory, &sent, "acceptance").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["amount_pence"])));
        assert!(refused.body["detail"].as_str().unwrap().contains("rebases it first"), "{}", refused.text);
        assert_eq!(actions(&scene.signatory.get(&format!("/v1/variations/{}", sent.id())).must(200)), ["refuse"]);
        // One that touched others goes through as it is, and a draft always stands on what is agreed.
        assert_eq!(rebase(&scene, &other, json!({})).must(409).code(), "rule_broken");
        act(&scene.commissioner, &other, "application").must(200);
        assert_eq!(rebase(&scene, &waiting, json!({})).must(409).code(), "rule_broken");
        // What was signed is signed anew; what was only sent is answered as it is now.
        let anew = rebase(&scene, &signed, json!({})).must(200);
        assert_eq!((anew.body["state"].as_str(), &anew.body["before"]["amount_pence"], &anew.body["after"]["amount_pence"]), (Some("issued"), &json!(300_100), &json!(301_100)));
        assert_eq!((&anew.body["answered_on"], &anew.body["answered_by"]), (&Value::Null, &Value::Null));
        assert_eq!(anew.body["note"], "Another change has touched amount_pence since this variation was issued, so it stands on what is agreed now, from 2020-10-01 on. \
            It must be accepted again, since what was accepted stood on other figures.");
        assert_eq!(actions(&anew), ["withdraw"]);
        assert_eq!(act(&scene.commissioner, &anew, "application").must(409).code(), "wrong_state");
        let ready = act(&scene.signatory, &anew, "acceptance").must(200);
        act(&scene.commissioner, &ready, "application").must(200);
        let day = (app.service.db.clock().today() + chrono::TimeDelta::days(9)).to_string();
        assert_eq!(rebase(&scene, &sent, json!({ "answer_due_on": "2020-10-01" })).must(422).faults(), ["/answer_due_on reversed_dates"]);
        let sent = rebase(&scene, &sent, json!({ "answer_due_on": day })).must(200);
        assert_eq!((&sent.body["answer_due_on"], &sent.body["before"]["amount_pence"]), (&json!(day), &json!(301_100)));
        let ready = act(&scene.signatory, &sent, "acceptance").must(200);
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((&applied.body["after"]["amount_pence"], scene.held("committed", &award)), (&json!(311_100), vec![311_100, 0]));
        // Somebody who saw an earlier version is told so, and what is over is not taken anywhere.
        assert_eq!(scene.commissioner.change(&format!("/v1/variations/{}/rebase", sent.id()), sent.tag(), &json!({})).status, 412);
        assert_eq!(rebase(&scene, &applied, json!({})).must(409).code(), "wrong_state");
        assert_eq!(scene.signatory.change(&format!("/v1/variations/{}/rebase", sent.id()), applied.tag(), &json!({})).status, 403);
    }

    fn who_rebases_does_not_accept_by_an_old_paper(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let award = scene.live(300_000, json!({})).id();
        let sent = act(&scene.commissioner, &draft(&scene, &award, json!({ "value": { "change_pence": -1_000 } })).must(201), "issue").must(200);
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 100 } }));
        act(&scene.commissioner, &first, "application").must(200);
        let path = format!("/v1/variations/{}", sent.id());
        let old = paper(&scene.commissioner, &award);
        let yes = json!({ "signed_document_id": old, "signed_by": "The treasurer" });
        let overtaken = scene.approver.change(&format!("{path}/acceptance"), sent.tag(), &yes).must(409);
        assert_eq!((overtaken.code(), &overtaken.body["fields"]), ("overlap", &json!(["amount_pence"])), "a paper signs other figures too");
        let anew = both.change(&format!("{path}/rebase"), both.get(&path).must(200).tag(), &json!({})).must(200);
        let accept = |who: &Client, paper: &str| {
            who.change(&format!("{path}/acceptance"), anew.tag(), &json!({ "signed_document_id": paper, "signed_by": "The treasurer" }))
        };
        assert!(!actions(&both.get(&path).must(200)).contains(&"accept"));
        assert_eq!(accept(&both, &old).must(409).code(), "same_person");
        // What it signs stood on other figures.
        assert_eq!(accept(&scene.approver, &old).must(422).faults(), ["/signed_document_id too_early"]);
        let new = paper(&scene.commissioner, &award);
        assert_eq!(accept(&scene.approver, &new).must(200).body["state"], "accepted");
    }

    fn a_day_before_the_agreement_moves_to_it(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        let early = accepted(&scene, &award, json!({ "effective_on": "2020-09-15", "delivery": { "status": "adapted" } }));
        let waiting = draft(&scene, &award, json!({ "effective_on": "2020-09-15", "dates": { "ends_on": "2021-06-30" } })).must(201);
        let cut = accepted(&scene, &award, json!({ "profile": profile([100_000, 50_000, 150_000]) }));
        let both = accepted(&scene, &award, json!({ "value": { "change_pence": 3_000 }, "profile": profile([101_000; 3]) }));
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 30_000 } }));
        act(&scene.commissioner, &first, "application").must(200);
        let early = rebase(&scene, &early, json!({})).must(200);
        assert_eq!((early.body["state"].as_str(), early.body["change"]["effective_on"].as_str()), (Some("issued"), Some("2020-10-01")));
        let draft = rebase(&scene, &waiting, json!({})).must(200);
        assert_eq!((draft.body["state"].as_str(), draft.body["change"]["effective_on"].as_str(), actions(&draft)),
            (Some("draft"), Some("2020-10-01"), vec!["edit", "issue", "withdraw"]));
        // What would not be whole any more is told, not bent: this profile comes to what the award was.
        let refused = rebase(&scene, &cut, json!({})).must(422);
        assert_eq!(refused.faults(), ["/profile does_not_add_up"]);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("Give this with the rebase"), "{}", refused.text);
        // One call takes it there with what it is to be now. A part that it does not have is not brought in by the way.
        let more = json!({ "profile": profile([110_000, 60_000, 160_000]), "dates": { "ends_on": "2021-06-30" } });
        assert_eq!(rebase(&scene, &cut, more).must(422).faults(), ["/dates not_allowed"]);
        let anew = rebase(&scene, &cut, json!({ "profile": profile([110_000, 60_000, 160_000]) })).must(200);
        assert_eq!((anew.body["state"].as_str(), &anew.body["after"]["profile"]), (Some("issued"), &profile([110_000, 60_000, 160_000])));
        assert_eq!(rebase(&scene, &both, json!({})).must(422).faults(), ["/profile does_not_add_up"]);
        assert_eq!(rebase(&scene, &both, json!({ "profile": profile([111_000, 111_000, 111_001]) })).must(422).faults(), ["/profile does_not_add_up"]);
        let anew = rebase(&scene, &both, json!({ "profile": profile([111_000; 3]) })).must(200);
        assert_eq!((&anew.body["before"]["amount_pence"], &anew.body["after"]["amount_pence"]), (&json!(330_000), &json!(333_000)));
        let applied = act(&scene.commissioner, &act(&scene.signatory, &anew, "acceptance").must(200), "application").must(200);
        assert_eq!((&applied.body["after"]["profile"], scene.held("committed", &award)), (&profile([111_000; 3]), vec![333_000, 0]));
    }
}
