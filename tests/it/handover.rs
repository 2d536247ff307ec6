//! An office as a whole: exported, taken in again, moved to the other engine, backed up. The commands are run as people run them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use almoner::access::permissions::Role;
use almoner::audit::seal;
use almoner::handover::list;
use almoner::handover::rules::{Kind, Part};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::app::database;
use crate::support::program::verify;
use crate::support::{App, Backend, Scene};

const PASSWORD: &str = "three blind mice ran";

fn almoner(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_almoner")).args(args).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[track_caller]
fn done(args: &[&str]) -> String {
    let (is_done, said) = almoner(args);
    assert!(is_done, "{args:?}\n{said}");
    said
}

#[track_caller]
fn refused(args: &[&str]) -> String {
    let (is_done, said) = almoner(args);
    assert!(!is_done, "{args:?}\n{said}");
    said
}

fn other(backend: Backend) -> Backend {
    if backend == Backend::Sqlite { Backend::Postgres } else { Backend::Sqlite }
}

/// A database without any table, for a target that makes its own.
fn blank(backend: Backend, folder: &TempDir) -> Option<String> {
    match backend {
        Backend::Sqlite => Some(format!("sqlite:{}", folder.path().join("new.db").display())),
        Backend::Postgres => {
            let url = database(backend, folder)?;
            crate::support::postgres::run(&url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
            Some(url)
        }
    }
}

fn seal_all(app: &App) {
    while app.wait(seal(&app.service.db)).unwrap() > 0 {}
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(below).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

/// What two exports of the same office have in common: all but when each was made, and the moment up to which a running server vouches.
fn comparable(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(folder);
    let mut manifest: Value = serde_json::from_slice(&all["manifest.json"]).unwrap();
    for moment in ["made_at", "complete_up_to"] {
        assert!(manifest.as_object_mut().unwrap().remove(moment).is_some());
    }
    all.insert("manifest.json".to_owned(), manifest.to_string().into_bytes());
    all
}

fn text(path: PathBuf) -> String {
    path.to_str().unwrap().to_owned()
}

/// Texts that a careless file would lose: an empty one, marks, line ends, what looks like a formula.
fn hard_texts(app: &App, officer: &crate::support::Client) {
    for name in ["\"Quoted\", with a comma", "=1+1", "Two\r\nlines and\ttabs", "Ünïcödé 🜂 \u{7f} </script>"] {
        let input = json!({ "name": name, "kind": "community_group", "postcode": "B1 1AA", "pcc_status": "commissioned" });
        // Where a name may hold no line end, the note of the log keeps the attempt.
        officer.post("/v1/providers", &input);
    }
    let quote = if app.backend == Backend::Sqlite { "char(10)" } else { "chr(10)" };
    app.sql(&format!("UPDATE provider_version SET note = 'one' || {quote} || '\"two\", three' WHERE version = 1 AND note IS NULL"));
    app.sql("UPDATE provider_version SET contact_email = ''");
}

on_both! { in example
    fn an_export_is_taken_in_and_exported_again_byte_for_byte(app) {
        let officer = app.office(&[Role::Commissioner, Role::Administrator]);
        hard_texts(app, &officer);
        let person = app.person(Role::Commissioner, None, PASSWORD);
        let award = officer.get("/v1/awards?limit=1").must(200).items()[0]["id"].as_str().unwrap().to_owned();
        let attach = officer.request(Method::POST, &format!("/v1/awards/{award}/documents?file_name=note.txt"));
        let attached = officer.send(attach.header("Content-Type", "text/plain").body("A signed note.\n")).must(201);
        seal_all(app);
        let session = app.nobody().post("/v1/session", &json!({ "email": person, "password": PASSWORD })).must(200);
        let folder = tempfile::tempdir().unwrap();
        let documents = text(app.folder.path().join("documents"));
        let (first, second) = (text(folder.path().join("first")), text(folder.path().join("second")));
        let said = done(&["export", "--all", &first, "--database", &app.database_url, "--documents-dir", &documents]);
        assert!(said.contains("Files: 1.") && said.contains("Passwords and secrets: left out."), "{said}");
        refused(&["export", "--all", &first, "--database", &app.database_url, "--documents-dir", &documents]);
        let exported = comparable(Path::new(&first));
        for secret in ["$argon2", session.body["refresh_token"].as_str().unwrap(), PASSWORD] {
            let holds = |bytes: &Vec<u8>| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!exported.values().any(holds), "{secret} left the office");
        }
        for table in list::tables().unwrap() {
            assert_eq!(exported.contains_key(&table.file()), table.part == Part::Office, "{}", table.name);
        }
        assert!(exported["README.txt"].starts_with(b"Everything that an office held"));
        let readers = String::from_utf8(exported["columns.csv"].clone()).unwrap();
        assert!(readers.contains("ledger_transfer,amount_pence,integer,no,,,\"the amount, in pence\"\r\n"), "{readers}");
        let providers = String::from_utf8(exported["tables/provider_version.csv"].clone()).unwrap();
        assert!(providers.contains("\"one\n\"\"two\"\", three\"") && providers.contains(",\"\","), "{providers}");

        let Some(target) = database(other(app.backend), &folder) else { return };
        let into = text(folder.path().join("taken"));
        let said = done(&["import", &first, "--database", &target, "--documents-dir", &into]);
        assert!(said.contains("Imported.") && said.contains("People without a password: "), "{said}");
        let (holds, said) = verify(&target);
        assert!(holds, "{said}");
        done(&["export", "--all", &second, "--database", &target, "--documents-dir", &into]);
        let again = comparable(Path::new(&second));
        assert_eq!(exported.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
        for (name, bytes) in &exported {
            assert!(bytes == &again[name], "{name} is not the same:\n{}\n{}", String::from_utf8_lossy(bytes), String::from_utf8_lossy(&again[name]));
        }
        let said = refused(&["import", &first, "--database", &target, "--documents-dir", &into]);
        assert!(said.contains("The database is not empty"), "{said}");
        let taken = App::on(other(app.backend), target, folder);
        taken.nobody().post("/v1/session", &json!({ "email": person, "password": PASSWORD })).must(401);
        let shelf = almoner::documents::Shelf::at(Path::new(&into));
        let sha256 = attached.body["sha256"].as_str().unwrap().to_owned();
        assert_eq!(taken.wait(shelf.fetch(sha256)).unwrap(), b"A signed note.\n");
    }

    fn reports_say_the_same_on_a_copy(app) {
        let officer = app.office(&[Role::Commissioner]);
        let known_at = officer.get("/v1/reports/allocations").must(200).body["known_at"].as_str().unwrap().to_owned();
        let before = reports(&officer, &known_at);
        assert!(before.len() > 30 && before.values().any(|(text, _)| text.len() > 2000), "{:?}", before.keys());
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = blank(other(app.backend), &folder) else { return };
        done(&["copy", "--from", &app.database_url, "--to", &target]);
        let copy = App::on(other(app.backend), target, folder);
        let after = reports(&copy.office(&[Role::Commissioner]), &known_at);
        for (question, (text, etag)) in &before {
            assert_eq!(text, &after[question].0, "{question}");
            assert_eq!(etag, &after[question].1, "{question}");
        }
    }
}

/// What every report that needs no id says, as JSON and as CSV, as at two days and as known at one moment.
fn reports(officer: &crate::support::Client, known_at: &str) -> BTreeMap<String, (String, Option<String>)> {
    let description: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    let mut said = BTreeMap::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let is_open = path.starts_with("/v1/reports/") && !path.contains('{') && operations.get("get").is_some();
        let takes = |name: &str| {
            operations.pointer("/get/parameters").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one["name"] == name))
        };
        if !is_open || !takes("known_at") || !takes("as_at") {
            continue;
        }
        let formats: &[&str] = if takes("format") { &["&format=json", "&format=csv"] } else { &[""] };
        let needed = match path.as_str() {
            _ if path.starts_with("/v1/reports/board") => "&quarter=2020-21-Q3",
            "/v1/reports/annual" | "/v1/reports/unit-costs" => "&financial_year=2020-21",
            _ => "",
        };
        for (as_at, format) in ["2020-09-30", "2021-03-31"].into_iter().flat_map(|day| formats.iter().map(move |format| (day, format))) {
            let question = format!("{path}?as_at={as_at}&known_at={known_at}{needed}{format}");
            let answer = officer.get(&question).must(200);
            said.insert(question, (answer.text, answer.etag));
        }
    }
    said
}

