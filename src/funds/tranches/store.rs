//! Tranches in the database.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::record::Record;
use crate::funds::tranches::Tranche;
use crate::funds::tranches::rules::{TrancheFacts, TrancheState, TrancheTerms};
use crate::kernel::{FigureNote, FigureStatus, Id, Moment, Named, Page, PageRequest, Pence, Precision, Provenance, Refusal, TextList};
use crate::ledger::AccountKind;
use crate::store::Conn;
use crate::store::schema::{ledger_account as account, ledger_transfer as transfer, tranche, tranche_version as version};
use crate::store::sql::{Prepare, sum_pence};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tranche)]
struct TrancheRow {
    id: Id,
    reference: String,
    fund_period_id: Id,
    number: i32,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    tranche_id: Id,
    version: i32,
    recorded_at: Moment,
    state: TrancheState,
    name: String,
    planned_pence: Option<Pence>,
    projects_count: Option<i32>,
    opens_on: Option<NaiveDate>,
    closes_on: Option<NaiveDate>,
    decision_on: Option<NaiveDate>,
    criteria: Option<String>,
    guidance_url: Option<String>,
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

/// What the awards of a tranche hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Given {
    /// Offered to providers and not yet accepted.
    pub offered: Pence,
    /// Accepted by providers, paid included.
    pub committed: Pence,
}

impl Given {
    fn add(&mut self, kind: AccountKind, sum: Pence) {
        match kind {
            AccountKind::Offered => self.offered = self.offered + sum,
            AccountKind::Committed | AccountKind::Paid => self.committed = self.committed + sum,
            _ => {}
        }
    }
}

fn record((tranche, row): (TrancheRow, VersionRow)) -> Tranche {
    let terms = TrancheTerms {
        state: row.state,
        name: row.name,
        planned_pence: row.planned_pence,
        figure: FigureNote {
            figure_status: row.figure_status,
            precision: row.precision,
            rounding_unit_pence: row.rounding_unit_pence,
            qualifier: row.qualifier,
        },
        projects_count: row.projects_count,
        opens_on: row.opens_on,
        closes_on: row.closes_on,
        decision_on: row.decision_on,
        criteria: row.criteria,
        guidance_url: row.guidance_url,
        effective_on: row.effective_on,
        reason: row.reason,
    };
    let facts = TrancheFacts { reference: tranche.reference, fund_period_id: tranche.fund_period_id, number: tranche.number, terms };
    let provenance = Provenance { illustrative: row.illustrative, not_evidenced: row.not_evidenced, evidence: row.evidence };
    Record { id: tranche.id, version: row.version, recorded_at: row.recorded_at, facts, provenance }
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Tranche>, Refusal> {
    let row: Option<(TrancheRow, VersionRow)> = on!(conn, c => tranche::table
        .inner_join(version::table.on(version::tranche_id.eq(tranche::id).and(version::version.eq(tranche::version))))
        .filter(tranche::id.eq(id)).select((TrancheRow::as_select(), VersionRow::as_select())).first(c).optional())?;
    Ok(row.map(record))
}

/// A page of the current versions of a fund period's tranches, by number.
pub(super) fn page(conn: &mut Conn, period_id: Id, state: Option<TrancheState>, request: &PageRequest) -> Result<Page<Tranche>, Refusal> {
    let after: Option<i32> = request.after()?;
    let rows: Vec<(TrancheRow, VersionRow)> = on!(conn, c => {
        let mut query = tranche::table
            .inner_join(version::table.on(version::tranche_id.eq(tranche::id).and(version::version.eq(tranche::version))))
            .filter(tranche::fund_period_id.eq(period_id))
            .select((TrancheRow::as_select(), VersionRow::as_select())).order(tranche::number).limit(request.fetch()).into_boxed();
        if let Some(after) = after {
            query = query.filter(tranche::number.gt(after));
        }
        if let Some(state) = state {
            query = query.filter(version::state.eq(state));
        }
        query.load(c)
    })?;
    Ok(Page::cut(rows.into_iter().map(record).collect(), request, |record| record.facts.number))
}

/// The numbers that tranches of the fund period have.
pub(super) fn numbers(conn: &mut Conn, period_id: Id) -> Result<Vec<i32>, Refusal> {
    Ok(on!(conn, c => tranche::table.filter(tranche::fund_period_id.eq(period_id)).select(tranche::number).load(c))?)
}

/// How far those among `ids` that exist have come.
pub(super) fn states(conn: &mut Conn, ids: &[Id]) -> Result<Vec<(Id, TrancheState)>, Refusal> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let states: Vec<(Id, TrancheState)> = on!(conn, c => tranche::table
        .inner_join(version::table.on(version::tranche_id.eq(tranche::id).and(version::version.eq(tranche::version))))
        .filter(tranche::id.eq_any(ids)).select((tranche::id, version::state)).prepared_for(ids).load(c))?;
    Ok(states)
}

