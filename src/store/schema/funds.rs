use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area_version (area_id, version) {
        area_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, kind -> Text, ons_code -> Nullable<Text>,
        parent_id -> Nullable<UuidSql>, valid_from -> Nullable<Date>, valid_to -> Nullable<Date>, search -> Text,
        illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area_alias (area_id, version, position) {
        area_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area_set (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area_set_version (area_set_id, version) {
        area_set_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, kind -> Text,
        area_id -> Nullable<UuidSql>, member_count -> Integer, valid_from -> Nullable<Date>, valid_to -> Nullable<Date>,
        search -> Text, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    area_set_member (area_set_id, version, position) {
        area_set_id -> UuidSql, version -> Integer, position -> Integer, area_id -> UuidSql, valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    commissioning_body (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    commissioning_body_version (body_id, version) {
        body_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, kind -> Text,
        area_id -> Nullable<UuidSql>, valid_from -> Nullable<Date>, valid_to -> Nullable<Date>,
        successor_id -> Nullable<UuidSql>, search -> Text, illustrative -> Bool, not_evidenced -> Text,
        evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    commissioning_body_alias (body_id, version, position) {
        body_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funding_source (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funding_source_version (source_id, version) {
        source_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, kind -> Text, search -> Text,
        illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>, small_numbers_agreed -> Bool,
        claim_period -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    funding_source_alias (source_id, version, position) {
        source_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund (id) {
        id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_version (fund_id, version) {
        fund_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, kind -> Text, scope -> Text,
        purpose -> Nullable<Text>, body_id -> UuidSql, unspent_rule -> Nullable<Text>, default_monitoring -> Nullable<Text>,
        default_evaluation -> Nullable<Text>, review_due -> Nullable<Date>, reviewed_on -> Nullable<Date>,
        review_outcome -> Nullable<Text>, review_consultation -> Nullable<Text>, pledge_text -> Nullable<Text>,
        pledge_from -> Nullable<Date>, pledge_to -> Nullable<Date>, search -> Text, illustrative -> Bool, not_evidenced -> Text,
        evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_alias (fund_id, version, position) {
        fund_id -> UuidSql, version -> Integer, position -> Integer, alias -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_source (fund_id, version, position) {
        fund_id -> UuidSql, version -> Integer, position -> Integer, source_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_predecessor (fund_id, version, position) {
        fund_id -> UuidSql, version -> Integer, position -> Integer, predecessor_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_period (id) {
        id -> UuidSql, fund_id -> UuidSql, label -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    fund_period_version (period_id, version) {
        period_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, starts_on -> Date, ends_on -> Date,
        note -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    area,
    area_version,
    area_alias,
    area_set,
    area_set_version,
    area_set_member,
    commissioning_body,
    commissioning_body_version,
    commissioning_body_alias,
    funding_source,
    funding_source_version,
    funding_source_alias,
    fund,
    fund_version,
    fund_alias,
    fund_source,
    fund_predecessor,
    fund_period,
    fund_period_version,
);
