//! Campaigns over all live awards of an office: seen before the issue, issued, applied, and their letters made in the background.

use std::path::Path;
use std::time::{Duration, Instant};

use almoner::access::permissions::Role;
use almoner::office::generate::{Reporting, Size};
use serde_json::{Value, json};

use crate::client::{Connection, request};
use crate::office::{Engine, Office};
use crate::process::Service;
use crate::say;
use crate::table::{Aim, Table};

/// How many awards a campaign has.
const AWARDS: u32 = 500;
/// What awards report that have reported nothing yet: they are all under way.
const NOTHING: Reporting = Reporting { quarters: 0, indicators: 0, areas: 1 };
/// For how long letters are waited for.
const LETTERS_MAX: Duration = Duration::from_secs(600);

pub fn measure(engine: Engine, home: &Path, table: &mut Table) -> Option<()> {
    say(&format!("{}: making an office of {AWARDS} live awards", engine.name()));
    let size = Size { seed: 1, awards: AWARDS, variations: None, reporting: Some(NOTHING) };
    let office = Office::make(engine, home, "campaigns", size, None)?;
    let service = Service::start(&office.url, &office.home);
    let people = People { drafts: office.token(Role::Commissioner, None), decides: office.token(Role::Approver, None) };
    let is_aimed = engine == Engine::Sqlite;
    let most = |seconds: f64| if is_aimed { Aim::Under(seconds) } else { Aim::None };
    for (at, (name, change)) in changes(&office).into_iter().enumerate() {
        let campaign = Campaign::draft(&service, &people, name, &change);
        let (shown, took) = campaign.asks(&people.decides, "preview", &json!({}));
        assert_eq!((&shown["award_count"], &shown["refused_count"]), (&json!(AWARDS), &json!(0)), "{name}: {}", refused(&shown));
        table.row(&format!("{name}, {AWARDS} awards: preview"), &format!("{took:.2} s"), most(2.0), took);
        let (issued, took) = campaign.asks(&people.decides, "issue", &json!({}));
        let since = Instant::now();
        let told = format!("issued {AWARDS} of {AWARDS} live awards");
        assert_eq!(issued["summary"].as_str(), Some(told.as_str()), "{issued}");
        table.row(&format!("{name}, {AWARDS} awards: issue"), &format!("{took:.2} s"), most(2.0), took);
        // Of the first one, so that no others are made before them; and before it is applied, so that they are all that is done.
        if at == 0 {
            let (all, first) = campaign.letters(&people.drafts, since);
            table.row(&format!("{AWARDS} letters made in the background"), &format!("{all:.1} s"), most(60.0), all);
            table.row("until the first of them was made", &format!("{first:.1} s"), Aim::None, first);
        }
        let (applied, took) = campaign.asks(&people.decides, "application", &json!({}));
        assert_eq!(applied["applied_count"], json!(AWARDS), "{applied}");
        table.row(&format!("{name}, {AWARDS} awards: application"), &format!("{took:.2} s"), most(2.0), took);
        say(&format!("  {name} done"));
    }
    Some(())
}

/// Tokens of those who draft and who decide.
struct People {
    drafts: String,
    decides: String,
}

/// A reassurance that needs no answer, and more money for all of them.
fn changes(office: &Office) -> [(&'static str, Value); 2] {
    let today = office.db.clock().today();
    let reassurance = json!({ "title": "Your funding is safe", "reason": "Services could not go on as agreed.", "effective_on": today,
        "is_unilateral": true, "delivery": { "status": "adapted" } });
    let more = json!({ "title": "A pound more", "reason": "Costs rose.", "effective_on": today, "is_unilateral": true,
        "value": { "change_pence": 100, "from_fund_period": true } });
    [("a reassurance", reassurance), ("a pound more for each", more)]
}

/// A campaign that was drafted.
struct Campaign<'a> {
    service: &'a Service,
    id: String,
}

impl<'a> Campaign<'a> {
    fn draft(service: &'a Service, people: &People, name: &str, change: &Value) -> Self {
        let body = json!({ "name": name, "choice": { "filter": {} }, "change": change }).to_string();
        let key = format!("\"draft-{}\"", name.replace(' ', "-"));
        let headers = [("authorization", people.drafts.as_str()), ("idempotency-key", key.as_str())];
        let mut connection = Connection::open(service.address).unwrap();
        let reply = connection.ask(&request("POST", "/v1/variation-campaigns", &headers, &body)).unwrap();
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(reply.body));
        let id = reply.json()["id"].as_str().unwrap().to_owned();
        Self { service, id }
    }

    /// What it answers, and in how many seconds.
    fn asks(&self, token: &str, noun: &str, body: &Value) -> (Value, f64) {
        let mut connection = Connection::open(self.service.address).unwrap();
        let path = format!("/v1/variation-campaigns/{}", self.id);
        let tag = connection.ask(&request("GET", &path, &[("authorization", token)], "")).unwrap().header("etag").unwrap().to_owned();
        let key = format!("\"{}-{noun}\"", self.id);
        let headers = [("authorization", token), ("if-match", tag.as_str()), ("idempotency-key", key.as_str())];
        let act = request("POST", &format!("{path}/{noun}"), &headers, &body.to_string());
        let started = Instant::now();
        let reply = connection.ask(&act).unwrap();
        let took = started.elapsed().as_secs_f64();
        assert_eq!(reply.status, 200, "{noun}: {}", String::from_utf8_lossy(reply.body));
        (reply.json(), took)
    }

    /// Waits until all its letters are made: the seconds that took, and those until the first one was.
    fn letters(&self, token: &str, since: Instant) -> (f64, f64) {
        let mut connection = Connection::open(self.service.address).unwrap();
        let ask = request("GET", &format!("/v1/variation-campaigns/{}", self.id), &[("authorization", token)], "");
        let (mut first, mut told) = (None, 0);
        loop {
            let seen = connection.ask(&ask).unwrap().json();
            let (made, of) = (seen["letters"]["made"].as_i64().unwrap_or(0), seen["letters"]["of"].as_i64().unwrap_or(0));
            if made > 0 {
                first.get_or_insert(since.elapsed());
            }
            if made / 100 > told {
                told = made / 100;
                say(&format!("  {made} of {of} letters made"));
            }
            if of > 0 && made == of {
                return (since.elapsed().as_secs_f64(), first.unwrap_or_default().as_secs_f64());
            }
            assert!(since.elapsed() < LETTERS_MAX, "{made} of {of} letters are made after {} s", LETTERS_MAX.as_secs());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Why an award of a preview cannot be varied, of the first that cannot.
fn refused(shown: &Value) -> String {
    let awards = shown["awards"].as_array().cloned().unwrap_or_default();
    awards.iter().find(|one| one["reasons"].as_array().is_some_and(|all| !all.is_empty())).map_or_else(String::new, ToString::to_string)
}
