//! What an indicator comes to: the one way in which its values are put together, for the report and for printed totals.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::figures::printed::FigureKind;
use crate::kernel::adding::of_groups;
use crate::kernel::{FigureStatus, Id, Pence, Quantity, Refusal};
use crate::reports::asked::At;
use crate::reports::indicators::rules::{Adding, Adjusted, Amount, Combined, Point, combine, combine_years};
use crate::reports::indicators::store::{Bases, IndicatorRow, bases, group_counts, indicators};
use crate::reports::printed::PrintedFigure;
use crate::reports::returned::store::{self as returned, AcceptedRow, AdjustedValueRow, ValueRow};
use crate::reports::returned::{Counting, Days, Parts, Told};
use crate::store::Conn;

/// The unit of percentages.
const PERCENT: &str = "percent";

/// What accepted returns say of each indicator, with what was adjusted. What does not apply was never asked for.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points(conn: &mut Conn, at: At) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    points_of(conn, at, Counting::Accepted, None)
}

/// What the returns that count say of each indicator; what is not accepted is provisional. Where `ends` names days, at least all points whose days
/// end in them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points_of(conn: &mut Conn, at: At, which: Counting, ends: Option<Days>) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    let bases = bases(conn, at)?;
    let accepted: HashMap<Id, AcceptedRow> = returned::counting(conn, at, which)?.into_iter().map(|row| (row.return_id, row)).collect();
    let mut points: HashMap<Id, Vec<Point>> = HashMap::new();
    let mut places: Places = HashMap::new();
    let asked = returned::values(conn, at, which, ends)?.into_iter().filter(|value| value.status != "not_applicable");
    let asked: Vec<ValueRow> = asked.collect();
    let told = told_as_a_whole(&asked);
    let adjusted = returned::adjusted_values(conn, at)?;
    let all = if adjusted.is_empty() && !is_grouped(&asked) { Vec::new() } else { indicators(conn, at)? };
    let groups = if is_grouped(&asked) { group_counts(conn)? } else { HashMap::new() };
    for value in wholes(asked, &all, &groups) {
        let Some(of) = accepted.get(&value.return_id) else { continue };
        let all = points.entry(value.indicator_id).or_default();
        places.insert((value.return_id, value.indicator_id, value.area_id), all.len());
        let amount = value.value.map(|value_of| Amount { value: value_of, whole: value.denominator });
        let basis = value.basis.or_else(|| basis_of(&bases, value.indicator_id, of));
        all.push(Point { basis, ..point(of, value.area_id, amount) });
    }
    if !adjusted.is_empty() {
        let additive: HashSet<Id> = all.iter().filter(|one| is_additive(one)).map(|one| one.id).collect();
        // Beside a whole that was reported, what corrects a group comes with what corrects the whole, or moves from group to group.
        let is_in_whole = |one: &AdjustedValueRow| one.group.is_some() && told.contains(&(one.return_id, one.indicator_id, one.area_id));
        let adjusted = adjusted.into_iter().filter(|one| !is_in_whole(one)).collect();
        adjust(&mut points, &mut places, &accepted, (adjusted, &additive));
    }
    Ok(points)
}

/// What papers print of each indicator.
#[must_use]
pub fn printed(figures: &[(String, PrintedFigure)]) -> HashMap<Id, Vec<Point>> {
    let mut points: HashMap<Id, Vec<Point>> = HashMap::new();
    for (_, figure) in figures.iter().filter(|(_, figure)| figure.kind == FigureKind::Indicator) {
        let Some(indicator) = figure.indicator_id else { continue };
        points.entry(indicator).or_default().push(Point {
            award: None,
            source: None,
            area: figure.area_id,
            days: (figure.starts_on.or(figure.as_at), figure.ends_on.or(figure.as_at)),
            period: figure.period.clone(),
            value: figure.value_thousandths.or_else(|| figure.amount_pence.map(in_pounds)).map(Amount::plain),
            high: figure.value_high_thousandths,
            basis: figure.basis.clone(),
            status: Some(figure.figure_status),
            qualifier: figure.qualifier.clone(),
            illustrative: figure.illustrative,
            adjusted: Adjusted::No,
        });
    }
    points
}

