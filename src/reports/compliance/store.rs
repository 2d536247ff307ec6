//! Returns as they were known at a moment.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::kernel::{Id, Moment, Refusal};
use crate::reports::asked::At;
use crate::reports::compliance::stood::Step;
use crate::returns::rules::{ReturnKind, ReturnState};
use crate::store::Conn;
use crate::store::schema::{
    award, award_terms as terms, award_version, novation_award, novation_version, quarterly_return, quarterly_return_version,
};
use quarterly_return_version as version;

diesel::alias!(quarterly_return_version as next: NextReturn, quarterly_return_version as earlier: EarlierReturn);

/// A return in the latest version that was known.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ReturnRow {
    pub id: Id,
    pub award_id: Id,
    pub provider_id: Option<Id>,
    pub period: String,
    pub kind: ReturnKind,
    pub ends_on: NaiveDate,
    pub due_on: NaiveDate,
    pub state: ReturnState,
    pub is_owed: bool,
    pub accepted_on: Option<NaiveDate>,
    pub illustrative: bool,
    pub send_again_by: Option<NaiveDate>,
}

/// Returns whose period ends from `first` to `last`.
pub fn returns(conn: &mut Conn, (first, last): (NaiveDate, NaiveDate), known_at: Moment) -> Result<Vec<ReturnRow>, Refusal> {
    let rows: Vec<ReturnRow> = on!(conn, c => version::table
        .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
        .filter(version::ends_on.between(first, last)).filter(version::recorded_at.le(known_at))
        .filter(not(exists(next
            .filter(next.field(version::return_id).eq(version::return_id).and(next.field(version::version).gt(version::version)))
            .filter(next.field(version::recorded_at).le(known_at)))))
        .order((version::ends_on, version::return_id))
        .select((version::return_id, quarterly_return::award_id, version::provider_id, quarterly_return::period, version::kind,
            version::ends_on, version::due_on, version::state, version::is_owed, version::accepted_on, version::illustrative,
            version::send_again_by)).load(c))?;
    Ok(rows)
}

/// Each award that passed from one provider to another after the day, and from whom to whom; the latest day comes first.
pub fn passed_later(conn: &mut Conn, at: At) -> Result<Vec<(Id, Id, Id)>, Refusal> {
    let passed: Vec<(Id, Id, Id)> = on!(conn, c => novation_version::table
        .filter(novation_version::state.eq("applied").and(novation_version::kind.eq("provider")))
        .filter(novation_version::recorded_at.le(at.known_at).and(novation_version::effective_on.gt(at.as_at)))
        .order((novation_version::effective_on.desc(), novation_version::recorded_at.desc()))
        .select((novation_version::novation_id, novation_version::from_id, novation_version::to_id)).load(c))?;
    let mut all = Vec::new();
    for (novation, from, to) in passed {
        let awards: Vec<Id> = on!(conn, c => novation_award::table
            .filter(novation_award::novation_id.eq(novation).and(novation_award::after_no.is_not_null()))
            .order(novation_award::award_id).select(novation_award::award_id).load(c))?;
        all.extend(awards.into_iter().map(|award| (award, from, to)));
    }
    Ok(all)
}

/// The providers that each return of these awards was with.
pub fn parties(conn: &mut Conn, awards: &[Id], known_at: Moment) -> Result<HashMap<Id, HashSet<Id>>, Refusal> {
    let mut all: HashMap<Id, HashSet<Id>> = HashMap::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.chunks(5_000) {
        let rows: Vec<(Id, Option<Id>)> = on!(conn, c => version::table
            .inner_join(quarterly_return::table.on(quarterly_return::id.eq(version::return_id)))
            .filter(quarterly_return::award_id.eq_any(some)).filter(version::recorded_at.le(known_at))
            .select((version::return_id, version::provider_id)).distinct().load(c))?;
        for (return_id, provider) in rows {
            all.entry(return_id).or_default().extend(provider);
        }
    }
    Ok(all)
}

/// The day on which each return was first sent, as far as one is known. Its days may have been others then.
pub fn first_sent(conn: &mut Conn, known_at: Moment) -> Result<Vec<(Id, NaiveDate)>, Refusal> {
    let rows: Vec<(Id, Option<NaiveDate>)> = on!(conn, c => version::table
        .filter(version::recorded_at.le(known_at)).filter(version::submitted_on.is_not_null())
        .group_by(version::return_id).select((version::return_id, diesel::dsl::min(version::submitted_on))).load(c))?;
    Ok(rows.into_iter().filter_map(|(id, day)| Some((id, day?))).collect())
}

/// The steps of the returns that were sent and are with their provider again, or were: opened again, or taken in and taken back.
pub fn came_back(conn: &mut Conn, known_at: Moment) -> Result<HashMap<Id, Vec<Step>>, Refusal> {
    let mut all: HashMap<Id, Vec<Step>> = HashMap::new();
    let ids: Vec<Id> = on!(conn, c => version::table
        .filter(version::state.eq_any([ReturnState::Open, ReturnState::Draft])).filter(version::recorded_at.le(known_at))
        .filter(exists(earlier
            .filter(earlier.field(version::return_id).eq(version::return_id).and(earlier.field(version::version).lt(version::version)))
            .filter(earlier.field(version::state).eq_any(ReturnState::SENT))))
        .select(version::return_id).distinct().load(c))?;
    // In pieces, since a statement takes only so many parameters.
    for some in ids.chunks(5_000) {
        let rows: Vec<(Id, ReturnState, i32, Option<NaiveDate>, NaiveDate)> = on!(conn, c => version::table
            .filter(version::return_id.eq_any(some)).filter(version::recorded_at.le(known_at)).order((version::return_id, version::version))
            .select((version::return_id, version::state, version::content_no, version::submitted_on, version::effective_on)).load(c))?;
        for (id, state, content_no, submitted_on, effective_on) in rows {
            all.entry(id).or_default().push(Step { state, content_no, submitted_on, effective_on });
        }
    }
    Ok(all)
}

/// Awards with reference, title and fund period, version by version: the later of two comes later.
pub fn awards(conn: &mut Conn, known_at: Moment) -> Result<Vec<(Id, String, String, Id)>, Refusal> {
    let rows: Vec<(Id, String, String, Id)> = on!(conn, c => award::table
        .inner_join(award_version::table.on(award_version::award_id.eq(award::id)))
        .inner_join(terms::table.on(terms::award_id.eq(award_version::award_id).and(terms::terms_no.eq(award_version::terms_no))))
        .filter(award_version::recorded_at.le(known_at)).order((award::id, award_version::version))
        .select((award::id, award::reference, terms::title, terms::fund_period_id)).load(c))?;
    Ok(rows)
}
