//! Bids in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::funds::bids::Bid;
use crate::funds::bids::rules::{BidFacts, BidGate, BidState, BidTerms, OpccRole};
use crate::funds::record::Record;
use crate::kernel::{FigureNote, FigureStatus, Id, Moment, Page, PageRequest, Pence, Precision, Provenance, Refusal, TextList};
use crate::store::Conn;
use crate::store::schema::{bid, bid_area as area, bid_gate as gate, bid_version as version, provider};

/// What a list of bids can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BidFilter {
    /// Only those that have come so far.
    pub state: Option<BidState>,
    /// Only those in which the body has this part.
    pub opcc_role: Option<OpccRole>,
    /// Only those to this funder.
    pub funding_source_id: Option<Id>,
    /// Only those for this fund.
    pub fund_id: Option<Id>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    bid_id: Id,
    version: i32,
    recorded_at: Moment,
    state: BidState,
    title: String,
    funding_source_id: Option<Id>,
    fund_id: Option<Id>,
    lead_applicant: String,
    lead_provider_id: Option<Id>,
    opcc_role: OpccRole,
    round: Option<i32>,
    requested_pence: Option<Pence>,
    awarded_pence: Option<Pence>,
    submitted_on: Option<NaiveDate>,
    decided_on: Option<NaiveDate>,
    budget_line_id: Option<Id>,
    reason: Option<String>,
    figure_status: FigureStatus,
    precision: Option<Precision>,
    rounding_unit_pence: Option<Pence>,
    qualifier: Option<String>,
    illustrative: bool,
    not_evidenced: TextList,
    evidence: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = gate, treat_none_as_default_value = false)]
struct GateRow {
    bid_id: Id,
    version: i32,
    number: i32,
    name: Option<String>,
    passed: bool,
    passed_on: Option<NaiveDate>,
}

/// Rows as records, with their areas and gates.
fn assemble(conn: &mut Conn, rows: Vec<(String, VersionRow)>) -> Result<Vec<Bid>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|(_, row)| row.bid_id).collect();
    let versions: Vec<i32> = rows.iter().map(|(_, row)| row.version).collect();
    let areas: Vec<(Id, i32, Id)> = on!(conn, c => area::table.filter(area::bid_id.eq_any(&ids).and(area::version.eq_any(&versions)))
        .order((area::bid_id, area::version, area::position)).select((area::bid_id, area::version, area::area_id)).load(c))?;
    let gates: Vec<GateRow> = on!(conn, c => gate::table.filter(gate::bid_id.eq_any(&ids).and(gate::version.eq_any(&versions)))
        .order((gate::bid_id, gate::version, gate::number)).select(GateRow::as_select()).load(c))?;
    let (mut areas_of, mut gates_of): (HashMap<(Id, i32), Vec<Id>>, HashMap<(Id, i32), Vec<BidGate>>) = (HashMap::new(), HashMap::new());
    for (id, version, area) in areas {
        areas_of.entry((id, version)).or_default().push(area);
    }
    for row in gates {
        let gate = BidGate { name: row.name, passed: row.passed, passed_on: row.passed_on };
        gates_of.entry((row.bid_id, row.version)).or_default().push(gate);
    }
    let turn = |(reference, row): (String, VersionRow)| {
        let key = (row.bid_id, row.version);
        record(reference, row, areas_of.remove(&key).unwrap_or_default(), gates_of.remove(&key).unwrap_or_default())
    };
    Ok(rows.into_iter().map(turn).collect())
}

