//! What the board has of a year: the snapshots that were signed off, with the figures as they were known then.

use std::collections::HashMap;

use crate::kernel::{FinancialYear, Id, Moment, Quantity, Quarter, Refusal};
use crate::publishing::rules::pages::{Page, Place};
use crate::reports::asked::At;
use crate::reports::board::counts;
use crate::reports::board::routes::BoardReport;
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardRow};
use crate::reports::board::store;
use crate::reports::expenditure::rows::Origin;
use crate::reports::indicators::counted;
use crate::reports::indicators::rows::IndicatorReportRow;
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

    /// What each of them shows and hides of an indicator: the figures, and those that were accepted where they are others.
    pub fn pages_of(&self, indicator: &IndicatorRow, areas: &Names) -> Vec<Page> {
        self.0.iter().flat_map(|one| one.pages(indicator, areas)).collect()
    }
}

impl Signed {
    fn pages(&self, indicator: &IndicatorRow, areas: &Names) -> Vec<Page> {
        let points = self.points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
        let known = counts::figures(indicator, points, self.quarter, (areas, &self.parts));
        let is_adjusted = known.values().any(|row| row.value != row.accepted_value);
        let of = |value: fn(&IndicatorReportRow) -> Option<Quantity>, count: fn(BoardCount) -> (Option<Quantity>, bool)| {
            let figures = known.iter().filter_map(|(place, row)| Some((*place, value(row)?))).collect();
            self.page(indicator, Page { figures, ..Page::default() }, count)
        };
        let own = of(|row| row.value, |count| (count.value, count.state == BoardCountState::Suppressed));
        let accepted = is_adjusted.then(|| of(|row| row.accepted_value, |count| (count.accepted_value, false)));
        std::iter::once(own).chain(accepted).collect()
    }

    /// A page with what it shows and hides. What its readers saw is what they know.
    fn page(&self, indicator: &IndicatorRow, mut page: Page, told: fn(BoardCount) -> (Option<Quantity>, bool)) -> Page {
        let rows = self.rows.get(&indicator.id).into_iter().flatten().filter(|row| row.origin == Origin::Returned);
        for row in rows {
            for (count, is_to_date) in [(row.quarter, false), (row.year_to_date, true)] {
                let place = Place { area: row.area.as_ref().map(|area| area.id), quarter: counts::place_of(self.quarter), is_to_date };
                match told(count) {
                    (Some(value), _) => {
                        page.figures.insert(place, value);
                        page.shown.insert(place);
                    }
                    (None, true) => {
                        page.hidden.insert(place);
                    }
                    (None, false) => {}
                }
            }
        }
        page
    }
}
