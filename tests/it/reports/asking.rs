//! What every question shares: the same bytes for the same question, formats, and faults of the question itself.

use almoner::audit::seal;
use serde_json::json;

use crate::support::{Answer, Client, Scene};

/// A question with an `Accept` header.
#[track_caller]
fn accepting(client: &Client, path: &str, accept: &str) -> Answer {
    client.send(client.request(reqwest::Method::GET, path).header("Accept", accept))
}

on_both! {
    fn the_same_question_has_the_same_answer_for_ever(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let now = scene.finance.get("/v1/reports/allocations?as_at=2021-03-31").must(200);
        let known_at = now.body["known_at"].as_str().unwrap().to_owned();
        let path = format!("/v1/reports/allocations?as_at=2021-03-31&known_at={known_at}");
        let first = scene.finance.get(&path).must(200);
        assert_eq!(first.tag(), now.tag());
        let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &json!({ "name": "New Name" })).must(200);
        scene.live(100_000, json!({}));
        let again = scene.finance.get(&path).must(200);
        assert_eq!((again.text.as_str(), again.tag()), (first.text.as_str(), first.tag()));
        let later = scene.finance.get("/v1/reports/allocations?as_at=2021-03-31").must(200);
        assert_ne!(later.tag(), first.tag());
        assert_eq!(later.body["totals"]["committed_pence"], 300_000);
        assert_eq!(later.body["rows"][0]["provider"]["name"], "New Name");

        let known = scene.finance.request(reqwest::Method::GET, &path).header("If-None-Match", first.tag());
        let unchanged = scene.finance.send(known).must(304);
        assert_eq!((unchanged.text.as_str(), unchanged.tag()), ("", first.tag()));
        let other = scene.finance.request(reqwest::Method::GET, "/v1/reports/allocations?as_at=2021-03-31").header("If-None-Match", first.tag());
        scene.finance.send(other).must(200);
    }

    fn who_asks_again_without_a_moment_is_told_whether_anything_became_known(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let path = "/v1/reports/allocations?as_at=2021-03-31";
        let asked = |tag: &str| scene.finance.send(scene.finance.request(reqwest::Method::GET, path).header("If-None-Match", tag));
        // The first question closes history, which is an act too.
        scene.finance.get(path).must(200);
        let first = scene.finance.get(path).must(200);
        // What the service writes by itself is nothing that a report tells.
        while app.wait(seal(&app.service.db)).unwrap() > 0 {}
        let unchanged = asked(first.tag()).must(304);
        assert_eq!((unchanged.text.as_str(), unchanged.tag()), ("", first.tag()));
        let other_day = scene.finance.request(reqwest::Method::GET, "/v1/reports/allocations?as_at=2021-03-30").header("If-None-Match", first.tag());
        scene.finance.send(other_day).must(200);

        scene.live(100_000, json!({}));
        let after = asked(first.tag()).must(200);
        assert_eq!(after.body["totals"]["committed_pence"], 300_000);
        // No money moves here, and a report shows it.
        let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &json!({ "name": "New Name" })).must(200);
        let renamed = asked(after.tag()).must(200);
        assert_eq!(renamed.body["rows"][0]["provider"]["name"], "New Name");
        asked(renamed.tag()).must(304);
        let same = scene.finance.get(&format!("{path}&known_at={}", renamed.body["known_at"].as_str().unwrap())).must(200);
        assert_eq!((same.text.as_str(), same.tag()), (renamed.text.as_str(), renamed.tag()));
    }

    fn a_moment_that_is_not_closed_is_refused(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        let answer = scene.finance.get("/v1/reports/allocations?known_at=2090-01-01T00:00:00Z").must(422);
        assert_eq!(answer.faults(), ["query:known_at too_late"]);
        let answer = scene.finance.get("/v1/reports/fund-summary?known_at=yesterday&as_at=2020-02-30&limit=3").must(422);
        assert_eq!(answer.faults(), ["query:as_at wrong_format", "query:known_at wrong_format", "query:limit unknown_parameter"]);
    }

    fn what_nobody_knows_is_named(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        let answer = scene.finance.get("/v1/reports/allocations?fund=XYZ&provider=nobody&fund=CIF").must(422);
        assert_eq!(answer.faults(), ["query:fund unknown_record", "query:provider unknown_record"]);
        // A word that no record ever had is not read as no money.
        scene.draft(5_000, json!({ "theme": "Sexual Violence", "category": "small" }));
        let answer = scene.finance.get("/v1/reports/allocations?theme=sexual%20violence&category=large&financial_year=2019-20&fund=XYZ").must(422);
        assert_eq!(answer.faults(), ["query:category unknown_record", "query:financial_year unknown_record", "query:fund unknown_record", "query:theme unknown_record"]);
        let known = scene.finance.get("/v1/reports/allocations?theme=Sexual%20Violence&category=small&financial_year=2020-21").must(200);
        assert_eq!(known.body["totals"]["committed_pence"], 0);
        scene.finance.get("/v1/reports/allocations?group_by=colour").must(422);
        let by_id = scene.finance.get(&format!("/v1/reports/allocations?fund={}&tranche={}", scene.fund, scene.tranche)).must(200);
        assert_eq!(by_id.body["totals"]["allocated_pence"], 100_000);
    }

    fn rows_come_as_csv(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_050, json!({ "theme": "=HYPERLINK(\"x\")", "category": "a, \"b\"" }));
        let csv = scene.finance.get("/v1/reports/allocations?format=csv&group_by=theme&group_by=category&as_at=2021-03-31").must(200);
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"allocations-2021-03-31.csv\""));
        let lines: Vec<&str> = csv.text.split("\r\n").collect();
        assert_eq!(lines.len(), 4, "{}", csv.text);
        assert!(lines[0].starts_with("fund_code,fund_name,financial_year,") && lines[0].ends_with(",as_at,known_at"));
        assert!(lines[1].contains("\"'=HYPERLINK(\"\"x\"\")\",\"a, \"\"b\"\"\",") && lines[1].contains(",2000.50,"), "{}", lines[1]);
        assert!(lines[2].contains(",150000.00,") && lines[3].is_empty());
        let count = lines[0].split(',').count();
        assert_eq!(lines[2].split(',').count(), count);

        let by_header = accepting(&scene.finance, "/v1/reports/allocations?group_by=theme&group_by=category&as_at=2021-03-31", "text/csv, */*;q=0.1");
        assert_eq!(by_header.must(200).header("content-type"), Some("text/csv; charset=utf-8"));
        let json = accepting(&scene.finance, "/v1/reports/allocations", "*/*").must(200);
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert_ne!(json.tag(), csv.tag());
        assert_eq!(accepting(&scene.finance, "/v1/reports/allocations", "application/xml").must(406).code(), "not_acceptable");
    }

    fn many_rows_come_in_pieces(app) {
        let scene = Scene::set(app, 1_000_000, 100_000);
        for number in 0..60 {
            let area = json!({ "code": format!("area-{number}"), "name": format!("Area {number}"), "kind": "local_authority" });
            scene.commissioner.post("/v1/areas", &area).must(201);
        }
        let mut path = "/v1/reports/coverage?".to_owned();
        for number in 0..10 {
            let code = format!("PROGRAMME-{number}");
            let programme = json!({ "code": code, "name": code, "kind": "pilot", "stage": "planned", "starts_on": "2020-04-01" });
            scene.commissioner.post("/v1/programmes", &programme).must(201);
            path.push_str(&format!("programme={code}&"));
        }
        let json = scene.finance.get(&path).must(200);
        assert_eq!(json.body["rows"].as_array().unwrap().len(), 620);
        let csv = scene.finance.get(&format!("{path}format=csv")).must(200);
        assert_eq!(csv.text.lines().count(), 621);
    }
}
