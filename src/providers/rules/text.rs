//! Names and the text by which they are found.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::kernel::Faults;

/// The shape of another name, in descriptions; the name itself is a text.
#[derive(Debug, Clone, Copy)]
pub struct Alias;

/// How long a name may be.
const NAME_MAX: usize = 300;

impl utoipa::ToSchema for Alias {}

impl utoipa::PartialSchema for Alias {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(NAME_MAX));
        text.examples([serde_json::json!("BCWA")]).into()
    }
}

/// How many words of a search count.
const WORDS_MAX: usize = 12;

/// The text with one blank between its words and none around them.
#[must_use]
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a text that may be missing; a text of blanks is missing.
#[must_use]
pub fn tidy_optional(text: Option<&String>) -> Option<String> {
    text.map(|text| tidy(text)).filter(|text| !text.is_empty())
}

/// What a record is found by: its names in small letters, with straight apostrophes and plain hyphens.
#[must_use]
pub fn search_text<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(folded).collect::<Vec<_>>().join("\n")
}

/// The words of a search as `LIKE` patterns, all of which must fit. `%`, `_` and `\` in them stand for themselves.
#[must_use]
pub fn search_patterns(asked: &str) -> Vec<String> {
    folded(asked).split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX).map(like_pattern).collect()
}

fn like_pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn folded(text: &str) -> String {
    let plain = |c| match c {
        '\u{2018}' | '\u{2019}' | '\u{02BC}' => '\'',
        '\u{2010}'..='\u{2015}' => '-',
        '\u{201C}' | '\u{201D}' => '"',
        other => other,
    };
    tidy(text).chars().map(plain).collect::<String>().to_lowercase()
}

/// The aliases tidied; a fault for each that is empty or stands twice, whatever its case.
pub fn aliases(given: &[String], faults: &mut Faults) -> Vec<String> {
    let tidied: Vec<String> = given.iter().map(|alias| tidy(alias)).collect();
    for (at, alias) in tidied.iter().enumerate() {
        let pointer = format!("/aliases/{at}");
        if alias.is_empty() {
            faults.add(pointer, "blank", "An alias has at least one character.");
        } else if tidied.iter().take(at).any(|earlier| earlier.to_lowercase() == alias.to_lowercase()) {
            faults.add(pointer, "repeated", format!("The alias `{alias}` stands here twice."));
        }
    }
    tidied
}

/// A fault for each item that stands twice in the list at `pointer`.
pub fn no_repeats<T: PartialEq>(items: &[T], pointer: &str, faults: &mut Faults) {
    for (at, item) in items.iter().enumerate() {
        if items.iter().take(at).any(|earlier| earlier == item) {
            faults.add(format!("{pointer}/{at}"), "repeated", "This stands here twice.");
        }
    }
}

/// A list whose order means nothing, in the order in which it is kept and shown.
#[must_use]
pub fn in_order<T: Ord + Clone>(items: &[T]) -> Vec<T> {
    let mut sorted = items.to_vec();
    sorted.sort();
    sorted
}

/// A reference that people write: capitals and digits, in parts joined by hyphens.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (2..=40).contains(&text.len()) && text.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_folds_case_blanks_and_apostrophes() {
        assert_eq!(search_text(["Black Country  Women\u{2019}s Aid", "BCWA"]), "black country women's aid\nbcwa");
        assert_eq!(search_patterns(" Women\u{2019}s AID "), ["%women's%", "%aid%"]);
        assert!(search_patterns("  ").is_empty());
    }

    #[test]
    fn signs_of_a_pattern_stand_for_themselves() {
        assert_eq!(search_patterns(r"50%_\"), [r"%50\%\_\\%"]);
    }

    #[test]
    fn an_alias_stands_once() {
        let mut faults = Faults::new();
        let given = ["BCWA".to_owned(), " ".to_owned(), "bcwa".to_owned()];
        assert_eq!(aliases(&given, &mut faults), ["BCWA", "", "bcwa"]);
        let found: Vec<_> = faults.0.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect();
        assert_eq!(found, [("/aliases/1", "blank"), ("/aliases/2", "repeated")]);
    }

    #[test]
    fn a_reference_is_capitals_digits_and_hyphens() {
        for right in ["BCWA", "CIF-ORG-001", "P2"] {
            assert!(is_reference(right), "{right}");
        }
        for wrong in ["", "B", "bcwa", "BC WA", "-BC", "BC-", "BC--WA", "BÜ"] {
            assert!(!is_reference(wrong), "{wrong}");
        }
    }
}
