//! Every difference between two runs of any report about money is explained by its act, on one page or on several, and every such report says that it
//! agrees with the ledger.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::{Answer, Scene};

const EXPLAINED: [&str; 7] = ["fund-summary", "tranche-summary", "expenditure", "outturn", "underspend", "shares", "at-risk"];

fn now(scene: &Scene) -> String {
    scene.finance.get("/v1/reports/allocations?as_at=2030-03-31").must(200).body["known_at"].as_str().unwrap().to_owned()
}

/// Figures by row and column: what they were, what they are, and by how much more.
type Told = BTreeMap<(String, String), (Value, Value, i64)>;

/// From row to row of a list, each figure from what it first was to what it last is.
fn led(rows: &[Value]) -> Told {
    let mut all = Told::new();
    for row in rows {
        let key = ["row", "column"].map(|name| row[name].as_str().unwrap().to_owned());
        let own = all.entry(key.into()).or_insert((row["before"].clone(), row["before"].clone(), 0));
        assert_eq!(own.1, row["before"], "each step begins where the one before it ended: {row}");
        (own.1, own.2) = (row["after"].clone(), own.2 + row["difference_pence"].as_i64().unwrap_or_default());
    }
    all.retain(|_, (before, after, _)| before != after);
    all
}

fn rows(report: &Answer) -> Vec<Value> {
    report.body["rows"].as_array().unwrap().clone()
}

/// All pages of an answer, each with so many acts.
fn paged(scene: &Scene, path: &str, limit: usize) -> Vec<Answer> {
    let mut pages: Vec<Answer> = Vec::new();
    let mut after = String::new();
    loop {
        let page = scene.finance.get(&format!("{path}&limit={limit}{after}")).must(200);
        let next = page.body["next_after_known_at"].as_str().map(|next| format!("&after_known_at={next}"));
        if let Some(before) = pages.last() {
            assert_eq!(before.body["explained_to"], page.body["explained_from"]);
        }
        pages.push(page);
        match next {
            Some(next) => after = next,
            None => return pages,
        }
    }
}

/// Money in a table as CSV, by row and column.
fn table(text: &str, told_apart_by: &[&str]) -> BTreeMap<(String, String), i64> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
    let head = lines.next().unwrap();
    let mut all = BTreeMap::new();
    for cells in lines {
        let cell = |name: &&str| {
            head.iter().position(|own| own == name).map(|at| format!("{name} {}", cells[at])).filter(|text| !text.ends_with(' '))
        };
        let key = told_apart_by.iter().filter_map(cell).collect::<Vec<_>>().join(", ");
        for (name, cell) in head.iter().zip(&cells).filter(|(name, cell)| name.ends_with("_pounds") && !cell.is_empty()) {
            all.insert((key.clone(), name.clone()), cell.replace('.', "").parse().unwrap());
        }
    }
    all
}

/// Something is offered, accepted, reported, cut and renamed, and money is left at risk.
fn go_on(scene: &Scene, first: &str) {
    let draft = scene.draft(300_000, json!({ "theme": "Young people" }));
    scene.offer(&draft).must(200);
    scene.plan(&draft.id());
    scene.accept(&draft.id()).must(200);
    accepted(scene, first, "2020-21-Q1", &json!({ "spend": spend(40_000), "narrative": "as planned" }));
    let path = format!("/v1/budget-lines/{}", scene.lines[1]);
    let less = json!({ "amount_pence": 4_000_000, "effective_on": "2020-09-01", "reason": "the grant was cut" });
    scene.finance.change(&format!("{path}/restatement"), scene.finance.get(&path).must(200).tag(), &less).must(200);
    let path = format!("/v1/providers/{}", scene.provider);
    let seen = scene.commissioner.get(&path).must(200);
    scene.commissioner.patch(&path, seen.tag(), &json!({ "name": "Other Hands", "local": true })).must(200);
    let source = json!({ "code": "vru", "name": "Violence Reduction", "kind": "government_grant" });
    let source = scene.commissioner.post("/v1/funding-sources", &source).must(201).id();
    let input = json!({ "funding_source_id": source, "state": "provisional", "amount_pence": 900_000, "effective_on": "2020-04-01" });
    let line = scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &input).must(201);
    let risk = json!({ "amount_pence": 600_000, "until": "2099-03-31", "reason": "3 of 4 check points passed" });
    scene.approver.change(&format!("/v1/budget-lines/{}/at-risk-approval", line.id()), line.tag(), &risk).must(200);
}

