//! What is refused of a campaign, with every award and every reason.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CAMPAIGNS, act, actions, awards, campaign, count, does, get, holds, live, outcomes, path, preview, responds, written};
use crate::payments;
use crate::support::client::new_key;
use crate::support::{Answer, Client, Scene};
use crate::variations::accepted;

const NOWHERE: &str = "0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7";

fn reasons(refused: &Answer) -> Vec<(String, String)> {
    let all = refused.body["refused"].as_array().unwrap_or_else(|| panic!("{}", refused.text));
    let of = |one: &Value| (one["award_id"].as_str().unwrap().to_owned(), one["reasons"][0]["code"].as_str().unwrap().to_owned());
    all.iter().map(of).collect()
}

on_both! {
    fn every_fault_of_a_choice_is_told_at_once(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let id = live(&scene, &[100_000]).remove(0);
        let reference = scene.award(&id).body["reference"].as_str().unwrap().to_owned();
        let more = json!({ "value": { "change_pence": 5 } });
        let draft = |choice: Value, change: &Value, extra: &Value| scene.commissioner.post(CAMPAIGNS, &campaign(choice, change, extra)).must(422).faults();
        assert_eq!(draft(json!({}), &more, &json!({})), ["/choice either_or"]);
        assert_eq!(draft(json!({ "filter": {}, "awards": [id] }), &more, &json!({})), ["/choice either_or"]);
        assert_eq!(draft(json!({ "filter": { "theme": "nothing" } }), &more, &json!({})), ["/choice/filter too_few_items"]);
        let wrong = json!({ "title": " ", "group": "mine", "dates": { "ends_on": "2021-06-30" }, "value": { "change_pence": 5 },
            "targets": [{ "indicator_id": NOWHERE, "targets": [] }] });
        let told = draft(json!({ "awards": [id, reference, "CIF-1", NOWHERE] }), &wrong,
            &json!({ "name": " ", "formula": { "change_basis_points": 0, "extend_months": 1 } }));
        let wanted = ["/change/group not_allowed", "/change/targets not_allowed", "/change/title blank", "/choice/awards/1 repeated", "/choice/awards/2 unknown_record",
            "/choice/awards/3 unknown_record", "/formula/change_basis_points either_or", "/formula/change_basis_points nothing_changes",
            "/formula/extend_months either_or", "/name blank"];
        assert_eq!(told, wanted);
        assert_eq!(draft(json!({ "awards": [id] }), &json!({}), &json!({})), ["/change nothing_changes"]);
        assert_eq!(draft(json!({ "awards": [id] }), &json!({}), &json!({ "formula": {} })), ["/formula nothing_changes"]);
        let csv = format!("award,change_pence,starts_on,ends_on,colour\n{reference},1.5,,31/02/2021,red\nCIF-9,5,,,\n,5,,,\n{id},,,,\n");
        let told = draft(json!({ "csv": csv }), &json!({}), &json!({}));
        let wanted = ["/choice/csv unknown_column", "/choice/csv/rows/2/change_pence wrong_format",
            "/choice/csv/rows/2/ends_on wrong_format", "/choice/csv/rows/3/award unknown_record", "/choice/csv/rows/4/award required",
            "/choice/csv/rows/5 nothing_changes", "/choice/csv/rows/5/award repeated"];
        assert_eq!(told, wanted);
        assert_eq!(draft(json!({ "csv": "name\nx\n" }), &more, &json!({})), ["/choice/csv column_missing", "/choice/csv unknown_column"]);
        assert_eq!(count(app, "variation_campaign"), 0);
        scene.approver.post(CAMPAIGNS, &campaign(json!({ "awards": [id] }), &more, &json!({}))).must(403);
        app.nobody().get(CAMPAIGNS).must(401);
    }

    fn one_award_that_cannot_be_varied_keeps_all(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000, 120_000, 130_000]);
        let draft = scene.draft(50_000, json!({})).id();
        let tag = scene.award(&ids[1]).tag().to_owned();
        scene.commissioner.change(&format!("/v1/awards/{}/end", ids[1]), &tag, &json!({ "ended_on": "2021-03-31" })).must(200);
        let chosen = json!([ids[0], ids[1], ids[2], draft, ids[3]]);
        let input = campaign(json!({ "awards": chosen }), &json!({ "is_unilateral": true, "value": { "change_pence": 100 } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        let shown = preview(&scene.approver, &drafted).must(200);
        assert_eq!((&shown.body["issuable_count"], &shown.body["refused_count"], &shown.body["totals"]["all"]["award_count"]), (&json!(3), &json!(2), &json!(3)));
        let before = written(app);
        let refused = does(&scene.approver, &drafted, "issue", &json!({})).must(409);
        assert_eq!(refused.code(), "awards_refused");
        let wrong = |id: &String| (id.clone(), "wrong_state".to_owned());
        assert_eq!(reasons(&refused), [wrong(&ids[1]), wrong(&draft)]);
        let from_preview: Vec<&Value> = shown.body["awards"].as_array().unwrap().iter().filter(|one| one["reasons"] != json!([])).collect();
        let told: Vec<&Value> = refused.body["refused"].as_array().unwrap().iter().collect();
        assert!(from_preview.iter().zip(&told).all(|(one, other)| one["reasons"] == other["reasons"]), "preview and issue say the same");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("2 of 5 awards cannot be varied, so none is. CIF-2020-21-T1-0002: This award is ended, so it cannot be varied."), "{detail}");
        let after = written(app);
        assert_eq!([after[0], after[2], after[3]], [before[0], before[2], before[3]], "nothing is written but the attempt");
        assert_eq!((after[1], count(app, "variation")), (before[1] + 1, 0));
        assert_eq!(get(&scene.commissioner, &drafted).body["state"], "draft");

        // Leaving them out is a choice of its own, which is kept with the reasons.
        let issued = does(&scene.approver, &drafted, "issue", &json!({ "skip_refused": true })).must(200);
        assert_eq!((issued.body["summary"].as_str(), &issued.body["skips_refused"], &issued.body["counts"]["left_out"]), (Some("issued 3 of 3 live awards"), &json!(true), &json!(2)));
        let listed = awards(&scene.commissioner, &drafted);
        assert_eq!(outcomes(&scene.commissioner, &drafted), ["ready", "left_out", "ready", "left_out", "ready"]);
        assert_eq!(listed[1]["left_out_because"], json!(["This award is ended, so it cannot be varied."]));
        assert_eq!(does(&scene.approver, &drafted, "issue", &json!({ "skip_refused": true })).must(409).code(), "wrong_state");
        assert_eq!(preview(&scene.approver, &drafted).must(409).code(), "wrong_state");

        // One that cannot be applied any more keeps all from being applied, and is named.
        let tag = scene.award(&ids[2]).tag().to_owned();
        scene.commissioner.change(&format!("/v1/awards/{}/end", ids[2]), &tag, &json!({ "ended_on": "2021-03-31" })).must(200);
        let refused = does(&scene.approver, &drafted, "application", &json!({})).must(409);
        assert_eq!((refused.code(), reasons(&refused)), ("awards_refused", vec![wrong(&ids[2])]));
        assert_eq!(scene.award(&ids[0]).body["amount_pence"], 100_000);
        let applied = does(&scene.approver, &drafted, "application", &json!({ "skip_refused": true })).must(200);
        assert_eq!((&applied.body["applied_count"], &applied.body["counts"]["ready"], &applied.body["refused"][0]["award_id"]), (&json!(2), &json!(1), &json!(ids[2])));
        assert_eq!((&scene.award(&ids[0]).body["amount_pence"], &scene.award(&ids[2]).body["amount_pence"]), (&json!(100_100), &json!(120_000)));
        // Where nothing can be issued, leaving out leaves nothing.
        let none = campaign(json!({ "awards": [draft] }), &json!({ "is_unilateral": true, "delivery": { "status": "adapted" } }), &json!({}));
        let none = scene.commissioner.post(CAMPAIGNS, &none).must(201);
        let refused = does(&scene.commissioner, &none, "issue", &json!({ "skip_refused": true })).must(409);
        let detail = refused.body["detail"].as_str().unwrap();
        assert_eq!((refused.code(), detail.contains("skip_refused"), detail.contains("nothing is left to issue")), ("awards_refused", false, true), "{detail}");
        let back = does(&scene.commissioner, &none, "withdrawal", &json!({ "reason": "nothing to do" })).must(200);
        assert_eq!((&back.body["state"], actions(&back)), (&json!("withdrawn"), vec![]));
        assert_eq!(does(&scene.commissioner, &none, "application", &json!({})).must(409).code(), "wrong_state");
    }

    fn money_of_one_purse_is_counted_together(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let ids = live(&scene, &[300_000, 300_000, 300_000]);
        assert_eq!(scene.held("tranche", &scene.tranche), [100_000, 0]);
        let of = |awards: Value, pence: i64| {
            let input = campaign(json!({ "awards": awards }), &json!({ "is_unilateral": true, "value": { "change_pence": pence } }), &json!({}));
            scene.commissioner.post(CAMPAIGNS, &input).must(201)
        };
        // Each fits alone.
        for id in &ids[..2] {
            assert_eq!(preview(&scene.commissioner, &of(json!([id]), 60_000)).must(200).body["refused_count"], 0);
        }
        let both = of(json!([ids[0], ids[1]]), 60_000);
        let shown = preview(&scene.commissioner, &both).must(200);
        let last = &shown.body["awards"][1];
        assert_eq!((&shown.body["awards"][0]["reasons"], &last["reasons"][0]["code"]), (&json!([]), &json!("insufficient_balance")));
        let message = last["reasons"][0]["message"].as_str().unwrap();
        assert_eq!(message, "The tranche holds £400.00; £600.00 was asked, £200.00 too much. The awards before it in this campaign take £600.00.");
        assert_eq!((&shown.body["totals"]["all"]["change_pence"], &last["after"]["amount_pence"]), (&json!(60_000), &json!(360_000)));
        let refused = does(&scene.approver, &both, "issue", &json!({})).must(409);
        assert_eq!(reasons(&refused), [(ids[1].clone(), "insufficient_balance".to_owned())]);
        // To the penny.
        let exact = of(json!([ids[0], ids[1]]), 50_000);
        assert_eq!(preview(&scene.commissioner, &exact).must(200).body["refused_count"], 0);
        does(&scene.approver, &exact, "issue", &json!({})).must(200);
        assert_eq!(does(&scene.approver, &exact, "application", &json!({})).must(200).body["applied_count"], 2);
        assert_eq!(scene.held("tranche", &scene.tranche), [0, 0]);
        let one_more = preview(&scene.commissioner, &of(json!([ids[2]]), 1)).must(200);
        assert_eq!(one_more.body["awards"][0]["reasons"][0]["code"], "insufficient_balance");
        // More than an award has left cannot be taken from it.
        let less = preview(&scene.commissioner, &of(json!([ids[2]]), -300_001)).must(200);
        let codes: Vec<&str> = less.body["awards"][0]["reasons"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"needs_acceptance") && codes.contains(&"out_of_range"), "{codes:?}");
    }

    fn what_is_on_its_way_is_no_campaigns_to_take(app) {
        let scene = payments::ready(app);
        let (paid, ids) = payments::quarterly(&scene, 300_000, json!({}));
        let other = scene.live(310_000, json!({})).id();
        payments::authorise(&scene.approver, &ids[0]).must(200);
        let of = |pence: i64| {
            let change = json!({ "value": { "change_pence": -pence } });
            scene.commissioner.post(CAMPAIGNS, &campaign(json!({ "awards": [paid, other] }), &change, &json!({}))).must(201)
        };
        let much = of(225_001);
        let shown = preview(&scene.commissioner, &much).must(200);
        assert_eq!((&shown.body["refused_count"], &shown.body["awards"][1]["reasons"]), (&json!(1), &json!([])));
        let reason = &shown.body["awards"][0]["reasons"][0];
        assert_eq!(reason["code"], "rule_broken");
        let message = reason["message"].as_str().unwrap();
        assert!(message.ends_with("£0.00 of this award is paid and £750.00 on its way, so it cannot come to less than £750.00."), "{message}");
        let refused = does(&scene.approver, &much, "issue", &json!({})).must(409);
        assert_eq!((reasons(&refused), &refused.body["refused"][0]["reasons"][0]), (vec![(paid.clone(), "rule_broken".to_owned())], reason));
        // To the penny, from the preview to the application.
        let exact = of(225_000);
        assert_eq!(preview(&scene.commissioner, &exact).must(200).body["refused_count"], 0);
        does(&scene.approver, &exact, "issue", &json!({})).must(200);
        for place in 0..2 {
            responds(&scene, &exact, place, "acceptance");
        }
        assert_eq!(does(&scene.approver, &exact, "application", &json!({})).must(200).body["applied_count"], 2);
        assert_eq!((scene.held("committed", &paid), scene.held("committed", &other)), (vec![75_000, 0], vec![85_000, 0]));
        holds(app);
    }

    fn an_approver_of_money_is_somebody_else(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000]);
        let both = app.office(&[almoner::access::permissions::Role::Commissioner, almoner::access::permissions::Role::Approver]);
        let money = campaign(json!({ "awards": ids }), &json!({ "is_unilateral": true, "value": { "change_pence": 5 } }), &json!({}));
        let drafted = both.post(CAMPAIGNS, &money).must(201);
        assert_eq!(actions(&drafted), ["preview", "withdraw"]);
        assert_eq!(does(&both, &drafted, "issue", &json!({})).must(409).code(), "same_person");
        does(&scene.approver, &drafted, "issue", &json!({})).must(200);
        assert_eq!(does(&both, &drafted, "application", &json!({})).must(409).code(), "same_person");
        does(&scene.approver, &drafted, "application", &json!({})).must(200);
        // Nor is a part of it applied by itself by whoever may not apply all of it.
        let again = campaign(json!({ "awards": ids }), &json!({ "is_unilateral": true, "value": { "change_pence": 7 } }), &json!({ "name": "Again" }));
        let again = both.post(CAMPAIGNS, &again).must(201);
        does(&scene.approver, &again, "issue", &json!({})).must(200);
        let id = awards(&scene.approver, &again)[0]["variation_id"].as_str().unwrap().to_owned();
        let seen = |who: &Client| who.get(&format!("/v1/variations/{id}")).must(200);
        for (who, status, code) in [(&scene.commissioner, 403, "forbidden"), (&both, 409, "same_person")] {
            let one = seen(who);
            assert!(!actions(&one).contains(&"apply"), "{}", one.text);
            assert_eq!(act(who, &one, "application").must(status).code(), code);
        }
        let other = app.office(&[almoner::access::permissions::Role::Commissioner, almoner::access::permissions::Role::Approver]);
        let one = seen(&other);
        assert!(actions(&one).contains(&"apply"), "{}", one.text);
        assert_eq!(act(&other, &one, "application").must(200).body["state"], "applied");
        // One that changes no value is its author's to issue.
        let words = campaign(json!({ "awards": ids }), &json!({ "is_unilateral": true, "delivery": { "status": "adapted" } }), &json!({}));
        let drafted = both.post(CAMPAIGNS, &words).must(201);
        assert_eq!(drafted.body["moves_money"], false);
        assert_eq!(does(&both, &drafted, "issue", &json!({ "answer_due_on": "2099-01-01" })).must(422).faults(), ["/answer_due_on not_allowed"]);
        does(&both, &drafted, "issue", &json!({})).must(200);
    }

    fn a_cut_of_a_budget_is_money(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 120_000]);
        let administrator = app.office(&[almoner::access::permissions::Role::Administrator]);
        let tag = administrator.get("/v1/variation-policy").must(200).tag().to_owned();
        let policy = json!({ "virement_tolerance_percent": 0, "approval_above_pence": 20_000 });
        administrator.put("/v1/variation-policy", &tag, &policy).must(200);
        let both = app.office(&[almoner::access::permissions::Role::Commissioner, almoner::access::permissions::Role::Approver]);
        let of = |pence: i64, more: Value| {
            let cut = json!({ "budget_cut": { "cut_pence": pence, "budget_line_id": scene.lines[0] }, "provider_details": { "contact_name": "Someone Private" } });
            both.post(CAMPAIGNS, &campaign(json!({ "awards": ids }), &cut, &more))
        };
        let twice = of(30_000, json!({ "formula": { "change_basis_points": 500 } })).must(422);
        assert_eq!(twice.faults(), ["/formula/change_basis_points either_or"]);
        let drafted = of(30_000, json!({})).must(201);
        assert_eq!((&drafted.body["moves_money"], actions(&drafted)), (&json!(true), vec!["preview", "withdraw"]));
        assert_eq!(does(&scene.commissioner, &drafted, "issue", &json!({})).must(403).code(), "forbidden");
        assert_eq!(does(&both, &drafted, "issue", &json!({})).must(409).code(), "same_person");
        // The preview, the issue and the application come to the same.
        let shown = preview(&both, &drafted).must(200);
        let total = json!({ "award_count": 2, "before_pence": 220_000, "change_pence": -60_000, "after_pence": 160_000, "unknown_count": 0 });
        assert_eq!((&shown.body["refused_count"], &shown.body["totals"]["all"]), (&json!(0), &total));
        for part in ["budget_lines", "sources", "funds"] {
            let parts = shown.body["totals"][part].as_array().unwrap();
            assert_eq!((parts.len(), &parts[0]["change_pence"], &parts[0]["after_pence"]), (1, &json!(-60_000), &json!(160_000)), "{part}");
        }
        let held = scene.held("fund_period", &scene.period);
        does(&scene.approver, &drafted, "issue", &json!({})).must(200);
        for (place, left) in [(0, 70_000), (1, 90_000)] {
            let id = awards(&both, &drafted)[place]["variation_id"].as_str().unwrap().to_owned();
            let one = scene.approver.get(&format!("/v1/variations/{id}")).must(200);
            // The decision of the approver stands for the approval that each of them would need.
            assert!(one.body["approved_by"].as_str().unwrap().starts_with("approver"), "{}", one.text);
            assert_eq!(one.body["after"]["amount_pence"], shown.body["awards"][place]["after"]["amount_pence"]);
            assert_eq!(one.body["after"]["amount_pence"], json!(left));
            responds(&scene, &drafted, place, "acceptance");
        }
        assert_eq!(does(&both, &drafted, "application", &json!({})).must(409).code(), "same_person");
        does(&scene.approver, &drafted, "application", &json!({})).must(200);
        assert_eq!((scene.held("committed", &ids[0])[0], scene.held("committed", &ids[1])[0]), (70_000, 90_000));
        assert_eq!(scene.held("fund_period", &scene.period)[0], held[0] + 60_000);
        // Who answers for a provider is no matter of a log that is kept for good.
        let log = app.office(&[almoner::access::permissions::Role::Auditor]).get(&format!("/v1/audit-events?record_id={}", drafted.id())).must(200);
        assert!(!log.text.contains("Someone Private") && log.text.contains("provider_details"), "{}", log.text);
        let group = scene.approver.get("/v1/variation-groups?group=Spring%20letters").must(200);
        let told = &group.items()[0];
        assert_eq!((&told["base_pence"], &told["change_pence"], &told["total_pence"]), (&json!(220_000), &json!(-60_000), &json!(160_000)));
        holds(app);
    }

    fn nobody_is_reminded_of_an_award_that_ended(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000]);
        let input = campaign(json!({ "awards": ids }), &json!({ "dates": { "ends_on": "2021-06-30" } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        does(&scene.commissioner, &drafted, "issue", &json!({})).must(200);
        let tag = scene.award(&ids[1]).tag().to_owned();
        scene.commissioner.change(&format!("/v1/awards/{}/end", ids[1]), &tag, &json!({ "ended_on": "2021-03-31" })).must(200);
        assert_eq!(outcomes(&scene.commissioner, &drafted), ["waiting", "award_ended"]);
        let counts = get(&scene.commissioner, &drafted).body["counts"].clone();
        assert_eq!((&counts["waiting"], &counts["award_ended"]), (&json!(1), &json!(1)));
        app.sql("UPDATE variation_version SET issued_on = '2020-10-02' WHERE issued_on IS NOT NULL");
        let told = does(&scene.commissioner, &drafted, "reminders", &json!({})).must(200);
        assert_eq!((&told.body["waiting_count"], &told.body["reminded_count"]), (&json!(1), &json!(1)));
        responds(&scene, &drafted, 0, "refusal");
        // It is the only one left, and is taken back.
        let left = get(&scene.commissioner, &drafted);
        assert_eq!(actions(&left), ["withdraw"]);
        does(&scene.commissioner, &drafted, "withdrawal", &json!({ "reason": "it ended" })).must(200);
        assert_eq!(outcomes(&scene.commissioner, &drafted), ["declined", "withdrawn"]);
    }

    fn nobody_is_reminded_of_what_was_overtaken(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000]);
        let input = campaign(json!({ "awards": ids }), &json!({ "dates": { "ends_on": "2021-06-30" } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        does(&scene.commissioner, &drafted, "issue", &json!({})).must(200);
        let other = accepted(&scene, &ids[1], json!({ "dates": { "ends_on": "2021-05-31" } }));
        act(&scene.commissioner, &other, "application").must(200);
        app.sql("UPDATE variation_version SET issued_on = '2020-10-02' WHERE issued_on IS NOT NULL");
        let sent = awards(&scene.commissioner, &drafted);
        let told = does(&scene.commissioner, &drafted, "reminders", &json!({})).must(200).body;
        assert_eq!(["waiting_count", "overtaken_count", "reminded_count"].map(|name| &told[name]), [2, 1, 1]);
        assert_eq!(told["variation_ids"], json!([sent[0]["variation_id"]]));
        let overtaken = scene.commissioner.get(&format!("/v1/variations/{}", sent[1]["variation_id"].as_str().unwrap())).must(200);
        act(&scene.commissioner, &overtaken, "rebase").must(200);
        let told = does(&scene.commissioner, &drafted, "reminders", &json!({})).must(200).body;
        assert_eq!(["waiting_count", "overtaken_count", "reminded_count"].map(|name| &told[name]), [2, 0, 0], "one was issued again today");
    }

    fn an_issue_is_done_once(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let ids = live(&scene, &[100_000, 110_000]);
        let input = campaign(json!({ "awards": ids }), &json!({ "delivery": { "status": "adapted" } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        let issue = path(&drafted, "issue");
        let send = |key: &str| {
            let request = scene.commissioner.request(Method::POST, &issue).header("If-Match", drafted.tag()).header("Idempotency-Key", key);
            scene.commissioner.send(request.json(&json!({})))
        };
        let unversioned = scene.commissioner.request(Method::POST, &issue).header("Idempotency-Key", new_key()).json(&json!({}));
        assert_eq!(scene.commissioner.send(unversioned).must(428).code(), "precondition_required");
        let without_key = scene.commissioner.request(Method::POST, &issue).header("If-Match", drafted.tag()).json(&json!({}));
        assert_eq!(scene.commissioner.send(without_key).must(422).faults(), ["header:Idempotency-Key required"]);
        let key = new_key();
        let (first, again) = (send(&key).must(200), send(&key).must(200));
        assert_eq!((first.body, count(app, "variation")), (again.body, 2));
        assert_eq!(send(&new_key()).must(412).code(), "stale");
        scene.commissioner.get(&format!("{CAMPAIGNS}/{NOWHERE}")).must(404);
        // Taken back, what was accepted stays to be applied.
        responds(&scene, &drafted, 0, "acceptance");
        let back = does(&scene.commissioner, &drafted, "withdrawal", &json!({ "reason": "enough" })).must(200);
        assert_eq!((outcomes(&scene.commissioner, &drafted), actions(&back)), (vec!["accepted".to_owned(), "withdrawn".to_owned()], vec!["rebase", "apply"]));
        assert_eq!(does(&scene.commissioner, &drafted, "reminders", &json!({})).must(409).code(), "wrong_state");
        assert_eq!(does(&scene.commissioner, &drafted, "application", &json!({})).must(200).body["applied_count"], 1);
        let again = campaign(json!({ "awards": ids }), &json!({ "delivery": { "status": "delivering" } }), &json!({}));
        let again = scene.commissioner.post(CAMPAIGNS, &again).must(201);
        does(&scene.commissioner, &again, "issue", &json!({})).must(200);
        for place in 0..2 {
            responds(&scene, &again, place, "refusal");
        }
        assert_eq!(does(&scene.commissioner, &again, "withdrawal", &json!({ "reason": "late" })).must(409).code(), "rule_broken");
    }
}
