//! The letters of a novation, one for each provider, and reminders of those who have not answered.

use almoner::workers::Workers;
use reqwest::Method;
use serde_json::{Value, json};

use super::novation::{act, drafted, see};
use crate::returns::paper::{says, words};
use crate::support::{App, Client, Scene};

fn path(id: &str, provider: &str) -> String {
    format!("/v1/novations/{id}/providers/{provider}/letter")
}

/// What this caller gets at a place: its kind of media and its bytes.
#[track_caller]
fn fetch(who: &Client, path: &str) -> (String, Vec<u8>) {
    let answer = who.request(Method::GET, path).send().unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    (answer.headers()["content-type"].to_str().unwrap().to_owned(), answer.bytes().unwrap().to_vec())
}

/// The letter of a novation to a provider, as this caller gets it.
#[track_caller]
pub fn print(who: &Client, id: &str, provider: &str) -> Vec<u8> {
    let (media, bytes) = fetch(who, &path(id, provider));
    assert_eq!(media, "application/pdf");
    bytes
}

/// The files of a ZIP, each with its name.
fn files(who: &Client, path: &str) -> Vec<(String, Vec<u8>)> {
    let (media, bytes) = fetch(who, path);
    assert_eq!(media, "application/zip");
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for at in 0..book.len() {
        let (mut file, mut bytes) = (book.by_index(at).unwrap(), Vec::new());
        std::io::copy(&mut file, &mut bytes).unwrap();
        let name = file.name().unwrap().into_owned();
        all.push((name, bytes));
    }
    all
}

fn letters(scene: &Scene, id: &str) -> Value {
    see(&scene.commissioner, id).must(200).body["letters"].clone()
}

