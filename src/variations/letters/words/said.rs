//! What a letter says of conditions, and of the cut of a budget.

use serde_json::Value;

use super::{Changed, Entry, Names, changed, shown, side_by_side};
use crate::variations::rules::VariationInput;

/// Conditions by their text, each with the day by which it is to be met.
pub(super) fn conditions(before: &Value, after: &Value) -> Option<Changed> {
    let list = |value: &Value| -> Vec<Entry<String>> {
        value.get("conditions").and_then(Value::as_array).into_iter().flatten().map(condition).collect()
    };
    changed("conditions", "Conditions", side_by_side(list(before), list(after)))
}

fn condition(one: &Value) -> Entry<String> {
    let text = one.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let due = one.get("due_on").filter(|due| !due.is_null());
    let when = due.map_or_else(|| "Without a day".to_owned(), |due| format!("By {}", shown(Some(due))));
    (text.clone(), text, when)
}

/// Who cut its budget, and what that takes from the award.
pub(super) fn budget_cut(input: &VariationInput, names: &Names) -> Option<Changed> {
    let cut = input.budget_cut.as_ref()?;
    let funder = cut.funding_source_id.or(cut.budget_line_id).and_then(|id| names.0.get(&id));
    let less = cut.cut_pence;
    let text = match funder {
        Some(funder) => format!("{funder}: this budget, which pays for your award, was cut. It pays {less} less for it."),
        None => format!("A budget that pays for your award was cut. It pays {less} less for it."),
    };
    Some(Changed {
        kind: "budget_cut".to_owned(),
        title: "A budget was cut by its funder".to_owned(),
        text,
        is_figures: false,
        rows: Vec::new(),
        total: None,
    })
}
