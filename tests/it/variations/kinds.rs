//! The kinds of changes beside value, dates, targets and delivery: each with before, after, difference and effect, in an agreement version that stays.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{accepted, act, draft, profile};
use crate::support::{Answer, Scene};

fn differs(answer: &Answer) -> Vec<String> {
    let all = answer.body["difference"].as_array().unwrap();
    all.iter().map(|one| format!("{} {} {}", one["pointer"].as_str().unwrap(), one["before"], one["after"])).collect()
}

fn version(scene: &Scene, award: &str, number: i64) -> Value {
    let mut body = scene.commissioner.get(&format!("/v1/awards/{award}/versions/{number}")).must(200).body;
    body.as_object_mut().unwrap().remove("is_current");
    body
}

/// Says how an award is paid, as the commissioner.
fn schedule(scene: &Scene, award: &str, basis: &str) {
    let path = format!("/v1/awards/{award}/payment-schedule");
    let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
    scene.commissioner.put(&path, &tag, &json!({ "basis": basis })).must(200);
}

fn dues(scene: &Scene, award: &str) -> Vec<(String, String)> {
    let all = scene.commissioner.all(&format!("/v1/awards/{award}/returns"));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    all.iter().map(|one| (text(one, "period"), text(one, "due_on"))).collect()
}

