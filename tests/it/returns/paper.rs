//! An accepted return is frozen under a hash, and printed: the same bytes each time, everything that was written as words.

use std::process::{Command, Stdio};

use almoner::access::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::returns::{accepted, act, indicator, of_period, submitted, write};
use crate::support::program::verify;
use crate::support::{Backend, Client, Scene};

/// The PDF of a return, as this caller gets it.
pub fn print(who: &Client, id: &str) -> Vec<u8> {
    let answer = who.request(Method::GET, &format!("/v1/returns/{id}/pdf")).send().unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/pdf"));
    answer.bytes().unwrap().to_vec()
}

/// The words of a PDF in one line, where the program that reads them is there.
pub fn words(pdf: &[u8]) -> Option<String> {
    use std::io::Write;
    let program = Command::new("pdftotext").args(["-layout", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut program) = program else {
        assert!(std::env::var_os("REQUIRE_LIBREOFFICE").is_none(), "pdftotext (poppler-utils) is needed and is not installed");
        eprintln!("pdftotext is not installed: the words of the PDF are not read");
        return None;
    };
    program.stdin.take().unwrap().write_all(pdf).unwrap();
    let text = String::from_utf8(program.wait_with_output().unwrap().stdout).unwrap();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[track_caller]
pub fn says(pdf: &[u8], all: &[&str]) {
    let Some(text) = words(pdf) else { return };
    for one in all {
        assert!(text.contains(one), "`{one}` is not in\n{text}");
    }
}

fn frozen(answer: &Value) -> (String, Vec<Value>) {
    let frozen = &answer["frozen"];
    (frozen["sha256"].as_str().unwrap().to_owned(), frozen["parts"].as_array().unwrap().clone())
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash over all parts, worked out as an outsider would.
fn hash_of(parts: &[Value]) -> String {
    let lines: String =
        parts.iter().map(|part| format!("{} {}\n", part["pointer"].as_str().unwrap(), part["sha256"].as_str().unwrap())).collect();
    sha256(&lines)
}

on_both! {
    fn an_accepted_return_is_frozen_and_printed(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = indicator(&scene, &award, "People referred", "people");
        let hostile = "#import \"office.typ\": * $x$ *bold* _i_ `raw` <label> @ref \\ // Tŷ Gwŷn ŵ 🎉 #panic()";
        let content = json!({
            "spend": [{ "category": "staff", "amount_pence": 70_050, "note": hostile }],
            "values": [{ "indicator_id": people, "status": "reported", "value": 1234 }],
            "narrative": format!("First.\nSecond.\n\n{hostile} {}", "w".repeat(3_000)),
            "case_study": "Somebody was helped.",
        });
        let sent = submitted(&scene, &award, "2020-21-Q1", &content);
        let id = sent.id();
        assert_eq!(sent.body["frozen"], Value::Null);
        let draft = print(&scene.author, &id);
        says(&draft, &["This is a draft: it was submitted, and the office has not accepted it.", "£700.50", "Not frozen: this may still change."]);

        let done = act(&scene.commissioner, &sent, "acceptance").must(200);
        let (hash, parts) = frozen(&done.body);
        assert_eq!(hash_of(&parts), hash);
        let narrative = parts.iter().find(|part| part["pointer"] == "/content/narrative").unwrap();
        let line = format!("/content/narrative\n{}\n{}\n", narrative["salt"].as_str().unwrap(), done.body["content"]["narrative"]);
        assert_eq!(narrative["sha256"], sha256(&line), "anybody who has the words can work it out");
        let spend = parts.iter().find(|part| part["pointer"] == "/content/spend").unwrap();
        assert_eq!((spend["salt"].as_str(), spend["is_text"].as_bool()), (None, Some(false)));
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}"));
        let event = events.iter().find(|event| event["act"] == "return.accept").unwrap();
        assert_eq!(event["after"]["frozen_sha256"], hash.as_str());

        let pdf = print(&scene.author, &id);
        assert!(pdf != draft && pdf == print(&scene.commissioner, &id), "the same bytes for everybody who may see it");
        says(&pdf, &["Return for 2020-21-Q1", "£700.50", "People referred (people)", "1234", "First. Second.", "Somebody was helped.", &hash]);
        let printed = hostile.replace('🎉', "[U+1F389]");
        if let Some(text) = words(&pdf) {
            assert!(text.replace(' ', "").contains(&printed.replace(' ', "")), "`{printed}` is not in\n{text}");
        }
        let tag = scene.author.request(Method::GET, &format!("/v1/returns/{id}/pdf")).send().unwrap().headers()["etag"].clone();
        let again = scene.author.request(Method::GET, &format!("/v1/returns/{id}/pdf")).header("If-None-Match", tag).send().unwrap();
        assert_eq!(again.status().as_u16(), 304);
        assert_eq!(scene.stranger.get(&format!("/v1/returns/{id}/pdf")).must(404).code(), "not_found");

        // What comes later is listed and leaves the hash.
        let adjusted = json!({ "reason": "An invoice was entered twice.", "spend": [{ "category": "staff", "amount_pence": -550 }] });
        scene.commissioner.post(&format!("/v1/returns/{id}/adjustments"), &adjusted).must(201);
        says(&print(&scene.author, &id), &["Adjusted since it was accepted", "An invoice was entered twice.", "-£5.50", "£700.50", &hash]);
    }

    fn another_template_leaves_the_paper_of_what_was_accepted(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let done = accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": [], "narrative": "We met Ann Example." }));
        let before = print(&scene.author, &done.id());
        let templates = tempfile::tempdir().unwrap();
        let office = include_str!("../../../templates/office.typ").replace("#let accent = rgb(\"#1c4e80\")", "#let accent = rgb(\"#801c1c\")");
        std::fs::write(templates.path().join("office.typ"), office).unwrap();
        let again = app.again_with(templates.path());
        let author = again.of_provider(&[Role::ProviderAuthor], scene.provider.parse().unwrap());
        let commissioner = again.office(&[Role::Commissioner]);
        assert!(print(&author, &done.id()) == before, "it is set from the files of its own day");
        let open = of_period(&scene, &award, "2020-21-Q2").id();
        assert!(print(&author, &open) != print(&scene.author, &open), "another colour makes another draft");
        // What is accepted now keeps the new ones.
        let content = json!({ "spend": [], "narrative": "Quiet." });
        let sent = submitted(&scene, &award, "2020-21-Q2", &content);
        let request = commissioner.request(Method::POST, &format!("/v1/returns/{}/acceptance", sent.id())).header("If-Match", sent.tag());
        let second = commissioner.send(request.header("Idempotency-Key", "with-new-templates")).must(200);
        assert!(print(&scene.author, &second.id()) == print(&author, &second.id()), "also where the service has others");
        let kept = |sql: &str| app.texts(sql).len();
        assert_eq!((kept("SELECT DISTINCT set_sha256 AS text FROM paper_set_file"), kept("SELECT sha256 AS text FROM paper_file")), (2, 3), "each file once");
        // A redaction reaches the paper all the same.
        let input = json!({ "pointers": ["/narrative"], "reason": "It named a person." });
        app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{}/redaction", done.id()), &input).must(201);
        let after = print(&author, &done.id());
        assert!(after != before && after == print(&scene.author, &done.id()));
        says(&after, &["[redacted]"]);
        if let Some(text) = words(&after) {
            assert!(!text.contains("Ann Example"), "{text}");
        }
    }

    fn a_redaction_leaves_the_hash_and_shows_where(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let spend = json!([{ "category": "staff", "amount_pence": 7_000, "note": "for Ann Example" }]);
        let written = write(&scene.author, &first, &json!({ "spend": spend, "narrative": "We met Ann Example." })).must(200);
        let id = first.id();
        let upload = scene.author.request(Method::POST, &format!("/v1/returns/{id}/evidence?file_name=Ann.txt")).header("Content-Type", "text/plain");
        let file = scene.author.send(upload.body("A letter\n")).must(201).id();
        let sent = crate::returns::send(&scene, &written);
        let request = scene.commissioner.request(Method::POST, &format!("/v1/returns/{id}/acceptance")).header("If-Match", sent.tag());
        let done = scene.commissioner.send(request.header("Idempotency-Key", "accepted-once")).must(200);
        let (hash, before) = frozen(&done.body);
        says(&print(&scene.author, &id), &["We met Ann Example.", "Ann.txt"]);
        let input = json!({ "pointers": ["/narrative"], "document_ids": [file], "reason": "It named a person." });
        app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{id}/redaction"), &input).must(201);

        let salt = before.iter().find(|part| part["pointer"] == "/content/narrative").unwrap()["salt"].as_str().unwrap().to_owned();
        for held in ["parts AS text FROM return_freeze", "body AS text FROM idempotency_key"] {
            assert!(!app.texts(&format!("SELECT {held}")).iter().any(|text| text.contains(&salt)), "a salt is left in {held}");
        }
        let (now, parts) = frozen(&scene.author.get(&format!("/v1/returns/{id}")).must(200).body);
        assert_eq!((&now, hash_of(&parts)), (&hash, hash.clone()), "the hash stays, and its parts still make it");
        let changed: Vec<&str> = before.iter().zip(&parts).filter(|(was, is)| was != is).map(|(was, _)| was["pointer"].as_str().unwrap()).collect();
        assert_eq!(changed, ["/content/narrative", "/evidence/0/file_name"]);
        assert!(parts.iter().filter(|part| changed.contains(&part["pointer"].as_str().unwrap())).all(|part| part["salt"].is_null()));
        let pdf = print(&scene.author, &id);
        says(&pdf, &["[redacted]", "Taken out since", "/narrative", "It named a person.", "for Ann Example", &hash]);
        assert!(!words(&pdf).is_some_and(|text| text.contains("We met Ann")));
        let (holds, said) = verify(&app.database_url);
        assert!(holds && said.contains("Returns: hold. 1 frozen return;"), "{said}");
    }

    fn what_is_changed_by_hand_is_named(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let content = json!({ "spend": [{ "category": "staff", "amount_pence": 7_000 }], "narrative": "We met.", "risks": "None." });
        accepted(&scene, &award, "2020-21-Q1", &content);
        assert!(verify(&app.database_url).0);
        let finds = |sql: &str, faults: &[&str]| {
            app.sql(sql);
            let (holds, said) = verify(&app.database_url);
            assert!(!holds && said.contains("Returns: DO NOT HOLD. 1 frozen return;"), "{said}");
            faults.iter().for_each(|fault| assert!(said.contains(fault), "`{fault}` is not in\n{said}"));
        };
        finds("UPDATE return_spend SET amount_pence = 7001", &["(2020-21-Q1): /content/spend is not what was accepted."]);
        finds("UPDATE return_spend SET amount_pence = 7000; UPDATE return_content SET narrative = '[redacted]'", &["/content/narrative is not what was accepted."]);
        finds("UPDATE return_content SET narrative = 'We met.'; UPDATE quarterly_return_version SET certified_by = 'Nobody' WHERE state = 'accepted'",
            &["/certificate is not what was accepted."]);
        let other = "0".repeat(64);
        finds(&format!("UPDATE return_freeze SET sha256 = '{other}'"), &["its parts do not make its hash", "the log has another hash of it"]);
        // A salt taken away without a redaction is no redaction.
        let salt = match app.backend {
            Backend::Sqlite => "json(replace(parts, '\"salt\":\"', '\"none\":\"'))",
            Backend::Postgres => "replace(parts, '\"salt\":\"', '\"none\":\"')",
        };
        app.sql(&format!("UPDATE return_freeze SET parts = {salt}"));
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("/content/risks was redacted, and something else stands there"), "{said}");
    }

    fn the_paper_plans_what_the_form_plans(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 75_000 })).collect();
        let award = scene.live(300_000, json!({ "profile": profile })).id();
        let tag = scene.award(&award).tag().to_owned();
        let end = json!({ "ended_on": "2020-11-15", "reason": "the project closed" });
        scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &end).must(200);
        for quarter in ["2020-21-Q1", "2020-21-Q2"] {
            submitted(&scene, &award, quarter, &json!({ "spend": [{ "category": "staff", "amount_pence": 75_000 }] }));
        }
        // Half of the quarter: 46 of its 92 days.
        let sent = submitted(&scene, &award, "2020-21-Q3", &json!({ "spend": [{ "category": "staff", "amount_pence": 37_500 }] }));
        assert_eq!(sent.body["findings"], json!([]));
        let form = scene.author.get(&format!("/v1/returns/{}/form", sent.id())).must(200);
        assert_eq!(form.body["spend"]["planned_pence"], 37_500);
        says(&print(&scene.author, &sent.id()), &["£375.00 £375.00"]);
        let done = act(&scene.commissioner, &sent, "acceptance").must(200);
        let pdf = print(&scene.author, &done.id());
        says(&pdf, &["2020-21-Q3 £375.00 £375.00"]);
        assert!(words(&pdf).is_none_or(|text| !text.contains("£750.00")), "the whole quarter is not planned for half of it");
    }
}