on_both! {
    fn an_office_goes_on_where_it_was_copied_to(app) {
        let scene = Scene::set(app, 1_000_000, 400_000);
        scene.live(150_000, json!({}));
        let (waiting, drafted) = (scene.draft(40_000, json!({})), scene.draft(30_000, json!({})));
        scene.plan(&waiting.id());
        scene.plan(&drafted.id());
        scene.offer(&scene.award(&waiting.id())).must(200);
        let person = app.person(Role::Commissioner, None, PASSWORD);
        seal_all(app);
        let folder = tempfile::tempdir().unwrap();
        for (backend, name) in [(other(app.backend), "across"), (app.backend, "beside")] {
            let place = tempfile::tempdir().unwrap();
            let Some(target) = blank(backend, &place) else { continue };
            let from = text(app.folder.path().join("documents"));
            let into = text(folder.path().join(name));
            let said = done(&["copy", "--from", &app.database_url, "--to", &target, "--documents-from", &from, "--documents-to", &into]);
            for line in ["each the same in both.", "Ledger: holds in both, with the same ", "Audit: holds in both, with the same ", "Files: 0 copied"] {
                assert!(said.contains(line), "{line}: {said}");
            }
            assert!(verify(&target).0, "{}", verify(&target).1);
            let said = refused(&["copy", "--from", &app.database_url, "--to", &target]);
            assert!(said.contains("The target is not empty") && said.contains("Nothing was copied."), "{said}");
            let copy = App::on(backend, target.clone(), place);
            copy.nobody().post("/v1/session", &json!({ "email": person, "password": PASSWORD })).must(200);
            let there = Scene {
                commissioner: copy.office(&[Role::Commissioner]),
                approver: copy.office(&[Role::Approver]),
                finance: copy.office(&[Role::Finance]),
                chief: copy.office(&[Role::ChiefFinanceOfficer]),
                author: copy.of_provider(&[Role::ProviderAuthor], scene.provider.parse().unwrap()),
                signatory: copy.of_provider(&[Role::ProviderSignatory], scene.provider.parse().unwrap()),
                stranger: copy.of_provider(&[Role::ProviderSignatory], scene.other_provider.parse().unwrap()),
                area: scene.area.clone(),
                other_area: scene.other_area.clone(),
                fund: scene.fund.clone(),
                period: scene.period.clone(),
                lines: scene.lines.clone(),
                tranche: scene.tranche.clone(),
                provider: scene.provider.clone(),
                other_provider: scene.other_provider.clone(),
            };
            there.accept(&waiting.id()).must(200);
            there.offer(&there.award(&drafted.id())).must(200);
            there.accept(&drafted.id()).must(200);
            there.live(10_000, json!({}));
            seal_all(&copy);
            assert!(verify(&target).0, "{}", verify(&target).1);
        }
        let said = refused(&["copy", "--from", &app.database_url, "--to", &app.database_url]);
        assert!(said.contains("name the same database"), "{said}");
    }

    fn a_copy_that_would_differ_is_not_kept(app) {
        Scene::set(app, 1_000_000, 400_000);
        app.sql("UPDATE ledger_account SET balance_pence = balance_pence + 7 WHERE kind = 'tranche'");
        let folder = tempfile::tempdir().unwrap();
        let Some(target) = blank(other(app.backend), &folder) else { return };
        let said = refused(&["copy", "--from", &app.database_url, "--to", &target]);
        assert!(said.contains("The ledger of the source does not hold") && said.contains("No row was copied."), "{said}");
        app.sql("UPDATE ledger_account SET balance_pence = balance_pence - 7 WHERE kind = 'tranche'");
        done(&["copy", "--from", &app.database_url, "--to", &target]);
    }

    fn every_table_and_column_is_in_the_list(app) {
        let tables = list::tables().unwrap();
        let told: BTreeSet<String> = tables.iter().flat_map(|table| table.columns.iter().map(move |column| {
            let empty = if column.may_be_empty { "yes" } else { "no" };
            let key = column.key.map(|place| place.to_string()).unwrap_or_default();
            format!("{},{},{},{empty},{key}", table.name, column.name, as_kept(app.backend, column.kind))
        })).collect();
        let found: BTreeSet<String> = app.texts(columns_of(app.backend)).into_iter().collect();
        let untold: Vec<&String> = found.difference(&told).collect();
        let gone: Vec<&String> = told.difference(&found).collect();
        assert!(untold.is_empty() && gone.is_empty(),
            "Bring src/handover/list/columns.csv (and tables.csv, after the tables that a new one names) up to date.\nNot in the list: {untold:#?}\nNot in the schema: {gone:#?}");
        let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap_or_else(|| panic!("{name} is in no list"));
        let named = app.texts(references_of(app.backend));
        assert!(named.len() > 100);
        for pair in named {
            let (table, named) = pair.split_once(' ').unwrap();
            // A row of the same table comes before those that name it, since rows go by id.
            assert!(place(named) < place(table) || named == table, "{table} stands before {named}, whose ids it holds, in src/handover/list/tables.csv");
        }
        let lists = [list::TABLES, list::COLUMNS].map(|text| csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect::<Vec<_>>());
        for line in lists.iter().flatten() {
            assert!(line.iter().next_back().unwrap().len() > 2, "{line:?} says nothing in words");
        }
    }
}

