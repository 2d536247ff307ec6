//! `almoner demo`, as a newcomer runs it: a second run keeps what is there, and each mistake is one sentence.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use almoner::access::keys;
use almoner::access::permissions::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::app::database;
use crate::support::client::Client;

/// A demo that answers requests. Dropping it kills it.
struct Demo {
    told: Value,
    child: Child,
}

/// Any free port.
const FREE: &str = "127.0.0.1:0";

fn command(database: &Path, listen: &str, more: &[&str]) -> Command {
    command_on(&format!("sqlite:{}", database.display()), listen, more)
}

fn command_on(url: &str, listen: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
    command.args(["demo", "--output", "json", "--listen", listen, "--database", url]).args(more);
    command
}

impl Demo {
    fn start(database: &Path, more: &[&str]) -> Self {
        Self::run(&mut command(database, FREE, more))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { told: serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")), child }
    }

    fn client(&self, user: &str) -> Client {
        let base = self.told["url"].as_str().unwrap().to_owned();
        let token = self.told["tokens"][user].as_str().unwrap_or_else(|| panic!("no token of {user}: {}", self.told)).to_owned();
        Client { base, token: Some(token), http: reqwest::blocking::Client::new() }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the demo says where it does not start: one sentence or two, on one line, and nothing else.
#[track_caller]
fn refusal(output: Output) -> String {
    assert!(!output.status.success());
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said.trim_end().to_owned()
}

#[test]
fn a_second_run_keeps_what_is_there_and_a_fresh_one_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    let area = json!({ "code": "solstice", "name": "Solstice", "kind": "locality" });
    let first = Demo::start(&file, &[]);
    for user in ["commissioner", "finance", "provider_author", "provider_author_2", "provider_signatory"] {
        first.client(user).get("/v1/me").must(200);
    }
    let (one, other) = (first.client("provider_author"), first.client("provider_author_2"));
    assert_ne!(one.get("/v1/me").must(200).body["provider_id"], other.get("/v1/me").must(200).body["provider_id"]);
    let path = first.client("commissioner").post("/v1/areas", &area).must(201).header("location").unwrap().to_owned();
    drop(first);
    let second = Demo::start(&file, &[]);
    assert_eq!(second.client("finance").get(&path).must(200).body["name"], "Solstice");
    // Who was shut out stays so, and whoever has another address signs in with that.
    let administrator = second.client("administrator");
    let of = |user: &str| {
        let id = second.client(user).get("/v1/me").must(200).body["id"].as_str().unwrap().to_owned();
        administrator.get(&format!("/v1/users/{id}")).must(200)
    };
    let out = of("provider_author_2");
    administrator.change(&format!("/v1/users/{}/deactivation", out.id()), out.tag(), &json!({})).must(200);
    let moved = of("finance");
    administrator.patch(&format!("/v1/users/{}", moved.id()), moved.tag(), &json!({ "email": "money@moved.example" })).must(200);
    drop(second);
    let third = Demo::start(&file, &[]);
    assert_eq!(third.told["tokens"]["provider_author_2"], Value::Null);
    let told = &third.told["sign_ins"]["finance"];
    assert_eq!(told["email"], "money@moved.example");
    let nobody = Client { token: None, ..third.client("finance") };
    nobody.post("/v1/session", &json!({ "email": told["email"], "password": told["password"] })).must(200);
    drop(third);
    let attached = folder.path().join("demo.documents").join("of-before.txt");
    std::fs::write(&attached, "attached to what is thrown away").unwrap();
    let fresh = Demo::start(&file, &["--fresh"]);
    fresh.client("finance").get(&path).must(404);
    assert!(!attached.exists(), "files of the office before are no files of this one");
    assert_eq!(fresh.client("finance").get("/v1/reports/allocations").must(200).body["ledger_check"]["balanced"], true);
}

#[test]
fn for_people_it_prints_a_token_for_each_user_and_five_commands_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
    let mut child = command.args(["demo", "--listen", FREE, "--database", &url]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // Dropped at the end, and where the case fails.
    let demo = Demo { told: Value::Null, child };
    let mut said = Vec::new();
    for line in lines {
        let is_last = line.starts_with("Ctrl-C stops it.");
        said.push(line);
        if is_last {
            break;
        }
    }
    assert!(said.iter().any(|line| line.starts_with("Ctrl-C stops it.")), "{said:?}");
    let base = said[0].strip_prefix("Almoner's example office is at ").and_then(|rest| rest.split(';').next()).unwrap().to_owned();
    let asks = |token: &str, path: &str| {
        let client = Client { base: base.clone(), token: Some(token.to_owned()), http: reqwest::blocking::Client::new() };
        client.get(path).must(200).body
    };
    // An address and a password, and the token in the next line.
    let users = said.windows(2).filter(|two| !two[0].starts_with(' ') && two[0].contains(".example ") && two[1].starts_with("  "));
    let mut signed_in: Vec<String> = Vec::new();
    for two in users {
        let email = two[0].split_whitespace().next().unwrap();
        assert_eq!(asks(two[1].trim(), "/v1/me")["name"], email);
        signed_in.push(email.to_owned());
    }
    let listed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/west_midlands_2020_21/users.csv")).unwrap();
    let mut people: Vec<&str> = listed.lines().skip(1).filter_map(|row| row.split(',').nth(2)).collect();
    people.sort_unstable();
    signed_in.sort_unstable();
    assert_eq!(signed_in, people);

    let commands: Vec<&String> = said.iter().filter(|line| line.trim_start().starts_with("curl ")).collect();
    assert_eq!(commands.len(), 5, "{said:?}");
    for command in commands {
        let name = command.split("Bearer $").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let set = format!("{name}=");
        let token = said.iter().find_map(|line| line.trim_start().strip_prefix(&set));
        let token = token.unwrap_or_else(|| panic!("{name} is not set: {said:?}"));
        let asked = command.split('\'').nth(1).unwrap();
        asks(token, asked.strip_prefix(&base).unwrap_or_else(|| panic!("{asked} is elsewhere")));
    }
    drop(demo);
}

#[test]
fn tokens_count_as_long_as_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(&folder.path().join("demo.db"), &["--token-ttl", "90s"]);
    let token = demo.client("finance").token.unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 90);
}

