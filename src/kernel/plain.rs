//! How days and the service's own words are written for people.

use chrono::NaiveDate;

/// `3 July 2020`.
#[must_use]
pub fn day(on: NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// A word of the service as people write it: `Essential costs assets`.
#[must_use]
pub fn plain(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).map(|c| if c == '_' { ' ' } else { c }).collect()
}
