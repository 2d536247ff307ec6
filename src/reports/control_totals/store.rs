//! What was printed, and what is added up to be held against it.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::figures::control_totals::{ControlMeasure, ControlScope};
use crate::kernel::{Id, Moment, Pence, Quantity, Refusal};
use crate::ledger::AccountKind;
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{
    award_terms, award_version, budget_line, control_total, control_total_scope, control_total_version, ledger_transfer as transfer,
};
use crate::store::sql::sum_pence;

/// A printed total as it was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedTotal {
    /// Its id.
    pub id: Id,
    /// Its code.
    pub code: String,
    /// What it is.
    pub name: String,
    /// What is computed.
    pub measure: ControlMeasure,
    /// What kind of thing is added up.
    pub scope_kind: ControlScope,
    /// The records that are added up.
    pub record_ids: Vec<Id>,
    /// The series that are added up.
    pub series: Vec<String>,
    /// The day it is fixed to.
    pub as_at: Option<NaiveDate>,
    /// The moment it is fixed to.
    pub known_at: Option<Moment>,
    /// What was printed, where it is money.
    pub printed_pence: Option<Pence>,
    /// What was printed, where it is a count.
    pub printed_value: Option<Quantity>,
    /// The step of rounding, where it is money.
    pub rounding_unit_pence: Option<Pence>,
    /// The step of rounding, where it is a count.
    pub rounding_unit: Option<Quantity>,
    /// How many rows were printed.
    pub rows_count: Option<i32>,
    /// The word before the figure.
    pub qualifier: Option<String>,
    /// Where it is printed.
    pub evidence: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = control_total_version)]
struct TotalRow {
    control_total_id: Id,
    version: i32,
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
    qualifier: Option<String>,
    evidence: Option<String>,
}

/// What one version of a total adds up: records, and series.
type Scopes = HashMap<(Id, i32), (Vec<Id>, Vec<String>)>;

/// The printed totals that were known, by code.
pub fn totals(conn: &mut Conn, known_at: Moment) -> Result<Vec<PrintedTotal>, Refusal> {
    use control_total_version as version;
    let rows: Vec<(String, TotalRow)> = on!(conn, c => control_total::table
        .inner_join(version::table.on(version::control_total_id.eq(control_total::id)))
        .filter(version::recorded_at.le(known_at)).order((control_total::code, version::version))
        .select((control_total::code, TotalRow::as_select())).load(c))?;
    let scope: Vec<(Id, i32, Option<Id>, Option<String>)> = on!(conn, c => control_total_scope::table
        .order((control_total_scope::control_total_id, control_total_scope::version, control_total_scope::position))
        .select((control_total_scope::control_total_id, control_total_scope::version, control_total_scope::record_id,
            control_total_scope::series)).load(c))?;
    let mut scopes = Scopes::new();
    for (id, version, record, series) in scope {
        let (records, names) = scopes.entry((id, version)).or_default();
        records.extend(record);
        names.extend(series);
    }
    let mut totals: Vec<PrintedTotal> = Vec::new();
    for (code, row) in rows {
        // The later of two versions comes later.
        totals.retain(|total| total.id != row.control_total_id);
        totals.push(printed(code, row, &mut scopes));
    }
    Ok(totals)
}

fn printed(code: String, row: TotalRow, scopes: &mut Scopes) -> PrintedTotal {
    let (record_ids, series) = scopes.remove(&(row.control_total_id, row.version)).unwrap_or_default();
    PrintedTotal {
        id: row.control_total_id,
        code,
        name: row.name,
        measure: row.measure,
        scope_kind: row.scope_kind,
        record_ids,
        series,
        as_at: row.as_at,
        known_at: row.known_at,
        printed_pence: row.printed_pence,
        printed_value: row.printed_thousandths,
        rounding_unit_pence: row.rounding_unit_pence,
        rounding_unit: row.rounding_unit_thousandths,
        rows_count: row.rows_count,
        qualifier: row.qualifier,
        evidence: row.evidence,
    }
}

const PROMISED: [AccountKind; 2] = [AccountKind::Committed, AccountKind::Paid];

