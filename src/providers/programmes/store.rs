//! Programmes in the database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Provenance, Refusal, TextList};
use crate::providers::programmes::ProgrammeSummary;
use crate::providers::programmes::rules::{
    Eligibility, Programme, ProgrammeFilter, ProgrammeInput, ProgrammeKind, ProgrammeStage, ReferralRoute,
};
use crate::providers::rules::text;
use crate::providers::store::{ByKey, Key, by_key, position};
use crate::store::Conn;
use crate::store::schema::{
    fund, programme, programme_alias, programme_area, programme_eligibility, programme_fund, programme_provider, programme_route,
    programme_version,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = programme_version)]
struct VersionRow {
    programme_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    search: String,
    kind: Option<ProgrammeKind>,
    stage: Option<ProgrammeStage>,
    stage_since_on: Option<NaiveDate>,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    succeeds_id: Option<Id>,
    evaluator_id: Option<Id>,
    evaluation_due_on: Option<NaiveDate>,
    onward_grants: Option<bool>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

/// The records in these versions, in this order; those that are not there are left out.
pub fn load(conn: &mut Conn, keys: &[Key]) -> Result<Vec<Programme>, Refusal> {
    let ids: Vec<Id> = keys.iter().map(|key| key.0).collect();
    let versions: BTreeSet<i32> = keys.iter().map(|key| key.1).collect();
    let rows: Vec<(String, VersionRow)> = on!(conn, c => programme::table
        .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id)))
        .filter(programme_version::programme_id.eq_any(&ids))
        .filter(programme_version::version.eq_any(&versions))
        .select((programme::code, VersionRow::as_select()))
        .load(c))?;
    let mut lists = Lists::load(conn, &ids, &versions)?;
    let mut found: BTreeMap<Key, Programme> =
        rows.into_iter().map(|(code, row)| ((row.programme_id, row.version), lists.complete(code, row))).collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// The lists inside the records.
struct Lists {
    aliases: ByKey<String>,
    routes: ByKey<ReferralRoute>,
    eligibility: ByKey<Eligibility>,
    funds: ByKey<Id>,
    providers: ByKey<Id>,
    areas: ByKey<Id>,
}

impl Lists {
    fn load(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<Self, Refusal> {
        Ok(Self {
            aliases: aliases(conn, ids, versions)?,
            routes: routes(conn, ids, versions)?,
            eligibility: eligibility(conn, ids, versions)?,
            funds: funds(conn, ids, versions)?,
            providers: providers(conn, ids, versions)?,
            areas: areas(conn, ids, versions)?,
        })
    }

    fn complete(&mut self, code: String, row: VersionRow) -> Programme {
        let key = (row.programme_id, row.version);
        let facts = ProgrammeInput {
            code,
            name: row.name,
            aliases: self.aliases.remove(&key).unwrap_or_default(),
            kind: row.kind,
            stage: row.stage,
            stage_since_on: row.stage_since_on,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            succeeds_id: row.succeeds_id,
            evaluator_id: row.evaluator_id,
            evaluation_due_on: row.evaluation_due_on,
            onward_grants: row.onward_grants,
            referral_routes: self.routes.remove(&key).unwrap_or_default(),
            eligibility: self.eligibility.remove(&key).unwrap_or_default(),
            fund_ids: self.funds.remove(&key).unwrap_or_default(),
            provider_ids: self.providers.remove(&key).unwrap_or_default(),
            area_ids: self.areas.remove(&key).unwrap_or_default(),
            note: row.note,
        };
        let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
        Programme { id: key.0, version: key.1, recorded_at: row.recorded_at, facts, provenance }
    }
}

fn aliases(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<String>, Refusal> {
    let rows: Vec<(Id, i32, String)> = on!(conn, c => programme_alias::table
        .filter(programme_alias::programme_id.eq_any(ids))
        .filter(programme_alias::version.eq_any(versions))
        .order((programme_alias::programme_id, programme_alias::version, programme_alias::position))
        .select((programme_alias::programme_id, programme_alias::version, programme_alias::alias))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, alias)| ((id, version), alias))))
}

type Route = (Id, i32, String, Option<NaiveDate>, Option<NaiveDate>);