fn record(reference: String, row: VersionRow, area_ids: Vec<Id>, gates: Vec<BidGate>) -> Bid {
    let terms = BidTerms {
        state: row.state,
        title: row.title,
        funding_source_id: row.funding_source_id,
        fund_id: row.fund_id,
        lead_applicant: row.lead_applicant,
        lead_provider_id: row.lead_provider_id,
        opcc_role: row.opcc_role,
        round: row.round,
        area_ids,
        requested_pence: row.requested_pence,
        awarded_pence: row.awarded_pence,
        figure: FigureNote {
            figure_status: row.figure_status,
            precision: row.precision,
            rounding_unit_pence: row.rounding_unit_pence,
            qualifier: row.qualifier,
        },
        submitted_on: row.submitted_on,
        decided_on: row.decided_on,
        gates,
        budget_line_id: row.budget_line_id,
        reason: row.reason,
    };
    let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
    Record { id: row.bid_id, version: row.version, recorded_at: row.recorded_at, facts: BidFacts { reference, terms }, provenance }
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Bid>, Refusal> {
    let row: Option<(String, VersionRow)> = on!(conn, c => bid::table
        .inner_join(version::table.on(version::bid_id.eq(bid::id).and(version::version.eq(bid::version))))
        .filter(bid::id.eq(id)).select((bid::reference, VersionRow::as_select())).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of current versions, in the order in which the bids were made.
pub(super) fn page(conn: &mut Conn, filter: &BidFilter, request: &PageRequest) -> Result<Page<Bid>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<(String, VersionRow)> = on!(conn, c => {
        let mut query = bid::table
            .inner_join(version::table.on(version::bid_id.eq(bid::id).and(version::version.eq(bid::version))))
            .select((bid::reference, VersionRow::as_select())).order(bid::id).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(bid::id.gt(after));
        }
        if let Some(state) = filter.state {
            query = query.filter(version::state.eq(state));
        }
        if let Some(role) = filter.opcc_role {
            query = query.filter(version::opcc_role.eq(role));
        }
        if let Some(source) = filter.funding_source_id {
            query = query.filter(version::funding_source_id.eq(source));
        }
        if let Some(fund) = filter.fund_id {
            query = query.filter(version::fund_id.eq(fund));
        }
        query.load(c)
    })?;
    Ok(Page::cut(assemble(conn, rows)?, request, |record| record.id))
}

/// How many bids there are.
pub(super) fn count(conn: &mut Conn) -> Result<i64, Refusal> {
    Ok(on!(conn, c => bid::table.count().get_result(c))?)
}

/// Whether there is such a provider.
pub(super) fn has_provider(conn: &mut Conn, id: Id) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::select(diesel::dsl::exists(provider::table.find(id))).get_result(c))?)
}

/// Writes the identity. False where the reference is taken.
pub(super) fn begin(conn: &mut Conn, record: &Bid) -> Result<bool, Refusal> {
    let values = (
        bid::id.eq(record.id),
        bid::reference.eq(&record.facts.reference),
        bid::version.eq(record.version),
        bid::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(bid::table).values(values).on_conflict(bid::reference).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Bid) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(bid::table.filter(bid::id.eq(record.id).and(bid::version.eq(record.version - 1))))
        .set(bid::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version with its areas and gates.
pub(super) fn add_version(conn: &mut Conn, record: &Bid) -> Result<(), Refusal> {
    let (id, number, terms) = (record.id, record.version, &record.facts.terms);
    let row = version_row(record);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    let areas = (0..).zip(&terms.area_ids);
    let areas: Vec<_> =
        areas.map(|(at, one)| (area::bid_id.eq(id), area::version.eq(number), area::position.eq(at), area::area_id.eq(*one))).collect();
    on!(conn, c => diesel::insert_into(area::table).values(&areas).execute(c))?;
    let gates = (1..).zip(&terms.gates);
    let gates: Vec<GateRow> = gates
        .map(|(at, one)| GateRow {
            bid_id: id,
            version: number,
            number: at,
            name: one.name.clone(),
            passed: one.passed,
            passed_on: one.passed_on,
        })
        .collect();
    on!(conn, c => diesel::insert_into(gate::table).values(&gates).execute(c))?;
    Ok(())
}

fn version_row(record: &Bid) -> VersionRow {
    let (terms, provenance) = (&record.facts.terms, &record.provenance);
    VersionRow {
        bid_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        state: terms.state,
        title: terms.title.clone(),
        funding_source_id: terms.funding_source_id,
        fund_id: terms.fund_id,
        lead_applicant: terms.lead_applicant.clone(),
        lead_provider_id: terms.lead_provider_id,
        opcc_role: terms.opcc_role,
        round: terms.round,
        requested_pence: terms.requested_pence,
        awarded_pence: terms.awarded_pence,
        submitted_on: terms.submitted_on,
        decided_on: terms.decided_on,
        budget_line_id: terms.budget_line_id,
        reason: terms.reason.clone(),
        figure_status: terms.figure.figure_status,
        precision: terms.figure.precision,
        rounding_unit_pence: terms.figure.rounding_unit_pence,
        qualifier: terms.figure.qualifier.clone(),
        illustrative: provenance.illustrative,
        not_evidenced: provenance.not_evidenced.clone(),
        evidence: provenance.evidence.clone(),
    }
}
