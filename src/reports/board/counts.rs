//! What was counted in a quarter and in its year so far, with small numbers suppressed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{Id, Named, Quantity, Quarter};
use crate::publishing::rules::pages::Place;
use crate::publishing::rules::{is_of_people, is_small};
use crate::reports::board::earlier::Earlier;
use crate::reports::board::funders::Funders;
use crate::reports::board::hiding::Hidden;
use crate::reports::board::overlaps::{Points, by_area};
use crate::reports::board::rows::{BoardCount, BoardCountState, BoardRow};
use crate::reports::board::stages::Stage;
use crate::reports::expenditure::rows::Origin;
use crate::reports::expenditure::rules::share;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::grown::counted_in;
use crate::reports::indicators::name::name;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, rows};
use crate::reports::indicators::rules::{Days, Lack, Point, Warning};
use crate::reports::indicators::spans::Spans;
use crate::reports::indicators::store::{IndicatorRow, TargetRow};
use crate::reports::indicators::targets::{Aimed, Sought, aim};
use crate::reports::names::Names;
use crate::reports::returned::{Owed, Parts};

/// An indicator, what returns report of it, and its targets.
pub struct Counted<'a> {
    /// The indicator.
    pub indicator: &'a IndicatorRow,
    /// The values.
    pub points: Vec<Point>,
    /// What papers print of it.
    pub printed: Vec<Point>,
    /// The targets.
    pub targets: Vec<&'a TargetRow>,
    /// Its programme.
    pub programme: Option<Named>,
    /// How far that had come, and since when.
    pub stage: Stage,
    /// Its fund.
    pub fund: Option<Named>,
}

/// What is known of areas, awards and their returns.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Areas by id.
    pub areas: &'a Names,
    /// Which awards are parts of which.
    pub parts: &'a Parts,
    /// Which returns awards owe.
    pub owed: &'a Owed,
}

/// Beside what the figures of a quarter are shown.
pub struct Beside<'a> {
    /// What is known.
    pub known: Known<'a>,
    /// What the board has of the year.
    pub earlier: &'a Earlier,
    /// What funders have of it besides.
    pub funders: &'a Funders,
    /// Below this a count is small.
    pub below: Quantity,
}

/// The figures of an indicator in each quarter of a year up to one, and in the year so far.
pub type Figures = BTreeMap<Place, IndicatorReportRow>;

/// The figures of an indicator in a year up to a quarter.
pub fn figures(indicator: &IndicatorRow, points: &[Point], quarter: Quarter, known: Known<'_>) -> Figures {
    let year = quarter.year();
    let mut all = Figures::new();
    for (at, one) in year.quarters().into_iter().take_while(|one| *one <= quarter).enumerate() {
        for (first, is_to_date) in [(one.first_day(), false), (year.first_day(), true)] {
            for row in summed(indicator, points, (first, one.last_day()), known) {
                all.insert(Place { area: row.area.as_ref().map(|area| area.id), quarter: at, is_to_date }, row);
            }
        }
    }
    all
}

/// What the figures of a year up to a quarter are made of.
pub fn points_of_year(indicator: &IndicatorRow, points: &[Point], quarter: Quarter, owed: &Owed) -> Points {
    let quarters = quarter.year().quarters().into_iter().take_while(|one| *one <= quarter);
    quarters.flat_map(|one| [false, true].map(|is_to_date| points_at(indicator, points, (one, is_to_date), owed))).flatten().collect()
}

/// What the figures of a quarter, or of its year so far, are made of.
pub fn points_at(indicator: &IndicatorRow, points: &[Point], (quarter, is_to_date): (Quarter, bool), owed: &Owed) -> Points {
    let first = if is_to_date { quarter.year().first_day() } else { quarter.first_day() };
    let spans = Spans::of([(first, quarter.last_day())]);
    by_area(&counted_in(indicator, points, owed, |point| spans.within(point, &[])), place_of(quarter), is_to_date)
}

