//! From picture to picture: what each act did. Pure, but for the pictures that it asks for.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::kernel::{Moment, Refusal};

/// What a report says as it was known at one moment.
pub trait Seen: Clone {
    /// What one act did to it.
    type Did;

    /// What is otherwise than it was seen earlier; nothing where nothing is.
    fn since(&self, earlier: &Self) -> Option<Self::Did>;
}

/// What one act did.
pub struct Step<D> {
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What it did.
    pub did: D,
}

/// What lies between two pictures, where they differ.
fn between<S: Seen>(recorded_at: Moment, earlier: &S, later: &S) -> Option<Step<S::Did>> {
    later.since(earlier).map(|did| Step { recorded_at, did })
}

/// Both ends of a walk.
pub struct Ends<'a, S> {
    /// Known at this moment,
    pub from: Moment,
    /// it said so.
    pub before: &'a S,
    /// Known at this one,
    pub to: Moment,
    /// it says so.
    pub after: &'a S,
}

/// How far a walk came.
pub enum Walked<D> {
    /// To its end.
    Whole(Vec<Step<D>>),
    /// Not to its end in the time that it had, but over so many moments.
    Stopped(usize),
}

/// Asks for the picture at each moment at which something was recorded, and notes what each of them did. What changed before such a moment and
/// after the one before it, or after the last, is noted by itself, so that it is laid on no act that did not do it.
pub fn walk<S: Seen>(
    moments: &BTreeSet<Moment>,
    ends: &Ends<'_, S>,
    mut picture: impl FnMut(Moment) -> Result<S, Refusal>,
    mut is_over: impl FnMut() -> bool,
) -> Result<Walked<S::Did>, Refusal> {
    let mut steps = Vec::new();
    let (mut last, mut last_at) = (ends.before.clone(), ends.from);
    for (done, at) in moments.iter().copied().enumerate() {
        // One moment is always looked at, so that whoever asks in pieces gets on.
        if done > 0 && is_over() {
            return Ok(Walked::Stopped(done));
        }
        let now = picture(at)?;
        let just_before = at.plus(TimeDelta::microseconds(-1));
        if just_before > last_at && now.since(&last).is_some() {
            let quiet = picture(just_before)?;
            steps.extend(between(just_before, &last, &quiet));
            last = quiet;
        }
        steps.extend(between(at, &last, &now));
        (last, last_at) = (now, at);
    }
    steps.extend(between(ends.to, &last, ends.after));
    Ok(Walked::Whole(steps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::changes::pictures::tests::picture;
    use crate::reports::changes::pictures::{Did, Picture};

    fn at(micros: i64) -> Moment {
        Moment::from_micros(micros).unwrap()
    }

    /// What one row held from each of these moments on.
    fn seen(told: &[(i64, i64)], known_at: Moment) -> Picture {
        told.iter().rfind(|(from, _)| at(*from) <= known_at).map(|(_, pence)| picture(&[(1, *pence, 0)])).unwrap_or_default()
    }

    fn walked(told: &[(i64, i64)], moments: &[i64], mut left: usize) -> Walked<Did> {
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
        steps.iter().map(|step| (step.recorded_at.micros(), step.did.changes.iter().map(|one| one.sums.committed.0).sum())).collect()
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
            Walked::Stopped(done) => Some(done),
            Walked::Whole(_) => None,
        };
        assert_eq!([1, 2, 4, 5, 6].map(stopped), [Some(1), Some(2), Some(4), Some(5), None]);
        // A single moment is never too many.
        assert!(matches!(walked(&told[..1], &[1], 1), Walked::Whole(steps) if steps.len() == 1));
    }
}
