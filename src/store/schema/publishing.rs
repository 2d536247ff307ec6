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
