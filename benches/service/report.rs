//! The allocation report, start-up and memory.

use std::time::{Duration, Instant};

use almoner::access::permissions::Role;

use crate::client::{Connection, request};
use crate::load::median;
use crate::office::Office;
use crate::process::Service;

/// How often each is asked; the first answer warms up.
const TIMES: usize = 7;

/// A question and what it is called.
pub const QUESTIONS: [(&str, &str); 6] = [
    ("by fund and year", "/v1/reports/allocations?group_by=fund&group_by=financial_year"),
    ("by fund and provider", "/v1/reports/allocations?group_by=fund&group_by=provider"),
    ("by fund and year, within 2019", "/v1/reports/allocations?group_by=fund&group_by=financial_year&as_at=2019-08-17"),
    ("by fund and year, within 2021", "/v1/reports/allocations?group_by=fund&group_by=financial_year&as_at=2021-08-17"),
    ("by award, within 2021", "/v1/reports/allocations?group_by=award&as_at=2021-08-17"),
    ("by source and area, end of 2021", "/v1/reports/allocations?group_by=source&group_by=area&as_at=2021-12-31"),
];
/// From which question on they are about a past day.
pub const PAST: usize = 2;

/// Milliseconds for each question, whole answer read.
pub fn times(office: &Office, service: &Service) -> [f64; 6] {
    let token = office.token(Role::Finance, None);
    let mut connection = Connection::open(service.address).unwrap();
    QUESTIONS.map(|(_, path)| {
        let ask = request("GET", path, &[("authorization", &token)], "");
        let mut took = Vec::new();
        for time in 0..=TIMES {
            let started = Instant::now();
            let reply = connection.ask(&ask).unwrap();
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(reply.body));
            if time > 0 {
                took.push(started.elapsed().as_secs_f64() * 1000.0);
            } else {
                let report = reply.json();
                assert_eq!(report["ledger_check"]["balanced"], true);
                let is_past = path.contains("as_at");
                assert!(is_past || report["ledger_check"]["transfers"].as_i64() == Some(office.made.transfers));
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
    let ask = request("GET", QUESTIONS[0].1, &[("authorization", &token)], "");
    for _ in 0..3 {
        assert_eq!(open[0].ask(&ask).unwrap().status, 200);
    }
    (reading, service.resident_mib())
}
