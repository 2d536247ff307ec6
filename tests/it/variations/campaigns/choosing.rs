//! Which awards a filter finds, and what becomes of those whose providers do not answer in time.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{CAMPAIGNS, act, awards, campaign, does, get, holds, live, outcomes, path, responds};
use crate::support::{Answer, Scene};

/// The awards that a filter finds.
#[track_caller]
fn found(scene: &Scene, filter: &Value) -> BTreeSet<String> {
    let adapted = json!({ "is_unilateral": true, "delivery": { "status": "adapted" } });
    let input = campaign(json!({ "filter": filter }), &adapted, &json!({ "name": filter.to_string() }));
    let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
    awards(&scene.commissioner, &drafted).iter().map(|one| one["award"]["id"].as_str().unwrap().to_owned()).collect()
}

/// A live award of the other provider.
#[track_caller]
fn of_the_other(scene: &Scene) -> Answer {
    let draft = scene.draft(50_000, json!({ "provider_id": scene.other_provider }));
    scene.offer(&draft).must(200);
    scene.plan(&draft.id());
    let acceptance = json!({ "accepted_on": "2020-08-01", "attests_living_wage": true });
    scene.stranger.change(&format!("/v1/awards/{}/acceptance", draft.id()), scene.award(&draft.id()).tag(), &acceptance).must(200)
}

/// Another fund, with an award under another power.
#[track_caller]
fn of_another_fund(scene: &Scene) -> (String, String) {
    let office = &scene.commissioner;
    let first = |path: &str| office.all(path)[0]["id"].clone();
    let (body, source) = (first("/v1/commissioning-bodies"), first("/v1/funding-sources"));
    let fund = json!({ "code": "VF", "name": "Victims Fund", "kind": "pcc_grant_fund", "scope": "fund", "commissioning_body_id": body,
        "source_ids": [source], "default_monitoring": "quarterly", "default_evaluation": "light" });
    let fund = office.post("/v1/funds", &fund).must(201).id();
    let period = office.post(&format!("/v1/funds/{fund}/periods"), &json!({ "label": "2020-21" })).must(201).id();
    let input = json!({ "funding_source_id": source, "state": "planned", "amount_pence": 50_000, "effective_on": "2020-04-01" });
    let line = office.post(&format!("/v1/fund-periods/{period}/budget-lines"), &input).must(201);
    let confirmed = json!({ "effective_on": "2020-04-01" });
    scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), line.tag(), &confirmed).must(200);
    let award = scene.live(50_000, json!({ "fund_period_id": period, "tranche_id": null, "legal_power": "abcpa_2014_s143" })).id();
    (fund, award)
}

on_both! {
    fn a_filter_finds_what_has_all_of_it_in_common(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let programme = json!({ "code": "DA", "name": "Safer homes", "kind": "commissioned_service", "stage": "planned" });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let themed = scene.live(50_000, json!({ "theme": "Young people", "category": "small", "programme_id": programme })).id();
        let elsewhere = scene.live(50_000, json!({ "theme": "Young people", "area_ids": [scene.other_area], "tranche_id": null })).id();
        let contract = json!({ "ends_on": "2020-12-31", "kind": "contract", "contract": { "living_wage_clause": true } });
        let short = scene.live(50_000, contract).id();
        let other = of_the_other(&scene).id();
        let (another_fund, apart) = of_another_fund(&scene);
        let paused = scene.live(50_000, json!({})).id();
        let pause = json!({ "paused_on": "2020-11-01", "resume_planned_on": "2021-01-01", "intention": "the project is to be completed" });
        scene.commissioner.change(&format!("/v1/awards/{paused}/pause"), scene.award(&paused).tag(), &pause).must(200);
        // What is no agreement yet, or none any more, is found by nothing but its state.
        scene.offer(&scene.draft(50_000, json!({}))).must(200);
        let ended = scene.live(50_000, json!({})).id();
        scene.commissioner.change(&format!("/v1/awards/{ended}/end"), scene.award(&ended).tag(), &json!({ "ended_on": "2021-03-31" })).must(200);
        let all = [&themed, &elsewhere, &short, &other, &paused, &apart];
        let of_fund = &all[..5];
        let cases: [(Value, &[&String]); 18] = [
            (json!({}), &all[..]),
            (json!({ "fund_id": scene.fund }), of_fund),
            (json!({ "fund_id": another_fund }), &[&apart]),
            (json!({ "fund_period_id": scene.period }), of_fund),
            (json!({ "programme_id": programme }), &[&themed]),
            (json!({ "kind": "contract" }), &[&short]),
            (json!({ "legal_power": "abcpa_2014_s143" }), &[&apart]),
            (json!({ "tranche_id": scene.tranche }), &[&themed, &short, &other, &paused]),
            (json!({ "provider_id": scene.other_provider }), &[&other]),
            (json!({ "area_id": scene.other_area }), &[&elsewhere]),
            (json!({ "theme": "Young people" }), &[&themed, &elsewhere]),
            (json!({ "theme": "Young people", "area_id": scene.area }), &[&themed]),
            (json!({ "category": "small" }), &[&themed]),
            (json!({ "state": "paused" }), &[&paused]),
            (json!({ "state": "ended" }), &[&ended]),
            (json!({ "state": "live", "provider_id": scene.provider }), &[&themed, &elsewhere, &short, &apart]),
            (json!({ "ends_to": "2021-03-30" }), &[&short]),
            (json!({ "ends_from": "2021-03-31", "ends_to": "2021-03-31", "provider_id": scene.provider }), &[&themed, &elsewhere, &paused, &apart]),
        ];
        for (filter, wanted) in cases {
            let wanted: BTreeSet<String> = wanted.iter().map(|id| (*id).clone()).collect();
            assert_eq!(found(&scene, &filter), wanted, "{filter}");
        }
    }

    fn what_is_not_answered_in_time_lapses_and_the_others_go_on(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000, 120_000]);
        // £2,000 more for each.
        let input = campaign(json!({ "awards": ids }), &json!({ "value": { "change_pence": 200_000 } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        does(&scene.approver, &drafted, "issue", &json!({ "answer_due_on": "2099-12-31" })).must(200);
        responds(&scene, &drafted, 0, "acceptance");
        responds(&scene, &drafted, 1, "refusal");
        app.sql("UPDATE variation_version SET answer_due_on = '2020-11-30' WHERE answer_due_on IS NOT NULL");
        assert_eq!(outcomes(&scene.finance, &drafted), ["accepted", "declined", "lapsed"]);
        let counts = get(&scene.commissioner, &drafted).body["counts"].clone();
        assert_eq!(["waiting", "accepted", "declined", "lapsed"].map(|name| counts[name].as_i64()), [Some(0), Some(1), Some(1), Some(1)]);
        let late = awards(&scene.commissioner, &drafted)[2]["variation_id"].as_str().unwrap().to_owned();
        let late = scene.signatory.get(&format!("/v1/variations/{late}")).must(200);
        assert_eq!(act(&scene.signatory, &late, "acceptance").must(409).code(), "wrong_state");
        assert_eq!(scene.finance.all(&format!("{}?outcome=lapsed", path(&drafted, "awards"))).len(), 1);
        for _ in 0..2 {
            assert_eq!(does(&scene.approver, &drafted, "application", &json!({})).must(200).body["applied_count"], 1);
        }
        let amounts: Vec<Value> = ids.iter().map(|id| scene.award(id).body["amount_pence"].clone()).collect();
        assert_eq!(amounts, [300_000, 110_000, 120_000]);
        holds(app);
    }
}
