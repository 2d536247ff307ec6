//! Which share of the money goes where.

use serde_json::{Value, json};

use crate::support::{Answer, Scene};

#[track_caller]
fn share<'a>(report: &'a Answer, share: &str, money: &str) -> &'a Value {
    let rows = report.body["rows"].as_array().unwrap();
    rows.iter().find(|row| row["share"] == share && row["money"] == money).unwrap_or_else(|| panic!("{}", report.text))
}

fn parts(row: &Value) -> [i64; 5] {
    ["numerator_pence", "denominator_pence", "unknown_pence", "numerator_count", "denominator_count"]
        .map(|name| row[name].as_i64().unwrap())
}

on_both! {
    fn a_share_says_of_what_whole_it_is_and_what_nobody_knows(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let seen = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        let known = json!({ "local": true, "size": "small" });
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), seen.tag(), &known).must(200);
        scene.live(150_000, json!({}));
        let other = scene.draft(50_000, json!({ "provider_id": scene.other_provider }));
        scene.offer(&other).must(200);
        scene.plan(&other.id());
        let acceptance = json!({ "accepted_on": "2020-08-01", "attests_living_wage": true });
        let tag = scene.award(&other.id()).tag().to_owned();
        scene.stranger.change(&format!("/v1/awards/{}/acceptance", other.id()), &tag, &acceptance).must(200);
        let report = scene.finance.get("/v1/reports/shares").must(200);
        assert_eq!(report.body["ledger_check"]["balanced"], true);
        for one in ["local", "small"] {
            let row = share(&report, one, "committed");
            assert_eq!((parts(row), row["percent"].as_f64()), ([150_000, 200_000, 50_000, 1, 2], Some(75.0)), "{one}");
        }
        assert_eq!(parts(share(&report, "non_commissioned", "committed")), [0, 200_000, 0, 0, 2]);
        assert_eq!(share(&report, "local", "net_paid")["percent"], Value::Null);
        assert_eq!((parts(share(&report, "social_value", "contract_value")), report.body["notes"].as_array().map(Vec::len)), ([0; 5], Some(3)));
        let none = scene.finance.get("/v1/reports/shares?as_at=2020-07-31").must(200);
        assert_eq!(parts(share(&none, "local", "committed"))[..2], [0, 0]);
        assert_eq!(scene.finance.get("/v1/reports/shares?fund=XYZ").must(422).faults(), ["query:fund unknown_record"]);
        assert_eq!(scene.finance.get("/v1/reports/shares?format=csv").must(200).text.lines().count(), 11);
    }

    fn social_value_is_told_as_promised_and_as_delivered(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let clauses = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 10 } });
        let draft = scene.draft(300_000, json!({ "kind": "contract", "contract": clauses }));
        let made = |name: &str, unit: &str, promised: Value| {
            let input = json!({ "name": name, "kind": "output", "unit": unit, "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum",
                "award_ids": [draft.id()], "is_social_value": true });
            let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", draft.id()), &input).must(201);
            assert_eq!(made.body["is_social_value"], true);
            scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), made.tag(), &json!({ "targets": promised })).must(200);
            made.id()
        };
        let (year, quarter) = (|target: i64| json!({ "period": "2020-21", "target": target }), |target: i64| json!({ "period": "2020-21-Q1", "target": target }));
        let jobs = made("Apprentices", "people", json!([year(4), quarter(1)]));
        let spent = made("Spent with local firms", "pounds", json!([quarter(500)]));
        let hours = made("Hours volunteered", "hours", json!([]));
        let other = crate::reports::spend::indicator(&scene, &[&draft.id()], "People helped", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let value = |indicator: &str, value: Value| json!({ "indicator_id": indicator, "status": "reported", "value": value });
        let values = json!([value(&jobs, json!(3)), value(&spent, json!(750.5)), value(&other, json!(40)),
            json!({ "indicator_id": hours, "status": "not_reported" })]);
        crate::returns::accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": crate::reports::spend::spend(10_000), "values": values }));
        let report = scene.finance.get("/v1/reports/social-value").must(200);
        let told: Vec<Value> = report.body["rows"].as_array().unwrap().iter()
            .map(|row| json!([row["indicator"]["name"], row["promised"], row["delivered"], row["delivered_percent"], row["promised_pence"], row["delivered_pence"]])).collect();
        assert_eq!(json!(told), json!([["Apprentices", 4, 3, 75, null, null], ["Hours volunteered", null, null, null, null, null],
            ["Spent with local firms", 500, 750.5, 150.1, 50_000, 75_050]]));
        assert_eq!(report.body["totals"], json!({ "promised_pence": 50_000, "delivered_pence": 75_050 }));
        assert_eq!(report.body["rows"][0]["awards"][0]["id"], award);
        // Of another year nothing was promised; another award promised nothing; and by quarter it stands with all that is counted.
        let next = scene.finance.get("/v1/reports/social-value?financial_year=2021-22").must(200);
        assert!(next.body["rows"].as_array().unwrap().iter().all(|row| row["promised"].is_null() && row["delivered"].is_null()), "{}", next.text);
        let counted = |query: &str| scene.finance.get(&format!("/v1/reports/indicators?group_by=quarter{query}")).must(200).body["rows"].as_array().unwrap().len();
        assert_eq!([counted("&social_value=true"), counted("&social_value=false"), counted("")], [3, 1, 4]);
        let plain = scene.live(1_000, json!({})).id();
        assert_eq!(scene.finance.get(&format!("/v1/reports/social-value?award={plain}")).must(200).body["rows"], json!([]));
        assert_eq!(scene.finance.get("/v1/reports/social-value?format=csv").must(200).text.lines().count(), 4);
    }

    fn what_awards_promise_together_is_not_cut_up(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafts = [scene.draft(300_000, json!({})), scene.draft(200_000, json!({}))];
        let ids: Vec<String> = drafts.iter().map(Answer::id).collect();
        let made = |name: &str, awards: &[String], targets: Value| {
            let input = json!({ "name": name, "kind": "output", "unit": "pounds", "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum",
                "award_ids": awards, "is_social_value": true });
            let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", ids[0]), &input).must(201);
            scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), made.tag(), &json!({ "targets": targets })).must(200);
            made.id()
        };
        let of_both = made("Spent with local firms", &ids, json!([{ "period": "2020-21", "target": 400 }]));
        let given = made("Given to local charities", &ids[..1], json!([{ "period": "2020-23", "target": 900 }]));
        let award = scene.go_live(&drafts[0]).id();
        scene.go_live(&drafts[1]);
        let values = json!([{ "indicator_id": of_both, "status": "reported", "value": 100 }, { "indicator_id": given, "status": "not_reported" }]);
        crate::returns::accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": crate::reports::spend::spend(10_000), "values": values }));
        let told = |query: &str| {
            let report = scene.finance.get(&format!("/v1/reports/social-value?{query}")).must(200).body;
            let row = |row: &Value| json!([row["promised"], row["promised_pence"], row["delivered"], row["delivered_percent"], row["promise_warnings"]]);
            let rows: Vec<Value> = report["rows"].as_array().unwrap().iter().map(row).collect();
            (json!(rows), report["totals"]["promised_pence"].clone())
        };
        let charities = json!([900, 90_000, null, null, []]);
        let whole = json!([400, 40_000, 100, 25, []]);
        assert_eq!(told(""), (json!([charities, whole]), json!(130_000)));
        assert_eq!(told(&format!("award={}&award={}", ids[0], ids[1])), (json!([charities, whole]), json!(130_000)));
        // Of one of both it is not told, so that what is promised twice is not added.
        let of_others = |delivered: Value| json!([null, null, delivered, null, ["of_other_awards"]]);
        assert_eq!(told(&format!("award={}", ids[0])), (json!([charities, of_others(json!(100))]), Value::Null));
        assert_eq!(told(&format!("award={}", ids[1])), (json!([of_others(Value::Null)]), Value::Null));
        // Nor is a third of what is promised for three years.
        let of_other_days = json!([null, null, null, null, ["of_other_days"]]);
        assert_eq!(told("financial_year=2020-21"), (json!([of_other_days, whole]), Value::Null));
        assert_eq!(told("financial_year=2020-23"), (json!([charities, whole]), json!(130_000)));
        let three = "financial_year=2020-21&financial_year=2021-22&financial_year=2022-23";
        assert_eq!(told(three), (json!([charities, whole]), json!(130_000)));
        assert!(scene.finance.get("/v1/reports/social-value?format=csv&financial_year=2020-21").must(200).text.contains("of_other_days"));
    }

    fn a_part_of_a_contract_is_no_contract_of_its_own(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let clauses = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 10 } });
        let contract = json!({ "kind": "contract", "contract": clauses });
        let whole = scene.live(300_000, contract.clone()).id();
        let mut part = contract;
        part.as_object_mut().unwrap().extend([("component_of".to_owned(), json!(whole)), ("amount_pence".to_owned(), Value::Null),
            ("tranche_id".to_owned(), Value::Null)]);
        scene.live(0, part);
        let report = scene.finance.get("/v1/reports/shares").must(200);
        let row = share(&report, "social_value", "contract_value");
        assert_eq!((parts(row), row["percent"].as_f64()), ([300_000, 300_000, 0, 1, 1], Some(100.0)));
        assert_eq!(report.body["notes"].as_array().map(Vec::len), Some(3));
    }
}
