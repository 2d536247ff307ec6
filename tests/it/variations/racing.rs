//! Variations at the same time as payments, closures and each other.

use almoner::kernel::{Id, Pence};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::WriteMeta;
use serde_json::json;

use super::{accepted, act};
use crate::payments::runs::{confirm, export, reference};
use crate::payments::{authorise, get, of_award, quarterly, ready};
use crate::support::program::verify;
use crate::support::{Answer, App, Scene};

/// Pays a part of an award, as its bank would; says whether there was enough.
fn pay(app: &App, scene: &Scene, award: &str, pence: i64) -> bool {
    let (record_id, budget_line_id): (Id, Id) = (award.parse().unwrap(), scene.lines[0].parse().unwrap());
    let account = |kind| Account { kind, record_id, budget_line_id };
    let effective_on = "2020-10-02".parse().unwrap();
    let movement = Movement { from: account(AccountKind::Committed), to: account(AccountKind::Paid), amount: Pence(pence), effective_on };
    let work = app.service.db.write(WriteMeta::system("test", "test"), move |tx| ledger::transfer(tx, &movement));
    app.wait(work).is_ok()
}

on_both! {
    fn two_on_the_same_fields_are_not_both_applied(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let all: Vec<Answer> = (1..=4).map(|pence| accepted(&scene, &award, json!({ "value": { "change_pence": pence } }))).collect();
        let other = accepted(&scene, &award, json!({ "interventions": ["sport"] }));
        let who = &scene.commissioner;
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let tries: Vec<_> = all.iter().chain([&other]).map(|one| scope.spawn(move || act(who, one, "application"))).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let done: Vec<usize> = (0..4).filter(|at| answers[*at].status == 200).collect();
        assert_eq!(done.len(), 1, "{:?}", answers.iter().map(|one| one.status).collect::<Vec<_>>());
        assert!((0..4).filter(|at| !done.contains(at)).all(|at| answers[at].code() == "overlap"));
        assert_eq!(answers[4].status, 200, "one that touched others goes through");
        let pence = 300_000 + i64::try_from(done[0]).unwrap() + 1;
        assert_eq!((scene.held("committed", &award), &scene.award(&award).body["amount_pence"]), (vec![pence, 0], &json!(pence)));
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }

    fn a_smaller_award_and_a_payment_never_both_take_the_same_money(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let less = accepted(&scene, &award, json!({ "value": { "change_pence": -200_000 } }));
        let (applied, paid) = std::thread::scope(|scope| {
            let application = scope.spawn(|| act(&scene.commissioner, &less, "application").status);
            let payment = scope.spawn(|| pay(app, &scene, &award, 150_000));
            (application.join().unwrap() == 200, payment.join().unwrap())
        });
        assert!(applied != paid, "exactly one found the money: applied {applied}, paid {paid}");
        let wanted = if applied { (vec![100_000, 0], vec![0, 0]) } else { (vec![150_000, 0], vec![150_000, 0]) };
        assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), wanted);
        assert!(verify(&app.database_url).0);
    }

    fn a_payment_is_authorised_before_its_award_shrinks_or_not_at_all(app) {
        let scene = ready(app);
        for _ in 0..3 {
            let (award, ids) = quarterly(&scene, 200_000, json!({}));
            let less = accepted(&scene, &award, json!({ "value": { "change_pence": -180_000 } }));
            let (path, tag) = (format!("/v1/payments/{}/authorisation", ids[0]), get(&scene.approver, &ids[0]).tag().to_owned());
            let (applied, authorised) = std::thread::scope(|scope| {
                let application = scope.spawn(|| act(&scene.commissioner, &less, "application"));
                let authorisation = scope.spawn(|| scene.approver.change(&path, &tag, &json!({})));
                (application.join().unwrap(), authorisation.join().unwrap())
            });
            let sum = |states: &[&str]| -> i64 {
                let all = of_award(&scene, &award);
                all.iter().filter(|one| states.iter().any(|state| one["state"] == *state)).map(|one| one["amount_pence"].as_i64().unwrap()).sum()
            };
            match (applied.status, authorised.status) {
                // What was seen is not what is paid any more.
                (200, 409 | 412) => assert_eq!((sum(&["scheduled"]), sum(&["authorised"]), scene.held("committed", &award)), (20_000, 0, vec![20_000, 0])),
                (409, 200) => {
                    assert_eq!([&applied.body["reserved_pence"], &applied.body["lowest_pence"]], [&json!(50_000); 2], "{}", applied.text);
                    assert_eq!((sum(&["scheduled"]), sum(&["authorised"]), scene.held("committed", &award)), (150_000, 50_000, vec![200_000, 0]));
                }
                other => panic!("{other:?}: {} {}", applied.text, authorised.text),
            }
        }
        assert!(verify(&app.database_url).0);
    }

    fn a_run_and_a_smaller_award_never_cross(app) {
        let scene = ready(app);
        // As much less as leaves what is on its way goes through, whoever is first; a penny more than that never does.
        for (change, is_enough) in [(-110_000, true), (-150_001, false), (-120_000, true)] {
            let (award, ids) = quarterly(&scene, 200_000, json!({}));
            let less = accepted(&scene, &award, json!({ "value": { "change_pence": change } }));
            authorise(&scene.approver, &ids[0]).must(200);
            let run = scene.finance.post("/v1/payment-runs", &json!({})).must(201).id();
            let answer = format!("{},paid,{},,,\n", reference(&scene, &ids[0]), get(&scene.finance, &ids[0]).body["authorised_on"].as_str().unwrap());
            let (applied, left, paid) = std::thread::scope(|scope| {
                let application = scope.spawn(|| act(&scene.commissioner, &less, "application"));
                let running = scope.spawn(|| {
                    let left = export(&scene.finance, &run);
                    (left, confirm(&scene, &run, &answer))
                });
                let (left, paid) = running.join().unwrap();
                (application.join().unwrap(), left, paid)
            });
            assert_eq!((left.status, paid.status), (200, 200), "{} {}", left.text, paid.text);
            assert_eq!(applied.status, if is_enough { 200 } else { 409 }, "{}", applied.text);
            if !is_enough {
                assert_eq!(applied.body["lowest_pence"], 50_000, "{}", applied.text);
            }
            let worth = if is_enough { 200_000 + change } else { 200_000 };
            assert_eq!(scene.award(&award).body["amount_pence"], worth);
            assert_eq!((scene.held("committed", &award), scene.held("paid", &award)), (vec![worth - 50_000, 0], vec![50_000, 0]));
            let first = get(&scene.finance, &ids[0]);
            assert_eq!([&first.body["state"], &first.body["amount_pence"]], [&json!("paid"), &json!(50_000)]);
        }
        assert!(verify(&app.database_url).0);
    }

    fn a_variation_is_applied_before_the_end_or_not_at_all(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let more = accepted(&scene, &award, json!({ "value": { "change_pence": 50_000 } }));
        let tag = scene.award(&award).tag().to_owned();
        let (applied, ended) = std::thread::scope(|scope| {
            let application = scope.spawn(|| act(&scene.commissioner, &more, "application"));
            let end = scope.spawn(|| scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &json!({ "ended_on": "2020-12-31" })));
            (application.join().unwrap(), end.join().unwrap())
        });
        // Either it was there first, so that whoever ended the award had seen another one; or the award was ended.
        match applied.status {
            200 => assert_eq!(ended.status, 412),
            _ => assert_eq!((ended.status, applied.code()), (200, "wrong_state")),
        }
        if ended.status != 200 {
            let tag = scene.award(&award).tag().to_owned();
            scene.commissioner.change(&format!("/v1/awards/{award}/end"), &tag, &json!({ "ended_on": "2020-12-31" })).must(200);
        }
        let worth = if applied.status == 200 { 350_000 } else { 300_000 };
        let tag = scene.award(&award).tag().to_owned();
        let closure = json!({ "unspent_pence": worth });
        scene.commissioner.change(&format!("/v1/awards/{award}/closure"), &tag, &closure).must(200);
        assert_eq!(scene.held("committed", &award), [0, 0]);
        assert!(verify(&app.database_url).0);
    }
}
