use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    outbox_message (id) {
        id -> UuidSql, recorded_at -> MomentSql, act -> Text, record_kind -> Text, record_id -> UuidSql, kind -> Text,
        recipient -> Text, subject -> Text, body -> Text, state -> Text, attempts -> Integer, next_attempt_at -> MomentSql,
        last_error -> Nullable<Text>, sent_at -> Nullable<MomentSql>,
    }
}
