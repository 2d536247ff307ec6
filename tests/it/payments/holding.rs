//! What holds payments: rules that are data, and what releases them.

use serde_json::{Value, json};

use super::{act, actions, authorise, because, get, quarterly, ready};
use crate::returns::accepted;
use crate::support::{Answer, Scene};

fn rule(scene: &Scene, input: &Value) -> Answer {
    scene.chief.post("/v1/payment-rules", input)
}

fn spent(pence: i64) -> Value {
    json!({ "spend": [{ "category": "staff", "amount_pence": pence }], "narrative": "We ran the sessions." })
}

on_both! {
    fn a_late_return_holds_nothing_unless_a_rule_says_so(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        assert_eq!(get(&scene.author, &ids[1]).body["state"], "scheduled", "R71");
        let made = rule(&scene, &json!({ "kind": "return_not_accepted", "fund_id": scene.fund })).must(201);
        assert_eq!(actions(&made), ["update", "lift"]);
        assert_eq!(because(&get(&scene.author, &ids[0])), Vec::<&str>::new());
        let held = get(&scene.author, &ids[1]);
        assert_eq!((held.body["state"].as_str(), because(&held)), (Some("held"), vec!["The return for 2020-21-Q1 is not accepted."]));
        assert_eq!(held.body["holds"][0]["released_by"], "It goes on once that return is accepted.");
        assert_eq!(scene.commissioner.all("/v1/payments?is_held=true").len(), 3);
        assert_eq!(scene.commissioner.all("/v1/payments?is_held=false").len(), 1);
        let refused = authorise(&scene.approver, &ids[1]).must(409);
        assert_eq!((refused.code(), &refused.body["holds"][0]["kind"]), ("rule_broken", &json!("return_not_accepted")));
        accepted(&scene, &award, "2020-21-Q1", &spent(90_000));
        assert_eq!(get(&scene.author, &ids[1]).body["state"], "scheduled");
        // One that is authorised and comes to be held does not leave either.
        authorise(&scene.approver, &ids[1]).must(200);
        let late = json!({ "kind": "variance", "percent": 9 });
        rule(&scene, &late).must(201);
        assert_eq!(rule(&scene, &json!({ "kind": "variance", "quarters_back": 1 })).must(422).faults(), ["/percent required", "/quarters_back not_allowed"]);
        assert_eq!(scene.finance.post("/v1/payment-runs", &json!({})).status, 201, "without a profile nothing is far from it");
        scene.commissioner.post("/v1/payment-rules", &late).must(403);
        scene.approver.post("/v1/payment-rules", &late).must(403);
    }

    fn what_a_rule_holds_is_overridden_by_two_or_lifted_for_all(app) {
        let scene = ready(app);
        let profile: Value = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"].iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 100_000 })).collect();
        let (award, ids) = quarterly(&scene, 400_000, json!({ "profile": profile }));
        let made = rule(&scene, &json!({ "kind": "variance", "percent": 10, "award_kind": "grant" })).must(201);
        accepted(&scene, &award, "2020-21-Q1", &spent(89_999));
        assert_eq!(because(&get(&scene.finance, &ids[0])), ["£899.99 was accepted as spent where £1,000.00 was planned, which is more than 10 % apart."]);
        assert!(actions(&get(&scene.commissioner, &ids[0])).contains(&"release"));
        assert_eq!(act(&scene.commissioner, &ids[0], "release", &json!({ "reason": " " })).must(422).faults(), ["/reason blank"]);
        let over = act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "they have spent it since" })).must(200);
        assert_eq!([&over.body["state"], &over.body["overridden_rule_ids"]], [&json!("scheduled"), &json!([made.id()])]);
        assert_eq!(act(&scene.commissioner, &ids[0], "release", &json!({ "reason": "again" })).must(409).code(), "rule_broken");
        authorise(&scene.approver, &ids[0]).must(200);
        // In an emergency one act lifts the rule for the fund.
        assert_eq!(because(&get(&scene.finance, &ids[1])).len(), 1);
        let path = format!("/v1/payment-rules/{}", made.id());
        let lift = |until: &str| json!({ "fund_id": scene.fund, "lifted_until": until, "reason": "nobody can visit them" });
        assert_eq!(scene.chief.change(&format!("{path}/lifts"), made.tag(), &lift("2020-01-01")).must(422).faults(), ["/lifted_until too_early"]);
        let lifted = scene.chief.change(&format!("{path}/lifts"), made.tag(), &lift("2999-01-01")).must(200);
        assert_eq!(lifted.body["lifts"][0]["fund"]["code"], "CIF");
        assert_eq!(because(&get(&scene.finance, &ids[1])), Vec::<&str>::new());
        scene.chief.patch(&path, made.tag(), &json!({ "percent": 20 })).must(412);
        assert_eq!(scene.chief.patch(&path, lifted.tag(), &json!({ "kind": "award_paused", "percent": null })).must(422).faults(), ["/kind fixed"]);
        let off = scene.chief.patch(&path, lifted.tag(), &json!({ "is_active": false })).must(200);
        assert_eq!([&off.body["is_active"], &off.body["version"]], [&json!(false), &json!(3)]);
    }

    fn an_insurance_a_pause_and_an_unsigned_variation_hold_where_a_rule_says_so(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        for kind in ["check_not_current", "variation_unsigned", "award_paused"] {
            rule(&scene, &json!({ "kind": kind })).must(201);
        }
        assert_eq!(because(&get(&scene.finance, &ids[0])), Vec::<&str>::new());
        let check = json!({ "kind": "insurance", "outcome": "passed", "checked_on": "2020-07-01", "expires_on": "2020-12-31" });
        scene.commissioner.post(&format!("/v1/providers/{}/checks", scene.provider), &check).must(201);
        let pause = json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": "to complete the project" });
        scene.commissioner.change(&format!("/v1/awards/{award}/pause"), scene.award(&award).tag(), &pause).must(200);
        let variation = json!({ "title": "More time", "reason": "closed", "effective_on": "2020-10-01", "dates": { "ends_on": "2021-02-28" } });
        let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &variation).must(201);
        let path = format!("/v1/variations/{}", drafted.id());
        let issued = scene.commissioner.change(&format!("{path}/issue"), drafted.tag(), &json!({})).must(200);
        let said = get(&scene.finance, &ids[0]);
        let wanted = ["check_not_current", "variation_unsigned", "award_paused"].map(Value::from);
        assert_eq!(said.body["holds"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect::<Vec<_>>(), wanted);
        scene.signatory.change(&format!("{path}/refusal"), issued.tag(), &json!({ "reason": "no" })).must(200);
        let newer = json!({ "kind": "insurance", "outcome": "passed", "checked_on": "2021-01-01", "expires_on": "2999-12-31" });
        scene.commissioner.post(&format!("/v1/providers/{}/checks", scene.provider), &newer).must(201);
        assert_eq!(because(&get(&scene.finance, &ids[0])), ["The award is paused."]);
        scene.commissioner.change(&format!("/v1/awards/{award}/resumption"), scene.award(&award).tag(), &json!({})).must(200);
        authorise(&scene.approver, &ids[0]).must(200);
    }
}
