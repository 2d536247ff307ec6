//! What the passing of a day ends is ended by the service itself.

use almoner::access::permissions::Role;
use almoner::funds::budget_lines::{AtRiskTerms, acts as budget_lines};
use almoner::kernel::{FigureNote, Id, Pence, Provenance};
use almoner::store::WriteMeta;
use almoner::workers::Workers;
use serde_json::json;

use crate::support::{App, Backend, Scene};

/// One round of every worker: each does one before it looks whether it is to stop.
pub fn a_round(app: &App) {
    drop(Workers::start(&app.service.db, (&app.service.shelf, &app.service.press), &app.service.limits, None).unwrap());
}

on_both! {
    fn an_offer_past_its_day_lapses_and_its_money_returns(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let (late, open, free) = (scene.draft(400_000, json!({})), scene.draft(100_000, json!({})), scene.draft(50_000, json!({})));
        let today = app.service.db.clock().today();
        for (draft, due) in [(&late, json!("2020-07-31")), (&open, json!(today)), (&free, json!(null))] {
            let offer = json!({ "offered_on": "2020-07-01", "acceptance_due_on": due });
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &offer).must(200);
        }
        assert_eq!(scene.held("tranche", &scene.tranche), [450_000, 0]);
        a_round(app);
        assert_eq!((scene.held("offered", &late.id()), scene.held("tranche", &scene.tranche)), (vec![0, 0], vec![850_000, 0]));
        let lapsed = scene.award(&late.id());
        assert_eq!((lapsed.body["state"].as_str(), lapsed.body["reason"].as_str()), (Some("lapsed"), Some("not accepted in time")));
        for still in [&open, &free] {
            assert_eq!(scene.award(&still.id()).body["state"], "offered");
        }
        // The money counts as released from the day on which the offer was shown as lapsed.
        let moved = scene.finance.all(&format!("/v1/ledger/transfers?record_id={}", late.id()));
        let days: Vec<_> = moved.iter().map(|one| one["effective_on"].clone()).collect();
        assert_eq!(days, [json!("2020-07-01"), json!("2020-08-01")]);
        let auditor = app.office(&[Role::Auditor]);
        let events = || auditor.all(&format!("/v1/audit-events?record_id={}&act=award.lapse", late.id()));
        assert_eq!(events().len(), 1);
        assert_eq!((events()[0]["actor_kind"].as_str(), events()[0]["outcome"].as_str()), (Some("system"), Some("done")));
        let version = lapsed.body["version"].clone();
        a_round(app);
        assert_eq!((events().len(), scene.award(&late.id()).body["version"].clone()), (1, version));
    }

    fn one_offer_that_cannot_lapse_keeps_no_other(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let offer = |pence: i64| {
            let draft = scene.draft(pence, json!({}));
            let offer = json!({ "offered_on": "2020-07-01", "acceptance_due_on": "2020-07-31" });
            scene.commissioner.change(&format!("/v1/awards/{}/offer", draft.id()), draft.tag(), &offer).must(200).id()
        };
        let (broken, sound) = (offer(400_000), offer(100_000));
        // More than was offered cannot be given back.
        app.sql("UPDATE award_split SET amount_pence = 400001 WHERE amount_pence = 400000");
        a_round(app);
        assert_eq!((scene.held("offered", &broken), scene.held("offered", &sound)), (vec![400_000, 0], vec![0, 0]));
        assert_eq!(scene.held("tranche", &scene.tranche), [600_000, 0]);
        let lapses = |id: &str| app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={id}&act=award.lapse")).len();
        assert_eq!((lapses(&broken), lapses(&sound)), (0, 1));
        // It is tried again.
        app.sql("UPDATE award_split SET amount_pence = 400000 WHERE amount_pence = 400001");
        a_round(app);
        assert_eq!((scene.held("offered", &broken), lapses(&broken), lapses(&sound)), (vec![0, 0], 1, 1));
        assert_eq!(scene.held("tranche", &scene.tranche), [1_000_000, 0]);
    }

    fn answers_for_repeated_requests_are_forgotten_after_two_days(app) {
        let officer = app.office(&[Role::Commissioner]);
        let area = |code: &str| officer.post("/v1/areas", &json!({ "code": code, "name": code, "kind": "locality" })).must(201);
        area("walsall");
        // More than one transaction forgets, of an hour ago too long.
        let (more, old) = match app.backend {
            Backend::Sqlite => ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)", "recorded_at - 49 * 3600000000 - i"),
            Backend::Postgres => ("WITH n (i) AS (SELECT generate_series(1, 1200))", "recorded_at - interval '49 hours' - i * interval '1 microsecond'"),
        };
        app.sql(&format!("{more} INSERT INTO idempotency_key (caller, key, fingerprint, status, body, recorded_at)
            SELECT caller, key || CAST(i AS TEXT), fingerprint, status, body, {old} FROM idempotency_key, n"));
        area("dudley");
        a_round(app);
        assert_eq!(app.texts("SELECT CAST(count(*) AS TEXT) AS text FROM idempotency_key"), ["2"]);
    }

    fn an_approval_at_risk_ends_after_its_last_day(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let line = scene.finance.get(&format!("/v1/budget-lines/{}", scene.lines[0])).must(200);
        let input = json!({ "funding_source_id": line.body["funding_source"]["id"], "state": "provisional", "amount_pence": 70_000,
            "effective_on": "2020-04-01" });
        let line = scene.commissioner.post(&format!("/v1/fund-periods/{}/budget-lines", scene.period), &input).must(201);
        let id: Id = line.id().parse().unwrap();
        let approval = AtRiskTerms {
            amount_pence: Pence(60_000),
            approved_on: "2020-05-19".parse().unwrap(),
            until: "2020-06-30".parse().ok(),
            reason: "the grant is late".to_owned(),
            figure: FigureNote::default(),
        };
        let approve = move |tx: &mut almoner::store::Tx<'_>| budget_lines::record_at_risk(tx, id, &approval, &Provenance::default());
        let approval = app.wait(app.service.db.write(WriteMeta::system("test", "test"), approve)).unwrap();
        let free = || scene.finance.get(&format!("/v1/budget-lines/{id}")).must(200).body["free_pence"].clone();
        assert_eq!(free(), 60_000);
        a_round(app);
        assert_eq!(free(), 0);
        let events = app.office(&[Role::Auditor]).all(&format!("/v1/audit-events?record_id={}&act=budget_line.end_at_risk", approval.id));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["after"]["outcome"], "expired");
    }
}
