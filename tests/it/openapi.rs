//! The committed description is the one that the running routes have of themselves, and every operation answers as the matrix says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use almoner::access::permissions::{Permission, Role};
use almoner::app;
use almoner::kernel::Id;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Backend, Scene};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with a committed file, or writes it anew where `UPDATE_SNAPSHOTS=1`.
fn must_match(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var("UPDATE_SNAPSHOTS").as_deref() == Ok("1") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = kept
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new)
        .map_or(kept.lines().count().min(text.lines().count()), |line| line);
    assert!(kept == text, "{path} differs from line {}; run the tests with UPDATE_SNAPSHOTS=1 and read the difference", differs + 1);
}

fn description() -> Value {
    app::api().unwrap().2
}

#[test]
fn the_committed_description_is_current() {
    must_match("openapi/openapi.json", &format!("{}\n", serde_json::to_string_pretty(&description()).unwrap()));
}

// On one engine: the pages ask no database.
#[test]
fn a_browser_may_run_the_pages_that_show_it() {
    let app = App::start(Backend::Sqlite).unwrap();
    let nobody = app.nobody();
    let page = nobody.get("/docs/").must(200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("script-src 'self';") && policy.contains("connect-src 'self'"), "{policy}");
    let scripts: Vec<&str> = page.text.split("<script").skip(1).map(|tag| tag.split('>').next().unwrap()).collect();
    assert!(!scripts.is_empty() && scripts.iter().all(|tag| tag.contains("src=")), "a script within the page would not run: {scripts:?}");
}

#[test]
fn the_matrix_of_roles_and_permissions_is_reviewed() {
    let mut text = String::from("# Which role has which permission. Made by the tests from access/permissions.rs.\n");
    for permission in Permission::ALL {
        let roles: Vec<&str> = Role::ALL.iter().filter(|role| permission.is_given_to(&[**role])).map(|role| role.word()).collect();
        text.push_str(&format!("{permission}: {}\n", roles.join(", ")));
    }
    must_match("tests/it/snapshots/roles.txt", &text);
}

/// Every operation as `METHOD path operation_id permission`.
fn operations() -> Vec<(Method, String, String, Option<String>)> {
    let mut all = Vec::new();
    for (path, methods) in description()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push((method, path.clone(), id, operation["x-permission"].as_str().map(str::to_owned)));
        }
    }
    all
}

/// An address of the path with ids that no record has.
fn address(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { Id::new().to_string() } else { part.to_owned() }).collect::<Vec<_>>().join("/")
}

#[test]
fn every_parameter_says_what_it_is() {
    for (path, methods) in description()["paths"].as_object().unwrap() {
        let parameters = methods.as_object().unwrap().values().flat_map(|operation| operation["parameters"].as_array().unwrap());
        for parameter in parameters {
            let said = parameter["description"].as_str().unwrap_or_default();
            assert!(said.len() > 12 && said != "A filter.", "{path} {}: {said}", parameter["name"]);
        }
    }
}

#[test]
fn operation_names_are_unique() {
    let mut seen = BTreeSet::new();
    for (_, _, id, _) in operations() {
        assert!(seen.insert(id.clone()), "{id} stands twice");
    }
}

/// Calls every operation as every role: who lacks the permission is refused before anything else is looked at, and who has it is not.
#[test]
fn every_operation_asks_for_its_permission() {
    let app = App::start(Backend::Sqlite).unwrap();
    let nobody = app.nobody();
    let input =
        serde_json::json!({ "name": "Helping Hands", "kind": "community_group", "postcode": "B1 1AA", "pcc_status": "commissioned" });
    let provider: Id = app.office(&[Role::Commissioner]).post("/v1/providers", &input).must(201).id().parse().unwrap();
    let caller_of = |role: Role| if role.is_provider() { app.of_provider(&[role], provider) } else { app.office(&[role]) };
    let callers: Vec<_> = Role::ALL.iter().map(|role| (*role, caller_of(*role))).collect();
    let mut text =
        String::from("# Every operation: its permission, and the roles that pass. Made by the tests from the running service.\n");
    for (method, path, id, permission) in operations() {
        let Some(permission) = permission else {
            text.push_str(&format!("{id}: anyone\n"));
            continue;
        };
        let without = nobody.send(nobody.request(method.clone(), &address(&path)).body("{")).status;
        assert_eq!(without, 401, "{method} {path} without a token");
        let mut passed = Vec::new();
        for (role, caller) in &callers {
            // Whoever ends their session asks nothing more with it.
            let leaving = (id == "session_end").then(|| caller_of(*role));
            let caller = leaving.as_ref().unwrap_or(caller);
            let answer = caller.send(caller.request(method.clone(), &address(&path)).body("{"));
            assert!(answer.status < 500, "{method} {path} as {role}: {}", answer.text);
            if answer.status == 403 {
                assert_eq!(answer.body["permission"].as_str(), Some(permission.as_str()), "{method} {path} as {role}");
            } else {
                passed.push(role.word());
            }
        }
        text.push_str(&format!("{id} ({permission}): {}\n", passed.join(", ")));
    }
    must_match("tests/it/snapshots/operations.txt", &text);
}

/// Faults that follow from what else is said in the example of an operation, not from a field that is always needed.
const BY_CIRCUMSTANCE: [&str; 6] = [
    "providers_create /charity_number",
    "funds_create /source_ids",
    "awards_create /amount_pence",
    "meetings_create /provider_id",
    "meetings_create /planned_on",
    "payments_advance_all /fund_id",
];

