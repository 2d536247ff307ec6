//! Writing the OpenAPI description from the types of the handlers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::example;

/// The largest integer that every JSON reader takes exactly.
const INTEGER_MAX: i64 = 9_007_199_254_740_991;
/// How long a text may be where its type says nothing else.
const TEXT_MAX: u64 = 2_000;
/// How long a list may be where its type says nothing else.
const ITEMS_MAX: u64 = 1_000;

/// What an operation's types say about it.
#[derive(Default)]
pub struct OperationDoc {
    /// Path, query and header parameters.
    pub parameters: Vec<Value>,
    /// The body it takes.
    pub request_body: Option<Value>,
    /// Its answers, by status.
    pub responses: BTreeMap<u16, Value>,
    /// The permission it needs; none where anyone may call it.
    pub permission: Option<&'static str>,
}

impl OperationDoc {
    /// Notes a refusal that this operation can answer with.
    pub fn refuses(&mut self, statuses: &[u16]) {
        for status in statuses {
            self.responses.insert(*status, json!({ "$ref": format!("#/components/responses/Problem{status}") }));
        }
    }

    /// Notes a header parameter.
    pub fn header(&mut self, name: &str, required: bool, description: &str, schema: Value) {
        self.parameters.push(json!({ "name": name, "in": "header", "required": required, "description": description, "schema": schema }));
    }
}

/// The named schemas that operations refer to.
#[derive(Default)]
pub struct Components {
    schemas: Map<String, Value>,
}

impl Components {
    /// A reference to the schema of `T`, which is kept with all that it refers to.
    pub fn refer<T: ToSchema>(&mut self) -> Value {
        self.keep::<T>(false)
    }

    /// The same for something that callers send: unknown fields are refused.
    pub fn refer_closed<T: ToSchema>(&mut self) -> Value {
        self.keep::<T>(true)
    }

    fn keep<T: ToSchema>(&mut self, closed: bool) -> Value {
        let mut found = Vec::new();
        T::schemas(&mut found);
        let own = serde_json::to_value(T::schema()).unwrap_or_default();
        let inline = own.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "object") && own.get("enum").is_none();
        let found = found.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()));
        for (name, schema) in found.chain([(T::name().into_owned(), own.clone())]) {
            if inline && name == T::name() {
                continue;
            }
            let kept = self.schemas.entry(name).or_insert_with(|| bounded(schema));
            if closed {
                close(kept);
            }
        }
        if inline { bounded(own) } else { json!({ "$ref": format!("#/components/schemas/{}", T::name()) }) }
    }

    /// Keeps a schema made by hand under a name.
    pub fn insert(&mut self, name: &str, schema: Value) -> Value {
        self.schemas.insert(name.to_owned(), bounded(schema));
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// The schema behind a reference, or the schema itself.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        name.and_then(|name| self.schemas.get(name)).unwrap_or(schema)
    }

    /// All schemas.
    #[must_use]
    pub const fn all(&self) -> &Map<String, Value> {
        &self.schemas
    }

    /// The schemas of a whole description.
    #[must_use]
    pub fn of(description: &Value) -> Self {
        let schemas = description.pointer("/components/schemas").and_then(Value::as_object).cloned();
        Self { schemas: schemas.unwrap_or_default() }
    }

    /// Makes the examples of all media types below `part` anew, after the schemas.
    pub fn renew_examples(&self, part: &mut Value) {
        match part {
            Value::Object(fields) => {
                for media in fields.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten().map(|(_, media)| media) {
                    let example = media.get("schema").filter(|_| media.get("example").is_some()).map(|schema| example::of(schema, self));
                    if let (Some(example), Some(fields)) = (example, media.as_object_mut()) {
                        fields.insert("example".to_owned(), example);
                    }
                }
                fields.values_mut().for_each(|field| self.renew_examples(field));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.renew_examples(item)),
            _ => {}
        }
    }

    /// A media type of `schema` with an example.
    #[must_use]
    pub fn media(&self, schema: Value) -> Value {
        let example = example::of(&schema, self);
        json!({ "schema": schema, "example": example })
    }
}

/// Each text, number and list says how large it may be.
#[must_use]
pub fn bounded(mut schema: Value) -> Value {
    bound(&mut schema);
    schema
}

fn has_type(fields: &Map<String, Value>, name: &str) -> bool {
    match fields.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}

