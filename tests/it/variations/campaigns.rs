//! One change to many awards: chosen once, previewed, issued all or none, followed and applied.

mod alike;
mod choosing;
mod crash;
mod example;
mod overtaken;
mod races;
mod reached;
mod refused;

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{act, actions};
use crate::support::program::verify;
use crate::support::{Answer, App, Client, Scene};

const CAMPAIGNS: &str = "/v1/variation-campaigns";

/// A campaign for these awards with `change` laid over what every one of them says, and `more` beside it.
fn campaign(choice: Value, change: &Value, more: &Value) -> Value {
    let mut input = json!({ "name": "Spring letters", "choice": choice,
        "change": { "title": "A change for all", "reason": "The spring of 2020.", "effective_on": "2020-10-01" } });
    for (name, value) in change.as_object().unwrap() {
        input["change"][name] = value.clone();
    }
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn path(seen: &Answer, noun: &str) -> String {
    format!("{CAMPAIGNS}/{}/{noun}", seen.id())
}

fn preview(who: &Client, seen: &Answer) -> Answer {
    who.post(&path(seen, "preview"), &json!({}))
}

fn get(who: &Client, seen: &Answer) -> Answer {
    who.get(&format!("{CAMPAIGNS}/{}", seen.id())).must(200)
}

/// An act on a campaign as it stands now.
#[track_caller]
fn does(who: &Client, seen: &Answer, noun: &str, body: &Value) -> Answer {
    let tag = get(who, seen).tag().to_owned();
    who.change(&path(seen, noun), &tag, body)
}

fn awards(who: &Client, seen: &Answer) -> Vec<Value> {
    who.all(&path(seen, "awards"))
}

fn outcomes(who: &Client, seen: &Answer) -> Vec<String> {
    awards(who, seen).iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
}

/// Answers the variation of the award at this place.
#[track_caller]
fn responds(scene: &Scene, seen: &Answer, place: usize, noun: &str) {
    let id = awards(&scene.commissioner, seen)[place]["variation_id"].as_str().unwrap().to_owned();
    let variation = scene.signatory.get(&format!("/v1/variations/{id}")).must(200);
    act(&scene.signatory, &variation, noun).must(200);
}

fn live(scene: &Scene, pence: &[i64]) -> Vec<String> {
    pence.iter().map(|pence| scene.live(*pence, json!({})).id()).collect()
}

fn count(app: &App, what: &str) -> i64 {
    app.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) AS text FROM {what}"))[0].parse().unwrap()
}

/// Rows that any writing would add to.
fn written(app: &App) -> [i64; 4] {
    ["variation_version", "audit_event", "outbox_message", "ledger_transfer"].map(|table| count(app, table))
}

#[track_caller]
fn holds(app: &App) {
    let (holds, said) = verify(&app.database_url);
    assert!(holds, "{said}");
}

/// A campaign over twelve awards and one of another theme: 5 % more, and three months longer.
fn drafted_over_thirteen(app: &App) -> (Scene, Answer, Vec<String>, String) {
    let scene = Scene::set(app, 10_000_000, 3_000_000);
    let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
    let contact = json!({ "contact_email": "grants@helping-hands.example" });
    scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &contact).must(200);
    let ids = live(&scene, &[100_000, 100_010, 100_030, 120_000, 130_000, 140_000, 150_000, 160_000, 170_000, 180_000, 190_000, 200_000]);
    let other = scene.live(50_000, json!({ "theme": "elsewhere" })).id();
    let input = campaign(
        json!({ "filter": { "fund_id": scene.fund, "kind": "grant", "legal_power": "prsra_2011_s9", "ends_from": "2021-03-01",
        "ends_to": "2021-03-31", "tranche_id": scene.tranche } }),
        &json!({}),
        &json!({ "formula": { "change_basis_points": 500, "extend_months": 3 } }),
    );
    let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
    assert_eq!((drafted.body["reference"].as_str(), drafted.body["award_count"].as_i64()), (Some("VC-0001"), Some(13)));
    assert_eq!(
        (&drafted.body["moves_money"], &drafted.body["state"], &drafted.body["summary"]),
        (&json!(true), &json!("draft"), &Value::Null)
    );
    (scene, drafted, ids, other)
}

