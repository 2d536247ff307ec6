//! What was spent of an award, when it is settled.

use super::{Parts, Told};
use crate::kernel::{Code, Pence, Refusal};

/// A return that was sent, and what it reports as spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentReturn {
    /// Its period.
    pub period: String,
    /// Whether the office accepted it.
    pub is_accepted: bool,
    /// What it reports as spent, adjusted.
    pub spent: Pence,
    /// Of what it tells.
    pub told: Told,
}

/// What the returns of an award report as spent: accepted ones, and those that wait for their acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// All of it, each pound once.
    pub all: Pence,
    /// What accepted ones report of it, each pound once.
    pub accepted: Pence,
    /// The periods of returns that wait and report something.
    pub waiting: Vec<String>,
}

/// What is spent of an award by its own returns and those of its parts, each pound once, as reports count it. What was sent and is not accepted
/// yet counts too, since it will be.
#[must_use]
pub fn spent(parts: &Parts, sent: &[SentReturn]) -> Spent {
    let once = |wanted: &dyn Fn(&SentReturn) -> bool| -> Pence {
        let told: Vec<&SentReturn> = sent.iter().filter(|one| one.told.is_reported && wanted(one)).collect();
        parts.once(told, |one| Some(one.told)).into_iter().map(|one| one.spent).sum()
    };
    let is_waiting = |one: &&SentReturn| !one.is_accepted && one.spent.is_positive();
    let accepted = once(&|one| one.is_accepted);
    Spent {
        // What a whole says and is not accepted yet takes nothing away from what its parts were accepted with.
        all: once(&|_| true).max(accepted),
        accepted,
        waiting: sent.iter().filter(is_waiting).map(|one| one.period.clone()).collect(),
    }
}

/// What returns report as spent stays with an award that is closed, as far as the award goes: `kept` of what was `agreed`.
///
/// # Errors
/// [`Code::RuleBroken`] with how much may go back.
pub fn check_closing(spent: &Spent, agreed: Pence, kept: Pence) -> Result<(), Refusal> {
    let Spent { all, waiting, .. } = spent;
    if kept >= (*all).min(agreed) {
        return Ok(());
    }
    let unspent = (agreed - *all).max(Pence::ZERO);
    let of_waiting = match waiting.as_slice() {
        [] => String::new(),
        periods => format!(" That counts what was sent and waits for you to accept it or to ask about it: {}.", periods.join(", ")),
    };
    let message = format!(
        "Returns report {all} of this award as spent, so no more than {unspent} goes back. Say how much does (`unspent_pence`, in a file \
         `unspent`); what was spent stays committed until it is paid.{of_waiting}"
    );
    let facts = serde_json::json!({ "spent_pence": all, "agreed_pence": agreed, "unspent_at_most_pence": unspent, "waiting": waiting });
    Err(Refusal::rule_with(Code::RuleBroken, message, facts))
}

/// What is accepted as spent of a closed award stays within what it kept, as far as the award went: the rest was released.
///
/// # Errors
/// [`Code::RuleBroken`] with the amounts.
pub fn check_kept(reference: &str, accepted: Pence, agreed: Pence, kept: Pence) -> Result<(), Refusal> {
    if kept >= accepted.min(agreed) {
        return Ok(());
    }
    let over = accepted - kept;
    let message = format!(
        "{reference} is closed and keeps {kept}; the rest was released, and may be promised to others. With this, {accepted} would be \
         accepted as spent, {over} more than it keeps. Have what is reported corrected: by a question to the provider, or by an adjustment of \
         a return that is accepted already. What was spent beyond that needs an award of its own."
    );
    let facts = serde_json::json!({ "award": reference, "spent_pence": accepted, "kept_pence": kept, "over_pence": over });
    Err(Refusal::rule_with(Code::RuleBroken, message, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Id;

    #[test]
    fn each_pound_is_settled_once() {
        let [whole, part] = [Id::new(), Id::new()];
        let parts = Parts::of([(part, whole)]);
        let sent = |award, quarter: u32, pence, is_accepted| SentReturn {
            period: format!("Q{quarter}"),
            is_accepted,
            spent: Pence(pence),
            told: Told {
                award,
                area: None,
                days: [1, 28].map(|day| chrono::NaiveDate::from_ymd_opt(2020, quarter * 3, day).unwrap()).into(),
                is_reported: true,
            },
        };
        // The whole reports the first quarter, its part the first and the second.
        let told = [sent(whole, 1, 100, true), sent(part, 1, 60, true), sent(part, 2, 80, true)];
        assert_eq!(spent(&parts, &told), Spent { all: Pence(180), accepted: Pence(180), waiting: Vec::new() });
        let waits = [sent(part, 1, 60, true), sent(whole, 1, 50, false), sent(whole, 2, 25, false)];
        assert_eq!(spent(&parts, &waits), Spent { all: Pence(75), accepted: Pence(60), waiting: vec!["Q1".to_owned(), "Q2".to_owned()] });
        let only_less = [sent(part, 1, 60, true), sent(whole, 1, 50, false)];
        assert_eq!(spent(&parts, &only_less).all, Pence(60));
        assert!(check_closing(&spent(&parts, &told), Pence(200), Pence(179)).is_err());
        assert!(check_closing(&spent(&parts, &told), Pence(200), Pence(180)).is_ok());
    }

    #[test]
    fn nothing_that_was_released_is_accepted_as_spent() {
        let check = |accepted, agreed, kept| check_kept("A-1", Pence(accepted), Pence(agreed), Pence(kept));
        assert!(check(120, 300, 120).is_ok());
        // An award that kept all it had released nothing, whatever more was spent of other money.
        assert!(check(310, 300, 300).is_ok());
        let Err(Refusal::Rule { code, detail, facts }) = check(145, 300, 120) else { panic!("released money was spent") };
        assert_eq!(code, Code::RuleBroken);
        assert!(detail.contains("£0.25 more than it keeps"), "{detail}");
        assert_eq!(
            serde_json::Value::Object(facts),
            serde_json::json!({ "award": "A-1", "spent_pence": 145, "kept_pence": 120, "over_pence": 25 })
        );
    }
}
