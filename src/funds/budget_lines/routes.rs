//! Budget lines over HTTP.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::budget_lines::rules::{
    AtRiskApproval, AtRiskInput, BudgetConfirmation, BudgetLineInput, BudgetRestatement, BudgetState, BudgetWithdrawal,
};
use crate::funds::budget_lines::{BudgetLine, acts, promised_of, shortfall, store};
use crate::funds::routes::allowed;
use crate::funds::rules::UnspentRule;
use crate::funds::{periods, sources};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, MoneyChange, One, Patching};
use crate::kernel::{FigureNote, Id, Moment, Named, Pence, Refusal};
use crate::ledger::{self, AccountKind};
use crate::store::Conn;

/// What a list of budget lines can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BudgetLineFilter {
    /// Only lines that have come so far.
    state: Option<BudgetState>,
}

/// Money from one source into one fund period, as it stands now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetLineView {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 80, example = "CIF-2020-21-B1")]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// Where the money goes.
    pub fund_period: Option<Named>,
    /// Where it comes from.
    pub funding_source: Option<Named>,
    /// How far it has come.
    pub state: BudgetState,
    /// The whole line, in pence.
    pub amount_pence: Pence,
    /// What of it the body keeps for its own use, in pence; null where its source does not say (R12).
    pub internal_pence: Option<Pence>,
    /// What of it can be commissioned, in pence: the rest. Nothing while the internal use is not known.
    pub available_pence: Pence,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// What the source asks for in return.
    #[schema(max_length = 4000)]
    pub conditions: Option<String>,
    /// The first day on which spending counts.
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts.
    pub window_ends_on: Option<NaiveDate>,
    /// What becomes of unspent money; the fund's rule where there is none.
    pub unspent_rule: Option<UnspentRule>,
    /// Why this version differs from the one before.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// What is free in the fund period, in pence.
    pub free_pence: Pence,
    /// What is offered, committed and paid from it, in pence.
    pub promised_pence: Pence,
    /// What is promised beyond what the line holds, in pence. Nothing new is offered until it is covered.
    pub shortfall_pence: Pence,
    /// The leave to commit before confirmation that nothing has ended.
    pub at_risk: Option<AtRiskView>,
    /// What is promised although the line is not confirmed, in pence (R48).
    pub at_risk_exposure_pence: Pence,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// Leave to commit against a line that is not confirmed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AtRiskView {
    /// Its id.
    pub id: Id,
    /// When it became known.
    pub recorded_at: Moment,
    /// Up to so much, in pence.
    pub amount_pence: Pence,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// The first day.
    pub approved_on: NaiveDate,
    /// The last day; until the line is confirmed or withdrawn where there is none.
    pub until: Option<NaiveDate>,
    /// Why the risk is taken.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// Who approved.
    #[schema(max_length = 300)]
    pub approved_by: String,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    pub evidence: Option<String>,
}

/// One version of a budget line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetLineVersionView {
    /// Which version.
    pub version: i32,
    /// When it became known.
    pub recorded_at: Moment,
    /// How far the line had come.
    pub state: BudgetState,
    /// The whole line, in pence.
    pub amount_pence: Pence,
    /// What of it was for the body's own use, in pence; null where its source did not say (R12).
    pub internal_pence: Option<Pence>,
    /// What of it could be commissioned, in pence.
    pub available_pence: Pence,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// The day from which this version holds.
    pub effective_on: NaiveDate,
    /// What the source asks for in return.
    #[schema(max_length = 4000)]
    pub conditions: Option<String>,
    /// The first day on which spending counts.
    pub window_starts_on: Option<NaiveDate>,
    /// The last day on which spending counts.
    pub window_ends_on: Option<NaiveDate>,
    /// What becomes of unspent money; the fund's rule where there is none.
    pub unspent_rule: Option<UnspentRule>,
    /// Why it differs from the version before.
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
}

