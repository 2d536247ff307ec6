//! What a variation would do is shown before it is done, and no act is offered that would be refused.

use serde_json::{Value, json};

use super::{accepted, act, actions, draft, profile};
use crate::support::Scene;

on_both! {
    fn who_signs_sees_what_will_stand(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        let indicator = json!({ "name": "People referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum" });
        let indicator = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &indicator).must(201).id();
        let target = json!({ "period": "2020-21", "area_id": null, "starts_on": "2020-04-01", "ends_on": "2021-03-31", "target": 25 });
        let changes = json!({ "value": { "change_pence": 60_000 }, "dates": { "ends_on": "2021-06-30" },
            "delivery": { "status": "adapted", "mode": "remote" }, "targets": [{ "indicator_id": indicator, "targets": [target] }],
            "use_of_funds": [{ "from_category": "travel", "to_category": "it_infrastructure", "amount_pence": 5_000 }] });
        let ready = accepted(&scene, &award, changes);
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((&ready.body["before"], &ready.body["after"]), (&applied.body["before"], &applied.body["after"]));
        assert_eq!(applied.body["after"]["delivery"], json!({ "status": "adapted", "mode": "remote" }));
        assert_eq!(applied.body["after"]["use_of_funds"], json!({ "travel": -5_000, "it_infrastructure": 5_000 }));
        // A second one stands on the first.
        let more = draft(&scene, &award, json!({ "use_of_funds": [{ "from_category": "travel", "to_category": "rent", "amount_pence": 1 }] })).must(201);
        assert_eq!(more.body["before"]["use_of_funds"], json!({ "travel": -5_000, "rent": 0 }));
        assert_eq!(more.body["after"]["use_of_funds"], json!({ "travel": -5_001, "rent": 1 }));
        let refused = act(&scene.commissioner, &more, "withdrawal").must(200);
        assert_eq!((&refused.body["before"], &refused.body["after"]), (&Value::Null, &Value::Null));
    }

    fn an_overtaken_variation_is_not_offered_for_application(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let more = |pence: i64| accepted(&scene, &award, json!({ "value": { "change_pence": pence } }));
        let (first, second) = (more(10_000), more(20_000));
        let path = format!("/v1/variations/{}", second.id());
        assert_eq!(actions(&scene.commissioner.get(&path).must(200)), ["withdraw", "apply"]);
        let late = accepted(&scene, &award, json!({ "effective_on": "2020-09-15", "delivery": { "status": "adapted" } }));
        let waiting = draft(&scene, &award, json!({ "effective_on": "2020-09-15", "dates": { "ends_on": "2021-06-30" } })).must(201);
        act(&scene.commissioner, &first, "application").must(200);
        let overtaken = scene.commissioner.get(&path).must(200);
        assert_eq!((actions(&overtaken), &overtaken.body["after"]), (vec!["withdraw", "rebase"], &Value::Null));
        assert_eq!(overtaken.body["before"]["amount_pence"], 300_000);
        assert_eq!(act(&scene.commissioner, &second, "application").must(409).code(), "overlap");
        // The agreement holds as it is from October on, so nothing is applied or issued for September any more.
        assert_eq!(actions(&scene.commissioner.get(&format!("/v1/variations/{}", late.id())).must(200)), ["withdraw", "rebase"]);
        let stale = scene.commissioner.get(&format!("/v1/variations/{}", waiting.id())).must(200);
        assert_eq!(actions(&stale), ["edit", "withdraw", "rebase"]);
        let refused = act(&scene.commissioner, &stale, "issue").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["effective_on"])));
        assert!(refused.body["detail"].as_str().unwrap().contains("The agreement holds as it is from 2020-10-01"), "{}", refused.text);
        let listed: Vec<Value> = scene.commissioner.all(&format!("/v1/awards/{award}/variations"));
        let of = |id: &str| listed.iter().find(|one| one["id"] == id).unwrap()["allowed_actions"].clone();
        assert_eq!((of(&second.id()), of(&waiting.id())), (json!(["withdraw", "rebase"]), json!(["edit", "withdraw", "rebase"])));
    }
}
