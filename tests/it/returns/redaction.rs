//! Personal data that got in all the same is taken out of everything, and it can be shown that nothing else changed.

use std::thread::JoinHandle;
use std::time::Duration;

use almoner::access::permissions::Role;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::Method;
use serde_json::{Value, json};

use crate::returns::{act, certify, of_period, send, write};
use crate::support::{Answer, App, Backend, Scene};

const NAME: &str = "Ann Example of Walsall";

/// Every text that the database holds somewhere.
fn everything(app: &App) -> String {
    let tables = [
        "return_content",
        "return_service",
        "return_spend",
        "return_explanation",
        "return_query",
        "return_query_answer",
        "quarterly_return_version",
        "return_adjustment",
        "audit_event",
        "idempotency_key",
        "document",
        "outbox_message",
    ];
    let columns = [
        "coalesce(narrative, '') || coalesce(risks, '') || coalesce(sections, '')",
        "coalesce(staffing_note, '') || coalesce(case_study, '')",
        "coalesce(note, '')",
        "text",
        "question",
        "answer",
        "coalesce(query, '') || coalesce(reason, '') || coalesce(due_reason, '') || coalesce(evidence, '')",
        "reason",
        "coalesce(reason, '') || coalesce(before_json, '') || coalesce(after_json, '') || coalesce(refusal_detail, '')",
        "body",
        "file_name",
        "subject || body",
    ];
    let texts = tables.iter().zip(columns).map(|(table, column)| app.texts(&format!("SELECT {column} AS text FROM {table}")).join("\n"));
    texts.collect::<Vec<_>>().join("\n")
}

/// Whether the bytes of the database's file, or of its log, say of whom the narrative told. A server keeps its own files.
fn is_on_disk(app: &App) -> Option<bool> {
    let path = matches!(app.backend, Backend::Sqlite).then(|| app.database_url.trim_start_matches("sqlite:"))?;
    let said = format!("We met {NAME}");
    let holds = |end: &str| {
        let bytes = std::fs::read(format!("{path}{end}")).unwrap_or_default();
        bytes.windows(said.len()).any(|window| window == said.as_bytes())
    };
    Some(holds("") || holds("-wal"))
}

/// A reader from elsewhere who looks at the file for a moment: so long the log cannot be emptied.
fn look_for_a_moment(app: &App) -> Option<JoinHandle<()>> {
    let path = matches!(app.backend, Backend::Sqlite).then(|| app.database_url.trim_start_matches("sqlite:"))?;
    let mut reader = SqliteConnection::establish(path).unwrap();
    reader.batch_execute("BEGIN; SELECT count(*) FROM app_user;").unwrap();
    Some(std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        reader.batch_execute("ROLLBACK").unwrap();
    }))
}

/// A redaction as the return shows it later: what its answer alone told is left out.
fn later(made: &Answer) -> Value {
    let mut kept = made.body.clone();
    for told_once in ["elsewhere", "letters_sent"] {
        kept[told_once] = Value::Null;
    }
    kept
}

fn redact(app: &App, id: &str, input: &Value) -> Answer {
    app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{id}/redaction"), input)
}

/// And its chain holds.
fn the_log_holds_where_and_why(app: &App, id: &str) {
    let log = app.office(&[Role::Auditor]);
    let events = log.all(&format!("/v1/audit-events?record_id={id}"));
    let event = events.iter().find(|event| event["act"] == "return.redact" && event["outcome"] == "done").unwrap();
    assert_eq!((event["reason"].as_str(), &event["after"]["places"][0]["content_no"]), (Some("It named a person."), &json!(1)));
    app.wait(almoner::audit::seal(&app.service.db)).unwrap();
    assert_eq!(log.get("/v1/audit-events/verification").must(200).body["intact"], true);
}

