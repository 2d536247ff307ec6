//! How much of an award is likely to be left over. Pure.

use chrono::NaiveDate;

use crate::kernel::{Pence, Quarter};
use crate::reports::outturn::rules::Line;

/// What is likely of an award.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Likely {
    /// Planned by the agreed profile.
    pub profile: Pence,
    /// Accepted as spent, adjusted.
    pub actual: Pence,
    /// Expected by the forecast in force.
    pub forecast: Pence,
    /// Taken to go as planned, since neither is known.
    pub assumed: Pence,
    /// Committed and likely not to be spent; none where nothing says what is still to come.
    pub underspend: Option<Pence>,
    /// Of that what is not paid yet.
    pub releasable: Option<Pence>,
}

/// That delivery of an award is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Over {
    /// Since when; none where nobody said.
    pub ended_on: Option<NaiveDate>,
    /// The days of its returns that are owed and not accepted.
    pub awaited: Vec<(NaiveDate, NaiveDate)>,
}

impl Over {
    /// Whether a quarter lies wholly after it was over.
    fn is_after(&self, quarter: Quarter) -> bool {
        self.ended_on.is_some_and(|ended| quarter.first_day() > ended)
    }

    /// Whether a return is still to tell of a quarter.
    fn awaits(&self, quarter: Quarter) -> bool {
        let touches = |(from, to): &(NaiveDate, NaiveDate)| *from <= quarter.last_day() && quarter.first_day() <= *to;
        !self.is_after(quarter) && self.awaited.iter().any(touches)
    }
}

/// What the forecast in force expects of a quarter: of one after the award was over nothing.
#[must_use]
pub fn forecast(line: &Line, over: Option<&Over>) -> Option<Pence> {
    line.forecast.filter(|_| over.is_none_or(|over| !over.is_after(line.quarter)))
}

/// What is taken of a quarter of which neither spend nor forecast is known. Once the award is over, only where its return is still owed.
#[must_use]
pub fn assumed(line: &Line, over: Option<&Over>) -> Option<Pence> {
    let is_unknown = line.outturn.is_none() && !line.is_told_later && over.is_none_or(|over| over.awaits(line.quarter));
    line.profile.filter(|_| is_unknown)
}

/// What is likely, of so much committed in all and so much of it not paid.
#[must_use]
pub fn likely(lines: &[Line], over: Option<&Over>, committed: Pence, unpaid: Pence) -> Likely {
    let sum = |of: &dyn Fn(&Line) -> Option<Pence>| lines.iter().filter_map(of).sum::<Pence>();
    let profile = sum(&|line| line.profile);
    let actual = sum(&|line| line.accepted) + sum(&|line| line.adjusted);
    let expected = sum(&|line| forecast(line, over));
    let taken = sum(&|line| assumed(line, over));
    let is_known = over.is_some() || lines.iter().any(|line| line.profile.is_some() || line.forecast.is_some());
    let left = (committed - actual - expected - taken).max(Pence::ZERO);
    let underspend = is_known.then_some(left);
    let releasable = underspend.map(|left| left.min(unpaid.max(Pence::ZERO)));
    Likely { profile, actual, forecast: expected, assumed: taken, underspend, releasable }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quarter: &str, profile: i64, accepted: Option<i64>, forecast: Option<i64>) -> Line {
        let (accepted, forecast) = (accepted.map(Pence), forecast.map(Pence));
        Line {
            quarter: quarter.parse().unwrap(),
            profile: Some(Pence(profile)),
            accepted,
            adjusted: None,
            actual: accepted,
            forecast,
            outturn: accepted.or(forecast),
            is_told_later: false,
        }
    }

    #[test]
    fn a_quarter_of_which_nothing_is_known_goes_as_planned() {
        let lines = [line("2020-21-Q1", 100, Some(60), None), line("2020-21-Q2", 100, None, Some(80)), line("2020-21-Q3", 100, None, None)];
        let made = likely(&lines, None, Pence(300), Pence(200));
        assert_eq!((made.actual, made.forecast, made.assumed), (Pence(60), Pence(80), Pence(100)));
        assert_eq!((made.underspend, made.releasable), (Some(Pence(60)), Some(Pence(60))));
        assert_eq!(likely(&lines, None, Pence(300), Pence(50)).releasable, Some(Pence(50)), "what is paid is not released");
        assert_eq!(
            likely(&lines, Some(&Over::default()), Pence(300), Pence(200)).underspend,
            Some(Pence(160)),
            "an award that is over spends no more"
        );
    }

    #[test]
    fn an_award_that_is_over_spends_what_its_returns_are_still_to_tell() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let q2 = (day("2020-07-01"), day("2020-09-30"));
        // Terminated on 30 September: what was forecast for later is not spent any more.
        let lines = [
            line("2020-21-Q1", 100, Some(60), None),
            line("2020-21-Q2", 100, Some(80), None),
            line("2020-21-Q3", 100, None, Some(100)),
            line("2020-21-Q4", 100, None, Some(100)),
        ];
        let over = |awaited: &[(NaiveDate, NaiveDate)]| Over { ended_on: Some(day("2020-09-30")), awaited: awaited.to_vec() };
        let made = likely(&lines, Some(&over(&[])), Pence(400), Pence(300));
        assert_eq!((made.forecast, made.underspend), (Pence::ZERO, Some(Pence(260))));
        // The return of its last quarter is not accepted yet, and nothing was forecast for it.
        let lines = [line("2020-21-Q1", 100, Some(60), None), line("2020-21-Q2", 100, None, None), line("2020-21-Q3", 100, None, None)];
        let made = likely(&lines, Some(&over(&[q2])), Pence(300), Pence(300));
        assert_eq!((made.assumed, made.underspend), (Pence(100), Some(Pence(140))));
        assert_eq!(likely(&lines, Some(&over(&[])), Pence(300), Pence(300)).underspend, Some(Pence(240)), "no return is owed");
    }

    #[test]
    fn nothing_is_likely_where_nobody_said_what_is_to_come() {
        assert_eq!(likely(&[], None, Pence(300), Pence(300)).underspend, None);
        assert_eq!(likely(&[], Some(&Over::default()), Pence(300), Pence(300)).underspend, Some(Pence(300)));
    }
}
