//! The Power Query script: what it names is there, what it asks for is answered, and its types fit the cells. M itself is not run here.

use std::collections::BTreeSet;
use std::path::Path;

use almoner::access::permissions::Role;
use almoner::app;
use almoner::kernel::{Moment, Pence, Quantity};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Table, promised};
use crate::support::{App, Client, Scene};

fn script() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/power_query/almoner.pq")).unwrap()
}

/// A call of the script: function, path, and names and values of its parameters.
#[derive(Debug)]
struct Asked {
    function: String,
    path: String,
    query: Vec<(String, Vec<String>)>,
}

/// `Report("v1/awards", [state = "live"])`, each on a line of its own.
fn calls(script: &str) -> Vec<Asked> {
    let call = |line: &str| {
        let (before, rest) = line.split_once("(\"v1/")?;
        let (path, rest) = rest.split_once('"')?;
        let record = rest.split_once('[').map_or("", |(_, rest)| rest.rsplit_once(']').unwrap().0);
        let function = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap().to_owned();
        Some(Asked { function, path: format!("/v1/{path}"), query: fields(record) })
    };
    script.lines().filter_map(call).collect()
}

/// `as_at = Day(asAt), group_by = {"fund", "provider"}`: a name, and the texts that stand after it.
fn fields(record: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for part in record.split(", ") {
        let value = match part.split_once(" = ") {
            Some((name, value)) => {
                all.push((name.trim().to_owned(), Vec::new()));
                value
            }
            None => part,
        };
        let text = if value.contains("Day(") { "2021-03-31" } else { value.trim_matches(['{', '}', '"', ' ']) };
        all.last_mut().into_iter().filter(|_| !text.is_empty()).for_each(|(_, values)| values.push(text.to_owned()));
    }
    all
}

/// The rules by which the script types columns: an ending and a type, in their order.
fn types(script: &str) -> Vec<(String, String)> {
    let rule = |line: &str| {
        let (ending, kind) = line.trim().strip_prefix("{\"")?.split_once("\", ")?;
        Some((ending.to_owned(), kind.trim_end_matches(',').trim_end_matches('}').to_owned()))
    };
    script.lines().filter_map(rule).collect()
}

fn fits(kind: &str, cell: &str) -> bool {
    match kind {
        "Currency.Type" => Pence::from_pounds(cell).is_ok_and(|pence| pence.pounds() == cell),
        "type date" => cell.parse::<chrono::NaiveDate>().is_ok(),
        "type datetimezone" => serde_json::from_value::<Moment>(json!(cell)).is_ok(),
        "Int64.Type" => cell.parse::<i64>().is_ok(),
        "type number" => cell.parse::<Quantity>().is_ok(),
        other => panic!("{other} is no type that a column of ours has"),
    }
}

/// Everything that the description lists under `parameters`, by name.
fn parameters(description: &Value, path: &str) -> BTreeSet<String> {
    let all = description["paths"][path]["get"]["parameters"].as_array().unwrap_or_else(|| panic!("there is no {path}"));
    all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_script_names_is_there() {
    let (script, description, promised) = (script(), app::api().unwrap().2, promised());
    let calls = calls(&script);
    assert_eq!(calls.len(), script.matches("\"v1/").count());
    assert!(calls.len() >= 15, "{calls:?}");
    for call in &calls {
        let known = parameters(&description, &call.path);
        assert!(call.query.iter().all(|(name, _)| known.contains(name)), "{call:?} of {known:?}");
        assert!(call.function == "Records" || promised.contains_key(&call.path), "{call:?}");
    }
    let all: BTreeSet<&String> = promised.values().flatten().collect();
    let types = types(&script);
    assert_eq!(types.len(), 10, "{types:?}");
    for (ending, _) in &types {
        assert!(all.iter().any(|name| name.ends_with(ending.as_str())), "no column ends with {ending}");
    }
    let page = &description["paths"]["/v1/awards"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
    for field in ["items", "next_cursor"] {
        assert!(script.contains(&format!("page[{field}]")) && page[field].is_object(), "{field}");
    }
    assert!(["limit", "cursor"].iter().all(|name| parameters(&description, "/v1/awards").contains(*name)));
}

/// A program with a token of its own, got as the script gets it.
fn program(app: &App) -> Client {
    let client = json!({ "client_id": "finance-warehouse", "name": "Finance data warehouse", "roles": ["finance"] });
    let made = app.office(&[Role::Administrator]).post("/v1/service-clients", &client).must(201);
    let nobody = app.nobody();
    let script = script();
    assert!(script.contains("RelativePath = \"oauth/token\"") && script.contains(")[access_token]"));
    let secret = made.body["client_secret"].as_str().unwrap();
    let named: Vec<&str> =
        ["grant_type", "client_id", "client_secret"].into_iter().filter(|name| script.contains(&format!("{name} = "))).collect();
    let form: Vec<(&str, &str)> = named.into_iter().zip(["client_credentials", "finance-warehouse", secret]).collect();
    let given = nobody.send(nobody.request(Method::POST, "/oauth/token").form(&form).header("Accept", "application/json")).must(200);
    Client { token: given.body["access_token"].as_str().map(str::to_owned), ..nobody }
}

on_both! {
    fn what_the_script_asks_for_is_answered_in_its_types(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_050, json!({})).id();
        let variation = json!({ "title": "More time", "reason": "closed", "effective_on": "2020-10-01", "dates": { "ends_on": "2021-06-30" } });
        scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &variation).must(201);
        let (program, script) = (program(app), script());
        let types = types(&script);
        let mut typed = BTreeSet::new();
        for call in calls(&script) {
            let query: Vec<(&str, &str)> =
                call.query.iter().flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str()))).collect();
            if call.function == "Records" {
                let page = program.send(program.request(Method::GET, &call.path).query(&query).query(&[("limit", "200")])).must(200);
                assert!(!page.items().is_empty() && page.body["next_cursor"].is_null(), "{call:?}");
                continue;
            }
            let csv = program.send(program.request(Method::GET, &call.path).query(&query).header("Accept", "text/csv")).must(200);
            let table = Table::of(&csv.text);
            for name in &table.columns {
                let Some((_, kind)) = types.iter().find(|(ending, _)| name.ends_with(ending.as_str())) else { continue };
                for cell in table.column(name).into_iter().filter(|cell| !cell.is_empty()) {
                    assert!(fits(kind, cell), "{call:?}: {name} holds {cell}, which is no {kind}");
                    typed.insert(kind.clone());
                }
            }
        }
        assert_eq!(typed.into_iter().collect::<Vec<_>>(), ["Currency.Type", "Int64.Type", "type date", "type datetimezone"]);
    }
}
