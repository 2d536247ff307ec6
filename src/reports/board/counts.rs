//! What was counted in a quarter and in its year so far, with small numbers suppressed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{Id, Named, Quantity, Quarter};
use crate::publishing::rules::pages::{Adding, Page, Place, hidden as hidden_beside};
use crate::publishing::rules::{is_of_people, is_small, tells_of_few};
use crate::reports::board::earlier::Earlier;
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardRow};
use crate::reports::board::stages::Stage;
use crate::reports::expenditure::rows::Origin;
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
    /// What papers print of it.
    pub printed: &'a [Point],
    /// The targets.
    pub targets: Vec<&'a TargetRow>,
    /// Its programme.
    pub programme: Option<Named>,
    /// How far that had come, and since when.
    pub stage: Stage,
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
    told(indicator, Origin::Returned, &points, (areas, parts))
}

/// What points come to, altogether and by area.
fn told(indicator: &IndicatorRow, origin: Origin, points: &[Point], (areas, parts): (&Names, &Parts)) -> Vec<IndicatorReportRow> {
    let (awards, belonging) = (Names::new(), Belonging::default());
    let shown = Shown { awards: &awards, areas, parts, belonging: &belonging };
    let by = |by: &[IndicatorGrouping]| rows(indicator, origin, points, by, &[], &shown);
    by(&[]).into_iter().chain(by(&[IndicatorGrouping::Area]).into_iter().filter(|row| row.area.is_some())).collect()
}

/// The rows of one indicator: what returns report, all together and each area by name; then what is printed of the quarter.
pub fn of_indicator(counted: &Counted<'_>, quarter: Quarter, beside: &Beside<'_>) -> Vec<BoardRow> {
    let figures = figures(counted.indicator, counted.points, quarter, (beside.areas, beside.parts));
    let hidden = if figures.is_empty() { Hidden::default() } else { hidden(counted.indicator, quarter, &figures, beside) };
    let printed = printed(counted, quarter, (beside.areas, beside.parts));
    let of = |all: &Figures, own: &dyn Fn(Option<&Named>) -> BoardRow| {
        let mut areas: BTreeMap<Option<(&str, Id)>, Option<&Named>> = BTreeMap::new();
        for row in all.values() {
            areas.insert(row.area.as_ref().map(|area| (area.name.as_str(), area.id)), row.area.as_ref());
        }
        areas.into_values().map(own).collect::<Vec<BoardRow>>()
    };
    let mut rows = of(&figures, &|area| board_row(counted, area, quarter, &figures, &hidden));
    rows.extend(of(&printed, &|area| printed_row(counted, area, quarter, (&printed, &hidden.figures), beside.below)));
    rows
}

/// What is printed for just the days of the quarter, or for just those of the year up to its end.
fn printed(counted: &Counted<'_>, quarter: Quarter, names: (&Names, &Parts)) -> Figures {
    let mut all = Figures::new();
    let spans = [(quarter.first_day(), false), (quarter.year().first_day(), true)];
    for (first, is_to_date) in spans {
        let days = (Some(first), Some(quarter.last_day()));
        let points: Vec<Point> = counted.printed.iter().filter(|point| point.days == days).cloned().collect();
        for row in told(counted.indicator, Origin::Printed, &points, names) {
            all.insert(Place { area: row.area.as_ref().map(|area| area.id), quarter: place_of(quarter), is_to_date }, row);
        }
    }
    all
}

/// Where the year stands at this quarter, from 0.
pub fn place_of(quarter: Quarter) -> usize {
    quarter.year().quarters().into_iter().take_while(|one| *one < quarter).count()
}

/// What is hidden of a quarter.
#[derive(Default)]
struct Hidden {
    /// The figures.
    figures: BTreeSet<Place>,
    /// The figures as returns were accepted: those that are hidden, and those that would tell of few people beside what adjustments made of them.
    accepted: BTreeSet<Place>,
}

/// The places that are hidden, beside the pages that the board has. A quarter of the year that has none is taken to have one as it is known now, so that
/// it can still be gathered later.
fn hidden(indicator: &IndicatorRow, quarter: Quarter, figures: &Figures, beside: &Beside<'_>) -> Hidden {
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
        let hidden: BTreeSet<Place> = own.filter(|(place, row)| tells(row) || was_hidden(place, row)).map(|(place, _)| *place).collect();
        // Of how many people a percentage was accepted is not kept beside it, so one that was adjusted is told alone.
        let is_adjusted = |row: &IndicatorReportRow| row.value != row.accepted_value && row.numerator.is_some();
        let adjusted = figures.iter().filter(|(_, row)| is_adjusted(row)).map(|(place, _)| *place);
        return Hidden { accepted: hidden.iter().copied().chain(adjusted).collect(), figures: hidden };
    }
    let adding = adding(indicator, beside.below);
    let has_page = |one: &Quarter| beside.earlier.quarters().any(|other| other == *one);
    for one in quarter.year().quarters().into_iter().take_while(|one| *one < quarter).filter(|one| !has_page(one)) {
        let page = page(figures, place_of(one)).beside(&pages, adding);
        pages.push(page);
    }
    let own = page(figures, last).beside(&pages, adding);
    let accepted = accepted(figures, &own);
    pages.push(own.clone());
    let accepted_hidden = if accepted.figures == own.figures { BTreeSet::new() } else { hidden_beside(&accepted, &pages, adding) };
    Hidden { accepted: own.hidden.union(&accepted_hidden).copied().collect(), figures: own.hidden }
}

