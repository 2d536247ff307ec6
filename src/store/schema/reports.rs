use super::{ledger_account, ledger_transfer};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    figure (id) { id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    figure_version (figure_id, version) {
        figure_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, series -> Nullable<Text>, kind -> Text,
        subject -> Nullable<Text>, indicator_id -> Nullable<UuidSql>, fund_id -> Nullable<UuidSql>,
        programme_id -> Nullable<UuidSql>, source_id -> Nullable<UuidSql>, area_id -> Nullable<UuidSql>,
        period -> Nullable<Text>, starts_on -> Nullable<Date>, ends_on -> Nullable<Date>, as_at -> Nullable<Date>, unit -> Text,
        amount_pence -> Nullable<BigInt>, amount_high_pence -> Nullable<BigInt>, rounding_unit_pence -> Nullable<BigInt>,
        value_thousandths -> Nullable<BigInt>, value_high_thousandths -> Nullable<BigInt>,
        rounding_unit_thousandths -> Nullable<BigInt>, basis -> Nullable<Text>, figure_status -> Text,
        precision -> Nullable<Text>, qualifier -> Nullable<Text>, note -> Nullable<Text>, illustrative -> Bool,
        not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    control_total (id) { id -> UuidSql, code -> Text, version -> Integer, recorded_at -> MomentSql, }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    control_total_version (control_total_id, version) {
        control_total_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, name -> Text, measure -> Text,
        scope_kind -> Text, as_at -> Nullable<Date>, known_at -> Nullable<MomentSql>, printed_pence -> Nullable<BigInt>,
        printed_thousandths -> Nullable<BigInt>, rounding_unit_pence -> Nullable<BigInt>,
        rounding_unit_thousandths -> Nullable<BigInt>, rows_count -> Nullable<Integer>, figure_status -> Text,
        precision -> Nullable<Text>, qualifier -> Nullable<Text>, note -> Nullable<Text>, illustrative -> Bool,
        not_evidenced -> Text, evidence -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    control_total_scope (control_total_id, version, position) {
        control_total_id -> UuidSql, version -> Integer, position -> Integer, record_id -> Nullable<UuidSql>,
        series -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(figure, figure_version, control_total, control_total_version, control_total_scope,);

diesel::allow_tables_to_appear_in_same_query!(ledger_account, ledger_transfer,);