fn routes(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<ReferralRoute>, Refusal> {
    let rows: Vec<Route> = on!(conn, c => programme_route::table
        .filter(programme_route::programme_id.eq_any(ids))
        .filter(programme_route::version.eq_any(versions))
        .order((programme_route::programme_id, programme_route::version, programme_route::position))
        .select((programme_route::programme_id, programme_route::version, programme_route::name, programme_route::starts_on, programme_route::ends_on))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, name, starts_on, ends_on)| ((id, version), ReferralRoute { name, starts_on, ends_on }))))
}

fn eligibility(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<Eligibility>, Refusal> {
    let rows: Vec<(Id, i32, String, Option<NaiveDate>)> = on!(conn, c => programme_eligibility::table
        .filter(programme_eligibility::programme_id.eq_any(ids))
        .filter(programme_eligibility::version.eq_any(versions))
        .order((programme_eligibility::programme_id, programme_eligibility::version, programme_eligibility::position))
        .select((programme_eligibility::programme_id, programme_eligibility::version, programme_eligibility::criteria, programme_eligibility::starts_on))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, criteria, starts_on)| ((id, version), Eligibility { criteria, starts_on }))))
}

fn funds(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<Id>, Refusal> {
    let rows: Vec<(Id, i32, Id)> = on!(conn, c => programme_fund::table
        .filter(programme_fund::programme_id.eq_any(ids))
        .filter(programme_fund::version.eq_any(versions))
        .order((programme_fund::programme_id, programme_fund::version, programme_fund::fund_id))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, fund)| ((id, version), fund))))
}

fn providers(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<Id>, Refusal> {
    let rows: Vec<(Id, i32, Id)> = on!(conn, c => programme_provider::table
        .filter(programme_provider::programme_id.eq_any(ids))
        .filter(programme_provider::version.eq_any(versions))
        .order((programme_provider::programme_id, programme_provider::version, programme_provider::provider_id))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, provider)| ((id, version), provider))))
}

fn areas(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<ByKey<Id>, Refusal> {
    let rows: Vec<(Id, i32, Id)> = on!(conn, c => programme_area::table
        .filter(programme_area::programme_id.eq_any(ids))
        .filter(programme_area::version.eq_any(versions))
        .order((programme_area::programme_id, programme_area::version, programme_area::area_id))
        .load(c))?;
    Ok(by_key(rows.into_iter().map(|(id, version, area)| ((id, version), area))))
}

/// The version that holds now.
pub fn version_now(conn: &mut Conn, id: Id) -> Result<Option<i32>, Refusal> {
    Ok(on!(conn, c => programme::table.find(id).select(programme::version).first(c).optional())?)
}

/// A page of the current versions that fit, by code; those that `own` delivers or evaluates, where a provider asks.
pub fn page(conn: &mut Conn, own: Option<Id>, filter: &ProgrammeFilter, page: &PageRequest) -> Result<Page<Programme>, Refusal> {
    let after: Option<String> = page.after()?;
    let keys: Vec<Key> = on!(conn, c => {
        let mut query = programme::table
            .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id)
                .and(programme_version::version.eq(programme::version))))
            .select((programme::id, programme::version))
            .order(programme::code)
            .limit(page.fetch())
            .into_boxed();
        if let Some(after) = after { query = query.filter(programme::code.gt(after)); }
        for pattern in text::search_patterns(filter.search.as_deref().unwrap_or_default()) {
            query = query.filter(programme_version::search.like(pattern).escape('\\'));
        }
        if let Some(kind) = filter.kind { query = query.filter(programme_version::kind.eq(kind)); }
        if let Some(stage) = filter.stage { query = query.filter(programme_version::stage.eq(stage)); }
        if let Some(fund) = filter.fund_id {
            query = query.filter(diesel::dsl::exists(programme_fund::table
                .filter(programme_fund::programme_id.eq(programme_version::programme_id))
                .filter(programme_fund::version.eq(programme_version::version))
                .filter(programme_fund::fund_id.eq(fund))));
        }
        if let Some(provider) = filter.provider_id {
            query = query.filter(diesel::dsl::exists(programme_provider::table
                .filter(programme_provider::programme_id.eq(programme_version::programme_id))
                .filter(programme_provider::version.eq(programme_version::version))
                .filter(programme_provider::provider_id.eq(provider))));
        }
        if let Some(own) = own {
            query = query.filter(programme_version::evaluator_id.eq(own).assume_not_null().or(diesel::dsl::exists(programme_provider::table
                .filter(programme_provider::programme_id.eq(programme_version::programme_id))
                .filter(programme_provider::version.eq(programme_version::version))
                .filter(programme_provider::provider_id.eq(own)))));
        }
        if let Some(area) = filter.area_id {
            query = query.filter(diesel::dsl::exists(programme_area::table
                .filter(programme_area::programme_id.eq(programme_version::programme_id))
                .filter(programme_area::version.eq(programme_version::version))
                .filter(programme_area::area_id.eq(area))));
        }
        query.load(c)
    })?;
    Ok(Page::cut(load(conn, &keys)?, page, |programme| programme.facts.code.clone()))
}

