//! Each act leaves one event, refused ones too, and nobody changes the log unseen.

use almoner::access::permissions::Role;
use almoner::audit::verify::BreakKind;
use almoner::audit::{AuditVerification, Entry, record, record_refused, seal, verify};
use almoner::kernel::{Actor, ActorKind, Code, Fault, Id, Moment, Refusal};
use almoner::store::{Db, Settings, Tx, WriteMeta};
use serde_json::{Value, json};

use crate::support::{App, Backend, Scene};

fn officer() -> Actor {
    Actor { kind: ActorKind::User, id: Some(Id::new()), name: "officer@opcc.example".to_owned(), provider_id: None }
}

fn meta(act: &'static str, actor: Actor) -> WriteMeta {
    WriteMeta { act, actor, request_id: Id::new().to_string() }
}

fn entry(number: i64) -> Entry {
    Entry {
        record_kind: "award",
        record_id: Id::new(),
        before: json!({ "state": "draft", "value_pence": number }),
        after: json!({ "value_pence": number, "state": "offered" }),
        reason: None,
    }
}

fn act(app: &App, number: i64) -> Id {
    app.wait(app.service.db.write(meta("award.offer", officer()), move |tx| record(tx, entry(number)))).unwrap()
}

fn seal_all(app: &App, db: &Db) -> usize {
    let mut count = 0;
    loop {
        match app.wait(seal(db)).unwrap() {
            0 => return count,
            more => count += more,
        }
    }
}

fn check(app: &App) -> AuditVerification {
    app.wait(app.service.db.snapshot(|conn, _| verify(conn))).unwrap()
}

/// A log of five sealed events whose triggers no longer hold, as whoever owns the database could make it.
fn defenceless(app: &App) -> Vec<Id> {
    let ids = (0..5).map(|number| act(app, number)).collect();
    assert_eq!(seal_all(app, &app.service.db), 5);
    for table in ["audit_event", "audit_seal"] {
        let drops = match app.backend {
            Backend::Sqlite => format!("DROP TRIGGER {table}_is_kept_on_update; DROP TRIGGER {table}_is_kept_on_delete"),
            Backend::Postgres => format!("DROP TRIGGER {table}_is_kept ON {table}"),
        };
        app.sql(&drops);
    }
    ids
}

fn first_break(app: &App) -> (i64, BreakKind) {
    let found = check(app);
    assert!(!found.intact);
    let first = found.first_break.unwrap();
    (first.sequence, first.kind)
}

fn refused(app: &App, actor: Actor, refusal: Refusal) {
    let outcome = app.wait(app.service.db.write(meta("award.accept", actor), move |tx| {
        tx.keep_if_refused(|tx, refusal| record_refused(tx, refusal, None));
        record(tx, entry(1))?;
        Err::<(), _>(refusal.clone())
    }));
    assert!(outcome.is_err());
}

