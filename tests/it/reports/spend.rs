//! What accepted returns come to: values put together in one way, parts of an award counted once, and what is still expected.

use serde_json::{Value, json};

use super::row;
use crate::returns::{accepted, of_period, send, write};
use crate::support::{Answer, Scene};

/// An indicator of some awards, with its ways of adding over time and over areas.
pub fn indicator(scene: &Scene, awards: &[&str], name: &str, over_time: &str, over_areas: &str) -> String {
    let input = json!({ "name": name, "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": over_time,
        "adds_over_areas": over_areas, "award_ids": awards });
    scene.commissioner.post(&format!("/v1/awards/{}/indicators", awards[0]), &input).must(201).id()
}

pub fn counted(indicator: &str, area: Option<&str>, value: i64) -> Value {
    json!({ "indicator_id": indicator, "area_id": area, "status": "reported", "value": value })
}

pub fn spend(pence: i64) -> Value {
    json!([{ "category": "staff", "amount_pence": pence }])
}

/// The same in each quarter of the year.
fn profile() -> Vec<Value> {
    let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
    quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 50_000 })).collect()
}

/// The value of an indicator in the report.
#[track_caller]
fn value(report: &Answer, indicator: &str) -> Value {
    let rows = report.body["rows"].as_array().unwrap();
    rows.iter().find(|row| row["indicator"]["id"] == indicator).unwrap_or_else(|| panic!("{}", report.text))["value"].clone()
}

/// Reported spend, forecast and variance of the whole.
fn expected(scene: &Scene) -> [Option<i64>; 3] {
    let report = scene.finance.get("/v1/reports/allocations").must(200);
    ["reported_spend_pence", "forecast_pence", "variance_pence"].map(|name| report.body["totals"][name].as_i64())
}

fn spent(scene: &Scene) -> Option<i64> {
    scene.finance.get("/v1/reports/expenditure").must(200).body["returned"]["amount_pence"].as_i64()
}

/// A live part of an award.
pub fn part(scene: &Scene, whole: &str) -> String {
    let part = scene.draft(0, json!({ "component_of": whole, "amount_pence": null, "tranche_id": null, "area_ids": [scene.other_area] }));
    scene.offer(&part).must(200);
    scene.plan(&part.id());
    scene.accept(&part.id()).must(200);
    part.id()
}

