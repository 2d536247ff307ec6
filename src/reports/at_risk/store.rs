//! Budget lines and the leave to commit against them.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::funds::budget_lines::BudgetState;
use crate::kernel::{Id, Moment, Pence, Refusal};
use crate::reports::asked::At;
use crate::store::Conn;
use crate::store::schema::{at_risk_approval as approval, at_risk_end as end, budget_line as line, budget_line_version as version};

/// A budget line in one version.
#[derive(Debug, Clone, Queryable)]
pub struct LineRow {
    pub id: Id,
    pub reference: String,
    pub period_id: Id,
    pub source_id: Id,
    pub state: BudgetState,
    pub amount: Pence,
    pub internal: Option<Pence>,
}

/// Leave to commit before a budget is confirmed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ApprovalRow {
    pub line_id: Id,
    pub amount: Pence,
    pub approved_on: NaiveDate,
    pub until: Option<NaiveDate>,
    pub approved_by: String,
    pub ended_on: Option<NaiveDate>,
    pub outcome: Option<String>,
    pub end_recorded_at: Option<Moment>,
}

/// Lines in the version that holds, in the order in which they were made.
pub fn lines(conn: &mut Conn, at: At) -> Result<Vec<LineRow>, Refusal> {
    let rows: Vec<LineRow> = on!(conn, c => line::table.inner_join(version::table.on(version::budget_line_id.eq(line::id)))
        .filter(version::recorded_at.le(at.known_at).and(version::effective_on.le(at.as_at)))
        .order((line::id, version::version))
        .select((line::id, line::reference, line::fund_period_id, line::funding_source_id, version::state, version::amount_pence,
            version::internal_pence)).load(c))?;
    let mut latest: Vec<LineRow> = Vec::new();
    for row in rows {
        // The later of two versions comes later.
        latest.pop_if(|last| last.id == row.id);
        latest.push(row);
    }
    Ok(latest)
}

/// Leave that had begun, in the order of its days.
pub fn approvals(conn: &mut Conn, at: At) -> Result<Vec<ApprovalRow>, Refusal> {
    Ok(on!(conn, c => approval::table.left_join(end::table.on(end::at_risk_approval_id.eq(approval::id)))
        .filter(approval::recorded_at.le(at.known_at).and(approval::approved_on.le(at.as_at)))
        .order((approval::budget_line_id, approval::approved_on, approval::id))
        .select((approval::budget_line_id, approval::amount_pence, approval::approved_on, approval::ends_on, approval::approved_by_name,
            end::ended_on.nullable(), end::outcome.nullable(), end::recorded_at.nullable())).load(c))?)
}
