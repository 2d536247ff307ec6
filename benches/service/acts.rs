//! Durable acts: awards offered by the office and accepted by their provider, each answered once it is on disk.

use std::collections::BTreeSet;
use std::sync::Mutex;

use almoner::access::permissions::Role;
use almoner::awards::acts::{ImportedAward, import_award};
use almoner::awards::monitoring::rules::{EvaluationDepth, EvaluationInput, MonitoringFrequency, ToldPlan};
use almoner::awards::rules::{AwardInput, AwardKind, AwardState, LegalPower, SplitLine};
use almoner::kernel::{FigureNote, Id, Pence, Provenance};
use almoner::store::WriteMeta;
use serde_json::Value;

use crate::client::{Connection, request};
use crate::load::drive;
use crate::office::{Engine, Office, wait};
use crate::process::Service;
use crate::table::{Aim, Table};
use crate::{Plan, say};

/// How many acts a second are made room for; a client that runs out of drafts stops early.
const MOST_A_SECOND: usize = 6_000;

/// Whose money the drafts are.
struct Purse {
    period: Id,
    tranche: Id,
    line: Id,
    area: Id,
}

struct Draft {
    id: Id,
    version: i32,
}

pub fn measure(engine: Engine, plan: &Plan, office: &Office, service: &Service, table: &mut Table) {
    let office_token = office.token(Role::Commissioner, None);
    let (purses, provider) = purses(service, &office_token);
    let provider_token = office.token(Role::ProviderSignatory, Some(provider));
    for clients in [1_usize, 16, 64] {
        let seconds = usize::try_from(plan.time.as_secs().max(1)).unwrap_or(1);
        let most = if clients == 1 { MOST_A_SECOND / 4 } else { MOST_A_SECOND };
        let drafts = drafts(office, &purses, provider, (most / 2 * seconds).max(clients));
        let share = drafts.len() / clients;
        let mut drafts = drafts.into_iter();
        let shares: Vec<Mutex<Vec<Draft>>> = (0..clients).map(|_| Mutex::new(drafts.by_ref().take(share).collect())).collect();
        let rate = drive(clients, plan.time, |number| {
            let mut own = std::mem::take(&mut *shares[number].lock().unwrap());
            let mut connection = Connection::open(service.address).unwrap();
            let (office_token, provider_token) = (office_token.as_str(), provider_token.as_str());
            move || {
                let draft = own.pop()?;
                let tag = act(&mut connection, office_token, &draft, "offer", &format!("\"{}.0\"", draft.version));
                act(&mut connection, provider_token, &draft, "acceptance", &tag);
                Some(2)
            }
        });
        let aim = if engine == Engine::Sqlite && clients == 64 { Aim::AtLeast(3_000.0) } else { Aim::None };
        let shown =
            format!("{:.0} (half within {:.1} ms, all but a hundredth within {:.1} ms)", rate.per_second, ms(rate.p50), ms(rate.p99));
        table.row(&format!("durable acts a second, {clients} clients"), &shown, aim, rate.per_second);
        say(&format!("  {clients} clients done"));
    }
}

fn ms(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// One act; answers the award's new tag.
fn act(connection: &mut Connection, token: &str, draft: &Draft, noun: &str, tag: &str) -> String {
    let path = format!("/v1/awards/{}/{noun}", draft.id);
    let key = format!("\"{}-{noun}\"", draft.id);
    let headers = [("authorization", token), ("if-match", tag), ("idempotency-key", key.as_str())];
    let reply = connection.ask(&request("POST", &path, &headers, "{}")).unwrap();
    assert_eq!(reply.status, 200, "{noun}: {}", String::from_utf8_lossy(reply.body));
    reply.header("etag").unwrap().to_owned()
}

/// Money of many tranches, so that acts do not all wait for the same one; and one provider.
fn purses(service: &Service, token: &str) -> (Vec<Purse>, Id) {
    let mut connection = Connection::open(service.address).unwrap();
    let mut get = |path: &str| connection.ask(&request("GET", path, &[("authorization", token)], "")).unwrap().json();
    let id = |value: &Value| value.as_str().unwrap().parse::<Id>().unwrap();
    let (mut purses, mut provider, mut seen) = (Vec::new(), None, BTreeSet::new());
    let mut path = "/v1/awards?state=ended&limit=200".to_owned();
    for _ in 0..10 {
        let page = get(&path);
        for summary in page["items"].as_array().unwrap() {
            if summary["tranche"].is_null() || !seen.insert(id(&summary["tranche"]["id"])) {
                continue;
            }
            let award = get(&format!("/v1/awards/{}", summary["id"].as_str().unwrap()));
            purses.push(Purse {
                period: id(&award["fund_period"]["id"]),
                tranche: id(&award["tranche"]["id"]),
                line: id(&award["split"][0]["budget_line_id"]),
                area: id(&award["areas"][0]["id"]),
            });
            provider.get_or_insert(id(&award["provider"]["id"]));
        }
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/awards?state=ended&limit=200&cursor={cursor}");
    }
    (purses, provider.unwrap())
}

/// Drafts of a pound each, made by the store's own acts.
fn drafts(office: &Office, purses: &[Purse], provider: Id, count: usize) -> Vec<Draft> {
    let mut made = Vec::new();
    while made.len() < count {
        let rows: Vec<ImportedAward> =
            (made.len()..count.min(made.len() + 200)).map(|number| draft(&purses[number % purses.len()], provider)).collect();
        let act = move |tx: &mut almoner::store::Tx<'_>| {
            rows.iter().map(|row| import_award(tx, row).map(|award| Draft { id: award.id, version: award.version })).collect()
        };
        let some: Vec<Draft> = wait(office.db.write(WriteMeta::system("award.create", "bench"), act)).unwrap();
        made.extend(some);
    }
    made
}

fn draft(purse: &Purse, provider: Id) -> ImportedAward {
    // As a caller would write it, with the evaluation, which would be an act of its own.
    let provenance = Provenance { illustrative: true, ..Provenance::default() };
    let evaluation = EvaluationInput {
        evaluator: "the office".to_owned(),
        method: "interviews".to_owned(),
        due_on: "2021-06-30".parse().unwrap(),
        outcomes: Vec::new(),
        findings: None,
    };
    let amount = Pence(100);
    ImportedAward {
        reference: None,
        position: None,
        figure: FigureNote::default(),
        terms: AwardInput {
            particulars: None,
            kind: AwardKind::Grant,
            legal_power: Some(LegalPower::CrimeAndDisorder),
            legal_power_text: None,
            fund_period_id: purse.period,
            tranche_id: Some(purse.tranche),
            earmark_id: None,
            provider_id: Some(provider),
            service_line_id: None,
            programme_id: None,
            component_of: None,
            succeeds: None,
            category: None,
            theme: None,
            title: "Measured award".to_owned(),
            purpose: None,
            amount_pence: Some(amount),
            vat_pence: None,
            starts_on: "2020-06-01".parse().ok(),
            ends_on: "2021-03-31".parse().ok(),
            area_ids: vec![purse.area],
            split: vec![SplitLine { budget_line_id: purse.line, amount_pence: Some(amount), weight: None }],
            annual_amounts: Vec::new(),
            profile: Vec::new(),
            contract: None,
            post: None,
            projects_count: 1,
        },
        state: AwardState::Draft,
        unspent: None,
        decided_on: None,
        state_on: None,
        monitoring: ToldPlan { frequency: Some(MonitoringFrequency::EndOfGrant), evaluation: Some((EvaluationDepth::Light, evaluation)) },
        provenance,
        note: None,
    }
}
