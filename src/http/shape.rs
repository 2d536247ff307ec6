//! What a body must look like: the OpenAPI schema itself is what a body is checked against, so every fault is found at once and
//! the description can never promise another shape than the service takes.

use std::any::type_name;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::http::query::ParameterKind;
use crate::kernel::{Fault, Pence};

/// How many faults one answer lists.
const FAULTS_MAX: usize = 200;
/// What the document of all schemas is called among validators.
const SHARED: &str = "almoner:description";

/// How one type is checked.
struct Shape {
    schema: Value,
    /// Made when the first such value comes: all of them together take more memory and time than everything else that a start needs,
    /// and no office asks for all.
    validator: OnceLock<Result<Validator, String>>,
}

/// A check for each type of body and query.
#[derive(Default)]
pub struct Shapes {
    by_type: HashMap<&'static str, Shape>,
    /// All named schemas, to which the others refer.
    components: Value,
    /// The same as the one document that their checks point into.
    shared: Option<Registry<'static>>,
    queries: HashMap<&'static str, BTreeMap<String, ParameterKind>>,
}

impl Shapes {
    /// Asks for a check of `T` with `schema`.
    pub fn want<T>(&mut self, schema: Value) {
        self.by_type.insert(type_name::<T>(), Shape { schema, validator: OnceLock::new() });
    }

    /// Notes the parameters of the query `T`.
    pub fn add_query<T>(&mut self, kinds: BTreeMap<String, ParameterKind>) {
        self.queries.insert(type_name::<T>(), kinds);
    }

    /// The parameters of the query `T`.
    #[must_use]
    pub fn query<T>(&self) -> Option<&BTreeMap<String, ParameterKind>> {
        self.queries.get(type_name::<T>())
    }

    /// Keeps all named schemas, once every one is known. References point into `components`.
    ///
    /// # Errors
    /// Where they are no schemas: a fault of ours that stops the service at its start.
    pub fn share(&mut self, components: &Value) -> Result<(), String> {
        let shared = jsonschema::Draft::Draft202012.create_resource(json!({ "components": { "schemas": components } }));
        let shared = Registry::new().add(SHARED, shared).and_then(|registry| registry.prepare());
        self.shared = Some(shared.map_err(|error| format!("the schemas together: {error}"))?);
        self.components = components.clone();
        Ok(())
    }

    /// The check of values of this shape.
    fn validator<'s>(&self, shape: &'s Shape) -> &'s Result<Validator, String> {
        shape.validator.get_or_init(|| {
            let shared = self.shared.as_ref().ok_or("the schemas are not known yet")?;
            let mut schema = shape.schema.clone();
            refer_to_shared(&mut schema);
            jsonschema::options()
                .should_validate_formats(true)
                .with_draft(jsonschema::Draft::Draft202012)
                .with_registry(shared)
                .build(&schema)
                .map_err(|error| error.to_string())
        })
    }

    /// Every fault of `value` against the schema of `T`.
    #[must_use]
    pub fn faults<T>(&self, value: &Value, place: fn(&str) -> String) -> Vec<Fault> {
        self.faults_of(type_name::<T>(), value, place)
    }

    fn faults_of(&self, name: &str, value: &Value, place: fn(&str) -> String) -> Vec<Fault> {
        let Some(shape) = self.by_type.get(name) else { return Vec::new() };
        let validator = match self.validator(shape) {
            Ok(validator) => validator,
            Err(fault) => {
                // No such description passes our own checks; what cannot be checked is never taken.
                tracing::error!(shape = name, %fault, "a schema cannot be compiled");
                return vec![Fault::new(place(""), "invalid", "This cannot be checked, which is a fault of the service.")];
            }
        };
        let mut faults = Vec::new();
        for error in validator.iter_errors(value).take(FAULTS_MAX) {
            explain(&error.instance_path().to_string(), error.kind(), error.instance(), &error.to_string(), place, &mut faults);
        }
        for fault in faults.iter_mut().filter(|fault| fault.message == NOT_WRITTEN_SO) {
            let pointer = fault.pointer.strip_prefix("query:").map_or_else(|| fault.pointer.clone(), |name| format!("/{name}"));
            if let Some(example) = self.example(&shape.schema, &pointer) {
                fault.message = format!("This is not written as it must be. Write it as in `{example}`.");
            }
        }
        nul_characters(value, "", place, &mut faults);
        one_fault_a_format(&mut faults);
        faults.truncate(FAULTS_MAX);
        faults
    }
}

