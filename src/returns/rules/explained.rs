//! What a warning is about and how things stood when it was explained, so that an explanation holds for that alone. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::findings::{Finding, FindingRule};
use super::{ReturnContent, WarningExplanation};
use crate::kernel::{Id, Pence};
use crate::returns::freeze::rules::hex;

/// What a finding is about, wherever that stands in the content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReturnFindingAbout)]
pub struct About {
    /// The indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator_id: Option<Id>,
    /// The area; the award as a whole where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_id: Option<Id>,
    /// The group; all of them together where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 80)]
    pub group: Option<String>,
    /// The question of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<Id>,
}

impl About {
    /// About an indicator, in an area or in all.
    #[must_use]
    pub fn indicator(indicator_id: Id, area_id: Option<Id>) -> Self {
        Self { indicator_id: Some(indicator_id), area_id, ..Self::default() }
    }

    /// About a question.
    #[must_use]
    pub fn query(query_id: Id) -> Self {
        Self { query_id: Some(query_id), ..Self::default() }
    }

    /// About the value to which a pointer leads; nothing where it leads elsewhere.
    fn of_value(pointer: &str, content: &ReturnContent) -> Option<Self> {
        let value = content.values.get(place_of_value(pointer)?)?;
        let group = value.group.clone();
        Some(Self { indicator_id: Some(value.indicator_id), area_id: value.area_id, group, query_id: None })
    }
}

fn place_of_value(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/values/")?.split('/').next()?.parse().ok()
}

/// A pointer without the numbers of what stands in lists, which change when these stand in another order.
fn shape(pointer: &str) -> String {
    let plain = |part: &str| if part.parse::<usize>().is_ok() { "#".to_owned() } else { part.to_owned() };
    pointer.split('/').map(plain).collect::<Vec<_>>().join("/")
}

/// How many hexadecimal digits are kept of what is no number: enough to see that it is another, too few to tell what it was.
const DIGITS: usize = 4;

fn short(text: &str) -> String {
    let all = hex(text.as_bytes());
    format!("~{}", all.get(..DIGITS).unwrap_or_default())
}

/// How that stands which a finding is about, in short and without a blank: its number, or a few digits that change with it.
fn stands(finding: &Finding, content: &ReturnContent) -> String {
    let of_indicator = |area: Option<Option<Id>>| {
        let own =
            content.values.iter().filter(|value| finding.about.as_ref().is_some_and(|of| of.indicator_id == Some(value.indicator_id)));
        let own = own.filter(|value| area.is_none_or(|area| area == value.area_id));
        let numbers = own.map(|value| (value.area_id, value.group.as_deref(), value.status.word(), value.value, value.denominator));
        short(&format!("{:?}", numbers.collect::<BTreeSet<_>>()))
    };
    match finding.rule {
        FindingRule::QueryUnanswered => "-".to_owned(),
        // What it says is that some are missing: their numbers have no part in it.
        FindingRule::AreasNotReported => {
            let own =
                content.values.iter().filter(|value| finding.about.as_ref().is_some_and(|of| of.indicator_id == Some(value.indicator_id)));
            short(&format!("{:?}", own.map(|value| value.area_id).collect::<BTreeSet<_>>()))
        }
        FindingRule::TotalNotSumOfAreas => of_indicator(None),
        FindingRule::GroupsNotReported | FindingRule::TotalNotReported | FindingRule::TotalNotSumOfGroups => {
            of_indicator(Some(finding.about.as_ref().and_then(|of| of.area_id)))
        }
        _ => at_its_place(&finding.pointer, content),
    }
}

fn at_its_place(pointer: &str, content: &ReturnContent) -> String {
    if let Some(value) = place_of_value(pointer).and_then(|at| content.values.get(at)).filter(|_| !pointer.ends_with("/basis")) {
        let of = value.denominator.map(|of| format!(":{of}")).unwrap_or_default();
        return value.value.map_or_else(|| value.status.word().to_owned(), |number| format!("{number}{of}"));
    }
    let spent = || {
        content
            .spend
            .as_ref()
            .map_or_else(|| "-".to_owned(), |lines| lines.iter().map(|line| line.amount_pence).sum::<Pence>().0.to_string())
    };
    let all = serde_json::to_value(content).unwrap_or_default();
    match pointer {
        "/spend" => spent(),
        "/forecast" => format!("{}{}", spent(), short(&format!("{:?}", content.forecast))),
        _ => match all.pointer(pointer) {
            Some(serde_json::Value::Number(number)) => number.to_string(),
            Some(other) => short(&other.to_string()),
            None => "-".to_owned(),
        },
    }
}

/// Notes of each warning what it is about and how that stands.
pub(super) fn tell(all: &mut [Finding], content: &ReturnContent) {
    for one in all.iter_mut() {
        if one.about.is_none() {
            one.about = About::of_value(&one.pointer, content);
        }
        one.stands = if one.is_error() { None } else { Some(stands(one, content)) };
    }
}

impl WarningExplanation {
    /// Whether it is of this warning's rule and of what that is about, however it stood then.
    #[must_use]
    pub fn is_about(&self, finding: &Finding) -> bool {
        let is_bound = self.stood.is_some() || self.about.is_some();
        let is_same = if is_bound {
            self.about == finding.about && shape(&self.pointer) == shape(&finding.pointer)
        } else {
            self.pointer == finding.pointer
        };
        !finding.is_error() && self.rule == finding.rule && is_same
    }

    /// Whether it explains this warning as it stands.
    fn explains(&self, finding: &Finding) -> bool {
        self.is_about(finding) && self.stood.as_ref().is_none_or(|stood| finding.stands.as_ref() == Some(stood))
    }
}

