//! What was counted in a quarter and in its year so far, with small numbers suppressed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::table::Cell;
use crate::kernel::{Id, Named, Quantity, Quarter};
use crate::publishing::rules::{self as small, Sum, Table};
use crate::reports::answer::Flat;
use crate::reports::expenditure::routes::Origin;
use crate::reports::expenditure::rules::share;
use crate::reports::indicators::belonging::Belonging;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorName, IndicatorReportRow, Shown, name, rows};
use crate::reports::indicators::rules::{Point, Warning};
use crate::reports::indicators::store::{IndicatorRow, TargetRow};
use crate::reports::names::Names;
use crate::reports::returned::Parts;

words! {
    /// Whether a figure can be read.
    pub enum BoardCountState {
        /// It is shown.
        Shown = "shown",
        /// It is hidden, as it tells of very few people or as others could be worked out from it. It is not nought.
        Suppressed = "suppressed",
        /// Nobody reported it. It is not nought.
        NotReported = "not_reported",
    }
}

/// A figure as the board may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardCount {
    /// Whether it can be read.
    pub state: BoardCountState,
    /// The figure; null unless it is shown.
    pub value: Option<Quantity>,
    /// Its target for the same days and area.
    pub target: Option<Quantity>,
    /// The figure as a percentage of its target, to three decimals; null unless it is shown.
    pub target_percent: Option<Quantity>,
}

/// What an indicator came to, in one area or altogether.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardRow {
    /// The programme whose indicator it is.
    pub programme: Option<Named>,
    /// The fund whose indicator it is.
    pub fund: Option<Named>,
    /// What is counted.
    pub indicator: IndicatorName,
    /// The area; null for all together.
    pub area: Option<Named>,
    /// In the quarter.
    pub quarter: BoardCount,
    /// From the beginning of the financial year to the end of the quarter.
    pub year_to_date: BoardCount,
    /// How many of the year's values were asked for and not reported.
    pub not_reported_count: i64,
    /// What to know about the year's figure.
    pub warnings: Vec<Warning>,
}

impl Flat for BoardRow {
    const COLUMNS: &'static [&'static str] = &[
        "programme_code",
        "programme_name",
        "fund_code",
        "fund_name",
        "indicator_name",
        "unit",
        "direction",
        "area_code",
        "area_name",
        "quarter_state",
        "quarter_value",
        "quarter_target",
        "quarter_target_percent",
        "year_to_date_state",
        "year_to_date_value",
        "year_to_date_target",
        "year_to_date_target_percent",
        "not_reported_count",
        "warnings",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.extend([&self.indicator.name, &self.indicator.unit, &self.indicator.direction].map(|words| Cell::Text(words.clone())));
        cells.extend(Cell::named(self.area.as_ref()));
        for count in [self.quarter, self.year_to_date] {
            cells.push(Cell::text(Some(count.state.word())));
            cells.extend([count.value, count.target, count.target_percent].map(Cell::number));
        }
        cells.push(Cell::count(self.not_reported_count));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells
    }
}

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

/// The figures of one area, or of all together, by quarter of the year.
#[derive(Default)]
struct Line {
    area: Option<Named>,
    quarters: Vec<Option<IndicatorReportRow>>,
    to_date: Vec<Option<IndicatorReportRow>>,
}

/// The rows of one indicator: all together, then each area by name; none where the year so far has no value.
pub fn of_indicator(counted: &Counted<'_>, quarter: Quarter, areas: &Names, parts: &Parts) -> Vec<BoardRow> {
    let year = quarter.year();
    let quarters: Vec<Quarter> = year.quarters().into_iter().take_while(|one| *one <= quarter).collect();
    let mut lines: BTreeMap<Option<String>, Line> = BTreeMap::new();
    for (at, one) in quarters.iter().enumerate() {
        let spans = [(one.first_day(), one.last_day(), true), (year.first_day(), one.last_day(), false)];
        for (first, last, is_quarter) in spans {
            for (area, row) in figures(counted, (first, last), areas, parts) {
                let line = lines.entry(area.as_ref().map(|area| area.name.clone())).or_default();
                line.area = area;
                let own = if is_quarter { &mut line.quarters } else { &mut line.to_date };
                own.resize_with(at, || None);
                own.push(Some(row));
            }
        }
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    for line in &mut lines {
        line.quarters.resize_with(quarters.len(), || None);
        line.to_date.resize_with(quarters.len(), || None);
    }
    let hidden = hidden(counted.indicator, &lines, quarters.len());
    let last = quarters.len().saturating_sub(1);
    lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| {
            board_row(counted, line, (quarter, last), |is_quarter| hidden.contains(&place(at, last, is_quarter, quarters.len())))
        })
        .collect()
}

