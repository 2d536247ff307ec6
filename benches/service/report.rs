//! The allocation report, start-up and memory.

use std::time::{Duration, Instant};

use almoner::access::permissions::Role;

use crate::client::{Connection, request};
use crate::load::median;
use crate::office::Office;
use crate::process::Service;

/// How often each is asked; the first answer warms up.
const TIMES: usize = 7;
/// After how long a question is not asked again, however slow its answers are, so that the run ends.
const PATIENCE: Duration = Duration::from_secs(15);

/// A question about the allocations.
#[derive(Clone, Copy)]
pub struct Question {
    /// What it is called.
    pub name: &'static str,
    /// What is asked after `?`.
    query: &'static str,
    /// Whether it is known at the moment halfway through what was recorded, instead of now.
    is_known_halfway: bool,
    /// Whether it is about a past day or moment.
    pub is_past: bool,
}

const fn now(name: &'static str, query: &'static str) -> Question {
    Question { name, query, is_known_halfway: false, is_past: false }
}

const fn past(name: &'static str, query: &'static str) -> Question {
    Question { is_past: true, ..now(name, query) }
}

const fn halfway(name: &'static str, query: &'static str) -> Question {
    Question { is_known_halfway: true, ..past(name, query) }
}

/// How many questions there are.
pub const COUNT: usize = 10;

/// In every grouping, as at today and past days, known now and at a past moment.
pub const QUESTIONS: [Question; COUNT] = [
    now("by fund and year", "group_by=fund&group_by=financial_year"),
    now("by fund and provider", "group_by=fund&group_by=provider"),
    now(
        "by tranche, programme, theme, category and status",
        "group_by=tranche&group_by=programme&group_by=theme&group_by=category&group_by=provider_status",
    ),
    past("by fund and year, within 2019", "group_by=fund&group_by=financial_year&as_at=2019-08-17"),
    past("by fund and year, within 2021", "group_by=fund&group_by=financial_year&as_at=2021-08-17"),
    past("by award, within 2021", "group_by=award&as_at=2021-08-17"),
    past("by source and area, end of 2021", "group_by=source&group_by=area&as_at=2021-12-31"),
    halfway("by fund and year, known halfway", "group_by=fund&group_by=financial_year"),
    halfway("by fund and year, within 2021, known halfway", "group_by=fund&group_by=financial_year&as_at=2021-08-17"),
    halfway("by award, within 2021, known halfway", "group_by=award&as_at=2021-08-17"),
];

/// The moment halfway between the first movement's recording and when the office was made.
fn middle(connection: &mut Connection, token: &str, office: &Office) -> String {
    let first = connection.ask(&request("GET", "/v1/ledger/transfers?limit=1", &[("authorization", token)], "")).unwrap().json();
    let first = first["items"][0]["recorded_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    (first + (office.made_by - first) / 2).to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Milliseconds for each question, whole answer read.
pub fn times(office: &Office, service: &Service) -> [f64; COUNT] {
    let token = office.token(Role::Finance, None);
    let mut connection = Connection::open(service.address).unwrap();
    let middle = middle(&mut connection, &token, office);
    QUESTIONS.map(|question| {
        let known = if question.is_known_halfway { format!("&known_at={middle}") } else { String::new() };
        let path = format!("/v1/reports/allocations?{}{known}", question.query);
        let ask = request("GET", &path, &[("authorization", &token)], "");
        let (began, mut took) = (Instant::now(), Vec::new());
        for time in 0..=TIMES {
            let started = Instant::now();
            let reply = connection.ask(&ask).unwrap();
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(reply.body));
            if time > 0 {
                took.push(started.elapsed().as_secs_f64() * 1000.0);
            } else {
                let report = reply.json();
                assert_eq!(report["ledger_check"]["balanced"], true);
                let transfers = report["ledger_check"]["transfers"].as_i64().unwrap();
                assert!(question.is_past || transfers == office.made.transfers);
                assert!(!question.is_known_halfway || transfers < office.made.transfers, "half of it is not known yet");
            }
            if time > 0 && began.elapsed() > PATIENCE {
                break;
            }
        }
        median(took)
    })
}

/// From the start of the process to the first answer that it is ready, in milliseconds.
pub fn start_up(office: &Office) -> f64 {
    let ready = |_| Service::start(&office.url, &office.home).ready_after.as_secs_f64() * 1000.0;
    median((0..5).map(ready).collect())
}

/// Resident memory of a fresh service, in MiB: with this many open connections that have each asked for awards and lists, and then
/// after reports as well.
pub fn memory(office: &Office, connections: usize) -> (Option<f64>, Option<f64>) {
    let service = Service::start(&office.url, &office.home);
    let token = office.token(Role::Approver, None);
    let list = request("GET", "/v1/awards?limit=50", &[("authorization", &token)], "");
    let mut open: Vec<Connection> = (0..connections).map(|_| Connection::open(service.address).unwrap()).collect();
    for _ in 0..5 {
        for connection in &mut open {
            let page = connection.ask(&list).unwrap().json();
            let id = page["items"][0]["id"].as_str().unwrap().to_owned();
            let one = request("GET", &format!("/v1/awards/{id}"), &[("authorization", &token)], "");
            for _ in 0..5 {
                assert_eq!(connection.ask(&one).unwrap().status, 200);
            }
        }
    }
    std::thread::sleep(Duration::from_millis(200));
    let reading = service.resident_mib();
    let path = format!("/v1/reports/allocations?{}", QUESTIONS[0].query);
    let ask = request("GET", &path, &[("authorization", &token)], "");
    for _ in 0..3 {
        assert_eq!(open[0].ask(&ask).unwrap().status, 200);
    }
    (reading, service.resident_mib())
}
