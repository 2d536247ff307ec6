//! What is recorded, in which text, and how one event is linked to the next. Pure.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::kernel::{Fault, Moment, Refusal};

words! {
    /// How an act ended.
    pub enum Outcome {
        /// It was done.
        Done = "done",
        /// It was refused, and nothing but this event is left of it.
        Refused = "refused",
    }
}

/// Why an act was refused, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The code that the caller got.
    pub code: &'static str,
    /// A plain sentence.
    pub detail: String,
}

/// Codes of faults that lie in one value by itself, whatever else is told, known or decided: faults of form, like those of the schema.
const OF_FORM: [&str; 35] = [
    "blank",
    "column_missing",
    "cursor",
    "cut_off",
    "damaged",
    "disagrees",
    "encrypted",
    "external_links",
    "formula",
    "invalid",
    "macros",
    "more_faults",
    "not_a_choice",
    "not_a_workbook",
    "not_json",
    "not_listed",
    "not_taken",
    "not_utf8",
    "repeated",
    "row_missing",
    "sheet_missing",
    "too_deep",
    "too_few_items",
    "too_long",
    "too_many_items",
    "too_many_rows",
    "too_precise",
    "too_short",
    "too_simple",
    "unknown_column",
    "unknown_field",
    "unknown_row",
    "wrong_character",
    "wrong_format",
    "wrong_type",
];

/// How many faults the log names of one attempt.
const NAMED_MAX: usize = 20;

/// The rules of the field that a message names: `R64`.
fn rules_named(message: &str) -> impl Iterator<Item = &str> {
    let is_number =
        |word: &&str| word.strip_prefix('R').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    message.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_number)
}

/// Which rules refused, by place and code. Messages are left out: they may repeat what the caller wrote, and the log keeps no such words.
fn of_rules(faults: &[Fault]) -> Option<Verdict> {
    let ruled: Vec<&Fault> = faults.iter().filter(|fault| !OF_FORM.contains(&fault.code.as_str())).collect();
    let one = |fault: &&Fault| {
        let place = if fault.pointer.is_empty() { "the record" } else { &fault.pointer };
        let named: String = rules_named(&fault.message).map(|rule| format!(", {rule}")).collect();
        format!("{place} ({}{named})", fault.code)
    };
    let named: Vec<String> = ruled.iter().take(NAMED_MAX).map(one).collect();
    let more = ruled.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| Verdict { code: "invalid", detail: format!("Against the rules: {}{more}.", named.join("; ")) })
}

/// What the log keeps of a refusal. `None` for a fault in the form of a request, which could be seen without asking any rule, and for a
/// failure of ours: neither says anything about what the caller may do.
#[must_use]
pub fn verdict(refusal: &Refusal) -> Option<Verdict> {
    let verdict = |code, detail: &str| Some(Verdict { code, detail: detail.to_owned() });
    match refusal {
        Refusal::Rule { code, detail, .. } => verdict(code.word(), detail),
        Refusal::NotFound(what) => verdict("not_found", &format!("There is no such {what} for this caller.")),
        Refusal::BadCredentials(why) => verdict("bad_credentials", why),
        Refusal::Forbidden(permission) => verdict("forbidden", &format!("The caller lacks the permission `{permission}`.")),
        Refusal::Stale => verdict("stale", "The record had changed since the version that the caller had read."),
        Refusal::Invalid(faults) => of_rules(faults),
        Refusal::Misshapen(_)
        | Refusal::Unreadable(_)
        | Refusal::Unauthenticated(_)
        | Refusal::PreconditionRequired
        | Refusal::KeyReused
        | Refusal::KeyBusy
        | Refusal::TooLarge(_)
        | Refusal::UnsupportedMedia(_)
        | Refusal::NotAcceptable(_)
        | Refusal::TooMany(_)
        | Refusal::Store(_) => None,
    }
}

