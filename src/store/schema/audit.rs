use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    audit_event (id) {
        id -> UuidSql, recorded_at -> MomentSql, happened_at -> MomentSql, act -> Text, actor_kind -> Text, actor_id -> Nullable<UuidSql>,
        actor_name -> Text, provider_id -> Nullable<UuidSql>, request_id -> Text, record_kind -> Nullable<Text>,
        record_id -> Nullable<UuidSql>, outcome -> Text, refusal_code -> Nullable<Text>, refusal_detail -> Nullable<Text>,
        reason -> Nullable<Text>, before_json -> Nullable<Text>, after_json -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    audit_seal (sequence) {
        sequence -> BigInt, event_id -> UuidSql, sealed_at -> MomentSql, previous_hash -> Text, hash -> Text,
    }
}

diesel::joinable!(audit_seal -> audit_event (event_id));
diesel::allow_tables_to_appear_in_same_query!(audit_event, audit_seal);
