use crate::store::sql::MomentSql;

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    store_clock (id) { id -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    idempotency_key (caller, key) {
        caller -> Text, key -> Text, fingerprint -> Text, status -> Integer, etag -> Nullable<Text>, location -> Nullable<Text>,
        body -> Text, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    demo_mark (id) { id -> Integer, recorded_at -> MomentSql, }
}
