//! Reports of the office grouped as asked: groups come to the whole, and without groups a report is as it was.

use serde_json::Value;

use super::{YEAR_END, ask, offices, rows};

/// What is under `names` in all rows together; nothing where a row tells nothing.
fn sums(rows: &[Value], names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| rows.iter().map(|row| row[*name].as_i64().unwrap_or_default()).sum()).collect()
}

fn told(of: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| of[*name].as_i64().unwrap_or_default()).collect()
}

fn group_by(words: &[&str]) -> String {
    words.iter().map(|word| format!("&group_by={word}")).collect()
}

const OF_BUDGETS: [&str; 15] = [
    "budgeted_pence",
    "at_risk_pence",
    "earmarked_pence",
    "allocated_pence",
    "offered_pence",
    "committed_pence",
    "shortfall_pence",
    "forward_commitments_pence",
    "paid_pence",
    "recovered_pence",
    "released_pence",
    "reported_spend_pence",
    "forecast_pence",
    "uncommitted_pence",
    "unallocated_pence",
];

#[test]
fn funds_put_together_come_to_all_funds() {
    for office in offices() {
        let each = ask(&office, &format!("/v1/reports/fund-summary?{YEAR_END}"));
        let available: i64 = sums(rows(&each), &["available_pence"])[0];
        assert!(each["totals"]["committed_pence"].as_i64().unwrap() > 0 && each["group_by"] == serde_json::json!([]), "{each}");
        assert!(rows(&each).iter().all(|row| row.get("source").is_none()));
        for by in [&["fund"][..], &["financial_year"], &["source"], &["financial_year", "fund", "source"], &["source", "source"]] {
            let grouped = ask(&office, &format!("/v1/reports/fund-summary?{YEAR_END}{}", group_by(by)));
            assert_eq!(grouped["totals"], each["totals"], "{by:?}");
            assert_eq!(sums(rows(&grouped), &OF_BUDGETS), told(&each["totals"], &OF_BUDGETS), "{by:?}");
            assert_eq!(sums(rows(&grouped), &["available_pence"]), [available], "{by:?}");
            assert!(
                rows(&grouped).iter().all(|row| row["fund_period_id"].is_null() && row["fund"].is_null() != by.contains(&"fund")),
                "{by:?}"
            );
        }
        let by_year = ask(&office, &format!("/v1/reports/fund-summary?{YEAR_END}&group_by=financial_year"));
        let of_year = |one: &Value, year: &str| rows(one).iter().filter(|row| row["financial_year"] == year).cloned().collect::<Vec<_>>();
        assert_eq!(sums(&of_year(&by_year, "2020-21"), &OF_BUDGETS), sums(&of_year(&each, "2020-21"), &OF_BUDGETS));
        assert_eq!(of_year(&by_year, "2020-21").len(), 1);
    }
}

#[test]
fn one_source_is_one_row_of_all_sources() {
    for office in offices() {
        let by_source = ask(&office, &format!("/v1/reports/fund-summary?{YEAR_END}&group_by=source"));
        let row = rows(&by_source).iter().find(|row| row["committed_pence"].as_i64() > Some(0) && !row["source"].is_null()).unwrap();
        let code = row["source"]["code"].as_str().unwrap();
        let of_source = ask(&office, &format!("/v1/reports/fund-summary?{YEAR_END}&source={code}"));
        assert_eq!(told(&of_source["totals"], &OF_BUDGETS), told(row, &OF_BUDGETS), "{code}");
        assert_eq!(sums(rows(&of_source), &OF_BUDGETS), told(row, &OF_BUDGETS), "{code}");
        assert!(rows(&of_source).iter().all(|row| row["fund_period_id"].is_string()));
        assert_eq!(of_source["control_totals"], serde_json::json!([]), "a printed total is of all sources");
        let allocated = ask(&office, &format!("/v1/reports/allocations?{YEAR_END}&group_by=source&source={code}"));
        assert_eq!(allocated["totals"], of_source["totals"]);
    }
}

#[test]
fn tranches_put_together_come_to_all_tranches() {
    const MONEY: [&str; 8] = [
        "planned_pence",
        "allocated_pence",
        "remaining_pence",
        "offered_pence",
        "awarded_pence",
        "paid_pence",
        "award_count",
        "recorded_project_count",
    ];
    for office in offices() {
        let each = ask(&office, &format!("/v1/reports/tranche-summary?{YEAR_END}"));
        let unknown = rows(&each).iter().filter(|row| row["planned_pence"].is_null()).count();
        for by in [&["fund"][..], &["financial_year"], &["state"], &["state", "fund"]] {
            let grouped = ask(&office, &format!("/v1/reports/tranche-summary?{YEAR_END}{}", group_by(by)));
            assert_eq!(sums(rows(&grouped), &MONEY), sums(rows(&each), &MONEY), "{by:?}");
            let counts = sums(rows(&grouped), &["tranche_count", "unknown_planned_count"]);
            assert_eq!(counts, [rows(&each).len(), unknown].map(|count| i64::try_from(count).unwrap()), "{by:?}");
            assert_eq!(grouped["to_date"], each["to_date"]);
        }
        // An organisation with awards out of several rounds counts once.
        let of_fund = ask(&office, &format!("/v1/reports/tranche-summary?fund=CIF&state=completed&{YEAR_END}&group_by=fund"));
        let [row] = rows(&of_fund).as_slice() else { panic!("{of_fund}") };
        assert_eq!(row["provider_count"], of_fund["to_date"][0]["provider_count"]);
        assert_eq!(
            (&row["awarded_pence"], &row["tranche"], &row["state"]),
            (&of_fund["to_date"][0]["awarded_pence"], &Value::Null, &Value::Null)
        );
    }
}

