//! The letter of a variation: what it says is fixed at its issue, it is made once, and its bytes stay.

use almoner::access::permissions::Role;
use almoner::documents::{Press, Template};
use almoner::kernel::Id;
use almoner::store::WriteMeta;
use almoner::variations::letters::acts::keep;
use almoner::workers::Workers;
use reqwest::Method;
use serde_json::{Value, json};

use super::{accepted, act, draft, novation, profile};
use crate::payments;
use crate::returns::paper::{says, words};
use crate::support::program::Program;
use crate::support::{App, Client, Scene};
use crate::workers::a_round;

fn path(id: &str) -> String {
    format!("/v1/variations/{id}/letter")
}

/// The letter of a variation, as this caller gets it.
fn print(who: &Client, id: &str) -> Vec<u8> {
    let answer = who.request(Method::GET, &path(id)).send().unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/pdf"));
    answer.bytes().unwrap().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn holds(pdf: &[u8], part: &str) -> bool {
    pdf.windows(part.len()).any(|window| window == part.as_bytes())
}

/// Whether *DRAFT* stands across the page, which reads as single letters.
fn is_watermarked(text: &str) -> bool {
    ["D", "R", "FT"].iter().all(|part| text.split(' ').any(|word| word == *part))
}

/// What the service says of the paper of a letter.
fn paper(scene: &Scene, id: &str) -> Value {
    scene.commissioner.get(&format!("/v1/variations/{id}")).must(200).body["paper"].clone()
}

/// Gives the scene's provider another name.
fn rename(scene: &Scene, name: &str) {
    let path = format!("/v1/providers/{}", scene.provider);
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.patch(&path, &tag, &json!({ "name": name })).must(200);
}

/// Has the worker make all letters that wait.
fn make_all(app: &App, ids: &[String], scene: &Scene) {
    let workers = Workers::start(&app.service.db, (&app.service.shelf, &app.service.press), &app.service.limits, None).unwrap();
    for _ in 0..600 {
        if ids.iter().all(|id| paper(scene, id)["sha256"].is_string()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    drop(workers);
}

/// Sets both letters with their examples, each changed by `make`, and gives its words and how many pages it has.
fn both_set(make: fn(&mut Value)) -> Vec<(Option<String>, usize)> {
    let press = Press::open(None).unwrap();
    let examples = [
        (Template::Variation, include_str!("../../../templates/examples/letters/variation.json")),
        (Template::Notice, include_str!("../../../templates/examples/letters/notice.json")),
    ];
    let set = |(template, example): (Template, &str)| {
        let mut data: Value = serde_json::from_str(example).unwrap();
        data["change"]["from"] = json!("1 October 2020");
        make(&mut data);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let printed = runtime.block_on(press.print_counted(template, &data)).unwrap();
        assert!(holds(&printed.bytes, "pdfuaid"), "it is read aloud too");
        (words(&printed.bytes), printed.pages)
    };
    examples.into_iter().map(set).collect()
}

#[test]
fn both_letters_are_set_for_a_long_name_and_where_nothing_changes() {
    let all = both_set(|data| {
        data["provider"]["name"] = json!("Canolfan Gymunedol ".repeat(16)[..300]);
        (data["money"], data["changes"], data["payments"]) = (Value::Null, json!([]), Value::Null);
    });
    for (text, pages) in all {
        assert!((1..=2).contains(&pages), "{pages}");
        let Some(text) = text else { continue };
        assert!(text.contains("Nothing in the agreement changes by this letter."), "{text}");
        assert!(text.matches("Canolfan").count() >= 16 && text.matches("Gymunedol").count() >= 15, "the whole name is there\n{text}");
    }
}

#[test]
fn both_letters_are_set_with_500_changes_and_the_head_of_a_table_comes_again_on_each_page() {
    let all = both_set(|data| {
        let row = |name: String| json!({ "name": name, "before": "£1,000.00", "after": "£1,010.00" });
        let long: Vec<Value> = (1..=400).map(|number| row(format!("Item {number}"))).collect();
        let total = json!({ "before": "£400,000.00", "after": "£404,000.00" });
        let whole = json!({ "kind": "split", "title": "All of them", "text": "", "is_figures": true, "rows": long, "total": total });
        let further = (401..=500).map(|number| {
            let (title, rows) = (format!("Change {number}"), [row(format!("Item {number}"))]);
            json!({ "kind": "other", "title": title, "text": "", "is_figures": false, "rows": rows, "total": null })
        });
        data["changes"] = std::iter::once(whole).chain(further).collect();
        data["money"] = json!({ "before": "£500,000.00", "change": "+£5,000.00", "after": "£505,000.00" });
    });
    let row = |number: i32| format!("Item {number} £1,000.00 £1,010.00");
    let sums = ["Together £400,000.00 £404,000.00", "New total £505,000.00", "Change 500"].map(str::to_owned);
    for (text, pages) in all {
        assert!(pages > 10, "{pages}");
        let Some(text) = text else { continue };
        for part in (1..=500).map(row).chain(sums.clone()) {
            assert!(text.contains(&part), "`{part}` is not in\n{text}");
        }
        let heads = text.matches("What Until now From 1 October 2020").count();
        assert!(heads >= 100 + 5, "{heads} heads of 100 short tables and of one over many pages");
    }
}

const HOSTILE: &str = "#import \"office.typ\": * $x$ *bold* _i_ `raw` <label> @ref \\ // #panic()";

on_both! {
    fn a_letter_is_made_once_and_its_bytes_stay(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        rename(&scene, "Tŷ Gŵyl ਪੰਜਾਬੀ ਸਭਾ");
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]), "title": HOSTILE })).id();
        let changes = json!({ "reason": format!("First.\n\n{HOSTILE}"), "value": { "change_pence": 80_050 }, "dates": { "ends_on": "2021-03-30" },
            "delivery": { "status": "adapted", "mode": "remote", "description": "By telephone." },
            "use_of_funds": [{ "from_category": "activities", "to_category": "it_infrastructure", "amount_pence": 12_345 }] });
        let drafted = draft(&scene, &award, changes).must(201);
        let id = drafted.id();
        // A draft is marked as one, the office alone has it, and nothing is kept.
        let preview = print(&scene.commissioner, &id);
        says(&preview, &["This is a draft: it was not issued.", "£3,800.50"]);
        assert!(words(&preview).is_none_or(|text| is_watermarked(&text)));
        scene.signatory.get(&path(&id)).must(404);
        assert_eq!((&drafted.body["paper"], paper(&scene, &id)), (&Value::Null, Value::Null));

        let due = app.service.db.clock().today();
        let issued = scene.commissioner.change(&format!("/v1/variations/{id}/issue"), drafted.tag(), &json!({ "answer_due_on": due })).must(200);
        let told = &issued.body["paper"];
        assert_eq!((told["url"].as_str(), &told["sha256"], &told["pages"], &told["made_at"]), (Some(path(&id).as_str()), &Value::Null, &Value::Null, &Value::Null));
        rename(&scene, "Another name since");
        let pdf = print(&scene.signatory, &id);
        let long = due.format("%-d %B %Y").to_string();
        says(&pdf, &["Tŷ Gŵyl", "Office", "B1 1AA", &long, "CIF-2020-21-T1-0001-V1", "More time", "1 October 2020", "First.",
            "£3,000.00", "+£800.50", "£3,800.50", "31 March 2021", "30 March 2021", "Not started", "In another way than agreed", "By telephone.",
            "£123.45 that was for “Activities” is for “IT infrastructure”.", &format!("by {long}")]);
        if let Some(text) = words(&pdf) {
            let close = |text: &str| text.replace(' ', "");
            assert!(close(&text).contains(&close(HOSTILE)), "what was written is printed as it stands\n{text}");
            assert!(!is_watermarked(&text) && !text.contains("Another name since") && !text.contains("[U+"), "{text}");
        }
        assert!(holds(&pdf, "pdfuaid") && holds(&pdf, "en-GB") && holds(&pdf, "/StructTreeRoot"), "it is tagged and says its language");

        let kept = paper(&scene, &id);
        assert_eq!((kept["sha256"].as_str(), kept["size_bytes"].as_u64()), (Some(sha256(&pdf).as_str()), Some(pdf.len() as u64)));
        assert!(kept["pages"].as_i64() >= Some(1) && kept["made_at"].is_string(), "{kept}");
        assert_eq!(scene.signatory.get(&format!("/v1/variations/{id}")).must(200).body["paper"], kept);
        assert_eq!(scene.signatory.all(&format!("/v1/awards/{award}/variations"))[0]["paper"], kept);
        // What becomes of the variation, other templates and another process leave it.
        act(&scene.signatory, &scene.signatory.get(&format!("/v1/variations/{id}")).must(200), "acceptance").must(200);
        let templates = tempfile::tempdir().unwrap();
        let office = include_str!("../../../templates/office.typ").replace("#let accent = rgb(\"#1c4e80\")", "#let accent = rgb(\"#801c1c\")");
        std::fs::write(templates.path().join("office.typ"), office).unwrap();
        let other = app.again_with(templates.path());
        let again = other.office(&[Role::Commissioner]);
        a_round(app);
        assert!(print(&again, &id) == pdf && print(&scene.commissioner, &id) == pdf);
        let answer = scene.author.request(Method::GET, &path(&id)).send().unwrap();
        let (tag, name) = (answer.headers()["etag"].clone(), answer.headers()["content-disposition"].to_str().unwrap().to_owned());
        assert!(name.contains("CIF-2020-21-T1-0001-V1_T__G_yl"), "{name}");
        assert_eq!(scene.author.request(Method::GET, &path(&id)).header("If-None-Match", tag).send().unwrap().status().as_u16(), 304);
        assert_eq!(scene.stranger.get(&path(&id)).must(404).code(), "not_found");
        let made = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}&act=variation.make_letter"));
        assert_eq!((made.len(), made[0]["after"]["sha256"].as_str()), (1, kept["sha256"].as_str()));
    }

    fn a_letter_shows_what_is_still_to_be_paid_and_whose_budget_was_cut(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let split = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 200_000 }, { "budget_line_id": scene.lines[1], "amount_pence": 100_000 }]);
        let award = scene.live(300_000, json!({ "tranche_id": null, "split": split })).id();
        payments::schedule(&scene, &award, json!({ "basis": "quarterly" })).must(200);
        let source = scene.commissioner.get(&format!("/v1/budget-lines/{}", scene.lines[1])).must(200).body["funding_source"].clone();
        let change = json!({ "group": "For the file alone", "budget_cut": { "cut_pence": 30_000, "funding_source_id": source["id"] },
            "conditions": { "add": [{ "text": "Name a lead.", "due_on": "2021-01-31" }] } });
        let issued = act(&scene.commissioner, &draft(&scene, &award, change).must(201), "issue").must(200);
        let pdf = print(&scene.signatory, &issued.id());
        says(&pdf, &[source["name"].as_str().unwrap(), "It pays £300.00 less for it.", "What is planned to be paid to you", "Due on",
            "Together £2,700.00", "By 31 January 2021"]);
        let cut = issued.body["effect"]["payments"].as_array().unwrap();
        assert!(!cut.is_empty(), "{}", issued.body);
        for one in cut {
            says(&pdf, &[one["instalment"].as_str().unwrap()]);
        }
        assert!(words(&pdf).is_none_or(|text| !text.contains("For the file alone")), "a group is the office's own");
        // Months are called by their names, and milestones by what is to be reached.
        let printed = |plan: Value| print(&scene.commissioner, &draft(&scene, &award, json!({ "payment_schedule": plan })).must(201).id());
        says(&printed(json!({ "basis": "monthly" })), &["October 2020 1 October 2020 £", "March 2021 1 March 2021 £"]);
        let milestone = |what: &str, due: &str| json!({ "waits_for": what, "due_on": due, "weight": 1 });
        let milestones = [milestone("The refuge is open", "2020-12-01"), milestone("Ten people live there", "2021-02-01")];
        let pdf = printed(json!({ "basis": "milestones", "milestones": milestones }));
        says(&pdf, &["The refuge is open 1 December 2020 £1,500.00", "Ten people live there 1 February 2021 £1,500.00"]);
        // Where one line pays all, and then another does, both are named.
        let whole = |at: usize| json!([{ "budget_line_id": scene.lines[at], "amount_pence": 100_000 }]);
        let award = scene.live(100_000, json!({ "tranche_id": null, "split": whole(0) })).id();
        let moved = draft(&scene, &award, json!({ "value": { "change_pence": 0, "split": whole(1) } })).must(201);
        let first = scene.commissioner.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200).body["funding_source"].clone();
        says(&print(&scene.commissioner, &moved.id()), &[first["name"].as_str().unwrap(), source["name"].as_str().unwrap()]);
    }

    fn a_letter_says_what_is_on_its_way_beside_what_is_planned(app) {
        let scene = payments::ready(app);
        let (award, ids) = payments::quarterly(&scene, 300_000, json!({ "profile": profile([100_000; 3]) }));
        payments::authorise(&scene.finance, &ids[0]).must(200);
        let drafted = draft(&scene, &award, json!({ "value": { "change_pence": -50_000 } })).must(201);
        says(&print(&scene.commissioner, &drafted.id()), &["planned and not yet authorised", "£1,000.00 is on its way to you."]);
    }

    fn the_letters_of_a_campaign_are_one_zip(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        rename(&scene, "Tŷ/../Gŵyl: \\ ਪੰਜਾਬੀ");
        let awards: Vec<String> = (0..3).map(|at| scene.live(300_000 + at, json!({})).id()).collect();
        let input = json!({ "name": "Spring letters", "choice": { "awards": awards }, "change": { "title": "Your money is safe", "reason": "Spring.",
            "effective_on": "2020-10-01", "is_unilateral": true, "delivery": { "status": "adapted" } } });
        let drafted = scene.commissioner.post("/v1/variation-campaigns", &input).must(201);
        let (path, zip) = (format!("/v1/variation-campaigns/{}", drafted.id()), format!("/v1/variation-campaigns/{}/letters", drafted.id()));
        assert_eq!((scene.commissioner.get(&zip).must(409).code(), &drafted.body["letters"]), ("wrong_state", &Value::Null));
        let issued = scene.commissioner.change(&format!("{path}/issue"), drafted.tag(), &json!({})).must(200);
        assert_eq!(issued.body["letters"], json!({ "made": 0, "of": 3, "left_out": 0 }));
        let ids: Vec<String> = scene.commissioner.all(&format!("{path}/awards")).iter().map(|one| one["variation_id"].as_str().unwrap().to_owned()).collect();
        let first = print(&scene.signatory, &ids[2]);
        says(&first, &["Your money is safe"]);
        assert!(words(&first).is_none_or(|text| !text.contains("Spring letters")), "what a campaign is called is the office's own");
        let refused = scene.commissioner.get(&zip).must(409);
        assert_eq!((refused.code(), &refused.body["letters"]), ("wrong_state", &json!({ "made": 1, "of": 3, "left_out": 0 })));
        make_all(app, &ids, &scene);
        assert_eq!(scene.commissioner.get(&path).must(200).body["letters"], json!({ "made": 3, "of": 3, "left_out": 0 }));
        let fetch = || scene.commissioner.request(Method::GET, &zip).send().unwrap();
        let answer = fetch();
        assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/zip"));
        assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("VC-0001.zip"));
        let bytes = answer.bytes().unwrap();
        assert!(bytes == fetch().bytes().unwrap(), "the same bytes each time");
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let names: Vec<String> = (0..book.len()).map(|at| book.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        let wanted = |number: i32| format!("CIF-2020-21-T1-000{number}-V1 Tŷ .. Gŵyl ਪੰਜਾਬੀ.pdf");
        assert_eq!(names, [wanted(1), wanted(2), wanted(3)]);
        for (at, id) in ids.iter().enumerate() {
            let mut pdf = Vec::new();
            std::io::copy(&mut book.by_index(at).unwrap(), &mut pdf).unwrap();
            assert!(pdf == print(&scene.signatory, id) && (at != 2 || pdf == first), "{at}");
        }
        scene.signatory.get(&zip).must(403);
        // What is taken back is handed out with the others no more, and stays as it was sent.
        let sent = scene.commissioner.get(&format!("/v1/variations/{}", ids[2])).must(200);
        assert_eq!(act(&scene.commissioner, &sent, "withdrawal").must(200).body["state"], "withdrawn");
        assert_eq!(scene.commissioner.get(&path).must(200).body["letters"], json!({ "made": 2, "of": 2, "left_out": 1 }));
        let book = zip::ZipArchive::new(std::io::Cursor::new(fetch().bytes().unwrap())).unwrap();
        assert_eq!(book.len(), 2);
        assert!(print(&scene.commissioner, &ids[2]) == first, "the letter itself stays");
    }

    fn one_that_is_issued_again_has_a_further_letter_and_neither_bears_the_figures_of_the_other(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let first = accepted(&scene, &award, json!({ "value": { "change_pence": 100 } }));
        let signed = accepted(&scene, &award, json!({ "value": { "change_pence": 1_000 } }));
        let which: Id = signed.id().parse().unwrap();
        act(&scene.commissioner, &first, "application").must(200);
        // It was sent and accepted before, on another day than today, and its letter was not made yet.
        app.sql("UPDATE variation_letter SET sheet = REPLACE(REPLACE(sheet, '\"day\":\"', '\"day\":\"the eve of '), '\"seal\":\"Issued on ', '\"seal\":\"Issued on the eve of ')");
        act(&scene.commissioner, &scene.commissioner.get(&format!("/v1/variations/{which}")).must(200), "rebase").must(200);
        let today = app.service.db.clock().today().format("%-d %B %Y").to_string();
        // Whoever had begun to make the first one keeps it as the first one.
        let old = b"%PDF-1.7\n% as it was sent\n".to_vec();
        let placed = app.wait(app.service.shelf.place(old.clone(), "old.pdf".to_owned(), "application/pdf".to_owned())).unwrap();
        app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| keep(tx, (which, 1), &placed, 1))).unwrap();
        assert_eq!(paper(&scene, &signed.id())["sha256"], Value::Null, "the one that holds is not made yet");
        let pdf = print(&scene.signatory, &signed.id());
        says(&pdf, &["£3,001.00", "£3,011.00", &today, &format!("This letter replaces our letter of the eve of {today}."), &format!("Issued on {today}.")]);
        assert!(words(&pdf).is_none_or(|text| !text.contains("£3,010.00")));
        let kept = "SELECT sha256 AS text FROM variation_letter WHERE number = 1 AND document_id IS NOT NULL";
        assert_eq!(app.texts(kept), [sha256(&old)]);
        assert_eq!(paper(&scene, &signed.id())["sha256"], json!(sha256(&pdf)));
        // What was sent and is not made yet is made too, by the worker, after the further one.
        app.sql("UPDATE variation_letter SET document_id = NULL, sha256 = NULL, size_bytes = NULL, pages = NULL, made_at = NULL WHERE number = 1");
        let unmade = || app.texts("SELECT CAST(count(*) AS TEXT) AS text FROM variation_letter WHERE document_id IS NULL");
        let workers = Workers::start(&app.service.db, (&app.service.shelf, &app.service.press), &app.service.limits, None).unwrap();
        for _ in 0..600 {
            if unmade() == ["0"] {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        drop(workers);
        assert_eq!((unmade(), app.texts(kept).len()), (vec!["0".to_owned()], 2));
        assert!(print(&scene.signatory, &signed.id()) == pdf);
    }

    fn a_letter_stays_with_the_provider_that_it_was_written_to(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = accepted(&scene, &award, json!({ "value": { "change_pence": 100 } }));
        act(&scene.commissioner, &sent, "application").must(200);
        novation::known_supplier(&scene);
        let merger = novation::agreed(&scene, json!({}));
        novation::act(&scene.commissioner, &merger, "application", &json!({})).must(200);
        says(&print(&scene.commissioner, &sent.id()), &["Helping Hands"]);
        let whose = "SELECT v.name AS text FROM document d JOIN provider p ON p.id = d.provider_id
            JOIN provider_version v ON v.provider_id = p.id AND v.version = p.version WHERE d.record_kind = 'variation_letter'";
        assert_eq!(app.texts(whose), ["Helping Hands"]);
    }

    fn what_waits_is_made_in_the_background_and_a_killed_process_leaves_what_it_made(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let reassurance = json!({ "title": "Your payments go on", "is_unilateral": true, "delivery": { "status": "paused" } });
        let ids: Vec<String> = (0..8).map(|_| act(&scene.commissioner, &draft(&scene, &award, reassurance.clone()).must(201), "issue").must(200).id()).collect();
        rename(&scene, "Another name since");
        let papers = || ids.iter().map(|id| paper(&scene, id)).filter(|one| one["sha256"].is_string()).collect::<Vec<_>>();
        // A process that is killed has made some of them. One cannot be made while it runs, so that it never has made all before it is killed.
        let last = ids.iter().max().unwrap();
        app.sql(&format!("UPDATE variation_letter SET sheet = '#' || sheet WHERE variation_id = '{last}'"));
        let program = Program::serve(&app.database_url, app.folder.path(), "");
        while papers().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        program.kill();
        let first = papers();
        assert!(first.len() < ids.len(), "one could not be made");
        app.sql(&format!("UPDATE variation_letter SET sheet = substr(sheet, 2) WHERE variation_id = '{last}'"));
        // Several processes and those who ask at the same time keep one file each.
        std::thread::scope(|scope| {
            for who in [&scene.commissioner, &scene.signatory] {
                scope.spawn(|| ids.iter().rev().for_each(|id| drop(print(who, id))));
            }
            scope.spawn(|| make_all(app, &ids, &scene));
        });
        let all = papers();
        assert!(all.len() == 8 && first.iter().all(|one| all.contains(one)), "what was made stays");
        assert_eq!(app.texts("SELECT sha256 AS text FROM document WHERE record_kind = 'variation_letter'").len(), 8);
        for id in &ids {
            let pdf = print(&scene.signatory, id);
            assert_eq!(paper(&scene, id)["sha256"].as_str(), Some(sha256(&pdf).as_str()));
            says(&pdf, &["Helping Hands", "Your payments go on", "You need not answer this letter.", "Interrupted"]);
        }
        // One that was issued before there were letters has none.
        app.sql("DELETE FROM variation_letter");
        assert_eq!(scene.commissioner.get(&path(&ids[0])).must(404).code(), "not_found");
        assert_eq!(paper(&scene, &ids[0]), Value::Null);
    }
}
