//! One checked extractor for every operation: token, then permission, then path, then query and headers, then body; so an
//! unauthorised caller never learns anything about the body.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use actix_web::web::Payload;
use futures_util::StreamExt;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::permissions::{Permit, can};
use crate::access::{self, Attempt, Caller};
use crate::http::describe::{Components, OperationDoc};
use crate::http::etag;
use crate::http::input::{Body, Merge, NoBody, PathArgs};
use crate::http::query::{NoQuery, QueryArgs};
use crate::http::service::{self, Service};
use crate::http::shape::Shapes;
use crate::kernel::{Cursor, Fault, Id, Refusal};

/// What a kind of operation asks of its headers.
pub trait Mode: Send + 'static {
    /// Whether something is done, which a state or a rule can forbid.
    const IS_ACT: bool = true;
    /// Whether `If-Match` must be there.
    const NEEDS_VERSION: bool;
    /// Whether `Idempotency-Key` is taken.
    const TAKES_KEY: bool;
    /// Whether `Idempotency-Key` must be there: money or letters follow.
    const NEEDS_KEY: bool;
    /// Whether it counts against the caller's limit.
    const IS_LIMITED: bool = true;
    /// Whether a faulty request is held against the rules too (see `rehearse`). Its handler does nothing but call [`Call::act`].
    const IS_REHEARSED: bool = true;
}

/// `GET`.
pub struct Reading;
/// `GET` by whoever watches over the service, as often as they like.
pub struct Probing;
/// `POST` of something new.
pub struct Creating;
/// `POST` of something new that is made from a report or a file, which is read before the act: a request with faults of its form is refused with
/// those alone.
pub struct CreatingFromRead;
/// `POST` of something new that money or letters follow.
pub struct CreatingMoney;
/// A change to a record.
pub struct Changing;
/// A change to a record that money or letters follow.
pub struct ChangingMoney;
/// A `PUT`, `PATCH` or `DELETE`, which may be repeated as it is.
pub struct Replacing;
/// A `PUT` of a file, which is read before the act: a request with faults of its form is refused with those alone.
pub struct ReplacingFile;
/// An act whose request or answer holds a secret: nothing of it may be kept, so no key is taken.
pub struct Unkept;

impl Mode for Reading {
    const IS_REHEARSED: bool = false;
    const IS_ACT: bool = false;
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = false;
    const NEEDS_KEY: bool = false;
}
impl Mode for Probing {
    const IS_REHEARSED: bool = false;
    const IS_LIMITED: bool = false;
    const IS_ACT: bool = false;
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = false;
    const NEEDS_KEY: bool = false;
}
impl Mode for Creating {
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = true;
    const NEEDS_KEY: bool = false;
}
impl Mode for CreatingFromRead {
    const IS_REHEARSED: bool = false;
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = true;
    const NEEDS_KEY: bool = false;
}
impl Mode for CreatingMoney {
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = true;
    const NEEDS_KEY: bool = true;
}
impl Mode for Changing {
    const NEEDS_VERSION: bool = true;
    const TAKES_KEY: bool = true;
    const NEEDS_KEY: bool = false;
}
impl Mode for ChangingMoney {
    const NEEDS_VERSION: bool = true;
    const TAKES_KEY: bool = true;
    const NEEDS_KEY: bool = true;
}
impl Mode for Replacing {
    const NEEDS_VERSION: bool = true;
    const TAKES_KEY: bool = false;
    const NEEDS_KEY: bool = false;
}
impl Mode for ReplacingFile {
    const IS_REHEARSED: bool = false;
    const NEEDS_VERSION: bool = true;
    const TAKES_KEY: bool = false;
    const NEEDS_KEY: bool = false;
}
impl Mode for Unkept {
    const IS_REHEARSED: bool = false;
    const NEEDS_VERSION: bool = false;
    const TAKES_KEY: bool = false;
    const NEEDS_KEY: bool = false;
}

