use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    app_user (id) { id -> UuidSql, email -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    app_user_version (app_user_id, version) {
        app_user_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, email -> Text, name -> Text, search -> Text,
        provider_id -> Nullable<UuidSql>, active -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    app_user_role (app_user_id, version, role) { app_user_id -> UuidSql, version -> Integer, role -> Text, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    app_user_area (app_user_id, version, area) { app_user_id -> UuidSql, version -> Integer, area -> Text, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    app_user_password (app_user_id) { app_user_id -> UuidSql, phc -> Text, set_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    sign_in_failure (subject) { subject -> Text, failures -> Integer, since -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    session (id) {
        id -> UuidSql, app_user_id -> UuidSql, created_at -> MomentSql, expires_at -> MomentSql, revoked_at -> Nullable<MomentSql>,
        revoked_reason -> Nullable<Text>, second_factor_at -> Nullable<MomentSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    second_factor (app_user_id) {
        app_user_id -> UuidSql, secret -> Text, enrolled_at -> MomentSql, confirmed_at -> Nullable<MomentSql>, last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    recovery_code (hash) { hash -> Text, app_user_id -> UuidSql, used_at -> Nullable<MomentSql>, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    refresh_token (hash) {
        hash -> Text, session_id -> UuidSql, generation -> Integer, created_at -> MomentSql, expires_at -> MomentSql,
        used_at -> Nullable<MomentSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    service_client (id) { id -> UuidSql, client_id -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    service_client_version (service_client_id, version) {
        service_client_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, client_id -> Text, name -> Text, search -> Text,
        provider_id -> Nullable<UuidSql>, active -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    service_client_role (service_client_id, version, role) { service_client_id -> UuidSql, version -> Integer, role -> Text, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    service_client_secret (id) {
        id -> UuidSql, service_client_id -> UuidSql, hash -> Text, created_at -> MomentSql, revoked_at -> Nullable<MomentSql>,
    }
}

diesel::joinable!(app_user_password -> app_user (app_user_id));
diesel::joinable!(session -> app_user (app_user_id));
diesel::joinable!(refresh_token -> session (session_id));
diesel::joinable!(service_client_secret -> service_client (service_client_id));
diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    sign_in_change (app_user_id) { app_user_id -> UuidSql, changed_at -> MomentSql, }
}

diesel::allow_tables_to_appear_in_same_query!(
    app_user,
    app_user_version,
    app_user_role,
    app_user_area,
    app_user_password,
    session,
    refresh_token
);
diesel::allow_tables_to_appear_in_same_query!(service_client, service_client_version, service_client_role, service_client_secret);
