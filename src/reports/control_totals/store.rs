//! What was printed, and what is added up to be held against it.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::figures::control_totals::{ControlMeasure, ControlScope};
use crate::kernel::{Id, Moment, Pence, Quantity, Refusal};
use crate::ledger::{Holder, Tallies};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{award_terms, award_version, budget_line, control_total, control_total_scope, control_total_version};

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

/// What is committed on the budget lines of each fund period.
pub fn committed_of_periods(conn: &mut Conn, periods: &[Id], tallies: &Tallies) -> Result<HashMap<Id, Pence>, Refusal> {
    let lines: Vec<(Id, Id)> = on!(conn, c => budget_line::table.filter(budget_line::fund_period_id.eq_any(periods))
        .select((budget_line::id, budget_line::fund_period_id)).load(c))?;
    let period_of: HashMap<Id, Id> = lines.into_iter().collect();
    Ok(committed(tallies, |_, line| period_of.get(&line).copied()))
}

/// What is committed to awards, by the record that each part of it belongs to.
fn committed(tallies: &Tallies, record_of: impl Fn(Id, Id) -> Option<Id>) -> HashMap<Id, Pence> {
    let mut committed: HashMap<Id, Pence> = HashMap::new();
    for (award, line, tally) in tallies.of_each(Holder::Award) {
        if let Some(record) = record_of(award, line) {
            let sum = committed.entry(record).or_default();
            *sum = *sum + tally.committed;
        }
    }
    committed
}

diesel::alias!(award_version as later: LaterOfTranche);

/// What is committed to the awards of each tranche.
pub fn committed_of_tranches(conn: &mut Conn, tranches: &[Id], at: At, tallies: &Tallies) -> Result<HashMap<Id, Pence>, Refusal> {
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
    let tranche_of: HashMap<Id, Id> = awards.into_iter().filter_map(|(award, tranche)| Some((award, tranche?))).collect();
    Ok(committed(tallies, |award, _| tranche_of.get(&award).copied()))
}