/// A `GET`: permission `P`, path `A`, query `Q`.
pub type Ask<P, A = (), Q = NoQuery> = Call<P, A, Q, NoBody, Reading>;
/// A `GET` that is not limited.
pub type Probe = Call<can::Anyone, (), NoQuery, NoBody, Probing>;
/// A `POST` that makes something new.
pub type Create<P, A = (), B = NoBody> = Call<P, A, NoQuery, B, Creating>;
/// A `POST` that makes something new and moves money or sends letters.
pub type MoneyCreate<P, A = (), B = NoBody> = Call<P, A, NoQuery, B, CreatingMoney>;
/// A `POST` that changes a record: `If-Match` is needed.
pub type Change<P, A, B = NoBody> = Call<P, A, NoQuery, B, Changing>;
/// A `POST` that changes a record and moves money or sends letters: `If-Match` and `Idempotency-Key` are needed.
pub type MoneyChange<P, A, B = NoBody> = Call<P, A, NoQuery, B, ChangingMoney>;
/// A `POST` whose body or answer holds a secret, such as a password or a token; it is never answered from memory.
pub type Once<P, A = (), B = NoBody> = Call<P, A, NoQuery, B, Unkept>;
/// A `PATCH` with a JSON merge patch of `T`.
pub type Patching<P, A, T> = Call<P, A, NoQuery, Merge<T>, Replacing>;
/// A `PUT`.
pub type Put<P, A, B> = Call<P, A, NoQuery, B, Replacing>;
/// A `DELETE`.
pub type Remove<P, A> = Call<P, A, NoQuery, NoBody, Replacing>;

/// A request that passed every check.
pub struct Call<P, A, Q, B, M> {
    /// The running service.
    pub service: Arc<Service>,
    /// The request's own headers and name.
    pub head: Head,
    /// What the act works with.
    pub input: Input<A, Q, B>,
    /// Faults of a request that is only rehearsed: nothing of it is kept.
    pub(super) faults: Vec<Fault>,
    permission: PhantomData<fn() -> (P, M)>,
}

/// What an act works with.
pub struct Input<A, Q, B> {
    /// Who is calling.
    pub caller: Caller,
    /// The parts of the path.
    pub path: A,
    /// The query.
    pub query: Q,
    /// The body.
    pub body: B,
    /// The version that `If-Match` names; present wherever the operation needs one.
    pub if_match: Option<i32>,
}

/// What the plumbing needs of a request.
#[derive(Debug, Clone)]
pub struct Head {
    /// The id under which the request is logged.
    pub request_id: String,
    /// The record that the path names first, for the log.
    pub target: Option<Id>,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// SHA-256 over caller, method, path, query, `If-Match`, media type and body.
    pub fingerprint: String,
    /// What formats the caller accepts.
    pub accept: String,
    /// Entity tags that the caller knows.
    pub if_none_match: Option<String>,
}

impl<A, Q, B> Input<A, Q, B> {
    /// The version that the caller wants to change.
    ///
    /// # Errors
    /// [`Refusal::PreconditionRequired`] where none came.
    pub fn version(&self) -> Result<i32, Refusal> {
        self.if_match.ok_or(Refusal::PreconditionRequired)
    }
}

/// A handler's argument: read from a request, described by its type.
pub trait FromCall: Sized + 'static {
    /// Adds what the type says to the description.
    ///
    /// # Errors
    /// Where a schema cannot be compiled.
    fn describe(names: &[String], doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String>;
    /// Reads and checks a request to the operation `id`, whose path has parameters of these `names`.
    fn receive(
        id: &'static str,
        names: &'static [String],
        request: HttpRequest,
        payload: Payload,
    ) -> impl Future<Output = Result<Self, Refusal>>;
    /// The same call for a list again, from a cursor on where there is one; nothing where it asks for no list.
    fn again(&self, cursor: Option<Cursor>) -> Option<Self>;
}

