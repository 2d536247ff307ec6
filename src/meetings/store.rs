//! Meetings in the database.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::access::Scope;
use crate::awards::monitoring::rules::MonitoringFrequency;
use crate::awards::rules::AwardState;
use crate::kernel::{Id, Moment, Named, Page, PageRequest, Quarter, Refusal, TextList};
use crate::meetings::rules::{MeetingActionInput, MeetingInput, MeetingKind, MeetingState};
use crate::store::Conn;
use crate::store::schema::{
    award, award_plan as plan, award_terms as terms, award_version, meeting, meeting_action as action, meeting_version as version,
};
use crate::store::sql::Prepare;

/// A meeting as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: Id,
    /// Which version this is.
    pub version: i32,
    /// When this version became known.
    pub recorded_at: Moment,
    /// What it is. Its provider is told also where the award says it.
    pub facts: MeetingInput,
    /// What is to be done, in the order in which it was written down.
    pub actions: Vec<MeetingAction>,
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingAction {
    /// Its id, the same in all versions.
    pub id: Id,
    /// What it is.
    pub facts: MeetingActionInput,
}

/// An award that had no monitoring meeting in a quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMeeting {
    /// The award.
    pub award: Named,
    /// Its provider.
    pub provider_id: Option<Id>,
    /// The meeting that is planned in the quarter, and its day.
    pub planned: Option<(Id, NaiveDate)>,
}

/// What narrows a list of meetings.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    pub kind: Option<MeetingKind>,
    pub provider_id: Option<Id>,
    pub award_id: Option<Id>,
    pub state: Option<MeetingState>,
    pub due_before: Option<NaiveDate>,
    /// Only those with an action that is not done by this day, which is after its own.
    pub overdue_on: Option<NaiveDate>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = version)]
struct VersionRow {
    meeting_id: Id,
    version: i32,
    recorded_at: Moment,
    kind: MeetingKind,
    provider_id: Option<Id>,
    award_id: Option<Id>,
    planned_on: Option<NaiveDate>,
    held_on: Option<NaiveDate>,
    is_called_off: bool,
    attendees: TextList,
    notes: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = action, treat_none_as_default_value = false)]
struct ActionRow {
    meeting_id: Id,
    version: i32,
    position: i32,
    action_id: Id,
    what: String,
    owner: String,
    due_on: Option<NaiveDate>,
    done_on: Option<NaiveDate>,
}

/// Rows as meetings, with their actions.
fn assemble(conn: &mut Conn, rows: Vec<VersionRow>) -> Result<Vec<Meeting>, Refusal> {
    let ids: Vec<Id> = rows.iter().map(|row| row.meeting_id).collect();
    let found: Vec<ActionRow> = on!(conn, c => action::table
        .inner_join(meeting::table.on(meeting::id.eq(action::meeting_id).and(meeting::version.eq(action::version))))
        .filter(action::meeting_id.eq_any(&ids)).order((action::meeting_id, action::position))
        .select(ActionRow::as_select()).prepared_for(&ids).load(c))?;
    let mut actions: HashMap<Id, Vec<MeetingAction>> = HashMap::new();
    for row in found {
        let facts = MeetingActionInput { what: row.what, owner: row.owner, due_on: row.due_on, done_on: row.done_on };
        actions.entry(row.meeting_id).or_default().push(MeetingAction { id: row.action_id, facts });
    }
    let turn = |row: VersionRow| Meeting {
        id: row.meeting_id,
        version: row.version,
        recorded_at: row.recorded_at,
        actions: actions.remove(&row.meeting_id).unwrap_or_default(),
        facts: MeetingInput {
            kind: row.kind,
            provider_id: row.provider_id,
            award_id: row.award_id,
            planned_on: row.planned_on,
            held_on: row.held_on,
            is_called_off: row.is_called_off,
            attendees: row.attendees,
            notes: row.notes,
        },
    };
    Ok(rows.into_iter().map(turn).collect())
}

/// The meeting as it stands now.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Meeting>, Refusal> {
    let row: Option<VersionRow> = on!(conn, c => meeting::table
        .inner_join(version::table.on(version::meeting_id.eq(meeting::id).and(version::version.eq(meeting::version))))
        .filter(meeting::id.eq(id)).select(VersionRow::as_select()).first(c).optional())?;
    Ok(assemble(conn, row.into_iter().collect())?.pop())
}

