//! A group that has no user signs on paper, and the office accepts for it; and the office sees what became of its letters.

use almoner::access::permissions::Role;
use almoner::outbox::rules::State;
use almoner::outbox::{Security, deliver};
use reqwest::Method;
use serde_json::{Value, json};

use super::actions;
use crate::outbox::mailer;
use crate::support::smtp::MailServer;
use crate::support::{Answer, Client, Scene};

/// Attaches a signed paper to an award and gives its id.
#[track_caller]
pub fn paper(client: &Client, award: &str) -> String {
    let request = client.request(Method::POST, &format!("/v1/awards/{award}/documents?file_name=signed.pdf"));
    client.send(request.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id()
}

#[track_caller]
fn accept(who: &Client, scene: &Scene, award: &str, acceptance: &Value) -> Answer {
    let tag = scene.award(award).tag().to_owned();
    who.change(&format!("/v1/awards/{award}/acceptance"), &tag, acceptance)
}

on_both! {
    fn the_office_accepts_by_a_paper_that_the_provider_signed(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let both = app.office(&[Role::Commissioner, Role::Approver]);
        let draft = scene.draft(300_000, json!({}));
        let award = draft.id();
        let elsewhere = paper(&scene.commissioner, &scene.draft(100_000, json!({})).id());
        both.change(&format!("/v1/awards/{award}/offer"), draft.tag(), &json!({ "offered_on": "2020-07-01" })).must(200);
        scene.plan(&award);
        let signed = paper(&scene.commissioner, &award);
        let yes = json!({ "accepted_on": "2020-08-01", "signed_document_id": signed, "signed_by": "The chair of the group" });
        let may = |client: &Client| actions(&client.get(&format!("/v1/awards/{award}")).must(200)).contains(&"accept".to_owned());
        assert_eq!([&both, &scene.approver, &scene.commissioner, &scene.signatory].map(may), [false, true, false, true]);
        assert_eq!(accept(&both, &scene, &award, &yes).must(409).code(), "same_person");
        assert_eq!(accept(&scene.commissioner, &scene, &award, &yes).must(403).code(), "forbidden");
        let refusal = scene.approver.change(&format!("/v1/awards/{award}/refusal"), scene.award(&award).tag(), &json!({ "reason": "no" }));
        assert_eq!(refusal.must(403).code(), "forbidden");
        let nothing = accept(&scene.approver, &scene, &award, &json!({})).must(422);
        assert_eq!(nothing.faults(), ["/signed_by required", "/signed_document_id required"]);
        let other = json!({ "signed_document_id": elsewhere, "signed_by": " " });
        assert_eq!(accept(&scene.approver, &scene, &award, &other).must(422).faults(), ["/signed_by blank", "/signed_document_id unknown_record"]);
        let by_itself = accept(&scene.signatory, &scene, &award, &yes).must(422);
        assert_eq!(by_itself.faults(), ["/signed_by not_allowed", "/signed_document_id not_allowed"]);
        assert_eq!(scene.held("committed", &award), [0, 0]);
        let live = accept(&scene.approver, &scene, &award, &yes).must(200);
        assert_eq!((live.body["state"].as_str(), scene.held("committed", &award)), (Some("live"), vec![300_000, 0]));
        for seen in [scene.award(&award), scene.signatory.get(&format!("/v1/awards/{award}")).must(200)] {
            assert!(seen.body["accepted_on_behalf_by"].as_str().unwrap().starts_with("approver"), "{}", seen.text);
            assert_eq!((&seen.body["signed_by"], &seen.body["signed_document_id"]), (&json!("The chair of the group"), &json!(signed)));
        }
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={award}&act=award.accept&outcome=done"));
        assert_eq!(log[0]["after"]["signed_document_id"], json!(signed));
        assert_eq!((&log[0]["after"]["signed_by"], log[0]["after"]["accepted_on_behalf_by"].is_string()), (&Value::Null, true));
        // What a provider accepts by itself says nothing of a paper.
        let own = scene.live(100_000, json!({}));
        assert_eq!([&own.body["accepted_on_behalf_by"], &own.body["signed_by"], &own.body["signed_document_id"]], [&Value::Null; 3]);
    }

    fn the_office_sees_what_became_of_the_letter_of_an_offer(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let letter = |award: &str| scene.award(award).body["letter"].clone();
        let first = scene.draft(100_000, json!({}));
        assert_eq!(letter(&first.id()), Value::Null);
        assert_eq!(scene.offer(&first).must(200).body["letter"]["state"], "no_address");
        assert_eq!(letter(&first.id()), json!({ "state": "no_address", "queued_at": null, "sent_at": null }));
        let provider = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&provider).must(200).tag().to_owned();
        scene.commissioner.patch(&provider, &tag, &json!({ "contact_email": "grants@helping-hands.example" })).must(200);
        assert_eq!(letter(&first.id())["state"], "no_address", "what was not written is not written later");
        let second = scene.draft(100_000, json!({}));
        assert_eq!(scene.offer(&second).must(200).body["letter"]["state"], "queued");
        assert_eq!(scene.signatory.get(&format!("/v1/awards/{}", second.id())).must(200).body["letter"], Value::Null);
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        let send = || app.wait(deliver(&app.service.db, &mailer)).unwrap();
        assert_eq!((send(), send()), (Some(State::Sent), None));
        let sent = letter(&second.id());
        assert_eq!((sent["state"].as_str(), sent["sent_at"].is_string()), (Some("sent"), true));
        // Whoever is accepted for is told, and the letter of the offer is still the one that the award shows.
        scene.plan(&second.id());
        let signed = paper(&scene.commissioner, &second.id());
        accept(&scene.approver, &scene, &second.id(), &json!({ "signed_document_id": signed, "signed_by": "The chair" })).must(200);
        assert_eq!(letter(&second.id()), sent);
        assert_eq!((send(), send()), (Some(State::Sent), None));
        assert!(server.messages()[1].contains("is accepted on your behalf\n"), "{}", server.messages()[1]);
        for state in ["failed", "dead"] {
            app.sql(&format!("UPDATE outbox_message SET state = '{state}', sent_at = NULL"));
            assert_eq!(letter(&second.id())["state"], state);
        }
    }
}
