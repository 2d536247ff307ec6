//! The workbook of a return: made for it, filled in by other programs, and read back to the same content as JSON.

mod beside;
mod hostile;
pub mod parts;
mod quarter;
mod sections;

use std::io::Cursor;
use std::process::Command;

use calamine::{Data, DataType, Reader, Xlsx};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use super::{indicator, of_period, send as submit, write};
use crate::support::peers::python;
use crate::support::{Answer, Client, Scene};
use parts::{Parts, Typed};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A live award in two areas with a count, which has targets, and a percentage, that is asked for everything.
pub struct Award {
    pub id: String,
    pub people: String,
    pub share: String,
}

pub fn award(scene: &Scene) -> Award {
    scene.ask_in_full();
    let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
    let id = draft.id();
    let people = indicator(scene, &id, "People referred", "people");
    let share = indicator(scene, &id, "People who stay", "percent");
    let tag = scene.commissioner.get(&format!("/v1/indicators/{people}")).must(200).tag().to_owned();
    let target = |area: &str, period: &str, target: i64| json!({ "period": period, "area_id": area, "target": target });
    let targets = json!({ "targets": [target(&scene.area, "2020-21", 80), target(&scene.area, "2020-21-Q1", 23)] });
    scene.commissioner.put(&format!("/v1/indicators/{people}/targets"), &tag, &targets).must(200);
    scene.go_live(&draft);
    Award { id, people, share }
}

pub fn download(who: &Client, id: &str) -> (Answer, Vec<u8>) {
    let path = format!("/v1/returns/{id}/workbook");
    let bytes = who.http.execute(who.request(Method::GET, &path).build().unwrap()).unwrap().bytes().unwrap().to_vec();
    (who.get(&path), bytes)
}

/// Fills a return with a file.
pub fn fill(who: &Client, id: &str, tag: &str, bytes: Vec<u8>) -> Answer {
    send(who, id, tag, "", bytes)
}

fn send(who: &Client, id: &str, tag: &str, query: &str, bytes: Vec<u8>) -> Answer {
    let request = who.request(Method::PUT, &format!("/v1/returns/{id}/workbook{query}"));
    who.send(request.header(IF_MATCH, tag).header(CONTENT_TYPE, XLSX).body(bytes))
}

fn upload(scene: &Scene, seen: &Answer, parts: &Parts) -> Answer {
    send(&scene.author, &seen.id(), seen.tag(), "", parts.bytes())
}

fn tried(scene: &Scene, seen: &Answer, parts: &Parts) -> Answer {
    send(&scene.author, &seen.id(), seen.tag(), "?dry_run=true", parts.bytes())
}

/// Rule, sheet and cell of all findings: `error formula Spend!B7`.
fn findings(answer: &Answer) -> Vec<String> {
    let word = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let all = answer.body["workbook_findings"].as_array().unwrap_or_else(|| panic!("no findings: {}", answer.text));
    all.iter().map(|one| format!("{} {} {}!{}", word(one, "severity"), word(one, "rule"), word(one, "sheet"), word(one, "cell"))).collect()
}

/// Code, sheet and cell of all faults of a refusal.
fn faults(answer: &Answer) -> Vec<String> {
    let word = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let all = answer.body["errors"].as_array().unwrap_or_else(|| panic!("no faults: {}", answer.text));
    all.iter().map(|one| format!("{} {}!{}", word(one, "code"), word(one, "sheet"), word(one, "cell"))).collect()
}

pub fn cells(bytes: &[u8], sheet: &str) -> Vec<(String, Data)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let (top, left) = range.start().unwrap();
    let name = |(row, column, held): (usize, usize, &Data)| {
        let letter = char::from(b'A' + u8::try_from(column).unwrap() + u8::try_from(left).unwrap());
        (format!("{letter}{}", row + 1 + usize::try_from(top).unwrap()), held.clone())
    };
    range.used_cells().map(name).collect()
}

/// The row, as it is numbered on the sheet, in which the cells of these columns say this.
pub fn row_of(bytes: &[u8], sheet: &str, wanted: &[(&str, &str)]) -> String {
    let all = cells(bytes, sheet);
    let says = |row: &str, (column, text): &(&str, &str)| {
        all.iter().any(|(cell, held)| *cell == format!("{column}{row}") && held.as_string().as_deref() == Some(*text))
    };
    let mut rows = all.iter().map(|(cell, _)| cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned());
    rows.find(|row| wanted.iter().all(|one| says(row, one))).unwrap_or_else(|| panic!("no row on {sheet} says {wanted:?}"))
}