fn bound(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if has_type(fields, "string") && !["maxLength", "enum", "const"].iter().any(|key| fields.contains_key(*key)) {
                let most = match fields.get("format").and_then(Value::as_str) {
                    Some("uuid") => 36,
                    Some("date") => 10,
                    Some("date-time") => 40,
                    _ => TEXT_MAX,
                };
                fields.insert("maxLength".to_owned(), json!(most));
            }
            if has_type(fields, "integer") {
                fields.entry("format").or_insert_with(|| json!("int64"));
                fields.entry("minimum").or_insert_with(|| json!(-INTEGER_MAX));
                fields.entry("maximum").or_insert_with(|| json!(INTEGER_MAX));
            }
            if has_type(fields, "array") {
                fields.entry("maxItems").or_insert_with(|| json!(ITEMS_MAX));
            }
            for (key, inner) in fields.iter_mut() {
                if !matches!(key.as_str(), "example" | "examples" | "default" | "enum" | "const") {
                    bound(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

/// Refuses fields that are not listed.
fn close(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if fields.contains_key("properties") {
        fields.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    for key in ["properties", "items", "oneOf", "anyOf", "allOf"] {
        match fields.get_mut(key) {
            Some(Value::Object(inner)) if key == "properties" => inner.values_mut().for_each(close),
            Some(Value::Array(inner)) => inner.iter_mut().for_each(close),
            Some(inner) => close(inner),
            None => {}
        }
    }
}

/// The schema of a JSON merge patch of `schema`: every field may be left out, and `null` takes a value away.
#[must_use]
pub fn patch_of(schema: &Value) -> Value {
    let mut patch = schema.clone();
    if let Value::Object(fields) = &mut patch {
        fields.remove("required");
        fields.remove("example");
        fields.remove("examples");
        fields.insert("minProperties".to_owned(), json!(1));
        if let Some(Value::Object(properties)) = fields.get_mut("properties") {
            properties.values_mut().for_each(make_nullable);
        }
    }
    patch
}

fn make_nullable(schema: &mut Value) {
    match schema {
        Value::Object(fields) if fields.contains_key("$ref") => {
            *schema = json!({ "oneOf": [{ "type": "null" }, schema.clone()] });
        }
        Value::Object(fields) => {
            if let Some(Value::String(kind)) = fields.get("type") {
                let kinds = json!([kind, "null"]);
                fields.insert("type".to_owned(), kinds);
            }
            if let Some(Value::Array(choices)) = fields.get_mut("enum")
                && !choices.contains(&Value::Null)
            {
                choices.push(Value::Null);
            }
        }
        _ => {}
    }
}

/// The same schema without `null`: a query parameter is there or not.
#[must_use]
pub fn without_null(schema: &Value) -> Value {
    let mut plain = schema.clone();
    let Value::Object(fields) = &mut plain else { return plain };
    if let Some(Value::Array(kinds)) = fields.get("type") {
        let left: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
        let kind = if let [only] = left.as_slice() { only.clone() } else { Value::Array(left) };
        fields.insert("type".to_owned(), kind);
    }
    if let Some(Value::Array(branches)) = fields.get("oneOf") {
        let left: Vec<&Value> = branches.iter().filter(|branch| branch.get("type") != Some(&json!("null"))).collect();
        if let [only] = left.as_slice() {
            return (*only).clone();
        }
    }
    plain
}

/// The headers of an answer, beside those that every answer has.
#[must_use]
pub fn headers(more: &[(&str, &str)]) -> Value {
    let mut all = Map::new();
    for name in ["RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin"] {
        all.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    }
    for (name, description) in more {
        all.insert((*name).to_owned(), json!({ "description": description, "schema": { "type": "string", "maxLength": 2000 } }));
    }
    Value::Object(all)
}

/// Keeps the words of list parameters short enough for a full list to fit into an address.
pub(super) fn bound_lists(query: &mut Value) {
    let properties = query.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        let items = property.get_mut("items").and_then(Value::as_object_mut);
        let is_free = |items: &Map<String, Value>| items.get("type").is_some_and(|kind| kind == "string") && !items.contains_key("enum");
        if let Some(items) = items.filter(|items| is_free(items)) {
            let most = items.get("maxLength").and_then(Value::as_u64).map_or(LIST_WORD_MAX, |most| most.min(LIST_WORD_MAX));
            items.insert("maxLength".to_owned(), json!(most));
        }
    }
}

/// How many characters each word of a list parameter may have.
const LIST_WORD_MAX: u64 = 120;
