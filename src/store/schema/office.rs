use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    import_row (file, key, known_from) {
        file -> Text, key -> Text, known_from -> Text, record_id -> UuidSql, fingerprint -> Text, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    history_gate (id) { id -> Integer, closed_at -> MomentSql, }
}