/// What an account holds of one budget line's money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetLineBalance {
    /// The budget line.
    pub budget_line: Option<Named>,
    /// How much, in pence.
    pub balance_pence: Pence,
}

/// What the accounts of earmarks or tranches hold, by record and budget line in the order in which the lines were made; lines of which
/// nothing is left stay out.
pub(in crate::funds) fn balances(
    conn: &mut Conn,
    kind: AccountKind,
    records: &[Id],
) -> Result<HashMap<Id, Vec<BudgetLineBalance>>, Refusal> {
    let held = ledger::holdings(conn, kind, records)?;
    let mut held: Vec<((Id, Id), Pence)> = held.into_iter().filter(|(_, held)| held.is_positive()).collect();
    held.sort_unstable_by_key(|(place, _)| *place);
    let lines: HashSet<Id> = held.iter().map(|((_, line), _)| *line).collect();
    let names = store::named(conn, &lines.into_iter().collect::<Vec<_>>())?;
    let mut all: HashMap<Id, Vec<BudgetLineBalance>> = HashMap::new();
    for ((record, line), balance_pence) in held {
        all.entry(record).or_default().push(BudgetLineBalance { budget_line: names.get(&line).cloned(), balance_pence });
    }
    Ok(all)
}

impl AtRiskView {
    fn of(approval: AtRiskApproval) -> Self {
        Self {
            id: approval.id,
            recorded_at: approval.recorded_at,
            amount_pence: approval.terms.amount_pence,
            figure: approval.terms.figure,
            approved_on: approval.terms.approved_on,
            until: approval.terms.until,
            reason: approval.terms.reason,
            approved_by: approval.approved_by_name,
            not_evidenced: approval.provenance.not_evidenced.0,
            evidence: approval.provenance.evidence,
        }
    }
}

impl BudgetLineVersionView {
    fn of(line: BudgetLine) -> Self {
        let (terms, provenance) = (line.facts.terms, line.provenance);
        Self {
            version: line.version,
            recorded_at: line.recorded_at,
            state: terms.state,
            amount_pence: terms.amount_pence,
            internal_pence: terms.internal_pence,
            available_pence: terms.available(),
            figure: terms.figure,
            effective_on: terms.effective_on,
            conditions: terms.conditions,
            window_starts_on: terms.window_starts_on,
            window_ends_on: terms.window_ends_on,
            unspent_rule: terms.unspent_rule,
            reason: terms.reason,
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.0,
            evidence: provenance.evidence,
        }
    }
}

/// What the views of some lines need beside their facts.
struct Beside {
    periods: HashMap<Id, Named>,
    sources: HashMap<Id, Named>,
    /// By line and kind of account what it holds.
    sums: HashMap<(Id, AccountKind), Pence>,
    shortfalls: HashMap<Id, Pence>,
    approvals: HashMap<Id, AtRiskApproval>,
    /// Lines of which the caller wrote a version, so that somebody else approves their risk.
    own: HashSet<Id>,
}

fn actions(caller: &Caller, state: BudgetState, is_own: bool) -> Vec<String> {
    let (edit, confirm, risk) = (Permission::FundsManage, Permission::BudgetsConfirm, Permission::AtRiskApprove);
    let possible: &[(Permission, &str)] = match state {
        BudgetState::Planned | BudgetState::Provisional if is_own => &[(edit, "update"), (confirm, "confirm"), (confirm, "withdraw")],
        BudgetState::Planned | BudgetState::Provisional => {
            &[(edit, "update"), (confirm, "confirm"), (confirm, "withdraw"), (risk, "approve_at_risk")]
        }
        BudgetState::Confirmed | BudgetState::Restated => &[(confirm, "restate"), (confirm, "withdraw")],
        BudgetState::Withdrawn => &[],
    };
    allowed(caller, possible)
}

