//! Areas over HTTP.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::areas::store::{self, AreaFilter};
use crate::funds::areas::{Area, AreaInput, AreaKind, acts};
use crate::funds::routes::allowed;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Provenance, Refusal};
use crate::store::Conn;

/// An area.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaView {
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
    /// What kind of place it is.
    pub kind: AreaKind,
    /// Code of the Office for National Statistics.
    #[schema(max_length = 9)]
    pub ons_code: Option<String>,
    /// The smallest area that holds it.
    pub parent: Option<Named>,
    /// The first day it exists.
    pub valid_from: Option<NaiveDate>,
    /// The last day it exists.
    pub valid_to: Option<NaiveDate>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
    /// What cannot be shown: fields and rules.
    pub not_evidenced: Vec<String>,
    /// Where the facts are printed.
    pub evidence: Option<String>,
    /// What you may do to it now.
    pub allowed_actions: Vec<String>,
}

fn views(conn: &mut Conn, caller: &Caller, records: Vec<Area>) -> Result<Vec<AreaView>, Refusal> {
    let parent_ids: Vec<Id> = records.iter().filter_map(|record| record.facts.parent_id).collect();
    let parents = store::named(conn, &parent_ids)?;
    let turn = |record: Area| AreaView {
        id: record.id,
        code: record.facts.code,
        version: record.version,
        recorded_at: record.recorded_at,
        name: record.facts.name,
        aliases: record.facts.aliases,
        kind: record.facts.kind,
        ons_code: record.facts.ons_code,
        parent: record.facts.parent_id.and_then(|id| parents.get(&id).cloned()),
        valid_from: record.facts.valid_from,
        valid_to: record.facts.valid_to,
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced.0,
        evidence: record.provenance.evidence,
        allowed_actions: allowed(caller, &[(Permission::OfficeManage, "update")]),
    };
    Ok(records.into_iter().map(turn).collect())
}

fn view(conn: &mut Conn, caller: &Caller, record: Area) -> Result<AreaView, Refusal> {
    views(conn, caller, vec![record])?.pop().ok_or(Refusal::NotFound("area"))
}

async fn list(call: Ask<can::OfficeRead, (), Listing<AreaFilter>>) -> Result<Listed<AreaView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        Ok(Listed(Page { items: views(conn, &input.caller, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::OfficeRead, Id>) -> Result<One<AreaView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("area"))?;
        let view = view(conn, &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::OfficeManage, (), Json<AreaInput>>) -> Result<Stored<Made<AreaView>>, Refusal> {
    call.act("area.create", |tx, input| {
        let record = acts::create(tx, &input.body.0, &Provenance::default())?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(Made { location: format!("/v1/areas/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::OfficeManage, Id, AreaInput>) -> Result<Stored<One<AreaView>>, Refusal> {
    call.act("area.update", |tx, input| {
        let record = acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Areas", "The places that services are for.");
    api.get("/v1/areas", "areas_list", "List areas", list);
    api.post("/v1/areas", "areas_create", "Make an area", create);
    api.get("/v1/areas/{id}", "areas_get", "Show an area", get);
    api.patch("/v1/areas/{id}", "areas_update", "Change an area", update);
    api.actions::<AreaView>(&[("update", "areas_update")]);
}
