use super::{area, area_version, award, award_terms, award_version, payment, payment_version};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    board_snapshot (id) {
        id -> UuidSql, recorded_at -> MomentSql, quarter -> Text, as_at -> Date, known_at -> MomentSql, suppressed_count -> BigInt,
        sha256 -> Text, report -> Text, made_on -> Date, made_by_id -> Nullable<UuidSql>, made_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    board_sign_off (snapshot_id) {
        snapshot_id -> UuidSql, recorded_at -> MomentSql, signed_off_on -> Date, signed_off_by_id -> Nullable<UuidSql>,
        signed_off_by -> Text,
    }
}

diesel::table! {
    use super::UuidSql;
    board_snapshot_beside (snapshot_id, beside_id) {
        snapshot_id -> UuidSql, beside_id -> UuidSql,
    }
}

diesel::table! {
    use super::UuidSql;
    board_snapshot_claim (snapshot_id, funder_claim_id) {
        snapshot_id -> UuidSql, funder_claim_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    publication_policy (version) {
        version -> Integer, recorded_at -> MomentSql, small_below -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(board_snapshot, board_sign_off);

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    open_data_policy (version) {
        version -> Integer, recorded_at -> MomentSql, publisher_name -> Nullable<Text>, organisation_id -> Nullable<Text>,
        grant_prefix -> Nullable<Text>, licence_url -> Nullable<Text>, site_url -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_publication (award_id, version) {
        award_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, purpose -> Nullable<Text>, reasons -> Nullable<Text>,
        value_for_money_reasons -> Nullable<Text>, contract_document_id -> Nullable<UuidSql>, from_open_call -> Nullable<Bool>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    decision_notice (id) { id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    decision_notice_version (notice_id, version) {
        notice_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, award_id -> UuidSql,
        variation_id -> Nullable<UuidSql>, title -> Text, decision -> Text, reasons -> Text, approver -> Text, decided_on -> Date,
        is_public -> Bool, written_by_id -> Nullable<UuidSql>, written_by -> Text, published_on -> Nullable<Date>,
        published_by -> Nullable<Text>, withdrawn_on -> Nullable<Date>, withdrawn_by -> Nullable<Text>, withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    redaction (id) {
        id -> UuidSql, recorded_at -> MomentSql, record_kind -> Text, record_id -> UuidSql, field -> Text, reason -> Text,
        starts_on -> Date, redacted_by_id -> Nullable<UuidSql>, redacted_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    redaction_lift (redaction_id) {
        redaction_id -> UuidSql, recorded_at -> MomentSql, lifted_on -> Date, lifted_by_id -> Nullable<UuidSql>, lifted_by -> Text,
        reason -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(decision_notice, decision_notice_version);
diesel::allow_tables_to_appear_in_same_query!(redaction, redaction_lift);
diesel::allow_tables_to_appear_in_same_query!(payment, award);
diesel::allow_tables_to_appear_in_same_query!(payment_version, award);
diesel::allow_tables_to_appear_in_same_query!(payment, award_version);
diesel::allow_tables_to_appear_in_same_query!(payment_version, award_version);
diesel::allow_tables_to_appear_in_same_query!(payment, award_terms);
diesel::allow_tables_to_appear_in_same_query!(payment_version, award_terms);
diesel::allow_tables_to_appear_in_same_query!(award, area);
diesel::allow_tables_to_appear_in_same_query!(award, area_version);
diesel::allow_tables_to_appear_in_same_query!(award_version, area);
diesel::allow_tables_to_appear_in_same_query!(award_version, area_version);