/// A page of the meetings of a scope, the one recorded last first.
pub fn page(conn: &mut Conn, scope: Scope, narrow: &Narrow, request: &PageRequest) -> Result<Page<Meeting>, Refusal> {
    let before: Option<Id> = request.after()?;
    let own = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let rows: Vec<VersionRow> = on!(conn, c => {
        let mut query = meeting::table
            .inner_join(version::table.on(version::meeting_id.eq(meeting::id).and(version::version.eq(meeting::version))))
            .select(VersionRow::as_select()).order(meeting::id.desc()).limit(request.fetch()).into_boxed();
        if let Some(before) = before { query = query.filter(meeting::id.lt(before)); }
        if let Some(own) = own { query = query.filter(version::provider_id.eq(own)); }
        if let Some(kind) = narrow.kind { query = query.filter(version::kind.eq(kind)); }
        if let Some(provider) = narrow.provider_id { query = query.filter(version::provider_id.eq(provider)); }
        if let Some(award) = narrow.award_id { query = query.filter(version::award_id.eq(award)); }
        query = match narrow.state {
            None => query,
            Some(MeetingState::Held) => query.filter(version::held_on.is_not_null()),
            Some(MeetingState::CalledOff) => query.filter(version::is_called_off),
            Some(MeetingState::Planned) => query.filter(version::held_on.is_null().and(not(version::is_called_off))),
        };
        if let Some(day) = narrow.due_before {
            query = query.filter(version::held_on.is_null().and(not(version::is_called_off)).and(version::planned_on.lt(day)));
        }
        if let Some(today) = narrow.overdue_on {
            query = query.filter(exists(action::table
                .filter(action::meeting_id.eq(version::meeting_id)).filter(action::version.eq(version::version))
                .filter(action::done_on.is_null()).filter(action::due_on.lt(today))));
        }
        query.load(c)
    })?;
    let cut = Page::cut(rows, request, |row| row.meeting_id);
    Ok(Page { items: assemble(conn, cut.items)?, next_cursor: cut.next_cursor })
}

/// The states of an award that is delivered.
const UNDER_WAY: [AwardState; 2] = [AwardState::Live, AwardState::Paused];
/// The states of one that was delivered once, up to the day on which it ended.
const OVER: [AwardState; 3] = [AwardState::Ended, AwardState::Closed, AwardState::Terminated];

/// The monitoring meetings that are planned in a quarter and not held: id, award, provider, day; the earliest first.
type PlannedRow = (Id, Option<Id>, Option<Id>, Option<NaiveDate>);

fn planned(conn: &mut Conn, quarter: Quarter) -> Result<Vec<PlannedRow>, Refusal> {
    let rows: Vec<PlannedRow> = on!(conn, c => meeting::table
        .inner_join(version::table.on(version::meeting_id.eq(meeting::id).and(version::version.eq(meeting::version))))
        .filter(version::kind.eq(MeetingKind::QuarterlyMonitoring)).filter(version::held_on.is_null()).filter(not(version::is_called_off))
        .filter(version::planned_on.between(quarter.first_day(), quarter.last_day()))
        .order((version::planned_on, meeting::id))
        .select((meeting::id, version::award_id, version::provider_id, version::planned_on)).load(c))?;
    Ok(rows)
}

