//! From a book to its file and back.

use std::io::{Cursor, Read, Write};
use std::time::Instant;

use super::rules::{Book, BookMoney, ValueRow};
use super::{read, write};
use crate::kernel::{Id, Pence, Quantity};
use crate::returns::rules::{
    ForecastQuarter, IndicatorValue, NarrativeSection, Reported, ReturnContent, SpendCategory, SpendLine, usual_sections,
};

fn lessons() -> NarrativeSection {
    let [key, heading] = ["lessons", "What we learned"].map(str::to_owned);
    NarrativeSection { key, heading, guidance: None, is_required: true, is_on_short_form: true }
}

/// A book with so many values, each written.
fn book(values: i32) -> Book {
    let (indicator, day) = (Id::new(), |text: &str| text.parse().unwrap());
    let rows: Vec<ValueRow> = (0..values)
        .map(|at| ValueRow {
            indicator_id: indicator,
            area_id: Some(Id::new()),
            name: "People referred".to_owned(),
            unit: "people".to_owned(),
            asks_for: crate::awards::indicators::rules::AsksFor::Period,
            area: format!("Area {at}"),
            group: None,
            is_percentage: at % 2 == 0,
            target: Some((Quantity::whole(80), "2020-21".to_owned())),
            last: None,
            since_april: Some(Quantity::whole(9)),
        })
        .collect();
    let value = |(at, row): (i32, &ValueRow)| IndicatorValue {
        indicator_id: row.indicator_id,
        area_id: row.area_id,
        group: None,
        status: Reported::Reported,
        value: Some(Quantity::whole(at)),
        denominator: row.is_percentage.then(|| Quantity::whole(values)),
        basis: None,
    };
    let line = |category| SpendLine {
        category,
        amount_pence: Pence(125_050),
        direct_activity: true,
        spent_from: Some(day("2020-06-10")),
        spent_to: Some(day("2020-06-12")),
        note: Some("=not a formula".to_owned()),
    };
    let content = ReturnContent {
        spend: Some(SpendCategory::ALL.iter().copied().map(line).collect()),
        values: (0..).zip(&rows).map(value).collect(),
        forecast: Some(vec![ForecastQuarter { quarter: "2020-21-Q3".parse().unwrap(), amount_pence: Pence(1) }]),
        narrative: Some("We met every week.".to_owned()),
        sections: [("lessons".to_owned(), "To begin earlier.".to_owned())].into(),
        ..ReturnContent::default()
    };
    Book {
        number: None,
        return_id: Id::new(),
        return_version: 1,
        made_at: 1_600_000_000,
        award: "CIF-2020-21-T1-0001".to_owned(),
        title: "Street project".to_owned(),
        provider: "Helping Hands".to_owned(),
        period: "2020-21-Q1".to_owned(),
        days: (day("2020-06-01"), day("2020-06-30")),
        due_on: day("2020-07-21"),
        last_period: None,
        rows,
        quarters: vec!["2020-21-Q2".parse().unwrap(), "2020-21-Q3".parse().unwrap()],
        has_grants: true,
        held: Vec::new(),
        money: BookMoney { planned: Some(Pence(5)), ..BookMoney::default() },
        is_short: false,
        narrative: [usual_sections(), vec![lessons()]].concat(),
        content,
        warnings: Vec::new(),
    }
}

#[test]
fn five_hundred_values_go_there_and_back() {
    let books = [book(500), Book { number: Some(2), ..book(20) }];
    for book in &books {
        let begun = Instant::now();
        let bytes = write::workbook(std::slice::from_ref(book)).unwrap();
        let made = begun.elapsed();
        let filled = read::several(&bytes, std::slice::from_ref(book)).pop().unwrap();
        println!("{} values: made in {made:?}, read in {:?}, {} bytes", book.rows.len(), begun.elapsed() - made, bytes.len());
        assert_eq!(filled.findings, []);
        assert_eq!(filled.over(&ReturnContent::default()), book.content);
        // Each part is where the file that is made of the book has it.
        for pointer in
            ["/narrative", "/sections/lessons", "/spend/3/note", "/values/7/value", "/values/7/status", "/forecast/0", "/caseload/new"]
        {
            assert_eq!(book.places().of(pointer), filled.places.of(pointer), "{pointer}");
        }
    }
}

/// The file as a program saves it that keeps with each sheet how it was printed.
fn printed(file: &[u8]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for at in 0..old.len() {
        let mut part = old.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        new.start_file(name.as_str(), options).unwrap();
        new.write_all(&content).unwrap();
        let Some(sheet) = name.strip_prefix("xl/worksheets/sheet").and_then(|name| name.strip_suffix(".xml")) else { continue };
        new.start_file(format!("xl/printerSettings/printerSettings{sheet}.bin"), options).unwrap();
        new.write_all(&[0; 4_000]).unwrap();
        new.start_file(format!("xl/worksheets/_rels/sheet{sheet}.xml.rels"), options).unwrap();
        let rels = format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/printerSettings\" \
             Target=\"../printerSettings/printerSettings{sheet}.bin\"/></Relationships>"
        );
        new.write_all(rels.as_bytes()).unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn twenty_returns_that_were_printed_are_read() {
    let books: Vec<Book> = (1..=20).map(|number| Book { number: Some(number), ..book(20) }).collect();
    let file = printed(&write::workbook(&books).unwrap());
    for (filled, book) in read::several(&file, &books).iter().zip(&books) {
        assert_eq!(filled.findings, []);
        assert_eq!(filled.content.values, book.content.values);
    }
}
