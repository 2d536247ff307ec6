//! Where operations are registered: each call both serves a route and describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use actix_web::http::Method;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::actions::{self, Action};
use crate::http::call::FromCall;
use crate::http::describe::{Components, OperationDoc, headers};
use crate::http::docs;
use crate::http::metrics;
use crate::http::problem::{self, Problem};
use crate::http::reply::{More, Reply};
use crate::http::shape::Shapes;
use crate::kernel::Refusal;

type Answer = Pin<Box<dyn Future<Output = HttpResponse>>>;
type Run = Arc<dyn Fn(HttpRequest, Payload) -> Answer + Send + Sync>;

struct Operation {
    method: Method,
    run: Run,
}

/// All operations of the service and their description.
#[derive(Default)]
pub struct Api {
    routes: BTreeMap<&'static str, Vec<Operation>>,
    paths: Map<String, Value>,
    components: Components,
    shapes: Shapes,
    tags: Vec<(&'static str, &'static str)>,
    faults: Vec<String>,
    actions: BTreeMap<String, &'static [Action]>,
}

impl Api {
    /// Says which words `allowed_actions` of the view `V` may hold, and for which operations they stand.
    pub fn actions<V: ToSchema>(&mut self, actions: &'static [Action]) {
        self.actions.insert(V::name().into_owned(), actions);
    }

    /// Names the group that the following operations belong to.
    pub fn tag(&mut self, name: &'static str, description: &'static str) {
        self.tags.push((name, description));
    }

    /// Registers a `GET`. `id` is the operation's name for programs, `summary` what it does.
    pub fn get<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        self.add(Method::GET, path, id, summary, handler);
    }

    /// Registers a `POST`.
    pub fn post<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        self.add(Method::POST, path, id, summary, handler);
    }

    /// Registers a `PATCH`.
    pub fn patch<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        self.add(Method::PATCH, path, id, summary, handler);
    }

    /// Registers a `PUT`.
    pub fn put<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        self.add(Method::PUT, path, id, summary, handler);
    }

    /// Registers a `DELETE`.
    pub fn delete<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        self.add(Method::DELETE, path, id, summary, handler);
    }

    fn add<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(
        &mut self,
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: impl Fn(C) -> F + Send + Sync + Copy + 'static,
    ) {
        // Names live as long as the program: routes are registered once.
        let names: &'static [String] = Box::leak(names_in(path).into_boxed_slice());
        let mut doc = OperationDoc::default();
        if let Err(fault) = C::describe(names, &mut doc, &mut self.components, &mut self.shapes) {
            self.faults.push(fault);
        }
        R::describe(&mut doc, &mut self.components);
        self.document(&method, path, id, summary, doc);
        let run: Run = Arc::new(move |request, payload| {
            Box::pin(async move {
                let begun = Instant::now();
                let outcome = match C::receive(id, names, request.clone(), payload).await {
                    Ok(call) => {
                        let more = call.again(None).map(|call| pages(call, handler));
                        handler(call).await.map(|reply| (reply, more))
                    }
                    Err(refusal) => Err(refusal),
                };
                let response = match outcome {
                    Ok((reply, more)) => reply.answer(request.clone(), more).await,
                    Err(refusal) => problem::respond(&request, &refusal),
                };
                metrics::answered(id, request.method(), response.status(), begun.elapsed());
                response
            })
        });
        self.routes.entry(path).or_default().push(Operation { method, run });
    }

    fn document(&mut self, method: &Method, path: &str, id: &str, summary: &str, doc: OperationDoc) {
        let security = doc.permission.map_or_else(|| json!([]), |_| json!([{ "bearer": [] }]));
        let responses: Map<String, Value> = doc.responses.into_iter().map(|(status, response)| (status.to_string(), response)).collect();
        let mut operation = json!({
            "operationId": id, "summary": summary, "description": summary, "tags": [self.tags.last().map_or("almoner", |tag| tag.0)],
            "parameters": doc.parameters, "responses": responses, "security": security,
        });
        if let Value::Object(fields) = &mut operation {
            if let Some(body) = doc.request_body {
                fields.insert("requestBody".to_owned(), body);
            }
            fields.insert("x-permission".to_owned(), doc.permission.map_or(Value::Null, Value::from));
        }
        let item = self.paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(methods) = item
            && methods.insert(method.as_str().to_ascii_lowercase(), operation).is_some()
        {
            self.faults.push(format!("{method} {path} is registered twice"));
        }
    }

    /// Ends the registration: the routes, the checks of what comes in, and the description.
    ///
    /// # Errors
    /// Where schemas are none or an operation stands twice: faults of ours that stop the program at its start.
    pub fn finish(mut self) -> Result<(Routes, Arc<Shapes>, Value), String> {
        self.components.refer::<Problem>();
        let schemas = Value::Object(self.components.all().clone());
        self.shapes.share(&schemas)?;
        let mut description = whole_answers(describe(&self.paths, &self.tags, &self.components));
        problem::tell_further(&mut description);
        self.faults.extend(actions::tell(&mut description, &self.actions));
        if !self.faults.is_empty() {
            return Err(self.faults.join("; "));
        }
        // The words of actions are known now, and those made before were made without them.
        let components = Components::of(&description);
        description.get_mut("paths").into_iter().for_each(|paths| components.renew_examples(paths));
        let text = Arc::from(description.to_string());
        Ok((Routes { table: Arc::new(self.routes), description: text }, Arc::new(self.shapes), description))
    }
}

/// Further pages of the list that `call` asks for.
fn pages<C: FromCall, R: Reply, F: Future<Output = Result<R, Refusal>> + 'static>(call: C, handler: impl Fn(C) -> F + 'static) -> More<R> {
    Box::new(move |cursor| match call.again(Some(cursor)) {
        Some(call) => Box::pin(handler(call)),
        None => Box::pin(std::future::ready(Err(Refusal::broken("a list without pages")))),
    })
}

