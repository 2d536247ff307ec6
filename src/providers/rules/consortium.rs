//! Who belongs to a consortium (R38): one lead at any time, nobody twice at the same time, and no circle.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Faults, Id, Refusal};
use crate::providers::rules::ProviderKind;

/// A member of a consortium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberInput {
    /// The member, a provider itself.
    pub provider_id: Id,
    /// Whether it leads: signs and answers for the consortium.
    #[serde(default)]
    pub lead: bool,
    /// From when it belongs; left out: from the beginning.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// Until when it belongs, that day included; left out: without end.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

impl MemberInput {
    fn overlaps(&self, other: &Self) -> bool {
        let begins_by = |from: Option<NaiveDate>, to: Option<NaiveDate>| from.zip(to).is_none_or(|(from, to)| from <= to);
        begins_by(self.starts_on, other.ends_on) && begins_by(other.starts_on, self.ends_on)
    }
}

/// Which provider has which members now.
pub type Memberships = BTreeMap<Id, BTreeSet<Id>>;

/// What the members of a consortium are checked against.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// The consortium.
    pub consortium: Id,
    /// Its kind.
    pub kind: Option<ProviderKind>,
    /// Those of the named members that exist.
    pub known: &'a BTreeSet<Id>,
    /// Everybody's members now.
    pub memberships: &'a Memberships,
    /// Whether the source does not say who leads.
    pub lead_unknown: bool,
}

/// Every fault of a list of members.
///
/// # Errors
/// [`Refusal::Invalid`] with a pointer for each fault.
pub fn check(members: &[MemberInput], around: &Surroundings<'_>) -> Result<(), Refusal> {
    let mut faults = Faults::new();
    if !members.is_empty() && around.kind != Some(ProviderKind::Consortium) {
        faults.add("/members", "not_a_consortium", "Only a provider of the kind `consortium` has members. Change its kind first.");
    }
    for (at, member) in members.iter().enumerate() {
        check_member(at, member, members, around, &mut faults);
    }
    if !members.is_empty() && !around.lead_unknown && !members.iter().any(|member| member.lead) {
        faults.add("/members", "no_lead", "One of the members leads. Mark it with `lead`.");
    }
    faults.into_result()
}

fn check_member(at: usize, member: &MemberInput, members: &[MemberInput], around: &Surroundings<'_>, faults: &mut Faults) {
    let pointer = format!("/members/{at}/provider_id");
    let earlier = || members.iter().take(at).filter(|one| one.overlaps(member));
    if member.provider_id == around.consortium {
        faults.add(pointer, "circular", "A consortium is not a member of itself.");
    } else if !around.known.contains(&member.provider_id) {
        faults.add(pointer, "unknown_record", "There is no such provider.");
    } else if reaches(around.memberships, member.provider_id, around.consortium) {
        faults.add(pointer, "circular", "This consortium belongs to that one already, so that one cannot belong to it.");
    } else if earlier().any(|one| one.provider_id == member.provider_id) {
        faults.add(pointer, "repeated", "This provider stands here twice for the same time.");
    }
    if member.lead && earlier().any(|one| one.lead) {
        faults.add(format!("/members/{at}/lead"), "second_lead", "Only one member leads at a time.");
    }
    if member.starts_on.zip(member.ends_on).is_some_and(|(from, to)| to < from) {
        faults.add(format!("/members/{at}/ends_on"), "reversed_dates", "A membership ends on or after the day on which it begins.");
    }
}

/// Whether `sought` is among the members of `from`, or of its members, and so on.
fn reaches(memberships: &Memberships, from: Id, sought: Id) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        if next == sought {
            return true;
        }
        if seen.insert(next) {
            open.extend(memberships.get(&next).into_iter().flatten().copied());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(provider_id: Id, lead: bool) -> MemberInput {
        MemberInput { provider_id, lead, starts_on: None, ends_on: None }
    }

    fn faults(members: &[MemberInput], consortium: Id, memberships: &Memberships, known: &[Id]) -> Vec<String> {
        let known = known.iter().copied().collect();
        let around = Surroundings { consortium, kind: Some(ProviderKind::Consortium), known: &known, memberships, lead_unknown: false };
        match check(members, &around) {
            Ok(()) => Vec::new(),
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_consortium_has_members_and_one_lead() {
        let (own, a, b) = (Id::new(), Id::new(), Id::new());
        let none = Memberships::new();
        assert!(faults(&[member(a, true), member(b, false)], own, &none, &[a, b]).is_empty());
        assert!(faults(&[], own, &none, &[]).is_empty());
        assert_eq!(faults(&[member(a, false)], own, &none, &[a]), ["/members no_lead"]);
        assert_eq!(faults(&[member(a, true), member(b, true)], own, &none, &[a, b]), ["/members/1/lead second_lead"]);
        assert_eq!(faults(&[member(a, true), member(a, false)], own, &none, &[a]), ["/members/1/provider_id repeated"]);
        assert_eq!(faults(&[member(a, true)], own, &none, &[]), ["/members/0/provider_id unknown_record"]);
    }

    #[test]
    fn no_circle_however_long() {
        let (own, a, b) = (Id::new(), Id::new(), Id::new());
        let circle = Memberships::from([(a, BTreeSet::from([b])), (b, BTreeSet::from([own]))]);
        assert_eq!(faults(&[member(own, true)], own, &circle, &[own]), ["/members/0/provider_id circular"]);
        assert_eq!(faults(&[member(a, true)], own, &circle, &[a]), ["/members/0/provider_id circular"]);
    }

    #[test]
    fn a_lead_may_follow_another() {
        let day = |year| NaiveDate::from_ymd_opt(year, 4, 1);
        let (own, a, b) = (Id::new(), Id::new(), Id::new());
        let first = MemberInput { ends_on: day(2019), ..member(a, true) };
        let second = MemberInput { starts_on: day(2020), ..member(b, true) };
        let again = MemberInput { starts_on: day(2020), ..member(a, false) };
        assert!(faults(&[first.clone(), second.clone(), again], own, &Memberships::new(), &[a, b]).is_empty());
        let reversed = MemberInput { starts_on: day(2021), ends_on: day(2020), ..member(b, false) };
        assert_eq!(faults(&[first, reversed], own, &Memberships::new(), &[a, b]), ["/members/1/ends_on reversed_dates"]);
    }

    #[test]
    fn only_a_consortium_has_members() {
        let a = Id::new();
        let known = BTreeSet::from([a]);
        let around = Surroundings {
            consortium: Id::new(),
            kind: Some(ProviderKind::Charity),
            known: &known,
            memberships: &Memberships::new(),
            lead_unknown: true,
        };
        let Err(Refusal::Invalid(faults)) = check(&[member(a, false)], &around) else { panic!("not refused") };
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].code, "not_a_consortium");
    }
}
