//! Service lines in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Provenance, Refusal, TextList};
use crate::providers::service_lines::rules::{ServiceLine, ServiceLineInput};
use crate::store::Conn;
use crate::store::schema::{service_line, service_line_version};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = service_line_version)]
struct VersionRow {
    service_line_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    theme: Option<String>,
    ends_on: Option<NaiveDate>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

fn service_line_of((provider_id, reference, row): (Id, String, VersionRow)) -> ServiceLine {
    ServiceLine {
        id: row.service_line_id,
        provider_id,
        reference,
        version: row.version,
        recorded_at: row.recorded_at,
        facts: ServiceLineInput { name: row.name, theme: row.theme, ends_on: row.ends_on, note: row.note },
        provenance: Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence },
    }
}

/// The service line as it is now.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<ServiceLine>, Refusal> {
    let row: Option<(Id, String, VersionRow)> = on!(conn, c => service_line::table
        .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
            .and(service_line_version::version.eq(service_line::version))))
        .filter(service_line::id.eq(id))
        .select((service_line::provider_id, service_line::reference, VersionRow::as_select()))
        .first(c)
        .optional())?;
    Ok(row.map(service_line_of))
}

/// A page of a provider's service lines, in the order in which they were added.
pub fn page(conn: &mut Conn, provider: Id, page: &PageRequest) -> Result<Page<ServiceLine>, Refusal> {
    let after: Option<Id> = page.after()?;
    let rows: Vec<(Id, String, VersionRow)> = on!(conn, c => {
        let mut query = service_line::table
            .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
                .and(service_line_version::version.eq(service_line::version))))
            .filter(service_line::provider_id.eq(provider))
            .order(service_line::id)
            .limit(page.fetch())
            .select((service_line::provider_id, service_line::reference, VersionRow::as_select()))
            .into_boxed();
        if let Some(after) = after { query = query.filter(service_line::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(service_line_of).collect(), page, |line| line.id))
}

/// Id, reference and name of all of a provider's service lines.
pub fn names(conn: &mut Conn, provider: Id) -> Result<Vec<(Id, String, String)>, Refusal> {
    Ok(on!(conn, c => service_line::table
        .inner_join(service_line_version::table.on(service_line_version::service_line_id.eq(service_line::id)
            .and(service_line_version::version.eq(service_line::version))))
        .filter(service_line::provider_id.eq(provider))
        .order(service_line::id)
        .select((service_line::id, service_line::reference, service_line_version::name))
        .load(c))?)
}

/// Writes a new service line in its first version.
pub fn insert(conn: &mut Conn, new: &ServiceLine) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(service_line::table)
        .values((
            service_line::id.eq(new.id),
            service_line::provider_id.eq(new.provider_id),
            service_line::reference.eq(&new.reference),
            service_line::version.eq(new.version),
            service_line::recorded_at.eq(new.recorded_at),
        ))
        .execute(c))?;
    insert_version(conn, new)
}

/// Adds the next version, where nobody was faster.
pub fn advance(conn: &mut Conn, next: &ServiceLine) -> Result<(), Refusal> {
    let current = service_line::table.find(next.id).filter(service_line::version.eq(next.version - 1));
    let moved = on!(conn, c => diesel::update(current).set(service_line::version.eq(next.version)).execute(c))?;
    if moved == 0 {
        return Err(Refusal::Stale);
    }
    insert_version(conn, next)
}

fn insert_version(conn: &mut Conn, one: &ServiceLine) -> Result<(), Refusal> {
    let facts = one.facts.clone();
    let row = VersionRow {
        service_line_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        name: facts.name,
        theme: facts.theme,
        ends_on: facts.ends_on,
        note: facts.note,
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced.clone(),
        evidence: one.provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(service_line_version::table).values(&row).execute(c))?;
    Ok(())
}
