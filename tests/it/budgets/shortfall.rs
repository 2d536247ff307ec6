//! What a budget line is short of, on each day: cuts, money that came back before them, and closures.

use almoner::access::permissions::Role;
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

    fn a_cut_is_told_by_what_it_takes_from(app) {
        let scene = Scene::set(app, 100_000, 30_000);
        let parts = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 20_000 }]);
        let earmark = json!({ "name": "Prevention", "amount_pence": 20_000, "effective_on": "2020-04-01", "parts": parts });
        let earmark = scene.commissioner.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &earmark).must(201);
        let paths = [format!("/v1/earmarks/{}", earmark.id()), format!("/v1/tranches/{}", scene.tranche)];
        let seen = || paths.clone().map(|path| scene.commissioner.get(&path).must(200));
        let auditor = app.office(&[Role::Auditor]);
        let told = |id: &str| -> Vec<[Value; 3]> {
            let events = auditor.all(&format!("/v1/audit-events?record_id={id}&act=budget_line.restate"));
            let of_money = events.iter().filter(|one| one["after"].get("remaining_pence").is_some());
            of_money.map(|one| [one["before"]["remaining_pence"].clone(), one["after"]["remaining_pence"].clone(), one["reason"].clone()]).collect()
        };
        let before = seen();
        // £500 is in the fund period itself; £100 more comes out of the earmark.
        restate(&scene, 40_000, "2020-10-01");
        let first = seen();
        assert_ne!(first[0].tag(), before[0].tag());
        assert_eq!(first[1].tag(), before[1].tag(), "nothing was taken from the tranche");
        let reason = |pounds: &str| json!(format!("{pounds} went back to the source of the budget line CIF-2020-21-B1."));
        assert_eq!((&first[0].body["reason"], &first[0].body["remaining_pence"]), (&reason("£100.00"), &json!(10_000)));
        assert_eq!(told(&earmark.id()), [[json!(20_000), json!(10_000), reason("£100.00")]]);
        restate(&scene, 5_000, "2020-10-02");
        let second = seen();
        assert_eq!((&second[1].body["reason"], &second[1].body["remaining_pence"]), (&reason("£250.00"), &json!(5_000)));
        assert_eq!(told(&scene.tranche), [[json!(30_000), json!(5_000), reason("£250.00")]]);
        assert_eq!(told(&earmark.id()).len(), 2);
        assert_eq!(second[0].body["state"], "active", "that its money is gone does not release it");
        // Whoever read the tranche before is told that it changed.
        let release = json!({ "reason": "not needed" });
        scene.commissioner.change(&format!("{}/release", paths[1]), before[1].tag(), &release).must(412);
        scene.commissioner.change(&format!("{}/release", paths[1]), second[1].tag(), &release).must(200);
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
