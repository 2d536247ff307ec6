//! A place in the content that is found again when lines and values stand in another order. A pointer counts them (`/values/3/value`); its name
//! says which they are.

use crate::kernel::Id;
use crate::returns::rules::{About, Finding, FindingRule, IndicatorValue, ReturnContent, SpendCategory, WarningExplanation};

/// The place to which `pointer` leads in `from`, as a pointer into `to`; nothing where it is not there.
#[must_use]
pub fn carried(pointer: &str, from: &ReturnContent, to: &ReturnContent) -> Option<String> {
    unnamed(&named(pointer, from)?, to)
}

/// The name of the place to which `pointer` leads; nothing where it is not there.
#[must_use]
pub fn named(pointer: &str, content: &ReturnContent) -> Option<String> {
    let Some((list, at, rest)) = counted(pointer) else { return Some(pointer.to_owned()) };
    let at: usize = at.parse().ok()?;
    match list {
        "spend" => {
            let lines = content.spend.as_deref().unwrap_or_default();
            let category = lines.get(at)?.category;
            let before = lines.iter().take(at).filter(|line| line.category == category).count();
            Some(format!("/spend/{category} {before}{rest}"))
        }
        "values" => content.values.get(at).map(|value| format!("/values/{}{rest}", key(value))),
        _ => content.forecast.iter().flatten().nth(at).map(|one| format!("/forecast/{}{rest}", one.quarter)),
    }
}

/// The pointer to the place of this name; nothing where it is not there.
#[must_use]
pub fn unnamed(name: &str, content: &ReturnContent) -> Option<String> {
    let Some((list, of, rest)) = counted(name) else { return Some(name.to_owned()) };
    let at = match list {
        "spend" => {
            let (category, nth) = of.split_once(' ')?;
            let (category, nth): (SpendCategory, usize) = (category.parse().ok()?, nth.parse().ok()?);
            let lines = content.spend.iter().flatten().enumerate();
            lines.filter(|(_, line)| line.category == category).nth(nth).map(|(at, _)| at)
        }
        "values" => content.values.iter().position(|value| key(value) == of),
        _ => content.forecast.iter().flatten().position(|one| one.quarter.to_string() == of),
    };
    at.map(|at| format!("/{list}/{at}{rest}"))
}

/// How the reader knows a warning again: its rule, the name of its place, what it is about beside that, and how that stood.
#[must_use]
pub fn warning_key(finding: &Finding, content: &ReturnContent) -> String {
    let Finding { rule, pointer, about, stands, .. } = finding;
    key_of((*rule, pointer, about.as_ref(), stands.as_deref()), content)
}

/// How the reader knows an explanation again that is of no warning any more.
#[must_use]
pub fn explanation_key(given: &WarningExplanation, content: &ReturnContent) -> String {
    key_of((given.rule, &given.pointer, given.about.as_ref(), given.stood.as_deref()), content)
}

fn key_of((rule, pointer, about, stands): (FindingRule, &str, Option<&About>, Option<&str>), content: &ReturnContent) -> String {
    let place = named(pointer, content).unwrap_or_default();
    let beside = about.filter(|_| !pointer.starts_with("/values/")).and_then(|about| about.query_id.or(about.indicator_id));
    let of = beside.map(|id| format!(" of {id}")).unwrap_or_default();
    format!("{rule} {place}{of} = {}", stands.unwrap_or_default())
}

/// The explanation, with this text, of the warning that such a key names; nothing where its place is gone. A key of an older file ends with the place.
#[must_use]
pub fn keyed(key: &str, content: &ReturnContent, text: &str) -> Option<WarningExplanation> {
    let (rule, rest) = key.split_once(' ')?;
    let rule: FindingRule = rule.parse().ok()?;
    let (rest, stood) = match rest.rsplit_once(" = ").filter(|(_, stood)| !stood.contains('/')) {
        Some((place, stood)) => (place, Some(stood.to_owned())),
        None => (rest, None),
    };
    let (place, of) = match rest.rsplit_once(" of ").and_then(|(place, id)| Some((place, id.parse::<Id>().ok()?))) {
        Some((place, id)) => (place, Some(id)),
        None => (rest.strip_suffix(" of").unwrap_or(rest), None),
    };
    let pointer = unnamed(place, content)?;
    let of_value = || {
        let at: usize = pointer.strip_prefix("/values/")?.split('/').next()?.parse().ok()?;
        let value = content.values.get(at)?;
        Some(About { group: value.group.clone(), ..About::indicator(value.indicator_id, value.area_id) })
    };
    let beside = of.map(|id| if rule == FindingRule::QueryUnanswered { About::query(id) } else { About::indicator(id, None) });
    let about = beside.or_else(of_value).filter(|_| stood.is_some());
    Some(WarningExplanation { rule, pointer, text: text.to_owned(), about, stood })
}

/// A pointer into one of a list: the list, which of it, and the rest.
fn counted(pointer: &str) -> Option<(&str, &str, &str)> {
    let (list, after) = pointer.strip_prefix('/')?.split_once('/')?;
    let end = after.find('/').unwrap_or(after.len());
    let (at, rest) = after.split_at_checked(end)?;
    matches!(list, "spend" | "values" | "forecast").then_some((list, at, rest))
}

fn key(value: &IndicatorValue) -> String {
    let area = value.area_id.map_or_else(|| "-".to_owned(), |area| area.to_string());
    // The group is the last, since it may hold blanks; a slash would end the name.
    let group = value.group.as_ref().map(|group| format!(" {}", group.replace('/', "~1"))).unwrap_or_default();
    format!("{} {area}{group}", value.indicator_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Pence;
    use crate::returns::rules::{Reported, SpendLine};

    fn line(category: SpendCategory) -> SpendLine {
        SpendLine { category, amount_pence: Pence(1), direct_activity: false, spent_from: None, spent_to: None, note: None }
    }

    #[test]
    fn a_place_is_found_again_in_another_order() {
        use SpendCategory::{Ppe, Staff};
        let ids = [Id::new(), Id::new()];
        let value = |id| IndicatorValue {
            group: None,
            indicator_id: id,
            area_id: None,
            status: Reported::Reported,
            value: None,
            denominator: None,
            basis: None,
        };
        let content = |spend: &[SpendCategory], values: &[Id]| ReturnContent {
            spend: Some(spend.iter().map(|one| line(*one)).collect()),
            values: values.iter().map(|id| value(*id)).collect(),
            ..ReturnContent::default()
        };
        let (from, to) = (content(&[Staff, Ppe, Staff], &ids), content(&[Ppe, Staff, Staff], &[ids[1]]));
        let moved = |pointer: &str| carried(pointer, &from, &to);
        assert_eq!(moved("/spend/2/note").as_deref(), Some("/spend/2/note"));
        assert_eq!(moved("/spend/0/note").as_deref(), Some("/spend/1/note"));
        assert_eq!(moved("/values/1/value").as_deref(), Some("/values/0/value"));
        assert_eq!(moved("/values/0/value"), None);
        assert_eq!(moved("/spend").as_deref(), Some("/spend"));
        assert_eq!(moved("/case_study").as_deref(), Some("/case_study"));
    }
}
