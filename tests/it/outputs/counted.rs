//! What the papers print of people, referrals and outcomes. Where they print less than is asked for – no quarters of New Chance, no quarter's
//! report of a programme – the rest is shown on returns of a small office.

use serde_json::{Value, json};

use super::{YEAR_END, ask, offices, rows};
use crate::reports::spend::{counted, indicator, spend};
use crate::returns::accepted;
use crate::support::{Client, Scene};

/// The report on the indicators of a programme at the year's end.
#[track_caller]
fn of_programme(office: &Client, programme: &str, more: &str) -> Value {
    ask(office, &format!("/v1/reports/indicators?programme={programme}&{YEAR_END}{more}"))
}

/// The one row of an indicator.
#[track_caller]
fn row<'a>(report: &'a Value, indicator: &str) -> &'a Value {
    let mut own = rows(report).iter().filter(|row| row["indicator"]["name"] == indicator);
    let row = own.next().unwrap_or_else(|| panic!("no {indicator} in {report}"));
    assert!(own.next().is_none(), "{indicator} has more rows than one");
    row
}

/// The values of indicators, in the order asked for.
#[track_caller]
fn values<const N: usize>(report: &Value, indicators: [&str; N]) -> [Value; N] {
    indicators.map(|name| row(report, name)["value"].clone())
}

#[test]
fn o15_young_people_against_the_target() {
    for office in offices() {
        let youth = of_programme(&office, "GANGS-DIVERSION", "");
        let aces = of_programme(&office, "ACES", "");
        let told =
            |report: &Value, name: &str| ["value", "target", "target_period", "target_percent"].map(|what| row(report, name)[what].clone());
        let diverted = told(&youth, "Young people in targeted diversionary activities");
        assert_eq!(diverted, [json!(11_445), json!(3_400), json!("2018-20"), json!(336.618)]);
        assert_eq!(told(&youth, "Young people in mentoring")[..3], [json!(932), json!(600), json!("2018-20")]);
        assert_eq!(told(&aces, "Practitioners trained in ACEs")[..3], [json!(526), json!(400), json!("2018-20")]);
        let views = row(&aces, "Introduction to ACEs: unique views");
        assert_eq!([&views["value"], &views["qualifier"], &views["target"]], [&json!(17_000), &json!("over"), &Value::Null]);
    }
}

#[test]
fn o17_accepted_referrals_to_drive() {
    for office in offices() {
        let report = of_programme(&office, "DRIVE", "&group_by=period");
        let counted = [
            "Accepted referrals of perpetrators",
            "Victims associated with DRIVE service users",
            "Children and young people associated with DRIVE service users",
        ];
        assert_eq!(values(&report, counted), [json!(395), json!(459), json!(908)]);
        for name in counted {
            let own = row(&report, name);
            assert_eq!([&own["origin"], &own["period"]], [&json!("returned"), &json!("October 2018 to December 2020")]);
            assert_eq!([&own["starts_on"], &own["ends_on"]], [&json!("2018-10-01"), &json!("2020-12-31")]);
        }
        assert_eq!(row(&report, counted[0])["target"], 175, "how many the programme meant to work with");
    }
}

#[test]
fn o18_what_the_returns_of_drive_say_of_abuse() {
    for office in offices() {
        let report = of_programme(&office, "DRIVE", "&group_by=award");
        let reductions = [
            "Reduction in high risk physical abuse",
            "Reduction in high risk sexual abuse",
            "Reduction in high risk stalking and harassment",
            "Reduction in high risk jealousy and coercive control",
        ];
        assert_eq!(values(&report, reductions), [json!(77), json!(80), json!(62), json!(56)]);
        for name in reductions {
            let own = row(&report, name);
            assert_eq!([&own["indicator"]["unit"], &own["indicator"]["kind"]], [&json!("percent"), &json!("outcome")]);
            assert_eq!([&own["origin"], &own["reported_count"]], [&json!("returned"), &json!(1)], "an extract from a return (R75)");
            let award = own["award"]["id"].as_str().unwrap();
            let returns = ask(&office, &format!("/v1/awards/{award}/returns"));
            assert_eq!(returns["items"][0]["period"], "October 2018 to December 2020", "the return that says so");
        }
    }
}

