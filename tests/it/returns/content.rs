//! What a return says of the service, how its parts fit together and with the returns before, and which personal data is kept out.

use serde_json::{Value, json};

use super::findings::findings;
use super::{act, indicator, of_period, submitted, write};
use crate::support::{Answer, Scene};

/// A return of the service with nothing to be told about its spend.
fn silent(changes: Value) -> Value {
    let mut content = json!({ "spend": [] });
    for (name, value) in changes.as_object().unwrap() {
        content[name] = value.clone();
    }
    content
}

fn caseload(numbers: [Option<i64>; 4]) -> Value {
    let [brought_forward, new, closed, carried_forward] = numbers;
    silent(json!({ "caseload": { "brought_forward": brought_forward, "new": new, "closed": closed, "carried_forward": carried_forward } }))
}

fn forecast(quarters: &[(&str, i64)]) -> Value {
    let quarters: Vec<Value> = quarters.iter().map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect();
    json!(quarters)
}

/// The period whose return gave the latest forecast, and of each quarter what holds and since when: `2020-21-Q3 70000 2020-21-Q1`.
fn in_force(seen: &Answer) -> (Option<&str>, Vec<String>) {
    let held = &seen.body["forecast_in_force"];
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let quarter = |one: &Value| format!("{} {} {}", word(one, "quarter"), one["amount_pence"], word(one, "period"));
    (held["period"].as_str(), held["quarters"].as_array().unwrap().iter().map(quarter).collect())
}

fn held(quarters: &[&str]) -> Vec<String> {
    quarters.iter().map(|one| (*one).to_owned()).collect()
}

fn counted(indicator: &str, number: i64) -> Value {
    silent(json!({ "values": [{ "indicator_id": indicator, "status": "reported", "value": number }] }))
}