impl Shapes {
    /// How a text at `pointer` of something of this schema is written.
    fn example(&self, schema: &Value, pointer: &str) -> Option<String> {
        if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
            return self.example(self.components.get(place.rsplit('/').next()?)?, pointer);
        }
        let branches = ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten();
        let within = branches.into_iter().find_map(|branch| self.example(branch, pointer));
        let own = || {
            let Some(rest) = pointer.strip_prefix('/') else {
                let example = schema.get("example").or_else(|| schema.get("examples")?.get(0))?;
                return example.as_str().filter(|_| schema.get("pattern").is_some()).map(str::to_owned);
            };
            let (name, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let name = name.replace("~1", "/").replace("~0", "~");
            let next = schema.get("properties").and_then(|fields| fields.get(&name)).or_else(|| schema.get("items"))?;
            self.example(next, below)
        };
        within.or_else(own)
    }
}

/// Lets a schema point into the one document that all share, instead of into a copy of its own.
fn refer_to_shared(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(place) if name == "$ref" && place.starts_with('#') => place.insert_str(0, SHARED),
                    other => refer_to_shared(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(refer_to_shared),
        _ => {}
    }
}

/// A pointer into a JSON body.
#[must_use]
pub fn in_body(pointer: &str) -> String {
    pointer.to_owned()
}

/// A query parameter.
#[must_use]
pub fn in_query(pointer: &str) -> String {
    format!("query:{}", pointer.trim_start_matches('/'))
}

fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn explain(pointer: &str, kind: &ValidationErrorKind, value: &Value, text: &str, place: fn(&str) -> String, faults: &mut Vec<Fault>) {
    let mut add = |at: &str, code: &str, message: String| faults.push(Fault::new(place(at), code, message));
    match kind {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            add(&child(pointer, name), "required", format!("`{name}` is missing."));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let shown: String = name.chars().take(80).collect();
                add(&child(pointer, name), "unknown_field", format!("There is no field `{shown}` here."));
            }
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
            };
            let wanted = if is_money(pointer) { PENCE.to_owned() } else { plain_type(&wanted) };
            add(pointer, "wrong_type", format!("This must be {wanted}."));
        }
        ValidationErrorKind::MaxLength { limit } => add(pointer, "too_long", format!("At most {}.", so_many(*limit, "character"))),
        ValidationErrorKind::MinLength { limit } if pointer.ends_with("password") => {
            add(pointer, "too_short", format!("At least {}. Several words make a good one.", so_many(*limit, "character")));
        }
        ValidationErrorKind::MinLength { limit } => add(pointer, "too_short", format!("At least {}.", so_many(*limit, "character"))),
        ValidationErrorKind::Maximum { limit } => add(pointer, "too_large", format!("At most {}.", in_pounds(pointer, limit))),
        ValidationErrorKind::Minimum { limit } => add(pointer, "too_small", format!("At least {}.", in_pounds(pointer, limit))),
        ValidationErrorKind::MaxItems { limit } => add(pointer, "too_many_items", format!("At most {}.", so_many(*limit, "item"))),
        ValidationErrorKind::MinItems { limit } => add(pointer, "too_few_items", format!("At least {}.", so_many(*limit, "item"))),
        ValidationErrorKind::UniqueItems => add(pointer, "repeated", "An item stands here twice.".to_owned()),
        ValidationErrorKind::Enum { options } => add(pointer, "not_a_choice", format!("This must be one of {}.", choices(options))),
        ValidationErrorKind::Format { format } => add(pointer, "wrong_format", format!("{NOT_VALID} {}.", plain_format(format))),
        ValidationErrorKind::Pattern { .. } => {
            add(pointer, "wrong_format", NOT_WRITTEN_SO.to_owned());
        }
        ValidationErrorKind::OneOfNotValid { context, .. } | ValidationErrorKind::AnyOf { context, .. } => {
            best_branch(pointer, context, value, place, faults);
        }
        _ => add(pointer, "invalid", text.chars().take(300).collect()),
    }
}