/// What the values of these days come to, altogether and by area.
fn figures(counted: &Counted<'_>, days: (NaiveDate, NaiveDate), areas: &Names, parts: &Parts) -> Vec<(Option<Named>, IndicatorReportRow)> {
    let lies_in = |point: &&Point| point.days.0.is_some_and(|first| first >= days.0) && point.days.1.is_some_and(|last| last <= days.1);
    let points: Vec<Point> = counted.points.iter().filter(lies_in).cloned().collect();
    let (awards, belonging) = (Names::new(), Belonging::default());
    let shown = Shown { awards: &awards, areas, parts, belonging: &belonging };
    let by = |by: &[IndicatorGrouping]| rows(counted.indicator, Origin::Returned, &points, by, &[], &shown);
    let whole = by(&[]).into_iter().map(|row| (None, row));
    let of_areas = by(&[IndicatorGrouping::Area]).into_iter().filter_map(|row| row.area.clone().map(|area| (Some(area), row)));
    whole.chain(of_areas).collect()
}

/// Where a figure stands in the table that is looked at for small numbers.
const fn place(line: usize, quarter: usize, is_quarter: bool, quarters: usize) -> usize {
    (line * quarters + quarter) * 2 + if is_quarter { 0 } else { 1 }
}

/// The places that are hidden. Each quarter had its own page for the board, so what an earlier one showed is known, and what it hid stays
/// hidden.
fn hidden(indicator: &IndicatorRow, lines: &[Line], quarters: usize) -> BTreeSet<usize> {
    let all = || {
        lines.iter().enumerate().flat_map(|(at, line)| {
            line.quarters.iter().zip(&line.to_date).enumerate().flat_map(move |(quarter, (own, to_date))| {
                [
                    (place(at, quarter, true, quarters), quarter, own.as_ref()),
                    (place(at, quarter, false, quarters), quarter, to_date.as_ref()),
                ]
            })
        })
    };
    if !small::is_of_people(&indicator.unit) {
        let tells =
            |row: &IndicatorReportRow| row.numerator.zip(row.denominator).is_some_and(|(part, whole)| small::tells_of_few(part, whole));
        return all().filter(|(_, _, row)| row.is_some_and(tells)).map(|(place, ..)| place).collect();
    }
    let mut table = Table::default();
    for quarter in 0..quarters {
        let is_out = |of: usize| of <= quarter;
        table.counts = all().map(|(_, of, row)| row.filter(|_| is_out(of)).and_then(|row| row.value)).collect();
        table.sums = sums(indicator, lines.len(), quarter, quarters, &table.counts);
        let mut found = table.hidden();
        // The latest or highest of a year is one of its quarters: where one is hidden, so is the other.
        if indicator.over_time != "sum" {
            for line in 0..lines.len() {
                if (0..=quarter).any(|of| found.contains(&place(line, of, true, quarters))) {
                    found.insert(place(line, quarter, false, quarters));
                }
            }
        }
        let shown = all().filter(|(place, of, row)| is_out(*of) && row.is_some() && !found.contains(place)).map(|(place, ..)| place);
        table.known = shown.collect();
        table.kept = found;
    }
    table.kept
}

/// How the figures up to a quarter add up: areas to all together, quarters to the year.
fn sums(indicator: &IndicatorRow, lines: usize, upto: usize, quarters: usize, counts: &[Option<Quantity>]) -> Vec<Sum> {
    let value = |at: usize| counts.get(at).copied().flatten().map_or(0, |count| count.0);
    let mut sums = Vec::new();
    for quarter in 0..=upto {
        for is_quarter in [true, false] {
            let parts: Vec<usize> = (1..lines).map(|line| place(line, quarter, is_quarter, quarters)).collect();
            let total = place(0, quarter, is_quarter, quarters);
            // Where an award reports a whole beside its areas, these need not come to it.
            if !parts.is_empty() && parts.iter().map(|at| value(*at)).sum::<i64>() == value(total) {
                sums.push(Sum { total, parts });
            }
        }
        if indicator.over_time == "sum" {
            for line in 0..lines {
                let before = quarter.checked_sub(1).map(|before| place(line, before, false, quarters));
                let parts = before.into_iter().chain([place(line, quarter, true, quarters)]).collect();
                sums.push(Sum { total: place(line, quarter, false, quarters), parts });
            }
        }
    }
    sums
}

fn board_row(counted: &Counted<'_>, line: &Line, (quarter, at): (Quarter, usize), is_hidden: impl Fn(bool) -> bool) -> Option<BoardRow> {
    let (own, to_date) = (line.quarters.get(at)?.as_ref(), line.to_date.get(at)?.as_ref());
    let area = line.area.as_ref().map(|area| area.id);
    let year = quarter.year();
    let target = |days: (NaiveDate, NaiveDate)| target(counted, area, days);
    Some(BoardRow {
        programme: counted.programme.clone(),
        fund: counted.fund.clone(),
        indicator: name(counted.indicator),
        area: line.area.clone(),
        quarter: count(own, is_hidden(true), target((quarter.first_day(), quarter.last_day()))),
        year_to_date: count(to_date, is_hidden(false), target((year.first_day(), year.last_day()))),
        not_reported_count: to_date.map_or(0, |row| row.not_reported_count),
        warnings: to_date.map(|row| row.warnings.clone()).unwrap_or_default(),
    })
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