/// A page of all versions of one record, the newest first.
pub fn history(conn: &mut Conn, id: Id, page: &PageRequest) -> Result<Page<Programme>, Refusal> {
    let before: i32 = page.after()?.unwrap_or(i32::MAX);
    let keys: Vec<Key> = on!(conn, c => programme_version::table
        .filter(programme_version::programme_id.eq(id))
        .filter(programme_version::version.lt(before))
        .order(programme_version::version.desc())
        .limit(page.fetch())
        .select((programme_version::programme_id, programme_version::version))
        .load(c))?;
    Ok(Page::cut(load(conn, &keys)?, page, |programme| programme.version))
}

/// Writes a new record in its first version.
pub fn insert(conn: &mut Conn, new: &Programme) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(programme::table)
        .values((
            programme::id.eq(new.id),
            programme::code.eq(&new.facts.code),
            programme::version.eq(new.version),
            programme::recorded_at.eq(new.recorded_at),
        ))
        .execute(c))?;
    insert_version(conn, new)
}

/// Adds the next version, where nobody was faster.
pub fn advance(conn: &mut Conn, next: &Programme) -> Result<(), Refusal> {
    let current = programme::table.find(next.id).filter(programme::version.eq(next.version - 1));
    let moved = on!(conn, c => diesel::update(current).set(programme::version.eq(next.version)).execute(c))?;
    if moved == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, next)
}

fn insert_version(conn: &mut Conn, one: &Programme) -> Result<(), Refusal> {
    let row = version_row(one);
    on!(conn, c => diesel::insert_into(programme_version::table).values(&row).execute(c))?;
    insert_names(conn, one)?;
    insert_references(conn, one)
}

fn insert_names(conn: &mut Conn, one: &Programme) -> Result<(), Refusal> {
    let aliases = one.facts.aliases.iter().enumerate().map(|(at, alias)| {
        let key = (programme_alias::programme_id.eq(one.id), programme_alias::version.eq(one.version));
        (key.0, key.1, programme_alias::position.eq(position(at)), programme_alias::alias.eq(alias))
    });
    let aliases: Vec<_> = aliases.collect();
    on!(conn, c => diesel::insert_into(programme_alias::table).values(&aliases).execute(c))?;
    let routes = one.facts.referral_routes.iter().enumerate().map(|(at, route)| {
        let key = (programme_route::programme_id.eq(one.id), programme_route::version.eq(one.version));
        let days = (programme_route::starts_on.eq(route.starts_on), programme_route::ends_on.eq(route.ends_on));
        (key.0, key.1, programme_route::position.eq(position(at)), programme_route::name.eq(&route.name), days.0, days.1)
    });
    let routes: Vec<_> = routes.collect();
    on!(conn, c => diesel::insert_into(programme_route::table).values(&routes).execute(c))?;
    let rules = one.facts.eligibility.iter().enumerate().map(|(at, rule)| {
        let key = (programme_eligibility::programme_id.eq(one.id), programme_eligibility::version.eq(one.version));
        let text = (programme_eligibility::criteria.eq(&rule.criteria), programme_eligibility::starts_on.eq(rule.starts_on));
        (key.0, key.1, programme_eligibility::position.eq(position(at)), text.0, text.1)
    });
    let rules: Vec<_> = rules.collect();
    on!(conn, c => diesel::insert_into(programme_eligibility::table).values(&rules).execute(c))?;
    Ok(())
}

