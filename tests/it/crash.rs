//! The process is killed while it writes: what it acknowledged is there, nothing is half-done, and a repeated request is done once.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::app::database;
use crate::support::client::{Client, new_key};
use crate::support::program::{Program, verify};

/// How many acts are acknowledged before the process is killed.
const ACTS: usize = 60;
/// How many callers write at once.
const CALLERS: usize = 6;
/// How often the process is killed.
const KILLS: usize = 3;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that was sent: its key, and the record's id where that was acknowledged.
struct Sent {
    key: String,
    id: Option<String>,
}

/// A fund period with a confirmed budget line, and the line's amount.
fn budget(officer: &Client) -> (String, i64) {
    let amount = 10_000_000;
    let made = |path: &str, body: Value| officer.post(path, &body).must(201).id();
    let body = made("/v1/commissioning-bodies", json!({ "code": "opcc", "name": "Office", "kind": "police_and_crime_commissioner" }));
    let source = made("/v1/funding-sources", json!({ "code": "poca", "name": "Proceeds of crime", "kind": "recovered_assets" }));
    let fund = json!({ "code": "CIF", "name": "Community Initiative Fund", "kind": "pcc_grant_fund", "scope": "fund",
        "commissioning_body_id": body, "source_ids": [source] });
    let fund = made("/v1/funds", fund);
    let period = made(&format!("/v1/funds/{fund}/periods"), json!({ "label": "2020-21" }));
    let line = json!({ "funding_source_id": source, "state": "planned", "amount_pence": amount, "effective_on": "2020-04-01" });
    let line = officer.post(&format!("/v1/fund-periods/{period}/budget-lines"), &line).must(201);
    let confirmation = json!({ "effective_on": "2020-04-01" });
    officer.change(&format!("/v1/budget-lines/{}/confirmation", line.id()), line.tag(), &confirmation).must(200);
    (period, amount)
}

/// Sets £1 aside: one act with a record, a movement, an event and a kept answer. `None` where the service went away.
fn set_aside(officer: &Client, period: &str, key: &str) -> Option<String> {
    let body = json!({ "name": format!("Earmark {key}"), "amount_pence": 100, "effective_on": "2020-05-01" });
    let request = officer.request(Method::POST, &format!("/v1/fund-periods/{period}/earmarks")).header("Idempotency-Key", key);
    let answer = request.json(&body).send().ok()?;
    let status = answer.status().as_u16();
    let text = answer.text().ok()?;
    assert_eq!(status, 201, "{text}");
    let made: Value = serde_json::from_str(&text).ok()?;
    made["id"].as_str().map(str::to_owned)
}

/// Writes from several callers, and kills the process in the middle of it.
fn write_until_killed(program: Program, officer: &Client, period: &str) -> Vec<Sent> {
    let (done, sent) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                loop {
                    let key = new_key();
                    let id = set_aside(officer, period, &key);
                    let is_gone = id.is_none();
                    sent.lock().unwrap().push(Sent { key, id });
                    done.fetch_add(1, Ordering::SeqCst);
                    if is_gone {
                        break;
                    }
                }
            });
        }
        while done.load(Ordering::SeqCst) < ACTS {
            assert!(begun.elapsed() < PATIENCE, "the callers do not get on");
            std::thread::yield_now();
        }
        program.kill();
    });
    sent.into_inner().unwrap()
}

/// Every acknowledged act is there whole, and nothing is there in part.
fn check(officer: &Client, period: &str, amount: i64, sent: &[Sent]) {
    let names: BTreeMap<String, String> = officer
        .all(&format!("/v1/fund-periods/{period}/earmarks?limit=200"))
        .into_iter()
        .map(|earmark| (earmark["id"].as_str().unwrap().to_owned(), earmark["name"].as_str().unwrap().to_owned()))
        .collect();
    for one in sent {
        if let Some(id) = &one.id {
            assert_eq!(names.get(id), Some(&format!("Earmark {}", one.key)), "an acknowledged act is lost");
        }
    }
    let known: Vec<String> = sent.iter().map(|one| format!("Earmark {}", one.key)).collect();
    assert!(names.values().all(|name| known.contains(name)));
    let accounts = officer.all("/v1/ledger/accounts?kind=earmark&limit=200");
    let held: BTreeMap<String, i64> = accounts
        .iter()
        .map(|account| (account["record_id"].as_str().unwrap().to_owned(), account["balance_pence"].as_i64().unwrap()))
        .collect();
    assert!(names.keys().eq(held.keys()), "each earmark has its account, and each account its earmark");
    assert!(held.values().all(|pence| *pence == 100));
    let moved = officer.all("/v1/ledger/transfers?limit=200");
    assert_eq!(moved.iter().filter(|transfer| transfer["credit"]["kind"] == "earmark").count(), names.len());
    let left = &officer.all("/v1/ledger/accounts?kind=fund_period")[0]["balance_pence"];
    assert_eq!(left.as_i64(), Some(amount - 100 * i64::try_from(names.len()).unwrap()));
    let events = officer.all("/v1/audit-events?act=earmark.create&outcome=done&limit=200");
    assert_eq!(events.len(), names.len(), "each act has its event");
}

fn survive(backend: Backend) {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = database(backend, &folder) else { return };
    let mut program = Program::serve(&url, folder.path(), "");
    // Finance may confirm budgets, commissioners set money aside, auditors read the log.
    let officer = program.person(&["commissioner", "finance", "auditor"]);
    let (period, amount) = budget(&program.client(&officer));
    let mut sent = Vec::new();
    for _ in 0..KILLS {
        let caller = program.client(&officer);
        sent.extend(write_until_killed(program, &caller, &period));
        let (holds, said) = verify(&url);
        assert!(holds, "right after the kill: {said}");
        program = Program::serve(&url, folder.path(), "");
        let caller = program.client(&officer);
        check(&caller, &period, amount, &sent);
        // Whoever got no answer asks again with the same key, whoever got one may too: each is done once.
        for one in &mut sent {
            let id = set_aside(&caller, &period, &one.key).unwrap();
            assert!(one.id.as_ref().is_none_or(|known| *known == id));
            one.id = Some(id);
        }
        check(&caller, &period, amount, &sent);
    }
    let ids: std::collections::BTreeSet<&String> = sent.iter().filter_map(|one| one.id.as_ref()).collect();
    assert_eq!(ids.len(), sent.len());
    program.kill();
    let (holds, said) = verify(&url);
    assert!(holds, "{said}");
}

#[test]
fn an_acknowledged_act_survives_a_kill_on_sqlite() {
    survive(Backend::Sqlite);
}

#[test]
fn an_acknowledged_act_survives_a_kill_on_postgres() {
    survive(Backend::Postgres);
}
