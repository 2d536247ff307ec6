//! What is wrong or doubtful in a return: errors stop its submission, warnings do not.

use serde_json::{Value, json};

use super::{act, indicator, of_period, send, write};
use crate::support::{Answer, Scene};

/// The findings of a return: severity, pointer and rule.
pub fn findings(answer: &Answer) -> Vec<String> {
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let all = answer.body["findings"].as_array().unwrap();
    all.iter().map(|one| format!("{} {} {}", word(one, "severity"), word(one, "pointer"), word(one, "rule"))).collect()
}

fn spend(pence: i64) -> Value {
    json!({ "spend": [{ "category": "staff", "amount_pence": pence }] })
}

on_both! {
    fn an_untouched_return_says_so(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!(findings(&first), ["error  nothing_written"]);
        let refused = act(&scene.author, &first, "submission").must(409);
        assert_eq!(refused.code(), "wrong_state");
        assert_eq!(refused.body["detail"], "Nothing has been written in this return yet. Write it first, then submit it.");
        // What is taken away again is not sent either.
        let begun = write(&scene.author, &first, &json!({ "narrative": "We began." })).must(200);
        let blank = write(&scene.author, &begun, &json!({ "narrative": null })).must(200);
        assert_eq!(act(&scene.author, &blank, "submission").must(422).faults(), [" nothing_written"]);
    }

    fn spend_beyond_the_award_is_told_and_stops_nothing(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 50_000 })).collect();
        let award = scene.live(200_000, json!({ "profile": profile })).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let as_planned = write(&scene.author, &first, &spend(50_000)).must(200);
        assert_eq!(findings(&as_planned), Vec::<String>::new());
        let far_above = write(&scene.author, &as_planned, &spend(195_000)).must(200);
        assert_eq!(findings(&far_above), ["warning /spend spend_above_profile"]);
        let told = &far_above.body["findings"][0];
        assert_eq!(told["message"], "£1,950.00 are reported as spent, and £500.00 are planned for these days.");
        assert!(told["mend"].as_str().unwrap().starts_with("Check the amounts."), "{}", far_above.text);
        let sent = send(&scene, &far_above);
        // Whoever answers it sees the same.
        let seen = scene.commissioner.get(&format!("/v1/returns/{}", first.id())).must(200);
        assert_eq!(findings(&seen), findings(&sent));
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &spend(10_000)).must(200);
        assert_eq!(findings(&second), ["warning /spend spend_above_value", "warning /spend spend_below_profile"]);
        assert!(second.text.contains("With this return £2,050.00 are reported as spent, and the award is worth £2,000.00."), "{}", second.text);
        send(&scene, &second);
        let accepted = act(&scene.commissioner, &seen, "acceptance").must(200);
        assert_eq!(findings(&accepted), Vec::<String>::new());
    }

    fn an_earlier_return_that_waits_is_told_with_the_errors(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({})).id();
        let people = indicator(&scene, &award, "People referred", "people");
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &spend(5)).must(200);
        let refused = act(&scene.author, &second, "submission").must(422);
        assert_eq!(refused.faults(), [" not_next", "/values required"]);
        assert!(refused.text.contains("The return for 2020-21-Q1 has to be submitted first."), "{}", refused.text);
        let values = json!([{ "indicator_id": people, "status": "reported", "value": 5 }]);
        let right = write(&scene.author, &second, &json!({ "values": values })).must(200);
        assert_eq!(act(&scene.author, &right, "submission").must(409).code(), "rule_broken");
    }

    fn parts_of_people_and_the_same_line_twice_are_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({})).id();
        let [people, hours] = ["people", "hours"].map(|unit| indicator(&scene, &award, &format!("Counted in {unit}"), unit));
        let value = |indicator: &str| json!({ "indicator_id": indicator, "status": "reported", "value": 12.5 });
        let line = json!({ "category": "staff", "amount_pence": 5 });
        let content = json!({ "spend": [line, line], "values": [value(&people), value(&hours)] });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content).must(200);
        assert_eq!(findings(&written), ["warning /spend/1 repeated", "warning /values/0/value not_whole"]);
        send(&scene, &written);
    }

    fn nothing_spent_is_not_silence(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let silent = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "narrative": "We began." })).must(200);
        assert_eq!((&silent.body["content"]["spend"], findings(&silent)), (&Value::Null, vec!["warning /spend spend_not_reported".to_owned()]));
        let nothing = write(&scene.author, &silent, &json!({ "spend": [] })).must(200);
        assert_eq!((&nothing.body["content"]["spend"], findings(&nothing)), (&json!([]), vec![]));
        let again = write(&scene.author, &nothing, &json!({ "spend": null })).must(200);
        assert_eq!(again.body["content"]["spend"], Value::Null);
        let nought = write(&scene.author, &again, &spend(0)).must(200);
        assert_eq!(findings(&nought), Vec::<String>::new());
        // Silence is sent too: payments do not wait for it.
        let silent = write(&scene.author, &nought, &json!({ "spend": null })).must(200);
        send(&scene, &silent);
    }

    fn each_area_with_a_target_is_asked_for(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let award = draft.id();
        let input = json!({ "name": "People referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum" });
        let people = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201);
        let target = |area: &str| json!({ "period": "2020-21-Q1", "area_id": area, "target": 20 });
        let targets = json!({ "targets": [target(&scene.area), target(&scene.other_area)] });
        scene.commissioner.put(&format!("/v1/indicators/{}/targets", people.id()), people.tag(), &targets).must(200);
        scene.go_live(&draft);
        let value = |area: &str, number: i64| json!({ "indicator_id": people.id(), "area_id": area, "status": "reported", "value": number });
        let here = |values: Value| json!({ "spend": [], "values": values });
        let partial = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &here(json!([value(&scene.area, 7)]))).must(200);
        let refused = act(&scene.author, &partial, "submission").must(422);
        assert_eq!(refused.faults(), ["/values required"]);
        assert!(refused.text.contains("There is no value for `People referred` in dudley, which has a target."), "{}", refused.text);
        let reason = json!({ "indicator_id": people.id(), "area_id": scene.other_area, "status": "not_reported" });
        let whole = write(&scene.author, &partial, &here(json!([value(&scene.area, 7), reason]))).must(200);
        assert_eq!(findings(&whole), Vec::<String>::new());
        send(&scene, &whole);
        // Where nothing is aimed at in these days, a missing area is worth a second look and no more.
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &here(json!([value(&scene.area, 7)]))).must(200);
        assert_eq!(findings(&second), ["warning /values areas_not_reported"]);
        send(&scene, &second);
    }
}
