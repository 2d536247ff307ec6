//! Returns in the database.

mod content;
pub mod reasons;
mod spent;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::access::Scope;
use crate::kernel::{Id, Moment, Page, PageRequest, Pence, Provenance, Refusal};
use crate::returns::rules::{self, Planned, ReturnKind, ReturnStage, ReturnState, ReturnWith, Written};
use crate::store::Conn;
use crate::store::schema::{
    quarterly_return as identity, quarterly_return_version as version, return_adjustment as adjustment,
    return_adjustment_spend as adjusted, return_spend as spend,
};
use crate::store::sql::{self, Prepare, sum_pence};

pub(super) use content::{add_content, earlier, forecasts, kept_sections, last_content, load_content, told_after, values_of};
pub(super) use spent::sent;

/// A return in one version, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Its id.
    pub id: Id,
    /// The award it reports on.
    pub award_id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// From which day it counts in reports.
    pub effective_on: NaiveDate,
    /// What it covers.
    pub planned: Planned,
    /// The day by which it should be in.
    pub due_on: NaiveDate,
    /// Why it is due on another day than its period gives.
    pub due_reason: Option<String>,
    /// The day by which it should be sent again, after a question or after it was opened again.
    pub send_again_by: Option<NaiveDate>,
    /// Who writes it; nobody where the award's provider is not known.
    pub provider_id: Option<Id>,
    /// How far it has come.
    pub state: ReturnState,
    /// Whether the award still asks for it; what is begun stays where it does not.
    pub is_owed: bool,
    /// Which content belongs to this version; 0 for none.
    pub content_no: i32,
    /// When it was sent.
    pub submitted_on: Option<NaiveDate>,
    /// Who sent it.
    pub submitted_by: Option<String>,
    /// When it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// What the office asked.
    pub query: Option<String>,
    /// Who wrote the content last; nobody where it was imported.
    pub author_id: Option<Id>,
    /// Their name in the log.
    pub written_by: Option<String>,
    /// Who of the office wrote in it for the provider, where somebody did.
    pub entered_on_behalf_by: Option<String>,
    /// When the content was certified as it stands.
    pub certified_on: Option<NaiveDate>,
    /// Who certified it.
    pub certified_by: Option<String>,
    /// Where its facts come from.
    pub provenance: Provenance,
}

impl Return {
    /// The day by which it should be sent, where it waits for its provider.
    #[must_use]
    pub fn awaited_by(&self) -> Option<NaiveDate> {
        rules::awaited_by(self.state, self.is_owed, self.due_on, self.send_again_by)
    }

    /// Gives it other days. What was certified are the old ones.
    pub fn set_days(&mut self, planned: Planned) {
        if self.planned != planned {
            self.certified_on = None;
            self.certified_by = None;
        }
        self.planned = planned;
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version, treat_none_as_default_value = false)]
struct VersionRow {
    return_id: Id,
    version: i32,
    recorded_at: Moment,
    effective_on: NaiveDate,
    state: ReturnState,
    kind: ReturnKind,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    due_on: NaiveDate,
    provider_id: Option<Id>,
    content_no: i32,
    submitted_on: Option<NaiveDate>,
    submitted_by: Option<String>,
    accepted_on: Option<NaiveDate>,
    query: Option<String>,
    illustrative: bool,
    not_evidenced: String,
    evidence: Option<String>,
    is_owed: bool,
    due_reason: Option<String>,
    author_id: Option<Id>,
    written_by: Option<String>,
    certified_on: Option<NaiveDate>,
    certified_by: Option<String>,
    entered_on_behalf_by: Option<String>,
    send_again_by: Option<NaiveDate>,
}

type Row = (Id, String, VersionRow);

fn assemble((award_id, period, row): Row) -> Result<Return, Refusal> {
    Ok(Return {
        id: row.return_id,
        award_id,
        version: row.version,
        recorded_at: row.recorded_at,
        effective_on: row.effective_on,
        planned: Planned { period, kind: row.kind, starts_on: row.starts_on, ends_on: row.ends_on },
        due_on: row.due_on,
        due_reason: row.due_reason,
        send_again_by: row.send_again_by,
        provider_id: row.provider_id,
        state: row.state,
        is_owed: row.is_owed,
        content_no: row.content_no,
        submitted_on: row.submitted_on,
        submitted_by: row.submitted_by,
        accepted_on: row.accepted_on,
        query: row.query,
        author_id: row.author_id,
        written_by: row.written_by,
        entered_on_behalf_by: row.entered_on_behalf_by,
        certified_on: row.certified_on,
        certified_by: row.certified_by,
        provenance: Provenance::read(row.illustrative, &row.not_evidenced, row.evidence)?,
    })
}