#[test]
fn a_port_that_is_taken_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let said = refusal(command(&file, &address.to_string(), &[]).output().unwrap());
    assert!(said.contains(&format!("Port {} on 127.0.0.1 is taken.", address.port())), "{said}");
    assert!(!file.exists(), "nothing is made before the port is known to be free");
}

#[test]
fn a_folder_that_takes_no_files_is_one_sentence() {
    for folder in ["/proc", "/nowhere/at/all"] {
        let said = refusal(command(&Path::new(folder).join("demo.db"), FREE, &[]).output().unwrap());
        assert!(said.contains(&format!("The folder {folder} takes no files")), "{said}");
    }
}

#[test]
fn a_file_that_is_not_the_demos_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("office.db");
    std::fs::write(&file, b"an office of its own").unwrap();
    for more in [&[][..], &["--fresh"][..]] {
        let said = refusal(command(&file, FREE, more).output().unwrap());
        assert!(said.contains("was not made by the demo"), "{said}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"an office of its own");
}

on_both! {
    fn an_office_is_left_alone(app) {
        app.office(&[Role::Finance]);
        // A key beside the file does not make it the demo's.
        std::fs::write(app.folder.path().join("almoner.key"), keys::generate().unwrap()).unwrap();
        let said = refusal(command_on(&app.database_url, FREE, &[]).current_dir(app.folder.path()).output().unwrap());
        assert!(said.contains("was not made by the demo"), "{said}");
        assert!(!said.contains("postgres://"), "a URL may hold a password: {said}");
        assert_eq!(app.texts("SELECT phc AS text FROM app_user_password"), Vec::<String>::new());
        assert_eq!(app.texts("SELECT name AS text FROM app_user_version").len(), 1);
        // Nor does it let `--fresh` throw the office away, and what is attached in it.
        let attached = app.folder.path().join("almoner.documents").join("letter.txt");
        std::fs::create_dir_all(attached.parent().unwrap()).unwrap();
        std::fs::write(&attached, "attached to an office").unwrap();
        let said = refusal(command_on(&app.database_url, FREE, &["--fresh"]).current_dir(app.folder.path()).output().unwrap());
        assert!(said.contains("was not made by the demo") || said.contains("SQLite file only"), "{said}");
        assert!(attached.exists() && !said.contains("postgres://"), "{said}");
        assert_eq!(app.texts("SELECT name AS text FROM app_user_version").len(), 1);
    }
}

#[test]
fn a_database_on_a_server_is_the_demos_once_it_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = database(Backend::Postgres, &folder) else { return };
    for _ in 0..2 {
        let demo = Demo::run(command_on(&url, FREE, &[]).current_dir(folder.path()));
        demo.client("finance").get("/v1/me").must(200);
    }
}

#[test]
fn a_file_of_a_version_that_left_no_mark_is_known_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    drop(Demo::start(&file, &[]));
    let mut earlier = SqliteConnection::establish(&file.display().to_string()).unwrap();
    for back in ["0231_board_snapshot", "0230_return_freeze", "0211_list_indexes", "0210_guards"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite").join(back).join("down.sql");
        earlier.batch_execute(&std::fs::read_to_string(path).unwrap()).unwrap();
    }
    earlier.batch_execute("DELETE FROM __diesel_schema_migrations WHERE version IN ('0210', '0211', '0230', '0231')").unwrap();
    drop(earlier);
    for _ in 0..2 {
        Demo::start(&file, &[]).client("finance").get("/v1/me").must(200);
    }
}

#[test]
fn a_file_of_a_newer_version_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.db");
    drop(Demo::start(&file, &[]));
    let mut later = SqliteConnection::establish(&file.display().to_string()).unwrap();
    diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").execute(&mut later).unwrap();
    drop(later);
    let said = refusal(command(&file, FREE, &[]).output().unwrap());
    assert!(said.contains("made by a newer version of Almoner"), "{said}");
    assert!(said.contains("--fresh") || said.contains("name another"), "it says what to do: {said}");
}