/// How the figures of an indicator belong together.
pub fn adding(indicator: &IndicatorRow, below: Quantity) -> Adding {
    Adding { over_areas: indicator.over_areas == "sum", over_time: indicator.over_time == "sum", below }
}

/// The same page with the figures as returns were accepted; what is hidden of it stays hidden.
fn accepted(figures: &Figures, own: &Page) -> Page {
    let of_page = figures.iter().filter(|(place, _)| own.figures.contains_key(place));
    let figures: BTreeMap<Place, Quantity> = of_page.filter_map(|(place, row)| Some((*place, row.accepted_value?))).collect();
    let shown = own.shown.iter().filter(|place| figures.contains_key(place)).copied().collect();
    Page { figures, shown, hidden: BTreeSet::new() }
}

/// The page of a quarter as it would be with nothing hidden.
fn page(figures: &Figures, quarter: usize) -> Page {
    let upto = figures.iter().filter(|(place, _)| place.quarter <= quarter);
    let figures: BTreeMap<Place, Quantity> = upto.filter_map(|(place, row)| Some((*place, row.value?))).collect();
    let shown = figures.keys().filter(|place| place.quarter == quarter).copied().collect();
    Page { figures, shown, ..Page::default() }
}

fn board_row(counted: &Counted<'_>, area: Option<&Named>, quarter: Quarter, figures: &Figures, hidden: &Hidden) -> BoardRow {
    let year = quarter.year();
    let target = |last: NaiveDate, first: NaiveDate| target(counted, area.map(|area| area.id), (first, last));
    let at = |is_to_date: bool| Place { area: area.map(|area| area.id), quarter: place_of(quarter), is_to_date };
    let row = |is_to_date: bool| figures.get(&at(is_to_date));
    let seen = |is_to_date: bool| (!hidden.figures.contains(&at(is_to_date)), !hidden.accepted.contains(&at(is_to_date)));
    let ids: BTreeSet<Id> = [row(false), row(true)].into_iter().flatten().flat_map(|row| row.return_ids.iter().copied()).collect();
    BoardRow {
        quarter: count(row(false), seen(false), target(quarter.last_day(), quarter.first_day())),
        year_to_date: count(row(true), seen(true), target(year.last_day(), year.first_day())),
        not_reported_count: row(true).map_or(0, |row| row.not_reported_count),
        warnings: row(true).map(|row| row.warnings.clone()).unwrap_or_default(),
        return_ids: ids.into_iter().take(RETURNS_MAX).collect(),
        ..empty_row(counted, area, Origin::Returned)
    }
}

/// How many of its returns a row names.
const RETURNS_MAX: usize = 100;

/// A row without figures.
fn empty_row(counted: &Counted<'_>, area: Option<&Named>, origin: Origin) -> BoardRow {
    let none = count(None, (false, false), None);
    let (programme_stage, programme_stage_since_on) = counted.stage;
    BoardRow {
        programme: counted.programme.clone(),
        fund: counted.fund.clone(),
        indicator: name(counted.indicator),
        area: area.cloned(),
        quarter: none,
        year_to_date: none,
        not_reported_count: 0,
        warnings: Vec::new(),
        origin,
        qualifier: None,
        programme_stage,
        programme_stage_since_on,
        return_ids: Vec::new(),
    }
}

/// What is printed. A paper is out, but what it says of few people is not said again, and beside a figure that is hidden it is left out.
fn printed_row(
    counted: &Counted<'_>,
    area: Option<&Named>,
    quarter: Quarter,
    (printed, hidden): (&Figures, &BTreeSet<Place>),
    below: Quantity,
) -> BoardRow {
    let at = |is_to_date: bool| Place { area: area.map(|area| area.id), quarter: place_of(quarter), is_to_date };
    let row = |is_to_date: bool| printed.get(&at(is_to_date));
    let is_few = |row: &IndicatorReportRow| is_of_people(&counted.indicator.unit) && row.value.is_some_and(|value| is_small(value, below));
    let figure = |is_to_date: bool| {
        let is_seen = !hidden.contains(&at(is_to_date)) && !row(is_to_date).is_some_and(is_few);
        count(row(is_to_date), (is_seen, false), None)
    };
    let qualifier = [row(false), row(true)].into_iter().flatten().find_map(|row| row.qualifier.clone());
    BoardRow { quarter: figure(false), year_to_date: figure(true), qualifier, ..empty_row(counted, area, Origin::Printed) }
}

fn count(row: Option<&IndicatorReportRow>, (is_seen, is_accepted_seen): (bool, bool), target: Option<Quantity>) -> BoardCount {
    let value = row.and_then(|row| row.value);
    let state = match value {
        None => BoardCountState::NotReported,
        Some(_) if !is_seen => BoardCountState::Suppressed,
        Some(_) => BoardCountState::Shown,
    };
    let value = value.filter(|_| is_seen);
    let accepted_value = row.and_then(|row| row.accepted_value).filter(|_| is_seen && is_accepted_seen);
    let target_percent = value.zip(target).and_then(|(value, target)| share(value.0, target.0));
    BoardCount { state, value, accepted_value, target, target_percent }
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