/// Has the worker make the letters that wait.
fn make_all(app: &App, scene: &Scene, id: &str) {
    let workers = Workers::start(&app.service.db, (&app.service.shelf, &app.service.press), &app.service.limits, None).unwrap();
    for _ in 0..600 {
        if letters(scene, id)["made"] == letters(scene, id)["of"] {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    drop(workers);
}

/// Gives a provider other facts.
fn patch(scene: &Scene, provider: &str, changes: Value) {
    let path = format!("/v1/providers/{provider}");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &changes).must(200);
}

on_both! {
    fn each_provider_of_a_novation_has_a_letter_that_is_made_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (from, to) = (scene.provider.clone(), scene.other_provider.clone());
        patch(&scene, &to, json!({ "name": "Tŷ Gŵyl #$*\\" }));
        let first = scene.live(200_000, json!({})).body["reference"].as_str().unwrap().to_owned();
        scene.live(100_050, json!({ "title": "#panic() $x$ *bold*" }));
        let id = drafted(&scene, json!({ "reason": "They merge.\n\n#import \"office.typ\": *" }));
        let zip = format!("/v1/novations/{id}/letters");
        // A draft's is marked as one, for the office alone, and not kept.
        says(&print(&scene.commissioner, &id, &to), &["This is a draft: it was not issued.", "Agreements of Helping Hands pass to you"]);
        scene.stranger.get(&path(&id, &to)).must(404);
        scene.commissioner.get(&path(&id, &scene.fund)).must(404);
        assert_eq!((scene.commissioner.get(&zip).must(409).code(), letters(&scene, &id)), ("wrong_state", Value::Null));

        act(&scene.approver, &id, "issue", &json!({})).must(200);
        assert_eq!(letters(&scene, &id), json!({ "made": 0, "of": 2, "left_out": 0 }));
        // What it says was fixed: another name since is in none of them.
        patch(&scene, &from, json!({ "name": "Another name since" }));
        let pdf = print(&scene.stranger, &id, &to);
        says(&pdf, &["Tŷ Gŵyl #$*\\", "Agreements of Helping Hands pass to you", "1 January 2021", &first, "#panic() $x$ *bold*", "£2,000.00", "£3,000.50",
            "Community Initiative Fund", "#import \"office.typ\": *", "We have asked Helping Hands too", "Accepted for Tŷ Gŵyl", "Novation NOV-0001."]);
        assert!(words(&pdf).is_none_or(|text| !text.contains("Another name since") && !text.contains("This is a draft")));
        assert_eq!(letters(&scene, &id), json!({ "made": 1, "of": 2, "left_out": 0 }));
        let refused = scene.commissioner.get(&zip).must(409);
        assert_eq!((refused.code(), &refused.body["letters"]), ("wrong_state", &json!({ "made": 1, "of": 2, "left_out": 0 })));
        // A provider waits for its own alone.
        let theirs = files(&scene.stranger, &zip);
        assert!(theirs.len() == 1 && theirs[0].1 == pdf, "it is made");
        assert_eq!(scene.signatory.get(&zip).must(409).body["letters"], json!({ "made": 0, "of": 1, "left_out": 0 }));
        make_all(app, &scene, &id);
        assert_eq!(letters(&scene, &id), json!({ "made": 2, "of": 2, "left_out": 0 }));
        let own = print(&scene.signatory, &id, &from);
        says(&own, &["Your agreements pass to Tŷ Gŵyl", "2 agreements of yours are to pass", "What is due before stays with Helping Hands.",
            "What we asked Helping Hands to pay back stays with it."]);
        // Nobody reads the other one's, neither by itself nor with all of them, and no file of the novation is one.
        scene.stranger.get(&path(&id, &from)).must(404);
        scene.signatory.get(&path(&id, &to)).must(404);
        assert_eq!(scene.stranger.all(&format!("/v1/novations/{id}/documents")).len(), 0);
        let all = files(&scene.commissioner, &zip);
        assert!(all.len() == 2 && all.iter().all(|(name, _)| name.starts_with("NOV-0001 ")), "{:?}", all.iter().map(|(name, _)| name).collect::<Vec<_>>());
        assert!(all.iter().any(|(_, bytes)| *bytes == pdf) && all.iter().any(|(_, bytes)| *bytes == own));
        let theirs = files(&scene.stranger, &zip);
        assert!(theirs.len() == 1 && theirs[0].1 == pdf, "its own alone");
        // The list has each with its paper; a provider finds its own.
        let listed = scene.commissioner.all(&format!("/v1/novations/{id}/providers"));
        let of = |provider: &str| listed.iter().find(|one| one["provider"]["id"] == json!(provider)).unwrap();
        assert_eq!((listed.len(), of(&to)["paper"]["url"].as_str()), (2, Some(path(&id, &to).as_str())));
        assert_eq!((of(&to)["paper"]["size_bytes"].as_u64(), of(&from)["paper"]["size_bytes"].as_u64()), (Some(pdf.len() as u64), Some(own.len() as u64)));
        assert!(of(&to)["paper"]["sha256"].is_string() && of(&to)["is_awaited"] == json!(true) && of(&to)["accepted_on"].is_null());
        assert_eq!(scene.stranger.all(&format!("/v1/novations/{id}/providers")).len(), 1);
        assert_eq!(see(&scene.stranger, &id).must(200).body["letters"], Value::Null, "how far they have come is the office's");
        // What became of the novation since leaves a letter as it was sent, and it is handed out with the others no more.
        act(&scene.commissioner, &id, "withdrawal", &json!({ "reason": "the wrong day" })).must(200);
        assert!(print(&scene.stranger, &id, &to) == pdf);
        assert_eq!((letters(&scene, &id), scene.commissioner.get(&zip).must(409).code()), (json!({ "made": 0, "of": 0, "left_out": 2 }), "wrong_state"));
    }

    fn those_who_have_not_answered_a_novation_are_reminded(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        for (provider, address) in [(&scene.provider, "before@hands.example"), (&scene.other_provider, "after@doors.example")] {
            patch(&scene, provider, json!({ "contact_email": address }));
        }
        scene.live(200_000, json!({}));
        let id = drafted(&scene, json!({}));
        let remind = || act(&scene.commissioner, &id, "reminders", &json!({}));
        let told = |wanted: (i64, i64)| {
            let body = remind().must(200).body;
            assert_eq!((&body["waiting_count"], &body["reminded_count"]), (&json!(wanted.0), &json!(wanted.1)), "{body}");
            body["provider_ids"].clone()
        };
        assert_eq!(remind().must(409).code(), "wrong_state", "a draft waits for nobody");
        act(&scene.approver, &id, "issue", &json!({})).must(200);
        let version = see(&scene.commissioner, &id).must(200).body["version"].clone();
        // Not on the day of the issue, and not twice on a day.
        told((2, 0));
        app.sql("UPDATE novation_version SET issued_on = '2020-11-30' WHERE issued_on IS NOT NULL");
        told((2, 2));
        told((2, 0));
        assert_eq!(act(&scene.stranger, &id, "acceptance", &json!({})).must(200).body["state"], "issued");
        app.sql("UPDATE novation_letter SET reminded_on = '2020-12-01'");
        assert_eq!(told((1, 1)), json!([scene.provider]));
        let listed = scene.commissioner.all(&format!("/v1/novations/{id}/providers"));
        let of = |provider: &str| listed.iter().find(|one| one["provider"]["id"] == json!(provider)).unwrap();
        let (asked, answered) = (of(&scene.provider), of(&scene.other_provider));
        assert_eq!([&asked["is_awaited"], &answered["is_awaited"], &asked["accepted_on"]], [&json!(true), &json!(false), &Value::Null]);
        assert!(answered["accepted_on"].is_string() && answered["reminded_on"] == json!("2020-12-01") && asked["reminded_on"] != answered["reminded_on"]);
        let mails = app.texts("SELECT recipient || ': ' || subject || ' ' || body AS text FROM outbox_message WHERE act = 'novation.remind' ORDER BY recipient");
        assert!(mails.len() == 3 && mails.iter().all(|one| one.contains("Sign in to the service to read your letter (PDF).")), "{mails:?}");
        assert!(mails[0].starts_with("after@doors.example: Agreements are to pass to you (NOV-0001): please answer "), "{mails:?}");
        let asked = "before@hands.example: Your agreements are to pass on (NOV-0001): please answer ";
        assert!(mails[1..].iter().all(|one| one.starts_with(asked)), "{mails:?}");
        // The acceptance alone made a version, and once both have answered there is nobody to remind.
        let seen = see(&scene.commissioner, &id).must(200);
        assert_eq!(seen.body["version"].as_i64(), version.as_i64().map(|before| before + 1));
        assert!(seen.body["allowed_actions"].as_array().unwrap().contains(&json!("remind")), "{}", seen.body);
        assert_eq!(act(&scene.signatory, &id, "acceptance", &json!({})).must(200).body["state"], "accepted");
        assert_eq!(remind().must(409).code(), "wrong_state");
        assert_eq!(act(&scene.approver, &id, "reminders", &json!({})).must(403).body["permission"], "novations.manage");
    }
}
