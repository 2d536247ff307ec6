//! Path and body of a request, each read and checked by its type.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::documents::rules::MediaType;
use crate::http::describe::{Components, OperationDoc, patch_of};
use crate::http::json::{Parsed, not_utf8, parse};
use crate::http::query::form_pairs;
use crate::http::rehearse::readable;
use crate::http::service::Service;
use crate::http::shape::{Shapes, in_body};
use crate::kernel::{Fault, Id, Refusal};

/// The largest JSON body, in bytes.
pub const JSON_MAX: usize = 1_048_576;

/// What a path pattern holds.
pub trait PathArgs: Clone + Send + 'static {
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
    /// Why it cannot be read at all.
    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Read<Self>, Refusal>;
    /// The body of an operation that takes none.
    fn none() -> Option<Self> {
        None
    }
}

/// What was read of a body.
#[derive(Debug, Clone)]
pub struct Read<B> {
    /// The body, or what of it could be read; `None` where too little could.
    pub body: Option<B>,
    /// Every fault of its form.
    pub faults: Vec<Fault>,
}

impl<B> Read<B> {
    /// A body without a fault.
    pub const fn whole(body: B) -> Self {
        Self { body: Some(body), faults: Vec::new() }
    }
}

/// An operation without a body; what comes is passed over.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