/// How a kind is kept: SQLite has fewer types.
fn as_kept(backend: Backend, kind: Kind) -> &'static str {
    match (backend, kind) {
        (Backend::Postgres, kind) => kind.word(),
        (_, Kind::Uuid | Kind::Bytes) => "BLOB",
        (_, Kind::Moment | Kind::Integer | Kind::Truth) => "INTEGER",
        (_, Kind::Date | Kind::Text) => "TEXT",
    }
}

fn columns_of(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => {
            "SELECT m.name || ',' || p.name || ',' || p.type || ',' || CASE WHEN p.\"notnull\" OR p.pk > 0 THEN 'no' ELSE 'yes' END || ',' || \
             CASE WHEN p.pk > 0 THEN p.pk ELSE '' END AS text FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '__diesel_schema_migrations'"
        }
        Backend::Postgres => {
            "SELECT c.table_name || ',' || c.column_name || ',' || CASE c.data_type WHEN 'timestamp with time zone' THEN 'moment' WHEN 'bigint' THEN 'integer' \
             WHEN 'boolean' THEN 'truth' WHEN 'bytea' THEN 'bytes' ELSE c.data_type END || ',' || CASE c.is_nullable WHEN 'YES' THEN 'yes' ELSE 'no' END || ',' || \
             COALESCE(CAST((SELECT array_position(k.conkey, a.attnum) FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid \
             AND a.attname = c.column_name WHERE k.contype = 'p' AND k.conrelid = CAST(quote_ident(c.table_name) AS regclass)) AS TEXT), '') AS text \
             FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name <> '__diesel_schema_migrations'"
        }
    }
}

