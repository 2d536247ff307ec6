//! Organisations in the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::access::Scope;
use crate::kernel::{Id, Moment, Page, PageRequest, Provenance, Refusal, TextList};
use crate::providers::ProviderSummary;
use crate::providers::rules::consortium::{MemberInput, Memberships};
use crate::providers::rules::{PccStatus, Provider, ProviderFilter, ProviderInput, ProviderKind, ProviderSize, text};
use crate::store::Conn;
use crate::store::schema::{area, provider, provider_alias, provider_area, provider_member, provider_version};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = provider_version)]
struct VersionRow {
    provider_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    search: String,
    kind: Option<ProviderKind>,
    pcc_status: PccStatus,
    size: Option<ProviderSize>,
    specialist: Option<bool>,
    charity_number: Option<String>,
    company_number: Option<String>,
    postcode: Option<String>,
    local: Option<bool>,
    home_area_id: Option<Id>,
    contact_email: Option<String>,
    supplier_number: Option<String>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = provider_member)]
struct MemberRow {
    provider_id: Id,
    version: i32,
    position: i32,
    member_id: Id,
    lead: bool,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
}

/// A record in one of its versions.
pub type Key = (Id, i32);

/// Lists inside a record, by the version they belong to.
pub type ByKey<T> = BTreeMap<Key, Vec<T>>;

/// Groups rows, which come in the lists' own order, by the version they belong to.
pub fn by_key<T>(rows: impl IntoIterator<Item = (Key, T)>) -> ByKey<T> {
    let mut lists = ByKey::new();
    for (key, item) in rows {
        lists.entry(key).or_insert_with(Vec::new).push(item);
    }
    lists
}

/// The place of an item in its list, from 1.
pub fn position(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX).saturating_add(1)
}

/// The records in these versions, in this order; those that are not there are left out.
pub fn load(conn: &mut Conn, keys: &[Key]) -> Result<Vec<Provider>, Refusal> {
    let ids: Vec<Id> = keys.iter().map(|key| key.0).collect();
    let versions: BTreeSet<i32> = keys.iter().map(|key| key.1).collect();
    let rows: Vec<(String, VersionRow)> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)))
        .filter(provider_version::provider_id.eq_any(&ids))
        .filter(provider_version::version.eq_any(&versions))
        .select((provider::reference, VersionRow::as_select()))
        .load(c))?;
    let mut lists = Lists::load(conn, &ids, &versions)?;
    let mut found: BTreeMap<Key, Provider> =
        rows.into_iter().map(|(reference, row)| ((row.provider_id, row.version), lists.complete(reference, row))).collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// The lists inside the records.
struct Lists {
    aliases: ByKey<String>,
    areas: ByKey<Id>,
    members: ByKey<MemberInput>,
}

impl Lists {
    fn load(conn: &mut Conn, ids: &[Id], versions: &BTreeSet<i32>) -> Result<Self, Refusal> {
        let aliases: Vec<(Id, i32, String)> = on!(conn, c => provider_alias::table
            .filter(provider_alias::provider_id.eq_any(ids))
            .filter(provider_alias::version.eq_any(versions))
            .order((provider_alias::provider_id, provider_alias::version, provider_alias::position))
            .select((provider_alias::provider_id, provider_alias::version, provider_alias::alias))
            .load(c))?;
        let areas: Vec<(Id, i32, Id)> = on!(conn, c => provider_area::table
            .filter(provider_area::provider_id.eq_any(ids))
            .filter(provider_area::version.eq_any(versions))
            .order((provider_area::provider_id, provider_area::version, provider_area::area_id))
            .select((provider_area::provider_id, provider_area::version, provider_area::area_id))
            .load(c))?;
        let members: Vec<MemberRow> = on!(conn, c => provider_member::table
            .filter(provider_member::provider_id.eq_any(ids))
            .filter(provider_member::version.eq_any(versions))
            .order((provider_member::provider_id, provider_member::version, provider_member::position))
            .select(MemberRow::as_select())
            .load(c))?;
        Ok(Self {
            aliases: by_key(aliases.into_iter().map(|(id, version, alias)| ((id, version), alias))),
            areas: by_key(areas.into_iter().map(|(id, version, area)| ((id, version), area))),
            members: by_key(members.into_iter().map(|row| ((row.provider_id, row.version), member(row)))),
        })
    }

    fn complete(&mut self, reference: String, row: VersionRow) -> Provider {
        let key = (row.provider_id, row.version);
        let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
        let facts = ProviderInput {
            reference: Some(reference),
            name: row.name,
            aliases: self.aliases.remove(&key).unwrap_or_default(),
            kind: row.kind,
            pcc_status: row.pcc_status,
            size: row.size,
            specialist: row.specialist,
            charity_number: row.charity_number,
            company_number: row.company_number,
            postcode: row.postcode,
            local: row.local,
            home_area_id: row.home_area_id,
            area_ids: self.areas.remove(&key).unwrap_or_default(),
            contact_email: row.contact_email,
            supplier_number: row.supplier_number,
            note: row.note,
        };
        let members = self.members.remove(&key).unwrap_or_default();
        Provider { id: key.0, version: key.1, recorded_at: row.recorded_at, facts, provenance, members }
    }
}

