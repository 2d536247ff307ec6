//! What the words of `allowed_actions` stand for, as the description tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The field that says what its reader may do to a record now.
const FIELD: &str = "allowed_actions";

/// A word and an operation that it stands for, by its id. A word that stands for several is listed with each.
pub type Action = (&'static str, &'static str);

/// Writes into the description which words the views may hold and for which operations they stand. What does not fit is a fault of ours: a
/// word for an operation that is not there, or a view whose words are not told.
pub fn tell(description: &mut Value, told: &BTreeMap<String, &[Action]>) -> Vec<String> {
    let places = operations(description);
    let mut faults = Vec::new();
    let schemas = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let mut left: BTreeSet<&String> = told.keys().collect();
    for (name, schema) in schemas.into_iter().flatten() {
        let Some(field) = field_of(schema) else { continue };
        left.remove(name);
        match told.get(name) {
            Some(actions) => write(field, name, actions, &places, &mut faults),
            None => faults.push(format!("nobody says what `{FIELD}` of {name} stand for")),
        }
    }
    faults.extend(left.into_iter().map(|name| format!("{name} has no `{FIELD}`")));
    faults
}

/// Where each operation is: `POST /v1/awards/{id}/offer`, by its id.
fn operations(description: &Value) -> BTreeMap<String, String> {
    let paths = description.get("paths").and_then(Value::as_object).into_iter().flatten();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().into_iter().flatten();
        let place = |(method, operation): (&String, &Value)| {
            let id = operation.get("operationId").and_then(Value::as_str)?;
            Some((id.to_owned(), format!("{} {path}", method.to_ascii_uppercase())))
        };
        methods.filter_map(place).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}

/// The field's schema, where the view has it itself.
fn field_of(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    let fields = schema.as_object_mut()?;
    if fields.contains_key("properties") {
        return fields.get_mut("properties")?.get_mut(FIELD)?.as_object_mut();
    }
    fields.get_mut("allOf")?.as_array_mut()?.iter_mut().find_map(field_of)
}

fn write(field: &mut Map<String, Value>, name: &str, actions: &[Action], places: &BTreeMap<String, String>, faults: &mut Vec<String>) {
    let mut words: Vec<&str> = Vec::new();
    let mut operations: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut sentence: Vec<String> = Vec::new();
    for (word, operation) in actions {
        let Some(place) = places.get(*operation) else {
            faults.push(format!("`{word}` of {name} stands for `{operation}`, which is no operation"));
            continue;
        };
        if !words.contains(word) {
            words.push(word);
        }
        operations.entry(word).or_default().push(operation);
        sentence.push(format!("`{word}`: `{place}`"));
    }
    field.insert("items".to_owned(), json!({ "type": "string", "enum": words }));
    field.insert("description".to_owned(), format!("What you may do to it now. {}.", sentence.join("; ")).into());
    field.insert("x-operations".to_owned(), json!(operations));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Value {
        json!({
            "paths": { "/v1/awards/{id}": { "patch": { "operationId": "awards_edit" } } },
            "components": { "schemas": { "AwardView": { "properties": { "allowed_actions": { "type": "array" } } }, "Other": { "properties": {} } } },
        })
    }

    #[test]
    fn words_are_told_with_their_operations() {
        let mut description = description();
        assert!(tell(&mut description, &BTreeMap::from([("AwardView".to_owned(), [("edit", "awards_edit")].as_slice())])).is_empty());
        let field = description.pointer("/components/schemas/AwardView/properties/allowed_actions").unwrap();
        assert_eq!(field["items"]["enum"], json!(["edit"]));
        assert_eq!(field["x-operations"], json!({ "edit": ["awards_edit"] }));
        assert_eq!(field["description"], "What you may do to it now. `edit`: `PATCH /v1/awards/{id}`.");
    }

    #[test]
    fn what_does_not_fit_is_a_fault() {
        let untold = tell(&mut description(), &BTreeMap::new());
        assert_eq!(untold, ["nobody says what `allowed_actions` of AwardView stand for"]);
        let wrong =
            [("AwardView".to_owned(), [("edit", "awards_change")].as_slice()), ("Gone".to_owned(), [("x", "awards_edit")].as_slice())];
        let faults = tell(&mut description(), &BTreeMap::from(wrong));
        assert_eq!(faults, ["`edit` of AwardView stands for `awards_change`, which is no operation", "Gone has no `allowed_actions`"]);
    }
}
