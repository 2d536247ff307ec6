use crate::store::schema::{award, award_plan, award_terms, award_version};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    meeting (id) { id -> UuidSql, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    meeting_version (meeting_id, version) {
        meeting_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, kind -> Text, provider_id -> Nullable<UuidSql>,
        award_id -> Nullable<UuidSql>, planned_on -> Nullable<Date>, held_on -> Nullable<Date>, is_called_off -> Bool,
        attendees -> Text, notes -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    meeting_action (meeting_id, version, position) {
        meeting_id -> UuidSql, version -> Integer, position -> Integer, action_id -> UuidSql, what -> Text, owner -> Text,
        due_on -> Nullable<Date>, done_on -> Nullable<Date>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(meeting, meeting_version, meeting_action);
diesel::allow_tables_to_appear_in_same_query!(meeting, award);
diesel::allow_tables_to_appear_in_same_query!(meeting, award_version);
diesel::allow_tables_to_appear_in_same_query!(meeting, award_terms);
diesel::allow_tables_to_appear_in_same_query!(meeting, award_plan);
diesel::allow_tables_to_appear_in_same_query!(meeting_version, award);
diesel::allow_tables_to_appear_in_same_query!(meeting_version, award_version);
diesel::allow_tables_to_appear_in_same_query!(meeting_version, award_terms);
diesel::allow_tables_to_appear_in_same_query!(meeting_version, award_plan);
