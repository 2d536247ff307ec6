//! Bids over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::bids::rules::{
    BidBudgetLine, BidGatePassing, BidInput, BidOutcome, BidState, BidSubmission, BidTerms, BidWithdrawal, OpccRole,
};
use crate::funds::bids::store::{self, BidFilter};
use crate::funds::bids::{Bid, acts};
use crate::funds::budget_lines::routes::{BudgetLineView, view as line_view};
use crate::funds::routes::allowed;
use crate::funds::{areas, budget_lines, named as funds_named, sources};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{FigureNote, Id, Moment, Named, Page, Pence, Refusal};
use crate::store::Conn;

/// Money that the body asks for, or helps others to ask for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BidView {
    /// Its id.
    pub id: Id,
    /// Its reference.
    #[schema(max_length = 40, example = "BID-0003")]
    pub reference: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come.
    pub state: BidState,
    /// What it is called.
    #[schema(max_length = 300)]
    pub title: String,
    /// The funder.
    pub funding_source: Option<Named>,
    /// The fund that the money is asked from or for.
    pub fund: Option<Named>,
    /// Who leads it, in words.
    #[schema(max_length = 300)]
    pub lead_applicant: String,
    /// The provider who leads it, where it is one.
    pub lead_provider_id: Option<Id>,
    /// What part the body has in it.
    pub opcc_role: OpccRole,
    /// Whether what is awarded counts as the body's own; not where it only supports the bid.
    pub in_fund_totals: bool,
    /// The number of the funder's round.
    pub round: Option<i32>,
    /// Where the money would be spent.
    pub areas: Vec<Named>,
    /// What is asked for, in pence.
    pub requested_pence: Option<Pence>,
    /// What is given, in pence; none while it is not known.
    pub awarded_pence: Option<Pence>,
    /// How final and how exact the amount is.
    pub figure: FigureNote,
    /// When the funder got it.
    pub submitted_on: Option<NaiveDate>,
    /// When the funder decided.
    pub decided_on: Option<NaiveDate>,
    /// What it has to pass, in order.
    pub gates: Vec<BidGateView>,
    /// How many gates it has passed, of how many.
    #[schema(max_length = 20, example = "3 of 4")]
    pub progress: Option<String>,
    /// The budget line that was made of it.
    pub budget_line: Option<Named>,
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

/// A check and challenge point.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BidGateView {
    /// Its place in the order, from 1.
    pub number: usize,
    /// What it is called.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Whether the bid has passed it.
    pub passed: bool,
    /// When it did.
    pub passed_on: Option<NaiveDate>,
}

/// What the records that bids refer to are called.
struct Names {
    sources: HashMap<Id, Named>,
    funds: HashMap<Id, Named>,
    areas: HashMap<Id, Named>,
    lines: HashMap<Id, Named>,
}

impl Names {
    fn of(conn: &mut Conn, bids: &[Bid]) -> Result<Self, Refusal> {
        let ids = |of: fn(&BidTerms) -> Option<Id>| -> Vec<Id> { bids.iter().filter_map(|bid| of(&bid.facts.terms)).collect() };
        let area_ids: Vec<Id> = bids.iter().flat_map(|bid| bid.facts.terms.area_ids.iter().copied()).collect();
        Ok(Self {
            sources: sources::named(conn, &ids(|terms| terms.funding_source_id))?,
            funds: funds_named(conn, &ids(|terms| terms.fund_id))?,
            areas: areas::named(conn, &area_ids)?,
            lines: budget_lines::named(conn, &ids(|terms| terms.budget_line_id))?,
        })
    }

    fn show(&self, caller: &Caller, bid: Bid) -> BidView {
        let allowed_actions = actions(caller, &bid.facts.terms);
        let progress = bid.facts.terms.progress();
        let (terms, provenance) = (bid.facts.terms, bid.provenance);
        let name = |names: &HashMap<Id, Named>, id: Option<Id>| id.and_then(|id| names.get(&id).cloned());
        let gates = (1..).zip(terms.gates);
        BidView {
            id: bid.id,
            reference: bid.facts.reference,
            version: bid.version,
            recorded_at: bid.recorded_at,
            state: terms.state,
            title: terms.title,
            funding_source: name(&self.sources, terms.funding_source_id),
            fund: name(&self.funds, terms.fund_id),
            lead_applicant: terms.lead_applicant,
            lead_provider_id: terms.lead_provider_id,
            opcc_role: terms.opcc_role,
            in_fund_totals: terms.opcc_role == OpccRole::Lead,
            round: terms.round,
            areas: terms.area_ids.iter().filter_map(|id| self.areas.get(id).cloned()).collect(),
            requested_pence: terms.requested_pence,
            awarded_pence: terms.awarded_pence,
            figure: terms.figure,
            submitted_on: terms.submitted_on,
            decided_on: terms.decided_on,
            gates: gates
                .map(|(number, gate)| BidGateView { number, name: gate.name, passed: gate.passed, passed_on: gate.passed_on })
                .collect(),
            progress,
            budget_line: name(&self.lines, terms.budget_line_id),
            reason: terms.reason,
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.0,
            evidence: provenance.evidence,
            allowed_actions,
        }
    }
}

