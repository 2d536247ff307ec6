//! An office's past, taken in from one file: tried, kept whole or not at all, and taken back as one.

use almoner::access::permissions::Role;
use calamine::Data;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use rust_xlsxwriter::{Formula, Workbook};
use serde_json::{Value, json};

use super::workbook::cells;
use super::{accepted, act, indicator, of_period, write};
use crate::support::client::new_key;
use crate::support::{Answer, Client, Scene};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const HEAD: &str = "award,period,kind,item,area,value,denominator,text,state,submitted_on,accepted_on";

/// A live award in two areas with a count and a percentage, and its reference.
struct Award {
    id: String,
    reference: String,
    people: String,
}

fn award(scene: &Scene) -> Award {
    let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
    let id = draft.id();
    let people = indicator(scene, &id, "People referred", "people");
    indicator(scene, &id, "People who stay", "percent");
    scene.go_live(&draft);
    let reference = scene.award(&id).body["reference"].as_str().unwrap().to_owned();
    Award { id, reference, people }
}

fn send_as(who: &Client, media: &str, query: &str, bytes: Vec<u8>) -> Answer {
    let request = who.request(Method::POST, &format!("/v1/returns/import{query}"));
    who.send(request.header("Idempotency-Key", new_key()).header(CONTENT_TYPE, media).body(bytes))
}

fn send(who: &Client, query: &str, csv: &str) -> Answer {
    send_as(who, "text/csv", query, csv.as_bytes().to_vec())
}

fn word(one: &Value, name: &str) -> String {
    one[name].as_str().unwrap_or_default().to_owned()
}

/// Rule, cell and value of all findings of a trial.
fn findings(answer: &Answer) -> Vec<String> {
    let all = answer.body["findings"].as_array().unwrap_or_else(|| panic!("no findings: {}", answer.text));
    all.iter()
        .map(|one| {
            format!("{} {} {} {}", word(one, "severity"), word(one, "rule"), word(one, "cell"), word(one, "value")).trim_end().to_owned()
        })
        .collect()
}

/// Code and cell of all faults of a refusal.
fn faults(answer: &Answer) -> Vec<String> {
    let all = answer.body["errors"].as_array().unwrap_or_else(|| panic!("no faults: {}", answer.text));
    all.iter().map(|one| format!("{} {}", word(one, "code"), word(one, "cell"))).collect()
}

/// The example file: two quarters of an award as an old spreadsheet has them, with pounds, commas, Windows' line ends and a byte order mark.
fn two_quarters(reference: &str) -> String {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/returns_backlog/returns.csv");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("\r\n"));
    text.replace("CIF-2020-21-T1-0001", reference)
}

/// What accepted returns come to in the report on expenditure.
fn spent(scene: &Scene, known_at: &str) -> i64 {
    let known = if known_at.is_empty() { String::new() } else { format!("?known_at={known_at}") };
    scene.commissioner.get(&format!("/v1/reports/expenditure{known}")).must(200).body["returned"]["amount_pence"].as_i64().unwrap()
}

fn reverse(who: &Client, seen: &Answer, id: &str) -> Answer {
    who.change(&format!("/v1/return-imports/{id}/reversal"), seen.tag(), &json!({ "reason": "Two columns were swapped." }))
}

