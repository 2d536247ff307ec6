//! What a funder has by other claims, beside which the tables of a claim are looked at.
//!
//! Two tables can be subtracted where one counts all that the other one counts: a half year and a quarter in it, or two budget lines of which one pays some of
//! the awards that the other one pays. What is left is a count as well, and where it is of few people, neither table may give it away. Tables that count
//! different things, or each something that the other does not, tell nothing of each other.

use std::collections::{BTreeSet, HashMap};

use crate::kernel::{Id, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::{Page, Place};
use crate::reports::asked::At;
use crate::reports::claim::counts;
use crate::reports::claim::store::{self, ClaimFacts, FrozenClaim};
use crate::reports::indicators::rules::Point;
use crate::store::Conn;

/// What is counted: a return of an award.
type Counted = BTreeSet<(Option<Id>, Option<Id>)>;

fn counted(points: &[Point]) -> Counted {
    points.iter().filter(|point| point.value.is_some()).map(|point| (point.award, point.source)).collect()
}

/// Another claim to the same funder that was certified, with what it counts.
pub(super) struct Other<'a> {
    claim: &'a FrozenClaim,
    counted: HashMap<Id, Counted>,
}

/// Those of the funder's other claims that have days in common with a claim.
pub(super) fn of<'a>(conn: &mut Conn, at: At, claim: &ClaimFacts, others: &'a [FrozenClaim]) -> Result<Vec<Other<'a>>, Refusal> {
    let mut all = Vec::new();
    for other in others.iter().filter(|other| other.days.0 <= claim.ends_on && claim.starts_on <= other.days.1) {
        let awards = store::awards(conn, other.line_id, at)?;
        let points = counts::points(conn, at, other.days, &awards)?;
        all.push(Other { claim: other, counted: points.iter().map(|(id, points)| (*id, counted(points))).collect() });
    }
    Ok(all)
}

impl Other<'_> {
    /// What it shows and hides of an indicator, where that can be subtracted from a page that is made of these points, or that from it.
    pub(super) fn page(&self, indicator: Id, points: &[Point], own: &Page) -> Option<Page> {
        let (theirs, ours) = (self.counted.get(&indicator).filter(|all| !all.is_empty())?, counted(points));
        if !(theirs.is_subset(&ours) || ours.is_subset(theirs)) {
            return None;
        }
        let is_of_it = |row: &&ClaimRow| row.section == ClaimSection::Indicator && row.indicator_id == Some(indicator);
        let mut page = Page::default();
        for row in self.claim.figures.rows.iter().filter(is_of_it) {
            // A claim that was certified before ids were kept names its areas alone.
            if row.area.is_some() && row.area_id.is_none() {
                continue;
            }
            let place = Place { area: row.area_id, quarter: 0, is_to_date: false };
            if let Some(value) = row.value {
                page.figures.insert(place, value);
                page.shown.insert(place);
            } else if row.count_state == Some(ClaimCountState::Suppressed)
                && *theirs == ours
                && let Some(value) = own.figures.get(&place)
            {
                // What was hidden is hidden here too, where it is the same count.
                page.figures.insert(place, *value);
                page.hidden.insert(place);
            }
        }
        Some(page)
    }
}
