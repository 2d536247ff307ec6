//! Agreed changes of awards: from the draft to the application, and everything that is refused on the way.

mod ahead;
mod any_order;
mod approval;
mod campaigns;
mod clauses;
mod groups;
mod kinds;
mod lapsing;
mod letters;
mod limits;
mod logged;
pub mod novation;
mod novation_body;
mod novation_debts;
mod novation_letters;
mod novation_races;
mod novation_reports;
mod on_behalf;
mod own_day;
mod racing;
mod rebase;
mod recut;
mod refused;

use almoner::access::permissions::Role;
use almoner::kernel::{Id, Pence};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::outbox::rules::State;
use almoner::outbox::{Security, deliver};
use almoner::store::WriteMeta;
use serde_json::{Value, json};

use crate::outbox::mailer;
use crate::support::smtp::MailServer;
use crate::support::{Answer, App, Client, Scene};

/// A variation that holds from 1 October 2020, with `changes` in it.
fn input(changes: &Value) -> Value {
    let mut input = json!({ "title": "More time", "reason": "The hall was closed.", "effective_on": "2020-10-01" });
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn draft(scene: &Scene, award: &str, changes: Value) -> Answer {
    scene.commissioner.post(&format!("/v1/awards/{award}/variations"), &input(&changes))
}

/// An act on a variation by whoever saw it as `seen`.
fn act(who: &Client, seen: &Answer, noun: &str) -> Answer {
    let body = if ["issue", "acceptance", "rebase", "approval"].contains(&noun) {
        json!({})
    } else {
        json!({ "reason": "the dates do not suit" })
    };
    who.change(&format!("/v1/variations/{}/{noun}", seen.id()), seen.tag(), &body)
}

/// A variation that the provider has accepted.
fn accepted(scene: &Scene, award: &str, changes: Value) -> Answer {
    let issued = act(&scene.commissioner, &draft(scene, award, changes).must(201), "issue").must(200);
    act(&scene.signatory, &issued, "acceptance").must(200)
}

fn actions(answer: &Answer) -> Vec<&str> {
    answer.body["allowed_actions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

fn profile(pence: [i64; 3]) -> Value {
    let quarters = ["2020-21-Q2", "2020-21-Q3", "2020-21-Q4"];
    quarters.iter().zip(pence).map(|(quarter, pence)| json!({ "quarter": quarter, "amount_pence": pence })).collect()
}

/// What a change of terms notes of an award whose first budget line pays all of it, beside the fields that were asked for.
fn stood(scene: &Scene, pence: i64, quarters: [i64; 3], asked: Value) -> Value {
    let mut whole = json!({ "split": [{ "budget_line_id": scene.lines[0], "amount_pence": pence }], "profile": profile(quarters), "annual_amounts": [] });
    whole.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
    whole
}

fn shortfall(refused: &Answer) -> (Option<&str>, Option<i64>, Option<i64>) {
    (refused.body["account"].as_str(), refused.body["balance_pence"].as_i64(), refused.body["shortfall_pence"].as_i64())
}

/// Pays a part of an award, as its bank would.
fn pay(app: &App, scene: &Scene, award: &str, pence: i64) {
    let (record_id, budget_line_id): (Id, Id) = (award.parse().unwrap(), scene.lines[0].parse().unwrap());
    let account = |kind| Account { kind, record_id, budget_line_id };
    let effective_on = "2020-09-01".parse().unwrap();
    let movement = Movement { from: account(AccountKind::Committed), to: account(AccountKind::Paid), amount: Pence(pence), effective_on };
    app.wait(app.service.db.write(WriteMeta::system("test", "test"), move |tx| ledger::transfer(tx, &movement))).unwrap();
}

on_both! {
    fn more_money_goes_the_whole_way(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({ "profile": profile([100_000; 3]) })).id();
        let drafted = draft(&scene, &award, json!({ "value": { "change_pence": 80_000 } })).must(201);
        let path = format!("/v1/variations/{}", drafted.id());
        assert_eq!(drafted.header("location"), Some(path.as_str()));
        assert_eq!((drafted.body["reference"].as_str(), drafted.body["state"].as_str()), (Some("CIF-2020-21-T1-0001-V1"), Some("draft")));
        assert_eq!((&drafted.body["kinds"], &drafted.body["before"]["amount_pence"]), (&json!(["value"]), &json!(300_000)));
        assert_eq!(drafted.body["after"]["amount_pence"], 380_000);
        assert_eq!(actions(&drafted), ["edit", "issue", "withdraw"]);
        // The provider sees it once it is issued.
        scene.signatory.get(&path).must(404);
        assert_eq!(scene.signatory.all(&format!("/v1/awards/{award}/variations")).len(), 0);
        let edited = scene.commissioner.patch(&path, drafted.tag(), &json!({ "value": { "change_pence": 70_000 } })).must(200);
        let issued = act(&scene.commissioner, &edited, "issue").must(200);
        let before = stood(&scene, 300_000, [100_000; 3], json!({ "amount_pence": 300_000 }));
        let after = stood(&scene, 370_000, [100_000, 135_000, 135_000], json!({ "amount_pence": 370_000 }));
        assert_eq!((&issued.body["before"], &issued.body["after"]), (&before, &after));
        assert_eq!(actions(&issued), ["withdraw"]);
        let seen = scene.signatory.get(&path).must(200);
        assert_eq!((actions(&seen), actions(&scene.author.get(&path).must(200))), (vec!["accept", "refuse"], vec![]));
        assert_eq!((&seen.body["before"], &seen.body["after"]), (&before, &after), "who signs sees both");
        assert_eq!(scene.signatory.all(&format!("/v1/awards/{award}/variations"))[0]["after"], after);
        assert_eq!(scene.signatory.all(&format!("/v1/awards/{award}/variations")).len(), 1);
        assert_eq!(act(&scene.commissioner, &issued, "application").must(409).code(), "wrong_state");
        let accepted = act(&scene.signatory, &seen, "acceptance").must(200);
        assert_eq!(accepted.body["state"], "accepted");
        assert!(accepted.body["answered_by"].as_str().unwrap().starts_with("provider_signatory"));
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![300_000, 0], vec![700_000, 0]));
        let applied = act(&scene.commissioner, &accepted, "application").must(200);
        assert_eq!((applied.body["state"].as_str(), applied.body["terms_no"].as_i64()), (Some("applied"), Some(2)));
        assert_eq!((&applied.body["before"], &applied.body["after"]), (&before, &after));
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![370_000, 0], vec![630_000, 0]));
        // The past of the profile stays; the rest is cut again. The terms before stay readable.
        let shown = scene.commissioner.get(&format!("/v1/awards/{award}/profile")).must(200);
        let pence: Vec<_> = shown.body["quarters"].as_array().unwrap().iter().map(|one| one["amount_pence"].clone()).collect();
        assert_eq!(pence, [100_000, 135_000, 135_000]);
        let old = scene.signatory.get(&format!("/v1/awards/{award}/versions/1")).must(200);
        assert_eq!((&old.body["terms"]["amount_pence"], &old.body["terms"]["profile"]), (&json!(300_000), &profile([100_000; 3])));
        assert_eq!(actions(&applied), Vec::<&str>::new());
        for noun in ["application", "withdrawal", "issue"] {
            assert_eq!(act(&scene.commissioner, &applied, noun).must(409).code(), "wrong_state");
        }
        let log = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&outcome=done", drafted.id()));
        let mut acts: Vec<_> = log.iter().map(|one| one["act"].as_str().unwrap()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["variation.accept", "variation.apply", "variation.draft", "variation.edit", "variation.issue"]);
    }

    fn an_award_never_falls_below_what_is_paid(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let free = scene.held("fund_period", &scene.period);
        let less = accepted(&scene, &award, json!({ "value": { "change_pence": -100_000 } }));
        act(&scene.commissioner, &less, "application").must(200);
        assert_eq!(scene.held("committed", &award), [200_000, 0]);
        assert_eq!(scene.held("fund_period", &scene.period), [free[0] + 100_000, free[1]]);
        pay(app, &scene, &award, 150_000);
        let too_low = accepted(&scene, &award, json!({ "value": { "change_pence": -50_001 } }));
        let refused = act(&scene.commissioner, &too_low, "application").must(409);
        assert_eq!(refused.code(), "insufficient_balance");
        assert_eq!(shortfall(&refused), (Some("What is committed"), Some(50_000), Some(1)));
        let unchanged = scene.award(&award);
        assert_eq!((unchanged.body["amount_pence"].as_i64(), unchanged.body["terms_no"].as_i64()), (Some(200_000), Some(2)));
        assert_eq!(scene.commissioner.get(&format!("/v1/variations/{}", too_low.id())).must(200).body["state"], "accepted");
        let lowest = accepted(&scene, &award, json!({ "value": { "change_pence": -50_000 } }));
        act(&scene.commissioner, &lowest, "application").must(200);
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![0, 0], vec![150_000, 0]));
        assert_eq!(scene.award(&award).body["amount_pence"], 150_000);
    }

    fn each_day_keeps_the_state_and_the_terms_that_held(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let path = format!("/v1/awards/{award}");
        let pause = json!({ "paused_on": "2020-11-01", "resume_planned_on": "2021-01-01", "intention": "the project is to be completed" });
        scene.commissioner.change(&format!("{path}/pause"), scene.award(&award).tag(), &pause).must(200);
        let resumption = json!({ "resumed_on": "2020-12-01" });
        scene.commissioner.change(&format!("{path}/resumption"), scene.award(&award).tag(), &resumption).must(200);
        let late = accepted(&scene, &award, json!({ "effective_on": "2020-09-15", "dates": { "ends_on": "2021-02-28" } }));
        let raised = accepted(&scene, &award, json!({ "value": { "change_pence": 80_000 } }));
        act(&scene.commissioner, &raised, "application").must(200);
        let on = |day: &str| {
            app.texts(&format!(
                "SELECT state || ' ' || terms_no AS text FROM award_version WHERE state <> 'draft' AND effective_on <= '{day}' ORDER BY version DESC LIMIT 1"
            ))
        };
        for (day, wanted) in [
            ("2020-07-15", "offered 1"), ("2020-09-30", "live 1"), ("2020-10-01", "live 2"), ("2020-10-31", "live 2"), ("2020-11-01", "paused 2"),
            ("2020-11-30", "paused 2"), ("2020-12-01", "live 2"),
        ] {
            assert_eq!(on(day), [wanted], "{day}");
        }
        assert_eq!((scene.award(&award).body["state"].as_str(), scene.award(&award).body["terms_no"].as_i64()), (Some("live"), Some(2)));
        // What is agreed follows in time: a change that was to hold before the last one is issued anew.
        let overtaken = act(&scene.commissioner, &late, "application").must(409);
        assert_eq!(overtaken.code(), "rule_broken");
        assert_eq!(overtaken.body["detail"], "This variation would hold from 2020-09-15. The agreement holds as it is from 2020-10-01; \
            a variation holds from that day on, or from a later one. Rebase it, so that it holds from that day on, or take it back.");
        let early = draft(&scene, &award, json!({ "effective_on": "2020-09-30", "value": { "change_pence": 1 } })).must(422);
        assert_eq!(early.faults(), ["/effective_on too_early"]);
        // Neither does an end come before the last step of the state, which was the resumption, nor does delivery show that step earlier.
        let ended = scene.commissioner.change(&format!("{path}/end"), scene.award(&award).tag(), &json!({ "ended_on": "2020-11-30" })).must(422);
        assert_eq!(ended.faults(), ["/ended_on reversed_dates"]);
        let delivery = json!({ "status": "delivering", "since": "2020-11-15" });
        scene.commissioner.change(&format!("{path}/delivery"), scene.award(&award).tag(), &delivery).must(200);
        assert_eq!((on("2020-11-15"), on("2020-12-01")), (vec!["paused 2".to_owned()], vec!["live 2".to_owned()]));
    }

    fn one_penny_more_than_the_tranche_has_is_refused(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let over = accepted(&scene, &award, json!({ "value": { "change_pence": 700_001 } }));
        let refused = act(&scene.commissioner, &over, "application").must(409);
        assert_eq!((refused.code(), shortfall(&refused)), ("insufficient_balance", (Some("The tranche"), Some(700_000), Some(1))));
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![300_000, 0], vec![700_000, 0]));
        // The fund period may pay instead, where that is what was agreed.
        let free = scene.held("fund_period", &scene.period);
        let from_period = accepted(&scene, &award, json!({ "value": { "change_pence": 700_001, "from_fund_period": true } }));
        act(&scene.commissioner, &from_period, "application").must(200);
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![1_000_001, 0], vec![700_000, 0]));
        assert_eq!(scene.held("fund_period", &scene.period), [free[0] - 700_001, free[1]]);
        let split = json!([{ "budget_line_id": scene.lines[0], "amount_pence": 1_000_001 }, { "budget_line_id": scene.lines[1], "amount_pence": 99_999 }]);
        let other_line = accepted(&scene, &award, json!({ "value": { "change_pence": 99_999, "from_fund_period": true, "split": split } }));
        act(&scene.commissioner, &other_line, "application").must(200);
        assert_eq!(scene.held("committed", &award), [1_000_001, 99_999]);
        let check = app.wait(app.service.db.read(ledger::verify)).unwrap();
        assert_eq!(check.faults, Vec::<String>::new());
    }

    fn every_kind_of_change_keeps_before_and_after(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let beginning = scene.draft(300_000, json!({ "profile": profile([100_000; 3]) }));
        let award = beginning.id();
        let indicator = json!({ "name": "People referred", "kind": "output", "unit": "people", "direction": "higher", "adds_over_time": "sum",
            "adds_over_areas": "sum" });
        let indicator = scene.commissioner.post(&format!("/v1/awards/{award}/indicators"), &indicator).must(201);
        let target = |number: i32| json!([{ "period": "2020-21", "area_id": null, "starts_on": "2020-04-01", "ends_on": "2021-03-31", "target": number }]);
        let path = format!("/v1/indicators/{}", indicator.id());
        let agreed = scene.commissioner.put(&format!("{path}/targets"), indicator.tag(), &json!({ "targets": target(40) })).must(200);
        scene.go_live(&beginning);
        assert_eq!(scene.commissioner.put(&format!("{path}/targets"), agreed.tag(), &json!({ "targets": target(50) })).must(409).code(), "wrong_state");
        let moved = json!([{ "from_category": "activities", "to_category": "it_infrastructure", "amount_pence": 10_000 }]);
        let stands = |quarters: [i64; 3], asked: Value| stood(&scene, 300_000, quarters, asked);
        let uses = |activities: i64, it: i64| json!({ "use_of_funds": { "activities": activities, "it_infrastructure": it } });
        let kinds = [
            ("dates", json!({ "ends_on": "2021-06-30" }), stands([100_000; 3], json!({ "ends_on": "2021-03-31" })),
                stands([100_000; 3], json!({ "ends_on": "2021-06-30" }))),
            ("profile", profile([50_000, 150_000, 100_000]), stands([100_000; 3], json!({})), stands([50_000, 150_000, 100_000], json!({}))),
            ("delivery", json!({ "status": "adapted", "mode": "remote", "description": "By telephone." }),
                json!({ "delivery": { "status": "not_started", "mode": null } }), json!({ "delivery": { "status": "adapted", "mode": "remote" } })),
            ("targets", json!([{ "indicator_id": indicator.id(), "targets": target(25) }]),
                json!({ "targets": { indicator.id(): target(40) } }), json!({ "targets": { indicator.id(): target(25) } })),
            ("use_of_funds", moved.clone(), uses(0, 0), uses(-10_000, 10_000)),
        ];
        for (number, (kind, change, before, after)) in kinds.into_iter().enumerate() {
            let mut changes = json!({});
            changes[kind] = change.clone();
            let accepted = accepted(&scene, &award, changes);
            assert_eq!(accepted.body["reference"], format!("CIF-2020-21-T1-0001-V{}", number + 1));
            assert_eq!((&accepted.body["kinds"], &accepted.body["before"]), (&json!([kind]), &before));
            let applied = act(&scene.commissioner, &accepted, "application").must(200);
            assert_eq!((&applied.body["before"], &applied.body["after"]), (&before, &after), "{kind}");
            assert_eq!(applied.body["terms_no"].is_null(), !["dates", "profile"].contains(&kind));
        }
        let now = scene.award(&award);
        assert_eq!((now.body["ends_on"].as_str(), now.body["delivery_mode"].as_str()), (Some("2021-06-30"), Some("remote")));
        assert_eq!(scene.commissioner.get(&path).must(200).body["targets"][0]["target"], 25);
        // The new dates bring the return of another quarter.
        let periods: Vec<_> = scene.author.all("/v1/returns").iter().map(|one| one["period"].clone()).collect();
        assert_eq!(periods, ["2020-21-Q1", "2020-21-Q2", "2020-21-Q3", "2020-21-Q4", "2021-22-Q1"]);
        // A use of funds moves no money.
        assert_eq!((scene.held("committed", &award), scene.held("tranche", &scene.tranche)), (vec![300_000, 0], vec![700_000, 0]));
        assert_eq!(scene.commissioner.all(&format!("/v1/awards/{award}/variations?limit=2")).len(), 5);
        let all = json!({ "value": { "change_pence": 30_000 }, "dates": { "ends_on": "2021-03-31" }, "delivery": { "status": "delivering" },
            "targets": [{ "indicator_id": indicator.id(), "targets": [] }], "use_of_funds": moved, "group": "Spring round" });
        let applied = act(&scene.commissioner, &accepted(&scene, &award, all), "application").must(200);
        assert_eq!(applied.body["kinds"], json!(["value", "dates", "delivery", "targets", "use_of_funds"]));
        assert_eq!(applied.body["after"]["targets"][indicator.id()], json!([]));
        assert_eq!((&applied.body["after"]["amount_pence"], &applied.body["after"]["ends_on"]), (&json!(330_000), &json!("2021-03-31")));
        assert_eq!(applied.body["after"]["use_of_funds"], uses(-20_000, 20_000)["use_of_funds"]);
    }

    fn the_provider_is_told_of_what_is_issued(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let path = format!("/v1/providers/{}", scene.provider);
        let tag = scene.commissioner.get(&path).must(200).tag().to_owned();
        scene.commissioner.patch(&path, &tag, &json!({ "contact_email": "grants@helping-hands.example" })).must(200);
        let drafted = draft(&scene, &award, json!({ "dates": { "ends_on": "2021-06-30" } })).must(201);
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        let send = || app.wait(deliver(&app.service.db, &mailer)).unwrap();
        assert_eq!(send(), None);
        let issued = act(&scene.commissioner, &drafted, "issue").must(200);
        assert_eq!(issued.body["letter"]["state"], "queued");
        assert_eq!((send(), send()), (Some(State::Sent), None));
        assert_eq!(scene.commissioner.get(&format!("/v1/variations/{}", issued.id())).must(200).body["letter"]["state"], "sent");
        let letters = server.messages();
        assert!(letters[0].contains("To: grants@helping-hands.example\n"), "{}", letters[0]);
        assert!(letters[0].contains("Subject: Variation CIF-2020-21-T1-0001-V1 is issued to you\n"), "{}", letters[0]);
        assert!(letters[0].contains("Please accept or refuse it."), "{}", letters[0]);
    }

    fn a_reassurance_needs_no_acceptance(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let delivery = json!({ "delivery": { "status": "paused" }, "is_unilateral": true });
        let issued = act(&scene.commissioner, &draft(&scene, &award, delivery).must(201), "issue").must(200);
        assert_eq!(actions(&scene.signatory.get(&format!("/v1/variations/{}", issued.id())).must(200)), Vec::<&str>::new());
        assert_eq!(act(&scene.signatory, &issued, "acceptance").must(409).code(), "wrong_state");
        assert_eq!(act(&scene.signatory, &issued, "refusal").must(409).code(), "wrong_state");
        assert_eq!(act(&scene.commissioner, &issued, "application").must(200).body["state"], "applied");
        assert_eq!(scene.award(&award).body["delivery_status"], "paused");
        for binding in [
            json!({ "value": { "change_pence": -1 } }),
            json!({ "dates": { "ends_on": "2021-02-28" } }),
            json!({ "dates": { "starts_on": "2020-05-01" } }),
            json!({ "profile": profile([100_000; 3]) }),
        ] {
            let mut binding = binding;
            binding["is_unilateral"] = json!(true);
            assert_eq!(draft(&scene, &award, binding).must(422).faults(), ["/is_unilateral needs_acceptance"]);
        }
        let longer = json!({ "dates": { "ends_on": "2021-04-30" }, "is_unilateral": true });
        let issued = act(&scene.commissioner, &draft(&scene, &award, longer).must(201), "issue").must(200);
        assert_eq!(act(&scene.commissioner, &issued, "application").must(200).body["state"], "applied");
    }
}
