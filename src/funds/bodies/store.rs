//! Commissioning bodies in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::bodies::{BodyKind, CommissioningBody, CommissioningBodyInput};
use crate::funds::record::{self, Record};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{commissioning_body as body, commissioning_body_alias as alias, commissioning_body_version as version};
use crate::store::search::{search_pattern, search_text};

/// What a list of commissioning bodies can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CommissioningBodyFilter {
    /// Part of the code, the name or an alias, in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub search: Option<String>,
    /// Only this kind.
    pub kind: Option<BodyKind>,
    /// Only those that exist on this day.
    pub valid_on: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    body_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    kind: BodyKind,
    area_id: Option<Id>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    successor_id: Option<Id>,
    search: String,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = alias, treat_none_as_default_value = false)]
struct AliasRow<'a> {
    body_id: Id,
    version: i32,
    position: i32,
    alias: &'a str,
}

/// Rows as records, with their aliases.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<CommissioningBody>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.body_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let found: Vec<(Id, i32, String)> = on!(conn, c => alias::table
        .filter(alias::body_id.eq_any(&ids).and(alias::version.eq_any(&versions)))
        .order((alias::body_id, alias::version, alias::position))
        .select((alias::body_id, alias::version, alias::alias)).load(c))?;
    let mut aliases = record::aliases_by_version(found);
    rows.into_iter().map(|(code, row)| record(code, aliases.remove(&(row.body_id, row.version)).unwrap_or_default(), row)).collect()
}

fn record(code: String, aliases: Vec<String>, row: VersionRow) -> Result<CommissioningBody, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let facts = CommissioningBodyInput {
        code,
        name: row.name,
        aliases,
        kind: row.kind,
        area_id: row.area_id,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        successor_id: row.successor_id,
    };
    Ok(Record { id: row.body_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<CommissioningBody>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => body::table
        .inner_join(version::table.on(version::body_id.eq(body::id).and(version::version.eq(body::version))))
        .filter(body::id.eq(id)).select((body::code, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of current versions, by code.
pub(super) fn page(conn: &mut Conn, filter: &CommissioningBodyFilter, request: &PageRequest) -> Result<Page<CommissioningBody>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = body::table
            .inner_join(version::table.on(version::body_id.eq(body::id).and(version::version.eq(body::version))))
            .select((body::code, VersionRow::as_select())).order(body::code).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(body::code.gt(after));
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

/// Codes and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => body::table
        .inner_join(version::table.on(version::body_id.eq(body::id).and(version::version.eq(body::version))))
        .filter(body::id.eq_any(ids)).select((body::id, body::code, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// The names that those among `ids` have had, each with the moment since when it was known, the earliest first.
pub(super) fn names(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, Moment, String, String)>, Refusal> {
    Ok(on!(conn, c => body::table.inner_join(version::table.on(version::body_id.eq(body::id)))
        .filter(body::id.eq_any(ids)).order((body::id, version::version))
        .select((body::id, version::recorded_at, body::code, version::name)).load(c))?)
}

/// The body that takes over from `id`.
pub(super) fn successor(conn: &mut Conn, id: Id) -> Result<Option<Id>, Refusal> {
    let found: Option<Option<Id>> = on!(conn, c => body::table
        .inner_join(version::table.on(version::body_id.eq(body::id).and(version::version.eq(body::version))))
        .filter(body::id.eq(id)).select(version::successor_id).first(c).optional())?;
    Ok(found.flatten())
}

/// The last day of a body, and who takes over from it.
pub(super) fn ending(conn: &mut Conn, id: Id) -> Result<Option<(Option<NaiveDate>, Option<Id>)>, Refusal> {
    Ok(on!(conn, c => body::table
        .inner_join(version::table.on(version::body_id.eq(body::id).and(version::version.eq(body::version))))
        .filter(body::id.eq(id)).select((version::valid_to, version::successor_id)).first(c).optional())?)
}

/// Writes the identity. False where the code is taken.
pub(super) fn begin(conn: &mut Conn, record: &CommissioningBody) -> Result<bool, Refusal> {
    let values = (
        body::id.eq(record.id),
        body::code.eq(&record.facts.code),
        body::version.eq(record.version),
        body::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(body::table).values(values).on_conflict(body::code).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &CommissioningBody) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(body::table.filter(body::id.eq(record.id).and(body::version.eq(record.version - 1))))
        .set(body::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version and its aliases.
pub(super) fn add_version(conn: &mut Conn, record: &CommissioningBody) -> Result<(), Refusal> {
    let facts = &record.facts;
    let row = VersionRow {
        body_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        name: facts.name.clone(),
        kind: facts.kind,
        area_id: facts.area_id,
        valid_from: facts.valid_from,
        valid_to: facts.valid_to,
        successor_id: facts.successor_id,
        search: search_text([&facts.code, &facts.name].into_iter().chain(&facts.aliases).map(String::as_str)),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
    };
    let aliases: Vec<AliasRow<'_>> = (0..)
        .zip(&facts.aliases)
        .map(|(position, alias)| AliasRow { body_id: record.id, version: record.version, position, alias })
        .collect();
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(alias::table).values(&aliases).execute(c))?;
    Ok(())
}
