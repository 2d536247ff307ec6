//! What a budget line is short of, on each day: cuts, money that came back before them, and closures.

use serde_json::{Value, json};

use super::office::pence;
use crate::support::program::verify;
use crate::support::{Answer, App, Scene};

const SHOWN: [&str; 5] = ["budgeted_pence", "committed_pence", "uncommitted_pence", "unallocated_pence", "shortfall_pence"];

/// What the allocation report says of the first line's source on a day.
fn on(scene: &Scene, day: &str) -> [i64; 5] {
    let report = scene.finance.get(&format!("/v1/reports/allocations?group_by=source&source=poca&as_at={day}")).must(200);
    assert_eq!(report.body["ledger_check"]["balanced"], true);
    SHOWN.map(|name| report.body["totals"][name].as_i64().unwrap_or_else(|| panic!("no {name}: {}", report.text)))
}

/// Restates the first line.
fn restate(scene: &Scene, pence: i64, from: &str) -> Answer {
    let path = format!("/v1/budget-lines/{}", scene.lines[0]);
    let seen = scene.finance.get(&path).must(200);
    let input = json!({ "amount_pence": pence, "effective_on": from, "reason": "the funder has less" });
    scene.finance.change(&format!("{path}/restatement"), seen.tag(), &input).must(200)
}

/// An award of the whole first line, live from 1 August 2020.
fn award(scene: &Scene, changes: Value) -> Answer {
    let mut whole = json!({ "tranche_id": null, "split": [{ "budget_line_id": scene.lines[0], "amount_pence": 100_000 }] });
    whole.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    scene.live(100_000, whole)
}

/// An office whose first line has £1,000, none of it set aside.
fn office(app: &App) -> Scene {
    let scene = Scene::set(app, 100_000, 100);
    let path = format!("/v1/tranches/{}", scene.tranche);
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.change(&format!("{path}/release"), &tag, &json!({ "reason": "not needed", "effective_on": "2020-04-01" })).must(200);
    scene
}

#[track_caller]
fn holds(app: &App) {
    let (holds, said) = verify(&app.database_url);
    assert!(holds, "{said}");
}

on_both! {
    fn money_that_came_back_before_a_cut_covers_no_day_before_it(app) {
        let scene = office(app);
        let award = award(&scene, json!({}));
        let cut = restate(&scene, 50_000, "2020-10-01");
        assert_eq!(pence(&cut, ["shortfall"]), [50_000]);
        // A reduction that counts from September frees £500 before the cut.
        let less = json!({ "title": "Less", "reason": "fewer sessions", "effective_on": "2020-09-01", "value": { "change_pence": -50_000 } });
        let path = format!("/v1/awards/{}/variations", award.id());
        let drafted = scene.commissioner.post(&path, &less).must(201);
        let path = format!("/v1/variations/{}", drafted.id());
        let issued = scene.commissioner.change(&format!("{path}/issue"), drafted.tag(), &json!({})).must(200);
        let agreed = scene.signatory.change(&format!("{path}/acceptance"), issued.tag(), &json!({})).must(200);
        scene.commissioner.change(&format!("{path}/application"), agreed.tag(), &json!({})).must(200);
        assert_eq!(on(&scene, "2020-08-31"), [100_000, 100_000, 0, 0, 0]);
        assert_eq!(on(&scene, "2020-09-15"), [100_000, 50_000, 50_000, 50_000, 0]);
        assert_eq!(on(&scene, "2020-10-01"), [50_000, 50_000, 0, 0, 0]);
        holds(app);
    }

    fn a_cut_that_is_covered_later_is_short_until_then(app) {
        let scene = office(app);
        let award = award(&scene, json!({}));
        let path = format!("/v1/awards/{}", award.id());
        let ended = scene.commissioner.change(&format!("{path}/end"), award.tag(), &json!({ "ended_on": "2020-11-30" })).must(200);
        scene.commissioner.change(&format!("{path}/closure"), ended.tag(), &json!({ "closed_on": "2020-12-01" })).must(200);
        // All of it is free now, but it was promised when the cut took effect.
        let cut = restate(&scene, 50_000, "2020-10-01");
        assert_eq!(pence(&cut, ["free", "shortfall"]), [50_000, 0]);
        assert_eq!(on(&scene, "2020-09-30"), [100_000, 100_000, 0, 0, 0]);
        assert_eq!(on(&scene, "2020-10-15"), [50_000, 100_000, -50_000, -50_000, 50_000]);
        assert_eq!(on(&scene, "2020-12-01"), [50_000, 0, 50_000, 50_000, 0]);
        holds(app);
    }

    fn a_change_by_hand_is_named(app) {
        let scene = office(app);
        award(&scene, json!({}));
        restate(&scene, 50_000, "2020-10-01");
        app.sql("UPDATE budget_line_shortfall SET change_pence = change_pence - 1");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("Budgets: DO NOT HOLD."), "{said}");
        assert!(said.contains("budget line CIF-2020-21-B1: from 2020-10-01 on, its shortfall lacks £0.01"), "{said}");
    }
}