on_both! {
    fn a_file_carries_groups_forecast_and_service(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let id = draft.id();
        let input = json!({ "name": "People helped", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum",
            "breakdown": { "by": "age", "groups": ["under 18", "18 and over"], "adds": "sum" } });
        let people = scene.commissioner.post(&format!("/v1/awards/{id}/indicators"), &input).must(201).id();
        scene.go_live(&draft);
        let reference = scene.award(&id).body["reference"].as_str().unwrap().to_owned();
        let head = "award,period,kind,item,group,value,text,submitted_on";
        let file = |rows: &[&str]| {
            let lines: Vec<String> = rows.iter().map(|row| format!("{reference},2020-21-Q1,{row},2020-07-14")).collect();
            format!("{head}\n{}\n", lines.join("\n"))
        };
        let rows = ["spend,staff,,700,", "indicator,People helped,under 18,3,", "indicator,People helped,18 and over,9,", "forecast,Q2 2020/21,,800.50,",
            "forecast,2020-21-Q3,,0,", "service,caseload/brought_forward,,4,", "service,New in the period,,6,", "service,Closed in the period,,1,",
            "service,caseload/carried_forward,,9,", "service,Posts filled,,2.5,", "service,Mostly,,by telephone or online,", "service,staffing/note,,,Two were ill."];
        let made = send(&scene.commissioner, "", &file(&rows)).must(201);
        assert_eq!(made.body["error_count"], 0, "{}", made.text);
        let content = of_period(&scene, &id, "2020-21-Q1").body["content"].clone();
        let groups: Vec<(String, i64)> = content["values"].as_array().unwrap().iter().map(|one| (word(one, "group"), one["value"].as_i64().unwrap())).collect();
        assert_eq!(groups, [("under 18".to_owned(), 3), ("18 and over".to_owned(), 9)]);
        assert_eq!(content["values"][0]["indicator_id"], json!(people));
        assert_eq!(content["forecast"], json!([{ "quarter": "2020-21-Q2", "amount_pence": 80_050 }, { "quarter": "2020-21-Q3", "amount_pence": 0 }]));
        assert_eq!(content["caseload"], json!({ "brought_forward": 4, "new": 6, "closed": 1, "carried_forward": 9 }));
        assert_eq!((&content["staffing"]["posts_filled"], &content["staffing"]["note"], &content["delivery_mode"]), (&json!(2.5), &json!("Two were ill."), &json!("remote")));
        // Each fault has its cell.
        let other = scene.live(200_000, json!({})).id();
        let reference = scene.award(&other).body["reference"].as_str().unwrap().to_owned();
        let wrong = ["forecast,2020-21-Q1,,5,", "forecast,spring,,5,", "forecast,,,5,", "service,colour,,5,", "service,caseload/new,,1.5,", "service,Mostly,,by post,"];
        let lines: Vec<String> = wrong.iter().map(|row| format!("{reference},2020-21-Q1,{row},2020-07-14")).collect();
        let mut told = findings(&send(&scene.commissioner, "?dry_run=true&absent_is_not_reported=true", &format!("{head}\n{}\n", lines.join("\n"))).must(200));
        told.retain(|one| one.starts_with("error"));
        told.sort();
        let wanted = ["error not_ahead D2 2020-21-Q1", "error required D4", "error wrong_format D3 spring", "error wrong_format D5 colour",
            "error wrong_format F6 1.5", "error wrong_format F7 by post"];
        assert_eq!(told, wanted);
    }

    fn named_sections_come_with_a_file(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let section = |key: &str, heading: &str| json!({ "key": key, "heading": heading, "is_required": false });
        let path = "/v1/return-sections";
        let tag = scene.commissioner.get(path).must(200).tag().to_owned();
        let sections = json!([section("narrative", "Your story"), section("lessons", "What we learned")]);
        scene.commissioner.put(path, &tag, &json!({ "effective_on": "2020-04-01", "sections": sections })).must(200);
        let reference = &award.reference;
        let row = |item: &str, text: &str| format!("{reference},2020-21-Q1,section,{item},,,,{text},,2020-07-14,\n");
        let nothing = format!("{reference},2020-21-Q1,spend,,,0,,,,2020-07-14,\n");
        let file = format!("{HEAD}\n{nothing}{}{}{}", row("What we learned", "Ask early."), row("Your story", "A quiet one."), row("Old words", "As ever."));
        let query = "?absent_is_not_reported=true";
        let made = send(&scene.commissioner, query, &file).must(201);
        let doubts: Vec<String> = findings(&made).into_iter().filter(|one| one.contains("section")).collect();
        assert_eq!(doubts, ["warning section_not_asked_for D5 Old words"]);
        let content = of_period(&scene, &award.id, "2020-21-Q1").body["content"].clone();
        assert_eq!((&content["sections"], &content["narrative"]), (&json!({ "lessons": "Ask early.", "old_words": "As ever." }), &json!("A quiet one.")));
        // Each fault once, in the order of the rows, also where its row comes first and its return last.
        let other = scene.live(200_000, json!({})).id();
        let reference = scene.award(&other).body["reference"].as_str().unwrap().to_owned();
        let row = |period: &str, rest: &str| format!("{reference},{period},{rest},,2020-07-14,\n");
        let rows = [row("2020-21-Q2", "section,9 lives,,,,Twice."), row("2020-21-Q2", "section,lessons,,,,Once."), row("2020-21-Q2", "section,Lessons,,,,Twice."),
            row("2020-21-Q1", "spend,salaries,,ten,,"), row("2020-21-Q1", "section,lessons,,5,,Once.")];
        let told = findings(&send(&scene.commissioner, &format!("{query}&dry_run=true"), &format!("{HEAD}\n{}", rows.concat())).must(200));
        let errors: Vec<&String> = told.iter().filter(|one| one.starts_with("error")).collect();
        let wanted = ["error unknown_record D2 9 lives", "error repeated D4 Lessons", "error wrong_format D5 salaries", "error wrong_format F5 ten", "error not_allowed F6 5"];
        assert_eq!(errors, wanted, "{told:?}");
    }

    fn a_file_is_tried_kept_and_taken_back(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let csv = two_quarters(&award.reference);
        let tried = send(&scene.commissioner, "?dry_run=true&file_name=Old%20returns.csv", &csv).must(200);
        assert_eq!((tried.body["is_kept"].as_bool(), tried.body["error_count"].as_i64()), (Some(false), Some(0)), "{}", tried.text);
        let line = |one: &Value| (word(one, "period"), word(one, "state"), one["row_count"].clone(), one["value_count"].clone(), one["spend_pence"].clone());
        let wanted = vec![
            ("2020-21-Q1".to_owned(), "accepted".to_owned(), json!(6), json!(3), json!(150_050)),
            ("2020-21-Q2".to_owned(), "submitted".to_owned(), json!(3), json!(0), json!(0)),
        ];
        let lines = |answer: &Answer| answer.body["returns"].as_array().unwrap().iter().map(line).collect::<Vec<_>>();
        assert_eq!(lines(&tried), wanted);
        assert_eq!(of_period(&scene, &award.id, "2020-21-Q1").body["state"], "due", "a trial keeps nothing");
        assert!(scene.commissioner.get("/v1/return-imports").must(200).items().is_empty());

        let made = send(&scene.commissioner, "?file_name=Old%20returns.csv", &csv).must(201);
        assert_eq!((lines(&made), made.body["is_kept"].as_bool()), (wanted.clone(), Some(true)));
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        assert_eq!((first.body["state"].as_str(), first.body["submitted_on"].as_str(), first.body["accepted_on"].as_str()), (Some("accepted"), Some("2020-07-14"), Some("2020-07-20")));
        assert_eq!(first.body["evidence"], "Old returns.csv");
        let content = &first.body["content"];
        assert_eq!(content["spend"][0]["amount_pence"], 120_050);
        assert_eq!((content["spend"][0]["note"].as_str(), content["narrative"].as_str()), (Some("Two posts"), Some("A quiet quarter, on the whole.")));
        assert_eq!(content["values"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect::<Vec<_>>(), [json!(12), json!(0), json!(45)]);
        let second = of_period(&scene, &award.id, "2020-21-Q2");
        assert_eq!((second.body["state"].as_str(), &second.body["content"]["spend"]), (Some("submitted"), &json!([])), "nought is not nothing");
        let statuses: Vec<String> = second.body["content"]["values"].as_array().unwrap().iter().map(|one| word(one, "status")).collect();
        assert_eq!(statuses, ["not_reported", "not_applicable"]);
        assert_eq!(spent(&scene, ""), 150_050);

        // The same file again replaces nothing.
        let again = send(&scene.commissioner, "", &csv).must(422);
        assert_eq!(faults(&again), ["wrong_state B2", "wrong_state B8"]);

        let id = made.id();
        let listed = scene.commissioner.get(&format!("/v1/return-imports?return_id={}", first.id())).must(200);
        assert_eq!(listed.items()[0]["id"], made.body["id"]);
        let seen = scene.commissioner.get(&format!("/v1/return-imports/{id}")).must(200);
        assert_eq!((lines(&seen), seen.body["allowed_actions"].clone()), (wanted.clone(), json!(["reverse"])));
        let before = word(&scene.commissioner.get("/v1/reports/expenditure").must(200).body, "known_at");
        let back = reverse(&scene.commissioner, &seen, &id).must(200);
        assert_eq!((back.body["reversal_reason"].as_str(), back.body["version"].as_i64()), (Some("Two columns were swapped."), Some(2)));
        for period in ["2020-21-Q1", "2020-21-Q2"] {
            let one = of_period(&scene, &award.id, period);
            assert_eq!((one.body["state"].as_str(), one.body["submitted_on"].clone(), one.body["evidence"].clone()), (Some("due"), Value::Null, Value::Null));
            assert_eq!((&one.body["content"]["spend"], &one.body["content"]["narrative"]), (&Value::Null, &Value::Null));
        }
        assert_eq!(spent(&scene, ""), 0);
        assert_eq!(spent(&scene, &before), 150_050, "whoever asks as known before sees it as it was");
        reverse(&scene.commissioner, &back, &id).must(409);
        reverse(&scene.commissioner, &seen, &id).must(412);
        // What was taken back may be sent again, and the provider may write.
        send(&scene.commissioner, "", &csv).must(201);
        let third = of_period(&scene, &award.id, "2020-21-Q3");
        write(&scene.author, &third, &json!({ "narrative": "Ours." })).must(200);
        let auditor = app.office(&[Role::Auditor]);
        assert_eq!(auditor.get("/v1/return-imports").must(200).items().len(), 2);
        let logged: Vec<String> = auditor.all("/v1/audit-events?record_kind=return_import").iter().map(|one| word(one, "act")).collect();
        assert_eq!(logged, ["return_import.create", "return_import.reverse", "return_import.create"]);
        scene.author.get("/v1/return-imports").must(403);
    }

    fn a_release_is_of_what_was_imported_and_of_nothing_after(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let made = send(&scene.commissioner, "", &two_quarters(&award.reference)).must(201);
        let path = format!("/v1/returns/{}/release", of_period(&scene, &award.id, "2020-21-Q1").id());
        let nothing = scene.commissioner.get(&path).must(200);
        scene.commissioner.put(&path, nothing.tag(), &json!({ "texts": ["narrative"] })).must(200);
        let texts = |known: &str| {
            let board = scene.commissioner.get(&format!("/v1/reports/board?quarter=2020-21-Q1{known}")).must(200);
            let said: Vec<String> = board.body["texts"].as_array().unwrap().iter().map(|one| word(one, "text")).collect();
            (said, word(&board.body, "known_at"))
        };
        let (said, known_at) = texts("");
        assert_eq!(said, ["A quiet quarter, on the whole."]);
        let seen = scene.commissioner.get(&format!("/v1/return-imports/{}", made.id())).must(200);
        reverse(&scene.commissioner, &seen, &made.id()).must(200);
        let indicators = scene.commissioner.get(&format!("/v1/awards/{}/indicators", award.id)).must(200);
        let values: Vec<Value> =
            indicators.items().iter().map(|one| json!({ "indicator_id": one["id"], "status": "not_reported" })).collect();
        accepted(&scene, &award.id, "2020-21-Q1", &json!({ "spend": [], "narrative": "Nobody released this.", "values": values }));
        assert_eq!(texts("").0, Vec::<String>::new(), "what the provider wrote instead was never released");
        assert_eq!(scene.commissioner.get(&path).must(200).body["texts"], json!([]));
        assert_eq!(texts(&format!("&known_at={known_at}")).0, ["A quiet quarter, on the whole."], "what was known then stays");
    }

    fn every_fault_is_told_with_its_cell_and_nothing_is_kept(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let own = &award.reference;
        let third = of_period(&scene, &award.id, "2020-21-Q3");
        write(&scene.author, &third, &json!({ "narrative": "Ours." })).must(200);
        let rows = [
            HEAD.to_owned(),
            format!("{own},2020-21-Q1,spend,salaries,,ten,,,,2020-07-14,"),
            format!("{own},2020-21-Q1,indicator,People helped,,4,,,,,"),
            format!("{own},2020-21-Q1,indicator,People referred,atlantis,4,,,,,"),
            format!("{own},2020-21-Q2,indicator,People referred,,4,,,,2020-10-14,"),
            format!("{own},2020-21-Q2,indicator,People who stay,,95,90,,,,"),
            format!("{own},2020-21-Q3,spend,,,0,,,accepted,,"),
            format!("{own},2030-31-Q1,spend,,,0,,,accepted,,"),
            "CIF-0000,2020-21-Q1,spend,,,0,,,accepted,,".to_owned(),
            format!("{own},2020-21-Q4,spend,Other,,5,,QQ123456C,accepted,,"),
            format!("{own},2020-21-Q4,indicator,People referred,,1,,,,,"),
            format!("{own},2020-21-Q4,indicator,People who stay,,not reported,,,,,"),
        ];
        let csv = rows.join("\n");
        let tried = send(&scene.commissioner, "?dry_run=true", &csv).must(200);
        let wanted = [
            "error wrong_format F2 ten", "error wrong_format D2 salaries", "error unknown_record D3 People helped",
            "error unknown_record E4 atlantis", "error too_large F6 95", "error wrong_state B7 2020-21-Q3", "error unknown_record B8 2030-31-Q1",
            "error national_insurance_number H10", "error unknown_record A9 CIF-0000",
        ];
        let told: Vec<String> = findings(&tried).into_iter().filter(|one| one.starts_with("error")).collect();
        let mut sorted = (told.clone(), wanted.map(str::to_owned).to_vec());
        sorted.0.sort();
        sorted.1.sort();
        assert_eq!(sorted.0, sorted.1);
        assert!(!tried.text.contains("QQ123456C"), "what names a person is not repeated");
        let refused = send(&scene.commissioner, "", &csv).must(422);
        assert_eq!(refused.body["errors"].as_array().unwrap().len(), wanted.len());
        for period in ["2020-21-Q1", "2020-21-Q2", "2020-21-Q4"] {
            assert_eq!(of_period(&scene, &award.id, period).body["state"], "due", "{period}");
        }
        assert!(scene.commissioner.get("/v1/return-imports").must(200).items().is_empty());
        let empty = send(&scene.commissioner, "", "award;period;kind\n").must(422);
        assert!(empty.text.contains("separated by commas"), "{}", empty.text);
        let media = send_as(&scene.commissioner, "application/pdf", "", Vec::new());
        assert_eq!(media.status, 415);
        let forbidden = send(&scene.author, "", &csv).must(403);
        assert_eq!(forbidden.body["permission"], "returns.import");
    }

    fn what_has_no_row_may_be_not_reported(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let csv = format!("{HEAD}\n{},2020-21-Q1,spend,staff,,10,,,accepted,,\n", award.reference);
        let refused = send(&scene.commissioner, "", &csv).must(422);
        assert_eq!(faults(&refused), ["required ", "required "], "{}", refused.text);
        let made = send(&scene.commissioner, "?absent_is_not_reported=true", &csv).must(201);
        let own = of_period(&scene, &award.id, "2020-21-Q1");
        let statuses: Vec<String> = own.body["content"]["values"].as_array().unwrap().iter().map(|one| word(one, "status")).collect();
        assert_eq!(statuses, ["not_reported", "not_reported"]);
        assert_eq!((made.body["returns"][0]["value_count"].as_i64(), own.body["accepted_on"].clone()), (Some(0), Value::Null));
        assert_eq!(own.body["not_evidenced"], json!(["submitted_on", "accepted_on"]));
    }

    fn what_was_built_on_since_stays(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let own = award(&scene);
        let made = send(&scene.commissioner, "", &two_quarters(&own.reference)).must(201);
        let first = of_period(&scene, &own.id, "2020-21-Q1");
        let adjustment = json!({ "spend": [{ "category": "staff", "amount_pence": -50 }], "reason": "Entered twice." });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &adjustment).must(201);
        let second = of_period(&scene, &own.id, "2020-21-Q2");
        act(&scene.commissioner, &second, "acceptance").must(200);
        let seen = scene.commissioner.get(&format!("/v1/return-imports/{}", made.id())).must(200);
        let refused = reverse(&scene.commissioner, &seen, &made.id()).must(409);
        let why: Vec<(String, String)> =
            refused.body["returns"].as_array().unwrap().iter().map(|one| (word(one, "period"), word(one, "reason"))).collect();
        assert_eq!(why, [("2020-21-Q1".to_owned(), "adjusted".to_owned()), ("2020-21-Q2".to_owned(), "accepted".to_owned())]);
        assert_eq!(of_period(&scene, &own.id, "2020-21-Q1").body["state"], "accepted", "all of it stays");
        assert_eq!(scene.commissioner.get(&format!("/v1/return-imports/{}", made.id())).must(200).body["version"], 1);
        // A later return that its provider sent builds on those before it.
        let other = award(&scene);
        let made = send(&scene.commissioner, "?absent_is_not_reported=true", &format!("{HEAD}\n{},2020-21-Q1,spend,staff,,10,,,submitted,,\n", other.reference)).must(201);
        let values = json!([{ "indicator_id": other.people, "status": "reported", "value": 3 }]);
        let share = scene.commissioner.get(&format!("/v1/awards/{}/indicators", other.id)).must(200);
        let share = share.items().iter().find(|one| one["unit"] == "percent").unwrap()["id"].clone();
        let content = json!({ "spend": [], "values": [values[0], { "indicator_id": share, "status": "not_reported" }] });
        accepted(&scene, &other.id, "2020-21-Q2", &content);
        let seen = scene.commissioner.get(&format!("/v1/return-imports/{}", made.id())).must(200);
        let refused = reverse(&scene.commissioner, &seen, &made.id()).must(409);
        assert!(word(&refused.body["returns"][0], "reason").starts_with("followed by"), "{}", refused.text);
    }

    fn words_about_an_import_are_taken_out(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let csv = two_quarters(&award.reference);
        let made = send(&scene.commissioner, "?file_name=Ann%20Example.csv", &csv).must(201);
        let path = format!("/v1/return-imports/{}", made.id());
        let input = json!({ "reason": "Ann Example asked for her own file back." });
        scene.commissioner.change(&format!("{path}/reversal"), made.tag(), &input).must(200);
        let officer = app.office(&[Role::DataProtectionOfficer]);
        let redact = |input: Value| officer.post(&format!("{path}/redaction"), &input);
        assert_eq!(redact(json!({ "reason": "A name." })).must(422).faults(), [" required"]);
        let telling = json!({ "file_name": true, "reason": "It is called Ann Example.csv." });
        assert_eq!(redact(telling).must(422).faults(), ["/reason repeated"]);
        scene.commissioner.post(&format!("{path}/redaction"), &json!({ "file_name": true, "reason": "A name." })).must(403);
        let done = redact(json!({ "file_name": true, "reversal_reason": true, "reason": "It named a person." })).must(201);
        assert_eq!((&done.body["file_name"], &done.body["reversal_reason"], &done.body["version"]), (&json!("[redacted]"), &json!("[redacted]"), &json!(2)));
        let again = redact(json!({ "file_name": true, "reversal_reason": true, "reason": "It named a person." })).must(422);
        assert_eq!(again.faults(), ["/file_name nothing_there", "/reversal_reason nothing_there"]);
        for (table, column) in [("return_import", "coalesce(file_name, '')"), ("return_import_reversal", "reason"), ("idempotency_key", "body"),
            ("quarterly_return_version", "coalesce(evidence, '')"), ("audit_event", "coalesce(reason, '') || coalesce(before_json, '') || coalesce(after_json, '')")] {
            let all = app.texts(&format!("SELECT {column} AS text FROM {table}")).join("\n");
            assert!(!all.contains("Ann Example"), "{table}: {all}");
        }
        let auditor = app.office(&[Role::Auditor]);
        let logged: Vec<String> = auditor.all("/v1/audit-events?record_kind=return_import").iter().map(|one| word(one, "act")).collect();
        assert!(logged.contains(&"return_import.redact".to_owned()), "{logged:?}");
    }

    fn a_workbook_gives_the_same(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let mut book = Workbook::new();
        let notes = book.add_worksheet().set_name("Notes").unwrap();
        notes.write_string(0, 0, "Made from the files of 2020.").unwrap();
        let sheet = book.add_worksheet().set_name("Returns 2020").unwrap();
        let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
        for (column, name) in (0..).zip(["Award", "Period", "Kind", "Item", "Value", "Submitted on"]) {
            sheet.write_string(0, column, name).unwrap();
        }
        let rows = [("spend", "Staff", 1200.5), ("indicator", "People referred", 12.0)];
        for (row, (kind, item, value)) in (1..).zip(rows) {
            for (column, text) in (0..).zip([award.reference.as_str(), "Q1 2020/21", kind, item]) {
                sheet.write_string(row, column, text).unwrap();
            }
            sheet.write_number(row, 4, value).unwrap();
        }
        sheet.write_datetime_with_format(1, 5, rust_xlsxwriter::ExcelDateTime::from_ymd(2020, 7, 14).unwrap(), &day).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        assert_eq!(cells(&bytes, "Returns 2020").last().unwrap().1, Data::Float(12.0));
        let made = send_as(&scene.commissioner, XLSX, "?absent_is_not_reported=true", bytes).must(201);
        assert_eq!(made.body["sheets_passed_over"], json!(["Notes"]));
        let own = of_period(&scene, &award.id, "2020-21-Q1");
        assert_eq!((own.body["content"]["spend"][0]["amount_pence"].as_i64(), own.body["submitted_on"].as_str()), (Some(120_050), Some("2020-07-14")));

        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("Old").unwrap();
        for (column, name) in (0..).zip(["award", "period", "kind", "item", "value", "state"]) {
            sheet.write_string(0, column, name).unwrap();
        }
        for (column, text) in (0..).zip([award.reference.as_str(), "2020-21-Q2", "spend", "staff"]) {
            sheet.write_string(1, column, text).unwrap();
        }
        sheet.write_formula(1, 4, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write_string(1, 5, "accepted").unwrap();
        let refused = send_as(&scene.commissioner, "application/octet-stream", "?dry_run=true", book.save_to_buffer().unwrap()).must(200);
        let told = &refused.body["findings"][0];
        assert_eq!(["rule", "sheet", "column", "cell"].map(|name| word(told, name)), ["formula", "Old", "value", "E2"]);
        // What is no workbook is not taken for one.
        let bomb = [b"PK\x03\x04".to_vec(), vec![0; 100]].concat();
        assert_eq!(faults(&send_as(&scene.commissioner, XLSX, "", bomb).must(422)), ["damaged "]);
    }
}
