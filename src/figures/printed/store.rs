//! Printed figures in the database.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::figures::printed::Figure;
use crate::figures::printed::rules::{FigureInput, FigureKind};
use crate::figures::rules::Measured;
use crate::kernel::{FigureStatus, Id, Moment, Pence, Precision, Provenance, Quantity, Refusal};
use crate::store::Conn;
use crate::store::schema::{figure, figure_version as version};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    figure_id: Id,
    version: i32,
    recorded_at: Moment,
    series: Option<String>,
    kind: FigureKind,
    subject: Option<String>,
    indicator_id: Option<Id>,
    fund_id: Option<Id>,
    programme_id: Option<Id>,
    source_id: Option<Id>,
    area_id: Option<Id>,
    period: Option<String>,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    as_at: Option<NaiveDate>,
    unit: String,
    amount_pence: Option<Pence>,
    amount_high_pence: Option<Pence>,
    rounding_unit_pence: Option<Pence>,
    value_thousandths: Option<Quantity>,
    value_high_thousandths: Option<Quantity>,
    rounding_unit_thousandths: Option<Quantity>,
    basis: Option<String>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    qualifier: Option<String>,
    note: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
}

fn row(figure: &Figure) -> VersionRow {
    let facts = figure.facts.clone();
    VersionRow {
        figure_id: figure.id,
        version: figure.version,
        recorded_at: figure.recorded_at,
        series: facts.series,
        kind: facts.kind,
        subject: facts.subject,
        indicator_id: facts.indicator_id,
        fund_id: facts.fund_id,
        programme_id: facts.programme_id,
        source_id: facts.source_id,
        area_id: facts.area_id,
        period: facts.period,
        starts_on: facts.starts_on,
        ends_on: facts.ends_on,
        as_at: facts.as_at,
        unit: facts.unit,
        amount_pence: facts.value.pence(),
        amount_high_pence: facts.value_high.and_then(Measured::pence),
        rounding_unit_pence: facts.rounding_unit.and_then(Measured::pence),
        value_thousandths: facts.value.number(),
        value_high_thousandths: facts.value_high.and_then(Measured::number),
        rounding_unit_thousandths: facts.rounding_unit.and_then(Measured::number),
        basis: facts.basis,
        figure_status: facts.figure_status,
        precision: facts.precision,
        qualifier: facts.qualifier,
        note: facts.note,
        illustrative: facts.provenance.illustrative,
        not_evidenced: facts.provenance.not_evidenced_text(),
        evidence: facts.provenance.evidence,
    }
}

fn record(code: String, row: VersionRow) -> Result<Figure, Refusal> {
    let provenance = Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?;
    let value = Measured::either(row.amount_pence, row.value_thousandths);
    let facts = FigureInput {
        code,
        series: row.series,
        kind: row.kind,
        subject: row.subject,
        indicator_id: row.indicator_id,
        fund_id: row.fund_id,
        programme_id: row.programme_id,
        source_id: row.source_id,
        area_id: row.area_id,
        period: row.period,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        as_at: row.as_at,
        unit: row.unit,
        value: value.ok_or_else(|| Refusal::broken("a figure without a value"))?,
        value_high: Measured::either(row.amount_high_pence, row.value_high_thousandths),
        basis: row.basis,
        figure_status: row.figure_status,
        precision: row.precision,
        rounding_unit: Measured::either(row.rounding_unit_pence, row.rounding_unit_thousandths),
        qualifier: row.qualifier,
        note: row.note,
        provenance,
    };
    Ok(Figure { id: row.figure_id, version: row.version, recorded_at: row.recorded_at, facts })
}

/// The current version.
pub(super) fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Figure>, Refusal> {
    let found: Option<(String, VersionRow)> = on!(conn, c => figure::table
        .inner_join(version::table.on(version::figure_id.eq(figure::id).and(version::version.eq(figure::version))))
        .filter(figure::code.eq(code)).select((figure::code, VersionRow::as_select())).first(c).optional())?;
    found.map(|(code, row)| record(code, row)).transpose()
}

pub(super) fn begin(conn: &mut Conn, of: &Figure) -> Result<(), Refusal> {
    let identity =
        (figure::id.eq(of.id), figure::code.eq(&of.facts.code), figure::version.eq(of.version), figure::recorded_at.eq(of.recorded_at));
    on!(conn, c => diesel::insert_into(figure::table).values(identity).execute(c))?;
    Ok(())
}

/// Moves the identity on to this version. False where another change came first.
pub(super) fn advance(conn: &mut Conn, of: &Figure) -> Result<bool, Refusal> {
    let count = on!(conn, c => diesel::update(figure::table.filter(figure::id.eq(of.id).and(figure::version.eq(of.version - 1))))
        .set(figure::version.eq(of.version)).execute(c))?;
    Ok(count == 1)
}

pub(super) fn add_version(conn: &mut Conn, of: &Figure) -> Result<(), Refusal> {
    let row = row(of);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}
