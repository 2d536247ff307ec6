//! Bad input, operation by operation: the right status and problem document each time, nothing written, nothing leaked, no 500.

mod bodies;
mod headers;
mod paths;
mod raw;

use std::collections::BTreeMap;

use almoner::access::permissions::Role;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use crate::support::client::new_key;
use crate::support::{Answer, App, Backend, Client, Scene};

/// Words of ours that no caller has a use for.
const INTERNALS: [&str; 30] = [
    "SELECT",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "sqlite",
    "SQLite",
    "postgres",
    "Postgres",
    "diesel",
    "serde",
    "actix",
    "tokio",
    "almoner::",
    "src/",
    ".rs",
    "panicked",
    "unwrap",
    "i64",
    "i32",
    "u64",
    "struct ",
    "expected",
    "constraint",
    "_pkey",
    "_fkey",
    "_version",
    "ledger_account",
    "audit_event",
    ".db",
    "byte sequence",
];

/// An operation that takes a body, a good body for it, and what else it needs.
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub client: Client,
    /// The record that the operation changes, and its `ETag`.
    pub record: Option<String>,
    pub tag: Option<String>,
    /// Whether it cannot go without an idempotency key.
    pub needs_key: bool,
    pub good: Value,
}

impl Operation {
    fn post(client: &Client, path: &str, good: Value) -> Self {
        Self { method: Method::POST, path: path.to_owned(), client: client.clone(), record: None, tag: None, needs_key: false, good }
    }

    fn patch(client: &Client, path: &str, good: Value) -> Self {
        let tag = client.get(path).must(200).tag().to_owned();
        Self { method: Method::PATCH, record: Some(path.to_owned()), tag: Some(tag), ..Self::post(client, path, good) }
    }

    fn money(client: &Client, path: &str, record: Option<&str>, good: Value) -> Self {
        let tag = record.map(|record| client.get(record).must(200).tag().to_owned());
        Self { record: record.map(str::to_owned), tag, needs_key: true, ..Self::post(client, path, good) }
    }

    /// The good body with one field changed.
    pub fn with(&self, field: &str, value: Value) -> Value {
        let mut body = self.good.clone();
        body[field] = value;
        body
    }

    /// A request with everything but a body.
    pub fn request(&self) -> reqwest::blocking::RequestBuilder {
        let mut request = self.client.request(self.method.clone(), &self.path);
        if let Some(tag) = &self.tag {
            request = request.header(IF_MATCH, tag);
        }
        if self.method == Method::POST { request.header("Idempotency-Key", new_key()) } else { request }
    }

    #[track_caller]
    pub fn send(&self, body: &Value) -> Answer {
        self.client.send(self.request().json(body))
    }

    /// The same with a body as it stands.
    #[track_caller]
    pub fn send_text(&self, body: impl Into<reqwest::blocking::Body>) -> Answer {
        self.client.send(self.request().header(CONTENT_TYPE, "application/json").body(body))
    }
}

/// An office in which every operation below would succeed.
pub struct Office {
    pub scene: Scene,
    pub auditor: Client,
    pub award: String,
    pub operations: Vec<Operation>,
}

