//! Recoveries: what was paid is asked back, comes back to whoever paid it, or is given up by a second person.

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::runs::pay;
use super::{actions, cut, limit, office, prove, quarterly, ready, schedule};
use crate::support::client::new_key;
use crate::support::program::verify;
use crate::support::{Answer, App, Client, Scene};

fn get(who: &Client, id: &str) -> Answer {
    who.get(&format!("/v1/recoveries/{id}")).must(200)
}

/// An act on a recovery as it is now.
fn act(scene: &Scene, who: &Client, id: &str, noun: &str, body: &Value) -> Answer {
    who.change(&format!("/v1/recoveries/{id}/{noun}"), get(&scene.finance, id).tag(), body)
}

fn ask(scene: &Scene, award: &str, pence: i64) -> Answer {
    let body = json!({ "ground": "unspent", "amount_pence": pence, "days_to_pay": 14, "reason": "The post was empty." });
    scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &body)
}

fn receipt(pence: i64, reference: &str) -> Value {
    json!({ "amount_pence": pence, "bank_reference": reference })
}

/// An award of two budget lines of which two instalments are paid.
fn half_paid(scene: &Scene) -> String {
    let split = json!([{ "budget_line_id": scene.lines[0], "weight": 2 }, { "budget_line_id": scene.lines[1], "weight": 1 }]);
    let (award, ids) = quarterly(scene, 400_000, json!({ "tranche_id": null, "split": split }));
    pay(scene, &ids[..2]);
    award
}

/// Who sees what of a recovery that came and of another one, which is withdrawn, and what the books say then.
fn seen_and_ended(app: &App, scene: &Scene, award: &str, (id, other): (&str, &str)) {
    let path = format!("/v1/awards/{award}/recoveries");
    // The provider sees its own, and not what the office notes for itself.
    let own = get(&scene.author, id);
    assert_eq!(
        [&own.body["requested_by"], &own.body["letter"], &own.body["receipts"][0]["noted_by"], &own.body["reason"]],
        [&Value::Null, &Value::Null, &Value::Null, &json!("The post was empty.")]
    );
    assert_eq!(own.body["receipts"][0]["parts"], json!([]));
    scene.stranger.get(&format!("/v1/recoveries/{id}")).must(404);
    scene.author.post(&path, &json!({})).must(403);
    let found = |who: &Client, query: &str| who.all(&format!("/v1/recoveries{query}")).len();
    assert_eq!((found(&scene.author, ""), found(&scene.stranger, ""), scene.author.all(&path).len()), (2, 0, 2));
    assert_eq!(
        (found(&scene.finance, "?state=received"), found(&scene.finance, &format!("?fund_id={}&ground=unspent&limit=1", scene.fund))),
        (1, 2)
    );
    assert_eq!(found(&scene.finance, &format!("?provider_id={}&due_by=2020-01-01", scene.provider)), 0);
    // Whoever asked for it does not let it go, nor whoever has no limit for it.
    act(scene, &scene.commissioner, other, "withdrawal", &json!({ "reason": "It was spent after all." })).must(403);
    act(scene, &scene.approver, other, "withdrawal", &json!({ "reason": " " })).must(422);
    let withdrawn = act(scene, &scene.approver, other, "withdrawal", &json!({ "reason": "It was spent after all." })).must(200);
    assert_eq!([&withdrawn.body["state"], &withdrawn.body["outstanding_pence"]], [&json!("withdrawn"), &json!(0)]);
    assert_eq!(ask(scene, award, 140_001).must(422).faults(), ["/amount_pence too_large"], "it is paid once");
    // What came back is not paid again: the instalments that are left stay as they were.
    let left = |all: &[(String, i64)]| all.iter().map(|one| one.1).collect::<Vec<i64>>();
    schedule(scene, award, json!({ "basis": "quarterly", "due_after_days": 3 })).must(200);
    assert_eq!(left(&cut(scene, award)), [100_000; 4]);
    let report = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
    assert_eq!([&report.body["ledger_check"]["balanced"], &report.body["rows"][0]["recovered_pence"]], [&json!(true), &json!(60_000)]);
    let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}&outcome=done"));
    assert_eq!(log.len(), 3, "asked for, and twice received");
    assert!(verify(&app.database_url).0);
    app.sql("UPDATE recovery_part SET amount_pence = amount_pence + 1");
    let (holds, said) = verify(&app.database_url);
    assert!(!holds && said.contains("what came of it is not the sum of its receipts"), "{said}");
}

