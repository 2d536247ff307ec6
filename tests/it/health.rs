//! The service runs, explains its problems and refuses what it does not know.

use reqwest::Method;

use crate::support::Backend;
use crate::support::app::database;
use crate::support::client::Client;
use crate::support::program::Program;

on_both! {
    fn live_and_problem_pages(app) {
        let nobody = app.nobody();
        assert_eq!(nobody.get("/health/live").must(200).body["status"], "live");
        assert_eq!(nobody.get("/health/ready").must(200).body["status"], "ready");
        assert!(nobody.get("/problems/stale").must(200).text.contains("If-Match"));
        assert_eq!(nobody.get("/problems/none").must(404).code(), "not_found");
        assert_eq!(nobody.get("/nowhere").must(404).code(), "not_found");
        let answer = nobody.send(nobody.request(reqwest::Method::DELETE, "/health/live")).must(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        assert_eq!(nobody.get("/health/live?x=1").must(422).faults(), ["query:x unknown_parameter"]);
        assert_eq!(nobody.get("/v1/ledger/accounts").must(401).code(), "unauthenticated");
    }

    fn a_database_that_is_behind_is_not_ready(app) {
        app.sql("DELETE FROM __diesel_schema_migrations WHERE version = '0050'");
        assert_eq!(app.nobody().get("/health/ready").must(503).code(), "unavailable");
        assert_eq!(app.nobody().get("/health/live").must(200).body["status"], "live");
    }

    fn metrics_count_what_was_answered(app) {
        let nobody = app.nobody();
        nobody.get("/problems/none").must(404);
        let metrics = nobody.get("/metrics").must(200);
        assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        for line in [
            "almoner_requests_total{operation=\"problems_get\",status=\"4xx\"} ",
            "almoner_request_seconds_bucket{method=\"GET\",le=\"0.005\"} ",
            "almoner_outbox_messages{state=\"queued\"} ",
            "almoner_database_waiting{lane=\"write\"} ",
        ] {
            assert!(metrics.text.contains(line), "{line} is not in\n{}", metrics.text);
        }
    }
}

/// A service behind a proxy on this machine, whose callers may send three requests a minute.
#[test]
fn a_caller_is_limited_and_its_neighbours_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let program = Program::serve_with(&url, folder.path(), "", &["--rate-limit", "3", "--trusted-proxies", "127.0.0.1"]);
    let nobody = Client { base: program.base.clone(), token: None, http: reqwest::blocking::Client::new() };
    let from = |address: &str| nobody.send(nobody.request(Method::GET, "/problems/stale").header("X-Forwarded-For", address));
    for left in ["2", "1", "0"] {
        let answer = from("198.51.100.1").must(200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"caller\";q=3;w=60"));
        assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"caller\";r={left};t=")));
    }
    let refused = from("198.51.100.1").must(429);
    assert_eq!(refused.code(), "too_many");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 21);
    // A bad token is no way around it, and what a stranger writes before its own address is not believed.
    let forged = nobody.request(Method::GET, "/v1/me").header("Authorization", "Bearer x").header("X-Forwarded-For", "198.51.100.1");
    assert_eq!(nobody.send(forged).must(429).code(), "too_many");
    from("203.0.113.5, 198.51.100.1").must(429);
    from("198.51.100.2").must(200);
    for _ in 0..5 {
        nobody.get("/health/live").must(200);
        nobody.get("/health/ready").must(200);
    }
}
