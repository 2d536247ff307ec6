//! Which acts one answer explains: all, or as many as a page holds, so that a year of thousands is explained page by page and none is left out.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::kernel::{Faults, Moment, Refusal};

/// How many acts an answer explains at the most, since what is explained is made again as it was known after each.
pub const ACTS_MAX: u16 = 500;
/// How long an answer may take: reports wait for each other.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked of a page.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The moment of the earlier report.
    pub from: Moment,
    /// The moment of the later one.
    pub to: Moment,
    /// What was recorded up to this moment is explained on pages before.
    pub after: Option<Moment>,
    /// How many acts the page holds at the most.
    pub limit: u16,
}

/// What a page explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// What was recorded after this moment
    pub from: Moment,
    /// and up to this one.
    pub to: Moment,
    /// The moments between at which something was recorded.
    pub moments: BTreeSet<Moment>,
    /// After which moment the next page goes on.
    pub next: Option<Moment>,
}

impl Asked {
    /// Refuses moments that do not follow each other.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with each of them.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut faults = Faults::new();
        let message =
            format!("The first moment comes after the second, {}. Give the `known_at` of the earlier report as `from_known_at`.", self.to);
        faults.require(self.from <= self.to, "query:from_known_at", "reversed_dates", &message);
        let is_between = self.after.is_none_or(|after| self.from <= after && after <= self.to);
        let message = "This moment lies outside both reports. Give the `next_after_known_at` of the page before, or leave it out.";
        faults.require(is_between, "query:after_known_at", "out_of_range", message);
        faults.into_result()
    }

    /// The page's part of all moments between both.
    #[must_use]
    pub fn stretch(&self, all: &BTreeSet<Moment>) -> Stretch {
        let from = self.after.unwrap_or(self.from);
        let left: BTreeSet<Moment> = all.iter().copied().filter(|at| *at > from).collect();
        let most = usize::from(self.limit.clamp(1, ACTS_MAX));
        match left.iter().nth(most - 1).copied() {
            Some(last) if left.len() > most => {
                let moments = left.into_iter().filter(|at| *at <= last).collect();
                Stretch { from, to: last, moments, next: Some(last) }
            }
            _ => Stretch { from, to: self.to, moments: left, next: None },
        }
    }
}

/// That a page is too long for the time that an answer has, when so many acts of it were done.
#[must_use]
pub fn too_slow(done: usize) -> Refusal {
    // Not quite as many, or it would be too slow again.
    let limit = (done - done / 4).max(1);
    let message = format!(
        "What so many acts did cannot be worked out in the {} seconds that an answer has. Ask for shorter pages, with `limit={limit}`.",
        PATIENCE.as_secs()
    );
    Refusal::invalid("query:limit", "too_many_acts", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: i64) -> Moment {
        Moment::from_micros(micros).unwrap()
    }

    proptest! {
        /// However long pages are: together they hold each moment once, in its order, and end where the question does.
        #[test]
        fn pages_leave_nothing_out(moments in prop::collection::btree_set(1_i64..999, 0..60), limit in 1_u16..20) {
            let all: BTreeSet<Moment> = moments.iter().map(|micros| at(*micros)).collect();
            let mut asked = Asked { from: at(0), to: at(1000), after: None, limit };
            let mut seen: Vec<Moment> = Vec::new();
            let mut began = at(0);
            loop {
                let page = asked.stretch(&all);
                prop_assert!(page.from == began && page.moments.len() <= usize::from(limit));
                seen.extend(&page.moments);
                began = page.to;
                asked.after = page.next;
                if page.next.is_none() {
                    break;
                }
                prop_assert!(asked.check().is_ok());
            }
            prop_assert_eq!((seen, began), (all.into_iter().collect::<Vec<_>>(), at(1000)));
        }
    }

    #[test]
    fn moments_that_do_not_follow_each_other_are_refused() {
        assert!(Asked { from: at(5), to: at(4), after: None, limit: 1 }.check().is_err());
        assert!(Asked { from: at(5), to: at(9), after: Some(at(4)), limit: 1 }.check().is_err());
        assert!(Asked { from: at(5), to: at(9), after: Some(at(9)), limit: 1 }.check().is_ok());
    }
}
