//! Values by groups: ages, routes of referral … What they come to, beside a total or without one, and the form that asks for them.

use serde_json::{Value, json};

use super::findings::findings;
use super::{accepted, of_period, submitted, write};
use crate::support::{Answer, Scene};

fn by_age(scene: &Scene, award: &str, changes: Value) -> String {
    let mut input = json!({ "name": "People helped", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
        "adds_over_areas": "sum", "breakdown": { "by": "age", "groups": ["under 18", "18 and over"], "adds": "sum" } });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &input).must(201).id()
}

fn of(indicator: &str, group: Option<&str>, number: i64) -> Value {
    json!({ "indicator_id": indicator, "group": group, "status": "reported", "value": number })
}

fn content(values: &[Value]) -> Value {
    json!({ "spend": [], "values": values })
}

fn rows(scene: &Scene, question: &str) -> Vec<Value> {
    let report = scene.finance.get(&format!("/v1/reports/indicators{question}")).must(200);
    report.body["rows"].as_array().unwrap().iter().map(|row| json!([row["period"], row["value"], row["not_reported_count"]])).collect()
}

fn faults_of(answer: &Answer) -> Vec<String> {
    answer.faults()
}

on_both! {
    fn groups_come_to_what_is_counted_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = by_age(&scene, &award, json!({}));
        let first = of_period(&scene, &award, "2020-21-Q1");
        let total = write(&scene.author, &first, &content(&[of(&people, None, 7)])).must(200);
        assert_eq!(findings(&total), ["warning /values/0 groups_not_reported"]);
        assert!(total.text.contains("`People helped` is asked for by age, and only the total is given."), "{}", total.text);
        let unknown = write(&scene.author, &total, &content(&[of(&people, Some("children"), 7)])).must(422);
        assert_eq!(faults_of(&unknown), ["/values/0/group unknown_record"]);
        let twice = [of(&people, Some("under 18"), 7), of(&people, Some("under 18"), 7)];
        assert_eq!(faults_of(&write(&scene.author, &total, &content(&twice)).must(422)), ["/values/1 repeated"]);
        let differs = [of(&people, None, 7), of(&people, Some("under 18"), 2), of(&people, Some("18 and over"), 4)];
        let differs = write(&scene.author, &total, &content(&differs)).must(200);
        assert_eq!(findings(&differs), ["warning /values/0/value total_not_sum_of_groups"]);
        // With a total the total counts, without one what the groups come to; never both.
        let both = [of(&people, None, 6), of(&people, Some("under 18"), 2), of(&people, Some("18 and over"), 4)];
        accepted(&scene, &award, "2020-21-Q1", &content(&both));
        accepted(&scene, &award, "2020-21-Q2", &content(&both[1..]));
        let silent = json!({ "indicator_id": people, "group": "18 and over", "status": "not_reported" });
        accepted(&scene, &award, "2020-21-Q3", &content(&[of(&people, Some("under 18"), 5), silent]));
        // A group without a word is missing as one that is not reported.
        accepted(&scene, &award, "2020-21-Q4", &content(&[of(&people, Some("under 18"), 1)]));
        assert_eq!(rows(&scene, "?group_by=period"),
            [json!(["2020-21-Q1", 6, 0]), json!(["2020-21-Q2", 6, 0]), json!(["2020-21-Q3", 5, 1]), json!(["2020-21-Q4", 1, 1])]);
        // Told apart by groups, each beside what all come to.
        let by_group = scene.finance.get("/v1/reports/indicators?group_by=group").must(200);
        let of_group: Vec<Value> = by_group.body["rows"].as_array().unwrap().iter().map(|row| json!([row["group"], row["value"], row["not_reported_count"]])).collect();
        assert_eq!(of_group, [json!([null, 18, 2]), json!(["under 18", 10, 0]), json!(["18 and over", 8, 2])]);
        assert_eq!(rows(&scene, ""), [json!([null, 18, 2])]);
    }

    fn groups_that_never_become_one_make_no_total(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let overlapping = json!({ "by": "need", "groups": ["housing", "debt"], "adds": "none" });
        let people = by_age(&scene, &award, json!({ "breakdown": overlapping }));
        let first = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &content(&[of(&people, Some("debt"), 3), of(&people, Some("housing"), 2)])).must(200);
        assert_eq!(findings(&first), ["warning /values/0 total_not_reported"]);
        assert_eq!(first.body["findings"][0]["message"], "`People helped` has values by need and no total, and somebody may be in two groups.");
        accepted(&scene, &award, "2020-21-Q1", &content(&[of(&people, Some("debt"), 3), of(&people, Some("housing"), 2)]));
        accepted(&scene, &award, "2020-21-Q2", &content(&[of(&people, Some("debt"), 3), of(&people, Some("housing"), 2), of(&people, None, 4)]));
        assert_eq!(rows(&scene, ""), [json!([null, 4, 0])], "the first quarter's total is not added, and never 5");
        let told = scene.finance.get("/v1/reports/indicators").must(200).body["rows"][0]["warnings"].clone();
        assert!(told.as_array().unwrap().contains(&json!("does_not_add_over_groups")), "{told}");
    }

    fn a_group_is_adjusted_with_its_whole(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = by_age(&scene, &award, json!({}));
        let groups = [of(&people, Some("under 18"), 2), of(&people, Some("18 and over"), 4)];
        let whole = accepted(&scene, &award, "2020-21-Q1", &content(&[vec![of(&people, None, 6)], groups.to_vec()].concat()));
        let parts = accepted(&scene, &award, "2020-21-Q2", &content(&groups));
        let adjust = |one: &Answer, values: Value| {
            let input = json!({ "reason": "Somebody was counted twice.", "values": values });
            scene.commissioner.post(&format!("/v1/returns/{}/adjustments", one.id()), &input)
        };
        let more = |group: Option<&str>, number: i64| json!({ "indicator_id": people, "group": group, "value": number });
        assert_eq!(faults_of(&adjust(&whole, json!([more(Some("under 18"), -1)])).must(422)), ["/values/0/value whole_missing"]);
        assert_eq!(faults_of(&adjust(&parts, json!([more(None, 1)])).must(422)), ["/values/0/group required"]);
        let made = adjust(&whole, json!([more(Some("under 18"), -1), more(None, -1)])).must(201);
        assert_eq!((&made.body["values"][0]["group"], &made.body["values"][0]["after"]), (&json!("under 18"), &json!(1)));
        adjust(&parts, json!([more(Some("18 and over"), 3)])).must(201);
        adjust(&whole, json!([more(Some("18 and over"), 2), more(Some("under 18"), -2)])).must(422);
        assert_eq!(rows(&scene, ""), [json!([null, 14, 0])], "6 and 6, less 1, and 3 more");
    }

    fn what_is_counted_stays_once_there_are_values(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let people = by_age(&scene, &award, json!({ "definition": "Each person once." }));
        let path = format!("/v1/indicators/{people}");
        submitted(&scene, &award, "2020-21-Q1", &content(&[of(&people, Some("under 18"), 2), of(&people, Some("18 and over"), 4)]));
        let seen = scene.commissioner.get(&path).must(200);
        let other = json!({ "by": "age", "groups": ["under 25", "25 and over"], "adds": "sum" });
        let changes = json!({ "definition": "Each visit.", "breakdown": other, "unit": "sessions" });
        let refused = scene.commissioner.patch(&path, seen.tag(), &changes).must(422);
        assert_eq!(faults_of(&refused), ["/breakdown locked", "/definition locked", "/unit locked"]);
        let other = scene.commissioner.patch(&path, seen.tag(), &json!({ "kind": "outcome", "direction": "lower" })).must(422);
        assert_eq!(faults_of(&other), ["/direction locked", "/kind locked"]);
        assert!(refused.text.contains("succeeds_id"), "{}", refused.text);
        let next = by_age(&scene, &award, json!({ "name": "Visits", "unit": "sessions", "succeeds_id": people }));
        assert_eq!(scene.commissioner.get(&format!("/v1/indicators/{next}")).must(200).body["succeeds_id"], people.as_str());
        let itself = scene.commissioner.get(&format!("/v1/indicators/{next}")).must(200);
        let refused = scene.commissioner.patch(&format!("/v1/indicators/{next}"), itself.tag(), &json!({ "succeeds_id": next })).must(422);
        assert_eq!(faults_of(&refused), ["/succeeds_id circular"]);
        let circle = scene.commissioner.patch(&path, seen.tag(), &json!({ "succeeds_id": next })).must(422);
        assert_eq!(faults_of(&circle), ["/succeeds_id circular"]);
    }

    fn a_form_says_what_it_asks_and_shows_the_year(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let quarters = ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
        let profile: Vec<Value> = quarters.iter().map(|quarter| json!({ "quarter": quarter, "amount_pence": 200_000 })).collect();
        let award = scene.live(800_000, json!({ "profile": profile })).id();
        let people = by_age(&scene, &award, json!({}));
        let open = by_age(&scene, &award, json!({ "name": "People so far", "adds_over_time": "latest", "breakdown": null }));
        let spend = |pence: i64| json!([{ "category": "staff", "amount_pence": pence }]);
        let values = |one: i64, two: i64| {
            json!([of(&people, Some("under 18"), one), of(&people, Some("18 and over"), two), of(&open, None, one + two)])
        };
        submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": spend(200_000), "values": values(2, 3) }));
        let second = of_period(&scene, &award, "2020-21-Q2");
        write(&scene.author, &second, &json!({ "spend": spend(170_000), "values": values(4, 6) })).must(200);
        let form = scene.author.get(&format!("/v1/returns/{}/form", second.id())).must(200);
        assert_eq!((&form.body["is_short"], form.body["sections"].as_array().unwrap().len()), (&json!(false), 13));
        let money = &form.body["spend"];
        assert_eq!([&money["asks_for"], &money["planned_pence"], &money["period_pence"], &money["year_to_date_pence"], &money["award_pence"]],
            [&json!("period"), &json!(200_000), &json!(170_000), &json!(370_000), &json!(800_000)]);
        let shown = |name: &str| form.body["indicators"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
        let (people, open) = (shown("People helped"), shown("People so far"));
        assert_eq!([&people["asks_for"], &open["asks_for"]], ["period", "from_beginning"]);
        let figures = |one: &Value| -> Vec<Value> {
            let all = one["places"][0]["figures"].as_array().unwrap();
            all.iter().map(|figure| json!([figure["group"], figure["written"]["value"], figure["year_to_date"]])).collect()
        };
        assert_eq!(figures(&people), [json!([null, null, 15]), json!(["under 18", 4, 6]), json!(["18 and over", 6, 9])]);
        assert_eq!(figures(&open), [json!([null, 10, 10])]);
        assert_eq!(findings(&scene.author.get(&format!("/v1/returns/{}", second.id())).must(200)), ["warning /spend spend_below_profile"]);
        scene.stranger.get(&format!("/v1/returns/{}/form", second.id())).must(404);
    }

    fn a_small_grant_has_one_short_form(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let form = |award: &str| scene.author.get(&format!("/v1/returns/{}/form", of_period(&scene, award, "2020-21-Q1").id())).must(200);
        let seen = form(&award);
        assert_eq!((&seen.body["is_short"], &seen.body["sections"]), (&json!(true), &json!(["spend", "values", "narrative"])));
        let policy = scene.commissioner.get("/v1/return-policy").must(200);
        assert_eq!([&policy.body["short_form_up_to_pence"], &policy.body["profile_tolerance_percent"]], [500_000, 10]);
        let tighter = json!({ "due_working_days": 15, "weekly_reminders_max": 8, "short_form_up_to_pence": 0, "profile_tolerance_percent": 50 });
        let set = scene.commissioner.put("/v1/return-policy", policy.tag(), &tighter).must(200);
        assert_eq!([&set.body["short_form_up_to_pence"], &set.body["profile_tolerance_percent"]], [0, 50]);
        assert_eq!(form(&award).body["is_short"], json!(false));
        // A return is not held against a form that is short: it may say more.
        let told = json!({ "spend": [], "risks": "The lease ends." });
        let written = write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &told).must(200);
        assert_eq!(written.body["content"]["risks"], "The lease ends.");
        // One that is asked for at its end alone has one form in all.
        let draft = scene.draft(300_000, json!({}));
        let plan = json!({ "frequency": "end_of_grant", "evaluation": "light" });
        let seen = scene.commissioner.get(&format!("/v1/awards/{}", draft.id())).must(200);
        scene.commissioner.put(&format!("/v1/awards/{}/monitoring-plan", draft.id()), seen.tag(), &plan).must(200);
        scene.go_live(&scene.award(&draft.id()));
        let all = scene.author.get(&format!("/v1/awards/{}/returns", draft.id())).must(200);
        assert_eq!(all.body["items"].as_array().unwrap().len(), 1, "{}", all.text);
        assert_eq!(all.body["items"][0]["kind"], "end_of_grant");
    }
}
