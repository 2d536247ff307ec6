use crate::store::schema::{
    area, area_version, fund, fund_period, fund_period_version, fund_version, programme, programme_version, provider, provider_version,
    service_line, service_line_version, tranche,
};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award (id) {
        id -> UuidSql, reference -> Text, series -> Text, number -> Integer, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_version (award_id, version) {
        award_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text,
        terms_no -> Integer, offered_terms_no -> Nullable<Integer>, conditions_no -> Integer, plan_no -> Integer,
        decided_on -> Nullable<Date>, offered_on -> Nullable<Date>, acceptance_due_on -> Nullable<Date>,
        accepted_on -> Nullable<Date>, living_wage_attested_on -> Nullable<Date>, paused_on -> Nullable<Date>,
        resume_planned_on -> Nullable<Date>, pause_intention -> Nullable<Text>, ended_on -> Nullable<Date>,
        closed_on -> Nullable<Date>, reason -> Nullable<Text>, delivery_status -> Text, delivery_mode -> Nullable<Text>,
        delivery_since -> Nullable<Date>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
        note -> Nullable<Text>, offered_by_id -> Nullable<UuidSql>, accepted_on_behalf_by -> Nullable<Text>, signed_by -> Nullable<Text>,
        signed_document_id -> Nullable<UuidSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_terms (award_id, terms_no) {
        award_id -> UuidSql, terms_no -> Integer, recorded_at -> MomentSql, effective_on -> Date,
        variation_id -> Nullable<UuidSql>, fund_period_id -> UuidSql, tranche_id -> Nullable<UuidSql>,
        earmark_id -> Nullable<UuidSql>, provider_id -> Nullable<UuidSql>, service_line_id -> Nullable<UuidSql>,
        programme_id -> Nullable<UuidSql>, component_of -> Nullable<UuidSql>, succeeds -> Nullable<UuidSql>,
        kind -> Text, legal_power -> Nullable<Text>,
        legal_power_text -> Nullable<Text>, category -> Nullable<Text>, theme -> Nullable<Text>, title -> Text,
        purpose -> Nullable<Text>, amount_pence -> Nullable<BigInt>, vat_pence -> Nullable<BigInt>, forward_pence -> BigInt,
        starts_on -> Nullable<Date>, ends_on -> Nullable<Date>, post_host -> Nullable<Text>, post_role -> Nullable<Text>,
        post_fte_hundredths -> Nullable<Integer>, living_wage_clause -> Bool,
        social_value_weight_percent -> Nullable<Integer>, social_value_score_percent -> Nullable<Integer>, projects_count -> Integer, position -> Nullable<Integer>,
        figure_status -> Text, precision -> Nullable<Text>, rounding_unit_pence -> Nullable<BigInt>,
        qualifier -> Nullable<Text>, search_text -> Text, particulars -> Nullable<Text>,
        commissioning_body_id -> Nullable<UuidSql>, novation_id -> Nullable<UuidSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_area (award_id, terms_no, area_id) { award_id -> UuidSql, terms_no -> Integer, area_id -> UuidSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_split (award_id, terms_no, budget_line_id) {
        award_id -> UuidSql, terms_no -> Integer, budget_line_id -> UuidSql, amount_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_share (award_id, terms_no, budget_line_id) {
        award_id -> UuidSql, terms_no -> Integer, budget_line_id -> UuidSql, weight -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_quarter (award_id, terms_no, quarter) {
        award_id -> UuidSql, terms_no -> Integer, quarter -> Text, amount_pence -> BigInt, is_indicative -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_year (award_id, terms_no, financial_year) {
        award_id -> UuidSql, terms_no -> Integer, financial_year -> Integer, amount_pence -> BigInt, is_indicative -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_plan (award_id, plan_no) {
        award_id -> UuidSql, plan_no -> Integer, recorded_at -> MomentSql, effective_on -> Date,
        frequency -> Nullable<Text>, evaluation -> Nullable<Text>, is_fund_default -> Bool, evaluator -> Nullable<Text>,
        method -> Nullable<Text>, due_on -> Nullable<Date>, findings -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_outcome (award_id, plan_no, position) {
        award_id -> UuidSql, plan_no -> Integer, position -> Integer, question -> Text, result -> Nullable<Text>,
        comparator -> Nullable<Text>, low_percent_thousandths -> Nullable<BigInt>, high_percent_thousandths -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    award_condition (award_id, conditions_no, position) {
        award_id -> UuidSql, conditions_no -> Integer, position -> Integer, text -> Text, due_on -> Nullable<Date>,
        evidence_status -> Text, evidence_note -> Nullable<Text>, evidenced_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    award_policy (version) {
        version -> Integer, recorded_at -> MomentSql, social_value_threshold_pence -> BigInt,
        social_value_weight_percent -> Integer, living_wage_kinds -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_former_party (award_id, provider_id) {
        award_id -> UuidSql, provider_id -> UuidSql, recorded_at -> MomentSql, version -> Integer, terms_no -> Integer,
        until_on -> Date, novation_id -> UuidSql,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    award,
    award_version,
    award_terms,
    award_former_party,
    award_area,
    award_split,
    award_share,
    award_quarter,
    award_year,
    award_plan,
    award_outcome,
    award_condition,
);

// What a list of awards shows of the records that they refer to.
diesel::allow_tables_to_appear_in_same_query!(award, fund);
diesel::allow_tables_to_appear_in_same_query!(award, fund_version);
diesel::allow_tables_to_appear_in_same_query!(award, fund_period);
diesel::allow_tables_to_appear_in_same_query!(award, fund_period_version);
diesel::allow_tables_to_appear_in_same_query!(award, tranche);
diesel::allow_tables_to_appear_in_same_query!(award, provider);
diesel::allow_tables_to_appear_in_same_query!(award, provider_version);
diesel::allow_tables_to_appear_in_same_query!(award, service_line);
diesel::allow_tables_to_appear_in_same_query!(award, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(award, programme);
diesel::allow_tables_to_appear_in_same_query!(award, programme_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, fund);
diesel::allow_tables_to_appear_in_same_query!(award_version, fund_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, fund_period);
diesel::allow_tables_to_appear_in_same_query!(award_version, fund_period_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, tranche);
diesel::allow_tables_to_appear_in_same_query!(award_version, provider);
diesel::allow_tables_to_appear_in_same_query!(award_version, provider_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, service_line);
diesel::allow_tables_to_appear_in_same_query!(award_version, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, programme);
diesel::allow_tables_to_appear_in_same_query!(award_version, programme_version);
diesel::allow_tables_to_appear_in_same_query!(award_terms, fund);
diesel::allow_tables_to_appear_in_same_query!(award_terms, fund_version);
diesel::allow_tables_to_appear_in_same_query!(award_terms, fund_period);
diesel::allow_tables_to_appear_in_same_query!(award_terms, fund_period_version);
diesel::allow_tables_to_appear_in_same_query!(award_terms, tranche);
diesel::allow_tables_to_appear_in_same_query!(award_terms, provider);
diesel::allow_tables_to_appear_in_same_query!(award_terms, provider_version);
diesel::allow_tables_to_appear_in_same_query!(award_terms, service_line);
diesel::allow_tables_to_appear_in_same_query!(award_terms, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(award_terms, programme);
diesel::allow_tables_to_appear_in_same_query!(award_terms, programme_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, fund);
diesel::allow_tables_to_appear_in_same_query!(award_area, fund_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, fund_period);
diesel::allow_tables_to_appear_in_same_query!(award_area, fund_period_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, tranche);
diesel::allow_tables_to_appear_in_same_query!(award_area, provider);
diesel::allow_tables_to_appear_in_same_query!(award_area, provider_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, service_line);
diesel::allow_tables_to_appear_in_same_query!(award_area, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, programme);
diesel::allow_tables_to_appear_in_same_query!(award_area, programme_version);
diesel::allow_tables_to_appear_in_same_query!(award_area, area);
diesel::allow_tables_to_appear_in_same_query!(award_area, area_version);
diesel::allow_tables_to_appear_in_same_query!(fund, provider);
diesel::allow_tables_to_appear_in_same_query!(fund, provider_version);
diesel::allow_tables_to_appear_in_same_query!(fund, service_line);
diesel::allow_tables_to_appear_in_same_query!(fund, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(fund, programme);
diesel::allow_tables_to_appear_in_same_query!(fund, programme_version);
diesel::allow_tables_to_appear_in_same_query!(fund_version, provider);
diesel::allow_tables_to_appear_in_same_query!(fund_version, provider_version);
diesel::allow_tables_to_appear_in_same_query!(fund_version, service_line);
diesel::allow_tables_to_appear_in_same_query!(fund_version, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(fund_version, programme);
diesel::allow_tables_to_appear_in_same_query!(fund_version, programme_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period, provider);
diesel::allow_tables_to_appear_in_same_query!(fund_period, provider_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period, service_line);
diesel::allow_tables_to_appear_in_same_query!(fund_period, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period, programme);
diesel::allow_tables_to_appear_in_same_query!(fund_period, programme_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, provider);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, provider_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, service_line);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, programme);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, programme_version);
diesel::allow_tables_to_appear_in_same_query!(tranche, provider);
diesel::allow_tables_to_appear_in_same_query!(tranche, provider_version);
diesel::allow_tables_to_appear_in_same_query!(tranche, service_line);
diesel::allow_tables_to_appear_in_same_query!(tranche, service_line_version);
diesel::allow_tables_to_appear_in_same_query!(tranche, programme);
diesel::allow_tables_to_appear_in_same_query!(tranche, programme_version);
diesel::allow_tables_to_appear_in_same_query!(fund_period_version, tranche);
diesel::allow_tables_to_appear_in_same_query!(award_former_party, fund);
diesel::allow_tables_to_appear_in_same_query!(award_former_party, fund_version);
diesel::allow_tables_to_appear_in_same_query!(award_former_party, fund_period);
diesel::allow_tables_to_appear_in_same_query!(award_former_party, fund_period_version);