/// References and current names of those among `ids` that exist.
pub(super) fn named(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Named>, Refusal> {
    let rows: Vec<(Id, String, String)> = on!(conn, c => tranche::table
        .inner_join(version::table.on(version::tranche_id.eq(tranche::id).and(version::version.eq(tranche::version))))
        .filter(tranche::id.eq_any(ids)).select((tranche::id, tranche::reference, version::name)).load(c))?;
    Ok(Named::by_id(rows))
}

/// Writes the identity. False where the reference is taken.
pub(super) fn begin(conn: &mut Conn, record: &Tranche) -> Result<bool, Refusal> {
    let values = (
        tranche::id.eq(record.id),
        tranche::reference.eq(&record.facts.reference),
        tranche::fund_period_id.eq(record.facts.fund_period_id),
        tranche::number.eq(record.facts.number),
        tranche::version.eq(record.version),
        tranche::recorded_at.eq(record.recorded_at),
    );
    Ok(on!(conn, c => diesel::insert_into(tranche::table).values(values).on_conflict(tranche::reference).do_nothing().execute(c))? == 1)
}

/// Moves the identity on. False where it is not at the version before.
pub(super) fn advance(conn: &mut Conn, record: &Tranche) -> Result<bool, Refusal> {
    Ok(on!(conn, c => diesel::update(tranche::table.filter(tranche::id.eq(record.id).and(tranche::version.eq(record.version - 1))))
        .set(tranche::version.eq(record.version)).execute(c))?
        == 1)
}

/// Adds a version.
pub(super) fn add_version(conn: &mut Conn, record: &Tranche) -> Result<(), Refusal> {
    let (terms, provenance) = (&record.facts.terms, &record.provenance);
    let row = VersionRow {
        tranche_id: record.id,
        version: record.version,
        recorded_at: record.recorded_at,
        state: terms.state,
        name: terms.name.clone(),
        planned_pence: terms.planned_pence,
        projects_count: terms.projects_count,
        opens_on: terms.opens_on,
        closes_on: terms.closes_on,
        decision_on: terms.decision_on,
        criteria: terms.criteria.clone(),
        guidance_url: terms.guidance_url.clone(),
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

/// What awards hold that were given money out of the accounts of these tranches, by tranche.
pub(super) fn given(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Given>, Refusal> {
    let pairs: Vec<(Id, Id)> = on!(conn, c => transfer::table
        .filter(transfer::debit_record_id.eq_any(ids).and(transfer::credit_kind.eq_any([AccountKind::Offered, AccountKind::Committed])))
        .select((transfer::debit_record_id, transfer::credit_record_id)).distinct().load(c))?;
    let awards: HashSet<Id> = pairs.iter().map(|(_, award)| *award).collect();
    let mut held: HashMap<Id, Given> = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.into_iter().collect::<Vec<_>>().chunks(5_000) {
        let rows: Vec<(Id, AccountKind, Option<i64>)> = on!(conn, c => account::table.filter(account::record_id.eq_any(some))
            .group_by((account::record_id, account::kind))
            .select((account::record_id, account::kind, sum_pence(account::balance_pence))).load(c))?;
        for (award, kind, sum) in rows {
            held.entry(award).or_default().add(kind, Pence(sum.unwrap_or_default()));
        }
    }
    let mut given: HashMap<Id, Given> = HashMap::new();
    for (tranche, award) in pairs {
        let (all, one) = (given.entry(tranche).or_default(), held.get(&award).copied().unwrap_or_default());
        all.offered = all.offered + one.offered;
        all.committed = all.committed + one.committed;
    }
    Ok(given)
}
