//! Problem documents (RFC 9457): the one place where a refusal becomes a status.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::access::permissions::Permission;
use crate::http::service::request_id;
use crate::kernel::{Code, Fault, Refusal, StoreFault};

/// What a caller gets instead of what they asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A page that explains this kind of problem: `/problems/{code}`.
    #[serde(rename = "type")]
    #[schema(max_length = 200)]
    pub kind: String,
    /// The kind of problem in a few words.
    #[schema(max_length = 200)]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened this time, in plain words.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// Stable name for programs.
    #[schema(max_length = 80)]
    pub code: String,
    /// Every fault of the request, with its place.
    #[schema(max_items = 1000)]
    pub errors: Vec<Fault>,
    /// Name this when you ask for help.
    #[schema(max_length = 100)]
    pub request_id: String,
    /// Further fields, such as `shortfall_pence`; [`tell_further`] describes them.
    #[serde(flatten)]
    #[schema(ignore)]
    pub facts: Map<String, Value>,
}

/// What a description says of further fields.
const FURTHER: &str = "Further fields of a refusal, beside the sentence in `detail`. Each rule has its own, and more may come: keep fields that you do \
                       not know. Among them are `permission` (`forbidden`), `state` (`wrong_state`), `account`, `balance_pence`, `asked_pence`, \
                       `shortfall_pence` and `on` (`insufficient_balance`), `locked_to` (`year_locked`), `fields` (`overlap`), `refused` and \
                       `refused_count` (`awards_refused`), and `paid_pence`, `reserved_pence`, `lowest_pence` and `limit_pence` (`rule_broken`).";

/// Says in a description that problems may have further fields. Rules come and go, so there is no list of all of them.
pub fn tell_further(description: &mut Value) {
    let schema = description.pointer_mut("/components/schemas/Problem").and_then(Value::as_object_mut);
    if let Some(schema) = schema {
        schema.insert("additionalProperties".to_owned(), json!({ "description": FURTHER }));
    }
}

