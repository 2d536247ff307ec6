//! Meetings with providers: planned, held or called off, what is to be done after them, and which are still to be held.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Scene};

fn planned(award: &str, day: &str) -> Value {
    json!({ "kind": "quarterly_monitoring", "award_id": award, "planned_on": day })
}

/// Changes a meeting as it is now.
#[track_caller]
fn amend(who: &Client, id: &str, patch: &Value) -> Answer {
    let path = format!("/v1/meetings/{id}");
    let tag = who.get(&path).must(200).tag().to_owned();
    who.patch(&path, &tag, patch)
}

/// Adds an action to a meeting as it is now.
#[track_caller]
fn add(who: &Client, id: &str, action: &Value) -> Answer {
    let tag = who.get(&format!("/v1/meetings/{id}")).must(200).tag().to_owned();
    who.change(&format!("/v1/meetings/{id}/actions"), &tag, action)
}

fn ids(list: &Answer) -> Vec<String> {
    list.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// References of the awards without a monitoring meeting in the quarter.
#[track_caller]
fn due(who: &Client, quarter: &str) -> Vec<String> {
    let all = who.all(&format!("/v1/due-meetings?quarter={quarter}"));
    all.iter().map(|item| item["award"]["code"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    fn a_meeting_is_planned_held_and_followed_up(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({}));
        let made = scene.commissioner.post("/v1/meetings", &planned(&award.id(), "2020-10-06")).must(201);
        let id = made.id();
        assert_eq!([&made.body["state"], &made.body["provider"]["name"]], ["planned", "Helping Hands"], "the award says the provider");
        assert_eq!(made.body["award"]["code"], award.body["reference"]);
        assert_eq!(made.body["allowed_actions"], json!(["amend", "add_action"]));

        let people = ["the provider's service manager", "the force's lead for victims"];
        let held = amend(&scene.commissioner, &id, &json!({ "held_on": "2020-10-08", "attendees": people, "notes": "Demand has doubled." })).must(200);
        assert_eq!([&held.body["state"], &held.body["planned_on"], &held.body["version"]], [&json!("held"), &json!("2020-10-06"), &json!(2)]);
        let first = json!({ "what": "Send the referrals by borough.", "owner": "the provider", "due_on": "2020-10-31" });
        let second = json!({ "what": "Look for money for one more post.", "owner": "the office" });
        add(&scene.commissioner, &id, &first).must(200);
        let told = add(&scene.commissioner, &id, &second).must(200);
        assert_eq!(told.body["overdue_actions_count"], 1, "the second has no day");
        let action = told.body["actions"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/meetings/{id}/actions/{action}");
        scene.commissioner.patch(&path, made.tag(), &json!({ "done_on": "2020-11-02" })).must(412);
        let done = scene.commissioner.patch(&path, told.tag(), &json!({ "done_on": "2020-11-02" })).must(200);
        assert_eq!([&done.body["actions"][0]["is_overdue"], &done.body["actions"][0]["done_on"]], [&json!(false), &json!("2020-11-02")]);
        assert_eq!([&done.body["actions"][1]["what"], &done.body["overdue_actions_count"]], [&second["what"], &json!(0)]);
        assert_eq!(done.body["version"], 5);
        // What changes nothing adds no version.
        let same = scene.commissioner.patch(&path, done.tag(), &json!({ "done_on": "2020-11-02" })).must(200);
        assert_eq!(same.body["version"], 5);

        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_kind=meeting&record_id={id}"));
        let mut acts: Vec<&str> = log.iter().filter_map(|event| event["act"].as_str()).collect();
        acts.sort_unstable();
        acts.dedup();
        assert_eq!(acts, ["meeting.add_action", "meeting.create", "meeting.update", "meeting.update_action"], "{log:?}");
        let kept = json!(log).to_string();
        assert!(kept.contains("2020-10-08") && !kept.contains("Demand") && !kept.contains("by borough"), "words stay with the meeting: {kept}");
    }

    fn what_is_wrong_with_a_meeting_is_told_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let live = scene.live(300_000, json!({})).id();
        let draft = scene.draft(100_000, json!({})).id();
        let write = |input: &Value| scene.commissioner.post("/v1/meetings", input).must(422).faults();
        assert_eq!(write(&json!({ "kind": "monthly_continuity" })), ["/planned_on required", "/provider_id required"]);
        let wrong = json!({ "kind": "quarterly_monitoring", "award_id": draft, "held_on": "2999-01-01", "is_called_off": true,
            "attendees": ["jo@example.org"], "notes": "QQ 12 34 56 C was ill." });
        let wanted = ["/attendees/0 email_address", "/award_id wrong_state", "/held_on in_the_future", "/held_on not_allowed",
            "/notes national_insurance_number"];
        assert_eq!(write(&wrong), wanted);
        let other = json!({ "kind": "quarterly_monitoring", "award_id": live, "provider_id": scene.other_provider, "planned_on": "2020-10-06" });
        assert_eq!(write(&other), ["/provider_id not_allowed"]);
        let unknown = json!({ "kind": "quarterly_monitoring", "award_id": scene.fund, "provider_id": scene.fund, "planned_on": "2020-10-06" });
        assert_eq!(write(&unknown), ["/award_id unknown_record", "/provider_id unknown_record"]);

        let id = scene.commissioner.post("/v1/meetings", &planned(&live, "2020-10-06")).must(201).id();
        let moved = json!({ "kind": "monthly_continuity", "provider_id": scene.other_provider, "award_id": null });
        let fixed = amend(&scene.commissioner, &id, &moved).must(422).faults();
        assert_eq!(fixed, ["/award_id fixed", "/kind fixed", "/provider_id fixed"]);
        let action = json!({ "what": "Ring 943 476 5919.", "owner": "jo@example.org", "done_on": "2999-01-01" });
        assert_eq!(add(&scene.commissioner, &id, &action).must(422).faults(), ["/done_on in_the_future", "/owner email_address", "/what nhs_number"]);
        amend(&scene.commissioner, &id, &json!({ "is_called_off": true })).must(200);
        let late = add(&scene.commissioner, &id, &json!({ "what": "Plan another.", "owner": "the office" })).must(409);
        assert_eq!(late.code(), "wrong_state");
        let gone = format!("/v1/meetings/{id}/actions/{live}");
        let tag = scene.commissioner.get(&format!("/v1/meetings/{id}")).must(200).tag().to_owned();
        scene.commissioner.patch(&gone, &tag, &json!({ "done_on": "2020-11-02" })).must(404);
    }

    fn a_provider_sees_its_own_meetings_and_the_office_writes_them(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let own = scene.commissioner.post("/v1/meetings", &planned(&award, "2020-10-06")).must(201).id();
        let whole = json!({ "kind": "monthly_continuity", "provider_id": scene.other_provider, "held_on": "2020-05-12" });
        let other = scene.commissioner.post("/v1/meetings", &whole).must(201).id();
        assert_eq!(ids(&scene.author.get("/v1/meetings").must(200)), std::slice::from_ref(&own));
        assert_eq!(ids(&scene.stranger.get("/v1/meetings").must(200)), std::slice::from_ref(&other));
        scene.author.get(&format!("/v1/meetings/{other}")).must(404);
        let seen = scene.author.get(&format!("/v1/meetings/{own}")).must(200);
        assert_eq!(seen.body["allowed_actions"], json!([]));
        scene.author.patch(&format!("/v1/meetings/{own}"), seen.tag(), &json!({ "notes": "No." })).must(403);
        scene.author.post("/v1/meetings", &planned(&award, "2020-10-06")).must(403);
        assert_eq!(due(&scene.author, "2020-21-Q3").len(), 1);
        assert_eq!(due(&scene.stranger, "2020-21-Q3"), [""; 0]);
    }

    fn meetings_are_found_by_what_is_left_to_do(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let make = |input: &Value| scene.commissioner.post("/v1/meetings", input).must(201).id();
        let open = make(&planned(&award, "2020-07-07"));
        let called_off = make(&planned(&award, "2020-07-08"));
        amend(&scene.commissioner, &called_off, &json!({ "is_called_off": true })).must(200);
        let held = make(&json!({ "kind": "monthly_continuity", "provider_id": scene.provider, "held_on": "2020-05-12" }));
        add(&scene.commissioner, &held, &json!({ "what": "Order masks.", "owner": "the office", "due_on": "2020-05-20" })).must(200);
        let find = |query: &str| ids(&scene.finance.get(&format!("/v1/meetings?{query}")).must(200));
        assert_eq!(find("limit=200"), [held.clone(), called_off.clone(), open.clone()], "the newest first");
        assert_eq!(find("kind=monthly_continuity"), std::slice::from_ref(&held));
        assert_eq!(find(&format!("award_id={award}")), [called_off.clone(), open.clone()]);
        assert_eq!(find(&format!("provider_id={}", scene.provider)).len(), 3);
        assert_eq!([find("state=planned"), find("state=held"), find("state=called_off")], [[open.clone()], [held.clone()], [called_off]]);
        assert_eq!(find("due_before=2020-07-08"), [open]);
        assert_eq!(find("due_before=2020-07-07"), [""; 0]);
        assert_eq!(find("has_overdue_actions=true"), [held]);
        let pages = scene.finance.all("/v1/meetings?limit=1");
        assert_eq!(pages.len(), 3);
        let table = scene.finance.get("/v1/meetings?format=csv").must(200).text;
        assert!(table.lines().next().unwrap().contains("provider_name"), "{table}");
    }

    fn a_quarter_without_its_meeting_is_due(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let first = scene.live(300_000, json!({}));
        let second = scene.live(200_000, json!({ "starts_on": "2020-10-01" }));
        let names = [&first, &second].map(|award| award.body["reference"].as_str().unwrap().to_owned());
        let end_only = scene.live(100_000, json!({}));
        crate::returns::set_plan(&scene, &end_only.id(), "end_of_grant");
        assert_eq!(due(&scene.finance, "2020-21-Q1"), names[..1], "who reports once at the end has no meeting each quarter");
        assert_eq!(due(&scene.finance, "2020-21-Q3"), names);
        assert_eq!(due(&scene.finance, "2021-22-Q1"), [""; 0], "delivery is over");

        let id = scene.commissioner.post("/v1/meetings", &planned(&first.id(), "2020-10-06")).must(201).id();
        let listed = scene.finance.get("/v1/due-meetings?quarter=2020-21-Q3").must(200);
        let own = &listed.items()[0];
        assert_eq!([&own["planned_meeting_id"], &own["planned_on"]], [&json!(id), &json!("2020-10-06")]);
        assert_eq!([&own["due_on"], &own["is_overdue"], &own["provider"]["name"]], [&json!("2020-12-31"), &json!(true), &json!("Helping Hands")]);
        assert_eq!(listed.items()[1]["planned_on"], Value::Null);
        amend(&scene.commissioner, &id, &json!({ "held_on": "2021-01-04" })).must(200);
        assert_eq!(due(&scene.finance, "2020-21-Q3"), names, "held after the quarter");
        amend(&scene.commissioner, &id, &json!({ "held_on": "2020-12-31" })).must(200);
        assert_eq!(due(&scene.finance, "2020-21-Q3"), names[1..]);
        // A monthly one is another thing; one about the provider as a whole counts for all its awards.
        let whole = |kind: &str| json!({ "kind": kind, "provider_id": scene.provider, "held_on": "2020-11-10" });
        scene.commissioner.post("/v1/meetings", &whole("monthly_continuity")).must(201);
        assert_eq!(due(&scene.finance, "2020-21-Q3"), names[1..]);
        scene.commissioner.post("/v1/meetings", &whole("quarterly_monitoring")).must(201);
        assert_eq!(due(&scene.finance, "2020-21-Q3"), [""; 0]);
        assert_eq!(due(&scene.finance, "2020-21-Q4"), names);
    }
    fn what_is_over_since_was_due_in_its_own_quarters(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({}));
        let name = [award.body["reference"].as_str().unwrap().to_owned()];
        let end = json!({ "ended_on": "2020-11-20", "reason": "the project closed" });
        scene.commissioner.change(&format!("/v1/awards/{}/end", award.id()), scene.award(&award.id()).tag(), &end).must(200);
        assert_eq!([due(&scene.finance, "2020-21-Q2"), due(&scene.finance, "2020-21-Q3")], [name.clone(), name.clone()]);
        assert_eq!(due(&scene.finance, "2020-21-Q4"), [""; 0], "it ended before");
        let held = json!({ "kind": "quarterly_monitoring", "award_id": award.id(), "held_on": "2020-08-04" });
        scene.commissioner.post("/v1/meetings", &held).must(201);
        assert_eq!([due(&scene.finance, "2020-21-Q2"), due(&scene.finance, "2020-21-Q3")], [&[][..], &name]);
        // Nobody meets about what never began.
        let offered = scene.offer(&scene.draft(100_000, json!({}))).must(200);
        let reason = json!({ "reason": "offered by mistake" });
        scene.commissioner.change(&format!("/v1/awards/{}/withdrawal", offered.id()), offered.tag(), &reason).must(200);
        assert_eq!(due(&scene.finance, "2020-21-Q3"), name);
    }
}
