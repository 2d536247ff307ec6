//! Which sections a return asks for. Pure.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id};
use crate::returns::rules::{NarrativeSection, faults_of_text, usual_sections};

/// What a narrative is made of, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnSectionsInput {
    /// Returns whose period ends on this day or later ask for these sections.
    #[schema(example = "2020-10-01")]
    pub effective_on: NaiveDate,
    /// The sections in their order; none where the list is empty. Null: those of the fund, or of all awards, or the usual ones.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub sections: Option<Vec<NarrativeSection>>,
}

/// Of which awards something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionScope {
    /// All.
    All,
    /// Those of a fund.
    Fund(Id),
    /// One.
    Award(Id),
}

impl SectionScope {
    /// By which id it is found.
    #[must_use]
    pub const fn id(self) -> Id {
        match self {
            Self::All => OF_ALL,
            Self::Fund(id) | Self::Award(id) => id,
        }
    }
}

/// What was said at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSet {
    /// Of what: an award, a fund, or the office's own id for all awards.
    pub scope_id: Id,
    /// Which version this is; a later one comes before an earlier one.
    pub version: i32,
    /// What it says.
    pub input: ReturnSectionsInput,
}

/// The id of what is said for all awards, the same in every office.
pub const OF_ALL: Id = Id(uuid::Uuid::from_u128(0x0192_b4c0_0000_7000_8000_0000_0000_0073));

/// The sections for a return that ends on a day, and whether the office named them. `scopes` are the award, its fund, and all awards.
#[must_use]
pub fn in_force(sets: &[SectionSet], scopes: [Id; 3], ends_on: NaiveDate) -> (Vec<NarrativeSection>, bool) {
    let of = |scope: Id| {
        let own = sets.iter().filter(|set| set.scope_id == scope && set.input.effective_on <= ends_on);
        own.max_by_key(|set| set.version)?.input.sections.clone()
    };
    scopes.into_iter().find_map(of).map_or_else(|| (usual_sections(), false), |sections| (sections, true))
}

/// What is wrong with what somebody says. `sent_to` is the last day of any return that was sent.
#[must_use]
pub fn check(input: &ReturnSectionsInput, sent_to: Option<NaiveDate>) -> Faults {
    let mut faults = Faults::new();
    if let Some(day) = sent_to.filter(|day| *day >= input.effective_on) {
        let message = format!("Returns up to {day} were sent already, and keep what they were asked. Give a later day.");
        faults.require(false, "/effective_on", "too_early", &message);
    }
    let mut seen = HashSet::new();
    for (at, section) in input.sections.iter().flatten().enumerate() {
        let place = |field: &str| format!("/sections/{at}/{field}");
        let is_new = seen.insert(section.key.as_str());
        faults.require(is_new, &place("key"), "repeated", "There is a section with this key already.");
        faults.require(!section.heading.trim().is_empty(), &place("heading"), "blank", "A heading is not blank.");
        let guidance = section.guidance.as_deref();
        let is_said = guidance.is_none_or(|text| !text.trim().is_empty());
        faults.require(is_said, &place("guidance"), "blank", "A text is left out rather than blank.");
        for (field, text) in [("heading", Some(section.heading.as_str())), ("guidance", guidance)] {
            faults.0.extend(text.into_iter().flat_map(|text| faults_of_text(&place(field), text).0));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn set(scope_id: Id, version: i32, from: &str, keys: Option<&[&str]>) -> SectionSet {
        let section = |key: &&str| NarrativeSection {
            key: (*key).to_owned(),
            heading: (*key).to_owned(),
            guidance: None,
            is_required: false,
            is_on_short_form: true,
        };
        let sections = keys.map(|keys| keys.iter().map(section).collect());
        SectionSet { scope_id, version, input: ReturnSectionsInput { effective_on: day(from), sections } }
    }

    #[test]
    fn the_narrowest_that_says_something_by_then_counts() {
        let [award, fund] = [0; 2].map(|_| Id::new());
        let sets = [
            set(OF_ALL, 1, "2020-07-01", Some(&["all"])),
            set(fund, 1, "2020-10-01", Some(&["fund"])),
            set(award, 1, "2021-01-01", Some(&[])),
            set(award, 2, "2021-04-01", None),
        ];
        let on = |on: &str| {
            let (sections, is_named) = in_force(&sets, [award, fund, OF_ALL], day(on));
            (sections.into_iter().map(|one| one.key).collect::<Vec<_>>().join(" "), is_named)
        };
        assert_eq!(on("2020-06-30"), ("narrative risks case_study demand".to_owned(), false));
        assert_eq!(on("2020-07-01"), ("all".to_owned(), true));
        assert_eq!(on("2020-12-31"), ("fund".to_owned(), true));
        assert_eq!(on("2021-03-31"), (String::new(), true), "an award may ask for none");
        assert_eq!(on("2021-06-30"), ("fund".to_owned(), true), "what it said is taken back");
    }

    #[test]
    fn a_later_version_replaces_what_was_to_come() {
        let sets = [set(OF_ALL, 1, "2021-04-01", Some(&["later"])), set(OF_ALL, 2, "2021-01-01", Some(&["sooner"]))];
        assert_eq!(in_force(&sets, [OF_ALL; 3], day("2021-06-30")).0[0].key, "sooner");
    }

    #[test]
    fn what_was_sent_keeps_its_sections() {
        let input = set(OF_ALL, 1, "2020-10-01", Some(&["one", "one"])).input;
        let codes = |sent: &str| check(&input, Some(day(sent))).0.into_iter().map(|fault| fault.code).collect::<Vec<_>>();
        assert_eq!(codes("2020-09-30"), ["repeated"]);
        assert_eq!(codes("2020-10-01"), ["too_early", "repeated"]);
    }
}