/// One kind of problem and the page that explains it.
pub struct Kind {
    /// Stable name.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// A few words.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// What a fault of ours is called.
const BROKEN: &str = "Our fault";

const fn kind(code: &'static str, status: u16, title: &'static str, advice: &'static str) -> Kind {
    Kind { code, status, title, advice }
}

/// Every problem the service can answer with; `/problems/{code}` shows these pages.
pub const KINDS: &[Kind] = &[
    kind("unreadable", 400, "The request cannot be read", "The body is not JSON in UTF-8, or ended early. `errors` says what."),
    kind(
        "unauthenticated",
        401,
        "Sign in first",
        "The access token is missing, expired, revoked or not one of ours. Sign in at `POST /v1/session`, or refresh.",
    ),
    kind(
        "bad_credentials",
        401,
        "This does not let you in",
        "The password, refresh token or client secret is wrong or does not count any more. Which of them is not said.",
    ),
    kind(
        "forbidden",
        403,
        "Not allowed",
        "You are signed in, but your roles do not let you do this. `detail` says which roles do; an administrator of the office can give you one.",
    ),
    kind("not_found", 404, "Not found", "There is no such record, or it is not one of yours."),
    kind(
        "method_not_allowed",
        405,
        "Method not allowed",
        "This address does not take this method; the `Allow` header lists those it takes.",
    ),
    kind("not_acceptable", 406, "Format not offered", "Ask for one of the formats that this operation lists."),
    kind(
        "wrong_state",
        409,
        "Not in this state",
        "The record's state does not allow this act. `allowed_actions` on the record lists what can be done now.",
    ),
    kind(
        "insufficient_balance",
        409,
        "Not enough money",
        "The account named here holds less than was asked; `shortfall_pence` says by how much.",
    ),
    kind("taken", 409, "Taken", "Another record has this reference, name or key already."),
    kind("rule_broken", 409, "A rule forbids this", "The sentence in `detail` says which rule and what would satisfy it."),
    kind("same_person", 409, "A second person is needed", "Whoever asked for this may not also approve it."),
    kind(
        "second_factor_required",
        409,
        "A second factor is needed",
        "Whoever lets money go gives the session a second factor: send a code of your authenticator to `POST /v1/session/second-factor`, then try again.",
    ),
    kind(
        "shortfall",
        409,
        "The budget is short",
        "More is promised from this budget line than it holds, so nothing new can be offered from it until that is covered.",
    ),
    kind(
        "not_confirmed",
        409,
        "The budget is not confirmed",
        "The budget line is not confirmed and no at-risk approval covers this amount.",
    ),
    kind(
        "year_locked",
        409,
        "The year is closed",
        "The year of this money is closed, and nothing may be dated in it any more; `locked_to` is its last locked day. Date the act after that day and note what it corrects.",
    ),
    kind("overlap", 409, "Changed meanwhile", "Another change touched the same fields first. Read it again and decide."),
    kind(
        "awards_refused",
        409,
        "Some of the awards stand in the way",
        "One of several awards cannot be changed as was asked, so none is. `refused` names each of them with all its reasons; mend them, or leave them out with `skip_refused`.",
    ),
    kind(
        "history_closed",
        409,
        "History is closed",
        "A report has been asked of this office, so an import may not give facts an earlier moment any more.",
    ),
    kind("key_busy", 409, "Still working on it", "The first request with this idempotency key has not ended yet. Try again in a moment."),
    kind("stale", 412, "Changed meanwhile", "The record has a newer version than the one in `If-Match`. Read it again and decide."),
    kind("too_large", 413, "Too large", "The body is larger than this operation takes."),
    kind("unsupported_media", 415, "Kind of body not taken", "Send the content type that this operation lists."),
    kind(
        "invalid",
        422,
        "Something is wrong with the input",
        "`errors` lists every fault with its place. Mend all of them and send again.",
    ),
    kind(
        "key_reused",
        422,
        "Idempotency key used before",
        "This idempotency key belongs to another request. Use a new key for a new request.",
    ),
    kind(
        "precondition_required",
        428,
        "Load the record first",
        "A change is made to a record as somebody saw it. Load the record, then send the change; a program sends the record's `ETag` in `If-Match`.",
    ),
    kind("too_many", 429, "Too many requests", "Wait as many seconds as `Retry-After` says."),
    kind(
        "template_faulty",
        500,
        "A template is faulty",
        "This paper cannot be set, since its template was edited and has a fault. `detail` names the file and the line; nothing else is touched.",
    ),
    kind("broken", 500, BROKEN, "Something is wrong on our side. It is logged under `request_id`."),
    kind(
        "unavailable",
        503,
        "Try again shortly",
        "The database is busy or away. Nothing was half-done. Wait as many seconds as `Retry-After` says.",
    ),
];

/// The kind of problem with this code.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// What the caller may not do, and who may.
fn not_allowed(permission: &str) -> String {
    let Ok(permission) = permission.parse::<Permission>() else { return "Your roles do not let you do this.".to_owned() };
    let roles: Vec<String> = permission.roles().iter().map(|role| role.word().replace('_', " ")).collect();
    let is_of_office = permission.roles().iter().all(|role| !role.is_provider());
    let who = if is_of_office { "Only people of the office have them." } else { "An administrator of the office can give you one." };
    let (what, roles) = (permission.what().trim_end_matches('.'), roles.join(", "));
    format!("Your roles do not let you do this: {what}. It takes one of these roles: {roles}. {who}")
}

struct Parts {
    code: &'static str,
    detail: String,
    errors: Vec<Fault>,
    facts: Map<String, Value>,
}

impl Parts {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), facts: Map::new() }
    }
}

