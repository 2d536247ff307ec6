//! Fund periods in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::periods::{FundPeriod, PeriodFacts};
use crate::funds::record::Record;
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Provenance, Refusal};
use crate::store::Conn;
use crate::store::schema::{fund, fund_period as period, fund_period_version as version, fund_version};

/// What a list of fund periods can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct FundPeriodFilter {
    /// Only periods that this day is in.
    pub holds: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    period_id: Id,
    version: i32,
    recorded_at: Moment,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

fn record((fund_id, label, row): (Id, String, VersionRow)) -> Result<FundPeriod, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let label = label.parse().map_err(Refusal::broken)?;
    let facts = PeriodFacts { fund_id, label, starts_on: row.starts_on, ends_on: row.ends_on, note: row.note };
    Ok(Record { id: row.period_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<FundPeriod>, Refusal> {
    let row: Option<(Id, String, VersionRow)> = on!(conn, c => period::table
        .inner_join(version::table.on(version::period_id.eq(period::id).and(version::version.eq(period::version))))
        .filter(period::id.eq(id)).select((period::fund_id, period::label, VersionRow::as_select())).first(c).optional())?;
    row.map(record).transpose()
}

/// Whether the fund has any period.
pub(super) fn has_any(conn: &mut Conn, fund_id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(period::table.filter(period::fund_id.eq(fund_id)))).get_result(c))?)
}

/// A page of the current versions of a fund's periods, by label.
pub(super) fn page(conn: &mut Conn, fund_id: Id, filter: &FundPeriodFilter, request: &PageRequest) -> Result<Page<FundPeriod>, Refusal> {
    let after: Option<String> = request.after()?;
    let rows: Vec<(Id, String, VersionRow)> = on!(conn, c => {
        let mut query = period::table
            .inner_join(version::table.on(version::period_id.eq(period::id).and(version::version.eq(period::version))))
            .filter(period::fund_id.eq(fund_id)).select((period::fund_id, period::label, VersionRow::as_select()))
            .order(period::label).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(period::label.gt(after));
        }
        if let Some(day) = filter.holds {
            query = query.filter(version::starts_on.le(day).and(version::ends_on.ge(day)));
        }
        query.load(c)
    })?;
    let records = rows.into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(records, request, |record| record.facts.label.to_string()))
}

/// References and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String, String)> = on!(conn, c => period::table
        .inner_join(fund::table.on(fund::id.eq(period::fund_id)))
        .inner_join(fund_version::table.on(fund_version::fund_id.eq(fund::id).and(fund_version::version.eq(fund::version))))
        .filter(period::id.eq_any(ids)).select((period::id, fund::code, period::label, fund_version::name)).load(c))?;
    let turn = |(id, code, label, name): (Id, String, String, String)| {
        (id, Named { id, code: format!("{code}-{label}"), name: format!("{name} {label}") })
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// Writes the identity. False where the fund has a period with this label.
pub(super) fn begin(conn: &mut Conn, record: &FundPeriod) -> Result<bool, Refusal> {
    let facts = &record.facts;
    let values = (
        period::id.eq(record.id),
        period::fund_id.eq(facts.fund_id),
        period::label.eq(facts.label.to_string()),
        period::version.eq(record.version),
        period::recorded_at.eq(record.recorded_at),
    );
    let insert = diesel::insert_into(period::table).values(values).on_conflict((period::fund_id, period::label)).do_nothing();
    Ok(on!(conn, c => insert.execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &FundPeriod) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(period::table.filter(period::id.eq(record.id).and(period::version.eq(record.version - 1))))
        .set(period::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version.
pub(super) fn add_version(conn: &mut Conn, record: &FundPeriod) -> Result<(), Refusal> {
    let facts = &record.facts;
    let row = VersionRow {
        period_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        starts_on: facts.starts_on,
        ends_on: facts.ends_on,
        note: facts.note.clone(),
        illustrative: record.provenance.illustrative,
        not_evidenced: record.provenance.not_evidenced_text(),
        evidence: record.provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}
