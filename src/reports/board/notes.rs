//! What there is to know about the figures of a row, for whoever reads the page or the paper.

use crate::reports::board::rows::BoardRow;
use crate::reports::indicators::rules::Warning;

/// The letters of what is to be known, and what each means. What was not reported is told in numbers.
const LETTERS: [(Warning, char, &str); 10] = [
    (Warning::MixedBasis, 'a', "counts different things together, as returns say what they count"),
    (Warning::MixedStatus, 'b', "some of it is not final yet"),
    (Warning::BasisChanged, 'c', "the quarter counts something else than the one before it, so the two are not to be compared"),
    (Warning::SpansQuarters, 'd', "a figure of several quarters stands with the last of them"),
    (Warning::SpansYears, 'e', "a figure of several financial years stands with the last of them"),
    (Warning::DoesNotAddOverTime, 'f', "figures of several periods do not add up"),
    (Warning::DoesNotAddOverAreas, 'g', "figures of several areas or awards do not add up"),
    (Warning::DoesNotAddOverGroups, 'h', "figures of several groups do not add up"),
    (Warning::MixedDenominators, 'i', "some percentages do not say what they are of"),
    (Warning::GrowthNotKnown, 'j', "some returns count what was before as well, and how much that was is not known, so they are left out"),
];

fn has(row: &BoardRow, warning: Warning) -> bool {
    row.warnings.contains(&warning) || row.quarter_warnings.contains(&warning)
}

/// What there is to know about a row, in brackets: how much was not reported, and letters of the legend; nothing where there is nothing.
#[must_use]
pub fn marks(row: &BoardRow) -> String {
    let letters = LETTERS.iter().filter(|(warning, ..)| has(row, *warning)).map(|(_, letter, _)| letter.to_string());
    let counts = [
        ("quarter", row.quarter_reported_count, row.quarter_not_reported_count, row.quarter_not_applicable_count),
        ("year", row.reported_count, row.not_reported_count, row.not_applicable_count),
    ];
    let missing = counts.into_iter().flat_map(|(when, reported, missing, without)| {
        let silent = (missing > 0).then(|| format!("{when}: {missing} of {} not reported", reported + missing));
        silent.into_iter().chain((without > 0).then(|| format!("{when}: {without} not applicable")))
    });
    let all: Vec<String> = missing.chain(letters).collect();
    if all.is_empty() { String::new() } else { format!(" [{}]", all.join(", ")) }
}

/// What the letters of some rows mean.
#[must_use]
pub fn legend(rows: &[BoardRow]) -> Vec<(char, &'static str)> {
    let used = LETTERS.iter().filter(|(warning, ..)| rows.iter().any(|row| has(row, *warning)));
    used.map(|(_, letter, text)| (*letter, *text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_has_a_letter_of_its_own() {
        for warning in Warning::ALL.iter().filter(|warning| **warning != Warning::Incomplete) {
            assert_eq!(LETTERS.iter().filter(|(own, ..)| own == warning).count(), 1, "{warning}");
        }
        let mut letters: Vec<char> = LETTERS.iter().map(|(_, letter, _)| *letter).collect();
        letters.dedup();
        assert_eq!(letters.len(), LETTERS.len());
    }
}
