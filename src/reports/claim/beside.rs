//! What a funder has by other claims, beside which the tables of a claim are looked at.
//!
//! Two tables can be subtracted where one counts all that the other one counts: a half year and a quarter in it, or two budget lines of which one pays some of
//! the awards that the other one pays. What is left is a count as well, and where it is of few people, neither table may give it away. What the other table
//! hides stays hidden in this one too: a third table might tell by how much the two differ. Figures that count different things, or each something that the
//! other does not, tell nothing of each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::kernel::{FinancialYear, Id, Moment, Refusal};
use crate::publishing::claims::rules::{ClaimCountState, ClaimRow, ClaimSection};
use crate::publishing::rules::pages::Place;
use crate::reports::asked::At;
use crate::reports::board::{BoardCount, BoardCountState, BoardRow, Earlier, Funder, Had, Table, by_area, elsewhere};
use crate::reports::claim::counts::{self, OfIndicator, place};
use crate::reports::claim::store::{self, ClaimFacts, FrozenClaim};
use crate::reports::indicators::rules::{Days, Point};
use crate::reports::indicators::store::{IndicatorRow, indicators};
use crate::store::Conn;

/// What other tables told, beside which a claim is looked at.
#[derive(Default)]
pub(super) struct Beside {
    /// The funder's other claims.
    pub claims: Vec<Telling>,
    /// The board's pages, which a funder may read.
    pub pages: Vec<Telling>,
}

/// What a certified claim told of its days, or a later claim of the days of an earlier one, with what was known then.
pub struct Telling {
    rows: HashMap<Id, Vec<ClaimRow>>,
    counted: HashMap<Id, OfIndicator>,
}

/// What the board's pages that were signed off by then tell of days that they have in common with a claim.
pub(super) fn pages(conn: &mut Conn, at: At, claim: &ClaimFacts) -> Result<Vec<Telling>, Refusal> {
    let years = FinancialYear::of(claim.starts_on).zip(FinancialYear::of(claim.ends_on));
    let mut year = years.map(|(first, _)| first);
    let mut all = Vec::new();
    while let Some(one) = year {
        let earlier = Earlier::find(conn, one, Some(at.known_at))?;
        for (days, then, told) in earlier.tables(claim.days()) {
            let indicators = indicators(conn, then)?;
            let counted = counts::counted(conn, then, &indicators, (days, None))?;
            let mut rows: HashMap<Id, Vec<ClaimRow>> = HashMap::new();
            for (row, count) in told {
                rows.entry(row.indicator.id).or_default().push(row_of(row, count));
            }
            all.push(Telling { rows, counted });
        }
        year = years.filter(|(_, last)| one < *last).and_then(|_| one.next());
    }
    Ok(all)
}

/// A figure of a page as a claim tells figures.
fn row_of(row: &BoardRow, count: BoardCount) -> ClaimRow {
    let count_state = Some(if count.state == BoardCountState::Suppressed { ClaimCountState::Suppressed } else { ClaimCountState::Shown });
    ClaimRow {
        area: row.area.as_ref().map(|area| area.name.clone()),
        area_id: row.area.as_ref().map(|area| area.id),
        value: count.value,
        count_state,
        accepted_value: count.accepted_value,
        ..ClaimRow::of(ClaimSection::Indicator)
    }
}

/// What each funder has by claims of which days lie in a year and that were certified up to a moment, or at all.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn certified_of_year(conn: &mut Conn, year: FinancialYear, until: Option<Moment>) -> Result<Vec<Funder>, Refusal> {
    let days = (year.first_day(), year.last_day());
    let mut of: BTreeMap<Id, Vec<FrozenClaim>> = BTreeMap::new();
    for one in store::all_frozen(conn, until)? {
        of.entry(one.source_id).or_default().push(one);
    }
    let mut all = Vec::new();
    for claims in of.into_values() {
        let tellings = told_in(conn, days, &claims)?;
        let own = claims.iter().filter(|one| one.days.0 <= days.1 && days.0 <= one.days.1).map(|one| one.id).collect();
        if !tellings.is_empty() {
            all.push(Funder { claims: own, tellings });
        }
    }
    Ok(all)
}

/// What the funder's other claims told of days that they have in common with a claim.
pub(super) fn of(conn: &mut Conn, claim: &ClaimFacts, others: &[FrozenClaim]) -> Result<Vec<Telling>, Refusal> {
    told_in(conn, claim.days(), others)
}

/// What the claims to a funder told of days that they have in common with others.
fn told_in(conn: &mut Conn, days: Days, others: &[FrozenClaim]) -> Result<Vec<Telling>, Refusal> {
    let mut all = Vec::new();
    for other in others.iter().filter(|other| other.days.0 <= days.1 && days.0 <= other.days.1) {
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
            let (awards, indicators) = (store::awards(conn, other.line_id, then)?, indicators(conn, then)?);
            let counted = counts::counted(conn, then, &indicators, (other.days, Some(&awards)))?;
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

    /// What it shows and hides of indicators, in a time of its own, and what that is made of.
    pub fn table(&self, indicators: &[&IndicatorRow], at: usize) -> Table {
        let moved = |place: Place| Place { quarter: elsewhere(at), ..place };
        let mut table = Table::default();
        for indicator in indicators {
            let mut had = self.told(indicator.id, |_| true).unwrap_or_default();
            had.figures = had.figures.into_iter().map(|(place, row)| (moved(place), row)).collect();
            had.shown = had.shown.into_iter().map(|(place, value)| (moved(place), value)).collect();
            had.hidden = had.hidden.into_iter().map(moved).collect();
            table.had.push(had);
            let points = self.counted.get(&indicator.id).map(|told| by_area(&told.points, elsewhere(at), false));
            table.points.push(points.unwrap_or_default());
        }
        table
    }

    fn of_indicator(&self, indicator: Id, own: &OfIndicator) -> Option<Had> {
        let told = self.counted.get(&indicator)?;
        let is_beside = |place: &Place| {
            let (theirs, ours) = (counted(&told.points, place.area), counted(&own.points, place.area));
            !theirs.is_empty() && (theirs.is_subset(&ours) || ours.is_subset(&theirs))
        };
        self.told(indicator, is_beside)
    }

    /// What it shows and hides of an indicator in some places.
    fn told(&self, indicator: Id, is_beside: impl Fn(&Place) -> bool) -> Option<Had> {
        let (rows, told) = (self.rows.get(&indicator)?, self.counted.get(&indicator)?);
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
