//! Adding up what was spent. Pure.

pub use crate::kernel::quantity::share;
use crate::kernel::{FigureStatus, Pence, Quantity};

/// How final a sum of figures is: their status, where they share one.
#[must_use]
pub fn shared_status(statuses: &[FigureStatus]) -> Option<FigureStatus> {
    let first = statuses.first().copied()?;
    statuses.iter().all(|one| *one == first).then_some(first)
}

/// A share in percent, to three decimals, rounded half up. `None` of nothing.
#[must_use]
pub fn percent(part: Pence, whole: Pence) -> Option<Quantity> {
    share(part.0, whole.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_to_three_decimals() {
        assert_eq!(percent(Pence(70), Pence(100)), Some(Quantity(70_000)));
        assert_eq!(percent(Pence(1), Pence(3)), Some(Quantity(33_333)));
        assert_eq!(percent(Pence(2), Pence(3)), Some(Quantity(66_667)));
        assert_eq!(share(11_445, 3_400), Some(Quantity(336_618)));
        assert_eq!(percent(Pence(1), Pence::ZERO), None);
    }

    #[test]
    fn statuses_that_differ_give_none() {
        use FigureStatus::{Final, Midterm};
        assert_eq!(shared_status(&[Final, Final]), Some(Final));
        assert_eq!(shared_status(&[Final, Midterm]), None);
        assert_eq!(shared_status(&[]), None);
    }
}
