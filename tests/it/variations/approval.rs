//! What the office sets for its variations: which changes of the value somebody else approves, and how much may be used for something else freely.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{accepted, act, actions, draft, input, profile};
use crate::support::{Answer, App, Scene};

fn set(app: &App, policy: &Value) -> Answer {
    let administrator = app.office(&[Role::Administrator]);
    let tag = administrator.get("/v1/variation-policy").must(200).tag().to_owned();
    administrator.put("/v1/variation-policy", &tag, policy)
}

on_both! {
    fn somebody_else_approves_a_large_change(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let built_in = scene.commissioner.get("/v1/variation-policy").must(200);
        assert_eq!((&built_in.body["version"], &built_in.body["virement_tolerance_percent"], &built_in.body["approval_above_pence"], actions(&built_in)),
            (&json!(0), &json!(0), &Value::Null, vec![]));
        assert_eq!(scene.commissioner.put("/v1/variation-policy", built_in.tag(), &json!({ "virement_tolerance_percent": 1 })).status, 403);
        assert_eq!(set(app, &json!({ "virement_tolerance_percent": 101 })).must(422).faults(), ["/virement_tolerance_percent too_large"]);
        let policy = set(app, &json!({ "virement_tolerance_percent": 0, "approval_above_pence": 50_000 })).must(200);
        assert_eq!((&policy.body["version"], actions(&policy)), (&json!(1), vec!["set"]));

        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let small = accepted(&scene, &award, json!({ "value": { "change_pence": 50_000 } }));
        assert_eq!((&small.body["needs_approval"], small.body["state"].as_str()), (&json!(false), Some("accepted")));
        act(&scene.commissioner, &small, "withdrawal").must(200);
        let input = input(&json!({ "value": { "change_pence": -50_001 } }));
        let large = both.post(&format!("/v1/awards/{award}/variations"), &input).must(201);
        let path = format!("/v1/variations/{}", large.id());
        assert_eq!((&large.body["needs_approval"], actions(&large)), (&json!(true), vec!["edit", "withdraw"]));
        let refused = act(&scene.commissioner, &large, "issue").must(409);
        assert_eq!((refused.code(), &refused.body["change_pence"], &refused.body["approval_above_pence"]), ("rule_broken", &json!(-50_001), &json!(50_000)));
        assert_eq!(refused.body["detail"], "This changes the value by £500.01. A change of more than £500.00 is approved first by an approver who did not write it; \
            then it can be issued.");
        // Not by whoever may not, nor by whoever wrote any version of it.
        assert_eq!(act(&scene.commissioner, &large, "approval").status, 403);
        assert_eq!(act(&both, &large, "approval").must(409).code(), "same_person");
        let edited = scene.commissioner.patch(&path, large.tag(), &json!({ "value": { "change_pence": -60_000 } })).must(200);
        assert_eq!(act(&both, &edited, "approval").must(409).code(), "same_person");
        assert!(!actions(&both.get(&path).must(200)).contains(&"approve"));
        assert_eq!(actions(&scene.approver.get(&path).must(200)), ["approve"]);
        let approved = act(&scene.approver, &edited, "approval").must(200);
        assert!(approved.body["approved_by"].as_str().unwrap().starts_with("approver"), "{}", approved.text);
        // Whoever changes it takes the approval away.
        let changed = scene.commissioner.patch(&path, approved.tag(), &json!({ "value": { "change_pence": -70_000 } })).must(200);
        assert_eq!(changed.body["approved_on"], Value::Null);
        assert_eq!(act(&scene.commissioner, &changed, "issue").must(409).code(), "rule_broken");
        let approved = act(&scene.approver, &changed, "approval").must(200);
        assert_eq!(act(&scene.approver, &approved, "approval").must(200).body["state"], "draft", "twice is harmless");
        let issued = act(&scene.commissioner, &scene.commissioner.get(&path).must(200), "issue").must(200);
        assert_eq!(scene.signatory.get(&path).must(200).body["approved_by"], Value::Null, "who approved is the office's matter");
        let ready = act(&scene.signatory, &issued, "acceptance").must(200);
        assert_eq!(act(&scene.commissioner, &ready, "application").must(200).body["state"], "applied");
        let needless = draft(&scene, &award, json!({ "value": { "change_pence": 5 } })).must(201);
        assert_eq!(act(&scene.approver, &needless, "approval").must(409).code(), "rule_broken");
    }

    fn what_was_approved_is_not_sent_on_otherwise(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        set(app, &json!({ "virement_tolerance_percent": 0, "approval_above_pence": 50_000 })).must(200);
        let large = draft(&scene, &award, json!({ "value": { "change_pence": 60_000 }, "profile": profile([120_000; 3]) })).must(201);
        let approved = act(&scene.approver, &large, "approval").must(200);
        let issued = act(&scene.commissioner, &approved, "issue").must(200);
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 30_000 } }));
        act(&scene.commissioner, &first, "application").must(200);
        let rebase = |with: Value| scene.commissioner.change(&format!("/v1/variations/{}/rebase", issued.id()), issued.tag(), &with);
        assert_eq!(rebase(json!({})).must(422).faults(), ["/profile does_not_add_up"]);
        let refused = rebase(json!({ "profile": profile([130_000; 3]) })).must(409);
        assert_eq!(refused.code(), "rule_broken");
        assert!(refused.body["detail"].as_str().unwrap().contains("draft it anew"), "{}", refused.text);
        act(&scene.commissioner, &issued, "withdrawal").must(200);
    }

    fn a_little_is_used_for_something_else_freely(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let moves = |pence: i64| json!({ "is_unilateral": true, "use_of_funds": [{ "from_category": "pay", "to_category": "rent", "amount_pence": pence }] });
        assert_eq!(draft(&scene, &award, moves(1)).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        set(app, &json!({ "virement_tolerance_percent": 10 })).must(200);
        let refused = draft(&scene, &award, moves(30_001)).must(422);
        assert_eq!(refused.faults(), ["/is_unilateral needs_acceptance"]);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains("more than 10 %"), "{}", refused.text);
        let issued = |pence: i64| act(&scene.commissioner, &draft(&scene, &award, moves(pence)).must(201), "issue").must(200);
        let (first, second) = (issued(20_000), issued(10_001));
        act(&scene.commissioner, &first, "application").must(200);
        // Together they would be more than the tolerance; the second stood on the uses as they were, and is refused for that first.
        let overtaken = act(&scene.commissioner, &second, "application").must(409);
        assert_eq!(overtaken.body["fields"], json!(["use_of_funds"]));
        let path = format!("/v1/variations/{}/rebase", second.id());
        let refused = scene.commissioner.change(&path, second.tag(), &json!({})).must(422);
        assert_eq!(refused.faults(), [" needs_acceptance"]);
        assert_eq!(draft(&scene, &award, moves(10_001)).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let other = json!({ "is_unilateral": true, "use_of_funds": [{ "from_category": "travel", "to_category": "food", "amount_pence": 10_000 }] });
        let other = act(&scene.commissioner, &draft(&scene, &award, other).must(201), "issue").must(200);
        // A tolerance that is lowered meanwhile counts when it is applied.
        set(app, &json!({ "virement_tolerance_percent": 9 })).must(200);
        let refused = act(&scene.commissioner, &other, "application").must(409);
        assert_eq!((refused.code(), &refused.body["moved_pence"], &refused.body["tolerance_pence"]), ("rule_broken", &json!(30_000), &json!(27_000)));
        set(app, &json!({ "virement_tolerance_percent": 10 })).must(200);
        act(&scene.commissioner, &other, "application").must(200);
        let with_consent = accepted(&scene, &award, json!({ "use_of_funds": [{ "from_category": "pay", "to_category": "rent", "amount_pence": 200_000 }] }));
        act(&scene.commissioner, &with_consent, "application").must(200);
        assert_eq!(scene.held("committed", &award), [300_000, 0], "no money moves");
    }
}
