//! The process is killed while it issues or applies a campaign: each award has its variation or none has, and a repeated request is done once.

use std::time::Duration;

use almoner::office::generate::{Size, generate};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CAMPAIGNS, count};
use crate::support::client::new_key;
use crate::support::program::{Program, verify};
use crate::support::{App, Client};

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

    /// Sends a request that is cut off by a kill after a while. The status, where the answer came before.
    fn cut(&self, path: &str, key: &str, after: Duration) -> Option<u16> {
        let program = self.serve();
        let approver = program.client(&self.people[1]);
        std::thread::scope(|scope| {
            let sent = scope.spawn(|| change(&approver, path, key).ok().map(|(status, _)| status));
            std::thread::sleep(after);
            program.kill();
            sent.join().unwrap()
        })
    }

    /// The same request again, to its end.
    fn again(&self, path: &str, key: &str) -> Value {
        let program = self.serve();
        let (status, body) = change(&program.client(&self.people[1]), path, key).unwrap();
        assert_eq!(status, 200, "{body}");
        body
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
        app.wait(generate(&app.service.db, Size { seed: 3, awards: 90, variations: None, reporting: None })).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let begun = Program::serve(&app.database_url, folder.path(), "");
        let people = [begun.person(&["commissioner"]), begun.person(&["approver"])];
        let draft = |name: &str| {
            let change = json!({ "title": "A pound more", "reason": "Costs rose.", "effective_on": app.service.db.clock().today(), "is_unilateral": true,
                "value": { "change_pence": 100, "from_fund_period": true } });
            let input = json!({ "name": name, "choice": { "filter": {} }, "change": change });
            begun.client(&people[0]).post(CAMPAIGNS, &input).must(201)
        };
        let campaigns = [draft("One"), draft("Two")];
        begun.kill();
        let killed = Killed { app, folder, people };
        let mut cut_off = 0;
        for (round, drafted) in campaigns.iter().enumerate() {
            let all = drafted.body["award_count"].as_i64().unwrap();
            assert!(all >= 20, "{all} live awards are too few to be cut off in the middle");
            let path = |noun: &str| format!("{CAMPAIGNS}/{}/{noun}", drafted.id());
            let issued = || count(app, &format!("variation_version WHERE group_name = '{}' AND state = 'issued'", ["One", "Two"][round]));
            let applied = || count(app, &format!("variation_version WHERE group_name = '{}' AND state = 'applied'", ["One", "Two"][round]));
            let both: [(&str, &dyn Fn() -> i64); 2] = [("issue", &issued), ("application", &applied)];
            for (noun, done) in both {
                let key = new_key();
                let answered = killed.cut(&path(noun), &key, Duration::from_millis(if round == 0 { 25 } else { 120 }));
                let found = done();
                assert!(found == 0 || found == all, "{noun}: {found} of {all}");
                assert!(answered.is_none() || found == all, "{noun}: it was acknowledged");
                cut_off += i64::from(found == 0);
                let (holds, said) = verify(&app.database_url);
                assert!(holds, "{noun}: {said}");
                killed.again(&path(noun), &key);
                assert_eq!(done(), all, "{noun}: once and for all");
            }
        }
        assert!(cut_off > 0, "no kill came in time");
        let (holds, said) = verify(&app.database_url);
        assert!(holds, "{said}");
    }
}
