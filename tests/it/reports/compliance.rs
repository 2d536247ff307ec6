//! The compliance grid: which returns came, and how late.

use serde_json::{Value, json};

use crate::returns::{act, of_period, send, set_plan, submitted};
use crate::support::Scene;
use crate::support::client::new_key;

fn report(scene: &Scene, query: &str) -> Value {
    scene.finance.get(&format!("/v1/reports/return-compliance?{query}")).must(200).body
}

on_both! {
    fn a_return_is_late_from_the_day_after_its_own(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({}));
        let first = |as_at: &str| report(&scene, &format!("quarter=2020-21-Q1&as_at={as_at}"));
        let seen = |as_at: &str| {
            let all = first(as_at);
            assert_eq!(all["rows"].as_array().unwrap().len(), 1);
            let row = &all["rows"][0];
            (row["state"].clone(), row["days_late"].clone(), row["is_on_time"].clone(), all["totals"]["missing_count"].clone())
        };
        assert_eq!(seen("2020-06-30"), (json!("not_yet_due"), Value::Null, Value::Null, json!(0)));
        assert_eq!(seen("2020-08-21"), (json!("due"), Value::Null, Value::Null, json!(0)));
        assert_eq!(seen("2020-08-23"), (json!("due"), json!(2), json!(false), json!(1)));
        let row = first("2020-08-23")["rows"][0].clone();
        assert_eq!([&row["award"]["code"], &row["fund"]["code"], &row["due_on"]], [&award.body["reference"], &json!("CIF"), &json!("2020-08-21")]);

        submitted(&scene, &award.id(), "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": [] }));
        let now = report(&scene, "quarter=2020-21-Q1");
        assert_eq!([&now["rows"][0]["state"], &now["rows"][0]["is_on_time"]], [&json!("submitted"), &json!(false)]);
        assert!(now["rows"][0]["days_late"].as_i64().unwrap() > 2000);
        let rates = [&now["totals"], &now["by_fund"][0], &now["by_provider"][0]];
        for rate in rates {
            assert_eq!([&rate["owed_count"], &rate["late_count"], &rate["missing_count"], &rate["on_time_percent"]], [1, 1, 0, 0]);
        }
        // On a day before it came it had not come yet, whatever is known now.
        assert_eq!(seen("2020-08-23"), (json!("due"), json!(2), json!(false), json!(1)));
    }

    fn what_was_sent_under_other_days_came_then(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        set_plan(&scene, &award, "half_yearly");
        let content = json!({ "narrative": "All went well.", "spend": [] });
        submitted(&scene, &award, "2020-21-H1", &content);
        let sent = submitted(&scene, &award, "2020-21-H2", &content);
        app.sql("UPDATE quarterly_return_version SET submitted_on = '2021-04-10' WHERE submitted_on IS NOT NULL AND ends_on = '2021-03-31'");
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", sent.id())).must(200);
        act(&scene.commissioner, &at_office, "queries").must(200);
        // The award ended early, so the return that is with the provider again covers fewer days, and belongs to another quarter.
        let end = json!({ "ended_on": "2020-12-15", "reason": "the project closed" });
        scene.commissioner.change(&format!("/v1/awards/{award}/end"), scene.award(&award).tag(), &end).must(200);
        send(&scene, &of_period(&scene, &award, "2020-21-H2"));
        let now = report(&scene, "quarter=2020-21-Q3");
        let row = &now["rows"][0];
        assert_eq!([&row["period"], &row["state"], &row["first_sent_on"]], ["2020-21-H2", "resubmitted", "2021-04-10"]);
    }

    fn the_grid_is_narrowed_and_flat(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(300_000, json!({}));
        scene.live(200_000, json!({}));
        assert_eq!(report(&scene, "")["rows"].as_array().unwrap().len(), 8);
        let two = report(&scene, "quarter=2020-21-Q1&quarter=2020-21-Q3&fund=CIF");
        assert_eq!([&two["totals"]["owed_count"], &two["by_provider"][0]["owed_count"]], [4, 4]);
        let quarters: Vec<&Value> = two["rows"].as_array().unwrap().iter().map(|row| &row["quarter"]).collect();
        assert_eq!(quarters, ["2020-21-Q1", "2020-21-Q3", "2020-21-Q1", "2020-21-Q3"]);
        let csv = scene.finance.get("/v1/reports/return-compliance?format=csv&quarter=2020-21-Q1").must(200);
        assert_eq!(csv.text.lines().count(), 3);
        assert_eq!(scene.finance.get("/v1/reports/return-compliance?quarter=2020-21-Q9&fund=XYZ").must(422).faults(), ["query:quarter/0 wrong_format"]);
        scene.author.get("/v1/reports/return-compliance").must(403);
    }
    fn what_was_opened_again_is_missing_until_it_is_sent_again(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": [] }));
        app.sql("UPDATE quarterly_return_version SET submitted_on = '2020-08-10', effective_on = '2020-08-10' WHERE submitted_on IS NOT NULL");
        let counts = |query: &str| {
            let all = report(&scene, &format!("quarter=2020-21-Q1&{query}"));
            ["on_time_count", "late_count", "missing_count"].map(|name| all["totals"][name].as_i64().unwrap())
        };
        let before = report(&scene, "")["known_at"].as_str().unwrap().to_owned();
        assert_eq!(counts(""), [1, 0, 0]);
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", sent.id())).must(200);
        let reason = json!({ "reason": "You asked to mend a figure." });
        scene.commissioner.change(&format!("/v1/returns/{}/reopening", sent.id()), at_office.tag(), &reason).must(200);
        let now = report(&scene, "quarter=2020-21-Q1");
        let row = &now["rows"][0];
        assert_eq!([&row["state"], &row["first_sent_on"], &row["is_on_time"]], [&json!("draft"), &Value::Null, &Value::Null]);
        // It has a new day, and is missing after that one.
        assert!(row["days_late"].is_null() && row["send_again_by"].is_string(), "{row}");
        assert_eq!(counts(""), [0, 0, 0]);
        // It was here on the days before, and nobody knew otherwise then.
        assert_eq!(counts("as_at=2020-08-31"), [1, 0, 0]);
        assert_eq!(counts(&format!("known_at={before}")), [1, 0, 0]);
        act(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), "submission").must(200);
        assert_eq!(counts(""), [1, 0, 0], "it came when it was first sent");
    }

    fn an_import_that_was_taken_back_never_came(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({}));
        let reference = award.body["reference"].as_str().unwrap();
        let head = "award,period,kind,item,area,value,denominator,text,state,submitted_on,accepted_on";
        let csv = format!("{head}\n{reference},2020-21-Q1,spend,staff,,300,,,accepted,2020-08-10,2020-08-12\n");
        let request = scene.commissioner.request(reqwest::Method::POST, "/v1/returns/import");
        let request = request.header("Idempotency-Key", new_key()).header(reqwest::header::CONTENT_TYPE, "text/csv");
        let taken = scene.commissioner.send(request.body(csv)).must(201);
        let totals = || report(&scene, "quarter=2020-21-Q1")["totals"].clone();
        assert_eq!([&totals()["on_time_count"], &totals()["missing_count"]], [1, 0]);
        let undo = format!("/v1/return-imports/{}/reversal", taken.id());
        scene.commissioner.change(&undo, taken.tag(), &json!({ "reason": "The wrong file." })).must(200);
        assert_eq!([&totals()["on_time_count"], &totals()["missing_count"]], [0, 1]);
    }
}
