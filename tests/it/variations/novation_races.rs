//! A novation that is applied while a run is gathered or a return is sent, and one during which the process dies.

use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::json;

use super::novation::{act, agreed, known_supplier, see};
use crate::payments::runs::export;
use crate::payments::{authorise, get, quarterly, ready};
use crate::returns::{self, certify, of_period, write};
use crate::support::client::new_key;
use crate::support::program::{Program, verify};

on_both! {
    fn an_application_and_a_run_do_not_cross(app) {
        let scene = ready(app);
        known_supplier(&scene);
        for _ in 0..3 {
            let (award, ids) = quarterly(&scene, 40_000, json!({}));
            let id = agreed(&scene, json!({ "award_ids": [award] }));
            authorise(&scene.approver, &ids[3]).must(200);
            let (applied, left) = std::thread::scope(|scope| {
                let applying = scope.spawn(|| act(&scene.commissioner, &id, "application", &json!({})).status);
                let running = scope.spawn(|| {
                    let run = scene.finance.post("/v1/payment-runs", &json!({}));
                    if run.status == 201 { export(&scene.finance, &run.id()).status } else { run.status }
                });
                (applying.join().unwrap(), running.join().unwrap())
            });
            let payment = get(&scene.finance, &ids[3]);
            let to = payment.body["provider"]["name"].as_str().unwrap();
            match payment.body["state"].as_str().unwrap() {
                "exported" => assert_eq!((applied, left, to), (409, 200, "Helping Hands")),
                state => assert_eq!((applied, left, state, to), (200, 409, "scheduled", "Open Doors")),
            }
        }
        assert!(verify(&app.database_url).0);
    }

    fn a_return_is_sent_by_one_of_them(app) {
        let scene = ready(app);
        known_supplier(&scene);
        for _ in 0..3 {
            let award = scene.live(40_000, json!({})).id();
            for period in ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3"] {
                let content = json!({ "spend": [{ "category": "staff", "amount_pence": 1_000 }], "narrative": "We ran the sessions." });
                returns::submitted(&scene, &award, period, &content);
            }
            let content = json!({ "spend": [{ "category": "staff", "amount_pence": 2_000 }], "narrative": "We ran the last sessions." });
            let last = certify(&scene, &write(&scene.author, &of_period(&scene, &award, "2020-21-Q4"), &content).must(200));
            let id = agreed(&scene, json!({ "award_ids": [award] }));
            let (applied, sent) = std::thread::scope(|scope| {
                let applying = scope.spawn(|| act(&scene.commissioner, &id, "application", &json!({})).status);
                let sending = scope.spawn(|| returns::act(&scene.author, &last, "submission").status);
                (applying.join().unwrap(), sending.join().unwrap())
            });
            assert_eq!(applied, 200);
            let path = format!("/v1/returns/{}", last.id());
            let state = scene.commissioner.get(&path).must(200).body["state"].clone();
            let seen = (scene.author.get(&path).status, scene.stranger.get(&path).status);
            match sent {
                200 => assert_eq!((state, seen), (json!("submitted"), (200, 404))),
                _ => assert_eq!((sent, state, seen), (404, json!("draft"), (404, 200))),
            }
        }
    }

    fn a_kill_during_the_application_leaves_all_or_nothing(app) {
        let scene = ready(app);
        known_supplier(&scene);
        let awards: Vec<String> = (0..12).map(|_| scene.live(10_000, json!({})).id()).collect();
        let id = agreed(&scene, json!({}));
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::serve(&app.database_url, folder.path(), "");
        let email = program.person(&["commissioner"]);
        let tag = see(&scene.commissioner, &id).must(200).tag().to_owned();
        let key = new_key();
        for after_ms in [1, 8, 20] {
            let who = program.client(&email);
            let request = who.request(Method::POST, &format!("/v1/novations/{id}/application"));
            let request = request.header(IF_MATCH, tag.as_str()).header("Idempotency-Key", key.as_str()).json(&json!({}));
            std::thread::scope(|scope| {
                scope.spawn(|| request.send().ok());
                std::thread::sleep(std::time::Duration::from_millis(after_ms));
                program.kill();
            });
            let passed = awards.iter().filter(|award| scene.award(award).body["provider"]["name"] == "Open Doors").count();
            assert!(passed == 0 || passed == awards.len(), "all of them or none: {passed}");
            program = Program::serve(&app.database_url, folder.path(), "");
        }
        // Whoever got no answer asks again with the same key.
        let who = program.client(&email);
        let request = who.request(Method::POST, &format!("/v1/novations/{id}/application"));
        let done = who.send(request.header(IF_MATCH, tag.as_str()).header("Idempotency-Key", key.as_str()).json(&json!({}))).must(200);
        assert_eq!(done.body["applied_count"], 12);
        assert!(awards.iter().all(|award| scene.award(award).body["terms_no"] == 2));
        drop(program);
        assert!(verify(&app.database_url).0);
    }
}
