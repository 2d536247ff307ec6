//! Redactions in the database. Nothing of them is ever changed.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Refusal};
use crate::publishing::open_data::redactions::rules::{RedactedField, RedactedKind, Told};
use crate::store::Conn;
use crate::store::schema::{award_terms as terms, provider_alias, provider_version as version, redaction as table, redaction_lift as lift};

/// A redaction as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
pub struct RedactionRow {
    pub id: Id,
    pub recorded_at: Moment,
    pub record_kind: RedactedKind,
    pub record_id: Id,
    pub field: RedactedField,
    pub reason: String,
    pub starts_on: NaiveDate,
    pub redacted_by_id: Option<Id>,
    pub redacted_by: String,
}

/// That it was lifted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = lift, treat_none_as_default_value = false)]
pub struct LiftRow {
    pub redaction_id: Id,
    pub recorded_at: Moment,
    pub lifted_on: NaiveDate,
    pub lifted_by_id: Option<Id>,
    pub lifted_by: String,
    pub reason: String,
}

pub type Both = (RedactionRow, Option<LiftRow>);

pub fn insert(conn: &mut Conn, row: &RedactionRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(table::table).values(row).execute(c))?;
    Ok(())
}

pub fn insert_lift(conn: &mut Conn, row: &LiftRow) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(lift::table).values(row).execute(c))?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Both>, Refusal> {
    let found: Option<Both> = on!(conn, c => table::table.left_join(lift::table.on(lift::redaction_id.eq(table::id)))
        .filter(table::id.eq(id)).select((RedactionRow::as_select(), Option::<LiftRow>::as_select())).first(c).optional())?;
    Ok(found)
}

/// Whether a field of a record is redacted on a day, as far as is known now.
pub fn stands(conn: &mut Conn, record_id: Id, field: RedactedField, on: NaiveDate) -> Result<bool, Refusal> {
    let count: i64 = on!(conn, c => table::table.left_join(lift::table.on(lift::redaction_id.eq(table::id)))
        .filter(table::record_id.eq(record_id)).filter(table::field.eq(field)).filter(lift::redaction_id.is_null())
        .filter(table::starts_on.le(on)).count().get_result(c))?;
    Ok(count > 0)
}

/// A page of redactions, the newest first.
pub fn page(conn: &mut Conn, record_id: Option<Id>, request: &PageRequest) -> Result<Page<Both>, Refusal> {
    let before: Option<Id> = request.after()?;
    let rows: Vec<Both> = on!(conn, c => {
        let mut query = table::table.left_join(lift::table.on(lift::redaction_id.eq(table::id)))
            .select((RedactionRow::as_select(), Option::<LiftRow>::as_select())).into_boxed();
        if let Some(record) = record_id {
            query = query.filter(table::record_id.eq(record));
        }
        if let Some(before) = before {
            query = query.filter(table::id.lt(before));
        }
        query.order(table::id.desc()).limit(request.fetch()).load(c)
    })?;
    Ok(Page::cut(rows, request, |(row, _)| row.id))
}

/// All redactions.
pub fn all(conn: &mut Conn) -> Result<Vec<Told>, Refusal> {
    Ok(on!(conn, c => table::table.left_join(lift::table.on(lift::redaction_id.eq(table::id)))
        .select((table::record_id, table::field, table::starts_on, table::recorded_at, lift::recorded_at.nullable())).load(c))?)
}

/// What a provider is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// A name or an alias.
    Name(String),
    CharityNumber(String),
    CompanyNumber(String),
}

/// All names, aliases and numbers that these providers ever had.
pub fn names(conn: &mut Conn, providers: Vec<Id>) -> Result<Vec<(Id, Known)>, Refusal> {
    if providers.is_empty() {
        return Ok(Vec::new());
    }
    let versions: Vec<(Id, String, Option<String>, Option<String>)> = on!(conn, c => version::table
        .filter(version::provider_id.eq_any(&providers))
        .select((version::provider_id, version::name, version::charity_number, version::company_number)).distinct().load(c))?;
    let aliases: Vec<(Id, String)> = on!(conn, c => provider_alias::table.filter(provider_alias::provider_id.eq_any(&providers))
        .select((provider_alias::provider_id, provider_alias::alias)).distinct().load(c))?;
    let mut all: Vec<(Id, Known)> = aliases.into_iter().map(|(id, alias)| (id, Known::Name(alias))).collect();
    for (id, name, charity, company) in versions {
        all.push((id, Known::Name(name)));
        all.extend(charity.map(|number| (id, Known::CharityNumber(number))));
        all.extend(company.map(|number| (id, Known::CompanyNumber(number))));
    }
    Ok(all)
}

/// Each provider that these awards ever had, with the award.
pub fn recipients(conn: &mut Conn, awards: Vec<Id>) -> Result<Vec<(Id, Id)>, Refusal> {
    if awards.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(Id, Option<Id>)> = on!(conn, c => terms::table.filter(terms::award_id.eq_any(&awards))
        .select((terms::award_id, terms::provider_id)).distinct().load(c))?;
    Ok(found.into_iter().filter_map(|(award, provider)| Some((award, provider?))).collect())
}
