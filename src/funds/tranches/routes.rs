//! Tranches over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::budget_lines::routes::{BudgetLineBalance, balances};
use crate::funds::periods;
use crate::funds::routes::allowed;
use crate::funds::tranches::rules::{
    self, Step, TrancheAllocation, TrancheInput, TrancheRelease, TrancheState, TrancheStep, TrancheWarning,
};
use crate::funds::tranches::store::{self, Given};
use crate::funds::tranches::{Tranche, acts};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, MoneyChange, One, Patching};
use crate::kernel::{FigureNote, Id, Moment, Named, Pence, Refusal};
use crate::ledger::AccountKind;
use crate::store::Conn;

/// What a list of tranches can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct TrancheFilter {
    /// Only those that have come so far.
    state: Option<TrancheState>,
}

/// A funding round (tranche) of a fund period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrancheView {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 80, example = "CIF-2020-21-T4")]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// Whose round it is.
    pub fund_period: Option<Named>,
    /// Its number in the fund period.
    pub number: i32,
    /// What it is called.
    #[schema(max_length = 300)]
    pub name: String,
    /// How far it has come.
    pub state: TrancheState,
    /// The first day for applications.
    pub opens_on: Option<NaiveDate>,
    /// The last day for applications.
    pub closes_on: Option<NaiveDate>,
    /// The day of the decision.
    pub decision_on: Option<NaiveDate>,
    /// What applications are judged by.
    #[schema(max_length = 10_000)]
    pub criteria: Option<String>,
    /// Where the public finds guidance.
    #[schema(max_length = 500)]
    pub guidance_url: Option<String>,
    /// How many projects it paid for, where that is told without naming them.
    pub projects_count: Option<i32>,
    /// What it was meant to give out, in pence.
    pub planned_pence: Option<Pence>,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// What was set aside for it, less what went back, in pence.
    pub allocated_pence: Pence,
    /// What is offered to providers and not yet accepted, in pence.
    pub offered_pence: Pence,
    /// What providers have accepted, paid included, in pence.
    pub committed_pence: Pence,
    /// What can still be offered, in pence.
    pub remaining_pence: Pence,
    /// What can still be offered, by budget line.
    pub balances: Vec<BudgetLineBalance>,
    /// What to look at: once it is decided, awards that do not come to what was planned (R10).
    #[schema(max_items = 10)]
    pub warnings: Vec<TrancheWarning>,
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

fn actions(caller: &Caller, tranche: &Tranche, remaining: Pence) -> Vec<String> {
    let state = tranche.facts.terms.state;
    let mut possible: Vec<(Permission, &str)> = Vec::new();
    if TrancheInput::of(&tranche.facts).is_ok() {
        possible.push((Permission::FundsManage, "update"));
    }
    possible.extend(Step::ALL.into_iter().filter(|step| step.from(state).is_some()).map(|step| (Permission::FundsManage, step.word())));
    if !state.is_over() {
        possible.push((Permission::FundsManage, "allocate"));
    }
    if remaining.is_positive() {
        possible.push((Permission::FundsManage, "release"));
    }
    allowed(caller, &possible)
}

/// What the views of some tranches need beside their facts.
struct Beside {
    periods: HashMap<Id, Named>,
    balances: HashMap<Id, Vec<BudgetLineBalance>>,
    given: HashMap<Id, Given>,
}

impl Beside {
    fn of(conn: &mut Conn, tranches: &[Tranche]) -> Result<Self, Refusal> {
        let ids = |of: fn(&Tranche) -> Id| tranches.iter().map(of).collect::<Vec<Id>>();
        let own = ids(|tranche| tranche.id);
        Ok(Self {
            periods: periods::named(conn, &ids(|tranche| tranche.facts.fund_period_id))?,
            balances: balances(conn, AccountKind::Tranche, &own)?,
            given: store::given(conn, &own)?,
        })
    }
}

fn view(conn: &mut Conn, caller: &Caller, tranche: Tranche) -> Result<TrancheView, Refusal> {
    Ok(show(&mut Beside::of(conn, std::slice::from_ref(&tranche))?, caller, tranche))
}

fn show(beside: &mut Beside, caller: &Caller, tranche: Tranche) -> TrancheView {
    let Given { offered, committed } = beside.given.get(&tranche.id).copied().unwrap_or_default();
    let balances = beside.balances.remove(&tranche.id).unwrap_or_default();
    let remaining = balances.iter().map(|one| one.balance_pence).sum();
    let allowed_actions = actions(caller, &tranche, remaining);
    let warnings = rules::warnings(&tranche.facts.terms, offered + committed);
    let (terms, provenance) = (tranche.facts.terms, tranche.provenance);
    TrancheView {
        id: tranche.id,
        reference: tranche.facts.reference,
        version: tranche.version,
        recorded_at: tranche.recorded_at,
        fund_period: beside.periods.get(&tranche.facts.fund_period_id).cloned(),
        number: tranche.facts.number,
        name: terms.name,
        state: terms.state,
        opens_on: terms.opens_on,
        closes_on: terms.closes_on,
        decision_on: terms.decision_on,
        criteria: terms.criteria,
        guidance_url: terms.guidance_url,
        projects_count: terms.projects_count,
        planned_pence: terms.planned_pence,
        figure: terms.figure,
        // What is left in it and what its awards hold: what an award gave back to the fund period is the tranche's no more.
        allocated_pence: remaining + offered + committed,
        offered_pence: offered,
        committed_pence: committed,
        remaining_pence: remaining,
        balances,
        warnings,
        effective_on: terms.effective_on,
        reason: terms.reason,
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.0,
        evidence: provenance.evidence,
        allowed_actions,
    }
}

