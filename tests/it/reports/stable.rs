//! The same question as at the same day and known at the same moment has the same answer, whatever is done afterwards.

use almoner::kernel::{Id, Pence};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use super::spend::{counted, indicator, spend};
use crate::returns::{accepted, submitted};
use crate::support::{App, Client, Scene};

/// Every report there is, with some of its groupings, each with a place for what is asked besides.
const REPORTS: [&str; 33] = [
    "allocations?group_by=fund&group_by=provider&group_by=theme&group_by=area&",
    "allocations?group_by=source&group_by=tranche&group_by=programme&group_by=provider_status&",
    "allocations?group_by=award&group_by=category&group_by=financial_year&",
    "changes?from_known_at=2020-01-01T00:00:00Z&",
    "fund-summary?",
    "fund-summary?group_by=source&",
    "tranche-summary?",
    "expenditure?",
    "expenditure?group_by=award&group_by=fund&",
    "outturn?",
    "coverage?",
    "coverage?group_by=area&",
    "indicators?",
    "indicators?group_by=provider&group_by=area&",
    "return-compliance?",
    "capacity?",
    "service?",
    "at-risk?",
    "at-risk?group_by=source&",
    "funder-claims-due?",
    "board/returns?quarter=2020-21-Q1&",
    "board?quarter=2020-21-Q1&",
    "indicators/returns?",
    "allocations?",
    "underspend?",
    "shares?",
    "annual?financial_year=2020-21&",
    "underspend?group_by=source&",
    "social-value?",
    "unit-costs?financial_year=2020-21&",
    "changes/figures?report=outturn&from_known_at=2020-01-01T00:00:00Z&limit=3&",
    "changes/figures?report=at-risk&from_known_at=2020-01-01T00:00:00Z&limit=3&",
    "changes?limit=4&from_known_at=2020-01-01T00:00:00Z&",
];

/// What every report says as at a day and known at a moment, as JSON and as CSV, by its address. Asked of two databases that hold the same office,
/// it is the same.
pub fn asked(who: &Client, as_at: &str, known_at: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for report in REPORTS {
        for format in ["json", "csv"] {
            let known = if report.starts_with("changes") { "to_known_at" } else { "known_at" };
            let path = format!("/v1/reports/{report}as_at={as_at}&{known}={known_at}&format={format}");
            let answer = who.get(&path);
            all.push((path, answer.must(200).text));
        }
    }
    all
}

/// A record as it stands, with another value in one field.
fn rename(scene: &Scene, path: &str, changes: &Value) {
    let seen = scene.commissioner.get(path).must(200);
    scene.commissioner.patch(path, seen.tag(), changes).must(200);
}

/// An office in which every report has something to say.
fn lively(scene: &Scene) -> [String; 4] {
    let profile = json!([{ "quarter": "2020-21-Q1", "amount_pence": 90_000 }, { "quarter": "2020-21-Q2", "amount_pence": 90_000 }]);
    let programme = json!({ "code": "YOUTH", "name": "Youth", "kind": "pilot", "stage": "planned", "starts_on": "2020-04-01" });
    let programme = scene.commissioner.post("/v1/programmes", &programme).must(201).id();
    let changes = json!({ "profile": profile, "theme": "Young people", "category": "small", "programme_id": programme });
    let draft = scene.draft(180_000, changes);
    let people = indicator(scene, &[&draft.id()], "People", "sum", "sum");
    scene.go_live(&scene.award(&draft.id()));
    let content = json!({ "spend": spend(60_000), "narrative": "as planned", "values": [counted(&people, None, 12)] });
    accepted(scene, &draft.id(), "2020-21-Q1", &content);
    let other = scene.live(120_000, json!({ "area_ids": [scene.area, scene.other_area], "theme": "Homes" })).id();
    [draft.id(), other, programme, people]
}

