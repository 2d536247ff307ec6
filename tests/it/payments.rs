//! Payments: cut, held, authorised by two people, sent to the finance system and confirmed by it.

mod advance;
mod any_order;
mod crash;
mod holding;
mod mended;
mod recoveries;
pub mod runs;
mod schedules;
mod year_end;
mod year_end_owed;
mod year_end_shut;

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use crate::support::{Answer, App, Backend, Client, Scene};

/// An office in which payments can be made: the provider has a supplier number, and finance and approvers have limits.
pub fn ready(app: &App) -> Scene {
    let scene = Scene::set(app, 10_000_000, 1_000_000);
    let path = format!("/v1/providers/{}", scene.provider);
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &json!({ "supplier_number": "S4711" })).must(200);
    limit(&scene, json!([{ "role": "finance", "up_to_pence": 200_000 }, { "role": "approver", "up_to_pence": 1_000_000 }])).must(200);
    prove(app);
    scene
}

/// Gives every session that there is its second factor, as codes of their authenticators would.
pub fn prove(app: &App) {
    let now = match app.backend {
        Backend::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
        Backend::Postgres => "now()",
    };
    app.sql(&format!("UPDATE session SET second_factor_at = {now}"));
}

/// Somebody of the office whose session has its second factor.
pub fn office(app: &App, roles: &[Role]) -> Client {
    let who = app.office(roles);
    prove(app);
    who
}

fn limit(scene: &Scene, limits: Value) -> Answer {
    let tag = scene.chief.get("/v1/payment-policy").must(200).tag().to_owned();
    let policy = json!({ "invoice_days": 30, "duplicate_days": 14, "limits": limits });
    scene.chief.put("/v1/payment-policy", &tag, &policy)
}

/// Says how an award is paid, as the commissioner.
pub fn schedule(scene: &Scene, award: &str, plan: Value) -> Answer {
    let path = format!("/v1/awards/{award}/payment-schedule");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.put(&path, &tag, &plan)
}

/// The payments of an award as the office sees them, by the day on which they are due.
pub fn of_award(scene: &Scene, award: &str) -> Vec<Value> {
    scene.commissioner.all(&format!("/v1/awards/{award}/payments"))
}

/// These fields of the payments of an award that are not cancelled.
pub fn shown(scene: &Scene, award: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let all = of_award(scene, award).into_iter().filter(|one| one["state"] != "cancelled");
    all.map(|one| fields.iter().map(|field| one[*field].clone()).collect()).collect()
}

/// Instalment and amount of the payments of an award that are not cancelled.
fn cut(scene: &Scene, award: &str) -> Vec<(String, i64)> {
    let of = |one: Vec<Value>| (one[0].as_str().unwrap().to_owned(), one[1].as_i64().unwrap());
    shown(scene, award, &["instalment", "amount_pence"]).into_iter().map(of).collect()
}

pub fn get(who: &Client, id: &str) -> Answer {
    who.get(&format!("/v1/payments/{id}")).must(200)
}

/// An act on a payment as it is now.
pub fn act(who: &Client, id: &str, noun: &str, body: &Value) -> Answer {
    who.change(&format!("/v1/payments/{id}/{noun}"), get(who, id).tag(), body)
}

pub fn authorise(who: &Client, id: &str) -> Answer {
    act(who, id, "authorisation", &json!({}))
}