#[test]
fn o19_restorative_justice_by_year_and_up_to_a_day() {
    for office in offices() {
        let report = of_programme(&office, "RESTORATIVE-JUSTICE", "&group_by=period");
        let by_year = |name: &str| -> Vec<Value> {
            let own = rows(&report).iter().filter(|row| row["indicator"]["name"] == name);
            own.map(|row| json!([row["period"], row["ends_on"], row["value"]])).collect()
        };
        let (last, this) = ("2019-20", "2020-21 to 9 March");
        let victims = [json!([last, "2020-03-31", 528]), json!([this, "2021-03-09", 539])];
        assert_eq!(by_year("Restorative justice referrals: victims"), victims);
        let offenders = [json!([last, "2020-03-31", 875]), json!([this, "2021-03-09", 73])];
        assert_eq!(by_year("Restorative justice referrals: offenders"), offenders);
        let pending = row(&report, "Offender referrals from the CRC waiting");
        assert_eq!([&pending["value"], &pending["bases"]], [&json!(495), &json!(["pending"])]);
        let year = of_programme(&office, "RESTORATIVE-JUSTICE", "&financial_year=2019-20");
        assert_eq!(values(&year, ["Restorative justice referrals: victims", "Restorative justice referrals: offenders"]), [528, 875]);
    }
}

#[test]
fn o20_women_referred_in_nine_months() {
    for office in offices() {
        let report = of_programme(&office, "NEW-CHANCE", "&financial_year=2020-21&group_by=period");
        let women = row(&report, "Women referred to New Chance");
        assert_eq!([&women["value"], &women["origin"]], [&json!(172), &json!("printed")]);
        assert_eq!([&women["starts_on"], &women["ends_on"]], [&json!("2020-04-01"), &json!("2020-12-31")]);
    }
}

