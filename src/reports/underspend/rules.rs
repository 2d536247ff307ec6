//! How much of an award is likely to be left over. Pure.

use crate::kernel::Pence;
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

/// What is taken of a quarter of which neither spend nor forecast is known.
#[must_use]
pub fn assumed(line: &Line) -> Option<Pence> {
    if line.outturn.is_none() && !line.is_told_later { line.profile } else { None }
}

/// What is likely, of so much committed in all and so much of it not paid.
#[must_use]
pub fn likely(lines: &[Line], is_over: bool, committed: Pence, unpaid: Pence) -> Likely {
    let sum = |of: &dyn Fn(&Line) -> Option<Pence>| lines.iter().filter_map(of).sum::<Pence>();
    let profile = sum(&|line| line.profile);
    let actual = sum(&|line| line.accepted) + sum(&|line| line.adjusted);
    let forecast = sum(&|line| line.forecast);
    let assumed = if is_over { Pence::ZERO } else { sum(&assumed) };
    let is_known = is_over || lines.iter().any(|line| line.profile.is_some() || line.forecast.is_some());
    let left = (committed - actual - forecast - assumed).max(Pence::ZERO);
    let underspend = is_known.then_some(left);
    Likely { profile, actual, forecast, assumed, underspend, releasable: underspend.map(|left| left.min(unpaid.max(Pence::ZERO))) }
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
        let made = likely(&lines, false, Pence(300), Pence(200));
        assert_eq!((made.actual, made.forecast, made.assumed), (Pence(60), Pence(80), Pence(100)));
        assert_eq!((made.underspend, made.releasable), (Some(Pence(60)), Some(Pence(60))));
        assert_eq!(likely(&lines, false, Pence(300), Pence(50)).releasable, Some(Pence(50)), "what is paid is not released");
        assert_eq!(likely(&lines, true, Pence(300), Pence(200)).underspend, Some(Pence(160)), "an award that is over spends no more");
    }

    #[test]
    fn nothing_is_likely_where_nobody_said_what_is_to_come() {
        assert_eq!(likely(&[], false, Pence(300), Pence(300)).underspend, None);
        assert_eq!(likely(&[], true, Pence(300), Pence(300)).underspend, Some(Pence(300)));
    }
}
