//! Path, query and body of a request, each read and checked by its type.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::HttpRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::documents::rules::MediaType;
use crate::http::describe::{Components, OperationDoc, bound_lists, patch_of, without_null};
use crate::http::etag::short_hash;
use crate::http::json::{Parsed, not_utf8, parse};
use crate::http::service::Service;
use crate::http::shape::{Shapes, in_body, in_query};
use crate::kernel::{Cursor, Fault, Id, PageRequest, Refusal};

/// The largest JSON body, in bytes.
pub const JSON_MAX: usize = 1_048_576;

/// What a path pattern holds.
pub trait PathArgs: Sized + Send + 'static {
    /// Reads the parts, in the order of the pattern. `None` where a part cannot be one: there is no such record.
    fn read(parts: &[&str]) -> Option<Self>;
    /// The schema of each part.
    fn schemas() -> Vec<Value>;
}

fn id_schema() -> Value {
    json!({ "type": "string", "format": "uuid", "minLength": 36, "maxLength": 36 })
}

impl PathArgs for () {
    fn read(_: &[&str]) -> Option<Self> {
        Some(())
    }
    fn schemas() -> Vec<Value> {
        Vec::new()
    }
}

impl PathArgs for Id {
    fn read(parts: &[&str]) -> Option<Self> {
        parts.first()?.parse().ok()
    }
    fn schemas() -> Vec<Value> {
        vec![id_schema()]
    }
}

impl PathArgs for (Id, Id) {
    fn read(parts: &[&str]) -> Option<Self> {
        Some((parts.first()?.parse().ok()?, parts.get(1)?.parse().ok()?))
    }
    fn schemas() -> Vec<Value> {
        vec![id_schema(), id_schema()]
    }
}

impl PathArgs for (Id, i32) {
    fn read(parts: &[&str]) -> Option<Self> {
        Some((parts.first()?.parse().ok()?, parts.get(1)?.parse().ok().filter(|number| *number > 0)?))
    }
    fn schemas() -> Vec<Value> {
        vec![id_schema(), json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": i32::MAX })]
    }
}

/// A word in the path, such as a problem's code.
#[derive(Debug, Clone)]
pub struct Word(pub String);

impl PathArgs for Word {
    fn read(parts: &[&str]) -> Option<Self> {
        parts.first().map(|part| Self((*part).to_owned()))
    }
    fn schemas() -> Vec<Value> {
        vec![json!({ "type": "string", "minLength": 1, "maxLength": 80 })]
    }
}

/// What a query string holds.
pub trait QueryArgs: Sized + Send + 'static {
    /// Adds its parameters to the description and its check to the shapes.
    ///
    /// # Errors
    /// Where a schema cannot be compiled.
    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String>;
    /// Reads the query.
    ///
    /// # Errors
    /// Every fault of it.
    fn read(request: &HttpRequest, service: &Service) -> Result<Self, Vec<Fault>>;
}

/// An operation without query parameters; any that come are refused.
#[derive(Debug, Clone, Copy)]
pub struct NoQuery;

impl QueryArgs for NoQuery {
    fn describe(_: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        Ok(())
    }
    fn read(request: &HttpRequest, _: &Service) -> Result<Self, Vec<Fault>> {
        let faults: Vec<Fault> = pairs(request).into_iter().map(|(name, _)| unknown_parameter(&name)).collect();
        if faults.is_empty() { Ok(Self) } else { Err(faults) }
    }
}

/// A query with the fields of `Q`.
#[derive(Debug, Clone)]
pub struct Search<Q>(pub Q);

impl<Q: ToSchema + DeserializeOwned + Send + 'static> QueryArgs for Search<Q> {
    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        describe_query::<Q>(doc, components, shapes)
    }
    fn read(request: &HttpRequest, service: &Service) -> Result<Self, Vec<Fault>> {
        read_query::<Q>(pairs(request), service).map(Self)
    }
}