on_both! {
    fn every_report_about_money_is_explained_page_by_page(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let profile = json!([{ "quarter": "2020-21-Q1", "amount_pence": 100_000 }, { "quarter": "2020-21-Q2", "amount_pence": 100_000 }]);
        let first = scene.live(200_000, json!({ "profile": profile })).id();
        let from = now(&scene);
        go_on(&scene, &first);
        let to = now(&scene);
        let asked = format!("as_at=2030-03-31&from_known_at={from}&to_known_at={to}");
        for report in EXPLAINED {
            let path = format!("/v1/reports/changes/figures?report={report}&{asked}");
            let whole = scene.finance.get(&path).must(200);
            assert_eq!((&whole.body["unexplained_count"], &whole.body["ledger_check"]["balanced"]), (&json!(0), &json!(true)), "{report}");
            assert!(whole.body["is_changed"] == true && rows(&whole).iter().all(|row| row["act"].is_string()), "{report}");
            let differences = led(whole.body["differences"].as_array().unwrap());
            assert_eq!(led(&rows(&whole)), differences, "{report}");
            // By pages it is the same.
            let pages = paged(&scene, &path, 4);
            assert!(pages.len() > 2, "{report}");
            assert_eq!(pages.iter().flat_map(rows).collect::<Vec<_>>(), rows(&whole), "{report}");
            assert!(pages.iter().all(|page| page.body["differences"] == whole.body["differences"] && page.body["unexplained_count"] == 0));
        }
        // The differences are those of the two runs.
        let by = ["fund_code", "financial_year"];
        let run = |at: &str| table(&scene.finance.get(&format!("/v1/reports/fund-summary?as_at=2030-03-31&known_at={at}&format=csv")).must(200).text, &by);
        let (before, after) = (run(&from), run(&to));
        let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (sign, all) in [(-1, &before), (1, &after)] {
            all.iter().for_each(|(key, pence)| *expected.entry(key.clone()).or_default() += sign * pence);
        }
        expected.retain(|_, pence| *pence != 0);
        let whole = scene.finance.get(&format!("/v1/reports/changes/figures?report=fund-summary&{asked}")).must(200);
        let told = whole.body["differences"].as_array().unwrap().iter().filter(|one| one["difference_pence"].as_i64().is_some_and(|pence| pence != 0));
        let told: BTreeMap<(String, String), i64> = told.map(|one| ((one["row"].as_str().unwrap().to_owned(), one["column"].as_str().unwrap().to_owned()), one["difference_pence"].as_i64().unwrap())).collect();
        assert_eq!(told, expected);
        assert_eq!(told[&("fund_code CIF, financial_year 2020-21".to_owned(), "committed_pounds".to_owned())], 300_000);

        // So are the changes of the allocations.
        let path = format!("/v1/reports/changes?{asked}");
        let whole = scene.finance.get(&path).must(200);
        let pages = paged(&scene, &path, 2);
        assert!(pages.len() > 2 && whole.body["next_after_known_at"].is_null());
        assert_eq!(pages.iter().flat_map(rows).collect::<Vec<_>>(), rows(&whole));
        for page in &pages {
            assert_eq!([&page.body["differences"], &page.body["total_amounts"]], [&whole.body["differences"], &whole.body["total_amounts"]]);
            assert_eq!((&page.body["unexplained_pence"], &page.body["act_count"]), (&json!(0), &whole.body["act_count"]));
        }
        let wrong = |query: &str| scene.finance.get(&format!("{path}{query}")).must(422).faults().join("; ");
        assert_eq!(wrong("&after_known_at=2019-01-01T00:00:00Z"), "query:after_known_at out_of_range");
        assert!(wrong("&limit=0").starts_with("query:limit") && wrong("&limit=501").starts_with("query:limit"));
        // Who did it and why is of the log.
        let path = format!("/v1/reports/changes/figures?report=shares&{asked}");
        let told = app.office(&[almoner::access::permissions::Role::BoardReader]).get(&path).must(200);
        assert!(rows(&told).iter().all(|row| row["actor"].is_null() && row["reason"].is_null() && row["act"].is_string()));
        assert!(rows(&scene.finance.get(&path).must(200)).len() == rows(&told).len());
    }

    fn an_act_that_no_report_reads_is_no_act_of_a_page(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let from = now(&scene);
        let user = json!({ "email": "new@office.example", "name": "Some Body", "roles": ["finance"] });
        app.office(&[almoner::access::permissions::Role::Administrator]).post("/v1/users", &user).must(201);
        let counted = |path: &str| {
            let to = now(&scene);
            let asked = format!("as_at=2030-03-31&from_known_at={from}&to_known_at={to}&limit=1");
            let page = scene.finance.get(&format!("/v1/reports/changes{path}{asked}")).must(200).body;
            (page["act_count"].clone(), page["next_after_known_at"].clone(), page["ledger_check"]["balanced"].clone())
        };
        let paths = ["?", "/figures?report=expenditure&", "/figures?report=outturn&", "/figures?report=shares&"];
        assert_eq!(paths.map(counted), [(); 4].map(|()| (json!(0), Value::Null, json!(true))));
        scene.draft(100_000, json!({}));
        assert_eq!(paths.map(counted), [(); 4].map(|()| (json!(1), Value::Null, json!(true))));
    }

    fn a_report_of_money_is_wrong_where_a_line_of_it_is_missing(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        scene.live(200_000, json!({}));
        let known_at = now(&scene);
        let seen = |report: &str, day: &str| {
            let seen = scene.finance.get(&format!("/v1/reports/{report}?as_at={day}&known_at={known_at}")).must(200).body;
            (seen["ledger_check"]["balanced"].clone(), seen["ledger_check"]["checked"].clone(), seen["totals"]["committed_pence"].clone())
        };
        let (money, beside) = ("figures", "ledger");
        assert_eq!(seen("underspend", "2030-03-31"), (json!(true), json!(money), json!(200_000)));
        assert_eq!(seen("outturn", "2030-03-31"), (json!(true), json!(beside), Value::Null));
        // What is committed is said of a line that was made later: the ledger balances, and a report that does not see that line lacks the money.
        let source = json!({ "code": "vru", "name": "Violence Reduction", "kind": "government_grant" });
        let source = scene.commissioner.post("/v1/funding-sources", &source).must(201).id();
        let input = json!({ "funding_source_id": source, "state": "provisional", "amount_pence": 900_000, "effective_on": "2020-04-01" });
        scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &input).must(201);
        app.sql("UPDATE ledger_tally SET budget_line_id = (SELECT id FROM budget_line ORDER BY recorded_at DESC LIMIT 1)
            WHERE holder = 'award' AND committed_pence > 0");
        assert_eq!(seen("underspend", "2030-03-30"), (json!(false), json!(money), json!(0)));
        assert_eq!(seen("outturn", "2030-03-30"), (json!(true), json!(beside), Value::Null));
    }

    fn every_report_with_money_says_that_it_agrees_with_the_ledger(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(200_000, json!({}));
        let people = indicator(&scene, &[&draft.id()], "People", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, None, 12)]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(40_000), "narrative": "as planned", "values": values }));
        let described: Value = scene.finance.request(reqwest::Method::GET, "/openapi.json").send().unwrap().json().unwrap();
        let mut held = Vec::new();
        for (path, operations) in described["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/v1/reports/") || *path == "/v1/control-totals") {
            let columns = operations.pointer("/get/responses/200/content/text~1csv/x-columns").and_then(Value::as_array);
            let Some(columns) = columns.filter(|_| !path.contains('{')) else { continue };
            if !columns.iter().any(|column| column.as_str().unwrap().ends_with("_pounds")) && path != "/v1/reports/board" {
                continue;
            }
            held.push(match path.as_str() {
                "/v1/reports/board" => format!("{path}?quarter=2020-21-Q1&"),
                "/v1/reports/annual" | "/v1/reports/unit-costs" => format!("{path}?financial_year=2020-21&"),
                "/v1/reports/changes" => format!("{path}?from_known_at=2020-01-01T00:00:00Z&"),
                "/v1/reports/changes/figures" => format!("{path}?from_known_at=2020-01-01T00:00:00Z&report=outturn&limit=1&"),
                _ => format!("{path}?"),
            });
        }
        assert!(held.len() >= 15, "{held:?}");
        for path in &held {
            let report = scene.finance.get(&format!("{path}as_at=2030-03-31")).must(200);
            assert_eq!(report.body["ledger_check"]["balanced"], true, "{path}");
            assert_eq!(report.body["ledger_check"]["transfers"], 5, "{path}");
            // What providers report and papers print is no money of the ledger, and it is said that the ledger alone was checked.
            let beside = ["/expenditure?", "/outturn?", "/service?", "/social-value?", "/unit-costs?", "/control-totals?", "report=outturn&"];
            let checked = if beside.iter().any(|part| path.contains(part)) { "ledger" } else { "figures" };
            assert_eq!(report.body["ledger_check"]["checked"], checked, "{path}");
        }
        // What records hold, told otherwise than the movements have it.
        app.sql("UPDATE ledger_tally SET committed_pence = committed_pence + 1 WHERE committed_pence > 0");
        for path in held.iter().map(|path| format!("{path}as_at=2030-03-30")) {
            assert_eq!(scene.finance.get(&path).must(200).body["ledger_check"]["balanced"], false, "{path}");
        }
    }
}
