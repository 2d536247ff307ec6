//! Why the allocation report says something else than it said.

use std::collections::BTreeMap;

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::spend::spend;
use crate::returns::accepted;
use crate::support::{Answer, Scene};

const COLUMNS: [&str; 20] = [
    "budgeted_pence",
    "at_risk_pence",
    "earmarked_pence",
    "allocated_pence",
    "offered_pence",
    "committed_pence",
    "shortfall_pence",
    "forward_commitments_pence",
    "paid_pence",
    "recovered_pence",
    "released_pence",
    "reported_spend_pence",
    "reported_adjustments_pence",
    "forecast_pence",
    "variance_pence",
    "uncommitted_pence",
    "unallocated_pence",
    "award_count",
    "project_count",
    "provider_count",
];

/// What every row has in each column, by what the row is of.
fn by_row(rows: &Value, by: &[&str]) -> BTreeMap<String, [i64; 20]> {
    let mut all: BTreeMap<String, [i64; 20]> = BTreeMap::new();
    for row in rows.as_array().unwrap() {
        let part = |name: &&str| if row[name].is_object() { row[name]["id"].to_string() } else { row[name].to_string() };
        let sums = all.entry(by.iter().map(part).collect::<Vec<_>>().join(" ")).or_default();
        sums.iter_mut().zip(COLUMNS).for_each(|(sum, column)| *sum += row[column].as_i64().unwrap_or_default());
    }
    all.retain(|_, sums| *sums != [0; 20]);
    all
}

/// The changes between two runs, which must be the differences of the two, row by row and column by column.
#[track_caller]
fn explained(scene: &Scene, from: &str, to: &str, by: &[&str]) -> Answer {
    let grouped: String = by.iter().map(|one| format!("&group_by={one}")).collect();
    let run = |at: &str| scene.finance.get(&format!("/v1/reports/allocations?as_at=2030-03-31&known_at={at}{grouped}")).must(200);
    let (before, after) = (by_row(&run(from).body["rows"], by), by_row(&run(to).body["rows"], by));
    let path = format!("/v1/reports/changes?as_at=2030-03-31&from_known_at={from}&to_known_at={to}{grouped}");
    let report = scene.finance.get(&path).must(200);
    let mut expected = after;
    for (key, sums) in before {
        expected.entry(key).or_default().iter_mut().zip(sums).for_each(|(sum, pence)| *sum -= pence);
    }
    expected.retain(|_, sums| *sums != [0; 20]);
    assert_eq!(by_row(&report.body["differences"], by), expected, "{by:?}");
    assert_eq!(by_row(&report.body["rows"], by), expected, "{by:?}");
    assert_eq!((&report.body["unexplained_pence"], &report.body["ledger_check"]["balanced"]), (&json!(0), &json!(true)));
    assert_eq!((&report.body["unexplained_counts"], &report.body["unexplained_names"]), (&json!(0), &json!(0)));
    report
}

fn now(scene: &Scene) -> String {
    scene.finance.get("/v1/reports/allocations?as_at=2030-03-31").must(200).body["known_at"].as_str().unwrap().to_owned()
}

fn acts(report: &Answer) -> Vec<String> {
    let mut all: Vec<String> =
        report.body["rows"].as_array().unwrap().iter().map(|row| row["act"].as_str().unwrap_or("?").to_owned()).collect();
    all.dedup();
    all
}