/// A page of a list, filtered by the fields of `Q`.
#[derive(Debug, Clone)]
pub struct Listing<Q> {
    /// Which page.
    pub page: PageRequest,
    /// The filters.
    pub filter: Q,
}

/// A list without filters.
#[derive(Debug, Clone, serde::Deserialize, ToSchema)]
pub struct NoFilter {}

/// How many items a page holds where the caller does not say.
const PAGE_USUAL: usize = 50;
/// How many items a page may hold.
const PAGE_MAX: usize = 200;
/// The longest cursor, in characters.
const CURSOR_MAX: usize = 1000;

impl<Q: ToSchema + DeserializeOwned + Send + 'static> QueryArgs for Listing<Q> {
    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        doc.parameters.push(json!({ "name": "limit", "in": "query", "required": false, "description": "How many items at the most.",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_USUAL } }));
        doc.parameters
            .push(json!({ "name": "cursor", "in": "query", "required": false, "description": "`next_cursor` of the page before.",
            "schema": { "type": "string", "minLength": 1, "maxLength": CURSOR_MAX } }));
        describe_query::<Q>(doc, components, shapes)
    }

    fn read(request: &HttpRequest, service: &Service) -> Result<Self, Vec<Fault>> {
        let (own, filters): (Vec<_>, Vec<_>) = pairs(request).into_iter().partition(|(name, _)| name == "limit" || name == "cursor");
        let mut faults = Vec::new();
        let mut page = PageRequest { limit: PAGE_USUAL, cursor: None, scan: scan_of(request.path(), &filters) };
        let mut seen = Vec::new();
        for (name, value) in own {
            if seen.contains(&name) {
                faults.push(repeated_parameter(&name));
            }
            if name == "limit" {
                match value.parse::<usize>() {
                    Ok(limit) if (1..=PAGE_MAX).contains(&limit) => page.limit = limit,
                    _ => faults.push(Fault::new(
                        "query:limit",
                        "out_of_range",
                        format!("`limit` must be a whole number from 1 to {PAGE_MAX}."),
                    )),
                }
            } else if value.is_empty() {
                faults.push(Fault::new("query:cursor", "too_short", "`cursor` is empty."));
            } else if value.len() > CURSOR_MAX {
                faults.push(Fault::new("query:cursor", "too_long", format!("At most {CURSOR_MAX} characters.")));
            } else {
                page.cursor = Some(Cursor(value));
            }
            seen.push(name);
        }
        match read_query::<Q>(filters, service) {
            Ok(filter) if faults.is_empty() => Ok(Self { page, filter }),
            Ok(_) => Err(faults),
            Err(more) => Err(faults.into_iter().chain(more).collect()),
        }
    }
}

fn scan_of(path: &str, filters: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = filters.iter().collect();
    sorted.sort();
    short_hash(format!("{path} {sorted:?}").as_bytes())
}

fn pairs(request: &HttpRequest) -> Vec<(String, String)> {
    form_pairs(request.query_string())
}

/// The pairs of a query string or of a form.
#[must_use]
pub fn form_pairs(text: &str) -> Vec<(String, String)> {
    actix_web::web::Query::<Vec<(String, String)>>::from_query(text).map(actix_web::web::Query::into_inner).unwrap_or_default()
}

fn unknown_parameter(name: &str) -> Fault {
    Fault::new(in_query(name), "unknown_parameter", format!("There is no parameter `{}` here.", name.chars().take(80).collect::<String>()))
}

fn repeated_parameter(name: &str) -> Fault {
    Fault::new(in_query(name), "repeated", format!("`{name}` may stand only once."))
}

fn describe_query<Q: ToSchema + 'static>(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
    let mut own = components.refer_closed::<Q>();
    own = components.resolve(&own).clone();
    bound_lists(&mut own);
    let required: Vec<Value> = own.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut kinds = BTreeMap::new();
    if let Some(properties) = own.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            let schema = without_null(property);
            let description = property.get("description").and_then(Value::as_str).unwrap_or("A filter.");
            let is_required = required.iter().any(|one| one == name);
            doc.parameters
                .push(json!({ "name": name, "in": "query", "required": is_required, "description": description, "schema": schema }));
            kinds.insert(name.clone(), ParameterKind::of(&schema));
        }
    }
    shapes.add_query::<Q>(kinds);
    shapes.want::<Q>(own);
    Ok(())
}

