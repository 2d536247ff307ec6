//! The service runs, explains its problems and refuses what it does not know.

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
