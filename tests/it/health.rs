//! The service runs, explains its problems and refuses what it does not know.

on_both! {
    fn live_and_problem_pages(app) {
        let nobody = app.nobody();
        assert_eq!(nobody.get("/health/live").must(200).body["status"], "live");
        assert!(nobody.get("/problems/stale").must(200).text.contains("If-Match"));
        assert_eq!(nobody.get("/problems/none").must(404).code(), "not_found");
        assert_eq!(nobody.get("/nowhere").must(404).code(), "not_found");
        let answer = nobody.send(nobody.request(reqwest::Method::DELETE, "/health/live")).must(405);
        assert_eq!(answer.header("allow"), Some("GET"));
        assert_eq!(nobody.get("/health/live?x=1").must(422).faults(), ["query:x unknown_parameter"]);
        assert_eq!(nobody.get("/v1/ledger/accounts").must(401).code(), "unauthenticated");
    }
}
