//! Earmarks in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::earmarks::Earmark;
use crate::funds::earmarks::rules::{EarmarkFacts, EarmarkState, EarmarkTerms};
use crate::funds::record::Record;
use crate::kernel::{FigureNote, FigureStatus, Id, Moment, Named, Page, PageRequest, Pence, Precision, Provenance, Refusal, TextList};
use crate::store::Conn;
use crate::store::schema::{earmark, earmark_version as version, programme};
use crate::store::sql::Prepare;

#[derive(Queryable, Selectable)]
#[diesel(table_name = earmark)]
struct EarmarkRow {
    id: Id,
    reference: String,
    fund_period_id: Id,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    earmark_id: Id,
    version: i32,
    recorded_at: Moment,
    state: EarmarkState,
    name: String,
    purpose: Option<String>,
    programme_id: Option<Id>,
    amount_pence: Pence,
    effective_on: NaiveDate,
    reason: Option<String>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_pence: Option<Pence>,
    qualifier: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

fn record((earmark, row): (EarmarkRow, VersionRow)) -> Earmark {
    let terms = EarmarkTerms {
        state: row.state,
        name: row.name,
        purpose: row.purpose,
        programme_id: row.programme_id,
        amount_pence: row.amount_pence,
        figure: FigureNote {
            figure_status: row.figure_status,
            precision: row.precision,
            rounding_unit_pence: row.rounding_unit_pence,
            qualifier: row.qualifier,
        },
        effective_on: row.effective_on,
        reason: row.reason,
    };
    let facts = EarmarkFacts { reference: earmark.reference, fund_period_id: earmark.fund_period_id, terms };
    let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
    Record { id: earmark.id, version: row.version, recorded_at: row.recorded_at, facts, provenance }
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Earmark>, Refusal> {
    let row: Option<(EarmarkRow, VersionRow)> = on!(conn, c => earmark::table
        .inner_join(version::table.on(version::earmark_id.eq(earmark::id).and(version::version.eq(earmark::version))))
        .filter(earmark::id.eq(id)).select((EarmarkRow::as_select(), VersionRow::as_select())).first(c).optional())?;
    Ok(row.map(record))
}

/// A page of the current versions of a fund period's earmarks, in the order in which they were made.
pub(super) fn page(conn: &mut Conn, period_id: Id, state: Option<EarmarkState>, request: &PageRequest) -> Result<Page<Earmark>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<(EarmarkRow, VersionRow)> = on!(conn, c => {
        let mut query = earmark::table
            .inner_join(version::table.on(version::earmark_id.eq(earmark::id).and(version::version.eq(earmark::version))))
            .filter(earmark::fund_period_id.eq(period_id))
            .select((EarmarkRow::as_select(), VersionRow::as_select())).order(earmark::id).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(earmark::id.gt(after));
        }
        if let Some(state) = state {
            query = query.filter(version::state.eq(state));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(record).collect(), request, |record| record.id))
}

/// How many earmarks the fund period has.
pub(super) fn count(conn: &mut Conn, period_id: Id) -> Result<i64, Refusal> {
    Ok(on!(conn, c => earmark::table.filter(earmark::fund_period_id.eq(period_id)).count().get_result(c))?)
}

/// How far those among `ids` that exist have come.
pub(super) fn states(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, EarmarkState)>, Refusal> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let states: Vec<(Id, EarmarkState)> = on!(conn, c => earmark::table
        .inner_join(version::table.on(version::earmark_id.eq(earmark::id).and(version::version.eq(earmark::version))))
        .filter(earmark::id.eq_any(ids)).select((earmark::id, version::state)).prepared_for(ids).load(c))?;
    Ok(states)
}

/// References and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => earmark::table
        .inner_join(version::table.on(version::earmark_id.eq(earmark::id).and(version::version.eq(earmark::version))))
        .filter(earmark::id.eq_any(ids)).select((earmark::id, earmark::reference, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// Whether there is such a programme.
pub(super) fn has_programme(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(programme::table.find(id))).get_result(c))?)
}

/// Writes the identity. False where the reference is taken.
pub(super) fn begin(conn: &mut Conn, record: &Earmark) -> Result<bool, Refusal> {
    let values = (
        earmark::id.eq(record.id),
        earmark::reference.eq(&record.facts.reference),
        earmark::fund_period_id.eq(record.facts.fund_period_id),
        earmark::version.eq(record.version),
        earmark::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(earmark::table).values(values).on_conflict(earmark::reference).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Earmark) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(earmark::table.filter(earmark::id.eq(record.id).and(earmark::version.eq(record.version - 1))))
        .set(earmark::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version.
pub(super) fn add_version(conn: &mut Conn, record: &Earmark) -> Result<(), Refusal> {
    let (terms, provenance) = (&record.facts.terms, &record.provenance);
    let row = VersionRow {
        earmark_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        state: terms.state,
        name: terms.name.clone(),
        purpose: terms.purpose.clone(),
        programme_id: terms.programme_id,
        amount_pence: terms.amount_pence,
        effective_on: terms.effective_on,
        reason: terms.reason.clone(),
        figure_status: terms.figure.figure_status,
        precision: terms.figure.precision,
        rounding_unit_pence: terms.figure.rounding_unit_pence,
        qualifier: terms.figure.qualifier.clone(),
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.clone(),
        evidence: provenance.evidence.clone(),
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}