/// How a parameter's text becomes a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// As it stands.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// May stand several times.
    List,
}

impl ParameterKind {
    fn of(schema: &Value) -> Self {
        match schema.get("type").and_then(Value::as_str) {
            Some("integer") => Self::Integer,
            Some("boolean") => Self::Boolean,
            Some("array") => Self::List,
            _ => Self::Text,
        }
    }

    /// A text that is not of this kind stays a text, which the shape then refuses with its reason.
    fn value(self, text: String) -> Value {
        match self {
            Self::Integer => text.parse::<i64>().map_or(Value::String(text), Value::from),
            Self::Boolean => text.parse::<bool>().map_or(Value::String(text), Value::from),
            Self::Text | Self::List => Value::String(text),
        }
    }
}

fn read_query<Q: DeserializeOwned + 'static>(pairs: Vec<(String, String)>, service: &Service) -> Result<Q, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fields = Map::new();
    let kinds = service.shapes.query::<Q>();
    for (name, text) in pairs {
        let Some(kind) = kinds.and_then(|kinds| kinds.get(&name)) else {
            faults.push(unknown_parameter(&name));
            continue;
        };
        if *kind == ParameterKind::List {
            if let Value::Array(items) = fields.entry(name).or_insert_with(|| json!([])) {
                items.push(Value::String(text));
            }
        } else if fields.insert(name.clone(), kind.value(text)).is_some() {
            faults.push(repeated_parameter(&name));
        }
    }
    let value = Value::Object(fields);
    faults.extend(service.shapes.faults::<Q>(&value, in_query));
    if !faults.is_empty() {
        return Err(faults);
    }
    serde_json::from_value(value).map_err(|error| vec![unfit("query:", &error)])
}

/// What a body holds.
pub trait Body: Sized + Send + 'static {
    /// The largest body, in bytes.
    const LIMIT: usize;
    /// Adds the body to the description and its check to the shapes.
    ///
    /// # Errors
    /// Where a schema cannot be compiled.
    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String>;
    /// Reads the body.
    ///
    /// # Errors
    /// Every fault of it, or why it cannot be read at all.
    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Self, Refusal>;
}

/// An operation without a body; what comes is passed over.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