on_both! {
    fn a_return_tells_of_the_whole_service(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let told = json!({ "delivery_mode": "blended",
            "staffing": { "note": "Two of us were ill.", "posts_filled": 2.5, "posts_vacant": 0, "sickness_days": null },
            "waiting_times": { "people_waiting": 0, "longest_wait_days": null },
            "capacity": { "unit": "places", "contracted": 20, "used": 18, "spare": 2 },
            "onward_grants": { "number": 3, "amount_pence": 45_000 },
            "caseload": { "brought_forward": 0, "new": 12, "closed": 2, "carried_forward": 10 },
            "case_study": "A family found a flat." });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &silent(told.clone())).must(200);
        for (part, given) in told.as_object().unwrap() {
            assert_eq!(&written.body["content"][part], given, "{part}");
        }
        assert_eq!(findings(&written), ["warning /case_study case_study_personal_data"]);
        // A part that says nothing is not reported, and nought is.
        let changes = json!({ "waiting_times": { "people_waiting": null }, "staffing": { "posts_filled": null, "note": null }, "delivery_mode": null,
            "capacity": { "used": -1 } });
        assert_eq!(write(&scene.author, &written, &changes).must(422).faults(), ["/capacity/used too_small"]);
        let mut changes = changes;
        changes["capacity"]["used"] = Value::Null;
        let less = write(&scene.author, &written, &changes).must(200);
        let content = &less.body["content"];
        assert_eq!((&content["waiting_times"], &content["delivery_mode"]), (&Value::Null, &Value::Null));
        assert_eq!(content["staffing"], json!({ "note": null, "posts_filled": null, "posts_vacant": 0, "sickness_days": null }));
        assert_eq!(content["capacity"], json!({ "unit": "places", "contracted": 20, "used": null, "spare": 2 }));
        let shapes = json!({ "delivery_mode": "by_post", "onward_grants": { "number": -1 }, "caseload": { "new": 1.5 } });
        let wanted = ["/caseload/new wrong_type", "/delivery_mode not_a_choice", "/onward_grants/number too_small"];
        assert_eq!(write(&scene.author, &less, &shapes).must(422).faults(), wanted);
    }

    fn a_caseload_is_carried_from_return_to_return(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let partial = write(&scene.author, &first, &caseload([Some(4), Some(6), None, Some(99)])).must(200);
        assert_eq!(findings(&partial), Vec::<String>::new(), "what is not reported is held against nothing");
        let wrong = write(&scene.author, &partial, &caseload([Some(4), Some(6), Some(0), Some(11)])).must(200);
        assert_eq!(findings(&wrong), ["error /caseload/carried_forward caseload_does_not_add_up"]);
        assert!(wrong.text.contains("4 brought forward and 6 new, less 0 closed, are 10, and 11 are carried forward."), "{}", wrong.text);
        assert_eq!(act(&scene.author, &wrong, "submission").must(422).faults(), ["/caseload/carried_forward caseload_does_not_add_up"]);
        submitted(&scene, &award, "2020-21-Q1", &caseload([Some(4), Some(6), Some(0), Some(10)]));
        let second = of_period(&scene, &award, "2020-21-Q2");
        let broken = write(&scene.author, &second, &caseload([Some(9), Some(1), Some(2), Some(8)])).must(200);
        assert_eq!(findings(&broken), ["warning /caseload/brought_forward caseload_broken"]);
        assert!(broken.text.contains("9 are brought forward, and the return for 2020-21-Q1 carried 10 forward."), "{}", broken.text);
        let joined = write(&scene.author, &broken, &caseload([Some(10), Some(1), Some(2), Some(9)])).must(200);
        assert_eq!(findings(&joined), Vec::<String>::new());
    }

    fn a_forecast_stays_in_force_until_a_newer_one(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!(first.body["forecast_in_force"], Value::Null);
        let past = silent(json!({ "forecast": forecast(&[("2020-21-Q2", 1), ("2020-21-Q1", 1), ("2020-21-Q2", 2)]) }));
        let wanted = ["/forecast/1/quarter not_ahead", "/forecast/2/quarter repeated"];
        assert_eq!(write(&scene.author, &first, &past).must(422).faults(), wanted);
        let ahead = forecast(&[("2020-21-Q2", 60_000), ("2020-21-Q3", 70_000)]);
        let sent = submitted(&scene, &award, "2020-21-Q1", &silent(json!({ "forecast": ahead })));
        assert_eq!(in_force(&sent), (Some("2020-21-Q1"), held(&["2020-21-Q2 60000 2020-21-Q1", "2020-21-Q3 70000 2020-21-Q1"])));
        // The second quarter says nothing new: of the first one's forecast holds what is still to come.
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &silent(json!({}))).must(200);
        assert_eq!(second.body["content"]["forecast"], Value::Null);
        let third_quarter = "2020-21-Q3 70000 2020-21-Q1";
        assert_eq!((in_force(&second), &second.body["forecast_in_force"]["return_id"]), ((Some("2020-21-Q1"), held(&[third_quarter])), &json!(first.id())));
        let spent = write(&scene.author, &second, &json!({ "spend": [{ "category": "staff", "amount_pence": 140_000 }] })).must(200);
        assert_eq!(findings(&spent), ["warning /forecast forecast_above_value"]);
        assert!(spent.text.contains("£1,400.00 are reported as spent and £700.00 are expected; the award is worth £2,000.00."), "{}", spent.text);
        // A quarter of which it says nothing keeps what was said before; nought is a forecast.
        let newer = write(&scene.author, &spent, &json!({ "forecast": forecast(&[("2020-21-Q4", 60_000)]) })).must(200);
        assert_eq!(in_force(&newer), (Some("2020-21-Q2"), held(&[third_quarter, "2020-21-Q4 60000 2020-21-Q2"])));
        assert_eq!(findings(&newer), ["warning /forecast forecast_above_value"]);
        let none = json!({ "forecast": forecast(&[("2020-21-Q3", 0), ("2020-21-Q4", 60_000)]) });
        let newer = write(&scene.author, &newer, &none).must(200);
        let own = held(&["2020-21-Q3 0 2020-21-Q2", "2020-21-Q4 60000 2020-21-Q2"]);
        assert_eq!((in_force(&newer), findings(&newer)), ((Some("2020-21-Q2"), own), vec![]));
        let nothing = write(&scene.author, &newer, &json!({ "forecast": [] })).must(200);
        assert_eq!(in_force(&nothing), (Some("2020-21-Q2"), held(&[])), "nothing more will be spent");
        // Beyond the award already, one warning says it.
        let beyond = json!({ "spend": [{ "category": "staff", "amount_pence": 200_001 }], "forecast": forecast(&[("2020-21-Q4", 1)]) });
        assert_eq!(findings(&write(&scene.author, &nothing, &beyond).must(200)), ["warning /spend spend_above_value"]);
    }

    fn what_a_later_return_spent_is_not_expected_as_well(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(100_000, json!({})).id();
        let spend = json!([{ "category": "staff", "amount_pence": 25_000 }]);
        let ahead = forecast(&[("2020-21-Q2", 25_000), ("2020-21-Q3", 25_000), ("2020-21-Q4", 25_000)]);
        let first = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend, "forecast": ahead }));
        submitted(&scene, &award, "2020-21-Q2", &json!({ "spend": spend }));
        let asked = act(&scene.commissioner, &first, "queries").must(200);
        assert_eq!(findings(&asked), ["warning  query_unanswered"], "25,000 and 25,000 are spent, and twice 25,000 are still to come");
        let more = forecast(&[("2020-21-Q2", 25_000), ("2020-21-Q3", 25_000), ("2020-21-Q4", 25_001)]);
        let beyond = write(&scene.author, &asked, &json!({ "forecast": more })).must(200);
        assert_eq!(findings(&beyond), ["warning /forecast forecast_above_value", "warning  query_unanswered"]);
    }

    fn values_are_held_against_the_returns_before(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = indicator(&scene, &award, "People referred", "people");
        submitted(&scene, &award, "2020-21-Q1", &counted(&people, 10));
        let second = submitted(&scene, &award, "2020-21-Q2", &counted(&people, 100));
        assert_eq!(findings(&second), Vec::<String>::new(), "one value is no mean");
        let third = write(&scene.author, &of_period(&scene, &award, "2020-21-Q3"), &counted(&people, 166)).must(200);
        assert_eq!(findings(&third), ["warning /values/0/value unusual_value"]);
        assert!(third.text.contains("`People referred` is 166, and was 55 on average in the returns before."), "{}", third.text);
        let third = write(&scene.author, &third, &counted(&people, 165)).must(200);
        assert_eq!(findings(&third), Vec::<String>::new());
        // What counts from its beginning does not fall.
        let other = scene.live(200_000, json!({})).id();
        let input = json!({ "name": "Homes so far", "kind": "output", "unit": "homes", "direction": "higher", "adds_over_time": "latest",
            "adds_over_areas": "sum" });
        let homes = scene.commissioner.post(&format!("/v1/awards/{other}/indicators"), &input).must(201).id();
        submitted(&scene, &other, "2020-21-Q1", &counted(&homes, 10));
        let fell = write(&scene.author, &of_period(&scene, &other, "2020-21-Q2"), &counted(&homes, 9)).must(200);
        assert_eq!(findings(&fell), ["warning /values/0/value value_fell"]);
        assert!(fell.text.contains("`Homes so far` fell from 10 in 2020-21-Q1 to 9"), "{}", fell.text);
    }

    fn personal_data_is_kept_out(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let named = json!({ "narrative": "She is 943 476 5919.", "risks": "See AB 12 34 56 C.", "staffing": { "note": "ab123456c" },
            "spend": [{ "category": "other", "amount_pence": 1, "note": "for 9434765919" }] });
        let wanted = ["/narrative nhs_number", "/risks national_insurance_number", "/spend/0/note nhs_number", "/staffing/note national_insurance_number"];
        let refused = write(&scene.author, &first, &named).must(422);
        assert_eq!(refused.faults(), wanted);
        assert!(!refused.text.contains("9434765919") && !refused.text.contains("943 476"), "{}", refused.text);
        // One digit more and it is no NHS number. What may be a service's own is told and kept.
        let own = silent(json!({ "narrative": "Grant 943 476 5918: call 0121 496 0000, write to help@example.org or to B1 1AA." }));
        let written = write(&scene.author, &first, &own).must(200);
        assert_eq!(findings(&written), ["email_address", "telephone_number", "postcode"].map(|rule| format!("warning /narrative {rule}")));
    }

    fn a_warning_is_explained_instead_of_mended(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({})).id();
        let reason = |rule: &str, pointer: &str, text: &str| json!({ "rule": rule, "pointer": pointer, "text": text });
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 200_001 }], "narrative": "Call 0121 496 0000.",
            "caseload": { "brought_forward": 1, "new": 1, "closed": 1, "carried_forward": 2 },
            "explanations": [reason("spend_above_value", "/spend", "A penny of our own."), reason("caseload_does_not_add_up", "/caseload/carried_forward", "So it is.")] });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content).must(200);
        let wanted = ["error /caseload/carried_forward caseload_does_not_add_up", "warning /narrative telephone_number", "warning /spend spend_above_value",
            "warning /explanations/1 explains_nothing"];
        assert_eq!(findings(&written), wanted, "errors come first");
        let explained: Vec<&Value> = written.body["findings"].as_array().unwrap().iter().map(|one| &one["explanation"]).collect();
        assert_eq!(explained, [&Value::Null, &Value::Null, &json!("A penny of our own."), &Value::Null], "an error is mended, not explained");
        let twice = json!({ "explanations": [reason("postcode", "/risks", "AB123456C"), reason("postcode", "/risks", "Again.")] });
        let refused = write(&scene.author, &written, &twice).must(422);
        assert_eq!(refused.faults(), ["/explanations/0/text national_insurance_number", "/explanations/1 repeated"]);
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "caseload": null }));
        let mut kept = content["explanations"].clone();
        kept[0]["stood"] = json!("200001");
        assert_eq!(sent.body["content"]["explanations"], kept, "it says what it is of");
        let seen = scene.commissioner.get(&format!("/v1/returns/{}", sent.id())).must(200);
        assert!(seen.body["findings"].as_array().unwrap().iter().any(|one| one["explanation"] == "A penny of our own."), "{}", seen.text);
    }
}
