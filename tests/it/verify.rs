//! `almoner verify` on the database of a running service: what was written over HTTP holds, and what was changed by hand is named.

use almoner::audit::seal;
use almoner::documents::{Shelf, verify as files};
use serde_json::json;

use crate::support::program::verify;
use crate::support::{App, Backend, Scene};

/// An office with an accepted award, everything in its log sealed.
fn office(app: &App) -> Scene {
    let scene = Scene::set(app, 1_000_000, 400_000);
    scene.live(150_000, json!({}));
    while app.wait(seal(&app.service.db)).unwrap() > 0 {}
    scene
}

/// The id of the account of this kind that a record's money is in.
fn account(app: &App, kind: &str) -> String {
    let id = match app.backend {
        Backend::Sqlite => "lower(hex(id))",
        Backend::Postgres => "replace(CAST(id AS TEXT), '-', '')",
    };
    let found = app.texts(&format!("SELECT {id} AS text FROM ledger_account WHERE kind = '{kind}' AND balance_pence <> 0"));
    let [id] = found.as_slice() else { panic!("{kind}: {found:?}") };
    uuid::Uuid::parse_str(id).unwrap().to_string()
}

/// Takes the guards of log and ledger away, as whoever owns the database could.
fn unguard(app: &App) {
    for table in ["audit_event", "audit_seal", "ledger_transfer"] {
        app.sql(&match app.backend {
            Backend::Sqlite => format!("DROP TRIGGER {table}_is_kept_on_update; DROP TRIGGER {table}_is_kept_on_delete"),
            Backend::Postgres => format!("DROP TRIGGER {table}_is_kept ON {table}"),
        });
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[track_caller]
fn finds(app: &App, all: &[&str]) {
    let (holds, said) = verify(&app.database_url);
    assert!(!holds, "{said}");
    for one in all {
        assert!(said.contains(one), "`{one}` is not in\n{said}");
    }
}

on_both! {
    fn what_was_written_over_http_holds(app) {
        office(app);
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 9, "{said}");
        assert!(lines[0].starts_with("Ledger: holds. 5 movements and 7 accounts;"), "{said}");
        assert_eq!(lines[1], "Budgets: hold. 2 budget lines; each is short on every day of what is promised beyond it, and of nothing else.");
        assert_eq!(lines[2], "Returns: hold. 0 frozen returns; each is what was accepted, but for what was redacted.");
        assert_eq!(lines[3], "Values: hold. 0 packed contents; each is what was written.");
        assert_eq!(lines[4], "Board: holds. 0 snapshots, 0 differences.");
        assert_eq!(lines[5], "Payments: hold. 0 paid awards and 0 exported files; what they say is paid is what the ledger says, and each file is what was exported.");
        assert_eq!(lines[6], "Year ends: hold. 0 closed years and 0 approved journals; each statement is what the ledger says.");
        assert_eq!(lines[8], "Files: not looked at. Name the folder of attached files with --documents-dir.");
        assert!(lines[7].starts_with("Audit: holds. ") && lines[7].contains(" linked, 0 not yet; the newest link is "), "{said}");
        assert!(app.texts("SELECT CAST(id AS TEXT) AS text FROM history_gate").is_empty(), "a check does not close history");
        app.nobody().get("/health/ready").must(200);
    }

    fn attached_files_are_there_and_are_what_was_attached(app) {
        let scene = office(app);
        let award = scene.commissioner.get("/v1/awards?limit=1").must(200).items()[0]["id"].as_str().unwrap().to_owned();
        let attach = |name: &str, text: &str| {
            let request = scene.commissioner.request(reqwest::Method::POST, &format!("/v1/awards/{award}/documents?file_name={name}"));
            scene.commissioner.send(request.header("Content-Type", "text/plain").body(text.to_owned())).must(201)
        };
        let kept = [attach("one.txt", "one\n"), attach("two.txt", "two\n"), attach("three.txt", "three\n"), attach("again.txt", "one\n")];
        let folder = app.folder.path().join("documents");
        let look = || {
            let folder = folder.to_str().unwrap();
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_almoner"))
                .args(["verify", "--database", &app.database_url, "--documents-dir", folder]).output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        let (holds, said) = look();
        assert!(holds && said.contains("Files: hold. 3 attached files; each is there and is what was attached."), "{said}");
        let hash = |at: usize| kept[at].body["sha256"].as_str().unwrap();
        let place = |hash: &str| folder.join(&hash[..2]).join(&hash[2..4]).join(hash);
        std::fs::remove_file(place(hash(0))).unwrap();
        std::fs::write(place(hash(1)), "tw0\n").unwrap();
        std::fs::write(place(hash(2)), "three\n more").unwrap();
        let (holds, said) = look();
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("Files: ")).collect();
        assert!(!holds && lines.len() == 4, "{said}");
        let of = |at: usize| *lines.iter().find(|line| line.contains(hash(at))).unwrap();
        assert_eq!(of(0), format!("Files: {} of award {award}, award {award}: the file is missing.", hash(0)));
        assert!(of(1).contains("the file was changed or damaged: its SHA-256 is "), "{said}");
        assert!(of(2).ends_with("the file has 11 bytes instead of 6."), "{said}");
        assert!(lines[3].starts_with("Files: DO NOT HOLD. 3 attached files; 3 differences."), "{said}");
    }

    fn a_file_that_was_taken_off_while_the_others_were_read_is_not_missing(app) {
        let scene = office(app);
        let award = scene.commissioner.get("/v1/awards?limit=1").must(200).items()[0]["id"].as_str().unwrap().to_owned();
        let request = scene.commissioner.request(reqwest::Method::POST, &format!("/v1/awards/{award}/documents?file_name=one.txt"));
        scene.commissioner.send(request.header("Content-Type", "text/plain").body("one\n")).must(201);
        let db = &app.service.db;
        let named = wait(db.read(files::named)).unwrap();
        assert_eq!(named.len(), 1);
        let suspects = files::suspects(&Shelf::at(&app.folder.path().join("nowhere")), &named);
        let look = || {
            let suspects = suspects.clone();
            wait(db.read(move |conn| files::verify(conn, 1, suspects))).unwrap()
        };
        let seen = look();
        assert!(seen.files == 1 && seen.faults[0].ends_with("the file is missing"), "{seen:?}");
        app.sql("UPDATE document SET removed_at = recorded_at");
        assert_eq!(look(), files::FileCheck::default());
    }

    fn events_that_are_not_linked_yet_are_counted(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        scene.draft(1_000, json!({}));
        let (holds, said) = verify(&app.database_url);
        let events = app.texts("SELECT CAST(count(*) AS TEXT) AS text FROM audit_event");
        assert!(holds && said.contains(&format!("Audit: holds. 0 events linked, {} not yet. Those are not checked: the service links them once it runs.", events[0])), "{said}");
    }

    fn a_changed_movement_is_named_by_its_accounts(app) {
        office(app);
        let (offered, committed) = (account(app, "tranche"), account(app, "committed"));
        unguard(app);
        app.sql("UPDATE ledger_transfer SET amount_pence = amount_pence + 1 WHERE credit_kind = 'committed'");
        finds(app, &[
            &format!("account {committed} (committed "), "keeps 150000 pence, but its movements add up to 150001 pence",
            "keeps 0 pence, but its movements add up to -1 pence", "is below zero on 2020-08-01: -1 pence", "Ledger: DOES NOT HOLD.",
            "the tally of award ", "4 differences.", "Audit: holds.",
        ]);
        assert!(!verify(&app.database_url).1.contains(&offered), "what agrees is not named");
    }

    fn a_changed_balance_is_named(app) {
        office(app);
        let tranche = account(app, "tranche");
        app.sql("UPDATE ledger_account SET balance_pence = balance_pence + 7 WHERE kind = 'tranche'");
        finds(app, &[
            &format!("account {tranche} (tranche "), "keeps 250007 pence, but its movements add up to 250000 pence",
            "all balances together are 7 pence instead of nothing",
        ]);
    }

    fn a_changed_tally_is_named(app) {
        office(app);
        app.sql("UPDATE ledger_tally SET released_pence = released_pence + 1 WHERE holder = 'award'");
        finds(app, &["the tally of award ", "is not the sum of its movements", "1 difference."]);
    }

    fn the_tallies_that_the_migration_made_are_the_sums(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        scene.live(150_000, json!({}));
        scene.draft(2_000, json!({}));
        let engine = match app.backend { Backend::Sqlite => "sqlite", Backend::Postgres => "postgres" };
        let file = format!("{}/migrations/{engine}/0192_ledger_tally/up.sql", env!("CARGO_MANIFEST_DIR"));
        let migration = std::fs::read_to_string(file).unwrap();
        let fill = migration.split(";\n").find(|statement| statement.trim_start().starts_with("INSERT")).unwrap();
        app.sql(&format!("DELETE FROM ledger_tally; {fill}"));
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }

    fn a_lost_tally_is_named(app) {
        office(app);
        app.sql("DELETE FROM ledger_tally WHERE holder = 'tranche'");
        finds(app, &["nothing is tallied for tranche ", "1 difference."]);
    }

    fn a_movement_moved_to_another_record_is_named(app) {
        office(app);
        unguard(app);
        app.sql("UPDATE ledger_transfer SET credit_kind = 'paid' WHERE credit_kind = 'committed'");
        finds(app, &["says something else of its accounts than they do", "1 difference."]);
    }

    fn each_changed_event_is_named(app) {
        office(app);
        unguard(app);
        let events = match app.backend {
            Backend::Sqlite => "SELECT lower(hex(event_id)) AS text FROM audit_seal WHERE sequence IN (2, 5) ORDER BY sequence",
            Backend::Postgres => "SELECT CAST(event_id AS TEXT) AS text FROM audit_seal WHERE sequence IN (2, 5) ORDER BY sequence",
        };
        let ids: Vec<String> = app.texts(events).iter().map(|id| uuid::Uuid::parse_str(id).unwrap().to_string()).collect();
        app.sql("UPDATE audit_event SET actor_name = 'somebody else' WHERE id IN (SELECT event_id FROM audit_seal WHERE sequence IN (2, 5))");
        finds(app, &[
            &format!("event {} or its link 2 is not what was sealed", ids[0]), &format!("event {} or its link 5 is not what was sealed", ids[1]),
            "Audit: DOES NOT HOLD.", "2 differences.", "Ledger: holds.",
        ]);
    }

    fn an_event_without_its_link_is_named(app) {
        office(app);
        unguard(app);
        app.sql("DELETE FROM audit_seal WHERE sequence = 3");
        finds(app, &["links are missing before link 4", "stands before the head of the chain and has no link"]);
    }

    fn a_database_that_cannot_be_checked_says_so(app) {
        app.sql("DELETE FROM __diesel_schema_migrations WHERE version = '0050'");
        finds(app, &["1 migrations behind"]);
    }
}

#[test]
fn a_mistyped_path_is_an_error_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let (holds, said) = verify(&format!("sqlite:{}", path.display()));
    assert!(!holds && said.contains("There is no database at"), "{said}");
    assert!(!path.exists());
}