impl Body for NoBody {
    const LIMIT: usize = 65_536;
    fn describe(_: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        Ok(())
    }
    fn read(_: &str, _: Vec<u8>, _: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        Ok(Read::whole(Self))
    }
    fn none() -> Option<Self> {
        Some(Self)
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
        let needed = components.resolve(&schema).get("required").and_then(Value::as_array).is_some_and(|fields| !fields.is_empty());
        doc.request_body = Some(json!({ "required": needed, "content": { "application/json": components.media(schema) } }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        // No body at all says nothing, which is enough where no field is needed.
        let bytes = if media.is_empty() && bytes.is_empty() { b"{}".to_vec() } else { bytes };
        if media != "application/json" && !(media.is_empty() && bytes == b"{}") {
            return Err(Refusal::UnsupportedMedia("application/json"));
        }
        let Parsed { value, mut faults } = parse(&bytes)?;
        faults.extend(service.shapes.faults::<T>(&value, in_body));
        if faults.is_empty() {
            return serde_json::from_value(value)
                .map(|body| Read::whole(Self(body)))
                .map_err(|error| Refusal::Invalid(vec![unfit("", &error)]));
        }
        let body = readable(value, &faults).and_then(|rest| serde_json::from_value(rest).ok()).map(Self);
        Ok(Read { body, faults })
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

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        if !matches!(media, "application/merge-patch+json" | "application/json") {
            return Err(Refusal::UnsupportedMedia("application/merge-patch+json"));
        }
        let Parsed { value: patch, mut faults } = parse(&bytes)?;
        faults.extend(service.shapes.faults::<PatchOf<T>>(&patch, in_body));
        let rest = if faults.is_empty() { Some(patch) } else { readable(patch, &faults) };
        let body = rest.map(|patch| Self { patch, service: Arc::clone(service), of: PhantomData });
        Ok(Read { body, faults })
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Merge<T> {
    /// `current` with the patch applied, checked whole. What the record lacks already, since its source did not show it, a change of
    /// something else need not bring: whether it may be without is for its rules to say.
    ///
    /// # Errors
    /// Every fault of the result.
    pub fn apply(&self, current: &T) -> Result<T, Refusal> {
        let before = serde_json::to_value(current).map_err(Refusal::broken)?;
        let mut merged = before.clone();
        merge(&mut merged, &self.patch);
        let is_lacking = |fault: &Fault| {
            let field = fault.pointer.strip_prefix('/').filter(|field| !field.contains('/'));
            fault.code == "required" && field.is_some_and(|field| before.get(field).is_none())
        };
        let mut faults = self.service.shapes.faults::<T>(&merged, in_body);
        faults.retain(|fault| !is_lacking(fault));
        if !faults.is_empty() {
            return Err(Refusal::Misshapen(faults));
        }
        serde_json::from_value(merged).map_err(|error| Refusal::Misshapen(vec![unfit("", &error)]))
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

    fn read(media: &str, bytes: Vec<u8>, service: &Arc<Service>) -> Result<Read<Self>, Refusal> {
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
        checked(Value::Object(fields), &service.shapes).map(|form| Read::whole(Self(form)))
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

    fn read(media: &str, bytes: Vec<u8>, _: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        Ok(Read::whole(Self { media: media.to_owned(), bytes }))
    }
}

/// An Excel workbook, as it comes.
#[derive(Debug, Clone)]
pub struct SpreadsheetUpload {
    /// The file.
    pub bytes: Vec<u8>,
}

impl Body for SpreadsheetUpload {
    const LIMIT: usize = 5 * 1_048_576;

    fn describe(doc: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        let content: Map<String, Value> = Self::MEDIA.into_iter().map(|media| (media.to_owned(), json!({ "schema": {} }))).collect();
        let description = "The workbook itself; with `application/octet-stream` its kind is read from its content alone.";
        doc.request_body = Some(json!({ "required": true, "description": description, "content": content }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, _: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        if Self::MEDIA.contains(&media) { Ok(Read::whole(Self { bytes })) } else { Err(Refusal::UnsupportedMedia(MediaType::Xlsx.word())) }
    }
}

impl SpreadsheetUpload {
    /// What a caller may say that it is: what sends a file often knows no more than that it is one.
    const MEDIA: [&'static str; 2] = ["application/octet-stream", MediaType::Xlsx.word()];
}

/// A table in a file, as it comes: CSV or an Excel workbook.
#[derive(Debug, Clone)]
pub struct TableUpload {
    /// The file.
    pub bytes: Vec<u8>,
}

impl Body for TableUpload {
    const LIMIT: usize = 10 * 1_048_576;

    fn describe(doc: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        let content: Map<String, Value> = Self::MEDIA.into_iter().map(|media| (media.to_owned(), json!({ "schema": {} }))).collect();
        let description = "The file itself, CSV or an Excel workbook. Which of the two it is is read from its content.";
        doc.request_body = Some(json!({ "required": true, "description": description, "content": content }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, _: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        let taken = "text/csv or application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        if Self::MEDIA.contains(&media) { Ok(Read::whole(Self { bytes })) } else { Err(Refusal::UnsupportedMedia(taken)) }
    }
}

impl TableUpload {
    /// What a caller may say that it is. A browser on Windows calls CSV by Excel's old name.
    const MEDIA: [&'static str; 4] = ["text/csv", "application/vnd.ms-excel", "application/octet-stream", MediaType::Xlsx.word()];
}

/// A CSV file, as it comes.
#[derive(Debug, Clone)]
pub struct CsvUpload {
    /// The file.
    pub bytes: Vec<u8>,
}

impl Body for CsvUpload {
    const LIMIT: usize = 10 * 1_048_576;

    fn describe(doc: &mut OperationDoc, _: &mut Components, _: &mut Shapes) -> Result<(), String> {
        let content: Map<String, Value> = Self::MEDIA.into_iter().map(|media| (media.to_owned(), json!({ "schema": {} }))).collect();
        doc.request_body = Some(json!({ "required": true, "description": "The file itself, CSV in UTF-8.", "content": content }));
        Ok(())
    }

    fn read(media: &str, bytes: Vec<u8>, _: &Arc<Service>) -> Result<Read<Self>, Refusal> {
        if Self::MEDIA.contains(&media) { Ok(Read::whole(Self { bytes })) } else { Err(Refusal::UnsupportedMedia("text/csv")) }
    }
}

impl CsvUpload {
    /// What a caller may say that it is. A browser on Windows calls CSV by Excel's old name.
    const MEDIA: [&'static str; 3] = ["text/csv", "application/vnd.ms-excel", "application/octet-stream"];
}

/// The value as a `T`, or every fault of its shape.
///
/// # Errors
/// [`Refusal::Invalid`].
pub fn checked<T: DeserializeOwned + 'static>(value: Value, shapes: &Shapes) -> Result<T, Refusal> {
    let faults = shapes.faults::<T>(&value, in_body);
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    serde_json::from_value(value).map_err(|error| Refusal::Invalid(vec![unfit("", &error)]))
}

/// What its schema lets pass and its type does not take. The reason speaks of our types, so it goes to the log.
pub(super) fn unfit(pointer: &str, error: &serde_json::Error) -> Fault {
    tracing::warn!(fault = %error, "an input fits its schema and not its type");
    Fault::new(pointer, "invalid", "A value here does not fit; see the description of this operation.")
}