/// The one explanation of each warning: of those given the first that is of it alone.
pub(super) fn explain(all: &mut [Finding], content: &ReturnContent) {
    let texts: Vec<Option<String>> = all
        .iter()
        .map(|one| content.explanations.iter().find(|given| given.explains(one) && is_clear(given, all)).map(|given| given.text.clone()))
        .collect();
    for (one, text) in all.iter_mut().zip(texts) {
        one.explanation = text;
    }
}

/// Whether it is of one warning alone. One that does not say how things stood may be of several.
fn is_clear(given: &WarningExplanation, all: &[Finding]) -> bool {
    given.stood.is_some() || all.iter().filter(|one| given.is_about(one)).count() == 1
}

/// What is said of an explanation that explains nothing; nothing where it does.
pub(super) fn said_of_idle(given: &WarningExplanation, all: &[Finding]) -> Option<(String, &'static str)> {
    if all.iter().any(|one| given.explains(one)) {
        let mend = "Say in `about` which of them you mean, as the warning does.";
        return (!is_clear(given, all)).then(|| ("This explains nothing: there are several such warnings.".to_owned(), mend));
    }
    let stood = given.stood.as_deref().filter(|_| all.iter().any(|one| given.is_about(one)));
    let Some(stood) = stood else {
        return Some((
            "This explains nothing: there is no such warning at this place.".to_owned(),
            "Name a warning's `rule` and `pointer`, or take it out.",
        ));
    };
    let is_number = given.pointer.starts_with("/values/") && !stood.starts_with('~');
    let before = if is_number { format!(" ({})", stood.replace(':', " of ")) } else { String::new() };
    let message = format!("This explained what stood there before{before}, and something else stands there now.");
    Some((message, "Explain it as it is now, or take this out."))
}

/// Ties each explanation of `next` to the warning that it is of, among `warnings` of it: those sent along from `current` stay with what they were of,
/// and those that are new are of how things stand now. Their pointers follow.
#[must_use]
pub fn tied(next: &ReturnContent, warnings: &[Finding], current: &ReturnContent) -> ReturnContent {
    let tie = |given: &WarningExplanation| {
        let same = |old: &&WarningExplanation| (old.rule, &old.pointer, &old.text) == (given.rule, &given.pointer, &given.text);
        let mut own = given.clone();
        if own.stood.is_none()
            && let Some(old) = current.explanations.iter().find(same).filter(|old| given.about.is_none() || given.about == old.about)
        {
            (own.about, own.stood) = (old.about.clone(), old.stood.clone());
        }
        let of: Vec<&Finding> = warnings.iter().filter(|one| own.explains(one)).collect();
        if let [only] = of.as_slice() {
            (own.about, own.stood) = (only.about.clone(), only.stands.clone());
            own.pointer.clone_from(&only.pointer);
        }
        own
    };
    ReturnContent { explanations: next.explanations.iter().map(tie).collect(), ..next.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::{asked, line, value};
    use super::super::{Asked, Reported, findings};
    use super::*;
    use crate::kernel::Quantity;

    fn given(rule: FindingRule, pointer: &str) -> WarningExplanation {
        WarningExplanation { rule, pointer: pointer.to_owned(), text: "It is so.".to_owned(), about: None, stood: None }
    }

    #[test]
    fn an_explanation_goes_with_what_it_is_of() {
        let [one, other] = [0; 2].map(|_| Id::new());
        let mut asked = asked(one, false);
        asked.indicators.push(super::super::AskedIndicator { id: other, ..asked.indicators[0].clone() });
        asked.indicators.iter_mut().for_each(|one| one.whole = Some("people".to_owned()));
        let half =
            |id, number: i64| super::super::IndicatorValue { value: Some(Quantity(number)), ..value(id, None, Reported::Reported, None) };
        let of = |values| ReturnContent { spend: Some(Vec::new()), values, ..ReturnContent::default() };
        let empty = ReturnContent::default();
        let first = ReturnContent {
            explanations: vec![given(FindingRule::NotWhole, "/values/0/value")],
            ..of(vec![half(one, 500), half(other, 1_500)])
        };
        let kept = tied(&first, &findings(&first, &asked), &empty);
        assert_eq!(
            (kept.explanations[0].stood.as_deref(), kept.explanations[0].about.clone()),
            (Some("0.5"), Some(About::indicator(one, None)))
        );
        let turned = ReturnContent { explanations: kept.explanations.clone(), ..of(vec![half(other, 1_500), half(one, 500)]) };
        let found = findings(&turned, &asked);
        assert_eq!(found.iter().map(|one| one.explanation.is_some()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(tied(&turned, &found, &kept).explanations[0].pointer, "/values/1/value");
        let raised = ReturnContent { explanations: kept.explanations.clone(), ..of(vec![half(one, 1_500)]) };
        assert!(findings(&raised, &asked).iter().filter(|one| one.rule == FindingRule::NotWhole).all(|one| one.explanation.is_none()));
        // What was kept before explanations said what they are of is read as it was.
        assert_eq!(findings(&first, &asked)[0].explanation.as_deref(), Some("It is so."));
    }

    #[test]
    fn other_words_are_seen_and_not_told() {
        let asked = Asked { indicators: Vec::new(), ..asked(Id::new(), false) };
        let story =
            |text: &str| ReturnContent { spend: Some(vec![line(5, None)]), case_study: Some(text.to_owned()), ..ReturnContent::default() };
        let how = |text: &str| findings(&story(text), &asked)[0].stands.clone().unwrap();
        assert_ne!(how("Somebody was helped."), how("Somebody else was helped."));
        assert_eq!(how("Somebody was helped.").len(), DIGITS + 1);
    }
}