fn member(row: MemberRow) -> MemberInput {
    MemberInput { provider_id: row.member_id, lead: row.lead, starts_on: row.starts_on, ends_on: row.ends_on }
}

/// The supplier numbers of these organisations as they are now, of those that have one.
pub fn supplier_numbers(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Refusal> {
    let rows: Vec<(Id, Option<String>)> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)
            .and(provider_version::version.eq(provider::version))))
        .filter(provider::id.eq_any(ids)).select((provider::id, provider_version::supplier_number)).load(c))?;
    Ok(rows.into_iter().filter_map(|(id, number)| Some((id, number?))).collect())
}

/// The version that holds now.
pub fn version_now(conn: &mut Conn, id: Id) -> Result<Option<i32>, Refusal> {
    Ok(on!(conn, c => provider::table.find(id).select(provider::version).first(c).optional())?)
}

/// A page of the current versions that fit, by reference.
pub fn page(conn: &mut Conn, scope: Scope, filter: &ProviderFilter, page: &PageRequest) -> Result<Page<Provider>, Refusal> {
    let after: Option<String> = page.after()?;
    let own = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let keys: Vec<Key> = on!(conn, c => {
        let mut query = provider::table
            .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)
                .and(provider_version::version.eq(provider::version))))
            .select((provider::id, provider::version))
            .order(provider::reference)
            .limit(page.fetch())
            .into_boxed();
        if let Some(own) = own { query = query.filter(provider::id.eq(own)); }
        if let Some(after) = after { query = query.filter(provider::reference.gt(after)); }
        for pattern in text::search_patterns(filter.search.as_deref().unwrap_or_default()) {
            query = query.filter(provider_version::search.like(pattern).escape('\\'));
        }
        if let Some(kind) = filter.kind { query = query.filter(provider_version::kind.eq(kind)); }
        if let Some(status) = filter.pcc_status { query = query.filter(provider_version::pcc_status.eq(status)); }
        if let Some(size) = filter.size { query = query.filter(provider_version::size.eq(size)); }
        if let Some(local) = filter.local { query = query.filter(provider_version::local.eq(local)); }
        if let Some(area) = filter.area_id {
            let works_there = provider_area::table
                .filter(provider_area::provider_id.eq(provider_version::provider_id))
                .filter(provider_area::version.eq(provider_version::version))
                .filter(provider_area::area_id.eq(area));
            query = query.filter(provider_version::home_area_id.eq(area).or(diesel::dsl::exists(works_there)));
        }
        query.load(c)
    })?;
    Ok(Page::cut(load(conn, &keys)?, page, |provider| provider.reference().to_owned()))
}

/// A page of all versions of one record, the newest first.
pub fn history(conn: &mut Conn, id: Id, page: &PageRequest) -> Result<Page<Provider>, Refusal> {
    let before: i32 = page.after()?.unwrap_or(i32::MAX);
    let keys: Vec<Key> = on!(conn, c => provider_version::table
        .filter(provider_version::provider_id.eq(id))
        .filter(provider_version::version.lt(before))
        .order(provider_version::version.desc())
        .limit(page.fetch())
        .select((provider_version::provider_id, provider_version::version))
        .load(c))?;
    Ok(Page::cut(load(conn, &keys)?, page, |provider| provider.version))
}

/// Writes a new record in its first version.
pub fn insert(conn: &mut Conn, new: &Provider) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(provider::table)
        .values((
            provider::id.eq(new.id),
            provider::reference.eq(new.reference()),
            provider::version.eq(new.version),
            provider::recorded_at.eq(new.recorded_at),
        ))
        .execute(c))?;
    insert_version(conn, new)
}

/// Adds the next version, where nobody was faster.
pub fn advance(conn: &mut Conn, next: &Provider) -> Result<(), Refusal> {
    let moved = on!(conn, c => diesel::update(provider::table.find(next.id).filter(provider::version.eq(next.version - 1)))
        .set(provider::version.eq(next.version))
        .execute(c))?;
    if moved == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, next)
}

