//! Commissioning bodies over HTTP.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::areas;
use crate::funds::bodies::store::{self, CommissioningBodyFilter};
use crate::funds::bodies::{BodyKind, CommissioningBody, CommissioningBodyInput, acts};
use crate::funds::routes::allowed;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Provenance, Refusal};
use crate::store::Conn;

/// A commissioning body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommissioningBodyView {
    /// Its id.
    pub id: Id,
    /// Its code.
    #[schema(max_length = 80)]
    pub code: String,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// The official name.
    #[schema(max_length = 300)]
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// What kind of body it is.
    pub kind: BodyKind,
    /// The area it serves.
    pub area: Option<Named>,
    /// The first day it exists.
    pub valid_from: Option<NaiveDate>,
    /// The last day it exists.
    pub valid_to: Option<NaiveDate>,
    /// The body that takes over from it.
    pub successor: Option<Named>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

fn views(conn: &mut Conn, caller: &Caller, records: Vec<CommissioningBody>) -> Result<Vec<CommissioningBodyView>, Refusal> {
    let area_ids: Vec<Id> = records.iter().filter_map(|record| record.facts.area_id).collect();
    let successor_ids: Vec<Id> = records.iter().filter_map(|record| record.facts.successor_id).collect();
    let (areas, bodies) = (areas::named(conn, &area_ids)?, store::named(conn, &successor_ids)?);
    let turn = |record: CommissioningBody| CommissioningBodyView {
        id: record.id,
        code: record.facts.code,
        version: record.version,
        recorded_at: record.recorded_at,
        name: record.facts.name,
        aliases: record.facts.aliases,
        kind: record.facts.kind,
        area: record.facts.area_id.and_then(|id| areas.get(&id).cloned()),
        valid_from: record.facts.valid_from,
        valid_to: record.facts.valid_to,
        successor: record.facts.successor_id.and_then(|id| bodies.get(&id).cloned()),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced.0,
        evidence: record.provenance.evidence,
        allowed_actions: allowed(caller, &[(Permission::OfficeManage, "update")]),
    };
    Ok(records.into_iter().map(turn).collect())
}

fn view(conn: &mut Conn, caller: &Caller, record: CommissioningBody) -> Result<CommissioningBodyView, Refusal> {
    views(conn, caller, vec![record])?.pop().ok_or(Refusal::NotFound("commissioning body"))
}

async fn list(call: Ask<can::OfficeRead, (), Listing<CommissioningBodyFilter>>) -> Result<Listed<CommissioningBodyView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        Ok(Listed(Page { items: views(conn, &input.caller, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::OfficeRead, Id>) -> Result<One<CommissioningBodyView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("commissioning body"))?;
        let view = view(conn, &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::OfficeManage, (), Json<CommissioningBodyInput>>) -> Result<Stored<Made<CommissioningBodyView>>, Refusal> {
    call.act("commissioning_body.create", |tx, input| {
        let record = acts::create(tx, &input.body.0, &Provenance::default())?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(Made { location: format!("/v1/commissioning-bodies/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::OfficeManage, Id, CommissioningBodyInput>) -> Result<Stored<One<CommissioningBodyView>>, Refusal> {
    call.act("commissioning_body.update", |tx, input| {
        let record = acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Commissioning bodies", "Who commissions, and who takes over from whom.");
    api.get("/v1/commissioning-bodies", "commissioning_bodies_list", "List commissioning bodies", list);
    api.post("/v1/commissioning-bodies", "commissioning_bodies_create", "Make a commissioning body", create);
    api.get("/v1/commissioning-bodies/{id}", "commissioning_bodies_get", "Show a commissioning body", get);
    api.patch("/v1/commissioning-bodies/{id}", "commissioning_bodies_update", "Change a commissioning body", update);
    api.actions::<CommissioningBodyView>(&[("update", "commissioning_bodies_update")]);
}
