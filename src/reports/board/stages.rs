//! How far programmes had come on a day. Pure.

use chrono::NaiveDate;

use crate::providers::programmes::rules::ProgrammeStage;

/// A stage, and since when; none where it is not known.
pub type Stage = (Option<ProgrammeStage>, Option<NaiveDate>);

/// What a version of a programme says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// When that was noted.
    pub noted_on: NaiveDate,
    /// The stage.
    pub stage: Option<ProgrammeStage>,
    /// Since when; none where it does not say.
    pub since: Option<NaiveDate>,
}

/// The stage on a day, from what was said in that order: the last that had begun by then. Without a day, the first holds from the beginning and a later one
/// from when it was noted.
#[must_use]
pub fn on(said: &[Said], day: NaiveDate) -> Stage {
    let begun = |(at, one): &(usize, &Said)| match one.since {
        Some(since) => since <= day,
        None => *at == 0 || one.noted_on <= day,
    };
    said.iter().enumerate().rev().find(begun).map_or((None, None), |(_, one)| (one.stage, one.since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn said(noted_on: &str, stage: ProgrammeStage, since: Option<&str>) -> Said {
        Said { noted_on: day(noted_on), stage: Some(stage), since: since.map(day) }
    }

    #[test]
    fn what_came_later_does_not_hold_before() {
        use ProgrammeStage::{Ended, Live, Pilot};
        let all = [said("2026-01-05", Pilot, None), said("2026-02-05", Live, Some("2021-01-01")), said("2026-03-05", Ended, None)];
        assert_eq!(on(&all, day("2020-12-31")), (Some(Pilot), None), "noted later, and from the beginning");
        assert_eq!(on(&all, day("2021-01-01")), (Some(Live), Some(day("2021-01-01"))));
        assert_eq!(on(&all, day("2026-03-31")), (Some(Ended), None));
        assert_eq!(on(&all[1..], day("2020-12-31")), (None, None));
        assert_eq!(on(&[], day("2020-12-31")), (None, None));
    }
}
