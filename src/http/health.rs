//! Operations of the service itself: health, metrics and the pages that explain problems.

use crate::access::permissions::can;
use crate::http::api::Api;
use crate::http::{Ask, Html, Plain, Probe, Text, Word, metrics, problem};
use crate::kernel::{Refusal, StoreFault};
use crate::store::migrate::{SchemaState, schema_state};
use crate::store::watermark::ping;
use crate::store::{Conn, WriteMeta};

words! {
    /// How the service is.
    pub enum HealthStatus {
        /// The process runs.
        Live = "live",
        /// It can answer: the database is there and has the tables that this program wants.
        Ready = "ready",
    }
}

/// How the service is.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Health {
    /// In a word.
    pub status: HealthStatus,
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    // Made before anything is counted.
    metrics::registry();
    api.tag("Service", "Health, metrics and the meaning of problems.");
    api.get("/health/live", "health_live", "Say that the process runs", live);
    api.get("/health/ready", "health_ready", "Say that requests can be answered", ready);
    api.get("/metrics", "metrics_get", "Give the service's metrics in Prometheus' text format", show);
    api.get("/problems/{code}", "problems_get", "Explain a kind of problem", problem_page);
}

async fn live(_call: Probe) -> Result<Plain<Health>, Refusal> {
    Ok(Plain(Health { status: HealthStatus::Live }))
}

async fn ready(call: Probe) -> Result<Plain<Health>, Refusal> {
    let db = call.service.db.clone();
    call.ask(|conn, _| check(conn)).await?;
    // Only after a failure: a writing that is tried costs a flush to disk.
    if db.is_failing() {
        db.write(WriteMeta::system("health.ready", "health"), |_| Ok(())).await?;
    }
    Ok(Plain(Health { status: HealthStatus::Ready }))
}

/// A database that a newer replica has migrated does not make this one unready: changes between two versions are additive, and a
/// rolling upgrade must not take every old replica away at once.
fn check(conn: &mut Conn) -> Result<(), Refusal> {
    ping(conn)?;
    match schema_state(conn)? {
        SchemaState::Current | SchemaState::Newer(_) => Ok(()),
        SchemaState::Behind(count) => Err(Refusal::Store(StoreFault::Unavailable(format!("the database is {count} migrations behind")))),
    }
}

async fn show(call: Probe) -> Result<Text, Refusal> {
    Ok(Text(metrics::text(&call.service).await))
}

async fn problem_page(call: Ask<can::Anyone, Word>) -> Result<Html, Refusal> {
    let kind = problem::by_code(&call.input.path.0).ok_or(Refusal::NotFound("kind of problem"))?;
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><h1>{0}</h1><p><code>{1}</code>, HTTP {2}</p><p>{3}</p></html>\n",
        kind.title, kind.code, kind.status, kind.advice
    );
    Ok(Html(page))
}