on_both! {
    fn hours_place_help_and_contact_stand_in_the_agreement(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "particulars": { "working_hours": "Mondays", "interventions": ["sport"] } })).id();
        let first = version(&scene, &award, 1);
        assert_eq!(first["terms"]["particulars"], json!({ "working_hours": "Mondays", "interventions": ["sport"] }));
        let contact = json!({ "contact_name": "The project manager", "contact_email": "projects@helping-hands.example" });
        let change = json!({ "working_hours": "Mondays and Fridays", "interventions": ["sport", "art"], "provider_details": contact,
            "location": { "address": "Hall, 1 High Street, Walsall", "area_ids": [scene.area, scene.other_area] } });
        let ready = accepted(&scene, &award, change);
        assert_eq!(ready.body["kinds"], json!(["working_hours", "location", "interventions", "provider_details"]));
        let mut areas = [scene.area.clone(), scene.other_area.clone()];
        let wanted = [
            r#"/address null "Hall, 1 High Street, Walsall""#.to_owned(),
            format!("/area_ids {} {}", json!([scene.area]), ready.body["after"]["area_ids"]),
            r#"/interventions ["sport"] ["sport","art"]"#.to_owned(),
            format!("/provider_details null {}", json!(contact)),
            r#"/working_hours "Mondays" "Mondays and Fridays""#.to_owned(),
        ];
        assert_eq!(differs(&ready), wanted);
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((&applied.body["terms_no"], &applied.body["effect"]["money"]), (&json!(2), &json!([])));
        let now = scene.award(&award);
        let particulars = json!({ "working_hours": "Mondays and Fridays", "address": "Hall, 1 High Street, Walsall", "interventions": ["sport", "art"], "contact": contact });
        assert_eq!(now.body["particulars"], particulars);
        let mut held: Vec<String> = now.body["areas"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        held.sort();
        areas.sort();
        assert_eq!(held, areas);
        // In a list each award has the areas of its own agreement that is in force.
        scene.live(1_000, json!({}));
        let codes = |one: &Value| one["areas"].as_array().unwrap().iter().map(|area| area["code"].clone()).collect::<Value>();
        let listed: Vec<Value> = scene.commissioner.all("/v1/awards").iter().map(codes).collect();
        assert_eq!(listed, [json!(["dudley", "walsall"]), json!(["walsall"])]);
        assert_eq!(version(&scene, &award, 2)["terms"]["particulars"], particulars);
        assert_eq!(version(&scene, &award, 1), first, "what was agreed first reads as it did");
        // Money has not moved, and whom to ask at the provider is nowhere in the log.
        assert_eq!(scene.held("committed", &award), [300_000, 0]);
        let log = app.office(&[Role::Auditor]).all("/v1/audit-events?limit=200");
        assert!(!json!(log).to_string().contains("projects@helping-hands.example"));
        // What says the same again changes nothing, and what is wrong is told in full.
        let same = json!({ "working_hours": "Mondays and Fridays", "interventions": ["sport", "art", "art", " "], "provider_details": { "contact_email": "nobody" },
            "location": {} });
        let refused = draft(&scene, &award, same).must(422);
        assert_eq!(refused.faults(), ["/interventions/2 repeated", "/interventions/3 blank", "/location nothing_changes", "/provider_details/contact_email wrong_format",
            "/working_hours nothing_changes"]);
    }

    fn conditions_are_added_replaced_and_removed(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let beginning = scene.draft(300_000, json!({}));
        let award = beginning.id();
        let condition = |text: &str, due: &str| json!({ "text": text, "due_on": due });
        let all = json!({ "conditions": [condition("Train the staff.", "2020-10-31"), condition("Send the accounts.", "2020-12-31")] });
        scene.commissioner.put(&format!("/v1/awards/{award}/conditions"), beginning.tag(), &all).must(200);
        scene.go_live(&scene.award(&award));
        let agreed = json!([condition("Train the staff.", "2020-10-31"), condition("Send the accounts.", "2020-12-31")]);
        assert_eq!(version(&scene, &award, 1)["conditions"], agreed);
        let path = format!("/v1/awards/{award}/conditions");
        let tag = scene.award(&award).tag().to_owned();
        let met = json!({ "conditions": [{ "text": "Train the staff.", "due_on": "2020-10-31" },
            { "text": "Send the accounts.", "due_on": "2020-12-31", "evidence_status": "met", "evidenced_on": "2020-09-01" }] });
        scene.commissioner.put(&path, &tag, &met).must(200);
        let change = json!({ "conditions": { "add": [{ "text": "Name a safeguarding lead." }], "remove": ["Train the staff."],
            "replace": [{ "text": "Send the accounts.", "with": condition("Send the accounts.", "2021-01-31") }] } });
        let wrong = json!({ "conditions": { "add": [{ "text": "Send the accounts." }], "remove": ["No such thing."], "replace": [{ "text": "Nor this.", "with": { "text": " " } }] } });
        assert_eq!(draft(&scene, &award, wrong).must(422).faults(), ["/conditions/add/0/text repeated", "/conditions/remove/0 unknown_record",
            "/conditions/replace/0/text unknown_record", "/conditions/replace/0/with/text blank"]);
        let mut alone = change.clone();
        alone["is_unilateral"] = json!(true);
        assert_eq!(draft(&scene, &award, alone).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let ready = accepted(&scene, &award, change);
        assert_eq!(differs(&ready), ["/conditions/Name a safeguarding lead. null {\"text\":\"Name a safeguarding lead.\"}",
            "/conditions/Send the accounts./due_on \"2020-12-31\" \"2021-01-31\"", "/conditions/Train the staff. {\"text\":\"Train the staff.\",\"due_on\":\"2020-10-31\"} null"]);
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        let now = scene.commissioner.get(&path).must(200);
        let told: Vec<_> = now.body["conditions"].as_array().unwrap().iter().map(|one| (one["text"].clone(), one["evidence_status"].clone())).collect();
        // What was met stays met where only its day changes.
        assert_eq!(told, [(json!("Send the accounts."), json!("met")), (json!("Name a safeguarding lead."), json!("awaited"))]);
        assert_eq!((&applied.body["terms_no"], version(&scene, &award, 1)["conditions"].clone()), (&json!(2), agreed));
        assert_eq!(version(&scene, &award, 2)["conditions"], json!([condition("Send the accounts.", "2021-01-31"), { "text": "Name a safeguarding lead." }]));
        // To ask for less needs no acceptance.
        let less = json!({ "is_unilateral": true, "conditions": { "remove": ["Name a safeguarding lead."] } });
        let issued = act(&scene.commissioner, &draft(&scene, &award, less).must(201), "issue").must(200);
        act(&scene.commissioner, &issued, "application").must(200);
        assert_eq!(scene.commissioner.get(&path).must(200).body["conditions"].as_array().unwrap().len(), 1);
    }

    fn another_schedule_cuts_what_is_unpaid_as_it_was_foretold(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_001, json!({ "profile": profile([100_000, 100_000, 100_001]) })).id();
        schedule(&scene, &award, "quarterly");
        let change = json!({ "value": { "change_pence": 60_001 }, "payment_schedule": { "basis": "monthly", "due_after_days": 5 } });
        let drafted = draft(&scene, &award, change.clone()).must(201);
        let foretold = drafted.body["effect"].clone();
        let issued = act(&scene.commissioner, &drafted, "issue").must(200);
        let seen = scene.signatory.get(&format!("/v1/variations/{}", issued.id())).must(200);
        assert_eq!(seen.body["effect"], foretold, "who signs sees what it does");
        let ready = act(&scene.signatory, &seen, "acceptance").must(200);
        assert_eq!((&ready.body["before"]["payment_schedule"], &ready.body["after"]["payment_schedule"]),
            (&json!({ "basis": "quarterly", "due_after_days": 0 }), &json!({ "basis": "monthly", "due_after_days": 5 })));
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!(applied.body["effect"], foretold, "what was done is what was foretold");
        let money = &foretold["money"][0];
        assert_eq!((&money["before_pence"], &money["after_pence"], &money["difference_pence"]), (&json!(300_001), &json!(360_002), &json!(60_001)));
        assert_eq!((&money["budget_line_id"], &money["funding_source"]), (&json!(scene.lines[0]), &json!("poca")));
        let open = scene.commissioner.all(&format!("/v1/awards/{award}/payments"));
        let open: Vec<(Value, i64)> = open.iter().filter(|one| one["state"] == "scheduled").map(|one| (one["instalment"].clone(), one["amount_pence"].as_i64().unwrap())).collect();
        assert_eq!((open.len(), open.iter().map(|one| one.1).sum::<i64>(), &open[0].0), (9, 360_002, &json!("2020-07")));
        let told = foretold["payments"].as_array().unwrap();
        let come: i64 = told.iter().filter_map(|one| one["after_pence"].as_i64()).sum();
        let gone: i64 = told.iter().filter_map(|one| one["before_pence"].as_i64()).sum();
        assert_eq!((come, gone), (360_002, 300_001));
        assert_eq!(applied.body["terms_no"], 2);
        let wrong = draft(&scene, &award, json!({ "payment_schedule": { "basis": "invoices" } })).must(422);
        assert_eq!(wrong.faults(), ["/payment_schedule/basis not_allowed"]);
        let alone = json!({ "is_unilateral": true, "payment_schedule": { "basis": "arrears" } });
        assert_eq!(draft(&scene, &award, alone).must(422).faults(), ["/is_unilateral needs_acceptance"]);
    }

    fn more_time_for_returns_needs_no_acceptance(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let before = dues(&scene, &award);
        assert_eq!(before.len(), 4);
        let later = json!({ "is_unilateral": true, "return_dates": [{ "later_by_days": 14 }, { "period": "2020-21-Q4", "due_on": "2021-07-31" }] });
        let issued = act(&scene.commissioner, &draft(&scene, &award, later).must(201), "issue").must(200);
        let foretold = issued.body["effect"].clone();
        assert_eq!(foretold["returns"].as_array().unwrap().len(), 4);
        assert_eq!(foretold["returns"][3], json!({ "period": "2020-21-Q4", "what": "moves", "due_on_before": before[3].1, "due_on_after": "2021-07-31",
            "starts_on": "2021-01-01", "ends_on": "2021-03-31" }));
        let applied = act(&scene.commissioner, &issued, "application").must(200);
        assert_eq!((&applied.body["effect"], &applied.body["terms_no"]), (&foretold, &Value::Null));
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        let mut wanted: Vec<(String, String)> =
            before.iter().map(|(period, due)| (period.clone(), (day(due) + chrono::TimeDelta::days(14)).to_string())).collect();
        wanted[3].1 = "2021-07-31".to_owned();
        assert_eq!(dues(&scene, &award), wanted);
        assert_eq!(applied.body["after"]["return_dates"]["2020-21-Q4"], "2021-07-31");
        // Less time does need it, and a return that is not waited for cannot move.
        let sooner = json!({ "is_unilateral": true, "return_dates": [{ "later_by_days": -1 }] });
        assert_eq!(draft(&scene, &award, sooner).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let wrong = json!({ "return_dates": [{ "period": "2031-32-Q1", "due_on": "2032-07-31" }, { "period": "2020-21-Q1" }, { "later_by_days": 0 }] });
        assert_eq!(draft(&scene, &award, wrong).must(422).faults(),
            ["/return_dates/0/period unknown_record", "/return_dates/1 either_or", "/return_dates/2/later_by_days nothing_changes"]);
        // New dates of the award bring a return, and the effect names it; shorter ones take returns away.
        let longer = accepted(&scene, &award, json!({ "dates": { "ends_on": "2021-06-30" } }));
        let told = act(&scene.commissioner, &longer, "application").must(200).body["effect"]["returns"].clone();
        assert_eq!((longer.body["effect"]["returns"].clone(), &told[0]["what"], &told[0]["period"]), (told.clone(), &json!("appears"), &json!("2021-22-Q1")));
        let shorter = accepted(&scene, &award, json!({ "dates": { "ends_on": "2020-12-31" } }));
        let told = act(&scene.commissioner, &shorter, "application").must(200).body["effect"]["returns"].clone();
        assert_eq!(shorter.body["effect"]["returns"], told);
        let gone: Vec<&Value> = told.as_array().unwrap().iter().filter(|one| one["what"] == "goes").map(|one| &one["period"]).collect();
        assert_eq!(gone, ["2020-21-Q4", "2021-22-Q1"]);
    }

    fn a_cut_by_a_funder_falls_on_its_own_lines(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let split = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 200_000 }, { "budget_line_id": scene.lines[1], "amount_pence": 100_000 }]);
        let award = scene.live(300_000, json!({ "tranche_id": null, "split": split })).id();
        let free = scene.held("fund_period", &scene.period);
        let source = scene.commissioner.get(&format!("/v1/budget-lines/{}", scene.lines[1])).must(200).body["funding_source"]["id"].clone();
        let wrong = json!({ "value": { "change_pence": 5 }, "budget_cut": { "cut_pence": 5 } });
        assert_eq!(draft(&scene, &award, wrong).must(422).faults(), ["/budget_cut either_or", "/budget_cut not_allowed"]);
        let much = json!({ "budget_cut": { "cut_pence": 100_001, "funding_source_id": source } });
        assert_eq!(draft(&scene, &award, much).must(422).faults(), ["/budget_cut/cut_pence too_large"]);
        let alone = json!({ "is_unilateral": true, "budget_cut": { "cut_pence": 1, "funding_source_id": source } });
        assert_eq!(draft(&scene, &award, alone).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        let ready = accepted(&scene, &award, json!({ "budget_cut": { "cut_pence": 30_000, "funding_source_id": source } }));
        assert_eq!(ready.body["change"]["budget_cut"]["lines"], json!([{ "budget_line_id": scene.lines[1], "amount_pence": 30_000 }]));
        let applied = act(&scene.commissioner, &ready, "application").must(200);
        let told: Vec<&Value> = applied.body["effect"]["money"].as_array().unwrap().iter().map(|one| &one["difference_pence"]).collect();
        let mut sorted: Vec<i64> = told.iter().map(|one| one.as_i64().unwrap()).collect();
        sorted.sort_unstable();
        assert_eq!((sorted, scene.held("committed", &award)), (vec![-30_000, 0], vec![200_000, 70_000]));
        assert_eq!(scene.held("fund_period", &scene.period), [free[0], free[1] + 30_000]);
        assert_eq!((&applied.body["kinds"], &scene.award(&award).body["amount_pence"]), (&json!(["budget_cut"]), &json!(270_000)));
        let line = accepted(&scene, &award, json!({ "budget_cut": { "cut_pence": 200_000, "budget_line_id": scene.lines[0] } }));
        act(&scene.commissioner, &line, "application").must(200);
        assert_eq!(scene.held("committed", &award), [0, 70_000]);
    }

    fn what_each_budget_line_pays_changes_alone(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let split = |pence: [i64; 2]| -> Value {
            scene.lines.iter().zip(pence).map(|(line, pence)| json!({ "budget_line_id": line, "amount_pence": pence })).collect()
        };
        let award = scene.live(300_000, json!({ "tranche_id": null, "split": split([200_000, 100_000]) })).id();
        let value = |pence: [i64; 2]| json!({ "value": { "change_pence": 0, "split": split(pence) } });
        assert_eq!(draft(&scene, &award, value([200_000, 100_000])).must(422).faults(), ["/value/split nothing_changes"]);
        let weight = |(line, weight): (&String, i32)| json!({ "budget_line_id": line, "weight": weight });
        let weights: Value = scene.lines.iter().zip([2, 1]).map(weight).collect();
        let weighed = json!({ "value": { "change_pence": 0, "split": weights } });
        assert_eq!(draft(&scene, &award, weighed).must(422).faults(), ["/value/split nothing_changes"]);
        assert_eq!(draft(&scene, &award, value([200_000, 99_999])).must(422).faults(), ["/value/split does_not_add_up"]);
        let ready = accepted(&scene, &award, value([180_000, 120_000]));
        act(&scene.commissioner, &ready, "application").must(200);
        assert_eq!((scene.held("committed", &award), &scene.award(&award).body["amount_pence"]), (vec![180_000, 120_000], &json!(300_000)));
    }

    fn new_chance_grows_in_three_boroughs_and_comes_to_four_more(app) {
        // £100,000 agreed; £80,000 more over three boroughs, and £90,000 for four more (R07).
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let award = scene.live(10_000_000, json!({ "title": "New Chance", "profile": profile([2_500_000, 2_500_000, 5_000_000]) })).id();
        schedule(&scene, &award, "quarterly");
        let more = accepted(&scene, &award, json!({ "title": "Three boroughs", "group": "existing boroughs", "value": { "change_pence": 8_000_000 } }));
        let four = json!({ "title": "Four more boroughs", "group": "new boroughs", "value": { "change_pence": 9_000_000 },
            "location": { "area_ids": [scene.area, scene.other_area] } });
        let four = accepted(&scene, &award, four);
        let grown = act(&scene.commissioner, &more, "application").must(200);
        let effect = &grown.body["effect"];
        assert_eq!((&effect["money"][0]["before_pence"], &effect["money"][0]["after_pence"]), (&json!(10_000_000), &json!(18_000_000)));
        let quarters: Vec<_> = effect["profile"].as_array().unwrap().iter().map(|one| (one["quarter"].clone(), one["after_pence"].clone())).collect();
        assert_eq!(quarters, [(json!("2020-21-Q3"), json!(5_166_667)), (json!("2020-21-Q4"), json!(10_333_333))]);
        // Both were agreed on the same award, so the second is taken onto what the first made, and accepted again.
        let refused = act(&scene.commissioner, &four, "application").must(409);
        assert_eq!((refused.code(), &refused.body["fields"]), ("overlap", &json!(["amount_pence"])));
        let anew = scene.commissioner.change(&format!("/v1/variations/{}/rebase", four.id()), four.tag(), &json!({})).must(200);
        assert_eq!((&anew.body["before"]["amount_pence"], &anew.body["after"]["amount_pence"]), (&json!(18_000_000), &json!(27_000_000)));
        let ready = act(&scene.signatory, &anew, "acceptance").must(200);
        let whole = act(&scene.commissioner, &ready, "application").must(200);
        let money = &whole.body["effect"]["money"][0];
        assert_eq!((&money["before_pence"], &money["difference_pence"], &money["after_pence"]), (&json!(18_000_000), &json!(9_000_000), &json!(27_000_000)));
        let groups = scene.commissioner.all("/v1/variation-groups");
        let totals: Vec<_> = groups.iter().map(|one| (one["group"].clone(), one["base_pence"].clone(), one["total_pence"].clone())).collect();
        assert_eq!(totals, [(json!("existing boroughs"), json!(10_000_000), json!(18_000_000)), (json!("new boroughs"), json!(18_000_000), json!(27_000_000))]);
        let amounts: Vec<_> = scene.signatory.all(&format!("/v1/awards/{award}/versions")).iter().map(|one| one["terms"]["amount_pence"].clone()).collect();
        assert_eq!(amounts, [10_000_000, 18_000_000, 27_000_000]);
    }
}
