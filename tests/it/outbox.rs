//! E-mail is queued by the act, delivered after it, at least once, and given up in the end.

mod real;

use std::time::Duration;

use almoner::kernel::{Code, Id, Refusal};
use almoner::outbox::rules::State;
use almoner::outbox::{MailSettings, Mailer, Message, Security, deliver, queue, queue_sizes};
use almoner::store::{Db, Settings, WriteMeta};

use crate::support::smtp::MailServer;
use crate::support::{App, Backend};

pub fn mailer(server: &MailServer, security: Security) -> Mailer {
    let settings = MailSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(server.address.port()),
        security,
        user_name: None,
        password: None,
        from: "Grants Office <grants@office.example>".to_owned(),
        authority: None,
        timeout: Duration::from_secs(10),
    };
    Mailer::new(&settings).unwrap()
}

fn message(number: usize) -> Message {
    Message {
        recipient: format!("manager{number}@provider.example"),
        subject: format!("Award CIF-2020-21-T3-{number:04} is offered"),
        body: "Please accept or refuse it.\n\nThe grants office\n".to_owned(),
        record_kind: "award",
        record_id: Id::new(),
    }
}

fn queue_one(app: &App, number: usize) {
    let act = app.service.db.write(WriteMeta::system("award.offer", "test"), move |tx| queue(tx, message(number)));
    app.wait(act).unwrap();
}

/// How many messages are in each state that has any.
fn sizes(app: &App) -> Vec<(State, i64)> {
    let sizes = app.wait(app.service.db.read(queue_sizes)).unwrap();
    sizes.into_iter().filter(|size| size.count > 0).map(|size| (size.state, size.count)).collect()
}

fn deliver_one(app: &App, mailer: &Mailer) -> Option<State> {
    app.wait(deliver(&app.service.db, mailer)).unwrap()
}

/// Lets the time of every message come.
fn make_due(app: &App) {
    let past = if app.backend == Backend::Sqlite { "0" } else { "'epoch'" };
    app.sql(&format!("UPDATE outbox_message SET next_attempt_at = {past}"));
}

on_both! {
    fn what_an_act_queues_is_delivered(app) {
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        assert_eq!(deliver_one(app, &mailer), None);
        queue_one(app, 7);
        assert_eq!(sizes(app), [(State::Queued, 1)]);
        assert_eq!(deliver_one(app, &mailer), Some(State::Sent));
        assert_eq!(deliver_one(app, &mailer), None);
        assert_eq!(sizes(app), [(State::Sent, 1)]);
        let messages = server.messages();
        assert_eq!(messages.len(), 1);
        assert!(messages[0].contains("To: manager7@provider.example\n"), "{}", messages[0]);
        assert!(messages[0].contains("Subject: Award CIF-2020-21-T3-0007 is offered\n"), "{}", messages[0]);
        assert!(messages[0].contains("Please accept or refuse it."), "{}", messages[0]);
    }

    fn a_refused_act_sends_nothing(app) {
        let act = app.service.db.write(WriteMeta::system("award.offer", "test"), |tx| {
            queue(tx, message(1))?;
            Err::<(), _>(Refusal::rule(Code::WrongState, "This award is live."))
        });
        assert!(app.wait(act).is_err());
        assert_eq!(sizes(app), []);
    }

    fn a_message_is_tried_again_until_it_is_taken(app) {
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        server.answer(&["451 try again later"]);
        queue_one(app, 1);
        assert_eq!(deliver_one(app, &mailer), Some(State::Queued));
        assert_eq!(deliver_one(app, &mailer), None, "not before its time");
        make_due(app);
        assert_eq!(deliver_one(app, &mailer), Some(State::Sent));
        assert_eq!(server.messages().len(), 1);
    }

    fn a_message_that_is_refused_for_good_is_not_tried_again(app) {
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        server.answer(&["550 no such box"]);
        queue_one(app, 1);
        assert_eq!(deliver_one(app, &mailer), Some(State::Failed));
        make_due(app);
        assert_eq!(deliver_one(app, &mailer), None);
    }

    fn without_a_mail_server_a_message_is_given_up_in_the_end(app) {
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        drop(server);
        queue_one(app, 1);
        assert_eq!(deliver_one(app, &mailer), Some(State::Queued));
        app.sql("UPDATE outbox_message SET attempts = 19");
        make_due(app);
        assert_eq!(deliver_one(app, &mailer), Some(State::Dead));
        make_due(app);
        assert_eq!(deliver_one(app, &mailer), None);
    }

    fn a_worker_that_died_before_noting_leaves_the_message_to_another(app) {
        let server = MailServer::start();
        let mailer = mailer(&server, Security::None);
        queue_one(app, 1);
        assert_eq!(deliver_one(app, &mailer), Some(State::Sent));
        // As it stands where the worker died between sending and noting.
        app.sql("UPDATE outbox_message SET state = 'sending', sent_at = NULL");
        assert_eq!(deliver_one(app, &mailer), None, "not while it may still be under way");
        make_due(app);
        assert_eq!(deliver_one(app, &mailer), Some(State::Sent));
        let ids: Vec<String> = server
            .messages()
            .iter()
            .map(|text| text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1], "a mail program knows it for the same message");
    }

    fn nothing_goes_out_in_the_clear_where_privacy_is_asked(app) {
        let server = MailServer::start();
        queue_one(app, 1);
        assert_eq!(deliver_one(app, &mailer(&server, Security::StartTls)), Some(State::Queued));
        assert_eq!(server.messages(), Vec::<String>::new());
    }

    fn workers_side_by_side_send_each_message_once(app) {
        let server = MailServer::start();
        (0..12).for_each(|number| queue_one(app, number));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let db = Db::open(Settings::new(&app.database_url), &[]).unwrap();
                    let mailer = mailer(&server, Security::None);
                    while app.wait(deliver(&db, &mailer)).unwrap().is_some() {}
                });
            }
        });
        assert_eq!(sizes(app), [(State::Sent, 12)]);
        let mut recipients: Vec<String> = server
            .messages()
            .iter()
            .map(|text| text.lines().find(|line| line.starts_with("To: ")).unwrap().to_owned())
            .collect();
        recipients.sort();
        recipients.dedup();
        assert_eq!((recipients.len(), server.messages().len()), (12, 12));
    }
}