/// Names, budgets, what is set aside, what is counted and what is told to the board, each changed by an act.
fn change_the_office(scene: &Scene, [first, _, programme, people]: &[String; 4], round: usize) {
    for path in [
        format!("funds/{}", scene.fund),
        format!("providers/{}", scene.provider),
        format!("areas/{}", scene.area),
        format!("programmes/{programme}"),
    ] {
        rename(scene, &format!("/v1/{path}"), &json!({ "name": format!("Renamed {round}") }));
    }
    rename(scene, &format!("/v1/providers/{}", scene.provider), &json!({ "local": round.is_multiple_of(2), "size": "small" }));
    let line = scene.finance.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200);
    // Counted again, and then cut.
    let pence = if round.is_multiple_of(2) { 10_000_000 + 1_000 * round } else { 9_900_000 };
    let sum = json!({ "amount_pence": pence, "effective_on": "2020-09-01", "reason": "counted again" });
    scene.finance.change(&format!("/v1/budget-lines/{}/restatement", scene.lines[0]), line.tag(), &sum).must(200);
    let earmark = json!({ "name": format!("Set aside {round}"), "amount_pence": 5_000, "effective_on": "2020-09-01" });
    let earmark = scene.finance.post(&format!("/v1/fund-periods/{}/earmarks", scene.period), &earmark).must(201);
    let release = json!({ "amount_pence": 2_000, "effective_on": "2020-09-02", "reason": "Less is needed." });
    scene.finance.change(&format!("/v1/earmarks/{}/release", earmark.id()), earmark.tag(), &release).must(200);
    let targets = json!({ "targets": [{ "period": "2020-21-Q1", "target": 20 + round }] });
    let tag = scene.commissioner.get(&format!("/v1/indicators/{people}")).must(200).tag().to_owned();
    let aimed = scene.commissioner.put(&format!("/v1/indicators/{people}/targets"), &tag, &targets);
    assert!(aimed.status == 200 || aimed.status == 409, "{}", aimed.text);
    let claim = json!({ "budget_line_id": scene.lines[0], "amount_pence": 100, "starts_on": "2020-04-01", "ends_on": "2020-06-30" });
    let claimed = scene.commissioner.post("/v1/funder-claims", &claim);
    assert!(claimed.status < 500, "{}", claimed.text);
    let returned = crate::returns::of_period(scene, first, "2020-21-Q1");
    let less =
        json!({ "reason": "An invoice was entered twice.", "spend": spend(-100), "values": [{ "indicator_id": people, "value": -1 }] });
    scene.commissioner.post(&format!("/v1/returns/{}/adjustments", returned.id()), &less).must(201);
}

/// Awards that begin, stop, go on, end and change.
fn change_awards(scene: &Scene, [_, other, ..]: &[String; 4], round: usize) {
    let draft = scene.draft(1_000, json!({ "theme": format!("Theme {round}") }));
    scene.offer(&draft).must(200);
    let change = |noun: &str, body: Value| {
        let who = if noun == "termination" { &scene.approver } else { &scene.commissioner };
        who.change(&format!("/v1/awards/{}/{noun}", draft.id()), scene.award(&draft.id()).tag(), &body).must(200)
    };
    if round % 3 == 2 {
        change("withdrawal", json!({ "reason": "no longer wanted" }));
    } else {
        scene.plan(&draft.id());
        scene.accept(&draft.id()).must(200);
        change("pause", json!({ "paused_on": "2020-09-01", "resume_planned_on": "2020-11-01", "intention": "to complete the project" }));
        change("resumption", json!({ "resumed_on": "2020-09-20" }));
        if round.is_multiple_of(3) {
            change("end", json!({ "ended_on": "2020-10-01" }));
            change("closure", json!({}));
        } else {
            change("termination", json!({ "terminated_on": "2020-10-01", "reason": "over early" }));
        }
    }
    let variation = json!({ "title": "More", "reason": "agreed", "effective_on": "2020-10-01", "value": { "change_pence": 1_000 } });
    let mut seen = scene.commissioner.post(&format!("/v1/awards/{other}/variations"), &variation).must(201);
    for (who, noun) in [(&scene.commissioner, "issue"), (&scene.signatory, "acceptance"), (&scene.commissioner, "application")] {
        seen = who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &json!({})).must(200);
    }
}

