//! Areas in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::areas::{Area, AreaInput, AreaKind};
use crate::funds::record::{self, Record};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{area, area_alias as alias, area_version as version};
use crate::store::search::{search_pattern, search_text};

/// What a list of areas can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AreaFilter {
    /// Part of the code, the name or an alias, in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub search: Option<String>,
    /// Only this kind.
    pub kind: Option<AreaKind>,
    /// Only areas directly inside this one.
    pub parent_id: Option<Id>,
    /// Only the area with this code of the Office for National Statistics.
    #[schema(min_length = 9, max_length = 9)]
    pub ons_code: Option<String>,
    /// Only those that exist on this day.
    pub valid_on: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    area_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    kind: AreaKind,
    ons_code: Option<String>,
    parent_id: Option<Id>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    search: String,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = alias, treat_none_as_default_value = false)]
struct AliasRow<'a> {
    area_id: Id,
    version: i32,
    position: i32,
    alias: &'a str,
}

/// Rows as records, with their aliases.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<Area>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.area_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let found: Vec<(Id, i32, String)> = on!(conn, c => alias::table
        .filter(alias::area_id.eq_any(&ids).and(alias::version.eq_any(&versions)))
        .order((alias::area_id, alias::version, alias::position))
        .select((alias::area_id, alias::version, alias::alias)).load(c))?;
    let mut aliases = record::aliases_by_version(found);
    rows.into_iter().map(|(code, row)| record(code, aliases.remove(&(row.area_id, row.version)).unwrap_or_default(), row)).collect()
}

fn record(code: String, aliases: Vec<String>, row: VersionRow) -> Result<Area, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let facts = AreaInput {
        code,
        name: row.name,
        aliases,
        kind: row.kind,
        ons_code: row.ons_code,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        parent_id: row.parent_id,
    };
    Ok(Record { id: row.area_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Area>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .filter(area::id.eq(id)).select((area::code, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of current versions, by code.
pub(super) fn page(conn: &mut Conn, filter: &AreaFilter, request: &PageRequest) -> Result<Page<Area>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = area::table
            .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
            .select((area::code, VersionRow::as_select())).order(area::code).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(area::code.gt(after));
        }
        if let Some(term) = &filter.search {
            query = query.filter(version::search.like(search_pattern(term)).escape('\\'));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(version::kind.eq(kind));
        }
        if let Some(parent) = filter.parent_id {
            query = query.filter(version::parent_id.eq(parent));
        }
        if let Some(ons_code) = &filter.ons_code {
            query = query.filter(version::ons_code.eq(ons_code));
        }
        if let Some(day) = filter.valid_on {
            query = query.filter(version::valid_from.is_null().or(version::valid_from.le(day)));
            query = query.filter(version::valid_to.is_null().or(version::valid_to.ge(day)));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.facts.code.clone()))
}

/// Codes and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .filter(area::id.eq_any(ids)).select((area::id, area::code, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// Codes and current names of all.
pub(super) fn all(conn: &mut Conn) -> Result<Vec<Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .order(area::code).select((area::id, area::code, version::name)).load(c))?;
    Ok(rows.into_iter().map(|(id, code, name)| Named { id, code, name }).collect())
}

/// The area that holds `id`.
pub(super) fn parent(conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
    let found: Option<Option<Id>> = on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .filter(area::id.eq(id)).select(version::parent_id).first(c).optional())?;
    Ok(found.flatten())
}

/// What kind of area each of `ids` is, as far as it exists.
pub(super) fn kinds(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, AreaKind>, Refusal> {
    let rows: Vec<(Id, AreaKind)> = on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .filter(area::id.eq_any(ids)).select((area::id, version::kind)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// The area that has this code of the Office for National Statistics now.
pub(super) fn with_ons_code(conn: &mut Conn, ons_code: &str) -> Result<Option<Id>, Refusal> {
    Ok(on!(conn, c => area::table
        .inner_join(version::table.on(version::area_id.eq(area::id).and(version::version.eq(area::version))))
        .filter(version::ons_code.eq(ons_code)).select(area::id).first(c).optional())?)
}

/// Writes the identity. False where the code is taken.
pub(super) fn begin(conn: &mut Conn, record: &Area) -> Result<bool, Refusal> {
    let values = (
        area::id.eq(record.id),
        area::code.eq(&record.facts.code),
        area::version.eq(record.version),
        area::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(area::table).values(values).on_conflict(area::code).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Area) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(area::table.filter(area::id.eq(record.id).and(area::version.eq(record.version - 1))))
        .set(area::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version and its aliases.
pub(super) fn add_version(conn: &mut Conn, record: &Area) -> Result<(), Refusal> {
    let facts = &record.facts;
    let row = VersionRow {
        area_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        name: facts.name.clone(),
        kind: facts.kind,
        ons_code: facts.ons_code.clone(),
        valid_from: facts.valid_from,
        valid_to: facts.valid_to,
        parent_id: facts.parent_id,
        search: search_text([&facts.code, &facts.name].into_iter().chain(&facts.aliases).map(String::as_str)),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
    };
    let aliases: Vec<AliasRow<'_>> = (0..)
        .zip(&facts.aliases)
        .map(|(position, alias)| AliasRow { area_id: record.id, version: record.version, position, alias })
        .collect();
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(alias::table).values(&aliases).execute(c))?;
    Ok(())
}
