//! Lists and reports as CSV files and workbooks: the same facts as in JSON, the same columns always, and no words taken for a formula.

mod lists;
mod power_query;
mod workbooks;

use std::collections::BTreeMap;

use almoner::app;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client, Scene};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file of cells: the names of its columns, and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    #[track_caller]
    fn of(csv: &str) -> Self {
        let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { columns, rows }
    }

    /// The cells of one column.
    #[track_caller]
    fn column(&self, name: &str) -> Vec<&str> {
        let at = self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name} in {:?}", self.columns));
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}

/// An answer with this `Accept` header.
#[track_caller]
fn accepting(client: &Client, path: &str, accept: &str) -> Answer {
    client.send(client.request(Method::GET, path).header("Accept", accept))
}

#[track_caller]
fn bytes(client: &Client, path: &str) -> Vec<u8> {
    let answer = client.http.execute(client.request(Method::GET, path).build().unwrap()).unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], XLSX, "{path}");
    answer.bytes().unwrap().to_vec()
}

/// A path with one parameter more.
fn with(path: &str, parameter: &str) -> String {
    format!("{path}{}{parameter}", if path.contains('?') { '&' } else { '?' })
}

/// The columns that the description promises, by path.
fn promised() -> BTreeMap<String, Vec<String>> {
    let description = app::api().unwrap().2;
    let mut all = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let columns = &methods["get"]["responses"]["200"]["content"]["text/csv"]["x-columns"];
        if let Some(columns) = columns.as_array() {
            all.insert(path.clone(), columns.iter().map(|name| name.as_str().unwrap().to_owned()).collect());
        }
    }
    all
}

/// The path as the description writes it.
fn pattern(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    path.split('/').map(|part| if uuid::Uuid::parse_str(part).is_ok() { "{id}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Everything in this office that has a list: its path, and who may see it.
struct Lists {
    paths: Vec<String>,
    all: Client,
}

/// An office in which most lists hold something, words that begin like a formula among them.
fn office(app: &App, scene: &Scene) -> Lists {
    use almoner::access::permissions::Role;
    let all = app.office(&[Role::Commissioner, Role::Finance, Role::Administrator, Role::Auditor]);
    let award = scene
        .live(200_050, json!({ "title": "=HYPERLINK(\"x\")", "theme": "a, \"b\"\nc", "area_ids": [scene.area, scene.other_area] }))
        .id();
    scene.draft(30_000, json!({ "title": "-5+3", "category": "@sum" }));
    let variation = json!({ "title": "More time", "reason": "closed", "effective_on": "2020-10-01", "dates": { "ends_on": "2021-06-30" } });
    scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &variation).must(201);
    let schedule = format!("/v1/awards/{award}/payment-schedule");
    let tag = scene.commissioner.get(&schedule).must(200).tag().to_owned();
    scene.commissioner.put(&schedule, &tag, &json!({ "basis": "half_on_proof" })).must(200);
    let programme = json!({ "code": "VPP", "name": "Violence Prevention", "kind": "pilot", "stage": "planned", "starts_on": "2020-04-01" });
    scene.commissioner.post("/v1/programmes", &programme).must(201);
    let (fund, period, provider) = (&scene.fund, &scene.period, &scene.provider);
    let mut paths: Vec<String> = [
        "users",
        "service-clients",
        "audit-events",
        "ledger/accounts",
        "ledger/transfers",
        "commissioning-bodies",
        "areas",
        "area-sets",
        "funding-sources",
        "funds",
        "bids",
        "funder-claims",
        "providers",
        "programmes",
        "awards",
        "indicators",
        "variations",
        "variation-groups",
        "returns",
        "payments",
        "payment-rules",
        "payment-runs",
        "recoveries",
    ]
    .iter()
    .map(|name| format!("/v1/{name}"))
    .collect();
    paths.extend([
        format!("/v1/funds/{fund}/versions"),
        format!("/v1/funds/{fund}/periods"),
        format!("/v1/fund-periods/{period}/budget-lines"),
        format!("/v1/budget-lines/{}/versions", scene.lines[0]),
        format!("/v1/fund-periods/{period}/earmarks"),
        format!("/v1/fund-periods/{period}/tranches"),
        format!("/v1/providers/{provider}/versions"),
        format!("/v1/providers/{provider}/service-lines"),
        format!("/v1/providers/{provider}/checks"),
        format!("/v1/awards/{award}/versions"),
        format!("/v1/awards/{award}/documents"),
        format!("/v1/awards/{award}/indicators"),
        format!("/v1/awards/{award}/variations"),
        format!("/v1/awards/{award}/returns"),
        format!("/v1/awards/{award}/payments"),
        format!("/v1/awards/{award}/recoveries"),
    ]);
    Lists { paths, all }
}

/// What a cell must say of a record, found by its name alone; `None` where the record has nothing of that name.
fn said(record: &Value, name: &str) -> Option<String> {
    let fields = record.as_object()?;
    if let Some(value) = fields.get(name) {
        return Some(words(value));
    }
    if let Some(value) = name.strip_suffix("_pounds").and_then(|name| fields.get(&format!("{name}_pence"))) {
        return Some(
            value
                .as_i64()
                .map(|pence| format!("{}{}.{:02}", if pence < 0 { "-" } else { "" }, pence.abs() / 100, pence.abs() % 100))
                .unwrap_or_default(),
        );
    }
    if let Some(value) = name.strip_suffix("_count").and_then(|name| fields.get(name)) {
        return Some(value.as_array().map(|items| items.len().to_string()).unwrap_or_default());
    }
    fields
        .iter()
        .filter(|(field, _)| name.starts_with(&format!("{field}_")))
        .find_map(|(field, value)| said(value, &name[field.len() + 1..]))
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let one = |item: &Value| item.get("code").or_else(|| item.get("reference")).map_or_else(|| words(item), words);
            items.iter().map(one).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// The same words in a CSV file.
fn guarded(words: String) -> String {
    let is_formula = words.starts_with(['=', '+', '-', '@', '\t', '\r']) && words.parse::<f64>().is_err();
    if is_formula { format!("'{words}") } else { words }
}
