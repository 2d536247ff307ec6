use super::{award, award_terms, award_version, provider, provider_version, variation, variation_version};
use crate::store::sql::{MomentSql, UuidSql};

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_campaign (id) {
        id -> UuidSql, reference -> Text, number -> Integer, version -> Integer, recorded_at -> MomentSql, kind -> Text, name -> Text,
        chosen_by -> Text, choice -> Nullable<Text>, change -> Text, formula -> Nullable<Text>, is_unilateral -> Bool, moves_money -> Bool,
        drafted_on -> Date, drafted_by_id -> Nullable<UuidSql>, drafted_by -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_campaign_version (campaign_id, version) {
        campaign_id -> UuidSql, version -> Integer, recorded_at -> MomentSql, state -> Text, issued_on -> Nullable<Date>,
        issued_by_id -> Nullable<UuidSql>, issued_by -> Nullable<Text>, answer_due_on -> Nullable<Date>, skips_refused -> Bool,
        live_awards_count -> Nullable<Integer>, note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::UuidSql;
    variation_campaign_award (campaign_id, place) {
        campaign_id -> UuidSql, place -> Integer, award_id -> UuidSql, source_row -> Nullable<Integer>, change -> Nullable<Text>,
    }
}

diesel::table! {
    use super::UuidSql;
    variation_campaign_variation (variation_id) {
        variation_id -> UuidSql, campaign_id -> UuidSql, award_id -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_campaign_left_out (campaign_id, award_id) {
        campaign_id -> UuidSql, award_id -> UuidSql, recorded_at -> MomentSql, reasons -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{MomentSql, UuidSql};
    variation_reminder (variation_id, reminded_on) {
        variation_id -> UuidSql, reminded_on -> Date, recorded_at -> MomentSql,
    }
}

diesel::allow_tables_to_appear_in_same_query!(variation_campaign, variation_campaign_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign, variation_campaign_variation);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, award);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, variation_campaign_variation);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, variation_campaign_left_out);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, variation);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, variation_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, award_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, award_terms);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, provider);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_award, provider_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, variation_reminder);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, variation);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, variation_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, award);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, award_version);
diesel::allow_tables_to_appear_in_same_query!(variation_campaign_variation, award_terms);
