//! What an area set is.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::funds::areas::rules::AreaKind;
use crate::funds::rules::{check_code, check_dates, check_names};
use crate::kernel::{Faults, Id, Provenance};

/// An area in a set, for as long as it belongs there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaSetMember {
    /// The area.
    pub area_id: Id,
    /// The first day it belongs to the set; open where there is none.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// The last day it belongs to the set; open where there is none.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

impl AreaSetMember {
    fn overlaps(&self, other: &Self) -> bool {
        let begins = |member: &Self| member.valid_from.unwrap_or(NaiveDate::MIN);
        let ends = |member: &Self| member.valid_to.unwrap_or(NaiveDate::MAX);
        begins(self) <= ends(other) && begins(other) <= ends(self)
    }
}

/// A group of areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaSetInput {
    /// Lower-case letters, digits and hyphens; unique; stays as it is.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", min_length = 1, max_length = 80, example = "impact-areas")]
    pub code: String,
    /// The name.
    #[schema(min_length = 1, max_length = 300, example = "Impact areas")]
    pub name: String,
    /// What its members are.
    pub kind: AreaKind,
    /// The area that stands for the set, or that holds it.
    #[serde(default)]
    pub area_id: Option<Id>,
    /// How many members it has, named or not.
    #[schema(minimum = 1, maximum = 1000, example = 19)]
    pub member_count: i32,
    /// Its members; empty where they are counted and not named.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub members: Vec<AreaSetMember>,
    /// The first day it exists; open where there is none.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// The last day it exists; open where there is none.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// What is wrong with a set, judged by itself and by the kinds of the areas that exist among its members.
#[must_use]
pub fn faults(set: &AreaSetInput, kinds: &HashMap<Id, AreaKind>, provenance: &Provenance) -> Faults {
    let mut faults = Faults::new();
    check_code(&mut faults, &set.code);
    check_names(&mut faults, &set.name, &[]);
    check_dates(&mut faults, "/valid_to", set.valid_from, set.valid_to);
    faults.require(!set.kind.is_set(), "/kind", "not_a_choice", "The members of a set are areas of one kind, not sets.");
    faults.require(set.member_count >= 1, "/member_count", "too_small", "A set has at least one member.");
    for (at, member) in set.members.iter().enumerate() {
        let pointer = format!("/members/{at}");
        check_dates(&mut faults, &format!("{pointer}/valid_to"), member.valid_from, member.valid_to);
        let message = format!("A member of this set is of the kind {}.", set.kind);
        match kinds.get(&member.area_id) {
            None => faults.add(format!("{pointer}/area_id"), "unknown_record", "There is no such area."),
            Some(kind) => faults.require(*kind == set.kind, &format!("{pointer}/area_id"), "wrong_kind", &message),
        }
        let is_repeated = set.members.iter().take(at).any(|other| other.area_id == member.area_id && other.overlaps(member));
        faults.require(!is_repeated, &pointer, "repeated", "This area belongs to the set twice on the same day.");
    }
    let is_named = !set.members.is_empty() || provenance.lacks("members");
    faults.require(is_named, "/members", "required", "Members that were named once are not taken away again; say when they left the set.");
    check_count(&mut faults, set);
    faults
}

/// Named members are as many as counted: those who belong to the set to its end.
fn check_count(faults: &mut Faults, set: &AreaSetInput) {
    let last_day = set.valid_to.unwrap_or(NaiveDate::MAX);
    let named = set.members.iter().filter(|member| member.valid_to.is_none_or(|to| to >= last_day)).count();
    let is_counted = set.members.is_empty() || usize::try_from(set.member_count) == Ok(named);
    let message = format!("The set counts {} members, but {named} are named without having left it.", set.member_count);
    faults.require(is_counted, "/members", "wrong_count", &message);
}