/// Of several allowed shapes, the one that was meant: not `null`, and with the fewest faults.
fn best_branch(
    pointer: &str,
    branches: &[Vec<jsonschema::ValidationError<'static>>],
    value: &Value,
    place: fn(&str) -> String,
    faults: &mut Vec<Fault>,
) {
    let is_null_branch = |errors: &[jsonschema::ValidationError<'_>]| {
        errors
            .iter()
            .any(|error| matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(one) } if one.to_string() == "null"))
    };
    let meant = branches.iter().filter(|errors| !errors.is_empty() && !is_null_branch(errors)).min_by_key(|errors| errors.len());
    let Some(errors) = meant else {
        faults.push(Fault::new(place(pointer), "invalid", "This fits none of the shapes that are allowed here."));
        return;
    };
    for error in errors {
        let at = error.instance_path().to_string();
        let at = if at.starts_with(pointer) { at } else { format!("{pointer}{at}") };
        explain(&at, error.kind(), value, &error.to_string(), place, faults);
    }
}

/// What is said of a text that does not fit its pattern, where its schema has no example.
const NOT_WRITTEN_SO: &str = "This is not written as it must be; see the description of this field.";

/// How a fault of a format begins.
const NOT_VALID: &str = "This is not a valid";

/// What is no date or id is not too long or too short besides.
fn one_fault_a_format(faults: &mut Vec<Fault>) {
    let places: HashSet<String> =
        faults.iter().filter(|fault| fault.message.starts_with(NOT_VALID)).map(|fault| fault.pointer.clone()).collect();
    faults.retain(|fault| !["too_long", "too_short"].contains(&fault.code.as_str()) || !places.contains(&fault.pointer));
}

fn so_many(limit: u64, what: &str) -> String {
    if limit == 1 { format!("1 {what}") } else { format!("{limit} {what}s") }
}

/// How an amount is written.
const PENCE: &str = "a whole number of pence, without quotation marks, point or pound sign: 12050 for £120.50";

/// Whether the place is that of an amount of money: `/value/change_pence`.
fn is_money(pointer: &str) -> bool {
    pointer.ends_with("_pence")
}

/// The bound of a number; that of an amount in pounds beside it.
fn in_pounds(pointer: &str, limit: &Value) -> String {
    match limit.as_i64() {
        Some(pence) if is_money(pointer) => format!("{pence} pence, which is {}", Pence(pence)),
        _ => limit.to_string(),
    }
}

fn choices(options: &Value) -> String {
    let words: Vec<String> =
        options.as_array().into_iter().flatten().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
    words.join(", ")
}

fn plain_type(names: &str) -> String {
    let plain = |name| match name {
        "integer" => "a whole number",
        "string" => "text",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        "number" => "a number",
        "null" => "null for nothing",
        other => other,
    };
    names.split(" or ").map(plain).collect::<Vec<_>>().join(" or ")
}

fn plain_format(name: &str) -> String {
    match name {
        "uuid" => "id (a UUID)".to_owned(),
        "date" => "date such as 2020-11-30".to_owned(),
        "date-time" => "time such as 2020-11-30T09:30:00Z".to_owned(),
        "email" => "e-mail address".to_owned(),
        other => other.to_owned(),
    }
}

/// PostgreSQL keeps no NUL in a text, so neither engine takes one.
fn nul_characters(value: &Value, pointer: &str, place: fn(&str) -> String, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.push(Fault::new(place(pointer), "wrong_character", "A text may not hold the character NUL."));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                nul_characters(item, &child(pointer, &at.to_string()), place, faults);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                nul_characters(field, &child(pointer, name), place, faults);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_shape_can_be_checked() {
        let (_, shapes, _) = crate::app::api().unwrap();
        let faults: Vec<_> =
            shapes.by_type.iter().filter_map(|(name, shape)| Some((name, shapes.validator(shape).as_ref().err()?))).collect();
        assert!(shapes.by_type.len() > 100 && faults.is_empty(), "{faults:?}");
    }
}
