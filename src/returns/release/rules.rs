//! What can be released. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Refusal};
use crate::returns::rules::{ReturnContent, ReturnState, SectionKey};

/// The texts that may leave the office, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseInput {
    /// The texts, by the keys of their sections: `narrative`, `risks`, `case_study`, or what the office named. An empty list takes every release
    /// back.
    #[schema(max_items = 23, value_type = Vec<SectionKey>)]
    pub texts: Vec<String>,
}

/// Whether texts of a return can be released: they no longer change.
///
/// # Errors
/// Where it is not accepted.
pub fn check_releasable(state: ReturnState) -> Result<(), Refusal> {
    match state {
        ReturnState::Accepted => Ok(()),
        other => Err(Refusal::wrong_state("return", other, "released")),
    }
}

/// What is wrong with a list of texts to release.
#[must_use]
pub fn check(input: &ReleaseInput, content: &ReturnContent) -> Faults {
    let mut faults = Faults::new();
    for (at, text) in input.texts.iter().enumerate() {
        let pointer = format!("/texts/{at}");
        let is_new = !input.texts.iter().take(at).any(|other| other == text);
        faults.require(is_new, &pointer, "repeated", "This text is in the list already.");
        faults.require(content.section(text).is_some(), &pointer, "nothing_written", "The return has no such text.");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_released_is_there_and_accepted() {
        let content = ReturnContent { narrative: Some("We opened.".to_owned()), ..ReturnContent::default() };
        let faults = |texts: &[&str]| {
            let found = check(&ReleaseInput { texts: texts.iter().map(|key| (*key).to_owned()).collect() }, &content).0;
            found.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        assert_eq!(faults(&["narrative"]), [""; 0]);
        let twice = ["narrative", "narrative", "risks"];
        assert_eq!(faults(&twice), ["/texts/1 repeated", "/texts/2 nothing_written"]);
        assert!(check_releasable(ReturnState::Submitted).is_err());
    }
}
