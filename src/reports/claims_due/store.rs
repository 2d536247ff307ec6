//! Funders that set periods, their budget lines and the claims on those, as they were known.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::budget_lines::rules::BudgetState;
use crate::funds::claims::rules::{ClaimState, Days};
use crate::funds::sources::ClaimPeriod;
use crate::kernel::{Id, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{
    budget_line as line, budget_line_version as line_version, fund_period_version as period_version, funder_claim as claim,
    funder_claim_version as claim_version, funding_source_version as source_version,
};

/// A budget line.
#[derive(Debug, Clone, Queryable)]
pub struct LineRow {
    pub id: Id,
    pub reference: String,
    pub fund_period_id: Id,
    pub source_id: Id,
    pub state: BudgetState,
    pub window_starts_on: Option<NaiveDate>,
    pub window_ends_on: Option<NaiveDate>,
}

/// A claim on a line.
#[derive(Debug, Clone, Queryable)]
pub struct ClaimRow {
    pub id: Id,
    pub line_id: Id,
    pub reference: String,
    pub state: ClaimState,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

/// The period of each funder that sets one. Here and below the later of two versions comes later, so it stays.
pub fn claim_periods(conn: &mut Conn, at: At) -> Result<HashMap<Id, ClaimPeriod>, Refusal> {
    let rows: Vec<(Id, Option<ClaimPeriod>)> = on!(conn, c => source_version::table.filter(source_version::recorded_at.le(at.known_at))
        .order((source_version::source_id, source_version::version))
        .select((source_version::source_id, source_version::claim_period)).load(c))?;
    let latest: HashMap<Id, Option<ClaimPeriod>> = rows.into_iter().collect();
    Ok(latest.into_iter().filter_map(|(id, period)| Some((id, period?))).collect())
}

/// The lines of these funders, each in the latest version that held.
pub fn lines(conn: &mut Conn, source_ids: &[Id], at: At) -> Result<Vec<LineRow>, Refusal> {
    let rows: Vec<LineRow> = on!(conn, c => line::table
        .inner_join(line_version::table.on(line_version::budget_line_id.eq(line::id)))
        .filter(line::funding_source_id.eq_any(source_ids))
        .filter(line_version::recorded_at.le(at.known_at).and(line_version::effective_on.le(at.as_at)))
        .order((line::id, line_version::version))
        .select((line::id, line::reference, line::fund_period_id, line::funding_source_id, line_version::state,
            line_version::window_starts_on, line_version::window_ends_on)).load(c))?;
    let latest: HashMap<Id, LineRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(latest.into_values().collect())
}

/// The first and the last day of each fund period.
pub fn period_days(conn: &mut Conn, at: At) -> Result<HashMap<Id, Days>, Refusal> {
    let rows: Vec<(Id, NaiveDate, NaiveDate)> = on!(conn, c => period_version::table.filter(period_version::recorded_at.le(at.known_at))
        .order((period_version::period_id, period_version::version))
        .select((period_version::period_id, period_version::starts_on, period_version::ends_on)).load(c))?;
    Ok(rows.into_iter().map(|(id, starts_on, ends_on)| (id, (starts_on, ends_on))).collect())
}

/// The claims on these lines.
pub fn claims(conn: &mut Conn, line_ids: &[Id], at: At) -> Result<Vec<ClaimRow>, Refusal> {
    let rows: Vec<ClaimRow> = on!(conn, c => claim::table
        .inner_join(claim_version::table.on(claim_version::funder_claim_id.eq(claim::id)))
        .filter(claim::budget_line_id.eq_any(line_ids)).filter(claim_version::recorded_at.le(at.known_at))
        .order((claim::id, claim_version::version))
        .select((claim::id, claim::budget_line_id, claim::reference, claim_version::state, claim_version::starts_on, claim_version::ends_on))
        .load(c))?;
    let latest: HashMap<Id, ClaimRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut all: Vec<ClaimRow> = latest.into_values().collect();
    all.sort_by(|one, other| (one.starts_on, &one.reference).cmp(&(other.starts_on, &other.reference)));
    Ok(all)
}
