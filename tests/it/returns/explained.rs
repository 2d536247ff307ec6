//! An explanation is of one warning, about one thing, as it stood when it was given.

use serde_json::{Value, json};

use super::findings::findings;
use super::{act, indicator, of_period, send, write};
use crate::support::{Answer, Scene};

/// Rule, place and explanation of each finding.
fn explained(answer: &Answer) -> Vec<(String, String, Option<String>)> {
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let all = answer.body["findings"].as_array().unwrap();
    all.iter().map(|one| (word(one, "rule"), word(one, "pointer"), one["explanation"].as_str().map(str::to_owned))).collect()
}

fn told(rule: &str, pointer: &str, why: Option<&str>) -> (String, String, Option<String>) {
    (rule.to_owned(), pointer.to_owned(), why.map(str::to_owned))
}

fn explanation(rule: &str, pointer: &str, text: &str) -> Value {
    json!({ "rule": rule, "pointer": pointer, "text": text })
}

on_both! {
    fn each_indicator_is_explained_on_its_own(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let [people, families] = ["people", "families"].map(|unit| indicator(&scene, &award, &format!("Counted in {unit}"), unit));
        let value = |indicator: &str| json!({ "indicator_id": indicator, "area_id": scene.area, "status": "reported", "value": 5 });
        let content = json!({ "spend": [], "values": [value(&people), value(&families)] });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content).must(200);
        assert_eq!(findings(&written), ["warning /values areas_not_reported"; 2]);
        // It does not say which of the two it means, so it explains neither.
        let vague = json!({ "explanations": [explanation("areas_not_reported", "/values", "Nobody came from Dudley.")] });
        let unclear = write(&scene.author, &written, &vague).must(200);
        assert_eq!(findings(&unclear), ["warning /values areas_not_reported", "warning /values areas_not_reported", "warning /explanations/0 explains_nothing"]);
        assert!(unclear.body["findings"].as_array().unwrap().iter().all(|one| one["explanation"].is_null()), "{}", unclear.text);
        let mut one = explanation("areas_not_reported", "/values", "Nobody came from Dudley.");
        one["about"] = unclear.body["findings"][0]["about"].clone();
        assert_eq!(one["about"]["indicator_id"], people.as_str());
        let of_people = write(&scene.author, &unclear, &json!({ "explanations": [one] })).must(200);
        assert_eq!(explained(&of_people), [told("areas_not_reported", "/values", Some("Nobody came from Dudley.")), told("areas_not_reported", "/values", None)]);
        let mut other = explanation("areas_not_reported", "/values", "Families are not counted there.");
        other["about"] = json!({ "indicator_id": families });
        let both = write(&scene.author, &of_people, &json!({ "explanations": [one, other] })).must(200);
        assert_eq!(explained(&both).into_iter().filter(|one| one.2.is_some()).count(), 2, "{}", both.text);
        send(&scene, &both);
    }

    fn each_question_is_explained_on_its_own(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = send(&scene, &write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "spend": [] })).must(200));
        let asked = act(&scene.commissioner, &act(&scene.commissioner, &sent, "queries").must(200), "queries").must(200);
        assert_eq!(findings(&asked), ["warning  query_unanswered"; 2]);
        let mut one = explanation("query_unanswered", "", "We answered by telephone.");
        one["about"] = asked.body["findings"][1]["about"].clone();
        assert_eq!(one["about"]["query_id"], asked.body["queries"][1]["id"]);
        let seen = scene.author.get(&format!("/v1/returns/{}", asked.id())).must(200);
        let written = write(&scene.author, &seen, &json!({ "explanations": [one] })).must(200);
        assert_eq!(explained(&written), [told("query_unanswered", "", None), told("query_unanswered", "", Some("We answered by telephone."))]);
    }

    fn another_value_asks_for_another_explanation(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let [people, families] = ["people", "families"].map(|unit| indicator(&scene, &award, &format!("Counted in {unit}"), unit));
        let value = |indicator: &str, number: Value| json!({ "indicator_id": indicator, "status": "reported", "value": number });
        let content = |values: &[Value]| json!({ "spend": [], "values": values });
        let first = of_period(&scene, &award, "2020-21-Q1");
        let written = write(&scene.author, &first, &content(&[value(&people, json!(60.5)), value(&families, json!(7.5))])).must(200);
        let why = explanation("not_whole", "/values/0/value", "Half of one is a part-time place.");
        let given = write(&scene.author, &written, &json!({ "explanations": [why] })).must(200);
        let place = |at: i32| format!("/values/{at}/value");
        let because = Some("Half of one is a part-time place.");
        assert_eq!(explained(&given), [told("not_whole", &place(0), because), told("not_whole", &place(1), None)]);
        // In another order it goes with its value, sent along or not.
        let turned = write(&scene.author, &given, &content(&[value(&families, json!(7.5)), value(&people, json!(60.5))])).must(200);
        assert_eq!(explained(&turned), [told("not_whole", &place(0), None), told("not_whole", &place(1), because)]);
        assert_eq!(turned.body["content"]["explanations"][0]["pointer"], place(1));
        let mut back = content(&[value(&people, json!(60.5)), value(&families, json!(7.5))]);
        back["explanations"] = json!([explanation("not_whole", "/values/1/value", "Half of one is a part-time place.")]);
        let back = write(&scene.author, &turned, &back).must(200);
        assert_eq!(explained(&back), [told("not_whole", &place(0), because), told("not_whole", &place(1), None)]);
        // Another number was not explained, and what was said of the one before stays to be read.
        let raised = write(&scene.author, &back, &content(&[value(&people, json!(6000.5))])).must(200);
        assert_eq!(explained(&raised).into_iter().filter(|one| one.0 == "not_whole").collect::<Vec<_>>(), [told("not_whole", &place(0), None)]);
        let stale = raised.body["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "explains_nothing").unwrap();
        assert!(stale["message"].as_str().unwrap().contains("60.5"), "{}", raised.text);
        assert_eq!(raised.body["content"]["explanations"][0]["text"], json!(because));
        let anew = json!({ "explanations": [explanation("not_whole", "/values/0/value", "Many part-time places.")] });
        let anew = write(&scene.author, &raised, &anew).must(200);
        assert_eq!(explained(&anew).into_iter().filter(|one| one.0 == "not_whole").collect::<Vec<_>>(), [told("not_whole", &place(0), Some("Many part-time places."))]);
    }

    fn other_spending_asks_for_another_explanation(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({})).id();
        let spend = |pence: i64| json!({ "spend": [{ "category": "staff", "amount_pence": pence }] });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &spend(200_001)).must(200);
        let why = explanation("spend_above_value", "/spend", "A penny of interest.");
        let given = write(&scene.author, &written, &json!({ "explanations": [why] })).must(200);
        assert_eq!(explained(&given), [told("spend_above_value", "/spend", Some("A penny of interest."))]);
        let raised = write(&scene.author, &given, &spend(900_000)).must(200);
        assert_eq!(explained(&raised)[0], told("spend_above_value", "/spend", None));
        let back = write(&scene.author, &raised, &spend(200_001)).must(200);
        assert_eq!(explained(&back), [told("spend_above_value", "/spend", Some("A penny of interest."))]);
    }
}
