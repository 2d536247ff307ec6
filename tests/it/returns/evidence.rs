//! Files beside a return.

use reqwest::Method;
use serde_json::{Value, json};

use crate::returns::{act, certify, of_period, write};
use crate::support::{Answer, Client, Scene};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

fn attach(who: &Client, id: &str, name: &str) -> Answer {
    let request = who.request(Method::POST, &format!("/v1/returns/{id}/evidence?file_name={name}"));
    who.send(request.header("Content-Type", "application/pdf").body(PDF))
}

on_both! {
    fn evidence_is_added_while_the_return_is_with_the_provider(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let open = of_period(&scene, &award, "2020-21-Q1");
        let (id, path) = (open.id(), format!("/v1/returns/{}/evidence", open.id()));
        let made = attach(&scene.author, &id, "Receipts.pdf").must(201);
        assert_eq!((made.body["record_kind"].as_str(), made.body["record_id"].as_str()), (Some("return"), Some(id.as_str())));
        assert_eq!(made.header("location"), Some(format!("/v1/documents/{}", made.id()).as_str()));
        for who in [&scene.author, &scene.signatory, &scene.commissioner, &scene.finance] {
            assert_eq!(who.all(&path), std::slice::from_ref(&made.body));
            who.get(&format!("/v1/documents/{}", made.id())).must(200);
            let fetched = who.request(Method::GET, &format!("/v1/documents/{}/content", made.id())).send().unwrap();
            assert_eq!((fetched.status().as_u16(), fetched.bytes().unwrap().as_ref()), (200, PDF));
        }
        for path in [path.clone(), format!("/v1/documents/{}", made.id()), format!("/v1/documents/{}/content", made.id())] {
            assert_eq!(scene.stranger.get(&path).must(404).code(), "not_found");
        }
        assert_eq!(attach(&scene.stranger, &id, "x.pdf").must(404).code(), "not_found");
        assert_eq!(attach(&scene.finance, &id, "x.pdf").must(403).code(), "forbidden");
        assert_eq!(attach(&scene.author, &id, "x.png").must(422).faults(), ["query:file_name disagrees"]);
        assert_eq!(scene.commissioner.all(&format!("/v1/awards/{award}/documents")), Vec::<Value>::new());
        // What was certified is the return without another file.
        let certified = certify(&scene, &write(&scene.author, &open, &json!({ "spend": [] })).must(200));
        attach(&scene.author, &id, "More.pdf").must(201);
        let now = scene.signatory.get(&format!("/v1/returns/{id}")).must(200);
        assert!(now.body["certified_on"].is_null());
        act(&scene.author, &certified, "submission").must(412);
        let sent = act(&scene.author, &certify(&scene, &now), "submission").must(200);
        assert_eq!(attach(&scene.author, &id, "late.pdf").must(409).code(), "wrong_state");
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        attach(&scene.commissioner, &asked.id(), "sent-by-post.pdf").must(201);
        let names: Vec<Value> = scene.author.all(&path).iter().map(|one| one["file_name"].clone()).collect();
        assert_eq!(names, ["Receipts.pdf", "More.pdf", "sent-by-post.pdf"]);
    }

    fn a_file_attached_by_mistake_is_taken_off(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let open = of_period(&scene, &award, "2020-21-Q1");
        let (id, path) = (open.id(), format!("/v1/returns/{}/evidence", open.id()));
        let remove = |who: &Client, file: &Answer, tag: &str| {
            who.send(who.request(Method::DELETE, &format!("{path}/{}", file.id())).header("If-Match", tag))
        };
        let right = attach(&scene.author, &id, "Receipts.pdf").must(201);
        let request = scene.author.request(Method::POST, &format!("{path}?file_name=Ledger of Ann Example.csv"));
        let wrong = scene.author.send(request.header("Content-Type", "text/csv").body("name,amount\nAnn,5\n")).must(201);
        let certified = certify(&scene, &write(&scene.author, &open, &json!({ "spend": [] })).must(200));
        assert_eq!(remove(&scene.stranger, &wrong, certified.tag()).must(404).code(), "not_found");
        assert_eq!(remove(&scene.finance, &wrong, certified.tag()).must(403).code(), "forbidden");
        remove(&scene.author, &wrong, open.tag()).must(412);
        let now = remove(&scene.author, &wrong, certified.tag()).must(200);
        assert!(now.body["certified_on"].is_null(), "what was certified had that file");
        assert_eq!(scene.author.all(&path), std::slice::from_ref(&right.body));
        for place in [format!("/v1/documents/{}", wrong.id()), format!("/v1/documents/{}/content", wrong.id())] {
            assert_eq!(scene.commissioner.get(&place).must(404).code(), "not_found");
        }
        assert!(app.wait(app.service.shelf.fetch(wrong.body["sha256"].as_str().unwrap().to_owned())).is_err(), "the bytes are gone");
        assert_eq!(app.texts("SELECT file_name AS text FROM document ORDER BY id"), ["Receipts.pdf", "removed.csv"]);
        assert_eq!(remove(&scene.author, &wrong, now.tag()).must(404).code(), "not_found", "once");
        let log = app.office(&[almoner::access::permissions::Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}"));
        let event = log.iter().find(|event| event["act"] == "return.remove_evidence" && event["before"]["document_id"] == json!(wrong.id())).unwrap();
        assert_eq!((&event["outcome"], &event["before"]["sha256"]), (&json!("done"), &wrong.body["sha256"]));
        // What was sent keeps its files; what comes and goes after a question is told.
        let sent = act(&scene.author, &certify(&scene, &now), "submission").must(200);
        assert_eq!(remove(&scene.author, &right, sent.tag()).must(409).code(), "wrong_state");
        assert_eq!(sent.body["evidence_changed_since_last_submission"], json!([]));
        let asked = act(&scene.commissioner, &sent, "queries").must(200);
        let more = attach(&scene.author, &id, "More.pdf").must(201);
        remove(&scene.author, &right, asked.tag()).must(412);
        let tag = scene.author.get(&format!("/v1/returns/{id}")).must(200).tag().to_owned();
        let left = remove(&scene.author, &right, &tag).must(200);
        let changes = json!([{ "kind": "added", "document_id": more.id(), "file_name": "More.pdf", "media_type": "application/pdf" },
            { "kind": "removed", "document_id": right.id(), "file_name": "removed.pdf", "media_type": "application/pdf" }]);
        assert_eq!(left.body["evidence_changed_since_last_submission"], changes);
        let again = act(&scene.author, &certify(&scene, &left), "submission").must(200);
        assert_eq!(again.body["evidence_changed_since_last_submission"], changes, "the office sees it too");
    }
}