/// The text of a value that is hashed: fields sorted by name, no blanks. `None` for `Null`: there is no record.
#[must_use]
pub fn canonical(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let mut text = String::new();
    write_sorted(value, &mut text);
    Some(text)
}

fn write_sorted(value: &Value, text: &mut String) {
    // Writing to a String cannot fail.
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (at, (name, field)) in sorted.into_iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let _ = write!(text, "{comma}{}:", Value::from(name.as_str()));
                write_sorted(field, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_sorted(item, text);
            }
            text.push(']');
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

/// The hash before the first event.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of a link: SHA-256 over the hash before it, its place, the moment of sealing and the event's text, in hexadecimal.
#[must_use]
pub fn link(previous_hash: &str, sequence: i64, sealed_at: Moment, event: &str) -> String {
    let digest = Sha256::digest(format!("{previous_hash}\n{sequence}\n{sealed_at}\n{event}"));
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::{Code, Fault};

    fn moment() -> Moment {
        Moment::from_micros(1_606_728_600_000_000).unwrap()
    }

    #[test]
    fn the_text_of_a_value_does_not_depend_on_the_order_of_its_fields() {
        let one = json!({ "b": [1, { "y": "é\"", "x": null }], "a": true });
        let other = json!({ "a": true, "b": [1, { "x": null, "y": "é\"" }] });
        assert_eq!(canonical(&one).unwrap(), "{\"a\":true,\"b\":[1,{\"x\":null,\"y\":\"é\\\"\"}]}");
        assert_eq!(canonical(&one), canonical(&other));
        assert_eq!(canonical(&Value::Null), None);
    }

    #[test]
    fn a_link_depends_on_all_that_it_covers() {
        let link_of = |previous, sequence, at, event| link(previous, sequence, at, event);
        let first = link_of(BEGINNING, 1, moment(), "{}");
        assert_eq!(first, "bc42d969b9b089b9484bcb9435486a09bb0abd0584d67d901f0af50e778b9e35");
        for other in [
            link_of(&first, 1, moment(), "{}"),
            link_of(BEGINNING, 2, moment(), "{}"),
            link_of(BEGINNING, 1, moment().next(), "{}"),
            link_of(BEGINNING, 1, moment(), "{ }"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn verdicts_are_kept_and_faults_of_form_are_not() {
        let rule = Refusal::rule(Code::InsufficientBalance, "Too little.");
        assert_eq!(verdict(&rule), Some(Verdict { code: "insufficient_balance", detail: "Too little.".to_owned() }));
        assert_eq!(verdict(&Refusal::NotFound("award")).unwrap().code, "not_found");
        assert_eq!(verdict(&Refusal::Forbidden("awards.manage")).unwrap().code, "forbidden");
        assert_eq!(verdict(&Refusal::Stale).unwrap().code, "stale");
        let clause = Fault::new("/contract/social_value", "required", "A contract above this has a social value criterion (R64).");
        let mixed =
            Refusal::Invalid(vec![Fault::new("/title", "blank", "Not blank."), clause, Fault::new("", "nothing_changes", "Jane Doe")]);
        let told = "Against the rules: /contract/social_value (required, R64); the record (nothing_changes).";
        assert_eq!(verdict(&mixed), Some(Verdict { code: "invalid", detail: told.to_owned() }));
        let many = Refusal::Invalid(vec![Fault::new("/a", "locked", "x"); 23]);
        assert!(verdict(&many).unwrap().detail.ends_with("; and 3 more."));
        for form in [
            Refusal::Invalid(vec![Fault::new("/a", "wrong_format", "This is not a date.")]),
            Refusal::Misshapen(vec![Fault::new("/a", "required", "`a` is missing.")]),
            Refusal::Unreadable(Vec::new()),
            Refusal::PreconditionRequired,
            Refusal::broken("a fault of ours"),
        ] {
            assert_eq!(verdict(&form), None, "{form:?}");
        }
    }
}
