//! How what was accepted becomes one hash, and what differs from it later. Pure.
//!
//! - What was accepted is one JSON value. Each of its members is a *part*, and so is each member of its `content` and each text that people
//!   wrote; a part has `null` where a text of its own stands in it.
//! - The hash of a part is that of three lines: its pointer, its salt, its value as JSON with the keys of each object in order and no blanks.
//! - The hash of all is that of a line for each part, in the order of their pointers: the pointer, a blank, its hash.
//! - Texts have a salt of 128 random bits, everything else has none. A redaction takes the salt away and leaves the hash.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::kernel::Moment;

/// Where the content is in what was accepted.
pub const CONTENT: &str = "/content";

/// A part of what was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FrozenPart {
    /// Where it is: `/content/narrative`.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// Of a text, 128 random bits in hexadecimal. A text without was redacted.
    #[schema(max_length = 32)]
    pub salt: Option<String>,
    /// SHA-256 of three lines in hexadecimal: the pointer, the salt (an empty line where there is none), the value as JSON with the keys of each
    /// object in order and without blanks.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// Whether it is a text that somebody wrote.
    pub is_text: bool,
}

/// What was accepted, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReturnFrozen)]
pub struct Frozen {
    /// SHA-256 in hexadecimal of a line for each part in the order of their pointers: the pointer, a blank, the part's hash.
    #[schema(min_length = 64, max_length = 64)]
    pub sha256: String,
    /// When it was accepted.
    pub frozen_at: Moment,
    /// Its parts.
    #[schema(max_items = 10_000)]
    pub parts: Vec<FrozenPart>,
}

/// The parts of a value, by pointer, and whether each is a text.
#[must_use]
pub fn parts(whole: &Value, texts: &[String]) -> BTreeMap<String, (Value, bool)> {
    let mut rest = whole.clone();
    let mut out = BTreeMap::new();
    for pointer in texts {
        if let Some(place) = rest.pointer_mut(pointer) {
            out.insert(pointer.clone(), (place.take(), true));
        }
    }
    let mut split = |prefix: &str, fields: &Map<String, Value>| {
        for (name, value) in fields {
            out.entry(format!("{prefix}/{name}")).or_insert_with(|| (value.clone(), false));
        }
    };
    if let Some(content) = rest.as_object_mut().and_then(|fields| fields.shift_remove(CONTENT.trim_start_matches('/'))) {
        content.as_object().iter().for_each(|fields| split(CONTENT, fields));
    }
    rest.as_object().iter().for_each(|fields| split("", fields));
    out
}

/// Hashes the parts. `salt` gives a new one for each text.
///
/// # Errors
/// What `salt` refuses.
pub fn freeze<E>(whole: &Value, texts: &[String], mut salt: impl FnMut() -> Result<String, E>) -> Result<Vec<FrozenPart>, E> {
    let of = |(pointer, (value, is_text)): (String, (Value, bool))| {
        let salt = if is_text { Some(salt()?) } else { None };
        Ok(FrozenPart { sha256: hash_of_part(&pointer, salt.as_deref(), &value), pointer, salt, is_text })
    };
    parts(whole, texts).into_iter().map(of).collect()
}

/// The hash over all parts, which are in the order of their pointers.
#[must_use]
pub fn hash_of_all(parts: &[FrozenPart]) -> String {
    let lines: String = parts.iter().map(|part| format!("{} {}\n", part.pointer, part.sha256)).collect();
    hex(lines.as_bytes())
}

fn hash_of_part(pointer: &str, salt: Option<&str>, value: &Value) -> String {
    hex(format!("{pointer}\n{}\n{}\n", salt.unwrap_or_default(), sorted(value)).as_bytes())
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The same value with the keys of every object in order.
#[must_use]
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let all: BTreeMap<&String, Value> = fields.iter().map(|(name, field)| (name, sorted(field))).collect();
            Value::Object(all.into_iter().map(|(name, field)| (name.clone(), field)).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        plain => plain.clone(),
    }
}

/// What stands in a place where a text was redacted: the mark, or a text without salt that no redaction names.
pub struct Today<'a> {
    /// What there is now.
    pub whole: &'a Value,
    /// The places of its texts.
    pub texts: &'a [String],
    /// Places that redactions name.
    pub redacted: &'a BTreeSet<String>,
    /// What stands in such a place.
    pub mark: &'a str,
}

