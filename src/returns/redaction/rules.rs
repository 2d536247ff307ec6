//! Which texts of a content are taken out. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Refusal};
use crate::returns::freeze::rules::{hex, sorted};
use crate::returns::rules::ReturnContent;

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
    faults.into_result()
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
    fn only_texts_are_taken_out_and_once() {
        let versions = || vec![(1, content(MARK, &[]))];
        for pointer in ["/narrative", "/spend", "/risks", "/spend/0/amount_pence", "narrative"] {
            assert!(mask(versions(), &[pointer.to_owned()]).is_err(), "{pointer}");
        }
    }
}