fn actions(answer: &Answer) -> Vec<&str> {
    answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// A live award that is paid quarterly, and the ids of its payments.
pub fn quarterly(scene: &Scene, pence: i64, changes: Value) -> (String, Vec<String>) {
    let award = scene.live(pence, changes).id();
    schedule(scene, &award, json!({ "basis": "quarterly" })).must(200);
    let ids = of_award(scene, &award).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (award, ids)
}

/// Acts of every kind with payments and with the end of the year, on awards of their own.
pub fn every_kind(scene: &Scene, rounds: i64) {
    let why = json!({ "reason": "whatever" });
    let mut today = String::new();
    for round in 0..rounds {
        let (award, ids) = quarterly(scene, 4_001 + round, json!({ "title": format!("Paid {round}") }));
        act(&scene.commissioner, &ids[3], "hold", &why).must(200);
        act(&scene.commissioner, &ids[3], "release", &why).must(200);
        let run = runs::pay(scene, &ids[..2]);
        today = get(&scene.finance, &ids[0]).body["authorised_on"].as_str().unwrap().to_owned();
        runs::confirm(scene, &run, &format!("{},returned,{today},,,no such account\n", runs::reference(scene, &ids[0]))).must(200);
        act(&scene.commissioner, &ids[0], "cancellation", &why).must(200);
        let asked = json!({ "ground": "unspent", "amount_pence": 300, "reason": "The post was empty." });
        let asked = scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &asked).must(201);
        let receipt = json!({ "amount_pence": 200, "bank_reference": format!("FPI {round}") });
        scene.finance.change(&format!("/v1/recoveries/{}/receipts", asked.id()), asked.tag(), &receipt).must(200);
        schedule(scene, &award, json!({ "basis": "quarterly", "due_after_days": 10 })).must(200);
        scene.author.post(&format!("/v1/awards/{award}/year-end-estimates"), &json!({ "amount_pence": 900 })).must(201);
    }
    let at = year_end::path(scene);
    year_end::take(&scene.finance, scene, "cut-off", json!({ "cut_off_on": today })).must(200);
    let free = json!({ "budget_line_id": scene.lines[0], "money": "on_line", "decision": "recycle", "amount_pence": 7 });
    scene.finance.post(&format!("{at}/decisions"), &json!({ "lines": [free], "reason": "Agreed." })).must(201);
    let accounts = json!({ "accounts": { "accruals": "2100", "prepayments": "1300", "debtors": "1200", "cost_centre": "CC00" } });
    let journal = scene.finance.post(&format!("{at}/journals"), &accounts).must(201);
    let seen = json!({ "lines_sha256": journal.body["lines_sha256"], "accepts_missing_estimates": true });
    scene.approver.change(&format!("/v1/year-end-journals/{}/approval", journal.id()), journal.tag(), &seen).must(200);
    year_end::take(&scene.finance, scene, "provisional-outturn", json!({})).must(200);
}

fn because(answer: &Answer) -> Vec<&str> {
    answer.body["holds"].as_array().unwrap().iter().map(|one| one["because"].as_str().unwrap()).collect()
}

