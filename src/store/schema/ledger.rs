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
    use super::{MomentSql, UuidSql};
    ledger_transfer (id) {
        id -> UuidSql, debit_account_id -> UuidSql, credit_account_id -> UuidSql, debit_kind -> Text, credit_kind -> Text,
        debit_record_id -> UuidSql, credit_record_id -> UuidSql, budget_line_id -> UuidSql, amount_pence -> BigInt,
        effective_on -> Date, recorded_at -> MomentSql, act -> Text,
    }
}
