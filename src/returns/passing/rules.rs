//! Which returns go to the successor.

use chrono::NaiveDate;

use crate::returns::rules::ReturnState;

/// Whether a return goes to the successor, who is party from `day` on: one that was not sent yet and whose period ends on that day or later, and
/// where the one before is there no more all that is not accepted, since only the successor can answer what the office still asks. Else what was
/// sent stays with whoever sent it.
#[must_use]
pub fn goes_along(state: ReturnState, ends_on: NaiveDate, day: NaiveDate, has_ceased: bool) -> bool {
    match state {
        // What fell away may come again.
        ReturnState::Open | ReturnState::Draft | ReturnState::FallenAway => has_ceased || ends_on >= day,
        ReturnState::Submitted | ReturnState::Queried | ReturnState::Resubmitted => has_ceased,
        ReturnState::Accepted => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_later_goes_along_and_what_was_sent_stays() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let on = day("2021-01-01");
        assert!(goes_along(ReturnState::Draft, day("2021-01-01"), on, false));
        assert!(!goes_along(ReturnState::Open, day("2020-12-31"), on, false));
        assert!(goes_along(ReturnState::Open, day("2020-12-31"), on, true));
        assert!(!goes_along(ReturnState::Queried, day("2021-03-31"), on, false));
        assert!(goes_along(ReturnState::Queried, day("2020-12-31"), on, true));
        assert!(!goes_along(ReturnState::Submitted, day("2021-03-31"), on, false));
        assert!(goes_along(ReturnState::Submitted, day("2020-12-31"), on, true), "nobody else could answer a query");
        assert!(goes_along(ReturnState::Resubmitted, day("2020-12-31"), on, true));
        assert!(!goes_along(ReturnState::Accepted, day("2021-03-31"), on, true));
    }
}
