//! The process is killed while it issues or applies a campaign over five hundred awards: each award has its variation or none has, and a repeated request is
//! done once.

use std::time::{Duration, Instant};

use almoner::office::generate::{Reporting, Size, generate};
use almoner::store::{Db, Settings};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CAMPAIGNS, count};
use crate::support::client::new_key;
use crate::support::program::{Program, verify};
use crate::support::{App, Backend, Client};

const AWARDS: u32 = 500;
/// For how long a transaction that writes has been open when the process is killed: early, in its midst, and late or just after it.
const OPEN_FOR: [Duration; 3] = [Duration::from_millis(30), Duration::from_millis(400), Duration::from_millis(1_500)];

/// Makes an office with as many awards under way: one that reports is, and these have reported nothing yet.
fn fill(app: &App) {
    let mut settings = Settings::new(&app.database_url);
    settings.deadline = Duration::from_secs(600);
    let db = Db::open(settings, almoner::app::FOLLOWERS).unwrap();
    let reporting = Some(Reporting { quarters: 0, indicators: 0, areas: 1 });
    app.wait(generate(&db, Size { seed: 3, awards: AWARDS, variations: None, reporting })).unwrap();
}

/// Whether a transaction that writes is open on this database.
fn is_writing(app: &App) -> bool {
    match app.backend {
        Backend::Sqlite => {
            // Nobody else gets the lock for writing meanwhile, and this caller does not wait for it.
            let mut conn = SqliteConnection::establish(app.database_url.trim_start_matches("sqlite:")).unwrap();
            conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK").is_err()
        }
        Backend::Postgres => {
            let open = "SELECT CAST(pid AS TEXT) AS text FROM pg_stat_activity \
                        WHERE datname = current_database() AND application_name = 'almoner-writer' AND xact_start IS NOT NULL";
            !app.texts(open).is_empty()
        }
    }
}

/// A program of its own on the database of an office.
struct Killed<'a> {
    app: &'a App,
    folder: tempfile::TempDir,
    people: [String; 2],
}

impl Killed<'_> {
    fn serve(&self) -> Program {
        Program::serve(&self.app.database_url, self.folder.path(), "")
    }

    /// Sends a request, and kills the process once a transaction that writes has been open for so long: the status, where the answer came before, and whether
    /// it was open.
    fn cut(&self, path: &str, key: &str, open_for: Duration) -> (Option<u16>, bool) {
        let program = self.serve();
        let approver = program.client(&self.people[1]);
        std::thread::scope(|scope| {
            let sent = scope.spawn(|| change(&approver, path, key).ok().map(|(status, _)| status));
            let (mut since, mut was_open) = (None::<Instant>, false);
            while !sent.is_finished() && !was_open {
                since = is_writing(self.app).then(|| since.unwrap_or_else(Instant::now));
                was_open = since.is_some_and(|since| since.elapsed() >= open_for);
                std::thread::sleep(Duration::from_millis(1));
            }
            program.kill();
            (sent.join().unwrap(), was_open)
        })
    }

    /// The same request again, to its end.
    fn again(&self, path: &str, key: &str) {
        let program = self.serve();
        let approver = program.client(&self.people[1]);
        // A slow machine takes longer than the service lets anybody wait; what was asked for is done all the same, once.
        for _ in 0..10 {
            let (status, body) = change(&approver, path, key).unwrap();
            if status != 503 {
                assert_eq!(status, 200, "{body}");
                return;
            }
        }
        panic!("{path} was not done");
    }
}

fn change(who: &Client, path: &str, key: &str) -> reqwest::Result<(u16, Value)> {
    // A draft is of version 1, and an issued campaign of version 2: only the version of an `ETag` is compared.
    let version = if path.ends_with("/issue") { 1 } else { 2 };
    let request = who.request(Method::POST, path).header("If-Match", format!("\"{version}.00000000\"")).header("Idempotency-Key", key);
    let answer = request.json(&json!({})).send()?;
    Ok((answer.status().as_u16(), answer.json()?))
}

on_both! {
    fn a_killed_campaign_did_all_or_nothing(app) {
        fill(app);
        let folder = tempfile::tempdir().unwrap();
        let begun = Program::serve(&app.database_url, folder.path(), "");
        let people = [begun.person(&["commissioner"]), begun.person(&["approver"])];
        let change = json!({ "title": "A pound more", "reason": "Costs rose.", "effective_on": app.service.db.clock().today(), "is_unilateral": true,
            "value": { "change_pence": 100, "from_fund_period": true } });
        let input = json!({ "name": "A pound", "choice": { "filter": {} }, "change": change });
        let drafted = begun.client(&people[0]).post(CAMPAIGNS, &input).must(201);
        begun.kill();
        let all = i64::from(AWARDS);
        assert_eq!(drafted.body["award_count"], all);
        let killed = Killed { app, folder, people };
        let worth = || app.texts("SELECT CAST(SUM(balance_pence) AS TEXT) AS text FROM ledger_account WHERE kind = 'committed'")[0].parse::<i64>().unwrap();
        let before = worth();
        let issued = || (count(app, "variation_version WHERE group_name = 'A pound' AND state = 'issued'"), count(app, "variation_letter"));
        let applied = || (count(app, "variation_version WHERE group_name = 'A pound' AND state = 'applied'"), (worth() - before) / 100);
        let both: [(&str, &dyn Fn() -> (i64, i64)); 2] = [("issue", &issued), ("application", &applied)];
        for (noun, done) in both {
            // Letters still to be made would be written meanwhile, and be taken for the act that is cut off.
            app.sql("DELETE FROM variation_letter");
            let (path, key, mut cut_off) = (format!("{CAMPAIGNS}/{}/{noun}", drafted.id()), new_key(), 0);
            for open_for in OPEN_FOR {
                let (answered, was_open) = killed.cut(&path, &key, open_for);
                let found = done();
                assert!(found == (0, 0) || found == (all, all), "{noun}: {found:?} of {all}");
                assert!(answered.is_none() || found.0 == all, "{noun}: it was acknowledged with {answered:?}");
                cut_off += i64::from(was_open && found.0 == 0);
                let (holds, said) = verify(&app.database_url);
                assert!(holds, "{noun}: {said}");
            }
            assert!(cut_off > 0, "{noun}: no kill came while it was being done");
            killed.again(&path, &key);
            assert_eq!(done(), (all, all), "{noun}: once and for all");
        }
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
