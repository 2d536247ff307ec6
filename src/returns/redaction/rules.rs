//! Which texts of a content are taken out. Pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Refusal};
use crate::returns::freeze::rules::{hex, sorted};
use crate::returns::rules::{ReturnContent, faults_of_text};

/// What stands where something was taken out.
pub const MARK: &str = "[redacted]";

/// What is taken out of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RedactionInput {
    /// Texts of the content, as JSON pointers: taken out of every version of it.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["/narrative"]))]
    pub pointers: Vec<String>,
    /// Questions about the return, with their answers.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub query_ids: Vec<Id>,
    /// Files attached to the return: their bytes and names.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub document_ids: Vec<Id>,
    /// Versions whose reason is taken out: why it was opened again, or why more time was given. `reasons` of the return shows them.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub reason_versions: Vec<i32>,
    /// Adjustments whose reason is taken out. Their figures stay.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub adjustment_ids: Vec<Id>,
    /// Whether it is taken out where an imported return is from (`evidence`).
    #[serde(default)]
    pub evidence: bool,
    /// Names to look for in what is left: the answer says where they stand (`elsewhere`). They are not kept.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["Ann Example"]))]
    pub look_for: Vec<String>,
    /// Why, without what is taken out.
    #[schema(min_length = 1, max_length = 1000, example = "It named a child.")]
    pub reason: String,
}

/// A version of a content: its number, and what it is.
pub type Numbered = (i32, ReturnContent);

/// A version of a content as it is to be kept, and where texts were taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// Its number.
    pub content_no: i32,
    /// What it was.
    pub before: ReturnContent,
    /// What it is to be.
    pub after: ReturnContent,
    /// Where a mark stands now that stood not there before.
    pub pointers: Vec<String>,
}

/// Takes the texts at `pointers` out of every version, and the same words wherever else a whole text of the content says them. With them come the words
/// that were taken out.
///
/// # Errors
/// A pointer at which no version has a text that people write.
pub fn mask(versions: Vec<Numbered>, pointers: &[String]) -> Result<(Vec<Masked>, Vec<String>), Refusal> {
    let mut faults = Faults::new();
    let mut words: Vec<String> = Vec::new();
    for (at, pointer) in pointers.iter().enumerate() {
        let told = |content: &ReturnContent| -> Vec<String> {
            let texts = content.texts();
            texts.into_iter().filter(|(own, text)| own == pointer && *text != MARK).map(|(_, text)| text.to_owned()).collect()
        };
        let found: Vec<String> = versions.iter().flat_map(|(_, content)| told(content)).collect();
        let message = "No version of this return has a text there. Name one, such as `/narrative` or `/spend/0/note`.";
        faults.require(!found.is_empty(), &format!("/pointers/{at}"), "nothing_there", message);
        words.extend(found);
    }
    faults.into_result()?;
    let mut masked = Vec::new();
    for (content_no, before) in versions {
        let is_meant = |pointer: &String, text: &str| text != MARK && (pointers.contains(pointer) || words.iter().any(|word| word == text));
        let places: Vec<String> =
            before.texts().into_iter().filter(|(pointer, text)| is_meant(pointer, text)).map(|(pointer, _)| pointer).collect();
        if !places.is_empty() {
            let after = with_marks(&before, &places)?;
            masked.push(Masked { content_no, before, after, pointers: places });
        }
    }
    Ok((masked, words))
}

fn with_marks(content: &ReturnContent, pointers: &[String]) -> Result<ReturnContent, Refusal> {
    let mut value = serde_json::to_value(content).map_err(Refusal::broken)?;
    for pointer in pointers {
        *value.pointer_mut(pointer).ok_or_else(|| Refusal::broken("a text without a place"))? = Value::from(MARK);
    }
    serde_json::from_value(value).map_err(Refusal::broken)
}

/// SHA-256 of a content as canonical JSON (keys in order, no blanks), in hexadecimal.
///
/// # Errors
/// A fault of ours where a content is no JSON.
pub fn hash(content: &ReturnContent) -> Result<String, Refusal> {
    let value = serde_json::to_value(content).map_err(Refusal::broken)?;
    Ok(hex(sorted(&value).to_string().as_bytes()))
}

/// Whether a redaction says what it takes out, and its reason does not say it again.
///
/// # Errors
/// Every fault.
pub fn check(input: &RedactionInput, words: &[String]) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    let of_content = input.pointers.is_empty() && input.query_ids.is_empty() && input.document_ids.is_empty();
    let of_office = input.reason_versions.is_empty() && input.adjustment_ids.is_empty() && !input.evidence;
    let message = "Say what is taken out: `pointers`, `query_ids`, `document_ids`, `reason_versions`, `adjustment_ids` or `evidence`.";
    faults.require(!(of_content && of_office), "", "required", message);
    let is_repeated = tells(&input.reason, words) || tells(&input.reason, &input.look_for);
    faults.require(!is_repeated, "/reason", "repeated", "The reason is kept for good, so it may not say what is taken out.");
    // What is said again is not named here: the log keeps refusals as well.
    let message = "The reason is kept for good, and a name in it, or two words of it in a row, stand in what is taken out. Say it in other words: what kind of \
                   thing it was, and of nobody in particular.";
    faults.require(is_repeated || !says_again(&input.reason, words), "/reason", "repeated", message);
    faults.0.extend(faults_of_text("/reason", &input.reason).0);
    faults.into_result()
}