on_both! {
    fn o20_nine_months_are_the_sum_of_three_quarters(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area], "starts_on": "2020-04-01" })).id();
        let women = indicator(&scene, &[&award], "Women referred", "sum", "sum");
        for (quarter, here, there) in [("2020-21-Q1", 31, 20), ("2020-21-Q2", 29, 27), ("2020-21-Q3", 40, 25), ("2020-21-Q4", 11, 9)] {
            let values = [counted(&women, Some(&scene.area), here), counted(&women, Some(&scene.other_area), there)];
            accepted(&scene, &award, quarter, &json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values }));
        }
        let nine_months = "quarter=2020-21-Q1&quarter=2020-21-Q2&quarter=2020-21-Q3";
        let report = ask(&scene.finance, &format!("/v1/reports/indicators?{nine_months}"));
        let own = row(&report, "Women referred");
        assert_eq!([&own["value"], &own["reported_count"]], [&json!(172), &json!(6)]);
        assert_eq!([&own["starts_on"], &own["ends_on"]], [&json!("2020-04-01"), &json!("2020-12-31")]);
        let by_quarter = ask(&scene.finance, &format!("/v1/reports/indicators?{nine_months}&group_by=period"));
        assert_eq!(rows(&by_quarter).iter().map(|row| row["value"].clone()).collect::<Vec<_>>(), [51, 56, 65]);
        let year = ask(&scene.finance, "/v1/reports/indicators?financial_year=2020-21");
        assert_eq!(row(&year, "Women referred")["value"], 192);
    }

    fn o21_since_it_began_and_a_group_of_those(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "DIVERT", "name": "Divert", "kind": "pilot", "stage": "live", "starts_on": "2020-10-01" });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let begun = |from: &str, to: &str| scene.draft(300_000, json!({ "programme_id": programme, "starts_on": from, "ends_on": to }));
        let (weeks, months) = (begun("2020-10-01", "2020-11-11"), begun("2020-11-12", "2020-12-31"));
        let input = json!({ "name": "Referrals to Divert", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum", "award_ids": [weeks.id(), months.id()], "programme_id": programme, "asks_for": "period",
            "breakdown": { "by": "age", "groups": ["young people", "others"], "adds": "sum" } });
        let people = scene.commissioner.post(&format!("/v1/awards/{}/indicators", weeks.id()), &input).must(201).id();
        let of = |group: Option<&str>, number: i64| json!({ "indicator_id": people, "group": group, "status": "reported", "value": number });
        for (draft, values) in [(&weeks, json!([of(None, 189), of(Some("young people"), 31)])), (&months, json!([of(None, 358)]))] {
            let award = scene.go_live(draft).id();
            crate::returns::set_plan(&scene, &award, "end_of_grant");
            accepted(&scene, &award, "end of grant", &json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values }));
        }
        let told = |more: &str| -> Vec<Value> {
            let report = ask(&scene.finance, &format!("/v1/reports/indicators?programme=DIVERT&group_by=group{more}"));
            let own = rows(&report).iter().map(|row| json!([row["group"], row["value"], row["not_reported_count"], row["starts_on"], row["ends_on"]]));
            own.collect()
        };
        let weeks = format!("&award={}", scene.award(&weeks.id()).body["reference"].as_str().unwrap());
        let six_weeks = ["2020-10-01", "2020-11-11"];
        let of_weeks = |group: Value, value: Value, missing: i64| json!([group, value, missing, six_weeks[0], six_weeks[1]]);
        assert_eq!(told(&weeks), [of_weeks(Value::Null, json!(189), 0), of_weeks(json!("young people"), json!(31), 0), of_weeks(json!("others"), Value::Null, 1)]);
        // How many of the others were young is not printed: what is known of them stands beside what is not.
        let since = |group: Value, value: Value, missing: i64| json!([group, value, missing, "2020-10-01", "2020-12-31"]);
        assert_eq!(told(""), [since(Value::Null, json!(547), 0), since(json!("young people"), json!(31), 1), since(json!("others"), Value::Null, 2)]);
        let by_period = ask(&scene.finance, "/v1/reports/indicators?programme=DIVERT&group_by=group&group_by=award");
        assert_eq!(rows(&by_period).len(), 6);
        let csv = scene.finance.get("/v1/reports/indicators?programme=DIVERT&group_by=group&format=csv").must(200).text;
        assert!(csv.lines().next().unwrap().contains(",not_applicable_count,group,") && csv.contains(",young people"), "{csv}");
    }

    fn o32_a_quarter_of_a_programme_with_its_stage_and_indicators(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "DIVERT", "name": "Divert", "kind": "pilot", "stage": "pilot", "starts_on": "2020-10-01" });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let award = scene.live(300_000, json!({ "programme_id": programme })).id();
        let input = json!({ "name": "Sessions", "kind": "output", "unit": "sessions", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum", "award_ids": [award], "programme_id": programme });
        let sessions = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id();
        let beside = indicator(&scene, &[&award], "Meals", "sum", "sum");
        for (quarter, number) in [("2020-21-Q1", 12), ("2020-21-Q2", 30)] {
            let values = [counted(&sessions, None, number), counted(&beside, None, 50)];
            accepted(&scene, &award, quarter, &json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values }));
        }
        let path = format!("/v1/programmes/{programme}");
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "stage": "live", "stage_since_on": "2021-01-15" })).must(200);
        let board = ask(&scene.finance, "/v1/reports/board?quarter=2020-21-Q2");
        let own: Vec<Value> = rows(&board)
            .iter()
            .filter(|row| row["programme"]["code"] == "DIVERT")
            .map(|row| json!([row["indicator"]["name"], row["quarter"]["value"], row["year_to_date"]["value"]]))
            .collect();
        assert_eq!(own, [json!(["Meals", 50, 100]), json!(["Sessions", 30, 42])], "what the award counts is its programme's");
        let before = ask(&scene.finance, "/v1/reports/board?quarter=2020-21-Q1");
        let own = rows(&before).iter().find(|row| row["indicator"]["name"] == "Sessions").unwrap();
        assert_eq!([&own["quarter"]["value"], &own["year_to_date"]["value"]], [12, 12]);
        let stages = |board: &Value| -> Vec<Value> {
            let rows = rows(board).iter().filter(|row| row["programme"]["code"] == "DIVERT");
            rows.map(|row| json!([row["programme_stage"], row["programme_stage_since_on"]])).collect()
        };
        assert_eq!(stages(&board), vec![json!(["pilot", null]); 2], "as it was in that quarter, not as it is today");
        let later = ask(&scene.finance, "/v1/reports/board?quarter=2020-21-Q4");
        assert_eq!(stages(&later), vec![json!(["live", "2021-01-15"]); 2]);
        let listed = json!({ "programme": later["rows"][0]["programme"], "stage": "live", "stage_since_on": "2021-01-15", "row_count": 2 });
        assert_eq!(later["programmes"], json!([listed]));
        assert_eq!([&before["programmes"][0]["stage"], &before["programmes"][0]["row_count"]], [&json!("pilot"), &json!(2)]);
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q4").must(200).text;
        assert!(page.contains("### Divert (live since 15 January 2021)") && page.contains("| Divert | live since 15 January 2021 | 2 |"), "{page}");
    }
}

