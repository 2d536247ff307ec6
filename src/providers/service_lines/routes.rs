//! Operations on service lines.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::permissions::{Permission, can};
use crate::access::{Caller, Scope};
use crate::http::NoFilter;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Refusal};
use crate::providers::service_lines::acts;
use crate::providers::service_lines::rules::{ServiceLine, ServiceLineInput};

/// A service that an organisation runs (R42).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceLineView {
    /// Its id.
    pub id: Id,
    /// Whose service it is.
    pub provider_id: Id,
    /// The provider's reference and a number.
    #[schema(max_length = 60, example = "BCWA-S1")]
    pub reference: String,
    /// The version shown.
    pub version: i32,
    /// Its name.
    #[schema(max_length = 300, example = "Sexual Violence Service")]
    pub name: String,
    /// What it is about.
    #[schema(max_length = 300, example = "Sexual Violence")]
    pub theme: Option<String>,
    /// The last day on which it runs; none: it goes on.
    pub ends_on: Option<NaiveDate>,
    /// A short remark, shown to the office alone.
    #[schema(max_length = 3000)]
    pub note: Option<String>,
    /// Whether the record stands for something counted but not named.
    pub illustrative: bool,
    /// Fields that the source does not show.
    #[schema(max_items = 100)]
    pub not_evidenced: Vec<String>,
    /// Where it is printed.
    #[schema(max_length = 3000)]
    pub evidence: Option<String>,
    /// When this version was recorded.
    pub recorded_at: Moment,
    /// What you may do with it now: `update`.
    #[schema(max_items = 10)]
    pub allowed_actions: Vec<String>,
}

impl ServiceLineView {
    fn new(line: ServiceLine, caller: &Caller) -> Self {
        let is_office = caller.scope() == Scope::Office;
        let may_change = is_office && caller.may(Permission::ProvidersManage);
        Self {
            id: line.id,
            provider_id: line.provider_id,
            reference: line.reference,
            version: line.version,
            name: line.facts.name,
            theme: line.facts.theme,
            ends_on: line.facts.ends_on,
            note: line.facts.note.filter(|_| is_office),
            illustrative: line.provenance.illustrative,
            not_evidenced: line.provenance.not_evidenced.0,
            evidence: line.provenance.evidence,
            recorded_at: line.recorded_at,
            allowed_actions: may_change.then(|| "update".to_owned()).into_iter().collect(),
        }
    }
}

/// Registers the operations on service lines.
pub fn mount(api: &mut Api) {
    api.get("/v1/providers/{id}/service-lines", "service_lines_list", "List the service lines of a provider", list);
    api.post("/v1/providers/{id}/service-lines", "service_lines_create", "Add a service line to a provider", create);
    api.get("/v1/service-lines/{id}", "service_lines_get", "Show a service line", get);
    api.patch("/v1/service-lines/{id}", "service_lines_update", "Change a service line", change);
    api.actions::<ServiceLineView>(&[("update", "service_lines_update")]);
}

async fn list(call: Ask<can::ProvidersRead, Id, Listing<NoFilter>>) -> Result<Listed<ServiceLineView>, Refusal> {
    call.ask(|conn, input| {
        let page = acts::list(conn, input.caller.scope(), input.path, &input.query.page)?;
        Ok(Listed(page.map(|line| ServiceLineView::new(line, &input.caller))))
    })
    .await
}

async fn create(call: Create<can::ProvidersManage, Id, Json<ServiceLineInput>>) -> Result<Stored<Made<ServiceLineView>>, Refusal> {
    call.act("service_line.create", |tx, input| {
        let line = acts::create(tx, input.caller.scope(), input.path, &input.body.0, &Default::default())?;
        let body = ServiceLineView::new(line, &input.caller);
        Ok(Made { location: format!("/v1/service-lines/{}", body.id), version: body.version, body })
    })
    .await
}

async fn get(call: Ask<can::ProvidersRead, Id>) -> Result<One<ServiceLineView>, Refusal> {
    call.ask(|conn, input| Ok(one(acts::get(conn, input.caller.scope(), input.path)?, &input.caller))).await
}

async fn change(call: Patching<can::ProvidersManage, Id, ServiceLineInput>) -> Result<Stored<One<ServiceLineView>>, Refusal> {
    call.act("service_line.change", |tx, input| {
        let (scope, id) = (input.caller.scope(), input.path);
        let next = input.body.apply(&acts::get(tx.conn(), scope, id)?.facts)?;
        Ok(one(acts::change(tx, scope, id, input.version()?, &next)?, &input.caller))
    })
    .await
}

fn one(line: ServiceLine, caller: &Caller) -> One<ServiceLineView> {
    One { version: line.version, body: ServiceLineView::new(line, caller) }
}
