//! The addresses of the page. They answer HTML and stand in no description for programs.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route, guard};
use maud::html;

use super::desk::{Visit, opened, visited};
use super::shell::{self, Page};
use super::{beside, explanation, form, home, one, quarter, session, sign_in, upload, words};
use crate::access::permissions::Permission;
use crate::access::sessions::{EndReason, acts as sessions};
use crate::http::problem::method_not_allowed;
use crate::http::query::form_pairs;
use crate::http::reply::Reply;
use crate::http::service::request_id;
use crate::kernel::Refusal;
use crate::returns::acts;
use crate::returns::queries::acts as queries;
use crate::returns::workbook::{acts as workbook, routes as books};
use crate::store::Tx;

/// Where the page is.
pub const ROOT: &str = "/returns";
/// Where one signs in.
pub const SIGN_IN: &str = "/returns/sign-in";

/// An act: its permission, the operation that does it too, and its name in the log.
pub(super) type Act = (Permission, &'static str, &'static str);
const ANSWER: Act = (Permission::ReturnsAnswer, "returns_query_answer", "return.answer");
const CERTIFY: Act = (Permission::ReturnsCertify, "returns_certify", "return.certify");
const SUBMIT: Act = (Permission::ReturnsSubmit, "returns_submit", "return.submit");

/// What comes of a visit.
type Outcome = Result<HttpResponse, Refusal>;

/// Mounts the page on a worker's application.
pub fn configure(config: &mut ServiceConfig) {
    let shown = |path, route: Route| web::resource(path).route(route).default_service(no("GET, HEAD"));
    let sent = |path, route: Route| web::resource(path).route(route).default_service(no("POST"));
    let door = web::resource(SIGN_IN).route(reads().to(open)).route(web::post().to(enter)).default_service(no("GET, HEAD, POST"));
    let all = web::resource("/returns/quarter/workbook")
        .route(got("page_quarter_workbook", quarter::download))
        .route(posted("page_quarter_upload", quarter::take));
    let files = web::resource("/returns/{id}/workbook").route(got("page_workbook", download)).route(posted("page_upload", upload::take));
    config
        .service(shown("/", reads().to(welcome)))
        .service(shown(
            "/returns/",
            reads().to(|| async { HttpResponse::PermanentRedirect().insert_header((header::LOCATION, ROOT)).finish() }),
        ))
        .service(shown("/returns/style.css", reads().to(style)))
        .service(door)
        .service(sent("/returns/sign-out", posted("page_sign_out", leave)))
        .service(shown(ROOT, got("page_list", list)))
        .service(shown("/returns/quarter", got("page_quarter", quarter::show)))
        .service(all.default_service(no("GET, HEAD, POST")))
        .service(shown("/returns/{id}", got("page_return", show)))
        .service(files.default_service(no("GET, HEAD, POST")))
        .service(shown("/returns/{id}/pdf", got("page_paper", beside::paper)))
        .service(sent("/returns/{id}/evidence", posted("page_attach", beside::attach)))
        .service(shown("/returns/{id}/evidence/{document_id}", got("page_file", beside::file)))
        .service(sent("/returns/{id}/evidence/{document_id}/removal", posted("page_remove", beside::remove)))
        .service(sent("/returns/{id}/explanations", posted("page_explain", explain)))
        .service(sent("/returns/{id}/queries/{query_id}/answer", posted("page_answer", answer)))
        .service(sent("/returns/{id}/certification", posted("page_certify", certify)))
        .service(sent("/returns/{id}/submission", posted("page_submit", submit)));
}

fn no(allow: &'static str) -> Route {
    web::to(move |request: HttpRequest| async move { method_not_allowed(&request, allow) })
}

fn reads() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn got<F: Future<Output = Outcome> + 'static>(name: &'static str, work: impl Fn(Visit) -> F + Copy + 'static) -> Route {
    reads().to(move |request: HttpRequest, payload: Payload| visited(name, request, payload, work))
}

fn posted<F: Future<Output = Outcome> + 'static>(name: &'static str, work: impl Fn(Visit) -> F + Copy + 'static) -> Route {
    web::post().to(move |request: HttpRequest, payload: Payload| visited(name, request, payload, work))
}

async fn style() -> HttpResponse {
    let kept = (header::CACHE_CONTROL, "public, max-age=3600");
    let plain = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    HttpResponse::Ok().content_type("text/css; charset=utf-8").insert_header(kept).insert_header(plain).body(shell::STYLE)
}

