//! A faulty request is still held against the rules, so that its caller hears of every fault at once: what can be read of it is tried
//! in a transaction that is never kept, and what the rules find is added to the faults of its form.

use serde_json::Value;

use crate::kernel::{Fault, Refusal, StoreFault};

/// Faults of size: the value can be read, and rules may be asked about the rest.
const OF_SIZE: [&str; 6] = ["too_long", "too_short", "too_large", "too_small", "too_many_items", "too_few_items"];

/// `body` without the fields that `faults` name, but for those that are merely too large or too small. `None` where what is left would
/// say something else: an item of a list cannot go without moving the others.
#[must_use]
pub fn readable(mut body: Value, faults: &[Fault]) -> Option<Value> {
    for fault in faults.iter().filter(|fault| !OF_SIZE.contains(&fault.code.as_str())) {
        let (parent, name) = fault.pointer.rsplit_once('/')?;
        match body.pointer_mut(parent)? {
            Value::Object(fields) => fields.remove(&name.replace("~1", "/").replace("~0", "~")),
            _ => return None,
        };
    }
    Some(body)
}

/// What the caller of a faulty request is told: the faults of its form, and of what the rules found all that stands elsewhere. What the
/// rules say of a field that is faulty already only follows from that. What the rules found is given once more by itself, as a refusal for
/// the log.
#[must_use]
pub fn told<T>(mut faults: Vec<Fault>, outcome: Result<T, Refusal>) -> (Refusal, Option<Refusal>) {
    let (found, is_ruled) = match outcome {
        Err(Refusal::Store(fault @ (StoreFault::Conflict(_) | StoreFault::Unavailable(_)))) => return (Refusal::Store(fault), None),
        Err(Refusal::Invalid(found)) => (found, true),
        Err(Refusal::Misshapen(found)) => (found, false),
        _ => (Vec::new(), false),
    };
    let is_news = |one: &Fault| !faults.iter().any(|known| touch(&known.pointer, &one.pointer));
    let news: Vec<Fault> = found.into_iter().filter(is_news).collect();
    faults.extend(news.clone());
    (Refusal::Invalid(faults), is_ruled.then_some(Refusal::Invalid(news)))
}

/// Whether two pointers name the same value, or one a part of the other. The body as a whole touches nothing.
fn touch(one: &str, other: &str) -> bool {
    let holds = |outer: &str, inner: &str| {
        !outer.is_empty() && inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    one == other || holds(one, other) || holds(other, one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::Code;

    fn fault(pointer: &str, code: &str) -> Fault {
        Fault::new(pointer, code, "…")
    }

    #[test]
    fn what_does_not_belong_is_left_out_and_what_is_too_large_stays() {
        let body = json!({ "title": 5, "amount_pence": -1, "odd/one": true, "split": [{ "line": "x", "more": 1 }] });
        let faults = [
            fault("/title", "wrong_type"),
            fault("/amount_pence", "too_small"),
            fault("/odd~1one", "unknown_field"),
            fault("/split/0/more", "unknown_field"),
            fault("/purpose", "required"),
        ];
        assert_eq!(readable(body, &faults), Some(json!({ "amount_pence": -1, "split": [{ "line": "x" }] })));
        assert_eq!(readable(json!({ "area_ids": [1] }), &[fault("/area_ids/0", "wrong_type")]), None);
        assert_eq!(readable(json!([]), &[fault("", "wrong_type")]), None);
    }

    #[test]
    fn rules_add_what_the_form_did_not_explain() {
        let form = vec![fault("/split/0", "wrong_type"), fault("/title", "required")];
        let rules = Err::<(), _>(Refusal::Invalid(vec![
            fault("/title", "required"),
            fault("/split/0/amount_pence", "too_large"),
            fault("/split", "does_not_add_up"),
            fault("/split_note", "required"),
            fault("", "incomplete"),
        ]));
        let (Refusal::Invalid(faults), Some(Refusal::Invalid(ruled))) = told(form, rules) else { panic!("not invalid") };
        assert_eq!(ruled, faults[2..]);
        let shown: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(shown, ["/split/0", "/title", "/split_note", ""]);
    }

    #[test]
    fn what_is_no_fault_of_the_input_is_not_told() {
        let form = || vec![fault("/a", "unknown_field")];
        let alone = |outcome: Result<(), Refusal>| assert_eq!(told(form(), outcome), (Refusal::Invalid(form()), None));
        alone(Ok(()));
        alone(Err(Refusal::NotFound("award")));
        alone(Err(Refusal::rule(Code::RuleBroken, "No.")));
        let conflict = Refusal::Store(StoreFault::Conflict("again".to_owned()));
        assert_eq!(told(form(), Err::<(), _>(conflict.clone())), (conflict, None));
    }
}
