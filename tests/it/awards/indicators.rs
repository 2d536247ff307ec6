//! What is counted.

use almoner::access::Scope;
use almoner::awards::indicators::acts;
use almoner::awards::indicators::rules::{AddsOverAreas, AddsOverTime, Indicator, IndicatorDirection, IndicatorInput, IndicatorKind};
use almoner::kernel::{Id, Provenance};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use crate::support::Scene;

fn referrals() -> Value {
    json!({ "name": "People referred", "kind": "output", "unit": "people", "direction": "higher", "basis": "referrals", "baseline": 40,
        "adds_over_time": "sum", "adds_over_areas": "sum", "framework_codes": [{ "framework": "MoJ outcomes", "code": "1a" }] })
}

on_both! {
    fn an_award_may_have_more_indicators_than_a_page_holds(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.draft(300_000, json!({}));
        let id: Id = award.id().parse().unwrap();
        let input = json!({ "name": "People", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum" });
        let input: IndicatorInput = serde_json::from_value(input).unwrap();
        let count = app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| {
            for _ in 0..1_001 {
                acts::create(tx, Scope::Office, id, &input)?;
            }
            Ok(acts::of_award(tx.conn(), id)?.len())
        }));
        assert_eq!(count.unwrap(), 1_001);
    }

    fn an_indicator_has_targets_by_period_and_area(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}/indicators", draft.id());
        let made = scene.commissioner.post(&path, &referrals()).must(201);
        assert_eq!((made.body["measure"].as_str(), made.body["award_ids"].clone()), (Some("number"), json!([draft.id()])));
        let target = |period: &str, area: Value, target: Value| json!({ "period": period, "area_id": area, "target": target });
        let targets = json!({ "targets": [target("2020-21", Value::Null, json!(3400)), target("2020-21-Q3", json!(scene.area), json!(12.5))] });
        let set = scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), made.tag(), &targets).must(200);
        assert_eq!(set.body["targets"][1]["starts_on"], "2020-10-01");
        assert_eq!(set.body["targets"][1]["target"], 12.5);
        let nowhere = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";
        let bad = json!({ "targets": [target("2020-21", json!(nowhere), json!(1)), target("some day", Value::Null, json!(1))] });
        let refused = scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), set.tag(), &bad).must(422);
        assert_eq!(refused.faults(), ["/targets/0/area_id unknown_record", "/targets/1/ends_on required", "/targets/1/starts_on required"]);
        let too_fine = json!({ "targets": [target("2020-21", Value::Null, json!(1.2345))] });
        scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), set.tag(), &too_fine).must(422);
        assert_eq!(scene.commissioner.all(&path).len(), 1);
    }

    fn a_provider_sees_the_indicators_of_its_own_awards(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (own, other) = (scene.draft(300_000, json!({})), scene.draft(300_000, json!({ "provider_id": scene.other_provider })));
        let shared = json!({ "award_ids": [other.id()] });
        let mut input = referrals();
        input["award_ids"] = shared["award_ids"].clone();
        let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", own.id()), &input).must(201);
        let path = format!("/v1/indicators/{}", made.id());
        scene.signatory.get(&path).must(404);
        scene.offer(&own).must(200);
        assert_eq!(scene.signatory.get(&path).must(200).body["award_ids"], json!([own.id()]));
        assert_eq!(scene.author.all("/v1/indicators").len(), 1);
        scene.stranger.get(&path).must(404);
        assert_eq!(scene.stranger.all("/v1/indicators").len(), 0);
        scene.signatory.patch(&path, made.tag(), &json!({ "name": "Other" })).must(403);
    }

    fn what_was_counted_and_agreed_stays(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", draft.id()), &referrals()).must(201);
        let path = format!("/v1/indicators/{}", made.id());
        let renamed = scene.commissioner.patch(&path, made.tag(), &json!({ "name": "Referrals", "baseline": null, "unit": "women" })).must(200);
        assert_eq!((renamed.body["unit"].as_str(), renamed.body["baseline"].clone()), (Some("women"), Value::Null));
        let indicator: Id = made.id().parse().unwrap();
        app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| acts::lock(tx, indicator).and_then(|()| acts::lock(tx, indicator)))).unwrap();
        let refused = scene.commissioner.patch(&path, renamed.tag(), &json!({ "unit": "people", "adds_over_areas": "none" })).must(422);
        assert_eq!(refused.faults(), ["/adds_over_areas locked", "/unit locked"]);
        let targets = |target: i64| json!({ "targets": [{ "period": "2020-21", "target": target }] });
        let set = scene.commissioner.put(&format!("{path}/targets"), renamed.tag(), &targets(100)).must(200);
        assert_eq!(set.body["allowed_actions"], json!(["amend", "set_targets"]));
        scene.offer(&scene.award(&draft.id())).must(200);
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
        let late = scene.commissioner.put(&format!("{path}/targets"), set.tag(), &targets(50)).must(409);
        assert_eq!(late.code(), "wrong_state");
        // What would be refused is not offered, neither alone nor in a list.
        assert_eq!(scene.commissioner.get(&path).must(200).body["allowed_actions"], json!(["amend"]));
        assert_eq!(scene.commissioner.all("/v1/indicators")[0]["allowed_actions"], json!(["amend"]));
        let percent = json!({ "name": "Fewer come back", "kind": "outcome", "unit": "percent", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "average" });
        let refused = scene.commissioner.post(&format!("/v1/awards/{}/indicators", draft.id()), &percent).must(422);
        assert_eq!(refused.faults(), ["/unit not_allowed"]);
    }

    fn what_was_offered_stays(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let list = format!("/v1/awards/{}/indicators", draft.id());
        let made = scene.commissioner.post(&list, &referrals()).must(201);
        let path = format!("/v1/indicators/{}", made.id());
        let targets = |target: i64| json!({ "targets": [{ "period": "2020-21", "target": target }] });
        let seen = scene.commissioner.put(&format!("{path}/targets"), made.tag(), &targets(100)).must(200);
        scene.offer(&draft).must(200);
        let version = scene.award(&draft.id()).body["version"].clone();
        let patch = |tag: &str, change: Value| scene.commissioner.patch(&path, tag, &change);
        // The signatory accepts what the office offered, and nothing else.
        let refused = scene.commissioner.put(&format!("{path}/targets"), seen.tag(), &targets(5)).must(409);
        assert_eq!(refused.code(), "wrong_state");
        assert!(refused.text.contains("CIF-2020-21-T1-0001 is offered as it is"), "{}", refused.text);
        let refused = patch(seen.tag(), json!({ "name": "Others", "basis": null, "definition": "All who ask.", "award_ids": [] })).must(422);
        assert_eq!(refused.faults(), ["/award_ids fixed", "/basis fixed", "/definition fixed", "/name fixed"]);
        assert_eq!(scene.commissioner.post(&list, &referrals()).must(409).code(), "wrong_state");
        // Neither does it get another award's indicator.
        let other = scene.draft(100_000, json!({ "provider_id": scene.other_provider }));
        let mut both = referrals();
        both["award_ids"] = json!([other.id(), draft.id()]);
        let path_of_other = format!("/v1/awards/{}/indicators", other.id());
        assert_eq!(scene.commissioner.post(&path_of_other, &both).must(422).faults(), ["/award_ids/1 fixed"]);
        assert_eq!(scene.commissioner.get(&path).must(200).body["allowed_actions"], json!(["amend"]));
        assert!(!scene.award(&draft.id()).body["allowed_actions"].to_string().contains("add_indicator"));
        assert_eq!(scene.award(&draft.id()).body["version"], version);
        // Where it stands in frameworks is the office's own matter, and another draft may share it as it is.
        let coded = patch(seen.tag(), json!({ "framework_codes": [], "award_ids": [draft.id(), other.id()] })).must(200);
        // A live award keeps what it has targets for, and gets no others without a variation.
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
        assert_eq!(scene.commissioner.put(&format!("{path}/targets"), coded.tag(), &json!({ "targets": [] })).must(409).code(), "wrong_state");
        assert_eq!(patch(coded.tag(), json!({ "unit": "women", "award_ids": [other.id()] })).must(422).faults(), ["/award_ids fixed", "/unit fixed"]);
        let late = scene.commissioner.post(&list, &referrals()).must(201);
        let refused = scene.commissioner.put(&format!("/v1/indicators/{}/targets", late.id()), late.tag(), &targets(5)).must(409);
        assert_eq!(refused.code(), "wrong_state");
        // Beside a draft it has targets; the live award cannot be given those behind its provider's back.
        let apart = scene.commissioner.post(&path_of_other, &referrals()).must(201);
        let aimed = scene.commissioner.put(&format!("/v1/indicators/{}/targets", apart.id()), apart.tag(), &targets(7)).must(200);
        let shared = json!({ "award_ids": [other.id(), draft.id()] });
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{}", apart.id()), aimed.tag(), &shared).must(422);
        assert_eq!(refused.faults(), ["/award_ids/1 fixed"]);
    }

    fn an_offer_that_is_taken_back_frees_its_targets(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (first, second) = (scene.draft(300_000, json!({})), scene.draft(300_000, json!({})));
        let mut both = referrals();
        both["award_ids"] = json!([first.id(), second.id()]);
        let made = scene.commissioner.post(&format!("/v1/awards/{}/indicators", first.id()), &both).must(201);
        let targets = |tag: &str| scene.commissioner.put(&format!("/v1/indicators/{}/targets", made.id()), tag, &json!({ "targets": [] }));
        let offered = scene.offer(&second).must(200);
        targets(made.tag()).must(409);
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", second.id()), offered.tag(), &json!({ "reason": "not needed" })).must(200);
        targets(made.tag()).must(200);
    }

    fn many_awards_are_asked_for_in_pieces(app) {
        let made_up = IndicatorInput {
            name: "People referred".to_owned(), definition: None, kind: IndicatorKind::Output, unit: "people".to_owned(),
            direction: IndicatorDirection::Higher, basis: None, baseline: None, adds_over_time: AddsOverTime::Sum,
            adds_over_areas: AddsOverAreas::Sum, asks_for: None, counts_under_18: false, is_social_value: false, breakdown: None, succeeds_id: None, subset_of_id: None, programme_id: None, fund_id: None, framework_codes: Vec::new(),
            award_ids: std::iter::repeat_with(Id::new).take(70_000).collect(),
        };
        let clock = app.service.db.clock();
        let one = Indicator { id: Id::new(), version: 1, recorded_at: clock.now(), effective_on: clock.today(), facts: made_up,
            targets: Vec::new(), is_locked: false, provenance: Provenance::default(), note: None };
        let found = app.wait(app.service.db.read(move |conn| acts::promised(conn, &[one], clock.today()))).unwrap();
        assert!(found.is_empty());
    }
}