/// The current version.
pub(super) fn load(conn: &mut Conn, id: Id) -> Result<Option<Return>, Refusal> {
    let row: Option<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::id.eq(id)).select((identity::award_id, identity::period, VersionRow::as_select())).first(c).optional())?;
    row.map(assemble).transpose()
}

/// A version of a return.
pub(super) fn load_version(conn: &mut Conn, id: Id, number: i32) -> Result<Option<Return>, Refusal> {
    let row: Option<Row> = on!(conn, c => identity::table.inner_join(version::table.on(version::return_id.eq(identity::id)))
        .filter(identity::id.eq(id)).filter(version::version.eq(number))
        .select((identity::award_id, identity::period, VersionRow::as_select())).first(c).optional())?;
    row.map(assemble).transpose()
}

/// State and content of each version of a return, and when it became known, in their order.
pub(super) fn history(conn: &mut Conn, id: Id) -> Result<Vec<((ReturnState, i32), Moment)>, Refusal> {
    let rows: Vec<((ReturnState, i32), Moment)> = on!(conn, c => version::table.filter(version::return_id.eq(id)).order(version::version)
        .select(((version::state, version::content_no), version::recorded_at)).load(c))?;
    Ok(rows)
}

/// State, content and author of each version of these returns, in their order.
pub(super) fn written(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<Written>>, Refusal> {
    let rows: Vec<(Id, ReturnState, i32, Option<Id>)> = on!(conn, c => version::table.filter(version::return_id.eq_any(ids))
        .order((version::return_id, version::version))
        .select((version::return_id, version::state, version::content_no, version::author_id)).load(c))?;
    let mut all: HashMap<Id, Vec<Written>> = HashMap::new();
    for (id, state, content_no, author) in rows {
        all.entry(id).or_default().push((state, content_no, author));
    }
    Ok(all)
}

/// All returns of an award, by the day they begin.
pub(super) fn of_award(conn: &mut Conn, award_id: Id) -> Result<Vec<Return>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::award_id.eq(award_id)).order((version::starts_on, identity::id))
        .select((identity::award_id, identity::period, VersionRow::as_select())).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// The returns of these awards, by the award and the day they begin.
pub(super) fn of_awards(conn: &mut Conn, awards: &[Id]) -> Result<Vec<Return>, Refusal> {
    let mut all = Vec::new();
    // In pieces, since a statement takes only so many parameters.
    for some in awards.chunks(1_000) {
        let rows: Vec<Row> = on!(conn, c => identity::table
            .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(identity::award_id.eq_any(some)).order((identity::award_id, version::starts_on, identity::id))
            .select((identity::award_id, identity::period, VersionRow::as_select())).prepared_for(some).load(c))?;
        for row in rows {
            all.push(assemble(row)?);
        }
    }
    Ok(all)
}

/// The returns of these awards that a provider writes, by the award and the day they begin.
pub(super) fn of_provider(conn: &mut Conn, awards: &[Id], provider: Id) -> Result<Vec<Return>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::award_id.eq_any(awards)).filter(version::provider_id.eq(provider))
        .order((identity::award_id, version::starts_on, identity::id))
        .select((identity::award_id, identity::period, VersionRow::as_select())).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// States of a return that was not sent yet.
const NOT_SENT: [ReturnState; 2] = [ReturnState::Open, ReturnState::Draft];

/// States of a return that waits for its provider.
const WITH_PROVIDER: [ReturnState; 3] = [ReturnState::Open, ReturnState::Draft, ReturnState::Queried];

/// States of a return that waits for the office.
const WITH_OFFICE: [ReturnState; 2] = [ReturnState::Submitted, ReturnState::Resubmitted];

/// The first day of the earliest return that each of these awards still has to send.
pub(super) fn first_awaited(conn: &mut Conn, awards: &[Id]) -> Result<HashMap<Id, NaiveDate>, Refusal> {
    let rows: Vec<(Id, Option<NaiveDate>)> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(identity::award_id.eq_any(awards)).filter(version::state.eq_any(NOT_SENT)).filter(version::is_owed.eq(true))
        .group_by(identity::award_id).select((identity::award_id, diesel::dsl::min(version::starts_on))).load(c))?;
    Ok(rows.into_iter().filter_map(|(award, first)| Some((award, first?))).collect())
}

/// Returns that wait for their provider, whose period ends on one of these days and which are due before `due_on` or to be sent again, in the order
/// of their ids.
pub(super) fn awaited(
    conn: &mut Conn,
    (first, last): (NaiveDate, NaiveDate),
    provider_id: Option<Id>,
    due_on: NaiveDate,
) -> Result<Vec<Return>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
            .filter(version::state.eq_any(WITH_PROVIDER)).filter(version::is_owed.eq(true))
            .filter(version::ends_on.between(first, last)).filter(version::due_on.lt(due_on).or(version::send_again_by.is_not_null()))
            .order(identity::id).select((identity::award_id, identity::period, VersionRow::as_select())).into_boxed();
        if let Some(provider) = provider_id {
            query = query.filter(version::provider_id.eq(provider));
        }
        query.load(c)
    })?;
    rows.into_iter().map(assemble).collect()
}

