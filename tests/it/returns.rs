//! Returns: owed by themselves, written by the provider, answered by the office.

mod adjustments;
mod backlog;
mod closing;
mod content;
mod dates;
mod days;
mod evidence;
mod explained;
mod findings;
mod groups;
mod narrative;
mod page;
pub mod paper;
pub mod plans;
mod redaction;
mod refused;
mod reviewed;
mod signing;
pub mod workbook;

use serde_json::{Value, json};

use crate::support::{Answer, Client, Scene};

/// The returns of an award as its provider sees them: period and state.
fn owed(scene: &Scene, award: &str) -> Vec<(String, String)> {
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    scene.author.all(&format!("/v1/awards/{award}/returns")).iter().map(|one| (word(one, "period"), word(one, "state"))).collect()
}

/// The return of an award for a period.
pub fn of_period(scene: &Scene, award: &str, period: &str) -> Answer {
    let all = scene.author.all(&format!("/v1/awards/{award}/returns"));
    let one = all.iter().find(|one| one["period"] == period).unwrap_or_else(|| panic!("no return for {period}"));
    scene.author.get(&format!("/v1/returns/{}", one["id"].as_str().unwrap())).must(200)
}

pub fn write(who: &Client, seen: &Answer, content: &Value) -> Answer {
    who.patch(&format!("/v1/returns/{}/content", seen.id()), seen.tag(), content)
}

/// An act on a return by whoever saw it as `seen`.
pub fn act(who: &Client, seen: &Answer, noun: &str) -> Answer {
    who.change(&format!("/v1/returns/{}/{noun}", seen.id()), seen.tag(), &json!({ "question": "Please split it by borough." }))
}

fn actions(answer: &Answer) -> Vec<&str> {
    answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// Certifies a return as the signatory sees it.
pub fn certify(scene: &Scene, seen: &Answer) -> Answer {
    act(&scene.signatory, seen, "certification").must(200)
}

/// Has a return certified by the signatory and sends it as the author.
pub fn send(scene: &Scene, seen: &Answer) -> Answer {
    act(&scene.author, &certify(scene, seen), "submission").must(200)
}

/// A return of an award, written and sent.
pub fn submitted(scene: &Scene, award: &str, period: &str, content: &Value) -> Answer {
    let written = write(&scene.author, &of_period(scene, award, period), content).must(200);
    send(scene, &written)
}

/// A return of an award, written, sent and accepted.
pub fn accepted(scene: &Scene, award: &str, period: &str, content: &Value) -> Answer {
    act(&scene.commissioner, &submitted(scene, award, period, content), "acceptance").must(200)
}

pub fn set_plan(scene: &Scene, award: &str, frequency: &str) {
    let tag = scene.award(award).tag().to_owned();
    let plan = json!({ "frequency": frequency, "evaluation": "light" });
    scene.commissioner.put(&format!("/v1/awards/{award}/monitoring-plan"), &tag, &plan).must(200);
}

/// An indicator of an award; counted in `unit`.
fn indicator(scene: &Scene, award: &str, name: &str, unit: &str) -> String {
    let adds = if unit == "percent" { "average" } else { "sum" };
    let input =
        json!({ "name": name, "kind": "output", "unit": unit, "direction": "higher", "adds_over_time": adds, "adds_over_areas": adds });
    scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id()
}

fn periods(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(period, state)| ((*period).to_owned(), (*state).to_owned())).collect()
}

