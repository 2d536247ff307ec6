//! What figures are told of which days, beside which targets, and what is told where there is none: in the report on indicators, to the board and with a
//! claim.

use serde_json::{Value, json};

use super::spend::{counted, spend};
use crate::returns::{accepted, set_plan};
use crate::support::{Answer, Scene};

/// An indicator of some awards; people that are added unless `changes` say otherwise.
fn indicator(scene: &Scene, awards: &[&str], name: &str, changes: Value) -> String {
    let mut input = json!({ "name": name, "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum",
        "award_ids": awards });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    scene.commissioner.post(&format!("/v1/awards/{}/indicators", awards[0]), &input).must(201).id()
}

fn aims(scene: &Scene, indicator: &str, targets: &[(&str, i64)]) {
    let targets: Vec<Value> = targets.iter().map(|(period, target)| json!({ "period": period, "target": target })).collect();
    let path = format!("/v1/indicators/{indicator}");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.put(&format!("{path}/targets"), &tag, &json!({ "targets": targets })).must(200);
}

fn content(values: &[Value]) -> Value {
    json!({ "narrative": "All went well.", "spend": spend(10_000), "values": values })
}

fn lacking(indicator: &str, area: Option<&str>, status: &str) -> Value {
    json!({ "indicator_id": indicator, "area_id": area, "status": status })
}

fn percent(indicator: &str, area: Option<&str>, part: i64, whole: i64) -> Value {
    json!({ "indicator_id": indicator, "area_id": area, "status": "reported", "value": part, "denominator": whole })
}

/// These fields of the rows of an indicator.
fn told(scene: &Scene, indicator: &str, query: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let report = scene.finance.get(&format!("/v1/reports/indicators?indicator={indicator}{query}")).must(200);
    let rows = report.body["rows"].as_array().unwrap().iter();
    rows.map(|row| fields.iter().map(|field| row[*field].clone()).collect()).collect()
}

fn board(scene: &Scene, quarter: &str) -> Answer {
    scene.finance.get(&format!("/v1/reports/board?quarter={quarter}")).must(200)
}

/// Of the board's rows of an indicator: the area, and of the quarter and of the year so far what can be read, or else the state.
fn figures(board: &Answer, name: &str) -> Vec<[Value; 3]> {
    let rows = board.body["rows"].as_array().unwrap().iter().filter(|row| row["indicator"]["name"] == name);
    let figure = |count: &Value| if count["state"] == "shown" { count["value"].clone() } else { count["state"].clone() };
    rows.map(|row| [row["area"]["name"].clone(), figure(&row["quarter"]), figure(&row["year_to_date"])]).collect()
}

fn claim(scene: &Scene, starts_on: &str, ends_on: &str) -> Answer {
    let input = json!({ "budget_line_id": scene.lines[0], "amount_pence": 400_000, "starts_on": starts_on, "ends_on": ends_on });
    let made = scene.commissioner.post("/v1/funder-claims", &input).must(201);
    scene.finance.get(&format!("/v1/funder-claims/{}/file", made.id())).must(200)
}

/// Of a claim's rows of an indicator: the area, and the count or its state.
fn claimed(file: &Answer, name: &str) -> Vec<[Value; 2]> {
    let rows = file.body["rows"].as_array().unwrap().iter().filter(|row| row["indicator"] == name);
    let figure = |row: &Value| if row["count_state"] == "shown" { row["value"].clone() } else { row["count_state"].clone() };
    rows.map(|row| [row["area"].clone(), figure(row)]).collect()
}

