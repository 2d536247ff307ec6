use crate::store::schema::{award, award_terms, award_version};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    indicator (id) { id -> UuidSql, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    indicator_version (indicator_id, version) {
        indicator_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, name -> Text,
        definition -> Nullable<Text>, kind -> Text, unit -> Text, direction -> Text, basis -> Nullable<Text>,
        baseline_thousandths -> Nullable<BigInt>, adds_over_time -> Text, adds_over_areas -> Text,
        programme_id -> Nullable<UuidSql>, fund_id -> Nullable<UuidSql>, illustrative -> Bool, not_evidenced -> Text,
        evidence -> Nullable<Text>, note -> Nullable<Text>, broken_down_by -> Nullable<Text>, adds_over_groups -> Nullable<Text>,
        succeeds_id -> Nullable<UuidSql>, subset_of_id -> Nullable<UuidSql>, asks_for -> Nullable<Text>, counts_under_18 -> Bool,
        is_social_value -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    indicator_award (indicator_id, version, award_id) { indicator_id -> UuidSql, version -> Integer, award_id -> UuidSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    indicator_framework_code (indicator_id, version, framework, code) {
        indicator_id -> UuidSql, version -> Integer, framework -> Text, code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    indicator_group (indicator_id, version, position) {
        indicator_id -> UuidSql, version -> Integer, position -> Integer, name -> Text, is_under_18 -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    indicator_target (indicator_id, version, position) {
        indicator_id -> UuidSql, version -> Integer, position -> Integer, area_id -> Nullable<UuidSql>, period -> Text,
        starts_on -> Nullable<Date>, ends_on -> Nullable<Date>, target_thousandths -> BigInt,
        figure_status -> Text, precision -> Nullable<Text>, rounding_unit_thousandths -> Nullable<BigInt>,
        qualifier -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    indicator_lock (indicator_id) { indicator_id -> UuidSql, recorded_at -> MomentSql, }
}

diesel::allow_tables_to_appear_in_same_query!(
    indicator,
    indicator_version,
    indicator_award,
    indicator_framework_code,
    indicator_group,
    indicator_target,
    indicator_lock,
);

diesel::allow_tables_to_appear_in_same_query!(indicator, award);
diesel::allow_tables_to_appear_in_same_query!(indicator, award_version);
diesel::allow_tables_to_appear_in_same_query!(indicator, award_terms);
diesel::allow_tables_to_appear_in_same_query!(indicator_version, award);
diesel::allow_tables_to_appear_in_same_query!(indicator_version, award_version);
diesel::allow_tables_to_appear_in_same_query!(indicator_version, award_terms);
diesel::allow_tables_to_appear_in_same_query!(indicator_award, award);
diesel::allow_tables_to_appear_in_same_query!(indicator_award, award_version);
diesel::allow_tables_to_appear_in_same_query!(indicator_award, award_terms);
