//! What a meeting is, and what makes one right. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::awards::rules::AwardState;
use crate::kernel::{Code, Faults, Id, Refusal, TextList};
use crate::returns::rules::faults_of_text;

words! {
    /// What a meeting is for.
    pub enum MeetingKind {
        /// How the provider keeps its services going.
        MonthlyContinuity = "monthly_continuity",
        /// How an award is doing, once a quarter.
        QuarterlyMonitoring = "quarterly_monitoring",
    }
}

words! {
    /// Whether a meeting took place. It follows from its days.
    pub enum MeetingState {
        /// It is still to be held.
        Planned = "planned",
        /// It was held.
        Held = "held",
        /// It was planned and will not be held.
        CalledOff = "called_off",
    }
}

/// How many actions a meeting has at most.
pub const ACTIONS_MAX: usize = 100;

/// The shape of who came, in descriptions; it is a text.
#[derive(Debug, Clone, Copy)]
pub struct Attendee;

impl utoipa::ToSchema for Attendee {}

impl utoipa::PartialSchema for Attendee {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(ATTENDEE_MAX));
        text.examples([serde_json::json!("the provider's service manager")]).into()
    }
}

/// How long a text about who came may be.
const ATTENDEE_MAX: usize = 200;

/// A meeting as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeetingInput {
    /// What it is for. It never changes.
    pub kind: MeetingKind,
    /// The provider; left out where the award says it. It never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<Id>,
    /// The award that it is about; left out where it is about the provider as a whole. It never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub award_id: Option<Id>,
    /// The day for which it is planned; needed unless `held_on` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_on: Option<NaiveDate>,
    /// The day on which it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_on: Option<NaiveDate>,
    /// Whether it will not be held.
    #[serde(default)]
    pub is_called_off: bool,
    /// Who came, by organisation or part; never a person's data.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<Attendee>)]
    pub attendees: TextList,
    /// What was said. The provider reads it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 10_000)]
    pub notes: Option<String>,
}

/// Something that is to be done after a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeetingActionInput {
    /// What is to be done.
    #[schema(min_length = 1, max_length = 2000, example = "Send the referral figures by borough.")]
    pub what: String,
    /// Who does it, by organisation or part.
    #[schema(min_length = 1, max_length = 200, example = "the provider")]
    pub owner: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_on: Option<NaiveDate>,
}

impl MeetingActionInput {
    /// Whether it is past its day and not done.
    #[must_use]
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.done_on.is_none() && self.due_on.is_some_and(|due| due < today)
    }
}

impl MeetingInput {
    /// Whether it took place.
    #[must_use]
    pub const fn state(&self) -> MeetingState {
        match (self.held_on, self.is_called_off) {
            (Some(_), _) => MeetingState::Held,
            (None, true) => MeetingState::CalledOff,
            (None, false) => MeetingState::Planned,
        }
    }
}

/// What is wrong with a meeting, as a new one or as what `before` becomes.
#[must_use]
pub fn faults(input: &MeetingInput, before: Option<&MeetingInput>, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let has_subject = input.provider_id.is_some() || input.award_id.is_some();
    faults.require(has_subject, "/provider_id", "required", "A meeting is with a provider or about an award. Name one of them.");
    let message = "A meeting has the day for which it is planned, or the day on which it was held.";
    faults.require(input.planned_on.is_some() || input.held_on.is_some(), "/planned_on", "required", message);
    require_past(input.held_on, "/held_on", today, &mut faults);
    let message = "A meeting that was called off was not held. Leave this out, or say that it was not called off.";
    faults.require(!input.is_called_off || input.held_on.is_none(), "/held_on", "not_allowed", message);
    for (at, attendee) in input.attendees.iter().enumerate() {
        check_text(&format!("/attendees/{at}"), attendee, &mut faults);
        check_person(&format!("/attendees/{at}"), attendee, &mut faults);
    }
    if let Some(notes) = &input.notes {
        check_text("/notes", notes, &mut faults);
    }
    let Some(before) = before else { return faults };
    let message = "What a meeting is for and whom it is with never changes. Call it off and plan another.";
    faults.require(input.kind == before.kind, "/kind", "fixed", message);
    faults.require(input.provider_id == before.provider_id, "/provider_id", "fixed", message);
    faults.require(input.award_id == before.award_id, "/award_id", "fixed", message);
    faults
}

/// What is wrong with an action.
#[must_use]
pub fn action_faults(input: &MeetingActionInput, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    check_text("/what", &input.what, &mut faults);
    check_text("/owner", &input.owner, &mut faults);
    check_person("/owner", &input.owner, &mut faults);
    require_past(input.done_on, "/done_on", today, &mut faults);
    faults
}