#[test]
fn o21_referrals_to_divert_since_it_began() {
    for office in offices() {
        let then = "/v1/reports/indicators?programme=DIVERT&as_at=2020-11-30&known_at=2020-11-30T23:59:59Z";
        let report = ask(&office, then);
        let (all, young) = ("Divert referrals, first six weeks", "Divert referrals, first six weeks: young people");
        assert_eq!(values(&report, [all, young]), [189, 31]);
        assert_eq!(row(&report, all)["bases"], json!(["young people included"]));
        assert_eq!(row(&report, all)["starts_on"], "2020-10-01");
        assert_eq!(rows(&report).len(), 2, "what was printed later was not known then");

        let report = of_programme(&office, "DIVERT", "");
        let (diverted, referred) = ("Divert: diverted and engaged, first three months", "Divert: referred, first three months");
        assert_eq!(values(&report, [diverted, referred, all]), [500, 547, 189]);
        assert_eq!(row(&report, diverted)["qualifier"], "over");
        assert_eq!([&row(&report, referred)["starts_on"], &row(&report, referred)["ends_on"]], ["2020-10-01", "2020-12-31"]);
    }
}

#[test]
fn o22_arrest_referrals_in_a_calendar_year() {
    for office in offices() {
        let report = of_programme(&office, "CARS", "&group_by=period");
        let counted = [
            "Contacts, assessments and interventions",
            "Assessments, court assessments included",
            "Drug Rehabilitation Requirements granted at court",
            "Alcohol Treatment Requirements granted at court",
        ];
        assert_eq!(values(&report, counted), [9_017, 2_411, 166, 101]);
        for name in counted {
            let own = row(&report, name);
            assert_eq!([&own["period"], &own["starts_on"], &own["ends_on"]], ["calendar 2020", "2020-01-01", "2020-12-31"]);
        }
        let year = of_programme(&office, "CARS", "&financial_year=2020-21");
        assert_eq!(rows(&year).len(), 0, "a calendar year lies in no financial year");
    }
}