/// Returns that are owed, that nobody has begun and that are due on `today` or later, without those that were given more time.
pub(super) fn still_to_come(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Return>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(version::state.eq(ReturnState::Open)).filter(version::is_owed.eq(true)).filter(version::due_reason.is_null())
        .filter(version::due_on.ge(today)).order(identity::id)
        .select((identity::award_id, identity::period, VersionRow::as_select())).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// Returns of a provider that wait for it and whose period ends on one of these days.
pub(super) fn with_provider(conn: &mut Conn, (first, last): (NaiveDate, NaiveDate), provider: Id) -> Result<Vec<Return>, Refusal> {
    let rows: Vec<Row> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .filter(version::provider_id.eq(provider)).filter(version::state.eq_any(WITH_PROVIDER)).filter(version::is_owed.eq(true))
        .filter(version::ends_on.between(first, last)).order(identity::id)
        .select((identity::award_id, identity::period, VersionRow::as_select())).load(c))?;
    rows.into_iter().map(assemble).collect()
}

/// What a list of returns can be narrowed by.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrow {
    pub award_id: Option<Id>,
    pub provider_id: Option<Id>,
    /// Only those that have come so far on a day; however far where there is none.
    pub stages: Option<(Vec<ReturnStage>, NaiveDate)>,
    /// Only those whose period ends on one of these days.
    pub ends_on: Option<(NaiveDate, NaiveDate)>,
    /// Only those of these awards.
    pub awards: Option<Vec<Id>>,
    /// Only those that wait for this one, on a day.
    pub with: Option<(ReturnWith, NaiveDate)>,
    /// Only those that should have been in before this day and are not.
    pub overdue_on: Option<NaiveDate>,
    /// Only those that wait for their provider.
    pub is_open: bool,
    /// Only those of one of these awards or providers.
    pub among: Option<(Vec<Id>, Vec<Id>)>,
}

/// A page of returns that the caller may see, by the day they are due.
pub(super) fn page(conn: &mut Conn, scope: Scope, narrow: &Narrow, request: &PageRequest) -> Result<Page<Return>, Refusal> {
    let after: Option<(NaiveDate, Id)> = request.after()?;
    // Day and id from one table, as the index on both has them.
    let rows: Vec<Row> = on!(conn, c => {
        let mut query = identity::table
            .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
            .order((version::due_on, version::return_id)).limit(request.fetch())
            .select((identity::award_id, identity::period, VersionRow::as_select())).into_boxed();
        match scope {
            Scope::Office => {}
            Scope::Provider(provider) => query = query.filter(version::provider_id.eq(provider)),
            Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
        }
        if let Some(award) = narrow.award_id {
            query = query.filter(identity::award_id.eq(award));
        }
        if let Some(provider) = narrow.provider_id {
            query = query.filter(version::provider_id.eq(provider));
        }
        if let Some((stages, today)) = &narrow.stages {
            let (states, (from, before)) = rules::stored(stages, *today);
            let not_begun = version::state.eq(ReturnState::Open).and(version::ends_on.ge(from)).and(version::ends_on.lt(before));
            query = query.filter(version::state.eq_any(states).or(not_begun));
        }
        if let Some((first, last)) = narrow.ends_on {
            query = query.filter(version::ends_on.between(first, last));
        }
        if let Some(awards) = &narrow.awards {
            query = query.filter(identity::award_id.eq_any(awards));
        }
        match narrow.with {
            Some((ReturnWith::Office, _)) => query = query.filter(version::state.eq_any(WITH_OFFICE)),
            Some((ReturnWith::Provider, today)) => {
                query = query.filter(version::state.eq_any(WITH_PROVIDER)).filter(version::is_owed.eq(true)).filter(version::ends_on.lt(today));
            }
            None => {}
        }
        if let Some(day) = narrow.overdue_on {
            let is_first = version::send_again_by.is_null().and(version::due_on.lt(day)).and(version::state.eq_any(NOT_SENT));
            let is_again = version::send_again_by.is_not_null().and(version::send_again_by.assume_not_null().lt(day));
            query = query.filter(is_first.or(is_again.and(version::state.eq_any(WITH_PROVIDER)))).filter(version::is_owed.eq(true));
        }
        if narrow.is_open {
            query = query.filter(version::state.eq_any(WITH_PROVIDER)).filter(version::is_owed.eq(true));
        }
        if let Some((awards, providers)) = &narrow.among {
            query = query.filter(identity::award_id.eq_any(awards).or(version::provider_id.assume_not_null().eq_any(providers)));
        }
        if let Some((due_on, id)) = after {
            query = query.filter(sql::after(version::due_on, version::return_id, due_on, id));
        }
        query.load(c)
    })?;
    let returns = rows.into_iter().map(assemble).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(returns, request, |one| (one.due_on, one.id)))
}

