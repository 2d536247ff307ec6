//! Variations of several awards that share one decision and one total (R07).

use crate::kernel::{Id, Pence};
use crate::variations::rules::VariationState;

/// One variation of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupedChange {
    /// The award it changes.
    pub award_id: Id,
    /// How far it has come, as it is shown.
    pub state: VariationState,
    /// What the award was for before it, where it changes the value and that is known.
    pub before: Option<Pence>,
    /// What the award is for now.
    pub now: Option<Pence>,
    /// The agreement version it made.
    pub terms_no: Option<i32>,
    /// How much it adds.
    pub change: Pence,
}

/// What the variations of a group do to one award, or to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupSum {
    /// What was agreed before the first of them; none where that is not known.
    pub base: Option<Pence>,
    /// What those in force add.
    pub change: Pence,
    /// What those add that are drafted, sent or accepted and not in force yet.
    pub pending: Pence,
    /// How many of them count: all that were not refused, lapsed or taken back.
    pub count: i64,
}

impl GroupSum {
    /// What is agreed with them.
    #[must_use]
    pub fn total(&self) -> Option<Pence> {
        self.base.map(|base| base + self.change)
    }
}

impl GroupedChange {
    /// Whether it counts in its group: it was not refused or taken back and has not lapsed.
    #[must_use]
    pub const fn counts(&self) -> bool {
        use VariationState::{Accepted, Applied, Draft, Issued};
        matches!(self.state, Draft | Issued | Accepted | Applied)
    }
}

/// What the variations of one group do to each award, in the order in which the awards come.
#[must_use]
pub fn by_award(changes: &[GroupedChange]) -> Vec<(Id, GroupSum)> {
    let mut awards: Vec<Id> = Vec::new();
    for one in changes.iter().filter(|one| one.counts()) {
        if !awards.contains(&one.award_id) {
            awards.push(one.award_id);
        }
    }
    let of = |award: Id| changes.iter().filter(move |one| one.award_id == award && one.counts());
    awards.into_iter().map(|award| (award, sum(&of(award).copied().collect::<Vec<_>>()))).collect()
}

fn sum(changes: &[GroupedChange]) -> GroupSum {
    let (applied, pending): (Vec<&GroupedChange>, Vec<&GroupedChange>) =
        changes.iter().partition(|one| one.state == VariationState::Applied);
    let first = applied.iter().filter(|one| !one.change.is_zero()).min_by_key(|one| one.terms_no);
    GroupSum {
        base: first.map_or_else(|| changes.first().and_then(|one| one.now), |first| first.before),
        change: applied.iter().map(|one| one.change).sum(),
        pending: pending.iter().map(|one| one.change).sum(),
        count: i64::try_from(changes.len()).unwrap_or(i64::MAX),
    }
}

/// All awards of a group together; its base is known where that of each is.
#[must_use]
pub fn together(awards: &[(Id, GroupSum)]) -> GroupSum {
    let nothing = GroupSum { base: Some(Pence::ZERO), change: Pence::ZERO, pending: Pence::ZERO, count: 0 };
    awards.iter().fold(nothing, |sum, (_, one)| GroupSum {
        base: sum.base.zip(one.base).map(|(sum, more)| sum + more),
        change: sum.change + one.change,
        pending: sum.pending + one.pending,
        count: sum.count + one.count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(award_id: Id, state: VariationState, before: Option<i64>, terms_no: Option<i32>, pence: i64) -> GroupedChange {
        GroupedChange { award_id, state, before: before.map(Pence), now: Some(Pence(500)), terms_no, change: Pence(pence) }
    }

    #[test]
    fn each_award_goes_from_its_base_to_its_new_total() {
        use VariationState::{Accepted, Applied, Issued, Refused, Withdrawn};
        let (one, other, none) = (Id::new(), Id::new(), Id::new());
        let changes = [
            change(one, Applied, Some(180), Some(3), 20),
            change(one, Applied, Some(100), Some(2), 80),
            change(one, Refused, None, None, 1_000),
            change(other, Issued, Some(300), None, 30),
            change(other, Accepted, Some(300), None, -10),
            change(none, Withdrawn, None, None, 7),
        ];
        let awards = by_award(&changes);
        let told: Vec<_> = awards.iter().map(|(id, sum)| (*id, sum.base, sum.change, sum.pending, sum.total(), sum.count)).collect();
        let pence = |pence| Some(Pence(pence));
        assert_eq!(told, [(one, pence(100), Pence(100), Pence(0), pence(200), 2), (other, pence(500), Pence(0), Pence(20), pence(500), 2)]);
        let all = together(&awards);
        assert_eq!((all.base, all.change, all.pending, all.total(), all.count), (pence(600), Pence(100), Pence(20), pence(700), 4));
    }

    #[test]
    fn what_is_not_known_makes_no_total() {
        let changes =
            [change(Id::new(), VariationState::Applied, None, Some(2), 5), change(Id::new(), VariationState::Draft, None, None, 5)];
        let all = together(&by_award(&changes));
        assert_eq!((all.base, all.total(), all.change, all.pending), (None, None, Pence(5), Pence(5)));
    }
}