/// What there is now that is not what was accepted, each in words.
#[must_use]
pub fn differences(frozen: &Frozen, today: &Today<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if hash_of_all(&frozen.parts) != frozen.sha256 {
        found.push("its parts do not make its hash".to_owned());
    }
    let mut now = parts(today.whole, today.texts);
    for part in &frozen.parts {
        let pointer = &part.pointer;
        let Some((value, is_text)) = now.remove(pointer) else {
            found.push(format!("{pointer} is gone"));
            continue;
        };
        if part.is_text && part.salt.is_none() {
            let is_marked = is_text && value.as_str() == Some(today.mark);
            if !is_marked {
                found.push(format!("{pointer} was redacted, and something else stands there"));
            } else if !today.redacted.contains(pointer) {
                found.push(format!("{pointer} was taken out, and no redaction names it"));
            }
        } else if hash_of_part(pointer, part.salt.as_deref(), &value) != part.sha256 || is_text != part.is_text {
            found.push(format!("{pointer} is not what was accepted"));
        }
    }
    found.extend(now.into_keys().map(|pointer| format!("{pointer} was not there")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MARK: &str = "[redacted]";

    fn whole() -> Value {
        json!({ "award": { "reference": "A" }, "content": { "narrative": "We met Ann.", "spend": [{ "note": "hall", "amount_pence": 5 }], "risks": null } })
    }

    fn texts() -> Vec<String> {
        vec!["/content/narrative".to_owned(), "/content/spend/0/note".to_owned()]
    }

    fn frozen() -> Frozen {
        let mut count = 0;
        let salt = || -> Result<String, ()> {
            count += 1;
            Ok(format!("{count:032x}"))
        };
        let parts = freeze(&whole(), &texts(), salt).unwrap();
        Frozen { sha256: hash_of_all(&parts), frozen_at: Moment::from_micros(0).unwrap(), parts }
    }

    fn told(frozen: &Frozen, whole: &Value, redacted: &[&str]) -> Vec<String> {
        let redacted = redacted.iter().map(|one| (*one).to_owned()).collect();
        differences(frozen, &Today { whole, texts: &texts(), redacted: &redacted, mark: MARK })
    }

    #[test]
    fn each_text_and_each_member_is_a_part() {
        let pointers: Vec<(String, bool)> =
            parts(&whole(), &texts()).into_iter().map(|(pointer, (_, is_text))| (pointer, is_text)).collect();
        let expected = [
            ("/award", false),
            ("/content/narrative", true),
            ("/content/risks", false),
            ("/content/spend", false),
            ("/content/spend/0/note", true),
        ];
        assert_eq!(pointers, expected.map(|(pointer, is_text)| (pointer.to_owned(), is_text)));
    }

    #[test]
    fn what_changed_is_named() {
        let frozen = frozen();
        assert_eq!(told(&frozen, &whole(), &[]), Vec::<String>::new());
        for (pointer, value, place) in [
            ("/content/spend/0/amount_pence", json!(6), "/content/spend"),
            ("/content/narrative", json!("We met."), "/content/narrative"),
            ("/content/risks", json!("Some."), "/content/risks"),
            ("/award/reference", json!("B"), "/award"),
        ] {
            let mut other = whole();
            *other.pointer_mut(pointer).unwrap() = value;
            assert_eq!(told(&frozen, &other, &[]), [format!("{place} is not what was accepted")]);
        }
        let mut swapped = frozen.clone();
        swapped.parts[0].sha256 = "0".repeat(64);
        assert_eq!(told(&swapped, &whole(), &[]).len(), 2);
    }

    #[test]
    fn a_redaction_keeps_the_hash_and_cannot_be_pretended() {
        let mut frozen = frozen();
        let (before, mut other) = (frozen.sha256.clone(), whole());
        other["content"]["narrative"] = json!(MARK);
        assert_eq!(told(&frozen, &other, &["/content/narrative"]), ["/content/narrative is not what was accepted"]);
        frozen.parts.iter_mut().find(|part| part.pointer == "/content/narrative").unwrap().salt = None;
        assert_eq!(hash_of_all(&frozen.parts), before);
        assert_eq!(told(&frozen, &other, &["/content/narrative"]), Vec::<String>::new());
        assert_eq!(told(&frozen, &other, &[]), ["/content/narrative was taken out, and no redaction names it"]);
        assert_eq!(told(&frozen, &whole(), &["/content/narrative"]), ["/content/narrative was redacted, and something else stands there"]);
    }
}
