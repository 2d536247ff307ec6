//! What awards are likely to leave over, and the whole way from there to another offer.

use serde_json::{Value, json};

use super::spend::spend;
use crate::returns::accepted;
use crate::support::{Answer, Scene};

fn report(scene: &Scene, query: &str) -> Answer {
    scene.finance.get(&format!("/v1/reports/underspend{query}")).must(200)
}

fn totals(report: &Answer) -> [i64; 5] {
    let total = |name: &str| report.body["totals"][name].as_i64().unwrap();
    ["award_count", "committed_pence", "paid_pence", "underspend_pence", "releasable_pence"].map(total)
}

/// Quarter, underspend and what can be released, of each row.
fn rows(report: &Answer) -> Vec<[Value; 3]> {
    let fields = ["quarter", "underspend_pence", "releasable_pence"];
    report.body["rows"].as_array().unwrap().iter().map(|row| fields.map(|field| row[field].clone())).collect()
}

on_both! {
    fn what_is_likely_left_over_is_released_by_a_variation_and_offered_again(app) {
        let scene = Scene::set(app, 600_000, 300_000);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 150_000 })).collect();
        let split = json!([{ "budget_line_id": scene.lines[0], "weight": 1 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
        let award = scene.live(600_000, json!({ "tranche_id": null, "split": split, "profile": profile })).id();
        assert_eq!(scene.held("fund_period", &scene.period), [0, 0], "nothing is left to offer");
        assert_eq!(totals(&report(&scene, "")), [1, 600_000, 0, 0, 0]);
        let forecast = json!([{ "quarter": "2020-21-Q2", "amount_pence": 120_001 }]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend(140_000), "forecast": forecast }));

        let likely = report(&scene, "");
        assert_eq!(totals(&likely), [1, 600_000, 0, 39_999, 39_999]);
        let wanted = [
            [Value::Null, json!(39_999), json!(39_999)],
            [json!("2020-21-Q1"), json!(10_000), Value::Null],
            [json!("2020-21-Q2"), json!(29_999), Value::Null],
            [json!("2020-21-Q3"), json!(0), Value::Null],
            [json!("2020-21-Q4"), json!(0), Value::Null],
        ];
        assert_eq!(rows(&likely), wanted);
        assert_eq!(likely.body["rows"][0]["release_url"], format!("/v1/awards/{award}/variations"));
        let by_source = report(&scene, "?group_by=source");
        let wholes: Vec<(Value, i64)> = by_source.body["rows"].as_array().unwrap().iter().filter(|row| row["quarter"].is_null())
            .map(|row| (row["funding_source"]["code"].clone(), row["releasable_pence"].as_i64().unwrap())).collect();
        assert_eq!(wholes, [(json!("main-grant"), 19_999), (json!("poca"), 20_000)]);
        assert_eq!(totals(&report(&scene, "?source=poca"))[3..], [20_000, 20_000]);
        assert_eq!(totals(&report(&scene, &format!("?provider={}", scene.other_provider)))[0], 0);
        scene.finance.get("/v1/reports/underspend?source=nobody").must(422);
        let csv = scene.finance.get("/v1/reports/underspend?format=csv").must(200).text;
        assert!(csv.lines().nth(1).unwrap().contains(",,6000.00,0.00,6000.00,1400.00,1200.01,3000.00,399.99,399.99,"), "{csv}");
        scene.finance.get("/v1/reports/underspend?format=xlsx").must(200);
        let known_at = likely.body["known_at"].as_str().unwrap().to_owned();
        let as_at = likely.body["as_at"].as_str().unwrap().to_owned();

        // A variation lets go of what the report says, and it is free for another offer.
        let spent: Vec<Value> = quarters.iter().zip([140_000, 120_001, 150_000, 150_000]).map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect();
        let less = json!({ "title": "Less", "reason": "The hall was closed.", "effective_on": "2020-10-01", "value": { "change_pence": -39_999 }, "profile": spent });
        let mut one = scene.commissioner.post(likely.body["rows"][0]["release_url"].as_str().unwrap(), &less).must(201);
        for (who, noun) in [(&scene.commissioner, "issue"), (&scene.signatory, "acceptance"), (&scene.commissioner, "application")] {
            one = who.change(&format!("/v1/variations/{}/{noun}", one.id()), one.tag(), &json!({})).must(200);
        }
        let free = scene.held("fund_period", &scene.period);
        assert_eq!(free.iter().sum::<i64>(), 39_999);
        let split: Vec<Value> = scene.lines.iter().zip(&free).map(|(line, pence)| json!({ "budget_line_id": line, "weight": pence })).collect();
        let again = json!({ "tranche_id": null, "split": split, "title": "Another hall", "starts_on": "2020-10-01" });
        let draft = scene.draft(39_999, again);
        let offered = json!({ "offered_on": "2020-10-01" });
        scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &offered).must(200);
        scene.plan(&draft.id());
        let tag = scene.award(&draft.id()).tag().to_owned();
        let acceptance = json!({ "accepted_on": "2020-10-02", "attests_living_wage": true });
        scene.signatory.change(&format!("/v1/awards/{}/acceptance", draft.id()), &tag, &acceptance).must(200);
        assert_eq!(scene.held("fund_period", &scene.period), [0, 0]);
        let after = report(&scene, "");
        assert_eq!(totals(&after)[..2], [2, 600_000]);
        assert_eq!(after.body["totals"]["unknown_award_count"], 1, "nobody has said what the new one will spend");
        assert_eq!(totals(&after)[3..], [0, 0]);
        // The question of before has the answer of before.
        let before = report(&scene, &format!("?as_at={as_at}&known_at={known_at}"));
        assert_eq!(before.text, likely.text);
        // Once the award is over, what it still has to tell of goes as expected or planned, and nothing after that; it is not varied any more.
        let ending = json!({ "terminated_on": "2020-12-31", "reason": "The hall burnt down." });
        scene.approver.change(&format!("/v1/awards/{award}/termination"), scene.award(&award).tag(), &ending).must(200);
        let over = report(&scene, "");
        let whole = &over.body["rows"][0];
        assert_eq!([&whole["forecast_pence"], &whole["assumed_pence"], &whole["underspend_pence"], &whole["release_url"]],
            [&json!(120_001), &json!(150_000), &json!(150_000), &Value::Null]);
    }
}
