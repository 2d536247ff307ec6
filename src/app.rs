//! Assembles the HTTP service: one line a capability.

use actix_web::web;

use crate::access::{self, permissions::can};
use crate::awards;
use crate::documents;
use crate::figures;
use crate::funds;
use crate::http::api::{Api, Routes};
use crate::http::service::Service;
use crate::http::shape::Shapes;
use crate::http::{Ask, NoQuery, Plain, Raw, Word, problem};
use crate::kernel::Refusal;
use crate::ledger;
use crate::providers;
use crate::reports;
use crate::returns;
use crate::store::tx::Follower;
use crate::variations;

/// What follows what, inside one transaction.
pub const FOLLOWERS: &[Follower] = &[providers::follow, returns::acts::follow];

/// Every operation of the service, its checks and its description.
///
/// # Errors
/// A fault of ours in a description, which stops the program at its start.
pub fn api() -> Result<(Routes, Shapes, serde_json::Value), String> {
    let mut api = Api::default();
    mount(&mut api);
    api.finish()
}

fn mount(api: &mut Api) {
    api.tag("Service", "Health and the meaning of problems.");
    api.get("/health/live", "health_live", "Say that the process runs", live);
    api.get("/problems/{code}", "problems_get", "Explain a kind of problem", problem_page);
    access::routes::mount(api);
    documents::routes::mount(api);
    ledger::routes::mount(api);
    funds::routes::mount(api);
    providers::routes::mount(api);
    awards::routes::mount(api);
    variations::routes::mount(api);
    returns::routes::mount(api);
    figures::control_totals::routes::mount(api);
    reports::routes::mount(api);
}

/// Whether the process runs.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Health {
    /// `live` or `ready`.
    #[schema(max_length = 20)]
    status: String,
}

async fn live(_call: Ask<can::Anyone, (), NoQuery>) -> Result<Plain<Health>, Refusal> {
    Ok(Plain(Health { status: "live".to_owned() }))
}

async fn problem_page(call: Ask<can::Anyone, Word>) -> Result<Raw, Refusal> {
    let kind = problem::by_code(&call.input.path.0).ok_or(Refusal::NotFound("kind of problem"))?;
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><h1>{0}</h1><p><code>{1}</code>, HTTP {2}</p><p>{3}</p></html>\n",
        kind.title, kind.code, kind.status, kind.advice
    );
    Ok(Raw { media: "text/html; charset=utf-8", file_name: None, bytes: page.into_bytes() })
}

/// Mounts everything on a worker's application.
pub fn configure(config: &mut web::ServiceConfig, service: &web::Data<Service>, routes: &Routes) {
    config.app_data(service.clone());
    routes.configure(config);
}
