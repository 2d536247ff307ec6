//! Due-diligence checks in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Refusal, TextList};
use crate::providers::checks::rules::{CheckKind, CheckOutcome, ProviderCheck};
use crate::store::Conn;
use crate::store::schema::{provider, provider_check as table, provider_version as version};
use crate::store::sql::Prepare;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct CheckRow {
    id: Id,
    provider_id: Id,
    reference: String,
    recorded_at: Moment,
    kind: CheckKind,
    outcome: CheckOutcome,
    checked_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    supplier_number: Option<String>,
    evidence: Option<String>,
    remark: Option<String>,
    recorded_by: Option<Id>,
    recorded_by_name: String,
    illustrative: bool,
    not_evidenced: TextList,
}

/// A check beside the supplier number that the provider has now.
fn check_of((row, number_now): (CheckRow, Option<String>)) -> ProviderCheck {
    ProviderCheck {
        id: row.id,
        provider_id: row.provider_id,
        reference: row.reference,
        recorded_at: row.recorded_at,
        kind: row.kind,
        outcome: row.outcome,
        checked_on: row.checked_on,
        expires_on: row.expires_on,
        is_outdated: row.supplier_number.is_some() && row.supplier_number != number_now,
        supplier_number: row.supplier_number,
        evidence: row.evidence,
        remark: row.remark,
        recorded_by: row.recorded_by,
        recorded_by_name: row.recorded_by_name,
        illustrative: row.illustrative,
        not_evidenced: row.not_evidenced,
    }
}

/// The check.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<ProviderCheck>, Refusal> {
    let row: Option<(CheckRow, Option<String>)> = on!(conn, c => table::table
        .inner_join(provider::table.on(provider::id.eq(table::provider_id)))
        .inner_join(version::table.on(version::provider_id.eq(provider::id).and(version::version.eq(provider::version))))
        .filter(table::id.eq(id)).select((CheckRow::as_select(), version::supplier_number)).first(c).optional())?;
    Ok(row.map(check_of))
}

/// All checks of these providers.
pub fn of_providers(conn: &mut Conn, providers: &[Id]) -> Result<Vec<ProviderCheck>, Refusal> {
    let rows: Vec<(CheckRow, Option<String>)> = on!(conn, c => table::table
        .inner_join(provider::table.on(provider::id.eq(table::provider_id)))
        .inner_join(version::table.on(version::provider_id.eq(provider::id).and(version::version.eq(provider::version))))
        .filter(table::provider_id.eq_any(providers)).order((table::provider_id, table::id))
        .select((CheckRow::as_select(), version::supplier_number)).prepared_for(providers).load(c))?;
    Ok(rows.into_iter().map(check_of).collect())
}

/// A page of a provider's checks, the one recorded last first; of `among` only, where that is given.
pub fn page(
    conn: &mut Conn,
    of: Id,
    kind: Option<CheckKind>,
    among: Option<&[Id]>,
    request: &PageRequest,
) -> Result<Page<ProviderCheck>, Refusal> {
    let before: Option<Id> = request.after()?;
    let rows: Vec<(CheckRow, Option<String>)> = on!(conn, c => {
        let mut query = table::table
            .inner_join(provider::table.on(provider::id.eq(table::provider_id)))
            .inner_join(version::table.on(version::provider_id.eq(provider::id).and(version::version.eq(provider::version))))
            .filter(table::provider_id.eq(of)).select((CheckRow::as_select(), version::supplier_number))
            .order(table::id.desc()).limit(request.fetch()).into_boxed();
        if let Some(before) = before {
            query = query.filter(table::id.lt(before));
        }
        if let Some(kind) = kind {
            query = query.filter(table::kind.eq(kind));
        }
        if let Some(among) = among {
            query = query.filter(table::id.eq_any(among));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(check_of).collect(), request, |check| check.id))
}

/// How many checks the provider has.
pub fn count(conn: &mut Conn, of: Id) -> Result<i64, Refusal> {
    Ok(on!(conn, c => table::table.filter(table::provider_id.eq(of)).count().get_result(c))?)
}

/// Writes a check.
pub fn insert(conn: &mut Conn, new: &ProviderCheck) -> Result<(), Refusal> {
    let one = new.clone();
    let row = CheckRow {
        id: one.id,
        provider_id: one.provider_id,
        reference: one.reference,
        recorded_at: one.recorded_at,
        kind: one.kind,
        outcome: one.outcome,
        checked_on: one.checked_on,
        expires_on: one.expires_on,
        supplier_number: one.supplier_number,
        evidence: one.evidence,
        remark: one.remark,
        recorded_by: one.recorded_by,
        recorded_by_name: one.recorded_by_name,
        illustrative: one.illustrative,
        not_evidenced: one.not_evidenced,
    };
    on!(conn, c => diesel::insert_into(table::table).values(&row).execute(c))?;
    Ok(())
}
