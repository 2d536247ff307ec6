//! Reports about returns in an office that has many, and the workbook of a return with many rows.

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::time::Instant;

use almoner::access::permissions::Role;
use almoner::office::generate::{Reporting, Size};
use zip::write::SimpleFileOptions;

use crate::client::{Connection, request, request_of};
use crate::load::median;
use crate::office::{Engine, Office};
use crate::process::Service;
use crate::table::{Aim, Table};
use crate::{Plan, say};

/// How often each is asked; the first answer warms up.
const TIMES: usize = 9;
/// What the many awards report, and what the one with the long form does: 63 indicators, each in seven areas and altogether, are 504 rows.
const MANY: Reporting = Reporting { quarters: 20, indicators: 12, areas: 7 };
const LONG: Reporting = Reporting { quarters: 1, indicators: 63, areas: 7 };
/// How many values are filled in.
const CELLS: usize = 500;

/// A question, what it is called, and in which office it is asked.
const QUESTIONS: [(&str, &str); 7] = [
    ("indicators report, all quarters", "/v1/reports/indicators"),
    ("indicators report, one quarter", "/v1/reports/indicators?quarter=2020-21-Q1"),
    ("indicators report, by quarter", "/v1/reports/indicators?group_by=quarter"),
    ("indicators report, by area", "/v1/reports/indicators?group_by=area"),
    ("indicators report, by provider", "/v1/reports/indicators?group_by=provider"),
    ("compliance grid, one quarter", "/v1/reports/return-compliance?quarter=2020-21-Q1"),
    ("compliance grid, all quarters", "/v1/reports/return-compliance"),
];

pub fn measure(engine: Engine, plan: &Plan, home: &Path, table: &mut Table) -> Option<()> {
    let most = |ms: f64| if engine == Engine::Sqlite { Aim::Under(ms) } else { Aim::None };
    say(&format!("{}: making an office of {} awards that report {} quarters", engine.name(), plan.reporting, MANY.quarters));
    let size = |awards, reporting| Size { seed: 1, awards, variations: None, reporting: Some(reporting) };
    let many = Office::make(engine, home, "reporting", size(plan.reporting, MANY), None)?;
    let seconds = many.made_in.as_secs_f64();
    let values = many.made.returns * MANY.indicators * MANY.areas;
    table.row(&format!("{} returns with {values} values, made in", many.made.returns), &format!("{seconds:.1} s"), Aim::None, seconds);
    {
        let service = Service::start(&many.url, &many.home);
        let token = many.token(Role::Finance, None);
        for (name, path) in QUESTIONS {
            let (took, bytes) = asked(&service, &request("GET", path, &[("authorization", &token)], ""));
            table.row(&format!("{name}, {bytes} bytes"), &format!("{took:.1} ms"), most(300.0), took);
        }
        let resident = service.resident_mib();
        table.row("resident memory after these reports", &format!("{:.0} MiB", resident.unwrap_or_default()), Aim::None, 0.0);
    }
    say("  reports done");
    let long = Office::make(engine, home, "long", size(1, LONG), None)?;
    let service = Service::start(&long.url, &long.home);
    workbook(&long, &service, most, table);
    say("  workbook done");
    Some(())
}

/// Milliseconds for an answer, the middle one of several, and how long it is.
fn asked(service: &Service, ask: &[u8]) -> (f64, usize) {
    let mut connection = Connection::open(service.address).unwrap();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for time in 0..=TIMES {
        let started = Instant::now();
        let reply = connection.ask(ask).unwrap();
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(reply.body));
        bytes = reply.body.len();
        if time > 0 {
            took.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    (median(took), bytes)
}

fn workbook(office: &Office, service: &Service, most: impl Fn(f64) -> Aim, table: &mut Table) {
    let token = office.token(Role::Commissioner, None);
    let of = |path: &str| request("GET", path, &[("authorization", &token)], "");
    let mut connection = Connection::open(service.address).unwrap();
    let awards = connection.ask(&of("/v1/awards")).unwrap().json();
    let award = awards["items"][0]["id"].as_str().unwrap().to_owned();
    let returns = connection.ask(&of(&format!("/v1/awards/{award}/returns"))).unwrap().json();
    let owed = returns["items"].as_array().unwrap().iter().find(|one| one["state"] == "due").unwrap();
    let path = format!("/v1/returns/{}/workbook", owed["id"].as_str().unwrap());
    let reply = connection.ask(&of(&path)).unwrap();
    let (tag, bytes) = (reply.header("etag").unwrap().to_owned(), reply.body.to_vec());
    let (took, size) = asked(service, &of(&path));
    table.row(&format!("workbook of a return with 504 rows, {size} bytes"), &format!("{took:.1} ms"), most(150.0), took);
    let file = filled(&bytes);
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let headers = [("authorization", token.as_str()), ("if-match", &tag), ("content-type", kind)];
    let put = request_of("PUT", &format!("{path}?dry_run=true"), &headers, &file);
    let told = connection.ask(&put).unwrap().json();
    assert_eq!(told["workbook"]["values"].as_array().map(Vec::len), Some(CELLS), "{}", told["workbook_findings"]);
    let (took, _) = asked(service, &put);
    table.row(&format!("the same with {CELLS} values, checked (dry_run)"), &format!("{took:.1} ms"), most(300.0), took);
}

/// The file with a value in so many rows of its sheet of indicators.
fn filled(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let (name, mut content) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut content).unwrap();
        // The fourth sheet is that of the indicators; values stand in its column I, below the heads.
        if name == "xl/worksheets/sheet4.xml" {
            content = with_values(&content);
        }
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(content.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Blank cells of column I as numbers; where column J is open too, which looks the same, also what they are of.
fn with_values(sheet: &str) -> String {
    const CELL: &str = "<c r=\"I";
    let (mut out, mut done, mut rest) = (String::new(), 0, sheet);
    while let Some(at) = rest.find(CELL) {
        let (before, cell) = rest.split_at(at);
        out += before;
        let (row, after) = cell[CELL.len()..].split_once('"').unwrap();
        let blank = after.split_once("/>").filter(|(looks, _)| !looks.contains('>') && done < CELLS);
        let Some((looks, after)) = blank else {
            out += CELL;
            rest = &cell[CELL.len()..];
            continue;
        };
        done += 1;
        out += &format!("<c r=\"I{row}\"{looks}><v>7</v></c>");
        let of = after.strip_prefix(&format!("<c r=\"J{row}\"{looks}/>"));
        if of.is_some() {
            out += &format!("<c r=\"J{row}\"{looks}><v>9</v></c>");
        }
        rest = of.unwrap_or(after);
    }
    out + rest
}
