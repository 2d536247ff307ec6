use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    quarterly_return (id) {
        id -> UuidSql, award_id -> UuidSql, period -> Text, version -> Integer, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    quarterly_return_version (return_id, version) {
        return_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text, kind -> Text,
        starts_on -> Date, ends_on -> Date, due_on -> Date, provider_id -> Nullable<UuidSql>, content_no -> Integer, submitted_on -> Nullable<Date>,
        submitted_by -> Nullable<Text>, accepted_on -> Nullable<Date>, query -> Nullable<Text>, illustrative -> Bool,
        not_evidenced -> Text, evidence -> Nullable<Text>, is_owed -> Bool, due_reason -> Nullable<Text>,
        author_id -> Nullable<UuidSql>, written_by -> Nullable<Text>, certified_on -> Nullable<Date>, certified_by -> Nullable<Text>,
        entered_on_behalf_by -> Nullable<Text>, reason -> Nullable<Text>, send_again_by -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_content (return_id, content_no) {
        return_id -> UuidSql, content_no -> Integer, recorded_at -> MomentSql, narrative -> Nullable<Text>, risks -> Nullable<Text>,
        is_spend_reported -> Bool, sections -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_spend (return_id, content_no, position) {
        return_id -> UuidSql, content_no -> Integer, position -> Integer, category -> Text, amount_pence -> BigInt,
        direct_activity -> Bool, spent_from -> Nullable<Date>, spent_to -> Nullable<Date>, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_value (return_id, content_no, position) {
        return_id -> UuidSql, content_no -> Integer, position -> Integer, indicator_id -> UuidSql, area_id -> Nullable<UuidSql>,
        status -> Text, value_thousandths -> Nullable<BigInt>, denominator_thousandths -> Nullable<BigInt>, basis -> Nullable<Text>,
        group_name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_packed_values (return_id, content_no) { return_id -> UuidSql, content_no -> Integer, packed -> Binary, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_service (return_id, content_no) {
        return_id -> UuidSql, content_no -> Integer, is_forecast_given -> Bool, brought_forward -> Nullable<BigInt>, new_cases -> Nullable<BigInt>,
        closed_cases -> Nullable<BigInt>, carried_forward -> Nullable<BigInt>, delivery_mode -> Nullable<Text>, staffing_note -> Nullable<Text>,
        posts_filled_thousandths -> Nullable<BigInt>, posts_vacant_thousandths -> Nullable<BigInt>,
        sickness_days_thousandths -> Nullable<BigInt>, people_waiting -> Nullable<BigInt>, longest_wait_days -> Nullable<BigInt>,
        capacity_unit -> Nullable<Text>, capacity_contracted_thousandths -> Nullable<BigInt>,
        capacity_used_thousandths -> Nullable<BigInt>, capacity_spare_thousandths -> Nullable<BigInt>,
        onward_grants_number -> Nullable<BigInt>, onward_grants_pence -> Nullable<BigInt>, case_study -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_forecast (return_id, content_no, position) {
        return_id -> UuidSql, content_no -> Integer, position -> Integer, quarter -> Text, amount_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_explanation (return_id, content_no, position) {
        return_id -> UuidSql, content_no -> Integer, position -> Integer, rule -> Text, pointer -> Text, text -> Text,
        indicator_id -> Nullable<UuidSql>, area_id -> Nullable<UuidSql>, group_name -> Nullable<Text>, query_id -> Nullable<UuidSql>,
        stood -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    return_policy (version) {
        version -> Integer, recorded_at -> MomentSql, due_working_days -> Integer, remind_days_before -> Nullable<Integer>,
        weekly_reminders_max -> Integer, self_certified_up_to_pence -> BigInt, profile_tolerance_percent -> Integer,
        short_form_up_to_pence -> BigInt, send_again_working_days -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_section_set (scope_id, version) {
        scope_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, fund_id -> Nullable<UuidSql>, award_id -> Nullable<UuidSql>,
        effective_on -> Date, sections -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    award_reminding (award_id, version) {
        award_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, is_wanted -> Bool, reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_release (return_id, version) {
        return_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date,
        released_by -> Text, narrative -> Bool, risks -> Bool, case_study -> Bool, content_no -> Integer,
        sections -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_reminder (return_id, due_on, reason) {
        return_id -> UuidSql, due_on -> Date, reason -> Text, recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_adjustment (id) {
        id -> UuidSql, return_id -> UuidSql, recorded_at -> MomentSql, effective_on -> Date, counted_in_id -> Nullable<UuidSql>,
        period -> Text, starts_on -> Date, ends_on -> Date, reason -> Text, made_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_adjustment_spend (adjustment_id, position) {
        adjustment_id -> UuidSql, position -> Integer, category -> Text, direct_activity -> Bool, before_pence -> BigInt,
        amount_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_adjustment_value (adjustment_id, position) {
        adjustment_id -> UuidSql, position -> Integer, indicator_id -> UuidSql, area_id -> Nullable<UuidSql>,
        before_thousandths -> Nullable<BigInt>, before_denominator_thousandths -> Nullable<BigInt>, value_thousandths -> BigInt,
        denominator_thousandths -> Nullable<BigInt>, group_name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_query (id) {
        id -> UuidSql, return_id -> UuidSql, recorded_at -> MomentSql, asked_on -> Date, asked_by -> Text, pointer -> Nullable<Text>,
        question -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_query_answer (query_id) {
        query_id -> UuidSql, recorded_at -> MomentSql, answered_on -> Date, answered_by -> Text, answer -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_redaction (id) {
        id -> UuidSql, return_id -> UuidSql, recorded_at -> MomentSql, redacted_on -> Date, made_by -> Text, reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_redaction_place (redaction_id, position) {
        redaction_id -> UuidSql, position -> Integer, content_no -> Nullable<Integer>, pointer -> Nullable<Text>,
        content_sha256 -> Nullable<Text>, query_id -> Nullable<UuidSql>, document_id -> Nullable<UuidSql>,
        reason_version -> Nullable<Integer>, adjustment_id -> Nullable<UuidSql>, is_evidence -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_import (id) {
        id -> UuidSql, recorded_at -> MomentSql, imported_on -> Date, imported_by -> Text, file_name -> Nullable<Text>, file_sha256 -> Text,
        row_count -> Integer, return_count -> Integer, warning_count -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    return_import_item (import_id, position) {
        import_id -> UuidSql, position -> Integer, return_id -> UuidSql, version -> Integer, row_count -> Integer, value_count -> Integer,
        spend_pence -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_import_reversal (import_id) {
        import_id -> UuidSql, recorded_at -> MomentSql, reversed_on -> Date, reversed_by -> Text, reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    return_freeze (return_id) {
        return_id -> UuidSql, content_no -> Integer, frozen_at -> MomentSql, sha256 -> Text, context -> Text, parts -> Text,
        paper_set_sha256 -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    return_import,
    return_import_item,
    return_import_reversal,
    award_reminding,
    return_release,
    return_reminder,
    quarterly_return,
    return_adjustment,
    return_adjustment_spend,
    return_adjustment_value,
    quarterly_return_version,
    return_content,
    return_explanation,
    return_forecast,
    return_freeze,
    return_packed_values,
    return_query,
    return_query_answer,
    return_redaction,
    return_redaction_place,
    return_service,
    return_spend,
    return_value
);
