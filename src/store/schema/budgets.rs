use super::{fund, fund_period, fund_version, funding_source, funding_source_version};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    budget_line (id) {
        id -> UuidSql, reference -> Text, fund_period_id -> UuidSql, funding_source_id -> UuidSql, version -> Integer,
        recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    budget_line_version (budget_line_id, version) {
        budget_line_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, recorded_by -> Nullable<UuidSql>,
        state -> Text, amount_pence -> BigInt, internal_pence -> Nullable<BigInt>, effective_on -> Date,
        conditions -> Nullable<Text>,
        window_starts_on -> Nullable<Date>, window_ends_on -> Nullable<Date>, unspent_rule -> Nullable<Text>,
        reason -> Nullable<Text>, figure_status -> Text, precision -> Nullable<Text>, rounding_unit_pence -> Nullable<BigInt>,
        qualifier -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    budget_line_shortfall (id) {
        id -> UuidSql, budget_line_id -> UuidSql, recorded_at -> MomentSql, effective_on -> Date, change_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    at_risk_approval (id) {
        id -> UuidSql, budget_line_id -> UuidSql, recorded_at -> MomentSql, amount_pence -> BigInt, approved_on -> Date,
        ends_on -> Nullable<Date>, reason -> Text, approved_by -> Nullable<UuidSql>, approved_by_name -> Text,
        figure_status -> Text, precision -> Nullable<Text>, rounding_unit_pence -> Nullable<BigInt>,
        qualifier -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    at_risk_end (at_risk_approval_id) {
        at_risk_approval_id -> UuidSql, recorded_at -> MomentSql, ended_on -> Date, outcome -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    earmark (id) {
        id -> UuidSql, reference -> Text, fund_period_id -> UuidSql, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    earmark_version (earmark_id, version) {
        earmark_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, name -> Text,
        purpose -> Nullable<Text>, programme_id -> Nullable<UuidSql>, amount_pence -> BigInt, effective_on -> Date,
        reason -> Nullable<Text>, figure_status -> Text, precision -> Nullable<Text>, rounding_unit_pence -> Nullable<BigInt>,
        qualifier -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    tranche (id) {
        id -> UuidSql, reference -> Text, fund_period_id -> UuidSql, number -> Integer, version -> Integer,
        recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    tranche_version (tranche_id, version) {
        tranche_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, name -> Text,
        planned_pence -> Nullable<BigInt>, projects_count -> Nullable<Integer>, opens_on -> Nullable<Date>,
        closes_on -> Nullable<Date>, decision_on -> Nullable<Date>, criteria -> Nullable<Text>, guidance_url -> Nullable<Text>,
        effective_on -> Date, reason -> Nullable<Text>, figure_status -> Text, precision -> Nullable<Text>,
        rounding_unit_pence -> Nullable<BigInt>, qualifier -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text,
        evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    bid (id) {
        id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    bid_version (bid_id, version) {
        bid_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, title -> Text,
        funding_source_id -> Nullable<UuidSql>, fund_id -> Nullable<UuidSql>, lead_applicant -> Text,
        lead_provider_id -> Nullable<UuidSql>, opcc_role -> Text, round -> Nullable<Integer>,
        requested_pence -> Nullable<BigInt>, awarded_pence -> Nullable<BigInt>, submitted_on -> Nullable<Date>,
        decided_on -> Nullable<Date>, budget_line_id -> Nullable<UuidSql>, reason -> Nullable<Text>, figure_status -> Text,
        precision -> Nullable<Text>, rounding_unit_pence -> Nullable<BigInt>, qualifier -> Nullable<Text>, illustrative -> Bool,
        not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    bid_area (bid_id, version, position) {
        bid_id -> UuidSql, version -> Integer, position -> Integer, area_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    bid_gate (bid_id, version, number) {
        bid_id -> UuidSql, version -> Integer, number -> Integer, name -> Nullable<Text>, passed -> Bool,
        passed_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funder_claim (id) {
        id -> UuidSql, reference -> Text, budget_line_id -> UuidSql, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funder_claim_version (funder_claim_id, version) {
        funder_claim_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, recorded_by -> Nullable<UuidSql>, state -> Text,
        amount_pence -> BigInt, starts_on -> Date, ends_on -> Date, note -> Nullable<Text>, statement -> Nullable<Text>,
        certified_on -> Nullable<Date>, certified_by -> Nullable<UuidSql>, certified_by_name -> Nullable<Text>,
        reason -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
        days_reason -> Nullable<Text>, outstanding_returns -> Nullable<BigInt>, outstanding_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funder_claim_receipt (funder_claim_id, version) {
        funder_claim_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, recorded_by -> Nullable<UuidSql>,
        recorded_by_name -> Text, amount_pence -> BigInt, received_on -> Date, reference -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funder_claim_figures (funder_claim_id) {
        funder_claim_id -> UuidSql, recorded_at -> MomentSql, figures -> Text, sha256 -> Text,
    }
}

diesel::joinable!(budget_line_version -> budget_line (budget_line_id));
diesel::joinable!(budget_line_shortfall -> budget_line (budget_line_id));
diesel::joinable!(at_risk_approval -> budget_line (budget_line_id));
diesel::joinable!(at_risk_end -> at_risk_approval (at_risk_approval_id));
diesel::joinable!(earmark_version -> earmark (earmark_id));
diesel::joinable!(tranche_version -> tranche (tranche_id));
diesel::joinable!(bid_version -> bid (bid_id));
diesel::joinable!(funder_claim_version -> funder_claim (funder_claim_id));

diesel::allow_tables_to_appear_in_same_query!(
    budget_line,
    budget_line_version,
    budget_line_shortfall,
    at_risk_approval,
    at_risk_end,
    earmark,
    earmark_version,
    tranche,
    tranche_version,
    bid,
    bid_version,
    bid_area,
    bid_gate,
    funder_claim,
    funder_claim_figures,
    funder_claim_version,
    funder_claim_receipt,
);

diesel::allow_tables_to_appear_in_same_query!(budget_line, fund);
diesel::allow_tables_to_appear_in_same_query!(budget_line, fund_period);
diesel::allow_tables_to_appear_in_same_query!(budget_line, fund_version);
diesel::allow_tables_to_appear_in_same_query!(budget_line, funding_source);
diesel::allow_tables_to_appear_in_same_query!(budget_line, funding_source_version);
diesel::allow_tables_to_appear_in_same_query!(budget_line_version, fund);
diesel::allow_tables_to_appear_in_same_query!(budget_line_version, fund_period);
diesel::allow_tables_to_appear_in_same_query!(budget_line_version, fund_version);
diesel::allow_tables_to_appear_in_same_query!(budget_line_version, funding_source);
diesel::allow_tables_to_appear_in_same_query!(budget_line_version, funding_source_version);
diesel::allow_tables_to_appear_in_same_query!(tranche, fund);
diesel::allow_tables_to_appear_in_same_query!(tranche, fund_period);
diesel::allow_tables_to_appear_in_same_query!(tranche, fund_version);
diesel::allow_tables_to_appear_in_same_query!(tranche, funding_source);
diesel::allow_tables_to_appear_in_same_query!(tranche, funding_source_version);
diesel::allow_tables_to_appear_in_same_query!(tranche_version, fund);
diesel::allow_tables_to_appear_in_same_query!(tranche_version, fund_period);
diesel::allow_tables_to_appear_in_same_query!(tranche_version, fund_version);
diesel::allow_tables_to_appear_in_same_query!(tranche_version, funding_source);
diesel::allow_tables_to_appear_in_same_query!(tranche_version, funding_source_version);
diesel::allow_tables_to_appear_in_same_query!(earmark, fund);
diesel::allow_tables_to_appear_in_same_query!(earmark, fund_period);
diesel::allow_tables_to_appear_in_same_query!(earmark, fund_version);
diesel::allow_tables_to_appear_in_same_query!(earmark, funding_source);
diesel::allow_tables_to_appear_in_same_query!(earmark, funding_source_version);
diesel::allow_tables_to_appear_in_same_query!(earmark_version, fund);
diesel::allow_tables_to_appear_in_same_query!(earmark_version, fund_period);
diesel::allow_tables_to_appear_in_same_query!(earmark_version, fund_version);
diesel::allow_tables_to_appear_in_same_query!(earmark_version, funding_source);
diesel::allow_tables_to_appear_in_same_query!(earmark_version, funding_source_version);
