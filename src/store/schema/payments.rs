use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment (id) {
        id -> UuidSql, award_id -> UuidSql, provider_id -> UuidSql, reference -> Text, number -> Integer, version -> Integer,
        recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_version (payment_id, version) {
        payment_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text, kind -> Text,
        instalment -> Text, amount_pence -> BigInt, vat_pence -> Nullable<BigInt>, is_estimate -> Bool, starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>, due_on -> Date, planned_due_on -> Date, waits_for -> Nullable<Text>, met_on -> Nullable<Date>,
        met_note -> Nullable<Text>, invoice_number -> Nullable<Text>, invoice_on -> Nullable<Date>, received_on -> Nullable<Date>,
        hold_reason -> Nullable<Text>, overridden -> Text, requested_by -> Nullable<UuidSql>, requested_by_name -> Text,
        authorised_by -> Nullable<UuidSql>, authorised_by_name -> Nullable<Text>, authorised_on -> Nullable<Date>,
        duplicate_reason -> Nullable<Text>, supplier_number -> Nullable<Text>, parts_no -> Integer, run_id -> Nullable<UuidSql>, paid_on -> Nullable<Date>,
        bank_reference -> Nullable<Text>, returned_on -> Nullable<Date>, reason -> Nullable<Text>, is_dropped -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_advance (id) {
        id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, asked -> Text, reason -> Text, payments_count -> Integer,
        amount_pence -> BigInt, asked_on -> Date, asked_by_id -> Nullable<UuidSql>, asked_by -> Text, decided_on -> Nullable<Date>,
        decided_by_id -> Nullable<UuidSql>, decided_by -> Nullable<Text>, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    payment_advance_payment (advance_id, payment_id) {
        advance_id -> UuidSql, payment_id -> UuidSql, amount_pence -> BigInt, due_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    payment_part (payment_id, parts_no, budget_line_id) {
        payment_id -> UuidSql, parts_no -> Integer, budget_line_id -> UuidSql, amount_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_schedule (award_id, version) {
        award_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, made_by -> Text, amount_pence -> BigInt, plan -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_run (id) { id -> UuidSql, reference -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_run_version (run_id, version) {
        run_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text, due_by -> Date,
        fund_id -> Nullable<UuidSql>, made_by -> Text, reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    payment_run_item (run_id, position) {
        run_id -> UuidSql, position -> Integer, payment_id -> UuidSql, payment_version -> Integer, provider_id -> Nullable<UuidSql>,
        provider_name -> Nullable<Text>, supplier_number -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_run_file (run_id) { run_id -> UuidSql, recorded_at -> MomentSql, file -> Text, sha256 -> Text, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_rule (id) { id -> UuidSql, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_rule_version (rule_id, version) {
        rule_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, kind -> Text, fund_id -> Nullable<UuidSql>,
        award_kind -> Nullable<Text>, quarters_back -> Nullable<Integer>, percent -> Nullable<Integer>, check_kind -> Nullable<Text>,
        is_active -> Bool, reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    payment_rule_lift (id) {
        id -> UuidSql, rule_id -> UuidSql, fund_id -> UuidSql, recorded_at -> MomentSql, lifted_on -> Date, lifted_until -> Date,
        lifted_by -> Text, reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    payment_policy (version) {
        version -> Integer, recorded_at -> MomentSql, invoice_days -> Integer, duplicate_days -> Integer, limits -> Text,
        gather_days -> Integer, pause_hours -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    recovery (id) {
        id -> UuidSql, award_id -> UuidSql, provider_id -> UuidSql, reference -> Text, number -> Integer, version -> Integer,
        recorded_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    recovery_version (recovery_id, version) {
        recovery_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, effective_on -> Date, state -> Text, ground -> Text,
        reason -> Text, amount_pence -> BigInt, received_pence -> BigInt, requested_on -> Date, due_on -> Date,
        requested_by -> Nullable<UuidSql>, requested_by_name -> Text, ended_on -> Nullable<Date>, ended_by_name -> Nullable<Text>,
        ended_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    recovery_receipt (recovery_id, number) {
        recovery_id -> UuidSql, number -> Integer, recorded_at -> MomentSql, received_on -> Date, amount_pence -> BigInt,
        bank_reference -> Text, noted_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    recovery_part (recovery_id, number, budget_line_id) {
        recovery_id -> UuidSql, number -> Integer, budget_line_id -> UuidSql, amount_pence -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    payment,
    payment_version,
    payment_part,
    payment_run,
    payment_run_version,
    payment_run_item,
    payment_run_file
);
diesel::allow_tables_to_appear_in_same_query!(payment_rule, payment_rule_version);
diesel::allow_tables_to_appear_in_same_query!(recovery, recovery_version, recovery_receipt, recovery_part);
diesel::allow_columns_to_appear_in_same_group_by_clause!(payment_run_item::run_id, payment_part::budget_line_id, payment_version::state);