/// Says of what only answers hold that fields which may be null, and lists, are always there: views leave nothing out.
fn whole_answers(mut description: Value) -> Value {
    let mut asked = BTreeSet::new();
    let paths = description.get("paths").and_then(Value::as_object);
    for operation in paths.into_iter().flat_map(|paths| paths.values()).filter_map(Value::as_object).flat_map(|methods| methods.values()) {
        operation.get("requestBody").into_iter().for_each(|body| names_below(body, &description, &mut asked));
    }
    let schemas = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (_, schema) in schemas.into_iter().flatten().filter(|(name, _)| !asked.contains(*name)) {
        require_all(schema);
    }
    description
}

/// The names of all schemas that `part` of the description refers to, through others too.
fn names_below(part: &Value, whole: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str().filter(|_| key == "$ref").and_then(|place| place.strip_prefix("#/components/schemas/")) {
                    Some(name) if names.insert(name.to_owned()) => {
                        whole.pointer(&format!("/components/schemas/{name}")).into_iter().for_each(|next| names_below(next, whole, names));
                    }
                    Some(_) => {}
                    None => names_below(value, whole, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_below(item, whole, names)),
        _ => {}
    }
}

fn require_all(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
        parts.iter_mut().for_each(require_all);
    }
    let Some(properties) = fields.get("properties").and_then(Value::as_object) else { return };
    let is_null = |kind: &Value| kind == "null";
    let may_be_null = |property: &Value| {
        let kinds = property.get("type").and_then(Value::as_array);
        let branches = ["oneOf", "anyOf"].iter().filter_map(|key| property.get(*key)?.as_array()).flatten();
        kinds.is_some_and(|kinds| kinds.iter().any(is_null)) || branches.filter_map(|branch| branch.get("type")).any(is_null)
    };
    let is_list = |property: &Value| property.get("type").is_some_and(|kind| kind == "array");
    let required: Vec<Value> = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_there =
        |(name, property): &(&String, &Value)| required.iter().any(|one| one == *name) || may_be_null(property) || is_list(property);
    let all: Vec<Value> = properties.iter().filter(is_there).map(|(name, _)| Value::from(name.as_str())).collect();
    fields.insert("required".to_owned(), Value::Array(all));
}

fn names_in(path: &str) -> Vec<String> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}').map(str::to_owned)).collect()
}

/// The routes, to be configured on each worker.
#[derive(Clone)]
pub struct Routes {
    table: Arc<BTreeMap<&'static str, Vec<Operation>>>,
    description: Arc<str>,
}

impl Routes {
    /// Every operation: method and path.
    pub fn operations(&self) -> impl Iterator<Item = (&Method, &'static str)> {
        self.table.iter().flat_map(|(path, operations)| operations.iter().map(|operation| (&operation.method, *path)))
    }

    /// Mounts the routes on a worker's application.
    pub fn configure(&self, config: &mut ServiceConfig) {
        docs::configure(config, &self.description);
        for (path, operations) in self.table.iter() {
            let mut resource = web::resource(*path);
            let mut allowed: Vec<&str> = Vec::new();
            for operation in operations {
                let methods: &[Method] =
                    if operation.method == Method::GET { &[Method::GET, Method::HEAD] } else { std::slice::from_ref(&operation.method) };
                for method in methods {
                    let run = Arc::clone(&operation.run);
                    let take = move |request: HttpRequest, payload: Payload| run(request, payload);
                    resource = resource.route(web::method(method.clone()).to(take));
                    allowed.push(method.as_str());
                }
            }
            let allow = allowed.join(", ");
            resource = resource.default_service(web::to(move |request: HttpRequest| {
                let response = problem::method_not_allowed(&request, &allow);
                async move { response }
            }));
            config.service(resource);
        }
        config.default_service(web::to(|request: HttpRequest| async move { problem::respond(&request, &Refusal::NotFound("address")) }));
    }
}

fn describe(paths: &Map<String, Value>, tags: &[(&str, &str)], components: &Components) -> Value {
    let tags: Vec<Value> = tags.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Almoner",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Commissioning and grants management for a local policing body: funds, awards, variations, quarterly returns and the reports that follow every pound. Amounts are integer pence. Errors are problem documents (RFC 9457).",
            "contact": { "name": "Almoner" },
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This service, local or production.", "x-internal": false }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": components.all(),
            "responses": problem_responses(),
            "headers": {
                "RateLimit": { "description": "The limit that applies to you.", "schema": { "type": "string", "maxLength": 200 } },
                "RateLimit-Policy": { "description": "How many requests in how many seconds.", "schema": { "type": "string", "maxLength": 200 } },
                "Access-Control-Allow-Origin": { "description": "The front end that may read this answer, where one is configured.", "schema": { "type": "string", "maxLength": 300 } },
            },
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token (RFC 9068) from `POST /v1/session` or `POST /oauth/token`, signed and checked as RFC8725 asks." } },
        },
    })
}

fn problem_responses() -> Value {
    let mut statuses: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for kind in problem::KINDS {
        statuses.entry(kind.status).or_default().push(kind.title);
    }
    let mut all = Map::new();
    for (status, titles) in statuses {
        let more: &[(&str, &str)] = match status {
            401 => &[("WWW-Authenticate", "How to sign in.")],
            429 | 503 => &[("Retry-After", "Seconds to wait.")],
            _ => &[],
        };
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        all.insert(
            format!("Problem{status}"),
            json!({ "description": format!("{}.", titles.join("; ")), "headers": headers(more), "content": content }),
        );
    }
    Value::Object(all)
}
