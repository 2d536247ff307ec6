//! How the page says things: days as people write them, and how far a return has come.

use chrono::NaiveDate;

use crate::returns::routes::ReturnSummary;
use crate::returns::rules::ReturnStage;

/// A day: `21 July 2020`.
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// Some days: `1 April 2020 to 30 June 2020`.
pub(super) fn days(first: NaiveDate, last: NaiveDate) -> String {
    format!("{} to {}", day(first), day(last))
}

/// Words in which names of sheets and cells stand between backticks, as people quote them.
pub(super) fn quoted(text: &str) -> String {
    let mut is_open = false;
    let sign = |c: char| match c {
        '`' => {
            is_open = !is_open;
            if is_open { '‘' } else { '’' }
        }
        other => other,
    };
    text.chars().map(sign).collect()
}

/// How far a return has come.
pub(super) fn state(one: &ReturnSummary) -> &'static str {
    match one.state {
        ReturnStage::NotYetDue => "The period is not over yet",
        ReturnStage::Due if one.is_overdue => "Overdue, nothing written yet",
        ReturnStage::Due => "Nothing written yet",
        ReturnStage::Draft if one.is_overdue => "Overdue, being written",
        ReturnStage::Draft => "Being written",
        ReturnStage::Submitted => "Sent to the office",
        ReturnStage::Queried if one.is_overdue => "Overdue, sent back with a question",
        ReturnStage::Queried => "Sent back with a question",
        ReturnStage::Resubmitted => "Sent to the office again",
        ReturnStage::Accepted => "Accepted by the office",
        ReturnStage::FallenAway => "No longer asked for",
    }
}

/// What was done, as the page says it after a form was sent.
pub(super) fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "uploaded" => "Your file was taken in. The return now says what the file says. It has not been sent to the office yet.",
        "uploaded-all" => {
            "Your file was taken in. Each of these returns now says what the file says. None of them has been sent to the office yet."
        }
        "explained" => "Your explanation was kept.",
        "answered" => "Your answer was kept.",
        "certified" => "The return was certified. It can be submitted now.",
        "attached" => "The file was attached.",
        "removed" => "The file was taken off the return.",
        "submitted" => "The return was sent to the office.",
        "signed-out" => "You have signed out.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_people_do() {
        assert_eq!(quoted("Choose `yes` on the sheet `Spend`."), "Choose ‘yes’ on the sheet ‘Spend’.");
    }
}
