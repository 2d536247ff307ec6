//! What happens by itself, or late, once a year is closed: it is dated after the lock, and says what it corrects.

use almoner::funds::budget_lines::{AtRiskTerms, acts as budget_lines};
use almoner::kernel::{FigureNote, Id, Pence, Provenance};
use almoner::store::WriteMeta;
use reqwest::Method;
use serde_json::{Value, json};

use super::runs::{confirm, export, reference};
use super::year_end::{path, pay, take};
use super::{authorise, quarterly, ready};
use crate::support::{Answer, App, Scene};
use crate::workers::a_round;

/// Closes the year on its last day.
fn close(scene: &Scene) {
    take(&scene.finance, scene, "cut-off", json!({})).must(200);
    take(&scene.finance, scene, "provisional-outturn", json!({})).must(200);
    take(&scene.chief, scene, "final-outturn", json!({ "accepts_missing_estimates": true })).must(200);
}

/// A budget line of the period, planned on its first day.
fn planned(scene: &Scene, period: &str, source: &Value, pence: i64, more: Value) -> Answer {
    let mut input = json!({ "funding_source_id": source, "state": "planned", "amount_pence": pence, "effective_on": "2020-04-01" });
    more.as_object().unwrap().iter().for_each(|(name, value)| input[name] = value.clone());
    scene.commissioner.post(&format!("/v1/fund-periods/{period}/budget-lines"), &input)
}

/// Day and what it corrects of each movement of a record.
fn moved(scene: &Scene, narrow: &str) -> Vec<(Value, Value, Value)> {
    let all = scene.finance.all(&format!("/v1/ledger/transfers?{narrow}"));
    all.iter().map(|one| (one["id"].clone(), one["effective_on"].clone(), one["corrects"].clone())).collect()
}

fn source(scene: &Scene) -> Value {
    scene.finance.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200).body["funding_source"]["id"].clone()
}

/// Pays a payment on a day of the year, as an office that ran then would have.
fn paid_on(app: &App, scene: &Scene, id: &str, day: &str) {
    authorise(&scene.approver, id).must(200);
    let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
    export(&scene.finance, &run).must(200);
    app.sql(&format!("UPDATE payment_version SET authorised_on = '{day}' WHERE authorised_on IS NOT NULL"));
    confirm(scene, &run, &format!("{},paid,{day},,,\n", reference(scene, id))).must(200);
}

/// An approval at risk of the first half of the year, which ended while no process ran.
fn approved_in_the_year(app: &App, line: &str) {
    let day = |text: &str| text.parse().unwrap();
    let (line, until) = (line.parse::<Id>().unwrap(), Some(day("2020-12-31")));
    let terms = AtRiskTerms {
        amount_pence: Pence(70_000),
        approved_on: day("2020-04-01"),
        until,
        reason: "The grant is late.".to_owned(),
        figure: FigureNote::default(),
    };
    let write = app.service.db.write(WriteMeta::system("budget_line.approve_at_risk", "test"), move |tx| {
        budget_lines::record_at_risk(tx, line, &terms, &Provenance::default()).map(drop)
    });
    app.wait(write).unwrap();
}

