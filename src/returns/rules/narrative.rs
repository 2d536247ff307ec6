//! What the narrative of a return is made of: sections that the office names, each with a heading and what belongs there. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::ReturnContent;
use super::asked::Asked;
use super::findings::{FindingRule, Gathered};

/// How many sections a narrative has at most.
pub const SECTIONS_MAX: usize = 20;
/// The longest key, and the longest text.
const KEY_MAX: usize = 40;
const TEXT_MAX: usize = 20_000;

/// The sections that every return has a field of its own for; the others stand in `sections` of the content.
pub const FIELDS: [&str; 3] = ["narrative", "risks", "case_study"];

/// Texts by the key of their section.
pub type SectionTexts = BTreeMap<String, String>;

/// A section of a narrative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NarrativeSection {
    /// By which the text is known, in small letters: `narrative`, `risks` and `case_study` stand in the fields of that name, any other one in
    /// `sections`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "lessons")]
    pub key: String,
    /// What stands above it.
    #[schema(min_length = 1, max_length = 120, example = "What we learned")]
    pub heading: String,
    /// What belongs there, for whoever writes it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 1000)]
    pub guidance: Option<String>,
    /// Whether the return cannot be submitted without it.
    #[serde(default)]
    pub is_required: bool,
    /// Whether the short form of a small award asks for it too; it does where this is left out.
    #[serde(default = "yes")]
    pub is_on_short_form: bool,
}

const fn yes() -> bool {
    true
}

/// Where the text of a section stands in the content.
#[must_use]
pub fn place_of(key: &str) -> String {
    if FIELDS.contains(&key) { format!("/{key}") } else { format!("/sections/{}", key.replace('~', "~0").replace('/', "~1")) }
}

impl NarrativeSection {
    /// Where its text stands in the content.
    #[must_use]
    pub fn pointer(&self) -> String {
        place_of(&self.key)
    }
}

/// What a return asks for where the office says nothing else.
#[must_use]
pub fn usual() -> Vec<NarrativeSection> {
    let section = |key: &str, heading: &str, guidance: &str, is_on_short_form| NarrativeSection {
        key: key.to_owned(),
        heading: heading.to_owned(),
        guidance: Some(guidance.to_owned()),
        is_required: false,
        is_on_short_form,
    };
    let story = "What the service did for somebody, if you want to tell it. Nobody may be recognised by it: no name, no day of birth, no address, and no \
        rare detail.";
    let demand =
        "Who asks for help, and what for: more or fewer than before, needs that are new, waiting lists. No names or other personal data.";
    vec![
        section("narrative", "What happened", "What you did and what came of it. No names or other personal data.", true),
        section("risks", "Risks", "What may go wrong, and what you do about it.", false),
        section("case_study", "Case study", story, false),
        section("demand", "Demand and other things you see", demand, false),
    ]
}

impl ReturnContent {
    /// What is written in a section.
    #[must_use]
    pub fn section(&self, key: &str) -> Option<&str> {
        match key {
            "narrative" => self.narrative.as_deref(),
            "risks" => self.risks.as_deref(),
            "case_study" => self.case_study.as_deref(),
            other => self.sections.get(other).map(String::as_str),
        }
    }

    /// Writes a section.
    pub fn set_section(&mut self, key: &str, text: Option<String>) {
        match key {
            "narrative" => self.narrative = text,
            "risks" => self.risks = text,
            "case_study" => self.case_study = text,
            other => match text {
                Some(text) => drop(self.sections.insert(other.to_owned(), text)),
                None => drop(self.sections.remove(other)),
            },
        }
    }

    /// The keys of the sections in which something is written.
    #[must_use]
    pub fn written_sections(&self) -> Vec<&str> {
        let fields = FIELDS.into_iter().filter(|key| self.section(key).is_some());
        fields.chain(self.sections.keys().map(String::as_str)).collect()
    }
}

/// The sections that a form has: a short one has fewer.
pub fn on_form(all: &[NarrativeSection], is_short: bool) -> impl Iterator<Item = &NarrativeSection> {
    all.iter().filter(move |section| !is_short || section.is_on_short_form)
}

/// Whether a text is known by a key as sections have it.
#[must_use]
pub fn is_key(key: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
    key.starts_with(|first: char| first.is_ascii_lowercase()) && key.len() <= KEY_MAX && key.chars().all(is_sign)
}

