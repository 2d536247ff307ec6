//! What is recorded, in which text, and how one event is linked to the next. Pure.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::kernel::{Moment, Refusal};

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

/// What the log keeps of a refusal. `None` for a fault in the form of a request and for a failure of ours: neither says anything
/// about what the caller may do.
#[must_use]
pub fn verdict(refusal: &Refusal) -> Option<Verdict> {
    let verdict = |code, detail: &str| Some(Verdict { code, detail: detail.to_owned() });
    match refusal {
        Refusal::Rule { code, detail, .. } => verdict(code.word(), detail),
        Refusal::NotFound(what) => verdict("not_found", &format!("There is no such {what} for this caller.")),
        Refusal::BadCredentials(why) => verdict("bad_credentials", why),
        Refusal::Forbidden(permission) => verdict("forbidden", &format!("The caller lacks the permission `{permission}`.")),
        Refusal::Stale => verdict("stale", "The record had changed since the version that the caller had read."),
        Refusal::Invalid(_)
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
        for form in [
            Refusal::Invalid(vec![Fault::new("/a", "required", "`a` is missing.")]),
            Refusal::Unreadable(Vec::new()),
            Refusal::PreconditionRequired,
            Refusal::broken("a fault of ours"),
        ] {
            assert_eq!(verdict(&form), None, "{form:?}");
        }
    }
}
