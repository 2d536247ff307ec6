//! Area sets over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::funds::area_sets::store::{self, AreaSetFilter};
use crate::funds::area_sets::{AreaSet, AreaSetInput, AreaSetMember, acts};
use crate::funds::areas::{self, AreaKind};
use crate::funds::routes::allowed;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Provenance, Refusal};
use crate::store::Conn;

/// A group of areas.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaSetView {
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
    /// What its members are.
    pub kind: AreaKind,
    /// The area that stands for the set, or that holds it.
    pub area: Option<Named>,
    /// How many members it has, named or not.
    #[schema(minimum = 1, maximum = 1000)]
    pub member_count: i32,
    /// Its members; empty where they are counted and not named.
    pub members: Vec<AreaSetMemberView>,
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

/// An area in a set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaSetMemberView {
    /// The area.
    pub area: Named,
    /// The first day it belongs to the set.
    pub valid_from: Option<NaiveDate>,
    /// The last day it belongs to the set.
    pub valid_to: Option<NaiveDate>,
}

fn members(names: &HashMap<Id, Named>, members: Vec<AreaSetMember>) -> Vec<AreaSetMemberView> {
    let turn = |member: AreaSetMember| {
        let area = names.get(&member.area_id)?.clone();
        Some(AreaSetMemberView { area, valid_from: member.valid_from, valid_to: member.valid_to })
    };
    members.into_iter().filter_map(turn).collect()
}

fn views(conn: &mut Conn, caller: &Caller, records: Vec<AreaSet>) -> Result<Vec<AreaSetView>, Refusal> {
    let own = records.iter().filter_map(|record| record.facts.area_id);
    let area_ids: Vec<Id> = own.chain(records.iter().flat_map(|record| record.facts.members.iter().map(|member| member.area_id))).collect();
    let names = areas::named(conn, &area_ids)?;
    let turn = |record: AreaSet| AreaSetView {
        id: record.id,
        code: record.facts.code,
        version: record.version,
        recorded_at: record.recorded_at,
        name: record.facts.name,
        kind: record.facts.kind,
        area: record.facts.area_id.and_then(|id| names.get(&id).cloned()),
        member_count: record.facts.member_count,
        members: members(&names, record.facts.members),
        valid_from: record.facts.valid_from,
        valid_to: record.facts.valid_to,
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced.0,
        evidence: record.provenance.evidence,
        allowed_actions: allowed(caller, &[(Permission::OfficeManage, "update")]),
    };
    Ok(records.into_iter().map(turn).collect())
}

fn view(conn: &mut Conn, caller: &Caller, record: AreaSet) -> Result<AreaSetView, Refusal> {
    views(conn, caller, vec![record])?.pop().ok_or(Refusal::NotFound("area set"))
}

async fn list(call: Ask<can::OfficeRead, (), Listing<AreaSetFilter>>) -> Result<Listed<AreaSetView>, Refusal> {
    call.ask(|conn, input| {
        let page = store::page(conn, &input.query.filter, &input.query.page)?;
        Ok(Listed(Page { items: views(conn, &input.caller, page.items)?, next_cursor: page.next_cursor }))
    })
    .await
}

async fn get(call: Ask<can::OfficeRead, Id>) -> Result<One<AreaSetView>, Refusal> {
    call.ask(|conn, input| {
        let record = store::load(conn, input.path)?.ok_or(Refusal::NotFound("area set"))?;
        let view = view(conn, &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

async fn create(call: Create<can::OfficeManage, (), Json<AreaSetInput>>) -> Result<Stored<Made<AreaSetView>>, Refusal> {
    call.act("area_set.create", |tx, input| {
        let record = acts::create(tx, &input.body.0, &Provenance::default())?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(Made { location: format!("/v1/area-sets/{}", view.id), version: view.version, body: view })
    })
    .await
}

async fn update(call: Patching<can::OfficeManage, Id, AreaSetInput>) -> Result<Stored<One<AreaSetView>>, Refusal> {
    call.act("area_set.update", |tx, input| {
        let record = acts::amend(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let view = view(tx.conn(), &input.caller, record)?;
        Ok(One { version: view.version, body: view })
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("AreaSet sets", "Groups of areas that the office configures.");
    api.get("/v1/area-sets", "area_sets_list", "List area sets", list);
    api.post("/v1/area-sets", "area_sets_create", "Make an area set", create);
    api.get("/v1/area-sets/{id}", "area_sets_get", "Show an area set", get);
    api.patch("/v1/area-sets/{id}", "area_sets_update", "Change an area set", update);
    api.actions::<AreaSetView>(&[("update", "area_sets_update")]);
}