on_both! {
    fn returns_appear_by_themselves(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let award = draft.id();
        scene.offer(&draft).must(200);
        assert_eq!(owed(&scene, &award), []);
        scene.plan(&award);
        scene.accept(&award).must(200);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        assert_eq!(owed(&scene, &award), periods(&quarters.map(|quarter| (quarter, "due"))));
        let first = of_period(&scene, &award, "2020-21-Q1");
        let days = ["starts_on", "ends_on", "due_on"].map(|name| first.body[name].as_str().unwrap().to_owned());
        assert_eq!(days, ["2020-06-01", "2020-06-30", "2020-08-21"]);
        assert_eq!((first.body["is_overdue"].as_bool(), first.body["kind"].as_str()), (Some(true), Some("quarterly")));
        let content = first.body["content"].as_object().unwrap();
        assert!(content.values().all(|part| part.is_null() || *part == json!([])), "{}", first.text);
        assert_eq!(scene.commissioner.all("/v1/returns?overdue=true").len(), 4);
        assert_eq!(scene.commissioner.all(&format!("/v1/returns?provider_id={}", scene.other_provider)).len(), 0);
        let titles: Vec<_> = scene.author.all("/v1/returns?limit=1").iter().map(|one| one["award"]["code"].clone()).collect();
        assert_eq!(titles, vec![json!("CIF-2020-21-T1-0001"); 4]);
        // What is begun stays; the rest follows the plan.
        write(&scene.author, &first, &json!({ "narrative": "We began." })).must(200);
        set_plan(&scene, &award, "half_yearly");
        let half_yearly = [("2020-21-Q1", "draft"), ("2020-21-Q2", "due"), ("2020-21-Q3", "fallen_away"), ("2020-21-H2", "due"),
            ("2020-21-Q4", "fallen_away")];
        let mut now = owed(&scene, &award);
        now.sort();
        let mut wanted = periods(&half_yearly);
        wanted.sort();
        assert_eq!(now, wanted, "the second quarter is what is left of the first half");
        let state = |period: &str| owed(&scene, &award).into_iter().find(|(one, _)| one == period).map(|(_, state)| state);
        set_plan(&scene, &award, "end_of_grant");
        assert_eq!((state("2020-21-H2").as_deref(), state("end of grant").as_deref()), (Some("fallen_away"), Some("due")));
        assert_eq!(of_period(&scene, &award, "end of grant").body["starts_on"], "2020-07-01");
        set_plan(&scene, &award, "none");
        assert_eq!((state("2020-21-Q1").as_deref(), state("end of grant").as_deref()), (Some("draft"), Some("fallen_away")));
        set_plan(&scene, &award, "quarterly");
        assert_eq!((state("2020-21-Q1").as_deref(), state("2020-21-Q4").as_deref()), (Some("draft"), Some("due")));
        assert_eq!(scene.commissioner.all("/v1/returns?state=fallen_away").len(), 2);
    }

    fn what_an_early_end_leaves_is_owed(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let tag = scene.award(&award).tag().to_owned();
        let end = json!({ "ended_on": "2020-11-15", "reason": "the project closed" });
        scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &end).must(200);
        assert_eq!(owed(&scene, &award), periods(&[("2020-21-Q1", "due"), ("2020-21-Q2", "due"), ("2020-21-Q3", "due"), ("2020-21-Q4", "fallen_away")]));
        assert_eq!(of_period(&scene, &award, "2020-21-Q3").body["ends_on"], "2020-11-15");
        let fallen = of_period(&scene, &award, "2020-21-Q4");
        assert_eq!(actions(&fallen), Vec::<&str>::new());
        assert_eq!(write(&scene.author, &fallen, &json!({ "narrative": "x" })).must(409).code(), "wrong_state");
        assert_eq!(fallen.body["is_overdue"], false);
    }

    fn a_return_goes_its_whole_way(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "area_ids": [scene.area, scene.other_area] })).id();
        let people = indicator(&scene, &award, "People referred", "people");
        let share = indicator(&scene, &award, "People who stay", "percent");
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!(actions(&first), ["write"]);
        let values = json!([{ "indicator_id": people, "area_id": scene.area, "status": "reported", "value": 0 },
            { "indicator_id": people, "area_id": scene.other_area, "status": "not_reported" },
            { "indicator_id": share, "status": "reported", "value": 2.5, "denominator": 10, "basis": "those who answered" }]);
        let spend = json!([{ "category": "staff", "amount_pence": 70_000, "direct_activity": true },
            { "category": "other", "amount_pence": 5_000, "spent_from": "2020-06-10", "spent_to": "2020-06-12", "note": "a hall" }]);
        let begun = write(&scene.author, &first, &json!({ "values": values, "narrative": "We began." })).must(200);
        assert_eq!((begun.body["state"].as_str(), actions(&begun)), (Some("draft"), vec!["write"]));
        let written = write(&scene.author, &begun, &json!({ "spend": spend, "risks": "No hall in winter." })).must(200);
        let content = &written.body["content"];
        assert_eq!((&content["narrative"], &content["risks"]), (&json!("We began."), &json!("No hall in winter.")));
        assert_eq!((&content["spend"][0]["amount_pence"], &content["spend"][1]["spent_to"]), (&json!(70_000), &json!("2020-06-12")));
        // Nought is a value; not reported is none.
        assert_eq!((&content["values"][0]["status"], &content["values"][0]["value"]), (&json!("reported"), &json!(0)));
        assert_eq!((&content["values"][1]["status"], &content["values"][1]["value"]), (&json!("not_reported"), &Value::Null));
        assert_eq!((&content["values"][2]["value"], &content["values"][2]["denominator"]), (&json!(2.5), &json!(10)));
        let submitted = send(&scene, &written);
        assert_eq!((submitted.body["state"].as_str(), submitted.body["is_overdue"].as_bool()), (Some("submitted"), Some(false)));
        assert!(submitted.body["submitted_by"].as_str().unwrap().starts_with("provider_author"));
        assert_eq!(write(&scene.author, &submitted, &json!({ "narrative": "More." })).must(409).code(), "wrong_state");
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", first.id())).must(200);
        assert_eq!(actions(&at_office), ["query", "accept", "reopen"]);
        let queried = act(&scene.commissioner, &at_office, "queries").must(200);
        assert_eq!(queried.body["state"], "queried");
        let asked = scene.signatory.get(&format!("/v1/returns/{}", first.id())).must(200);
        assert_eq!((asked.body["query"].as_str(), actions(&asked)), (Some("Please split it by borough."), vec!["write", "submit"]));
        assert_eq!(act(&scene.commissioner, &asked, "acceptance").must(409).code(), "wrong_state");
        let mut mended = values;
        mended[1] = json!({ "indicator_id": people, "area_id": scene.other_area, "status": "reported", "value": 12 });
        let mended = write(&scene.author, &asked, &json!({ "values": mended })).must(200);
        assert_eq!(mended.body["state"], "queried");
        let again = act(&scene.signatory, &certify(&scene, &mended), "submission").must(200);
        assert_eq!(again.body["state"], "resubmitted");
        let accepted = act(&scene.commissioner, &again, "acceptance").must(200);
        assert_eq!((accepted.body["state"].as_str(), actions(&accepted)), (Some("accepted"), vec!["adjust"]));
        assert!(accepted.body["accepted_on"].is_string());
        assert_eq!(accepted.body["content"]["values"][1]["value"], 12);
        // An accepted return is never opened again.
        assert_eq!(write(&scene.author, &accepted, &json!({ "narrative": "More." })).must(409).code(), "wrong_state");
        assert_eq!(act(&scene.author, &accepted, "submission").must(409).code(), "wrong_state");
        for noun in ["queries", "acceptance"] {
            assert_eq!(act(&scene.commissioner, &accepted, noun).must(409).code(), "wrong_state");
        }
        // What was counted keeps the way it is counted, and no money has moved.
        let counted = scene.commissioner.get(&format!("/v1/indicators/{people}")).must(200);
        scene.commissioner.patch(&format!("/v1/indicators/{people}"), counted.tag(), &json!({ "unit": "women" })).must(422);
        assert_eq!(scene.held("committed", &award), [300_000, 0]);
        assert_eq!(scene.commissioner.all("/v1/returns?state=accepted").len(), 1);
        assert_eq!(scene.commissioner.all(&format!("/v1/returns?award_id={award}&overdue=true")).len(), 3);
    }
}