fn insert_references(conn: &mut Conn, one: &Programme) -> Result<(), Refusal> {
    let funds = one.facts.fund_ids.iter().map(|fund| {
        let key = (programme_fund::programme_id.eq(one.id), programme_fund::version.eq(one.version));
        (key.0, key.1, programme_fund::fund_id.eq(*fund))
    });
    let funds: Vec<_> = funds.collect();
    on!(conn, c => diesel::insert_into(programme_fund::table).values(&funds).execute(c))?;
    let providers = one.facts.provider_ids.iter().map(|provider| {
        let key = (programme_provider::programme_id.eq(one.id), programme_provider::version.eq(one.version));
        (key.0, key.1, programme_provider::provider_id.eq(*provider))
    });
    let providers: Vec<_> = providers.collect();
    on!(conn, c => diesel::insert_into(programme_provider::table).values(&providers).execute(c))?;
    let areas = one.facts.area_ids.iter().map(|area| {
        let key = (programme_area::programme_id.eq(one.id), programme_area::version.eq(one.version));
        (key.0, key.1, programme_area::area_id.eq(*area))
    });
    let areas: Vec<_> = areas.collect();
    on!(conn, c => diesel::insert_into(programme_area::table).values(&areas).execute(c))?;
    Ok(())
}

fn version_row(one: &Programme) -> VersionRow {
    let facts = &one.facts;
    VersionRow {
        programme_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        name: facts.name.clone(),
        search: one.search_text(),
        kind: facts.kind,
        stage: facts.stage,
        stage_since_on: facts.stage_since_on,
        starts_on: facts.starts_on,
        ends_on: facts.ends_on,
        succeeds_id: facts.succeeds_id,
        evaluator_id: facts.evaluator_id,
        evaluation_due_on: facts.evaluation_due_on,
        onward_grants: facts.onward_grants,
        note: facts.note.clone(),
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.clone(),
        evidence: one.provenance.evidence.clone(),
    }
}

/// Whether the code is in use.
pub fn has_code(conn: &mut Conn, code: &str) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(programme::table.filter(programme::code.eq(code)))).get_result(c))?)
}

/// Which of these funds exist.
pub fn known_funds(conn: &mut Conn, ids: &[Id]) -> Result<BTreeSet<Id>, Refusal> {
    let found: Vec<Id> = on!(conn, c => fund::table.filter(fund::id.eq_any(ids)).select(fund::id).load(c))?;
    Ok(found.into_iter().collect())
}

/// Which of these programmes exist.
pub fn known(conn: &mut Conn, ids: &[Id]) -> Result<BTreeSet<Id>, Refusal> {
    let found: Vec<Id> = on!(conn, c => programme::table.filter(programme::id.eq_any(ids)).select(programme::id).load(c))?;
    Ok(found.into_iter().collect())
}

/// Which programme each programme follows now.
pub fn successions(conn: &mut Conn) -> Result<BTreeMap<Id, Id>, Refusal> {
    let rows: Vec<(Id, Option<Id>)> = on!(conn, c => programme::table
        .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id)
            .and(programme_version::version.eq(programme::version))))
        .filter(programme_version::succeeds_id.is_not_null())
        .select((programme::id, programme_version::succeeds_id))
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(later, earlier)| Some((later, earlier?))).collect())
}

/// Name and code of these programmes now, by code.
pub fn summaries(conn: &mut Conn, ids: &[Id]) -> Result<Vec<ProgrammeSummary>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => programme::table
        .inner_join(programme_version::table.on(programme_version::programme_id.eq(programme::id)
            .and(programme_version::version.eq(programme::version))))
        .filter(programme::id.eq_any(ids))
        .order(programme::code)
        .select((programme::id, programme::code, programme_version::name))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, code, name)| ProgrammeSummary { id, code, name }).collect())
}
