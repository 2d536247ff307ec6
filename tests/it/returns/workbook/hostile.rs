//! Files that are no workbook of this return, by mistake or by malice: a clear finding at once, and never a crash.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Parts, Typed, XLSX, award, download, faults, findings, send, upload};
use crate::returns::{indicator, of_period};
use crate::support::Scene;
use crate::support::program::Program;

/// How much memory a file may take, in KiB.
const MEMORY_MAX: u64 = 200 * 1024;
/// How long an answer may take.
const AT_MOST: Duration = Duration::from_secs(2);

/// A file whose one part unpacks to this many bytes.
fn bomb(name: &str, size: usize) -> Vec<u8> {
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    file.start_file(name, SimpleFileOptions::default()).unwrap();
    file.write_all(&vec![b' '; size]).unwrap();
    file.finish().unwrap().into_inner()
}

/// The file, whose directory says that its first part unpacks to a hundred bytes.
fn understated(mut file: Vec<u8>) -> Vec<u8> {
    for (mark, place) in [(b"PK\x01\x02", 24), (b"PK\x03\x04", 22)] {
        let at = file.windows(4).position(|window| window == mark).unwrap() + place;
        file[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    file
}

/// The file with ten million rows on its first sheet, written piece by piece; packed it is small, as all rows are the same.
fn ten_million_rows(good: &Parts) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_level(Some(1));
    let mut file = ZipWriter::new(Cursor::new(Vec::new()));
    let sheet = |name: &str| name == "xl/worksheets/sheet1.xml";
    // The sheet comes first, so that what the file says of it can be made untrue.
    let (first, others): (Vec<_>, Vec<_>) = good.0.iter().partition(|(name, _)| sheet(name));
    for (name, content) in first.into_iter().chain(others) {
        file.start_file(name.as_str(), options).unwrap();
        let text = String::from_utf8_lossy(content);
        let Some((before, after)) = text.split_once("</sheetData>").filter(|_| sheet(name)) else {
            file.write_all(content).unwrap();
            continue;
        };
        let some = "<row><c><v>1</v></c></row>".repeat(10_000);
        file.write_all(before.as_bytes()).unwrap();
        (0..1_000).for_each(|_| file.write_all(some.as_bytes()).unwrap());
        file.write_all(format!("</sheetData>{after}").as_bytes()).unwrap();
    }
    let bytes = file.finish().unwrap().into_inner();
    assert!(bytes.len() < 5_000_000, "{} bytes are more than an upload may have", bytes.len());
    bytes
}

/// So many rows of one cell, blank or not.
fn rows(count: u32, cell: &str) -> impl Fn(String) -> String + use<> {
    let rows: String = (0..count).map(|at| format!("<row r=\"{}\"><c r=\"A{}\"{cell}</row>", at + 1_000, at + 1_000)).collect();
    move |xml| xml.replace("</sheetData>", &format!("{rows}</sheetData>"))
}

on_both! {
    fn a_hostile_file_is_a_finding(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let good = Parts::of(&download(&scene.author, &first.id()).1);
        let entity = |xml: String| xml.replacen("<sst", "<!DOCTYPE sst [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><sst", 1);
        let link = |xml: String| xml.replace("</Relationships>",
            "<Relationship Id=\"rId99\" Type=\"http://example.org/x\" Target=\"http://example.org/\" TargetMode=\"External\"/></Relationships>");
        let part = |name: &str| good.clone().with(name, b"<x/>".to_vec()).bytes();
        let sheet = |change: &dyn Fn(String) -> String| good.clone().on_sheet("Spend", change).bytes();
        let many: Vec<(String, Vec<u8>)> = (0..600).map(|at| (format!("xl/media/{at}.png"), Vec::new())).collect();
        let rows_of_ten_millions = ten_million_rows(&good);
        let files: Vec<(&str, Vec<u8>, &str)> = vec![
            ("nothing", Vec::new(), "not_a_workbook !"),
            ("CSV", b"category,amount\nstaff,5\n".to_vec(), "not_a_workbook !"),
            ("locked", [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], [0; 600].as_slice()].concat(), "encrypted !"),
            ("cut off", good.bytes()[..2_000].to_vec(), "damaged !"),
            ("another ZIP", bomb("hello.txt", 10), "not_a_workbook !"),
            ("macros", part("xl/vbaProject.bin"), "macros !"),
            ("a link to a file", part("xl/externalLinks/externalLink1.xml"), "external_links !"),
            ("a link of the workbook", good.clone().changed("xl/_rels/workbook.xml.rels", link).bytes(), "external_links !"),
            ("entities", good.clone().changed("xl/sharedStrings.xml", entity).bytes(), "damaged !"),
            ("a bomb", bomb("xl/worksheets/sheet1.xml", 60_000_000), "too_large !"),
            ("a bomb that lies", understated(bomb("xl/worksheets/sheet1.xml", 60_000_000)), "damaged !"),
            ("ten million rows", rows_of_ten_millions.clone(), "too_large !"),
            ("ten million rows that the file does not tell of", understated(rows_of_ten_millions), "too_large !"),
            ("very many parts", Parts(many).bytes(), "too_large !"),
            ("many blank rows", sheet(&rows(250_000, "/>")), "too_large Spend!"),
            ("many rows", sheet(&rows(9_000, "><v>1</v></c>")), "too_large Spend!"),
            ("a row far below", sheet(&|xml| xml.replace("</sheetData>", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>")), "too_large Spend!"),
            ("broken XML", sheet(&|xml| xml.replace("</sheetData>", "<row")), "damaged Spend!"),
            ("a sheet renamed", good.clone().changed("xl/workbook.xml", |xml| xml.replace("\"Spend\"", "\"Costs\"")).bytes(), "sheet_missing Spend!"),
            ("an older template", good.clone().typed("Identity", "B3", Typed::Text("0")).bytes(), "old_template Identity!B3"),
        ];
        for (what, bytes, wanted) in files {
            let begun = Instant::now();
            let refused = send(&scene.author, &first.id(), first.tag(), "", bytes.clone());
            let trial = send(&scene.author, &first.id(), first.tag(), "?dry_run=true", bytes);
            assert!(begun.elapsed() < AT_MOST * 2, "{what} took {:?}", begun.elapsed());
            // Where the file lies, either the lie is found or what comes of it.
            let is_lie = (what == "a bomb that lies" && faults(&refused) == ["too_large !"])
                || (what.contains("does not tell") && faults(&refused) == ["damaged !"]);
            assert!(refused.status == 422 && (faults(&refused) == [wanted] || is_lie), "{what}: {}", refused.text);
            assert!(trial.status == 200 && (findings(&trial) == [format!("error {wanted}")] || is_lie), "{what}: {}", trial.text);
            assert_eq!(trial.body["workbook"], serde_json::Value::Null, "{what}");
        }
        assert_eq!(of_period(&scene, &award.id, "2020-21-Q1").body, first.body);
        upload(&scene, &first, &good).must(200);
    }

    fn a_hostile_file_takes_little_memory(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let first = of_period(&scene, &award.id, "2020-21-Q1");
        let good = Parts::of(&download(&scene.author, &first.id()).1);
        let sheet = |change: &dyn Fn(String) -> String| good.clone().on_sheet("Spend", change).bytes();
        let files = [
            bomb("xl/worksheets/sheet1.xml", 60_000_000),
            understated(bomb("xl/worksheets/sheet1.xml", 60_000_000)),
            ten_million_rows(&good),
            understated(ten_million_rows(&good)),
            sheet(&rows(250_000, "/>")),
            sheet(&rows(9_000, "><v>1</v></c>")),
        ];
        // A process of its own has nothing else to do.
        let folder = tempfile::tempdir().unwrap();
        let program = Program::serve(&app.database_url, folder.path(), "");
        let officer = program.client(&program.person(&["commissioner"]));
        let tag = officer.get(&format!("/v1/returns/{}", first.id())).must(200).tag().to_owned();
        send(&officer, &first.id(), &tag, "?dry_run=true", good.bytes()).must(200);
        let Some(before) = program.peak_memory() else { return eprintln!("left out: this system does not tell a process's memory") };
        for (at, bytes) in files.into_iter().enumerate() {
            send(&officer, &first.id(), &tag, "?dry_run=true", bytes).must(200);
            let taken = program.peak_memory().unwrap().saturating_sub(before);
            assert!(taken < MEMORY_MAX, "file {at}: {taken} KiB more than before");
        }
    }

    fn a_file_is_for_one_return_and_its_provider(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = award(&scene);
        let (first, second) = (of_period(&scene, &award.id, "2020-21-Q1"), of_period(&scene, &award.id, "2020-21-Q2"));
        let of_second = Parts::of(&download(&scene.author, &second.id()).1);
        let refused = upload(&scene, &first, &of_second).must(422);
        assert_eq!(faults(&refused), ["other_return Identity!B1"]);
        assert!(refused.text.contains("not for CIF-2020-21-T1-0001, 2020-21-Q1"), "{}", refused.text);
        let draft = scene.draft(200_000, json!({}));
        indicator(&scene, &draft.id(), "People referred", "people");
        let other = scene.go_live(&draft).id();
        let of_other = Parts::of(&download(&scene.author, &of_period(&scene, &other, "2020-21-Q1").id()).1);
        assert_eq!(faults(&upload(&scene, &first, &of_other).must(422)), ["other_return Identity!B1"], "the same quarter of another award");
        // Nobody else's return is there, whatever is sent.
        assert_eq!(send(&scene.stranger, &first.id(), first.tag(), "", of_second.bytes()).status, 404);
        assert_eq!(send(&scene.stranger, &first.id(), first.tag(), "?dry_run=true", of_second.bytes()).status, 404);
        assert_eq!(send(&scene.finance, &first.id(), first.tag(), "", of_second.bytes()).status, 403);
        // What is sent has its kind, its version and its size.
        let path = format!("/v1/returns/{}/workbook", first.id());
        let put = |media: &str, size: usize| scene.author.request(reqwest::Method::PUT, &path).header(CONTENT_TYPE, media).body(vec![0; size]);
        assert_eq!(scene.author.send(put("text/csv", 5).header(IF_MATCH, first.tag())).status, 415);
        assert_eq!(scene.author.send(put(XLSX, 5)).status, 428);
        assert_eq!(scene.author.send(put(XLSX, 5 * 1_048_576 + 1).header(IF_MATCH, first.tag())).status, 413);
        assert_eq!(send(&scene.author, &first.id(), first.tag(), "?dry_run=perhaps", of_second.bytes()).status, 422);
        let gone = of_second.typed("Identity", "B1", Typed::Text(&first.id())).on_sheet("Indicators", |xml| {
            let start = xml.find("<row r=\"5\"").unwrap();
            let end = start + xml[start..].find("</row>").unwrap() + 6;
            format!("{}{}", &xml[..start], &xml[end..])
        });
        assert_eq!(faults(&upload(&scene, &first, &gone).must(422)), ["row_missing Indicators!"]);
        assert_eq!(json!(first.body["version"]), json!(of_period(&scene, &award.id, "2020-21-Q1").body["version"]));
    }
}
