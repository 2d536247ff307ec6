//! Funds over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::store::{self, FundFilter};
use crate::funds::{EvaluationKind, Fund, FundInput, FundKind, FundScope, MonitoringKind, UnspentRule, acts};
use crate::funds::{area_sets, areas, bids, bodies, budget_lines, claims, earmarks, periods, sources, tranches};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Provenance, Refusal};
use crate::store::Conn;

/// A named pot with a purpose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundView {
    /// Its id.
    pub id: Id,
    /// Its code, the first part of references.
    #[schema(max_length = 5)]
    pub code: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The name.
    #[schema(max_length = 300)]
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of fund it is.
    pub kind: FundKind,
    /// What hangs in it.
    pub scope: FundScope,
    /// What it is for.
    #[schema(max_length = 4000)]
    pub purpose: Option<String>,
    /// Who commissions from it.
    pub commissioning_body: Option<Named>,
    /// The funding sources that feed it.
    pub sources: Vec<Named>,
    /// The funds that it grew out of.
    pub succeeds: Vec<Named>,
    /// What becomes of unspent money.
    pub unspent_rule: Option<UnspentRule>,
    /// Which returns its awards owe, where an award does not say otherwise.
    pub default_monitoring: Option<MonitoringKind>,
    /// How its awards are evaluated, where an award does not say otherwise.
    pub default_evaluation: Option<EvaluationKind>,
    /// The day by which it is to be reviewed.
    pub review_due: Option<NaiveDate>,
    /// The day on which it was reviewed.
    pub reviewed_on: Option<NaiveDate>,
    /// What came of the review.
    #[schema(max_length = 4000)]
    pub review_outcome: Option<String>,
    /// Who was consulted for the review, and on what.
    #[schema(max_length = 4000)]
    pub review_consultation: Option<String>,
    /// What the body pledges to whoever receives a grant from it.
    #[schema(max_length = 4000)]
    pub pledge_text: Option<String>,
    /// The first day of the pledge.
    pub pledge_from: Option<NaiveDate>,
    /// The last day of the pledge.
    pub pledge_to: Option<NaiveDate>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

/// Those actions whose permission the caller has.
pub(super) fn allowed(caller: &Caller, actions: &[(Permission, &str)]) -> Vec<String> {
    actions.iter().filter(|(permission, _)| caller.may(*permission)).map(|(_, action)| (*action).to_owned()).collect()
}

fn views(conn: &mut Conn, caller: &Caller, records: Vec<Fund>) -> Result<Vec<FundView>, Refusal> {
    let body_ids: Vec<Id> = records.iter().map(|record| record.facts.commissioning_body_id).collect();
    let source_ids: Vec<Id> = records.iter().flat_map(|record| record.facts.source_ids.iter().copied()).collect();
    let fund_ids: Vec<Id> = records.iter().flat_map(|record| record.facts.succeeds_ids.iter().copied()).collect();
    let names = Names {
        bodies: bodies::named(conn, &body_ids)?,
        sources: sources::named(conn, &source_ids)?,
        funds: store::named(conn, &fund_ids)?,
    };
    Ok(records.into_iter().map(|record| names.show(caller, record)).collect())
}

fn view(conn: &mut Conn, caller: &Caller, record: Fund) -> Result<FundView, Refusal> {
    views(conn, caller, vec![record])?.pop().ok_or(Refusal::NotFound("fund"))
}

struct Names {
    bodies: HashMap<Id, Named>,
    sources: HashMap<Id, Named>,
    funds: HashMap<Id, Named>,
}

impl Names {
    fn show(&self, caller: &Caller, record: Fund) -> FundView {
        let (facts, provenance) = (record.facts, record.provenance);
        let mut actions = vec![(Permission::FundsManage, "update")];
        if periods::rules::takes_periods(facts.scope) {
            actions.push((Permission::FundsManage, "add_period"));
        }
        FundView {
            id: record.id,
            code: facts.code,
            version: record.version,
            recorded_at: record.recorded_at,
            name: facts.name,
            aliases: facts.aliases,
            kind: facts.kind,
            scope: facts.scope,
            purpose: facts.purpose,
            commissioning_body: self.bodies.get(&facts.commissioning_body_id).cloned(),
            sources: facts.source_ids.iter().filter_map(|id| self.sources.get(id).cloned()).collect(),
            succeeds: facts.succeeds_ids.iter().filter_map(|id| self.funds.get(id).cloned()).collect(),
            unspent_rule: facts.unspent_rule,
            default_monitoring: facts.default_monitoring,
            default_evaluation: facts.default_evaluation,
            review_due: facts.review_due,
            reviewed_on: facts.reviewed_on,
            review_outcome: facts.review_outcome,
            review_consultation: facts.review_consultation,
            pledge_text: facts.pledge_text,
            pledge_from: facts.pledge_from,
            pledge_to: facts.pledge_to,
            illustrative: provenance.illustrative,
            not_evidenced: provenance.not_evidenced.0,
            evidence: provenance.evidence,
            allowed_actions: allowed(caller, &actions),
        }
    }
}

async fn list(call: Ask<can::FundsRead, (), Listing<FundFilter>>) -> Result<Listed<FundView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        Ok(Listed(Page { items: views(conn, &input.caller, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<FundView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("fund"))?;
        let view = view(conn, &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::FundsManage, (), Json<FundInput>>) -> Result<Stored<Made<FundView>>, Refusal> {
    call.act("fund.create", |tx, input| {
        let record = acts::create(tx, &input.body.0, &Provenance::default())?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(Made { location: format!("/v1/funds/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::FundsManage, Id, FundInput>) -> Result<Stored<One<FundView>>, Refusal> {
    call.act("fund.update", |tx, input| {
        let record = acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn versions(call: Ask<can::FundsRead, Id, Listing<NoFilter>>) -> Result<Listed<FundView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::versions(conn, input.path, &input.query.page)?;
        if page.items.is_empty() {
            return Err(Refusal::NotFound("fund"));
        }
        Ok(Listed(Page { items: views(conn, &input.caller, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    bodies::routes::mount(api);
    areas::routes::mount(api);
    area_sets::routes::mount(api);
    sources::routes::mount(api);
    api.tag("Funds", "Named pots with a purpose, and their years.");
    api.get("/v1/funds", "funds_list", "List funds", list);
    api.post("/v1/funds", "funds_create", "Make a fund", create);
    api.get("/v1/funds/{id}", "funds_get", "Show a fund", get);
    api.patch("/v1/funds/{id}", "funds_update", "Change a fund", update);
    api.get("/v1/funds/{id}/versions", "funds_versions", "List all versions of a fund, the newest first", versions);
    periods::routes::mount(api);
    budget_lines::routes::mount(api);
    earmarks::routes::mount(api);
    tranches::routes::mount(api);
    bids::routes::mount(api);
    claims::routes::mount(api);
    api.actions::<FundView>(&[("update", "funds_update"), ("add_period", "fund_periods_create")]);
}