impl<P: Permit, A: PathArgs, Q: QueryArgs, B: Body, M: Mode> FromCall for Call<P, A, Q, B, M> {
    fn describe(names: &[String], doc: &mut OperationDoc, components: &mut Components, shapes: &mut Shapes) -> Result<(), String> {
        doc.permission = P::permission().map(crate::access::permissions::Permission::word);
        doc.refuses(&[400, 429, 500, 503]);
        for (name, schema) in names.iter().zip(A::schemas()) {
            doc.parameters.push(json!({ "name": name, "in": "path", "required": true, "description": "Which record.", "schema": schema }));
        }
        if !names.is_empty() {
            doc.refuses(&[404]);
        }
        doc.refuses(&[401, 403, 422]);
        Q::describe(doc, components, shapes)?;
        if M::NEEDS_VERSION {
            let schema =
                json!({ "type": "string", "pattern": etag::PATTERN, "minLength": 5, "maxLength": 80, "example": "\"3.9f2c11aa\"" });
            doc.header("If-Match", true, "The `ETag` of the record that you change.", schema);
            doc.refuses(&[412, 428]);
        }
        if M::TAKES_KEY {
            let schema = json!({ "type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255, "example": "7c9e6679-7425-40de-944b-e07fc1f90ae7" });
            doc.header("Idempotency-Key", M::NEEDS_KEY, "Repeat a request with the same key and it is done once.", schema);
        }
        if M::IS_ACT {
            doc.refuses(&[409]);
        }
        B::describe(doc, components, shapes)?;
        if doc.request_body.is_some() {
            doc.refuses(&[413, 415]);
        }
        Ok(())
    }

    async fn receive(id: &'static str, names: &'static [String], request: HttpRequest, payload: Payload) -> Result<Self, Refusal> {
        let service = service::of(&request)?;
        let caller = if M::IS_LIMITED { identify(&service, &request).await? } else { access::caller(&service, &request).await? };
        let parts: Vec<&str> = names.iter().map(|name| request.match_info().query(name)).collect();
        let target: Option<Id> = parts.iter().find_map(|part| part.parse().ok());
        if let Some(permission) = P::permission() {
            let attempt = Attempt { operation: id, target, request_id: service::request_id(&request) };
            access::require(&service, &caller, permission, attempt).await?;
        }
        let path = A::read(&parts).ok_or(Refusal::NotFound("record"))?;
        let mut faults = Vec::new();
        let query = gather(Q::read(&request, &service), &mut faults);
        let if_match = version::<M>(&request, &mut faults);
        let key = key::<M>(&request, &mut faults);
        let bytes = read_body(payload, &request, B::LIMIT).await?;
        let fingerprint = fingerprint(&caller, &request, &bytes);
        let body = match B::read(&media(&request), bytes, &service) {
            Err(Refusal::Invalid(more)) => {
                faults.extend(more);
                None
            }
            Err(other) => return Err(other),
            Ok(read) => {
                faults.extend(read.faults);
                read.body
            }
        };
        let faults = without_version::<M>(&request, faults)?;
        let goes_on = faults.is_empty() || M::IS_REHEARSED;
        let (Some(query), Some(body), true) = (query, body, goes_on) else { return Err(Refusal::Invalid(faults)) };
        Q::accepts(&request)?;
        let head = Head {
            request_id: service::request_id(&request),
            target,
            key,
            fingerprint,
            accept: text_header(&request, header::ACCEPT.as_str()).unwrap_or_default(),
            if_none_match: text_header(&request, header::IF_NONE_MATCH.as_str()),
        };
        Ok(Self { service, head, input: Input { caller, path, query, body, if_match }, faults, permission: PhantomData })
    }

    fn again(&self, cursor: Option<Cursor>) -> Option<Self> {
        let query = self.input.query.again(cursor)?;
        let (caller, path) = (self.input.caller.clone(), self.input.path.clone());
        let input = Input { caller, path, query, body: B::none()?, if_match: None };
        Some(Self { service: Arc::clone(&self.service), head: self.head.clone(), input, faults: Vec::new(), permission: PhantomData })
    }
}

/// Who calls. Requests with tokens that do not count are limited by their address, like those without.
async fn identify(service: &Service, request: &HttpRequest) -> Result<Caller, Refusal> {
    match access::caller(service, request).await {
        Ok(caller) => {
            service.limits.check(request, &caller)?;
            Ok(caller)
        }
        Err(refusal) => {
            service.limits.check(request, &Caller::anonymous())?;
            Err(refusal)
        }
    }
}

fn gather<T>(outcome: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(more) => {
            faults.extend(more);
            None
        }
    }
}

fn text_header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn is_repeated(request: &HttpRequest, name: &str) -> bool {
    request.headers().get_all(name).nth(1).is_some()
}

/// The version that `If-Match` names. That none came is told by [`without_version`].
fn version<M: Mode>(request: &HttpRequest, faults: &mut Vec<Fault>) -> Option<i32> {
    let text = text_header(request, header::IF_MATCH.as_str()).filter(|_| M::NEEDS_VERSION)?;
    // Two headers are a list, and a list is not one version.
    let text = if is_repeated(request, header::IF_MATCH.as_str()) { String::new() } else { text };
    match etag::version_in(text.trim()) {
        Err(Refusal::Invalid(more)) => {
            faults.extend(more);
            None
        }
        other => other.ok(),
    }
}

/// A change that does not say which version it changes is refused for that, or for all that is wrong with it.
fn without_version<M: Mode>(request: &HttpRequest, mut faults: Vec<Fault>) -> Result<Vec<Fault>, Refusal> {
    if !M::NEEDS_VERSION || text_header(request, header::IF_MATCH.as_str()).is_some() {
        return Ok(faults);
    }
    if faults.is_empty() {
        return Err(Refusal::PreconditionRequired);
    }
    let message = "A change names the version that it changes: send the `ETag` of the record as you loaded it.";
    faults.push(Fault::new("header:If-Match", "required", message));
    Ok(faults)
}

fn key<M: Mode>(request: &HttpRequest, faults: &mut Vec<Fault>) -> Option<String> {
    if !M::TAKES_KEY {
        return None;
    }
    let Some(text) = text_header(request, "Idempotency-Key") else {
        if M::NEEDS_KEY {
            let message = "Money or letters follow this act, so it needs an `Idempotency-Key`: any text of your own, new for each act.";
            faults.push(Fault::new("header:Idempotency-Key", "required", message));
        }
        return None;
    };
    let is_one = !is_repeated(request, "Idempotency-Key");
    let fits = is_one && (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        faults.push(Fault::new(
            "header:Idempotency-Key",
            "wrong_format",
            "An idempotency key has 1 to 255 printable characters without blanks.",
        ));
    }
    Some(text)
}

fn media(request: &HttpRequest) -> String {
    let text = text_header(request, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read_body(mut payload: Payload, request: &HttpRequest, limit: usize) -> Result<Vec<u8>, Refusal> {
    let declared = text_header(request, header::CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > limit) {
        return Err(Refusal::TooLarge(limit));
    }
    if request.method() == Method::GET {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Refusal::Unreadable(vec![Fault::new("", "cut_off", "The body ended early.")]))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Refusal::TooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn fingerprint(caller: &Caller, request: &HttpRequest, body: &[u8]) -> String {
    if request.method() == Method::GET {
        return String::new();
    }
    let mut hash = Sha256::new();
    let (subject, if_match) = (caller.subject(), text_header(request, header::IF_MATCH.as_str()).unwrap_or_default());
    let texts = [&subject, request.method().as_str(), request.path(), request.query_string(), &if_match, &media(request)];
    for part in texts.iter().map(|text| text.as_bytes()).chain([body]) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    etag::hex(&hash.finalize())
}
