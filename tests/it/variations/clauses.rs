//! A contract that grows gets the clauses that it then must have with the same variation (R64, R65).

use almoner::access::permissions::Role;
use serde_json::{Value, json};

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

    fn a_clause_on_wages_that_a_variation_brings_is_attested(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let administrator = app.office(&[Role::Administrator]);
        let policy = administrator.get("/v1/agreement-policy").must(200);
        let none = json!({ "social_value_threshold_pence": 10_000_000, "social_value_weight_percent": 10, "living_wage_kinds": [] });
        administrator.put("/v1/agreement-policy", policy.tag(), &none).must(200);
        let contract = scene.draft(300_000, json!({ "kind": "contract" }));
        scene.offer(&contract).must(200);
        scene.plan(&contract.id());
        let path = format!("/v1/awards/{}", contract.id());
        let tag = scene.award(&contract.id()).tag().to_owned();
        let live = scene.signatory.change(&format!("{path}/acceptance"), &tag, &json!({ "accepted_on": "2020-08-01" })).must(200);
        assert_eq!(live.body["living_wage_attested_on"], Value::Null);
        let clauses = json!({ "contract": { "living_wage_clause": true } });
        let issued = act(&scene.commissioner, &draft(&scene, &contract.id(), clauses).must(201), "issue").must(200);
        let accept = |body: Value| scene.signatory.change(&format!("/v1/variations/{}/acceptance", issued.id()), issued.tag(), &body);
        assert_eq!(accept(json!({})).must(422).faults(), ["/attests_living_wage required"]);
        let ready = accept(json!({ "attests_living_wage": true })).must(200);
        let attested_on = ready.body["answered_on"].clone();
        assert_eq!((&ready.body["living_wage_attested_on"], attested_on.is_string()), (&attested_on, true));
        assert_eq!(scene.award(&contract.id()).body["living_wage_attested_on"], Value::Null, "nothing is in force yet");
        act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!(scene.award(&contract.id()).body["living_wage_attested_on"], attested_on);
        // What was attested once is not asked for again.
        accepted(&scene, &contract.id(), json!({ "contract": { "living_wage_clause": true, "social_value": {} } }));
    }

    fn vat_follows_the_value(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let clauses = json!({ "living_wage_clause": true });
        let contract = scene.live(300_000, json!({ "kind": "contract", "vat_pence": 60_000, "contract": clauses })).id();
        let more = accepted(&scene, &contract, json!({ "value": { "change_pence": 50_003 } }));
        assert_eq!((&more.body["before"]["vat_pence"], &more.body["after"]["vat_pence"]), (&json!(60_000), &json!(70_001)));
        act(&scene.commissioner, &more, "application").must(200);
        let now = scene.award(&contract);
        assert_eq!((now.body["vat_pence"].as_i64(), now.body["gross_pence"].as_i64()), (Some(70_001), Some(420_004)));
        let exempt = accepted(&scene, &contract, json!({ "value": { "change_pence": -3, "vat_pence": 0 } }));
        act(&scene.commissioner, &exempt, "application").must(200);
        assert_eq!(scene.award(&contract).body["gross_pence"], 350_000);
        // VAT changes alone as well; less of it is less for the provider.
        let alone = |pence: i64, by_itself: bool| json!({ "value": { "change_pence": 0, "vat_pence": pence }, "is_unilateral": by_itself });
        assert_eq!(draft(&scene, &contract, alone(0, false)).must(422).faults(), ["/value/vat_pence nothing_changes"]);
        let taxed = act(&scene.commissioner, &draft(&scene, &contract, alone(70_000, true)).must(201), "issue").must(200);
        act(&scene.commissioner, &taxed, "application").must(200);
        let now = scene.award(&contract);
        assert_eq!((now.body["amount_pence"].as_i64(), now.body["gross_pence"].as_i64()), (Some(350_000), Some(420_000)));
        assert_eq!(scene.held("committed", &contract), [350_000, 0], "budgets bear no VAT");
        assert_eq!(draft(&scene, &contract, alone(69_999, true)).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let untaxed = json!({ "value": { "change_pence": 1, "vat_pence": 0 }, "is_unilateral": true });
        assert_eq!(draft(&scene, &contract, untaxed).must(422).faults(), ["/is_unilateral needs_acceptance"], "a penny more without its VAT is less");
        let grant = scene.live(1_000, json!({})).id();
        let refused = draft(&scene, &grant, json!({ "value": { "change_pence": 5, "vat_pence": 1 } })).must(422);
        assert_eq!(refused.faults(), ["/value/vat_pence not_allowed"]);
    }
}