/// How many faults one answer lists, and how many characters of a pointer and of a message: names of fields and parameters come from the
/// caller and may be of any number and length.
const FAULTS_MAX: usize = 1000;
const POINTER_MAX: usize = 500;
const MESSAGE_MAX: usize = 1000;

fn shown(faults: &[Fault]) -> Vec<Fault> {
    let cut = |text: &str, most: usize| text.char_indices().nth(most).map_or(text, |(end, _)| text.get(..end).unwrap_or(text)).to_owned();
    let short = |fault: &Fault| {
        let short = Fault::new(cut(&fault.pointer, POINTER_MAX), fault.code.clone(), cut(&fault.message, MESSAGE_MAX));
        short.in_cell(fault.sheet.clone(), fault.cell.clone()).with(fault.value.clone())
    };
    faults.iter().take(FAULTS_MAX).map(short).collect()
}

/// A number of bytes as people say it.
fn size(bytes: usize) -> String {
    const MB: usize = 1_048_576;
    const KB: usize = 1_024;
    match bytes {
        whole if whole >= MB && whole.is_multiple_of(MB) => format!("{} MB ({whole} bytes)", whole / MB),
        whole if whole >= KB && whole.is_multiple_of(KB) => format!("{} KB ({whole} bytes)", whole / KB),
        other => format!("{other} bytes"),
    }
}

/// A time to wait as people say it, never less than it is.
fn wait(seconds: u64) -> String {
    let (count, unit) = if seconds > 90 { (seconds.div_ceil(60), "minute") } else { (seconds.max(1), "second") };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

const fn rule_code(code: Code) -> &'static str {
    code.word()
}

fn parts(refusal: &Refusal) -> Parts {
    let count =
        |faults: &[Fault]| if faults.len() == 1 { "There is 1 fault.".to_owned() } else { format!("There are {} faults.", faults.len()) };
    match refusal {
        Refusal::Invalid(faults) | Refusal::Misshapen(faults) => Parts { errors: shown(faults), ..Parts::new("invalid", count(faults)) },
        Refusal::Unreadable(faults) => Parts { errors: shown(faults), ..Parts::new("unreadable", count(faults)) },
        Refusal::NotFound(what) => Parts::new("not_found", format!("There is no such {what} for you.")),
        Refusal::Unauthenticated(_) => Parts::new("unauthenticated", "The access token is missing or does not count."),
        Refusal::BadCredentials(why) => Parts::new("bad_credentials", *why),
        Refusal::Forbidden(permission) => {
            let facts = Map::from_iter([("permission".to_owned(), Value::from(*permission))]);
            Parts { facts, ..Parts::new("forbidden", not_allowed(permission)) }
        }
        Refusal::Rule { code, detail, facts } => Parts { facts: facts.clone(), ..Parts::new(rule_code(*code), detail.clone()) },
        Refusal::PreconditionRequired => Parts::new(
            "precondition_required",
            "Nothing was changed, since the request does not say which version of the record you saw. Load the record again, look at it, and \
             send your change once more. A program sends the record's `ETag` in `If-Match`.",
        ),
        Refusal::Stale => Parts::new(
            "stale",
            "Nothing was changed: this record has changed since you read it. Load it again, see what is different, and decide.",
        ),
        Refusal::KeyReused => Parts::new(
            "key_reused",
            "This idempotency key was used for another request: another body, address or `If-Match`. Where the answer to the first was lost, look at \
             the record: it may be done. Then use a new key.",
        ),
        Refusal::KeyBusy => Parts::new("key_busy", "The first request with this idempotency key is still under way."),
        Refusal::TooLarge(limit) => Parts::new("too_large", format!("The body may have at most {}.", size(*limit))),
        Refusal::UnsupportedMedia(takes) => Parts::new("unsupported_media", format!("This operation takes {takes}.")),
        Refusal::NotAcceptable(offers) => Parts::new("not_acceptable", format!("This operation offers {offers}.")),
        Refusal::TooMany(seconds) => {
            Parts::new("too_many", format!("There were too many requests in a short time. Wait {}, then try again.", wait(*seconds)))
        }
        Refusal::Store(StoreFault::Broken(_)) => Parts::new("broken", "Something is wrong on our side. Nothing was half-done."),
        Refusal::Store(StoreFault::Conflict(_) | StoreFault::Unavailable(_)) => {
            Parts::new("unavailable", "The database is busy or away. Nothing was half-done.")
        }
    }
}