/// What is committed on the budget lines of each fund period.
pub fn committed_of_periods(conn: &mut Conn, periods: &[Id], at: At) -> Result<HashMap<Id, Pence>, Refusal> {
    let lines: Vec<(Id, Id)> = on!(conn, c => budget_line::table.filter(budget_line::fund_period_id.eq_any(periods))
        .select((budget_line::id, budget_line::fund_period_id)).load(c))?;
    let mut committed = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in lines.chunks(5_000) {
        let period_of: HashMap<Id, Id> = some.iter().copied().collect();
        let ids: Vec<Id> = period_of.keys().copied().collect();
        let put: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::budget_line_id.eq_any(&ids))
            .filter(transfer::credit_kind.eq_any(PROMISED))
            .filter(transfer::recorded_at.le(at.known_at).and(transfer::effective_on.le(at.as_at)))
            .group_by(transfer::budget_line_id).select((transfer::budget_line_id, sum_pence(transfer::amount_pence))).load(c))?;
        let taken: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::budget_line_id.eq_any(&ids))
            .filter(transfer::debit_kind.eq_any(PROMISED))
            .filter(transfer::recorded_at.le(at.known_at).and(transfer::effective_on.le(at.as_at)))
            .group_by(transfer::budget_line_id).select((transfer::budget_line_id, sum_pence(transfer::amount_pence))).load(c))?;
        settle(&mut committed, &period_of, put, taken);
    }
    Ok(committed)
}

/// Adds what was put into and taken out of accounts to what is committed of the record that each belongs to.
fn settle(committed: &mut HashMap<Id, Pence>, record_of: &HashMap<Id, Id>, put: Vec<(Id, Option<Pence>)>, taken: Vec<(Id, Option<Pence>)>) {
    let taken = taken.into_iter().map(|(id, amount)| (id, -amount.unwrap_or_default()));
    for (id, amount) in put.into_iter().map(|(id, amount)| (id, amount.unwrap_or_default())).chain(taken) {
        if let Some(record) = record_of.get(&id) {
            let sum: &mut Pence = committed.entry(*record).or_default();
            *sum = *sum + amount;
        }
    }
}

diesel::alias!(award_version as later: LaterOfTranche);

/// What is committed to the awards of each tranche.
pub fn committed_of_tranches(conn: &mut Conn, tranches: &[Id], at: At) -> Result<HashMap<Id, Pence>, Refusal> {
    use award_terms as terms;
    use award_version as version;
    let awards: Vec<(Id, Option<Id>)> = on!(conn, c => terms::table
        .inner_join(version::table.on(version::award_id.eq(terms::award_id).and(version::terms_no.eq(terms::terms_no))))
        .filter(terms::tranche_id.eq_any(tranches).and(terms::component_of.is_null()))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .filter(not(exists(later
            .filter(later.field(version::award_id).eq(version::award_id).and(later.field(version::version).gt(version::version)))
            .filter(later.field(version::recorded_at).le(at.known_at).and(later.field(version::effective_on).le(at.as_at))))))
        .select((terms::award_id, terms::tranche_id)).load(c))?;
    let awards: Vec<(Id, Id)> = awards.into_iter().filter_map(|(award, tranche)| Some((award, tranche?))).collect();
    let mut committed = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.chunks(5_000) {
        let tranche_of: HashMap<Id, Id> = some.iter().copied().collect();
        let ids: Vec<Id> = tranche_of.keys().copied().collect();
        let put: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::credit_record_id.eq_any(&ids))
            .filter(transfer::credit_kind.eq_any(PROMISED))
            .filter(transfer::recorded_at.le(at.known_at).and(transfer::effective_on.le(at.as_at)))
            .group_by(transfer::credit_record_id).select((transfer::credit_record_id, sum_pence(transfer::amount_pence))).load(c))?;
        let taken: Vec<(Id, Option<Pence>)> = on!(conn, c => transfer::table.filter(transfer::debit_record_id.eq_any(&ids))
            .filter(transfer::debit_kind.eq_any(PROMISED))
            .filter(transfer::recorded_at.le(at.known_at).and(transfer::effective_on.le(at.as_at)))
            .group_by(transfer::debit_record_id).select((transfer::debit_record_id, sum_pence(transfer::amount_pence))).load(c))?;
        settle(&mut committed, &tranche_of, put, taken);
    }
    Ok(committed)
}
