//! When anything was recorded that the allocations are read from, and what the log says of those moments.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::store::Conn;
use crate::store::schema::{
    area_version, at_risk_approval, at_risk_end, audit_event, award_version, budget_line, budget_line_shortfall, budget_line_version,
    earmark_version, fund_period, fund_version, funding_source_version, ledger_transfer, programme_version, provider_version,
    quarterly_return_version, return_adjustment, tranche_version,
};

/// What the log says of an act.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct EventRow {
    pub recorded_at: Moment,
    pub act: String,
    pub actor_name: String,
    pub record_kind: Option<String>,
    pub record_id: Option<Id>,
    pub reason: Option<String>,
}

/// The moments after one and up to another at which anything was recorded that the allocations are read from.
pub fn moments(conn: &mut Conn, from: Moment, to: Moment) -> Result<BTreeSet<Moment>, Refusal> {
    let mut all: BTreeSet<Moment> = BTreeSet::new();
    for some in [of_money(conn, from, to)?, of_names(conn, from, to)?, of_returns(conn, from, to)?] {
        all.extend(some);
    }
    Ok(all)
}

fn of_money(conn: &mut Conn, from: Moment, to: Moment) -> Result<Vec<Moment>, Refusal> {
    let mut all: Vec<Moment> = on!(conn, c => ledger_transfer::table.filter(ledger_transfer::recorded_at.gt(from).and(ledger_transfer::recorded_at.le(to)))
        .select(ledger_transfer::recorded_at).distinct().load(c))?;
    let more: Vec<Moment> = on!(conn, c => award_version::table.filter(award_version::recorded_at.gt(from).and(award_version::recorded_at.le(to)))
        .select(award_version::recorded_at).distinct().load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => budget_line::table.filter(budget_line::recorded_at.gt(from).and(budget_line::recorded_at.le(to)))
        .select(budget_line::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => budget_line_version::table
        .filter(budget_line_version::recorded_at.gt(from).and(budget_line_version::recorded_at.le(to)))
        .select(budget_line_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => budget_line_shortfall::table
        .filter(budget_line_shortfall::recorded_at.gt(from).and(budget_line_shortfall::recorded_at.le(to)))
        .select(budget_line_shortfall::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => at_risk_approval::table
        .filter(at_risk_approval::recorded_at.gt(from).and(at_risk_approval::recorded_at.le(to)))
        .select(at_risk_approval::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => at_risk_end::table.filter(at_risk_end::recorded_at.gt(from).and(at_risk_end::recorded_at.le(to)))
        .select(at_risk_end::recorded_at).load(c))?;
    all.extend(more);
    Ok(all)
}

fn of_names(conn: &mut Conn, from: Moment, to: Moment) -> Result<Vec<Moment>, Refusal> {
    let mut all: Vec<Moment> = on!(conn, c => fund_version::table.filter(fund_version::recorded_at.gt(from).and(fund_version::recorded_at.le(to)))
        .select(fund_version::recorded_at).load(c))?;
    let more: Vec<Moment> = on!(conn, c => fund_period::table.filter(fund_period::recorded_at.gt(from).and(fund_period::recorded_at.le(to)))
        .select(fund_period::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => funding_source_version::table
        .filter(funding_source_version::recorded_at.gt(from).and(funding_source_version::recorded_at.le(to)))
        .select(funding_source_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => programme_version::table
        .filter(programme_version::recorded_at.gt(from).and(programme_version::recorded_at.le(to)))
        .select(programme_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => provider_version::table
        .filter(provider_version::recorded_at.gt(from).and(provider_version::recorded_at.le(to)))
        .select(provider_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => area_version::table.filter(area_version::recorded_at.gt(from).and(area_version::recorded_at.le(to)))
        .select(area_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => earmark_version::table
        .filter(earmark_version::recorded_at.gt(from).and(earmark_version::recorded_at.le(to)))
        .select(earmark_version::recorded_at).load(c))?;
    all.extend(more);
    let more: Vec<Moment> = on!(conn, c => tranche_version::table
        .filter(tranche_version::recorded_at.gt(from).and(tranche_version::recorded_at.le(to)))
        .select(tranche_version::recorded_at).load(c))?;
    all.extend(more);
    Ok(all)
}

/// States between which a return says nothing that is counted: those in which it is still written.
const UNCOUNTED: [&str; 2] = ["due", "draft"];

fn of_returns(conn: &mut Conn, from: Moment, to: Moment) -> Result<Vec<Moment>, Refusal> {
    let mut all: Vec<Moment> = on!(conn, c => quarterly_return_version::table
        .filter(quarterly_return_version::recorded_at.gt(from).and(quarterly_return_version::recorded_at.le(to)))
        .filter(quarterly_return_version::state.ne_all(UNCOUNTED))
        .select(quarterly_return_version::recorded_at).distinct().load(c))?;
    let more: Vec<Moment> = on!(conn, c => return_adjustment::table
        .filter(return_adjustment::recorded_at.gt(from).and(return_adjustment::recorded_at.le(to)))
        .select(return_adjustment::recorded_at).load(c))?;
    all.extend(more);
    Ok(all)
}

/// What was done at some moments, by moment and in its order.
pub fn events(conn: &mut Conn, moments: &[Moment]) -> Result<HashMap<Moment, Vec<EventRow>>, Refusal> {
    let rows: Vec<EventRow> = on!(conn, c => audit_event::table
        .filter(audit_event::recorded_at.eq_any(moments).and(audit_event::outcome.eq("done"))).order(audit_event::id)
        .select((audit_event::recorded_at, audit_event::act, audit_event::actor_name, audit_event::record_kind, audit_event::record_id,
            audit_event::reason)).load(c))?;
    let mut all: HashMap<Moment, Vec<EventRow>> = HashMap::new();
    rows.into_iter().for_each(|row| all.entry(row.recorded_at).or_default().push(row));
    Ok(all)
}

/// Kinds of records that no report about money reads, so that an act on one of them alone changes none: people and how they sign in, what is published or
/// written, and rules of the office that money does not follow.
const READ_BY_NONE: [&str; 17] = [
    "agreement_policy",
    "award_publication",
    "board_snapshot",
    "decision_notice",
    "history",
    "novation_letter",
    "open_data_policy",
    "provider_check",
    "provider_letter",
    "publication_policy",
    "redaction",
    "second_factor",
    "service_client",
    "session",
    "user",
    "variation_letter",
    "variation_policy",
];

/// The moments after one and up to another at which the log has an act on a record that a report about money may be read from.
pub fn logged(conn: &mut Conn, from: Moment, to: Moment) -> Result<BTreeSet<Moment>, Refusal> {
    let all: Vec<Moment> = on!(conn, c => audit_event::table
        .filter(audit_event::recorded_at.gt(from).and(audit_event::recorded_at.le(to)).and(audit_event::outcome.eq("done")))
        .filter(audit_event::record_kind.is_null().or(audit_event::record_kind.ne_all(READ_BY_NONE)))
        .select(audit_event::recorded_at).distinct().load(c))?;
    Ok(all.into_iter().collect())
}
