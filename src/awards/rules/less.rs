//! Pennies: how less money falls on the budget lines that pay an award.

use std::collections::BTreeMap;

use super::move_split;
use crate::kernel::{Id, Pence};

/// The split of an award that comes to `less` less: each line gives in proportion to what it pays, and none more than it has `free`; what it cannot give,
/// the others do, in proportion too, to the penny. Where all of them together have less free, each gives in proportion to what it pays: whoever moves the
/// money refuses that.
#[must_use]
pub fn lessen(split: &[(Id, Pence)], less: Pence, free: &BTreeMap<Id, Pence>) -> Vec<(Id, Pence)> {
    let room = |(line, pays): &(Id, Pence)| free.get(line).copied().unwrap_or_default().min(*pays).max(Pence::ZERO);
    let mut rooms: Vec<Pence> = split.iter().map(room).collect();
    if rooms.iter().copied().sum::<Pence>() < less {
        return move_split(split, -less);
    }
    let (mut after, mut left) = (split.to_vec(), less);
    // Each round gives all that is left, or takes all from at least one line.
    while left.is_positive() {
        let weights: Vec<Pence> =
            split.iter().zip(&rooms).map(|((_, pays), room)| if room.is_positive() { *pays } else { Pence::ZERO }).collect();
        for (((_, pays), room), part) in after.iter_mut().zip(&mut rooms).zip(left.split(&weights)) {
            let part = part.min(*room);
            *pays = *pays - part;
            *room = *room - part;
            left = left - part;
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pence: &[i64]) -> Vec<(Id, Pence)> {
        pence.iter().map(|pence| (Id::new(), Pence(*pence))).collect()
    }

    fn free_of(split: &[(Id, Pence)], pence: &[i64]) -> BTreeMap<Id, Pence> {
        split.iter().map(|(line, _)| *line).zip(pence.iter().copied().map(Pence)).collect()
    }

    fn left(split: &[(Id, Pence)], less: i64, free: &[i64]) -> Vec<i64> {
        lessen(split, Pence(less), &free_of(split, free)).iter().map(|(_, pence)| pence.0).collect()
    }

    #[test]
    fn a_line_gives_no_more_than_it_has() {
        // £20,000 by two equal lines; £6,666.67 of it is paid, and the award comes to just that.
        let equal = lines(&[1_000_000, 1_000_000]);
        assert_eq!(left(&equal, 1_333_333, &[666_666, 666_667]), [333_334, 333_333]);
        // A funder has cut what the second line had not paid yet.
        let cut = lines(&[20_000_000, 5_000_000]);
        assert_eq!(left(&cut, 1_000_000, &[10_000_000, 0]), [19_000_000, 5_000_000]);
        assert_eq!(left(&cut, 1_000_000, &[10_000_000, 100_000]), [19_100_000, 4_900_000]);
        // More than all have is asked of each in proportion, and refused where it is moved.
        assert_eq!(left(&equal, 1_333_334, &[666_666, 666_667]), [333_333, 333_333]);
        // A line of which nothing is known has nothing.
        assert_eq!(lessen(&equal, Pence(1), &free_of(&equal[1..], &[5])), [equal[0], (equal[1].0, Pence(999_999))]);
        assert_eq!(left(&equal, 0, &[0, 0]), [1_000_000, 1_000_000]);
    }

    proptest! {
        /// All that is asked for is taken, as long as the money is there, and no line gives more than it has.
        #[test]
        fn less_is_taken_where_the_money_is(parts in prop::collection::vec((1_i64..1_000_000_000, 0_i64..=1_000), 1..8), permille in 0_i64..=1_000) {
            let split = lines(&parts.iter().map(|(pays, _)| *pays).collect::<Vec<_>>());
            let free: Vec<i64> = parts.iter().map(|(pays, permille)| pays * permille / 1_000).collect();
            let less = free.iter().sum::<i64>() * permille / 1_000;
            let after = left(&split, less, &free);
            let given: Vec<i64> = split.iter().zip(&after).map(|((_, pays), left)| pays.0 - left).collect();
            prop_assert_eq!(given.iter().sum::<i64>(), less);
            prop_assert!(given.iter().zip(&free).all(|(given, free)| (0..=*free).contains(given)), "{given:?} of {free:?}");
            // Whoever has more left gives its share, to the penny for each round.
            let rounds = i64::try_from(split.len()).unwrap();
            let whole: i128 = split.iter().map(|(_, pays)| i128::from(pays.0)).sum();
            for (((_, pays), given), free) in split.iter().zip(&given).zip(&free) {
                let share = i64::try_from(i128::from(pays.0) * i128::from(less) / whole).unwrap();
                prop_assert!(given == free || *given >= share - rounds, "{given} of {free}, and {share} in proportion");
            }
        }

        /// Where each line has what it would give in proportion, nothing else is asked of it.
        #[test]
        fn less_keeps_to_the_split_where_it_can(parts in prop::collection::vec(1_i64..1_000_000_000, 1..8), permille in 0_i64..=1_000) {
            let split = lines(&parts);
            let less = parts.iter().sum::<i64>() * permille / 1_000;
            prop_assert_eq!(lessen(&split, Pence(less), &free_of(&split, &parts)), move_split(&split, Pence(-less)));
        }
    }
}
