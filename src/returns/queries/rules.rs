//! What a question may be about, and when it is answered. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Code, Refusal};
use crate::returns::rules::{ReturnContent, ReturnState};

/// What the office asks about a return.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QueryInput {
    /// What the provider should answer or mend.
    #[schema(min_length = 1, max_length = 5000, example = "Please split the referrals by borough.")]
    pub question: String,
    /// The field of the content that it is about, as a JSON pointer; left out for all of it.
    #[serde(default)]
    #[schema(max_length = 500, example = "/narrative")]
    pub pointer: Option<String>,
    /// The day by which the return should be sent again with the answer; where it is left out, so many working days from today as the return policy
    /// says, and no earlier than it was due or another question allows.
    #[serde(default)]
    pub send_again_by: Option<NaiveDate>,
}

/// Whether a pointer names a field of a content: one that there is, or one that could be written in a part that says nothing yet. An item of a
/// list has to be there.
///
/// # Errors
/// It names none.
pub fn check_pointer(content: &ReturnContent, pointer: &str) -> Result<(), Refusal> {
    let whole = ReturnContent {
        caseload: content.caseload.or_else(|| Some(<_>::default())),
        staffing: content.staffing.clone().or_else(|| Some(<_>::default())),
        waiting_times: content.waiting_times.or_else(|| Some(<_>::default())),
        capacity: content.capacity.clone().or_else(|| Some(<_>::default())),
        onward_grants: content.onward_grants.or_else(|| Some(<_>::default())),
        ..content.clone()
    };
    let fields = serde_json::to_value(whole).map_err(Refusal::broken)?;
    if fields.pointer(pointer).is_some() {
        return Ok(());
    }
    let message = "The content of this return has no such field. Name one as its findings do, such as `/spend/0/amount_pence`.";
    Err(Refusal::invalid("/pointer", "unknown_field", message))
}

/// Whether a question may be answered now.
///
/// # Errors
/// It is answered already, or the return is not with the provider because of a question.
pub fn check_answer(state: ReturnState, is_answered: bool) -> Result<(), Refusal> {
    if state != ReturnState::Queried {
        return Err(Refusal::wrong_state("return", state, "answered"));
    }
    if is_answered {
        return Err(Refusal::rule(Code::WrongState, "This question is answered already."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_about_a_field_that_there_is() {
        let content = ReturnContent { spend: Some(Vec::new()), ..ReturnContent::default() };
        for pointer in ["", "/narrative", "/spend", "/forecast", "/staffing/posts_filled", "/caseload/new"] {
            assert!(check_pointer(&content, pointer).is_ok(), "{pointer}");
        }
        for pointer in ["narrative", "/story", "/spend/0", "/spend/0/note", "/staffing/names", "/narrative/0"] {
            assert!(check_pointer(&content, pointer).is_err(), "{pointer}");
        }
    }

    #[test]
    fn a_question_is_answered_once_and_while_it_is_asked() {
        assert!(check_answer(ReturnState::Queried, false).is_ok());
        assert!(check_answer(ReturnState::Queried, true).is_err());
        assert!(check_answer(ReturnState::Resubmitted, false).is_err());
    }
}
