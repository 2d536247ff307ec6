use super::{award, award_terms, award_version, document, variation_campaign_variation};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation (id) {
        id -> UuidSql, award_id -> UuidSql, reference -> Text, number -> Integer, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_version (variation_id, version) {
        variation_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text,
        group_name -> Nullable<Text>, change_pence -> BigInt, change -> Text, before -> Nullable<Text>, after -> Nullable<Text>,
        terms_no -> Nullable<Integer>, issued_on -> Nullable<Date>, answer_due_on -> Nullable<Date>, answered_on -> Nullable<Date>, answered_by -> Nullable<Text>,
        applied_on -> Nullable<Date>, note -> Nullable<Text>, illustrative -> Bool, not_evidenced -> Text, evidence -> Nullable<Text>,
        living_wage_attested_on -> Nullable<Date>, issued_by_id -> Nullable<UuidSql>, accepted_on_behalf_by -> Nullable<Text>,
        signed_by -> Nullable<Text>, signed_document_id -> Nullable<UuidSql>,
        authored_by_id -> Nullable<UuidSql>, approved_by_id -> Nullable<UuidSql>, approved_by -> Nullable<Text>, approved_on -> Nullable<Date>,
        application -> Text, effect -> Nullable<Text>, failed_on -> Nullable<Date>, failure -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    variation_policy (version) {
        version -> Integer, recorded_at -> MomentSql, virement_tolerance_percent -> Integer, approval_above_pence -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_letter (variation_id, number) {
        variation_id -> UuidSql, number -> Integer, recorded_at -> MomentSql, provider_id -> Nullable<UuidSql>, template -> Text, sheet -> Text,
        document_id -> Nullable<UuidSql>, sha256 -> Nullable<Text>, size_bytes -> Nullable<BigInt>, pages -> Nullable<Integer>, made_at -> Nullable<MomentSql>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(variation, variation_version);
diesel::allow_tables_to_appear_in_same_query!(variation, award);
diesel::allow_tables_to_appear_in_same_query!(variation, award_version);
diesel::allow_tables_to_appear_in_same_query!(variation, award_terms);
diesel::allow_tables_to_appear_in_same_query!(variation_version, award);
diesel::allow_tables_to_appear_in_same_query!(variation_version, award_version);
diesel::allow_tables_to_appear_in_same_query!(variation_version, award_terms);
diesel::allow_tables_to_appear_in_same_query!(variation_letter, document);
diesel::allow_tables_to_appear_in_same_query!(variation_letter, variation);
diesel::allow_tables_to_appear_in_same_query!(variation_letter, variation_version);
diesel::allow_tables_to_appear_in_same_query!(variation, document);
diesel::allow_tables_to_appear_in_same_query!(variation_letter, variation_campaign_variation);
