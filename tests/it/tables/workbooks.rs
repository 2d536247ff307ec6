//! Lists and reports as workbooks, read back by another program.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::json;

use super::{Table, XLSX, accepting, bytes, office, with};
use crate::support::Scene;

/// The cells of a sheet as they are held, by row.
fn held(bytes: &[u8], sheet: usize) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range_at(sheet).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

/// The cell in the words of the CSV file; a moment to the second.
fn in_words(name: &str, cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(words) => words.clone(),
        Data::Float(number) if name.ends_with("_pounds") => format!("{number:.2}"),
        Data::Float(number) => number.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            if (hour, minute, second, milli) == (0, 0, 0, 0) {
                format!("{year}-{month:02}-{day:02}")
            } else {
                format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        other => panic!("{name} holds {other:?}"),
    }
}

/// The cell of the CSV file without its guard, and a moment to the second.
fn without_guard(name: &str, cell: &str) -> String {
    if name.ends_with("_at") && name != "as_at" && cell.contains('T') {
        return cell.split('.').next().unwrap().to_owned();
    }
    cell.strip_prefix('\'').unwrap_or(cell).to_owned()
}

#[track_caller]
fn same(path: &str, book: &[u8], csv: &str) {
    let (table, mut rows) = (Table::of(csv), held(book, 0));
    rows.pop_if(|row| row[0] == Data::String("Total".to_owned()));
    let head: Vec<String> = rows[0].iter().map(|cell| in_words("", cell)).collect();
    assert_eq!(head, table.columns, "{path}");
    assert_eq!(rows.len() - 1, table.rows.len(), "{path}");
    for (row, expected) in rows[1..].iter().zip(&table.rows) {
        for ((name, cell), expected) in table.columns.iter().zip(row).zip(expected) {
            assert_eq!(in_words(name, cell), without_guard(name, expected), "{path}: {name}");
            let is_number = matches!(cell, Data::Float(_));
            assert!(is_number || !name.ends_with("_pounds") || *cell == Data::Empty, "{path}: {name} is {cell:?}");
            assert!(matches!(cell, Data::DateTime(_) | Data::Empty) || !name.ends_with("_on"), "{path}: {name} is {cell:?}");
        }
    }
}

/// A part of the file, as it stands in it.
fn part(book: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(book.to_vec())).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

on_both! {
    fn a_list_as_a_workbook_holds_what_it_holds_as_csv(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let lists = office(app, &scene);
        for path in &lists.paths {
            let book = bytes(&lists.all, &with(path, "format=xlsx"));
            same(path, &book, &lists.all.get(&with(path, "format=csv")).must(200).text);
        }
        let book = bytes(&scene.finance, "/v1/awards?format=xlsx");
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("state=\"frozen\"") && sheet.contains("=HYPERLINK") && !sheet.contains("<f>"), "{sheet}");
        assert!(part(&book, "xl/styles.xml").contains("formatCode=\"#,##0.00\"") || part(&book, "xl/styles.xml").contains("numFmtId=\"4\""));
        assert_eq!(bytes(&scene.finance, "/v1/awards?format=xlsx"), book);
        let by_header = accepting(&scene.finance, "/v1/awards", XLSX).must(200);
        assert_eq!(by_header.header("content-disposition"), Some("attachment; filename=\"awards.xlsx\"; filename*=UTF-8''awards.xlsx"));
    }

    fn a_long_list_is_one_sheet(app) {
        let commissioner = app.office(&[almoner::access::permissions::Role::Commissioner]);
        for number in 0..220 {
            let area = json!({ "code": format!("area-{number:03}"), "name": "=1", "kind": "local_authority" });
            commissioner.post("/v1/areas", &area).must(201);
        }
        assert_eq!(held(&bytes(&commissioner, "/v1/areas?format=xlsx"), 0).len(), 221);
        assert_eq!(held(&bytes(&commissioner, "/v1/areas?format=xlsx&limit=20"), 0).len(), 21);
        let left: Vec<_> = std::fs::read_dir(app.folder.path().join("documents/incoming")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    fn a_report_as_a_workbook_says_what_was_asked(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_050, json!({ "theme": "=HYPERLINK(\"x\")" }));
        let json = scene.finance.get("/v1/reports/allocations?as_at=2021-03-31").must(200);
        let known_at = json.body["known_at"].as_str().unwrap().to_owned();
        let question = format!("as_at=2021-03-31&known_at={known_at}");
        for report in
            ["allocations?group_by=theme", "fund-summary?", "tranche-summary?", "expenditure?", "coverage?", "indicators?", "return-compliance?", "capacity?", "at-risk?", "shares?",
                "fund-summary?group_by=source", "tranche-summary?group_by=state", "expenditure?group_by=award", "coverage?group_by=area"]
        {
            let path = format!("/v1/reports/{report}&{question}").replace("?&", "?");
            let book = bytes(&scene.finance, &with(&path, "format=xlsx"));
            same(&path, &book, &scene.finance.get(&with(&path, "format=csv")).must(200).text);
            assert_eq!(bytes(&scene.finance, &with(&path, "format=xlsx")), book, "{path}");
        }
        let path = format!("/v1/reports/allocations?group_by=theme&group_by=provider&{question}&format=xlsx");
        let answer = scene.finance.get(&path).must(200);
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"allocations-2021-03-31.xlsx\""));
        assert_ne!(answer.tag(), json.tag());
        scene.finance.send(scene.finance.request(reqwest::Method::GET, &path).header("If-None-Match", answer.tag())).must(304);
        let book = bytes(&scene.finance, &path);
        // The last row is the report's totals, out of the filter's reach.
        let rows = held(&book, 0);
        let column = rows[0].iter().position(|name| *name == Data::String("committed_pounds".to_owned())).unwrap();
        let last = rows.last().unwrap();
        assert_eq!((&last[0], &last[column]), (&Data::String("Total".to_owned()), &Data::Float(2000.5)));
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        let filter = sheet.split("<autoFilter ref=\"A1:").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(filter.trim_start_matches(char::is_alphabetic), (rows.len() - 1).to_string(), "the filter ends before the totals");
        let facts = held(&book, 1);
        let told: Vec<_> = facts.iter().filter(|row| matches!(&row[0], Data::String(name) if name.starts_with("column_"))).collect();
        assert_eq!(told.len(), rows[0].len());
        assert!(told.iter().all(|row| matches!(&row[1], Data::String(words) if words.len() > 5)), "{told:?}");
        let fact = |name: &str| facts.iter().find(|row| row[0] == Data::String(name.to_owned())).map(|row| row[1].clone());
        assert_eq!(fact("report"), Some(Data::String("allocations".to_owned())));
        assert_eq!(fact("known_at"), Some(Data::String(known_at)));
        assert_eq!(fact("question_group_by"), Some(Data::String("theme; provider".to_owned())));
        assert_eq!(fact("totals_committed_pounds"), Some(Data::Float(2000.5)), "{facts:?}");
        assert_eq!(fact("ledger_check_balanced"), Some(Data::String("yes".to_owned())), "{facts:?}");
        assert!(matches!(fact("as_at"), Some(Data::DateTime(_))));
    }
}
