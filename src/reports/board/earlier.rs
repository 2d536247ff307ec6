//! What the board has of a year: the snapshots that were signed off, with the figures as they were known then.

use std::collections::HashMap;

use crate::kernel::{FinancialYear, Id, Moment, Quantity, Quarter, Refusal};
use crate::publishing::rules::pages::{Leaf, Page, Place, Told};
use crate::reports::asked::At;
use crate::reports::board::counts::{self, Figures, Known};
use crate::reports::board::hiding::{self, Members};
use crate::reports::board::overlaps::Made;
use crate::reports::board::routes::BoardReport;
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardRow};
use crate::reports::board::store;
use crate::reports::expenditure::rows::Origin;
use crate::reports::indicators::counted;
use crate::reports::indicators::rules::{Days, Point};
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::names::Names;
use crate::reports::returned::{self, Owed, Parts};
use crate::store::Conn;

/// A snapshot that the board has.
struct Signed {
    id: Id,
    quarter: Quarter,
    at: At,
    /// Its rows by their indicator.
    rows: HashMap<Id, Vec<BoardRow>>,
    /// What was known then, also of what it hides.
    points: HashMap<Id, Vec<Point>>,
    parts: Parts,
    owed: Owed,
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
            let (points, parts, owed) = (counted::points(conn, at)?, returned::parts(conn, at)?, returned::owed(conn, at)?);
            all.push(Signed { id, quarter: report.quarter, at, rows, points, parts, owed });
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

    /// What each of them shows and hides of some indicators: the figures, and those that were accepted where they are others.
    pub fn leaves_of(&self, members: &Members<'_>, areas: &Names) -> Vec<Leaf> {
        self.0.iter().flat_map(|one| one.leaves(members, areas)).collect()
    }

    /// What their figures are made of, each with its place among those leaves.
    pub fn made(&self, (members, indicators): (&Members<'_>, &[&IndicatorRow]), areas: &Names) -> Vec<Made> {
        let mut page = 0;
        let mut all = Vec::new();
        for one in &self.0 {
            let of = |indicator: &&IndicatorRow| {
                let points = one.points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
                let at = |is_to_date: bool| counts::points_at(indicator, points, (one.quarter, is_to_date), &one.owed);
                at(false).into_iter().chain(at(true)).collect()
            };
            all.push(Made { page: Some(page), points: indicators.iter().map(of).collect() });
            page += one.leaves(members, areas).len();
        }
        all
    }

    /// The tables that a signed-off snapshot of some days has: of its quarter and of its year so far, each with its days and what it shows and hides there.
    pub fn tables(&self, days: Days) -> impl Iterator<Item = (Days, At, Vec<(&BoardRow, BoardCount)>)> + '_ {
        self.0
            .iter()
            .flat_map(|one| {
                let (year, quarter) = (one.quarter.year(), one.quarter);
                let rows = || one.rows.values().flatten().filter(|row| row.origin == Origin::Returned);
                let of_quarter: Vec<(&BoardRow, BoardCount)> = rows().map(|row| (row, row.quarter)).collect();
                let of_year = rows().map(|row| (row, row.year_to_date)).collect();
                [((quarter.first_day(), quarter.last_day()), one.at, of_quarter), ((year.first_day(), quarter.last_day()), one.at, of_year)]
            })
            .filter(move |((first, last), ..)| *first <= days.1 && days.0 <= *last)
    }
}

impl Signed {
    fn leaves(&self, members: &Members<'_>, areas: &Names) -> Vec<Leaf> {
        let empty = || vec![Page::default(); members.family.counts.len()];
        let (mut own, mut all) = (empty(), Vec::new());
        for (indicator, told) in members.each() {
            let points = self.points.get(&indicator.id).map(Vec::as_slice).unwrap_or_default();
            let figures = counts::figures(indicator, points, self.quarter, Known { areas, parts: &self.parts, owed: &self.owed });
            for (count, page) in hiding::pages(told, &figures, counts::place_of(self.quarter)) {
                let page = Page { figures: page.figures, ..Page::default() };
                let page = match told {
                    Told::Count(_) => self.page(indicator, page, |count| (count.value, count.state == BoardCountState::Suppressed)),
                    Told::Percentage { .. } => self.page_of_percentage(indicator, page, &figures),
                };
                own.get_mut(count).into_iter().for_each(|place| place.clone_from(&page));
            }
            if let (Told::Count(count), true) = (told, figures.values().any(|row| row.value != row.accepted_value)) {
                let accepted = figures.iter().filter_map(|(place, row)| Some((*place, row.accepted_value?))).collect();
                let page = self.page(indicator, Page { figures: accepted, ..Page::default() }, |count| (count.accepted_value, false));
                let mut leaf = empty();
                leaf.get_mut(count).into_iter().for_each(|place| place.clone_from(&page));
                all.push(leaf);
            }
        }
        all.insert(0, own);
        all
    }

    /// The places of an indicator's figures, and the figures as they were told.
    fn told(&self, indicator: &IndicatorRow) -> Vec<(Place, BoardCount)> {
        let rows = self.rows.get(&indicator.id).into_iter().flatten().filter(|row| row.origin == Origin::Returned);
        let both = |row: &BoardRow| {
            [(row.quarter, false), (row.year_to_date, true)].map(|(count, is_to_date)| {
                let area = row.area.as_ref().map(|area| area.id);
                (Place { area, quarter: counts::place_of(self.quarter), is_to_date }, count)
            })
        };
        rows.flat_map(both).collect()
    }

    /// A page with what it shows and hides. What its readers saw is what they know.
    fn page(&self, indicator: &IndicatorRow, mut page: Page, told: fn(BoardCount) -> (Option<Quantity>, bool)) -> Page {
        for (place, count) in self.told(indicator) {
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
        page
    }

    /// A page of the part of percentages, or of what they are of. Who saw a percentage is taken to know both.
    fn page_of_percentage(&self, indicator: &IndicatorRow, mut page: Page, known: &Figures) -> Page {
        for (place, count) in self.told(indicator) {
            let is_known = known.get(&place).is_some_and(|row| row.value == count.value) && page.figures.contains_key(&place);
            match count.state {
                BoardCountState::Shown if is_known => page.shown.insert(place),
                BoardCountState::Suppressed => page.hidden.insert(place),
                _ => false,
            };
        }
        page
    }
}
