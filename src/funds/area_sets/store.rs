//! Area sets in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::area_sets::{AreaSet, AreaSetInput, AreaSetMember};
use crate::funds::areas::AreaKind;
use crate::funds::record::Record;
use crate::kernel::{Id, Moment, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{area_set, area_set_member as member, area_set_version as version};
use crate::store::search::{search_pattern, search_text};

/// What a list of area sets can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AreaSetFilter {
    /// Part of the code or the name, in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub search: Option<String>,
    /// Only sets whose members are of this kind.
    pub kind: Option<AreaKind>,
    /// Only those that exist on this day.
    pub valid_on: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    area_set_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    kind: AreaKind,
    area_id: Option<Id>,
    member_count: i32,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    search: String,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = member, treat_none_as_default_value = false)]
struct MemberRow {
    area_set_id: Id,
    version: i32,
    position: i32,
    area_id: Id,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
}

/// Rows as records, with their members.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<AreaSet>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.area_set_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let found: Vec<MemberRow> = on!(conn, c => member::table
        .filter(member::area_set_id.eq_any(&ids).and(member::version.eq_any(&versions)))
        .order((member::area_set_id, member::version, member::position)).select(MemberRow::as_select()).load(c))?;
    let mut members: HashMap<(Id, i32), Vec<AreaSetMember>> = HashMap::new();
    for row in found {
        let one = AreaSetMember { area_id: row.area_id, valid_from: row.valid_from, valid_to: row.valid_to };
        members.entry((row.area_set_id, row.version)).or_default().push(one);
    }
    rows.into_iter().map(|(code, row)| record(code, members.remove(&(row.area_set_id, row.version)).unwrap_or_default(), row)).collect()
}

fn record(code: String, members: Vec<AreaSetMember>, row: VersionRow) -> Result<AreaSet, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let facts = AreaSetInput {
        code,
        name: row.name,
        kind: row.kind,
        area_id: row.area_id,
        member_count: row.member_count,
        members,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
    };
    Ok(Record { id: row.area_set_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<AreaSet>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => area_set::table
        .inner_join(version::table.on(version::area_set_id.eq(area_set::id).and(version::version.eq(area_set::version))))
        .filter(area_set::id.eq(id)).select((area_set::code, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of current versions, by code.
pub(super) fn page(conn: &mut Conn, filter: &AreaSetFilter, request: &PageRequest) -> Result<Page<AreaSet>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = area_set::table
            .inner_join(version::table.on(version::area_set_id.eq(area_set::id).and(version::version.eq(area_set::version))))
            .select((area_set::code, VersionRow::as_select())).order(area_set::code).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(area_set::code.gt(after));
        }
        if let Some(term) = &filter.search {
            query = query.filter(version::search.like(search_pattern(term)).escape('\\'));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(version::kind.eq(kind));
        }
        if let Some(day) = filter.valid_on {
            query = query.filter(version::valid_from.is_null().or(version::valid_from.le(day)));
            query = query.filter(version::valid_to.is_null().or(version::valid_to.ge(day)));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.facts.code.clone()))
}

/// Writes the identity. False where the code is taken.
pub(super) fn begin(conn: &mut Conn, record: &AreaSet) -> Result<bool, Refusal> {
    let values = (
        area_set::id.eq(record.id),
        area_set::code.eq(&record.facts.code),
        area_set::version.eq(record.version),
        area_set::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(area_set::table).values(values).on_conflict(area_set::code).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &AreaSet) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(area_set::table.filter(area_set::id.eq(record.id).and(area_set::version.eq(record.version - 1))))
        .set(area_set::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version and its members.
pub(super) fn add_version(conn: &mut Conn, record: &AreaSet) -> Result<(), Refusal> {
    let facts = &record.facts;
    let row = VersionRow {
        area_set_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        name: facts.name.clone(),
        kind: facts.kind,
        area_id: facts.area_id,
        member_count: facts.member_count,
        valid_from: facts.valid_from,
        valid_to: facts.valid_to,
        search: search_text([facts.code.as_str(), facts.name.as_str()]),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
    };
    let member_row = |(position, member): (i32, &AreaSetMember)| MemberRow {
        area_set_id: record.id,
        version: record.version,
        position,
        area_id: member.area_id,
        valid_from: member.valid_from,
        valid_to: member.valid_to,
    };
    let members: Vec<MemberRow> = (0..).zip(&facts.members).map(member_row).collect();
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(member::table).values(&members).execute(c))?;
    Ok(())
}
