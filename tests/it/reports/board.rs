//! The quarter for the board, and small numbers in it.

use serde_json::{Value, json};

use super::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::Scene;

/// State and value of the quarter and of the year so far, by area; all together first.
fn figures(report: &Value) -> Vec<Value> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            json!([
                row["area"]["name"],
                row["quarter"]["state"],
                row["quarter"]["value"],
                row["year_to_date"]["state"],
                row["year_to_date"]["value"]
            ])
        })
        .collect()
}

on_both! {
    fn a_quarter_is_gathered_and_small_numbers_are_not_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let people = indicator(&scene, &[&award], "Referred", "sum", "sum");
        let content = |here: i64, there: i64| {
            json!({ "narrative": "All went well.", "spend": spend(10_000), "values": [counted(&people, Some(&scene.area), here), counted(&people, Some(&scene.other_area), there)] })
        };
        accepted(&scene, &award, "2020-21-Q1", &content(20, 30));
        accepted(&scene, &award, "2020-21-Q2", &content(3, 40));
        let first = scene.finance.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        let names: Vec<Value> = figures(&first.body).iter().map(|row| row[0].clone()).collect();
        assert_eq!(names.len(), 3, "{}", first.text);
        let values: Vec<_> = figures(&first.body).iter().map(|row| [row[2].clone(), row[4].clone()]).collect();
        assert_eq!(values[0], [json!(50), json!(50)]);
        assert_eq!((first.body["suppressed_count"].as_i64(), &first.body["small_below"]), (Some(0), &json!(5)));

        // 3 people, whom the other area's count or the year's would give away beside what was shown in the first quarter.
        let second = scene.finance.get("/v1/reports/board?quarter=2020-21-Q2").must(200);
        let shown = figures(&second.body);
        assert_eq!([&shown[0][1], &shown[0][2]], [&json!("shown"), &json!(43)], "{}", second.text);
        let hidden: Vec<[&Value; 4]> = shown[1..].iter().map(|row| [&row[1], &row[2], &row[3], &row[4]]).collect();
        assert_eq!(hidden, [[&json!("suppressed"), &Value::Null, &json!("suppressed"), &Value::Null]; 2], "{}", second.text);
        assert_eq!(second.body["suppressed_count"], 4);
        assert!(!second.text.contains("\"value\":3,") && !second.text.contains("\"value\":23"), "{}", second.text);
        assert_eq!(second.body["funds"][0]["fund"]["code"], "CIF");
        assert_eq!((&second.body["returns"]["owed_count"], &second.body["money"]["reported_spend_pence"]), (&json!(1), &json!(20_000)));

        let table = scene.finance.get("/v1/reports/board?quarter=2020-21-Q2&format=csv").must(200);
        assert_eq!(table.text.lines().filter(|line| line.contains(",suppressed,,,,suppressed,,,,")).count(), 2, "{}", table.text);
        let year = scene.finance.get("/v1/reports/annual?financial_year=2020-21").must(200);
        let rows = |section: &str| -> Vec<Value> {
            let all = year.body["rows"].as_array().unwrap().iter().filter(|row| row["section"] == section);
            all.map(|row| json!([row["measure"], row["amount_pence"], row["value"], row["state"]])).collect()
        };
        assert_eq!(rows("fund")[0][0], "budgeted", "{}", year.text);
        assert!(rows("fund").contains(&json!(["awards", null, 1, "shown"])), "{}", year.text);
        assert_eq!(rows("expenditure"), [json!(["staff", 20_000, null, "shown"])], "{}", year.text);
        let hidden = json!(["Referred", null, null, "suppressed"]);
        assert_eq!(rows("count"), [json!(["Referred", null, 93, "shown"]), hidden.clone(), hidden], "as on the board's page: {}", year.text);
        let table = scene.finance.get("/v1/reports/annual?financial_year=2020-21&format=csv").must(200);
        assert!(table.text.lines().any(|line| line.contains(",staff,pounds,200.00,")), "{}", table.text);
        scene.author.get("/v1/reports/annual?financial_year=2020-21").must(403);

        assert_eq!(year.body["ledger_check"]["balanced"], true);
        let costs = scene.finance.get("/v1/reports/unit-costs?financial_year=2020-21").must(200);
        let [row] = costs.body["rows"].as_array().unwrap().as_slice() else { panic!("{}", costs.text) };
        let told = ["value", "spent_pence", "cost_each_pence", "shared_among"].map(|name| row[name].as_i64());
        assert_eq!(told, [Some(93), Some(20_000), Some(215), Some(1)], "200 pounds for 93 people are 2.15 each: {}", costs.text);

        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q2").must(200);
        assert_eq!(page.header("content-type"), Some("text/markdown; charset=utf-8"));
        assert!(page.text.contains("# 2020-21-Q2 for the board") && page.text.contains("| **All** | 43 |  | 93 |  |"), "{}", page.text);
        assert_eq!(page.text.matches("| \\* |  | \\* |  |").count(), 2, "{}", page.text);
    }

    fn what_was_accepted_stands_beside_what_was_adjusted(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let people = indicator(&scene, &[&award], "Referred", "sum", "sum");
        let content = |here: i64, there: i64| {
            json!({ "narrative": "All went well.", "spend": spend(10_000), "values": [counted(&people, Some(&scene.area), here), counted(&people, Some(&scene.other_area), there)] })
        };
        let first = accepted(&scene, &award, "2020-21-Q1", &content(20, 30));
        let adjust = |area: &str, more: i64| {
            let values = json!([{ "indicator_id": people, "area_id": area, "value": more }]);
            scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &json!({ "values": values, "reason": "Left out." })).must(201);
        };
        let asked = || scene.finance.get("/v1/reports/board?quarter=2020-21-Q2").must(200);
        let both = |board: &crate::support::Answer| -> Vec<Value> {
            let rows = board.body["rows"].as_array().unwrap().iter();
            rows.map(|row| json!([row["quarter"]["value"], row["quarter"]["accepted_value"], row["year_to_date"]["value"], row["year_to_date"]["accepted_value"]])).collect()
        };
        adjust(&scene.area, 10);
        let second = accepted(&scene, &award, "2020-21-Q2", &content(40, 50));
        let board = asked();
        assert_eq!(both(&board), [json!([100, 90, 150, 140]), json!([50, 50, 80, 80]), json!([50, 40, 70, 60])], "{}", board.text);
        let mut ids = [first.id(), second.id()];
        ids.sort();
        assert_eq!(board.body["rows"][0]["return_ids"], json!(ids), "an officer follows a figure to its returns");
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q2").must(200).text;
        assert!(page.contains("| walsall | 50 (accepted: 40) |  | 70 (accepted: 60) |"), "{page}");
        let made = scene.commissioner.post("/v1/board-snapshots", &json!({ "quarter": "2020-21-Q2" })).must(201);
        let rows = made.body["report"]["rows"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["return_ids"] == json!([])), "a snapshot leaves the office: {}", made.text);
        assert_eq!(made.body["report"]["rows"][2]["quarter"]["accepted_value"], 40);
    }

    fn few_people_that_were_adjusted_are_not_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let people = indicator(&scene, &[&award], "Referred", "sum", "sum");
        let values = |here: i64, there: i64| json!([counted(&people, Some(&scene.area), here), counted(&people, Some(&scene.other_area), there)]);
        let content = |values: Value| json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values });
        let first = accepted(&scene, &award, "2020-21-Q1", &content(values(20, 30)));
        let more = json!([{ "indicator_id": people, "area_id": scene.area, "value": 10 }, { "indicator_id": people, "area_id": scene.other_area, "value": 2 }]);
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &json!({ "values": more, "reason": "Left out." })).must(201);
        accepted(&scene, &award, "2020-21-Q2", &content(values(40, 50)));
        let board = scene.finance.get("/v1/reports/board?quarter=2020-21-Q2").must(200);
        let of = |name: &str, field: &str| -> Vec<Value> {
            board.body["rows"].as_array().unwrap().iter().map(|row| row[name][field].clone()).collect()
        };
        assert_eq!(of("quarter", "value"), [102, 52, 50]);
        assert_eq!(of("quarter", "accepted_value"), [json!(90), Value::Null, Value::Null], "52 less 50 is 2, and so is what the others leave");
        assert_eq!(of("year_to_date", "accepted_value"), [json!(140), Value::Null, Value::Null]);
    }

    fn a_text_leaves_the_office_once_it_is_released(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let told = json!({ "spend": [], "narrative": "We opened *two* rooms.", "risks": "The lease ends." });
        let one = accepted(&scene, &award, "2020-21-Q1", &told);
        let board = || scene.finance.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        assert_eq!(board().body["texts"], json!([]));
        let path = format!("/v1/returns/{}/release", one.id());
        let nothing = scene.commissioner.get(&path).must(200);
        assert_eq!([&nothing.body["version"], &nothing.body["texts"], &nothing.body["allowed_actions"]], [&json!(0), &json!([]), &json!(["set"])]);
        let refused = scene.commissioner.put(&path, nothing.tag(), &json!({ "texts": ["narrative", "case_study"] })).must(422);
        assert_eq!(refused.faults(), ["/texts/1 nothing_written"]);
        let before = board().body["known_at"].as_str().unwrap().to_owned();
        let set = scene.commissioner.put(&path, nothing.tag(), &json!({ "texts": ["narrative"] })).must(200);
        scene.commissioner.put(&path, nothing.tag(), &json!({ "texts": [] })).must(412);
        scene.author.put(&path, set.tag(), &json!({ "texts": [] })).must(403);
        assert_eq!(scene.author.get(&path).must(200).body["texts"], json!(["narrative"]), "the provider sees what leaves");
        let texts = board().body["texts"].clone();
        assert_eq!([&texts[0]["kind"], &texts[0]["text"], &texts[1]], [&json!("narrative"), &json!("We opened *two* rooms."), &Value::Null]);
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q1").must(200).text;
        assert!(page.contains("## What providers say") && page.contains("We opened \\*two\\* rooms."), "{page}");
        let old = scene.finance.get(&format!("/v1/reports/board?quarter=2020-21-Q1&known_at={before}")).must(200);
        assert_eq!(old.body["texts"], json!([]), "what was known before stays");
        scene.commissioner.put(&path, set.tag(), &json!({ "texts": [] })).must(200);
        assert_eq!(board().body["texts"], json!([]));
        let open = crate::returns::of_period(&scene, &award, "2020-21-Q2");
        let open_path = format!("/v1/returns/{}/release", open.id());
        let tag = scene.commissioner.get(&open_path).must(200);
        assert_eq!(scene.commissioner.put(&open_path, tag.tag(), &json!({ "texts": [] })).must(409).code(), "wrong_state");
    }

    fn what_is_not_people_is_told_and_nothing_reported_is_not_nought(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let input = json!({ "name": "Evenings | *open*", "kind": "output", "unit": "sessions", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum", "award_ids": [award] });
        let evenings = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "Quiet.", "spend": [], "values": [counted(&evenings, None, 2)] }));
        let missing = json!({ "indicator_id": evenings, "area_id": null, "status": "not_reported" });
        accepted(&scene, &award, "2020-21-Q2", &json!({ "narrative": "Quiet.", "spend": [], "values": [missing] }));
        let report = scene.finance.get("/v1/reports/board?quarter=2020-21-Q2").must(200);
        assert_eq!(figures(&report.body), [json!([null, "not_reported", null, "shown", 2])], "{}", report.text);
        assert_eq!(report.body["rows"][0]["not_reported_count"], 1);
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q2").must(200);
        assert!(page.text.contains("Evenings \\| \\*open\\* (sessions)"), "{}", page.text);
        scene.author.get("/v1/reports/board?quarter=2020-21-Q2").must(403);
        assert_eq!(scene.finance.get("/v1/reports/board").must(422).faults(), ["query:quarter required"]);
    }
}
