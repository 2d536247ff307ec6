//! What was spent of an award by its returns, for its settlement.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Pence, Refusal};
use crate::returns::rules::{ReturnState, SentReturn, Told};
use crate::store::Conn;
use crate::store::schema::{
    quarterly_return as identity, quarterly_return_version as version, return_adjustment as adjustment,
    return_adjustment_spend as adjusted, return_content as content, return_spend as spend,
};
use crate::store::sql::sum_pence;

type Row = (Id, Id, String, ReturnState, NaiveDate, NaiveDate, Option<bool>);

/// The returns of these awards that were sent, with what each reports as spent, adjusted.
pub fn sent(conn: &mut Conn, awards: &[Id]) -> Result<Vec<SentReturn>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .left_join(content::table.on(content::return_id.eq(version::return_id).and(content::content_no.eq(version::content_no))))
        .filter(identity::award_id.eq_any(awards)).filter(version::state.eq_any(ReturnState::SENT))
        .order((version::starts_on, identity::id))
        .select((identity::id, identity::award_id, identity::period, version::state, version::starts_on, version::ends_on,
            content::is_spend_reported.nullable())).load(c))?;
    let told: Vec<(Id, Option<i64>)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(spend::table.on(spend::return_id.eq(version::return_id).and(spend::content_no.eq(version::content_no))))
        .filter(identity::award_id.eq_any(awards)).group_by(identity::id).select((identity::id, sum_pence(spend::amount_pence))).load(c))?;
    let corrected: Vec<(Id, Option<i64>)> = on!(conn, c => adjusted::table
        .inner_join(adjustment::table.on(adjustment::id.eq(adjusted::adjustment_id)))
        .inner_join(identity::table.on(identity::id.eq(adjustment::return_id)))
        .filter(identity::award_id.eq_any(awards))
        .group_by(adjustment::return_id).select((adjustment::return_id, sum_pence(adjusted::amount_pence))).load(c))?;
    let told: HashMap<Id, Option<i64>> = told.into_iter().collect();
    let corrected: HashMap<Id, Option<i64>> = corrected.into_iter().collect();
    let pence = |of: &HashMap<Id, Option<i64>>, id: &Id| Pence(of.get(id).copied().flatten().unwrap_or_default());
    let one = |(id, award, period, state, starts_on, ends_on, is_reported): Row| SentReturn {
        period,
        is_accepted: state == ReturnState::Accepted,
        spent: pence(&told, &id) + pence(&corrected, &id),
        // Whoever corrects what was spent says what was spent.
        told: Told { award, area: None, days: (starts_on, ends_on), is_reported: is_reported == Some(true) || corrected.contains_key(&id) },
    };
    Ok(rows.into_iter().map(one).collect())
}
