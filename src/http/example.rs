//! Examples for the description, made from the schemas where a type gives none.

use serde_json::{Map, Value, json};

use crate::http::describe::Components;

/// How deep an example goes into types that hold each other.
const DEPTH_MAX: usize = 8;

/// A value that fits `schema`.
#[must_use]
pub fn of(schema: &Value, components: &Components) -> Value {
    build(schema, components, 0)
}

fn build(schema: &Value, components: &Components, depth: usize) -> Value {
    let schema = components.resolve(schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(example) = schema.get("examples").and_then(Value::as_array).and_then(|all| all.first()) {
        return example.clone();
    }
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|all| all.first()) {
        return first.clone();
    }
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return together(parts, components, depth);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(branches) = schema.get(key).and_then(Value::as_array) {
            let meant = branches.iter().find(|branch| branch.get("type") != Some(&json!("null"))).or_else(|| branches.first());
            return meant.map_or(Value::Null, |branch| build(branch, components, depth + 1));
        }
    }
    match kind(schema).as_str() {
        "object" => object(schema, components, depth),
        "array" => {
            let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
            let item = schema.get("items").map_or(Value::Null, |items| build(items, components, depth + 1));
            if depth < 3 || least > 0 { json!([item]) } else { json!([]) }
        }
        "integer" | "number" => {
            schema.get("minimum").filter(|least| least.as_i64().is_some_and(|least| least > 0)).cloned().unwrap_or_else(|| json!(0))
        }
        "boolean" => json!(true),
        "string" => text(schema),
        _ => Value::Null,
    }
}

/// The fields of all parts in one object.
fn together(parts: &[Value], components: &Components, depth: usize) -> Value {
    let mut all = Map::new();
    for part in parts {
        match build(part, components, depth + 1) {
            Value::Object(fields) => all.extend(fields),
            other => return other,
        }
    }
    Value::Object(all)
}

fn kind(schema: &Value) -> String {
    let of = |value: &Value| value.as_str().map(str::to_owned);
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(of).find(|kind| kind != "null").unwrap_or_default(),
        Some(one) => of(one).unwrap_or_default(),
        None if schema.get("properties").is_some() => "object".to_owned(),
        None => String::new(),
    }
}

fn object(schema: &Value, components: &Components, depth: usize) -> Value {
    let mut made = Map::new();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            made.insert(name.clone(), build(property, components, depth + 1));
        }
    }
    Value::Object(made)
}

fn text(schema: &Value) -> Value {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7",
        Some("date") => "2020-11-30",
        Some("date-time") => "2020-11-30T09:30:00Z",
        Some("email") => "officer@opcc.example",
        Some("uri") => "https://opcc.example/",
        _ => "text",
    };
    let most = schema.get("maxLength").and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let least = schema.get("minLength").and_then(Value::as_u64).and_then(|least| usize::try_from(least).ok()).unwrap_or(0);
    let mut text: String = text.chars().take(most).collect();
    while text.chars().count() < least {
        text.push('x');
    }
    Value::String(text)
}