impl Body for NoBody {
    const LIMIT: usize = 65_536;
    fn describe(_: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        Ok(())
    }
    fn read(_: &str, _: Vec<u8>, _: &Arc<Service>) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

/// A JSON body of the shape of `T`.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: ToSchema + DeserializeOwned + Send + 'static> Body for Json<T> {
    const LIMIT: usize = JSON_MAX;

    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        let schema = components.refer_closed::<T>();
        shapes.want::<T>(schema.clone());
        doc.request_body = Some(json!({ "required": true, "content": { "application/json": components.media(schema) } }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Self, Refusal> {
        if media != "application/json" {
            return Err(Refusal::UnsupportedMedia("application/json"));
        }
        let Parsed { value, faults } = parse(&bytes)?;
        checked_after(faults, value, &service.shapes).map(Self)
    }
}

/// A JSON merge patch of a `T`: applied to the record inside the act, and the result checked whole.
pub struct Merge<T> {
    patch: Value,
    service: Arc<Service>,
    of: PhantomData<fn() -> T>,
}

/// Stands for the merge patch of `T` among the shapes.
struct PatchOf<T>(PhantomData<T>);

impl<T: ToSchema + Serialize + DeserializeOwned + Send + 'static> Body for Merge<T> {
    const LIMIT: usize = JSON_MAX;

    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        let whole = components.refer_closed::<T>();
        shapes.want::<T>(whole.clone());
        let patch = patch_of(components.resolve(&whole));
        let schema = components.insert(&format!("{}Patch", T::name()), patch);
        shapes.want::<PatchOf<T>>(schema.clone());
        let media = components.media(schema);
        doc.request_body =
            Some(json!({ "required": true, "description": "A JSON merge patch: fields left out stay, `null` takes a value away.",
            "content": { "application/merge-patch+json": media, "application/json": media } }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Self, Refusal> {
        if !matches!(media, "application/merge-patch+json" | "application/json") {
            return Err(Refusal::UnsupportedMedia("application/merge-patch+json"));
        }
        let Parsed { value: patch, mut faults } = parse(&bytes)?;
        faults.extend(service.shapes.faults::<PatchOf<T>>(&patch, in_body));
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        Ok(Self { patch, service: Arc::clone(service), of: PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Merge<T> {
    /// `current` with the patch applied, checked whole.
    ///
    /// # Errors
    /// Every fault of the result.
    pub fn apply(&self, current: &T) -> Result<T, Refusal> {
        let mut merged = serde_json::to_value(current).map_err(Refusal::broken)?;
        merge(&mut merged, &self.patch);
        checked(merged, &self.service.shapes)
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(fields) = target {
        for (name, change) in changes {
            if change.is_null() {
                fields.remove(name);
            } else {
                merge(fields.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// A form body (`application/x-www-form-urlencoded`), as OAuth's token endpoint takes it.
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

impl<T: ToSchema + DeserializeOwned + Send + 'static> Body for Form<T> {
    const LIMIT: usize = 65_536;

    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        let schema = components.refer_closed::<T>();
        shapes.want::<T>(schema.clone());
        doc.request_body = Some(json!({ "required": true, "content": { "application/x-www-form-urlencoded": components.media(schema) } }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Self, Refusal> {
        if media != "application/x-www-form-urlencoded" {
            return Err(Refusal::UnsupportedMedia("application/x-www-form-urlencoded"));
        }
        let text = String::from_utf8(bytes).map_err(|_| not_utf8())?;
        let mut fields = Map::new();
        let mut faults = Vec::new();
        for (name, value) in form_pairs(&text) {
            if fields.insert(name.clone(), Value::String(value)).is_some() {
                faults.push(Fault::new(format!("/{name}"), "repeated", format!("`{name}` may stand only once.")));
            }
        }
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        checked(Value::Object(fields), &service.shapes).map(Self)
    }
}

/// A file, as it comes.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The content type that the caller says it has.
    pub media: String,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Body for Upload {
    const LIMIT: usize = 20 * 1_048_576;

    fn describe(doc: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        let kinds = std::iter::once("application/octet-stream").chain(MediaType::ALL.iter().map(|media| media.word()));
        let content: Map<String, Value> = kinds.map(|media| (media.to_owned(), json!({ "schema": {} }))).collect();
        let description =
            "The file itself. Its kind is read from its content; with `application/octet-stream` the caller leaves it at that.";
        doc.request_body = Some(json!({ "required": true, "description": description, "content": content }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, _: &Arc<Service>) -> Result<Self, Refusal> {
        Ok(Self { media: media.to_owned(), bytes })
    }
}

/// The value as a `T`, or every fault of its shape.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn checked<T: DeserializeOwned + 'static>(value: Value, shapes: &Shapes) -> Result<T, Refusal> {
    checked_after(Vec::new(), value, shapes)
}

/// The same, where the text of the value had `faults` already.
fn checked_after<T: DeserializeOwned + 'static>(mut faults: Vec<Fault>, value: Value, shapes: &Shapes) -> Result<T, Refusal> {
    faults.extend(shapes.faults::<T>(&value, in_body));
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    serde_json::from_value(value).map_err(|error| Refusal::Invalid(vec![unfit("", &error)]))
}

/// What its schema lets pass and its type does not take. The reason speaks of our types, so it goes to the log.
fn unfit(pointer: &str, error: &serde_json::Error) -> Fault {
    tracing::warn!(fault = %error, "an input fits its schema and not its type");
    Fault::new(pointer, "invalid", "A value here does not fit; see the description of this operation.")
}
