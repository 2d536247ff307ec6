//! Putting what was spent and what is expected side by side. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{Pence, Quarter};

/// Amounts by quarter.
pub type ByQuarter = BTreeMap<Quarter, Pence>;

/// What is known of an award's money.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The agreed profile.
    pub profile: ByQuarter,
    /// What accepted returns report as they were accepted, in the quarters in which their periods end; nought where they say that nothing was spent, and
    /// no amount where they do not say.
    pub accepted: ByQuarter,
    /// Adjustments of that, in the quarters in which they count.
    pub adjusted: ByQuarter,
    /// The days of which accepted returns, or their adjustments, tell what was spent.
    pub covered: Vec<(NaiveDate, NaiveDate)>,
    /// Of a part, the days of its own accepted returns: what they say was spent stands with the whole, and nothing more is expected here.
    pub told_by_whole: Vec<(NaiveDate, NaiveDate)>,
    /// The forecast in force.
    pub forecast: ByQuarter,
}

/// A quarter of an award.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The quarter.
    pub quarter: Quarter,
    /// What is planned; none without a profile for it.
    pub profile: Option<Pence>,
    /// What was accepted as spent; none where no accepted return covers it.
    pub accepted: Option<Pence>,
    /// Adjustments that count in it; none where there is none.
    pub adjusted: Option<Pence>,
    /// What was spent: both together. None where no accepted return covers it: a difference alone is not what was spent.
    pub actual: Option<Pence>,
    /// What is expected, where no accepted return covers the quarter.
    pub forecast: Option<Pence>,
    /// What was spent, or else what is expected, with adjustments that count in it. None where neither is known.
    pub outturn: Option<Pence>,
    /// Whether what was spent in it stands with a later one: with the last quarter of a longer return, or with an adjustment of what was not reported. So
    /// it has no amount of its own, and nothing is unknown of it.
    pub is_told_later: bool,
}

/// The quarters of an award that anything is known of, in order.
#[must_use]
pub fn lines(told: &Told) -> Vec<Line> {
    let touches = |all: &[(NaiveDate, NaiveDate)], quarter: Quarter| {
        all.iter().any(|(from, to)| *from <= quarter.last_day() && quarter.first_day() <= *to)
    };
    let is_covered = |quarter: Quarter| touches(&told.covered, quarter);
    let quarters: BTreeSet<Quarter> =
        told.profile.keys().chain(told.accepted.keys()).chain(told.adjusted.keys()).chain(told.forecast.keys()).copied().collect();
    let quarters = quarters.into_iter().filter(|quarter| !touches(&told.told_by_whole, *quarter));
    let line = |quarter: Quarter| {
        let is_reported = is_covered(quarter);
        let accepted = told.accepted.get(&quarter).copied();
        let adjusted = told.adjusted.get(&quarter).copied();
        let actual = accepted.map(|accepted| accepted + adjusted.unwrap_or_default());
        let forecast = told.forecast.get(&quarter).copied().filter(|_| !is_reported);
        // Adjustments count in quarters that are still to be reported: what is expected there comes on top.
        let expected = forecast.filter(|_| accepted.is_none()).map(|forecast| forecast + adjusted.unwrap_or_default());
        let outturn = both(actual, if accepted.is_some() { forecast } else { expected });
        let is_told_later = is_reported && accepted.is_none();
        Line { quarter, profile: told.profile.get(&quarter).copied(), accepted, adjusted, actual, forecast, outturn, is_told_later }
    };
    quarters.map(line).collect()
}

/// What two amounts come to; the one where there is no other.
fn both(one: Option<Pence>, other: Option<Pence>) -> Option<Pence> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(amounts: &[(&str, i64)]) -> ByQuarter {
        amounts.iter().map(|(quarter, pence)| (quarter.parse().unwrap(), Pence(*pence))).collect()
    }

    fn shown(told: &Told) -> Vec<(String, [Option<i64>; 4])> {
        let pence = |amount: Option<Pence>| amount.map(|amount| amount.0);
        lines(told)
            .iter()
            .map(|line| (line.quarter.to_string(), [line.profile, line.actual, line.forecast, line.outturn].map(pence)))
            .collect()
    }

    #[test]
    fn what_is_reported_takes_the_place_of_what_was_expected() {
        let day = |text: &str| text.parse().unwrap();
        let told = Told {
            profile: by(&[("2020-21-Q1", 50), ("2020-21-Q2", 50), ("2020-21-Q3", 50), ("2020-21-Q4", 50)]),
            accepted: by(&[("2020-21-Q2", 75)]),
            adjusted: by(&[("2020-21-Q2", -5), ("2020-21-Q3", -5)]),
            covered: vec![(day("2020-04-01"), day("2020-09-30"))],
            told_by_whole: Vec::new(),
            forecast: by(&[("2020-21-Q2", 40), ("2020-21-Q3", 60)]),
        };
        let part = Told { covered: Vec::new(), told_by_whole: told.covered.clone(), accepted: by(&[]), adjusted: by(&[]), ..told.clone() };
        assert_eq!(lines(&part).iter().map(|line| line.outturn).collect::<Vec<_>>(), [Some(Pence(60)), None]);
        let wanted = [
            ("2020-21-Q1", [Some(50), None, None, None]),
            ("2020-21-Q2", [Some(50), Some(70), None, Some(70)]),
            ("2020-21-Q3", [Some(50), None, Some(60), Some(55)]),
            ("2020-21-Q4", [Some(50), None, None, None]),
        ];
        assert_eq!(shown(&told), wanted.map(|(quarter, amounts)| (quarter.to_owned(), amounts)));
        let apart: Vec<_> =
            lines(&told).iter().map(|line| [line.accepted, line.adjusted].map(|amount| amount.map(|amount| amount.0))).collect();
        assert_eq!(apart, [[None, None], [Some(75), Some(-5)], [None, Some(-5)], [None, None]]);
        assert_eq!(lines(&told).iter().map(|line| line.is_told_later).collect::<Vec<_>>(), [true, false, false, false]);
        let alone = Told { forecast: by(&[]), ..told };
        assert_eq!(shown(&alone)[2].1, [Some(50), None, None, None], "a difference alone is no outturn");
    }
}