/// States of a return that was sent, whatever became of it then.
const SENT: [ReturnState; 4] = ReturnState::SENT;

/// What the other returns of its award that were sent report as spent, and the adjustments of any of them.
pub(super) fn spent_elsewhere(conn: &mut Conn, one: &Return) -> Result<Pence, Refusal> {
    let sum: Option<i64> = on!(conn, c => identity::table
        .inner_join(version::table.on(version::return_id.eq(identity::id).and(version::version.eq(identity::version))))
        .inner_join(spend::table.on(spend::return_id.eq(version::return_id).and(spend::content_no.eq(version::content_no))))
        .filter(identity::award_id.eq(one.award_id)).filter(identity::id.ne(one.id)).filter(version::state.eq_any(SENT))
        .select(sum_pence(spend::amount_pence)).get_result(c))?;
    let adjusted: Option<i64> = on!(conn, c => adjusted::table
        .inner_join(adjustment::table.on(adjustment::id.eq(adjusted::adjustment_id)))
        .inner_join(identity::table.on(identity::id.eq(adjustment::return_id)))
        .filter(identity::award_id.eq(one.award_id)).filter(identity::id.ne(one.id))
        .select(sum_pence(adjusted::amount_pence)).get_result(c))?;
    Ok(Pence(sum.unwrap_or_default()) + Pence(adjusted.unwrap_or_default()))
}

/// Writes a new return.
pub(super) fn begin(conn: &mut Conn, one: &Return) -> Result<(), Refusal> {
    let values = (
        identity::id.eq(one.id),
        identity::award_id.eq(one.award_id),
        identity::period.eq(&one.planned.period),
        identity::version.eq(one.version),
        identity::recorded_at.eq(one.recorded_at),
    );
    on!(conn, c => diesel::insert_into(identity::table).values(values).execute(c))?;
    add_version(conn, one)
}

/// Moves a return on by one version.
pub(super) fn advance(conn: &mut Conn, one: &Return) -> Result<(), Refusal> {
    let before = identity::table.filter(identity::id.eq(one.id).and(identity::version.eq(one.version - 1)));
    if on!(conn, c => diesel::update(before).set(identity::version.eq(one.version)).prepared().execute(c))? == 0 {
        return Err(Refusal::Stale);
    }
    add_version(conn, one)
}

/// Moves many returns on by one version, in pieces, since a statement takes only so many parameters.
pub(super) fn advance_all(conn: &mut Conn, all: &[Return]) -> Result<(), Refusal> {
    for some in all.chunks(1_000) {
        let ids: Vec<Id> = some.iter().map(|one| one.id).collect();
        let moved = on!(conn, c => diesel::update(identity::table.filter(identity::id.eq_any(&ids)))
            .set(identity::version.eq(identity::version + 1)).execute(c))?;
        if moved != some.len() {
            return Err(Refusal::Stale);
        }
        let rows: Vec<VersionRow> = some.iter().map(row_of).collect();
        on!(conn, c => diesel::insert_into(version::table).values(&rows).execute(c))?;
    }
    Ok(())
}

fn add_version(conn: &mut Conn, one: &Return) -> Result<(), Refusal> {
    let row = row_of(one);
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    Ok(())
}

fn row_of(one: &Return) -> VersionRow {
    VersionRow {
        return_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        effective_on: one.effective_on,
        state: one.state,
        kind: one.planned.kind,
        starts_on: one.planned.starts_on,
        ends_on: one.planned.ends_on,
        due_on: one.due_on,
        provider_id: one.provider_id,
        content_no: one.content_no,
        submitted_on: one.submitted_on,
        submitted_by: one.submitted_by.clone(),
        accepted_on: one.accepted_on,
        query: one.query.clone(),
        illustrative: one.provenance.illustrative,
        not_evidenced: one.provenance.not_evidenced_text(),
        evidence: one.provenance.evidence.clone(),
        is_owed: one.is_owed,
        due_reason: one.due_reason.clone(),
        author_id: one.author_id,
        written_by: one.written_by.clone(),
        certified_on: one.certified_on,
        certified_by: one.certified_by.clone(),
        entered_on_behalf_by: one.entered_on_behalf_by.clone(),
        send_again_by: one.send_again_by,
    }
}