on_both! {
    fn two_people_stand_behind_a_payment(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        // Whoever made the schedule may not authorise, nor whoever has no limit, nor anybody above their own.
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        assert_eq!(authorise(&both, &ids[0]).must(409).code(), "second_factor_required");
        let one = json!({ "payments": [{ "id": ids[0], "version": 1 }] });
        assert_eq!(both.post("/v1/payments/authorisation", &one).must(409).code(), "second_factor_required");
        prove(app);
        let seen = act(&both, &ids[0], "hold", &json!({ "reason": "the account changes" })).must(200);
        assert_eq!((seen.body["state"].as_str(), because(&seen)), (Some("held"), vec!["The office holds it: the account changes"]));
        assert_eq!(authorise(&scene.approver, &ids[0]).must(409).code(), "wrong_state");
        act(&both, &ids[0], "release", &json!({ "reason": "it has changed" })).must(200);
        assert_eq!(authorise(&both, &ids[0]).must(409).code(), "same_person");
        assert!(!actions(&get(&both, &ids[0])).contains(&"authorise"));
        assert_eq!(actions(&get(&scene.approver, &ids[0])), ["authorise"]);
        limit(&scene, json!([{ "role": "finance", "up_to_pence": 99_999 }])).must(200);
        let above = authorise(&scene.finance, &ids[0]).must(409);
        assert_eq!((above.code(), &above.body["limit_pence"]), ("rule_broken", &json!(99_999)));
        assert!(!actions(&get(&scene.finance, &ids[0])).contains(&"authorise"));
        assert_eq!(authorise(&scene.approver, &ids[0]).must(409).body["limit_pence"], Value::Null);
        limit(&scene, json!([{ "role": "finance", "up_to_pence": 100_000 }])).must(200);
        let done = authorise(&scene.finance, &ids[0]).must(200);
        assert_eq!([&done.body["state"], &done.body["parts"][0]["amount_pence"]], [&json!("authorised"), &json!(100_000)]);
        assert!(done.body["authorised_by"].as_str().unwrap().starts_with("finance"));
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![400_000, 0], vec![0, 0]), "nothing has moved");
        // What was authorised and is then held needs a second person again.
        act(&scene.finance, &ids[0], "hold", &json!({ "reason": "wait" })).must(200);
        act(&scene.finance, &ids[0], "release", &json!({ "reason": "go on" })).must(200);
        assert_eq!(authorise(&scene.finance, &ids[0]).must(409).code(), "same_person");
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", ids[0]));
        assert_eq!(log.len(), 6, "made, held, released, authorised, held and released");
    }

    fn an_equal_payment_needs_a_reason_in_a_batch_and_as_an_invoice_too(app) {
        let scene = ready(app);
        let changes = json!({ "kind": "contract", "legal_power": "abcpa_2014_s143", "contract": { "living_wage_clause": true } });
        let contract = scene.live(400_000, changes).id();
        schedule(&scene, &contract, json!({ "basis": "invoices" })).must(200);
        let invoice = |number: &str| {
            let body = json!({ "invoice_number": number, "invoice_on": "2020-07-01", "received_on": "2020-07-02", "net_pence": 50_000, "vat_pence": 10_000, "gross_pence": 60_000 });
            scene.commissioner.post(&format!("/v1/awards/{contract}/payments"), &body).must(201).id()
        };
        let ids = [invoice("INV-1"), invoice("INV-2"), invoice("INV-3")];
        let seen = |id: &String, why: Value| json!({ "id": id, "version": get(&scene.finance, id).body["version"], "duplicate_reason": why });
        let both = |why: Value| json!({ "payments": [seen(&ids[0], Value::Null), seen(&ids[1], why)] });
        limit(&scene, json!([{ "role": "finance", "up_to_pence": 59_999 }, { "role": "approver", "up_to_pence": 1_000_000 }])).must(200);
        assert!(!actions(&get(&scene.finance, &ids[0])).contains(&"authorise"), "a limit is for what leaves, with the VAT");
        assert_eq!(authorise(&scene.finance, &ids[0]).must(409).body["amount_pence"], 60_000);
        let refused = scene.approver.post("/v1/payments/authorisation", &both(Value::Null)).must(422);
        assert_eq!(refused.faults(), ["/payments/1 rule_broken"], "{}", refused.text);
        assert_eq!(get(&scene.finance, &ids[0]).body["state"], "scheduled", "none of them");
        scene.approver.post("/v1/payments/authorisation", &both(json!("another hall"))).must(200);
        assert_eq!(get(&scene.finance, &ids[1]).body["duplicate_reason"], "another hall");
        assert_eq!(authorise(&scene.approver, &ids[2]).must(409).code(), "rule_broken", "the same sum again");
        act(&scene.approver, &ids[2], "authorisation", &json!({ "duplicate_reason": "a third hall" })).must(200);
        // A list of runs says what they come to without their payments.
        let made = scene.finance.post("/v1/payment-runs", &json!({})).must(201);
        let sums = ["net_pence", "vat_pence", "gross_pence", "sources", "payments_count", "waiting_count"];
        let listed = scene.finance.all("/v1/payment-runs")[0].clone();
        assert_eq!(sums.map(|field| &listed[field]), sums.map(|field| &made.body[field]));
        assert_eq!([&listed["net_pence"], &listed["vat_pence"], &listed["payments_count"], &listed["payments"]], [&json!(150_000), &json!(30_000), &json!(3), &Value::Null]);
    }

    fn several_are_authorised_together_or_none(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let seen = |id: &String, version: i64| json!({ "id": id, "version": version });
        let all = json!({ "payments": [seen(&ids[0], 1), seen(&ids[0], 1), seen(&ids[1], 7), seen(&award, 1)] });
        let refused = scene.finance.post("/v1/payments/authorisation", &all).must(422);
        assert_eq!(refused.faults(), ["/payments/1/id repeated", "/payments/2/version stale", "/payments/3/id unknown_record"]);
        assert_eq!(get(&scene.finance, &ids[0]).body["state"], "scheduled", "none of them");
        act(&scene.commissioner, &ids[3], "hold", &json!({ "reason": "wait" })).must(200);
        let refused = scene.finance.post("/v1/payments/authorisation", &json!({ "payments": [seen(&ids[0], 1), seen(&ids[3], 2)] })).must(422);
        assert_eq!(refused.faults(), ["/payments/1 wrong_state"]);
        let done = scene.finance.post("/v1/payments/authorisation", &json!({ "payments": [seen(&ids[0], 1), seen(&ids[1], 1)] })).must(200);
        let states: Vec<&str> = done.body["payments"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["authorised", "authorised"]);
        // Whoever asked for one of them is refused in a batch as well.
        let both = office(app, &[Role::Commissioner, Role::Finance]);
        act(&both, &ids[3], "release", &json!({ "reason": "go on" })).must(200);
        let refused = both.post("/v1/payments/authorisation", &json!({ "payments": [seen(&ids[2], 1), seen(&ids[3], 3)] })).must(422);
        assert_eq!(refused.faults(), ["/payments/1 same_person"]);
    }

    fn a_provider_sees_its_own_payments_and_no_more(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        authorise(&scene.approver, &ids[0]).must(200);
        act(&scene.commissioner, &ids[1], "hold", &json!({ "reason": "they are late with everything" })).must(200);
        assert_eq!(scene.author.all("/v1/payments").len(), 4);
        let own = get(&scene.author, &ids[0]);
        assert_eq!(get(&scene.approver, &ids[2]).body["supplier_number"], "S4711", "whoever authorises sees to where it goes");
        for field in ["supplier_number", "requested_by", "authorised_by", "run_id", "reason"] {
            assert!(own.body[field].is_null(), "{field}");
        }
        assert_eq!((&own.body["parts"], actions(&own)), (&json!([]), vec![]));
        assert_eq!(because(&get(&scene.author, &ids[1])), ["The office holds it."]);
        let plan = scene.author.get(&format!("/v1/awards/{award}/payment-schedule")).must(200);
        assert_eq!([&plan.body["coding"], &plan.body["amount_pence"]], [&Value::Null, &json!(400_000)]);
        scene.stranger.get(&format!("/v1/payments/{}", ids[0])).must(404);
        scene.stranger.get(&format!("/v1/awards/{award}/payments")).must(404);
        assert_eq!(scene.stranger.all("/v1/payments").len(), 0);
    }

    fn equal_payments_a_few_days_apart_need_a_reason(app) {
        let scene = ready(app);
        let award = scene.live(400_000, json!({})).id();
        let milestone = |day: &str| json!({ "waits_for": "a session", "due_on": day, "weight": 1 });
        let plan = json!({ "basis": "milestones", "milestones": [milestone("2020-09-01"), milestone("2020-09-15"), milestone("2020-10-01")] });
        schedule(&scene, &award, plan).must(200);
        assert_eq!(cut(&scene, &award), [("1".to_owned(), 133_334), ("2".to_owned(), 133_333), ("3".to_owned(), 133_333)]);
        let plan = json!({ "basis": "milestones", "milestones": [milestone("2020-09-01"), milestone("2020-09-15"), milestone("2020-09-30"), milestone("2020-12-01")] });
        schedule(&scene, &award, plan).must(200);
        let ids: Vec<String> = of_award(&scene, &award).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        for id in &ids {
            let waiting = authorise(&scene.approver, id).must(409);
            assert_eq!((waiting.code(), waiting.body["holds"][0]["kind"].as_str()), ("rule_broken", Some("waits_for")));
            act(&scene.commissioner, id, "proof", &json!({ "note": "seen", "met_on": "2020-09-20" })).must(200);
        }
        assert_eq!(act(&scene.commissioner, &ids[0], "proof", &json!({ "note": "seen" })).must(409).code(), "rule_broken");
        authorise(&scene.approver, &ids[0]).must(200);
        let alike = authorise(&scene.approver, &ids[1]).must(409);
        assert_eq!((alike.code(), &alike.body["payment_ids"]), ("rule_broken", &json!([ids[0]])));
        act(&scene.approver, &ids[1], "authorisation", &json!({ "duplicate_reason": "another session" })).must(200);
        // Fifteen days after the second.
        let third = act(&scene.approver, &ids[2], "authorisation", &json!({})).must(200);
        assert_eq!(third.body["duplicate_reason"], Value::Null);
        assert_eq!(get(&scene.finance, &ids[1]).body["duplicate_reason"], "another session");
    }

    fn nothing_is_paid_without_a_supplier_number_or_a_limit(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (_, ids) = quarterly(&scene, 400_000, json!({}));
        prove(app);
        assert!(authorise(&scene.approver, &ids[0]).must(409).body["detail"].as_str().unwrap().starts_with("No limit is set for you"));
        limit(&scene, json!([{ "role": "approver", "up_to_pence": 1_000_000 }, { "up_to_pence": 5 }])).must(422);
        limit(&scene, json!([{ "role": "approver", "up_to_pence": 1_000_000 }])).must(200);
        let refused = authorise(&scene.approver, &ids[0]).must(409);
        assert_eq!(refused.body["detail"], "Helping Hands has no supplier number, by which the finance system pays. Enter it with the provider first.");
    }
}
