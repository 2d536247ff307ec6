//! The returns that awards owe, whatever came of them: whoever subtracts what was reported before has to know whether anything had to be. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::kernel::Id;

/// The days of the returns of each award, and the first day of the award.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owed {
    periods: HashMap<Id, Vec<(NaiveDate, NaiveDate)>>,
    first_days: HashMap<Id, NaiveDate>,
}

impl Owed {
    /// From the days of returns and the first days of awards.
    #[must_use]
    pub fn of(
        periods: impl IntoIterator<Item = (Id, (NaiveDate, NaiveDate))>,
        first_days: impl IntoIterator<Item = (Id, NaiveDate)>,
    ) -> Self {
        let mut all: HashMap<Id, Vec<(NaiveDate, NaiveDate)>> = HashMap::new();
        for (award, days) in periods {
            all.entry(award).or_default().push(days);
        }
        all.values_mut().for_each(|own| own.sort_unstable_by_key(|(first, last)| (*last, *first)));
        Self { periods: all, first_days: first_days.into_iter().collect() }
    }

    /// The first day of an award.
    #[must_use]
    pub fn first_day(&self, award: Id) -> Option<NaiveDate> {
        self.first_days.get(&award).copied()
    }

    /// The last day of the last return that ends before a day.
    #[must_use]
    pub fn ends_before(&self, award: Id, day: NaiveDate) -> Option<NaiveDate> {
        self.of_award(award).iter().rev().map(|(_, last)| *last).find(|last| *last < day)
    }

    /// The first day of the first return that does not end before a day.
    #[must_use]
    pub fn begins_from(&self, award: Id, day: NaiveDate) -> Option<NaiveDate> {
        self.of_award(award).iter().find(|(_, last)| *last >= day).map(|(first, _)| *first)
    }

    fn of_award(&self, award: Id) -> &[(NaiveDate, NaiveDate)] {
        self.periods.get(&award).map(Vec::as_slice).unwrap_or_default()
    }
}
