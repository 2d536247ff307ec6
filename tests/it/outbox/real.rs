//! The service as it is run, its configuration, and a mail server of another make between it and the provider.

use std::path::Path;
use std::time::Duration;

use almoner::outbox::rules::State;
use almoner::outbox::{MailSettings, Mailer, Security};
use serde_json::json;

use super::{deliver_one, queue_one, sizes};
use crate::returns::of_period;
use crate::support::peers::RealMailServer;
use crate::support::program::Program;
use crate::support::{App, Scene};

/// Who may not hand over what a case queues: a wrong password, or a server that nobody vouches for.
fn mailer(server: &RealMailServer, security: Security, password: &str, authority: bool) -> Mailer {
    let settings = MailSettings {
        host: "localhost".to_owned(),
        port: Some(server.port),
        security,
        user_name: Some("grants".to_owned()),
        password: Some(password.to_owned()),
        from: "Grants Office <grants@office.example>".to_owned(),
        authority: authority.then(|| server.authority()),
        timeout: Duration::from_secs(10),
    };
    Mailer::new(&settings).unwrap()
}

/// Serves the database of `app` in a process of its own that knows the mail server by its flags alone.
fn serve(app: &App, folder: &Path, server: &RealMailServer) -> Program {
    let (port, password, authority) = (server.port.to_string(), server.password(), server.authority());
    let mail =
        ["--smtp-host", "localhost", "--smtp-port", &port, "--smtp-user", "grants", "--mail-from", "Grants Office <grants@office.example>"];
    let files = ["--smtp-password-file", password.to_str().unwrap(), "--smtp-ca-file", authority.to_str().unwrap()];
    Program::serve_with(&app.database_url, folder, "", &[&mail[..], &files[..], &["--rate-limit", "0"]].concat())
}

on_both! {
    fn reminders_reach_a_real_mail_server_once(app) {
        let Some(server) = RealMailServer::start("starttls") else { return };
        let scene = Scene::set(app, 10_000_000, 1_000_000);
        let award = scene.live(300_000, json!({})).id();
        let due = of_period(&scene, &award, "2020-21-Q1");
        let today = app.service.db.clock().today();
        let extension = json!({ "due_on": today, "reason": "The office was flooded: £1,000 of damage." });
        scene.commissioner.change(&format!("/v1/returns/{}/extension", due.id()), due.tag(), &extension).must(200);
        app.sql("DELETE FROM outbox_message");
        let folder = tempfile::tempdir().unwrap();
        let program = serve(app, folder.path(), &server);
        let taken = server.when_taken(2);
        let mut recipients: Vec<&str> = taken.iter().map(|message| message["recipients"][0].as_str().unwrap()).collect();
        recipients.sort_unstable();
        assert!(recipients[0].starts_with("provider_author") && recipients[1].starts_with("provider_signatory"), "{recipients:?}");
        for message in &taken {
            assert_eq!([&message["is_encrypted"], &message["faults"]], [&json!(true), &json!([])], "{message}");
            assert_eq!([&message["sender"], &message["recipients"][0]], [&json!("grants@office.example"), &message["to"]], "{message}");
            assert!(message["subject"].as_str().unwrap().contains("due today"), "{message}");
        }
        assert!(program.stop().success());
        // Another process on the same day has nothing to say.
        let again = serve(app, folder.path(), &server);
        queue_one(app, 7);
        let taken = server.when_taken(3);
        assert_eq!((taken.len(), &taken[2]["to"]), (3, &json!("manager7@provider.example")));
        assert_eq!(taken[2]["text"].as_str().unwrap().trim_end(), "Please accept or refuse it.\n\nThe grants office");
        assert!(again.stop().success());
    }
}

#[test]
fn a_real_mail_server_hears_nothing_from_whom_it_may_not_trust() {
    let Some(app) = App::start(crate::support::Backend::Sqlite) else { return };
    for security in [Security::StartTls, Security::Tls] {
        let Some(server) = RealMailServer::start(&security.to_string()) else { return };
        app.sql("DELETE FROM outbox_message");
        queue_one(&app, 1);
        let wrong = mailer(&server, security, "three blind mice slept", true);
        assert_eq!(deliver_one(&app, &wrong), Some(State::Queued), "an administrator mends the password, and it goes out then");
        super::make_due(&app);
        let stranger = mailer(&server, security, "three blind mice ran", false);
        assert_eq!(deliver_one(&app, &stranger), Some(State::Queued), "nobody vouches for this server");
        assert_eq!(server.taken(), Vec::<serde_json::Value>::new());
        super::make_due(&app);
        let right = mailer(&server, security, "three blind mice ran", true);
        assert_eq!(deliver_one(&app, &right), Some(State::Sent));
        assert_eq!(sizes(&app), [(State::Sent, 1)]);
        assert_eq!(server.taken()[0]["subject"], "Award CIF-2020-21-T3-0001 is offered");
    }
}
