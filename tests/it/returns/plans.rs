//! What an award asks for when its plan or its dates change: each day once, and nothing that is begun twice.

use serde_json::{Value, json};

use super::{accepted, act, actions, of_period, owed, periods, send, set_plan, submitted, write};
use crate::support::Scene;

/// First and last day of each return that is owed, in order.
fn days(scene: &Scene, award: &str) -> Vec<(String, String)> {
    let all = scene.author.all(&format!("/v1/awards/{award}/returns"));
    let owed = all.iter().filter(|one| one["is_owed"] == true);
    let day = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let mut days: Vec<_> = owed.map(|one| (day(one, "starts_on"), day(one, "ends_on"))).collect();
    days.sort();
    days
}

fn days_of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(first, last)| ((*first).to_owned(), (*last).to_owned())).collect()
}

/// Gives the award other days.
pub fn move_dates(scene: &Scene, award: &str, dates: &Value) {
    let input = json!({ "title": "Other days", "reason": "The hall was closed.", "effective_on": "2020-10-01", "dates": dates });
    let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &input).must(201);
    let path = format!("/v1/variations/{}", drafted.id());
    let issued = scene.commissioner.change(&format!("{path}/issue"), drafted.tag(), &json!({})).must(200);
    let accepted = scene.signatory.change(&format!("{path}/acceptance"), issued.tag(), &json!({})).must(200);
    scene.commissioner.change(&format!("{path}/application"), accepted.tag(), &json!({})).must(200);
}

on_both! {
    fn no_quarter_is_asked_for_twice(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        accepted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "We began." }));
        set_plan(&scene, &award, "half_yearly");
        let all = [("2020-06-01", "2020-06-30"), ("2020-07-01", "2020-09-30"), ("2020-10-01", "2021-03-31")];
        assert_eq!(days(&scene, &award), days_of(&all));
        assert_eq!(of_period(&scene, &award, "2020-21-Q1").body["state"], "accepted");
        // A begun half is not asked for again by quarters.
        let half = of_period(&scene, &award, "2020-21-H2");
        write(&scene.author, &half, &json!({ "narrative": "Half a year." })).must(200);
        set_plan(&scene, &award, "quarterly");
        assert_eq!(days(&scene, &award), days_of(&all));
        set_plan(&scene, &award, "end_of_grant");
        assert_eq!(days(&scene, &award), days_of(&all), "what is begun covers all but one quarter");
        set_plan(&scene, &award, "half_yearly");
        assert_eq!(days(&scene, &award), days_of(&all));
    }

    fn what_is_begun_follows_the_dates_of_the_award(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "ends_on": "2021-02-15" })).id();
        let last = of_period(&scene, &award, "2020-21-Q4");
        assert_eq!(last.body["ends_on"], "2021-02-15");
        write(&scene.author, &last, &json!({ "narrative": "So far." })).must(200);
        move_dates(&scene, &award, &json!({ "ends_on": "2021-03-20" }));
        let longer = of_period(&scene, &award, "2020-21-Q4");
        let shown = ["state", "ends_on", "due_on"].map(|name| longer.body[name].as_str().unwrap().to_owned());
        assert_eq!(shown, ["draft", "2021-03-20", "2021-04-13"]);
        assert_eq!(longer.body["content"]["narrative"], "So far.");
        let spend = json!({ "spend": [{ "category": "staff", "amount_pence": 5, "spent_from": "2021-03-01", "spent_to": "2021-03-20" }] });
        write(&scene.author, &longer, &spend).must(200);
        // One that was sent keeps its days; those that come after it are asked for apart.
        for quarter in ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3"] {
            submitted(&scene, &award, quarter, &json!({ "narrative": "Done." }));
        }
        let sent = send(&scene, &of_period(&scene, &award, "2020-21-Q4"));
        assert_eq!(sent.body["state"], "submitted");
        move_dates(&scene, &award, &json!({ "ends_on": "2021-03-31" }));
        assert_eq!(of_period(&scene, &award, "2020-21-Q4").body["ends_on"], "2021-03-20");
        assert_eq!(of_period(&scene, &award, "2021-03-21 to 2021-03-31").body["state"], "due");
    }

    fn a_draft_that_is_not_owed_is_not_overdue(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &json!({ "narrative": "We began." })).must(200);
        let overdue = || scene.commissioner.all(&format!("/v1/returns?award_id={award}&overdue=true")).len();
        assert_eq!(overdue(), 4);
        set_plan(&scene, &award, "none");
        let first = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!((&first.body["state"], &first.body["is_owed"], &first.body["is_overdue"]), (&json!("draft"), &json!(false), &json!(false)));
        assert_eq!(overdue(), 0);
        set_plan(&scene, &award, "quarterly");
        assert_eq!((overdue(), of_period(&scene, &award, "2020-21-Q1").body["is_owed"].clone()), (4, json!(true)));
    }

    fn what_is_begun_and_not_owed_holds_nothing_up(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let words = json!({ "narrative": "We began." });
        write(&scene.author, &of_period(&scene, &award, "2020-21-Q1"), &words).must(200);
        write(&scene.author, &of_period(&scene, &award, "2020-21-Q4"), &words).must(200);
        // It began later after all, and ended early.
        move_dates(&scene, &award, &json!({ "starts_on": "2020-07-01" }));
        submitted(&scene, &award, "2020-21-Q2", &words);
        let tag = scene.award(&award).tag().to_owned();
        let end = json!({ "ended_on": "2020-11-15", "reason": "the project closed" });
        scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &end).must(200);
        assert_eq!(days(&scene, &award), days_of(&[("2020-07-01", "2020-09-30"), ("2020-10-01", "2020-11-15")]));
        let all = [("2020-21-Q1", "draft"), ("2020-21-Q2", "submitted"), ("2020-21-Q3", "due"), ("2020-21-Q4", "draft")];
        assert_eq!(owed(&scene, &award), periods(&all));
        assert_eq!(scene.commissioner.all(&format!("/v1/returns?award_id={award}&overdue=true")).len(), 1);
    }

    fn submitting_is_offered_in_its_order(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let words = json!({ "narrative": "We began." });
        let second = write(&scene.author, &of_period(&scene, &award, "2020-21-Q2"), &words).must(200);
        assert_eq!(actions(&second), ["write"], "the first quarter comes first");
        assert_eq!(act(&scene.author, &second, "submission").must(409).code(), "rule_broken");
        let listed = scene.author.all(&format!("/v1/returns?award_id={award}&state=draft"));
        assert_eq!(listed[0]["allowed_actions"], json!(["write"]));
        submitted(&scene, &award, "2020-21-Q1", &words);
        assert_eq!(actions(&of_period(&scene, &award, "2020-21-Q2")), ["write"], "it is not certified yet");
        send(&scene, &second);
    }
}
