use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    document (id) {
        id -> UuidSql, recorded_at -> MomentSql, record_kind -> Text, record_id -> UuidSql, provider_id -> Nullable<UuidSql>,
        file_name -> Text, media_type -> Text, size_bytes -> BigInt, sha256 -> Text, uploaded_by_kind -> Text,
        uploaded_by_id -> Nullable<UuidSql>, uploaded_by_name -> Text,
        redacted_on -> Nullable<Date>, removed_at -> Nullable<MomentSql>, office_only -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    document_reader (document_id, provider_id) { document_id -> UuidSql, provider_id -> UuidSql, }
}

diesel::allow_tables_to_appear_in_same_query!(document, document_reader);

diesel::table! {
    paper_file (sha256) { sha256 -> Text, bytes -> Binary, }
}

diesel::table! {
    paper_set_file (set_sha256, name) { set_sha256 -> Text, name -> Text, file_sha256 -> Text, }
}

diesel::allow_tables_to_appear_in_same_query!(paper_file, paper_set_file);