/// Changes of every kind that an act can make.
fn change_everything(scene: &Scene, awards: &[String; 4], rounds: usize) {
    let [first, other, _, people] = awards;
    submitted(scene, first, "2020-21-Q2", &json!({ "spend": spend(50_000), "narrative": "more", "values": [counted(people, None, 20)] }));
    accepted(scene, other, "2020-21-Q1", &json!({ "spend": spend(20_000), "narrative": "begun" }));
    scene.commissioner.post("/v1/board-snapshots", &json!({ "quarter": "2020-21-Q2" })).must(201);
    for round in 0..rounds {
        change_the_office(scene, awards, round);
        change_awards(scene, awards, round);
    }
}

/// How often 51 movements are made at once.
const MOVEMENTS: usize = 15;

/// Payments, what the bank sends back of them, and what providers do, a penny each.
fn pay(app: &App, scene: &Scene, award: &str, times: usize) {
    let (record_id, budget_line_id): (Id, Id) = (award.parse().unwrap(), scene.lines[0].parse().unwrap());
    let account = |kind| Account { kind, record_id, budget_line_id };
    let there = Movement {
        from: account(AccountKind::Committed),
        to: account(AccountKind::Paid),
        amount: Pence(2),
        effective_on: "2020-09-01".parse().unwrap(),
    };
    let back = Movement { from: there.to, to: there.from, amount: Pence(1), effective_on: "2020-10-01".parse().unwrap() };
    let period = Account { kind: AccountKind::FundPeriod, record_id: scene.period.parse().unwrap(), budget_line_id };
    let recovered = Movement { from: there.to, to: period, amount: Pence(1), effective_on: "2020-11-01".parse().unwrap() };
    for _ in 0..times {
        let both = move |tx: &mut almoner::store::Tx<'_>| {
            for _ in 0..25 {
                ledger::transfer(tx, &there)?;
                ledger::transfer(tx, &back)?;
            }
            ledger::transfer(tx, &recovered)?;
            Ok(())
        };
        app.wait(app.service.db.write(WriteMeta::system("payment.confirm", "test"), both)).unwrap();
    }
}

on_both! {
    fn a_thousand_later_changes_leave_every_report_as_it_was(app) {
        let scene = crate::payments::ready(app);
        let office = app.office(&[almoner::access::permissions::Role::Finance, almoner::access::permissions::Role::Commissioner]);
        let awards = lively(&scene);
        let known_at = scene.finance.get("/v1/reports/allocations").must(200).body["known_at"].as_str().unwrap().to_owned();
        let days = ["2030-03-31", "2020-08-15"];
        let before: Vec<_> = days.iter().flat_map(|day| asked(&office, day, &known_at)).collect();
        assert!(before.len() == 2 * 2 * REPORTS.len(), "{:?}", before.iter().map(|(path, _)| path).collect::<Vec<_>>());
        let acts = || app.texts("SELECT act AS text FROM audit_event WHERE outcome = 'done' ORDER BY id");
        let before_all = acts().len();
        change_everything(&scene, &awards, 6);
        crate::payments::every_kind(&scene, 3);
        pay(app, &scene, &awards[0], MOVEMENTS);
        let done = acts().split_off(before_all);
        let kinds: std::collections::BTreeSet<&String> = done.iter().collect();
        assert!(done.len() + 51 * MOVEMENTS >= 1_000 && kinds.len() >= 38, "{} changes of {} kinds: {kinds:?}", done.len(), kinds.len());
        crate::ledger::fold_all(app);
        let after: Vec<_> = days.iter().flat_map(|day| asked(&office, day, &known_at)).collect();
        for ((path, first), (_, again)) in before.iter().zip(&after) {
            assert_eq!(first, again, "{path}");
        }
        assert_eq!(before.len(), after.len());
        // They did change something.
        let totals = |known: &str| {
            let path = format!("/v1/reports/allocations?as_at={}{known}", days[0]);
            scene.finance.get(&path).must(200).body["totals"].clone()
        };
        let (then, now) = (totals(&format!("&known_at={known_at}")), totals(""));
        for column in ["budgeted_pence", "committed_pence", "paid_pence", "recovered_pence", "released_pence", "reported_spend_pence", "award_count"] {
            assert_ne!(then[column], now[column], "{column}");
        }
    }
}
