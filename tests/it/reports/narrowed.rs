//! Reports narrowed and told apart by what awards are.

use serde_json::{Value, json};

use crate::returns::accepted;
use crate::support::Scene;

/// An office with an award out of the tranche, which spent £350, and one of both budget lines in two areas, which spent £200.
fn office(scene: &Scene) -> [String; 2] {
    let programme = json!({ "code": "DA", "name": "Safer homes", "kind": "commissioned_service", "stage": "planned" });
    let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
    let one = scene.live(300_000, json!({ "theme": "Young people", "category": "small", "programme_id": programme })).id();
    let split: Vec<Value> = scene.lines.iter().map(|line| json!({ "budget_line_id": line, "amount_pence": 100_000 })).collect();
    let areas = [&scene.area, &scene.other_area];
    let two = scene.live(200_000, json!({ "theme": "Victims", "tranche_id": null, "area_ids": areas, "split": split })).id();
    let spent = |award: &str, spend: Value| accepted(scene, award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": spend }));
    spent(&one, json!([{ "category": "staff", "amount_pence": 30_000 }, { "category": "ppe", "amount_pence": 5_000 }]));
    spent(&two, json!([{ "category": "staff", "amount_pence": 20_000 }]));
    [one, two]
}

on_both! {
    fn spend_is_narrowed_and_told_apart_by_what_its_award_is(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let [one, two] = office(&scene);
        let ask = |query: &str| scene.finance.get(&format!("/v1/reports/expenditure?{query}")).must(200).body;
        let spent = |query: &str| ask(query)["returned"]["amount_pence"].as_i64().unwrap();
        for (query, expected) in [
            (String::new(), 55_000),
            (format!("award={one}"), 35_000),
            (format!("award={one}&award={two}&category=staff"), 50_000),
            ("category=ppe".to_owned(), 5_000),
            ("theme=Victims".to_owned(), 20_000),
            ("award_category=small".to_owned(), 35_000),
            ("tranche=CIF-2020-21-T1".to_owned(), 35_000),
            ("area=dudley".to_owned(), 20_000),
            ("area=walsall".to_owned(), 55_000),
            ("fund=CIF&programme=DA".to_owned(), 35_000),
            (format!("provider={}", scene.provider), 55_000),
            (format!("provider={}", scene.other_provider), 0),
            // What is paid from two sources is shared between them, as they have committed.
            ("source=poca".to_owned(), 45_000),
            ("source=main-grant".to_owned(), 10_000),
            ("source=poca&source=main-grant".to_owned(), 55_000),
            ("source=main-grant&category=ppe".to_owned(), 0),
        ] {
            assert_eq!(spent(&query), expected, "{query}");
        }
        let rows = |query: &str, name: &str| -> Vec<(Value, i64)> {
            let body = ask(query);
            let value = |row: &Value| row[name].get("code").unwrap_or(&row[name]).clone();
            body["rows"].as_array().unwrap().iter().map(|row| (value(row), row["amount_pence"].as_i64().unwrap())).collect()
        };
        assert_eq!(rows("group_by=source", "source"), [(json!("main-grant"), 10_000), (json!("poca"), 45_000)]);
        assert_eq!(rows("group_by=area", "area"), [(json!("walsall"), 35_000), (json!("dudley;walsall"), 20_000)]);
        assert_eq!(rows("group_by=theme", "theme"), [(json!("Victims"), 20_000), (json!("Young people"), 35_000)]);
        assert_eq!(rows("group_by=category&group_by=award", "category"), ["ppe", "staff", "staff"].map(|word| json!(word)).into_iter()
            .zip([5_000, 20_000, 30_000]).collect::<Vec<_>>());
        let all = ["fund", "programme", "period", "category", "source", "tranche", "provider", "theme", "award_category", "area", "award"];
        let whole = ask("");
        let group_by = |by: &[&str]| by.iter().map(|word| format!("&group_by={word}")).collect::<String>();
        for by in all.iter().map(|one| vec![*one]).chain([vec!["provider", "period"], all.to_vec()]) {
            let grouped = ask(&group_by(&by));
            assert_eq!(grouped["returned"], whole["returned"], "{by:?}");
            for name in ["amount_pence", "accepted_pence", "adjustment_pence", "direct_activity_pence"] {
                let sum: i64 = grouped["rows"].as_array().unwrap().iter().map(|row| row[name].as_i64().unwrap()).sum();
                assert_eq!(sum, whole["returned"][name].as_i64().unwrap(), "{name} by {by:?}");
            }
        }
        assert_eq!(ask(&group_by(&all[..4]))["rows"], whole["rows"], "as the usual rows are told apart, they are");
        let allocated = scene.finance.get("/v1/reports/allocations?group_by=source").must(200).body;
        // Allocations give each line its share of it, to the penny.
        let reported: Vec<i64> = allocated["rows"].as_array().unwrap().iter().map(|row| row["reported_spend_pence"].as_i64().unwrap()).collect();
        assert_eq!((reported.iter().sum::<i64>(), reported.len()), (55_000, 2), "{allocated}");
        let by_provider = ask("group_by=provider");
        assert_eq!(by_provider["rows"][0]["provider"]["name"], "Helping Hands");
        assert_eq!((&by_provider["rows"][0]["return_count"], &by_provider["rows"][0]["fund"]), (&json!(2), &Value::Null));
        assert!(ask("")["rows"][0].get("provider").is_none() && ask("")["group_by"] == json!([]));
        let wrong = scene.finance.get("/v1/reports/expenditure?provider=nobody&award=none&group_by=colour").must(422);
        assert_eq!(wrong.faults(), ["query:group_by/0 not_a_choice"]);
        let wrong = scene.finance.get("/v1/reports/expenditure?provider=nobody&award=none").must(422);
        assert_eq!(wrong.faults(), ["query:award unknown_record", "query:provider unknown_record"]);
    }

    fn coverage_is_narrowed_by_what_awards_are(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let [one, two] = office(&scene);
        let ask = |query: &str| scene.finance.get(&format!("/v1/reports/coverage?as_at=2020-09-01&{query}")).must(200).body;
        let shown = |query: &str| ask(query)["programmes"].as_array().unwrap().iter().map(|one| one["covered_count"].as_i64().unwrap()).collect::<Vec<_>>();
        let with = [format!("award={one}"), format!("provider={}", scene.provider), "theme=Young people".to_owned(), "category=small".to_owned(),
            "tranche=CIF-2020-21-T1".to_owned(), "fund=CIF".to_owned()];
        for query in &with {
            assert_eq!(shown(query), [1], "{query}");
        }
        for query in [format!("award={two}"), format!("provider={}", scene.other_provider), "theme=Victims".to_owned(), "category=large".to_owned()] {
            assert!(shown(&query).is_empty(), "{query}");
            assert_eq!(shown(&format!("{query}&programme=DA")), [0], "{query}: one that is named is shown");
        }
        let by_area = ask("group_by=area");
        let rows: Vec<(&str, i64, i64)> = by_area["rows"].as_array().unwrap().iter()
            .map(|row| (row["area"]["code"].as_str().unwrap(), row["covered_count"].as_i64().unwrap(), row["gap_count"].as_i64().unwrap())).collect();
        assert_eq!(rows, [("dudley", 0, 1), ("walsall", 1, 0)]);
    }
}
