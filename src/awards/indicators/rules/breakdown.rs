//! Groups into which an indicator's values are broken down. Pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AddsOverAreas;
use crate::kernel::Faults;

/// Groups by which values are told apart: ages, routes of referral, kinds of crime … (R57, R76).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IndicatorBreakdown)]
pub struct Breakdown {
    /// By what values are broken down.
    #[schema(min_length = 1, max_length = 80, example = "age")]
    pub by: String,
    /// The groups, in the order in which forms show them.
    #[schema(min_items = 2, max_items = 30, example = json!(["under 11", "11 to 17", "18 to 25", "26 and over"]))]
    pub groups: Vec<String>,
    /// How the values of the groups become one.
    pub adds: AddsOverAreas,
    /// Which of the groups are of people under 18.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 30, example = json!(["under 11", "11 to 17"]))]
    pub under_18: Vec<String>,
}

/// The longest name of a group.
const GROUP_LETTERS_MAX: usize = 80;

impl Breakdown {
    /// What decides how its values are counted: all but which groups are of people under 18.
    pub(super) fn counting(&self) -> (&str, &[String], AddsOverAreas) {
        (&self.by, &self.groups, self.adds)
    }

    /// What is wrong with it; `is_percentage` says what its indicator counts.
    pub(super) fn check(&self, is_percentage: bool, faults: &mut Faults) {
        faults.require(!self.by.trim().is_empty(), "/breakdown/by", "blank", "Say by what the values are broken down.");
        faults.require(self.groups.len() >= 2, "/breakdown/groups", "too_few_items", "There are at least two groups.");
        let mut seen = HashSet::new();
        for (at, group) in self.groups.iter().enumerate() {
            let pointer = format!("/breakdown/groups/{at}");
            faults.require(!group.trim().is_empty(), &pointer, "blank", "A group has a name.");
            let is_bare = group.trim() == group || group.trim().is_empty();
            faults.require(is_bare, &pointer, "blank", "A name neither begins nor ends with a blank.");
            let is_short = group.chars().count() <= GROUP_LETTERS_MAX;
            faults.require(is_short, &pointer, "too_long", "A group has a name of at most 80 letters.");
            faults.require(seen.insert(group.trim().to_lowercase()), &pointer, "repeated", "This group is in the list already.");
        }
        for (at, group) in self.under_18.iter().enumerate() {
            let pointer = format!("/breakdown/under_18/{at}");
            faults.require(self.groups.contains(group), &pointer, "unknown_record", "Name one of the groups.");
            faults.require(
                !self.under_18.iter().take(at).any(|other| other == group),
                &pointer,
                "repeated",
                "This group is in the list already.",
            );
        }
        let adds = !(is_percentage && self.adds == AddsOverAreas::Sum);
        faults.require(adds, "/breakdown/adds", "not_allowed", "Percentages are never added; their average adds what they are made of.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_apart_by_their_names() {
        let of = |groups: &[&str], adds, is_percentage| {
            let groups = groups.iter().map(|group| (*group).to_owned()).collect();
            let mut faults = Faults::new();
            Breakdown { by: "age".to_owned(), groups, adds, under_18: vec!["under 18".to_owned()] }.check(is_percentage, &mut faults);
            faults.0.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        assert_eq!(of(&["under 18", "18 and over"], AddsOverAreas::Sum, false), [""; 0]);
        assert_eq!(
            of(&["under 18", "Under 18 "], AddsOverAreas::Sum, false),
            ["/breakdown/groups/1 blank", "/breakdown/groups/1 repeated"]
        );
        assert_eq!(of(&["under 18", " "], AddsOverAreas::Sum, true), ["/breakdown/groups/1 blank", "/breakdown/adds not_allowed"]);
    }
}
