//! Funds in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::rules::Pledge;
use crate::funds::{EvaluationKind, Fund, FundInput, FundKind, FundScope, MonitoringKind, Record, UnspentRule};
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{fund, fund_alias as alias, fund_predecessor as predecessor, fund_source as source, fund_version as version};
use crate::store::search::{search_pattern, search_text};

/// What a list of funds can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FundFilter {
    /// Part of the code, the name or an alias, in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub search: Option<String>,
    /// Only this kind.
    pub kind: Option<FundKind>,
    /// Only this scope.
    pub scope: Option<FundScope>,
    /// Only funds of this commissioning body.
    pub commissioning_body_id: Option<Id>,
    /// Only funds that this funding source feeds.
    pub source_id: Option<Id>,
    /// Only funds whose review is due by this day and not yet held since.
    pub review_due_by: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    fund_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    kind: FundKind,
    scope: FundScope,
    purpose: Option<String>,
    body_id: Id,
    unspent_rule: Option<UnspentRule>,
    default_monitoring: Option<MonitoringKind>,
    default_evaluation: Option<EvaluationKind>,
    review_due: Option<NaiveDate>,
    reviewed_on: Option<NaiveDate>,
    review_outcome: Option<String>,
    review_consultation: Option<String>,
    pledge_text: Option<String>,
    pledge_from: Option<NaiveDate>,
    pledge_to: Option<NaiveDate>,
    search: String,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = alias, treat_none_as_default_value = false)]
struct AliasRow<'a> {
    fund_id: Id,
    version: i32,
    position: i32,
    alias: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = source, treat_none_as_default_value = false)]
struct SourceRow {
    fund_id: Id,
    version: i32,
    position: i32,
    source_id: Id,
}

#[derive(Insertable)]
#[diesel(table_name = predecessor, treat_none_as_default_value = false)]
struct PredecessorRow {
    fund_id: Id,
    version: i32,
    position: i32,
    predecessor_id: Id,
}

/// What stands in a list inside a version, by record and version.
type Lists<T> = HashMap<(Id, i32), Vec<T>>;

fn lists<T>(rows: Vec<(Id, i32, T)>) -> Lists<T> {
    let mut lists: Lists<T> = HashMap::new();
    for (id, version, item) in rows {
        lists.entry((id, version)).or_default().push(item);
    }
    lists
}

/// Rows as records, with their lists.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<Fund>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.fund_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let aliases: Vec<(Id, i32, String)> = on!(conn, c => alias::table.filter(alias::fund_id.eq_any(&ids).and(alias::version.eq_any(&versions)))
        .order((alias::fund_id, alias::version, alias::position)).select((alias::fund_id, alias::version, alias::alias)).load(c))?;
    let sources: Vec<(Id, i32, Id)> = on!(conn, c => source::table.filter(source::fund_id.eq_any(&ids).and(source::version.eq_any(&versions)))
        .order((source::fund_id, source::version, source::position)).select((source::fund_id, source::version, source::source_id)).load(c))?;
    let predecessors: Vec<(Id, i32, Id)> = on!(conn, c => predecessor::table.filter(predecessor::fund_id.eq_any(&ids).and(predecessor::version.eq_any(&versions)))
        .order((predecessor::fund_id, predecessor::version, predecessor::position))
        .select((predecessor::fund_id, predecessor::version, predecessor::predecessor_id)).load(c))?;
    let (mut aliases, mut sources, mut predecessors) = (lists(aliases), lists(sources), lists(predecessors));
    let turn = |(code, row): (String, VersionRow)| {
        let key = (row.fund_id, row.version);
        let mut fund = record(code, row)?;
        fund.facts.aliases = aliases.remove(&key).unwrap_or_default();
        fund.facts.source_ids = sources.remove(&key).unwrap_or_default();
        fund.facts.succeeds_ids = predecessors.remove(&key).unwrap_or_default();
        Ok(fund)
    };
    rows.into_iter().map(turn).collect()
}