/// Holds what is written in `sections` against what may stand there at all.
pub(super) fn check_written(found: &mut Gathered, content: &ReturnContent) {
    for key in content.sections.keys() {
        let words = ("There is no such section.", "Name one of those that the form of this return shows.");
        found.require(is_key(key) && !FIELDS.contains(&key.as_str()), FindingRule::NotAllowed, &place_of(key), words);
    }
    let is_few = content.sections.len() <= SECTIONS_MAX;
    found.require(is_few, FindingRule::NotAllowed, "/sections", ("These are more sections than a return has.", "Take some out."));
}

/// Holds what is written against the sections that the return asks for.
pub(super) fn check(found: &mut Gathered, content: &ReturnContent, asked: &Asked) {
    for section in on_form(&asked.sections, asked.is_short).filter(|section| section.is_required) {
        let is_there = content.section(&section.key).is_some_and(|text| !text.trim().is_empty());
        let message = format!("`{}` is asked for, and nothing is written there.", section.heading);
        let words = (message.as_str(), "Write it. Where there is nothing to tell, say so.");
        found.require(is_there, FindingRule::SectionMissing, &section.pointer(), words);
    }
    for key in content.sections.keys().filter(|key| asked.sections.iter().all(|section| section.key != **key)) {
        let message = format!("This return asks for no section `{key}`.");
        let mend =
            "Move the text into a section that it asks for, or take it out. Where it is to be read all the same, explain the warning.";
        found.warn(asked.names_sections, FindingRule::SectionNotAskedFor, &place_of(key), (&message, mend));
    }
}

/// The shape of texts by section, in descriptions. In a merge patch `null` takes a text away.
#[derive(Debug, Clone, Copy)]
pub struct TextsBySection;

impl ToSchema for TextsBySection {}

impl utoipa::PartialSchema for TextsBySection {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
            .min_length(Some(1))
            .max_length(Some(TEXT_MAX))
            .description(Some("The text of a section, without personal data."));
        let all = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(text));
        all.description(Some("Texts by the key of their section."))
            .examples([serde_json::json!({ "lessons": "We began too late in the year." })])
            .into()
    }
}

/// The shape of a section's key, in descriptions; the key itself is a text.
#[derive(Debug, Clone, Copy)]
pub struct SectionKey;

impl ToSchema for SectionKey {}

impl utoipa::PartialSchema for SectionKey {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(KEY_MAX));
        text.pattern(Some("^[a-z][a-z0-9_]*$")).examples([serde_json::json!("narrative")]).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::{asked, shown};
    use super::super::{Asked, findings};
    use super::*;
    use crate::kernel::Id;

    #[test]
    fn what_is_needed_is_written_and_nothing_else_is_asked() {
        let section = |key: &str, is_required| NarrativeSection {
            key: key.to_owned(),
            heading: key.to_owned(),
            guidance: None,
            is_required,
            is_on_short_form: true,
        };
        let sections = vec![section("narrative", true), section("lessons", true), section("partners", false)];
        let asked = Asked { indicators: Vec::new(), sections, names_sections: true, ..asked(Id::new(), false) };
        let mut content = ReturnContent { spend: Some(Vec::new()), ..ReturnContent::default() };
        content.set_section("lessons", Some("  ".to_owned()));
        let both = ["error /narrative section_missing", "error /sections/lessons section_missing"];
        assert_eq!(shown(&findings(&content, &asked)), both, "blanks say nothing");
        content.set_section("narrative", Some("We met.".to_owned()));
        content.set_section("lessons", Some("To begin earlier.".to_owned()));
        content.set_section("pictures", Some("None.".to_owned()));
        assert_eq!(shown(&findings(&content, &asked)), ["warning /sections/pictures section_not_asked_for"]);
        assert_eq!(content.written_sections(), ["narrative", "lessons", "pictures"]);
        content.set_section("pictures", None);
        content.set_section("Pictures/2", Some("None.".to_owned()));
        assert_eq!(
            shown(&findings(&content, &asked)),
            ["error /sections/Pictures~12 not_allowed", "warning /sections/Pictures~12 section_not_asked_for"]
        );
    }

    #[test]
    fn the_usual_sections_begin_with_those_that_have_fields_of_their_own() {
        let pointers = ["/narrative", "/risks", "/case_study", "/sections/demand"];
        assert_eq!(usual().iter().map(NarrativeSection::pointer).collect::<Vec<_>>(), pointers);
        assert_eq!(usual().iter().map(|one| one.key.as_str()).take(FIELDS.len()).collect::<Vec<_>>(), FIELDS);
        assert!(usual().iter().all(|one| is_key(&one.key)) && !is_key("2nd") && !is_key("a b") && !is_key(""));
    }
}
