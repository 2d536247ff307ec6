//! The money of many awards.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::kernel::{Id, Pence, Refusal};
use crate::payments::rules::PaymentState;
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms, award_version, fund_period, payment as identity, payment_part as part, payment_version as version,
};

/// How many awards one statement names.
const AWARDS_AT_ONCE: usize = 1_000;

/// The fund period that pays each of these awards, and its fund.
pub(super) fn periods(conn: &mut Conn, awards: &[Id]) -> Result<Vec<(Id, Id, Id)>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<(Id, Id, Id)> = on!(conn, c => award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(award_terms::table.on(award_terms::award_id.eq(award::id).and(award_terms::terms_no.eq(award_version::terms_no))))
            .inner_join(fund_period::table.on(fund_period::id.eq(award_terms::fund_period_id)))
            .filter(award::id.eq_any(some)).select((award::id, award_terms::fund_period_id, fund_period::fund_id)).load(c))?;
        all.extend(rows);
    }
    Ok(all)
}

/// What the payments of these awards that are on their way take from each budget line, without those among `but`.
pub(super) fn reserved(conn: &mut Conn, awards: &[Id], but: &HashSet<Id>) -> Result<Vec<(Id, Id, Pence)>, Refusal> {
    let mut all = Vec::new();
    for some in awards.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<(Id, Id, Id, Pence)> = on!(conn, c => identity::table
            .inner_join(version::table.on(version::payment_id.eq(identity::id).and(version::version.eq(identity::version))))
            .inner_join(part::table.on(part::payment_id.eq(identity::id).and(part::parts_no.eq(version::parts_no))))
            .filter(identity::award_id.eq_any(some)).filter(version::state.eq_any(PaymentState::RESERVED))
            .select((identity::id, identity::award_id, part::budget_line_id, part::amount_pence)).load(c))?;
        all.extend(rows.into_iter().filter(|(id, ..)| !but.contains(id)).map(|(_, award, line, pence)| (award, line, pence)));
    }
    Ok(all)
}
