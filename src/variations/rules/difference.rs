//! What differs between before and after, field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VariationDifference {
    /// Where in `before` and `after`. An item of a list is named by what it is of, not by its place: `/profile/2020-21-Q3/amount_pence`.
    #[schema(max_length = 3000)]
    pub pointer: String,
    /// What stands there before; null where nothing does.
    #[schema(value_type = Option<serde_json::Value>)]
    pub before: Value,
    /// What stands there after; null where nothing does.
    #[schema(value_type = Option<serde_json::Value>)]
    pub after: Value,
}

/// The fields that name an item of a list.
const NAMES: [&str; 5] = ["quarter", "financial_year", "budget_line_id", "text", "waits_for"];

/// Every field that differs, in the order of their names.
#[must_use]
pub fn difference(before: &Value, after: &Value) -> Vec<VariationDifference> {
    let mut found = Vec::new();
    compare(String::new(), before, after, &mut found);
    found
}

fn compare(pointer: String, before: &Value, after: &Value, found: &mut Vec<VariationDifference>) {
    if before == after {
        return;
    }
    match (named(before), named(after)) {
        (Some(left), Some(right)) => {
            for key in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let of = |fields: &Map<String, Value>| fields.get(key).cloned().unwrap_or(Value::Null);
                let place = key.replace('~', "~0").replace('/', "~1");
                compare(format!("{pointer}/{place}"), &of(&left), &of(&right), found);
            }
        }
        _ => found.push(VariationDifference { pointer, before: before.clone(), after: after.clone() }),
    }
}

/// A record as its fields, and a list whose items have names as these. A list without names is compared as a whole.
fn named(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields.clone()),
        Value::Array(items) => {
            let name = |item: &Value| NAMES.iter().find_map(|name| item.get(*name)?.as_str().map(ToOwned::to_owned));
            let all: Map<String, Value> = items.iter().filter_map(|item| Some((name(item)?, item.clone()))).collect();
            // Items without names, or two of one name, are no record.
            (all.len() == items.len()).then_some(all)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_that_differs_is_named() {
        let before = json!({ "amount_pence": 3, "ends_on": "2021-03-31", "profile": [{ "quarter": "2020-21-Q3", "amount_pence": 1 }, { "quarter": "2020-21-Q4", "amount_pence": 2 }],
            "interventions": ["sport"], "contact": null });
        let after = json!({ "amount_pence": 4, "ends_on": "2021-03-31", "profile": [{ "quarter": "2020-21-Q4", "amount_pence": 3 }, { "quarter": "2021-22-Q1", "amount_pence": 1 }],
            "interventions": ["sport", "art"], "contact": { "a/b": 1 } });
        let found: Vec<String> =
            difference(&before, &after).iter().map(|one| format!("{} {} {}", one.pointer, one.before, one.after)).collect();
        let wanted = [
            "/amount_pence 3 4",
            r#"/contact null {"a/b":1}"#,
            r#"/interventions ["sport"] ["sport","art"]"#,
            r#"/profile/2020-21-Q3 {"quarter":"2020-21-Q3","amount_pence":1} null"#,
            "/profile/2020-21-Q4/amount_pence 2 3",
            r#"/profile/2021-22-Q1 null {"quarter":"2021-22-Q1","amount_pence":1}"#,
        ];
        assert_eq!(found, wanted);
        assert_eq!(difference(&before, &before), []);
    }
}
