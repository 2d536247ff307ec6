//! Values of returns are kept packed for reports: the answers are those of the values themselves, and `almoner verify` says so.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::spend::{counted, indicator};
use crate::returns::{accepted, submitted};
use crate::support::program::verify;
use crate::support::{App, Backend, Scene};
use crate::workers::a_round;

/// Questions that read values apart and together, of all returns and of some.
const QUESTIONS: [&str; 8] = [
    "",
    "group_by=area",
    "group_by=quarter",
    "group_by=award&group_by=period",
    "returns=sent",
    "returns=sent&group_by=provider&group_by=area",
    "quarter=2020-21-Q1",
    "area=walsall&group_by=quarter",
];

fn silent(indicator: &str, area: &str) -> Value {
    json!({ "indicator_id": indicator, "area_id": area, "status": "not_reported" })
}

fn on_basis(mut value: Value, basis: &str) -> Value {
    value["basis"] = json!(basis);
    value
}

/// What is counted: by two awards, by one, by area alone, in percent, by age, and by an award and its part.
struct Counts {
    people: String,
    places: String,
    visits: String,
    share: String,
    by_age: String,
    of_part: String,
}

/// Two awards, and a part of the second.
fn awards(scene: &Scene) -> ([String; 3], Counts) {
    let both = json!({ "area_ids": [scene.area, scene.other_area] });
    let (draft, other) = (scene.draft(300_000, both.clone()), scene.draft(200_000, both));
    let (one, two) = (draft.id(), other.id());
    let own = |changes: Value| {
        let mut input = json!({ "name": "Stayed", "kind": "outcome", "direction": "higher", "unit": "percent", "adds_over_time": "average",
            "adds_over_areas": "average" });
        changes.as_object().unwrap().iter().for_each(|(name, value)| input[name] = value.clone());
        scene.commissioner.post(&format!("/v1/awards/{one}/indicators"), &input).must(201).id()
    };
    let breakdown = json!({ "by": "age", "groups": ["under 18", "18 and over"], "adds": "sum" });
    let by_age =
        own(json!({ "name": "Helped", "unit": "people", "adds_over_time": "sum", "adds_over_areas": "sum", "breakdown": breakdown }));
    let (people, visits) =
        (indicator(scene, &[&one, &two], "People", "sum", "sum"), indicator(scene, &[&one, &two], "Visits", "sum", "sum"));
    let (places, share) = (indicator(scene, &[&one], "Places", "latest", "maximum"), own(json!({})));
    scene.go_live(&draft);
    scene.go_live(&other);
    let part =
        scene.draft(0, json!({ "component_of": two, "amount_pence": null, "tranche_id": null, "area_ids": [scene.other_area] })).id();
    let of_part = indicator(scene, &[&two, &part], "Sessions", "sum", "sum");
    scene.offer(&scene.award(&part)).must(200);
    scene.plan(&part);
    scene.accept(&part).must(200);
    ([one, two, part], Counts { people, places, visits, share, by_age, of_part })
}

/// Returns that report whole and by area, in groups, on another basis and not at all; what is adjusted, and what is not accepted yet. Answers the
/// indicator that is reported by area alone.
fn office(scene: &Scene) -> String {
    let ([one, two, part], Counts { people, places, visits, share, by_age, of_part }) = awards(scene);
    let (here, there) = (Some(scene.area.as_str()), Some(scene.other_area.as_str()));
    let of = |indicator: &str, area: Option<&str>, group: Option<&str>, value: i64, whole: Option<i64>| json!({ "indicator_id": indicator, "area_id": area, "group": group, "status": "reported", "value": value, "denominator": whole });
    let content = |values: &[Value]| json!({ "narrative": "All went well.", "spend": [], "values": values });
    let both = |indicator: &str, first: i64, second: i64| [counted(indicator, here, first), counted(indicator, there, second)];
    let aged = |area: Option<&str>, young: i64, old: i64| {
        [of(&by_age, area, Some("under 18"), young, None), of(&by_age, area, Some("18 and over"), old, None)]
    };
    let first = [
        vec![counted(&people, None, 11)],
        both(&people, 7, 4).to_vec(),
        both(&places, 30, 20).to_vec(),
        vec![of(&share, here, None, 1, Some(2)), of(&share, there, None, 90, Some(98)), counted(&visits, here, 5)],
        vec![silent(&visits, &scene.other_area), of(&by_age, there, None, 5, None)],
        aged(here, 2, 3).to_vec(),
        aged(there, 4, 1).to_vec(),
    ];
    let first = accepted(scene, &one, "2020-21-Q1", &content(&first.concat()));
    let second = [
        vec![on_basis(counted(&people, here, 9), "referrals"), counted(&people, there, 1), counted(&places, here, 25)],
        vec![silent(&places, &scene.other_area), of(&share, None, None, 3, Some(4))],
        both(&visits, 6, 2).to_vec(),
        aged(here, 1, 0).to_vec(),
    ];
    accepted(scene, &one, "2020-21-Q2", &content(&second.concat()));
    let third = [
        both(&people, 3, 2).to_vec(),
        both(&visits, 1, 1).to_vec(),
        vec![counted(&places, None, 40), of(&share, here, None, 1, Some(3)), of(&by_age, None, None, 6, None)],
    ];
    submitted(scene, &one, "2020-21-Q3", &content(&third.concat()));
    let beside = [
        both(&people, 8, 8).to_vec(),
        both(&visits, 3, 4).to_vec(),
        vec![counted(&of_part, here, 10), silent(&of_part, &scene.other_area)],
    ];
    accepted(scene, &two, "2020-21-Q1", &content(&beside.concat()));
    accepted(scene, &part, "2020-21-Q1", &content(&[counted(&of_part, there, 6)]));
    let less = |indicator: &str, area: Option<&str>, value: i64| json!({ "indicator_id": indicator, "area_id": area, "value": value });
    let correct =
        json!({ "reason": "Counted twice.", "values": [less(&people, here, -2), less(&people, None, -2), less(&places, here, -5)] });
    scene.commissioner.post(&format!("/v1/returns/{}/adjustments", first.id()), &correct).must(201);
    visits
}

