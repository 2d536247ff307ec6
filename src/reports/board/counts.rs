//! What was counted in a quarter and in its year so far, with small numbers suppressed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{Id, Named, Quantity, Quarter};
use crate::publishing::rules::pages::{Adding, Page, Place, hidden as hidden_beside};
use crate::publishing::rules::{is_of_people, tells_of_few};
use crate::reports::board::earlier::Earlier;
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardRow};
use crate::reports::expenditure::routes::Origin;
use crate::reports::expenditure::rules::share;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, name, rows};
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::store::{IndicatorRow, TargetRow};
use crate::reports::names::Names;
use crate::reports::returned::Parts;

/// An indicator, what returns report of it in the year so far, and its targets.
pub struct Counted<'a> {
    /// The indicator.
    pub indicator: &'a IndicatorRow,
    /// The values.
    pub points: &'a [Point],
    /// The targets.
    pub targets: Vec<&'a TargetRow>,
    /// Its programme.
    pub programme: Option<Named>,
    /// Its fund.
    pub fund: Option<Named>,
}

/// Beside what the figures of a quarter are shown.
pub struct Beside<'a> {
    /// Areas by id.
    pub areas: &'a Names,
    /// Which awards are parts of which.
    pub parts: &'a Parts,
    /// What the board has of the year.
    pub earlier: &'a Earlier,
    /// Below this a count is small.
    pub below: Quantity,
}

/// The figures of an indicator in each quarter of a year up to one, and in the year so far.
pub type Figures = BTreeMap<Place, IndicatorReportRow>;

/// The figures of an indicator in a year up to a quarter.
pub fn figures(indicator: &IndicatorRow, points: &[Point], quarter: Quarter, (areas, parts): (&Names, &Parts)) -> Figures {
    let year = quarter.year();
    let mut all = Figures::new();
    for (at, one) in year.quarters().into_iter().take_while(|one| *one <= quarter).enumerate() {
        for (first, is_to_date) in [(one.first_day(), false), (year.first_day(), true)] {
            for row in summed(indicator, points, (first, one.last_day()), (areas, parts)) {
                all.insert(Place { area: row.area.as_ref().map(|area| area.id), quarter: at, is_to_date }, row);
            }
        }
    }
    all
}

/// What the values of these days come to, altogether and by area.
fn summed(
    indicator: &IndicatorRow,
    points: &[Point],
    days: (NaiveDate, NaiveDate),
    (areas, parts): (&Names, &Parts),
) -> Vec<IndicatorReportRow> {
    let lies_in = |point: &&Point| point.days.0.is_some_and(|first| first >= days.0) && point.days.1.is_some_and(|last| last <= days.1);
    let points: Vec<Point> = points.iter().filter(lies_in).cloned().collect();
    let (awards, belonging) = (Names::new(), Belonging::default());
    let shown = Shown { awards: &awards, areas, parts, belonging: &belonging };
    let by = |by: &[IndicatorGrouping]| rows(indicator, Origin::Returned, &points, by, &[], &shown);
    by(&[]).into_iter().chain(by(&[IndicatorGrouping::Area]).into_iter().filter(|row| row.area.is_some())).collect()
}

/// The rows of one indicator: all together, then each area by name; none where the year so far has no value.
pub fn of_indicator(counted: &Counted<'_>, quarter: Quarter, beside: &Beside<'_>) -> Vec<BoardRow> {
    let figures = figures(counted.indicator, counted.points, quarter, (beside.areas, beside.parts));
    let hidden = hidden(counted.indicator, quarter, &figures, beside);
    let mut areas: BTreeMap<Option<(&str, Id)>, Option<&Named>> = BTreeMap::new();
    for row in figures.values() {
        areas.insert(row.area.as_ref().map(|area| (area.name.as_str(), area.id)), row.area.as_ref());
    }
    areas.into_values().map(|area| board_row(counted, area, quarter, &figures, &hidden)).collect()
}

/// Where the year stands at this quarter, from 0.
pub fn place_of(quarter: Quarter) -> usize {
    quarter.year().quarters().into_iter().take_while(|one| *one < quarter).count()
}

