//! What is easily overlooked in a return: questions without an answer, explanations of nothing, parts of people, the same line twice. Pure.

use chrono::NaiveDate;

use super::asked::Asked;
use super::findings::{FindingRule, Gathered};
use super::{About, ReturnContent, explained};
use crate::kernel::Id;

/// A question of the office that has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// Which it is.
    pub query_id: Id,
    /// The field that it is about; none for all of it.
    pub pointer: Option<String>,
    /// When it was asked.
    pub asked_on: NaiveDate,
}

/// Comes after all other checks.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for one in &asked.unanswered {
        let message = format!("The office asked about this on {}, and there is no answer.", one.asked_on);
        let words = (message.as_str(), "Answer the question, also where you wrote something else meanwhile.");
        let place = (FindingRule::QueryUnanswered, one.pointer.as_deref().unwrap_or_default());
        found.warn_about(true, About::query(one.query_id), place, words);
    }
    for (at, line) in content.spend.iter().flatten().enumerate() {
        let is_twice = content.spend.iter().flatten().take(at).any(|other| {
            let kind = |line: &super::SpendLine| (line.category, line.direct_activity, line.spent_from, line.spent_to);
            kind(other) == kind(line) && other.note == line.note
        });
        let words = ("There is a line for this kind of spending already.", "Put the two together, or say in their notes what each was.");
        found.warn(is_twice, FindingRule::Repeated, &format!("/spend/{at}"), words);
    }
    for (at, value) in content.values.iter().enumerate() {
        let counted = asked.indicators.iter().find(|one| one.id == value.indicator_id).and_then(|one| one.whole.as_deref());
        let Some((what, number)) = counted.zip(value.value.filter(|number| !number.is_whole())) else { continue };
        let message = format!("{number} is no whole number, and {what} are counted whole.");
        found.warn(true, FindingRule::NotWhole, &format!("/values/{at}/value"), (&message, "Count again, or round it."));
    }
    check_explanations(found, content);
}

/// Of everything the last: an explanation that fits no warning found so far explains nothing.
fn check_explanations(found: &mut Gathered, content: &ReturnContent) {
    let told = found.so_far(content);
    let idle: Vec<_> = content.explanations.iter().map(|one| explained::said_of_idle(one, told)).collect();
    for (at, said) in idle.into_iter().enumerate() {
        let Some((message, mend)) = said else { continue };
        found.warn(true, FindingRule::ExplainsNothing, &format!("/explanations/{at}"), (&message, mend));
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::{asked, codes, day, line, shown, value};
    use super::super::{Reported, WarningExplanation, faults, findings};
    use super::*;
    use crate::kernel::Quantity;

    #[test]
    fn questions_and_explanations_are_told() {
        let unanswered = vec![Unanswered { query_id: Id::new(), pointer: Some("/spend".to_owned()), asked_on: day("2020-07-30") }];
        let asked = Asked { indicators: Vec::new(), unanswered, ..asked(Id::new(), false) };
        let explained = |rule, pointer: &str| WarningExplanation {
            rule,
            pointer: pointer.to_owned(),
            text: "It is so.".to_owned(),
            about: None,
            stood: None,
        };
        let explanations = vec![explained(FindingRule::SpendNotReported, "/spend"), explained(FindingRule::ValueFell, "/values/0")];
        let content = ReturnContent { narrative: Some("We began.".to_owned()), explanations, ..ReturnContent::default() };
        let found = findings(&content, &asked);
        assert_eq!(
            shown(&found),
            ["warning /spend spend_not_reported", "warning /spend query_unanswered", "warning /explanations/1 explains_nothing"]
        );
        assert_eq!(found[0].explanation.as_deref(), Some("It is so."));
    }

    #[test]
    fn people_come_whole_and_a_line_once() {
        let indicator = Id::new();
        let mut asked = asked(indicator, false);
        let mut counted = value(indicator, None, Reported::Reported, Some(12));
        counted.value = Some(Quantity(12_500));
        let spend =
            Some(vec![line(100, None), line(200, None), super::super::SpendLine { note: Some("rent".to_owned()), ..line(1, None) }]);
        let content = ReturnContent { spend, values: vec![counted], ..ReturnContent::default() };
        assert_eq!(shown(&findings(&content, &asked)), ["warning /spend/1 repeated"]);
        asked.indicators[0].whole = Some("people".to_owned());
        let found = findings(&content, &asked);
        assert_eq!(shown(&found), ["warning /spend/1 repeated", "warning /values/0/value not_whole"]);
        assert_eq!(found[1].message, "12.5 is no whole number, and people are counted whole.");
    }

    #[test]
    fn a_blank_return_says_one_thing() {
        let found = findings(&ReturnContent::default(), &asked(Id::new(), false));
        assert_eq!(shown(&found), ["error  nothing_written"]);
        let none_spent = ReturnContent { spend: Some(Vec::new()), ..ReturnContent::default() };
        assert_eq!(shown(&findings(&none_spent, &Asked { indicators: Vec::new(), ..asked(Id::new(), false) })), Vec::<String>::new());
    }

    #[test]
    fn spending_stays_in_its_window() {
        let mut asked = asked(Id::new(), false);
        asked.window.1 = Some(day("2020-05-31"));
        let check = |from, to| {
            let spend = Some(vec![line(100, Some((from, to)))]);
            codes(faults(&ReturnContent { spend, ..ReturnContent::default() }, &asked))
        };
        assert!(check("2020-04-01", "2020-05-31").is_empty());
        assert_eq!(check("2020-04-01", "2020-06-01"), ["/spend/0/spent_to outside_window"]);
        assert_eq!(check("2020-05-02", "2020-05-01"), ["/spend/0/spent_to reversed_dates"]);
        assert_eq!(check("2020-03-30", "2020-05-01"), ["/spend/0/spent_from outside_period"]);
    }
}