fn one(conn: &mut Conn, caller: &Caller, tranche: Tranche) -> Result<One<TrancheView>, Refusal> {
    Ok(One { version: tranche.version, body: view(conn, caller, tranche)? })
}

async fn list(call: Ask<can::FundsRead, Id, Listing<TrancheFilter>>) -> Result<Listed<TrancheView>, Refusal> {
    call.ask(|conn, input| {
        periods::find(conn, input.path)?.ok_or(Refusal::NotFound("fund period"))?;
        let page = store::page(conn, input.path, input.query.filter.state, &input.query.page)?;
        let mut beside = Beside::of(conn, &page.items)?;
        Ok(Listed(page.map(|tranche| show(&mut beside, &input.caller, tranche))))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<TrancheView>, Refusal> {
    call.ask(|conn, input| {
        let tranche = store::load(conn, input.path)?.ok_or(Refusal::NotFound("tranche"))?;
        one(conn, &input.caller, tranche)
    })
    .await
}

async fn create(call: Create<can::FundsManage, Id, Json<TrancheInput>>) -> Result<Stored<Made<TrancheView>>, Refusal> {
    call.act("tranche.create", |tx, input| {
        let tranche = acts::create(tx, input.path, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, tranche)?;
        Ok(Made { location: format!("/v1/tranches/{}", body.id), version: body.version, body })
    })
    .await
}

async fn update(call: Patching<can::FundsManage, Id, TrancheInput>) -> Result<Stored<One<TrancheView>>, Refusal> {
    call.act("tranche.update", |tx, input| {
        let tranche = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        one(tx.conn(), &input.caller, tranche)
    })
    .await
}

type StepCall = Change<can::FundsManage, Id, Json<TrancheStep>>;

async fn open(call: StepCall) -> Result<Stored<One<TrancheView>>, Refusal> {
    step(call, "tranche.open", Step::Open).await
}

async fn assess(call: StepCall) -> Result<Stored<One<TrancheView>>, Refusal> {
    step(call, "tranche.assess", Step::Assess).await
}

async fn decide(call: StepCall) -> Result<Stored<One<TrancheView>>, Refusal> {
    step(call, "tranche.decide", Step::Decide).await
}

async fn complete(call: StepCall) -> Result<Stored<One<TrancheView>>, Refusal> {
    step(call, "tranche.complete", Step::Complete).await
}

async fn step(call: StepCall, act: &'static str, step: Step) -> Result<Stored<One<TrancheView>>, Refusal> {
    call.act(act, move |tx, input| {
        let tranche = acts::take(tx, input.path, input.version()?, step, &input.body.0)?;
        one(tx.conn(), &input.caller, tranche)
    })
    .await
}

async fn cancel(call: MoneyChange<can::FundsManage, Id, Json<TrancheStep>>) -> Result<Stored<One<TrancheView>>, Refusal> {
    call.act("tranche.cancel", |tx, input| {
        let tranche = acts::take(tx, input.path, input.version()?, Step::Cancel, &input.body.0)?;
        one(tx.conn(), &input.caller, tranche)
    })
    .await
}

async fn allocate(call: MoneyChange<can::FundsManage, Id, Json<TrancheAllocation>>) -> Result<Stored<One<TrancheView>>, Refusal> {
    call.act("tranche.allocate", |tx, input| {
        let tranche = acts::allocate(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, tranche)
    })
    .await
}

async fn release(call: MoneyChange<can::FundsManage, Id, Json<TrancheRelease>>) -> Result<Stored<One<TrancheView>>, Refusal> {
    call.act("tranche.release", |tx, input| {
        let tranche = acts::release(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, tranche)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Tranches", "Funding rounds of a fund period.");
    api.get("/v1/fund-periods/{id}/tranches", "tranches_list", "List the funding rounds (tranches) of a fund period", list);
    api.post("/v1/fund-periods/{id}/tranches", "tranches_create", "Plan a funding round", create);
    api.get("/v1/tranches/{id}", "tranches_get", "Show a funding round", get);
    api.patch("/v1/tranches/{id}", "tranches_update", "Change a funding round that is not decided", update);
    api.post("/v1/tranches/{id}/opening", "tranches_open", "Open a funding round for applications", open);
    api.post("/v1/tranches/{id}/assessment", "tranches_assess", "Close a funding round to applications and judge them", assess);
    api.post("/v1/tranches/{id}/decision", "tranches_decide", "Decide a funding round", decide);
    api.post("/v1/tranches/{id}/completion", "tranches_complete", "Complete a funding round: all awards are made", complete);
    api.post("/v1/tranches/{id}/cancellation", "tranches_cancel", "Cancel a funding round and release its money", cancel);
    api.post("/v1/tranches/{id}/allocation", "tranches_allocate", "Set money of the fund period aside for a funding round", allocate);
    api.post("/v1/tranches/{id}/release", "tranches_release", "Release money of a funding round", release);
    api.actions::<TrancheView>(&[
        ("update", "tranches_update"),
        ("open", "tranches_open"),
        ("assess", "tranches_assess"),
        ("decide", "tranches_decide"),
        ("complete", "tranches_complete"),
        ("cancel", "tranches_cancel"),
        ("allocate", "tranches_allocate"),
        ("release", "tranches_release"),
    ]);
}
