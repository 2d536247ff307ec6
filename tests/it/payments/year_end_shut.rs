//! What happens by itself, or late, once a year is closed: it is dated after the lock, and says what it corrects.

use almoner::funds::budget_lines::{AtRiskTerms, acts as budget_lines};
use almoner::kernel::{FigureNote, Id, Pence, Provenance};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use super::year_end::{path, pay, take};
use super::{quarterly, ready};
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
