//! Registers every report.

use crate::http::Api;
use crate::reports::{
    allocations, annual, at_risk, board, capacity, changes, claim, claims_due, compliance, control_totals, coverage, expenditure,
    fund_summary, indicators, outturn, service, shares, social_value, tranche_summary, underspend, unit_costs,
};

/// Registers the operations.
pub fn mount(api: &mut Api) {
    control_totals::routes::mount(api);
    api.tag("Reports", "Questions across the whole office, as at a day and known at a moment.");
    allocations::routes::mount(api);
    fund_summary::routes::mount(api);
    tranche_summary::routes::mount(api);
    expenditure::routes::mount(api);
    outturn::routes::mount(api);
    coverage::routes::mount(api);
    indicators::routes::mount(api);
    compliance::routes::mount(api);
    capacity::routes::mount(api);
    service::routes::mount(api);
    board::routes::mount(api);
    annual::routes::mount(api);
    claim::routes::mount(api);
    claims_due::routes::mount(api);
    at_risk::routes::mount(api);
    changes::routes::mount(api);
    changes::by_figure::mount(api);
    shares::routes::mount(api);
    social_value::routes::mount(api);
    underspend::routes::mount(api);
    unit_costs::routes::mount(api);
}
