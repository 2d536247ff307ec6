use super::ledger_transfer;
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    ledger_correction (transfer_id) {
        transfer_id -> UuidSql, corrects_id -> UuidSql, fund_period_id -> UuidSql, recorded_at -> MomentSql, noted_by -> Text,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_stage (fund_period_id, number) {
        fund_period_id -> UuidSql, number -> Integer, recorded_at -> MomentSql, stage -> Text, taken_on -> Date, cut_off_on -> Date,
        taken_by -> Nullable<UuidSql>, taken_by_name -> Text, note -> Nullable<Text>, missing_estimates -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_estimate (award_id, version) {
        award_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, fund_period_id -> UuidSql, amount_pence -> BigInt,
        given_on -> Date, given_by -> Nullable<UuidSql>, given_by_name -> Text, on_behalf -> Bool, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_journal (id) {
        id -> UuidSql, reference -> Text, fund_period_id -> UuidSql, recorded_at -> MomentSql, journal_on -> Date, accounts -> Text,
        reversal_of -> Nullable<UuidSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_journal_step (journal_id, number) {
        journal_id -> UuidSql, number -> Integer, recorded_at -> MomentSql, state -> Text, taken_on -> Date,
        taken_by -> Nullable<UuidSql>, taken_by_name -> Text, missing_estimates -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    year_end_journal_line (journal_id, position) {
        journal_id -> UuidSql, position -> Integer, award_id -> UuidSql, budget_line_id -> UuidSql, kind -> Text, basis -> Text,
        amount_pence -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_journal_file (journal_id) { journal_id -> UuidSql, recorded_at -> MomentSql, file -> Text, sha256 -> Text, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_decision (id) {
        id -> UuidSql, fund_period_id -> UuidSql, recorded_at -> MomentSql, effective_on -> Date, decided_by -> Nullable<UuidSql>,
        decided_by_name -> Text, reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    year_end_decision_line (decision_id, position) {
        decision_id -> UuidSql, position -> Integer, budget_line_id -> UuidSql, award_id -> Nullable<UuidSql>, money -> Text,
        decision -> Text, amount_pence -> BigInt, to_budget_line_id -> Nullable<UuidSql>, consent_document_id -> Nullable<UuidSql>,
        transfer_id -> Nullable<UuidSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    year_end_statement (fund_period_id) { fund_period_id -> UuidSql, recorded_at -> MomentSql, statement -> Text, sha256 -> Text, }
}

diesel::allow_tables_to_appear_in_same_query!(ledger_correction, ledger_transfer);
diesel::allow_tables_to_appear_in_same_query!(year_end_journal, year_end_journal_step, year_end_journal_line, year_end_journal_file);
diesel::allow_tables_to_appear_in_same_query!(year_end_decision, year_end_decision_line);
