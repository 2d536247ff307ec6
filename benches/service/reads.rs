//! One award and a list of fifty: over HTTP with a real token, against a handler that only answers the same bytes, and against the
//! same SQL without HTTP.

use std::sync::Arc;

use almoner::access::Scope;
use almoner::access::permissions::Role;
use almoner::awards::acts;
use almoner::kernel::{Id, PageRequest};

use crate::bare;
use crate::client::{Connection, request};
use crate::load::{Rate, drive, median};
use crate::office::{Engine, Office};
use crate::process::Service;
use crate::table::{Aim, Table};
use crate::{Plan, say};

/// How many clients ask at once.
const CLIENTS: usize = 16;
/// How often each figure is taken; the ratio is of the middle ones.
const ROUNDS: usize = 3;
/// How many different awards are asked for.
const AWARDS: usize = 800;

/// What a caller asks for, and the same from the store.
struct Question {
    name: &'static str,
    paths: Vec<String>,
    aim_of_bare: Aim,
    aim_of_sql: Aim,
    sql: Box<dyn Fn(&Office, usize) + Sync>,
}

pub fn measure(engine: Engine, plan: &Plan, office: &Office, service: &Service, table: &mut Table) {
    let token = office.token(Role::Auditor, None);
    let ids = ids(service, &token);
    let only = |aim| if engine == Engine::Sqlite { aim } else { Aim::None };
    let paths = ids.iter().map(|id| format!("/v1/awards/{id}")).collect();
    let one = Question {
        name: "one award",
        paths,
        aim_of_bare: only(Aim::AtLeast(0.40)),
        aim_of_sql: Aim::None,
        sql: Box::new(move |office, at| {
            let id = ids[at % ids.len()];
            let _ = crate::office::wait_in(|| office.db.read(move |conn| acts::get(conn, Scope::Office, id))).unwrap();
        }),
    };
    let today = office.db.clock().today();
    let list = Question {
        name: "a list of 50",
        paths: vec!["/v1/awards?limit=50".to_owned()],
        aim_of_bare: Aim::None,
        aim_of_sql: only(Aim::AtLeast(0.60)),
        sql: Box::new(move |office, _| {
            let page = || PageRequest { limit: 50, cursor: None, scan: String::new() };
            let read = || office.db.read(move |conn| acts::list(conn, Scope::Office, &Default::default(), today, &page()));
            let _ = crate::office::wait_in(read).unwrap();
        }),
    };
    for question in [one, list] {
        take(plan, office, service, &token, &question, table);
    }
}

fn take(plan: &Plan, office: &Office, service: &Service, token: &str, question: &Question, table: &mut Table) {
    let requests: Arc<Vec<Vec<u8>>> =
        Arc::new(question.paths.iter().map(|path| request("GET", path, &[("authorization", token)], "")).collect());
    let body = Connection::open(service.address).unwrap().ask(&requests[0]).unwrap().body.to_vec();
    let bytes = body.len();
    let floor = bare::serve(body);
    let bare_request = Arc::new(vec![request("GET", "/", &[("authorization", token)], "")]);
    let (mut bare, mut http, mut sql) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let some = [asked(plan, floor, &bare_request), asked(plan, service.address, &requests), in_process(plan, office, question)];
        // The first round warms up.
        if round > 0 {
            for (figures, rate) in [&mut bare, &mut http, &mut sql].into_iter().zip(some) {
                figures.push(rate);
            }
        }
    }
    let rate = |rates: &[Rate]| median(rates.iter().map(|rate| rate.per_second).collect());
    let (bare_rate, http_rate, sql_rate) = (rate(&bare), rate(&http), rate(&sql));
    let name = question.name;
    let last = http.last().copied().unwrap_or_default();
    table.row(&format!("{name}: requests a second, {CLIENTS} clients, {bytes} bytes"), &format!("{http_rate:.0}"), Aim::None, http_rate);
    table.row(
        &format!("{name}: half within / all but a hundredth within"),
        &format!("{:.2} / {:.2} ms", ms(last.p50), ms(last.p99)),
        Aim::None,
        0.0,
    );
    let share = http_rate / bare_rate;
    table.row(
        &format!("{name}: against the bare handler ({bare_rate:.0}/s)"),
        &format!("{:.0} %", share * 100.0),
        question.aim_of_bare,
        share,
    );
    let share = http_rate / sql_rate;
    table.row(&format!("{name}: against its SQL alone ({sql_rate:.0}/s)"), &format!("{:.0} %", share * 100.0), question.aim_of_sql, share);
    say(&format!("  {name} done"));
}

fn ms(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn asked(plan: &Plan, address: std::net::SocketAddr, requests: &Arc<Vec<Vec<u8>>>) -> Rate {
    drive(CLIENTS, plan.time, |number| {
        let mut connection = Connection::open(address).unwrap();
        let requests = Arc::clone(requests);
        let mut at = number * 53;
        move || {
            at += 1;
            let reply = connection.ask(&requests[at % requests.len()]).unwrap();
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(reply.body));
            Some(1)
        }
    })
}

fn in_process(plan: &Plan, office: &Office, question: &Question) -> Rate {
    drive(CLIENTS, plan.time, |number| {
        let mut at = number * 53;
        move || {
            at += 1;
            (question.sql)(office, at);
            Some(1)
        }
    })
}

fn ids(service: &Service, token: &str) -> Vec<Id> {
    let mut connection = Connection::open(service.address).unwrap();
    let mut path = "/v1/awards?limit=200".to_owned();
    let mut ids = Vec::new();
    while ids.len() < AWARDS {
        let page = connection.ask(&request("GET", &path, &[("authorization", token)], "")).unwrap().json();
        ids.extend(page["items"].as_array().unwrap().iter().map(|award| award["id"].as_str().unwrap().parse::<Id>().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/awards?limit=200&cursor={cursor}");
    }
    ids
}