fn answers(scene: &Scene, known_at: &str) -> Vec<String> {
    let ask = |query: &&str| scene.finance.get(&format!("/v1/reports/indicators?known_at={known_at}&{query}")).must(200).text;
    QUESTIONS.iter().map(ask).collect()
}

fn packed(app: &App) -> usize {
    app.texts("SELECT CAST(content_no AS TEXT) AS text FROM return_packed_values").len()
}

on_both! {
    fn a_report_says_the_same_of_packed_values_and_of_the_values(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let visits = office(&scene);
        let known_at = scene.finance.get("/v1/reports/indicators").must(200).body["known_at"].as_str().unwrap().to_owned();
        let (of_packed, count) = (answers(&scene, &known_at), packed(app));
        assert!(count >= 5 && of_packed[0].contains("mixed_basis") && of_packed[0].contains("incomplete"), "{}", of_packed[0]);
        // An office of an earlier version has none packed; then some, and then all.
        app.sql("DELETE FROM return_packed_values");
        assert_eq!(answers(&scene, &known_at), of_packed);
        a_round(app);
        assert_eq!((answers(&scene, &known_at), packed(app)), (of_packed.clone(), count));
        let first = if app.backend == Backend::Sqlite { "MIN(return_id)" } else { "CAST(MIN(CAST(return_id AS TEXT)) AS UUID)" };
        app.sql(&format!("DELETE FROM return_packed_values WHERE return_id = (SELECT {first} FROM return_packed_values)"));
        assert!(packed(app) < count);
        assert_eq!(answers(&scene, &known_at), of_packed);
        // Areas that are not told apart come to what they come to when each is read.
        let rows = |query: &str| {
            let mut rows = scene.finance.get(&format!("/v1/reports/indicators?indicator={visits}{query}")).must(200).body["rows"].clone();
            // It holds the question.
            rows.as_array_mut().unwrap().iter_mut().for_each(|row| row["returns_url"] = Value::Null);
            rows
        };
        assert_eq!(rows(""), rows("&area=walsall&area=dudley"));
        assert_eq!([&rows("")[0]["value"], &rows("")[0]["reported_count"], &rows("")[0]["not_reported_count"]], [20, 5, 1]);
        let checked = verify(&app.database_url);
        assert!(checked.0 && checked.1.contains("Values: hold. ") && checked.1.contains(" packed contents; each is what was written."), "{}", checked.1);
    }

    fn packed_values_that_are_not_the_values_are_named(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let people = indicator(&scene, &[&draft.id()], "People", "sum", "sum");
        let award = scene.go_live(&draft).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "Well.", "spend": [], "values": [counted(&people, None, 12)] }));
        assert!(verify(&app.database_url).1.contains("Values: hold. 1 packed content;"));
        app.sql("UPDATE return_value SET value_thousandths = 13000");
        let (holds, said) = verify(&app.database_url);
        assert!(!holds && said.contains("content 1: what is packed is not what was written") && said.contains("Values: DO NOT HOLD."), "{said}");
    }
    fn what_is_redacted_is_packed_no_more(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let draft = scene.draft(300_000, json!({}));
        let people = indicator(&scene, &[&draft.id()], "People", "sum", "sum");
        let award = scene.go_live(&draft).id();
        let value = on_basis(counted(&people, None, 12), "those whom Jo Bloggs knows");
        let done = accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "Well.", "spend": [], "values": [value] }));
        let bases = || scene.finance.get("/v1/reports/indicators").must(200).body["rows"][0]["bases"].clone();
        assert_eq!(bases(), json!(["those whom Jo Bloggs knows"]));
        let input = json!({ "pointers": ["/values/0/basis"], "reason": "It named a person." });
        app.office(&[Role::DataProtectionOfficer]).post(&format!("/v1/returns/{}/redaction", done.id()), &input).must(201);
        assert_eq!(bases(), json!(["[redacted]"]));
        let (holds, said) = verify(&app.database_url);
        assert!(holds && said.contains("Values: hold. 1 packed content;"), "{said}");
    }
}