fn references_of(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => {
            "SELECT DISTINCT m.name || ' ' || f.\"table\" AS text FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
        }
        Backend::Postgres => {
            "SELECT DISTINCT CAST(CAST(conrelid AS regclass) AS TEXT) || ' ' || CAST(CAST(confrelid AS regclass) AS TEXT) AS text FROM pg_constraint WHERE contype = 'f'"
        }
    }
}

#[test]
fn all_that_is_wrong_with_an_export_is_said_at_once() {
    let app = App::start(Backend::Sqlite).unwrap();
    Scene::set(&app, 1_000_000, 400_000);
    let folder = tempfile::tempdir().unwrap();
    let (export, documents) = (text(folder.path().join("export")), text(folder.path().join("taken")));
    done(&["export", "--all", &export, "--database", &app.database_url, "--without-files"]);
    let target = database(Backend::Sqlite, &folder).unwrap();
    let import = ["import", export.as_str(), "--database", target.as_str(), "--documents-dir", documents.as_str()];
    // A dry run looks at the database too: one that is full, is not there, or has no tables could not take it in.
    assert!(done(&[&import[..], &["--dry-run"]].concat()).contains("the export is whole, and the database is empty and has its tables"));
    let dry = |target: &str| refused(&["import", &export, "--database", target, "--documents-dir", &documents, "--dry-run"]);
    let file = |name| format!("sqlite:{}", folder.path().join(name).display());
    std::fs::write(folder.path().join("bare.db"), "").unwrap();
    assert!(dry(&app.database_url).contains("The database is not empty") && dry(&file("none.db")).contains("There is no database"));
    assert!(dry(&file("bare.db")).contains("migrations behind this program"));
    assert!(!Path::new(&documents).exists(), "a dry run keeps nothing");
    let tables = Path::new(&export).join("tables");
    let change = |name: &str, from: &str, to: &str| {
        let file = tables.join(format!("{name}.csv"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{name}: {text}");
        std::fs::write(file, text.replacen(from, to, 1)).unwrap();
    };
    change("area_version", "name", "title");
    change("ledger_transfer", ",1000000", ",one million");
    change("fund", "\r\n", "\r\n\r\n");
    std::fs::remove_file(tables.join("award.csv")).unwrap();
    std::fs::write(tables.join("mine.csv"), "a\r\n").unwrap();
    let said = refused(&import);
    for part in [
        "tables/area_version.csv: the column `name` is missing.",
        "tables/area_version.csv: the column `title` is unknown.",
        "`amount_pence`: `one million` is not a whole number",
        "tables/ledger_transfer.csv: it was changed after the export, or damaged",
        "tables/fund.csv: row 2 has 1 fields instead of 4",
        "tables/fund.csv: it has 2 rows, and manifest.json says 1",
        "tables/award.csv: it is missing; take it from the export again.",
        "tables/mine.csv: it is no table of this export",
        "Nothing was imported.",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    let manifest = Path::new(&export).join("manifest.json");
    let told = std::fs::read_to_string(&manifest).unwrap();
    let version = serde_json::from_str::<Value>(&told).unwrap()["schema"]["version"].as_str().unwrap().to_owned();
    std::fs::write(&manifest, told.replace(&format!("\"{version}\""), "\"0001\"")).unwrap();
    let said = refused(&import);
    assert!(said.contains("the export has the schema 0001") && said.contains("almoner migrate"), "{said}");
    assert!(verify(&target).1.contains("Ledger: holds. 0 movements"), "nothing was kept");
    app.sql(
        "INSERT INTO document (id, recorded_at, record_kind, record_id, file_name, media_type, size_bytes, sha256, uploaded_by_kind, uploaded_by_name, office_only)
         SELECT id, recorded_at, 'fund', id, 'gone.txt', 'text/plain', 1, 'abcd', 'system', 'test', 0 FROM fund",
    );
    let gone = text(folder.path().join("gone"));
    let said = refused(&["export", "--all", &gone, "--database", &app.database_url, "--documents-dir", &documents]);
    assert!(said.contains("Attached files are missing or damaged") && said.contains("--without-files"), "{said}");
    assert!(!Path::new(&gone).exists());
}

/// Changes a file of an export and its hash in the manifest, as somebody does who wants it taken in.
#[track_caller]
fn forge(export: &Path, file: &str, from: &str, to: &str) {
    let old = std::fs::read_to_string(export.join(file)).unwrap();
    assert!(old.contains(from), "{file} has no {from}:\n{old}");
    let new = old.replacen(from, to, 1);
    std::fs::write(export.join(file), &new).unwrap();
    let sha256: String = Sha256::digest(new.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    retell(export, |manifest| {
        let sheets = manifest["tables"].as_array_mut().unwrap();
        sheets.iter_mut().find(|sheet| sheet["file"] == file).unwrap()["sha256"] = json!(sha256);
    });
}

/// Changes what the manifest of an export says.
fn retell(export: &Path, change: impl FnOnce(&mut Value)) {
    let path = export.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut manifest);
    std::fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn an_export_that_was_made_to_fit_is_not_taken_in() {
    let app = App::start(Backend::Sqlite).unwrap();
    Scene::set(&app, 1_000_000, 400_000);
    seal_all(&app);
    let folder = tempfile::tempdir().unwrap();
    let (export, documents) = (folder.path().join("export"), text(folder.path().join("taken")));
    done(&["export", "--all", &text(export.clone()), "--database", &app.database_url, "--without-files"]);
    let act = app.texts("SELECT act AS text FROM audit_event WHERE outcome = 'done' ORDER BY id DESC LIMIT 1").remove(0);
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(export.join("manifest.json")).unwrap()).unwrap();
    let (hash, up_to) = (manifest["audit_chain"]["hash"].take(), manifest["complete_up_to"].take());
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let place = tempfile::tempdir().unwrap();
        let Some(target) = database(backend, &place) else { continue };
        let import = ["import", export.to_str().unwrap(), "--database", target.as_str(), "--documents-dir", documents.as_str()];
        let refused_with = |parts: &[&str]| {
            let said = refused(&import);
            assert!(parts.iter().chain(&["Nothing was imported."]).all(|part| said.contains(part)), "{said}");
        };
        forge(&export, "tables/ledger_transfer.csv", ",1000000,", ",1000001,");
        refused_with(&["The ledger of the export does not hold: "]);
        forge(&export, "tables/ledger_transfer.csv", ",1000001,", ",1000000,");
        forge(&export, "tables/audit_event.csv", &format!(",{act},"), ",fund.forge,");
        refused_with(&["The audit log of the export does not hold; link "]);
        forge(&export, "tables/audit_event.csv", ",fund.forge,", &format!(",{act},"));
        retell(&export, |manifest| manifest["audit_chain"]["hash"] = json!("0".repeat(64)));
        refused_with(&["The newest link of the audit log is ", "events were taken off, or put in"]);
        retell(&export, |manifest| manifest["audit_chain"]["hash"] = hash.clone());
        if backend == Backend::Postgres {
            retell(&export, |manifest| manifest["complete_up_to"] = json!("2099-01-01T00:00:00Z"));
            refused_with(&["Set the server's clock right first."]);
            retell(&export, |manifest| manifest["complete_up_to"] = up_to.clone());
        }
        retell(&export, |manifest| manifest["files"] = json!({ "file": "/dev/zero", "rows": 0, "sha256": "" }));
        refused_with(&["the list of attached files is `/dev/zero` instead of `files.csv`"]);
        retell(&export, |manifest| manifest["files"] = Value::Null);
        let said = done(&import);
        assert!(said.contains("Ledger: holds, with ") && said.contains("Audit: holds, with "), "{said}");
        assert!(verify(&target).0, "{}", verify(&target).1);
    }
}

#[test]
fn a_copy_that_lacks_a_file_is_repeated_once_it_is_there() {
    let app = App::start(Backend::Sqlite).unwrap();
    let scene = Scene::set(&app, 1_000_000, 400_000);
    let award = scene.draft(1_000, json!({})).id();
    let attach = scene.commissioner.request(Method::POST, &format!("/v1/awards/{award}/documents?file_name=note.txt"));
    scene.commissioner.send(attach.header("Content-Type", "text/plain").body("A signed note.\n")).must(201);
    let documents = app.folder.path().join("documents");
    let name = files(&documents).into_iter().find(|(_, bytes)| bytes == b"A signed note.\n").unwrap().0;
    let folder = tempfile::tempdir().unwrap();
    let (from, into, aside) = (text(documents.clone()), text(folder.path().join("copied")), folder.path().join("aside"));
    let target = blank(Backend::Sqlite, &folder).unwrap();
    let copy = ["copy", "--from", &app.database_url, "--to", &target, "--documents-from", &from, "--documents-to", &into];
    std::fs::rename(documents.join(&name), &aside).unwrap();
    let said = refused(&copy);
    assert!(said.contains("Attached files are missing or damaged in ") && said.contains("No row was copied."), "{said}");
    std::fs::rename(&aside, documents.join(&name)).unwrap();
    let said = done(&copy);
    assert!(said.contains("Files: 1 copied to ") && said.contains("Copied."), "{said}");
    assert!(files(Path::new(&into)).values().any(|bytes| bytes == b"A signed note.\n"));
    assert!(verify(&target).0, "{}", verify(&target).1);
    // It holds what passwords are checked by, and so does one that is made for an import.
    let made = format!("sqlite:{}", folder.path().join("made.db").display());
    done(&["migrate", "--create", "--database", &made]);
    #[cfg(unix)]
    for file in [target, made] {
        let mode = std::fs::metadata(file.trim_start_matches("sqlite:")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_backup_is_whole_and_opens() {
    let app = App::start(Backend::Sqlite).unwrap();
    let scene = Scene::set(&app, 1_000_000, 400_000);
    scene.live(150_000, json!({}));
    let folder = tempfile::tempdir().unwrap();
    let file = text(folder.path().join("office.backup"));
    let said = done(&["backup", &file, "--database", &app.database_url]);
    assert!(said.contains("bytes, checked."), "{said}");
    scene.draft(1_000, json!({}));
    let (holds, said) = verify(&format!("sqlite:{file}"));
    assert!(holds && said.contains("5 movements"), "{said}");
    assert!(refused(&["backup", &file, "--database", &app.database_url]).contains("is there already"));
    assert!(refused(&["backup", "somewhere", "--database", "postgres://nobody@localhost/none"]).contains("pg_dump"));
}
