//! Meetings over HTTP.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::access::permissions::{Permission, can};
use crate::awards::acts as awards;
use crate::http::act::Stored;
use crate::http::{Api, Ask, Change, Create, Json, Listed, Listing, Made, One, Patching};
use crate::kernel::{Id, Moment, Named, Page, Quarter, Refusal};
use crate::meetings::acts;
use crate::meetings::rules::{MeetingActionInput, MeetingInput, MeetingKind, MeetingState, check_room};
use crate::meetings::store::{DueMeeting, Meeting, Narrow};
use crate::providers;
use crate::store::Conn;

/// What a list of meetings can be narrowed by.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MeetingFilter {
    /// Only meetings of this kind.
    kind: Option<MeetingKind>,
    /// Only meetings with this provider.
    provider_id: Option<Id>,
    /// Only meetings about this award.
    award_id: Option<Id>,
    /// Only meetings that are planned, held or called off.
    state: Option<MeetingState>,
    /// Only meetings that were planned for a day before this one, and were neither held nor called off.
    due_before: Option<NaiveDate>,
    /// Only meetings with an action that is past its day and not done.
    has_overdue_actions: Option<bool>,
}

/// The quarter whose meetings are still to be held.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct DueMeetingFilter {
    /// The quarter; the one of today where it is left out.
    quarter: Option<Quarter>,
}

/// A meeting with a provider. It holds no personal data, and the provider reads it too.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingView {
    /// Its id.
    id: Id,
    /// Which version this is.
    version: i32,
    /// When this version became known.
    recorded_at: Moment,
    /// What it is for.
    kind: MeetingKind,
    /// Whether it took place.
    state: MeetingState,
    /// The provider.
    provider: Option<Named>,
    /// The award that it is about; none where it is about the provider as a whole.
    award: Option<Named>,
    /// The day for which it is planned.
    planned_on: Option<NaiveDate>,
    /// The day on which it was held.
    held_on: Option<NaiveDate>,
    /// Who came, by organisation or part.
    #[schema(max_items = 50)]
    attendees: Vec<String>,
    /// What was said.
    #[schema(max_length = 10_000)]
    notes: Option<String>,
    /// What is to be done, in the order in which it was written down.
    #[schema(max_items = 100)]
    actions: Vec<MeetingActionView>,
    /// How many actions are past their day and not done.
    overdue_actions_count: usize,
    /// What you may do to it now: `amend`, `add_action`, `amend_action`.
    #[schema(max_items = 10)]
    allowed_actions: Vec<String>,
}

/// Something that is to be done after a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingActionView {
    /// Its id.
    id: Id,
    /// What is to be done.
    #[schema(max_length = 2000)]
    what: String,
    /// Who does it.
    #[schema(max_length = 200)]
    owner: String,
    /// By when.
    due_on: Option<NaiveDate>,
    /// When it was done.
    done_on: Option<NaiveDate>,
    /// Whether it is past its day and not done.
    is_overdue: bool,
}

/// An award that had no monitoring meeting in a quarter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DueMeetingView {
    /// The award.
    award: Named,
    /// Its provider.
    provider: Option<Named>,
    /// The quarter.
    quarter: Quarter,
    /// The last day on which the meeting can be held.
    due_on: NaiveDate,
    /// Whether that day is past.
    is_overdue: bool,
    /// The meeting that is planned in the quarter.
    planned_meeting_id: Option<Id>,
    /// The day for which that is planned.
    planned_on: Option<NaiveDate>,
}

/// What the records that meetings refer to are called.
struct Names {
    providers: HashMap<Id, Named>,
    awards: HashMap<Id, Named>,
}

impl Names {
    fn of(conn: &mut Conn, provider_ids: &[Id], award_ids: &[Id]) -> Result<Self, Refusal> {
        let providers = providers::summaries(conn, provider_ids)?;
        let providers = providers.into_iter().map(|one| (one.id, Named { id: one.id, code: one.reference, name: one.name })).collect();
        Ok(Self { providers, awards: awards::named(conn, award_ids)? })
    }

    fn of_meetings(conn: &mut Conn, meetings: &[Meeting]) -> Result<Self, Refusal> {
        let ids = |of: fn(&MeetingInput) -> Option<Id>| -> Vec<Id> { meetings.iter().filter_map(|one| of(&one.facts)).collect() };
        Self::of(conn, &ids(|facts| facts.provider_id), &ids(|facts| facts.award_id))
    }

    fn show(&self, caller: &Caller, today: NaiveDate, meeting: Meeting) -> MeetingView {
        let state = meeting.facts.state();
        let mut possible = vec!["amend"];
        if check_room(state, meeting.actions.len()).is_ok() {
            possible.push("add_action");
        }
        if !meeting.actions.is_empty() {
            possible.push("amend_action");
        }
        possible.retain(|_| caller.may(Permission::MeetingsManage));
        let actions: Vec<MeetingActionView> = meeting
            .actions
            .into_iter()
            .map(|action| MeetingActionView {
                id: action.id,
                is_overdue: action.facts.is_overdue(today),
                what: action.facts.what,
                owner: action.facts.owner,
                due_on: action.facts.due_on,
                done_on: action.facts.done_on,
            })
            .collect();
        let facts = meeting.facts;
        MeetingView {
            id: meeting.id,
            version: meeting.version,
            recorded_at: meeting.recorded_at,
            kind: facts.kind,
            state,
            provider: facts.provider_id.and_then(|id| self.providers.get(&id)).cloned(),
            award: facts.award_id.and_then(|id| self.awards.get(&id)).cloned(),
            planned_on: facts.planned_on,
            held_on: facts.held_on,
            attendees: facts.attendees.0,
            notes: facts.notes,
            overdue_actions_count: actions.iter().filter(|action| action.is_overdue).count(),
            actions,
            allowed_actions: possible.into_iter().map(str::to_owned).collect(),
        }
    }

