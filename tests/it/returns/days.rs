//! For which days the numbers of an indicator are: the period, the year to date, all from the beginning, or how it stands at the end.

use serde_json::{Value, json};

use super::findings::findings;
use super::{accepted, act, of_period, send, submitted, write};
use crate::support::Scene;

fn counted(scene: &Scene, award: &str, changes: Value) -> String {
    let mut input = json!({ "name": "People helped", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "latest",
        "adds_over_areas": "sum" });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id()
}

fn content(indicator: &str, number: i64) -> Value {
    json!({ "spend": [], "values": [{ "indicator_id": indicator, "status": "reported", "value": number }] })
}

on_both! {
    fn an_indicator_says_for_which_days_it_asks(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let path = format!("/v1/awards/{award}/indicators");
        let to_date = counted(&scene, &award, json!({ "asks_for": "year_to_date" }));
        let shown = |id: &str| scene.commissioner.get(&format!("/v1/indicators/{id}")).must(200);
        assert_eq!(shown(&to_date).body["asks_for"], "year_to_date");
        // Where it says nothing, it follows as it always did.
        for (changes, follows) in [(json!({}), "from_beginning"), (json!({ "direction": "lower" }), "at_the_end"), (json!({ "adds_over_time": "sum" }), "period")] {
            assert_eq!(shown(&counted(&scene, &award, changes)).body["asks_for"], follows);
        }
        let wrong = json!({ "name": "People", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum", "adds_over_areas": "sum",
            "asks_for": "year_to_date" });
        assert_eq!(scene.commissioner.post(&path, &wrong).must(422).faults(), ["/adds_over_time not_allowed"]);
        write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content(&to_date, 5)).must(200);
        let locked = shown(&to_date);
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{to_date}"), locked.tag(), &json!({ "asks_for": "from_beginning" })).must(422);
        assert_eq!(refused.faults(), ["/asks_for locked"]);
        scene.commissioner.patch(&format!("/v1/indicators/{to_date}"), locked.tag(), &json!({ "counts_under_18": true })).must(200);
    }

    fn a_year_to_date_is_told_as_quarter_and_year(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "starts_on": "2020-04-01" })).id();
        let people = counted(&scene, &award, json!({ "asks_for": "year_to_date" }));
        accepted(&scene, &award, "2020-21-Q1", &content(&people, 10));
        let second = submitted(&scene, &award, "2020-21-Q2", &content(&people, 25));
        let form = scene.author.get(&format!("/v1/returns/{}/form", second.id())).must(200);
        let own = &form.body["indicators"][0];
        let figure = &own["places"].as_array().unwrap().iter().find(|place| place["area_id"].is_null()).unwrap()["figures"][0];
        assert_eq!((&own["asks_for"], &figure["written"]["value"], &figure["in_period"], &figure["year_to_date"]),
            (&json!("year_to_date"), &json!(25), &json!(15), &json!(25)));
        let third = write(&scene.author, &of_period(&scene, &award, "2020-21-Q3"), &content(&people, 24)).must(200);
        assert_eq!(findings(&third), ["warning /values/0/value value_fell"]);
        assert!(third.text.contains("fell from 25 in 2020-21-Q2 to 24, and counts from the beginning of the year."), "{}", third.text);
        // 90 to date are 65 in the quarter, where 10 and 15 were usual.
        let third = write(&scene.author, &third, &content(&people, 90)).must(200);
        assert_eq!(findings(&third), ["warning /values/0/value unusual_value"]);
        let seen = scene.commissioner.get(&format!("/v1/returns/{}", second.id())).must(200);
        act(&scene.commissioner, &seen, "acceptance").must(200);
        let report = scene.finance.get("/v1/reports/indicators").must(200);
        assert_eq!((&report.body["rows"][0]["value"], &report.body["rows"][0]["reported_count"]), (&json!(25), &json!(2)));
    }

    fn a_year_to_date_begins_anew_in_april(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "ends_on": "2021-06-30" })).id();
        let people = counted(&scene, &award, json!({ "asks_for": "year_to_date" }));
        let all = counted(&scene, &award, json!({ "name": "Since the beginning" }));
        let both = |year: i64, ever: i64| json!({ "spend": [], "values": [{ "indicator_id": people, "status": "reported", "value": year },
            { "indicator_id": all, "status": "reported", "value": ever }] });
        for (quarter, number) in [("2020-21-Q1", 10), ("2020-21-Q2", 20), ("2020-21-Q3", 30), ("2020-21-Q4", 40)] {
            accepted(&scene, &award, quarter, &both(number, number));
        }
        let next = of_period(&scene, &award, "2021-22-Q1");
        let written = write(&scene.author, &next, &both(8, 48)).must(200);
        assert_eq!(findings(&written), Vec::<String>::new(), "8 of a new year is no fall from 40");
        let fell = write(&scene.author, &written, &both(8, 39)).must(200);
        assert_eq!(findings(&fell), ["warning /values/1/value value_fell"]);
        let right = write(&scene.author, &fell, &both(8, 48)).must(200);
        act(&scene.commissioner, &send(&scene, &right), "acceptance").must(200);
        let form = scene.author.get(&format!("/v1/returns/{}/form", next.id())).must(200);
        let figures: Vec<Value> = form.body["indicators"].as_array().unwrap().iter().map(|one| {
            let place = one["places"].as_array().unwrap().iter().find(|place| place["area_id"].is_null()).unwrap();
            json!([one["name"], place["figures"][0]["in_period"], place["figures"][0]["year_to_date"]])
        }).collect();
        assert!(figures.contains(&json!(["People helped", 8, 8])) && figures.contains(&json!(["Since the beginning", 8, 8])), "{figures:?}");
        // The years are added, each with its latest figure.
        let report = scene.finance.get("/v1/reports/indicators").must(200);
        let rows = report.body["rows"].as_array().unwrap();
        let value = |name: &str| rows.iter().find(|row| row["indicator"]["name"] == name).unwrap()["value"].clone();
        assert_eq!((value("People helped"), value("Since the beginning")), (json!(48), json!(48)));
    }

    fn the_end_of_a_grant_is_told_whole(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let [short, long] = ["2021-03-31", "2021-06-30"].map(|last| scene.live(300_000, json!({ "ends_on": last })).id());
        let told = |award: &str| -> Vec<Value> {
            let all = ["period", "year_to_date", "from_beginning", "at_the_end"].map(|days| {
                let how = if days == "period" { json!("sum") } else { json!("latest") };
                counted(&scene, award, json!({ "name": days, "asks_for": days, "adds_over_time": how }))
            });
            crate::returns::set_plan(&scene, award, "end_of_grant");
            let values: Vec<Value> = all.iter().map(|id| json!({ "indicator_id": id, "status": "reported", "value": 7 })).collect();
            let content = json!({ "spend": [{ "category": "staff", "amount_pence": 1_000 }], "values": values });
            let sent = submitted(&scene, award, "end of grant", &content);
            let form = scene.author.get(&format!("/v1/returns/{}/form", sent.id())).must(200).body;
            assert_eq!((&form["kind"], &form["spend"]["period_pence"]), (&json!("end_of_grant"), &json!(1_000)));
            let figure = |one: &Value| one["places"].as_array().unwrap().iter().find(|place| place["area_id"].is_null()).unwrap()["figures"][0].clone();
            let of = |one: &Value| json!([one["asks_for"], figure(one)["written"]["value"], figure(one)["in_period"], figure(one)["year_to_date"]]);
            let mut rows: Vec<Value> = form["indicators"].as_array().unwrap().iter().map(of).collect();
            rows.push(form["spend"]["year_to_date_pence"].clone());
            rows.sort_by_key(Value::to_string);
            rows
        };
        let all = |of_it: Value, year: Value| {
            let words = ["at_the_end", "from_beginning", "period", "year_to_date"];
            let mut rows: Vec<Value> = words.iter().map(|word| json!([word, 7, of_it, of_it])).collect();
            rows.push(year);
            rows.sort_by_key(Value::to_string);
            rows
        };
        assert_eq!(told(&short), all(json!(7), json!(1_000)), "a grant within a year is its own year");
        // One that began in the year before is no part of any year: nothing is cut at April.
        assert_eq!(told(&long), all(Value::Null, Value::Null));
    }

    fn people_under_18_are_told_apart(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let young = counted(&scene, &award, json!({ "adds_over_time": "sum", "counts_under_18": true }));
        let groups = json!({ "by": "age", "groups": ["under 18", "18 and over"], "adds": "sum", "under_18": ["under 18"] });
        let wrong = json!({ "by": "age", "groups": ["under 18", "18 and over"], "adds": "sum", "under_18": ["children"] });
        let seen = scene.commissioner.get(&format!("/v1/indicators/{young}")).must(200);
        assert_eq!(seen.body["counts_under_18"], true);
        let path = format!("/v1/indicators/{young}");
        assert_eq!(scene.commissioner.patch(&path, seen.tag(), &json!({ "breakdown": wrong })).must(422).faults(), ["/breakdown/under_18/0 unknown_record"]);
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content(&young, 5)).must(200);
        assert_eq!(findings(&written), ["warning /values/0/value under_eighteen_not_told"]);
        let seen = scene.commissioner.get(&path).must(200);
        let set = scene.commissioner.patch(&path, seen.tag(), &json!({ "breakdown": groups })).must(200);
        assert_eq!(set.body["breakdown"], groups);
        let again = scene.author.get(&format!("/v1/returns/{}", written.id())).must(200);
        assert_eq!(findings(&again), ["warning /values/0 groups_not_reported"]);
    }

    fn last_time_is_what_was_sent(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = counted(&scene, &award, json!({}));
        let drafted = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content(&people, 10)).must(200);
        let second = of_period(&scene, &award, "2020-21-Q2");
        let last = || {
            let form = scene.author.get(&format!("/v1/returns/{}/form", second.id())).must(200);
            form.body["indicators"][0]["places"][0]["last"]["value"].clone()
        };
        assert_eq!(last(), Value::Null, "a draft is no figure yet");
        send(&scene, &drafted);
        assert_eq!(last(), 10);
    }
}