impl Beside {
    fn of(conn: &mut Conn, caller: &Caller, lines: &[BudgetLine]) -> Result<Self, Refusal> {
        let ids = |of: fn(&BudgetLine) -> Id| lines.iter().map(of).collect::<Vec<Id>>();
        let all = ids(|line| line.id);
        let may_approve = caller.may(Permission::AtRiskApprove);
        let unconfirmed = lines.iter().filter(|line| may_approve && line.facts.terms.state.is_unconfirmed()).map(|line| line.id);
        let unconfirmed: Vec<Id> = unconfirmed.collect();
        let authors = if unconfirmed.is_empty() { HashSet::new() } else { store::authors(conn, &unconfirmed)? };
        Ok(Self {
            own: authors.into_iter().filter(|(_, author)| caller.actor().id == Some(*author)).map(|(line, _)| line).collect(),
            periods: periods::named(conn, &ids(|line| line.facts.fund_period_id))?,
            sources: sources::named(conn, &ids(|line| line.facts.funding_source_id))?,
            sums: store::sums_by_kind(conn, &all)?,
            shortfalls: shortfall::totals(conn, &all)?,
            approvals: store::open_approvals(conn, &all)?,
        })
    }

    fn show(&mut self, caller: &Caller, line: BudgetLine) -> BudgetLineView {
        let (terms, provenance) = (line.facts.terms, line.provenance);
        let promised = promised_of(&self.sums, line.id);
        BudgetLineView {
            id: line.id,
            reference: line.facts.reference,
            version: line.version,
            recorded_at: line.recorded_at,
            fund_period: self.periods.get(&line.facts.fund_period_id).cloned(),
            funding_source: self.sources.get(&line.facts.funding_source_id).cloned(),
            state: terms.state,
            amount_pence: terms.amount_pence,
            internal_pence: terms.internal_pence,
            available_pence: terms.available(),
            figure: terms.figure,
            effective_on: terms.effective_on,
            conditions: terms.conditions,
            window_starts_on: terms.window_starts_on,
            window_ends_on: terms.window_ends_on,
            unspent_rule: terms.unspent_rule,
            reason: terms.reason,
            free_pence: self.sums.get(&(line.id, AccountKind::FundPeriod)).copied().unwrap_or_default(),
            promised_pence: promised,
            shortfall_pence: self.shortfalls.get(&line.id).copied().unwrap_or_default(),
            at_risk: self.approvals.remove(&line.id).map(AtRiskView::of),
            at_risk_exposure_pence: if terms.state.is_unconfirmed() { promised } else { Pence::ZERO },
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.0,
            evidence: provenance.evidence,
            allowed_actions: actions(caller, terms.state, self.own.contains(&line.id)),
        }
    }
}

/// The line as `caller` sees it.
pub(in crate::funds) fn view(conn: &mut Conn, caller: &Caller, line: BudgetLine) -> Result<BudgetLineView, Refusal> {
    Ok(Beside::of(conn, caller, std::slice::from_ref(&line))?.show(caller, line))
}

fn one(conn: &mut Conn, caller: &Caller, line: BudgetLine) -> Result<One<BudgetLineView>, Refusal> {
    Ok(One { version: line.version, body: view(conn, caller, line)? })
}