/// Where whoever comes to the service's bare address goes on.
async fn welcome(request: HttpRequest) -> HttpResponse {
    let work = |_| async move {
        let body = html! {
            h1 { "Welcome" }
            p { "In this service an office keeps its grants and agreements, and the organisations that it pays report on them." }
            ul {
                li { a href=(ROOT) { "Returns" } ": for providers, who write and send them here, and for the office" }
                li { a href="/docs/" { "The interface for programs" } ": every operation of the service, to read and to try" }
                li { a href="/openapi.json" { "Its description" } ", for tools" }
            }
        };
        Ok(Page { title: "Welcome", is_fault: false, caller: None, body }.answer(StatusCode::OK))
    };
    opened("page_welcome", request, work).await
}

async fn open(request: HttpRequest) -> HttpResponse {
    let asked = request.clone();
    let work = |_| async move {
        let of = |name: &str| form_pairs(asked.query_string()).into_iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let (to, done) = (of("to").unwrap_or_default(), of("done").unwrap_or_default());
        let body = sign_in::form(sign_in::onward(&to), "", None, words::done(&done));
        Ok(Page { title: sign_in::TITLE, is_fault: false, caller: None, body }.answer(StatusCode::OK))
    };
    opened("page_sign_in", request, work).await
}

async fn enter(request: HttpRequest, payload: Payload) -> HttpResponse {
    let name = request_id(&request);
    opened("page_signed_in", request, |service| sign_in::enter(service, payload, name)).await
}

async fn leave(visit: Visit) -> Outcome {
    let Some(session) = visit.caller.session_id else { return Err(Refusal::NotFound("session")) };
    let act = (Permission::SessionUse, "session_end", "session.end");
    visit.act(act, move |tx| sessions::end(tx, session, EndReason::SignedOut)).await?;
    let mut answer = shell::to(&format!("{SIGN_IN}?done=signed-out"));
    answer.headers_mut().insert(header::SET_COOKIE, session::ended(&visit.service)?);
    Ok(answer)
}

async fn list(visit: Visit) -> Outcome {
    let asked = home::Asked::new(&visit.asked("search"), &visit.asked("show"), visit.asked("after"));
    let (today, question) = (visit.service.db.clock().today(), asked.clone());
    let home = visit.read(move |conn, caller| home::load(conn, caller, today, &question)).await?;
    Ok(Page { title: "Your returns", is_fault: false, caller: Some(&visit.caller), body: home::body(&home, &asked) }.answer(StatusCode::OK))
}

async fn show(visit: Visit) -> Outcome {
    let shown = one::of(&visit).await?;
    let body = one::body(&shown, words::done(&visit.asked("done")), &[]);
    Ok(Page { title: &shown.title(), is_fault: false, caller: Some(&visit.caller), body }.answer(StatusCode::OK))
}

async fn download(visit: Visit) -> Outcome {
    let id = visit.id()?;
    let book = visit.read(move |conn, caller| workbook::book(conn, caller.scope(), id)).await?;
    Ok(books::made(book).await?.respond(&visit.request))
}

async fn explain(mut visit: Visit) -> Outcome {
    let (id, scope, fields) = (visit.id()?, visit.scope(), form::fields(visit.payload()?).await?);
    let (version, given) = (fields.version()?, explanation::given(&fields)?);
    let service = Arc::clone(&visit.service);
    let act = (Permission::ReturnsWrite, "returns_write", acts::name_of_writing(scope));
    let write = move |tx: &mut Tx<'_>| acts::write(tx, scope, id, version, |now| explanation::added(&service, now, &given));
    let outcome = visit.act(act, write).await;
    one::after(&visit, outcome.map(drop), "explained", "findings").await
}

async fn answer(mut visit: Visit) -> Outcome {
    let (id, query, scope) = (visit.id()?, visit.part("query_id")?, visit.scope());
    let fields = form::fields(visit.payload()?).await?;
    let (version, text) = (fields.version()?, fields.text("answer", 5_000)?);
    let outcome = visit.act(ANSWER, move |tx| queries::answer(tx, scope, (id, query), version, &text)).await;
    one::after(&visit, outcome.map(drop), "answered", &format!("answer-{query}")).await
}

async fn certify(mut visit: Visit) -> Outcome {
    let (id, scope) = (visit.id()?, visit.scope());
    let version = form::fields(visit.payload()?).await?.version()?;
    let outcome = visit.act(CERTIFY, move |tx| acts::certify(tx, scope, id, version)).await;
    one::after(&visit, outcome.map(drop), "certified", "findings").await
}

async fn submit(mut visit: Visit) -> Outcome {
    let (id, scope) = (visit.id()?, visit.scope());
    let version = form::fields(visit.payload()?).await?.version()?;
    let outcome = visit.act(SUBMIT, move |tx| acts::submit(tx, scope, id, version)).await;
    one::after(&visit, outcome.map(drop), "submitted", "findings").await
}
