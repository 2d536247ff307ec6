//! Corrections of accepted returns: the return stays, the difference counts later, and reports show both.

use reqwest::Method;
use serde_json::{Value, json};

use crate::returns::{accepted, act, actions, indicator, of_period, submitted};
use crate::support::{Answer, Scene};

fn adjust(scene: &Scene, id: &str, changes: Value) -> Answer {
    let mut input = json!({ "reason": "An invoice was entered twice." });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    scene.commissioner.post(&format!("/v1/returns/{id}/adjustments"), &input)
}

fn staff(pence: i64) -> Value {
    json!([{ "category": "staff", "amount_pence": pence }])
}

/// What was spent: in all, as accepted, and by adjustments.
fn spent(report: &Value) -> [Option<i64>; 3] {
    ["amount_pence", "accepted_pence", "adjustment_pence"].map(|name| report[name].as_i64())
}

fn counted(report: &Answer) -> Vec<Value> {
    let rows = report.body["rows"].as_array().unwrap();
    rows.iter().map(|row| json!([row["period"], row["value"], row["accepted_value"], row["adjustment_count"]])).collect()
}

on_both! {
    fn an_adjustment_counts_later_and_the_return_stays(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = indicator(&scene, &award, "People referred", "people");
        let value = |number: i64| json!([{ "indicator_id": people, "status": "reported", "value": number }]);
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": staff(70_000), "values": value(10) }));
        accepted(&scene, &award, "2020-21-Q2", &json!({ "spend": staff(20_000), "values": value(4) }));
        assert_eq!(actions(&first), ["adjust"]);
        let path = format!("/v1/returns/{}", first.id());
        let as_it_was = scene.author.get(&path).must(200);
        let ask = |question: &str| scene.finance.get(&format!("/v1/reports/{question}")).must(200);
        let before = ask("expenditure");
        let known = before.body["known_at"].as_str().unwrap().to_owned();
        let old = ["expenditure", "allocations", "indicators"].map(|name| ask(&format!("{name}?known_at={known}")).text);

        let made = adjust(&scene, &first.id(), json!({ "spend": staff(-500), "values": [{ "indicator_id": people, "value": -3 }] })).must(201);
        assert_eq!((made.body["period"].as_str(), made.body["counted_in_return_id"].as_str()),
            (Some("2020-21-Q3"), Some(of_period(&scene, &award, "2020-21-Q3").id().as_str())), "the first that is not accepted");
        let line = &made.body["spend"][0];
        assert_eq!([&line["before_pence"], &line["amount_pence"], &line["after_pence"]], [70_000, -500, 69_500]);
        assert_eq!([&made.body["values"][0]["before"], &made.body["values"][0]["after"]], [10, 7]);
        let after = scene.author.get(&path).must(200);
        assert_eq!((&after.text, after.tag()), (&as_it_was.text, as_it_was.tag()), "the accepted return stays byte for byte");

        assert_eq!(spent(&ask("expenditure").body["returned"]), [89_500, 90_000, -500].map(Some));
        let totals = ask("allocations").body["totals"].clone();
        assert_eq!([&totals["reported_spend_pence"], &totals["reported_adjustments_pence"]], [89_500, -500]);
        assert_eq!(counted(&ask("indicators")), [json!([null, 11, 14, 1])]);
        assert_eq!(counted(&ask("indicators?group_by=period")),
            [json!(["2020-21-Q1", 10, 10, 0]), json!(["2020-21-Q2", 4, 4, 0]), json!(["2020-21-Q3", -3, null, 1])]);
        for (name, text) in ["expenditure", "allocations", "indicators"].iter().zip(old) {
            assert_eq!(ask(&format!("{name}?known_at={known}")).text, text, "{name} as it was known");
        }
        let table = ask("expenditure?format=csv").text;
        assert!(table.lines().next().unwrap().contains(",illustrative,accepted_pounds,adjustment_pounds,"), "{table}");

        // The next one goes on from there, may name its return, and the provider sees both.
        let third = of_period(&scene, &award, "2020-21-Q4").id();
        let second = adjust(&scene, &first.id(), json!({ "spend": staff(250), "counted_in_return_id": third })).must(201);
        assert_eq!([&second.body["spend"][0]["before_pence"], &second.body["period"]], [&json!(69_500), &json!("2020-21-Q4")]);
        let listed = scene.author.all(&format!("{path}/adjustments"));
        assert_eq!(listed, [made.body.clone(), second.body.clone()]);
        assert_eq!(scene.stranger.get(&format!("{path}/adjustments")).must(404).code(), "not_found");
        let log = app.office(&[almoner::access::permissions::Role::Auditor]);
        let events = log.all(&format!("/v1/audit-events?record_id={}", first.id()));
        let is_first = |event: &&Value| event["act"] == "return.adjust" && event["before"]["values"] != json!([]);
        let event = events.iter().find(is_first).unwrap();
        assert_eq!((&event["reason"], event["before"]["values"][0]["value"].as_i64()), (&Value::Null, Some(10)), "why stands with the adjustment");
        let letters = app.texts("SELECT subject AS text FROM outbox_message WHERE record_kind = 'return' AND subject LIKE '%corrected%'");
        assert!(letters.len() <= 2);
    }

    fn what_may_not_be_adjusted_is_refused(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let other = scene.live(200_000, json!({})).id();
        let foreign = indicator(&scene, &other, "People referred", "people");
        let people = indicator(&scene, &award, "People referred", "people");
        let values = json!([{ "indicator_id": people, "status": "not_reported" }]);
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": staff(70_000), "values": values.clone() }));
        assert_eq!(adjust(&scene, &sent.id(), json!({ "spend": staff(-1) })).must(409).code(), "wrong_state");
        let first = act(&scene.commissioner, &sent, "acceptance").must(200).id();
        let faults = |changes: Value| adjust(&scene, &first, changes).must(422).faults();
        assert_eq!(faults(json!({})), [" required"]);
        assert_eq!(faults(json!({ "spend": staff(-70_001) })), ["/spend/0/amount_pence too_small"]);
        assert_eq!(faults(json!({ "spend": [{ "category": "staff", "amount_pence": 0 }, { "category": "ppe", "amount_pence": -1 },
            { "category": "ppe", "amount_pence": 5 }] })),
            ["/spend/0/amount_pence no_difference", "/spend/1/amount_pence too_small", "/spend/2 repeated"]);
        let value = |indicator: &str, number: i64| json!({ "values": [{ "indicator_id": indicator, "value": number }] });
        assert_eq!(faults(value(&people, -1)), ["/values/0/value too_small"], "nothing was reported");
        assert_eq!(faults(value(&foreign, 1)), ["/values/0/indicator_id unknown_record"]);
        let named = |id: &str| json!({ "spend": staff(-1), "counted_in_return_id": id });
        assert_eq!(faults(named(&first)), ["/counted_in_return_id too_early"]);
        assert_eq!(faults(named(&of_period(&scene, &other, "2020-21-Q2").id())), ["/counted_in_return_id unknown_record"]);
        let input = json!({ "spend": staff(-1), "reason": "x" });
        let path = format!("/v1/returns/{first}/adjustments");
        for who in [&scene.author, &scene.signatory, &scene.finance, &scene.approver] {
            assert_eq!(who.post(&path, &input).must(403).code(), "forbidden");
        }
        let without_key = scene.commissioner.request(Method::POST, &path).json(&input);
        scene.commissioner.send(without_key).must(422);
        // Two differences that would leave less than nothing together: the second is refused.
        adjust(&scene, &first, json!({ "spend": staff(-40_000) })).must(201);
        assert_eq!(faults(json!({ "spend": staff(-40_000) })), ["/spend/0/amount_pence too_small"]);
        // What the last quarter leaves counts in a quarter of its own.
        for period in ["2020-21-Q2", "2020-21-Q3"] {
            submitted(&scene, &award, period, &json!({ "spend": [], "values": values.clone() }));
        }
        let last = accepted(&scene, &award, "2020-21-Q4", &json!({ "spend": staff(1_000), "values": values.clone() }));
        let late = adjust(&scene, &last.id(), json!({ "spend": staff(5) })).must(201);
        assert_eq!((late.body["counted_in_return_id"].is_null(), late.body["starts_on"].as_str() > Some("2021-03-31")), (true, true));
    }

    fn a_later_value_corrects_what_may_not_be_added(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let share = indicator(&scene, &award, "People who stay", "percent");
        let people = indicator(&scene, &award, "People referred", "people");
        let values = json!([{ "indicator_id": share, "status": "reported", "value": 40, "denominator": 80 },
            { "indicator_id": people, "status": "not_reported" }]);
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": null, "narrative": "We began.", "values": values })).id();
        let path = format!("/v1/returns/{first}/adjustments");
        let faults = scene.commissioner.post(&path, &json!({ "reason": "x", "values": [{ "indicator_id": share, "value": 41 }] })).must(422).faults();
        assert_eq!(faults.len(), 1, "{faults:?}: more than all of them");
        adjust(&scene, &first, json!({ "spend": staff(9_000), "values": [{ "indicator_id": share, "value": 0, "denominator": 20 },
            { "indicator_id": people, "value": 0 }] })).must(201);
        let report = scene.finance.get("/v1/reports/indicators").must(200);
        let rows = report.body["rows"].as_array().unwrap();
        let of = |id: &str| rows.iter().find(|row| row["indicator"]["id"] == id).unwrap();
        assert_eq!([&of(&share)["value"], &of(&share)["accepted_value"], &of(&share)["denominator"]], [40, 50, 100]);
        assert_eq!([&of(&people)["value"], &of(&people)["accepted_value"], &of(&people)["not_reported_count"]], [&json!(0), &Value::Null, &json!(0)]);
        assert_eq!(spent(&scene.finance.get("/v1/reports/expenditure").must(200).body["returned"]), [9_000, 0, 9_000].map(Some));
        // An adjustment that counts in days to come waits for them.
        let today = app.service.db.clock().today();
        let running = scene.live(200_000, json!({ "ends_on": (today + chrono::TimeDelta::days(400)).to_string() })).id();
        let begun = accepted(&scene, &running, "2020-21-Q1", &json!({ "spend": staff(100) }));
        let all = scene.author.all(&format!("/v1/awards/{running}/returns"));
        let last = all.iter().max_by_key(|one| one["starts_on"].as_str().unwrap().to_owned()).unwrap();
        let ahead = adjust(&scene, &begun.id(), json!({ "spend": staff(11), "counted_in_return_id": last["id"] })).must(201);
        assert_eq!(ahead.body["effective_on"], last["starts_on"]);
        let now = scene.finance.get("/v1/reports/expenditure").must(200);
        assert_eq!(spent(&now.body["returned"]), [9_100, 100, 9_000].map(Some));
        let then = scene.finance.get(&format!("/v1/reports/expenditure?as_at={}", last["starts_on"].as_str().unwrap())).must(200);
        assert_eq!(spent(&then.body["returned"]), [9_111, 100, 9_011].map(Some));
    }
}