async fn list(call: Ask<can::FundsRead, Id, Listing<BudgetLineFilter>>) -> Result<Listed<BudgetLineView>, Refusal> {
    call.ask(|conn, input| {
        periods::find(conn, input.path)?.ok_or(Refusal::NotFound("fund period"))?;
        let page = store::page(conn, input.path, input.query.filter.state, &input.query.page)?;
        let mut beside = Beside::of(conn, &input.caller, &page.items)?;
        Ok(Listed(page.map(|line| beside.show(&input.caller, line))))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<BudgetLineView>, Refusal> {
    call.ask(|conn, input| {
        let line = store::load(conn, input.path)?.ok_or(Refusal::NotFound("budget line"))?;
        one(conn, &input.caller, line)
    })
    .await
}

async fn versions(call: Ask<can::FundsRead, Id, Listing<NoFilter>>) -> Result<Listed<BudgetLineVersionView>, Refusal> {
    call.ask(|conn, input| {
        store::load(conn, input.path)?.ok_or(Refusal::NotFound("budget line"))?;
        Ok(Listed(store::versions(conn, input.path, &input.query.page)?.map(BudgetLineVersionView::of)))
    })
    .await
}

async fn create(call: Create<can::FundsManage, Id, Json<BudgetLineInput>>) -> Result<Stored<Made<BudgetLineView>>, Refusal> {
    call.act("budget_line.create", |tx, input| {
        let line = acts::create(tx, input.path, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, line)?;
        Ok(Made { location: format!("/v1/budget-lines/{}", body.id), version: body.version, body })
    })
    .await
}

async fn update(call: Patching<can::FundsManage, Id, BudgetLineInput>) -> Result<Stored<One<BudgetLineView>>, Refusal> {
    call.act("budget_line.update", |tx, input| {
        let line = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        one(tx.conn(), &input.caller, line)
    })
    .await
}

async fn confirm(call: MoneyChange<can::BudgetsConfirm, Id, Json<BudgetConfirmation>>) -> Result<Stored<One<BudgetLineView>>, Refusal> {
    call.act("budget_line.confirm", |tx, input| {
        let line = acts::confirm(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, line)
    })
    .await
}

async fn restate(call: MoneyChange<can::BudgetsConfirm, Id, Json<BudgetRestatement>>) -> Result<Stored<One<BudgetLineView>>, Refusal> {
    call.act("budget_line.restate", |tx, input| {
        let line = acts::restate(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, line)
    })
    .await
}

async fn withdraw(call: MoneyChange<can::BudgetsConfirm, Id, Json<BudgetWithdrawal>>) -> Result<Stored<One<BudgetLineView>>, Refusal> {
    call.act("budget_line.withdraw", |tx, input| {
        let line = acts::withdraw(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, line)
    })
    .await
}

async fn approve_at_risk(call: MoneyChange<can::AtRiskApprove, Id, Json<AtRiskInput>>) -> Result<Stored<One<BudgetLineView>>, Refusal> {
    call.act("budget_line.approve_at_risk", |tx, input| {
        let line = acts::approve_at_risk(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, line)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Budget lines", "Money from one source into one fund period, in versions.");
    api.get("/v1/fund-periods/{id}/budget-lines", "budget_lines_list", "List the budget lines of a fund period", list);
    api.post("/v1/fund-periods/{id}/budget-lines", "budget_lines_create", "Plan money from a source", create);
    api.get("/v1/budget-lines/{id}", "budget_lines_get", "Show a budget line", get);
    api.patch("/v1/budget-lines/{id}", "budget_lines_update", "Change a budget line that is not confirmed", update);
    api.get("/v1/budget-lines/{id}/versions", "budget_lines_versions", "List all versions of a budget line, the newest first", versions);
    api.post("/v1/budget-lines/{id}/confirmation", "budget_lines_confirm", "Confirm a budget line: its money can be used", confirm);
    api.post("/v1/budget-lines/{id}/restatement", "budget_lines_restate", "Give a confirmed budget line another amount", restate);
    api.post("/v1/budget-lines/{id}/withdrawal", "budget_lines_withdraw", "Withdraw a budget line", withdraw);
    api.post(
        "/v1/budget-lines/{id}/at-risk-approval",
        "budget_lines_approve_at_risk",
        "Approve commitments before a budget is confirmed",
        approve_at_risk,
    );
    api.actions::<BudgetLineView>(&[
        ("update", "budget_lines_update"),
        ("confirm", "budget_lines_confirm"),
        ("restate", "budget_lines_restate"),
        ("withdraw", "budget_lines_withdraw"),
        ("approve_at_risk", "budget_lines_approve_at_risk"),
    ]);
}
