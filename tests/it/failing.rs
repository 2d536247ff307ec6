//! A database that cannot be reached or written: 503 with `Retry-After`, never a verdict, an empty list or a 500; and the service
//! says itself that it is not ready.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use almoner::access::permissions::Role;
use diesel::Connection;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::app::{database, prepare};
use crate::support::program::{Program, verify};
use crate::support::{Answer, App, Backend, Client, postgres};

fn area(number: usize) -> Value {
    json!({ "code": format!("area-{number}"), "name": format!("Area {number}"), "kind": "local_authority" })
}

#[track_caller]
fn unavailable(answer: Answer) {
    let answer = answer.must(503);
    assert_eq!((answer.code(), answer.header("content-type")), ("unavailable", Some("application/problem+json")), "{}", answer.text);
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert!(answer.body["items"].is_null());
    for word in ["postgres", "sqlite", "SQL", "connection", "locked", "disk", "127.0.0.1"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
}

/// Everything that needs the database says so; what does not need it goes on.
#[track_caller]
fn all_unavailable(nobody: &Client, officer: &Client) {
    for path in ["/v1/areas", "/v1/funds?search=x", "/v1/me", "/v1/awards/0192b4c0-7d2a-7c3e-9a51-2f60c1a4e8d7", "/v1/reports/allocations"]
    {
        unavailable(officer.get(path));
    }
    unavailable(officer.post("/v1/areas", &area(1)));
    unavailable(officer.post("/v1/areas", &json!({ "colour": "red" })));
    unavailable(nobody.post("/v1/session", &json!({ "email": "somebody@opcc.example", "password": "four blind mice ran" })));
    unavailable(nobody.get("/health/ready"));
    nobody.get("/health/live").must(200);
    nobody.get("/metrics").must(200);
    nobody.get("/v1/areas").must(401);
}

/// Asks until the service is ready again.
#[track_caller]
fn ready_again(nobody: &Client) {
    let begun = Instant::now();
    while nobody.get("/health/ready").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not come back");
    }
}

#[test]
fn a_postgres_that_is_stopped_is_unavailable() {
    let Some(server) = postgres::private() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("postgres");
    prepare(almoner::store::Settings::new(&url));
    let app = App::on(Backend::Postgres, url, folder);
    let officer = app.office(&[Role::Commissioner, Role::Finance]);
    officer.post("/v1/areas", &area(0)).must(201);
    app.nobody().get("/health/ready").must(200);
    let address = server.base.rsplit('@').next().unwrap().to_owned();
    drop(server);
    let begun = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the server does not stop");
        std::thread::yield_now();
    }
    all_unavailable(&app.nobody(), &officer);
    all_unavailable(&app.nobody(), &officer);
}

#[test]
fn a_postgres_that_was_away_is_used_again() {
    let Some(app) = App::start(Backend::Postgres) else { return };
    let server = postgres::server().unwrap();
    let officer = app.office(&[Role::Commissioner, Role::Finance]);
    officer.post("/v1/areas", &area(0)).must(201);
    let name = app.database_url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    server.run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    server.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
    all_unavailable(&app.nobody(), &officer);
    server.run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    ready_again(&app.nobody());
    officer.post("/v1/areas", &area(1)).must(201);
    assert_eq!(officer.all("/v1/areas").len(), 2);
}

#[test]
fn a_locked_file_can_be_read_and_not_written() {
    let app = App::start(Backend::Sqlite).unwrap();
    let officer = app.office(&[Role::Commissioner]);
    officer.post("/v1/areas", &area(0)).must(201);
    let mut other = diesel::SqliteConnection::establish(app.database_url.trim_start_matches("sqlite:")).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    unavailable(officer.post("/v1/areas", &area(1)));
    unavailable(app.nobody().get("/health/ready"));
    assert_eq!(officer.get("/v1/areas").must(200).items().len(), 1);
    other.batch_execute("ROLLBACK").unwrap();
    app.nobody().get("/health/ready").must(200);
    officer.post("/v1/areas", &area(1)).must(201);
}

/// The disk is as good as full: the system lets no file of the service grow any further.
#[test]
fn a_file_that_cannot_grow_can_be_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let url = database(Backend::Sqlite, &folder).unwrap();
    let size = std::fs::metadata(url.trim_start_matches("sqlite:")).unwrap().len();
    let limit = format!("trap '' XFSZ; ulimit -f {}", size / 512 + 256);
    let program = Program::serve(&url, folder.path(), &limit);
    let person = program.person(&["commissioner"]);
    let officer = program.client(&person);
    let mut made = 0;
    let refused = loop {
        let answer = officer.post("/v1/areas", &area(made));
        if answer.status != 201 {
            break answer;
        }
        made += 1;
        assert!(made < 5_000, "the limit does not bite");
    };
    assert!(made > 0);
    unavailable(refused);
    unavailable(officer.post("/v1/areas", &area(made)));
    let nobody = Client { token: None, ..officer.clone() };
    // A small writing may still fit where an act does not; each one that fits leaves less.
    let not_ready = (0..100).find_map(|_| {
        unavailable(officer.post("/v1/areas", &area(made)));
        Some(nobody.get("/health/ready")).filter(|answer| answer.status != 200)
    });
    unavailable(not_ready.unwrap());
    assert_eq!(officer.all("/v1/areas").len(), made, "what is there can be read");
    program.kill();

    let (holds, said) = verify(&url);
    assert!(holds, "{said}");
    let program = Program::serve(&url, folder.path(), "");
    let officer = program.client(&person);
    Client { token: None, ..officer.clone() }.get("/health/ready").must(200);
    assert_eq!(officer.all("/v1/areas").len(), made);
    officer.post("/v1/areas", &area(made)).must(201);
}
