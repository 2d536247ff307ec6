//! What the service counts, in Prometheus' text format.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::http::service::Service;
use crate::outbox;

/// Upper bounds of how long answers take, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// The one registry of the process, made at the first call.
pub fn registry() -> &'static PrometheusHandle {
    static REGISTRY: OnceLock<PrometheusHandle> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        // The builder refuses an empty list of bounds only.
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // A process that has another recorder keeps it; this registry then stays empty.
        let _ = metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

fn describe() {
    metrics::describe_counter!("almoner_requests_total", "Requests answered, by operation and class of status.");
    metrics::describe_histogram!("almoner_request_seconds", "How long answers took, by method.");
    metrics::describe_counter!(
        "almoner_anonymous_refusals_total",
        "Acts refused to callers who are not signed in, which the audit log does not keep."
    );
    metrics::describe_counter!("almoner_write_commits_total", "Transactions committed. On SQLite one carries many acts.");
    metrics::describe_counter!("almoner_write_acts_total", "Acts in those transactions.");
    metrics::describe_counter!("almoner_write_conflicts_total", "Attempts that met another transaction and were made again (PostgreSQL).");
    metrics::describe_gauge!("almoner_database_waiting", "Jobs that wait for a database thread, by lane.");
    metrics::describe_gauge!("almoner_outbox_messages", "Messages, by state.");
    metrics::describe_counter!("almoner_outbox_attempts_total", "Attempts to deliver a message, by the state they led to.");
}

/// Counts one answer.
pub fn answered(operation: &'static str, method: &Method, status: StatusCode, took: Duration) {
    let class = match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    };
    metrics::counter!("almoner_requests_total", "operation" => operation, "status" => class).increment(1);
    metrics::histogram!("almoner_request_seconds", "method" => method).record(took.as_secs_f64());
}

/// All metrics as text, with what is read off the database and its queues now. Where the database does not answer, its part is as
/// it was last seen.
pub async fn text(service: &Service) -> String {
    let waiting = service.db.waiting();
    for (lane, count) in [("read", waiting.reads), ("report", waiting.reports), ("public", waiting.public), ("write", waiting.writes)] {
        metrics::gauge!("almoner_database_waiting", "lane" => lane).set(exact(count));
    }
    if let Ok(sizes) = service.db.read(outbox::queue_sizes).await {
        for size in sizes {
            metrics::gauge!("almoner_outbox_messages", "state" => size.state.word()).set(exact(size.count));
        }
    }
    registry().render()
}

/// A count as the format wants it. Counts here are far below what a float holds exactly.
fn exact(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::from(u32::MAX), f64::from)
}
