//! What the narrative of a return is made of: the office says it, and everything that shows or takes a return follows.

use almoner::access::permissions::Role;
use calamine::Data;
use serde_json::{Value, json};

use super::paper::{print, says};
use super::workbook::parts::{Parts, Typed};
use super::workbook::{cells, download, fill};
use super::{act, actions, of_period, send, write};
use crate::support::{Answer, Client, Scene};

fn section(key: &str, heading: &str, is_required: bool) -> Value {
    json!({ "key": key, "heading": heading, "guidance": format!("Tell us: {heading}."), "is_required": is_required, "is_on_short_form": true })
}

fn set(who: &Client, path: &str, from: &str, sections: Value) -> Answer {
    let tag = who.get(path).must(200).tag().to_owned();
    who.put(path, &tag, &json!({ "effective_on": from, "sections": sections }))
}

/// The keys that the form of a return asks for, those that are needed with a star.
fn asked(scene: &Scene, award: &str, period: &str) -> String {
    let form = scene.author.get(&format!("/v1/returns/{}/form", of_period(scene, award, period).id())).must(200);
    let all = form.body["narrative"].as_array().unwrap().clone();
    let word = |one: &Value| format!("{}{}", one["key"].as_str().unwrap(), if one["is_required"] == true { "*" } else { "" });
    all.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn rules(answer: &Answer) -> Vec<String> {
    let all = answer.body["findings"].as_array().unwrap();
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let of_narrative = all.iter().filter(|one| word(one, "rule").starts_with("section_"));
    of_narrative.map(|one| format!("{} {} {}", word(one, "severity"), word(one, "pointer"), word(one, "rule"))).collect()
}

on_both! {
    fn the_office_says_what_it_wants_to_be_told(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (award, other) = (scene.live(300_000, json!({})).id(), scene.live(600_000, json!({})).id());
        assert_eq!(asked(&scene, &award, "2020-21-Q1"), "narrative");
        assert_eq!(asked(&scene, &other, "2020-21-Q1"), "narrative risks case_study demand");
        let [all, of_fund, of_award] = ["/v1/return-sections".to_owned(), format!("/v1/funds/{}/return-sections", scene.fund), format!("/v1/awards/{award}/return-sections")];
        let first = scene.commissioner.get(&all).must(200);
        assert_eq!((first.body["version"].as_i64(), &first.body["sets"], actions(&first)), (Some(0), &json!([]), vec!["set"]));
        let wrong = json!([section("lessons", " ", false), section("lessons", "Ring 943 476 5919", false)]);
        let refused = set(&scene.commissioner, &all, "2020-04-01", wrong).must(422);
        let mut faults = refused.faults();
        faults.sort();
        let wanted = ["/sections/0/heading blank", "/sections/1/guidance nhs_number", "/sections/1/heading nhs_number", "/sections/1/key repeated"];
        assert_eq!(faults, wanted, "{}", refused.text);
        let pictures = json!([section("Pictures", "Pictures", false)]);
        assert_eq!(set(&scene.commissioner, &all, "2020-04-01", pictures).must(422).faults(), ["/sections/0/key wrong_format"]);
        set(&scene.commissioner, &all, "2020-04-01", json!([section("narrative", "Your story", true)])).must(200);
        assert_eq!(asked(&scene, &award, "2020-21-Q1"), "narrative*");
        let mut long = section("partners", "Who helped", false);
        long["is_on_short_form"] = json!(false);
        set(&scene.commissioner, &of_fund, "2020-07-01", json!([section("narrative", "Your story", false), section("lessons", "What we learned", true), long])).must(200);
        assert_eq!(asked(&scene, &award, "2020-21-Q1"), "narrative*", "the quarter before has what holds for all awards");
        assert_eq!((asked(&scene, &award, "2020-21-Q2"), asked(&scene, &other, "2020-21-Q2")), ("narrative lessons*".to_owned(), "narrative lessons* partners".to_owned()));
        set(&scene.commissioner, &of_award, "2020-10-01", json!([])).must(200);
        assert_eq!((asked(&scene, &award, "2020-21-Q3"), asked(&scene, &other, "2020-21-Q3")), (String::new(), "narrative lessons* partners".to_owned()));
        // What it said is taken back: the fund's hold again.
        let taken_back = set(&scene.commissioner, &of_award, "2021-01-01", Value::Null).must(200);
        assert_eq!(asked(&scene, &award, "2020-21-Q4"), "narrative lessons*");
        assert_eq!(taken_back.body["sets"].as_array().unwrap().len(), 2, "{}", taken_back.text);
        let replaced = set(&scene.commissioner, &of_award, "2020-10-01", Value::Null).must(200);
        assert_eq!(replaced.body["sets"].as_array().unwrap().len(), 1, "{}", replaced.text);
        // A provider sees what its award says, and nobody else's.
        assert_eq!(actions(&scene.author.get(&of_award).must(200)), Vec::<&str>::new());
        scene.stranger.get(&of_award).must(404);
        scene.author.put(&of_award, replaced.tag(), &json!({ "effective_on": "2020-04-01" })).must(403);
        scene.commissioner.put(&of_award, first.tag(), &json!({ "effective_on": "2020-04-01" })).must(412);
        let logged = app.office(&[Role::Auditor]).all("/v1/audit-events?record_kind=return_sections");
        assert_eq!(logged.len(), 5);
    }

    fn what_is_sent_keeps_what_it_was_asked(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let all = "/v1/return-sections";
        let lessons = json!([section("narrative", "Your story", false), section("lessons", "What we learned", true)]);
        set(&scene.commissioner, all, "2020-04-01", lessons.clone()).must(200);
        let first = of_period(&scene, &award, "2020-21-Q1");
        let id = first.id();
        // Written in pieces: each by its key, taken away by null.
        let seen = write(&scene.author, &first, &json!({ "narrative": "We began." })).must(200);
        assert_eq!(rules(&seen), ["error /sections/lessons section_missing"]);
        act(&scene.signatory, &seen, "certification").must(422);
        let seen = write(&scene.author, &seen, &json!({ "sections": { "lessons": "To begin earlier.", "pictures": "None." } })).must(200);
        assert_eq!(rules(&seen), ["warning /sections/pictures section_not_asked_for"]);
        let seen = write(&scene.author, &seen, &json!({ "sections": { "pictures": null } })).must(200);
        assert_eq!((&seen.body["content"]["sections"], rules(&seen)), (&json!({ "lessons": "To begin earlier." }), vec![]));
        assert_eq!(write(&scene.author, &seen, &json!({ "sections": { "Two words": "x" } })).must(422).faults(), ["/sections/Two words not_allowed"]);
        let number = write(&scene.author, &seen, &json!({ "sections": { "lessons": "Her number is AB123456C." } })).must(422);
        assert_eq!(number.faults(), ["/sections/lessons national_insurance_number"]);
        // The workbook has the section with its heading, and is read back.
        let bytes = download(&scene.author, &id).1;
        let held = |cell: &str| cells(&bytes, "Return").into_iter().find(|(name, _)| name == cell).map(|(_, held)| held).unwrap_or_default();
        assert_eq!(held("A11"), Data::String("What we learned (needed)\nTell us: What we learned.".to_owned()));
        assert_eq!((held("B11"), held("C11")), (Data::String("To begin earlier.".to_owned()), Data::String("lessons".to_owned())));
        let kept = fill(&scene.author, &id, seen.tag(), Parts::of(&bytes).typed("Return", "B11", Typed::Text("To begin in May.")).bytes()).must(200);
        assert_eq!(kept.body["content"]["sections"]["lessons"], "To begin in May.");
        // Frozen with its heading; what the office asks for later leaves it.
        let sent = send(&scene, &kept);
        let asked_about = json!({ "question": "Why in May?", "pointer": "/sections/lessons" });
        let queried = scene.commissioner.change(&format!("/v1/returns/{id}/queries"), sent.tag(), &asked_about).must(200);
        let sent = act(&scene.author, &queried, "submission").must(200);
        let done = act(&scene.commissioner, &sent, "acceptance").must(200);
        let early = set(&scene.commissioner, all, "2020-06-30", json!([])).must(422);
        assert_eq!(early.faults(), ["/effective_on too_early"]);
        set(&scene.commissioner, all, "2020-07-01", json!([section("lessons", "Another heading", false)])).must(200);
        assert_eq!(asked(&scene, &award, "2020-21-Q1"), "narrative lessons*");
        let paper = print(&scene.author, &id);
        says(&paper, &["Your story", "We began.", "What we learned", "To begin in May."]);
        // Released, it stands in the board's report under its heading.
        let release = format!("/v1/returns/{id}/release");
        let tag = scene.commissioner.get(&release).must(200).tag().to_owned();
        assert_eq!(scene.commissioner.put(&release, &tag, &json!({ "texts": ["lessons", "partners"] })).must(422).faults(), ["/texts/1 nothing_written"]);
        let released = scene.commissioner.put(&release, &tag, &json!({ "texts": ["lessons"] })).must(200);
        assert_eq!(released.body["texts"], json!(["lessons"]));
        let board = scene.commissioner.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        let told = &board.body["texts"];
        assert_eq!((told.as_array().unwrap().len(), &told[0]["kind"], &told[0]["heading"], &told[0]["text"]),
            (1, &json!("lessons"), &json!("What we learned"), &json!("To begin in May.")));
        // A redaction takes it out everywhere, and leaves the hash.
        let input = json!({ "pointers": ["/sections/lessons"], "reason": "It named a person." });
        app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{id}/redaction"), &input).must(201);
        let after = scene.author.get(&format!("/v1/returns/{id}")).must(200);
        assert_eq!((&after.body["content"]["sections"]["lessons"], &after.body["frozen"]["sha256"]), (&json!("[redacted]"), &done.body["frozen"]["sha256"]));
        let board = scene.commissioner.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        assert_eq!(board.body["texts"][0]["text"], "[redacted]");
        assert!(!app.texts("SELECT coalesce(sections, '') AS text FROM return_content").join("\n").contains("in May"));
    }
}