    fn show_due(&self, quarter: Quarter, today: NaiveDate, one: DueMeeting) -> DueMeetingView {
        let due_on = quarter.last_day();
        DueMeetingView {
            award: one.award,
            provider: one.provider_id.and_then(|id| self.providers.get(&id)).cloned(),
            quarter,
            due_on,
            is_overdue: due_on < today,
            planned_meeting_id: one.planned.map(|(id, _)| id),
            planned_on: one.planned.map(|(_, day)| day),
        }
    }
}

fn one(conn: &mut Conn, caller: &Caller, today: NaiveDate, meeting: Meeting) -> Result<One<MeetingView>, Refusal> {
    let names = Names::of_meetings(conn, std::slice::from_ref(&meeting))?;
    Ok(One { version: meeting.version, body: names.show(caller, today, meeting) })
}

async fn list(call: Ask<can::MeetingsRead, (), Listing<MeetingFilter>>) -> Result<Listed<MeetingView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let MeetingFilter { kind, provider_id, award_id, state, due_before, has_overdue_actions } = input.query.filter.clone();
        let overdue_on = has_overdue_actions.unwrap_or(false).then_some(today);
        let narrow = Narrow { kind, provider_id, award_id, state, due_before, overdue_on };
        let page = acts::list(conn, input.caller.scope(), &narrow, &input.query.page)?;
        let names = Names::of_meetings(conn, &page.items)?;
        Ok(Listed(page.map(|meeting| names.show(&input.caller, today, meeting))))
    })
    .await
}

async fn due(call: Ask<can::MeetingsRead, (), Listing<DueMeetingFilter>>) -> Result<Listed<DueMeetingView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let asked = input.query.filter.quarter.or_else(|| Quarter::of(today));
        let quarter = asked.ok_or_else(|| Refusal::broken("a day in no quarter"))?;
        let page: Page<DueMeeting> = acts::due(conn, input.caller.scope(), quarter, &input.query.page)?;
        let providers: Vec<Id> = page.items.iter().filter_map(|one| one.provider_id).collect();
        let names = Names::of(conn, &providers, &[])?;
        Ok(Listed(page.map(|due| names.show_due(quarter, today, due))))
    })
    .await
}

async fn get(call: Ask<can::MeetingsRead, Id>) -> Result<One<MeetingView>, Refusal> {
    let today = call.service.db.clock().today();
    call.ask(move |conn, input| {
        let meeting = acts::get(conn, input.caller.scope(), input.path)?;
        one(conn, &input.caller, today, meeting)
    })
    .await
}

async fn create(call: Create<can::MeetingsManage, (), Json<MeetingInput>>) -> Result<Stored<Made<MeetingView>>, Refusal> {
    call.act("meeting.create", |tx, input| {
        let meeting = acts::create(tx, &input.body.0)?;
        let today = tx.today();
        let One { version, body } = one(tx.conn(), &input.caller, today, meeting)?;
        Ok(Made { location: format!("/v1/meetings/{}", body.id), version, body })
    })
    .await
}

async fn update(call: Patching<can::MeetingsManage, Id, MeetingInput>) -> Result<Stored<One<MeetingView>>, Refusal> {
    call.act("meeting.update", |tx, input| {
        let meeting = acts::update(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let today = tx.today();
        one(tx.conn(), &input.caller, today, meeting)
    })
    .await
}

async fn add_action(call: Change<can::MeetingsManage, Id, Json<MeetingActionInput>>) -> Result<Stored<One<MeetingView>>, Refusal> {
    call.act("meeting.add_action", |tx, input| {
        let meeting = acts::add_action(tx, input.path, input.version()?, &input.body.0)?;
        let today = tx.today();
        one(tx.conn(), &input.caller, today, meeting)
    })
    .await
}

async fn update_action(call: Patching<can::MeetingsManage, (Id, Id), MeetingActionInput>) -> Result<Stored<One<MeetingView>>, Refusal> {
    call.act("meeting.update_action", |tx, input| {
        let meeting = acts::update_action(tx, input.path, input.version()?, |current| input.body.apply(current))?;
        let today = tx.today();
        one(tx.conn(), &input.caller, today, meeting)
    })
    .await
}

/// Registers the operations.
pub fn mount(api: &mut Api) {
    api.tag("Meetings", "Meetings with providers, and what is to be done after them.");
    api.get("/v1/meetings", "meetings_list", "List meetings with providers, the newest first", list);
    api.post("/v1/meetings", "meetings_create", "Write down a meeting, planned or held", create);
    api.get("/v1/due-meetings", "meetings_due", "List the awards without a monitoring meeting in a quarter", due);
    api.get("/v1/meetings/{id}", "meetings_get", "Show a meeting with its actions", get);
    api.patch("/v1/meetings/{id}", "meetings_amend", "Change a meeting", update);
    api.actions::<MeetingView>(&[
        ("amend", "meetings_amend"),
        ("add_action", "meetings_actions_add"),
        ("amend_action", "meetings_actions_amend"),
    ]);
    api.post("/v1/meetings/{id}/actions", "meetings_actions_add", "Add something that is to be done", add_action);
    api.patch(
        "/v1/meetings/{id}/actions/{action_id}",
        "meetings_actions_amend",
        "Change an action, or note that it was done",
        update_action,
    );
}