/// Words that stand beside each other everywhere and name nobody.
const COMMON: &[&str] = &[
    "about", "after", "and", "another", "are", "been", "but", "child", "did", "for", "from", "had", "has", "have", "held", "her", "him",
    "his", "into", "its", "may", "more", "name", "named", "names", "not", "one", "our", "people", "person", "said", "she", "some",
    "somebody", "someone", "that", "the", "their", "them", "then", "there", "they", "this", "told", "was", "were", "what", "when", "where",
    "which", "who", "with", "you",
];

/// The words of a text, and whether a sentence begins with each.
fn spoken(text: &str) -> Vec<(&str, bool)> {
    let mut begins = true;
    let mut all = Vec::new();
    for part in text.split_whitespace() {
        let word = part.trim_matches(|c: char| !c.is_alphanumeric());
        if !word.is_empty() {
            all.push((word, begins));
        }
        begins = part.ends_with(['.', '!', '?', ':']);
    }
    all
}

/// Whether a word is written as a name is: a capital and small letters.
fn is_like_a_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() >= LETTERS_MIN
        && letters.all(|c| c.is_lowercase() || !c.is_alphabetic())
}

/// Whether a reason says something of `words` that may name somebody: two words of theirs in a row that do not stand together everywhere, or a word that is written
/// as a name in both, and in the reason not for the beginning of a sentence.
fn says_again(reason: &str, words: &[String]) -> bool {
    let telling = |word: &str| word.chars().count() >= LETTERS_MIN && !COMMON.contains(&word.to_lowercase().as_str());
    let pairs = |text: &str| -> Vec<(String, String)> {
        let all = spoken(text);
        let lower = |word: &str| word.to_lowercase();
        all.windows(2).filter_map(|pair| if let [one, other] = pair { Some((lower(one.0), lower(other.0))) } else { None }).collect()
    };
    let of_words: HashSet<(String, String)> = words.iter().flat_map(|text| pairs(text)).collect();
    let is_pair = pairs(reason).iter().any(|pair| telling(&pair.0) && telling(&pair.1) && of_words.contains(pair));
    let names: HashSet<&str> =
        words.iter().flat_map(|text| spoken(text)).map(|(word, _)| word).filter(|word| is_like_a_name(word)).collect();
    is_pair || spoken(reason).iter().any(|(word, begins)| !begins && is_like_a_name(word) && telling(word) && names.contains(word))
}

/// The shortest words that are looked for inside other texts.
const LETTERS_MIN: usize = 3;

/// Whether a text says any of these words, in any case. Very short ones are found everywhere and say nothing.
#[must_use]
pub fn tells(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    let is_there = |word: &String| {
        let word = word.trim().to_lowercase();
        word.chars().count() >= LETTERS_MIN && text.contains(&word)
    };
    words.iter().any(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Pence;
    use crate::returns::rules::{SpendCategory, SpendLine};

    fn content(narrative: &str, notes: &[&str]) -> ReturnContent {
        let line = |note: &&str| SpendLine {
            category: SpendCategory::Other,
            amount_pence: Pence(5),
            direct_activity: false,
            spent_from: None,
            spent_to: None,
            note: Some((*note).to_owned()),
        };
        ReturnContent { narrative: Some(narrative.to_owned()), spend: Some(notes.iter().map(line).collect()), ..ReturnContent::default() }
    }

    #[test]
    fn a_text_goes_from_every_version_and_wherever_it_moved() {
        let versions = vec![(1, content("We met.", &["for Ann", "a hall"])), (2, content("We met Ann.", &["a hall", "for Ann"]))];
        let (masked, words) = mask(versions, &["/spend/1/note".to_owned()]).unwrap();
        let places: Vec<(i32, &[String])> = masked.iter().map(|one| (one.content_no, one.pointers.as_slice())).collect();
        let both = ["/spend/0/note".to_owned(), "/spend/1/note".to_owned()];
        assert_eq!(places, [(1, both.as_slice()), (2, both.as_slice())]);
        assert_eq!(words, ["a hall", "for Ann"]);
        let after = &masked[1].after;
        assert_eq!((after.narrative.as_deref(), after.spend.as_ref().unwrap()[1].note.as_deref()), (Some("We met Ann."), Some(MARK)));
        assert_ne!(hash(after), hash(&masked[1].before));
    }

    #[test]
    fn a_name_is_found_inside_other_texts() {
        let words = ["Ann Example ".to_owned(), "to".to_owned()];
        assert!(tells("We met ANN EXAMPLE twice.", &words));
        assert!(!tells("We went to town.", &words), "two letters are found everywhere");
        assert!(!tells("We met Ann.", &words));
    }

    #[test]
    fn a_reason_says_nothing_of_what_goes() {
        let gone = ["We met Ann Example of Walsall in June. She has a small dog and told the police about it.".to_owned()];
        let said = |reason: &str| says_again(reason, &gone);
        assert!(said("Named ann example.") && said("It told of Walsall.") && said("Of a small dog."));
        for fine in
            ["It named a person.", "She asked us to.", "She has a right to it.", "The narrative told the name of somebody.", "Of the NHS."]
        {
            assert!(!said(fine), "{fine}");
        }
    }

    #[test]
    fn only_texts_are_taken_out_and_once() {
        let versions = || vec![(1, content(MARK, &[]))];
        for pointer in ["/narrative", "/spend", "/risks", "/spend/0/amount_pence", "narrative"] {
            assert!(mask(versions(), &[pointer.to_owned()]).is_err(), "{pointer}");
        }
    }
}
