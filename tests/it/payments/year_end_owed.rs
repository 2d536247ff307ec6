//! What awards owe at the end of a year: those that are over, those that owe no returns, and what is asked back or written off.

use serde_json::{Value, json};

use super::year_end::{content, path, pay, take};
use super::{quarterly, ready};
use crate::returns::{accepted, set_plan};
use crate::support::{Answer, Scene};

/// What is asked back of an award.
fn ask(scene: &Scene, award: &str, pence: i64) -> Answer {
    let body = json!({ "ground": "unspent", "amount_pence": pence, "days_to_pay": 14, "reason": "It ended early." });
    scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &body).must(201)
}

/// These fields of what is unspent of an award.
fn unspent(scene: &Scene, award: &str, fields: &[&str]) -> Vec<Value> {
    let all = scene.finance.all(&format!("{}/unspent", path(scene)));
    let own = all.iter().find(|one| one["award"]["id"] == *award).unwrap();
    fields.iter().map(|field| own[*field].clone()).collect()
}

/// What becomes of the one line of the one decision.
fn outcome(scene: &Scene) -> Value {
    scene.finance.all(&format!("{}/decisions", path(scene)))[0]["lines"][0]["outcome"].clone()
}

on_both! {
    fn an_award_owes_what_nobody_spent_or_paid_back_or_wrote_off(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        let today = pay(&scene, &ids[0]);
        let (silent, others) = quarterly(&scene, 200_000, json!({ "title": "Another" }));
        pay(&scene, &others[0]);
        set_plan(&scene, &silent, "none");
        scene.author.post(&format!("/v1/awards/{award}/year-end-estimates"), &json!({ "amount_pence": 90_000 })).must(201);
        accepted(&scene, &award, "2020-21-Q1", &content(30_000));
        let ending = json!({ "terminated_on": "2020-09-30", "reason": "The hall burnt down." });
        scene.approver.change(&format!("/v1/awards/{award}/termination"), scene.award(&award).tag(), &ending).must(200);
        take(&scene.finance, &scene, "cut-off", json!({ "cut_off_on": today })).must(200);
        let fields = ["spent_pence", "unspent_pence", "basis"];
        assert_eq!(unspent(&scene, &award, &fields), [json!(90_000), json!(10_000), json!("estimate")], "the second quarter is still owed");
        accepted(&scene, &award, "2020-21-Q2", &content(20_000));

        // All that was owed by its end is accepted, so that the estimate of before counts no more. What owes no returns spent what was paid.
        assert_eq!(unspent(&scene, &award, &fields), [json!(50_000), json!(50_000), json!("accepted")]);
        assert_eq!(unspent(&scene, &silent, &fields), [json!(50_000), json!(0), json!("accepted")]);
        assert_eq!(scene.finance.all(&format!("{}/estimates?is_missing=true", path(&scene))).len(), 0);

        // What comes back is unspent no more, and what was decided on it is done.
        let back = json!({ "budget_line_id": scene.lines[0], "award_id": award, "money": "with_provider", "decision": "return_to_funder", "amount_pence": 30_000 });
        scene.finance.post(&format!("{}/decisions", path(&scene)), &json!({ "lines": [back], "reason": "Never spent." })).must(201);
        assert_eq!(outcome(&scene), "to_ask_back");
        assert_eq!(unspent(&scene, &award, &["undecided_pence"]), [json!(20_000)]);
        let asked = ask(&scene, &award, 30_000);
        let receipt = json!({ "amount_pence": 30_000, "bank_reference": "FPI 1" });
        scene.finance.change(&format!("/v1/recoveries/{}/receipts", asked.id()), asked.tag(), &receipt).must(200);
        assert_eq!(outcome(&scene), "done");
        let amounts = ["net_paid_pence", "unspent_pence", "undecided_pence", "received_later_pence"];
        assert_eq!(unspent(&scene, &award, &amounts), [json!(70_000), json!(20_000), json!(20_000), json!(0)]);

        // What is written off is no debtor.
        let asked = ask(&scene, &award, 15_000);
        let why = json!({ "reason": "The group is dissolved." });
        scene.approver.change(&format!("/v1/recoveries/{}/write-off", asked.id()), asked.tag(), &why).must(200);
        assert_eq!(unspent(&scene, &award, &["spent_pence", "unspent_pence"]), [json!(50_000), json!(5_000)]);
        let proposed = scene.finance.post(&format!("{}/journals", path(&scene)), &json!({})).must(201);
        let lines = proposed.body["lines"].as_array().unwrap();
        assert_eq!([&json!(lines.len()), &lines[0]["kind"], &lines[0]["amount_pence"]], [&json!(1), &json!("debtor"), &json!(5_000)]);
    }
}
