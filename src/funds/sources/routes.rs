//! Funding sources over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::routes::allowed;
use crate::funds::sources::store::{self, FundingSourceFilter};
use crate::funds::sources::{ClaimPeriod, FundingSource, FundingSourceInput, SourceKind, acts};
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Provenance, Refusal};

/// A funding source.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundingSourceView {
    /// Its id.
    pub id: Id,
    /// Its code.
    #[schema(max_length = 80)]
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
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Whether the funder agreed to be told of very few people.
    pub small_numbers_agreed: bool,
    /// For which periods the office claims from it; null where it sets none.
    pub claim_period: Option<ClaimPeriod>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

fn view(caller: &Caller, record: FundingSource) -> FundingSourceView {
    FundingSourceView {
        id: record.id,
        code: record.facts.code,
        version: record.version,
        recorded_at: record.recorded_at,
        name: record.facts.name,
        aliases: record.facts.aliases,
        kind: record.facts.kind,
        small_numbers_agreed: record.facts.small_numbers_agreed,
        claim_period: record.facts.claim_period,
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced.0,
        evidence: record.provenance.evidence,
        allowed_actions: allowed(caller, &[(Permission::FundsManage, "update")]),
    }
}

async fn list(call: Ask<can::FundsRead, (), Listing<FundingSourceFilter>>) -> Result<Listed<FundingSourceView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        Ok(Listed(page.map(|record| view(&input.caller, record))))
    })
    .await
}

async fn get(call: Ask<can::FundsRead, Id>) -> Result<One<FundingSourceView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("funding source"))?;
        let view = view(&input.caller, record);
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::FundsManage, (), Json<FundingSourceInput>>) -> Result<Stored<Made<FundingSourceView>>, Refusal> {
    call.act("funding_source.create", |tx, input| {
        let record = acts::create(tx, &input.body.0, &Provenance::default())?;
        let view = view(&input.caller, record);
        Ok(Made { location: format!("/v1/funding-sources/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::FundsManage, Id, FundingSourceInput>) -> Result<Stored<One<FundingSourceView>>, Refusal> {
    call.act("funding_source.update", |tx, input| {
        let record = acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let view = view(&input.caller, record);
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Funding sources", "Where money comes from.");
    api.get("/v1/funding-sources", "funding_sources_list", "List funding sources", list);
    api.post("/v1/funding-sources", "funding_sources_create", "Make a funding source", create);
    api.get("/v1/funding-sources/{id}", "funding_sources_get", "Show a funding source", get);
    api.patch("/v1/funding-sources/{id}", "funding_sources_update", "Change a funding source", update);
    api.actions::<FundingSourceView>(&[("update", "funding_sources_update")]);
}
