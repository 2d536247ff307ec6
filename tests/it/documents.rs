//! Files are kept by their content, seen by those who may see their record, and swept away where no record names them.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use almoner::access::Scope;
use almoner::access::permissions::Role;
use almoner::documents::sweep::sweep;
use almoner::documents::{Attached, DocumentView, Placed, attach, list};
use almoner::kernel::{Id, PageRequest};
use almoner::store::WriteMeta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client, Scene};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

fn place(app: &App, bytes: &[u8], name: &str) -> Placed {
    app.wait(app.service.shelf.place(bytes.to_vec(), name.to_owned(), String::new())).unwrap()
}

fn attach_to(app: &App, record_id: Id, provider_id: Option<Id>, placed: Placed) -> DocumentView {
    let to = Attached { record_kind: "award", record_id, provider_id, office_only: false };
    app.wait(app.service.db.write(WriteMeta::system("award.attach_document", "test"), move |tx| attach(tx, to, &placed))).unwrap()
}

fn names(app: &App, scope: Scope, record_id: Id) -> Vec<String> {
    let page = PageRequest { limit: 50, cursor: None, scan: String::new() };
    let page = app.wait(app.service.db.read(move |conn| list(conn, scope, record_id, &page))).unwrap();
    page.items.into_iter().map(|document| document.file_name).collect()
}

/// Attaches a file over HTTP.
fn send(client: &Client, path: &str, name: &str, media: &str, bytes: &[u8]) -> Answer {
    let mark = if path.contains('?') { '&' } else { '?' };
    let request = client.request(Method::POST, &format!("{path}{mark}file_name={name}"));
    client.send(request.header("Content-Type", media).body(bytes.to_vec()))
}

/// Makes every file on the shelf two days old.
fn age(app: &App) {
    let old = UNIX_EPOCH + Duration::from_secs(app.service.db.clock().now().micros().unsigned_abs() / 1_000_000 - 2 * 86_400);
    let mut folders = vec![app.folder.path().join("documents")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                File::options().write(true).open(entry.path()).unwrap().set_modified(old).unwrap();
            }
        }
    }
}