on_both! {
    fn a_campaign_is_seen_before_it_is_issued(app) {
        let (scene, drafted, ids, _) = drafted_over_thirteen(app);
        // Whoever drafts a campaign that changes values does not issue it.
        assert_eq!(actions(&drafted), ["preview", "withdraw"]);
        assert_eq!(actions(&get(&scene.approver, &drafted)), ["preview", "issue"]);
        assert_eq!(does(&scene.commissioner, &drafted, "issue", &json!({})).must(403).code(), "forbidden");

        let before = written(app);
        let shown = preview(&scene.finance, &drafted).must(200);
        assert_eq!(written(app), before, "a preview writes nothing");
        assert_eq!((&shown.body["issuable_count"], &shown.body["refused_count"]), (&json!(13), &json!(0)));
        let first = &shown.body["awards"][1];
        // 5 % of £1,000.10 is £50.005: half a penny goes up.
        assert_eq!((&first["change_pence"], &first["before"]["amount_pence"], &first["after"]["amount_pence"]), (&json!(5_001), &json!(100_010), &json!(105_011)));
        assert_eq!((&first["before"]["ends_on"], &first["after"]["ends_on"]), (&json!("2021-03-31"), &json!("2021-06-30")));
        assert_eq!(first["differs"], json!(["amount_pence", "ends_on", "split"]));
        let sum = 1_740_040 + 50_000;
        let more: i64 = shown.body["awards"].as_array().unwrap().iter().map(|one| one["change_pence"].as_i64().unwrap()).sum();
        let total = json!({ "award_count": 13, "before_pence": sum, "change_pence": more, "after_pence": sum + more, "unknown_count": 0 });
        assert_eq!(shown.body["totals"]["all"], total);
        for (part, code) in [("funds", "CIF"), ("sources", "poca")] {
            let parts = shown.body["totals"][part].as_array().unwrap();
            assert_eq!((parts.len(), parts[0]["of"]["code"].as_str(), &parts[0]["change_pence"]), (1, Some(code), &json!(more)), "{part}");
        }
        assert_eq!(shown.body["totals"]["budget_lines"][0]["of"]["id"], json!(scene.lines[0]));

        let due = "2099-12-31";
        let issued = does(&scene.approver, &drafted, "issue", &json!({ "answer_due_on": due })).must(200);
        assert_eq!((issued.body["summary"].as_str(), &issued.body["issued_count"]), (Some("issued 13 of 13 live awards"), &json!(13)));
        assert_eq!((&issued.body["live_awards_count"], &issued.body["counts"]["waiting"]), (&json!(13), &json!(13)));
        assert_eq!(get(&scene.commissioner, &drafted).body["summary"], issued.body["summary"]);
        assert_eq!(count(app, "outbox_message WHERE subject LIKE 'Variation % is issued to you'"), 13);
        let listed = awards(&scene.commissioner, &drafted);
        assert_eq!((&listed[0]["letter"]["state"], &listed[0]["provider"]["name"]), (&json!("queued"), &json!("Helping Hands")));
        assert_eq!(scene.commissioner.all("/v1/variations?group=Spring%20letters").len(), 13);
        // Its variations are like any others; a provider sees its own and no campaign, nor what that is called.
        let of_award = format!("/v1/awards/{}/variations", ids[0]);
        let one = scene.signatory.get(&of_award).must(200);
        assert_eq!((&one.items()[0]["change"]["group"], &one.items()[0]["after"]["amount_pence"]), (&Value::Null, &json!(105_000)));
        let called = |who: &Client, path: &str| who.get(path).must(200).text.contains("Spring letters");
        let its_own = format!("/v1/variations/{}", one.items()[0]["id"].as_str().unwrap());
        for path in [of_award.as_str(), its_own.as_str(), "/v1/variations", "/v1/variations?format=csv", "/v1/variation-groups"] {
            assert_eq!((called(&scene.commissioner, path), called(&scene.signatory, path)), (true, false), "{path}");
        }
        assert_eq!(scene.signatory.all("/v1/variations?group=Spring%20letters"), Vec::<Value>::new());
        assert_eq!(scene.signatory.all("/v1/variation-groups?group=Spring%20letters"), Vec::<Value>::new());
        scene.signatory.get(CAMPAIGNS).must(403);
    }

    fn a_campaign_is_answered_and_applied(app) {
        let (scene, drafted, ids, other) = drafted_over_thirteen(app);
        does(&scene.approver, &drafted, "issue", &json!({ "answer_due_on": "2099-12-31" })).must(200);
        let listed = awards(&scene.commissioner, &drafted);
        for place in 0..10 {
            responds(&scene, &drafted, place, "acceptance");
        }
        responds(&scene, &drafted, 10, "refusal");
        let waiting = get(&scene.commissioner, &drafted);
        let told = |counts: &Value| ["waiting", "ready", "accepted", "declined", "lapsed", "withdrawn", "applied", "left_out"].map(|name| counts[name].as_i64().unwrap());
        assert_eq!(told(&waiting.body["counts"]), [2, 0, 10, 1, 0, 0, 0, 0]);
        // Those who wait are written to, not on the day of the issue and not twice on a day.
        let none = does(&scene.commissioner, &drafted, "reminders", &json!({})).must(200);
        assert_eq!((&none.body["waiting_count"], &none.body["reminded_count"]), (&json!(2), &json!(0)));
        app.sql("UPDATE variation_version SET issued_on = '2020-10-02' WHERE issued_on IS NOT NULL");
        for wanted in [2, 0] {
            assert_eq!(does(&scene.commissioner, &drafted, "reminders", &json!({})).must(200).body["reminded_count"], json!(wanted));
        }
        assert_eq!(count(app, "outbox_message WHERE subject LIKE '% waits for your answer'"), 2);
        assert_eq!(scene.commissioner.all(&format!("{}?outcome=waiting&limit=1", path(&drafted, "awards"))).len(), 2);

        let held = scene.held("tranche", &scene.tranche);
        assert_eq!(does(&scene.commissioner, &drafted, "application", &json!({})).must(403).code(), "forbidden");
        let applied = does(&scene.approver, &drafted, "application", &json!({})).must(200);
        assert_eq!((&applied.body["applied_count"], &applied.body["issued_count"]), (&json!(10), &json!(13)));
        let paid: i64 = listed.iter().take(10).map(|one| one["change_pence"].as_i64().unwrap()).sum();
        assert_eq!(scene.held("tranche", &scene.tranche)[0], held[0] - paid);
        let again = does(&scene.approver, &drafted, "application", &json!({})).must(200);
        assert_eq!(again.body, applied.body, "asked again, it answers the same");
        assert_eq!(scene.held("tranche", &scene.tranche)[0], held[0] - paid);
        let award = scene.award(&ids[1]);
        assert_eq!((&award.body["amount_pence"], &award.body["ends_on"], &award.body["terms_no"]), (&json!(105_011), &json!("2021-06-30"), &json!(2)));
        responds(&scene, &drafted, 11, "acceptance");
        assert_eq!(does(&scene.approver, &drafted, "application", &json!({})).must(200).body["applied_count"], json!(11));

        let back = does(&scene.commissioner, &drafted, "withdrawal", &json!({ "reason": "it is late" })).must(200);
        assert_eq!((&back.body["state"], told(&back.body["counts"])), (&json!("withdrawn"), [0, 0, 0, 1, 0, 1, 11, 0]));
        assert_eq!(does(&scene.commissioner, &drafted, "withdrawal", &json!({ "reason": "again" })).must(409).code(), "wrong_state");
        // Only the one that had not answered is told that nothing comes of it, and why.
        let told = app.texts("SELECT subject || ': ' || body AS text FROM outbox_message WHERE act = 'variation_campaign.withdraw'");
        assert!(told.len() == 1 && told[0].contains(" is taken back: The office") && told[0].ends_with("Why: it is late\n"), "{told:?}");
        let csv = scene.finance.get(&format!("{}?format=csv", path(&drafted, "awards")));
        let lines: Vec<&str> = csv.text.lines().collect();
        assert!(lines[0].starts_with("place,award_id,award_code,award_name,provider_id,provider_code,provider_name,outcome,"), "{}", lines[0]);
        assert_eq!((lines.len(), lines.iter().filter(|line| line.contains(",applied,")).count()), (14, 11));
        let sheet = scene.finance.get(&format!("{}?format=xlsx", path(&drafted, "awards")));
        assert_eq!((sheet.status, sheet.text.starts_with("PK")), (200, true));
        assert_eq!(scene.award(&other).body["amount_pence"], 50_000);
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", drafted.id()));
        let mut acts: Vec<&str> = events.iter().map(|one| one["act"].as_str().unwrap()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["variation_campaign.apply", "variation_campaign.apply", "variation_campaign.draft", "variation_campaign.issue", "variation_campaign.withdraw"]);
        holds(app);
    }

    fn the_choice_is_made_once(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000]);
        let adapted = json!({ "is_unilateral": true, "delivery": { "status": "adapted" } });
        let all = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "filter": {} }), &adapted, &json!({}))).must(201);
        let listed = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "awards": [ids[1]] }), &adapted, &json!({ "name": "One" }))).must(201);
        let late = scene.live(120_000, json!({})).id();
        assert_eq!(preview(&scene.commissioner, &all).must(200).body["awards"].as_array().unwrap().len(), 2);
        let issued = does(&scene.commissioner, &all, "issue", &json!({})).must(200);
        // What went live since is told, and not changed.
        assert_eq!((issued.body["summary"].as_str(), issued.body["award_count"].as_i64()), (Some("issued 2 of 3 live awards"), Some(2)));
        assert_eq!(scene.commissioner.all(&format!("/v1/awards/{late}/variations")).len(), 0);
        let one = does(&scene.commissioner, &listed, "issue", &json!({})).must(200);
        assert_eq!(one.body["summary"], "issued 1 of 1 live awards");
        // Nothing of it waits for an answer: it is applied as it is.
        assert_eq!((outcomes(&scene.commissioner, &all), actions(&one)), (vec!["ready".to_owned(), "ready".to_owned()], vec!["rebase", "apply", "withdraw"]));
        assert_eq!(does(&scene.commissioner, &all, "application", &json!({})).must(200).body["applied_count"], 2);
        assert_eq!(scene.award(&ids[0]).body["delivery_status"], "adapted");
        let names: Vec<Value> = scene.finance.all(&format!("{CAMPAIGNS}?state=issued&limit=1")).iter().map(|one| one["name"].clone()).collect();
        assert_eq!(names, ["One", "Spring letters"]);
    }

    fn a_file_says_what_each_award_gets(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000, 120_000]);
        let reference = |id: &String| scene.award(id).body["reference"].as_str().unwrap().to_owned();
        let csv = format!(
            "Award,Change pence,Ends on,Effective on,Reason\r\n{},200000,,,\r\n{},-10000,30/06/2021,,\"Less, and longer\"\r\n{},,2021-05-31,2099-01-01,\r\n",
            reference(&ids[0]), ids[1], reference(&ids[2])
        );
        let drafted = scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "csv": csv }), &json!({}), &json!({}))).must(201);
        assert_eq!((&drafted.body["chosen_by"], &drafted.body["moves_money"]), (&json!("csv"), &json!(true)));
        let shown = preview(&scene.commissioner, &drafted).must(200);
        let changes: Vec<Value> = shown.body["awards"].as_array().unwrap().iter().map(|one| one["change"].clone()).collect();
        assert_eq!(changes[0]["value"]["change_pence"], 200_000);
        assert_eq!((&changes[1]["value"]["change_pence"], &changes[1]["dates"]["ends_on"], &changes[1]["reason"]), (&json!(-10_000), &json!("2021-06-30"), &json!("Less, and longer")));
        assert_eq!((&changes[2]["value"], &changes[2]["dates"]["ends_on"], &changes[2]["effective_on"]), (&Value::Null, &json!("2021-05-31"), &json!("2099-01-01")));
        does(&scene.approver, &drafted, "issue", &json!({})).must(200);
        let listed = awards(&scene.commissioner, &drafted);
        assert_eq!(listed.iter().map(|one| one["source_row"].clone()).collect::<Vec<_>>(), [2, 3, 4]);
        for place in 0..3 {
            responds(&scene, &drafted, place, "acceptance");
        }
        let applied = does(&scene.approver, &drafted, "application", &json!({})).must(200);
        // The day of the last one is still to come.
        assert_eq!((&applied.body["applied_count"], &applied.body["not_due"][0]["effective_on"]), (&json!(2), &json!("2099-01-01")));
        assert_eq!(applied.body["not_due"].as_array().unwrap().len(), 1);
        assert_eq!(actions(&get(&scene.approver, &drafted)), Vec::<&str>::new());
        let amounts: Vec<Value> = ids.iter().map(|id| scene.award(id).body["amount_pence"].clone()).collect();
        assert_eq!(amounts, [300_000, 100_000, 120_000]);
        holds(app);
    }
}
