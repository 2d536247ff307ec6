//! The money of many awards, and requests to bring their payments forward.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Refusal};
use crate::payments::advance::rules::AdvanceState;
use crate::payments::rules::PaymentState;
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms, award_version, fund_period, payment as identity, payment_advance as asked, payment_advance_payment as chosen,
    payment_part as part, payment_version as version,
};

/// How many awards one statement names, or how many payments it keeps.
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

/// A request to bring payments forward, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = asked, treat_none_as_default_value = false)]
pub struct Advance {
    /// Its id.
    pub id: Id,
    /// Which version this is, from 1.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// How far it has come.
    pub state: AdvanceState,
    /// What is asked for, as JSON.
    pub asked: String,
    /// Why.
    pub reason: String,
    /// How many payments would come forward when it was asked for.
    pub payments_count: i32,
    /// How much they are together, without VAT.
    pub amount_pence: Pence,
    /// When it was asked for.
    pub asked_on: NaiveDate,
    /// Who asked.
    pub asked_by_id: Option<Id>,
    /// Their name.
    pub asked_by: String,
    /// When it was approved or taken back.
    pub decided_on: Option<NaiveDate>,
    /// Who did.
    pub decided_by_id: Option<Id>,
    /// Their name.
    pub decided_by: Option<String>,
    /// Why it was taken back.
    pub note: Option<String>,
}

pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Advance>, Refusal> {
    Ok(on!(conn, c => asked::table.filter(asked::id.eq(id)).select(Advance::as_select()).first(c).optional())?)
}

/// A page of them, the first one first.
pub(super) fn page(conn: &mut Conn, state: Option<AdvanceState>, request: &PageRequest) -> Result<Page<Advance>, Refusal> {
    let after: Option<Id> = request.after()?;
    let rows: Vec<Advance> = on!(conn, c => {
        let mut query = asked::table.order(asked::id).limit(request.fetch()).select(Advance::as_select()).into_boxed();
        if let Some(state) = state { query = query.filter(asked::state.eq(state)); }
        if let Some(after) = after { query = query.filter(asked::id.gt(after)); }
        query.load(c)
    })?;
    Ok(Page::cut(rows, request, |one| one.id))
}

/// A payment that would come forward when it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = chosen, treat_none_as_default_value = false)]
pub struct Chosen {
    /// The request.
    pub advance_id: Id,
    /// The payment.
    pub payment_id: Id,
    /// How much it was, without VAT.
    pub amount_pence: Pence,
    /// When it was due.
    pub due_on: NaiveDate,
}

pub(super) fn begin(conn: &mut Conn, one: &Advance, payments: &[Chosen]) -> Result<(), Refusal> {
    on!(conn, c => diesel::insert_into(asked::table).values(one).execute(c))?;
    for some in payments.chunks(AWARDS_AT_ONCE) {
        let rows: Vec<&Chosen> = some.iter().collect();
        on!(conn, c => diesel::insert_into(chosen::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// The payments that would come forward when it was asked for, by the day on which they were due.
pub(super) fn payments(conn: &mut Conn, advance: Id) -> Result<Vec<Chosen>, Refusal> {
    Ok(on!(conn, c => chosen::table.filter(chosen::advance_id.eq(advance)).order((chosen::due_on, chosen::payment_id))
        .select(Chosen::as_select()).load(c))?)
}

/// Notes the decision on a request that nobody decided before.
pub(super) fn decide(conn: &mut Conn, one: &Advance) -> Result<(), Refusal> {
    let values = (
        asked::version.eq(one.version),
        asked::recorded_at.eq(one.recorded_at),
        asked::state.eq(one.state),
        asked::decided_on.eq(one.decided_on),
        asked::decided_by_id.eq(one.decided_by_id),
        asked::decided_by.eq(&one.decided_by),
        asked::note.eq(&one.note),
    );
    let before = asked::table.filter(asked::id.eq(one.id).and(asked::version.eq(one.version - 1)));
    if on!(conn, c => diesel::update(before).set(values).execute(c))? == 1 { Ok(()) } else { Err(Refusal::Stale) }
}
