//! What became of a content between two submissions. Pure.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::ReturnContent;

words! {
    /// What happened to a piece of a content.
    pub enum ChangeKind {
        /// It was not there before.
        Added = "added",
        /// It is not there any more.
        Removed = "removed",
        /// It is another one.
        Changed = "changed",
    }
}

/// A piece of a return that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReturnContentChange)]
pub struct ContentChange {
    /// What happened to it.
    pub kind: ChangeKind,
    /// Where: a JSON pointer into the content as it is now; of what was removed, into the content as it was.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// What stood there; null where nothing did.
    #[schema(value_type = Option<serde_json::Value>)]
    pub before: Option<Value>,
    /// What stands there now; null where nothing does.
    #[schema(value_type = Option<serde_json::Value>)]
    pub after: Option<Value>,
}

/// By which fields an item of a list is the same item, where that is not its place.
fn names_of(list: &str) -> &'static [&'static str] {
    match list {
        "/values" => &["indicator_id", "area_id", "group"],
        "/forecast" => &["quarter"],
        "/explanations" => &["rule", "pointer", "about"],
        "/spend" => &["category", "direct_activity", "spent_from", "spent_to", "note"],
        _ => &[],
    }
}

/// Every piece in which two contents differ, in the order of the content.
#[must_use]
pub fn changes(before: &ReturnContent, after: &ReturnContent) -> Vec<ContentChange> {
    let mut found = Vec::new();
    if let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after)) {
        compare("", &before, &after, &mut found);
    }
    found
}

fn compare(pointer: &str, before: &Value, after: &Value, found: &mut Vec<ContentChange>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(old), Value::Object(new)) => compare_fields(pointer, old, new, found),
        (Value::Array(old), Value::Array(new)) => compare_items(pointer, old, new, found),
        _ => found.push(change(pointer, Some(before), Some(after))),
    }
}

fn change(pointer: &str, before: Option<&Value>, after: Option<&Value>) -> ContentChange {
    let [before, after] = [before, after].map(|value| value.filter(|value| !value.is_null()).cloned());
    let kind = match (&before, &after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    ContentChange { kind, pointer: pointer.to_owned(), before, after }
}

fn compare_fields(pointer: &str, before: &Map<String, Value>, after: &Map<String, Value>, found: &mut Vec<ContentChange>) {
    for (name, now) in after {
        compare(&format!("{pointer}/{name}"), before.get(name).unwrap_or(&Value::Null), now, found);
    }
    for (name, was) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        compare(&format!("{pointer}/{name}"), was, &Value::Null, found);
    }
}

/// Items that are named are found again wherever they stand; of several with one name the first is the first. What is left over on both sides at
/// one place is the same item under another name.
fn compare_items(pointer: &str, before: &[Value], after: &[Value], found: &mut Vec<ContentChange>) {
    let names = names_of(pointer);
    let name = |item: &Value| -> Vec<Value> { names.iter().map(|field| item.get(field).cloned().unwrap_or_default()).collect() };
    let mut left: Vec<(usize, &Value)> = before.iter().enumerate().collect();
    let mut pairs: Vec<Option<(usize, &Value)>> = Vec::with_capacity(after.len());
    for now in after {
        let at = left.iter().position(|(_, was)| !names.is_empty() && name(was) == name(now));
        pairs.push(at.map(|at| left.remove(at)));
    }
    for (at, pair) in pairs.iter_mut().enumerate().filter(|(_, pair)| pair.is_none()) {
        *pair = left.iter().position(|(own, _)| *own == at).map(|own| left.remove(own));
    }
    for ((at, now), pair) in after.iter().enumerate().zip(pairs) {
        let place = format!("{pointer}/{at}");
        match pair {
            Some((_, was)) => compare(&place, was, now, found),
            None => found.push(change(&place, None, Some(now))),
        }
    }
    found.extend(left.into_iter().map(|(at, was)| change(&format!("{pointer}/{at}"), Some(was), None)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Id, Pence, Quantity};
    use crate::returns::rules::{IndicatorValue, Reported, SpendCategory, SpendLine};

    fn value(indicator_id: Id, number: i32) -> IndicatorValue {
        let value = Some(Quantity::whole(number));
        IndicatorValue { indicator_id, area_id: None, group: None, status: Reported::Reported, value, denominator: None, basis: None }
    }

    fn line(category: SpendCategory, pence: i64) -> SpendLine {
        SpendLine { category, amount_pence: Pence(pence), direct_activity: false, spent_from: None, spent_to: None, note: None }
    }

    fn told(before: &ReturnContent, after: &ReturnContent) -> Vec<String> {
        changes(before, after).iter().map(|one| format!("{} {}", one.kind, one.pointer)).collect()
    }

    #[test]
    fn an_item_is_known_by_its_name_wherever_it_stands() {
        let [a, b, c] = [0; 3].map(|_| Id::new());
        let of = |values: Vec<IndicatorValue>| ReturnContent { values, ..ReturnContent::default() };
        let before = of(vec![value(a, 1), value(b, 2)]);
        assert_eq!(told(&before, &before), [""; 0]);
        assert_eq!(told(&before, &of(vec![value(b, 2), value(a, 1)])), [""; 0]);
        assert_eq!(told(&before, &of(vec![value(c, 9), value(a, 1), value(b, 3)])), ["added /values/0", "changed /values/2/value"]);
        assert_eq!(told(&before, &of(vec![value(a, 1)])), ["removed /values/1"]);
    }

    #[test]
    fn texts_and_lists_come_and_go() {
        let spend = |lines: Vec<SpendLine>| ReturnContent { spend: Some(lines), ..ReturnContent::default() };
        let silent = ReturnContent::default();
        assert_eq!(told(&silent, &spend(Vec::new())), ["added /spend"]);
        let before = spend(vec![line(SpendCategory::Staff, 5), line(SpendCategory::Ppe, 6)]);
        let after =
            ReturnContent { risks: Some("None.".to_owned()), ..spend(vec![line(SpendCategory::Premises, 5), line(SpendCategory::Ppe, 7)]) };
        assert_eq!(told(&before, &after), ["changed /spend/0/category", "changed /spend/1/amount_pence", "added /risks"]);
        let one = changes(&before, &after).into_iter().nth(1).unwrap();
        assert_eq!((one.before, one.after), (Some(Value::from(6)), Some(Value::from(7))));
    }
}