#[test]
fn o26_of_those_who_disclosed() {
    for office in offices() {
        let report = of_programme(&office, "NEW-CHANCE", "");
        let (abuse, violence, childhood) =
            ("of those disclosing: domestic abuse", "of those disclosing: sexual violence", "of those disclosing: childhood sexual abuse");
        assert_eq!(values(&report, ["Women disclosing victimisation", abuse, violence, childhood]), [80, 89, 20, 10]);
        for name in [abuse, violence, childhood] {
            let own = row(&report, name);
            assert_eq!(own["bases"], json!(["of women disclosing victimisation"]), "what it is a percentage of");
            assert_eq!([&own["numerator"], &own["denominator"]], [&Value::Null, &Value::Null], "how many they were is not printed");
            assert_eq!(own["subset_of"], "Women disclosing victimisation");
        }
        assert_eq!(row(&report, "Women disclosing victimisation")["bases"], json!([]));
    }
}

#[test]
fn o32_what_was_told_of_programmes_as_it_was_known() {
    for office in offices() {
        let programmes = office.all("/v1/programmes");
        let told = |code: &str| programmes.iter().find(|one| one["code"] == code).unwrap();
        assert_eq!(
            [&told("DIVERT")["stage"], &told("E4E")["stage"], &told("HACAA")["stage"]],
            [&json!("live"), &json!("live"), &Value::Null]
        );
        assert!(told("HACAA")["not_evidenced"].as_array().unwrap().contains(&json!("stage")), "how far it has come is not printed");
        let money = ask(&office, &format!("/v1/reports/fund-summary?fund=HACAA&{YEAR_END}"));
        assert_eq!(rows(&money)[0]["budgeted_pence"], 7_000_000);
        let report = of_programme(&office, "E4E", "");
        let supported = row(&report, "People supported into employment and self-employment");
        assert_eq!([&supported["value"], &supported["qualifier"]], [&json!(20), &json!("just under")]);
        let board = ask(&office, &format!("/v1/reports/board?quarter=2020-21-Q3&{YEAR_END}"));
        let of = |board: &Value, code: &str| -> Vec<Value> {
            let own = rows(board).iter().filter(|row| row["programme"]["code"] == code);
            own.map(|row| {
                json!([row["indicator"]["name"], row["origin"], row["qualifier"], row["quarter"]["value"], row["year_to_date"]["state"]])
            })
            .collect()
        };
        let printed = [
            json!(["Divert: diverted and engaged, first three months", "printed", "over", 500, "not_reported"]),
            json!(["Divert: referred, first three months", "printed", null, 547, "not_reported"]),
        ];
        assert_eq!(of(&board, "DIVERT"), printed, "what is printed of just these months, marked as such");
        for code in ["HACAA", "E4E"] {
            assert_eq!(of(&board, code), [Value::Null; 0], "{code}: no figure of this quarter is printed, so that none is made up");
        }
        let stage = |board: &Value, code: &str| -> Option<Value> {
            let all = board["programmes"].as_array().unwrap().iter();
            all.filter(|one| one["programme"]["code"] == code).map(|one| json!([one["stage"], one["row_count"]])).next()
        };
        let told = ["DIVERT", "E4E", "HACAA"].map(|code| stage(&board, code).unwrap());
        assert_eq!(told, [json!(["live", 2]), json!(["live", 0]), json!([null, 0])]);
        let summer = ask(&office, &format!("/v1/reports/board?quarter=2020-21-Q2&{YEAR_END}"));
        assert_eq!([stage(&summer, "DIVERT").is_some(), stage(&summer, "E4E").is_some()], [false, true], "Divert began in October");
        let then = ask(&office, "/v1/reports/board?quarter=2020-21-Q3&as_at=2020-11-30&known_at=2020-11-30T23:59:59Z");
        assert_eq!((of(&then, "DIVERT"), stage(&then, "DIVERT")), (Vec::new(), Some(json!(["live", 0]))), "printed a year later");
        let page = office.get(&format!("/v1/reports/board/page?quarter=2020-21-Q3&{YEAR_END}")).must(200).text;
        assert!(page.contains("| **All**, as printed | over 500 |"), "{page}");
        assert!(page.contains("|\n\nDivert: referred"), "a table ends with a blank line: {page}");
        assert!(board["funds"].as_array().unwrap().iter().any(|fund| fund["fund"]["code"] == "CIF"));
    }
}