/// What the values of these days come to, altogether and by area.
fn summed(indicator: &IndicatorRow, points: &[Point], days: Days, known: Known<'_>) -> Vec<IndicatorReportRow> {
    let spans = Spans::of([days]);
    let points = counted_in(indicator, points, known.owed, |point| spans.within(point, &[]));
    told(indicator, Origin::Returned, &points, (&spans, known))
}

/// What points come to, altogether and by area.
fn told(indicator: &IndicatorRow, origin: Origin, points: &[Point], (spans, known): (&Spans, Known<'_>)) -> Vec<IndicatorReportRow> {
    let (awards, belonging, aimed) = (Names::new(), Belonging::default(), Aimed::default());
    let shown = Shown { awards: &awards, areas: known.areas, parts: known.parts, belonging: &belonging, spans, areas_asked: 0 };
    let by = |by: &[IndicatorGrouping]| rows(indicator, origin, points, by, &aimed, &shown);
    by(&[]).into_iter().chain(by(&[IndicatorGrouping::Area]).into_iter().filter(|row| row.area.is_some())).collect()
}

/// The rows of one indicator: what returns report, all together and each area by name; then what is printed of the quarter.
pub fn of_indicator(counted: &Counted<'_>, quarter: Quarter, (figures, hidden): (&Figures, &Hidden), beside: &Beside<'_>) -> Vec<BoardRow> {
    let printed = printed(counted, quarter, beside.known);
    let bases = bases_before(counted, quarter, beside.known);
    let of = |all: &Figures, own: &dyn Fn(Option<&Named>) -> BoardRow| {
        let mut areas: BTreeMap<Option<(&str, Id)>, Option<&Named>> = BTreeMap::new();
        for row in all.values() {
            areas.insert(row.area.as_ref().map(|area| (area.name.as_str(), area.id)), row.area.as_ref());
        }
        areas.into_values().map(own).collect::<Vec<BoardRow>>()
    };
    let mut rows = of(figures, &|area| board_row(counted, area, quarter, (figures, &bases), hidden));
    rows.extend(of(&printed, &|area| printed_row(counted, area, quarter, (&printed, &hidden.figures), beside.below)));
    rows
}

/// What was counted, by area, in the last quarter before one of which anything is reported.
fn bases_before(counted: &Counted<'_>, quarter: Quarter, known: Known<'_>) -> BTreeMap<Option<Id>, Vec<String>> {
    let ends = counted.points.iter().filter(|point| point.value.is_some()).filter_map(|point| point.days.1);
    let Some(last) = ends.filter(|day| *day < quarter.first_day()).max().and_then(Quarter::of) else { return BTreeMap::new() };
    let rows = summed(counted.indicator, &counted.points, (last.first_day(), last.last_day()), known);
    rows.into_iter().map(|row| (row.area.map(|area| area.id), row.bases)).collect()
}

/// What is printed for just the days of the quarter, or for just those of the year up to its end.
fn printed(counted: &Counted<'_>, quarter: Quarter, known: Known<'_>) -> Figures {
    let mut all = Figures::new();
    let spans = [(quarter.first_day(), false), (quarter.year().first_day(), true)];
    for (first, is_to_date) in spans {
        let days = (Some(first), Some(quarter.last_day()));
        let points: Vec<Point> = counted.printed.iter().filter(|point| point.days == days).cloned().collect();
        for row in told(counted.indicator, Origin::Printed, &points, (&Spans::default(), known)) {
            all.insert(Place { area: row.area.as_ref().map(|area| area.id), quarter: place_of(quarter), is_to_date }, row);
        }
    }
    all
}

/// Where the year stands at this quarter, from 0.
pub fn place_of(quarter: Quarter) -> usize {
    quarter.year().quarters().into_iter().take_while(|one| *one < quarter).count()
}

fn board_row(
    counted: &Counted<'_>,
    area: Option<&Named>,
    quarter: Quarter,
    (figures, bases): (&Figures, &BTreeMap<Option<Id>, Vec<String>>),
    hidden: &Hidden,
) -> BoardRow {
    let year = quarter.year();
    let at = |is_to_date: bool| Place { area: area.map(|area| area.id), quarter: place_of(quarter), is_to_date };
    let row = |is_to_date: bool| figures.get(&at(is_to_date));
    let seen = |is_to_date: bool| (!hidden.figures.contains(&at(is_to_date)), !hidden.accepted.contains(&at(is_to_date)));
    let of = |is_to_date: bool, first: NaiveDate, last: NaiveDate| {
        count(row(is_to_date), seen(is_to_date), target(counted, area, row(is_to_date), (first, last)))
    };
    let ids: BTreeSet<Id> = [row(false), row(true)].into_iter().flatten().flat_map(|row| row.sources.iter().copied()).collect();
    let counts = |is_to_date: bool| {
        row(is_to_date).map(|row| (row.reported_count, row.not_reported_count, row.not_applicable_count)).unwrap_or_default()
    };
    let warnings = |is_to_date: bool| row(is_to_date).map(|row| row.warnings.clone()).unwrap_or_default();
    let was = bases.get(&area.map(|area| area.id)).filter(|was| !was.is_empty());
    let is_other = row(false).zip(was).is_some_and(|(row, was)| !row.bases.is_empty() && row.bases != *was);
    let (to_date, own) = (counts(true), counts(false));
    BoardRow {
        quarter: of(false, quarter.first_day(), quarter.last_day()),
        year_to_date: of(true, year.first_day(), year.last_day()),
        reported_count: to_date.0,
        not_reported_count: to_date.1,
        not_applicable_count: to_date.2,
        warnings: warnings(true),
        quarter_reported_count: own.0,
        quarter_not_reported_count: own.1,
        quarter_not_applicable_count: own.2,
        quarter_warnings: warnings(false).into_iter().chain(is_other.then_some(Warning::BasisChanged)).collect(),
        return_ids: ids.iter().copied().take(RETURNS_MAX).collect(),
        sources: ids.into_iter().collect(),
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
        asks_for: Some(counted.indicator.asks_for()),
        area: area.cloned(),
        quarter: none,
        year_to_date: none,
        reported_count: 0,
        not_reported_count: 0,
        not_applicable_count: 0,
        warnings: Vec::new(),
        quarter_reported_count: 0,
        quarter_not_reported_count: 0,
        quarter_not_applicable_count: 0,
        quarter_warnings: Vec::new(),
        origin,
        qualifier: None,
        programme_stage,
        programme_stage_since_on,
        return_ids: Vec::new(),
        returns_url: None,
        sources: Vec::new(),
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
    let state = match (value, row.map(IndicatorReportRow::lack)) {
        (Some(_), _) if !is_seen => BoardCountState::Suppressed,
        (Some(_), _) => BoardCountState::Shown,
        (None, Some(Lack::NotApplicable)) => BoardCountState::NotApplicable,
        (None, Some(Lack::NotAdded | Lack::GrowthNotKnown)) => BoardCountState::NotAdded,
        (None, Some(Lack::NotReported) | None) => BoardCountState::NotReported,
    };
    let value = value.filter(|_| is_seen);
    let accepted_value = row.and_then(|row| row.accepted_value).filter(|_| is_seen && is_accepted_seen);
    let target_percent = value.zip(target).and_then(|(value, target)| share(value.0, target.0));
    BoardCount { state, value, accepted_value, target, target_percent }
}

/// The target of an area, or of all together, for these days; none where the figure is of others too.
fn target(counted: &Counted<'_>, area: Option<&Named>, row: Option<&IndicatorReportRow>, days: Days) -> Option<Quantity> {
    let told = row.filter(|row| row.value.is_some()).and_then(|row| row.starts_on.zip(row.ends_on));
    let told: Vec<Days> = told.into_iter().collect();
    let area = area.map(|area| area.id);
    let sought = Sought { area, is_of_areas: true, areas_asked: 0, asked: &[days], period: None, told: &told };
    aim(counted.indicator, &counted.targets, &sought).map(|aim| aim.target)
}