impl Office {
    pub fn set(app: &App) -> Self {
        let scene = Scene::set(app, 1_000_000, 400_000);
        let (administrator, auditor) = (app.office(&[Role::Administrator]), app.office(&[Role::Auditor]));
        let award = scene.draft(10_000, json!({})).id();
        let officer = &scene.commissioner;
        let fund = json!({ "code": "VF", "name": "Victims Fund", "kind": "pcc_budget", "scope": "framework",
            "commissioning_body_id": officer.get(&format!("/v1/funds/{}", scene.fund)).body["commissioning_body"]["id"] });
        let user = json!({ "email": "new@opcc.example", "name": "New", "roles": ["finance"] });
        let provider = json!({ "name": "Third Hands", "kind": "community_group", "postcode": "B1 1AA", "pcc_status": "commissioned" });
        let earmark = json!({ "name": "Hate crime", "amount_pence": 1_000, "effective_on": "2020-05-01" });
        let check = json!({ "kind": "insurance", "outcome": "passed", "checked_on": "2020-07-01", "expires_on": "2999-06-30", "evidence": "policy 47" });
        let claim = json!({ "budget_line_id": scene.lines[0], "amount_pence": 100, "starts_on": "2020-04-01", "ends_on": "2020-06-30", "note": "first" });
        let (award_path, provider_path) = (format!("/v1/awards/{award}"), format!("/v1/providers/{}", scene.provider));
        let operations = vec![
            Operation::post(officer, "/v1/funds", fund),
            Operation::post(officer, "/v1/providers", provider),
            Operation::post(officer, "/v1/awards", scene.grant(10_000, json!({}))),
            Operation::post(officer, "/v1/areas", json!({ "code": "sandwell", "name": "Sandwell", "kind": "local_authority" })),
            Operation::post(officer, &format!("{provider_path}/checks"), check),
            Operation::post(officer, "/v1/funder-claims", claim),
            Operation::post(&administrator, "/v1/users", user),
            Operation::patch(officer, &award_path, json!({ "title": "Another title" })),
            Operation::patch(officer, &provider_path, json!({ "name": "Other Hands" })),
            Operation::money(officer, &format!("/v1/fund-periods/{}/earmarks", scene.period), None, earmark),
            Operation::money(officer, &format!("{award_path}/offer"), Some(&award_path), json!({ "offered_on": "2020-07-01" })),
        ];
        Self { scene, auditor, award, operations }
    }

    #[track_caller]
    pub fn operation(&self, path_end: &str) -> &Operation {
        self.operations.iter().find(|one| one.path.ends_with(path_end)).unwrap()
    }
}

/// How many rows each table has. Refusals leave an event of their own, so of the log only what was done counts.
fn rows(app: &App) -> BTreeMap<String, String> {
    let tables = app.texts(match app.backend {
        Backend::Sqlite => "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Backend::Postgres => "SELECT CAST(tablename AS TEXT) AS text FROM pg_tables WHERE schemaname = 'public'",
    });
    let count = |table: &String| {
        let which = if table == "audit_event" { " WHERE outcome = 'done'" } else { "" };
        format!("SELECT '{table}=' || CAST(count(*) AS TEXT) AS text FROM {table}{which}")
    };
    let asked: Vec<String> = tables.iter().filter(|table| *table != "audit_seal").map(count).collect();
    let counted = app.texts(&asked.join(" UNION ALL "));
    let mut all: BTreeMap<String, String> =
        counted.iter().map(|one| one.split_once('=').unwrap()).map(|(table, count)| (table.to_owned(), count.to_owned())).collect();
    let balances = "SELECT CAST(coalesce(sum(abs(balance_pence)), 0) AS TEXT) AS text FROM ledger_account";
    all.insert("balances".to_owned(), app.texts(balances).remove(0));
    all
}

/// Runs `work`, which must leave every table as it was.
#[track_caller]
pub fn writes_nothing(app: &App, work: impl FnOnce()) {
    let before = rows(app);
    work();
    assert_eq!(rows(app), before, "something was written");
}

/// The answer must be a whole problem document with this status and code, and hold nothing of our inside.
#[track_caller]
pub fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.must(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.text);
    assert_eq!((answer.code(), answer.body["status"].as_u64()), (code, Some(u64::from(status))), "{}", answer.text);
    assert_eq!(answer.body["type"], json!(format!("/problems/{code}")));
    for member in ["title", "detail"] {
        assert!(answer.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", answer.text);
    }
    for fault in answer.body["errors"].as_array().unwrap() {
        let length = |name: &str| fault[name].as_str().unwrap().chars().count();
        assert!(length("pointer") <= 500 && (1..=80).contains(&length("code")) && (1..=1000).contains(&length("message")), "{fault}");
    }
    assert!(answer.body["errors"].as_array().unwrap().len() <= 1000);
    leaks_nothing(&answer.text);
    answer
}

#[track_caller]
pub fn leaks_nothing(text: &str) {
    for word in INTERNALS {
        assert!(!text.contains(word), "`{word}` leaks: {text}");
    }
}
