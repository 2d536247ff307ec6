//! What the board has of a year: the snapshots that were signed off, with the figures as they were known then.

use std::collections::HashMap;

use crate::kernel::{FinancialYear, Id, Moment, Quarter, Refusal};
use crate::publishing::rules::pages::{Page, Place};
use crate::reports::asked::At;
use crate::reports::board::counts;
use crate::reports::board::routes::BoardReport;
use crate::reports::board::rows::{BoardCountState, BoardRow};
use crate::reports::board::store;
use crate::reports::indicators::counted;
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::names::Names;
use crate::reports::returned::{self, Parts};
use crate::store::Conn;

/// A snapshot that the board has.
struct Signed {
    id: Id,
    quarter: Quarter,
    /// Its rows by their indicator.
    rows: HashMap<Id, Vec<BoardRow>>,
    /// What was known then, also of what it hides.
    points: HashMap<Id, Vec<Point>>,
    parts: Parts,
}

/// The snapshots of a year that the board has.
#[derive(Default)]
pub struct Earlier(Vec<Signed>);

impl Earlier {
    /// Those that were signed off up to a moment, or at all.
    ///
    /// # Errors
    /// [`Refusal::Store`] where the database fails; a fault of ours where a snapshot cannot be read.
    pub fn find(conn: &mut Conn, year: FinancialYear, until: Option<Moment>) -> Result<Self, Refusal> {
        let mut all = Vec::new();
        for (id, text) in store::signed_off(conn, year, until)? {
            let report: BoardReport = serde_json::from_str(&text).map_err(Refusal::broken)?;
            let at = At { as_at: report.as_at, known_at: report.known_at };
            let mut rows: HashMap<Id, Vec<BoardRow>> = HashMap::new();
            for row in report.rows {
                rows.entry(row.indicator.id).or_default().push(row);
            }
            let (points, parts) = (counted::points(conn, at)?, returned::parts(conn, at)?);
            all.push(Signed { id, quarter: report.quarter, rows, points, parts });
        }
        Ok(Self(all))
    }

    /// Their ids.
    pub fn ids(&self) -> Vec<Id> {
        self.0.iter().map(|one| one.id).collect()
    }

    /// Their quarters.
    pub fn quarters(&self) -> impl Iterator<Item = Quarter> {
        self.0.iter().map(|one| one.quarter)
    }

    /// What each of them shows and hides of an indicator.
    pub fn pages_of(&self, indicator: &IndicatorRow, areas: &Names) -> Vec<Page> {
        self.0.iter().map(|one| one.page(indicator, areas)).collect()
    }
}

impl Signed {
    fn page(&self, indicator: &IndicatorRow, areas: &Names) -> Page {
        let points = self.points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
        let known = counts::figures(indicator, points, self.quarter, (areas, &self.parts));
        let mut page =
            Page { figures: known.into_iter().filter_map(|(place, row)| Some((place, row.value?))).collect(), ..Page::default() };
        for row in self.rows.get(&indicator.id).into_iter().flatten() {
            for (count, is_to_date) in [(row.quarter, false), (row.year_to_date, true)] {
                let place = Place { area: row.area.as_ref().map(|area| area.id), quarter: counts::place_of(self.quarter), is_to_date };
                match (count.state, count.value) {
                    // What its readers saw is what they know.
                    (BoardCountState::Shown, Some(value)) => {
                        page.figures.insert(place, value);
                        page.shown.insert(place);
                    }
                    (BoardCountState::Suppressed, _) => {
                        page.hidden.insert(place);
                    }
                    _ => {}
                }
            }
        }
        page
    }
}
