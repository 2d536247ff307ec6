//! An office with a fund period, and people who look after its money.

use almoner::access::permissions::Role;
use almoner::kernel::{Id, Pence, Refusal};
use almoner::ledger::{self, Account, AccountKind, Movement};
use almoner::store::{Tx, WriteMeta};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

/// People and records that most cases need.
pub struct Office<'a> {
    pub app: &'a App,
    pub commissioner: Client,
    /// Of finance, and its chief.
    pub finance: Client,
    pub approver: Client,
    pub source: String,
    pub fund: String,
    pub period: String,
}

impl<'a> Office<'a> {
    /// An office with one fund, CIF, in 2020-21.
    pub fn new(app: &'a App) -> Self {
        let commissioner = app.office(&[Role::Commissioner]);
        let body = json!({ "code": "west-midlands-pcc", "name": "West Midlands PCC", "kind": "police_and_crime_commissioner" });
        let body = commissioner.post("/v1/commissioning-bodies", &body).must(201).id();
        let source = source(&commissioner, "poca");
        let fund = json!({ "code": "CIF", "name": "Community Initiative Fund", "kind": "pcc_grant_fund", "scope": "fund",
            "commissioning_body_id": body, "source_ids": [source] });
        let fund = commissioner.post("/v1/funds", &fund).must(201).id();
        let period = commissioner.post(&format!("/v1/funds/{fund}/periods"), &json!({ "label": "2020-21" })).must(201).id();
        let (finance, approver) = (app.office(&[Role::Finance, Role::ChiefFinanceOfficer]), app.office(&[Role::Approver]));
        Self { app, commissioner, finance, approver, source, fund, period }
    }

    /// A path below the fund period.
    pub fn below(&self, what: &str) -> String {
        format!("/v1/fund-periods/{}/{what}", self.period)
    }

    /// A line of `pence` that is not confirmed.
    #[track_caller]
    pub fn provisional(&self, source: &str, pence: i64) -> Answer {
        let input = json!({ "funding_source_id": source, "state": "provisional", "amount_pence": pence, "effective_on": "2020-04-01" });
        self.commissioner.post(&self.below("budget-lines"), &input).must(201)
    }

    /// A line of `pence` whose money is in the fund period.
    #[track_caller]
    pub fn confirmed(&self, source: &str, pence: i64) -> Answer {
        let line = self.provisional(source, pence);
        self.act(&self.finance, "budget-lines", &line, "confirmation", &json!({ "effective_on": "2020-04-01" })).must(200)
    }

    /// A tranche of which `pence` are planned.
    #[track_caller]
    pub fn tranche(&self, pence: i64) -> Answer {
        let input = json!({ "name": "CIF tranche", "planned_pence": pence, "opens_on": "2020-05-01", "closes_on": "2020-05-31" });
        self.commissioner.post(&self.below("tranches"), &input).must(201)
    }

    /// An act on a record as it was last seen.
    #[track_caller]
    pub fn act(&self, who: &Client, kind: &str, record: &Answer, noun: &str, body: &Value) -> Answer {
        who.change(&format!("/v1/{kind}/{}/{noun}", record.id()), record.tag(), body)
    }

    /// A record as it stands now.
    #[track_caller]
    pub fn again(&self, kind: &str, record: &Answer) -> Answer {
        self.finance.get(&format!("/v1/{kind}/{}", record.id())).must(200)
    }

    /// Runs an act of the library.
    pub fn write<T: Send + 'static>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
        self.app.wait(self.app.service.db.write(WriteMeta::system("test", "test"), work))
    }

    /// Moves money as an award would.
    pub fn transfer(&self, from: (AccountKind, &str), to: (AccountKind, &str), line: &str, pence: i64) -> Result<Id, Refusal> {
        let line: Id = line.parse().unwrap();
        let account = |(kind, record): (AccountKind, &str)| Account { kind, record_id: record.parse().unwrap(), budget_line_id: line };
        let (from, to, amount) = (account(from), account(to), Pence(pence));
        self.write(move |tx| {
            let effective_on = tx.today();
            ledger::transfer(tx, &Movement { from, to, amount, effective_on })
        })
    }

    /// The books balance, whatever a case did.
    #[track_caller]
    pub fn books_balance(&self) {
        let check = self.app.wait(self.app.service.db.read(ledger::verify)).unwrap();
        assert!(check.faults.is_empty(), "{check:?}");
    }
}

/// A funding source.
#[track_caller]
pub fn source(who: &Client, code: &str) -> String {
    who.post("/v1/funding-sources", &json!({ "code": code, "name": code.to_uppercase(), "kind": "recovered_assets" })).must(201).id()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The amounts of these members of an answer.
#[track_caller]
pub fn pence<const N: usize>(answer: &Answer, members: [&str; N]) -> [i64; N] {
    members.map(|name| answer.body[format!("{name}_pence")].as_i64().unwrap_or_else(|| panic!("no {name}: {}", answer.text)))
}
