use super::budget_line;
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    ledger_account (id) {
        id -> UuidSql, kind -> Text, record_id -> UuidSql, budget_line_id -> UuidSql, balance_pence -> BigInt,
        latest_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    ledger_tally (record_id, budget_line_id) {
        record_id -> UuidSql, budget_line_id -> UuidSql, holder -> Text, held_pence -> BigInt, committed_pence -> BigInt,
        paid_pence -> BigInt, recovered_pence -> BigInt, released_pence -> BigInt, sides -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    ledger_transfer (id) {
        id -> UuidSql, debit_account_id -> UuidSql, credit_account_id -> UuidSql, debit_kind -> Text, credit_kind -> Text,
        debit_record_id -> UuidSql, credit_record_id -> UuidSql, budget_line_id -> UuidSql, amount_pence -> BigInt,
        effective_on -> Date, recorded_at -> MomentSql, act -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    ledger_running (until, record_id, budget_line_id) {
        record_id -> UuidSql, budget_line_id -> UuidSql, month -> Date, until -> Date, holder -> Text, held_pence -> BigInt,
        committed_pence -> BigInt, paid_pence -> BigInt, recovered_pence -> BigInt, released_pence -> BigInt, sides -> BigInt,
    }
}

diesel::table! {
    ledger_month_kind (debit_kind, credit_kind, month) {
        debit_kind -> Text, credit_kind -> Text, month -> Date, amount_pence -> BigInt, transfers -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::MomentSql;
    ledger_fold (id) { id -> Integer, folded_to -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    ledger_lock (fund_period_id) { fund_period_id -> UuidSql, locked_to -> Date, recorded_at -> MomentSql, }
}

diesel::allow_tables_to_appear_in_same_query!(ledger_lock, budget_line);

diesel::allow_columns_to_appear_in_same_group_by_clause!(
    ledger_account::budget_line_id,
    ledger_transfer::credit_record_id,
    ledger_transfer::debit_kind,
    ledger_transfer::credit_kind,
);
