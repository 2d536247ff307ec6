//! Awards that stand in the way of an act on many awards at once, each with its reasons.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::kernel::{Code, Id, Refusal};

/// Why an award stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusalReason {
    /// Stable name for programs: the code of a problem or of a fault, or what the act says of its own.
    #[schema(max_length = 80)]
    pub code: String,
    /// The field of the change that is at fault; empty where none is.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// The reason in plain words.
    #[schema(max_length = 2000)]
    pub message: String,
}

/// An award that stands in the way, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwardRefused {
    /// The award.
    pub award_id: Id,
    /// What people call it.
    #[schema(max_length = 120)]
    pub award: String,
    /// Every reason.
    #[schema(max_items = 1000)]
    pub reasons: Vec<RefusalReason>,
}

/// How many refused awards a sentence names; all of them stand beside it.
const NAMED_MAX: usize = 3;

/// That nothing is done, since these of `all` awards stand in the way. `done` is what cannot be done to them: *varied*, *passed on*.
#[must_use]
pub fn all_or_nothing(refused: &[AwardRefused], all: usize, done: &str, remedy: &str) -> Refusal {
    let named = refused.iter().take(NAMED_MAX).map(|one| {
        let why = one.reasons.first().map_or("", |reason| reason.message.as_str());
        let why: String = why.chars().take(300).collect();
        format!("{}: {why}", one.award)
    });
    let mut names = named.collect::<Vec<_>>().join(" ");
    let more = refused.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        names = format!("{names} And {more} more.");
    }
    let count = refused.len();
    let detail = format!("{count} of {all} awards cannot be {done}, so none is. {names} {remedy}");
    Refusal::rule_with(Code::AwardsRefused, detail, json!({ "refused_count": count, "refused": refused }))
}

/// What to do where some of so many awards stand in the way: to leave them out only where others remain, and otherwise what is said for `none_left`.
#[must_use]
pub const fn remedy(refused: usize, all: usize, none_left: &'static str) -> &'static str {
    if refused < all { "Mend them, or leave them out with `skip_refused`." } else { none_left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_out_is_advised_where_something_is_left() {
        assert_eq!(remedy(1, 2, "None is left."), "Mend them, or leave them out with `skip_refused`.");
        assert_eq!(remedy(2, 2, "None is left."), "None is left.");
    }

    #[test]
    fn a_sentence_names_three_and_counts_the_others() {
        let refused = |number: usize| AwardRefused {
            award_id: Id::new(),
            award: format!("A-{number}"),
            reasons: vec![RefusalReason { code: "held".to_owned(), pointer: String::new(), message: "Somebody holds it.".to_owned() }],
        };
        let all: Vec<AwardRefused> = (1..=5).map(refused).collect();
        let Refusal::Rule { code, detail, .. } = all_or_nothing(&all, 9, "passed on", "Mend that.") else { panic!("not a rule") };
        assert_eq!(code, Code::AwardsRefused);
        let told = "5 of 9 awards cannot be passed on, so none is. A-1: Somebody holds it. A-2: Somebody holds it. A-3: Somebody holds it. And 2 more. Mend that.";
        assert_eq!(detail, told);
    }
}
