//! The example office, carried in the program, so that the demo runs from any folder.

use crate::office::import::Folder;

/// West Midlands 2020/21, as far as published papers print it. Its README says what stands in each file and where it comes from.
#[must_use]
pub fn folder() -> Folder {
    Folder::of(FILES.iter().copied())
}

const FILES: &[(&str, &str)] = &[
    ("area_sets.csv", include_str!("../../examples/west_midlands_2020_21/area_sets.csv")),
    ("areas.csv", include_str!("../../examples/west_midlands_2020_21/areas.csv")),
    ("at_risk_approvals.csv", include_str!("../../examples/west_midlands_2020_21/at_risk_approvals.csv")),
    ("award_splits.csv", include_str!("../../examples/west_midlands_2020_21/award_splits.csv")),
    ("awards.csv", include_str!("../../examples/west_midlands_2020_21/awards.csv")),
    ("bid_gates.csv", include_str!("../../examples/west_midlands_2020_21/bid_gates.csv")),
    ("bids.csv", include_str!("../../examples/west_midlands_2020_21/bids.csv")),
    ("budget_lines.csv", include_str!("../../examples/west_midlands_2020_21/budget_lines.csv")),
    ("commissioning_bodies.csv", include_str!("../../examples/west_midlands_2020_21/commissioning_bodies.csv")),
    ("consortium_members.csv", include_str!("../../examples/west_midlands_2020_21/consortium_members.csv")),
    ("contributions.csv", include_str!("../../examples/west_midlands_2020_21/contributions.csv")),
    ("control_totals.csv", include_str!("../../examples/west_midlands_2020_21/control_totals.csv")),
    ("earmarks.csv", include_str!("../../examples/west_midlands_2020_21/earmarks.csv")),
    ("figures.csv", include_str!("../../examples/west_midlands_2020_21/figures.csv")),
    ("fund_periods.csv", include_str!("../../examples/west_midlands_2020_21/fund_periods.csv")),
    ("funder_claim_receipts.csv", include_str!("../../examples/west_midlands_2020_21/funder_claim_receipts.csv")),
    ("funder_claims.csv", include_str!("../../examples/west_midlands_2020_21/funder_claims.csv")),
    ("funding_sources.csv", include_str!("../../examples/west_midlands_2020_21/funding_sources.csv")),
    ("funds.csv", include_str!("../../examples/west_midlands_2020_21/funds.csv")),
    ("indicator_targets.csv", include_str!("../../examples/west_midlands_2020_21/indicator_targets.csv")),
    ("indicators.csv", include_str!("../../examples/west_midlands_2020_21/indicators.csv")),
    ("programmes.csv", include_str!("../../examples/west_midlands_2020_21/programmes.csv")),
    ("provider_checks.csv", include_str!("../../examples/west_midlands_2020_21/provider_checks.csv")),
    ("providers.csv", include_str!("../../examples/west_midlands_2020_21/providers.csv")),
    ("return_spend.csv", include_str!("../../examples/west_midlands_2020_21/return_spend.csv")),
    ("return_values.csv", include_str!("../../examples/west_midlands_2020_21/return_values.csv")),
    ("returns.csv", include_str!("../../examples/west_midlands_2020_21/returns.csv")),
    ("service_lines.csv", include_str!("../../examples/west_midlands_2020_21/service_lines.csv")),
    ("settings.csv", include_str!("../../examples/west_midlands_2020_21/settings.csv")),
    ("tranches.csv", include_str!("../../examples/west_midlands_2020_21/tranches.csv")),
    ("users.csv", include_str!("../../examples/west_midlands_2020_21/users.csv")),
    ("variations.csv", include_str!("../../examples/west_midlands_2020_21/variations.csv")),
];
