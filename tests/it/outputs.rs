//! The figures that the West Midlands office printed for 2020/21, out of the running service: each case is one output of the papers.

mod at_risk;
mod counted;
mod grouped;

use std::sync::OnceLock;

use almoner::access::permissions::Role;
use serde_json::Value;

use crate::reports::by_award::same_in_csv;
use crate::support::{App, Backend, Client};

/// The year's end, when the annual report looks back.
const YEAR_END: &str = "as_at=2021-03-31";

/// A service with the example office, on each engine of this machine. The cases only read, so they share them.
fn offices() -> Vec<Client> {
    static SQLITE: OnceLock<Option<App>> = OnceLock::new();
    static POSTGRES: OnceLock<Option<App>> = OnceLock::new();
    let kept = [(&SQLITE, Backend::Sqlite), (&POSTGRES, Backend::Postgres)];
    let apps = kept.into_iter().filter_map(|(office, backend)| office.get_or_init(|| App::with_example(backend)).as_ref());
    apps.map(|app| app.office(&[Role::Finance])).collect()
}

/// The body of an answer.
#[track_caller]
fn ask(office: &Client, path: &str) -> Value {
    office.get(path).must(200).body
}

fn rows(body: &Value) -> &Vec<Value> {
    body["rows"].as_array().unwrap()
}

/// What stands under `name` in each row, beside the row's own name.
fn by<'a>(body: &'a Value, dimension: &str, name: &str) -> Vec<(&'a str, i64)> {
    let label = |row: &'a Value| row[dimension]["code"].as_str().or(row[dimension].as_str()).unwrap_or("");
    rows(body).iter().map(|row| (label(row), row[name].as_i64().unwrap_or_default())).collect()
}

fn item<'a>(list: &'a Value, name: &str, is: &str) -> &'a Value {
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item[name] == is).unwrap_or_else(|| panic!("no {is} in {list}"))
}

fn control_total<'a>(body: &'a Value, reference: &str) -> &'a Value {
    let totals = body["control_totals"].as_array().or(body["rows"].as_array()).unwrap();
    totals.iter().find(|total| total["reference"] == reference).unwrap_or_else(|| panic!("no {reference} in {body}"))
}

/// Printed, computed, difference.
fn held(total: &Value) -> [i64; 3] {
    ["printed", "computed", "difference"].map(|part| {
        let of = |unit: &str| total[format!("{part}_{unit}")].as_i64();
        of("pence").or(of("value")).unwrap()
    })
}

