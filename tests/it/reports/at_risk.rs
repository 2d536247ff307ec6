//! What is promised before its budget is confirmed.

use serde_json::{Value, json};

use super::amounts;
use crate::support::{Answer, Scene};

const AMOUNTS: [&str; 6] = ["budgeted_pence", "approved_pence", "used_pence", "paid_pence", "left_pence", "uncovered_pence"];

/// A provisional line of the main grant with leave to commit some of it, and an earmarkless award out of it.
fn line_at_risk(scene: &Scene) -> (Answer, String) {
    let source = json!({ "code": "vru", "name": "Violence Reduction", "kind": "government_grant" });
    let source = scene.commissioner.post("/v1/funding-sources", &source);
    let source = if source.status == 201 { source.id() } else { panic!("{}", source.text) };
    let input = json!({ "funding_source_id": source, "state": "provisional", "amount_pence": 900_000, "effective_on": "2020-04-01" });
    let line = scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &input).must(201);
    let risk = json!({ "amount_pence": 600_000, "until": "2099-03-31", "reason": "3 of 4 check points passed" });
    let line = scene.approver.change(&format!("/v1/budget-lines/{}/at-risk-approval", line.id()), line.tag(), &risk).must(200);
    let today = scene.finance.get("/v1/reports/allocations").must(200).body["as_at"].clone();
    let split = json!([{ "budget_line_id": line.id(), "amount_pence": 250_000 }]);
    let draft = scene.draft(250_000, json!({ "tranche_id": null, "split": split, "ends_on": "2040-03-31" }));
    scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({ "offered_on": today })).must(200);
    (line, draft.id())
}

fn rows(report: &Answer) -> &Vec<Value> {
    report.body["rows"].as_array().unwrap()
}

on_both! {
    fn what_is_at_risk_is_told_line_by_line(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        assert!(rows(&scene.finance.get("/v1/reports/at-risk").must(200)).is_empty());
        let (line, award) = line_at_risk(&scene);
        let report = scene.finance.get("/v1/reports/at-risk").must(200);
        assert_eq!(report.body["ledger_check"]["balanced"], true, "{}", report.text);
        let expected = [900_000, 600_000, 250_000, 0, 350_000, 0].map(Some);
        assert_eq!(amounts(&report.body["totals"], AMOUNTS), expected);
        assert_eq!(rows(&report).len(), 1);
        let row = &rows(&report)[0];
        assert_eq!(amounts(row, AMOUNTS), expected);
        assert_eq!([&row["budget_line"]["id"], &row["is_confirmed"], &row["until"], &row["award_count"]],
            [&json!(line.id()), &json!(false), &json!("2099-03-31"), &json!(1)]);
        assert_eq!([&row["awards"][0]["award"]["id"], &row["awards"][0]["offered_pence"]], [&json!(award), &json!(250_000)]);
        let over = scene.finance.get("/v1/reports/at-risk?as_at=2099-04-01").must(200);
        assert_eq!(amounts(&rows(&over)[0], AMOUNTS), [900_000, 0, 250_000, 0, 0, 250_000].map(Some));
        assert_eq!([&rows(&over)[0]["ended_on"], &rows(&over)[0]["outcome"]], [&json!("2099-03-31"), &json!("lapsed")]);

        let by_fund = scene.finance.get("/v1/reports/at-risk?group_by=fund&fund=CIF").must(200);
        assert_eq!((&rows(&by_fund)[0]["fund"]["code"], &rows(&by_fund)[0]["budget_line"]), (&json!("CIF"), &Value::Null));
        assert_eq!(rows(&scene.finance.get("/v1/reports/at-risk?source=poca").must(200)).len(), 0);
        assert_eq!(scene.finance.get("/v1/reports/at-risk?fund=XYZ&financial_year=2011-12").must(422).faults(),
            ["query:financial_year unknown_record", "query:fund unknown_record"]);
        let csv = scene.finance.get("/v1/reports/at-risk?format=csv").must(200).text;
        assert!(csv.lines().nth(1).unwrap().contains(",6000.00,2500.00,0.00,3500.00,0.00,1,1,"), "{csv}");

        // Once the line is confirmed nothing stands at risk; what was known before says so still.
        let known_at = report.body["known_at"].as_str().unwrap();
        let seen = scene.finance.get(&format!("/v1/budget-lines/{}", line.id())).must(200);
        scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), seen.tag(), &json!({})).must(200);
        let after = scene.finance.get("/v1/reports/at-risk").must(200);
        assert_eq!(amounts(&rows(&after)[0], AMOUNTS), [900_000, 0, 0, 0, 0, 0].map(Some));
        assert_eq!([&rows(&after)[0]["is_confirmed"], &rows(&after)[0]["outcome"]], [&json!(true), &json!("confirmed")]);
        assert_eq!(rows(&scene.finance.get("/v1/reports/at-risk?confirmed=false").must(200)).len(), 0);
        let path = format!("/v1/reports/at-risk?known_at={known_at}&as_at={}", report.body["as_at"].as_str().unwrap());
        assert_eq!(scene.finance.get(&path).must(200).text, report.text);
    }
}
