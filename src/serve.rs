//! Runs the HTTP service on a listener: logs, limits, headers and what every answer shares.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::rt::System;
use actix_web::{App, Error, HttpMessage, HttpServer, web};
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};

use crate::app;
use crate::http::Service;
use crate::http::api::Routes;

/// How long requests under way may take to end once the service is asked to stop.
const STOP_SECONDS_MAX: u64 = 25;

/// What is served, and how.
#[derive(Clone)]
pub struct Site {
    /// The service behind every request.
    pub service: web::Data<Service>,
    /// Its operations.
    pub routes: Routes,
    /// Threads that read requests and write answers.
    pub workers: usize,
    /// The one front end on another origin that a browser may call from.
    pub cors_origin: Option<String>,
}

/// A service that answers until it is stopped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Starts to serve on a thread of its own. The listener is taken as it is, so that a taken port is found before anything is loaded.
    ///
    /// # Errors
    /// Where the listener cannot be used or the thread cannot be made.
    pub fn start(site: Site, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (started, starting) = std::sync::mpsc::channel();
        let serve = move || {
            System::new().block_on(async move {
                let server = server(site, listener)?;
                // Whoever started this may have gone; then nobody stops it but the end of the program.
                let _ = started.send(server.handle());
                server.await
            })
        };
        let thread = std::thread::Builder::new().name("http".to_owned()).spawn(serve)?;
        match starting.recv() {
            Ok(handle) => Ok(Self { address, handle, thread }),
            Err(_) => Err(thread.join().ok().and_then(Result::err).unwrap_or_else(|| io::Error::other("the HTTP server did not start"))),
        }
    }

    /// Where callers reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no new requests, lets those under way end, and waits for that.
    ///
    /// # Errors
    /// What ended the server before.
    pub fn stop(self) -> io::Result<()> {
        // The command is sent by the call itself; joining the thread is how its end is awaited.
        drop(self.handle.stop(true));
        self.thread.join().map_err(|_| io::Error::other("the HTTP server panicked"))?
    }
}

fn server(site: Site, listener: TcpListener) -> io::Result<Server> {
    let workers = site.workers.max(1);
    let make = move || {
        let (service, routes) = (site.service.clone(), site.routes.clone());
        App::new()
            .configure(move |config| app::configure(config, &service, &routes))
            .wrap(Condition::new(site.cors_origin.is_some(), cors(site.cors_origin.as_deref())))
            .wrap(from_fn(finish))
            .wrap(TracingLogger::<RequestSpan>::new())
    };
    let server = HttpServer::new(make)
        .workers(workers)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(STOP_SECONDS_MAX)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

fn cors(origin: Option<&str>) -> Cors {
    let exposed = [
        "content-disposition",
        "etag",
        "idempotent-replay",
        "link",
        "location",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PATCH", "PUT", "DELETE"])
        .allowed_headers(["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match"])
        .expose_headers(exposed)
        .max_age(3600);
    match origin {
        Some(origin) => cors.allowed_origin(origin),
        None => cors,
    }
}

/// What every answer carries, whoever made it.
async fn finish(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request.app_data::<web::Data<Service>>().cloned();
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut response = next.call(request).await?;
    let request = response.request().clone();
    let headers = response.headers_mut();
    if let Some(service) = service {
        service.limits.announce(&request, headers);
    }
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    protect(headers);
    Ok(response)
}

/// What keeps a browser from guessing, framing and telling on. A page that needs more than nothing says so itself.
fn protect(headers: &mut HeaderMap) {
    let usual = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    for (name, value) in usual {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// The span of a request and the one line that is logged when it ends. What a caller sent is not logged: paths hold ids only.
struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> tracing::Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        request.extensions_mut().insert(Begun(Instant::now()));
        let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
        tracing::info_span!("request", request_id = %id, method = %request.method(), route = %route, path = %request.path())
    }

    fn on_request_end<B: MessageBody>(span: tracing::Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let _inside = span.enter();
        match outcome {
            Ok(response) => {
                let took = response.request().extensions().get::<Begun>().map_or(Duration::ZERO, |begun| begun.0.elapsed());
                let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                tracing::info!(status = response.status().as_u16(), micros, "answered");
            }
            Err(error) => tracing::error!(fault = %error, "a request ended without an answer"),
        }
    }
}

struct Begun(Instant);
