//! Words that programs read: each that the code can say is in a document, and each in a document can be said.

use std::collections::BTreeSet;
use std::path::Path;

use almoner::app;
use serde_json::Value;

use crate::support::told;

/// The program's source without its tests.
fn source() -> Vec<String> {
    fn below(folder: &Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, all);
            } else if path.extension().is_some_and(|end| end == "rs") && path.file_name().is_some_and(|name| name != "tests.rs") {
                let text = std::fs::read_to_string(path).unwrap();
                all.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
            }
        }
    }
    let mut all = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 100, "the source was not found");
    all
}

/// The arguments of the call that begins right after its bracket.
fn arguments(call: &str) -> Vec<String> {
    let (mut all, mut depth, mut is_text, mut is_escaped) = (vec![String::new()], 0, false, false);
    for c in call.chars() {
        match c {
            _ if is_escaped => {}
            '"' => is_text = !is_text,
            '(' | '[' | '{' if !is_text => depth += 1,
            ')' | ']' | '}' if !is_text && depth == 0 => return all,
            ')' | ']' | '}' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        is_escaped = is_text && c == '\\' && !is_escaped;
        all.last_mut().unwrap().push(c);
    }
    all
}

/// The codes that calls give as they stand: `faults.add(pointer, "code", …)`.
fn codes_given(text: &str) -> BTreeSet<String> {
    let calls = [("Fault::new(", 1), (".add(", 1), ("Refusal::invalid(", 1), (".require(", 2)];
    let given = calls.into_iter().flat_map(|(call, place)| {
        text.match_indices(call).filter_map(move |(at, _)| {
            let code = arguments(&text[at + call.len()..]).get(place)?.trim().to_owned();
            let code = code.strip_prefix('"')?.strip_suffix('"')?.to_owned();
            (!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).then_some(code)
        })
    });
    given.collect()
}

#[test]
fn every_code_of_a_fault_has_one_meaning_in_the_conventions() {
    let source = source();
    let given: BTreeSet<String> = source.iter().flat_map(|text| codes_given(text)).collect();
    assert!(given.len() > 60, "the codes were not found");
    let untold: Vec<&String> = given.iter().filter(|code| !told::is_documented(code)).collect();
    assert!(untold.is_empty(), "API-DESIGN does not have these codes: {untold:?}");
    let mut seen = BTreeSet::new();
    for (code, meaning) in told::documented() {
        assert!(seen.insert(code.clone()), "{code} stands twice");
        assert!(meaning.len() > 10, "{code} has no meaning");
        assert!(source.iter().any(|text| text.contains(&format!("\"{code}\""))), "no code says {code} any more");
    }
}

#[test]
fn codes_are_found_in_calls() {
    let text = "faults.add(format!(\"/a/{at}\", 1), \"one\", \"x\"); faults.require(is(a, b), \"/b\", \"two\", &say(\"), \\\"\")); add(\"/c\", \"no\");";
    assert_eq!(codes_given(text), BTreeSet::from(["one".to_owned(), "two".to_owned()]));
}

#[test]
fn every_action_that_is_described_can_be_offered() {
    let description = app::api().unwrap().2;
    let source = source();
    let mut count = 0;
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let Some(words) = schema.pointer("/properties/allowed_actions/items/enum").and_then(Value::as_array) else { continue };
        for word in words.iter().map(|word| word.as_str().unwrap()) {
            count += 1;
            // Once beside its operation, and once where it is offered.
            let quoted = format!("\"{word}\"");
            let said: usize = source.iter().map(|text| text.matches(&quoted).count()).sum();
            assert!(said > 1, "nothing offers `{word}` of {name}");
        }
    }
    assert!(count > 60, "the actions were not found");
}
