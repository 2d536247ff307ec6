//! The arithmetic of a cost for each.

use crate::kernel::{Pence, Quantity};

/// What each of them cost, in pence, rounded half up. `None` where nothing was counted, or less than nothing was spent.
#[must_use]
pub fn each(spent: Pence, counted: Quantity) -> Option<Pence> {
    if counted.0 <= 0 || spent.0 < 0 {
        return None;
    }
    let (spent, counted) = (i128::from(spent.0) * 1_000, i128::from(counted.0));
    i64::try_from((spent * 2 + counted).div_euclid(counted * 2)).ok().map(Pence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_rounded_to_the_penny_and_never_made_up() {
        assert_eq!(each(Pence(10_000), Quantity::whole(3)), Some(Pence(3_333)));
        assert_eq!(each(Pence(10_000), Quantity(7_500)), Some(Pence(1_333)));
        assert_eq!(each(Pence(5), Quantity::whole(2)), Some(Pence(3)));
        assert_eq!(each(Pence::ZERO, Quantity::whole(2)), Some(Pence::ZERO));
        assert_eq!(each(Pence(10_000), Quantity::ZERO), None);
        assert_eq!(each(Pence(-1), Quantity::whole(1)), None);
    }
}
