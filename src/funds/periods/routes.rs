//! Fund periods over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::periods::rules::FundPeriodTerms;
use crate::funds::periods::store::{self, FundPeriodFilter};
use crate::funds::periods::{FundPeriod, FundPeriodInput, PeriodFacts, acts};
use crate::funds::routes::allowed;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{FinancialYear, Id, Moment, Named, Pence, PeriodLabel, Provenance, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::Conn;

/// A fund in a financial year, or over several that were never split.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundPeriodView {
    /// Its id.
    pub id: Id,
    /// The fund's code and the label: `CIF-2020-21`.
    #[schema(max_length = 20)]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The fund.
    pub fund: Named,
    /// One financial year, or several that stay unsplit.
    pub label: PeriodLabel,
    /// The financial year it is; none where it is several, since it belongs to no single one of them.
    pub financial_year: Option<FinancialYear>,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// A short remark for people.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// What a period takes; money is set aside only where it holds any.
fn actions(caller: &Caller, held: Pence) -> Vec<String> {
    let all = ["update", "add_budget_line", "add_tranche", "add_earmark"];
    let open = all.into_iter().filter(|act| *act != "add_earmark" || held.is_positive());
    allowed(caller, &open.map(|act| (Permission::FundsManage, act)).collect::<Vec<_>>())
}

/// What each of these periods holds that is not set aside or promised.
fn held(conn: &mut Conn, periods: &[Id]) -> Result<HashMap<Id, Pence>, Refusal> {
    let mut sums: HashMap<Id, Pence> = HashMap::new();
    for ((period, _), pence) in ledger::holdings(conn, AccountKind::FundPeriod, periods)? {
        let sum = sums.entry(period).or_default();
        *sum = *sum + pence;
    }
    Ok(sums)
}

fn show(caller: &Caller, fund: &Named, record: FundPeriod, held: Pence) -> FundPeriodView {
    let (facts, provenance) = (record.facts, record.provenance);
    FundPeriodView {
        id: record.id,
        reference: format!("{}-{}", fund.code, facts.label),
        version: record.version,
        recorded_at: record.recorded_at,
        fund: fund.clone(),
        label: facts.label,
        financial_year: facts.label.single_year(),
        starts_on: facts.starts_on,
        ends_on: facts.ends_on,
        note: facts.note,
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.0,
        evidence: provenance.evidence,
        allowed_actions: actions(caller, held),
    }
}

fn fund(conn: &mut Conn, id: Id) -> Result<Named, Refusal> {
    crate::funds::named(conn, &[id])?.remove(&id).ok_or(Refusal::NotFound("fund"))
}

fn view(conn: &mut Conn, caller: &Caller, record: FundPeriod) -> Result<FundPeriodView, Refusal> {
    let fund = fund(conn, record.facts.fund_id)?;
    let held = held(conn, &[record.id])?.remove(&record.id).unwrap_or_default();
    Ok(show(caller, &fund, record, held))
}

async fn list(call: Ask<can::FundsRead, Id, Listing<FundPeriodFilter>>) -> Result<Listed<FundPeriodView>, Refusal> {
    call.ask(|conn, input| {
        let fund = fund(conn, input.path)?;
        let page = store::page(conn, input.path, &input.query.filter, &input.query.page)?;
        let held = held(conn, &page.items.iter().map(|record| record.id).collect::<Vec<_>>())?;
        let of = |id: Id| held.get(&id).copied().unwrap_or_default();
        Ok(Listed(page.map(|record| {
            let held = of(record.id);
            show(&input.caller, &fund, record, held)
        })))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<FundPeriodView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("fund period"))?;
        let view = view(conn, &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::FundsManage, Id, Json<FundPeriodInput>>) -> Result<Stored<Made<FundPeriodView>>, Refusal> {
    call.act("fund_period.create", |tx, input| {
        let facts = PeriodFacts::new(input.path, &input.body.0);
        let record = acts::create(tx, &facts, &Provenance::default())?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(Made { location: format!("/v1/fund-periods/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::FundsManage, Id, FundPeriodTerms>) -> Result<Stored<One<FundPeriodView>>, Refusal> {
    call.act("fund_period.update", |tx, input| {
        let change = |current: &PeriodFacts| Ok(current.with(input.body.apply(&current.terms())?));
        let record = acts::amend(tx, input.path, input.version()?, change)?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.get("/v1/funds/{id}/periods", "fund_periods_list", "List the periods of a fund", list);
    api.post("/v1/funds/{id}/periods", "fund_periods_create", "Open a period of a fund", create);
    api.get("/v1/fund-periods/{id}", "fund_periods_get", "Show a fund period", get);
    api.patch("/v1/fund-periods/{id}", "fund_periods_update", "Change a fund period", update);
    api.actions::<FundPeriodView>(&[
        ("update", "fund_periods_update"),
        ("add_budget_line", "budget_lines_create"),
        ("add_tranche", "tranches_create"),
        ("add_earmark", "earmarks_create"),
    ]);
}