/// The numbers behind a name in a text.
fn printed(text: &str, name: &str) -> Vec<i64> {
    let behind = format!("\"{name}\":");
    text.split(&behind).skip(1).map(|rest| rest.split(|one: char| !one.is_ascii_digit()).next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_tour_of_the_readme_prints_what_is_answered() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    // Each question with what stands after it up to the next one.
    let steps: Vec<(&str, &str)> = readme.split("'http://127.0.0.1:8080").skip(1).filter_map(|rest| rest.split_once('\'')).collect();
    let asked = |start: &str| steps.iter().copied().filter(|(path, _)| path.starts_with(start)).collect::<Vec<_>>();
    for office in offices() {
        let (path, said) = asked("/v1/reports/allocations?")[0];
        let report = ask(&office, path);
        let categories = by(&report, "category", "committed_pence");
        let mut committed = vec![report["totals"]["committed_pence"].as_i64().unwrap()];
        for name in said.split("\"category\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            committed.push(categories.iter().find(|(category, _)| *category == name).unwrap_or_else(|| panic!("no {name} in {report}")).1);
        }
        assert_eq!((committed.len(), printed(said, "committed_pence")), (4, committed));
        assert_eq!(printed(said, "transfers"), [report["ledger_check"]["transfers"].as_i64().unwrap()]);
        let total = held(control_total(&report, "moj-16"));
        assert_eq!(["printed_pence", "computed_pence", "difference_pence"].map(|name| printed(said, name)), total.map(|one| vec![one]));
        assert_eq!(total[2], 29);

        let budgets = asked("/v1/reports/fund-summary?");
        assert_eq!(budgets.len(), 2, "as known then and as known now");
        for (path, said) in budgets {
            let summary = ask(&office, path);
            for name in ["budgeted_pence", "at_risk_pence"] {
                let sum: i64 = by(&summary, "fund", name).iter().map(|(_, pence)| pence).sum();
                assert_eq!(printed(said, name), [sum], "{name} of {path}");
            }
        }
        let (path, said) = asked("/v1/providers?")[0];
        let found = ask(&office, path);
        let name = found["items"][0]["name"].as_str().unwrap();
        assert!(said.contains(&format!("\"name\":\"{name}\"")), "{name} is not what the README found");
    }
}

#[test]
fn o01_three_tranches_of_the_community_initiative_fund() {
    for office in offices() {
        let summary = ask(&office, "/v1/reports/tranche-summary?fund=CIF&as_at=2020-11-30&known_at=2020-11-30T23:59:59Z");
        let to_date = &summary["to_date"][0];
        assert_eq!((&to_date["tranche_count"], &to_date["project_count"]), (&3.into(), &92.into()));
        assert_eq!(to_date["awarded_pence"], 31_300_000);
        assert_eq!(to_date["illustrative_count"], 92, "who had how much is not printed, and is shown as such");
    }
}

#[test]
fn o02_the_next_tranche() {
    for office in offices() {
        let summary = ask(&office, "/v1/reports/tranche-summary?fund=CIF&as_at=2020-11-30&known_at=2020-11-30T23:59:59Z");
        let next = &summary["to_date"][0]["next"];
        assert_eq!((&next["tranche"]["code"], &next["planned_pence"]), (&"CIF-2020-21-T4".into(), &5_700_000.into()));
        assert!(next["decision_on"].as_str().unwrap().starts_with("2021-01"));
    }
}

#[test]
fn o03_organisations_at_the_end_of_the_year() {
    for office in offices() {
        let summary = ask(&office, &format!("/v1/reports/tranche-summary?fund=CIF&{YEAR_END}"));
        let to_date = &summary["to_date"][0];
        assert_eq!((&to_date["provider_count"], &to_date["awarded_pence"]), (&146.into(), &46_658_400.into()));
    }
}

#[test]
fn o04_active_citizens() {
    for office in offices() {
        let summary = ask(&office, &format!("/v1/reports/fund-summary?fund=ACF&{YEAR_END}"));
        assert_eq!((&summary["totals"]["project_count"], &summary["totals"]["committed_pence"]), (&589.into(), &270_000_000.into()));
    }
}

#[test]
fn o05_sixteen_ministry_of_justice_allocations() {
    for office in offices() {
        let by_award = ask(&office, &format!("/v1/reports/allocations?tranche=MEC-2020-21-T1&group_by=award&{YEAR_END}"));
        let listed = by(&by_award, "award", "committed_pence");
        let references: Vec<String> = (1..=16).map(|number| format!("MEC-2020-21-T1-{number:04}")).collect();
        let given: Vec<&(&str, i64)> = listed.iter().filter(|(_, pence)| *pence > 0).collect();
        assert_eq!(given.iter().map(|(reference, _)| (*reference).to_owned()).collect::<Vec<_>>(), references, "in printed order");
        assert_eq!(given[0].1, 8_052_842);
        assert_eq!(by_award["totals"]["committed_pence"], 73_881_082);
        assert_eq!(held(control_total(&by_award, "moj-16")), [73_881_053, 73_881_082, 29]);
        assert_eq!(control_total(&by_award, "moj-16")["agrees"], false);

        let by_category = ask(&office, &format!("/v1/reports/allocations?tranche=MEC-2020-21-T1&group_by=category&{YEAR_END}"));
        let listed = by(&by_category, "category", "committed_pence");
        for sum in [("Sexual Violence", 24_611_119), ("DA PCC commissioned", 42_535_063), ("DA PCC non-commissioned", 6_734_900)] {
            assert!(listed.contains(&sum), "{sum:?} in {listed:?}");
        }
    }
}

#[test]
fn o06_four_budgets_as_known_then_and_as_restated() {
    for office in offices() {
        let four = |known_at: &str| {
            let summary = ask(&office, &format!("/v1/reports/fund-summary?financial_year=2020-21&{YEAR_END}&known_at={known_at}"));
            let of = |name| by(&summary, "fund", name).into_iter().filter(|(fund, _)| ["VRU", "VF", "CSB", "EC"].contains(fund));
            (of("budgeted_pence").map(|(_, pence)| pence).sum::<i64>(), of("at_risk_pence").map(|(_, pence)| pence).sum::<i64>())
        };
        assert_eq!(four("2020-05-31T12:00:00Z"), (1_300_995_700, 337_000_000));
        assert_eq!(four("2021-09-30T12:00:00Z"), (1_294_695_700, 0));
        let totals = ask(&office, &format!("/v1/control-totals?{YEAR_END}"));
        assert_eq!(held(control_total(&totals, "budgets-2020-21")), [1_200_000_000, 1_300_995_700, 100_995_700]);
        assert_eq!(held(control_total(&totals, "budgets-2020-21-vru-alt")), [1_200_000_000, 1_294_695_700, 94_695_700]);
        assert_eq!(control_total(&totals, "budgets-2020-21")["agrees"], true, "over £12 million was printed, and it is over");
    }
}

#[test]
fn o07_the_accountable_budgets_of_all_funds() {
    for office in offices() {
        // The text names five funds with a budget of their own; the bids for Safer Streets move no money of the office (R25).
        let named = ["VRU", "VF", "CSB", "EC", "CIF"];
        let funds: String = named.iter().map(|fund| format!("&fund={fund}")).collect();
        let known = "as_at=2020-11-30&known_at=2020-11-30T23:59:59Z";
        let summary = ask(&office, &format!("/v1/reports/fund-summary?financial_year=2020-21&group_by=financial_year{funds}&{known}"));
        assert_eq!(by(&summary, "financial_year", "budgeted_pence"), [("2020-21", 1_337_995_700)]);
        assert_eq!(summary["totals"]["budgeted_pence"], 1_337_995_700);
        assert_eq!(summary["ledger_check"]["balanced"], true);
        // £18 million is printed, and the papers do not say what the rest of it is: the difference is shown, not filled.
        let totals = ask(&office, &format!("/v1/control-totals?{known}"));
        let total = control_total(&totals, "accountable-2020-21");
        assert_eq!((held(total), &total["agrees"]), ([1_800_000_000, 1_337_995_700, -462_004_300], &Value::Bool(false)));
    }
}

#[test]
fn o08_new_chance_in_all_seven_boroughs() {
    for office in offices() {
        let money = ask(&office, &format!("/v1/reports/allocations?programme=NEW-CHANCE&financial_year=2020-21&{YEAR_END}"));
        assert_eq!((&money["totals"]["committed_pence"], &money["totals"]["award_count"]), (&27_000_000.into(), &1.into()));
        let coverage = ask(&office, &format!("/v1/reports/coverage?programme=NEW-CHANCE&financial_year=2020-21&{YEAR_END}"));
        let programme = &coverage["programmes"][0];
        assert_eq!((&programme["area_count"], &programme["covered_count"]), (&7.into(), &7.into()));
        assert_eq!(programme["gaps"], serde_json::json!([]));
    }
}

#[test]
fn o09_who_runs_new_chance_where() {
    for office in offices() {
        let coverage = ask(&office, &format!("/v1/reports/coverage?programme=NEW-CHANCE&financial_year=2020-21&{YEAR_END}"));
        let mut found: Vec<(&str, &str)> = rows(&coverage)
            .iter()
            .map(|row| (row["area"]["code"].as_str().unwrap(), row["providers"][0]["code"].as_str().unwrap()))
            .collect();
        found.sort_unstable();
        let expected = [
            ("birmingham", "ANAWIM"),
            ("coventry", "ACCORD"),
            ("dudley", "BCWA"),
            ("sandwell", "BCWA"),
            ("solihull", "ACCORD"),
            ("walsall", "CHANGING-LIVES"),
            ("wolverhampton", "CHANGING-LIVES"),
        ];
        assert_eq!(found, expected);
    }
}

#[test]
fn o10_seven_borough_allocations() {
    for office in offices() {
        let path = format!("/v1/reports/allocations?fund=CSB&financial_year=2016-22&group_by=area&{YEAR_END}");
        let report = ask(&office, &path);
        let mut given = by(&report, "area", "committed_pence");
        given.retain(|(_, pence)| *pence > 0);
        let expected = [
            ("birmingham", 849_351_100),
            ("coventry", 190_704_000),
            ("dudley", 152_531_600),
            ("sandwell", 174_656_900),
            ("solihull", 96_437_200),
            ("walsall", 172_207_200),
            ("wolverhampton", 174_857_600),
        ];
        assert_eq!(given, expected);
        assert_eq!(held(control_total(&report, "csp-2016-22")), [1_810_745_600, 1_810_745_600, 0]);
    }
}

#[test]
fn o11_victims_supported_and_money_spent_by_year() {
    for office in offices() {
        let spent = ask(&office, &format!("/v1/reports/expenditure?series=victims-expenditure&{YEAR_END}"));
        let years = [
            ("2016-17", 331_935_500),
            ("2017-18", 332_155_700),
            ("2018-19", 332_980_700),
            ("2019-20", 334_660_800),
            ("2020-21", 448_580_200),
        ];
        assert_eq!(by(&spent, "period", "amount_pence"), years);

        let counted = ask(&office, &format!("/v1/reports/indicators?origin=printed&group_by=period&{YEAR_END}"));
        let supported: Vec<&Value> = rows(&counted).iter().filter(|row| row["indicator"]["name"] == "Victims supported").collect();
        let values: Vec<(&str, i64)> =
            supported.iter().map(|row| (row["period"].as_str().unwrap_or(""), row["value"].as_i64().unwrap())).collect();
        assert_eq!(values, [("2016-17", 50_444), ("2017-18", 28_522), ("2018-19", 38_244), ("2019-20", 36_641), ("2020-21", 30_000)]);
        assert_eq!(supported[4]["figure_status"], "midterm");
        assert_eq!(held(control_total(&counted, "victims-supported")), [183_851, 183_851, 0]);
        let together = ask(&office, &format!("/v1/reports/indicators?origin=printed&{YEAR_END}"));
        let all = rows(&together).iter().find(|row| row["indicator"]["name"] == "Victims supported").unwrap();
        assert!(!all["warnings"].as_array().unwrap().is_empty(), "referrals and people supported are not the same count: {all}");
    }
}

#[test]
fn o12_victim_services_over_five_years() {
    for office in offices() {
        let spent = ask(&office, &format!("/v1/reports/expenditure?series=victims-expenditure&{YEAR_END}"));
        assert_eq!(spent["series"][0]["amount_pence"], 1_780_312_900);
        assert_eq!(held(control_total(&spent, "victims-expenditure")), [1_780_312_964, 1_780_312_900, -64]);
        assert_eq!(held(control_total(&spent, "victims-expenditure-text")), [1_780_312_900, 1_780_312_900, 0]);
    }
}

#[test]
fn o13_extraordinary_money_to_commissioned_services_and_others() {
    for office in offices() {
        let report = ask(&office, &format!("/v1/reports/allocations?fund=MEC&group_by=provider_status&{YEAR_END}"));
        assert_eq!(report["totals"]["committed_pence"], 91_106_564);
        let by_status = by(&report, "provider_status", "committed_pence");
        for group in [("commissioned", 50_587_905), ("non_commissioned", 6_734_900)] {
            assert!(by_status.contains(&group), "{group:?} in {by_status:?}");
        }
        assert_eq!(by_status.iter().map(|(_, pence)| pence).sum::<i64>(), 91_106_564, "no group is counted twice or left out");
        // As the papers group them: the sexual violence rows do not say whether they are commissioned, and one part is not named.
        let report = ask(&office, &format!("/v1/reports/allocations?fund=MEC&group_by=category&{YEAR_END}"));
        let mut by_category = by(&report, "category", "committed_pence");
        by_category.sort_unstable();
        let expected = [
            ("", 17_225_482),
            ("DA PCC commissioned", 42_535_063),
            ("DA PCC non-commissioned", 6_734_900),
            ("Sexual Violence", 24_611_119),
        ];
        assert_eq!(by_category, expected);
    }
}

#[test]
fn o16_referrals_by_borough() {
    for office in offices() {
        let report = ask(&office, &format!("/v1/reports/indicators?programme=DVPP&group_by=area&{YEAR_END}"));
        let mut boroughs = by(&report, "area", "value");
        boroughs.retain(|(area, _)| !area.is_empty());
        let expected = [
            ("birmingham", 341),
            ("coventry", 48),
            ("dudley", 169),
            ("sandwell", 296),
            ("solihull", 70),
            ("walsall", 81),
            ("wolverhampton", 156),
        ];
        assert_eq!(boroughs, expected);
        assert_eq!(held(control_total(&report, "dvpp-la")), [1_161, 1_161, 0]);
        let together = ask(&office, &format!("/v1/reports/indicators?programme=DVPP&{YEAR_END}"));
        let referrals = rows(&together).iter().find(|row| row["indicator"]["name"] == "Referrals to My Time").unwrap();
        assert_eq!((&referrals["value"], &referrals["reported_count"]), (&1_161.into(), &7.into()));
    }
}

#[test]
fn o23_contributions_to_the_marac_team_by_year() {
    for office in offices() {
        let report = ask(&office, &format!("/v1/reports/allocations?programme=MARAC-TEAM&group_by=financial_year&{YEAR_END}"));
        let mut given: Vec<(&str, i64)> = by(&report, "financial_year", "committed_pence");
        given.retain(|(_, pence)| *pence > 0);
        assert_eq!(given, [("2019-20", 27_259_400), ("2020-21", 31_376_500)]);
    }
}

#[test]
fn o24_coventrys_bid_succeeded() {
    for office in offices() {
        let bids = ask(&office, "/v1/bids?state=successful&limit=200");
        let coventry = item(&bids, "title", "Safer Streets round one Coventry");
        assert_eq!((&coventry["awarded_pence"], &coventry["round"]), (&55_000_000.into(), &1.into()));
        assert_eq!(coventry["opcc_role"], "supporter");
        assert_eq!(coventry["areas"][0]["code"], "coventry");
        let second = ask(&office, "/v1/bids?state=submitted&limit=200");
        assert_eq!(item(&second, "title", "Safer Streets round two")["requested_pence"], 140_000_000, "what is still hoped for");
        let money = ask(&office, &format!("/v1/reports/fund-summary?fund=SSF&{YEAR_END}"));
        assert_eq!(money["totals"]["committed_pence"], 0, "a bid that the office supports moves none of its money (R25)");
    }
}

#[test]
fn o29_increases_of_new_chance() {
    for office in offices() {
        let awards = ask(&office, "/v1/awards?search=New%20Chance&limit=200");
        let whole = awards["items"].as_array().unwrap().iter().find(|award| award["component_of"].is_null()).unwrap();
        let variations = ask(&office, &format!("/v1/awards/{}/variations", whole["id"].as_str().unwrap()));
        let of = |group: &str| -> (i64, i64, i64) {
            let one = variations["items"].as_array().unwrap().iter().find(|one| one["change"]["group"] == group).unwrap();
            let pence = |value: &Value| value.as_i64().unwrap();
            (pence(&one["before"]["amount_pence"]), pence(&one["change"]["value"]["change_pence"]), pence(&one["after"]["amount_pence"]))
        };
        assert_eq!(of("existing boroughs"), (10_000_000, 8_000_000, 18_000_000));
        assert_eq!(of("new boroughs"), (18_000_000, 9_000_000, 27_000_000));
        assert_eq!(whole["amount_pence"], 27_000_000);
        // The same across all awards, with the new total of each group.
        let groups = ask(&office, "/v1/variation-groups");
        let told = |group: &str| {
            ["base_pence", "change_pence", "pending_pence", "total_pence"].map(|name| item(&groups, "group", group)[name].as_i64().unwrap())
        };
        assert_eq!(told("existing boroughs"), [10_000_000, 8_000_000, 0, 18_000_000]);
        assert_eq!(told("new boroughs"), [18_000_000, 9_000_000, 0, 27_000_000]);
    }
}

#[test]
fn o30_a_hate_crime_service_out_of_the_next_years_victims_fund() {
    for office in offices() {
        let summary = ask(&office, "/v1/reports/fund-summary?fund=VF&financial_year=2021-22&as_at=2021-04-01");
        let year = &rows(&summary)[0];
        assert_eq!((&year["budgeted_pence"], &year["earmarked_pence"]), (&340_000_000.into(), &20_000_000.into()));
        assert_eq!(year["unallocated_pence"], 320_000_000, "what remains for other services");
        let period = year["fund_period_id"].as_str().unwrap();
        let earmarks = ask(&office, &format!("/v1/fund-periods/{period}/earmarks"));
        let earmark = item(&earmarks, "name", "Hate crime support service");
        assert_eq!(earmark["amount_pence"], 20_000_000);
    }
}

#[test]
fn o31_the_early_intervention_youth_fund_over_two_years() {
    for office in offices() {
        let summary = ask(&office, &format!("/v1/reports/fund-summary?fund=EYIF&{YEAR_END}"));
        let period = &rows(&summary)[0];
        assert_eq!((&period["financial_year"], &period["budgeted_pence"]), (&"2018-20".into(), &130_000_000.into()));
    }
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    for office in offices() {
        let known = "known_at=2021-10-01T00:00:00Z";
        for path in [
            format!("/v1/reports/allocations?group_by=award&{YEAR_END}&{known}"),
            format!("/v1/reports/allocations?group_by=award&{YEAR_END}&{known}&format=csv"),
            format!("/v1/reports/fund-summary?{YEAR_END}&{known}"),
            format!("/v1/reports/tranche-summary?{YEAR_END}&{known}"),
            format!("/v1/reports/expenditure?{YEAR_END}&{known}"),
            format!("/v1/reports/coverage?{YEAR_END}&{known}"),
            format!("/v1/reports/indicators?{YEAR_END}&{known}"),
            format!("/v1/control-totals?{YEAR_END}&{known}"),
        ] {
            let (first, second) = (office.get(&path).must(200), office.get(&path).must(200));
            assert_eq!(first.text, second.text, "{path}");
            assert_eq!(first.tag(), second.tag(), "{path}");
        }
    }
}

#[test]
fn a_table_of_awards_says_what_the_report_says() {
    for office in offices() {
        let listed = same_in_csv(&office, &format!("group_by=award&{YEAR_END}"));
        assert!(listed.len() > 100, "{listed:?}");
        same_in_csv(&office, "group_by=award&group_by=source&group_by=area&as_at=2020-08-31");
    }
}

#[test]
fn every_row_of_a_total_is_in_exactly_one_group() {
    for office in offices() {
        for group in ["fund", "financial_year", "source", "provider", "provider_status", "programme", "theme", "category", "area", "award"]
        {
            let report = ask(&office, &format!("/v1/reports/allocations?group_by={group}&{YEAR_END}"));
            let sum: i64 = rows(&report).iter().map(|row| row["committed_pence"].as_i64().unwrap_or_default()).sum();
            assert_eq!(report["totals"]["committed_pence"], sum, "by {group}");
            assert_eq!(report["ledger_check"]["balanced"], true);
        }
    }
}

#[test]
fn a_provider_is_found_by_its_initials() {
    for office in offices() {
        let found = ask(&office, "/v1/providers?search=BCWA");
        assert_eq!(found["items"][0]["name"], "Black Country Women's Aid");
    }
}
