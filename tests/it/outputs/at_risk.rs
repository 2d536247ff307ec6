//! Budgets that were promised before they were confirmed.

use super::{ask, by, item, offices, rows};

#[test]
fn o14_the_budget_of_the_violence_reduction_unit() {
    for office in offices() {
        let summary =
            ask(&office, "/v1/reports/fund-summary?fund=VRU&financial_year=2020-21&as_at=2021-03-31&known_at=2021-09-30T12:00:00Z");
        assert_eq!(by(&summary, "fund", "budgeted_pence"), [("VRU", 330_700_000)]);
        assert_eq!(summary["ledger_check"]["balanced"], true);
        // What was spent on activities that directly prevent is printed as a share alone: there is no spend to work it out from.
        let printed = ask(&office, "/v1/reports/indicators?fund=VRU&origin=printed&as_at=2021-03-31&known_at=2021-09-30T12:00:00Z");
        let shares: Vec<_> = rows(&printed).iter().filter(|row| row["indicator"]["unit"] == "percent").collect();
        assert_eq!((shares.len(), &shares[0]["value"], &shares[0]["denominator"]), (1, &70.into(), &serde_json::Value::Null));
        let spent = ask(&office, "/v1/reports/expenditure?fund=VRU&as_at=2021-03-31&known_at=2021-09-30T12:00:00Z");
        assert_eq!(spent["returned"]["direct_activity_percent"], serde_json::Value::Null);
    }
}

#[test]
fn o28_three_of_four_check_points_and_what_is_promised_on_them() {
    for office in offices() {
        let bids = ask(&office, "/v1/bids?limit=200");
        let bid = item(&bids, "title", "VRU grant application 2020-21");
        let passed: Vec<bool> = bid["gates"].as_array().unwrap().iter().map(|gate| gate["passed"].as_bool().unwrap()).collect();
        assert_eq!((bid["progress"].as_str(), passed), (Some("3 of 4"), vec![true, true, true, false]));
        let report = ask(&office, "/v1/reports/at-risk?fund=VRU&as_at=2020-05-31&known_at=2020-05-31T12:00:00Z");
        assert_eq!(by(&report, "fund", "approved_pence"), [("VRU", 337_000_000)]);
        let row = &rows(&report)[0];
        assert_eq!((&row["is_confirmed"], &row["until"], &row["used_pence"]), (&false.into(), &serde_json::Value::Null, &0.into()));
        assert_eq!(report["ledger_check"]["balanced"], true);
    }
}
