//! From picture to picture: what each act did. Pure, but for the pictures that it asks for.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::kernel::{Moment, Named, Refusal};
use crate::reports::changes::pictures::{Change, Picture};

/// What one act did.
pub struct Step {
    /// When it was recorded.
    pub recorded_at: Moment,
    /// The awards that it touched.
    pub awards: Vec<Named>,
    /// The funds that it touched.
    pub funds: Vec<Named>,
    /// What it changed.
    pub changes: Vec<Change>,
}

impl Step {
    /// What lies between two pictures, where they differ.
    fn between(recorded_at: Moment, earlier: &Picture, later: &Picture) -> Option<Self> {
        let changes = later.since(earlier);
        if changes.is_empty() {
            return None;
        }
        let (awards, funds) = later.touched(earlier);
        Some(Self { recorded_at, awards, funds, changes })
    }
}

/// Both ends of a walk.
pub struct Ends<'a> {
    /// Known at this moment,
    pub from: Moment,
    /// it said so.
    pub before: &'a Picture,
    /// Known at this one,
    pub to: Moment,
    /// it says so.
    pub after: &'a Picture,
}

/// How far a walk came.
pub enum Walked {
    /// To its end.
    Whole(Vec<Step>),
    /// Not to its end in the time that it had; to this moment it would.
    Stopped(Moment),
}

/// Asks for the picture at each moment at which something was recorded, and notes what each of them did. What changed before such a moment and
/// after the one before it, or after the last, is noted by itself, so that it is laid on no act that did not do it.
pub fn walk(
    moments: &BTreeSet<Moment>,
    ends: &Ends<'_>,
    mut picture: impl FnMut(Moment) -> Result<Picture, Refusal>,
    mut is_over: impl FnMut() -> bool,
) -> Result<Walked, Refusal> {
    let mut steps = Vec::new();
    let (mut last, mut last_at) = (ends.before.clone(), ends.from);
    for (done, at) in moments.iter().copied().enumerate() {
        // One moment is always looked at, so that whoever asks in pieces gets on.
        if done > 0 && is_over() {
            return Ok(Walked::Stopped(piece(moments, done).unwrap_or(last_at)));
        }
        let now = picture(at)?;
        let just_before = at.plus(TimeDelta::microseconds(-1));
        if just_before > last_at && !now.since(&last).is_empty() {
            let quiet = picture(just_before)?;
            steps.extend(Step::between(just_before, &last, &quiet));
            last = quiet;
        }
        steps.extend(Step::between(at, &last, &now));
        (last, last_at) = (now, at);
    }
    steps.extend(Step::between(ends.to, &last, ends.after));
    Ok(Walked::Whole(steps))
}

/// To where the next answer should come when this one came over so many moments: not quite as far, or it would stop again.
fn piece(moments: &BTreeSet<Moment>, done: usize) -> Option<Moment> {
    moments.iter().nth((done - done / 4).saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::changes::pictures::tests::picture;

    fn at(micros: i64) -> Moment {
        Moment::from_micros(micros).unwrap()
    }

    /// What one row held from each of these moments on.
    fn seen(told: &[(i64, i64)], known_at: Moment) -> Picture {
        told.iter().rfind(|(from, _)| at(*from) <= known_at).map(|(_, pence)| picture(&[(1, *pence, 0)])).unwrap_or_default()
    }

    fn walked(told: &[(i64, i64)], moments: &[i64], mut left: usize) -> Walked {
        let (before, after) = (seen(told, at(0)), seen(told, at(1000)));
        let ends = Ends { from: at(0), before: &before, to: at(1000), after: &after };
        let is_over = || {
            left = left.saturating_sub(1);
            left == 0
        };
        walk(&moments.iter().map(|one| at(*one)).collect(), &ends, |one| Ok(seen(told, one)), is_over).unwrap()
    }

    #[track_caller]
    fn whole(told: &[(i64, i64)], moments: &[i64]) -> Vec<(i64, i64)> {
        let Walked::Whole(steps) = walked(told, moments, 100) else { panic!("it stopped") };
        steps.iter().map(|step| (step.recorded_at.micros(), step.changes.iter().map(|one| one.sums.committed.0).sum())).collect()
    }

    #[test]
    fn what_was_recorded_elsewhere_is_laid_on_no_act() {
        let told = [(100, 5), (200, 7), (300, 70)];
        assert_eq!(whole(&told, &[100, 200, 300]), [(100, 5), (200, 2), (300, 63)]);
        // Nothing tells of what was recorded at 200: it stands by itself, and not with the act at 300.
        assert_eq!(whole(&told, &[100, 300]), [(100, 5), (299, 2), (300, 63)]);
        assert_eq!(whole(&told, &[100, 200]), [(100, 5), (200, 2), (1000, 63)]);
        assert_eq!(whole(&told, &[]), [(1000, 70)]);
        // Moments that follow each other at once.
        assert_eq!(whole(&[(100, 5), (101, 6)], &[100, 101]), [(100, 5), (101, 1)]);
    }

    #[test]
    fn a_walk_that_takes_too_long_says_how_far_it_can_come() {
        let told = [(1, 5), (2, 6), (3, 7), (4, 8), (5, 9), (6, 10)];
        let stopped = |left| match walked(&told, &[1, 2, 3, 4, 5, 6], left) {
            Walked::Stopped(at) => Some(at.micros()),
            Walked::Whole(_) => None,
        };
        assert_eq!([1, 2, 4, 5, 6].map(stopped), [Some(1), Some(2), Some(3), Some(4), None]);
        // A single moment is never too many.
        assert!(matches!(walked(&told[..1], &[1], 1), Walked::Whole(steps) if steps.len() == 1));
    }
}
