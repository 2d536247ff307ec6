//! What was spent and what is still expected, by award and quarter.

use serde_json::{Value, json};

use super::spend::spend;
use crate::returns::{accepted, submitted};
use crate::support::Scene;

const AMOUNTS: [&str; 5] = ["quarter", "profile_pence", "actual_pence", "forecast_pence", "outturn_pence"];

/// The rows of an award, and the totals of the report.
fn outturn(scene: &Scene, query: &str) -> (Vec<Vec<Value>>, Value) {
    let report = scene.finance.get(&format!("/v1/reports/outturn{query}")).must(200);
    let rows = report.body["rows"].as_array().unwrap();
    (rows.iter().map(|row| AMOUNTS.iter().map(|field| row[*field].clone()).collect()).collect(), report.body["totals"].clone())
}

fn row(quarter: &str, amounts: [Option<i64>; 4]) -> Vec<Value> {
    std::iter::once(json!(quarter)).chain(amounts.map(|amount| json!(amount))).collect()
}

on_both! {
    fn a_forecast_stays_in_force_and_gives_way_to_what_was_spent(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 75_000 })).collect();
        let award = scene.live(300_000, json!({ "profile": profile })).id();
        let expected = |amounts: &[(&str, i64)]| {
            amounts.iter().map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect::<Vec<_>>()
        };
        let content = |pence: i64, forecast: Value| json!({ "narrative": "All went well.", "spend": spend(pence), "forecast": forecast });
        let first = content(70_000, json!(expected(&[("2020-21-Q2", 80_000), ("2020-21-Q3", 60_000), ("2020-21-Q4", 90_000)])));
        let first = accepted(&scene, &award, "2020-21-Q1", &first);
        let (rows, totals) = outturn(&scene, "");
        let wanted = [
            row("2020-21-Q1", [Some(75_000), Some(70_000), None, Some(70_000)]),
            row("2020-21-Q2", [Some(75_000), None, Some(80_000), Some(80_000)]),
            row("2020-21-Q3", [Some(75_000), None, Some(60_000), Some(60_000)]),
            row("2020-21-Q4", [Some(75_000), None, Some(90_000), Some(90_000)]),
        ];
        assert_eq!(rows, wanted);
        let sums = ["award_value_pence", "profile_pence", "actual_pence", "forecast_pence", "outturn_pence", "variance_pence", "unknown_quarter_count"];
        assert_eq!(sums.map(|name| totals[name].as_i64().unwrap()), [300_000, 300_000, 70_000, 230_000, 300_000, 0, 0]);
        let known_at = scene.finance.get("/v1/reports/outturn").must(200).body["known_at"].as_str().unwrap().to_owned();

        // A return without a new forecast leaves the old one in force; one that is sent gives a new one before it is accepted.
        accepted(&scene, &award, "2020-21-Q2", &content(85_000, Value::Null));
        let (rows, _) = outturn(&scene, "");
        assert_eq!(rows[1..3], [row("2020-21-Q2", [Some(75_000), Some(85_000), None, Some(85_000)]), wanted[2].clone()]);
        let third = submitted(&scene, &award, "2020-21-Q3", &content(50_000, json!(expected(&[("2020-21-Q4", 40_000)]))));
        let report = scene.finance.get(&format!("/v1/reports/outturn?award={award}")).must(200);
        assert_eq!((report.body["rows"][3]["forecast_return_id"].as_str(), report.body["rows"][3]["forecast_pence"].as_i64()), (Some(third.id().as_str()), Some(40_000)));
        let (rows, totals) = outturn(&scene, "");
        assert_eq!(rows[2], wanted[2], "what is only sent is no outturn yet, and of this quarter the old forecast still holds");
        assert_eq!(report.body["rows"][2]["forecast_return_id"].as_str(), Some(first.id().as_str()));
        assert_eq!(totals["unknown_quarter_count"], 0);
        let less = json!({ "spend": [{ "category": "staff", "amount_pence": -5_000 }], "reason": "Entered twice." });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &less).must(201);
        let now = scene.finance.get("/v1/reports/outturn").must(200).body;
        let apart = |of: &Value| ["actual_pence", "accepted_pence", "adjustment_pence"].map(|name| of[name].clone());
        assert_eq!(apart(&now["totals"]), [json!(150_000), json!(155_000), json!(-5_000)]);
        assert_eq!(apart(&now["rows"][2]), [Value::Null, Value::Null, json!(-5_000)], "it counts in the first return that is not accepted, and alone is not what was spent there");
        assert_eq!(now["rows"][2]["outturn_pence"], 55_000, "what is expected there and the difference");
        assert_eq!(apart(&now["rows"][0]), [json!(70_000), json!(70_000), Value::Null]);
        assert_eq!(outturn(&scene, &format!("?known_at={known_at}")).0, wanted, "as it was known then");
        let none = scene.finance.get(&format!("/v1/reports/outturn?provider={}", scene.other_provider)).must(200);
        assert_eq!(none.body["rows"], json!([]));
    }

    fn what_is_not_reported_is_not_nought(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let told = |spend: Value| json!({ "narrative": "All went well.", "spend": spend });
        let first = accepted(&scene, &award, "2020-21-Q1", &told(Value::Null));
        accepted(&scene, &award, "2020-21-Q2", &told(json!([])));
        assert_eq!(outturn(&scene, "").0, [row("2020-21-Q2", [None, Some(0), None, Some(0)])], "nothing spent is said, nothing said is not");
        let more = json!({ "spend": [{ "category": "staff", "amount_pence": 5_000 }], "reason": "Left out." });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &more).must(201);
        let now = scene.finance.get("/v1/reports/outturn").must(200);
        let apart = |of: &Value| ["quarter", "actual_pence", "accepted_pence", "adjustment_pence", "outturn_pence"].map(|name| of[name].clone());
        let wanted = [json!("2020-21-Q3"), Value::Null, Value::Null, json!(5_000), Value::Null];
        assert_eq!(apart(&now.body["rows"][1]), wanted, "{}", now.text);
        assert_eq!((&now.body["totals"]["outturn_pence"], &now.body["totals"]["actual_pence"]), (&json!(5_000), &json!(5_000)));
        let csv = scene.finance.get("/v1/reports/outturn?format=csv").must(200).text;
        assert!(csv.contains(",2020-21-Q3,,,,50.00,,,,"), "{csv}");
    }
}
