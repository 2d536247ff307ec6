//! `almoner user` on the database of a running service.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use almoner::access::permissions::Role;

use super::{PASSWORD, sign_in, text, with_token};
use crate::support::App;

/// Runs the program with `password` on its standard input.
fn almoner(app: &App, arguments: &[&str], password: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_almoner"))
        .args(arguments)
        .args(["--database", &app.database_url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end before it reads.
    let _ = writeln!(child.stdin.take().unwrap(), "{password}");
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const FIRST: [&str; 8] = ["user", "create", "--email", "First@opcc.example", "--name", "First", "--role", "administrator"];

on_both! {
    fn the_first_administrator_is_made_from_the_command_line(app) {
        let made = almoner(app, &FIRST, PASSWORD);
        assert!(made.status.success(), "{}", said(&made));
        assert!(said(&made).starts_with("Made first@opcc.example with the id "), "{}", said(&made));
        let session = sign_in(app, "first@opcc.example", PASSWORD).must(200);
        with_token(app, &text(&session, "access_token")).get("/v1/users").must(200);

        let again = almoner(app, &FIRST, PASSWORD);
        assert!(!again.status.success());
        assert!(said(&again).contains("almoner: Another user has this e-mail address."), "{}", said(&again));
    }

    fn faults_are_told_and_nothing_is_made(app) {
        let weak = almoner(app, &FIRST, "short");
        assert!(!weak.status.success());
        assert!(said(&weak).contains("at least 12 characters"), "{}", said(&weak));
        let none = almoner(app, &FIRST, "");
        assert!(said(&none).contains("No password came"), "{}", said(&none));
        let alone = almoner(app, &["user", "create", "--email", "x@opcc.example", "--name", "X", "--role", "provider_author"], PASSWORD);
        assert!(said(&alone).contains("almoner: --provider-id: A provider role needs"), "{}", said(&alone));
        let many = almoner(app, &["generate", "--awards", "abc"], "");
        assert!(said(&many).contains("a whole number from 1 to 1000000 is needed here"), "{}", said(&many));
        let king = almoner(app, &["user", "create", "--email", "x@opcc.example", "--name", "X", "--role", "king"], PASSWORD);
        assert!(said(&king).contains("`king` is not one of"), "{}", said(&king));
        assert_eq!(app.office(&[Role::Administrator]).all("/v1/users").len(), 1);
    }

    fn a_forgotten_password_is_replaced(app) {
        assert!(almoner(app, &FIRST, PASSWORD).status.success());
        let session = sign_in(app, "first@opcc.example", PASSWORD).must(200);
        let changed = almoner(app, &["user", "password", "--email", "FIRST@opcc.example"], "five blind mice ran");
        assert!(changed.status.success(), "{}", said(&changed));
        with_token(app, &text(&session, "access_token")).get("/v1/me").must(401);
        sign_in(app, "first@opcc.example", "five blind mice ran").must(200);
        let nobody = almoner(app, &["user", "password", "--email", "nobody@opcc.example"], PASSWORD);
        assert!(said(&nobody).contains("There is no user with the address nobody@opcc.example."), "{}", said(&nobody));
    }
}
