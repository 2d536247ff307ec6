//! The query string of a request, read and checked by its type.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::describe::{Components, OperationDoc, bound_lists, without_null};
use crate::http::etag::short_hash;
use crate::http::input::unfit;
use crate::http::service::Service;
use crate::http::shape::{Shapes, in_query};
use crate::http::table::Format;
use crate::kernel::{Cursor, Fault, PageRequest, Refusal};

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
    /// Whether what the caller accepts is offered.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`].
    fn accepts(_: &HttpRequest) -> Result<(), Refusal> {
        Ok(())
    }
    /// The same question of a list again, from a cursor on where there is one; nothing where it is no list.
    fn again(&self, _: Option<Cursor>) -> Option<Self> {
        None
    }
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
/// The parameters that every list has.
const OWN: [&str; 3] = ["limit", "cursor", "format"];
/// The longest cursor, in characters.
const CURSOR_MAX: usize = 1000;

impl<Q: ToSchema + DeserializeOwned + Clone + Send + 'static> QueryArgs for Listing<Q> {
    fn describe(doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        doc.parameters.push(json!({ "name": "limit", "in": "query", "required": false, "description": "How many items at the most. As CSV or XLSX the whole list comes where neither this nor `cursor` is given.",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_USUAL } }));
        doc.parameters
            .push(json!({ "name": "cursor", "in": "query", "required": false, "description": "`next_cursor` of the page before.",
            "schema": { "type": "string", "minLength": 1, "maxLength": CURSOR_MAX } }));
        let format = components.refer::<Format>();
        doc.parameters.push(
            json!({ "name": "format", "in": "query", "required": false, "description": "The format, before what `Accept` says.", "schema": format }),
        );
        describe_query::<Q>(doc, components, shapes)
    }

    fn read(request: &HttpRequest, service: &Service) -> Result<Self, Vec<Fault>> {
        let (own, filters): (Vec<_>, Vec<_>) = pairs(request).into_iter().partition(|(name, _)| OWN.contains(&name.as_str()));
        let mut faults = Vec::new();
        let limit = if Wanted::by(request).is_ok_and(|wanted| wanted.is_whole) { PAGE_MAX } else { PAGE_USUAL };
        let mut page = PageRequest { limit, cursor: None, scan: scan_of(request.path(), &filters) };
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
            } else if name == "format" {
                faults.extend(value.parse::<Format>().err().map(|_| not_a_format()));
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

    fn accepts(request: &HttpRequest) -> Result<(), Refusal> {
        Wanted::by(request).map(drop)
    }

    fn again(&self, cursor: Option<Cursor>) -> Option<Self> {
        let page = PageRequest { cursor: cursor.or_else(|| self.page.cursor.clone()), ..self.page.clone() };
        Some(Self { page, filter: self.filter.clone() })
    }
}

/// How a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// In which format.
    pub format: Format,
    /// Whether all of it is wanted as one table, and not a page.
    pub is_whole: bool,
}

impl Wanted {
    /// What a request says of it.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`] where it accepts no format that is offered.
    pub fn by(request: &HttpRequest) -> Result<Self, Refusal> {
        let own = pairs(request);
        let value = |wanted: &str| own.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let asked = match value("format").map(str::parse) {
            Some(Ok(format)) => Some(format),
            Some(Err(_)) => return Err(Refusal::Invalid(vec![not_a_format()])),
            None => None,
        };
        let accept = request.headers().get(header::ACCEPT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let format = Format::wanted(asked, &accept.unwrap_or_default())?;
        Ok(Self { format, is_whole: format != Format::Json && value("limit").is_none() && value("cursor").is_none() })
    }
}

fn not_a_format() -> Fault {
    let words: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
    Fault::new("query:format", "not_a_choice", format!("This must be one of {}.", words.join(", ")))
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

/// What a parameter says of itself, or what its one shape says of it.
fn description_of<'a>(property: &'a Value, components: &'a Components) -> Option<&'a str> {
    let own = |schema: &'a Value| schema.get("description").and_then(Value::as_str);
    let branches = ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| property.get(*key)?.as_array()).flatten();
    own(property).or_else(|| branches.into_iter().find_map(own)).or_else(|| own(components.resolve(property)))
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
            let description = description_of(property, components).unwrap_or("A filter.").to_owned();
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

/// Whoever writes several words into one parameter is told how several are asked, and whoever writes a code where an id belongs what takes codes.
fn say_repeat(fault: &mut Fault, asked: &Value) {
    if fault.pointer.ends_with("_id") && fault.code == "wrong_format" {
        fault.message.push_str(" A list is narrowed by a record's `id`; reports take codes and references too.");
    }
    let Some((name, place)) = fault.pointer.strip_prefix("query:").and_then(|place| place.split_once('/')) else { return };
    let Some(words) = asked.get(name).and_then(|list| list.pointer(&format!("/{place}"))).and_then(Value::as_str) else { return };
    if let Some((first, second)) = words.split_once(',') {
        let more = format!(" Several are asked for each by itself: `{name}={}&{name}={}`.", first.trim(), second.trim());
        fault.message.push_str(&more);
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
    faults.iter_mut().for_each(|fault| say_repeat(fault, &value));
    if !faults.is_empty() {
        return Err(faults);
    }
    serde_json::from_value(value).map_err(|error| vec![unfit("query:", &error)])
}
