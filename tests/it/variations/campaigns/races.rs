//! Campaigns that run against one another, against a payment, against the end of an award and against a novation.

use std::sync::Barrier;

use serde_json::{Value, json};

use super::{CAMPAIGNS, awards, campaign, count, does, holds, live, outcomes, responds};
use crate::payments::runs::{confirm, export};
use crate::payments::{self, quarterly, ready};
use crate::support::{Answer, Scene};
use crate::variations::novation::{self, known_supplier};

/// A campaign that needs no acceptance, issued.
fn issued(scene: &Scene, name: &str, awards: &[String], change: &Value) -> Answer {
    let mut change = change.clone();
    change["is_unilateral"] = json!(true);
    let drafted = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "awards": awards }), &change, &json!({ "name": name }))).must(201);
    does(&scene.approver, &drafted, "issue", &json!({})).must(200);
    drafted
}

/// Does both at the same time.
fn at_once<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    let gate = Barrier::new(2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            gate.wait();
            one()
        });
        gate.wait();
        let second = other();
        (first.join().unwrap(), second)
    })
}

on_both! {
    fn two_campaigns_on_the_same_awards(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000, 120_000]);
        let more = |pence: i64| json!({ "value": { "change_pence": pence } });
        let (one, other) = (issued(&scene, "One", &ids, &more(10)), issued(&scene, "Other", &ids, &more(1_000)));
        let held = scene.held("tranche", &scene.tranche)[0];
        let apply = |seen: &Answer| does(&scene.approver, seen, "application", &json!({}));
        let (first, second) = at_once(|| apply(&one), || apply(&other));
        // One of them is first, for all awards; the other one is told so for all of them.
        let (won, lost, pence) = if first.status == 200 { (&first, &second, 10) } else { (&second, &first, 1_000) };
        assert_eq!((won.status, lost.status, lost.code()), (200, 409, "awards_refused"), "{} {}", first.text, second.text);
        assert_eq!(won.body["applied_count"], 3);
        let refused = lost.body["refused"].as_array().unwrap();
        assert_eq!((refused.len(), refused.iter().filter(|one| one["reasons"][0]["code"] == "overlap").count()), (3, 3), "{}", lost.text);
        let amounts: Vec<i64> = ids.iter().map(|id| scene.award(id).body["amount_pence"].as_i64().unwrap()).collect();
        assert_eq!(amounts, [100_000 + pence, 110_000 + pence, 120_000 + pence]);
        assert_eq!(scene.held("tranche", &scene.tranche)[0], held - 3 * pence);
        holds(app);
    }

    fn two_campaigns_that_share_the_last_of_a_tranche(app) {
        let scene = Scene::set(app, 10_000_000, 700_000);
        let ids = live(&scene, &[300_000, 300_000]);
        let of = |name: &str, id: &String| issued(&scene, name, std::slice::from_ref(id), &json!({ "value": { "change_pence": 60_000 } }));
        let (one, other) = (of("One", &ids[0]), of("Other", &ids[1]));
        let apply = |seen: &Answer| does(&scene.approver, seen, "application", &json!({}));
        let (first, second) = at_once(|| apply(&one), || apply(&other));
        let mut told = [first.status, second.status];
        told.sort_unstable();
        assert_eq!((told, scene.held("tranche", &scene.tranche)), ([200, 409], vec![40_000, 0]));
        holds(app);
    }

    fn a_campaign_against_a_payment(app) {
        let scene = ready(app);
        let first = scene.live(300_000, json!({})).id();
        let (second, instalments) = quarterly(&scene, 310_000, json!({}));
        let input = campaign(json!({ "awards": [first, second] }), &json!({ "value": { "change_pence": -100_000 } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        does(&scene.approver, &drafted, "issue", &json!({})).must(200);
        for place in 0..2 {
            responds(&scene, &drafted, place, "acceptance");
        }
        // Three of four instalments are more than what would be left: either they go their way first, or the award shrinks first.
        let seen = |id: &String| json!({ "id": id, "version": payments::get(&scene.finance, id).body["version"] });
        let three = json!({ "payments": instalments.iter().take(3).map(seen).collect::<Vec<Value>>() });
        let pay = || {
            let authorised = scene.approver.post("/v1/payments/authorisation", &three);
            if authorised.status == 200 {
                let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
                export(&scene.finance, &run).must(200);
                let row = |one: &Value| format!("{},paid,{},,,\n", one["reference"].as_str().unwrap(), one["authorised_on"].as_str().unwrap());
                let rows: String = instalments.iter().take(3).map(|id| row(&payments::get(&scene.finance, id).body)).collect();
                confirm(&scene, &run, &rows).must(200);
            }
            authorised
        };
        let (applied, authorised) = at_once(|| does(&scene.approver, &drafted, "application", &json!({})), pay);
        let held = || ["committed", "paid"].map(|kind| [&first, &second].map(|award| scene.held(kind, award)[0]));
        match (applied.status, authorised.status) {
            // What was seen is not what is paid any more.
            (200, 422) => assert_eq!(held(), [[200_000, 210_000], [0, 0]]),
            (409, 200) => {
                let refused = applied.body["refused"].as_array().unwrap();
                let message = refused[0]["reasons"][0]["message"].as_str().unwrap();
                assert_eq!((refused.len(), refused[0]["award_id"].as_str()), (1, Some(second.as_str())), "{}", applied.text);
                assert!(message.ends_with("so it cannot come to less than £2,325.00."), "{message}");
                assert_eq!(held(), [[300_000, 77_500], [0, 232_500]]);
            }
            _ => panic!("{} {}", applied.text, authorised.text),
        }
        holds(app);
    }

    fn a_campaign_against_the_end_of_an_award(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000, 120_000]);
        let input = campaign(json!({ "awards": ids }), &json!({ "is_unilateral": true, "delivery": { "status": "adapted" } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        let end = |id: &String| {
            let tag = scene.award(id).tag().to_owned();
            scene.commissioner.change(&format!("/v1/awards/{id}/end"), &tag, &json!({ "ended_on": "2021-03-31" }))
        };
        let (sent, ended) = at_once(|| does(&scene.commissioner, &drafted, "issue", &json!({})), || end(&ids[2]));
        assert_eq!(ended.status, 200, "{}", ended.text);
        match sent.status {
            200 => assert_eq!((outcomes(&scene.commissioner, &drafted), count(app, "variation")), (vec!["ready".to_owned(); 3], 3)),
            _ => assert_eq!((sent.must(409).body["refused"][0]["award_id"].as_str(), count(app, "variation")), (Some(ids[2].as_str()), 0)),
        }
        holds(app);
    }

    fn a_campaign_is_applied_before_an_award_ends_or_not_at_all(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000]);
        let drafted = issued(&scene, "More", &ids, &json!({ "value": { "change_pence": 5_000 } }));
        let tag = scene.award(&ids[1]).tag().to_owned();
        let end = || scene.commissioner.change(&format!("/v1/awards/{}/end", ids[1]), &tag, &json!({ "ended_on": "2021-03-31" }));
        let apply = |body: Value| does(&scene.approver, &drafted, "application", &body);
        let (applied, ended) = at_once(|| apply(json!({})), end);
        let amounts = || ids.iter().map(|id| scene.award(id).body["amount_pence"].as_i64().unwrap()).collect::<Vec<_>>();
        if applied.status == 200 {
            // Whoever ended the award had seen another one.
            assert_eq!((ended.status, amounts()), (412, vec![105_000, 115_000]));
        } else {
            assert_eq!((applied.status, applied.code(), ended.status), (409, "awards_refused", 200), "{}", applied.text);
            let refused = applied.body["refused"].as_array().unwrap();
            assert_eq!((refused.len(), refused[0]["award_id"].as_str(), amounts()), (1, Some(ids[1].as_str()), vec![100_000, 110_000]));
            // It is settled as it was, and the other one goes on.
            let closure = json!({ "unspent_pence": 110_000 });
            let tag = scene.award(&ids[1]).tag().to_owned();
            scene.commissioner.change(&format!("/v1/awards/{}/closure", ids[1]), &tag, &closure).must(200);
            assert_eq!(apply(json!({ "skip_refused": true })).must(200).body["applied_count"], 1);
            assert_eq!((amounts(), scene.held("committed", &ids[1])), (vec![105_000, 110_000], vec![0, 0]));
        }
        holds(app);
    }

    fn a_campaign_against_a_novation(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let ids = live(&scene, &[100_000, 110_000]);
        let change = json!({ "is_unilateral": true, "effective_on": "2021-01-01", "delivery": { "status": "adapted" } });
        let drafted = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "awards": ids }), &change, &json!({}))).must(201);
        let merger = novation::agreed(&scene, json!({}));
        let pass_on = || novation::act(&scene.commissioner, &merger, "application", &json!({}));
        let (sent, passed) = at_once(|| does(&scene.commissioner, &drafted, "issue", &json!({})), pass_on);
        assert_eq!(sent.status, 200, "{}", sent.text);
        // Whoever is party on the issue is told; what was issued to the one before is applied before its agreements pass on.
        let is_first = passed.status == 200;
        let told = if is_first { &scene.stranger } else { &scene.signatory };
        for one in awards(&scene.commissioner, &drafted) {
            told.get(&format!("/v1/variations/{}", one["variation_id"].as_str().unwrap())).must(200);
        }
        let refused = passed.body["refused"].as_array().map_or(0, Vec::len);
        assert!(is_first || (passed.code(), refused) == ("awards_refused", 2), "{}", passed.text);
        assert!(is_first || passed.body["refused"][0]["reasons"][0]["code"] == "open_variation", "{}", passed.text);
        does(&scene.commissioner, &drafted, "application", &json!({})).must(200);
        if !is_first {
            pass_on().must(200);
        }
        for id in &ids {
            let now = scene.award(id).body;
            assert_eq!([&now["provider"]["name"], &now["delivery_status"]], [&json!("Open Doors"), &json!("adapted")]);
        }
        holds(app);
    }
}