/// Whether an action can be added to a meeting that has so many.
///
/// # Errors
/// It was called off; it has as many as it can have.
pub fn check_room(state: MeetingState, actions: usize) -> Result<(), Refusal> {
    if state == MeetingState::CalledOff {
        return Err(Refusal::wrong_state("meeting", state, "given an action"));
    }
    if actions >= ACTIONS_MAX {
        return Err(Refusal::rule(Code::RuleBroken, format!("A meeting has at most {ACTIONS_MAX} actions.")));
    }
    Ok(())
}

/// Whether there are meetings about an award in this state: the provider sees them, so it must have agreed to the award.
#[must_use]
pub const fn is_agreed(state: AwardState) -> bool {
    matches!(state, AwardState::Live | AwardState::Paused | AwardState::Ended | AwardState::Closed | AwardState::Terminated)
}

fn require_past(day: Option<NaiveDate>, pointer: &str, today: NaiveDate, faults: &mut Faults) {
    if let Some(day) = day.filter(|day| *day > today) {
        faults.add(pointer, "in_the_future", format!("{day} is still to come; today is {today}."));
    }
}

fn check_text(pointer: &str, text: &str, faults: &mut Faults) {
    faults.require(!text.trim().is_empty(), pointer, "blank", "A text is left out rather than blank.");
    for found in faults_of_text(pointer, text).0 {
        faults.add(pointer, found.code, "This text holds a number that names a person. Take it out: a meeting holds no personal data.");
    }
}

fn check_person(pointer: &str, text: &str, faults: &mut Faults) {
    let message = "This text holds an e-mail address. Say which organisation or part it is instead.";
    faults.require(!text.contains('@'), pointer, "email_address", message);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn meeting() -> MeetingInput {
        MeetingInput {
            kind: MeetingKind::QuarterlyMonitoring,
            provider_id: Some(Id::new()),
            award_id: None,
            planned_on: Some(day("2020-07-14")),
            held_on: None,
            is_called_off: false,
            attendees: TextList::default(),
            notes: None,
        }
    }

    fn found(input: &MeetingInput, before: Option<&MeetingInput>) -> Vec<String> {
        faults(input, before, day("2020-07-20")).0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_state_follows_from_the_days() {
        let planned = meeting();
        assert_eq!(planned.state(), MeetingState::Planned);
        assert_eq!(MeetingInput { held_on: planned.planned_on, ..planned.clone() }.state(), MeetingState::Held);
        assert_eq!(MeetingInput { is_called_off: true, ..planned }.state(), MeetingState::CalledOff);
    }

    #[test]
    fn every_fault_of_a_meeting_at_once() {
        assert_eq!(found(&meeting(), None), [""; 0]);
        let bare = MeetingInput { provider_id: None, planned_on: None, ..meeting() };
        assert_eq!(found(&bare, None), ["/provider_id required", "/planned_on required"]);
        let held = MeetingInput { held_on: Some(day("2020-07-21")), is_called_off: true, ..meeting() };
        assert_eq!(found(&held, None), ["/held_on in_the_future", "/held_on not_allowed"]);
        let people = TextList(vec!["service manager".to_owned(), "jo@example.org".to_owned(), " ".to_owned()]);
        let told = MeetingInput { attendees: people, notes: Some("QQ 12 34 56 C came.".to_owned()), ..meeting() };
        assert_eq!(
            found(&told, None),
            ["/attendees/1 email_address", "/attendees/2 blank", "/notes national_insurance_number"].map(str::to_owned)
        );
    }

    #[test]
    fn whom_it_is_with_never_changes() {
        let before = meeting();
        let other = MeetingInput { provider_id: Some(Id::new()), kind: MeetingKind::MonthlyContinuity, ..before.clone() };
        assert_eq!(found(&other, Some(&before)), ["/kind fixed", "/provider_id fixed"]);
        assert_eq!(found(&MeetingInput { held_on: Some(day("2020-07-15")), ..before.clone() }, Some(&before)), [""; 0]);
    }

    #[test]
    fn an_action_is_overdue_after_its_day_until_it_is_done() {
        let action = MeetingActionInput {
            what: "Send the figures".to_owned(),
            owner: "the provider".to_owned(),
            due_on: Some(day("2020-07-31")),
            done_on: None,
        };
        assert!(!action.is_overdue(day("2020-07-31")) && action.is_overdue(day("2020-08-01")));
        assert!(!MeetingActionInput { done_on: Some(day("2020-08-01")), ..action.clone() }.is_overdue(day("2020-08-02")));
        assert!(!MeetingActionInput { due_on: None, ..action }.is_overdue(day("2020-08-02")));
        assert!(check_room(MeetingState::Held, 99).is_ok() && check_room(MeetingState::Held, 100).is_err());
        assert!(check_room(MeetingState::CalledOff, 0).is_err());
    }
}
