//! Letters issued to providers, the log of their days, and the file itself.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Scene};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

fn attach(client: &Client, letter: &str) -> Answer {
    let request = client.request(Method::POST, &format!("/v1/provider-letters/{letter}/documents?file_name=Key%20workers.pdf"));
    client.send(request.header("Content-Type", "application/pdf").body(PDF))
}

on_both! {
    fn each_issue_is_logged_with_its_day_and_reason(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let path = format!("/v1/providers/{}/letters", scene.provider);
        let asked = json!({ "kind": "key_worker_status", "issued_on": "2020-04-03", "reason": "Staff are asked for evidence on their way to work." });
        let first = scene.commissioner.post(&path, &asked).must(201);
        let reference = first.body["reference"].as_str().unwrap();
        assert!(reference.ends_with("-L1"), "{reference}");
        let again = json!({ "kind": "key_worker_status", "issued_on": "2021-01-06", "reason": "A second lockdown." });
        let second = scene.commissioner.post(&path, &again).must(201);
        scene.commissioner.post(&path, &json!({ "kind": "other", "reason": "A landlord asks who pays." })).must(201);
        let listed = scene.finance.get(&format!("{path}?kind=key_worker_status")).must(200);
        let days: Vec<&Value> = listed.items().iter().map(|letter| &letter["issued_on"]).collect();
        assert_eq!(days, ["2021-01-06", "2020-04-03"], "the newest first");
        assert_eq!(scene.finance.all(&path).len(), 3);
        assert_eq!(scene.finance.get(&format!("/v1/provider-letters/{}", second.id())).must(200).body["reason"], "A second lockdown.");
        let wrong = json!({ "kind": "key_worker_status", "issued_on": "2999-01-01", "reason": " " });
        assert_eq!(scene.commissioner.post(&path, &wrong).must(422).faults(), ["/issued_on in_the_future", "/reason blank"]);
    }

    fn a_provider_fetches_its_own_letters_alone(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let path = format!("/v1/providers/{}/letters", scene.provider);
        let asked = json!({ "kind": "key_worker_status", "reason": "Staff are asked for evidence." });
        let letter = scene.commissioner.post(&path, &asked).must(201).id();
        let file = attach(&scene.commissioner, &letter).must(201).id();
        assert_eq!(scene.author.get(&path).must(200).items().len(), 1);
        let documents = scene.author.get(&format!("/v1/provider-letters/{letter}/documents")).must(200);
        assert_eq!(documents.items()[0]["file_name"], "Key workers.pdf");
        assert_eq!(scene.author.get(&format!("/v1/documents/{file}/content")).must(200).text.as_bytes(), PDF);

        for path in [path.clone(), format!("/v1/provider-letters/{letter}"), format!("/v1/provider-letters/{letter}/documents"), format!("/v1/documents/{file}/content")] {
            scene.stranger.get(&path).must(404);
        }
        scene.author.post(&path, &asked).must(403);
        attach(&scene.author, &letter).must(403);
    }
}
