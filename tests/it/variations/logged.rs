//! Every change of an award leaves an event of the award with what stood before and what stands after (R83).

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{accepted, act, profile};
use crate::support::Scene;

on_both! {
    fn an_applied_variation_is_in_the_log_of_its_award(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        let indicator = json!({ "name": "People referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum" });
        let indicator = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &indicator).must(201).id();
        let target = json!({ "period": "2020-21", "area_id": null, "starts_on": "2020-04-01", "ends_on": "2021-03-31", "target": 25 });
        let changes = json!({ "value": { "change_pence": 60_000 }, "dates": { "ends_on": "2021-06-30" }, "delivery": { "status": "delivering" },
            "targets": [{ "indicator_id": indicator, "targets": [target] }] });
        let ready = accepted(&scene, &award, changes);
        act(&scene.commissioner, &ready, "application").must(200);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={award}&act=variation.apply"));
        let with = |field: &str| -> Vec<&Value> { log.iter().filter(|one| one["after"].get(field).is_some()).collect() };
        let terms = with("terms");
        assert_eq!((log.len(), terms.len()), (3, 1), "{log:#?}");
        let terms = terms[0];
        assert_eq!((&terms["record_kind"], &terms["after"]["variation_id"]), (&json!("award"), &json!(ready.id())));
        for (side, pence, quarters, ends_on, terms_no) in [
            ("before", 300_000, [100_000; 3], "2021-03-31", 1),
            ("after", 360_000, [100_000, 130_000, 130_000], "2021-06-30", 2),
        ] {
            let (stands, standing) = (&terms[side]["terms"], &terms[side]["standing"]);
            assert_eq!((&stands["amount_pence"], &stands["ends_on"]), (&json!(pence), &json!(ends_on)), "{side}");
            assert_eq!(stands["split"], json!([{ "budget_line_id": scene.lines[0], "amount_pence": pence }]), "{side}");
            assert_eq!((&stands["profile"], &stands["annual_amounts"]), (&profile(quarters), &json!([])), "{side}");
            assert_eq!((&standing["state"], &standing["terms_no"]), (&json!("live"), &json!(terms_no)), "{side}");
        }
        let targets = with("targets");
        assert_eq!((&targets[0]["before"], &targets[0]["after"]), (&json!({ "targets": { indicator.as_str(): [] } }), &json!({ "targets": { indicator.as_str(): [target] } })));
        let delivery = with("delivery_status");
        assert_eq!((&delivery[0]["before"]["delivery_status"], &delivery[0]["after"]["delivery_status"]), (&json!("not_started"), &json!("delivering")));
    }

    fn an_offer_is_in_the_log_with_the_split_that_it_settled(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafted = scene.draft(300_000, json!({ "profile": profile([100_000; 3]) }));
        scene.offer(&drafted).must(200);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=award.offer&outcome=done", drafted.id()));
        assert_eq!(log.len(), 1, "{log:#?}");
        let split = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 300_000 }]);
        for (side, state, split) in [("before", "draft", json!([])), ("after", "offered", split)] {
            let whole = &log[0][side];
            assert_eq!((&whole["standing"]["state"], &whole["terms"]["split"]), (&json!(state), &split), "{side}");
            assert_eq!((&whole["terms"]["amount_pence"], &whole["terms"]["profile"]), (&json!(300_000), &profile([100_000; 3])), "{side}");
        }
    }
}
