//! Funding sources in the database.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::record::{self, Record};
use crate::funds::sources::{ClaimPeriod, FundingSource, FundingSourceInput, SourceKind};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{funding_source as source, funding_source_alias as alias, funding_source_version as version};
use crate::store::search::{search_pattern, search_text};

/// What a list of funding sources can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FundingSourceFilter {
    /// Part of the code, the name or an alias, in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub search: Option<String>,
    /// Only this kind.
    pub kind: Option<SourceKind>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    source_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    kind: SourceKind,
    search: String,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
    small_numbers_agreed: bool,
    claim_period: Option<ClaimPeriod>,
}

#[derive(Insertable)]
#[diesel(table_name = alias, treat_none_as_default_value = false)]
struct AliasRow<'a> {
    source_id: Id,
    version: i32,
    position: i32,
    alias: &'a str,
}

/// Rows as records, with their aliases.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<FundingSource>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.source_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let found: Vec<(Id, i32, String)> = on!(conn, c => alias::table
        .filter(alias::source_id.eq_any(&ids).and(alias::version.eq_any(&versions)))
        .order((alias::source_id, alias::version, alias::position))
        .select((alias::source_id, alias::version, alias::alias)).load(c))?;
    let mut aliases = record::aliases_by_version(found);
    rows.into_iter().map(|(code, row)| record(code, aliases.remove(&(row.source_id, row.version)).unwrap_or_default(), row)).collect()
}

fn record(code: String, aliases: Vec<String>, row: VersionRow) -> Result<FundingSource, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let VersionRow { name, kind, small_numbers_agreed, claim_period, .. } = row;
    let facts = FundingSourceInput { code, name, aliases, kind, small_numbers_agreed, claim_period };
    Ok(Record { id: row.source_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<FundingSource>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => source::table
        .inner_join(version::table.on(version::source_id.eq(source::id).and(version::version.eq(source::version))))
        .filter(source::id.eq(id)).select((source::code, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of current versions, by code.
pub(super) fn page(conn: &mut Conn, filter: &FundingSourceFilter, request: &PageRequest) -> Result<Page<FundingSource>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = source::table
            .inner_join(version::table.on(version::source_id.eq(source::id).and(version::version.eq(source::version))))
            .select((source::code, VersionRow::as_select())).order(source::code).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(source::code.gt(after));
        }
        if let Some(term) = &filter.search {
            query = query.filter(version::search.like(search_pattern(term)).escape('\\'));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(version::kind.eq(kind));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.facts.code.clone()))
}

/// Codes and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => source::table
        .inner_join(version::table.on(version::source_id.eq(source::id).and(version::version.eq(source::version))))
        .filter(source::id.eq_any(ids)).select((source::id, source::code, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// Writes the identity. False where the code is taken.
pub(super) fn begin(conn: &mut Conn, record: &FundingSource) -> Result<bool, Refusal> {
    let values = (
        source::id.eq(record.id),
        source::code.eq(&record.facts.code),
        source::version.eq(record.version),
        source::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(source::table).values(values).on_conflict(source::code).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &FundingSource) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(source::table.filter(source::id.eq(record.id).and(source::version.eq(record.version - 1))))
        .set(source::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version and its aliases.
pub(super) fn add_version(conn: &mut Conn, record: &FundingSource) -> Result<(), Refusal> {
    let facts = &record.facts;
    let row = VersionRow {
        source_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        name: facts.name.clone(),
        kind: facts.kind,
        search: search_text([&facts.code, &facts.name].into_iter().chain(&facts.aliases).map(String::as_str)),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
        small_numbers_agreed: facts.small_numbers_agreed,
        claim_period: facts.claim_period,
    };
    let aliases: Vec<AliasRow<'_>> = (0..)
        .zip(&facts.aliases)
        .map(|(position, alias)| AliasRow { source_id: record.id, version: record.version, position, alias })
        .collect();
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(alias::table).values(&aliases).execute(c))?;
    Ok(())
}
