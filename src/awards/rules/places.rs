//! Whether the areas of an award are there in its time.

use chrono::NaiveDate;

/// An area's name, and the first and the last day on which it is one; open where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaInTime {
    /// What it is called.
    pub name: String,
    /// Since when it is there.
    pub valid_from: Option<NaiveDate>,
    /// Until when.
    pub valid_to: Option<NaiveDate>,
}

impl AreaInTime {
    /// What is wrong where the area is there on no day from the first to the last of an award. A day that is not told yet refuses nothing.
    #[must_use]
    pub fn missed_by(&self, starts_on: Option<NaiveDate>, ends_on: Option<NaiveDate>) -> Option<String> {
        let name = &self.name;
        if let (Some(last), Some(starts_on)) = (self.valid_to, starts_on)
            && last < starts_on
        {
            return Some(format!(
                "{name} was an area until {last}, and this award begins on {starts_on}. Name the area that is there now."
            ));
        }
        if let (Some(first), Some(ends_on)) = (self.valid_from, ends_on)
            && ends_on < first
        {
            return Some(format!(
                "{name} is an area from {first} on, and this award ends on {ends_on}. Name the area that was there then."
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_common_day_is_enough() {
        let area = AreaInTime { name: "Old Town".to_owned(), valid_from: day("2019-04-01"), valid_to: day("2020-06-01") };
        let missed = |first: &str, last: &str| area.missed_by(day(first), day(last)).is_some();
        assert!(!missed("2020-06-01", "2021-03-31") && !missed("2018-04-01", "2019-04-01") && !missed("2018-04-01", "2021-03-31"));
        assert!(missed("2020-06-02", "2021-03-31") && missed("2018-04-01", "2019-03-31"));
        assert_eq!(area.missed_by(None, day("2021-03-31")), None);
        let open = AreaInTime { valid_from: None, valid_to: None, ..area };
        assert_eq!(open.missed_by(day("1066-10-14"), day("2066-10-14")), None);
    }
}