/// An indicator whose unit is pounds has its value in pounds.
const fn in_pounds(pence: Pence) -> Quantity {
    Quantity(pence.0.saturating_mul(10))
}

fn is_grouped(values: &[ValueRow]) -> bool {
    values.iter().any(|value| value.group.is_some())
}

/// The values of all groups together: as reported, or else what the groups come to. Where one of the groups has no value, or where they never
/// become one, something is missing.
fn wholes(values: Vec<ValueRow>, indicators: &[IndicatorRow], asked: &HashMap<(Id, i32), i64>) -> Vec<ValueRow> {
    if !is_grouped(&values) {
        return values;
    }
    let adding = |row: &IndicatorRow| row.over_groups.as_deref().and_then(|text| text.parse().ok()).unwrap_or(Adding::None);
    let broken_down = |row: &IndicatorRow| (row.id, (adding(row), asked.get(&(row.id, row.version)).copied().unwrap_or_default()));
    let broken_down: HashMap<Id, (Adding, i64)> = indicators.iter().map(broken_down).collect();
    let (groups, mut all): (Vec<ValueRow>, Vec<ValueRow>) = values.into_iter().partition(|value| value.group.is_some());
    let told = told_as_a_whole(&all);
    let mut by_place: BTreeMap<Of, Vec<ValueRow>> = BTreeMap::new();
    for value in groups.into_iter().filter(|value| !told.contains(&of(value))) {
        by_place.entry(of(&value)).or_default().push(value);
    }
    all.retain(|value| value.value.is_some() || !by_place.contains_key(&of(value)));
    for ((_, indicator_id, _), own) in by_place {
        let (how, asked) = broken_down.get(&indicator_id).copied().unwrap_or((Adding::None, 0));
        let amounts: Vec<Amount> = own.iter().filter_map(|value| Some(Amount { value: value.value?, whole: value.denominator })).collect();
        let together = of_groups(&amounts, how);
        let is_missing = together.is_none() || i64::try_from(amounts.len()).is_ok_and(|given| given < asked);
        let Some(first) = own.into_iter().next() else { continue };
        let whole = |amount: Option<Amount>| {
            let (value, denominator) = (amount.map(|amount| amount.value), amount.and_then(|amount| amount.whole));
            ValueRow { group: None, value, denominator, ..first.clone() }
        };
        all.extend(together.map(|amount| whole(Some(amount))));
        all.extend(is_missing.then(|| whole(None)));
    }
    all
}

/// A return, an indicator, and an area or all of them.
type Of = (Id, Id, Option<Id>);

const fn of(value: &ValueRow) -> Of {
    (value.return_id, value.indicator_id, value.area_id)
}

/// Where a value of all groups together is reported.
fn told_as_a_whole(values: &[ValueRow]) -> HashSet<Of> {
    let is_whole = |value: &&ValueRow| value.group.is_none() && value.value.is_some();
    values.iter().filter(is_whole).map(of).collect()
}

/// What an indicator counted at the end of a return's days: a later change of its basis leaves what was counted before as it was.
fn basis_of(bases: &Bases, indicator: Id, of: &AcceptedRow) -> Option<String> {
    let all = bases.get(&indicator)?;
    let held = all.iter().rev().find(|(from, _)| *from <= of.ends_on).or_else(|| all.first());
    held.and_then(|(_, basis)| basis.clone())
}

/// Where the point of a return's indicator and area stands among the indicator's.
type Places = HashMap<(Id, Id, Option<Id>), usize>;

/// Whether a difference may count in another period and mean the same: the values are added, over time and over areas.
fn is_additive(indicator: &IndicatorRow) -> bool {
    let is_sum = |text: &str| text.parse() == Ok(Adding::Sum);
    is_sum(&indicator.over_time) && is_sum(&indicator.over_areas) && indicator.unit != PERCENT
}