on_both! {
    fn what_lapses_in_a_closed_year_takes_effect_after_it_and_says_so(app) {
        let scene = ready(app);
        let draft = scene.draft(400_000, json!({}));
        let offer = json!({ "offered_on": "2020-07-01", "acceptance_due_on": "2020-07-31" });
        let late = scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &offer).must(200).id();
        let risky = planned(&scene, &scene.period, &source(&scene), 70_000, json!({})).must(201);
        approved_in_the_year(app, &risky.id());
        close(&scene);
        a_round(app);
        assert_eq!(scene.award(&late).body["state"], "lapsed");
        let of_award = moved(&scene, &format!("record_id={late}"));
        let days: Vec<&Value> = of_award.iter().map(|(_, day, _)| day).collect();
        assert_eq!(days, [&json!("2020-07-01"), &json!("2021-04-01")], "the first day after the lock");
        assert_eq!(of_award[1].2, of_award[0].0, "it says what it takes back");
        let of_line = moved(&scene, &format!("budget_line_id={}", risky.id()));
        assert_eq!((&of_line[1].1, &of_line[1].2), (&json!("2021-04-01"), &of_line[0].0));
        let corrections = scene.finance.all(&format!("{}/corrections", path(&scene)));
        let reasons: Vec<&str> = corrections.iter().map(|one| one["reason"].as_str().unwrap()).collect();
        assert!(reasons.contains(&"The offer lapsed on 2020-08-01, in the closed year."), "{reasons:?}");
        assert!(reasons.contains(&"The approval at risk ended on 2021-01-01, in the closed year."), "{reasons:?}");
    }

    fn nothing_is_entered_into_a_closed_year_though_it_moves_no_money(app) {
        let scene = ready(app);
        let source = source(&scene);
        close(&scene);
        let refused = planned(&scene, &scene.period, &source, 100, json!({})).must(409);
        assert_eq!((refused.code(), &refused.body["locked_to"]), ("year_locked", &json!("2021-03-31")));
        let later = planned(&scene, &scene.period, &source, 100, json!({ "effective_on": "2021-04-01" })).must(201);
        let tag = scene.finance.get(&format!("/v1/budget-lines/{}", later.id())).must(200).tag().to_owned();
        let change = scene.commissioner.patch(&format!("/v1/budget-lines/{}", later.id()), &tag, &json!({ "effective_on": "2021-03-31", "amount_pence": 200 }));
        assert_eq!(change.must(409).code(), "year_locked");
    }

    fn what_is_agreed_changes_in_no_closed_year_and_a_variation_that_waited_goes_on_after_it(app) {
        let scene = ready(app);
        let [award, other] = [(); 2].map(|()| scene.live(50_000, json!({})).id());
        let variation = |award: &str, more: Value| {
            let mut all = json!({ "title": "A change", "reason": "More nights.", "effective_on": "2020-12-01" });
            more.as_object().unwrap().iter().for_each(|(name, value)| all[name] = value.clone());
            scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &all)
        };
        let act = |who: &crate::support::Client, id: &str, noun: &str| {
            let path = format!("/v1/variations/{id}");
            who.change(&format!("{path}/{noun}"), who.get(&path).must(200).tag(), &json!({}))
        };
        let agreed = |more: Value| {
            let id = variation(&award, more).must(201).id();
            act(&scene.commissioner, &id, "issue").must(200);
            act(&scene.signatory, &id, "acceptance").must(200);
            id
        };
        let more = json!({ "value": { "change_pence": 10_000 } });
        let ids = [agreed(more.clone()), agreed(json!({ "conditions": { "add": [{ "text": "Tell us of closures." }] } }))];
        close(&scene);
        for id in &ids {
            let refused = act(&scene.commissioner, id, "application").must(409);
            assert!(refused.code() == "rule_broken" && refused.text.contains("2021-04-01"), "{}", refused.text);
            let seen = scene.commissioner.get(&format!("/v1/variations/{id}")).must(200);
            let actions = seen.body["allowed_actions"].as_array().unwrap();
            assert!(actions.contains(&json!("rebase")) && !actions.contains(&json!("apply")), "{actions:?}");
            assert_eq!(act(&scene.commissioner, id, "rebase").must(200).body["change"]["effective_on"], "2021-04-01");
        }
        act(&scene.signatory, &ids[1], "acceptance").must(200);
        assert_eq!(act(&scene.commissioner, &ids[1], "application").must(200).body["state"], "applied");
        // Nor is one begun; what is no part of the agreement goes on.
        assert_eq!(variation(&other, more).must(422).faults(), ["/effective_on too_early"]);
        let moved = json!({ "use_of_funds": [{ "from_category": "pay", "to_category": "rent", "amount_pence": 500 }] });
        assert_eq!(variation(&other, moved).must(422).faults(), ["/effective_on too_early"]);
        variation(&other, json!({ "is_unilateral": true, "delivery": { "status": "adapted" } })).must(201);
    }

    fn money_of_a_funder_that_wants_it_back_is_promised_within_its_window_alone(app) {
        let scene = ready(app);
        let more = json!({ "unspent_rule": "return_to_funder", "window_ends_on": "2020-09-30" });
        let line = planned(&scene, &scene.period, &source(&scene), 300_000, more).must(201);
        scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), line.tag(), &json!({ "effective_on": "2020-04-01" })).must(200);
        let offer = |day: &str, pence: i64| {
            let of_line = json!({ "tranche_id": null, "split": [{ "budget_line_id": line.id(), "amount_pence": pence }] });
            let draft = scene.draft(pence, of_line);
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({ "offered_on": day }))
        };
        offer("2020-09-30", 100_000).must(200);
        let refused = offer("2020-10-01", 100_000).must(409);
        assert_eq!((refused.code(), &refused.body["last_day"]), ("rule_broken", &json!("2020-09-30")));
        // Nor by making an award larger.
        let award = scene.live(50_000, json!({ "tranche_id": null, "split": [{ "budget_line_id": line.id(), "amount_pence": 50_000 }] })).id();
        let variation = json!({ "title": "More", "reason": "More nights.", "effective_on": "2020-11-01", "value": { "change_pence": 10_000 } });
        let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &variation).must(201);
        let act = |who: &crate::support::Client, seen: &Answer, noun: &str| who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({}));
        let issued = act(&scene.commissioner, &drafted, "issue").must(200);
        let accepted = act(&scene.signatory, &issued, "acceptance").must(200);
        assert_eq!(act(&scene.commissioner, &accepted, "application").must(409).body["last_day"], "2020-09-30");
        // Once the year is cut off, nor by an earlier day on the paper: what was free then is decided on.
        take(&scene.finance, &scene, "cut-off", json!({})).must(200);
        let late = offer("2020-09-30", 10_000).must(409);
        assert_eq!((late.code(), &late.body["cut_off_on"], &late.body["effective_on"]), ("rule_broken", &json!("2021-03-31"), &json!("2020-09-30")));
    }

    fn what_comes_back_to_be_recycled_is_promised_again_and_no_more(app) {
        let scene = ready(app);
        let line = planned(&scene, &scene.period, &source(&scene), 300_000, json!({ "unspent_rule": "return_to_funder" })).must(201);
        scene.finance.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), line.tag(), &json!({ "effective_on": "2020-04-01" })).must(200);
        let of_line = |pence: i64| json!({ "tranche_id": null, "split": [{ "budget_line_id": line.id(), "amount_pence": pence }] });
        let (award, ids) = quarterly(&scene, 100_000, of_line(100_000));
        paid_on(app, &scene, &ids[0], "2020-08-02");
        take(&scene.finance, &scene, "cut-off", json!({})).must(200);
        let request = scene.finance.request(Method::POST, &format!("/v1/fund-periods/{}/documents?file_name=Consent.pdf", scene.period));
        let consent = scene.finance.send(request.header("Content-Type", "application/pdf").body(&b"%PDF-1.7\n1 0 obj\n"[..])).must(201).id();
        let decided = json!({ "budget_line_id": line.id(), "award_id": award, "money": "with_provider", "decision": "recycle", "amount_pence": 20_000, "consent_document_id": consent });
        scene.finance.post(&format!("{}/decisions", path(&scene)), &json!({ "lines": [decided], "reason": "The board of 20 April." })).must(201);
        let offer = |pence: i64| {
            let draft = scene.draft(pence, of_line(pence));
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &json!({}))
        };
        assert_eq!(offer(20_000).must(409).body["recycled_pence"], 0, "it is still with the provider");
        let asked = json!({ "ground": "unspent", "amount_pence": 25_000, "days_to_pay": 14, "reason": "The post was empty." });
        let asked = scene.commissioner.post(&format!("/v1/awards/{award}/recoveries"), &asked).must(201);
        let receipt = json!({ "amount_pence": 25_000, "bank_reference": "FPI 9" });
        scene.finance.change(&format!("/v1/recoveries/{}/receipts", asked.id()), asked.tag(), &receipt).must(200);
        assert_eq!(offer(20_001).must(409).body["recycled_pence"], 20_000, "the rest came back too, and nobody decided on it");
        offer(20_000).must(200);
        // What came back since was not free at the cut-off, so that a decision on it leaves that undecided.
        let undecided = || {
            let all = scene.finance.all(&format!("{}/unspent", path(&scene)));
            let row = all.iter().find(|one| one["budget_line"]["id"] == line.id() && one["award"].is_null());
            row.unwrap()["free_undecided_pence"].clone()
        };
        assert_eq!(undecided(), 200_000);
        let on_line = json!({ "budget_line_id": line.id(), "money": "on_line", "decision": "recycle", "amount_pence": 5_000, "consent_document_id": consent });
        scene.finance.post(&format!("{}/decisions", path(&scene)), &json!({ "lines": [on_line], "reason": "The board of 20 May." })).must(201);
        assert_eq!(undecided(), 200_000);
        offer(5_000).must(200);
    }

    fn what_is_agreed_of_days_after_the_cut_off_changes_nothing_of_it(app) {
        let scene = ready(app);
        let (award, ids) = quarterly(&scene, 400_000, json!({}));
        paid_on(app, &scene, &ids[0], "2020-08-02");
        take(&scene.finance, &scene, "cut-off", json!({})).must(200);
        scene.finance.post(&format!("{}/journals", path(&scene)), &json!({})).must(201);
        let kind = || {
            let made = scene.finance.all(&format!("{}/journals", path(&scene)));
            made[0]["lines"].as_array().unwrap().iter().find(|line| line["award"]["id"] == *award).unwrap()["kind"].clone()
        };
        assert_eq!(kind(), "debtor");
        let longer = json!({ "title": "Longer", "reason": "It goes on.", "is_unilateral": true, "effective_on": "2021-04-01", "dates": { "ends_on": "2021-06-30" } });
        let drafted = scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &longer).must(201);
        let act = |seen: &Answer, noun: &str| scene.commissioner.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({})).must(200);
        act(&act(&drafted, "issue"), "application");
        assert_eq!(scene.award(&award).body["ends_on"], "2021-06-30");
        assert_eq!(kind(), "debtor", "on the last day of the year it was over");
    }

    fn an_award_that_goes_on_is_paid_in_advance_and_one_that_is_over_owes(app) {
        let scene = ready(app);
        let (on, ids) = quarterly(&scene, 500_000, json!({ "title": "It goes on", "ends_on": "2021-06-30" }));
        pay(&scene, &ids[0]);
        let (over, others) = quarterly(&scene, 400_000, json!({}));
        let today = pay(&scene, &others[0]);
        take(&scene.finance, &scene, "cut-off", json!({ "cut_off_on": today })).must(200);
        let kinds = || {
            let made = scene.finance.all(&format!("{}/journals", path(&scene)));
            let lines = made[0]["lines"].as_array().unwrap().clone();
            let of = |award: &str| lines.iter().find(|line| line["award"]["id"] == *award).map(|line| line["kind"].as_str().unwrap().to_owned());
            (of(&on), of(&over))
        };
        scene.finance.post(&format!("{}/journals", path(&scene)), &json!({})).must(201);
        let wanted = (Some("prepayment".to_owned()), Some("debtor".to_owned()));
        assert_eq!(kinds(), wanted);
        let end = |award: &str| scene.commissioner.change(&format!("/v1/awards/{award}/end"), scene.award(award).tag(), &json!({})).must(200);
        end(&over);
        assert_eq!(kinds(), wanted, "nobody has to note that it ended");
        end(&on);
        assert_eq!(kinds().0.as_deref(), Some("debtor"), "it ended by the cut-off");
    }
}