on_both! {
    fn committed_events_are_sealed_and_the_chain_holds(app) {
        let empty = check(app);
        assert!(empty.intact);
        assert_eq!((empty.sealed_count, empty.unsealed_count, empty.head_sequence), (0, 0, 0));
        (0..3).for_each(|number| { act(app, number); });
        assert_eq!(check(app).unsealed_count, 3);
        assert_eq!(seal_all(app, &app.service.db), 3);
        act(app, 4);
        let found = check(app);
        assert!(found.intact, "{found:?}");
        assert_eq!((found.sealed_count, found.unsealed_count, found.missing_seal_count, found.head_sequence), (3, 1, 0, 3));
        assert_eq!(seal_all(app, &app.service.db), 1);
        assert_ne!(check(app).head_hash, found.head_hash);
    }

    fn verdicts_are_kept_beside_the_rollback_and_faults_of_form_are_not(app) {
        refused(app, officer(), Refusal::rule(Code::WrongState, "This award is live."));
        assert_eq!(check(app).unsealed_count, 1);
        refused(app, officer(), Refusal::Invalid(vec![Fault::new("/a", "wrong_format", "This is not a date.")]));
        refused(app, officer(), Refusal::Misshapen(vec![Fault::new("/a", "required", "`a` is missing.")]));
        refused(app, Actor::system("anonymous"), Refusal::NotFound("award"));
        assert_eq!(check(app).unsealed_count, 1);
        assert_eq!(seal_all(app, &app.service.db), 1);
        assert!(check(app).intact);
    }

    fn the_tables_refuse_every_change(app) {
        act(app, 1);
        seal_all(app, &app.service.db);
        for change in ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event", "UPDATE audit_seal SET hash = 'x'", "DELETE FROM audit_seal"] {
            assert!(app.try_sql(change).is_err(), "{change}");
        }
        assert!(check(app).intact);
    }

    fn a_changed_event_is_found(app) {
        defenceless(app);
        app.sql("UPDATE audit_event SET after_json = '{\"value_pence\":100}' WHERE id = (SELECT event_id FROM audit_seal WHERE sequence = 3)");
        assert_eq!(first_break(app), (3, BreakKind::Changed));
        assert_eq!(check(app).broken_count, 1);
    }

    fn a_changed_link_is_found(app) {
        defenceless(app);
        app.sql(&format!("UPDATE audit_seal SET hash = '{}' WHERE sequence = 2", "a".repeat(64)));
        assert_eq!(first_break(app), (2, BreakKind::Changed));
        assert_eq!(check(app).broken_count, 2, "the link after it does not follow any more");
    }

    fn an_event_taken_out_with_its_link_is_found(app) {
        let ids = defenceless(app);
        let id = match app.backend {
            Backend::Sqlite => format!("x'{}'", ids[3].0.simple()),
            Backend::Postgres => format!("'{}'", ids[3]),
        };
        app.sql(&format!("DELETE FROM audit_seal WHERE event_id = {id}; DELETE FROM audit_event WHERE id = {id}"));
        assert_eq!(first_break(app), (5, BreakKind::Gap));
    }

    fn an_event_put_in_behind_the_head_is_found(app) {
        defenceless(app);
        let columns = "recorded_at, happened_at, act, actor_kind, actor_name, request_id, outcome";
        let id = match app.backend {
            Backend::Sqlite => format!("x'{}'", Id::new().0.simple()),
            Backend::Postgres => format!("'{}'", Id::new()),
        };
        app.sql(&format!(
            "INSERT INTO audit_event (id, {columns}) SELECT {id}, {columns} FROM audit_event WHERE id = (SELECT event_id FROM audit_seal WHERE sequence = 1)"
        ));
        let found = check(app);
        assert!(!found.intact);
        assert_eq!((found.broken_count, found.missing_seal_count), (0, 1));
    }

    fn replicas_seal_one_chain_while_acts_go_on(app) {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..20).for_each(|number| { act(app, number); }));
            }
            for _ in 0..3 {
                scope.spawn(|| {
                    let db = Db::open(Settings::new(&app.database_url), &[]).unwrap();
                    (0..15).for_each(|_| { app.wait(seal(&db)).unwrap(); });
                });
            }
        });
        seal_all(app, &app.service.db);
        let found = check(app);
        assert!(found.intact, "{found:?}");
        assert_eq!((found.sealed_count, found.unsealed_count, found.out_of_order_count), (40, 0, 0));
    }

    fn imported_facts_keep_the_real_moment_beside_the_earlier_one(app) {
        let early = Moment::from_micros(1_590_000_000_000_000).unwrap();
        let import = app.service.db.write(meta("fund.create", Actor::system("import")), move |tx: &mut Tx<'_>| {
            tx.known_from(early, |tx| record(tx, entry(1)))
        });
        app.wait(import).unwrap();
        act(app, 2);
        assert_eq!(seal_all(app, &app.service.db), 2);
        let found = check(app);
        assert!(found.intact);
        assert_eq!(found.out_of_order_count, 0);
    }

    fn auditors_read_the_log_and_check_its_chain(app) {
        let (auditor, commissioner) = (app.office(&[Role::Auditor]), app.office(&[Role::Commissioner]));
        let ids: Vec<String> = (0..5).map(|number| act(app, number).to_string()).collect();
        refused(app, officer(), Refusal::rule(Code::WrongState, "This award is live."));
        let problem = commissioner.get("/v1/audit-events").must(403);
        assert_eq!((problem.code(), problem.body["permission"].as_str()), ("forbidden", Some("audit.read")));
        seal_all(app, &app.service.db);

        let newest_first: Vec<Value> = auditor.all("/v1/audit-events?record_kind=award&limit=2");
        let listed: Vec<&str> = newest_first.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(listed, ids.iter().rev().collect::<Vec<_>>());
        let event = &newest_first[0];
        assert_eq!((event["act"].as_str(), event["outcome"].as_str()), (Some("award.offer"), Some("done")));
        assert_eq!(event["before"], json!({ "state": "draft", "value_pence": 4 }));
        assert_eq!(event["hash"].as_str().unwrap().len(), 64);

        let record_id = event["record_id"].as_str().unwrap();
        assert_eq!(auditor.all(&format!("/v1/audit-events?record_id={record_id}")).len(), 1);
        let actor_id = event["actor_id"].as_str().unwrap();
        assert_eq!(auditor.all(&format!("/v1/audit-events?actor_id={actor_id}&act=award.offer")).len(), 1);
        let codes: Vec<Value> = auditor.all("/v1/audit-events?outcome=refused").iter().map(|event| event["refusal_code"].clone()).collect();
        assert_eq!(codes, [json!("forbidden"), json!("wrong_state")]);
        let at = event["happened_at"].as_str().unwrap();
        assert_eq!(auditor.all(&format!("/v1/audit-events?record_kind=award&from={at}")).len(), 1);
        assert_eq!(auditor.all(&format!("/v1/audit-events?record_kind=award&to={at}")).len(), 4);
        let faults = auditor.get("/v1/audit-events?from=yesterday&outcome=maybe&who=me").must(422).faults();
        assert_eq!(faults, ["query:from wrong_format", "query:outcome not_a_choice", "query:who unknown_parameter"]);

        let found = auditor.get("/v1/audit-events/verification").must(200).body;
        assert_eq!((&found["intact"], &found["unsealed_count"], &found["first_break"]), (&json!(true), &json!(0), &Value::Null));
        assert_eq!(found["sealed_count"], found["head_sequence"]);
        commissioner.get("/v1/audit-events/verification").must(403);
    }

    fn the_first_report_leaves_an_event_and_no_other_does(app) {
        let (finance, auditor) = (app.office(&[Role::Finance]), app.office(&[Role::Auditor]));
        let closings = || auditor.all("/v1/audit-events?act=history.close");
        assert_eq!(closings(), Vec::<Value>::new());
        for _ in 0..2 {
            finance.get("/v1/reports/fund-summary").must(200);
            let events = closings();
            assert_eq!(events.len(), 1, "{events:?}");
            assert_eq!((&events[0]["record_kind"], &events[0]["actor_kind"]), (&json!("history"), &json!("system")));
            assert_eq!((&events[0]["before"]["state"], &events[0]["after"]["state"]), (&json!("open"), &json!("closed")));
            assert_eq!(events[0]["after"]["closed_at"], events[0]["recorded_at"]);
        }
        seal_all(app, &app.service.db);
        assert!(check(app).intact);
    }

    fn an_attempt_without_permission_is_told_of_its_record(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({}));
        let ending = json!({ "effective_on": "2020-09-01", "reason": "No." });
        scene.author.change(&format!("/v1/awards/{}/termination", award.id()), award.tag(), &ending).must(403);
        scene.author.post("/v1/funds", &json!({})).must(403);
        let auditor = app.office(&[Role::Auditor]);
        let me = scene.author.get("/v1/me").must(200).id();
        let events = auditor.all(&format!("/v1/audit-events?record_id={}&outcome=refused", award.id()));
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!((&events[0]["act"], &events[0]["refusal_code"]), (&json!("awards_terminate"), &json!("forbidden")));
        assert_eq!((&events[0]["actor_id"], &events[0]["provider_id"]), (&json!(me), &json!(scene.provider)));
        let all = auditor.all(&format!("/v1/audit-events?actor_id={me}&outcome=refused"));
        assert_eq!(all.iter().map(|event| &event["act"]).collect::<Vec<_>>(), ["funds_create", "awards_terminate"]);
        assert_eq!(all[0]["record_id"], Value::Null);
    }

    fn what_a_rule_refuses_is_told_and_what_form_forbids_is_not(app) {
        let scene = Scene::set(app, 100_000_000, 50_000_000);
        let auditor = app.office(&[Role::Auditor]);
        let told = || -> Vec<[Value; 3]> {
            let events = auditor.all("/v1/audit-events?outcome=refused");
            events.iter().rev().map(|one| ["act", "refusal_code", "refusal_detail"].map(|name| one[name].clone())).collect()
        };
        let contract = json!({ "kind": "contract", "contract": { "living_wage_clause": false } });
        let large = scene.grant(20_000_000, contract);
        scene.commissioner.post("/v1/awards", &large).must(422);
        let of_clauses = "/contract/living_wage_clause (required, R65); /contract/social_value (required, R64)";
        let mut expected = vec![["award.create".to_owned(), "invalid".to_owned(), format!("Against the rules: {of_clauses}.")]];
        // Faults of form alone, whether seen at the door or in what a patch makes of the record.
        let draft = scene.draft(100_000, json!({}));
        let path = format!("/v1/awards/{}", draft.id());
        for form in [json!({ "title": 5 }), json!({ "colour": "red" }), json!({ "title": null }), json!({ "title": "x".repeat(400) })] {
            scene.commissioner.patch(&path, draft.tag(), &form).must(422);
        }
        scene.commissioner.post("/v1/providers", &json!({ "name": "A", "kind": "community_group", "postcode": "B1", "pcc_status": "commissioned" })).must(422);
        // A fault of form hides no rule, and is not told with it; neither is what was written.
        let mut both = large.clone();
        both["colour"] = json!("red");
        both["title"] = json!(format!("Jane Doe {}", "x".repeat(400)));
        scene.commissioner.post("/v1/awards", &both).must(422);
        expected.push(expected[0].clone());
        // A record that does not belong here, and one that may not change so.
        let elsewhere = scene.grant(100_000, json!({ "tranche_id": Id::new() }));
        scene.commissioner.post("/v1/awards", &elsewhere).must(422);
        expected.push(["award.create".to_owned(), "invalid".to_owned(), "Against the rules: /tranche_id (unknown_record).".to_owned()]);
        assert_eq!(told(), expected.iter().map(|one| one.clone().map(Value::from)).collect::<Vec<_>>());
        let events = auditor.all(&format!("/v1/audit-events?record_id={}&outcome=refused", draft.id()));
        assert_eq!(events, Vec::<Value>::new());
        let taken = scene.commissioner.patch(&path, draft.tag(), &json!({ "starts_on": "2021-03-31", "ends_on": "2020-06-01" })).must(422);
        let events = auditor.all(&format!("/v1/audit-events?record_id={}&outcome=refused", draft.id()));
        assert_eq!(events.len(), 1, "{}", taken.text);
    }

    fn the_log_is_for_auditors_and_administrators(app) {
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        for nobody in [&scene.author, &scene.signatory, &scene.commissioner, &scene.finance] {
            assert_eq!(nobody.get("/v1/audit-events").must(403).code(), "forbidden");
        }
        assert!(!app.office(&[Role::Auditor]).all("/v1/audit-events").is_empty());
    }
}