/// A page of the awards that had no monitoring meeting in the quarter, by reference: those that report by the quarter and were delivered on a
/// day of it, be it that they are over since. A meeting about the provider as a whole counts for all its awards.
pub fn due(conn: &mut Conn, scope: Scope, quarter: Quarter, request: &PageRequest) -> Result<Page<DueMeeting>, Refusal> {
    let after: Option<String> = request.after()?;
    let own = match scope {
        Scope::Office => None,
        Scope::Provider(own) => Some(own),
        Scope::Nothing => return Ok(Page { items: Vec::new(), next_cursor: None }),
    };
    let (first, last) = (quarter.first_day(), quarter.last_day());
    let rows: Vec<(Id, String, String, Option<Id>)> = on!(conn, c => {
        let held = meeting::table
            .inner_join(version::table.on(version::meeting_id.eq(meeting::id).and(version::version.eq(meeting::version))))
            .filter(version::kind.eq(MeetingKind::QuarterlyMonitoring)).filter(version::held_on.between(first, last))
            .filter(version::award_id.eq(award::id.nullable())
                .or(version::award_id.is_null().and(version::provider_id.eq(terms::provider_id))));
        let mut query = award::table
            .inner_join(award_version::table.on(award_version::award_id.eq(award::id).and(award_version::version.eq(award::version))))
            .inner_join(terms::table.on(terms::award_id.eq(award::id).and(terms::terms_no.eq(award_version::terms_no))))
            .inner_join(plan::table.on(plan::award_id.eq(award::id).and(plan::plan_no.eq(award_version::plan_no))))
            .filter(award_version::state.eq_any(UNDER_WAY).or(award_version::state.eq_any(OVER)
                .and(award_version::ended_on.is_null().or(award_version::ended_on.ge(first).assume_not_null()))))
            .filter(plan::frequency.eq(MonitoringFrequency::Quarterly))
            .filter(terms::starts_on.is_null().or(terms::starts_on.le(last).assume_not_null()))
            .filter(terms::ends_on.is_null().or(terms::ends_on.ge(first).assume_not_null()))
            .filter(not(exists(held)))
            .select((award::id, award::reference, terms::title, terms::provider_id))
            .order(award::reference).limit(request.fetch()).into_boxed();
        if let Some(after) = &after { query = query.filter(award::reference.gt(after)); }
        if let Some(own) = own { query = query.filter(terms::provider_id.eq(own)); }
        query.load(c)
    })?;
    let planned = planned(conn, quarter)?;
    let of = |award: Id, provider: Option<Id>| {
        let is_own = |row: &&PlannedRow| row.1 == Some(award) || (row.1.is_none() && row.2.is_some() && row.2 == provider);
        planned.iter().find(is_own).and_then(|(id, _, _, day)| Some((*id, (*day)?)))
    };
    let page = Page::cut(rows, request, |(_, reference, ..)| reference.clone());
    Ok(page.map(|(id, code, name, provider_id)| DueMeeting { award: Named { id, code, name }, provider_id, planned: of(id, provider_id) }))
}

/// Writes the identity.
pub fn begin(conn: &mut Conn, new: &Meeting) -> Result<(), Refusal> {
    let values = (meeting::id.eq(new.id), meeting::version.eq(new.version), meeting::recorded_at.eq(new.recorded_at));
    on!(conn, c => diesel::insert_into(meeting::table).values(values).execute(c))?;
    Ok(())
}

/// Moves the identity on to this version.
///
/// # Errors
/// [`Refusal::Stale`] where it is not at the version before.
pub fn advance(conn: &mut Conn, next: &Meeting) -> Result<(), Refusal> {
    let moved = on!(conn, c => diesel::update(meeting::table.filter(meeting::id.eq(next.id).and(meeting::version.eq(next.version - 1))))
        .set(meeting::version.eq(next.version)).execute(c))?;
    if moved == 1 { Ok(()) } else { Err(Refusal::Stale) }
}

/// Adds a version with its actions.
pub fn add_version(conn: &mut Conn, one: &Meeting) -> Result<(), Refusal> {
    let facts = one.facts.clone();
    let row = VersionRow {
        meeting_id: one.id,
        version: one.version,
        recorded_at: one.recorded_at,
        kind: facts.kind,
        provider_id: facts.provider_id,
        award_id: facts.award_id,
        planned_on: facts.planned_on,
        held_on: facts.held_on,
        is_called_off: facts.is_called_off,
        attendees: facts.attendees,
        notes: facts.notes,
    };
    on!(conn, c => diesel::insert_into(version::table).values(&row).execute(c))?;
    let rows: Vec<ActionRow> = (1..)
        .zip(one.actions.iter().cloned())
        .map(|(position, MeetingAction { id, facts })| ActionRow {
            meeting_id: one.id,
            version: one.version,
            position,
            action_id: id,
            what: facts.what,
            owner: facts.owner,
            due_on: facts.due_on,
            done_on: facts.done_on,
        })
        .collect();
    if !rows.is_empty() {
        on!(conn, c => diesel::insert_into(action::table).values(&rows).execute(c))?;
    }
    Ok(())
}
