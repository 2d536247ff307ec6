//! The allocations by award as CSV, which go out while awards are still read, a few at a time: row by row what the report says as JSON.

use almoner::kernel::Pence;
use serde_json::{Value, json};

use super::spend::{part, spend};
use crate::awards::next_year::next_period;
use crate::returns::accepted;
use crate::support::{Client, Scene};

/// What the report says in a column of the table.
fn cell(report: &Value, row: &Value, column: &str) -> String {
    if let Some(name) = column.strip_suffix("_pounds") {
        return row[format!("{name}_pence")].as_i64().map_or_else(String::new, |pence| Pence(pence).pounds());
    }
    if column.ends_with("_count") {
        return row[column].to_string();
    }
    let words = match column {
        "as_at" | "known_at" => &report[column],
        "financial_year" | "provider_status" | "theme" | "category" => &row[column],
        _ => {
            let (record, part) = column.rsplit_once('_').unwrap();
            &row[record][if ["name", "title"].contains(&part) { "name" } else { "code" }]
        }
    };
    let words = words.as_str().unwrap_or_default();
    if words.starts_with(['=', '+', '-', '@']) { format!("'{words}") } else { words.to_owned() }
}

/// Asks for the allocations as JSON and, of the same day and moment, as CSV; the references of the awards that both list.
#[track_caller]
pub fn same_in_csv(who: &Client, query: &str) -> Vec<String> {
    let report = who.get(&format!("/v1/reports/allocations?{query}")).must(200).body;
    let text = |name: &str| report[name].as_str().unwrap();
    let settled = ["as_at", "known_at"].into_iter().filter(|name| !query.contains(&format!("{name}=")));
    let settled: String = settled.map(|name| format!("&{name}={}", text(name))).collect();
    let answer = who.get(&format!("/v1/reports/allocations?{query}{settled}&format=csv")).must(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"), "{query}");
    let name = format!("attachment; filename=\"allocations-{}.csv\"", text("as_at"));
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()), "{query}");
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let table: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let rows = report["rows"].as_array().unwrap();
    let wanted: Vec<Vec<String>> = rows.iter().map(|row| columns.iter().map(|column| cell(&report, row, column)).collect()).collect();
    assert_eq!(table, wanted, "{query}");
    rows.iter().filter_map(|row| row["award"]["code"].as_str().map(str::to_owned)).collect()
}

/// An award and its part, one of both budget lines, and one of three years with the award that goes on with it. In the order in which awards are listed, none of
/// them is read together with what belongs to it: drafts stand between them. The moment before the last was made is answered.
fn apart(scene: &Scene) -> String {
    let profile = json!([{ "quarter": "2020-21-Q1", "amount_pence": 90_000 }, { "quarter": "2020-21-Q3", "amount_pence": 90_000 }]);
    let whole = scene.live(180_000, json!({ "profile": profile, "theme": "=Homes" })).id();
    let years = [("2020-21", 300_000), ("2021-22", 310_000), ("2022-23", 320_000)];
    let years: Value = years.iter().map(|(year, pence)| json!({ "financial_year": year, "amount_pence": pence })).collect();
    let first = scene.live(300_000, json!({ "ends_on": "2023-03-31", "annual_amounts": years })).id();
    scene.draft(1_000, json!({}));
    let own = part(scene, &whole);
    let line = |place: usize, pence: i64| json!({ "budget_line_id": scene.lines[place], "amount_pence": pence });
    let areas = [&scene.area, &scene.other_area];
    let two = json!({ "tranche_id": null, "area_ids": areas, "split": [line(0, 100_000), line(1, 50_001)], "category": "small" });
    let two = scene.live(150_001, two).id();
    scene.draft(5_000, json!({ "tranche_id": null, "split": [line(1, 5_000)] }));
    let spent = |pence: i64| json!({ "narrative": "All went well.", "spend": spend(pence) });
    accepted(scene, &own, "2020-21-Q1", &spent(30_000));
    accepted(scene, &own, "2020-21-Q2", &spent(7_000));
    accepted(scene, &two, "2020-21-Q1", &spent(20_003));
    let before = scene.finance.get("/v1/reports/allocations").must(200).body["known_at"].as_str().unwrap().to_owned();
    accepted(scene, &whole, "2020-21-Q1", &spent(50_000));
    let period = next_period(scene, "2021-22", 1_000_000);
    let next = scene.commissioner.post(&format!("/v1/awards/{first}/next-year"), &json!({ "fund_period_id": period })).must(201);
    let offer = json!({ "offered_on": "2021-04-01" });
    scene.commissioner.change(&format!("/v1/awards/{}/offer", next.id()), next.tag(), &offer).must(200);
    before
}

on_both! {
    fn a_table_of_awards_says_what_the_report_says(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        assert_eq!(same_in_csv(&scene.finance, "group_by=award&as_at=2021-04-30"), Vec::<String>::new(), "budgets alone");
        let before = apart(&scene);
        let listed = same_in_csv(&scene.finance, "group_by=award");
        assert_eq!(listed, ["CIF-2020-21-0002", "CIF-2020-21-T1-0001", "CIF-2020-21-T1-0002", "CIF-2021-22-0001"]);
        assert_eq!(same_in_csv(&scene.finance, &format!("group_by=award&known_at={before}")), listed[..3]);
        // What the part and the whole spent, and what the next award took over, is there to be found.
        let report = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        let of = |name: &str| report.body["rows"].as_array().unwrap().iter().map(|row| row[name].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(of("reported_spend_pence"), [20_003, 57_000, 0, 0, 0]);
        assert_eq!(of("forward_commitments_pence"), [0, 0, 0, 320_000, 0]);
        for as_at in ["", "&as_at=2020-03-31", "&as_at=2020-07-15", "&as_at=2020-08-01", "&as_at=2021-04-30"] {
            for query in [
                "group_by=award",
                "group_by=award&group_by=source&group_by=area&group_by=provider_status",
                "group_by=award&group_by=theme&group_by=tranche&group_by=financial_year&fund=CIF",
                "group_by=award&source=main-grant",
                "group_by=award&area=dudley&category=small",
                // Not listed by award, so made as a whole.
                "group_by=category&group_by=award",
            ] {
                same_in_csv(&scene.finance, &format!("{query}{as_at}"));
            }
        }
    }

    fn a_table_of_awards_is_refused_before_it_begins_and_not_made_twice(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        for _ in 0..5 {
            scene.draft(1_000, json!({}));
        }
        let path = "/v1/reports/allocations?group_by=award&format=csv&as_at=2021-03-31";
        let refused = scene.finance.get(&format!("{path}&fund=XYZ&theme=none")).must(422);
        assert_eq!(refused.faults(), ["query:fund unknown_record", "query:theme unknown_record"]);
        assert_eq!(scene.finance.get(&format!("{path}&known_at=2090-01-01T00:00:00Z")).must(422).faults(), ["query:known_at too_late"]);
        scene.author.get(path).must(403);
        let answer = scene.finance.get(path).must(200);
        assert_eq!(answer.text.lines().count(), 2, "{}", answer.text);
        let known = || scene.finance.request(reqwest::Method::GET, path).header("If-None-Match", answer.tag());
        let again = scene.finance.send(known()).must(304);
        assert_eq!((again.text.as_str(), again.tag()), ("", answer.tag()));
        scene.draft(1_000, json!({}));
        let fresh = scene.finance.send(known()).must(200);
        assert_ne!(fresh.tag(), answer.tag());
    }
}
