//! Days: when returns are due, more time, opening again, and reminders.

use std::collections::BTreeSet;

use almoner::access::permissions::Role;
use almoner::kernel::Id;
use almoner::kernel::working_day::working_days_after;
use almoner::returns::reminders::acts as reminders;
use almoner::store::WriteMeta;
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::returns::{act, actions, of_period, submitted, write};
use crate::support::{Answer, App, Scene};
use crate::workers::a_round;

const POLICY: &str = "/v1/return-policy";

fn extend(scene: &Scene, seen: &Answer, due_on: NaiveDate) -> Answer {
    let input = json!({ "due_on": due_on, "reason": "The office was flooded." });
    scene.commissioner.change(&format!("/v1/returns/{}/extension", seen.id()), seen.tag(), &input)
}

/// Letters about returns: to whom and with which subject.
fn letters(app: &App) -> Vec<String> {
    app.texts(
        "SELECT recipient || ': ' || subject AS text FROM outbox_message WHERE record_kind = 'return' ORDER BY recorded_at, recipient",
    )
}

on_both! {
    fn the_office_sets_when_returns_are_due(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let before = scene.live(300_000, json!({}));
        let seen = scene.commissioner.get(POLICY).must(200);
        assert_eq!([&seen.body["due_working_days"], &seen.body["remind_days_before"], &seen.body["weekly_reminders_max"]], [15, 7, 8]);
        scene.author.put(POLICY, seen.tag(), &json!({ "due_working_days": 5, "weekly_reminders_max": 0 })).must(403);
        let wrong = json!({ "due_working_days": 121, "remind_days_before": 0, "weekly_reminders_max": 53, "colour": "red" });
        let faults = ["/colour unknown_field", "/due_working_days too_large", "/remind_days_before too_small", "/weekly_reminders_max too_large"];
        assert_eq!(scene.commissioner.put(POLICY, seen.tag(), &wrong).must(422).faults(), faults);
        let set = scene.commissioner.put(POLICY, seen.tag(), &json!({ "due_working_days": 5, "weekly_reminders_max": 0 })).must(200);
        assert_eq!([&set.body["version"], &set.body["remind_days_before"]], [&json!(1), &json!(null)]);
        scene.commissioner.put(POLICY, seen.tag(), &json!({ "due_working_days": 6, "weekly_reminders_max": 0 })).must(412);
        // What is made from now on follows it; what was due already stays.
        let after = scene.live(200_000, json!({}));
        let due = |award: &Answer| of_period(&scene, &award.id(), "2020-21-Q1").body["due_on"].clone();
        assert_eq!((due(&before), due(&after)), (json!("2020-08-21"), json!("2020-08-07")));
    }

    fn what_is_still_to_come_follows_the_policy(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ends_on = app.service.db.clock().today() + TimeDelta::days(800);
        let award = scene.live(300_000, json!({ "ends_on": ends_on })).id();
        let ahead = || {
            let mut all = scene.author.all(&format!("/v1/awards/{award}/returns"));
            all.retain(|one| one["state"] == "not_yet_due");
            all
        };
        let days = |one: &Value, name: &str| one[name].as_str().unwrap().parse::<NaiveDate>().unwrap();
        let before = ahead();
        assert!(before.len() > 4, "{before:?}");
        let seen = |one: &Value| scene.commissioner.get(&format!("/v1/returns/{}", one["id"].as_str().unwrap())).must(200);
        let longer = extend(&scene, &seen(&before[1]), days(&before[1], "due_on") + TimeDelta::days(40)).must(200);
        write(&scene.author, &seen(&before[2]), &json!({ "narrative": "We began early." })).must(200);
        let policy = scene.commissioner.get(POLICY).must(200);
        scene.commissioner.put(POLICY, policy.tag(), &json!({ "due_working_days": 20, "weekly_reminders_max": 8 })).must(200);
        let due = |one: &Value| days(&seen(one).body, "due_on");
        for (at, one) in before.iter().enumerate() {
            let wanted = match at {
                1 => days(&longer.body, "due_on"),
                2 => days(one, "due_on"),
                _ => working_days_after(days(one, "ends_on"), 20),
            };
            assert_eq!(due(one), wanted, "{at}: {one}");
        }
        let first = before.last().unwrap();
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}", first["id"].as_str().unwrap()));
        let told: Vec<&Value> = events.iter().filter(|event| event["act"] == "return_policy.set").collect();
        let [event] = told[..] else { panic!("one event of one change: {events:?}") };
        assert_eq!((&event["after"]["due_on"], &event["after"]["version"]), (&json!(due(first)), &seen(first).body["version"]));
        assert_eq!(seen(first).body["version"].as_i64(), first["version"].as_i64().map(|version| version + 1));
    }

    fn an_officer_finds_what_is_to_be_done(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ends_on = app.service.db.clock().today() + TimeDelta::days(200);
        let award = scene.live(300_000, json!({ "ends_on": ends_on })).id();
        let first = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [] }));
        submitted(&scene, &award, "2020-21-Q2", &json!({ "spend": [] }));
        let asked = act(&scene.commissioner, &first, "queries").must(200);
        let list = |query: &str| -> Vec<(String, String)> {
            let all = scene.commissioner.all(&format!("/v1/returns?{query}"));
            all.iter().map(|one| (one["period"].as_str().unwrap().to_owned(), one["state"].as_str().unwrap().to_owned())).collect()
        };
        let own = |all: &[(&str, &str)]| all.iter().map(|(period, state)| ((*period).to_owned(), (*state).to_owned())).collect::<Vec<_>>();
        assert_eq!(list("with=office"), own(&[("2020-21-Q2", "submitted")]));
        assert_eq!(list("state=submitted&state=queried"), own(&[("2020-21-Q1", "queried"), ("2020-21-Q2", "submitted")]));
        assert_eq!(list("quarter=2020-21-Q1"), own(&[("2020-21-Q1", "queried")]));
        let with_provider = list("with=provider");
        assert!(with_provider.contains(&("2020-21-Q1".to_owned(), "queried".to_owned())), "{with_provider:?}");
        assert!(with_provider.iter().all(|(_, state)| state != "not_yet_due" && state != "submitted"), "{with_provider:?}");
        let of_state = |query: &str, wanted: &str| list(query).iter().all(|(_, state)| state == wanted) && !list(query).is_empty();
        assert!(of_state("state=due", "due") && of_state("state=not_yet_due", "not_yet_due"), "a list is asked in the words that it answers in");
        assert_eq!(list("state=due&state=not_yet_due").len(), list("state=due").len() + list("state=not_yet_due").len());
        assert_eq!(scene.commissioner.get("/v1/returns?state=open").must(422).faults(), ["query:state/0 not_a_choice"]);
        act(&scene.author, &asked, "submission").must(200);
        assert_eq!(list("with=office").len(), 2);
        assert_eq!(list(&format!("with=office&fund_id={}&quarter=2020-21-Q2", scene.fund)), own(&[("2020-21-Q2", "submitted")]));
        assert_eq!(list(&format!("fund_id={}", scene.period)), []);
        assert_eq!(scene.commissioner.get("/v1/returns?with=nobody").must(422).faults(), ["query:with not_a_choice"]);
    }

    fn more_time_is_given_to_one_and_to_many(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (one, other) = (scene.live(300_000, json!({})).id(), scene.live(200_000, json!({})).id());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let first = of_period(&scene, &one, "2020-21-Q1");
        assert_eq!(extend(&scene, &first, day("2020-08-21")).must(422).faults(), ["/due_on too_early"]);
        let longer = extend(&scene, &first, day("2020-08-31")).must(200);
        assert_eq!([&longer.body["due_on"], &longer.body["due_reason"]], ["2020-08-31", "The office was flooded."]);
        assert_eq!(actions(&longer), ["write", "extend"]);
        let input = json!({ "quarter": "2020-21-Q1", "due_on": "2020-08-28", "reason": "Offices were closed." });
        let many = scene.commissioner.post("/v1/return-extensions", &input).must(200);
        let second = of_period(&scene, &other, "2020-21-Q1");
        assert_eq!(many.body, json!({ "extended_count": 1, "return_ids": [second.id()] }));
        assert_eq!([&second.body["due_on"], &of_period(&scene, &one, "2020-21-Q1").body["due_on"]], ["2020-08-28", "2020-08-31"]);
        assert_eq!(of_period(&scene, &other, "2020-21-Q2").body["due_on"], "2020-10-21");
        let nobody = json!({ "quarter": "2020-21-Q1", "provider_id": scene.other_provider, "due_on": "2020-12-31", "reason": "x" });
        assert_eq!(scene.commissioner.post("/v1/return-extensions", &nobody).must(200).body["extended_count"], 0);
        scene.author.post("/v1/return-extensions", &input).must(403);
        let mistyped = json!({ "quarter": "2020-21-Q1", "provider_id": scene.fund, "due_on": "2020-12-31", "reason": "x" });
        assert_eq!(scene.commissioner.post("/v1/return-extensions", &mistyped).must(422).faults(), ["/provider_id unknown_record"]);
        let auditor = app.office(&[Role::Auditor]);
        let mut events = auditor.all(&format!("/v1/audit-events?record_id={}&act=return.extend", first.id()));
        events.retain(|event| event["outcome"] == "done");
        let reasons = auditor.get(&format!("/v1/returns/{}", first.id())).must(200).body["reasons"].clone();
        assert_eq!((events.len(), &events[0]["after"]["version"]), (1, &reasons[0]["version"]));
        assert_eq!((&reasons[0]["reason"], &events[0]["reason"]), (&json!("The office was flooded."), &Value::Null), "the log holds no words");
    }

    fn more_time_stays_when_the_days_move(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        extend(&scene, &of_period(&scene, &award, "2020-21-Q3"), day("2021-06-30")).must(200);
        let second = of_period(&scene, &award, "2020-21-Q2");
        let before = second.body["due_on"].clone();
        let end = json!({ "ended_on": "2020-11-15", "reason": "the project closed" });
        let tag = scene.award(&award).tag().to_owned();
        scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &end).must(200);
        let third = of_period(&scene, &award, "2020-21-Q3");
        assert_eq!([&third.body["ends_on"], &third.body["due_on"], &third.body["due_reason"]], ["2020-11-15", "2021-06-30", "The office was flooded."]);
        assert_eq!(of_period(&scene, &award, "2020-21-Q2").body["due_on"], before);
    }

    fn more_time_for_the_end_of_a_grant_stays_after_a_variation(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        crate::returns::set_plan(&scene, &award, "end_of_grant");
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let end = || of_period(&scene, &award, "end of grant");
        assert_eq!([&end().body["ends_on"], &end().body["due_on"]], ["2021-03-31", "2021-04-23"]);
        extend(&scene, &end(), day("2021-08-31")).must(200);
        crate::returns::plans::move_dates(&scene, &award, &json!({ "ends_on": "2021-06-30" }));
        assert_eq!([&end().body["ends_on"], &end().body["due_on"], &end().body["due_reason"]], ["2021-06-30", "2021-08-31", "The office was flooded."]);
        // Where the new days make it due later than the day that was given, that is not taken away either.
        crate::returns::plans::move_dates(&scene, &award, &json!({ "ends_on": "2021-12-31" }));
        assert_eq!([&end().body["ends_on"], &end().body["due_on"]], ["2021-12-31", "2022-01-24"]);
    }

    fn author_and_signatory_hear_of_a_question(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [] }));
        app.sql("DELETE FROM outbox_message");
        act(&scene.commissioner, &sent, "queries").must(200);
        let told = letters(app);
        let to = |who: &str| told.iter().filter(|line| line.starts_with(who) && line.ends_with("2020-21-Q1: a question")).count();
        assert_eq!((told.len(), to("provider_author"), to("provider_signatory")), (2, 1, 1), "{told:?}");
        let bodies = app.texts("SELECT body AS text FROM outbox_message");
        assert!(bodies.iter().all(|body| body.contains("question about your return for 2020-21-Q1") && !body.contains("borough")), "{bodies:?}");
    }

    fn what_the_office_writes_names_nobody_by_a_number(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let number = "Ask about AB 123 456 C.";
        let (first, second) = (of_period(&scene, &award, "2020-21-Q1"), of_period(&scene, &award, "2020-21-Q2"));
        let more = json!({ "due_on": "2027-12-31", "reason": number });
        let refused = scene.commissioner.change(&format!("/v1/returns/{}/extension", second.id()), second.tag(), &more).must(422);
        assert_eq!(refused.faults(), ["/reason national_insurance_number"]);
        assert!(!refused.text.contains("123 456"), "{}", refused.text);
        let many = json!({ "quarter": "2020-21-Q2", "due_on": "2027-12-31", "reason": "NHS 943.476.5919" });
        assert_eq!(scene.commissioner.post("/v1/return-extensions", &many).must(422).faults(), ["/reason nhs_number"]);
        let upload = |name: &str| {
            let path = format!("/v1/returns/{}/evidence?file_name={name}", first.id());
            scene.author.send(scene.author.request(reqwest::Method::POST, &path).header("Content-Type", "text/plain").body("A letter\n"))
        };
        assert_eq!(upload("AB123456C.txt").must(422).faults(), ["query:file_name national_insurance_number"]);
        assert_eq!(scene.author.all(&format!("/v1/returns/{}/evidence", first.id())).len(), 0);
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [] }));
        let post = |noun: &str, body: &serde_json::Value| scene.commissioner.change(&format!("/v1/returns/{}/{noun}", sent.id()), sent.tag(), body);
        assert_eq!(post("queries", &json!({ "question": number })).must(422).faults(), ["/question national_insurance_number"]);
        assert_eq!(post("reopening", &json!({ "reason": number })).must(422).faults(), ["/reason national_insurance_number"]);
        act(&scene.commissioner, &sent, "acceptance").must(200);
        let adjusted = json!({ "reason": number, "spend": [{ "category": "staff", "amount_pence": 5 }] });
        let refused = scene.commissioner.post(&format!("/v1/returns/{}/adjustments", sent.id()), &adjusted).must(422);
        assert_eq!(refused.faults(), ["/reason national_insurance_number"]);
    }

    fn what_was_sent_is_opened_again_until_it_is_accepted(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "narrative": "We began.", "spend": [] }));
        let reason = json!({ "reason": "You asked to mend a figure." });
        let path = format!("/v1/returns/{}/reopening", sent.id());
        scene.author.change(&path, sent.tag(), &reason).must(403);
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", sent.id())).must(200);
        let open = scene.commissioner.change(&path, at_office.tag(), &reason).must(200);
        assert_eq!([&open.body["state"], &open.body["content"]["narrative"]], ["draft", "We began."]);
        let again = scene.author.get(&format!("/v1/returns/{}", sent.id())).must(200);
        let again = act(&scene.author, &again, "submission").must(200);
        let at_office = scene.commissioner.get(&format!("/v1/returns/{}", again.id())).must(200);
        let accepted = act(&scene.commissioner, &at_office, "acceptance").must(200);
        assert_eq!(scene.commissioner.change(&path, accepted.tag(), &reason).must(409).code(), "wrong_state");
    }

    fn what_is_opened_again_has_a_new_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let today = app.service.db.clock().today();
        // It was due a week ago, and came in time.
        let last_week = today - TimeDelta::days(7);
        extend(&scene, &of_period(&scene, &award, "2020-21-Q1"), last_week).must(200);
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [] }));
        let path = format!("/v1/returns/{}/reopening", sent.id());
        let over = json!({ "reason": "You asked to mend a figure.", "send_again_by": last_week });
        assert_eq!(scene.commissioner.change(&path, sent.tag(), &over).must(422).faults(), ["/send_again_by too_early"]);
        app.sql("DELETE FROM outbox_message");
        let open = scene.commissioner.change(&path, sent.tag(), &json!({ "reason": "You asked to mend a figure." })).must(200);
        let usual = working_days_after(today, 10);
        assert_eq!([&open.body["send_again_by"], &open.body["due_on"], &open.body["is_overdue"]], [&json!(usual), &json!(last_week), &json!(false)]);
        let bodies = app.texts("SELECT body AS text FROM outbox_message");
        assert!(bodies.iter().all(|body| body.contains(&format!("Please send it once more by {usual}."))), "{bodies:?}");
        app.sql("DELETE FROM outbox_message");
        a_round(app);
        assert_eq!(letters(app), Vec::<String>::new(), "nobody is told that it has not come yet");
        // More time moves that day.
        assert_eq!(extend(&scene, &open, usual).must(422).faults(), ["/due_on too_early"]);
        let longer = extend(&scene, &open, usual + TimeDelta::days(1)).must(200);
        assert_eq!([&longer.body["send_again_by"], &longer.body["due_on"]], [&json!(usual + TimeDelta::days(1)), &json!(last_week)]);
        let again = act(&scene.author, &longer, "submission").must(200);
        assert_eq!(again.body["send_again_by"], Value::Null);
    }

    fn a_question_has_a_last_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let today = app.service.db.clock().today();
        let in_days = |days: i64| today + TimeDelta::days(days);
        extend(&scene, &of_period(&scene, &award, "2020-21-Q1"), in_days(1)).must(200);
        let sent = submitted(&scene, &award, "2020-21-Q1", &json!({ "spend": [] }));
        let path = format!("/v1/returns/{}/queries", sent.id());
        let ask = |tag: &str, day: Value| scene.commissioner.change(&path, tag, &json!({ "question": "Why?", "send_again_by": day }));
        assert_eq!(ask(sent.tag(), json!(in_days(-1))).must(422).faults(), ["/send_again_by too_early"]);
        let asked = ask(sent.tag(), json!(today)).must(200);
        assert_eq!([&asked.body["send_again_by"], &asked.body["is_overdue"]], [&json!(today), &json!(false)]);
        assert_eq!(actions(&asked), ["write", "query", "extend"]);
        app.sql("DELETE FROM outbox_message");
        a_round(app);
        let told = letters(app);
        assert!(told.len() == 2 && told.iter().all(|line| line.ends_with(&format!("Q1: to be sent again by {today}"))), "{told:?}");
        a_round(app);
        assert_eq!(letters(app).len(), 2, "once");
        // A week later nobody has answered.
        app.sql(&format!("UPDATE quarterly_return_version SET send_again_by = '{}' WHERE state = 'queried'", in_days(-7)));
        let late = scene.author.get(&format!("/v1/returns/{}", sent.id())).must(200);
        assert_eq!((&late.body["state"], &late.body["is_overdue"]), (&json!("queried"), &json!(true)));
        let overdue = scene.commissioner.all(&format!("/v1/returns?overdue=true&award_id={award}"));
        assert!(overdue.iter().any(|one| one["id"] == json!(sent.id())), "{overdue:?}");
        a_round(app);
        assert_eq!(letters(app).iter().filter(|line| line.contains("Q1: not sent again by")).count(), 2);
        let grid = scene.finance.get("/v1/reports/return-compliance?quarter=2020-21-Q1").must(200);
        let row = &grid.body["rows"][0];
        assert_eq!((&row["is_on_time"], &row["again_days_late"], &row["send_again_by"]), (&json!(true), &json!(7), &json!(in_days(-7))), "{}", grid.text);
        assert_eq!([&grid.body["totals"]["unanswered_count"], &grid.body["by_fund"][0]["unanswered_count"]], [1, 1]);
        // Another question gives the usual days; all returns of the quarter get more.
        let more = ask(late.tag(), Value::Null).must(200);
        assert_eq!(more.body["send_again_by"], json!(working_days_after(today, 10)));
        let input = json!({ "quarter": "2020-21-Q1", "due_on": in_days(60), "reason": "Offices were closed." });
        assert_eq!(scene.commissioner.post("/v1/return-extensions", &input).must(200).body["extended_count"], 1);
        let seen = of_period(&scene, &award, "2020-21-Q1");
        assert_eq!([&seen.body["send_again_by"], &seen.body["due_on"]], [&json!(in_days(60)), &json!(in_days(1))]);
        let again = act(&scene.author, &seen, "submission").must(200);
        assert_eq!([&again.body["send_again_by"], &again.body["is_overdue"]], [&Value::Null, &json!(false)]);
    }

    fn providers_are_reminded_once_for_each_reason(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let today = app.service.db.clock().today();
        let in_days = |days: i64| today + TimeDelta::days(days);
        for (period, due_on) in [("2020-21-Q1", in_days(0)), ("2020-21-Q2", in_days(3)), ("2020-21-Q3", in_days(-7))] {
            extend(&scene, &of_period(&scene, &award, period), due_on).must(200);
        }
        app.sql("DELETE FROM outbox_message");
        a_round(app);
        let told = letters(app);
        let of = |what: &str| told.iter().filter(|line| line.contains(what)).count();
        // Who writes and who signs: two letters a return. The fourth quarter was due long ago, and nobody is reminded for ever.
        assert_eq!((told.len(), of("Q1: due today"), of("Q2: due on"), of("Q3: overdue since")), (6, 2, 2, 2), "{told:?}");
        assert_eq!((of("provider_author"), of("provider_signatory")), (3, 3), "{told:?}");
        let events = || app.office(&[Role::Auditor]).all("/v1/audit-events?act=return.remind");
        let first = events();
        let said: BTreeSet<&str> = first.iter().map(|event| event["after"]["reminder"].as_str().unwrap()).collect();
        assert_eq!((first.len(), said.len(), &first[0]["after"]["users"]), (3, 3, &json!(2)), "{first:?}");
        assert!(first.iter().all(|event| event["record_kind"] == "return" && event["actor_kind"] == "system"), "{first:?}");
        let second_quarter = of_period(&scene, &award, "2020-21-Q2").id();
        assert_eq!(first.iter().filter(|event| event["record_id"] == json!(second_quarter)).count(), 1);
        a_round(app);
        assert_eq!((letters(app).len(), events().len()), (6, 3));
        // Another day is another reason.
        extend(&scene, &of_period(&scene, &award, "2020-21-Q3"), in_days(5)).must(200);
        app.sql("DELETE FROM outbox_message");
        a_round(app);
        assert_eq!(letters(app).len(), 2);
    }

    fn an_award_can_be_left_out_of_reminders(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let path = format!("/v1/awards/{award}/reminders");
        let seen = scene.commissioner.get(&path).must(200);
        assert_eq!([&seen.body["is_wanted"], &seen.body["version"]], [&json!(true), &json!(0)]);
        scene.author.put(&path, seen.tag(), &json!({ "is_wanted": false })).must(403);
        let named = json!({ "is_wanted": false, "reason": "Ask AB 12 34 56 C." });
        assert_eq!(scene.commissioner.put(&path, seen.tag(), &named).must(422).faults(), ["/reason national_insurance_number"]);
        scene.commissioner.put(&path, seen.tag(), &json!({ "is_wanted": false, "reason": "We talk every week." })).must(200);
        extend(&scene, &of_period(&scene, &award, "2020-21-Q1"), app.service.db.clock().today()).must(200);
        app.sql("DELETE FROM outbox_message");
        a_round(app);
        let id: Id = of_period(&scene, &award, "2020-21-Q1").id().parse().unwrap();
        let told = app.service.db.write(WriteMeta::system("return.remind", "test"), move |tx| reminders::remind(tx, id));
        assert_eq!(app.wait(told), Ok(false), "also where it was found before it was left out");
        assert_eq!(letters(app), Vec::<String>::new());
        let seen = scene.author.get(&path).must(200);
        assert_eq!([&seen.body["is_wanted"], &seen.body["reason"]], [&json!(false), &json!("We talk every week.")]);
        scene.commissioner.put(&path, scene.commissioner.get(&path).must(200).tag(), &json!({ "is_wanted": true })).must(200);
        a_round(app);
        assert_eq!(letters(app).len(), 2);
    }
}
