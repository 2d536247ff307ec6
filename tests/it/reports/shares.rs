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
        assert_eq!(share(&report, "local", "paid")["percent"], Value::Null);
        assert_eq!((parts(share(&report, "social_value", "contract_value")), report.body["notes"].as_array().map(Vec::len)), ([0; 5], Some(3)));
        let none = scene.finance.get("/v1/reports/shares?as_at=2020-07-31").must(200);
        assert_eq!(parts(share(&none, "local", "committed"))[..2], [0, 0]);
        assert_eq!(scene.finance.get("/v1/reports/shares?fund=XYZ").must(422).faults(), ["query:fund unknown_record"]);
        assert_eq!(scene.finance.get("/v1/reports/shares?format=csv").must(200).text.lines().count(), 11);
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
