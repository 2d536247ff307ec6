//! Control totals in the database.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::figures::control_totals::ControlTotal;
use crate::figures::control_totals::rules::{ControlMeasure, ControlScope, ControlTotalInput};
use crate::kernel::{FigureStatus, Id, Moment, Pence, Precision, Provenance, Quantity, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    control_total as total, control_total_scope as scope, control_total_version as version, figure, figure_version, fund_period, indicator,
    tranche,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    control_total_id: Id,
    version: i32,
    recorded_at: Moment,
    name: String,
    measure: ControlMeasure,
    scope_kind: ControlScope,
    as_at: Option<NaiveDate>,
    known_at: Option<Moment>,
    printed_pence: Option<Pence>,
    printed_thousandths: Option<Quantity>,
    rounding_unit_pence: Option<Pence>,
    rounding_unit_thousandths: Option<Quantity>,
    rows_count: Option<i32>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    qualifier: Option<String>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = scope)]
struct ScopeRow<'a> {
    control_total_id: Id,
    version: i32,
    position: i32,
    record_id: Option<Id>,
    series: Option<&'a str>,
}

fn row(of: &ControlTotal) -> VersionRow {
    let facts = of.facts.clone();
    VersionRow {
        control_total_id: of.id,
        version: of.version,
        recorded_at: of.recorded_at,
        name: facts.name,
        measure: facts.measure,
        scope_kind: facts.scope_kind,
        as_at: facts.as_at,
        known_at: facts.known_at,
        printed_pence: facts.printed_pence,
        printed_thousandths: facts.printed_value,
        rounding_unit_pence: facts.rounding_unit_pence,
        rounding_unit_thousandths: facts.rounding_unit,
        rows_count: facts.rows_count,
        figure_status: facts.figure_status,
        precision: facts.precision,
        qualifier: facts.qualifier,
        note: facts.note,
        illustrative: of.provenance.illustrative,
        not_evidenced: of.provenance.not_evidenced_text(),
        evidence: of.provenance.evidence.clone(),
    }
}

fn record(conn: &mut Conn, code: String, row: VersionRow) -> Result<ControlTotal, Refusal> {
    let found: Vec<(Option<Id>, Option<String>)> = on!(conn, c => scope::table
        .filter(scope::control_total_id.eq(row.control_total_id).and(scope::version.eq(row.version)))
        .order(scope::position).select((scope::record_id, scope::series)).load(c))?;
    let names = found.into_iter().filter_map(|(id, series)| id.map(|id| id.to_string()).or(series));
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let facts = ControlTotalInput {
        code,
        name: row.name,
        measure: row.measure,
        scope_kind: row.scope_kind,
        scope: names.collect(),
        as_at: row.as_at,
        known_at: row.known_at,
        printed_pence: row.printed_pence,
        printed_value: row.printed_thousandths,
        rows_count: row.rows_count,
        figure_status: row.figure_status,
        precision: row.precision,
        rounding_unit_pence: row.rounding_unit_pence,
        rounding_unit: row.rounding_unit_thousandths,
        qualifier: row.qualifier,
        note: row.note,
    };
    Ok(ControlTotal { id: row.control_total_id, version: row.version, recorded_at: row.recorded_at, facts, provenance })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<ControlTotal>, Refusal> {
    let found: Option<(String, VersionRow)> = on!(conn, c => total::table
        .inner_join(version::table.on(version::control_total_id.eq(total::id).and(version::version.eq(total::version))))
        .filter(total::id.eq(id)).select((total::code, VersionRow::as_select())).first(c).optional())?;
    found.map(|(code, row)| record(conn, code, row)).transpose()
}

/// The current version.
pub(super) fn by_code(conn: &mut Conn, code: &str) -> Result<Option<ControlTotal>, Refusal> {
    let id: Option<Id> = on!(conn, c => total::table.filter(total::code.eq(code)).select(total::id).first(c).optional())?;
    id.map_or(Ok(None), |id| load(conn, id))
}

pub(super) fn begin(conn: &mut Conn, of: &ControlTotal) -> Result<(), Refusal> {
    let identity =
        (total::id.eq(of.id), total::code.eq(&of.facts.code), total::version.eq(of.version), total::recorded_at.eq(of.recorded_at));
    on!(conn, c => diesel::insert_into(total::table).values(identity).execute(c))?;
    Ok(())
}

/// Moves the identity on to this version. False where another change came first.
pub(super) fn advance(conn: &mut Conn, of: &ControlTotal) -> Result<bool, Refusal> {
    let count = on!(conn, c => diesel::update(total::table.filter(total::id.eq(of.id).and(total::version.eq(of.version - 1))))
        .set(total::version.eq(of.version)).execute(c))?;
    Ok(count == 1)
}

pub(super) fn add_version(conn: &mut Conn, of: &ControlTotal) -> Result<(), Refusal> {
    let row = row(of);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    for (position, name) in (0..).zip(&of.facts.scope) {
        let is_series = of.facts.scope_kind == ControlScope::Series;
        let record_id = if is_series { None } else { Some(name.parse().map_err(Refusal::broken)?) };
        let series = is_series.then_some(name.as_str());
        let row = ScopeRow { control_total_id: of.id, version: of.version, position, record_id, series };
        on!(conn, c => diesel::insert_into(scope::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Which of the things that `input` adds up there are.
pub(super) fn known(conn: &mut Conn, input: &ControlTotalInput) -> Result<HashSet<String>, Refusal> {
    let ids = input.record_ids();
    let found: Vec<Id> = match input.scope_kind {
        ControlScope::Tranche => on!(conn, c => tranche::table.filter(tranche::id.eq_any(&ids)).select(tranche::id).load(c))?,
        ControlScope::FundPeriod => {
            on!(conn, c => fund_period::table.filter(fund_period::id.eq_any(&ids)).select(fund_period::id).load(c))?
        }
        ControlScope::Indicator => on!(conn, c => indicator::table.filter(indicator::id.eq_any(&ids)).select(indicator::id).load(c))?,
        ControlScope::Series => {
            let series: Vec<Option<String>> = on!(conn, c => figure::table
                .inner_join(figure_version::table.on(figure_version::figure_id.eq(figure::id).and(figure_version::version.eq(figure::version))))
                .filter(figure_version::series.eq_any(&input.scope)).select(figure_version::series).distinct().load(c))?;
            return Ok(series.into_iter().flatten().collect());
        }
    };
    Ok(found.iter().map(Id::to_string).collect())
}