/// Sends to every operation that makes a record what its description calls required, and nothing else: no rule asks for more by itself.
// On one engine: what is asked for follows from the rules.
#[test]
fn what_is_always_needed_is_described_as_required() {
    let app = App::start(Backend::Sqlite).unwrap();
    let scene = Scene::set(&app, 10_000_000, 1_000_000);
    let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| !role.is_provider()).collect();
    let office = app.office(&roles);
    let programme = json!({ "code": "DA", "name": "Safer homes", "kind": "commissioned_service", "stage": "planned" });
    let programme = office.post("/v1/programmes", &programme).must(201).id();
    let award = scene.live(300_000, json!({})).id();
    let parents = [
        ("funds", &scene.fund),
        ("fund-periods", &scene.period),
        ("providers", &scene.provider),
        ("programmes", &programme),
        ("awards", &award),
    ];
    let whole = description();
    let (mut asked, mut missing) = (Vec::new(), Vec::new());
    for (path, methods) in whole["paths"].as_object().unwrap() {
        let operation = &methods["post"];
        let media = &operation["requestBody"]["content"]["application/json"];
        let makes = operation["responses"].get("201").is_some() && operation["x-permission"].is_string();
        let Some(place) = media["schema"]["$ref"].as_str().filter(|_| makes) else { continue };
        let parent = parents.iter().find(|(name, _)| path.starts_with(&format!("/v1/{name}/{{id}}/")));
        let address = parent.map_or_else(|| path.clone(), |(_, id)| path.replace("{id}", id));
        if address.contains('{') {
            continue;
        }
        let schema = whole.pointer(place.trim_start_matches('#')).unwrap();
        let needed = schema["required"].as_array().into_iter().flatten().map(|field| field.as_str().unwrap());
        let body: Value = needed.map(|field| (field.to_owned(), media["example"][field].clone())).collect::<serde_json::Map<_, _>>().into();
        let name = operation["operationId"].as_str().unwrap();
        let faults = office.post(&address, &body).faults();
        missing.extend(faults.iter().filter_map(|fault| fault.strip_suffix(" required")).map(|pointer| format!("{name} {pointer}")));
        asked.push(name.to_owned());
    }
    missing.retain(|one| !BY_CIRCUMSTANCE.contains(&one.as_str()));
    assert_eq!(missing, Vec::<String>::new());
    for name in ["providers_create", "programmes_create", "tranches_create", "bids_create", "awards_create", "meetings_create"] {
        assert!(asked.iter().any(|one| one == name), "{name} is not among {asked:?}");
    }
}

/// The fields that every answer of this schema holds, through what it is made of.
fn promised(schema: &Value, whole: &Value, fields: &mut BTreeSet<String>) {
    if let Some(place) = schema["$ref"].as_str() {
        promised(whole.pointer(place.trim_start_matches('#')).unwrap(), whole, fields);
    }
    fields.extend(schema["required"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()));
    schema["allOf"].as_array().into_iter().flatten().for_each(|part| promised(part, whole, fields));
}

on_both! {
    fn answers_hold_every_field_that_is_promised(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let variation = json!({ "title": "More time", "reason": "closed", "effective_on": "2020-10-01", "dates": { "ends_on": "2021-06-30" } });
        scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &variation).must(201);
        let whole = description();
        for (name, path) in [
            ("FundView", "/v1/funds".to_owned()), ("FundPeriodView", format!("/v1/funds/{}/periods", scene.fund)),
            ("BudgetLineView", format!("/v1/fund-periods/{}/budget-lines", scene.period)), ("TrancheView", format!("/v1/fund-periods/{}/tranches", scene.period)),
            ("ProviderView", "/v1/providers".to_owned()), ("AwardSummary", "/v1/awards".to_owned()),
            ("VariationView", format!("/v1/awards/{award}/variations")), ("ReturnSummary", "/v1/returns".to_owned()),
        ] {
            let mut fields = BTreeSet::new();
            promised(&whole["components"]["schemas"][name], &whole, &mut fields);
            let nullable = ["evidence", "reason", "ends_on", "after", "submitted_on", "kind"].iter().any(|field| fields.contains(*field));
            assert!(nullable, "{name} promises nothing that may be null: {fields:?}");
            let items = scene.commissioner.all(&path);
            assert!(!items.is_empty(), "{path}");
            for item in items {
                let lacking: Vec<&String> = fields.iter().filter(|field| item.get(field.as_str()).is_none()).collect();
                assert!(lacking.is_empty(), "{path} lacks {lacking:?}: {item}");
            }
        }
        assert!(whole["components"]["schemas"]["AwardInput"]["required"].as_array().unwrap().contains(&json!("area_ids")));
        // A refusal has further fields, which the description names.
        let problem = &whole["components"]["schemas"]["Problem"];
        let told = problem["additionalProperties"]["description"].as_str().unwrap();
        let dear = scene.draft(2_000_000, json!({}));
        for refused in [scene.author.get("/v1/users").must(403), scene.offer(&scene.award(&award)).must(409), scene.offer(&dear).must(409)] {
            let further: Vec<&String> = refused.body.as_object().unwrap().keys().filter(|name| problem["properties"].get(name.as_str()).is_none()).collect();
            assert!(!further.is_empty() && further.iter().all(|name| told.contains(&format!("`{name}`"))), "{further:?}");
        }
    }
}
