//! The description and the pages that show it, both from the running routes.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};
use utoipa_swagger_ui::{Config, serve};

use crate::http::problem;
use crate::kernel::Refusal;

/// What the pages may do in a browser: run their own scripts, which write styles into the page, and ask this service.
const PAGES_MAY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    frame-ancestors 'none'";

/// Mounts `/openapi.json` and the pages under `/docs/`.
pub fn configure(config: &mut ServiceConfig, description: &Arc<str>) {
    let text = Arc::clone(description);
    let described = web::get().to(move || {
        let text = text.to_string();
        async move { HttpResponse::Ok().content_type("application/json").body(text) }
    });
    config.service(only_get("/openapi.json", described));
    let moved = web::get().to(|| async { HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish() });
    config.service(only_get("/docs", moved));
    let pages = Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).persist_authorization(true));
    let shown = web::get().to(move |request: HttpRequest| {
        let pages = Arc::clone(&pages);
        async move { page(&request, pages) }
    });
    config.service(only_get("/docs/{page:.*}", shown));
}

fn only_get(path: &'static str, route: Route) -> Resource {
    let refuse = |request: HttpRequest| async move { problem::method_not_allowed(&request, "GET") };
    web::resource(path).route(route).default_service(web::to(refuse))
}

fn page(request: &HttpRequest, pages: Arc<Config<'static>>) -> HttpResponse {
    match serve(request.match_info().query("page"), pages) {
        Ok(Some(file)) => {
            let policy = (header::CONTENT_SECURITY_POLICY, PAGES_MAY);
            HttpResponse::Ok().content_type(file.content_type).insert_header(policy).body(file.bytes.into_owned())
        }
        Ok(None) => problem::respond(request, &Refusal::NotFound("page")),
        Err(fault) => problem::respond(request, &Refusal::broken(fault)),
    }
}