on_both! {
    fn what_holds_what_was_before_is_told_by_what_it_grew(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "starts_on": "2020-04-01" }));
        let own = draft.id();
        let of = |name: &str, asks_for: &str| indicator(&scene, &[&own], name, json!({ "adds_over_time": "latest", "asks_for": asks_for }));
        let (year, ever, few, unsure) = (of("Year", "year_to_date"), of("Ever", "from_beginning"), of("Few", "year_to_date"), of("Unsure", "year_to_date"));
        aims(&scene, &year, &[("2020-21-Q1", 40), ("2020-21-Q2", 120)]);
        let award = scene.go_live(&draft).id();
        let numbers = [("2020-21-Q1", 40, 40, Some(10)), ("2020-21-Q2", 100, 42, None), ("2020-21-Q3", 150, 60, Some(70)), ("2020-21-Q4", 180, 90, Some(80))];
        for (quarter, number, small, other) in numbers {
            let other = other.map_or_else(|| lacking(&unsure, None, "not_reported"), |number| counted(&unsure, None, number));
            accepted(&scene, &award, quarter, &content(&[counted(&year, None, number), counted(&ever, None, number), counted(&few, None, small), other]));
        }
        let values = |of: &str, query: &str| told(&scene, of, query, &["value"]).concat();
        for of in [&year, &ever] {
            assert_eq!(values(of, "&group_by=quarter"), [40, 60, 50, 30]);
            assert_eq!(values(of, "&group_by=period"), [40, 60, 50, 30]);
            assert_eq!(values(of, "&quarter=2020-21-Q2"), [60]);
            assert_eq!(values(of, "&quarter=2020-21-Q1&quarter=2020-21-Q4"), [70]);
            assert_eq!((values(of, "&financial_year=2020-21"), values(of, "")), (vec![json!(180)], vec![json!(180)]));
        }
        let days = told(&scene, &ever, "&quarter=2020-21-Q2", &["asks_for", "target_percent"]);
        assert_eq!(days, [[json!("from_beginning"), Value::Null]]);
        assert_eq!(told(&scene, &year, "&quarter=2020-21-Q2", &["asks_for", "target", "target_percent"]), [[json!("year_to_date"), json!(120), json!(50)]]);
        // What a quarter grew after one that was silent is not known.
        let by_quarter = told(&scene, &unsure, "&group_by=quarter", &["value", "reported_count", "warnings"]);
        let none = |count: i64, warning: &str| vec![Value::Null, json!(count), json!([warning])];
        assert_eq!(by_quarter, [vec![json!(10), json!(1), json!([])], none(0, "incomplete"), none(1, "growth_not_known"), vec![json!(10), json!(1), json!([])]]);

        let second = board(&scene, "2020-21-Q2");
        for name in ["Year", "Ever"] {
            assert_eq!(figures(&second, name), [[Value::Null, json!(60), json!(100)]], "{}", second.text);
        }
        let hidden = json!("suppressed");
        assert_eq!(figures(&second, "Few"), [[Value::Null, hidden.clone(), hidden]], "42 less 40, which the first quarter's page shows, are 2");
        let of_year = second.body["rows"].as_array().unwrap().iter().find(|row| row["indicator"]["name"] == "Year").unwrap();
        assert_eq!([&of_year["asks_for"], &of_year["quarter"]["target_percent"]], [&json!("year_to_date"), &json!(50)]);
        let third = board(&scene, "2020-21-Q3");
        assert_eq!(figures(&third, "Unsure"), [[Value::Null, json!("not_added"), json!(70)]]);
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q3").must(200).text;
        assert!(page.contains("**All** \\[year: 1 of 3 not reported, j\\] | not added |") && page.contains("`j`: some returns count what was before as well"), "{page}");

        // The halves of a year come to the year.
        let (first, second) = (claim(&scene, "2020-04-01", "2020-09-30"), claim(&scene, "2020-10-01", "2021-03-31"));
        for name in ["Year", "Ever"] {
            assert_eq!((claimed(&first, name), claimed(&second, name)), (vec![[Value::Null, json!(100)]], vec![[Value::Null, json!(80)]]));
        }
        assert_eq!(claimed(&second, "Unsure"), [[Value::Null, json!("not_added")]]);
    }

    /// Of 96 people in one area 48, of 10 in another 2.
    fn a_percentage_gives_few_people_away_as_counts_do(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let own = draft.id();
        let people = indicator(&scene, &[&own], "People", json!({}));
        let mean = json!({ "unit": "percent", "adds_over_time": "average", "adds_over_areas": "average", "subset_of_id": people });
        let of_these = indicator(&scene, &[&own], "Of these", mean);
        let award = scene.go_live(&draft).id();
        let (here, there) = (Some(scene.area.as_str()), Some(scene.other_area.as_str()));
        let values = [counted(&people, here, 96), counted(&people, there, 10), percent(&of_these, here, 48, 96), percent(&of_these, there, 2, 10)];
        accepted(&scene, &award, "2020-21-Q1", &content(&values));
        let shown = board(&scene, "2020-21-Q1");
        let row = |area: Value, figure: Value| [area, figure.clone(), figure];
        let (dudley, walsall, hidden) = (json!("dudley"), json!("walsall"), json!("suppressed"));
        // The year so far tells the same as the quarter, so what the percentages are of is hidden with them.
        let people = [row(Value::Null, json!(106)), row(dudley.clone(), hidden.clone()), row(walsall.clone(), hidden.clone())];
        assert_eq!(figures(&shown, "People"), people);
        let percentages = [row(Value::Null, json!(47.17)), row(dudley.clone(), hidden.clone()), row(walsall.clone(), hidden.clone())];
        assert_eq!(figures(&shown, "Of these"), percentages, "50 of all less 48 are 2");
        let file = claim(&scene, "2020-04-01", "2020-09-30");
        assert_eq!(claimed(&file, "Of these"), [[Value::Null, json!(47.17)], [dudley, hidden.clone()], [walsall, hidden]]);
    }

    fn a_claim_does_not_tell_the_words_of_a_provider(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let own = draft.id();
        let [people, visits] = ["People", "Visits"].map(|name| indicator(&scene, &[&own], name, json!({ "basis": "referrals; all ages" })));
        let award = scene.go_live(&draft).id();
        let on = |mut value: Value, basis: &str| {
            value["basis"] = json!(basis);
            value
        };
        accepted(&scene, &award, "2020-21-Q1", &content(&[on(counted(&people, None, 20), "those whom Ann Example sent"), counted(&visits, None, 30)]));
        accepted(&scene, &award, "2020-21-Q2", &content(&[counted(&people, None, 20), on(counted(&visits, None, 30), "referrals; all ages")]));
        let file = claim(&scene, "2020-04-01", "2020-09-30");
        assert!(!file.text.contains("Ann Example"), "{}", file.text);
        let rows = file.body["rows"].as_array().unwrap().iter().filter(|row| row["section"] == "indicator");
        let bases: Vec<&str> = rows.map(|row| row["basis"].as_str().unwrap()).collect();
        assert_eq!(bases, ["another basis; referrals; all ages", "referrals; all ages"]);
        let certified = scene.finance.get("/v1/funder-claims").must(200).items()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/funder-claims/{certified}");
        let seen = scene.finance.get(&path).must(200);
        scene.chief.change(&format!("{path}/certification"), seen.tag(), &json!({ "statement": "Spent as agreed." })).must(200);
        assert!(app.texts("SELECT figures AS text FROM funder_claim_figures").iter().all(|text| text.contains("another basis") && !text.contains("Ann Example")));
        let frozen = scene.finance.get(&format!("{path}/file")).must(200);
        assert!(frozen.body["is_frozen"] == true && frozen.text.contains("another basis"), "{}", frozen.text);
    }

    fn not_applicable_and_not_added_are_not_silence(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let own = draft.id();
        let (people, places) = (indicator(&scene, &[&own], "People", json!({ "is_social_value": true })), indicator(&scene, &[&own], "Places", json!({ "adds_over_areas": "none" })));
        let silent = indicator(&scene, &[&own], "Silent", json!({}));
        let award = scene.go_live(&draft).id();
        let areas = [counted(&places, Some(&scene.area), 20), counted(&places, Some(&scene.other_area), 30)];
        let values = [vec![lacking(&people, None, "not_applicable"), lacking(&silent, None, "not_reported")], areas.to_vec()].concat();
        accepted(&scene, &award, "2020-21-Q1", &content(&values));
        let fields = ["value", "reported_count", "not_reported_count", "not_applicable_count", "warnings"];
        let row = |counts: [i64; 3], warnings: Value| [[Value::Null, json!(counts[0]), json!(counts[1]), json!(counts[2]), warnings]];
        assert_eq!(told(&scene, &people, "", &fields), row([0, 0, 1], json!([])));
        assert_eq!(told(&scene, &silent, "", &fields), row([0, 1, 0], json!(["incomplete"])));
        for path in ["unit-costs?financial_year=2020-21", "social-value?financial_year=2020-21"] {
            let report = scene.finance.get(&format!("/v1/reports/{path}")).must(200);
            let own = report.body["rows"].as_array().unwrap().iter().find(|row| row["indicator"]["name"] == "People").unwrap_or_else(|| panic!("{}", report.text));
            assert_eq!([&own["not_reported_count"], &own["not_applicable_count"]], [0, 1], "{path}: {}", report.text);
            let csv = scene.finance.get(&format!("/v1/reports/{path}&format=csv")).must(200).text;
            let is_told = csv.lines().any(|line| line.contains("People,") && line.contains(",,1,"));
            assert!(csv.contains(",warnings,not_applicable_count,") && is_told, "{csv}");
        }
        assert_eq!(told(&scene, &places, "", &fields), row([2, 0, 0], json!(["does_not_add_over_areas"])));
        let states = [("People", "not_applicable"), ("Silent", "not_reported"), ("Places", "not_added")];
        let (board, file) = (board(&scene, "2020-21-Q1"), claim(&scene, "2020-04-01", "2020-09-30"));
        for (name, state) in states {
            assert_eq!(figures(&board, name)[0], [Value::Null, json!(state), json!(state)], "{name}: {}", board.text);
            assert_eq!(claimed(&file, name)[0], [Value::Null, json!(state)], "{name}: {}", file.text);
        }
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q1").must(200).text;
        assert!(page.contains("| **All** \\[quarter: 1 not applicable, year: 1 not applicable\\] | n/a |  | n/a |"), "{page}");
        assert!(page.contains("| **All** \\[quarter: 1 of 1 not reported, year: 1 of 1 not reported\\] | - |"), "{page}");
        assert!(page.contains("| **All** \\[g\\] | not added |") && page.contains("`g`: figures of several areas or awards do not add up."), "{page}");
        let made = scene.commissioner.post("/v1/board-snapshots", &json!({ "quarter": "2020-21-Q1" })).must(201);
        let pdf = scene.commissioner.request(reqwest::Method::GET, &format!("/v1/board-snapshots/{}/pdf", made.id())).send().unwrap().bytes().unwrap();
        if let Some(words) = crate::returns::paper::words(&pdf) {
            for one in ["n/a", "not added", "[g]", "several areas"] {
                assert!(words.contains(one), "`{one}` is not in\n{words}");
            }
        }
    }

    fn a_target_stands_beside_its_own_figures_alone(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafts = [scene.draft(300_000, json!({})), scene.draft(200_000, json!({}))];
        let own = [drafts[0].id(), drafts[1].id()];
        let shared = indicator(&scene, &[&own[0], &own[1]], "Shared", json!({}));
        let alone = indicator(&scene, &[&own[0]], "Alone", json!({ "adds_over_time": "latest", "asks_for": "at_the_end" }));
        let quarters = [("2020-21-Q1", 20), ("2020-21-Q2", 30), ("2020-21-Q3", 30), ("2020-21-Q4", 20)];
        aims(&scene, &shared, &quarters);
        aims(&scene, &alone, &[("2020-21-Q1", 5), ("2020-21-Q2", 40)]);
        let [one, two] = drafts.map(|draft| scene.go_live(&draft).id());
        accepted(&scene, &one, "2020-21-Q1", &content(&[counted(&shared, None, 10), counted(&alone, None, 10)]));
        accepted(&scene, &two, "2020-21-Q1", &content(&[counted(&shared, None, 10)]));
        accepted(&scene, &one, "2020-21-Q2", &content(&[counted(&shared, None, 30), counted(&alone, None, 20)]));
        let aimed = |of: &str, query: &str| told(&scene, of, query, &["value", "target", "target_percent", "target_period"]);
        let row = |value: i64, target: i64, percent: i64, period: &str| vec![json!(value), json!(target), json!(percent), json!(period)];
        let none = |value: i64| vec![json!(value), Value::Null, Value::Null, Value::Null];
        let year = row(50, 100, 50, "2020-21-Q1 to 2020-21-Q4");
        for query in ["", "&financial_year=2020-21", "&fund=CIF", "&group_by=fund", "&group_by=provider"] {
            assert_eq!(aimed(&shared, query), std::slice::from_ref(&year), "{query}");
        }
        assert_eq!(aimed(&shared, "&quarter=2020-21-Q2"), [row(30, 30, 100, "2020-21-Q2")]);
        assert_eq!(aimed(&shared, "&quarter=2020-21-Q1&quarter=2020-21-Q2"), [row(50, 50, 100, "2020-21-Q1 to 2020-21-Q2")]);
        let by_quarter = [row(20, 20, 100, "2020-21-Q1"), row(30, 30, 100, "2020-21-Q2")];
        assert_eq!(aimed(&shared, "&group_by=quarter"), by_quarter);
        // Of one award of two there is none, of the only one there is.
        assert_eq!(aimed(&shared, &format!("&award={one}")), [none(40)]);
        assert_eq!(aimed(&shared, "&group_by=award"), [none(40), none(10)]);
        for query in ["&group_by=award".to_owned(), format!("&award={one}"), "&quarter=2020-21-Q2".to_owned()] {
            assert_eq!(aimed(&alone, &query), [row(20, 40, 50, "2020-21-Q2")], "{query}");
        }
        let of = |quarter: &str| {
            let rows = board(&scene, quarter).body["rows"].as_array().unwrap().clone();
            let row = rows.into_iter().find(|row| row["indicator"]["name"] == "Shared").unwrap();
            [row["quarter"]["target"].clone(), row["year_to_date"]["target"].clone(), row["year_to_date"]["target_percent"].clone()]
        };
        assert_eq!(of("2020-21-Q2"), [30, 100, 50]);

        // The target of one year is not that of another, nor of both together.
        let later = scene.draft(100_000, json!({ "starts_on": "2020-04-01", "ends_on": "2021-06-30" }));
        let years = indicator(&scene, &[&later.id()], "Years", json!({}));
        aims(&scene, &years, &[("2020-21", 60)]);
        let later = scene.go_live(&later).id();
        for quarter in ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4", "2021-22-Q1"] {
            accepted(&scene, &later, quarter, &content(&[counted(&years, None, 10)]));
        }
        assert_eq!(aimed(&years, "&financial_year=2020-21")[0][..2], [json!(40), json!(60)]);
        for (query, value) in [("&financial_year=2021-22", 10), ("", 50), ("&quarter=2020-21-Q2", 10)] {
            assert_eq!(aimed(&years, query), [none(value)], "{query}");
        }
    }

    fn a_long_return_counts_where_it_ends(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let drafts = [scene.draft(300_000, json!({ "starts_on": "2020-10-01", "ends_on": "2021-06-30" })), scene.draft(200_000, json!({}))];
        let own = [drafts[0].id(), drafts[1].id()];
        let people = indicator(&scene, &[&own[0], &own[1]], "People", json!({}));
        set_plan(&scene, &own[0], "end_of_grant");
        set_plan(&scene, &own[1], "half_yearly");
        let [whole, half] = [&own[0], &own[1]].map(|id| scene.go_live(&scene.award(id)).id());
        accepted(&scene, &whole, "end of grant", &content(&[counted(&people, None, 30)]));
        accepted(&scene, &half, "2020-21-H1", &content(&[counted(&people, None, 20)]));
        let rows = |query: &str| told(&scene, &people, query, &["value", "warnings"]);
        let row = |value: i64, warnings: &[&str]| [vec![json!(value), json!(warnings)]];
        assert_eq!(rows("&financial_year=2021-22"), row(30, &["spans_years"]));
        assert_eq!(rows("&quarter=2021-22-Q1"), row(30, &["spans_quarters", "spans_years"]));
        assert_eq!(rows("&quarter=2020-21-Q2"), row(20, &["spans_quarters"]));
        assert_eq!(rows("&financial_year=2020-21"), row(20, &[]));
        assert_eq!(rows("&quarter=2020-21-Q1").len(), 0);
        let later = board(&scene, "2021-22-Q1");
        assert_eq!(figures(&later, "People"), [[Value::Null, json!(30), json!(30)]], "{}", later.text);
        assert_eq!([&later.body["rows"][0]["quarter_warnings"], &later.body["rows"][0]["warnings"]], [&json!(["spans_quarters", "spans_years"]); 2]);
        let second = board(&scene, "2020-21-Q2");
        assert_eq!(figures(&second, "People"), [[Value::Null, json!(20), json!(20)]]);
        let page = scene.finance.get("/v1/reports/board/page?quarter=2020-21-Q2").must(200).text;
        assert!(page.contains("**All** \\[d\\] | 20 |") && page.contains("`d`: a figure of several quarters stands with the last of them."), "{page}");
    }
}
