//! A variation has a last day to answer.

use almoner::access::permissions::Role;
use almoner::outbox::{Security, deliver};
use serde_json::json;

use super::{act, actions, draft};
use crate::outbox::mailer;
use crate::support::smtp::MailServer;
use crate::support::{Answer, App, Scene};
use crate::workers::a_round;

fn issue(scene: &Scene, drafted: &Answer, due: &str) -> Answer {
    let path = format!("/v1/variations/{}/issue", drafted.id());
    scene.commissioner.change(&path, drafted.tag(), &json!({ "answer_due_on": due }))
}

fn today(app: &App) -> String {
    app.service.db.clock().today().to_string()
}

on_both! {
    fn a_variation_that_is_not_answered_lapses(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let more = || draft(&scene, &award, json!({ "value": { "change_pence": 5 } })).must(201);
        let (late, open) = (issue(&scene, &more(), &today(app)).must(200), act(&scene.commissioner, &more(), "issue").must(200));
        assert_eq!((late.body["answer_due_on"].as_str(), late.body["state"].as_str()), (Some(today(app).as_str()), Some("issued")));
        assert_eq!(open.body["answer_due_on"], json!(null));
        let path = format!("/v1/variations/{}", late.id());
        assert_eq!(actions(&scene.signatory.get(&path).must(200)), ["accept", "refuse"]);
        app.sql("UPDATE variation_version SET answer_due_on = '2020-11-30' WHERE answer_due_on IS NOT NULL");
        // Its last day is past, so it is shown as lapsed at once and can be neither answered nor applied.
        for who in [&scene.signatory, &scene.commissioner] {
            let shown = who.get(&path).must(200);
            assert_eq!((shown.body["state"].as_str(), actions(&shown)), (Some("lapsed"), vec![]));
        }
        let listed = scene.signatory.all(&format!("/v1/awards/{award}/variations"));
        assert_eq!(listed.iter().map(|one| one["state"].as_str().unwrap()).collect::<Vec<_>>(), ["lapsed", "issued"]);
        for (who, noun) in [(&scene.signatory, "acceptance"), (&scene.signatory, "refusal"), (&scene.commissioner, "application")] {
            let refused = act(who, &late, noun).must(409);
            assert_eq!((refused.code(), refused.body["state"].as_str()), ("wrong_state", Some("lapsed")));
        }
        let version = || scene.commissioner.get(&path).must(200).body["version"].as_i64().unwrap();
        let before = version();
        a_round(app);
        let lapsed = scene.commissioner.get(&path).must(200);
        assert_eq!((version(), lapsed.body["state"].as_str(), lapsed.body["note"].as_str()), (before + 1, Some("lapsed"), Some("not answered in time")));
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=variation.lapse", late.id()));
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0]["before"]["state"], &events[0]["after"]["state"]), (&json!("issued"), &json!("lapsed")));
        a_round(app);
        assert_eq!(version(), before + 1);
        assert_eq!(act(&scene.signatory, &open, "acceptance").must(200).body["state"], "accepted");
    }

    fn the_last_day_to_answer_is_to_come(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let drafted = draft(&scene, &award, json!({ "value": { "change_pence": 5 } })).must(201);
        let yesterday = (app.service.db.clock().today() - chrono::TimeDelta::days(1)).to_string();
        assert_eq!(issue(&scene, &drafted, &yesterday).must(422).faults(), ["/answer_due_on reversed_dates"]);
        let unilateral = draft(&scene, &award, json!({ "delivery": { "status": "paused" }, "is_unilateral": true })).must(201);
        assert_eq!(issue(&scene, &unilateral, &today(app)).must(422).faults(), ["/answer_due_on not_allowed"]);
        act(&scene.commissioner, &unilateral, "issue").must(200);
        // The letter names the day.
        let path = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "contact_email": "grants@helping-hands.example" })).must(200);
        issue(&scene, &drafted, &today(app)).must(200);
        let server = MailServer::start();
        app.wait(deliver(&app.service.db, &mailer(&server, Security::None))).unwrap();
        let letter = server.messages().remove(0);
        assert!(letter.contains(&format!("Please accept or refuse it by {}", today(app))), "{letter}");
    }
}