on_both! {
    fn a_file_is_listed_for_those_who_may_see_it(app) {
        let (award, own, other) = (Id::new(), Id::new(), Id::new());
        let first = attach_to(app, award, Some(own), place(app, PDF, "../Grant agreement.PDF"));
        attach_to(app, award, None, place(app, b"For the office alone.\n", "note.txt"));
        assert_eq!((first.file_name.as_str(), first.media_type.word(), first.size_bytes), ("Grant agreement.PDF", "application/pdf", 17));
        assert_eq!(names(app, Scope::Office, award), ["Grant agreement.PDF", "note.txt"]);
        assert_eq!(names(app, Scope::Provider(own), award), ["Grant agreement.PDF"]);
        assert_eq!(names(app, Scope::Provider(other), award), Vec::<String>::new());
        assert_eq!(names(app, Scope::Nothing, award), Vec::<String>::new());
        assert_eq!(names(app, Scope::Office, Id::new()), Vec::<String>::new());
        assert_eq!(app.wait(app.service.shelf.fetch(first.sha256)).unwrap(), PDF);
    }

    fn the_sweep_takes_old_files_that_no_record_names(app) {
        let (db, shelf) = (&app.service.db, &app.service.shelf);
        let kept = attach_to(app, Id::new(), None, place(app, PDF, "kept.pdf"));
        let orphan = place(app, b"Nobody's.\n", "orphan.txt");
        let lost = orphan.sha256.clone();
        drop(orphan);
        assert_eq!(app.wait(sweep(db, shelf)).unwrap(), 0, "not while it is young");
        age(app);
        let under_way = place(app, b"Under way.\n", "new.txt");
        assert_eq!(app.wait(sweep(db, shelf)).unwrap(), 0, "not while a file is being attached");
        drop(under_way);
        assert_eq!(app.wait(sweep(db, shelf)).unwrap(), 1);
        assert!(app.wait(shelf.fetch(lost)).is_err());
        assert_eq!(app.wait(shelf.fetch(kept.sha256)).unwrap(), PDF);
    }

    fn documents_are_for_those_who_sign_in(app) {
        let document = attach_to(app, Id::new(), None, place(app, PDF, "a.pdf"));
        let nobody = app.nobody();
        assert_eq!(nobody.get(&format!("/v1/documents/{}", document.id)).must(401).code(), "unauthenticated");
        assert_eq!(nobody.get(&format!("/v1/documents/{}/content", document.id)).must(401).code(), "unauthenticated");
    }

    fn a_file_is_fetched_as_it_was_attached(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.offer(&scene.draft(300_000, json!({}))).must(200).id();
        let document = attach_to(app, award.parse().unwrap(), scene.provider.parse().ok(), place(app, PDF, "Café agreement.pdf"));
        let path = format!("/v1/documents/{}", document.id);
        for client in [&scene.commissioner, &scene.author] {
            let shown = client.get(&path).must(200);
            assert_eq!(shown.body["media_type"], "application/pdf");
            assert_eq!(shown.body["sha256"], json!(document.sha256));
            let file = client.get(&format!("{path}/content")).must(200);
            assert_eq!(file.text.as_bytes(), PDF);
            assert_eq!(file.header("content-type"), Some("application/pdf"));
            assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
            let disposition = "attachment; filename=\"Caf__agreement.pdf\"; filename*=UTF-8''Caf%C3%A9%20agreement.pdf";
            assert_eq!(file.header("content-disposition"), Some(disposition));
        }
        assert_eq!(scene.stranger.get(&path).must(404).code(), "not_found");
        assert_eq!(scene.stranger.get(&format!("{path}/content")).must(404).code(), "not_found");
        assert_eq!(app.office(&[Role::Administrator]).get(&path).must(403).code(), "forbidden");
    }

    fn a_file_is_seen_only_where_its_award_is(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let attach = |name: &str| send(&scene.commissioner, &format!("/v1/awards/{}/documents", draft.id()), name, "application/pdf", PDF).must(201).id();
        let first = attach("assessment.pdf");
        let hidden = |client: &Client, document: &str| {
            assert_eq!(client.get(&format!("/v1/documents/{document}")).must(404).code(), "not_found");
            assert_eq!(client.get(&format!("/v1/documents/{document}/content")).must(404).code(), "not_found");
        };
        // The provider does not see the draft, so it does not see what is attached to it.
        hidden(&scene.author, &first);
        let note = send(&scene.commissioner, &format!("/v1/awards/{}/documents?office_only=true", draft.id()), "note.txt", "text/plain", b"Doubts.\n");
        let note = note.must(201).id();
        // Once the draft is for another provider, its files are that one's, and the first one's no more. What is for the office alone stays so.
        let moved = json!({ "provider_id": scene.other_provider });
        let draft = scene.commissioner.patch(&format!("/v1/awards/{}", draft.id()), draft.tag(), &moved).must(200);
        let second = attach("agreement.pdf");
        scene.offer(&draft).must(200);
        scene.stranger.get(&format!("/v1/documents/{second}")).must(200);
        assert_eq!(scene.stranger.get(&format!("/v1/documents/{second}/content")).must(200).text.as_bytes(), PDF);
        scene.stranger.get(&format!("/v1/documents/{first}")).must(200);
        assert_eq!(scene.stranger.get(&format!("/v1/documents/{first}/content")).must(200).text.as_bytes(), PDF);
        hidden(&scene.stranger, &note);
        for document in [&first, &second, &note] {
            hidden(&scene.author, document);
        }
        let listed = |client: &Client| client.all(&format!("/v1/awards/{}/documents", draft.id())).len();
        assert_eq!((listed(&scene.stranger), listed(&scene.commissioner)), (2, 3));
        for document in [first, second, note] {
            scene.commissioner.get(&format!("/v1/documents/{document}/content")).must(200);
        }
    }

    fn files_are_attached_to_an_award_by_both_sides(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let path = format!("/v1/awards/{}/documents", draft.id());
        assert_eq!(send(&scene.author, &path, "plan.pdf", "application/pdf", PDF).must(404).code(), "not_found");
        scene.offer(&draft).must(200);
        let first = send(&scene.commissioner, &path, "Grant%20agreement.pdf", "application/pdf", PDF).must(201);
        assert_eq!(first.header("location"), Some(format!("/v1/documents/{}", first.id()).as_str()));
        let second = send(&scene.author, &path, "spend.csv", "application/octet-stream", b"month,pence\nApril,100\n").must(201);
        assert_eq!(second.body["media_type"], "text/csv");
        let names: Vec<Value> = scene.author.all(&format!("{path}?limit=1")).iter().map(|one| one["file_name"].clone()).collect();
        assert_eq!(names, [json!("Grant agreement.pdf"), json!("spend.csv")]);
        let got = scene.author.get(first.header("location").unwrap()).must(200);
        assert_eq!(got.body, first.body);
        scene.stranger.get(&path).must(404);
        scene.stranger.get(first.header("location").unwrap()).must(404);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=award.attach_document&outcome=done", draft.id()));
        assert_eq!(log.len(), 2);
        assert_eq!(log[1]["after"]["sha256"], first.body["sha256"]);
    }

    fn the_office_keeps_files_of_an_award_to_itself(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        scene.offer(&draft).must(200);
        let path = format!("/v1/awards/{}/documents", draft.id());
        let own = format!("{path}?office_only=true");
        let kept = send(&scene.commissioner, &own, "assessment.pdf", "application/pdf", PDF).must(201);
        let shown = send(&scene.commissioner, &format!("{path}?office_only=false"), "agreement.txt", "text/plain", b"Agreed.\n").must(201);
        let usual = send(&scene.commissioner, &path, "letter.txt", "text/plain", b"A letter.\n").must(201);
        assert_eq!([&kept, &shown, &usual].map(|one| one.body["office_only"].clone()), [json!(true), json!(false), json!(false)]);
        for client in [&scene.author, &scene.signatory] {
            let names: Vec<Value> = client.all(&path).iter().map(|one| one["file_name"].clone()).collect();
            assert_eq!(names, [json!("agreement.txt"), json!("letter.txt")]);
            assert_eq!(client.get(&format!("/v1/documents/{}", kept.id())).must(404).code(), "not_found");
            assert_eq!(client.get(&format!("/v1/documents/{}/content", kept.id())).must(404).code(), "not_found");
        }
        assert_eq!(scene.approver.all(&path).len(), 3);
        assert_eq!(scene.approver.get(&format!("/v1/documents/{}/content", kept.id())).must(200).text.as_bytes(), PDF);
        assert_eq!(send(&scene.author, &own, "plan.pdf", "application/pdf", PDF).must(422).faults(), ["query:office_only not_allowed"]);
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=award.attach_document&outcome=done", draft.id()));
        let told: Vec<Value> = log.iter().map(|event| event["after"]["office_only"].clone()).collect();
        assert_eq!(told, [json!(false), json!(false), json!(true)], "the newest first");
    }

    fn a_file_that_is_no_good_is_refused_with_every_fault(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let path = format!("/v1/awards/{}/documents", scene.draft(300_000, json!({})).id());
        let office = &scene.commissioner;
        let pretending = send(office, &path, "a.pdf", "application/pdf", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR").must(422);
        assert_eq!(pretending.faults(), ["header:Content-Type disagrees", "query:file_name disagrees"]);
        assert_eq!(send(office, &path, "a.pdf", "application/pdf", b"\x7fELF\x02\x01\x01\x00").must(422).faults(), [" not_taken"]);
        assert_eq!(send(office, &path, "a.pdf", "application/pdf", b"").must(422).faults(), [" too_short"]);
        assert_eq!(office.post(&path, &json!({})).must(422).faults(), ["query:file_name required"]);
        let large = vec![b'a'; 20 * 1_048_576 + 1];
        assert_eq!(send(office, &path, "a.txt", "text/plain", &large).must(413).code(), "too_large");
        assert_eq!(office.all(&path), Vec::<Value>::new());
    }

    fn the_same_key_attaches_a_file_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let path = format!("/v1/awards/{}/documents", scene.draft(300_000, json!({})).id());
        let sent = |name: &str, media: &str| {
            let request = scene.commissioner.request(Method::POST, &format!("{path}?file_name={name}"));
            scene.commissioner.send(request.header("Idempotency-Key", "once").header("Content-Type", media.to_owned()).body(PDF))
        };
        let first = sent("a.pdf", "application/pdf").must(201);
        let again = sent("a.pdf", "application/pdf").must(201);
        assert_eq!((again.header("idempotent-replay"), again.id()), (Some("true"), first.id()));
        // The same bytes under another name, or as something else, are another request.
        assert_eq!(sent("b.pdf", "application/pdf").must(422).code(), "key_reused");
        assert_eq!(sent("a.pdf", "application/octet-stream").must(422).code(), "key_reused");
        assert_eq!(scene.commissioner.all(&path).len(), 1);
    }
}
