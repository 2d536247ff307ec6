//! A visit to the page: who comes, what they ask, and the doors to the acts.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::{Method, header};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::routes::{ROOT, SIGN_IN};
use super::{session, shell};
use crate::access::permissions::Permission;
use crate::access::{self, Attempt, Caller, Scope};
use crate::audit;
use crate::http::query::form_pairs;
use crate::http::service::request_id;
use crate::http::{Service, metrics, service};
use crate::kernel::{Id, Refusal};
use crate::store::{Conn, Tx, WriteMeta};

/// A request to the page.
pub(super) struct Visit {
    pub(super) service: Arc<Service>,
    pub(super) request: HttpRequest,
    pub(super) caller: Caller,
    payload: Option<Payload>,
}

impl Visit {
    /// What comes with the request; once.
    pub(super) fn payload(&mut self) -> Result<Payload, Refusal> {
        self.payload.take().ok_or_else(|| Refusal::broken("a body that is read twice"))
    }

    /// The return that the address names.
    pub(super) fn id(&self) -> Result<Id, Refusal> {
        self.part("id")
    }

    /// A part of the address that is an id.
    pub(super) fn part(&self, name: &str) -> Result<Id, Refusal> {
        self.request.match_info().query(name).parse().map_err(|_| Refusal::NotFound("return"))
    }

    /// What the query says; nothing where it does not say it.
    pub(super) fn asked(&self, name: &str) -> String {
        let all = form_pairs(self.request.query_string());
        all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.replace('\0', "")).unwrap_or_default()
    }

    pub(super) fn scope(&self) -> Scope {
        self.caller.scope()
    }

    /// Lets pass whoever may; another attempt is logged.
    pub(super) async fn require(&self, permission: Permission, operation: &'static str) -> Result<(), Refusal> {
        let attempt = Attempt { operation, target: self.id().ok(), request_id: request_id(&self.request) };
        access::require(&self.service, &self.caller, permission, attempt).await
    }

    /// Answers a question of somebody who may see returns.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &Caller) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.require(Permission::ReturnsRead, "returns_get").await?;
        let caller = self.caller.clone();
        self.service.db.read(move |conn| work(conn, &caller)).await
    }

    /// Does an act on a return, as the operation of that name does it: with its permission, in one transaction with its log, and with a note
    /// of it where it is refused.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        (permission, operation, act): (Permission, &'static str, &'static str),
        work: impl Fn(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let target = self.id().ok();
        self.require(permission, operation).await?;
        let meta = WriteMeta { act, actor: self.caller.actor(), request_id: request_id(&self.request) };
        let attempt = move |tx: &mut Tx<'_>| {
            tx.keep_if_refused(move |tx, refusal| audit::record_refused(tx, refusal, target));
            work(tx)
        };
        self.service.db.write(meta, attempt).await
    }
}

/// Answers a request of somebody who has signed in.
pub(super) async fn visited<F: Future<Output = Result<HttpResponse, Refusal>>>(
    name: &'static str,
    request: HttpRequest,
    payload: Payload,
    work: impl FnOnce(Visit) -> F,
) -> HttpResponse {
    let begun = Instant::now();
    let answer = match welcome(&request).await {
        Ok((service, seen)) => {
            let (caller, back) = (seen.caller.clone(), back(&request));
            let visit = Visit { service, request: request.clone(), caller: seen.caller, payload: Some(payload) };
            let mut answer = work(visit).await.unwrap_or_else(|refusal| shell::refused(&refusal, Some(&caller), &back));
            if let Some(cookie) = seen.cookie
                && !answer.headers().contains_key(header::SET_COOKIE)
            {
                answer.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            answer
        }
        Err(answer) => answer,
    };
    finished(name, &request, answer, begun)
}

/// Answers a request of anybody.
pub(super) async fn opened<F: Future<Output = Result<HttpResponse, Refusal>>>(
    name: &'static str,
    request: HttpRequest,
    work: impl FnOnce(Arc<Service>) -> F,
) -> HttpResponse {
    let begun = Instant::now();
    let answer = match service::of(&request) {
        Ok(service) if request.method() == Method::POST && !session::is_own(&service, &request) => shell::foreign(),
        Ok(service) => match service.limits.check(&request, &Caller::anonymous()) {
            Ok(()) => work(service).await.unwrap_or_else(|refusal| shell::refused(&refusal, None, SIGN_IN)),
            Err(refusal) => shell::refused(&refusal, None, SIGN_IN),
        },
        Err(refusal) => shell::refused(&refusal, None, SIGN_IN),
    };
    finished(name, &request, answer, begun)
}

/// The service and who visits it, or the answer to whoever is not let in.
async fn welcome(request: &HttpRequest) -> Result<(Arc<Service>, session::Seen), HttpResponse> {
    let plain = |refusal: Refusal| shell::refused(&refusal, None, ROOT);
    let service = service::of(request).map_err(plain)?;
    let is_form = request.method() == Method::POST;
    if is_form && !session::is_own(&service, request) {
        return Err(shell::foreign());
    }
    match session::find(&service, request).await {
        Ok(seen) => {
            service.limits.check(request, &seen.caller).map_err(plain)?;
            Ok((service, seen))
        }
        Err(Refusal::Unauthenticated(_)) => {
            service.limits.check(request, &Caller::anonymous()).map_err(plain)?;
            Err(if is_form { shell::signed_out() } else { shell::to(&format!("{SIGN_IN}?to={}", request.path())) })
        }
        Err(other) => Err(plain(other)),
    }
}

/// Where a page of a refusal leads back to: the return that it is about, or the list.
fn back(request: &HttpRequest) -> String {
    match request.match_info().query("id").parse::<Id>() {
        Ok(id) if request.path() != format!("{ROOT}/{id}") => format!("{ROOT}/{id}"),
        _ => ROOT.to_owned(),
    }
}

/// What every answer of the page carries, and its count.
fn finished(name: &'static str, request: &HttpRequest, mut answer: HttpResponse, begun: Instant) -> HttpResponse {
    let usual = [
        (header::CONTENT_SECURITY_POLICY, shell::MAY),
        // The browser says with each form that it comes from here.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let headers = answer.headers_mut();
    for (name, value) in usual {
        if !headers.contains_key(&name) {
            headers.insert(name, header::HeaderValue::from_static(value));
        }
    }
    metrics::answered(name, request.method(), answer.status(), begun.elapsed());
    answer
}
