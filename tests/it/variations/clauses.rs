//! A contract that grows gets the clauses that it then must have with the same variation (R64, R65).

use serde_json::json;

use super::{accepted, act, draft};
use crate::support::Scene;

on_both! {
    fn one_variation_raises_a_contract_and_brings_its_criterion(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let award = scene.live(9_000_000, json!({ "kind": "contract", "contract": { "living_wage_clause": true } })).id();
        let more = json!({ "change_pence": 1_000_001 });
        let refused = draft(&scene, &award, json!({ "value": more })).must(422);
        assert_eq!(refused.faults(), ["/contract/social_value required"]);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("R64") && message.contains("give all clauses of the contract in `contract`"), "{message}");
        // Exactly the threshold needs none.
        draft(&scene, &award, json!({ "value": { "change_pence": 1_000_000 } })).must(201);
        let clauses = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 10, "score_percent": 62 } });
        let light = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 9 } });
        let refused = draft(&scene, &award, json!({ "value": more, "contract": light })).must(422);
        assert_eq!(refused.faults(), ["/contract/social_value/weight_percent too_small"]);
        let ready = accepted(&scene, &award, json!({ "value": more, "contract": clauses }));
        assert_eq!((&ready.body["kinds"], &ready.body["before"]["contract"]), (&json!(["value", "contract"]), &json!({ "living_wage_clause": true })));
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((&applied.body["after"]["contract"], &applied.body["after"]["amount_pence"]), (&clauses, &json!(10_000_001)));
        let now = scene.award(&award);
        assert_eq!((&now.body["contract"], &now.body["amount_pence"], &now.body["terms_no"]), (&clauses, &json!(10_000_001), &json!(2)));
        assert_eq!(scene.held("committed", &award), [10_000_001, 0]);
        // What must be there is not taken away again.
        let refused = draft(&scene, &award, json!({ "contract": { "living_wage_clause": false } })).must(422);
        assert_eq!(refused.faults(), ["/contract/living_wage_clause required", "/contract/social_value required"]);
    }

    fn clauses_are_those_of_a_contract_and_are_agreed(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let clauses = json!({ "living_wage_clause": true });
        let grant = scene.live(300_000, json!({})).id();
        assert_eq!(draft(&scene, &grant, json!({ "contract": clauses })).must(422).faults(), ["/contract not_allowed"]);
        let contract = scene.live(300_000, json!({ "kind": "contract", "contract": clauses })).id();
        assert_eq!(draft(&scene, &contract, json!({ "contract": clauses })).must(422).faults(), ["/contract nothing_changes"]);
        let alone = json!({ "contract": { "living_wage_clause": true, "social_value": {} }, "is_unilateral": true });
        assert_eq!(draft(&scene, &contract, alone).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let (first, second) = (
            accepted(&scene, &contract, json!({ "contract": { "living_wage_clause": true, "social_value": {} } })),
            accepted(&scene, &contract, json!({ "contract": { "living_wage_clause": true, "social_value": { "weight_percent": 20 } } })),
        );
        act(&scene.commissioner, &first, "application").must(200);
        let refused = act(&scene.commissioner, &second, "application").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["contract"])));
    }
}
