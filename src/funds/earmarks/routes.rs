//! Earmarks over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::budget_lines::routes::{BudgetLineBalance, balances};
use crate::funds::earmarks::rules::{EarmarkInput, EarmarkRelease, EarmarkState};
use crate::funds::earmarks::{Earmark, acts, store};
use crate::funds::periods;
use crate::funds::routes::allowed;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Json, Listed, Listing, Made, MoneyChange, MoneyCreate, One};
use crate::kernel::{FigureNote, Id, Moment, Named, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::store::Conn;

/// What a list of earmarks can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EarmarkFilter {
    /// Only those that are in this state.
    state: Option<EarmarkState>,
}

/// Part of a fund period set aside before any award.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EarmarkView {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 80, example = "VF-2021-22-E1")]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// Where the money comes from.
    pub fund_period: Option<Named>,
    /// Whether money is still set aside.
    pub state: EarmarkState,
    /// What it is called.
    #[schema(max_length = 300)]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 2000)]
    pub purpose: Option<String>,
    /// The programme it is for.
    pub programme_id: Option<Id>,
    /// What was set aside, in pence.
    pub amount_pence: Pence,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// What is left of it, in pence.
    pub remaining_pence: Pence,
    /// What is left, by budget line.
    pub balances: Vec<BudgetLineBalance>,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// Why this version differs from the one before.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// What the views of some earmarks need beside their facts.
struct Beside {
    periods: HashMap<Id, Named>,
    balances: HashMap<Id, Vec<BudgetLineBalance>>,
}

impl Beside {
    fn of(conn: &mut Conn, earmarks: &[Earmark]) -> Result<Self, Refusal> {
        let ids = |of: fn(&Earmark) -> Id| earmarks.iter().map(of).collect::<Vec<Id>>();
        Ok(Self {
            periods: periods::named(conn, &ids(|earmark| earmark.facts.fund_period_id))?,
            balances: balances(conn, AccountKind::Earmark, &ids(|earmark| earmark.id))?,
        })
    }
}

fn view(conn: &mut Conn, caller: &Caller, earmark: Earmark) -> Result<EarmarkView, Refusal> {
    Ok(show(&mut Beside::of(conn, std::slice::from_ref(&earmark))?, caller, earmark))
}

fn show(beside: &mut Beside, caller: &Caller, earmark: Earmark) -> EarmarkView {
    let balances = beside.balances.remove(&earmark.id).unwrap_or_default();
    let (terms, provenance) = (earmark.facts.terms, earmark.provenance);
    let actions: &[(Permission, &str)] = if terms.state == EarmarkState::Active { &[(Permission::FundsManage, "release")] } else { &[] };
    EarmarkView {
        id: earmark.id,
        reference: earmark.facts.reference,
        version: earmark.version,
        recorded_at: earmark.recorded_at,
        fund_period: beside.periods.get(&earmark.facts.fund_period_id).cloned(),
        state: terms.state,
        name: terms.name,
        purpose: terms.purpose,
        programme_id: terms.programme_id,
        amount_pence: terms.amount_pence,
        figure: terms.figure,
        remaining_pence: balances.iter().map(|one| one.balance_pence).sum(),
        balances,
        effective_on: terms.effective_on,
        reason: terms.reason,
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.0,
        evidence: provenance.evidence,
        allowed_actions: allowed(caller, actions),
    }
}

async fn list(call: Ask<can::FundsRead, Id, Listing<EarmarkFilter>>) -> Result<Listed<EarmarkView>, Refusal> {
    call.ask(|conn, input| {
        periods::find(conn, input.path)?.ok_or(Refusal::NotFound("fund period"))?;
        let page = store::page(conn, input.path, input.query.filter.state, &input.query.page)?;
        let mut beside = Beside::of(conn, &page.items)?;
        Ok(Listed(page.map(|earmark| show(&mut beside, &input.caller, earmark))))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<EarmarkView>, Refusal> {
    call.ask(|conn, input| {
        let earmark = store::load(conn, input.path)?.ok_or(Refusal::NotFound("earmark"))?;
        Ok(One { version: earmark.version, body: view(conn, &input.caller, earmark)? })
    })
    .await
}

async fn create(call: MoneyCreate<can::FundsManage, Id, Json<EarmarkInput>>) -> Result<Stored<Made<EarmarkView>>, Refusal> {
    call.act("earmark.create", |tx, input| {
        let earmark = acts::create(tx, input.path, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, earmark)?;
        Ok(Made { location: format!("/v1/earmarks/{}", body.id), version: body.version, body })
    })
    .await
}

async fn release(call: MoneyChange<can::FundsManage, Id, Json<EarmarkRelease>>) -> Result<Stored<One<EarmarkView>>, Refusal> {
    call.act("earmark.release", |tx, input| {
        let earmark = acts::release(tx, input.path, input.version()?, &input.body.0)?;
        Ok(One { version: earmark.version, body: view(tx.conn(), &input.caller, earmark)? })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Earmarks", "Parts of a fund period set aside before any award.");
    api.get("/v1/fund-periods/{id}/earmarks", "earmarks_list", "List the earmarks of a fund period", list);
    api.post("/v1/fund-periods/{id}/earmarks", "earmarks_create", "Set money of a fund period aside for a purpose", create);
    api.get("/v1/earmarks/{id}", "earmarks_get", "Show an earmark", get);
    api.post("/v1/earmarks/{id}/release", "earmarks_release", "Release an earmark, or part of it", release);
    api.actions::<EarmarkView>(&[("release", "earmarks_release")]);
}
