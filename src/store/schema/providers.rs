use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    provider (id) {
        id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    provider_version (provider_id, version) {
        provider_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, search -> Text,
        kind -> Nullable<Text>, pcc_status -> Text, size -> Nullable<Text>, specialist -> Nullable<Bool>,
        charity_number -> Nullable<Text>, company_number -> Nullable<Text>, postcode -> Nullable<Text>,
        local -> Nullable<Bool>, home_area_id -> Nullable<UuidSql>, contact_email -> Nullable<Text>,
        supplier_number -> Nullable<Text>, note -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text,
        evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    provider_alias (provider_id, version, position) {
        provider_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    provider_area (provider_id, version, area_id) {
        provider_id -> UuidSql, version -> Integer, area_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    provider_member (provider_id, version, position) {
        provider_id -> UuidSql, version -> Integer, position -> Integer, member_id -> UuidSql, lead -> Bool,
        starts_on -> Nullable<Date>, ends_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    service_line (id) {
        id -> UuidSql, provider_id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    service_line_version (service_line_id, version) {
        service_line_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text,
        theme -> Nullable<Text>, ends_on -> Nullable<Date>, note -> Nullable<Text>, illustrative -> Bool,
        not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    programme (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    programme_version (programme_id, version) {
        programme_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, search -> Text,
        kind -> Nullable<Text>, stage -> Nullable<Text>, stage_since_on -> Nullable<Date>,
        starts_on -> Nullable<Date>, ends_on -> Nullable<Date>, succeeds_id -> Nullable<UuidSql>,
        evaluator_id -> Nullable<UuidSql>, evaluation_due_on -> Nullable<Date>, onward_grants -> Nullable<Bool>,
        note -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_alias (programme_id, version, position) {
        programme_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_route (programme_id, version, position) {
        programme_id -> UuidSql, version -> Integer, position -> Integer, name -> Text,
        starts_on -> Nullable<Date>, ends_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_eligibility (programme_id, version, position) {
        programme_id -> UuidSql, version -> Integer, position -> Integer, criteria -> Text,
        starts_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_fund (programme_id, version, fund_id) {
        programme_id -> UuidSql, version -> Integer, fund_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_provider (programme_id, version, provider_id) {
        programme_id -> UuidSql, version -> Integer, provider_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    programme_area (programme_id, version, area_id) {
        programme_id -> UuidSql, version -> Integer, area_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    contribution (id) {
        id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    contribution_version (contribution_id, version) {
        contribution_id -> UuidSql, version -> Integer, recorded_at -> MomentSql,
        programme_id -> Nullable<UuidSql>, fund_id -> Nullable<UuidSql>, source_id -> UuidSql,
        amount_pence -> Nullable<BigInt>, kind -> Nullable<Text>, confirmed -> Nullable<Bool>,
        award_id -> Nullable<UuidSql>, figure_status -> Text, precision -> Nullable<Text>,
        rounding_unit_pence -> Nullable<BigInt>, qualifier -> Nullable<Text>, note -> Nullable<Text>,
        illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    savings_claim (id) {
        id -> UuidSql, reference -> Text, programme_id -> UuidSql, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    savings_claim_version (savings_claim_id, version) {
        savings_claim_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, claimed_by -> Text,
        as_at -> Nullable<Date>, cost_pence -> Nullable<BigInt>, benefit_pence -> Nullable<BigInt>,
        printed_benefit_per_pound_thousandths -> Nullable<BigInt>, printed_order -> Nullable<Text>,
        method -> Nullable<Text>, base -> Nullable<Text>, comparator -> Nullable<Text>, figure_status -> Text,
        evidence -> Nullable<Text>, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    provider_check (id) {
        id -> UuidSql, provider_id -> UuidSql, reference -> Text, recorded_at -> MomentSql, kind -> Text, outcome -> Text,
        checked_on -> Date, expires_on -> Nullable<Date>, supplier_number -> Nullable<Text>, evidence -> Nullable<Text>,
        remark -> Nullable<Text>, recorded_by -> Nullable<UuidSql>, recorded_by_name -> Text, illustrative -> Bool, not_evidenced -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    provider_letter (id) {
        id -> UuidSql, provider_id -> UuidSql, reference -> Text, recorded_at -> MomentSql, kind -> Text, issued_on -> Date,
        reason -> Text, issued_by -> Nullable<UuidSql>, issued_by_name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    provider,
    provider_version,
    provider_alias,
    provider_area,
    provider_member,
    service_line,
    service_line_version,
    programme,
    programme_version,
    programme_alias,
    programme_route,
    programme_eligibility,
    programme_fund,
    programme_provider,
    programme_area,
    contribution,
    contribution_version,
    savings_claim,
    savings_claim_version,
    provider_check,
);