/// The places that are hidden, beside the pages that the board has. A quarter of the year that has none is taken to have one as it is known now, so that
/// it can still be gathered later.
fn hidden(indicator: &IndicatorRow, quarter: Quarter, figures: &Figures, beside: &Beside<'_>) -> BTreeSet<Place> {
    let mut pages: Vec<Page> = beside.earlier.pages_of(indicator, beside.areas);
    let last = place_of(quarter);
    if !is_of_people(&indicator.unit) {
        let tells = |row: &IndicatorReportRow| {
            row.numerator.zip(row.denominator).is_some_and(|(part, whole)| tells_of_few(part, whole, beside.below))
        };
        let was_hidden = |place: &Place, row: &IndicatorReportRow| {
            pages.iter().any(|page| page.hidden.contains(place) && page.figures.get(place).copied() == row.value)
        };
        let own = figures.iter().filter(|(place, _)| place.quarter == last);
        return own.filter(|(place, row)| tells(row) || was_hidden(place, row)).map(|(place, _)| *place).collect();
    }
    let adding = Adding { over_areas: indicator.over_areas == "sum", over_time: indicator.over_time == "sum", below: beside.below };
    let has_page = |one: &Quarter| beside.earlier.quarters().any(|other| other == *one);
    for one in quarter.year().quarters().into_iter().take_while(|one| *one < quarter).filter(|one| !has_page(one)) {
        let page = page(figures, place_of(one)).beside(&pages, adding);
        pages.push(page);
    }
    hidden_beside(&page(figures, last), &pages, adding)
}

/// The page of a quarter as it would be with nothing hidden.
fn page(figures: &Figures, quarter: usize) -> Page {
    let upto = figures.iter().filter(|(place, _)| place.quarter <= quarter);
    let figures: BTreeMap<Place, Quantity> = upto.filter_map(|(place, row)| Some((*place, row.value?))).collect();
    let shown = figures.keys().filter(|place| place.quarter == quarter).copied().collect();
    Page { figures, shown, ..Page::default() }
}

fn board_row(counted: &Counted<'_>, area: Option<&Named>, quarter: Quarter, figures: &Figures, hidden: &BTreeSet<Place>) -> BoardRow {
    let year = quarter.year();
    let target = |last: NaiveDate, first: NaiveDate| target(counted, area.map(|area| area.id), (first, last));
    let at = |is_to_date: bool| Place { area: area.map(|area| area.id), quarter: place_of(quarter), is_to_date };
    let row = |is_to_date: bool| figures.get(&at(is_to_date));
    let is_hidden = |is_to_date: bool| hidden.contains(&at(is_to_date));
    BoardRow {
        programme: counted.programme.clone(),
        fund: counted.fund.clone(),
        indicator: name(counted.indicator),
        area: area.cloned(),
        quarter: count(row(false), is_hidden(false), target(quarter.last_day(), quarter.first_day())),
        year_to_date: count(row(true), is_hidden(true), target(year.last_day(), year.first_day())),
        not_reported_count: row(true).map_or(0, |row| row.not_reported_count),
        warnings: row(true).map(|row| row.warnings.clone()).unwrap_or_default(),
    }
}

fn count(row: Option<&IndicatorReportRow>, is_hidden: bool, target: Option<Quantity>) -> BoardCount {
    let value = row.and_then(|row| row.value);
    let state = match value {
        None => BoardCountState::NotReported,
        Some(_) if is_hidden => BoardCountState::Suppressed,
        Some(_) => BoardCountState::Shown,
    };
    let value = value.filter(|_| !is_hidden);
    BoardCount { state, value, target, target_percent: value.zip(target).and_then(|(value, target)| share(value.0, target.0)) }
}

/// The target of an area, or of all together, for exactly these days; without one for all together, what the areas come to where their
/// values add up.
fn target(counted: &Counted<'_>, area: Option<Id>, (first, last): (NaiveDate, NaiveDate)) -> Option<Quantity> {
    let of_days = || counted.targets.iter().filter(|target| (target.starts_on, target.ends_on) == (Some(first), Some(last)));
    let own = of_days().find(|target| target.area_id == area).map(|target| target.target);
    let adds_up = area.is_none() && counted.indicator.over_areas == "sum";
    let mut of_areas = of_days().filter(|target| adds_up && target.area_id.is_some()).peekable();
    own.or_else(|| {
        of_areas.peek()?;
        of_areas.try_fold(Quantity::ZERO, |sum, target| sum.checked_add(target.target))
    })
}