pub fn spend_row(bytes: &[u8], label: &str) -> String {
    row_of(bytes, "Spend", &[("A", label)])
}

pub fn value_row(bytes: &[u8], indicator: &str, area: &str) -> String {
    row_of(bytes, "Indicators", &[("B", indicator), ("D", area)])
}

fn held(bytes: &[u8], sheet: &str, cell: &str) -> Data {
    cells(bytes, sheet).into_iter().find(|(name, _)| name == cell).map(|(_, held)| held).unwrap_or_default()
}

/// The file as LibreOffice opens and saves it, where that is installed.
fn through_libreoffice(file: &std::path::Path) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    let out = folder.path().join("out");
    let ran = Command::new("soffice")
        .args([&profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"])
        .arg(&out)
        .arg(file)
        .output();
    let ran = ran.is_ok_and(|ran| ran.status.success());
    assert!(ran || std::env::var_os("REQUIRE_LIBREOFFICE").is_none(), "LibreOffice is needed and does not open the file");
    ran.then(|| std::fs::read(out.join(file.file_name().unwrap())).unwrap())
}

on_both! {
    fn a_workbook_is_made_for_its_return(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let (answer, bytes) = download(&scene.author, &first.id());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(XLSX)));
        let name = "attachment; filename=\"Return_CIF-2020-21-T1-0001_2020-21-Q1.xlsx\"; filename*=UTF-8''Return%20CIF-2020-21-T1-0001%202020-21-Q1.xlsx";
        assert_eq!(answer.header("content-disposition"), Some(name));
        assert_eq!(download(&scene.author, &first.id()).1, bytes, "the same return makes the same file");
        let sheets = Xlsx::new(Cursor::new(bytes.clone())).unwrap().sheet_names();
        assert_eq!(sheets, ["Guidance", "Return", "Spend", "Indicators", "Service", "Forecast", "Identity"]);
        assert_eq!(held(&bytes, "Return", "B3"), Data::String("Helping Hands".to_owned()));
        assert_eq!(held(&bytes, "Return", "B6"), Data::String("21 August 2020".to_owned()));
        // Of two targets the one for the quarter.
        let row = value_row(&bytes, "People referred", "walsall");
        assert_eq!((held(&bytes, "Indicators", &format!("E{row}")), held(&bytes, "Indicators", &format!("F{row}"))),
            (Data::Float(23.0), Data::String("2020-21-Q1".to_owned())));
        // The next one shows what this one says, once it is sent.
        let value = |area: Value, status: &str, number: Value| json!({ "indicator_id": award.people, "area_id": area, "status": status, "value": number });
        let content = json!({ "spend": [], "values": [value(json!(scene.area), "reported", json!(7)), value(json!(scene.other_area), "not_applicable", Value::Null),
            { "indicator_id": award.share, "status": "reported", "value": 2.5, "denominator": 10 }] });
        crate::returns::send(&scene, &write(&scene.author, &first, &content).must(200));
        let (_, next) = download(&scene.author, &of_period(&scene, &award.id, "2020-21-Q2").id());
        let last = |indicator: &str, area: &str| held(&next, "Indicators", &format!("G{}", value_row(&next, indicator, area)));
        assert_eq!(last("People referred", "walsall"), Data::Float(7.0));
        assert_eq!(last("People referred", "dudley"), Data::String("not applicable".to_owned()));
        assert_eq!(last("People who stay", "All areas together"), Data::String("2.5 out of 10".to_owned()));
        assert_eq!(held(&next, "Indicators", "G4"), Data::String("Last time (2020-21-Q1)".to_owned()));
        let row = value_row(&next, "People referred", "walsall");
        assert_eq!(held(&next, "Indicators", &format!("E{row}")), Data::Float(80.0));
        assert_eq!(scene.stranger.get(&format!("/v1/returns/{}/workbook", first.id())).status, 404);
        assert_eq!(download(&scene.commissioner, &first.id()).0.status, 200);
    }

    fn what_is_typed_becomes_the_same_content_as_json(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let (staff, other) = (spend_row(&bytes, "Staff"), spend_row(&bytes, "Other (say what in the note)"));
        let here = value_row(&bytes, "People referred", "walsall");
        let there = value_row(&bytes, "People referred", "dudley");
        let share = value_row(&bytes, "People who stay", "All areas together");
        let filled = Parts::of(&bytes)
            .typed("Return", "B10", Typed::Text("We began."))
            .typed("Return", "B11", Typed::Text("=No hall in winter."))
            .typed("Spend", &format!("B{staff}"), Typed::Number("700.1"))
            .typed("Spend", &format!("C{staff}"), Typed::Text("Yes"))
            .typed("Spend", &format!("B{other}"), Typed::Number("50"))
            .typed("Spend", &format!("D{other}"), Typed::Number("43992"))
            .typed("Spend", &format!("E{other}"), Typed::Text("12/06/2020"))
            .typed("Spend", &format!("F{other}"), Typed::Text("a hall"))
            .typed("Indicators", &format!("I{here}"), Typed::Number("0"))
            .typed("Indicators", &format!("H{there}"), Typed::Text("not reported"))
            .typed("Indicators", &format!("H{share}"), Typed::Text("reported"))
            .typed("Indicators", &format!("I{share}"), Typed::Number("2.5"))
            .typed("Indicators", &format!("J{share}"), Typed::Number("10"))
            .typed("Indicators", &format!("K{share}"), Typed::Text("those who answered"));
        let content = json!({
            "spend": [{ "category": "staff", "amount_pence": 70_010, "direct_activity": true, "spent_from": null, "spent_to": null, "note": null },
                { "category": "other", "amount_pence": 5_000, "direct_activity": false, "spent_from": "2020-06-10", "spent_to": "2020-06-12", "note": "a hall" }],
            "values": [{ "indicator_id": award.people, "area_id": scene.other_area, "group": null, "status": "not_reported", "value": null, "denominator": null, "basis": null },
                { "indicator_id": award.people, "area_id": scene.area, "group": null, "status": "reported", "value": 0, "denominator": null, "basis": null },
                { "indicator_id": award.share, "area_id": null, "group": null, "status": "reported", "value": 2.5, "denominator": 10, "basis": "those who answered" }],
            "narrative": "We began.", "risks": "=No hall in winter." });
        // A trial says what would be, and keeps nothing.
        let trial = tried(&scene, &first, &filled).must(200);
        assert_eq!((&trial.body["is_kept"], &trial.body["state"], findings(&trial)), (&json!(false), &json!("due"), vec!["warning not_said Spend!C18".to_owned()]));
        let of_workbook = |answer: &Answer| content.as_object().unwrap().iter().all(|(name, value)| answer.body["workbook"][name] == *value);
        assert!(of_workbook(&trial), "{}", trial.text);
        assert_eq!(of_period(&scene, &award.id, "2020-21-Q1").body, first.body);
        let kept = upload(&scene, &first, &filled).must(200);
        assert_eq!((&kept.body["is_kept"], &kept.body["state"], &kept.body["version"]), (&json!(true), &json!("draft"), &json!(2)));
        assert!(of_workbook(&kept), "{}", kept.text);
        // The same as by JSON.
        let by_json = write(&scene.author, &kept, &content).must(200);
        assert_eq!(by_json.body["content"], kept.body["content"]);
        // Downloaded again it says the same, and what is sent back unchanged changes nothing.
        let again = Parts::of(&download(&scene.author, &first.id()).1);
        let sent = upload(&scene, &by_json, &again).must(200);
        assert_eq!((&sent.body["content"], findings(&sent)), (&kept.body["content"], vec![]));
        assert_eq!(upload(&scene, &first, &again).status, 412);
        let submitted = submit(&scene, &sent);
        assert_eq!(upload(&scene, &submitted, &again).must(409).code(), "wrong_state");
    }

    fn blank_is_not_nought(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let empty = download(&scene.author, &first.id()).1;
        let blank = Parts::of(&empty);
        let kept = upload(&scene, &first, &blank).must(200);
        assert_eq!((&kept.body["content"]["spend"], &kept.body["content"]["values"]), (&Value::Null, &json!([])));
        let nothing = blank.typed("Spend", "B4", Typed::Text("yes"));
        let kept = upload(&scene, &kept, &nothing).must(200);
        assert_eq!(kept.body["content"]["spend"], json!([]));
        assert!(findings(&kept).contains(&"warning changed_since Identity!B2".to_owned()), "{}", kept.text);
        let here = value_row(&empty, "People referred", "walsall");
        let share = value_row(&empty, "People who stay", "All areas together");
        for row in [here, share] {
            assert!(findings(&kept).contains(&format!("error required Indicators!I{row}")), "{}", kept.text);
        }
        let bytes = download(&scene.author, &first.id()).1;
        assert_eq!(held(&bytes, "Spend", "B4"), Data::String("yes".to_owned()));
        let row = spend_row(&bytes, "Staff");
        let both = Parts::of(&bytes).typed("Spend", &format!("B{row}"), Typed::Number("5"));
        assert_eq!(faults(&upload(&scene, &kept, &both).must(422)), ["contradicts Spend!B4"]);
        // A cell with the format of text holds a number all the same.
        let typed = Parts::of(&empty).typed("Spend", &format!("B{row}"), Typed::Text("£1,250.50"));
        let kept = upload(&scene, &kept, &typed).must(200);
        assert_eq!(kept.body["content"]["spend"][0]["amount_pence"], 125_050, "{}", kept.text);
    }

    fn every_cell_that_cannot_be_read_is_told_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let bytes = download(&scene.author, &first.id()).1;
        let row = |label: &str| spend_row(&bytes, label);
        let (staff, premises, screens, ppe) = (row("Staff"), row("Premises and running costs"), row("Screens"), row("Protective equipment"));
        let here = value_row(&bytes, "People referred", "walsall");
        let share = value_row(&bytes, "People who stay", "All areas together");
        let filled = Parts::of(&bytes)
            .typed("Spend", &format!("B{staff}"), Typed::Formula("1+1"))
            .typed("Spend", &format!("B{premises}"), Typed::Text("about 50"))
            .typed("Spend", &format!("B{screens}"), Typed::Number("-3"))
            .typed("Spend", &format!("B{ppe}"), Typed::Number("1.005"))
            .typed("Spend", &format!("C{ppe}"), Typed::Text("perhaps"))
            .typed("Indicators", &format!("I{here}"), Typed::Text("twelve"))
            .typed("Indicators", &format!("I{share}"), Typed::Number("11"))
            .typed("Indicators", &format!("J{share}"), Typed::Number("10"));
        let mut wanted = vec![format!("formula Spend!B{staff}"), format!("wrong_type Spend!B{premises}"), format!("too_small Spend!B{screens}"),
            format!("too_precise Spend!B{ppe}"), format!("not_listed Spend!C{ppe}"), format!("wrong_type Indicators!I{here}"),
            format!("too_large Indicators!I{share}")];
        wanted.sort();
        let refused = upload(&scene, &first, &filled).must(422);
        let mut told = faults(&refused);
        told.sort();
        assert_eq!(told, wanted, "{}", refused.text);
        assert_eq!(of_period(&scene, &award.id, "2020-21-Q1").body, first.body);
        let trial = tried(&scene, &first, &filled).must(200);
        assert_eq!(trial.body["workbook"], Value::Null);
        let all = findings(&trial);
        assert!(wanted.iter().all(|one| all.contains(&format!("error {one}"))), "{}", trial.text);
        assert_eq!(trial.body["workbook_findings"][0]["message"], "`1.005` has more than 2 decimals.");
    }

    fn another_program_fills_it(app) {
        let Some(python) = python("openpyxl") else { return eprintln!("left out: python3 has no openpyxl here") };
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let folder = tempfile::tempdir().unwrap();
        let (empty, filled) = (folder.path().join("empty.xlsx"), folder.path().join("filled.xlsx"));
        std::fs::write(&empty, download(&scene.author, &first.id()).1).unwrap();
        let script = format!("{}/tests/it/returns/workbook/fill.py", env!("CARGO_MANIFEST_DIR"));
        let ran = Command::new(python).arg(script).args([&empty, &filled]).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), "23");
        let mut kept = send(&scene.author, &first.id(), first.tag(), "", std::fs::read(&filled).unwrap()).must(200);
        let wanted = kept.body["content"].clone();
        assert_eq!((&wanted["narrative"], &wanted["spend"][0]["amount_pence"]), (&json!("We met every week."), &json!(123_456)));
        let value = |at: usize| (wanted["values"][at]["status"].as_str().unwrap().to_owned(), wanted["values"][at]["value"].clone());
        assert_eq!([value(0), value(1), value(2)],
            [("not_reported".to_owned(), Value::Null), ("reported".to_owned(), json!(0)), ("reported".to_owned(), json!(7))]);
        let people = json!({ "brought_forward": 10, "new": 5, "closed": 3, "carried_forward": 12 });
        assert_eq!((&wanted["caseload"], &wanted["delivery_mode"]), (&people, &json!("remote")));
        assert_eq!(wanted["forecast"], json!([{ "quarter": "2020-21-Q3", "amount_pence": 125_050 }]));
        if let Some(bytes) = through_libreoffice(&filled) {
            kept = send(&scene.author, &first.id(), kept.tag(), "", bytes).must(200);
            assert_eq!(kept.body["content"], wanted);
        }
    }
}
