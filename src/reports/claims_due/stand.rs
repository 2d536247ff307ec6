//! How far a funder's period has come. Pure.

use crate::funds::claims::rules::{ClaimState, Days};

words! {
    /// How far the claim for a period has come.
    pub enum ClaimDue {
        /// The period is not over, and nothing is claimed for all of it.
        Running = "running",
        /// The period is over, and nothing is claimed for all of it.
        Due = "due",
        /// A claim is written and not certified.
        Drafted = "drafted",
        /// Finance has certified what is claimed for all of its days.
        Claimed = "claimed",
    }
}

/// How far the claims of a line have brought a period: it is claimed where certified claims cover each of its days, in one or in several.
pub fn stand(period: Days, claims: &[(ClaimState, Days)], is_over: bool) -> ClaimDue {
    let counts = |state: ClaimState| state != ClaimState::Withdrawn;
    let covered = |is_counted: &dyn Fn(ClaimState) -> bool| {
        let mut own: Vec<Days> = claims.iter().filter(|(state, _)| is_counted(*state)).map(|(_, days)| *days).collect();
        own.sort_unstable();
        let mut next = Some(period.0);
        for (starts_on, ends_on) in own {
            if next.is_some_and(|day| starts_on <= day && day <= ends_on) {
                next = ends_on.succ_opt();
            }
        }
        next.is_none_or(|day| day > period.1)
    };
    if covered(&|state| counts(state) && state != ClaimState::Draft) {
        ClaimDue::Claimed
    } else if covered(&counts) {
        ClaimDue::Drafted
    } else if is_over {
        ClaimDue::Due
    } else {
        ClaimDue::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_claimed_once_each_of_its_days_is() {
        let days = |from: &str, to: &str| -> Days { (from.parse().unwrap(), to.parse().unwrap()) };
        let half = days("2020-04-01", "2020-09-30");
        let (early, late) = (days("2020-03-24", "2020-07-31"), days("2020-08-01", "2020-09-30"));
        let certified = |days: Days| (ClaimState::PartlyReceived, days);
        assert_eq!(stand(half, &[certified(late), certified(early)], true), ClaimDue::Claimed);
        assert_eq!(stand(half, &[certified(early), (ClaimState::Draft, late)], true), ClaimDue::Drafted);
        assert_eq!(stand(half, &[certified(early), (ClaimState::Withdrawn, late)], true), ClaimDue::Due);
        assert_eq!(stand(half, &[certified(early), certified(days("2020-08-02", "2020-09-30"))], true), ClaimDue::Due, "a day is missing");
        assert_eq!(stand(half, &[], false), ClaimDue::Running);
    }
}
