//! From which day on a variation may hold.

use chrono::NaiveDate;

/// The first day from which a variation may hold, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earliest {
    /// The agreement holds as it is from this day: agreements follow in time, so that each day has one answer.
    Agreed(NaiveDate),
    /// The year of its money is closed, and this is the first day after it.
    AfterClosedYear(NaiveDate),
}

impl Earliest {
    /// The later of the day from which the agreement holds and the first one after the last locked day.
    #[must_use]
    pub fn of(agreed_from: Option<NaiveDate>, locked_to: Option<NaiveDate>) -> Option<Self> {
        let open_from = locked_to.and_then(|day| day.succ_opt()).filter(|open| agreed_from.is_none_or(|agreed| agreed < *open));
        open_from.map(Self::AfterClosedYear).or_else(|| agreed_from.map(Self::Agreed))
    }

    /// The day.
    #[must_use]
    pub const fn day(self) -> NaiveDate {
        match self {
            Self::Agreed(day) | Self::AfterClosedYear(day) => day,
        }
    }

    /// Why nothing holds from before it, in plain words.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Agreed(day) => {
                format!("The agreement holds as it is from {day}; a variation holds from that day on, or from a later one.")
            }
            Self::AfterClosedYear(day) => {
                format!("The year of its money is closed; a variation of what is agreed holds from {day} on, or from a later day.")
            }
        }
    }

    /// Where a variation would hold from before it.
    #[must_use]
    pub fn missed(one: Option<Self>, effective_on: NaiveDate) -> Option<Self> {
        one.filter(|earliest| effective_on < earliest.day())
    }
}
