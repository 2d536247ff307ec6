//! What a funder has by other claims, beside which the tables of a claim are looked at.
//!
//! Two tables can be subtracted where one counts all that the other one counts: a half year and a quarter in it, or two budget lines of which one pays some of
//! the awards that the other one pays. What is left is a count as well, and where it is of few people, neither table may give it away. What the other table
//! hides stays hidden in this one too: a third table might tell by how much the two differ. Figures that count different things, or each something that the
//! other does not, tell nothing of each other.

use std::collections::{BTreeSet, HashMap};

use crate::kernel::{Id, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::Place;
use crate::reports::asked::At;
use crate::reports::board::Had;
use crate::reports::claim::counts::{self, OfIndicator, place};
use crate::reports::claim::store::{self, ClaimFacts, FrozenClaim};
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::{IndicatorRow, indicators};
use crate::store::Conn;

/// What a certified claim told of its days, or a later claim of the days of an earlier one, with what was known then.
pub(super) struct Telling {
    rows: HashMap<Id, Vec<ClaimRow>>,
    counted: HashMap<Id, OfIndicator>,
}

/// What the funder's other claims told of days that they have in common with a claim.
pub(super) fn of(conn: &mut Conn, at: At, claim: &ClaimFacts, others: &[FrozenClaim]) -> Result<Vec<Telling>, Refusal> {
    let indicators = indicators(conn, at)?;
    let mut all = Vec::new();
    for other in others.iter().filter(|other| other.days.0 <= claim.ends_on && claim.starts_on <= other.days.1) {
        for by in others {
            let is_about = |row: &&ClaimRow| match row.section {
                ClaimSection::Indicator => by == other,
                ClaimSection::Earlier => row.reference.as_ref() == Some(&other.reference),
                _ => false,
            };
            let mut rows: HashMap<Id, Vec<ClaimRow>> = HashMap::new();
            for (id, row) in by.figures.rows.iter().filter(is_about).filter_map(|row| Some((row.indicator_id?, row))) {
                rows.entry(id).or_default().push(row.clone());
            }
            if rows.is_empty() {
                continue;
            }
            let then = At { as_at: by.frozen_at.london_day(), known_at: by.frozen_at };
            let awards = store::awards(conn, other.line_id, then)?;
            let counted = counts::counted(conn, then, &indicators, (other.days, &awards))?;
            all.push(Telling { rows, counted });
        }
    }
    Ok(all)
}

/// What is counted: a return of an award.
type Counted = BTreeSet<(Option<Id>, Option<Id>)>;

fn counted(points: &[Point], area: Option<Id>) -> Counted {
    let own = points.iter().filter(|point| point.value.is_some() && (area.is_none() || point.area == area));
    own.map(|point| (point.award, point.source)).collect()
}

impl Telling {
    /// What it shows and hides of indicators, as far as that can be subtracted from what is counted of them here, or that from it.
    pub(super) fn had(&self, indicators: &[&IndicatorRow], own: &[OfIndicator]) -> Vec<Had> {
        indicators.iter().zip(own).map(|(indicator, own)| self.of_indicator(indicator.id, own).unwrap_or_default()).collect()
    }

    fn of_indicator(&self, indicator: Id, own: &OfIndicator) -> Option<Had> {
        let (rows, told) = (self.rows.get(&indicator)?, self.counted.get(&indicator)?);
        let is_beside = |place: &Place| {
            let (theirs, ours) = (counted(&told.points, place.area), counted(&own.points, place.area));
            !theirs.is_empty() && (theirs.is_subset(&ours) || ours.is_subset(&theirs))
        };
        let mut had = Had { figures: told.figures(), ..Had::default() };
        had.figures.retain(|place, _| is_beside(place));
        for row in rows {
            // A claim that was certified before ids were kept names its areas alone.
            let named = || told.lines.iter().filter_map(|line| line.area.as_ref()).find(|area| row.area.as_ref() == Some(&area.name));
            let area = row.area_id.or_else(|| named().map(|area| area.id));
            let place = place(area);
            if area.is_some() != row.area.is_some() || !is_beside(&place) {
                continue;
            }
            if let Some(value) = row.value {
                had.shown.insert(place, value);
            } else if row.count_state == Some(ClaimCountState::Suppressed) {
                had.hidden.insert(place);
            }
            had.accepted.extend(row.accepted_value.filter(|accepted| row.value != Some(*accepted)).map(|accepted| (place, accepted)));
        }
        Some(had)
    }
}
