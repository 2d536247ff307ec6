//! Which payments go to the successor, and which stand in the way.

use chrono::NaiveDate;

use crate::payments::rules::{PaymentKind, PaymentState};

/// What becomes of a payment when its agreement passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It stays with whoever received it, or is to receive it.
    Stays,
    /// It goes to the successor.
    Goes,
    /// It is on its way to the one before, and what becomes of it is not known yet.
    Stuck,
}

/// What becomes of a payment whose agreement is another provider's from `day` on. An instalment goes by the last day of its period, as the return of
/// that period does, and one without a period by the day on which it is due (`goes_by`): on that day or later it goes along. Where the one before is
/// there no more, all that is not paid does. An invoice is paid to whoever sent it, while that is there.
#[must_use]
pub fn passage(
    (state, kind): (PaymentState, PaymentKind),
    (goes_by, day): (NaiveDate, NaiveDate),
    (has_ceased, is_gathered): (bool, bool),
) -> Passage {
    let goes = has_ceased || (kind == PaymentKind::Instalment && goes_by >= day);
    match state {
        PaymentState::Paid | PaymentState::Cancelled => Passage::Stays,
        _ if !goes => Passage::Stays,
        PaymentState::Exported => Passage::Stuck,
        _ if is_gathered => Passage::Stuck,
        _ => Passage::Goes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_later_goes_along_unless_it_is_on_its_way() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (on, before) = (day("2021-01-01"), day("2020-12-31"));
        let instalment = |state| (state, PaymentKind::Instalment);
        assert_eq!(passage(instalment(PaymentState::Scheduled), (on, on), (false, false)), Passage::Goes);
        assert_eq!(passage(instalment(PaymentState::Scheduled), (before, on), (false, false)), Passage::Stays);
        assert_eq!(passage(instalment(PaymentState::Returned), (before, on), (true, false)), Passage::Goes);
        assert_eq!(passage(instalment(PaymentState::Authorised), (on, on), (false, true)), Passage::Stuck);
        assert_eq!(passage(instalment(PaymentState::Exported), (on, on), (false, false)), Passage::Stuck);
        assert_eq!(passage(instalment(PaymentState::Exported), (before, on), (false, false)), Passage::Stays);
        assert_eq!(passage(instalment(PaymentState::Paid), (on, on), (true, false)), Passage::Stays);
        assert_eq!(passage((PaymentState::Scheduled, PaymentKind::Invoice), (on, on), (false, false)), Passage::Stays);
        assert_eq!(passage((PaymentState::Scheduled, PaymentKind::Invoice), (on, on), (true, false)), Passage::Goes);
    }
}
