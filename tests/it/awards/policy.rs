//! What every contract must carry is the office's to set (R64, R65).

use almoner::access::permissions::Role;
use almoner::awards::acts::{self, ImportedAward};
use almoner::awards::monitoring::rules::ToldPlan;
use almoner::awards::rules::{AwardInput, AwardState};
use almoner::kernel::{FigureNote, Provenance, Refusal, TextList};
use almoner::store::WriteMeta;
use reqwest::Method;
use serde_json::{Value, json};

use super::next_year::next_period;
use crate::support::Scene;

const PATH: &str = "/v1/agreement-policy";

fn policy(threshold: i64, weight: i32, kinds: Value) -> Value {
    json!({ "social_value_threshold_pence": threshold, "social_value_weight_percent": weight, "living_wage_kinds": kinds })
}

on_both! {
    fn an_administrator_sets_what_contracts_carry(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let administrator = app.office(&[Role::Administrator]);
        let built_in = scene.signatory.get(PATH).must(200);
        assert_eq!((&built_in.body["version"], &built_in.body["recorded_at"], &built_in.body["allowed_actions"]), (&json!(0), &Value::Null, &json!([])));
        assert_eq!((&built_in.body["social_value_threshold_pence"], &built_in.body["living_wage_kinds"]), (&json!(10_000_000), &json!(["contract"])));
        let seen = administrator.get(PATH).must(200);
        assert_eq!(seen.body["allowed_actions"], json!(["set"]));
        let next = policy(5_000_000, 20, json!(["contract"]));
        assert_eq!(scene.commissioner.put(PATH, seen.tag(), &next).must(403).code(), "forbidden");
        let set = administrator.put(PATH, seen.tag(), &next).must(200);
        assert_eq!((&set.body["version"], &set.body["social_value_weight_percent"]), (&json!(1), &json!(20)));
        assert_eq!(administrator.put(PATH, seen.tag(), &next).must(412).code(), "stale");
        let bare = administrator.request(Method::PUT, PATH).json(&next);
        assert_eq!(administrator.send(bare).must(428).code(), "precondition_required");
        let contract = |pence: i64, clauses: Value| {
            scene.commissioner.post("/v1/awards", &scene.grant(pence, json!({ "kind": "contract", "contract": clauses })))
        };
        contract(5_000_000, json!({ "living_wage_clause": true })).must(201);
        assert_eq!(contract(5_000_001, json!({ "living_wage_clause": true })).must(422).faults(), ["/contract/social_value required"]);
        let light = json!({ "living_wage_clause": true, "social_value": { "weight_percent": 19 } });
        assert_eq!(contract(5_000_001, light).must(422).faults(), ["/contract/social_value/weight_percent too_small"]);
        assert_eq!(contract(1, json!({ "living_wage_clause": false })).must(422).faults(), ["/contract/living_wage_clause required"]);
        let set = administrator.put(PATH, set.tag(), &policy(5_000_000, 20, json!([]))).must(200);
        contract(1, json!({ "living_wage_clause": false })).must(201);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", set.body["id"].as_str().unwrap()));
        let mut changes: Vec<_> = log.iter().map(|one| (one["before"]["social_value_threshold_pence"].as_i64(), one["act"].as_str())).collect();
        changes.sort_unstable();
        assert_eq!(changes, [(Some(5_000_000), Some("agreement_policy.set")), (Some(10_000_000), Some("agreement_policy.set"))]);
    }

    fn every_fault_of_the_policy_is_told(app) {
        let administrator = app.office(&[Role::Administrator]);
        let seen = administrator.get(PATH).must(200);
        let put = |body: Value| administrator.put(PATH, seen.tag(), &body).must(422).faults();
        let wanted = ["/living_wage_kinds too_many_items", "/social_value_threshold_pence too_small", "/social_value_weight_percent too_large"];
        assert_eq!(put(policy(-1, 101, json!(["contract", "grant"]))), wanted);
        assert_eq!(put(policy(1, 1, json!(["grant"]))), ["/living_wage_kinds/0 not_allowed"]);
        assert_eq!(put(json!({ "colour": 1, "social_value_threshold_pence": 1, "social_value_weight_percent": 1, "living_wage_kinds": [] })), ["/colour unknown_field"]);
        assert_eq!(administrator.get(PATH).must(200).body["version"], 0);
        app.nobody().get(PATH).must(401);
    }

    fn a_draft_that_a_new_policy_overtakes_says_so_without_pointing_into_the_offer(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let contract = scene.draft(9_000_000, json!({ "kind": "contract", "contract": { "living_wage_clause": true } }));
        let administrator = app.office(&[Role::Administrator]);
        let seen = administrator.get(PATH).must(200);
        administrator.put(PATH, seen.tag(), &policy(5_000_000, 10, json!(["contract"]))).must(200);
        let refused = scene.offer(&contract).must(422);
        assert_eq!(refused.faults(), [" required"]);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("R64") && message.contains("Mend `contract.social_value` of the draft first"), "{message}");
    }

    fn the_years_of_a_contract_are_held_against_the_threshold_together(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let terms = |second: i64| {
            let years = json!([{ "financial_year": "2020-21", "amount_pence": 5_000_000 }, { "financial_year": "2021-22", "amount_pence": second }]);
            scene.grant(5_000_000, json!({ "kind": "contract", "ends_on": "2022-03-31", "annual_amounts": years,
                "contract": { "living_wage_clause": true } }))
        };
        let wanted = ["/contract/social_value required"];
        assert_eq!(scene.commissioner.post("/v1/awards", &terms(5_000_001)).must(422).faults(), wanted);
        let draft = scene.commissioner.post("/v1/awards", &terms(5_000_000)).must(201);
        assert_eq!(draft.body["forward_commitments_pence"], 5_000_000);
        let more = json!({ "annual_amounts": terms(5_000_001)["annual_amounts"] });
        let path = format!("/v1/awards/{}", draft.id());
        assert_eq!(scene.commissioner.patch(&path, draft.tag(), &more).must(422).faults(), wanted);
        // What a lower threshold asks for is asked at the offer too.
        let administrator = app.office(&[Role::Administrator]);
        let set = |threshold: i64| {
            let tag = administrator.get(PATH).must(200).tag().to_owned();
            administrator.put(PATH, &tag, &policy(threshold, 10, json!(["contract"]))).must(200);
        };
        set(9_999_999);
        assert_eq!(scene.offer(&draft).must(422).faults(), [" required"]);
        set(10_000_000);
        scene.offer(&draft).must(200);
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
        // A profile that promises a penny more for the year to come brings the criterion with it.
        let years = |pence: i64| json!([{ "quarter": "2020-21-Q2", "amount_pence": 5_000_000 }, { "quarter": "2021-22-Q1", "amount_pence": pence }]);
        let plain = scene.live(5_000_000, json!({ "kind": "contract", "ends_on": "2022-03-31", "profile": years(5_000_000),
            "contract": { "living_wage_clause": true } }));
        let vary = |pence: i64, clauses: Option<Value>| {
            let mut input = json!({ "title": "More", "reason": "Demand", "effective_on": "2020-10-01", "profile": years(pence) });
            if let Some(clauses) = clauses {
                input["contract"] = clauses;
            }
            scene.commissioner.post(&format!("/v1/awards/{}/variations", plain.id()), &input)
        };
        assert_eq!(vary(5_000_001, None).must(422).faults(), wanted);
        vary(5_000_001, Some(json!({ "living_wage_clause": true, "social_value": {} }))).must(201);
        vary(4_999_999, None).must(201);
    }

    fn contracts_that_go_on_with_one_another_are_held_against_the_threshold_together(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let (period, plain) = (next_period(&scene, "2021-22", 100_000_000), json!({ "living_wage_clause": true }));
        let weighed = json!({ "living_wage_clause": true, "social_value": {} });
        let first = scene.live(6_000_000, json!({ "kind": "contract", "contract": plain }));
        let next = |pence: i64, succeeds: Value, clauses: &Value| {
            let changes = json!({ "kind": "contract", "fund_period_id": period, "tranche_id": null, "starts_on": "2021-04-01",
                "ends_on": "2022-03-31", "succeeds": succeeds, "contract": clauses });
            scene.commissioner.post("/v1/awards", &scene.grant(pence, changes))
        };
        let wanted = ["/contract/social_value required"];
        next(6_000_000, Value::Null, &plain).must(201);
        assert_eq!(next(6_000_000, json!(first.id()), &plain).must(422).faults(), wanted);
        next(6_000_000, json!(first.id()), &weighed).must(201);
        assert_eq!(next(4_000_001, json!(first.id()), &plain).must(422).faults(), wanted);
        let second = next(4_000_000, json!(first.id()), &plain).must(201);
        assert_eq!(scene.commissioner.patch(&format!("/v1/awards/{}", second.id()), second.tag(), &json!({ "amount_pence": 4_000_001 })).must(422).faults(), wanted);
        // A draft commits nothing; once it is offered, it counts for the contract that it goes on with.
        let vary = |clauses: Option<&Value>| {
            let mut input = json!({ "title": "More", "reason": "Demand", "effective_on": "2020-10-01", "value": { "change_pence": 1 } });
            if let Some(clauses) = clauses {
                input["contract"] = clauses.clone();
            }
            scene.commissioner.post(&format!("/v1/awards/{}/variations", first.id()), &input)
        };
        vary(None).must(201);
        let offer = json!({ "offered_on": "2021-04-01" });
        scene.commissioner.change(&format!("/v1/awards/{}/offer", second.id()), second.tag(), &offer).must(200);
        assert_eq!(vary(None).must(422).faults(), wanted);
        vary(Some(&weighed)).must(201);
    }

    fn an_import_is_held_against_all_years_of_a_contract_too(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let years = json!([{ "financial_year": "2020-21", "amount_pence": 5_000_000 }, { "financial_year": "2021-22", "amount_pence": 5_000_001 }]);
        let terms = scene.grant(5_000_000, json!({ "kind": "contract", "ends_on": "2022-03-31", "annual_amounts": years,
            "contract": { "living_wage_clause": true } }));
        let terms: AwardInput = serde_json::from_value(terms).unwrap();
        let import = |lacking: &[&str]| {
            let row = ImportedAward {
                reference: None,
                position: None,
                figure: FigureNote::default(),
                terms: terms.clone(),
                state: AwardState::Draft,
                decided_on: None,
                unspent: None,
                state_on: None,
                monitoring: ToldPlan::default(),
                provenance: Provenance {
                    not_evidenced: TextList(lacking.iter().map(|word| (*word).to_owned()).collect()),
                    ..Provenance::default()
                },
                note: None,
            };
            let meta = WriteMeta::system("test", "test");
            app.wait(app.service.db.write(meta, move |tx| acts::import_award(tx, &row)))
        };
        let refused = import(&[]).unwrap_err();
        assert!(matches!(&refused, Refusal::Invalid(faults) if faults.iter().any(|one| one.pointer == "/contract/social_value")), "{refused:?}");
        import(&["R64"]).unwrap();
    }
}
