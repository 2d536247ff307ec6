//! Reports: what they add up, as at which day and known at which moment, in which format, and that the same question gives the same bytes.

mod asking;
mod at_risk;
mod board;
pub mod by_award;
mod capacity;
mod changes;
mod claims;
mod compliance;
mod control_totals;
mod explained;
mod indicators;
mod movements;
mod narrowed;
mod outturn;
mod packed;
mod service;
mod shares;
pub mod spend;
pub mod stable;
mod told;
mod underspend;

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Scene};

/// The row whose `dimension` has this code.
#[track_caller]
fn row<'a>(report: &'a Answer, dimension: &str, code: &str) -> &'a Value {
    let rows = report.body["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row[dimension]["code"] == code || row[dimension] == code)
        .unwrap_or_else(|| panic!("no {code} in {}", report.text))
}

/// The amounts and counts of a row or total, by name.
fn amounts<const N: usize>(of: &Value, names: [&str; N]) -> [Option<i64>; N] {
    names.map(|name| of[name].as_i64())
}

const MONEY: [&str; 6] = ["budgeted_pence", "allocated_pence", "offered_pence", "committed_pence", "released_pence", "uncommitted_pence"];
const COUNTS: [&str; 3] = ["award_count", "project_count", "provider_count"];

on_both! {
    fn allocations_follow_the_money(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.offer(&scene.draft(300_000, json!({ "theme": "Young people" }))).must(200);
        scene.live(200_000, json!({ "projects_count": 3 }));
        scene.draft(50_000, json!({}));
        let report = scene.finance.get("/v1/reports/allocations").must(200);
        let totals = &report.body["totals"];
        assert_eq!(amounts(totals, MONEY), [15_000_000, 500_000, 300_000, 200_000, 0, 14_500_000].map(Some));
        assert_eq!(amounts(totals, COUNTS), [2, 4, 1].map(Some));
        assert_eq!(report.body["ledger_check"]["balanced"], true);
        assert_eq!(report.body["ledger_check"]["transfers"], 6);
        assert_eq!(report.body["group_by"], json!(["fund", "provider"]));
        let rows = report.body["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((&rows[0]["provider"]["name"], &rows[0]["fund"]["code"]), (&json!("Helping Hands"), &json!("CIF")));
        assert_eq!(amounts(&rows[0], MONEY), [Some(0), Some(0), Some(300_000), Some(200_000), Some(0), None]);
        assert_eq!((&rows[1]["provider"], rows[1]["budgeted_pence"].as_i64()), (&Value::Null, Some(15_000_000)));

        let by_source = scene.finance.get("/v1/reports/allocations?group_by=source").must(200);
        assert_eq!(amounts(row(&by_source, "source", "poca"), MONEY), [10_000_000, 500_000, 300_000, 200_000, 0, 9_500_000].map(Some));
        assert_eq!(amounts(row(&by_source, "source", "main-grant"), MONEY), [5_000_000, 0, 0, 0, 0, 5_000_000].map(Some));
        let by_theme = scene.finance.get("/v1/reports/allocations?group_by=theme&tranche=CIF-2020-21-T1").must(200);
        assert_eq!(row(&by_theme, "theme", "Young people")["offered_pence"], 300_000);
        assert_eq!((&by_theme.body["totals"]["budgeted_pence"], &by_theme.body["totals"]["allocated_pence"]), (&Value::Null, &json!(500_000)));
        let by_award = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        assert_eq!(row(&by_award, "award", "CIF-2020-21-T1-0002")["committed_pence"], 200_000);
    }

    fn a_day_decides_what_has_taken_effect(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let at = |day: &str| {
            let report = scene.finance.get(&format!("/v1/reports/allocations?as_at={day}")).must(200);
            assert_eq!(report.body["ledger_check"]["balanced"], true);
            amounts(&report.body["totals"], MONEY)
        };
        assert_eq!(at("2020-03-31"), [0, 0, 0, 0, 0, 0].map(Some));
        assert_eq!(at("2020-06-30"), [15_000_000, 1_000_000, 0, 0, 0, 15_000_000].map(Some));
        assert_eq!(at("2020-07-31"), [15_000_000, 800_000, 200_000, 0, 0, 14_800_000].map(Some));
        assert_eq!(at("2020-08-01"), [15_000_000, 800_000, 0, 200_000, 0, 14_800_000].map(Some));
    }

    fn what_is_let_go_is_released(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let live = scene.live(200_000, json!({}));
        let path = format!("/v1/awards/{}", live.id());
        let ended = scene.commissioner.change(&format!("{path}/end"), live.tag(), &json!({ "ended_on": "2021-03-31" })).must(200);
        scene.commissioner.change(&format!("{path}/closure"), ended.tag(), &json!({ "closed_on": "2021-05-01" })).must(200);
        let report = scene.finance.get("/v1/reports/allocations?group_by=provider").must(200);
        let totals = &report.body["totals"];
        assert_eq!((totals["committed_pence"].as_i64(), totals["released_pence"].as_i64()), (Some(0), Some(200_000)));
        assert_eq!(totals["award_count"], 1);
    }

    fn areas_are_never_split(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        scene.live(100_000, json!({}));
        let report = scene.finance.get("/v1/reports/allocations?group_by=area").must(200);
        assert_eq!(report.body["totals"]["committed_pence"], 300_000);
        let both = row(&report, "area", "dudley;walsall");
        assert_eq!((both["area"]["name"].as_str(), both["committed_pence"].as_i64()), (Some("several areas (dudley, walsall)"), Some(200_000)));
        assert_eq!(row(&report, "area", "walsall")["committed_pence"], 100_000);
        let dudley = scene.finance.get("/v1/reports/allocations?area=dudley&group_by=award").must(200);
        assert_eq!(dudley.body["totals"]["committed_pence"], 200_000);
        assert_eq!(dudley.body["totals"]["budgeted_pence"], Value::Null);
    }

    fn parts_of_an_award_are_not_added_but_cover(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "NEW-CHANCE", "name": "New Chance", "kind": "commissioned_service", "stage": "live",
            "starts_on": "2020-04-01" });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let whole = scene.live(200_000, json!({ "programme_id": programme, "area_ids": [scene.area] }));
        let part = scene.draft(0, json!({ "programme_id": programme, "component_of": whole.id(), "amount_pence": null, "tranche_id": null,
            "area_ids": [scene.other_area] }));
        scene.offer(&part).must(200);
        scene.plan(&part.id());
        scene.accept(&part.id()).must(200);
        let report = scene.finance.get("/v1/reports/allocations?programme=NEW-CHANCE&group_by=programme").must(200);
        assert_eq!(amounts(&report.body["totals"], ["committed_pence", "award_count"]), [Some(200_000), Some(1)]);
        let coverage = scene.finance.get("/v1/reports/coverage?programme=NEW-CHANCE&as_at=2020-09-01").must(200);
        let covered: Vec<(&str, &str)> = coverage.body["rows"].as_array().unwrap().iter()
            .map(|row| (row["area"]["code"].as_str().unwrap(), row["cover"].as_str().unwrap())).collect();
        assert_eq!(covered, [("dudley", "whole"), ("walsall", "whole")]);
        let entry = &coverage.body["programmes"][0];
        assert_eq!(amounts(entry, ["area_count", "covered_count", "provider_count"]), [2, 2, 1].map(Some));
        assert_eq!(entry["gaps"], json!([]));
        let before = scene.finance.get("/v1/reports/coverage?programme=NEW-CHANCE&as_at=2020-07-15").must(200);
        assert_eq!(before.body["programmes"][0]["covered_count"], 0);
        assert_eq!(before.body["programmes"][0]["gaps"].as_array().unwrap().len(), 2);
        // Nobody has said that the awards ended; their last day was 31 March 2021 all the same.
        let after = scene.finance.get("/v1/reports/coverage?programme=NEW-CHANCE&as_at=2021-04-01").must(200);
        assert_eq!(after.body["programmes"][0]["covered_count"], 0);
        let year = scene.finance.get("/v1/reports/coverage?programme=NEW-CHANCE&financial_year=2020-21").must(200);
        assert_eq!(year.body["programmes"][0]["covered_count"], 2, "over the year, not on a day long after it");
    }

    fn funds_and_tranches_are_summed_up(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let funds = scene.finance.get("/v1/reports/fund-summary?financial_year=2020-21").must(200);
        let fund = row(&funds, "fund", "CIF");
        assert_eq!(amounts(fund, MONEY), [15_000_000, 800_000, 0, 200_000, 0, 14_800_000].map(Some));
        assert_eq!((fund["available_pence"].as_i64(), fund["financial_year"].as_str()), (Some(14_000_000), Some("2020-21")));
        assert_eq!(scene.finance.get("/v1/reports/fund-summary?financial_year=2021-22").must(200).body["rows"], json!([]));

        let tranches = scene.finance.get("/v1/reports/tranche-summary?fund=CIF").must(200);
        let first = row(&tranches, "tranche", "CIF-2020-21-T1");
        let names = ["allocated_pence", "remaining_pence", "offered_pence", "awarded_pence", "award_count", "provider_count"];
        assert_eq!(amounts(first, names), [1_000_000, 800_000, 0, 200_000, 1, 1].map(Some));
        let to_date = &tranches.body["to_date"][0];
        assert_eq!(amounts(to_date, ["tranche_count", "awarded_pence", "project_count"]), [0, 0, 0].map(Some));
        assert_eq!(to_date["next"], Value::Null, "the only tranche is open already");
        let second = json!({ "name": "Second tranche", "planned_pence": 300_000, "opens_on": "2021-01-04", "closes_on": "2021-01-29",
            "decision_on": "2021-02-12" });
        scene.commissioner.post(&format!("/v1/fund-periods/{}/tranches", scene.period), &second).must(201);
        let tranches = scene.finance.get("/v1/reports/tranche-summary?fund=CIF").must(200);
        assert_eq!(tranches.body["to_date"][0]["next"]["tranche"]["code"], "CIF-2020-21-T2");
    }

    fn reports_are_for_the_office(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        for path in ["allocations", "fund-summary", "tranche-summary", "expenditure", "coverage"] {
            let path = format!("/v1/reports/{path}");
            app.nobody().get(&path).must(401);
            scene.author.get(&path).must(403);
            app.office(&[Role::Administrator]).get(&path).must(403);
            app.office(&[Role::BoardReader]).get(&path).must(200);
        }
        scene.signatory.get("/v1/control-totals").must(403);
    }
}