/// What is said to whoever sends a client's secret as a header.
const BASIC: &str = "`Authorization: Basic` is not taken here. A program sends `client_id` and `client_secret` as fields of the form to \
                     `POST /oauth/token`, without this header, and what it gets there as `Authorization: Bearer`.";

fn is_basic(request: &HttpRequest) -> bool {
    let text = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.get(..6)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "))
}

/// Answers with a problem document. What must not leak goes to the log.
/// What a refusal says to people, for a page that is no problem document.
#[derive(Debug, Clone)]
pub struct Told {
    /// The HTTP status.
    pub status: StatusCode,
    /// The kind of problem in a few words.
    pub title: &'static str,
    /// What happened this time.
    pub detail: String,
    /// Every fault of the request.
    pub errors: Vec<Fault>,
}

/// A refusal in the words of its problem document. What must not leak goes to the log.
#[must_use]
pub fn told(refusal: &Refusal) -> Told {
    note(refusal);
    let Parts { code, detail, errors, .. } = parts(refusal);
    let (status, title) = by_code(code).map_or((500, BROKEN), |kind| (kind.status, kind.title));
    Told { status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), title, detail, errors }
}

fn note(refusal: &Refusal) {
    match refusal {
        Refusal::Store(StoreFault::Broken(why)) => tracing::error!(fault = %why, "a fault of ours"),
        Refusal::Store(StoreFault::Conflict(why) | StoreFault::Unavailable(why)) => tracing::warn!(fault = %why, "the database is away"),
        Refusal::Unauthenticated(why) => tracing::debug!(reason = %why, "not signed in"),
        _ => {}
    }
}

/// Answers with a problem document. What must not leak goes to the log.
#[must_use]
pub fn respond(request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
    note(refusal);
    let mut parts = parts(refusal);
    if matches!(refusal, Refusal::Unauthenticated(_)) && is_basic(request) {
        parts.detail = BASIC.to_owned();
    }
    let mut response = document(request, parts);
    let headers = response.headers_mut();
    match refusal {
        Refusal::Unauthenticated(_) => {
            let missing = request.headers().get(header::AUTHORIZATION).is_none();
            let challenge = if missing { "Bearer realm=\"almoner\"" } else { "Bearer realm=\"almoner\", error=\"invalid_token\"" };
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static(challenge));
        }
        Refusal::BadCredentials(_) => {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer realm=\"almoner\""));
        }
        Refusal::TooMany(seconds) => {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from(*seconds));
        }
        Refusal::Store(_) | Refusal::KeyBusy => {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

/// Answers a request with a method that its address does not take; `allow` lists those it takes.
#[must_use]
pub fn method_not_allowed(request: &HttpRequest, allow: &str) -> HttpResponse {
    let mut response = document(request, Parts::new("method_not_allowed", "This address does not take this method."));
    if let Ok(value) = header::HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

fn document(request: &HttpRequest, parts: Parts) -> HttpResponse {
    let (status, title) = by_code(parts.code).map_or((500, BROKEN), |kind| (kind.status, kind.title));
    let body = Problem {
        kind: format!("/problems/{}", parts.code),
        title: title.to_owned(),
        status,
        detail: parts.detail,
        code: parts.code.to_owned(),
        errors: parts.errors,
        request_id: request_id(request),
        facts: parts.facts,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(serde_json::to_string(&body).unwrap_or_default())
}
