//! Which areas lie within which. Pure.

use std::collections::{HashMap, HashSet};

use crate::kernel::Id;

words! {
    /// How far an area is covered.
    pub enum Cover {
        /// A provider delivers in the whole area.
        Whole = "whole",
        /// A provider delivers in a part of the area.
        Part = "part",
        /// Nobody delivers there.
        None = "none",
    }
}

/// How far `area` is covered by an award that names `named`, where `parents` says what each area lies in.
#[must_use]
pub fn cover(area: Id, named: &[Id], parents: &HashMap<Id, Id>) -> Cover {
    let own: HashSet<Id> = up(area, parents).collect();
    if named.iter().any(|one| own.contains(one)) {
        Cover::Whole
    } else if named.iter().any(|one| up(*one, parents).any(|above| above == area)) {
        Cover::Part
    } else {
        Cover::None
    }
}

/// An area and all that it lies in. An area that would lie in itself ends the way.
fn up(area: Id, parents: &HashMap<Id, Id>) -> impl Iterator<Item = Id> {
    std::iter::successors(Some(area), |one| parents.get(one).copied()).take(parents.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_areas_cover_and_narrower_ones_cover_a_part() {
        let [region, borough, ward, other] = [0; 4].map(|_| Id::new());
        let parents = HashMap::from([(borough, region), (ward, borough), (other, region)]);
        assert_eq!(cover(borough, &[borough], &parents), Cover::Whole);
        assert_eq!(cover(borough, &[region], &parents), Cover::Whole);
        assert_eq!(cover(borough, &[ward], &parents), Cover::Part);
        assert_eq!(cover(borough, &[other], &parents), Cover::None);
        assert_eq!(cover(borough, &[], &parents), Cover::None);
    }

    #[test]
    fn a_circle_ends() {
        let [a, b] = [0; 2].map(|_| Id::new());
        assert_eq!(cover(a, &[Id::new()], &HashMap::from([(a, b), (b, a)])), Cover::None);
    }
}
