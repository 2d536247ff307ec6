//! The process is killed between the export of a run and its answer: the same bytes, the same run, nothing lost, nothing paid twice.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::json;

use super::runs::{path, reference};
use super::{authorise, get, quarterly, ready};
use crate::support::Client;
use crate::support::client::new_key;
use crate::support::program::{Program, verify};

/// Sends a request; `None` where the service went away before it answered.
fn send(request: reqwest::blocking::RequestBuilder) -> Option<(u16, String)> {
    let answer = request.send().ok()?;
    let status = answer.status().as_u16();
    answer.text().ok().map(|text| (status, text))
}

/// Kills the process a moment after somebody began to ask it.
fn killed_while(program: Program, after_ms: u64, ask: impl FnOnce() -> Option<(u16, String)> + Send) -> Option<(u16, String)> {
    std::thread::scope(|scope| {
        let asking = scope.spawn(ask);
        std::thread::sleep(std::time::Duration::from_millis(after_ms));
        program.kill();
        asking.join().unwrap()
    })
}

on_both! {
    fn a_kill_between_export_and_answer_loses_nothing_and_pays_nothing_twice(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        for id in &ids {
            authorise(&scene.approver, id).must(200);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::serve(&app.database_url, folder.path(), "");
        let email = program.person(&["finance"]);
        let mut finance = program.client(&email);
        let id = finance.post("/v1/payment-runs", &json!({})).must(201).id();
        let tag = finance.get(&path(&id)).must(200).tag().to_owned();
        let key = new_key();
        let export = |who: &Client| {
            let request = who.request(Method::POST, &format!("{}/export", path(&id)));
            request.header(IF_MATCH, tag.as_str()).header("Idempotency-Key", key.as_str()).json(&json!({}))
        };
        for after_ms in [0, 3, 8] {
            let request = export(&finance);
            killed_while(program, after_ms, || send(request));
            program = Program::serve(&app.database_url, folder.path(), "");
            finance = program.client(&email);
        }
        // Whoever got no answer asks again with the same key: the run has left once.
        let (status, first) = send(export(&finance)).unwrap();
        assert_eq!((status, send(export(&finance)).unwrap().1), (200, first));
        let file = |who: &Client| who.get(&format!("{}/export", path(&id))).must(200).text;
        let bytes = file(&finance);
        program.kill();
        assert!(verify(&app.database_url).0, "right after the kill");
        program = Program::serve(&app.database_url, folder.path(), "");
        finance = program.client(&email);
        assert_eq!(file(&finance), bytes);
        assert_eq!((bytes.lines().count(), finance.all("/v1/payment-runs").len()), (5, 1));
        assert_eq!(finance.post("/v1/payment-runs", &json!({})).must(409).code(), "rule_broken", "nothing can leave twice");
        assert_eq!(scene.held("paid", &award), [0, 0]);

        let day = get(&scene.finance, &ids[0]).body["authorised_on"].as_str().unwrap().to_owned();
        let rows: String = ids.iter().map(|one| format!("{},paid,{day}\n", reference(&scene, one))).collect();
        let (tag, key) = (finance.get(&path(&id)).must(200).tag().to_owned(), new_key());
        let confirm = |who: &Client| {
            let request = who.request(Method::POST, &format!("{}/confirmation", path(&id)));
            let request = request.header(IF_MATCH, tag.as_str()).header("Idempotency-Key", key.as_str()).header(CONTENT_TYPE, "text/csv");
            request.body(format!("payment,outcome,date\n{rows}"))
        };
        for after_ms in [0, 3, 8] {
            let request = confirm(&finance);
            killed_while(program, after_ms, || send(request));
            program = Program::serve(&app.database_url, folder.path(), "");
            finance = program.client(&email);
            let paid: i64 = scene.held("paid", &award).iter().sum();
            assert!(paid == 0 || paid == 400_000, "all of an answer or nothing of it: {paid}");
        }
        let (status, said) = send(confirm(&finance)).unwrap();
        assert_eq!((status, scene.held("paid", &award)), (200, vec![400_000, 0]), "{said}");
        let (_, again) = send(confirm(&finance)).unwrap();
        assert_eq!((again, file(&finance), scene.held("committed", &award)), (said, bytes, vec![0, 0]));
        program.kill();
        assert!(verify(&app.database_url).0);
    }
}
