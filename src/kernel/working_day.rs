//! Working days in England: Monday to Friday, less bank holidays.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Bank holidays that a proclamation or an Act moved away for one year.
const MOVED_AWAY: &[(i32, u32, u32)] = &[(2012, 5, 28), (2020, 5, 4), (2022, 5, 30)];

/// Bank holidays of one year only.
const ONCE: &[(i32, u32, u32)] =
    &[(2011, 4, 29), (2012, 6, 4), (2012, 6, 5), (2020, 5, 8), (2022, 6, 2), (2022, 6, 3), (2022, 9, 19), (2023, 5, 8)];

/// The day that is `count` working days after `day`.
#[must_use]
pub fn working_days_after(day: NaiveDate, count: u32) -> NaiveDate {
    let days = day.iter_days().skip(1).filter(|day| is_working_day(*day));
    days.take(usize::try_from(count).unwrap_or(usize::MAX)).last().unwrap_or(day)
}

/// Whether offices in England are open.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_bank_holiday(day)
}

/// Whether `day` is a bank holiday in England and Wales.
#[must_use]
pub fn is_bank_holiday(day: NaiveDate) -> bool {
    let date = (day.year(), day.month(), day.day());
    if ONCE.contains(&date) {
        return true;
    }
    !MOVED_AWAY.contains(&date) && (is_fixed(day) || is_monday_holiday(day) || is_easter(day))
}

/// New Year's Day, Christmas Day and Boxing Day, or the working day that stands in for them after a weekend.
fn is_fixed(day: NaiveDate) -> bool {
    let is = |month, number| (day.month(), day.day()) == (month, number);
    match day.weekday() {
        Weekday::Sat | Weekday::Sun => false,
        Weekday::Mon => is(1, 1) || is(1, 2) || is(1, 3) || is(12, 25) || is(12, 26) || is(12, 27) || is(12, 28),
        Weekday::Tue => is(1, 1) || is(12, 25) || is(12, 26) || is(12, 27) || is(12, 28),
        _ => is(1, 1) || is(12, 25) || is(12, 26),
    }
}

/// The first and the last Monday in May and the last in August.
fn is_monday_holiday(day: NaiveDate) -> bool {
    let is_last = day.checked_add_days(Days::new(7)).is_some_and(|next| next.month() != day.month());
    day.weekday() == Weekday::Mon && ((day.month() == 5 && (day.day() <= 7 || is_last)) || (day.month() == 8 && is_last))
}

/// Good Friday and Easter Monday.
fn is_easter(day: NaiveDate) -> bool {
    let Some(sunday) = easter_sunday(day.year()) else { return false };
    sunday.checked_sub_days(Days::new(2)) == Some(day) || sunday.checked_add_days(Days::new(1)) == Some(day)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let shift = (golden + 11 * moon + 22 * weekday) / 451;
    let number = moon + weekday - 7 * shift + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(number / 31).ok()?, u32::try_from(number % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn bank_holidays_that_were_printed() {
        let holidays = |year: i32| -> Vec<String> {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            first.iter_days().take_while(|day| day.year() == year).filter(|day| is_bank_holiday(*day)).map(|day| day.to_string()).collect()
        };
        assert_eq!(
            holidays(2012),
            ["2012-01-02", "2012-04-06", "2012-04-09", "2012-05-07", "2012-06-04", "2012-06-05", "2012-08-27", "2012-12-25", "2012-12-26"]
        );
        assert_eq!(
            holidays(2020),
            ["2020-01-01", "2020-04-10", "2020-04-13", "2020-05-08", "2020-05-25", "2020-08-31", "2020-12-25", "2020-12-28"]
        );
        assert_eq!(
            holidays(2021),
            ["2021-01-01", "2021-04-02", "2021-04-05", "2021-05-03", "2021-05-31", "2021-08-30", "2021-12-27", "2021-12-28"]
        );
        assert_eq!(
            holidays(2022),
            [
                "2022-01-03",
                "2022-04-15",
                "2022-04-18",
                "2022-05-02",
                "2022-06-02",
                "2022-06-03",
                "2022-08-29",
                "2022-09-19",
                "2022-12-26",
                "2022-12-27"
            ]
        );
    }

    #[test]
    fn the_fifteenth_working_day_passes_over_holidays() {
        assert_eq!(working_days_after(day("2020-03-31"), 15), day("2020-04-23"));
        assert_eq!(working_days_after(day("2020-12-31"), 15), day("2021-01-22"));
        assert_eq!(working_days_after(day("2020-06-30"), 0), day("2020-06-30"));
    }
}
