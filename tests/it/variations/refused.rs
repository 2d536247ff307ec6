//! What is refused on the way of a variation.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{accepted, act, actions, draft, input, profile};
use crate::support::client::new_key;
use crate::support::{Answer, Scene};

const NOWHERE: &str = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";

on_both! {
    fn every_fault_is_told_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let wrong = json!({ "title": " ", "reason": " ", "effective_on": "2020-07-31", "is_unilateral": true, "value": { "change_pence": 0 },
            "dates": { "ends_on": "2020-05-31" }, "profile": [{ "quarter": "2020-21-Q2", "amount_pence": 299_999 }],
            "targets": [{ "indicator_id": NOWHERE, "targets": [{ "period": "some day", "area_id": NOWHERE, "target": 1 }] }],
            "use_of_funds": [{ "from_category": "pay", "to_category": "pay", "amount_pence": 300_001 }] });
        let refused = draft(&scene, &award, wrong).must(422);
        let wanted = ["/dates/ends_on reversed_dates", "/effective_on too_early", "/is_unilateral needs_acceptance", "/profile does_not_add_up",
            "/profile/0/quarter out_of_range", "/reason blank", "/targets/0/indicator_id unknown_record", "/targets/0/targets/0/area_id unknown_record",
            "/targets/0/targets/0/ends_on required", "/targets/0/targets/0/starts_on required", "/title blank",
            "/use_of_funds/0/amount_pence too_large", "/use_of_funds/0/to_category nothing_changes", "/value/change_pence nothing_changes"];
        assert_eq!(refused.faults(), wanted);
        assert_eq!(draft(&scene, &award, json!({})).must(422).faults(), [" nothing_changes"]);
        assert_eq!(draft(&scene, &award, json!({ "dates": {} })).must(422).faults(), ["/dates nothing_changes"]);
        assert_eq!(draft(&scene, &award, json!({ "value": { "change_pence": -300_000 } })).must(422).faults(), ["/value/change_pence out_of_range"]);
        let unknown = draft(&scene, &award, json!({ "colour": "red", "value": { "change_pence": 1.5 }, "delivery": { "status": "asleep" } })).must(422);
        assert_eq!(unknown.faults(), ["/colour unknown_field", "/delivery/status not_a_choice", "/value/change_pence wrong_type"]);
        let split = json!([{ "budget_line_id": NOWHERE, "amount_pence": 5 }]);
        let refused = draft(&scene, &award, json!({ "value": { "change_pence": 5, "split": split } })).must(422);
        assert_eq!(refused.faults(), ["/value/split does_not_add_up", "/value/split/0/budget_line_id unknown_record"]);
        assert_eq!(scene.commissioner.all(&format!("/v1/awards/{award}/variations")).len(), 0);
        let good = draft(&scene, &award, json!({ "value": { "change_pence": 5 } })).must(201);
        let path = format!("/v1/variations/{}", good.id());
        assert_eq!(scene.commissioner.patch(&path, good.tag(), &json!({ "value": null, "title": "" })).must(422).faults(), ["/title too_short"]);
        assert_eq!(scene.commissioner.patch(&path, good.tag(), &json!({ "value": null })).must(422).faults(), [" nothing_changes"]);
    }

    fn what_would_change_nothing_is_refused(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        let idle = json!({ "dates": { "ends_on": "2021-03-31" }, "profile": profile([100_000; 3]), "delivery": { "status": "not_started" } });
        let refused = draft(&scene, &award, idle).must(422);
        assert_eq!(refused.faults(), ["/dates nothing_changes", "/delivery nothing_changes", "/profile nothing_changes"]);
        // What changes something beside may say the rest again, and words about delivery are a change.
        draft(&scene, &award, json!({ "value": { "change_pence": 5 }, "dates": { "ends_on": "2021-03-31" } })).must(201);
        draft(&scene, &award, json!({ "delivery": { "status": "not_started", "description": "Begin when it is safe." } })).must(201);
        // A draft of which another change has left nothing is not issued.
        let longer = || json!({ "dates": { "ends_on": "2021-06-30" } });
        let (first, second) = (accepted(&scene, &award, longer()), draft(&scene, &award, longer()).must(201));
        act(&scene.commissioner, &first, "application").must(200);
        assert_eq!(act(&scene.commissioner, &second, "issue").must(422).faults(), [" nothing_changes"]);
        assert_eq!(actions(&scene.commissioner.get(&format!("/v1/variations/{}", second.id())).must(200)), ["edit", "withdraw"]);
        // A return may be one that appears with the new dates, and none that nobody waits for.
        let days = json!([{ "period": "2021-22-Q2", "due_on": "2021-11-30" }, { "period": "2031-32-Q1", "due_on": "2032-07-31" }]);
        let refused = draft(&scene, &award, json!({ "dates": { "ends_on": "2021-09-30" }, "return_dates": days })).must(422);
        assert_eq!(refused.faults(), ["/return_dates/1/period unknown_record"]);
        draft(&scene, &award, json!({ "dates": { "ends_on": "2021-09-30" }, "return_dates": [days[0]] })).must(201);
        // That nobody could accept it is told beside.
        let adapted = || json!({ "delivery": { "status": "adapted" } });
        let (first, second) = (accepted(&scene, &award, adapted()), draft(&scene, &award, adapted()).must(201));
        act(&scene.commissioner, &first, "application").must(200);
        app.sql("UPDATE award_terms SET provider_id = NULL, amount_pence = NULL");
        assert_eq!(act(&scene.commissioner, &second, "issue").must(422).faults(), [" no_provider", " nothing_changes"]);
    }

    fn only_an_award_under_way_is_varied(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let more = || json!({ "use_of_funds": [{ "from_category": "pay", "to_category": "rent", "amount_pence": 5 }] });
        let offered = scene.offer(&scene.draft(300_000, json!({}))).must(200);
        assert_eq!(draft(&scene, &offered.id(), more()).must(409).code(), "wrong_state");
        let award = scene.live(300_000, json!({})).id();
        let path = format!("/v1/awards/{award}");
        let (waiting, ready) = (draft(&scene, &award, more()).must(201), accepted(&scene, &award, more()));
        let paused = json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": "to complete the project" });
        let tag = scene.award(&award).tag().to_owned();
        scene.commissioner.change(&format!("{path}/pause"), &tag, &paused).must(200);
        draft(&scene, &award, more()).must(201);
        let tag = scene.award(&award).tag().to_owned();
        scene.commissioner.change(&format!("{path}/end"), &tag, &json!({ "ended_on": "2021-03-31" })).must(200);
        let late = draft(&scene, &award, more()).must(409);
        assert_eq!(late.body["detail"], "This award is ended, so it cannot be varied.");
        assert_eq!(act(&scene.commissioner, &waiting, "issue").must(409).code(), "wrong_state");
        // What is known to be refused is not offered.
        for one in [&waiting, &ready] {
            assert_eq!(actions(&scene.commissioner.get(&format!("/v1/variations/{}", one.id())).must(200)), ["withdraw"]);
        }
        let refused = act(&scene.commissioner, &ready, "application").must(409);
        assert_eq!((refused.code(), refused.body["state"].as_str()), ("wrong_state", Some("ended")));
        assert_eq!(act(&scene.commissioner, &ready, "withdrawal").must(200).body["state"], "withdrawn");
    }

    fn nothing_is_applied_before_its_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let tomorrow = (app.service.db.clock().today() + chrono::TimeDelta::days(2)).to_string();
        let later = accepted(&scene, &award, json!({ "value": { "change_pence": 5 }, "effective_on": tomorrow }));
        assert_eq!(actions(&scene.commissioner.get(&format!("/v1/variations/{}", later.id())).must(200)), ["withdraw"]);
        let early = act(&scene.commissioner, &later, "application").must(409);
        assert_eq!((early.code(), early.body["effective_on"].as_str()), ("rule_broken", Some(tomorrow.as_str())));
        assert_eq!(scene.held("committed", &award), [300_000, 0]);
    }

    fn what_another_variation_changed_meanwhile_is_named(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 100 } }));
        let second = accepted(&scene, &award, json!({ "value": { "change_pence": 1_000 }, "dates": { "ends_on": "2021-06-30" } }));
        let third = accepted(&scene, &award, json!({ "delivery": { "status": "delivering" } }));
        act(&scene.commissioner, &first, "application").must(200);
        let refused = act(&scene.commissioner, &second, "application").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["amount_pence"])));
        assert_eq!(scene.held("committed", &award), [300_100, 0]);
        act(&scene.commissioner, &third, "application").must(200);
        act(&scene.commissioner, &second, "withdrawal").must(200);
        let anew = accepted(&scene, &award, json!({ "value": { "change_pence": 1_000 } }));
        assert_eq!(anew.body["before"]["amount_pence"], 300_100);
        act(&scene.commissioner, &anew, "application").must(200);
        assert_eq!(scene.held("committed", &award), [301_100, 0]);
    }

    fn the_use_of_funds_that_another_variation_moved_is_named(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let moves = |from: &str, to: &str| json!({ "use_of_funds": [{ "from_category": from, "to_category": to, "amount_pence": 500 }] });
        let (first, second, other) = (
            accepted(&scene, &award, moves("pay", "rent")),
            accepted(&scene, &award, moves("rent", "travel")),
            accepted(&scene, &award, moves("training", "travel")),
        );
        assert_eq!(second.body["before"], json!({ "use_of_funds": { "rent": 0, "travel": 0 } }));
        act(&scene.commissioner, &first, "application").must(200);
        let refused = act(&scene.commissioner, &second, "application").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["use_of_funds"])));
        let applied = act(&scene.commissioner, &other, "application").must(200);
        assert_eq!(applied.body["after"], json!({ "use_of_funds": { "training": -500, "travel": 500 } }));
    }

    fn targets_that_other_awards_share_stay(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let beginning = scene.draft(300_000, json!({}));
        let award = beginning.id();
        let indicator = |name: &str, awards: Value| {
            let input = json!({ "name": name, "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
                "adds_over_areas": "sum", "award_ids": awards });
            scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201)
        };
        let target = |number: i32| json!([{ "period": "2020-21", "area_id": null, "starts_on": "2020-04-01", "ends_on": "2021-03-31", "target": number }]);
        let other = scene.draft(100_000, json!({ "provider_id": scene.other_provider }));
        let (shared, own) = (indicator("People referred", json!([other.id()])), indicator("People helped", json!([])));
        for one in [&shared, &own] {
            scene.commissioner.put(&format!("/v1/indicators/{}/targets", one.id()), one.tag(), &json!({ "targets": target(40) })).must(200);
        }
        scene.go_live(&beginning);
        let of = |id: &str| scene.commissioner.get(&format!("/v1/indicators/{id}")).must(200);
        let change = |one: &Answer| json!({ "indicator_id": one.id(), "targets": target(25) });
        let refused = draft(&scene, &award, json!({ "targets": [change(&own), change(&shared)] })).must(422);
        assert_eq!(refused.faults(), ["/targets/1/indicator_id shared"]);
        let reference = other.body["reference"].as_str().unwrap();
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().starts_with(&format!("{reference} has this indicator too")), "{}", refused.text);
        // What became shared meanwhile is refused at the issue and at the application.
        let drafted = draft(&scene, &award, json!({ "targets": [change(&own)] })).must(201);
        let ready = accepted(&scene, &award, json!({ "targets": [change(&own)] }));
        let awards = |ids: Value| {
            let tag = of(&own.id()).tag().to_owned();
            scene.commissioner.patch(&format!("/v1/indicators/{}", own.id()), &tag, &json!({ "award_ids": ids })).must(200);
        };
        awards(json!([award, other.id()]));
        for (one, noun) in [(&drafted, "issue"), (&ready, "application")] {
            let refused = act(&scene.commissioner, one, noun).must(409);
            assert_eq!((refused.code(), &refused.body["awards"]), ("rule_broken", &json!([reference])));
        }
        for one in [&shared, &own] {
            assert_eq!(of(&one.id()).body["targets"][0]["target"], 40);
        }
        // An award that is over has no say any more.
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", other.id()), other.tag(), &json!({ "reason": "not needed" })).must(200);
        act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((&of(&own.id()).body["targets"][0]["target"], &of(&shared.id()).body["targets"][0]["target"]), (&json!(25), &json!(40)));
    }

    fn each_side_does_its_own_part(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let more = || json!({ "value": { "change_pence": 5 } });
        let list = format!("/v1/awards/{award}/variations");
        for who in [&scene.signatory, &scene.author, &scene.approver, &scene.finance] {
            assert_eq!(who.post(&list, &more()).must(403).code(), "forbidden");
        }
        assert_eq!(scene.commissioner.post(&format!("/v1/awards/{NOWHERE}/variations"), &input(&more())).must(404).code(), "not_found");
        let drafted = draft(&scene, &award, more()).must(201);
        let path = format!("/v1/variations/{}", drafted.id());
        assert_eq!(scene.signatory.patch(&path, drafted.tag(), &json!({ "title": "Ours" })).must(403).code(), "forbidden");
        assert_eq!(act(&scene.signatory, &drafted, "acceptance").must(404).code(), "not_found");
        let issued = act(&scene.commissioner, &drafted, "issue").must(200);
        for noun in ["acceptance", "refusal"] {
            for who in [&scene.author, &scene.commissioner, &scene.finance] {
                assert_eq!(act(who, &issued, noun).must(403).code(), "forbidden");
            }
            // Somebody else's award is not there.
            assert_eq!(act(&scene.stranger, &issued, noun).must(404).code(), "not_found");
        }
        for noun in ["issue", "withdrawal", "application"] {
            assert_eq!(act(&scene.signatory, &issued, noun).must(403).code(), "forbidden");
        }
        scene.stranger.get(&path).must(404);
        scene.stranger.get(&list).must(404);
        for who in [&scene.finance, &scene.author, &app.office(&[Role::Auditor])] {
            assert_eq!(actions(&who.get(&path).must(200)), Vec::<&str>::new());
        }
        // An approver accepts on the provider's behalf, by a paper, and refuses nothing.
        assert_eq!(actions(&scene.approver.get(&path).must(200)), ["accept"]);
        assert_eq!(act(&scene.approver, &issued, "refusal").must(403).code(), "forbidden");
        for role in [Role::Administrator, Role::BoardReader] {
            app.office(&[role]).get(&path).must(403);
        }
        app.nobody().get(&path).must(401);
        let refused = act(&scene.signatory, &issued, "refusal").must(200);
        assert_eq!((refused.body["state"].as_str(), refused.body["note"].as_str()), (Some("refused"), Some("the dates do not suit")));
        for (who, noun) in [(&scene.signatory, "acceptance"), (&scene.commissioner, "application"), (&scene.commissioner, "withdrawal")] {
            assert_eq!(act(who, &refused, noun).must(409).code(), "wrong_state");
        }
        assert_eq!(scene.held("committed", &award), [300_000, 0]);
    }

    fn a_variation_is_taken_back_until_it_is_applied(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let provider = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&provider).must(200).tag().to_owned();
        scene.commissioner.patch(&provider, &tag, &json!({ "contact_email": "grants@helping-hands.example" })).must(200);
        let award = scene.live(300_000, json!({})).id();
        let more = || json!({ "value": { "change_pence": 5 } });
        let drafted = draft(&scene, &award, more()).must(201);
        let issued = act(&scene.commissioner, &draft(&scene, &award, more()).must(201), "issue").must(200);
        for one in [&drafted, &issued, &accepted(&scene, &award, more())] {
            let withdrawn = act(&scene.commissioner, one, "withdrawal").must(200);
            assert_eq!((withdrawn.body["state"].as_str(), actions(&withdrawn)), (Some("withdrawn"), vec![]));
            for noun in ["issue", "application", "withdrawal"] {
                assert_eq!(act(&scene.commissioner, &withdrawn, noun).must(409).code(), "wrong_state");
            }
            let patched = scene.commissioner.patch(&format!("/v1/variations/{}", one.id()), withdrawn.tag(), &json!({ "title": "Again" }));
            assert_eq!(patched.must(409).code(), "wrong_state");
        }
        // The provider is told of what was issued to it, and why it was taken back.
        let told = app.texts("SELECT recipient || ': ' || subject || ' ' || body AS text FROM outbox_message WHERE act = 'variation.withdraw' ORDER BY subject");
        assert_eq!(told.len(), 2, "{told:?}");
        for (one, (number, answer)) in told.iter().zip([(2, "It needs no answer any more."), (3, "You had accepted it.")]) {
            let reference = format!("CIF-2020-21-T1-0001-V{number}");
            assert!(one.starts_with(&format!("grants@helping-hands.example: Variation {reference} is taken back The office has")), "{one}");
            assert!(one.contains(answer) && one.contains("Why: the dates do not suit"), "{one}");
        }
        // What was never issued is never seen by the provider.
        let references: Vec<Value> = scene.author.all(&format!("/v1/awards/{award}/variations")).iter().map(|one| one["number"].clone()).collect();
        assert_eq!(references.len(), 2);
        assert_eq!(scene.held("committed", &award), [300_000, 0]);
    }

    fn versions_and_keys_are_asked_for(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let seen = draft(&scene, &award, json!({ "value": { "change_pence": 100_000 } })).must(201);
        let path = format!("/v1/variations/{}", seen.id());
        scene.commissioner.patch(&path, seen.tag(), &json!({ "title": "Even more time" })).must(200);
        assert_eq!(scene.commissioner.patch(&path, seen.tag(), &json!({ "title": "Less time" })).must(412).code(), "stale");
        assert_eq!(act(&scene.commissioner, &seen, "issue").must(412).code(), "stale");
        let current = || scene.commissioner.get(&path).must(200);
        let send = |who: &crate::support::Client, noun: &str, tag: Option<&str>, key: Option<&str>| -> Answer {
            let mut request = who.request(Method::POST, &format!("{path}/{noun}"));
            for (name, value) in [("If-Match", tag), ("Idempotency-Key", key)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            who.send(request.json(&json!({})))
        };
        for (noun, who) in [("issue", &scene.commissioner), ("acceptance", &scene.signatory), ("application", &scene.commissioner)] {
            let tag = current().tag().to_owned();
            assert_eq!(send(who, noun, None, Some(&new_key())).must(428).code(), "precondition_required");
            assert_eq!(send(who, noun, Some(&tag), None).must(422).faults(), ["header:Idempotency-Key required"]);
            let key = new_key();
            let first = send(who, noun, Some(&tag), Some(&key)).must(200);
            let again = send(who, noun, Some(&tag), Some(&key)).must(200);
            assert_eq!((again.header("idempotent-replay"), &again.text), (Some("true"), &first.text));
            assert_eq!(send(who, noun, Some(&tag), Some(&new_key())).must(412).code(), "stale");
        }
        // Applied once, however often it was asked.
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![400_000, 0], vec![600_000, 0]));
        assert_eq!(scene.award(&award).body["terms_no"], 2);
        let twice = json!({ "title": "x", "reason": "x", "effective_on": "2020-10-01", "delivery": { "status": "delivering" } });
        let key = new_key();
        let post = |body: &Value| {
            let request = scene.commissioner.request(Method::POST, &format!("/v1/awards/{award}/variations"));
            scene.commissioner.send(request.header("Idempotency-Key", &key).json(body))
        };
        let first = post(&twice).must(201);
        assert_eq!(post(&twice).must(201).id(), first.id());
        assert_eq!(post(&input(&json!({ "dates": { "ends_on": "2021-06-30" } }))).must(422).code(), "key_reused");
        assert_eq!(scene.commissioner.all(&format!("/v1/awards/{award}/variations")).len(), 2);
    }
}
