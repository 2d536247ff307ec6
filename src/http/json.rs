//! Reading a JSON body: its value, and every name that stands twice in one object, of which a reader would silently keep one.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::kernel::{Fault, Refusal};

/// How many repeated names one answer lists.
const REPEATED_MAX: usize = 200;
/// How many digits a number with a point or an exponent may have: so many a float holds exactly, and no more.
const DIGITS_MAX: usize = 15;
/// The largest whole number that a float holds exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A JSON value and what is wrong with how it was written.
#[derive(Debug)]
pub struct Parsed {
    /// The value.
    pub value: Value,
    /// Each name that stands twice in one object.
    pub faults: Vec<Fault>,
}

/// Reads a JSON text.
///
/// # Errors
/// [`Refusal::Unreadable`] where this is no JSON in UTF-8 or too deep; [`Refusal::Invalid`] with its place where a number is beyond
/// what can be read.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_utf8())?;
    let inexact = inexact(text);
    let walk = Walk::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    match (Place { walk: &walk }).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value)) {
        Ok(_) if !inexact.is_empty() => Err(Refusal::Invalid(inexact)),
        Ok(value) => Ok(Parsed { value, faults: walk.repeated.into_inner() }),
        Err(error) => Err(walk.explain(&error)),
    }
}

/// A fault for each number with a point or an exponent that has more digits than are kept: it would be read as another one, and
/// `1000.00000000000000001` pence are not a thousand.
fn inexact(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => string_length(rest),
            '-' | '0'..='9' => rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len()),
            _ => c.len_utf8(),
        };
        let (word, after) = rest.split_at(taken);
        line += word.matches('\n').count();
        if is_inexact(word) && faults.len() < REPEATED_MAX {
            let number: String = word.chars().take(40).collect();
            let message = format!("`{number}` in line {line} has more digits than are kept; write a whole number.");
            faults.push(Fault::new("", "too_precise", message));
        }
        rest = after;
    }
    faults
}

/// How long the string is that this text begins with, its quotes included; all of the text where it does not end.
fn string_length(text: &str) -> usize {
    let mut is_escaped = true;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' if at > 0 => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

fn is_inexact(word: &str) -> bool {
    let is_number = word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let mantissa = word.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count();
    is_number && word.contains(['.', 'e', 'E']) && digits > DIGITS_MAX
}

/// A body that is no UTF-8.
#[must_use]
pub fn not_utf8() -> Refusal {
    Refusal::Unreadable(vec![Fault::new("", "not_utf8", "The body is not UTF-8.")])
}

/// Where the reader is, and what it found.
#[derive(Default)]
struct Walk {
    path: RefCell<Vec<String>>,
    repeated: RefCell<Vec<Fault>>,
}

impl Walk {
    fn pointer(&self) -> String {
        self.path.borrow().iter().fold(String::new(), |whole, part| whole + "/" + &part.replace('~', "~0").replace('/', "~1"))
    }

    /// Reads with `name` at the end of the path. After a failure the path stays where that was.
    fn inside<T, E>(&self, name: String, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.path.borrow_mut().push(name);
        let value = read()?;
        self.path.borrow_mut().pop();
        Ok(value)
    }

    fn repeats(&self, name: &str) {
        let mut repeated = self.repeated.borrow_mut();
        if repeated.len() < REPEATED_MAX {
            let pointer = format!("{}/{}", self.pointer(), name.replace('~', "~0").replace('/', "~1"));
            let name: String = name.chars().take(80).collect();
            repeated.push(Fault::new(pointer, "repeated", format!("`{name}` may stand only once.")));
        }
    }

    fn explain(&self, error: &serde_json::Error) -> Refusal {
        let text = error.to_string();
        if text.starts_with("number out of range") {
            return Refusal::invalid(&self.pointer(), "too_large", "This number is beyond what can be read.");
        }
        let place = format!("line {}, column {}", error.line(), error.column());
        let fault = if text.starts_with("recursion limit exceeded") {
            Fault::new("", "too_deep", format!("The body is nested too deep: {place}."))
        } else {
            Fault::new("", "not_json", format!("The body is not JSON: {place}."))
        };
        Refusal::Unreadable(vec![fault])
    }
}

/// One value of the text.
struct Place<'w> {
    walk: &'w Walk,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    /// `100.0` and `1e2` are the whole number 100, in JSON as in its schemas.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let is_whole = value.fract() == 0.0 && value.abs() <= EXACT_MAX;
        let whole = if is_whole { format!("{value:.0}").parse::<i64>().ok() } else { None };
        Ok(whole.map_or_else(|| Value::from(value), Value::from))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let walk = self.walk;
        let mut items = Vec::new();
        while let Some(item) = walk.inside(items.len().to_string(), || from.next_element_seed(Place { walk }))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let walk = self.walk;
        let mut fields = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            let value = walk.inside(name.clone(), || from.next_value_seed(Place { walk }))?;
            if fields.contains_key(&name) {
                walk.repeats(&name);
            }
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> Vec<(String, String)> {
        let Err(Refusal::Invalid(faults) | Refusal::Unreadable(faults)) = parse(text.as_bytes()) else { panic!("{text} was read") };
        faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    fn pair(pointer: &str, code: &str) -> Vec<(String, String)> {
        vec![(pointer.to_owned(), code.to_owned())]
    }

    #[test]
    fn a_name_that_stands_twice_is_a_fault_at_its_place() {
        let read = parse(br#"{"a": 1, "b": [{"c/d": 1, "c/d": 2}], "a": 3}"#).unwrap();
        let found: Vec<&str> = read.faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(found, ["/b/0/c~1d", "/a"]);
        assert!(read.faults.iter().all(|fault| fault.code == "repeated"));
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        for number in ["1000.00000000000000001", "999999999999.99999", "-0.1000000000000000055", "1234567890123456e0"] {
            assert_eq!(
                refused(&format!("{{\"a\": \"1.0000000000000000001\\\"\", \"b\": [{number}]}}")),
                pair("", "too_precise"),
                "{number}"
            );
        }
        let read = parse(b"[1.0, 1e2, -0.0, 1.5, 1e300, 18446744073709551615]").unwrap();
        assert_eq!(read.value, json!([1, 100, 0, 1.5, 1e300, u64::MAX]));
        assert_eq!(refused(r#"{"a": [{"b": 1e400}]}"#), pair("/a/0/b", "too_large"));
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        for text in ["", "{", "{\"a\":1,}", "nul", "{} {}", "'a'", "NaN", "\"\\ud800\"", "{a: 1}", "\u{feff}{}"] {
            assert_eq!(refused(text), pair("", "not_json"), "{text}");
        }
        assert_eq!(refused(&"[".repeat(10_000)), pair("", "too_deep"));
        assert_eq!(refused(&"{\"a\":".repeat(10_000)), pair("", "too_deep"));
        assert!(parse(b"\"\xff\"").is_err());
    }
}
