//! When a provider is reminded. Pure.

use chrono::NaiveDate;

use crate::returns::policy::rules::ReturnPolicy;

/// Why a provider is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// The day comes near.
    Before,
    /// It is the day.
    OnTheDay,
    /// The day passed so many weeks ago.
    Overdue(i64),
}

impl Reminder {
    /// What a reminder is called where it is noted; `is_again` of a return that is to be sent again.
    #[must_use]
    pub fn word(self, is_again: bool) -> String {
        let of = if is_again { "again_" } else { "" };
        match self {
            Self::Before => format!("{of}before"),
            Self::OnTheDay => format!("{of}on_the_day"),
            Self::Overdue(weeks) => format!("{of}overdue_{weeks}"),
        }
    }
}

/// What is told on `today` about a return that is due, or to be sent again, on `due_on`; nothing on most days. A week that nobody looked in is told late.
#[must_use]
pub fn reminder(due_on: NaiveDate, today: NaiveDate, policy: &ReturnPolicy) -> Option<Reminder> {
    let days = (today - due_on).num_days();
    let before = i64::from(policy.remind_days_before.unwrap_or_default());
    match days {
        0 => Some(Reminder::OnTheDay),
        days if days < 0 => (-days <= before).then_some(Reminder::Before),
        days => Some(days / 7).filter(|weeks| (1..=i64::from(policy.weekly_reminders_max)).contains(weeks)).map(Reminder::Overdue),
    }
}

/// The days between which returns may be due that somebody is reminded of on `today`.
#[must_use]
pub fn span(today: NaiveDate, policy: &ReturnPolicy) -> (NaiveDate, NaiveDate) {
    let days = |count: i32| chrono::TimeDelta::days(i64::from(count));
    let longest_ago = days(policy.weekly_reminders_max.saturating_mul(7).saturating_add(6));
    let first = today.checked_sub_signed(longest_ago).unwrap_or(NaiveDate::MIN);
    (first, today.checked_add_signed(days(policy.remind_days_before.unwrap_or_default())).unwrap_or(NaiveDate::MAX))
}

/// Subject and words of a reminder of a return that is due on a day, or to be sent again by it.
#[must_use]
pub fn letter(kind: Reminder, award: (&str, &str), period: &str, (due_on, is_again): (NaiveDate, bool)) -> (String, String) {
    let (reference, title) = award;
    let (subject, first) = match kind {
        Reminder::Before | Reminder::OnTheDay if is_again => (
            format!("Return for {reference}, {period}: to be sent again by {due_on}"),
            format!("The return for the award {reference}, {title}, for {period} is with you again. Please send it once more by {due_on}."),
        ),
        Reminder::Overdue(_) if is_again => (
            format!("Return for {reference}, {period}: not sent again by {due_on}"),
            format!(
                "The return for the award {reference}, {title}, for {period} is with you again, and should have been sent once more by {due_on}."
            ),
        ),
        Reminder::Before => (
            format!("Return for {reference}, {period}: due on {due_on}"),
            format!("The return for the award {reference}, {title}, for {period} is due on {due_on}."),
        ),
        Reminder::OnTheDay => (
            format!("Return for {reference}, {period}: due today"),
            format!("The return for the award {reference}, {title}, for {period} is due today."),
        ),
        Reminder::Overdue(_) => (
            format!("Return for {reference}, {period}: overdue since {due_on}"),
            format!("The return for the award {reference}, {title}, for {period} was due on {due_on} and has not come yet."),
        ),
    };
    let what = if is_again { " Where the office asked something about it, the question stands in the return." } else { "" };
    let rest = "If something keeps you from sending it, tell the office: it can give you more time. Your payments do not wait for it.";
    (subject, format!("{first}{what}\n{rest}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_provider_is_reminded_before_on_and_after_the_day() {
        let policy = ReturnPolicy { weekly_reminders_max: 2, ..ReturnPolicy::default() };
        let told = |today: &str| reminder(day("2020-07-21"), day(today), &policy);
        assert_eq!(told("2020-07-13"), None);
        assert_eq!((told("2020-07-14"), told("2020-07-20")), (Some(Reminder::Before), Some(Reminder::Before)));
        assert_eq!((told("2020-07-21"), told("2020-07-22"), told("2020-07-27")), (Some(Reminder::OnTheDay), None, None));
        assert_eq!((told("2020-07-28"), told("2020-08-03")), (Some(Reminder::Overdue(1)), Some(Reminder::Overdue(1))));
        assert_eq!((told("2020-08-04"), told("2020-08-11")), (Some(Reminder::Overdue(2)), None));
        let never = ReturnPolicy { remind_days_before: None, weekly_reminders_max: 0, ..policy };
        assert_eq!(reminder(day("2020-07-21"), day("2020-07-20"), &never), None);
        assert_eq!(reminder(day("2020-07-21"), day("2020-07-28"), &never), None);
    }

    #[test]
    fn every_day_with_a_reminder_lies_in_the_span() {
        let policy = ReturnPolicy::default();
        let today = day("2020-07-21");
        let (first, last) = span(today, &policy);
        let due_days = day("2020-01-01").iter_days().take(400);
        assert!(due_days.filter(|due_on| reminder(*due_on, today, &policy).is_some()).all(|due_on| first <= due_on && due_on <= last));
        assert!(reminder(first, today, &policy).is_some() && reminder(last, today, &policy).is_some());
    }
}
