//! The variations of a campaign that other changes have overtaken are rebased in one call, or none is.

use almoner::access::permissions::Role;
use serde_json::{Value, json};

use super::{CAMPAIGNS, act, actions, awards, campaign, count, does, get, holds, live, outcomes, path, responds, written};
use crate::support::{Answer, Scene};
use crate::variations::accepted;

/// Once a campaign is taken back, what was accepted can wait again: that is reminded of and taken back too.
fn waits_again(scene: &Scene, drafted: &Answer, last: &str) {
    let back = || does(&scene.commissioner, drafted, "withdrawal", &json!({ "reason": "it is late" }));
    let remind = || does(&scene.commissioner, drafted, "reminders", &json!({}));
    responds(scene, drafted, 3, "acceptance");
    back().must(200);
    assert_eq!((remind().must(409).code(), back().must(409).code()), ("wrong_state", "wrong_state"), "nothing waits");
    let other = accepted(scene, last, json!({ "dates": { "ends_on": "2021-05-31" } }));
    act(&scene.commissioner, &other, "application").must(200);
    assert_eq!(does(&scene.commissioner, drafted, "rebase", &json!({})).must(200).body["rebased_count"], 1);
    assert_eq!(outcomes(&scene.commissioner, drafted), ["applied", "applied", "withdrawn", "waiting"]);
    assert_eq!(actions(&get(&scene.commissioner, drafted)), ["remind", "rebase", "withdraw"]);
    assert_eq!(remind().must(200).body["waiting_count"], 1);
    let gone = back().must(200);
    assert_eq!(
        (&gone.body["state"], &gone.body["counts"]["waiting"], &gone.body["counts"]["withdrawn"]),
        (&json!("withdrawn"), &json!(0), &json!(2))
    );
}

on_both! {
    fn what_was_overtaken_is_rebased_in_one_call(app) {
        let scene = Scene::set(app, 10_000_000, 3_000_000);
        let provider = scene.commissioner.get(&format!("/v1/providers/{}", scene.provider)).must(200);
        let contact = json!({ "contact_email": "grants@helping-hands.example" });
        scene.commissioner.patch(&format!("/v1/providers/{}", scene.provider), provider.tag(), &contact).must(200);
        let ids = live(&scene, &[100_000, 110_000, 120_000, 130_000]);
        let input = campaign(json!({ "awards": ids }), &json!({ "dates": { "ends_on": "2021-06-30" } }), &json!({}));
        let drafted = scene.commissioner.post(CAMPAIGNS, &input).must(201);
        let rebase = |body: Value| does(&scene.commissioner, &drafted, "rebase", &body);
        assert_eq!(rebase(json!({})).must(409).code(), "wrong_state", "no provider knows of it yet");
        does(&scene.commissioner, &drafted, "issue", &json!({})).must(200);
        for place in 0..2 {
            responds(&scene, &drafted, place, "acceptance");
        }
        let changed = || [written(app)[0], written(app)[2]];
        let before = changed();
        let none = rebase(json!({})).must(200);
        assert_eq!([&none.body["rebased_count"], &none.body["variation_ids"]], [&json!(0), &json!([])]);
        assert_eq!(changed(), before, "nothing was overtaken");
        // Of the last three, two end on another day by now, and one on the day of the campaign already.
        for (place, ends_on) in [(1, "2021-05-31"), (2, "2021-06-30"), (3, "2021-04-30")] {
            let other = accepted(&scene, &ids[place], json!({ "dates": { "ends_on": ends_on } }));
            act(&scene.commissioner, &other, "application").must(200);
        }
        assert_eq!(rebase(json!({ "answer_due_on": "2020-10-01" })).must(422).faults(), ["/answer_due_on reversed_dates"]);
        scene.approver.change(&path(&drafted, "rebase"), drafted.tag(), &json!({})).must(403);
        let before = changed();
        let refused = rebase(json!({})).must(409);
        let named = &refused.body["refused"];
        assert_eq!((refused.code(), &refused.body["refused_count"], &named[0]["award_id"]), ("awards_refused", &json!(1), &json!(ids[2])), "{}", refused.text);
        assert_eq!(named[0]["reasons"][0]["code"], "nothing_changes", "{}", refused.text);
        assert_eq!(changed(), before, "all of them, or none");

        let sent = awards(&scene.commissioner, &drafted);
        let done = rebase(json!({ "skip_refused": true, "answer_due_on": "2099-12-31" })).must(200);
        assert_eq!((&done.body["rebased_count"], &done.body["refused"]), (&json!(2), named));
        assert_eq!(done.body["variation_ids"], json!([sent[1]["variation_id"], sent[3]["variation_id"]]));
        // What was not overtaken is as it was; what was accepted and is rebased waits again.
        assert_eq!(outcomes(&scene.commissioner, &drafted), ["accepted", "waiting", "waiting", "waiting"]);
        let variation = |place: usize| scene.commissioner.get(&format!("/v1/variations/{}", sent[place]["variation_id"].as_str().unwrap())).must(200);
        let anew = variation(1);
        assert_eq!([&anew.body["state"], &anew.body["before"]["ends_on"], &anew.body["after"]["ends_on"]], ["issued", "2021-05-31", "2021-06-30"]);
        assert_eq!([&anew.body["answered_on"], &anew.body["answer_due_on"]], [&Value::Null, &json!("2099-12-31")]);
        assert!(anew.body["note"].as_str().unwrap().contains("It must be accepted again"), "{}", anew.text);
        assert!(!variation(3).body["note"].as_str().unwrap().contains("accepted again"));
        assert_eq!((&variation(2).body["version"], &variation(2).body["note"]), (&json!(2), &Value::Null));
        // Each is told by e-mail, and has a further letter that names the one before.
        assert_eq!(count(app, "outbox_message WHERE subject LIKE 'Variation % is issued to you again'"), 2);
        assert_eq!(count(app, "variation_letter WHERE number = 2 AND sheet LIKE '%\"replaces\":\"%'"), 2);
        let auditor = app.office(&[Role::Auditor]);
        for record in [drafted.id(), anew.id(), variation(3).id()] {
            let events = auditor.all(&format!("/v1/audit-events?record_id={record}&outcome=done&act=variation_campaign.rebase"));
            assert_eq!(events.len(), 1, "{record}");
        }
        // Asked again it does nothing more, and the campaign goes on.
        assert_eq!(rebase(json!({ "skip_refused": true })).must(200).body["rebased_count"], 0);
        responds(&scene, &drafted, 1, "acceptance");
        assert_eq!(does(&scene.commissioner, &drafted, "application", &json!({})).must(200).body["applied_count"], 2);
        assert_eq!(scene.award(&ids[1]).body["ends_on"], "2021-06-30");
        assert_eq!(does(&scene.commissioner, &drafted, "application", &json!({})).must(200).body["counts"]["waiting"], 2);
        waits_again(&scene, &drafted, &ids[3]);
        holds(app);
    }
}