fn actions(caller: &Caller, terms: &BidTerms) -> Vec<String> {
    let mut possible: Vec<&str> = match terms.state {
        BidState::Drafting => vec!["update", "submit", "withdraw"],
        BidState::Submitted => vec!["update", "decide", "withdraw"],
        BidState::Successful | BidState::Unsuccessful | BidState::Withdrawn => Vec::new(),
    };
    if !terms.state.is_over() && terms.gates.iter().any(|gate| !gate.passed) {
        possible.push("pass_gate");
    }
    let is_own = terms.state == BidState::Successful && terms.opcc_role == OpccRole::Lead;
    if is_own && terms.budget_line_id.is_none() && terms.awarded_pence.is_some() && terms.funding_source_id.is_some() {
        possible.push("make_budget_line");
    }
    let pairs: Vec<(Permission, &str)> = possible.into_iter().map(|action| (permission(action), action)).collect();
    allowed(caller, &pairs)
}

fn permission(action: &str) -> Permission {
    if action == "make_budget_line" { Permission::FundsManage } else { Permission::BidsManage }
}

fn view(conn: &mut Conn, caller: &Caller, bid: Bid) -> Result<BidView, Refusal> {
    let names = Names::of(conn, std::slice::from_ref(&bid))?;
    Ok(names.show(caller, bid))
}

fn one(conn: &mut Conn, caller: &Caller, bid: Bid) -> Result<One<BidView>, Refusal> {
    Ok(One { version: bid.version, body: view(conn, caller, bid)? })
}

async fn list(call: Ask<can::BidsRead, (), Listing<BidFilter>>) -> Result<Listed<BidView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        let names = Names::of(conn, &page.items)?;
        let items = page.items.into_iter().map(|bid| names.show(&input.caller, bid)).collect();
        Ok(Listed(Page { items, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::BidsRead, Id>) -> Result<One<BidView>, Refusal> {
    call.ask(|conn, input| {
        let bid = store::load(conn, input.path)?.ok_or(Refusal::NotFound("bid"))?;
        one(conn, &input.caller, bid)
    })
    .await
}

async fn create(call: Create<can::BidsManage, (), Json<BidInput>>) -> Result<Stored<Made<BidView>>, Refusal> {
    call.act("bid.create", |tx, input| {
        let bid = acts::create(tx, &input.body.0)?;
        let body = view(tx.conn(), &input.caller, bid)?;
        Ok(Made { location: format!("/v1/bids/{}", body.id), version: body.version, body })
    })
    .await
}

async fn update(call: Patching<can::BidsManage, Id, BidInput>) -> Result<Stored<One<BidView>>, Refusal> {
    call.act("bid.update", |tx, input| {
        let bid = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        one(tx.conn(), &input.caller, bid)
    })
    .await
}

async fn submit(call: Change<can::BidsManage, Id, Json<BidSubmission>>) -> Result<Stored<One<BidView>>, Refusal> {
    call.act("bid.submit", |tx, input| {
        let bid = acts::submit(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, bid)
    })
    .await
}

async fn pass_gate(call: Change<can::BidsManage, Id, Json<BidGatePassing>>) -> Result<Stored<One<BidView>>, Refusal> {
    call.act("bid.pass_gate", |tx, input| {
        let bid = acts::pass_gate(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, bid)
    })
    .await
}

async fn decide(call: Change<can::BidsManage, Id, Json<BidOutcome>>) -> Result<Stored<One<BidView>>, Refusal> {
    call.act("bid.decide", |tx, input| {
        let bid = acts::decide(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, bid)
    })
    .await
}

async fn withdraw(call: Change<can::BidsManage, Id, Json<BidWithdrawal>>) -> Result<Stored<One<BidView>>, Refusal> {
    call.act("bid.withdraw", |tx, input| {
        let bid = acts::withdraw(tx, input.path, input.version()?, &input.body.0)?;
        one(tx.conn(), &input.caller, bid)
    })
    .await
}

async fn make_budget_line(call: Change<can::FundsManage, Id, Json<BidBudgetLine>>) -> Result<Stored<Made<BudgetLineView>>, Refusal> {
    call.act("bid.make_budget_line", |tx, input| {
        let line = acts::make_budget_line(tx, input.path, input.version()?, &input.body.0)?;
        let body = line_view(tx.conn(), &input.caller, line)?;
        Ok(Made { location: format!("/v1/budget-lines/{}", body.id), version: body.version, body })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Bids", "Money that the body asks for, or helps others to ask for.");
    api.get("/v1/bids", "bids_list", "List bids", list);
    api.post("/v1/bids", "bids_create", "Begin a bid", create);
    api.get("/v1/bids/{id}", "bids_get", "Show a bid", get);
    api.patch("/v1/bids/{id}", "bids_update", "Change a bid that is not decided", update);
    api.post("/v1/bids/{id}/submission", "bids_submit", "Note that the funder has the bid", submit);
    api.post("/v1/bids/{id}/gates", "bids_pass_gate", "Note that the bid has passed its next gate", pass_gate);
    api.post("/v1/bids/{id}/outcome", "bids_decide", "Note what the funder decided", decide);
    api.post("/v1/bids/{id}/withdrawal", "bids_withdraw", "Take a bid back", withdraw);
    api.post("/v1/bids/{id}/budget-line", "bids_make_budget_line", "Make a provisional budget line of an awarded bid", make_budget_line);
    api.actions::<BidView>(&[
        ("update", "bids_update"),
        ("submit", "bids_submit"),
        ("pass_gate", "bids_pass_gate"),
        ("decide", "bids_decide"),
        ("withdraw", "bids_withdraw"),
        ("make_budget_line", "bids_make_budget_line"),
    ]);
}