/// A row as a record, its lists still empty.
fn record(code: String, row: VersionRow) -> Result<Fund, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let facts = FundInput {
        code,
        name: row.name,
        aliases: Vec::new(),
        kind: row.kind,
        scope: row.scope,
        purpose: row.purpose,
        commissioning_body_id: row.body_id,
        source_ids: Vec::new(),
        succeeds_ids: Vec::new(),
        unspent_rule: row.unspent_rule,
        default_monitoring: row.default_monitoring,
        default_evaluation: row.default_evaluation,
        review_due: row.review_due,
        reviewed_on: row.reviewed_on,
        review_outcome: row.review_outcome,
        review_consultation: row.review_consultation,
        pledge_text: row.pledge_text,
        pledge_from: row.pledge_from,
        pledge_to: row.pledge_to,
    };
    Ok(Record { id: row.fund_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Fund>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => fund::table
        .inner_join(version::table.on(version::fund_id.eq(fund::id).and(version::version.eq(fund::version))))
        .filter(fund::id.eq(id)).select((fund::code, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// What is pledged to whoever receives a grant from it.
pub(super) fn pledge(conn: &mut Conn, id: Id) -> Result<Option<Pledge>, Refusal> {
    let found: Option<(Option<String>, Option<NaiveDate>, Option<NaiveDate>)> = on!(conn, c => fund::table
        .inner_join(version::table.on(version::fund_id.eq(fund::id).and(version::version.eq(fund::version))))
        .filter(fund::id.eq(id)).select((version::pledge_text, version::pledge_from, version::pledge_to)).first(c).optional())?;
    Ok(found.map(|(text, from, to)| Pledge { text, from, to }))
}

/// A page of current versions, by code.
pub(super) fn page(conn: &mut Conn, filter: &FundFilter, request: &PageRequest) -> Result<Page<Fund>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = fund::table
            .inner_join(version::table.on(version::fund_id.eq(fund::id).and(version::version.eq(fund::version))))
            .select((fund::code, VersionRow::as_select())).order(fund::code).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(fund::code.gt(after));
        }
        if let Some(term) = &filter.search {
            query = query.filter(version::search.like(search_pattern(term)).escape('\\'));
        }
        if let Some(kind) = filter.kind {
            query = query.filter(version::kind.eq(kind));
        }
        if let Some(scope) = filter.scope {
            query = query.filter(version::scope.eq(scope));
        }
        if let Some(body) = filter.commissioning_body_id {
            query = query.filter(version::body_id.eq(body));
        }
        if let Some(wanted) = filter.source_id {
            let fed = source::table.filter(source::source_id.eq(wanted).and(source::fund_id.eq(fund::id)).and(source::version.eq(fund::version)));
            query = query.filter(diesel::dsl::exists(fed));
        }
        if let Some(day) = filter.review_due_by {
            query = query.filter(version::review_due.le(day));
            query = query.filter(version::reviewed_on.is_null().or(version::reviewed_on.lt(version::review_due)));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.facts.code.clone()))
}

/// A page of all versions of one fund, the newest first.
pub(super) fn versions(conn: &mut Conn, id: Id, request: &PageRequest) -> Result<Page<Fund>, Refusal> {
    let before: Option<i32> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = fund::table.inner_join(version::table.on(version::fund_id.eq(fund::id))).filter(fund::id.eq(id))
            .select((fund::code, VersionRow::as_select())).order(version::version.desc()).limit(request.fetch()).into_boxed();
        if let Some(before) = before {
            query = query.filter(version::version.lt(before));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.version))
}

/// Codes and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => fund::table
        .inner_join(version::table.on(version::fund_id.eq(fund::id).and(version::version.eq(fund::version))))
        .filter(fund::id.eq_any(ids)).select((fund::id, fund::code, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// The funds that `id` grew out of.
pub(super) fn predecessors(conn: &mut Conn, id: Id) -> Result<Vec<Id>, Refusal> {
    Ok(on!(conn, c => fund::table
        .inner_join(predecessor::table.on(predecessor::fund_id.eq(fund::id).and(predecessor::version.eq(fund::version))))
        .filter(fund::id.eq(id)).order(predecessor::position).select(predecessor::predecessor_id).load(c))?)
}

/// Writes the identity. False where the code is taken.
pub(super) fn begin(conn: &mut Conn, record: &Fund) -> Result<bool, Refusal> {
    let values = (
        fund::id.eq(record.id),
        fund::code.eq(&record.facts.code),
        fund::version.eq(record.version),
        fund::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(fund::table).values(values).on_conflict(fund::code).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Fund) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(fund::table.filter(fund::id.eq(record.id).and(fund::version.eq(record.version - 1))))
        .set(fund::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version and its lists.
pub(super) fn add_version(conn: &mut Conn, record: &Fund) -> Result<(), Refusal> {
    let (fund_id, version, facts) = (record.id, record.version, &record.facts);
    let row = version_row(record);
    let alias_row = |(position, alias)| AliasRow { fund_id, version, position, alias };
    let aliases: Vec<AliasRow<'_>> = (0..).zip(facts.aliases.iter().map(String::as_str)).map(alias_row).collect();
    let source_row = |(position, source_id)| SourceRow { fund_id, version, position, source_id };
    let sources: Vec<SourceRow> = (0..).zip(facts.source_ids.iter().copied()).map(source_row).collect();
    let predecessor_row = |(position, predecessor_id)| PredecessorRow { fund_id, version, position, predecessor_id };
    let predecessors: Vec<PredecessorRow> = (0..).zip(facts.succeeds_ids.iter().copied()).map(predecessor_row).collect();
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    on!(conn, c => diesel::insert_into(alias::table).values(&aliases).execute(c))?;
    on!(conn, c => diesel::insert_into(source::table).values(&sources).execute(c))?;
    on!(conn, c => diesel::insert_into(predecessor::table).values(&predecessors).execute(c))?;
    Ok(())
}

fn version_row(record: &Fund) -> VersionRow {
    let facts = &record.facts;
    VersionRow {
        fund_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        name: facts.name.clone(),
        kind: facts.kind,
        scope: facts.scope,
        purpose: facts.purpose.clone(),
        body_id: facts.commissioning_body_id,
        unspent_rule: facts.unspent_rule,
        default_monitoring: facts.default_monitoring,
        default_evaluation: facts.default_evaluation,
        review_due: facts.review_due,
        reviewed_on: facts.reviewed_on,
        review_outcome: facts.review_outcome.clone(),
        review_consultation: facts.review_consultation.clone(),
        pledge_text: facts.pledge_text.clone(),
        pledge_from: facts.pledge_from,
        pledge_to: facts.pledge_to,
        search: search_text([&facts.code, &facts.name].into_iter().chain(&facts.aliases).map(String::as_str)),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
    }
}
