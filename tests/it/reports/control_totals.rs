//! Printed totals beside computed ones.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Scene};

/// The only check in a report, as printed, computed, difference and whether they agree.
#[track_caller]
fn check(report: &Answer) -> (Option<i64>, Option<i64>, Option<i64>, Option<bool>) {
    let rows = report.body["control_totals"].as_array().or_else(|| report.body["rows"].as_array()).unwrap();
    assert_eq!(rows.len(), 1, "{}", report.text);
    let amount = |name: &str| rows[0][name].as_i64();
    (amount("printed_pence"), amount("computed_pence"), amount("difference_pence"), rows[0]["agrees"].as_bool())
}

fn of_tranche(scene: &Scene, printed_pence: i64) -> Value {
    json!({ "code": "first-round", "name": "First round", "measure": "committed", "scope_kind": "tranche", "scope": [scene.tranche],
        "printed_pence": printed_pence, "rows_count": 1 })
}

#[track_caller]
fn list(client: &Client, more: &str) -> Answer {
    client.get(&format!("/v1/control-totals?reference=first-round{more}")).must(200)
}

on_both! {
    fn a_difference_stays_in_sight(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_029, json!({ "theme": "Youth" }));
        let made = scene.finance.post("/v1/control-totals", &of_tranche(&scene, 200_000)).must(201);
        assert_eq!(made.body["allowed_actions"], json!(["update"]));
        let off_by = (Some(200_000), Some(200_029), Some(29), Some(false));
        assert_eq!(check(&list(&scene.finance, "")), off_by);
        assert_eq!(check(&scene.finance.get("/v1/reports/allocations?fund=CIF").must(200)), off_by);
        assert_eq!(check(&scene.finance.get("/v1/reports/tranche-summary").must(200)), off_by);
        assert_eq!(check(&list(&scene.finance, "&as_at=2020-07-15")), (Some(200_000), Some(0), Some(-200_000), Some(false)));
        // What is narrower than a tranche has no printed total.
        let narrow = scene.finance.get("/v1/reports/allocations?theme=Youth").must(200);
        assert_eq!(narrow.body["control_totals"], json!([]));
        let csv = scene.finance.get("/v1/control-totals?format=csv").must(200);
        assert!(csv.text.contains("first-round,First round,committed,2000.00,2000.29,0.29,"), "{}", csv.text);
    }

    fn what_was_printed_is_kept_in_versions(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_029, json!({}));
        let made = scene.finance.post("/v1/control-totals", &of_tranche(&scene, 200_000)).must(201);
        let path = format!("/v1/control-totals/{}", made.id());
        let known_at = list(&scene.finance, "").body["known_at"].as_str().unwrap().to_owned();
        let patched = scene.finance.patch(&path, made.tag(), &json!({ "printed_pence": 200_029 })).must(200);
        assert_eq!(patched.body["version"], 2);
        scene.finance.patch(&path, made.tag(), &json!({ "printed_pence": 1 })).must(412);
        assert_eq!(check(&list(&scene.finance, "")), (Some(200_029), Some(200_029), Some(0), Some(true)));
        assert_eq!(check(&list(&scene.finance, &format!("&known_at={known_at}"))), (Some(200_000), Some(200_029), Some(29), Some(false)));
        // Fixed to a day, it keeps that day.
        let patched = scene.finance.patch(&path, patched.tag(), &json!({ "as_at": "2020-07-15", "qualifier": "under" })).must(200);
        assert_eq!(check(&list(&scene.finance, "")), (Some(200_029), Some(0), Some(-200_029), Some(true)));
        scene.commissioner.patch(&path, patched.tag(), &json!({ "name": "x" })).must(403);
        scene.commissioner.get(&path).must(200);
    }

    fn every_fault_of_a_total_is_named(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        let wrong = json!({ "code": "Bad Code", "name": "", "measure": "committed", "scope_kind": "tranche", "scope": [],
            "printed_pence": -1, "colour": "red" });
        let answer = scene.finance.post("/v1/control-totals", &wrong).must(422);
        assert_eq!(answer.faults(), ["/code wrong_format", "/colour unknown_field", "/name too_short", "/printed_pence too_small",
            "/scope too_few_items"]);
        let mut total = of_tranche(&scene, 1);
        total["scope"] = json!([scene.fund]);
        assert_eq!(scene.finance.post("/v1/control-totals", &total).must(422).faults(), ["/scope/0 unknown_record"]);
        scene.finance.post("/v1/control-totals", &of_tranche(&scene, 1)).must(201);
        assert_eq!(scene.finance.post("/v1/control-totals", &of_tranche(&scene, 2)).must(409).code(), "taken");
        scene.commissioner.post("/v1/control-totals", &of_tranche(&scene, 3)).must(403);
    }

    fn budgets_are_held_against_print(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let total = json!({ "code": "first-round", "name": "Budget", "measure": "budgeted", "scope_kind": "fund_period",
            "scope": [scene.period], "printed_pence": 14_000_000, "qualifier": "over" });
        scene.finance.post("/v1/control-totals", &total).must(201);
        let over = (Some(14_000_000), Some(15_000_000), Some(1_000_000), Some(true));
        assert_eq!(check(&scene.finance.get("/v1/reports/fund-summary").must(200)), over);
        assert_eq!(check(&list(&scene.finance, "&as_at=2020-03-31")), (Some(14_000_000), Some(0), Some(-14_000_000), Some(false)));
    }
}
