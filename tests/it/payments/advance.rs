//! Payments of a fund, of a provider or of some awards come forward in one act (R16), or none does: one person asks for it, and another approves it.

use serde_json::{Value, json};

use super::{act, authorise, get, office, quarterly, ready, schedule};
use crate::support::{Answer, Client, Scene};
use almoner::access::permissions::Role;

/// A live award that is paid in far years, and the ids of its payments.
fn far(scene: &Scene, pence: i64) -> (String, Vec<String>) {
    let award = scene.live(pence, json!({})).id();
    let milestone = |day: &str| json!({ "waits_for": "a session", "due_on": day, "weight": 1 });
    schedule(scene, &award, json!({ "basis": "milestones", "milestones": [milestone("2990-01-01"), milestone("2991-01-01")] })).must(200);
    let ids = super::of_award(scene, &award).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (award, ids)
}

/// An act on a request to bring payments forward, as whoever acts sees it.
fn decide(who: &Client, id: &str, noun: &str, body: &Value) -> Answer {
    let tag = who.get(&format!("/v1/payment-advances/{id}")).must(200).tag().to_owned();
    who.change(&format!("/v1/payment-advances/{id}/{noun}"), &tag, body)
}

on_both! {
    fn a_fund_pays_earlier_as_a_whole(app) {
        let scene = ready(app);
        let ((first, one), (second, two)) = (far(&scene, 400_000), far(&scene, 100_000));
        quarterly(&scene, 10_000, json!({}));
        let ask = |changes: Value| {
            let mut input = json!({ "fund_id": scene.fund, "due_by": "2995-01-01", "due_on": "2980-01-01", "reason": "costs of the pandemic" });
            for (name, value) in changes.as_object().unwrap() {
                input[name] = value.clone();
            }
            input
        };
        let preview = |changes: Value| scene.commissioner.post("/v1/payments/advance/preview", &ask(changes));
        let seen = preview(json!({})).must(200).body;
        assert_eq!([&seen["payments_count"], &seen["amount_pence"], &seen["funds"][0]["amount_pence"]], [&json!(4), &json!(500_000), &json!(500_000)]);
        assert_eq!([&seen["budget_lines"][0]["amount_pence"], &seen["budget_lines"][0]["funding_source"]["code"]], [&json!(500_000), &json!("poca")]);
        assert_eq!(get(&scene.finance, &one[0]).body["due_on"], "2990-01-01", "nothing is written");
        // What somebody holds, and what goes out with a run, keep all where they are.
        act(&scene.commissioner, &one[0], "hold", &json!({ "reason": "the account changes" })).must(200);
        act(&scene.commissioner, &two[0], "proof", &json!({ "note": "seen" })).must(200);
        act(&office(app, &[Role::Finance]), &two[0], "advance", &json!({ "due_on": "2985-01-01", "reason": "sooner" })).must(200);
        authorise(&scene.approver, &two[0]).must(200);
        let refused = preview(json!({})).must(200).body["refused"].clone();
        assert_eq!([&refused[0]["code"], &refused[0]["payment_id"], &refused[1]], [&json!("held"), &json!(one[0]), &Value::Null]);
        let all = scene.commissioner.post("/v1/payments/advance", &ask(json!({}))).must(409);
        let why = &all.body["refused"][0];
        assert_eq!((all.code(), &why["award_id"], &why["reasons"][0]["code"]), ("awards_refused", &json!(first), &json!("held")));
        assert!(all.body["refused"][1].is_null() && why["award"].is_string(), "{}", all.body);
        assert_eq!(get(&scene.finance, &one[1]).body["due_on"], "2991-01-01", "none of them");
        // By choice without it, once somebody else has approved it: what was authorised is authorised anew, by somebody else.
        let whole = office(app, &[Role::Commissioner, Role::Finance]);
        let asked = whole.post("/v1/payments/advance", &ask(json!({ "skip_refused": true }))).must(201);
        assert_eq!([&asked.body["state"], &asked.body["amount_pence"], &asked.body["payments_count"]], [&json!("asked"), &json!(300_000), &json!(3)]);
        let there = asked.header("location").unwrap();
        assert_eq!(there, format!("/v1/payment-advances/{}", asked.id()));
        assert_eq!(whole.get(there).must(200).body, asked.body);
        assert_eq!(get(&scene.finance, &one[1]).body["due_on"], "2991-01-01", "nothing comes forward before it is approved");
        let own = decide(&whole, &asked.id(), "approval", &json!({})).must(409);
        assert_eq!((own.code(), &own.body["detail"]), ("same_person", &json!("You asked that these payments come forward. Somebody else has to approve that.")));
        let above = decide(&scene.finance, &asked.id(), "approval", &json!({})).must(409);
        assert_eq!((above.code(), &above.body["limit_pence"]), ("rule_broken", &json!(200_000)), "the limit of payments holds");
        decide(&scene.commissioner, &asked.id(), "approval", &json!({})).must(403);
        let approved = decide(&scene.approver, &asked.id(), "approval", &json!({})).must(200);
        assert_eq!(decide(&scene.approver, &asked.id(), "approval", &json!({})).must(409).code(), "wrong_state");
        let done = approved.body;
        assert_eq!([&done["advance"]["state"], &done["advance"]["reason"]], [&json!("approved"), &json!("costs of the pandemic")]);
        assert_eq!([&done["amount_pence"], &done["left_out"][0]["payment_id"]], [&json!(300_000), &json!(one[0])]);
        assert_eq!(done["payments"].as_array().unwrap().len(), 3);
        let moved = get(&scene.commissioner, &two[0]);
        assert_eq!([&moved.body["state"], &moved.body["due_on"]], [&json!("scheduled"), &json!("2980-01-01")]);
        let both = office(app, &[Role::Commissioner, Role::Approver]);
        assert_eq!(authorise(&whole, &two[0]).must(409).code(), "same_person", "whoever asked for the advance asked for each payment");
        assert_eq!(authorise(&scene.approver, &two[0]).must(200).body["state"], "authorised");
        assert_eq!((scene.held("committed", &first), scene.held("committed", &second)), (vec![400_000, 0], vec![100_000, 0]), "nothing is paid by that");
        // Once more there is none left, and whose they are must be said.
        assert_eq!(scene.commissioner.post("/v1/payments/advance", &ask(json!({ "skip_refused": true }))).must(409).code(), "awards_refused");
        assert_eq!(both.post("/v1/payments/advance", &ask(json!({ "fund_id": null, "reason": " " }))).must(422).faults(), ["/fund_id required", "/reason blank"]);
        let some = both.post("/v1/payments/advance", &ask(json!({ "fund_id": null, "award_ids": [second], "due_on": "2979-01-01" }))).must(201);
        assert_eq!(decide(&scene.approver, &some.id(), "approval", &json!({})).must(200).body["payments"].as_array().unwrap().len(), 2);
        assert_eq!(authorise(&both, &two[0]).must(409).code(), "same_person");
        let log = app.office(&[Role::Auditor]).all("/v1/audit-events?act=payment_advance.approve&outcome=done&record_kind=payment_advance");
        assert!(log.len() == 2 && log.iter().any(|event| event["after"]["left_out"][0]["payment_id"] == json!(one[0])));
        assert!(log.iter().any(|event| event["reason"] == "costs of the pandemic" && event["before"]["state"] == "asked"), "{log:?}");
        // One that is taken back is over, and the list has all of them.
        let third = both.post("/v1/payments/advance", &ask(json!({ "fund_id": null, "award_ids": [second], "due_on": "2978-01-01" }))).must(201);
        assert_eq!(decide(&both, &third.id(), "withdrawal", &json!({ "reason": " " })).must(422).faults(), ["/reason blank"]);
        assert_eq!(decide(&both, &third.id(), "withdrawal", &json!({ "reason": "not needed" })).must(200).body["note"], "not needed");
        assert_eq!(decide(&scene.approver, &third.id(), "approval", &json!({})).must(409).code(), "wrong_state");
        let states = |query: &str| scene.finance.all(&format!("/v1/payment-advances{query}")).iter().map(|one| one["state"].clone()).collect::<Vec<_>>();
        assert_eq!((states(""), states("?state=withdrawn")), (vec![json!("approved"), json!("approved"), json!("withdrawn")], vec![json!("withdrawn")]));
    }

    fn what_is_approved_is_what_was_asked_for(app) {
        let scene = ready(app);
        let (award, ids) = far(&scene, 400_000);
        let input = json!({ "award_ids": [award], "due_by": "2995-01-01", "due_on": "2980-01-01", "reason": "costs of the pandemic", "skip_refused": true });
        let asked = scene.commissioner.post("/v1/payments/advance", &input).must(201);
        // Whoever approves sees which payments they are, and proves who they are.
        let seen = scene.approver.get(&format!("/v1/payment-advances/{}", asked.id())).must(200).body;
        let meant: Vec<[&Value; 4]> = seen["payments"].as_array().unwrap().iter()
            .map(|one| [&one["id"], &one["award"]["id"], &one["provider"]["id"], &one["amount_pence"]]).collect();
        let one = |at: usize| [json!(ids[at]), json!(award), json!(scene.provider), json!(200_000)];
        assert_eq!(json!(meant), json!([one(0), one(1)]));
        assert_eq!([&seen["payments"][0]["due_on"], &seen["payments"][1]["due_on"]], [&json!("2990-01-01"), &json!("2991-01-01")]);
        assert_eq!(scene.finance.all("/v1/payment-advances")[0]["payments"], Value::Null, "a list names none");
        let unproven = app.office(&[Role::Approver]);
        assert_eq!(decide(&unproven, &asked.id(), "approval", &json!({})).must(409).code(), "second_factor_required");
        act(&scene.commissioner, &ids[0], "hold", &json!({ "reason": "the account changes" })).must(200);
        let other = decide(&scene.approver, &asked.id(), "approval", &json!({})).must(409);
        assert_eq!((other.code(), &other.body["payments_count"], &other.body["amount_pence"]), ("rule_broken", &json!(1), &json!(200_000)));
        assert_eq!(get(&scene.finance, &ids[1]).body["due_on"], "2991-01-01", "none of them");
        // Nor once the new day is past.
        app.sql("UPDATE payment_advance SET asked = replace(asked, '2980-01-01', '2020-01-01')");
        let past = decide(&scene.approver, &asked.id(), "approval", &json!({})).must(409);
        assert!(past.code() == "rule_broken" && past.body["detail"].as_str().unwrap().contains("2020-01-01 is past"), "{}", past.body);
        let tag = scene.approver.get(&format!("/v1/payment-advances/{}", asked.id())).must(200).tag().to_owned();
        decide(&scene.commissioner, &asked.id(), "withdrawal", &json!({ "reason": "asked anew" })).must(200);
        scene.approver.change(&format!("/v1/payment-advances/{}/approval", asked.id()), &tag, &json!({})).must(412);
    }

    fn another_payment_of_the_same_sum_was_not_asked_for(app) {
        let scene = ready(app);
        let (award, ids) = far(&scene, 400_000);
        act(&scene.commissioner, &ids[1], "hold", &json!({ "reason": "the account changes" })).must(200);
        let input = json!({ "award_ids": [award], "due_by": "2995-01-01", "due_on": "2980-01-01", "reason": "costs of the pandemic", "skip_refused": true });
        let asked = scene.commissioner.post("/v1/payments/advance", &input).must(201);
        assert_eq!([&asked.body["payments"][0]["id"], &asked.body["payments"][1]], [&json!(ids[0]), &Value::Null]);
        act(&scene.commissioner, &ids[0], "hold", &json!({ "reason": "the account changes" })).must(200);
        act(&scene.commissioner, &ids[1], "release", &json!({ "reason": "it has changed" })).must(200);
        let other = decide(&scene.approver, &asked.id(), "approval", &json!({})).must(409);
        assert_eq!((other.code(), &other.body["payments_count"], &other.body["amount_pence"]), ("rule_broken", &json!(1), &json!(200_000)));
        assert_eq!(get(&scene.finance, &ids[1]).body["due_on"], "2991-01-01", "it was not asked for");
    }

    fn what_does_not_come_forward_keeps_its_money(app) {
        let scene = ready(app);
        let (award, ids) = far(&scene, 400_000);
        act(&scene.commissioner, &ids[0], "proof", &json!({ "note": "seen" })).must(200);
        authorise(&scene.approver, &ids[0]).must(200);
        // As a payment is that went to the finance system, beside one that takes more than what is left.
        app.sql("UPDATE payment_version SET state = 'exported' WHERE state = 'authorised'");
        app.sql("UPDATE payment_version SET amount_pence = 300000 WHERE due_on = '2991-01-01'");
        let input = json!({ "award_ids": [award], "due_by": "2995-01-01", "due_on": "2980-01-01", "reason": "costs of the pandemic" });
        let seen = scene.commissioner.post("/v1/payments/advance/preview", &input).must(200).body;
        let refused: Vec<(&Value, &Value)> = seen["refused"].as_array().unwrap().iter().map(|one| (&one["payment_id"], &one["code"])).collect();
        assert_eq!(refused, [(&json!(ids[0]), &json!("in_a_run")), (&json!(ids[1]), &json!("insufficient_balance"))]);
        assert_eq!(seen["payments_count"], 0);
    }
}