fn point(of: &AcceptedRow, area: Option<Id>, value: Option<Amount>) -> Point {
    Point {
        award: Some(of.award_id),
        source: Some(of.return_id),
        area,
        days: (Some(of.starts_on), Some(of.ends_on)),
        period: Some(of.period.clone()),
        value,
        high: None,
        basis: None,
        status: Some(if of.is_accepted() { FigureStatus::Final } else { FigureStatus::Provisional }),
        qualifier: None,
        illustrative: of.illustrative,
        adjusted: Adjusted::No,
    }
}

/// Brings adjustments in: where values are added, as differences in the days in which they count; elsewhere a difference in other days would
/// mean something else, so the value is corrected where it stands.
fn adjust(
    points: &mut HashMap<Id, Vec<Point>>,
    places: &mut Places,
    accepted: &HashMap<Id, AcceptedRow>,
    (adjusted, additive): (Vec<AdjustedValueRow>, &HashSet<Id>),
) {
    let mut told: HashSet<(Id, usize)> = HashSet::new();
    for row in adjusted {
        let Some(of) = accepted.get(&row.return_id) else { continue };
        let all = points.entry(row.indicator_id).or_default();
        let place = (row.return_id, row.indicator_id, row.area_id);
        let amount = Amount { value: row.value, whole: row.denominator };
        if additive.contains(&row.indicator_id) {
            // Where nothing was reported, the difference is the value.
            told.extend(
                places.get(&place).filter(|at| all.get(**at).is_some_and(|own| own.value.is_none())).map(|at| (row.indicator_id, *at)),
            );
            all.push(Point {
                days: (Some(row.starts_on), Some(row.ends_on)),
                period: Some(row.period),
                adjusted: Adjusted::Difference { corrects: (of.starts_on, of.ends_on) },
                ..point(of, row.area_id, Some(amount))
            });
            continue;
        }
        let at = *places.entry(place).or_insert_with(|| {
            all.push(point(of, row.area_id, None));
            all.len() - 1
        });
        let Some(own) = all.get_mut(at) else { continue };
        let (before, times) = if let Adjusted::Corrected { accepted, times } = own.adjusted { (accepted, times) } else { (own.value, 0) };
        own.adjusted = Adjusted::Corrected { accepted: before, times: times + 1 };
        own.value = Some(own.value.map_or(amount, |value| value.and(amount)));
    }
    for (indicator, all) in points.iter_mut() {
        let mut at = 0;
        all.retain(|_| {
            at += 1;
            !told.contains(&(*indicator, at - 1))
        });
    }
}

/// The points that count together, and what they come to.
#[must_use]
pub fn together<'p>(indicator: &IndicatorRow, points: Vec<&'p Point>, parts: &Parts) -> (Vec<&'p Point>, Combined) {
    let adding = |text: &str| text.parse().unwrap_or(Adding::None);
    let points = parts.once(points, |point| told(point));
    let (over_areas, over_time) = (adding(&indicator.over_areas), adding(&indicator.over_time));
    let combined = if indicator.is_year_to_date() {
        combine_years(&points, over_areas, over_years(indicator, over_time))
    } else {
        combine(&points, over_areas, over_time)
    };
    (points, Combined { is_percentage: indicator.unit == PERCENT, ..combined })
}

/// How the years of what is counted from April on become one: they are added, and percentages are put together from what they are made of.
fn over_years(indicator: &IndicatorRow, over_time: Adding) -> Adding {
    match over_time {
        Adding::None => Adding::None,
        _ if indicator.unit == PERCENT => Adding::Average,
        _ => Adding::Sum,
    }
}

/// Of what a point of a return tells; a printed one belongs to no award.
fn told(point: &Point) -> Option<Told> {
    let days = point.days.0.zip(point.days.1)?;
    // A difference is about the days that it corrects.
    let days = if let Adjusted::Difference { corrects } = point.adjusted { corrects } else { days };
    Some(Told { award: point.award?, area: point.area, days, is_reported: point.value.is_some() })
}
