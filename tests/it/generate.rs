//! A made-up office is made as asked, balances, and is the same again for the same seed.

use almoner::access::permissions::Role;
use almoner::kernel::Refusal;
use almoner::ledger;
use almoner::office::generate::{Made, Reporting, Size, generate, pay_often};
use serde_json::Value;

use crate::support::App;

const SIZE: Size = Size { seed: 1, awards: 60, variations: None, reporting: None };

fn made(app: &App, size: Size) -> Made {
    app.wait(generate(&app.service.db, size)).unwrap()
}

/// What the allocation report says, without what differs between two databases.
fn report(app: &App) -> (Value, Vec<Value>) {
    let body = app.office(&[Role::Auditor]).get("/v1/reports/allocations?group_by=fund&group_by=financial_year").must(200).body;
    assert_eq!(body["ledger_check"]["balanced"], true);
    let line = |row: &Value| {
        let mut row = row.clone();
        row["fund"]["id"] = Value::Null;
        row
    };
    (body["totals"].clone(), body["rows"].as_array().unwrap().iter().map(line).collect())
}

on_both! {
    fn an_office_is_made_as_asked(app) {
        let told = made(app, SIZE);
        assert_eq!((told.awards, told.providers), (60, 5));
        let check = app.wait(app.service.db.read(ledger::verify)).unwrap();
        assert_eq!((check.faults, check.transfers), (Vec::<String>::new(), told.transfers));
        let auditor = app.office(&[Role::Auditor]);
        let awards = auditor.all("/v1/awards?limit=50");
        assert_eq!(awards.len(), 60);
        assert!(awards.iter().all(|award| award["illustrative"] == true && award["title"].as_str().unwrap().starts_with("Made-up")));
        let years: std::collections::BTreeSet<&str> = awards.iter().map(|award| award["fund_period"]["label"].as_str().unwrap()).collect();
        assert!(years.len() > 3, "{years:?}");
        for provider in auditor.all("/v1/providers") {
            assert!(provider["contact_email"].as_str().unwrap().ends_with(".example"), "{provider}");
        }
        let (totals, _) = report(app);
        assert!(totals["committed_pence"].as_i64().unwrap() > 0 && totals["reported_spend_pence"].as_i64().unwrap() > 0, "{totals}");
        assert!(awards.iter().any(|award| award["forward_commitments_pence"].as_i64().unwrap() > 0));
    }

    fn the_same_seed_makes_the_same_office(app) {
        let size = Size { awards: 24, ..SIZE };
        made(app, size);
        let first = report(app);
        let same = App::start(app.backend).unwrap();
        made(&same, size);
        assert_eq!(report(&same), first);
        let other = App::start(app.backend).unwrap();
        made(&other, Size { seed: 2, ..size });
        assert_ne!(report(&other).0, first.0);
    }

    fn awards_can_be_varied_and_paid_often(app) {
        let size = Size { awards: 12, variations: Some(4), ..SIZE };
        let told = made(app, size);
        assert!(told.transfers > 60, "{told:?}");
        let (before, _) = report(app);
        let transfers = app.wait(pay_often(&app.service.db, 700)).unwrap();
        assert!((700..750).contains(&transfers), "{transfers}");
        let check = app.wait(app.service.db.read(ledger::verify)).unwrap();
        assert_eq!((check.faults, check.transfers), (Vec::<String>::new(), transfers));
        let (after, _) = report(app);
        let pence = |totals: &Value, name: &str| totals[name].as_i64().unwrap();
        assert_eq!(pence(&after, "paid_pence") - pence(&before, "paid_pence"), transfers - told.transfers);
        assert_eq!(before["committed_pence"], after["committed_pence"]);
        // Each award is shown in the terms that were in force on the day, however often it was varied since.
        let auditor = app.office(&[Role::Auditor]);
        for day in ["2019-08-17", "2021-08-17", "2023-08-17"] {
            let by_award = auditor.get(&format!("/v1/reports/allocations?group_by=award&as_at={day}")).must(200).body;
            assert_eq!(by_award["ledger_check"]["balanced"], true, "{day}");
            let awards = by_award["rows"].as_array().unwrap().iter().filter(|row| !row["award"].is_null());
            let titles: Vec<&str> = awards.map(|row| row["award"]["name"].as_str().unwrap()).collect();
            assert!(titles.iter().all(|title| title.starts_with("Made-up project")), "{day}: {titles:?}");
        }
    }

    fn awards_can_report_much(app) {
        let reporting = Reporting { quarters: 5, indicators: 4, areas: 3 };
        let told = made(app, Size { awards: 20, reporting: Some(reporting), ..SIZE });
        assert_eq!((told.awards, told.returns), (20, 100));
        let auditor = app.office(&[Role::Auditor]);
        let grid = auditor.get("/v1/reports/return-compliance").must(200).body;
        assert_eq!([&grid["totals"]["owed_count"], &grid["totals"]["on_time_count"], &grid["totals"]["missing_count"]], [120, 100, 20]);
        let all = auditor.get("/v1/reports/indicators?returns=sent&group_by=area").must(200).body;
        let rows = all["rows"].as_array().unwrap();
        let counted = |name: &str| rows.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
        assert_eq!((rows.len(), counted("reported_count") + counted("not_reported_count")), (12, 100 * 4 * 3));
        assert!(counted("not_reported_count") > 0 && rows.iter().any(|row| row["figure_status"].is_null()), "some are silent, some wait");
        assert!(rows.iter().all(|row| row["value"].as_f64().unwrap() > 0.0));
        // A row names twenty of its returns, and leads to all.
        let named = |row: &serde_json::Value| row["return_ids"].as_array().unwrap().len();
        assert!(rows.iter().all(|row| named(row) == 20 && row["return_count"].as_i64().unwrap() > 20 && row["returns_url"].is_string()));
        let led = auditor.get(rows[0]["returns_url"].as_str().unwrap()).must(200).body;
        assert_eq!(rows[0]["return_count"], led["rows"].as_array().unwrap().len());
    }

    fn an_office_that_is_there_is_left_alone(app) {
        let told = made(app, SIZE);
        let again = app.wait(generate(&app.service.db, SIZE));
        let Err(Refusal::Rule { detail, .. }) = again else { panic!("{again:?}") };
        assert!(detail.contains("holds an office already"), "{detail}");
        assert_eq!(app.wait(app.service.db.read(ledger::verify)).unwrap().transfers, told.transfers);
    }
}
