//! What is refused on the way of a return.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{act, actions, certify, indicator, of_period, send, write};
use crate::support::Scene;
use crate::support::client::new_key;

const NOWHERE: &str = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";

on_both! {
    fn every_fault_is_told_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let (people, share) = (indicator(&scene, &award, "People", "people"), indicator(&scene, &award, "Share", "percent"));
        let seen = of_period(&scene, &award, "2020-21-Q2");
        let spend = json!([{ "category": "staff", "amount_pence": 5, "spent_from": "2020-09-02", "spent_to": "2020-09-01" },
            { "category": "other", "amount_pence": 5 }, { "category": "staff", "amount_pence": 5, "spent_from": "2020-06-30" }]);
        let values = json!([{ "indicator_id": NOWHERE, "status": "not_reported" },
            { "indicator_id": people, "area_id": NOWHERE, "status": "reported" },
            { "indicator_id": people, "status": "reported", "value": -1, "denominator": 3 },
            { "indicator_id": people, "status": "not_applicable", "value": 0 },
            { "indicator_id": share, "status": "reported", "value": 4 },
            { "indicator_id": share, "area_id": scene.area, "status": "reported", "value": 4, "denominator": 3 }]);
        let refused = write(&scene.author, &seen, &json!({ "spend": spend, "values": values })).must(422);
        let wanted = ["/spend/0/spent_to reversed_dates", "/spend/1/note required", "/spend/2/spent_from outside_period",
            "/values/0/indicator_id unknown_record", "/values/1/area_id unknown_record", "/values/1/value required",
            "/values/2/denominator not_allowed", "/values/2/value too_small", "/values/3 repeated", "/values/3/value not_allowed",
            "/values/4/denominator required", "/values/5/value too_large"];
        assert_eq!(refused.faults(), wanted);
        let shapes = json!({ "spend": [{ "category": "sweets", "amount_pence": -1 }, { "category": "staff", "amount_pence": 1.5 }],
            "values": [{ "indicator_id": people, "status": "perhaps", "value": "many" }], "narrative": "", "colour": "red" });
        let refused = write(&scene.author, &seen, &shapes).must(422);
        let wanted = ["/colour unknown_field", "/narrative too_short", "/spend/0/amount_pence too_small", "/spend/0/category not_a_choice",
            "/spend/1/amount_pence wrong_type", "/values/0/status not_a_choice", "/values/0/value wrong_type"];
        assert_eq!(refused.faults(), wanted);
        assert_eq!(of_period(&scene, &award, "2020-21-Q2").body["state"], "due");
        // Every indicator has a value or a reason for none before a return is sent.
        let first = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "narrative": "We began." })).must(200);
        assert_eq!(act(&scene.author, &first, "submission").must(422).faults(), ["/values required", "/values required"]);
        let none = json!([{ "indicator_id": people, "status": "not_reported" }, { "indicator_id": share, "status": "not_applicable" }]);
        let first = write(&scene.author, &first, &json!({ "values": none })).must(200);
        send(&scene, &first);
    }

    fn money_is_spent_inside_the_window_of_a_line(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let halves = json!([{ "budget_line_id": scene.lines[0], "weight": 1 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let award = scene.live(300_000, json!({ "tranche_id": null, "split": halves })).id();
        let restate = |line: &str, window: Value| {
            let path = format!("/v1/budget-lines/{line}");
            let seen = scene.finance.get(&path).must(200);
            let mut input = json!({ "amount_pence": seen.body["amount_pence"], "reason": "the grant says so" });
            for (name, day) in window.as_object().unwrap() {
                input[name] = day.clone();
            }
            scene.finance.change(&format!("{path}/restatement"), seen.tag(), &input).must(200);
        };
        // One line's money is for July, the other's for late August and September: no day lies in both.
        restate(&scene.lines[0], json!({ "window_starts_on": "2020-07-10", "window_ends_on": "2020-07-31" }));
        restate(&scene.lines[1], json!({ "window_starts_on": "2020-08-20", "window_ends_on": "2020-09-20" }));
        let seen = of_period(&scene, &award, "2020-21-Q2");
        let line = |from: &str, to: &str| json!({ "spend": [{ "category": "staff", "amount_pence": 5, "spent_from": from, "spent_to": to }] });
        for (from, to, field) in [("2020-07-09", "2020-08-31", "spent_from"), ("2020-07-10", "2020-09-21", "spent_to")] {
            assert_eq!(write(&scene.author, &seen, &line(from, to)).must(422).faults(), [format!("/spend/0/{field} outside_window")]);
        }
        // Without days the spending counts as spread over the whole period.
        let whole = json!({ "spend": [{ "category": "staff", "amount_pence": 5 }] });
        let refused = write(&scene.author, &seen, &whole).must(422);
        assert_eq!(refused.faults(), ["/spend/0/spent_from outside_window"]);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("from 2020-07-10 to 2020-09-20"), "{}", refused.text);
        write(&scene.author, &seen, &line("2020-07-10", "2020-09-20")).must(200);
    }

    fn returns_are_sent_in_their_order_and_after_their_time(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &json!({ "narrative": "Later." })).must(200);
        let refused = act(&scene.author, &second, "submission").must(409);
        assert_eq!((refused.code(), refused.body["period"].as_str()), ("rule_broken", Some("2020-21-Q1")));
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!(act(&scene.author, &first, "submission").must(409).code(), "wrong_state");
        let first = write(&scene.author, &first, &json!({ "narrative": "First." })).must(200);
        send(&scene, &first);
        send(&scene, &second);
        // A period that is still running can be written down, and sent once it is over.
        let today = app.service.db.clock().today();
        let running = scene.draft(300_000, json!({ "ends_on": (today + chrono::TimeDelta::days(40)).to_string() }));
        let plan = json!({ "frequency": "end_of_grant", "evaluation": "light" });
        scene.commissioner.put(&format!("/v1/awards/{}/monitoring-plan", running.id()), running.tag(), &plan).must(200);
        scene.offer(&scene.award(&running.id())).must(200);
        scene.plan(&running.id());
        scene.accept(&running.id()).must(200);
        let whole = of_period(&scene, &running.id(), "end of grant");
        assert_eq!((whole.body["state"].as_str(), whole.body["is_overdue"].as_bool()), (Some("not_yet_due"), Some(false)));
        let whole = write(&scene.author, &whole, &json!({ "narrative": "So far, so good." })).must(200);
        assert_eq!(actions(&whole), ["write"]);
        let refused = act(&scene.author, &whole, "submission").must(409);
        assert_eq!((refused.code(), &refused.body["ends_on"]), ("rule_broken", &whole.body["ends_on"]));
    }

    fn each_side_does_its_own_part(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let path = format!("/v1/returns/{}", first.id());
        let words = json!({ "narrative": "We began." });
        // To another provider these returns are not there.
        let strangers = [&scene.stranger, &app.of_provider(&[Role::ProviderAuthor], scene.other_provider.parse().unwrap())];
        for who in strangers {
            assert_eq!(who.get(&path).must(404).code(), "not_found");
            assert_eq!(who.get(&format!("/v1/awards/{award}/returns")).must(404).code(), "not_found");
            assert_eq!(write(who, &first, &words).must(404).code(), "not_found");
            assert_eq!(act(who, &first, "submission").must(404).code(), "not_found");
            assert_eq!(who.all(&format!("/v1/returns?award_id={award}")).len() + who.all("/v1/returns").len(), 0);
            assert_eq!(act(who, &first, "acceptance").must(403).code(), "forbidden");
        }
        for who in [&scene.commissioner, &scene.approver, &scene.finance] {
            who.get(&path).must(200);
            // Somebody of the office may write for a provider; sending stays with the provider.
            let writes = std::ptr::eq(who, &scene.commissioner);
            assert!(writes || write(who, &first, &words).must(403).code() == "forbidden");
            assert_eq!(act(who, &first, "submission").must(403).code(), "forbidden");
        }
        let sent = send(&scene, &write(&scene.signatory, &first, &words).must(200));
        for who in [&scene.author, &scene.signatory, &scene.approver, &scene.finance] {
            assert_eq!(act(who, &sent, "queries").must(403).code(), "forbidden");
            assert_eq!(act(who, &sent, "acceptance").must(403).code(), "forbidden");
        }
        for role in [Role::Administrator, Role::BoardReader] {
            app.office(&[role]).get(&path).must(403);
        }
        app.nobody().get(&path).must(401);
        let bare = scene.commissioner.change(&format!("{path}/queries"), sent.tag(), &json!({ "question": "" })).must(422);
        assert_eq!(bare.faults(), ["/question too_short"]);
        let auditor = app.office(&[Role::Auditor]);
        let mut done: Vec<_> = auditor.all(&format!("/v1/audit-events?record_id={}&outcome=done", first.id())).iter().map(|one| one["act"].clone()).collect();
        done.reverse();
        assert_eq!(done, ["award.accept", "return.write", "return.certify", "return.submit"]);
    }

    fn versions_are_asked_for_and_a_key_answers_again(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let path = format!("/v1/returns/{}", first.id());
        let written = write(&scene.author, &first, &json!({ "narrative": "We began." })).must(200);
        assert_eq!(write(&scene.author, &first, &json!({ "narrative": "Another page." })).must(412).code(), "stale");
        assert_eq!(act(&scene.author, &first, "submission").must(412).code(), "stale");
        let bare = scene.author.request(Method::PATCH, &format!("{path}/content")).json(&json!({ "narrative": "x" }));
        assert_eq!(scene.author.send(bare).must(428).code(), "precondition_required");
        let bare = scene.author.request(Method::POST, &format!("{path}/submission"));
        assert_eq!(scene.author.send(bare).must(428).code(), "precondition_required");
        let written = certify(&scene, &written);
        let key = new_key();
        let send = || {
            let request = scene.author.request(Method::POST, &format!("{path}/submission")).header("If-Match", written.tag());
            scene.author.send(request.header("Idempotency-Key", &key))
        };
        let (sent, again) = (send().must(200), send().must(200));
        assert_eq!((again.header("idempotent-replay"), &again.text), (Some("true"), &sent.text));
        let accept = |tag: &str| scene.commissioner.change(&format!("{path}/acceptance"), tag, &json!({}));
        assert_eq!(accept(written.tag()).must(412).code(), "stale");
        accept(sent.tag()).must(200);
    }
}