on_both! {
    fn all_areas_together_aim_at_what_each_aims_at(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({ "area_ids": [scene.area, scene.other_area] }));
        let people = indicator(&scene, &[&draft.id()], "Referred", "sum", "sum");
        let target = |area: &str, target: i64| json!({ "period": "2020-21-Q1", "area_id": area, "target": target });
        let targets = json!({ "targets": [target(&scene.area, 20), target(&scene.other_area, 30)] });
        let tag = scene.commissioner.get(&format!("/v1/indicators/{people}")).must(200).tag().to_owned();
        scene.commissioner.put(&format!("/v1/indicators/{people}/targets"), &tag, &targets).must(200);
        let award = scene.go_live(&draft).id();
        let values = json!([counted(&people, Some(&scene.area), 10), counted(&people, Some(&scene.other_area), 15)]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": [], "values": values }));
        let aims = |query: &str| {
            let report = scene.finance.get(&format!("/v1/reports/indicators{query}")).must(200);
            let rows = report.body["rows"].as_array().unwrap().clone();
            rows.iter().map(|row| [row["value"].clone(), row["target"].clone(), row["target_percent"].clone()]).collect::<Vec<_>>()
        };
        assert_eq!(aims(""), [[25, 50, 50].map(|number| json!(number))]);
        assert_eq!(aims("?group_by=period"), [[25, 50, 50].map(|number| json!(number))]);
        assert_eq!(aims(&format!("?area={}", scene.area)), [[10, 20, 50].map(|number| json!(number))]);
        assert_eq!(aims("?group_by=area").len(), 2);
        assert_eq!(aims("?group_by=award"), [[25, 50, 50].map(|number| json!(number))], "it works towards it alone");
        let board = scene.finance.get("/v1/reports/board?quarter=2020-21-Q1").must(200);
        assert_eq!(board.body["rows"][0]["quarter"]["target"], 50, "{}", board.text);
    }

    fn what_an_award_counts_belongs_to_its_fund_and_programme(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let programme = json!({ "code": "DA", "name": "Safer homes", "kind": "commissioned_service", "stage": "planned" });
        let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
        let award = scene.live(300_000, json!({ "programme_id": programme })).id();
        let people = indicator(&scene, &[&award], "Referred", "sum", "sum");
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "All went well.", "spend": [],
            "values": [counted(&people, None, 10)] }));
        let fund = scene.commissioner.get(&format!("/v1/funds/{}", scene.fund)).must(200).body;
        let other = json!({ "code": "OTH", "name": "Other fund", "kind": "pcc_grant_fund", "scope": "fund",
            "commissioning_body_id": fund["commissioning_body"]["id"], "source_ids": [fund["sources"][0]["id"]], "default_monitoring": "quarterly", "default_evaluation": "light" });
        scene.commissioner.post("/v1/funds", &other).must(201);
        scene.commissioner.post("/v1/programmes", &json!({ "code": "YP", "name": "Youth", "kind": "commissioned_service", "stage": "planned" })).must(201);
        let values = |query: &str| {
            let report = scene.finance.get(&format!("/v1/reports/indicators?{query}")).must(200);
            report.body["rows"].as_array().unwrap().iter().map(|row| row["value"].as_i64()).collect::<Vec<_>>()
        };
        for of in ["fund=CIF", "programme=DA", "fund=CIF&programme=DA", "fund=OTH&fund=CIF"] {
            assert_eq!(values(of), [Some(10)], "{of}");
        }
        for of in ["fund=OTH", "programme=YP", "fund=CIF&programme=YP", "fund=OTH&programme=DA"] {
            assert!(values(of).is_empty(), "{of}");
        }
    }

    fn a_printed_total_adds_up_as_the_indicator_does(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let ways = [("Referred", "sum", "sum"), ("Waiting", "latest", "sum"), ("Peak", "maximum", "maximum"), ("Mean", "average", "average"),
            ("Apart", "none", "sum")];
        let all = ways.map(|(name, over_time, over_areas)| indicator(&scene, &[&award], name, over_time, over_areas));
        for (number, one) in all.iter().enumerate() {
            let total = json!({ "code": format!("total-{number}"), "name": "x", "measure": "sum", "scope_kind": "indicator", "scope": [one],
                "printed_value": 16 });
            scene.finance.post("/v1/control-totals", &total).must(201);
        }
        let held = || {
            let rows = scene.finance.get("/v1/control-totals").must(200).body["rows"].clone();
            rows.as_array().unwrap().iter().map(|row| (row["computed_value"].as_i64(), row["agrees"].as_bool())).collect::<Vec<_>>()
        };
        assert_eq!(held(), [(None, None); 5], "what was not reported is not 0");
        for (period, here, there) in [("2020-21-Q1", 3, 5), ("2020-21-Q2", 7, 1)] {
            let values: Vec<Value> = all.iter()
                .flat_map(|one| [counted(one, Some(&scene.area), here), counted(one, Some(&scene.other_area), there)]).collect();
            accepted(&scene, &award, period, &json!({ "values": values }));
        }
        let report = scene.finance.get("/v1/reports/indicators").must(200);
        let shown = all.each_ref().map(|one| value(&report, one).as_i64());
        assert_eq!(shown, [Some(16), Some(8), Some(7), Some(4), None]);
        let computed: Vec<_> = held().into_iter().map(|(computed, _)| computed).collect();
        assert_eq!(computed, shown);
        assert_eq!(held()[0].1, Some(true));
        let beside: Vec<_> = report.body["control_totals"].as_array().unwrap().iter().map(|one| one["computed_value"].as_i64()).collect();
        assert_eq!(beside, shown);
    }

    fn a_part_is_never_added_twice(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let whole = scene.live(200_000, json!({})).id();
        let own = part(&scene, &whole);
        let people = indicator(&scene, &[&whole, &own], "Referred", "sum", "sum");
        let total = json!({ "code": "referred", "name": "x", "measure": "sum", "scope_kind": "indicator", "scope": [people],
            "printed_value": 12 });
        scene.finance.post("/v1/control-totals", &total).must(201);
        let count = || {
            let report = scene.finance.get("/v1/reports/indicators").must(200);
            let held = scene.finance.get("/v1/control-totals").must(200).body["rows"][0]["computed_value"].clone();
            assert_eq!(value(&report, &people), held);
            held.as_i64()
        };
        // The whole has not reported yet: its part tells what was spent of its money, and stands with it.
        let content = |pence: i64, number: i64| json!({ "spend": spend(pence), "values": [counted(&people, None, number)] });
        accepted(&scene, &own, "2020-21-Q1", &content(30_000, 4));
        assert_eq!((expected(&scene)[0], spent(&scene), count()), (Some(30_000), Some(30_000), Some(4)));
        let by_award = scene.finance.get("/v1/reports/allocations?group_by=award").must(200);
        assert_eq!(row(&by_award, "award", "CIF-2020-21-T1-0001")["reported_spend_pence"], 30_000);
        // Now the whole reports for the same days, its part included.
        accepted(&scene, &whole, "2020-21-Q1", &content(50_000, 10));
        assert_eq!((expected(&scene)[0], spent(&scene), count()), (Some(50_000), Some(50_000), Some(10)));
        // What the part reports for days that the whole does not is added.
        accepted(&scene, &own, "2020-21-Q2", &content(7_000, 2));
        assert_eq!((expected(&scene)[0], spent(&scene), count()), (Some(57_000), Some(57_000), Some(12)));
        // Told apart by award each shows its own.
        let apart = scene.finance.get("/v1/reports/indicators?group_by=award").must(200);
        let values: Vec<_> = apart.body["rows"].as_array().unwrap().iter().map(|row| row["value"].as_i64().unwrap()).collect();
        assert_eq!(values.iter().sum::<i64>(), 16);
        assert_eq!(scene.finance.get("/v1/reports/allocations").must(200).body["totals"]["award_count"], 1);
    }

    fn a_forecast_expects_every_quarter_that_is_not_reported(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(200_000, json!({ "profile": profile() }));
        let award = draft.id();
        scene.offer(&draft).must(200);
        assert_eq!(expected(&scene), [Some(0), None, None], "nothing is agreed yet");
        scene.plan(&award);
        scene.accept(&award).must(200);
        assert_eq!(expected(&scene), [Some(0), Some(200_000), Some(0)], "nothing is reported yet, so all of the profile is expected");
        accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(40_000) }));
        assert_eq!(expected(&scene), [Some(40_000), Some(190_000), Some(-10_000)]);
        // The third quarter is accepted before the second, which is with the provider again.
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &json!({ "spend": spend(70_000) })).must(200);
        let path = format!("/v1/returns/{}", second.id());
        let sent = send(&scene, &second);
        accepted(&scene, &award, "2020-21-Q3", &json!({ "spend": spend(60_000) }));
        assert_eq!(expected(&scene), [Some(100_000), Some(200_000), Some(0)], "the second quarter is still expected");
        scene.commissioner.change(&format!("{path}/acceptance"), sent.tag(), &json!({})).must(200);
        assert_eq!(expected(&scene), [Some(170_000), Some(220_000), Some(20_000)]);
    }

    fn an_award_that_is_closed_expects_nothing_more(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({ "profile": profile() })).id();
        let forecast = json!([{ "quarter": "2020-21-Q2", "amount_pence": 70_000 }]);
        accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(30_000), "forecast": forecast }));
        let outturn = || scene.finance.get("/v1/reports/outturn").must(200).body["totals"]["outturn_pence"].clone();
        assert_eq!((expected(&scene), outturn()), ([Some(30_000), Some(180_000), Some(-20_000)], json!(100_000)));
        let end = scene.award(&award);
        let end = scene.commissioner.change(&format!("/v1/awards/{award}/end"), end.tag(), &json!({ "ended_on": "2021-03-31" })).must(200);
        assert_eq!(expected(&scene), [Some(30_000), Some(180_000), Some(-20_000)], "it is not settled yet");
        scene.commissioner.change(&format!("/v1/awards/{award}/closure"), end.tag(), &json!({ "unspent_pence": 40_000 })).must(200);
        assert_eq!((expected(&scene), outturn()), ([Some(30_000), Some(160_000), Some(0)], json!(30_000)));
    }

    fn each_source_bears_its_share_of_what_an_award_spends(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let split = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 120_000 }, { "budget_line_id": scene.lines[1], "amount_pence": 80_000 }]);
        let mut quarters = profile();
        quarters.push(json!({ "quarter": "2021-22-Q1", "amount_pence": 100_000 }));
        let later = json!({ "tranche_id": null, "split": split, "profile": quarters, "ends_on": "2021-06-30" });
        let award = scene.live(200_000, later).id();
        let first = accepted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(50_001) }));
        let less = json!({ "reason": "Counted twice.", "spend": [{ "category": "staff", "amount_pence": -11 }] });
        scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &less).must(201);
        let names = ["committed_pence", "reported_spend_pence", "reported_adjustments_pence", "forecast_pence", "variance_pence", "forward_commitments_pence"];
        let amounts = |of: &Value| names.map(|name| of[name].as_i64());
        let of = |query: &str| scene.finance.get(&format!("/v1/reports/allocations{query}")).must(200).body;
        let whole = amounts(&of("")["totals"]);
        assert_eq!(whole, [200_000, 49_990, -11, 199_990, -10, 100_000].map(Some));
        // Three fifths and two fifths, to the penny.
        let (poca, grant) = ([120_000, 29_994, -7, 119_994, -6, 60_000].map(Some), [80_000, 19_996, -4, 79_996, -4, 40_000].map(Some));
        assert_eq!(amounts(&of("?source=poca")["totals"]), poca);
        assert_eq!(amounts(&of("?source=main-grant")["totals"]), grant);
        let rows = of("?group_by=source")["rows"].clone();
        let rows: Vec<_> = rows.as_array().unwrap().iter().map(|row| (row["source"]["code"].clone(), amounts(row))).collect();
        assert_eq!(rows, [(json!("main-grant"), grant), (json!("poca"), poca)]);
        // Expenditure shares it by the same rule, and its rows come to the whole in each column.
        let spent = |query: &str| scene.finance.get(&format!("/v1/reports/expenditure{query}")).must(200).body;
        let names = ["amount_pence", "accepted_pence", "adjustment_pence", "return_count"];
        let told = |of: &Value| names.map(|name| of[name].as_i64().unwrap());
        let rows = spent("?group_by=source");
        let rows: Vec<_> = rows["rows"].as_array().unwrap().iter().map(|row| (row["source"]["code"].clone(), told(row))).collect();
        assert_eq!(rows, [(json!("main-grant"), [19_996, 20_000, -4, 1]), (json!("poca"), [29_994, 30_001, -7, 1])]);
        assert_eq!(told(&spent("?group_by=source")["returned"]), [49_990, 50_001, -11, 1]);
        for (source, share) in [("main-grant", [19_996, 20_000, -4, 1]), ("poca", [29_994, 30_001, -7, 1])] {
            assert_eq!(told(&spent(&format!("?source={source}"))["returned"]), share, "{source}");
        }
    }

    fn silence_about_spend_reports_no_quarter(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(200_000, json!({ "profile": profile() })).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "We began." }));
        assert_eq!(expected(&scene), [Some(0), Some(200_000), Some(0)], "it is not said what was spent");
        accepted(&scene, &award, "2020-21-Q2", &json!({ "spend": [] }));
        assert_eq!(expected(&scene), [Some(0), Some(150_000), Some(-50_000)], "nothing was spent");
    }

    fn a_part_does_not_speak_for_its_whole(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let whole = scene.live(200_000, json!({ "profile": profile() })).id();
        let own = part(&scene, &whole);
        accepted(&scene, &own, "2020-21-Q1", &json!({ "spend": spend(30_000) }));
        assert_eq!(expected(&scene), [Some(30_000), Some(200_000), Some(0)], "the rest of the quarter is still to come");
        accepted(&scene, &own, "2020-21-Q2", &json!({ "spend": spend(60_000) }));
        assert_eq!(expected(&scene), [Some(90_000), Some(210_000), Some(10_000)]);
        accepted(&scene, &whole, "2020-21-Q1", &json!({ "spend": spend(45_000) }));
        assert_eq!(expected(&scene), [Some(105_000), Some(205_000), Some(5_000)], "now the whole has spoken for the first quarter");
    }

    fn percentages_add_what_they_are_made_of(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let input = json!({ "name": "Who stay", "kind": "outcome", "unit": "percent", "direction": "higher", "adds_over_time": "average",
            "adds_over_areas": "average" });
        let share = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id();
        let total = json!({ "code": "stay", "name": "x", "measure": "sum", "scope_kind": "indicator", "scope": [share], "printed_value": 91 });
        scene.finance.post("/v1/control-totals", &total).must(201);
        let of = |part: i64, whole: i64| {
            json!({ "values": [{ "indicator_id": share, "status": "reported", "value": part, "denominator": whole }] })
        };
        accepted(&scene, &award, "2020-21-Q1", &of(1, 2));
        accepted(&scene, &award, "2020-21-Q2", &of(90, 98));
        let shown = |query: &str| -> Vec<Value> {
            let report = scene.finance.get(&format!("/v1/reports/indicators{query}")).must(200);
            let rows = report.body["rows"].as_array().unwrap().clone();
            rows.iter().map(|row| json!([row["value"], row["numerator"], row["denominator"]])).collect()
        };
        assert_eq!(shown(""), [json!([91, 91, 100])]);
        assert_eq!(shown("?group_by=period"), [json!([50, 1, 2]), json!([91.837, 90, 98])]);
        let held = scene.finance.get("/v1/control-totals").must(200).body["rows"][0].clone();
        assert_eq!((&held["computed_value"], &held["agrees"]), (&json!(91), &json!(true)));
        let table = scene.finance.get("/v1/reports/indicators?format=csv").must(200);
        assert!(table.text.lines().next().unwrap().contains(",illustrative_count,numerator,denominator,"), "{}", table.text);
    }
}
