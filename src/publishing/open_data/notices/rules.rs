//! What a notice is and how it goes on. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Faults, Id, Refusal};
use crate::publishing::open_data::redactions::rules::faults_of;

words! {
    /// How far a notice has come.
    pub enum DecisionNoticeState {
        /// Being written.
        Draft = "draft",
        /// A second officer has published it.
        Published = "published",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

/// A notice of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionNoticeInput {
    /// Its reference in the office's register of decisions. It never changes.
    #[schema(min_length = 1, max_length = 60, pattern = "^[!-~]+$", example = "DN-2020-0117")]
    pub reference: String,
    /// The award that was decided on. It never changes.
    pub award_id: Id,
    /// The variation of it, where one was decided on. It never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variation_id: Option<Id>,
    /// Its title.
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    /// What was decided.
    #[schema(min_length = 1, max_length = 4000)]
    pub decision: String,
    /// Why.
    #[schema(min_length = 1, max_length = 4000)]
    pub reasons: String,
    /// Who decided, by office rather than by name.
    #[schema(min_length = 1, max_length = 200, example = "Police and Crime Commissioner")]
    pub approver: String,
    /// When.
    pub decided_on: NaiveDate,
    /// Whether the public sees it once it is published.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_public: bool,
}

const fn yes() -> bool {
    true
}

/// Why a notice is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionNoticeWithdrawal {
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// What is wrong with a notice, as a new one or as what `before` becomes.
#[must_use]
pub fn faults(input: &DecisionNoticeInput, before: Option<&DecisionNoticeInput>, today: NaiveDate) -> Faults {
    let mut faults = Faults::new();
    let texts = [("/title", &input.title), ("/decision", &input.decision), ("/reasons", &input.reasons), ("/approver", &input.approver)];
    for (pointer, text) in texts {
        faults.0.extend(faults_of(pointer, text).0);
    }
    faults.require(!input.approver.contains('@'), "/approver", "wrong_format", "Name the office that decided, without an e-mail address.");
    faults.require(input.decided_on <= today, "/decided_on", "in_the_future", "A notice tells of what was decided already.");
    let Some(before) = before else { return faults };
    let message = "What a notice is of never changes. Withdraw it and write another.";
    faults.require(input.reference == before.reference, "/reference", "fixed", message);
    faults.require(input.award_id == before.award_id, "/award_id", "fixed", message);
    faults.require(input.variation_id == before.variation_id, "/variation_id", "fixed", message);
    faults
}

/// Whether a notice may be changed.
///
/// # Errors
/// It is no draft.
pub fn edit(state: DecisionNoticeState) -> Result<(), Refusal> {
    only(state, DecisionNoticeState::Draft, "changed")
}

/// Whether somebody may publish a notice.
///
/// # Errors
/// It is no draft; [`Code::SamePerson`].
pub fn publish(state: DecisionNoticeState, written_by: Option<Id>, actor: Option<Id>) -> Result<(), Refusal> {
    only(state, DecisionNoticeState::Draft, "published")?;
    if written_by.is_some() && written_by == actor {
        return Err(Refusal::rule(Code::SamePerson, "Whoever wrote a notice does not publish it. Ask a colleague."));
    }
    Ok(())
}

/// Whether a notice may be withdrawn.
///
/// # Errors
/// It was not published, or withdrawn already.
pub fn withdraw(state: DecisionNoticeState) -> Result<(), Refusal> {
    only(state, DecisionNoticeState::Published, "withdrawn")
}

fn only(state: DecisionNoticeState, needed: DecisionNoticeState, act: &str) -> Result<(), Refusal> {
    if state == needed { Ok(()) } else { Err(Refusal::wrong_state("notice", state, act)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_officer_publishes() {
        use DecisionNoticeState::{Draft, Published, Withdrawn};
        let (one, other) = (Some(Id::new()), Some(Id::new()));
        assert_eq!(publish(Draft, one, other), Ok(()));
        assert!(matches!(publish(Draft, one, one), Err(Refusal::Rule { code: Code::SamePerson, .. })));
        assert!(publish(Published, one, other).is_err() && publish(Withdrawn, one, other).is_err());
        assert!(withdraw(Draft).is_err() && withdraw(Published).is_ok() && edit(Published).is_err());
    }
}