on_both! {
    fn money_asked_back_comes_back_to_whoever_paid_it(app) {
        let scene = ready(app);
        let tag = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200).tag().to_owned();
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), &tag, &json!({ "contact_email": "office@hands.example" })).must(200);
        let award = half_paid(&scene);
        assert_eq!(scene.held("paid", &award), [133_334, 66_666]);
        let before = scene.held("fund_period", &scene.period);
        let wrong = json!({ "ground": "unspent", "amount_pence": 200_001, "reason": " " });
        let path = format!("/v1/awards/{award}/recoveries");
        assert_eq!(scene.commissioner.post(&path, &wrong).must(422).faults(), ["/amount_pence too_large", "/reason blank"]);
        let made = ask(&scene, &award, 60_000).must(201);
        let id = made.id();
        assert_eq!([&made.body["state"], &made.body["outstanding_pence"], &made.body["letter"]["state"]], [&json!("requested"), &json!(60_000), &json!("queued")]);
        assert_eq!(made.body["reference"], format!("{}-R1", scene.award(&award).body["reference"].as_str().unwrap()));
        assert_eq!((actions(&made), actions(&get(&scene.finance, &id)), actions(&get(&scene.approver, &id))),
            (vec![], vec!["receive", "write_off", "withdraw"], vec!["write_off", "withdraw"]));
        // What is asked for already is not asked for again.
        assert_eq!(ask(&scene, &award, 140_001).must(422).faults(), ["/amount_pence too_large"]);
        let other = ask(&scene, &award, 140_000).must(201).id();
        assert_eq!((scene.held("paid", &award), scene.held("fund_period", &scene.period)), (vec![133_334, 66_666], before.clone()), "nothing moves before it came");

        let late = json!({ "amount_pence": 60_001, "bank_reference": "FPI 1", "received_on": "2999-01-01" });
        assert_eq!(act(&scene, &scene.finance, &id, "receipts", &late).must(422).faults(), ["/amount_pence too_large", "/received_on in_the_future"]);
        let early = json!({ "amount_pence": 10, "bank_reference": "FPI 1", "received_on": "2020-01-01" });
        assert_eq!(act(&scene, &scene.finance, &id, "receipts", &early).must(409).code(), "insufficient_balance", "before it was paid");
        act(&scene, &scene.commissioner, &id, "receipts", &receipt(10, "x")).must(403);
        let tag = get(&scene.finance, &id).tag().to_owned();
        let key = new_key();
        let twice = || {
            let request = scene.finance.request(Method::POST, &format!("/v1/recoveries/{id}/receipts"));
            let request = request.header("If-Match", tag.as_str()).header("Idempotency-Key", key.as_str());
            scene.finance.send(request.json(&receipt(20_000, "FPI 1"))).must(200)
        };
        assert_eq!(twice().body, twice().body);
        let part = get(&scene.finance, &id);
        assert_eq!([&part.body["state"], &part.body["received_pence"], &part.body["outstanding_pence"]], [&json!("requested"), &json!(20_000), &json!(40_000)]);
        assert_eq!(part.body["receipts"][0]["parts"].as_array().unwrap().len(), 2);
        assert_eq!(scene.held("paid", &award), [120_001, 59_999]);
        let moved: Vec<i64> = scene.held("fund_period", &scene.period).iter().zip(&before).map(|(after, before)| after - before).collect();
        assert_eq!(moved, [13_333, 6_667], "each line has its own back");
        assert_eq!(act(&scene, &scene.finance, &id, "receipts", &receipt(20_000, " FPI 1 ")).must(422).faults(), ["/bank_reference taken"]);
        let stale = scene.finance.change(&format!("/v1/recoveries/{id}/receipts"), &tag, &receipt(1, "FPI 2"));
        assert_eq!(stale.status, 412);
        let whole = act(&scene, &scene.finance, &id, "receipts", &receipt(40_000, "FPI 2")).must(200);
        assert_eq!([&whole.body["state"], &whole.body["outstanding_pence"], &whole.body["allowed_actions"]], [&json!("received"), &json!(0), &json!([])]);
        assert_eq!(act(&scene, &scene.finance, &id, "receipts", &receipt(1, "FPI 3")).must(409).code(), "wrong_state");

        seen_and_ended(app, &scene, &award, (&id, &other));
    }

    fn what_does_not_come_is_written_off_by_a_second_person(app) {
        let scene = ready(app);
        let award = half_paid(&scene);
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let body = json!({ "ground": "overpayment", "amount_pence": 50_000, "reason": "Paid twice." });
        let id = both.post(&format!("/v1/awards/{award}/recoveries"), &body).must(201).id();
        assert_eq!(get(&scene.finance, &id).body["letter"]["state"], "no_address");
        let why = json!({ "reason": "The group is wound up." });
        for noun in ["write-off", "withdrawal"] {
            assert_eq!(act(&scene, &both, &id, noun, &why).must(409).code(), "second_factor_required", "{noun}");
        }
        prove(app);
        for noun in ["write-off", "withdrawal"] {
            assert_eq!(act(&scene, &both, &id, noun, &why).must(409).code(), "same_person", "{noun}");
        }
        act(&scene, &scene.finance, &id, "receipts", &receipt(10_000, "FPI 1")).must(200);
        limit(&scene, json!([{ "role": "approver", "up_to_pence": 39_999 }])).must(200);
        let above = act(&scene, &scene.approver, &id, "write-off", &why).must(409);
        assert_eq!((above.code(), &above.body["limit_pence"], &above.body["amount_pence"]), ("rule_broken", &json!(39_999), &json!(40_000)));
        assert_eq!(act(&scene, &scene.approver, &id, "withdrawal", &why).must(409).body["limit_pence"], 39_999);
        assert_eq!(actions(&get(&scene.approver, &id)), Vec::<&str>::new());
        limit(&scene, json!([{ "role": "approver", "up_to_pence": 40_000 }])).must(200);
        let held = scene.held("paid", &award);
        // The award is closed while the recovery is open, and the recovery goes on.
        let change = |noun: &str, body: &Value| scene.commissioner.change(&format!("/v1/awards/{award}/{noun}"), scene.award(&award).tag(), body);
        change("end", &json!({ "ended_on": "2020-12-31" })).must(200);
        change("closure", &json!({})).must(200);
        let done = act(&scene, &scene.approver, &id, "write-off", &why).must(200);
        assert_eq!([&done.body["state"], &done.body["written_off_pence"], &done.body["outstanding_pence"], &done.body["received_pence"]],
            [&json!("written_off"), &json!(40_000), &json!(0), &json!(10_000)]);
        assert_eq!((scene.held("paid", &award), done.body["ended_reason"].as_str()), (held, Some("The group is wound up.")), "no money moves");
        let own = get(&scene.author, &id);
        assert_eq!([&own.body["written_off_pence"], &own.body["ended_reason"]], [&json!(40_000), &Value::Null]);
        // What was given up is not asked for again, and is taken where it comes after all.
        assert_eq!(ask(&scene, &award, 150_001).must(422).faults(), ["/amount_pence too_large"]);
        let later = act(&scene, &scene.finance, &id, "receipts", &receipt(5_000, "FPI 2")).must(200);
        assert_eq!([&later.body["state"], &later.body["written_off_pence"]], [&json!("written_off"), &json!(35_000)]);
        assert_eq!(scene.held("paid", &award).iter().sum::<i64>(), 185_000);
        assert!(verify(&app.database_url).0);
        // Who asked for it is kept apart in all ways: a batch of one, and another role of the same person.
        let second = ask(&scene, &award, 150_000).must(201).id();
        let fin = office(app, &[Role::Finance]);
        assert_eq!(act(&scene, &fin, &second, "write-off", &why).must(409).body["limit_pence"], Value::Null);
    }
}