#[test]
fn printed_spend_is_told_apart_by_what_it_belongs_to_and_never_added_over_series() {
    let all = ["fund", "programme", "period", "category", "source", "tranche", "provider", "theme", "award_category", "area", "award"];
    for office in offices() {
        let each = ask(&office, &format!("/v1/reports/expenditure?{YEAR_END}"));
        assert!(each["series"][0]["amount_pence"].as_i64().unwrap() > 0, "{each}");
        for by in all.iter().map(|one| vec![*one]).chain([vec!["provider", "period"], all.to_vec()]) {
            let grouped = ask(&office, &format!("/v1/reports/expenditure?{YEAR_END}{}", group_by(&by)));
            for part in ["returned", "series"] {
                assert_eq!(grouped[part], each[part], "{by:?}");
            }
            for series in each["series"].as_array().unwrap() {
                let own: Vec<Value> = rows(&grouped).iter().filter(|row| row["series"] == series["series"]).cloned().collect();
                assert_eq!(sums(&own, &["amount_pence", "figure_count"]), told(series, &["amount_pence", "figure_count"]), "{by:?}");
                assert!(by.contains(&"period") || own.len() == 1, "{by:?}: {grouped}");
            }
        }
        let of_provider = ask(&office, &format!("/v1/reports/expenditure?{YEAR_END}&category=staff"));
        assert_eq!((&of_provider["series"], rows(&of_provider).len()), (&serde_json::json!([]), 0), "a printed figure has no category");
    }
}

#[test]
fn covered_places_put_together_are_all_places() {
    for office in offices() {
        let each = ask(&office, &format!("/v1/reports/coverage?{YEAR_END}"));
        let count = |name: &str, is: Value| i64::try_from(rows(&each).iter().filter(|row| row[name] == is).count()).unwrap();
        let all = i64::try_from(rows(&each).len()).unwrap();
        let expected = [
            all,
            count("cover", "whole".into()),
            count("cover", "part".into()),
            count("is_meant_for", true.into()),
            count("is_gap", true.into()),
        ];
        assert!(expected[1] > 0 && expected[4] > 0, "{expected:?}");
        for by in [&["programme"][..], &["area"], &["area", "programme"]] {
            let grouped = ask(&office, &format!("/v1/reports/coverage?{YEAR_END}{}", group_by(by)));
            let names = ["place_count", "covered_count", "part_count", "meant_for_count", "gap_count"];
            assert_eq!(sums(rows(&grouped), &names), expected, "{by:?}");
            assert_eq!(grouped["programmes"], each["programmes"]);
        }
        let by_programme = ask(&office, &format!("/v1/reports/coverage?{YEAR_END}&group_by=programme"));
        for (row, entry) in rows(&by_programme).iter().zip(each["programmes"].as_array().unwrap()) {
            assert_eq!((&row["programme"], &row["covered_count"]), (&entry["programme"], &entry["covered_count"]));
            assert_eq!(row["providers"].as_array().unwrap().len(), usize::try_from(entry["provider_count"].as_i64().unwrap()).unwrap());
        }
    }
}

/// The first line of a report as CSV.
fn columns(office: &crate::support::Client, path: &str) -> String {
    office.get(path).must(200).text.lines().next().unwrap().to_owned()
}

#[test]
fn a_table_has_more_columns_where_it_is_grouped_and_only_there() {
    for office in offices() {
        for (report, by, more) in [
            ("fund-summary", "source", "source_code,source_name"),
            ("tranche-summary", "state", "tranche_count,unknown_planned_count"),
            (
                "expenditure",
                "provider",
                "source_code,source_name,tranche_reference,tranche_name,provider_reference,provider_name,theme,award_category,area_code,area_name,award_reference,award_title,figure_count",
            ),
            ("coverage", "area", "place_count,covered_count,part_count,meant_for_count,gap_count"),
        ] {
            let plain = columns(&office, &format!("/v1/reports/{report}?format=csv&{YEAR_END}"));
            let grouped = office.get(&format!("/v1/reports/{report}?format=csv&{YEAR_END}&group_by={by}")).must(200).text;
            let own = plain.strip_suffix(",as_at,known_at").unwrap();
            assert!(!plain.contains("group") && !own.ends_with(more), "{plain}");
            assert_eq!(grouped.lines().next().unwrap(), format!("{own},{more},as_at,known_at"));
            let json = ask(&office, &format!("/v1/reports/{report}?{YEAR_END}&group_by={by}"));
            assert_eq!((grouped.lines().count(), &json["group_by"]), (rows(&json).len() + 1, &serde_json::json!([by])));
        }
    }
}
