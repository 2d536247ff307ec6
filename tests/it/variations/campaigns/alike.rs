//! What a campaign looks up and writes for all of its awards together comes to what each variation does by itself.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{CAMPAIGNS, act, awards, campaign, does, holds, live, preview, responds};
use crate::payments::schedule;
use crate::support::{Answer, App, Client, Scene};
use crate::variations::accepted;

/// A live award with a condition, paid in some way or in none.
fn agreed(scene: &Scene, pence: i64, basis: Option<&str>) -> String {
    let beginning = scene.draft(pence, json!({}));
    let id = beginning.id();
    let conditions =
        json!({ "conditions": [{ "text": "Train the staff.", "due_on": "2020-10-31" }, { "text": format!("Account for {pence}.") }] });
    scene.commissioner.put(&format!("/v1/awards/{id}/conditions"), beginning.tag(), &conditions).must(200);
    scene.go_live(&scene.award(&id));
    if let Some(basis) = basis {
        schedule(scene, &id, json!({ "basis": basis })).must(200);
    }
    id
}

/// What a variation says of itself that does not go by its own name.
fn told(scene: &Scene, id: &str) -> Value {
    let body = scene.commissioner.get(&format!("/v1/variations/{id}")).must(200).body;
    json!([body["state"], body["before"], body["after"], body["difference"], body["effect"], body["terms_no"]])
}

/// What its letter says of the change.
fn written(app: &App, scene: &Scene, id: &str) -> Value {
    let reference = scene.commissioner.get(&format!("/v1/variations/{id}")).must(200).body["reference"].clone();
    let sheets = app.texts("SELECT sheet AS text FROM variation_letter");
    let sheet =
        sheets.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()).find(|sheet| sheet["reference"] == reference).unwrap();
    json!([sheet["money"], sheet["changes"], sheet["payments"]])
}

/// How an award stands: its terms, what is to be paid when, its conditions and its returns.
fn stands(scene: &Scene, id: &str) -> Value {
    let award = scene.award(id).body;
    let of = |path: &str, fields: &[&str]| -> Vec<Value> {
        let all = scene.commissioner.all(&format!("/v1/awards/{id}/{path}"));
        let mut rows: Vec<Value> = all.iter().map(|one| fields.iter().map(|name| one[*name].clone()).collect()).collect();
        rows.sort_by_key(Value::to_string);
        rows
    };
    let conditions = scene.commissioner.get(&format!("/v1/awards/{id}/conditions")).must(200).body["conditions"].clone();
    let plan = scene.commissioner.get(&format!("/v1/awards/{id}/payment-schedule")).must(200).body;
    json!([
        award["amount_pence"],
        award["ends_on"],
        award["terms_no"],
        award["delivery_status"],
        scene.held("committed", id),
        conditions,
        plan["basis"],
        plan["amount_pence"],
        of("payments", &["instalment", "due_on", "amount_pence", "state"]),
        of("returns", &["period", "due_on", "ends_on"])
    ])
}

/// How often the log names a record.
fn events(auditor: &Client, id: &str) -> usize {
    auditor.all(&format!("/v1/audit-events?record_id={id}&outcome=done&limit=200")).len()
}