on_both! {
    fn every_difference_is_explained_by_its_act(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let profile = json!([{ "quarter": "2020-21-Q1", "amount_pence": 100_000 }, { "quarter": "2020-21-Q2", "amount_pence": 100_000 }]);
        let first = scene.live(200_000, json!({ "profile": profile, "theme": "Young people" })).id();
        let from = now(&scene);
        let same = scene.finance.get(&format!("/v1/reports/changes?as_at=2030-03-31&from_known_at={from}")).must(200);
        assert_eq!((&same.body["is_changed"], &same.body["unexplained_pence"], &same.body["rows"]), (&json!(false), &json!(0), &json!([])));
        assert!(same.body["note"].as_str().unwrap().starts_with("Nothing differs"), "{}", same.text);
        // Nobody has done anything by then: a moment after the last act is no faulty one to begin at.
        let idle = app.wait(app.service.db.write(almoner::store::WriteMeta::system("test", "test"), |tx| Ok(tx.recorded_at()))).unwrap();
        for of in ["changes?", "changes/figures?report=fund-summary&"] {
            let since = scene.finance.get(&format!("/v1/reports/{of}as_at=2030-03-31&from_known_at={idle}")).must(200);
            assert_eq!((&since.body["from_known_at"], &since.body["known_at"]), (&json!(idle), &json!(idle)), "{}", since.text);
        }

        let draft = scene.draft(300_000, json!({ "theme": "Young people", "area_ids": [scene.area, scene.other_area] }));
        scene.offer(&draft).must(200);
        let middle = now(&scene);
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
        accepted(&scene, &first, "2020-21-Q1", &json!({ "spend": spend(40_000), "narrative": "as planned" }));
        let seen = scene.finance.get(&format!("/v1/budget-lines/{}", scene.lines[1])).must(200);
        let less = json!({ "amount_pence": 4_000_000, "effective_on": "2020-09-01", "reason": "the grant was cut" });
        scene.finance.change(&format!("/v1/budget-lines/{}/restatement", scene.lines[1]), seen.tag(), &less).must(200);
        let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &json!({ "name": "Other Hands" })).must(200);
        let to = now(&scene);

        let report = explained(&scene, &from, &to, &["fund", "award"]);
        assert_eq!(acts(&report), ["award.offer", "award.accept", "return.accept", "budget_line.restate"]);
        let offer = &report.body["rows"][0];
        assert_eq!([&offer["awards"][0]["id"], &offer["record_kind"]], [&json!(draft.id()), &json!("award")]);
        assert!(offer["recorded_at"].as_str().unwrap() > from.as_str());
        assert_eq!(report.body["total_amounts"]["difference"]["committed_pence"], 300_000);
        assert_eq!(report.body["total_amounts"]["difference"]["budgeted_pence"], -1_000_000);
        let restated = report.body["rows"].as_array().unwrap().iter().find(|row| row["act"] == "budget_line.restate").unwrap();
        assert_eq!((&restated["budgeted_pence"], &restated["reason"]), (&json!(-1_000_000), &Value::Null));
        // Who did it and why is of the log: whoever may not read that is told the act alone.
        let path = format!("/v1/reports/changes?as_at=2030-03-31&from_known_at={from}&to_known_at={to}");
        let [with, without] = [Role::Auditor, Role::BoardReader].map(|role| app.office(&[role]).get(&path).must(200));
        let of = |report: &Answer, field: &str| -> Vec<Value> {
            report.body["rows"].as_array().unwrap().iter().map(|row| row[field].clone()).collect()
        };
        assert!(of(&with, "actor").iter().all(|name| name.as_str().is_some_and(|name| !name.is_empty())), "{}", with.text);
        assert!(of(&with, "reason").contains(&json!("the grant was cut")));
        assert!(of(&without, "actor").iter().chain(&of(&without, "reason")).all(Value::is_null), "{}", without.text);
        assert!(!without.text.contains("the grant was cut"));
        assert_eq!(of(&with, "act"), of(&without, "act"));
        assert_ne!(with.tag(), without.tag());

        for by in [&["fund"][..], &["source"], &["theme", "area"], &["tranche", "provider"], &["financial_year", "programme", "provider_status"]] {
            explained(&scene, &from, &middle, by);
            explained(&scene, &from, &to, by);
        }
        let renamed = explained(&scene, &middle, &to, &["provider"]);
        let told: Vec<&Value> = renamed.body["rows"].as_array().unwrap().iter().filter(|row| row["renamed"].is_string()).collect();
        assert_eq!((told.len(), &told[0]["renamed"]), (1, &json!("Helping Hands is now called Other Hands")));

        // One award alone, in the other formats; and faults of the question.
        let path = format!("/v1/reports/changes?as_at=2030-03-31&from_known_at={from}&to_known_at={to}");
        let theme = scene.finance.get(&format!("{path}&theme=Young%20people&group_by=award")).must(200);
        assert_eq!(acts(&theme), ["award.offer", "award.accept", "return.accept"]);
        let csv = scene.finance.get(&format!("{path}&format=csv")).must(200).text;
        assert_eq!(csv.lines().count(), 1 + report.body["rows"].as_array().unwrap().len());
        let wrong = scene.finance.get(&format!("/v1/reports/changes?from_known_at={to}&to_known_at={from}"));
        assert_eq!(wrong.must(422).faults(), ["query:from_known_at reversed_dates"]);
        assert_eq!(scene.finance.get("/v1/reports/changes").must(422).faults(), ["query:from_known_at required"]);
    }

    fn a_change_that_the_log_does_not_know_is_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let from = now(&scene);
        let line = &scene.lines[0];
        let movement = almoner::ledger::Movement {
            from: almoner::ledger::Account { kind: almoner::ledger::AccountKind::Source, record_id: source(&scene, line), budget_line_id: line.parse().unwrap() },
            to: almoner::ledger::Account { kind: almoner::ledger::AccountKind::FundPeriod, record_id: scene.period.parse().unwrap(), budget_line_id: line.parse().unwrap() },
            amount: almoner::kernel::Pence(70_000),
            effective_on: "2020-09-01".parse().unwrap(),
        };
        let (tranche, line_id) = (scene.tranche.parse().unwrap(), line.parse().unwrap());
        let meta = || almoner::store::WriteMeta::system("test", "test");
        app.wait(app.service.db.write(meta(), move |tx| almoner::ledger::transfer(tx, &movement))).unwrap();
        let account = move |kind, record_id| almoner::ledger::Account { kind, record_id, budget_line_id: line_id };
        let aside = almoner::ledger::Movement {
            from: movement.to,
            to: account(almoner::ledger::AccountKind::Tranche, tranche),
            ..movement
        };
        app.wait(app.service.db.write(meta(), move |tx| almoner::ledger::transfer(tx, &aside))).unwrap();
        let path = format!("/v1/reports/changes?as_at=2030-03-31&from_known_at={from}&group_by=tranche");
        let report = scene.finance.get(&path).must(200);
        // What is set aside, and what of the fund period is left: both movements are in no log.
        assert!(report.body["unexplained_pence"].as_i64().unwrap() >= 70_000, "{}", report.text);
        assert!(report.body["note"].as_str().unwrap().starts_with("Not every difference"), "{}", report.text);
        assert_eq!(report.body["rows"][0]["act"], Value::Null);
        let figures = scene.finance.get(&format!("/v1/reports/changes/figures?report=fund-summary&as_at=2030-03-31&from_known_at={from}")).must(200);
        assert!(figures.body["unexplained_count"].as_i64().unwrap() > 0, "{}", figures.text);
        assert!(figures.body["rows"].as_array().unwrap().iter().all(|row| row["act"].is_null()), "{}", figures.text);
    }
}

fn source(scene: &Scene, line: &str) -> almoner::kernel::Id {
    let seen = scene.finance.get(&format!("/v1/budget-lines/{line}")).must(200);
    seen.body["source"]["id"].as_str().or(seen.body["funding_source"]["id"].as_str()).unwrap().parse().unwrap()
}
