//! Contracts that go on with one another are one purchase: nothing can be split in time to stay below a threshold (R64).

use std::collections::{HashMap, HashSet};

use crate::kernel::{Id, Pence};

/// An award that is agreed and linked with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedContract {
    /// Which award.
    pub id: Id,
    /// The award that it goes on with.
    pub succeeds: Option<Id>,
    /// What it commits, net of VAT; nothing where it is no contract.
    pub amount: Pence,
    /// The later years that it names; nothing where it is no contract.
    pub forward: Pence,
}

/// What an award is linked with: what it goes on with, what goes on with it, and what goes on with those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linked {
    /// The award itself, once it is there.
    pub own: Option<Id>,
    /// The others.
    pub others: Vec<LinkedContract>,
}

/// An award by its worth and its later years.
type Worth = (Option<Id>, Pence, Pence);

impl Linked {
    /// What a contract of this amount, with these later years, is worth with all that it is linked with. A year that one names and another
    /// one commits counts once, with whatever is more.
    #[must_use]
    pub fn worth(&self, succeeds: Option<Id>, amount: Pence, forward: Pence) -> Pence {
        let known: HashSet<Id> = self.others.iter().map(|one| one.id).chain(self.own).collect();
        let others = self.others.iter().map(|one| (one.succeeds, (Some(one.id), one.amount, one.forward)));
        let mut following: HashMap<Option<Id>, Vec<Worth>> = HashMap::new();
        for (before, one) in others.chain([(succeeds, (self.own, amount, forward))]) {
            following.entry(before.filter(|id| known.contains(id))).or_default().push(one);
        }
        following.remove(&None).unwrap_or_default().into_iter().map(|first| with_later(first, &mut following)).sum()
    }
}

fn with_later((id, amount, forward): Worth, following: &mut HashMap<Option<Id>, Vec<Worth>>) -> Pence {
    let next = id.and_then(|id| following.remove(&Some(id))).unwrap_or_default();
    let later: Pence = next.into_iter().map(|one| with_later(one, following)).sum();
    amount + forward.max(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_year_of_linked_contracts_counts_once() {
        let [first, second, third] = [Id::new(), Id::new(), Id::new()];
        let one = |id, succeeds, amount, forward| LinkedContract { id, succeeds, amount: Pence(amount), forward: Pence(forward) };
        let linked = |own, others: &[LinkedContract]| Linked { own, others: others.to_vec() };
        assert_eq!(Linked::default().worth(None, Pence(60), Pence(10)), Pence(70));
        // A draft that goes on with the first one, which had promised 50 for its year, and with the one before that.
        let before = [one(first, None, 20, 90), one(second, Some(first), 30, 50)];
        assert_eq!(linked(None, &before).worth(Some(second), Pence(60), Pence::ZERO), Pence(20 + 30 + 60));
        assert_eq!(linked(None, &before).worth(Some(second), Pence(40), Pence::ZERO), Pence(20 + 90), "what was promised at first is more");
        // Two that go on with the same one are of one purchase, and so is what goes on with the award itself.
        assert_eq!(
            linked(Some(second), &[one(first, None, 20, 0), one(third, Some(first), 5, 1)]).worth(Some(first), Pence(7), Pence(1)),
            Pence(34)
        );
        assert_eq!(linked(Some(first), &[one(second, Some(first), 30, 0)]).worth(None, Pence(20), Pence(10)), Pence(50));
        // A forerunner that is not told of is none.
        assert_eq!(linked(None, &[]).worth(Some(first), Pence(7), Pence::ZERO), Pence(7));
    }
}
