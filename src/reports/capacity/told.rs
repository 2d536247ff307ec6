//! How capacities and modes are put together. Pure.

use chrono::NaiveDate;

use crate::awards::rules::DeliveryMode;
use crate::kernel::Quantity;

words! {
    /// How a service reaches people, as far as that is known.
    pub enum ModeKnown {
        /// People meet.
        InPerson = "in_person",
        /// By telephone or online.
        Remote = "remote",
        /// Both.
        Blended = "blended",
        /// Nobody has said.
        Unknown = "unknown",
    }
}

impl From<Option<DeliveryMode>> for ModeKnown {
    fn from(mode: Option<DeliveryMode>) -> Self {
        match mode {
            Some(DeliveryMode::InPerson) => Self::InPerson,
            Some(DeliveryMode::Remote) => Self::Remote,
            Some(DeliveryMode::Blended) => Self::Blended,
            None => Self::Unknown,
        }
    }
}

/// A mode, and the day of which it is told; no day where none was noted.
pub type Told = (DeliveryMode, Option<NaiveDate>);

/// Which of two counts: what the office noted, or what a return says of its period, told as of its last day. The later one; of one day the
/// office's.
#[must_use]
pub fn later(noted: Option<Told>, returned: Option<Told>) -> Option<Told> {
    match (noted, returned) {
        (Some(office), Some(provider)) if office.1 < provider.1 => Some(provider),
        (None, provider) => provider,
        (office, _) => office,
    }
}

/// What is known of something that is counted in one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many say so.
    pub count: i64,
    /// What they come to; none where nobody says so.
    pub total: Option<Quantity>,
}

impl Sum {
    /// With one more. What is not reported adds nothing and is not counted.
    pub fn add(&mut self, value: Option<Quantity>) {
        if let Some(value) = value {
            self.count += 1;
            self.total = Some(Quantity(self.total.map_or(0, |total| total.0).saturating_add(value.0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_later_word_on_a_mode_counts() {
        let (remote, both) = ((DeliveryMode::Remote, day("2020-04-01")), (DeliveryMode::Blended, day("2020-06-30")));
        assert_eq!(later(Some(remote), Some(both)), Some(both));
        assert_eq!(later(Some(both), Some(remote)), Some(both));
        assert_eq!(later(Some((DeliveryMode::InPerson, both.1)), Some(both)), Some((DeliveryMode::InPerson, both.1)));
        assert_eq!(later(Some((DeliveryMode::InPerson, None)), Some(remote)), Some(remote));
        assert_eq!((later(None, Some(remote)), later(Some(remote), None), later(None, None)), (Some(remote), Some(remote), None));
    }

    #[test]
    fn what_is_not_reported_is_no_nought() {
        let mut sum = Sum::default();
        sum.add(None);
        assert_eq!(sum, Sum::default());
        sum.add(Some(Quantity::ZERO));
        sum.add(Some(Quantity::whole(4)));
        assert_eq!(sum, Sum { count: 2, total: Some(Quantity::whole(4)) });
    }
}