on_both! {
    fn a_name_is_taken_out_of_every_version_and_file(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let id = first.id();
        let path = format!("/v1/returns/{id}");
        let spend = json!([{ "category": "other", "amount_pence": 5, "note": NAME }, { "category": "staff", "amount_pence": 7 }]);
        let written = write(&scene.author, &first, &json!({ "spend": spend, "narrative": format!("We met {NAME}.") })).must(200);
        let request = scene.author.request(Method::POST, &format!("{path}/evidence?file_name={NAME}.txt")).header("Content-Type", "text/plain");
        let file = scene.author.send(request.body(format!("Letter to {NAME}\n"))).must(201);
        let sent = send(&scene, &written);
        let asked = scene.commissioner.change(&format!("{path}/queries"), sent.tag(), &json!({ "question": format!("Who is {NAME}?") })).must(200);
        let query = asked.body["queries"][0]["id"].clone();
        let answered = scene.author.change(&format!("{path}/queries/{}/answer", query.as_str().unwrap()), asked.tag(), &json!({ "answer": NAME })).must(200);
        let moved = json!([{ "category": "staff", "amount_pence": 7 }, { "category": "other", "amount_pence": 5, "note": NAME }]);
        let mended = write(&scene.author, &answered, &json!({ "spend": moved, "narrative": format!("We met {NAME} twice.") })).must(200);
        let again = act(&scene.author, &certify(&scene, &mended), "submission").must(200);
        let done = act(&scene.commissioner, &again, "acceptance").must(200);
        assert!(everything(app).contains(NAME));

        let all = json!({ "pointers": ["/narrative", "/spend/1/note"], "query_ids": [query], "document_ids": [file.id()], "reason": "It named a person." });
        for who in [&scene.commissioner, &scene.author, &scene.approver, &app.office(&[Role::Administrator])] {
            assert_eq!(who.post(&format!("{path}/redaction"), &all).must(403).code(), "forbidden");
        }
        let with = |changes: Value| {
            let mut input = json!({ "reason": "x" });
            for (name, value) in changes.as_object().unwrap() { input[name] = value.clone(); }
            redact(app, &id, &input).must(422).faults()
        };
        assert_eq!(with(json!({})), [" required"]);
        assert_eq!(with(json!({ "pointers": ["/risks", "/spend/0/amount_pence"] })), ["/pointers/0 nothing_there", "/pointers/1 nothing_there"]);
        assert_eq!(with(json!({ "query_ids": [award] })), ["/query_ids/0 unknown_record"]);
        assert_eq!(with(json!({ "document_ids": [award] })), ["/document_ids/0 unknown_record"]);
        assert_eq!(with(json!({ "pointers": ["/spend/1/note"], "reason": format!("It says {NAME}.") })), ["/reason repeated"]);
        // A part of what is taken out names somebody too, and so does a number.
        assert_eq!(with(json!({ "pointers": ["/narrative"], "reason": "Named ann example." })), ["/reason repeated"]);
        assert_eq!(with(json!({ "pointers": ["/narrative"], "reason": "It was about Walsall." })), ["/reason repeated"]);
        assert_eq!(with(json!({ "pointers": ["/narrative"], "reason": "She is AB 12 34 56 C." })), ["/reason national_insurance_number"]);
        assert!(everything(app).contains(NAME) && is_on_disk(app) != Some(false), "nothing happened yet");

        let looks = look_for_a_moment(app);
        let made = redact(app, &id, &all).must(201);
        assert_ne!(is_on_disk(app), Some(true), "free space and the log hold nothing of it");
        if let Some(looks) = looks { looks.join().unwrap(); }
        let left = everything(app);
        let lines: Vec<&str> = left.lines().filter(|line| line.contains(NAME)).collect();
        assert!(lines.is_empty(), "{lines:?}");
        let now = scene.author.get(&path).must(200);
        assert_eq!((now.body["state"].as_str(), &now.body["version"]), (Some("accepted"), &done.body["version"]));
        let content = &now.body["content"];
        assert_eq!([&content["narrative"], &content["spend"][1]["note"]], ["[redacted]", "[redacted]"]);
        let mut wanted = done.body["content"].clone();
        wanted["narrative"] = json!("[redacted]");
        wanted["spend"][1]["note"] = json!("[redacted]");
        assert_eq!(content, &wanted, "nothing else changed");
        // Whoever has the content can work the hash out.
        let places = made.body["places"].as_array().unwrap();
        let own = places.iter().rfind(|place| place["pointer"] == "/narrative").unwrap();
        assert_eq!(own["content_sha256"].as_str(), Some(sha256(&sorted(content).to_string()).as_str()));
        assert_eq!(now.body["redactions"], json!([later(&made)]));
        assert_eq!((&made.body["elsewhere"], &made.body["letters_sent"]), (&json!([]), &json!(0)));
        assert_eq!((&now.body["queries"][0]["question"], &now.body["queries"][0]["answer"]), (&json!("[redacted]"), &json!("[redacted]")));
        // The file is gone, and says that it was there.
        let shown = scene.author.get(&format!("/v1/documents/{}", file.id())).must(200);
        assert_eq!((shown.body["file_name"].as_str(), shown.body["redacted_on"].is_string()), (Some("redacted.txt"), true));
        assert_eq!(scene.author.get(&format!("/v1/documents/{}/content", file.id())).must(409).code(), "wrong_state");
        assert!(app.wait(app.service.shelf.fetch(file.body["sha256"].as_str().unwrap().to_owned())).is_err(), "the bytes are gone");
        the_log_holds_where_and_why(app, &id);
        assert_eq!(with(json!({ "pointers": ["/narrative"] })), ["/pointers/0 nothing_there"], "it is taken out once");
    }

    fn what_the_office_said_is_taken_out_too(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        // Letters go to the provider.
        let provider = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&provider).must(200).tag().to_owned();
        scene.commissioner.patch(&provider, &tag, &json!({ "contact_email": "office@helping.example" })).must(200);
        let award = scene.live(300_000, json!({})).id();
        let first = of_period(&scene, &award, "2020-21-Q1");
        let (id, path) = (first.id(), format!("/v1/returns/{}", first.id()));
        let change = |noun: &str, tag: &str, body: &Value| scene.commissioner.change(&format!("{path}/{noun}"), tag, body).must(200);
        let flooded = format!("The house of {NAME} was flooded.");
        let longer = change("extension", first.tag(), &json!({ "due_on": "2090-08-31", "reason": flooded }));
        let written = write(&scene.author, &longer, &json!({ "spend": [], "narrative": "We met Ann." })).must(200);
        let sent = send(&scene, &written);
        let opened = change("reopening", sent.tag(), &json!({ "reason": format!("{NAME} is named.") }));
        let reasons = opened.body["reasons"].as_array().unwrap().clone();
        assert_eq!(reasons.iter().map(|one| one["reason"].clone()).collect::<Vec<_>>(), [flooded.clone(), format!("{NAME} is named.")]);
        let again = act(&scene.author, &opened, "submission").must(200);
        act(&scene.commissioner, &again, "acceptance").must(200);
        let less = json!({ "spend": [{ "category": "staff", "amount_pence": 1 }], "reason": format!("{NAME} was counted twice.") });
        let adjusted = scene.commissioner.post(&format!("{path}/adjustments"), &less).must(201);
        app.sql(&format!("UPDATE quarterly_return_version SET evidence = 'from the list of {NAME}' WHERE accepted_on IS NOT NULL"));
        assert!(everything(app).contains(NAME));
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}"));
        assert!(!json!(log).to_string().contains(NAME), "the log never holds such words");

        let versions: Vec<Value> = reasons.iter().map(|one| one["version"].clone()).collect();
        let all = json!({ "reason_versions": versions, "adjustment_ids": [adjusted.id()], "evidence": true, "look_for": ["ann"], "reason": "It named a person." });
        let with = |name: &str, value: Value| {
            let mut input = all.clone();
            input[name] = value;
            redact(app, &id, &input).must(422).faults()
        };
        assert_eq!(with("reason_versions", json!([1])), ["/reason_versions/0 nothing_there"]);
        assert_eq!(with("adjustment_ids", json!([award])), ["/adjustment_ids/0 unknown_record"]);
        assert_eq!(with("reason", json!("It named Ann.")), ["/reason repeated"]);
        let made = redact(app, &id, &all).must(201);
        let left = everything(app);
        let lines: Vec<&str> = left.lines().filter(|line| line.contains(NAME)).collect();
        assert!(lines.is_empty(), "{lines:?}");
        // Inside another text the name still stands, and the answer says where.
        let elsewhere = made.body["elsewhere"].as_array().unwrap();
        assert!(!elsewhere.is_empty() && elsewhere.iter().all(|place| place["pointer"] == "/narrative"), "{}", made.text);
        assert_eq!(made.body["places"].as_array().unwrap().len(), 4, "{}", made.text);
        let now = scene.author.get(&path).must(200);
        assert_eq!((&now.body["due_reason"], &now.body["reasons"][1]["reason"]), (&json!("[redacted]"), &json!("[redacted]")));
        let mut gone = with("look_for", json!([]));
        gone.sort();
        let all = ["/adjustment_ids/0", "/evidence", "/reason_versions/0", "/reason_versions/1"].map(|pointer| format!("{pointer} nothing_there"));
        assert_eq!(gone, all, "it is taken out once");
    }
}

/// The same value with the keys of every object in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let all: std::collections::BTreeMap<_, _> = fields.iter().map(|(name, field)| (name.clone(), sorted(field))).collect();
            Value::Object(all.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        plain => plain.clone(),
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
