//! Awards that are parts of others, and how their figures go together with those of the whole. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::Id;

/// How many wholes above one another are looked at: more than there are, and an end where two awards name each other.
const DEPTH_MAX: usize = 20;

/// Which awards are parts of which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts(HashMap<Id, Id>);

/// Of what a figure tells: which award, where, when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The award that reports it.
    pub award: Id,
    /// The area; none for the award as a whole.
    pub area: Option<Id>,
    /// The first and the last day.
    pub days: (NaiveDate, NaiveDate),
    /// Whether there is a figure. One that is asked for and not reported contains nothing.
    pub is_reported: bool,
}

impl Told {
    /// Whether a part's figure is contained in this one of its whole: both are about a common day, and not about different areas.
    fn contains(&self, part: &Self) -> bool {
        let is_same_place = self.area.is_none() || part.area.is_none() || self.area == part.area;
        self.is_reported && is_same_place && self.days.0 <= part.days.1 && part.days.0 <= self.days.1
    }
}

impl Parts {
    /// From pairs of a part and its whole.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (Id, Id)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// Whether no award is a part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an award is a part or has parts.
    #[must_use]
    pub fn concern(&self, award: Id) -> bool {
        !self.0.is_empty() && (self.0.contains_key(&award) || self.0.values().any(|whole| *whole == award))
    }

    /// The wholes above an award, the nearest first.
    fn above(&self, award: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(self.0.get(&award).copied(), |next| self.0.get(next).copied()).take(DEPTH_MAX)
    }

    /// The award whose money it is: the outermost whole, or the award itself.
    #[must_use]
    pub fn whole_of(&self, award: Id) -> Id {
        self.above(award).last().unwrap_or(award)
    }

    /// The parts of each outermost whole, those of its parts among them.
    #[must_use]
    pub fn by_whole(&self) -> HashMap<Id, Vec<Id>> {
        let mut all: HashMap<Id, Vec<Id>> = HashMap::new();
        for part in self.0.keys() {
            all.entry(self.whole_of(*part)).or_default().push(*part);
        }
        all
    }

    /// The figures that count together: without those of a part that are contained in a figure of its whole. What `told` knows nothing of
    /// stays.
    pub fn once<T>(&self, figures: Vec<T>, told: impl Fn(&T) -> Option<Told>) -> Vec<T> {
        if self.is_empty() {
            return figures;
        }
        let mut by_award: HashMap<Id, Vec<Told>> = HashMap::new();
        for one in figures.iter().filter_map(&told) {
            by_award.entry(one.award).or_default().push(one);
        }
        let is_contained = |part: &Told| {
            let of_wholes = self.above(part.award).filter_map(|whole| by_award.get(&whole));
            of_wholes.flatten().any(|whole| whole.contains(part))
        };
        figures.into_iter().filter(|one| told(one).is_none_or(|part| !is_contained(&part))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(award: Id, area: Option<Id>, days: (&str, &str)) -> Told {
        Told { award, area, days: (days.0.parse().unwrap(), days.1.parse().unwrap()), is_reported: true }
    }

    const Q1: (&str, &str) = ("2020-04-01", "2020-06-30");
    const Q2: (&str, &str) = ("2020-07-01", "2020-09-30");
    const H1: (&str, &str) = ("2020-04-01", "2020-09-30");

    #[test]
    fn a_part_counts_where_its_whole_does_not_report() {
        let [whole, part, other] = [0; 3].map(|_| Id::new());
        let parts = Parts::of([(part, whole), (other, whole)]);
        let figures = vec![told(whole, None, Q1), told(part, None, Q1), told(other, None, Q1), told(part, None, Q2), told(other, None, Q2)];
        let left: Vec<Id> = parts.once(figures, |one| Some(*one)).iter().map(|one| one.award).collect();
        assert_eq!(left, [whole, part, other], "in the first quarter the whole, in the second its parts");
        let half = parts.once(vec![told(whole, None, H1), told(part, None, Q2)], |one| Some(*one));
        assert_eq!(half, [told(whole, None, H1)]);
        let unsaid = Told { is_reported: false, ..told(whole, None, Q1) };
        assert_eq!(parts.once(vec![unsaid, told(part, None, Q1)], |one| Some(*one)).len(), 2);
    }

    #[test]
    fn other_areas_are_not_contained() {
        let [whole, part] = [0; 2].map(|_| Id::new());
        let [here, there] = [0; 2].map(|_| Some(Id::new()));
        let parts = Parts::of([(part, whole)]);
        let count = |of_whole, of_part| parts.once(vec![told(whole, of_whole, Q1), told(part, of_part, Q1)], |one| Some(*one)).len();
        assert_eq!((count(here, there), count(here, here), count(None, here), count(here, None)), (2, 1, 1, 1));
    }

    #[test]
    fn parts_of_parts_belong_to_the_outermost() {
        let [whole, part, piece] = [0; 3].map(|_| Id::new());
        let parts = Parts::of([(part, whole), (piece, part)]);
        assert_eq!((parts.whole_of(piece), parts.whole_of(part), parts.whole_of(whole)), (whole, whole, whole));
        assert_eq!(parts.once(vec![told(piece, None, Q1), told(whole, None, Q1)], |one| Some(*one)), [told(whole, None, Q1)]);
        let circle = Parts::of([(part, whole), (whole, part)]);
        assert!([part, whole].contains(&circle.whole_of(part)));
    }
}
