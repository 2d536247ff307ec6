use super::document;
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    novation (id) { id -> UuidSql, reference -> Text, number -> Integer, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    novation_version (novation_id, version) {
        novation_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text, kind -> Text,
        from_id -> UuidSql, to_id -> UuidSql, from_ceased -> Bool, skip_refused -> Bool, reason -> Text, chosen -> Text,
        drafted_by_id -> Nullable<UuidSql>, drafted_by -> Text, issued_on -> Nullable<Date>, issued_by_id -> Nullable<UuidSql>,
        issued_by -> Nullable<Text>, to_accepted_on -> Nullable<Date>, to_accepted_by -> Nullable<Text>,
        from_accepted_on -> Nullable<Date>, from_accepted_by -> Nullable<Text>, to_accepted_on_behalf_by -> Nullable<Text>,
        to_signed_by -> Nullable<Text>, to_signed_document_id -> Nullable<UuidSql>, from_accepted_on_behalf_by -> Nullable<Text>,
        from_signed_by -> Nullable<Text>, from_signed_document_id -> Nullable<UuidSql>, applied_on -> Nullable<Date>, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    novation_award (novation_id, award_id) {
        novation_id -> UuidSql, award_id -> UuidSql, before_no -> Integer, after_no -> Nullable<Integer>, left_out -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    novation_letter (id) {
        id -> UuidSql, novation_id -> UuidSql, provider_id -> UuidSql, recorded_at -> MomentSql, sheet -> Text, reminded_on -> Nullable<Date>,
        document_id -> Nullable<UuidSql>, sha256 -> Nullable<Text>, size_bytes -> Nullable<BigInt>, pages -> Nullable<Integer>, made_at -> Nullable<MomentSql>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(novation, novation_version, novation_award);
diesel::allow_tables_to_appear_in_same_query!(novation_letter, document);
