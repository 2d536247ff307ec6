//! What the documents promise of the words in answers. Every answer of every case is held against it, so that no word is told that no
//! document has.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use almoner::returns::workbook::rules::BookRule;
use serde_json::Value;

/// The description of all operations.
pub static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| almoner::app::api().unwrap().2);

static CODES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let findings = DESCRIPTION.pointer("/components/schemas/FindingRule/enum").and_then(Value::as_array).unwrap();
    let findings = findings.iter().map(|word| word.as_str().unwrap().to_owned());
    let findings = findings.chain(BookRule::ALL.iter().map(|rule| rule.word().to_owned()));
    documented().into_iter().map(|(code, _)| code).chain(findings).collect()
});

/// The codes of faults in the conventions, each with its meaning.
pub fn documented() -> Vec<(String, String)> {
    let text = include_str!("../../../docs/API-DESIGN.md");
    let section = text.split("## Codes of faults").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(code, meaning)| (code.to_owned(), meaning.trim_end_matches(" |").to_owned())).collect()
}

/// Whether the conventions or the description have this code.
pub fn is_documented(code: &str) -> bool {
    CODES.contains(code)
}

/// Fails where an answer holds a fault or an action that no document has.
#[track_caller]
pub fn check(what: &str, status: u16, is_problem: bool, body: &Value) {
    if is_problem {
        for fault in body["errors"].as_array().into_iter().flatten() {
            let code = fault["code"].as_str().unwrap();
            assert!(is_documented(code), "{what}: no document has the fault `{code}`: {fault}");
        }
        return;
    }
    let Some((method, address)) = what.split_once(' ') else { return };
    if !body.to_string().contains("allowed_actions") {
        return;
    }
    let path = address.splitn(4, '/').nth(3).map(|path| format!("/{}", path.split('?').next().unwrap())).unwrap_or_default();
    let Some(schema) = answer_of(&method.to_lowercase(), &path, status) else { panic!("{what}: no operation answers {status}") };
    within(what, schema, body);
}

/// The schema of the operation's answer.
fn answer_of(method: &str, path: &str, status: u16) -> Option<&'static Value> {
    let fits = |template: &str| {
        let (known, asked): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        known.len() == asked.len() && known.iter().zip(&asked).all(|(one, other)| one.starts_with('{') || one == other)
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let operation = paths.iter().filter(|(template, _)| fits(template)).find_map(|(_, methods)| methods.get(method))?;
    operation["responses"].get(status.to_string())?.pointer("/content/application~1json/schema")
}

#[track_caller]
fn within(what: &str, schema: &Value, value: &Value) {
    if let Some(place) = schema["$ref"].as_str() {
        within(what, DESCRIPTION.pointer(place.trim_start_matches('#')).unwrap(), value);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        schema[key].as_array().into_iter().flatten().for_each(|part| within(what, part, value));
    }
    for item in value.as_array().into_iter().flatten() {
        within(what, &schema["items"], item);
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        let Some(property) = schema["properties"].get(name) else { continue };
        if name == "allowed_actions" {
            let words = property["items"]["enum"].as_array().unwrap();
            let untold: Vec<&Value> = field.as_array().unwrap().iter().filter(|word| !words.contains(word)).collect();
            assert!(untold.is_empty(), "{what}: the description does not have the actions {untold:?}");
        } else {
            within(what, property, field);
        }
    }
}