fn variation_ids(scene: &Scene, drafted: &Answer) -> Vec<String> {
    awards(&scene.commissioner, drafted).iter().map(|one| one["variation_id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    fn a_campaign_does_to_each_award_what_a_variation_of_its_own_does(app) {
        let (scene, auditor) = (Scene::set(app, 10_000_000, 3_000_000), app.office(&[Role::Auditor]));
        let kinds = [(120_000, Some("quarterly")), (130_001, Some("monthly")), (140_000, None)];
        let all = || kinds.map(|(pence, basis)| agreed(&scene, pence, basis));
        let (many, alone) = (all(), all());
        let changes = [
            json!({ "conditions": { "add": [{ "text": "Name a safeguarding lead." }], "remove": ["Train the staff."] },
                "return_dates": [{ "later_by_days": 14 }], "payment_schedule": { "basis": "monthly", "due_after_days": 5 } }),
            json!({ "value": { "change_pence": 6_001 }, "dates": { "ends_on": "2021-06-30" }, "return_dates": [{ "later_by_days": 7 }],
                "delivery": { "status": "adapted" } }),
        ];
        for (round, change) in changes.iter().enumerate() {
            let input = campaign(json!({ "awards": many }), change, &json!({ "name": format!("Round {round}") }));
            let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
            let shown = preview(&scene.commissioner, &drafted).must(200);
            does(&scene.approver, &drafted, "issue", &json!({})).must(200);
            let own: Vec<Answer> = alone.iter().map(|id| accepted(&scene, id, change.clone())).collect();
            let ids = variation_ids(&scene, &drafted);
            for (place, (id, one)) in ids.iter().zip(&own).enumerate() {
                responds(&scene, &drafted, place, "acceptance");
                let foretold = told(&scene, id);
                assert_eq!(foretold, told(&scene, &one.id()), "round {round}, award {place}");
                assert_eq!([&shown.body["awards"][place]["before"], &shown.body["awards"][place]["after"]], [&foretold[1], &foretold[2]]);
                assert_eq!(written(app, &scene, id), written(app, &scene, &one.id()), "round {round}, award {place}");
            }
            does(&scene.approver, &drafted, "application", &json!({})).must(200);
            for (place, (id, one)) in ids.iter().zip(&own).enumerate() {
                act(&scene.commissioner, one, "application").must(200);
                assert_eq!(told(&scene, id), told(&scene, &one.id()), "round {round}, award {place}");
                assert_eq!(stands(&scene, &many[place]), stands(&scene, &alone[place]), "round {round}, award {place}");
                let counts = |award: &String, variation: &str| (events(&auditor, award), events(&auditor, variation));
                assert_eq!(counts(&many[place], id), counts(&alone[place], &one.id()), "round {round}, award {place}");
            }
        }
        holds(app);
    }

    fn what_one_award_of_a_campaign_takes_is_not_there_for_the_next(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ids = [agreed(&scene, 300_000, Some("quarterly")), agreed(&scene, 300_000, Some("quarterly"))];
        let other = live(&scene, &[300_000]).remove(0);
        let change = json!({ "value": { "change_pence": 50_000 }, "conditions": { "remove": ["Train the staff."] } });
        let drafted = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "awards": ids }), &change, &json!({}))).must(201);
        does(&scene.approver, &drafted, "issue", &json!({})).must(200);
        for place in 0..2 {
            responds(&scene, &drafted, place, "acceptance");
        }
        // Of the £1,000 that were there for both, another award takes £300 first.
        let first = accepted(&scene, &other, json!({ "value": { "change_pence": 30_000 } }));
        act(&scene.commissioner, &first, "application").must(200);
        let before: Vec<Value> = ids.iter().map(|id| stands(&scene, id)).collect();
        let refused = does(&scene.approver, &drafted, "application", &json!({})).must(409);
        let reasons = &refused.body["refused"][0]["reasons"];
        assert_eq!((&refused.body["refused_count"], &refused.body["refused"][0]["award_id"]), (&json!(1), &json!(ids[1])), "{}", refused.text);
        assert_eq!(reasons[0]["code"], "insufficient_balance");
        assert!(reasons[0]["message"].as_str().unwrap().contains("£200.00"), "{}", refused.text);
        assert_eq!(ids.iter().map(|id| stands(&scene, id)).collect::<Vec<_>>(), before, "all of it, or nothing");
        // Left as it is, nothing of it stays behind: neither its conditions nor its instalments.
        let done = does(&scene.approver, &drafted, "application", &json!({ "skip_refused": true })).must(200);
        assert_eq!((&done.body["applied_count"], &done.body["refused"]), (&json!(1), &refused.body["refused"]));
        let now: Vec<Value> = ids.iter().map(|id| stands(&scene, id)).collect();
        assert_eq!((&now[1], &now[0][0], scene.held("tranche", &scene.tranche)), (&before[1], &json!(350_000), vec![20_000, 0]));
        assert_eq!(now[0][5].as_array().unwrap().len(), 1);
        let ids = variation_ids(&scene, &drafted);
        assert_eq!([&told(&scene, &ids[0])[0], &told(&scene, &ids[1])[0]], ["applied", "accepted"]);
        holds(app);
    }
}