fn insert_version(conn: &mut Conn, one: &Provider) -> Result<(), Refusal> {
    let row = version_row(one);
    on!(conn, c => diesel::insert_into(provider_version::table).values(&row).execute(c))?;
    let aliases: Vec<_> = one
        .facts
        .aliases
        .iter()
        .enumerate()
        .map(|(at, alias)| {
            let key = (provider_alias::provider_id.eq(one.id), provider_alias::version.eq(one.version));
            (key.0, key.1, provider_alias::position.eq(position(at)), provider_alias::alias.eq(alias))
        })
        .collect();
    on!(conn, c => diesel::insert_into(provider_alias::table).values(&aliases).execute(c))?;
    let areas: Vec<_> = one
        .facts
        .area_ids
        .iter()
        .map(|area| {
            let key = (provider_area::provider_id.eq(one.id), provider_area::version.eq(one.version));
            (key.0, key.1, provider_area::area_id.eq(*area))
        })
        .collect();
    on!(conn, c => diesel::insert_into(provider_area::table).values(&areas).execute(c))?;
    let members: Vec<MemberRow> = one.members.iter().enumerate().map(|(at, member)| member_row(one, at, member)).collect();
    on!(conn, c => diesel::insert_into(provider_member::table).values(&members).execute(c))?;
    Ok(())
}

fn member_row(of: &Provider, at: usize, member: &MemberInput) -> MemberRow {
    MemberRow {
        provider_id: of.id,
        version: of.version,
        position: position(at),
        member_id: member.provider_id,
        lead: member.lead,
        starts_on: member.starts_on,
        ends_on: member.ends_on,
    }
}

fn version_row(one: &Provider) -> VersionRow {
    let facts = one.facts.clone();
    VersionRow {
        provider_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        name: facts.name,
        search: one.search_text(),
        kind: facts.kind,
        pcc_status: facts.pcc_status,
        size: facts.size,
        specialist: facts.specialist,
        charity_number: facts.charity_number,
        company_number: facts.company_number,
        postcode: facts.postcode,
        local: facts.local,
        home_area_id: facts.home_area_id,
        contact_email: facts.contact_email,
        supplier_number: facts.supplier_number,
        note: facts.note,
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.clone(),
        evidence: one.provenance.evidence.clone(),
    }
}

/// How many organisations there are.
pub fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => provider::table.count().get_result(c))?)
}

/// Whether the reference is in use.
pub fn has_reference(conn: &mut Conn, reference: &str) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(provider::table.filter(provider::reference.eq(reference)))).get_result(c))?)
}

/// Charity and company numbers of other organisations that are equal to those given, with the reference of who has them.
pub fn numbers_of_others(
    conn: &mut Conn,
    own: Id,
    charity: Option<&str>,
    company: Option<&str>,
) -> Result<Vec<(String, Option<String>, Option<String>)>, Refusal> {
    let (charity, company) = (charity.unwrap_or_default(), company.unwrap_or_default());
    Ok(on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)
            .and(provider_version::version.eq(provider::version))))
        .filter(provider::id.ne(own))
        .filter(provider_version::charity_number.eq(charity).or(provider_version::company_number.eq(company)))
        .order(provider::reference)
        .select((provider::reference, provider_version::charity_number, provider_version::company_number))
        .load(c))?)
}

/// Which of these organisations exist.
pub fn known(conn: &mut Conn, ids: &[Id]) -> Result<BTreeSet<Id>, Refusal> {
    let found: Vec<Id> = on!(conn, c => provider::table.filter(provider::id.eq_any(ids)).select(provider::id).load(c))?;
    Ok(found.into_iter().collect())
}

/// Which of these areas exist.
pub fn known_areas(conn: &mut Conn, ids: &[Id]) -> Result<BTreeSet<Id>, Refusal> {
    let found: Vec<Id> = on!(conn, c => area::table.filter(area::id.eq_any(ids)).select(area::id).load(c))?;
    Ok(found.into_iter().collect())
}

/// Everybody's members now.
pub fn memberships(conn: &mut Conn) -> Result<Memberships, Refusal> {
    let rows: Vec<(Id, Id)> = on!(conn, c => provider::table
        .inner_join(provider_member::table.on(provider_member::provider_id.eq(provider::id)
            .and(provider_member::version.eq(provider::version))))
        .select((provider_member::provider_id, provider_member::member_id))
        .load(c))?;
    let mut all = Memberships::new();
    for (consortium, member) in rows {
        all.entry(consortium).or_default().insert(member);
    }
    Ok(all)
}

/// Name and reference of these organisations now, by reference.
pub fn summaries(conn: &mut Conn, ids: &[Id]) -> Result<Vec<ProviderSummary>, Refusal> {
    let rows: Vec<(Id, String, String, Option<ProviderKind>, PccStatus)> = on!(conn, c => provider::table
        .inner_join(provider_version::table.on(provider_version::provider_id.eq(provider::id)
            .and(provider_version::version.eq(provider::version))))
        .filter(provider::id.eq_any(ids))
        .order(provider::reference)
        .select((provider::id, provider::reference, provider_version::name, provider_version::kind, provider_version::pcc_status))
        .load(c))?;
    let summary = |(id, reference, name, kind, pcc_status)| ProviderSummary { id, reference, name, kind, pcc_status };
    Ok(rows.into_iter().map(summary).collect())
}
