//! What an indicator comes to: the one way in which its values are put together, for the report and for printed totals.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::awards::indicators::rules::AsksFor;
use crate::figures::printed::FigureKind;
use crate::kernel::adding::of_groups;
use crate::kernel::{FigureStatus, Id, Pence, Quantity, Refusal};
use crate::reports::asked::At;
use crate::reports::indicators::rules::{
    Adding, Adjusted, Amount, Beside, Combined, Lack, Point, combine, combine_all, combine_years, folded,
};
use crate::reports::indicators::store::{Bases, Groups, IndicatorRow, bases, groups, indicators};
use crate::reports::printed::PrintedFigure;
use crate::reports::returned::store::{self as returned, AcceptedRow, AdjustedValueRow};
use crate::reports::returned::{Counting, Days, Parts, Told, Written, parts};
use crate::returns::rules::{PackedValue, Reported};
use crate::store::Conn;

/// Of which returns what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Which returns count.
    pub which: Counting,
    /// The days in which their periods end, where only some are asked for. Points whose days end outside them may come as well.
    pub ends: Option<Days>,
    /// Whether groups are told apart, beside what they come to.
    pub tells_groups: bool,
    /// Whether areas are told apart. Where they are not, the areas of a return come as one point, as far as it says the same.
    pub tells_areas: bool,
}

/// What accepted returns say of each indicator and area, with what was adjusted.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points(conn: &mut Conn, at: At) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    points_of(conn, at, Counting::Accepted, None)
}

/// What the returns that count say of each indicator and area; what is not accepted is provisional. Where `ends` names days, at least all points
/// whose days end in them.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points_of(conn: &mut Conn, at: At, which: Counting, ends: Option<Days>) -> Result<HashMap<Id, Vec<Point>>, Refusal> {
    Ok(points_wanted(conn, at, Wanted { which, ends, tells_areas: true, tells_groups: false })?.points)
}

/// What returns say.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Of all groups together, by indicator.
    pub points: HashMap<Id, Vec<Point>>,
    /// Of each group, by its name and then by indicator.
    pub groups: BTreeMap<Arc<str>, HashMap<Id, Vec<Point>>>,
}

/// What the returns that count say of each indicator.
///
/// # Errors
/// [`Refusal::Store`] where the database fails.
pub fn points_wanted(conn: &mut Conn, at: At, wanted: Wanted) -> Result<Gathered, Refusal> {
    let accepted: HashMap<Id, AcceptedRow> =
        returned::counting(conn, at, wanted.which)?.into_iter().map(|row| (row.return_id, row)).collect();
    let mut written: Vec<(&AcceptedRow, Written)> = returned::values(conn, at, wanted.which, wanted.ends)?
        .into_iter()
        .filter_map(|(id, written)| Some((accepted.get(&id)?, written)))
        .collect();
    // In the order of time and of awards, so that what is put together stands together.
    written.sort_by(|(a, _), (b, _)| (a.ends_on, a.starts_on, &a.period, a.award_id).cmp(&(b.ends_on, b.starts_on, &b.period, b.award_id)));
    let adjusted = returned::adjusted_values(conn, at)?;
    let indicators = indicators(conn, at)?;
    let mut gathering = Gathering {
        bases: bases(conn, at)?,
        ways: indicators.iter().map(|row| (row.id, Way::of(row))).collect(),
        groups: groups(conn)?,
        tells_groups: wanted.tells_groups,
        by_group: BTreeMap::new(),
        adjusted: adjusted.iter().map(|row| row.return_id).collect(),
        parts: if wanted.tells_areas { None } else { Some(parts(conn, at)?) },
        points: HashMap::new(),
        places: HashMap::new(),
        told: HashSet::new(),
    };
    for (of, written) in written {
        gathering.take(of, written.values()?);
    }
    let Gathering { mut points, mut places, told, mut by_group, .. } = gathering;
    if !adjusted.is_empty() {
        let additive: HashSet<Id> = indicators.iter().filter(|one| is_additive(one)).map(|one| one.id).collect();
        for (name, (points, places)) in &mut by_group {
            let own = adjusted.iter().filter(|one| one.group.as_deref() == Some(&**name)).cloned().collect();
            adjust(points, places, &accepted, (own, &additive));
        }
        // Beside a whole that was reported, what corrects a group comes with what corrects the whole, or moves from group to group.
        let is_in_whole = |one: &AdjustedValueRow| one.group.is_some() && told.contains(&(one.return_id, one.indicator_id, one.area_id));
        let adjusted = adjusted.into_iter().filter(|one| !is_in_whole(one)).collect();
        adjust(&mut points, &mut places, &accepted, (adjusted, &additive));
    }
    Ok(Gathered { points, groups: by_group.into_iter().map(|(name, (points, _))| (name, points)).collect() })
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
            period: figure.period.as_deref().map(Arc::from),
            value: figure.value_thousandths.or_else(|| figure.amount_pence.map(in_pounds)).map(Amount::plain),
            lack: Lack::NotReported,
            within: None,
            high: figure.value_high_thousandths,
            basis: figure.basis.as_deref().map(Arc::from),
            status: Some(figure.figure_status),
            qualifier: figure.qualifier.clone(),
            illustrative: figure.illustrative,
            adjusted: Adjusted::No,
            beside: Beside::default(),
        });
    }
    points
}

/// An indicator whose unit is pounds has its value in pounds.
const fn in_pounds(pence: Pence) -> Quantity {
    Quantity(pence.0.saturating_mul(10))
}

/// How an indicator's values become one.
#[derive(Debug, Clone, Copy)]
struct Way {
    over_areas: Adding,
    over_groups: Adding,
    version: i32,
    is_cumulative: bool,
}

impl Way {
    fn of(row: &IndicatorRow) -> Self {
        let adding = |text: &str| text.parse().unwrap_or(Adding::None);
        let over_groups = row.over_groups.as_deref().map_or(Adding::None, adding);
        Self { over_areas: adding(&row.over_areas), over_groups, version: row.version, is_cumulative: row.is_cumulative() }
    }
}

/// Points as they are gathered, return after return.
struct Gathering {
    bases: Bases,
    ways: HashMap<Id, Way>,
    groups: Groups,
    /// Whether groups are told apart, and then their points with where those of returns stand that were adjusted.
    tells_groups: bool,
    by_group: BTreeMap<Arc<str>, (HashMap<Id, Vec<Point>>, Places)>,
    /// The returns of which a value was adjusted.
    adjusted: HashSet<Id>,
    /// Where areas are not told apart: which awards are parts of others, whose areas are held against each other.
    parts: Option<Parts>,
    points: HashMap<Id, Vec<Point>>,
    /// Of returns that were adjusted: where the point of each place stands, and where a value of all groups together is reported.
    places: Places,
    told: HashSet<Of>,
}

impl Gathering {
    /// Takes the values of a return in.
    fn take(&mut self, of: &AcceptedRow, values: Vec<PackedValue>) {
        let is_adjusted = self.adjusted.contains(&of.return_id);
        if is_adjusted {
            self.told.extend(told_as_a_whole(&values).into_iter().map(|(indicator, area)| (of.return_id, indicator, area)));
        }
        if self.tells_groups {
            self.take_groups(of, &values, is_adjusted);
        }
        let mut values = self.wholes(values);
        // The values of an indicator stand together in most returns.
        if !is_together(&values) {
            values.sort_by_key(|(value, _)| value.indicator_id);
        }
        let period: Arc<str> = of.period.as_str().into();
        let folds = !is_adjusted && self.parts.as_ref().is_some_and(|parts| !parts.concern(of.award_id));
        for own in values.chunk_by(|(a, _), (b, _)| a.indicator_id == b.indicator_id) {
            let Some(indicator_id) = own.first().map(|(value, _)| value.indicator_id) else { continue };
            let basis = basis_of(&self.bases, indicator_id, of);
            let points = own.iter().map(|(value, lack)| {
                let amount = value.value.map(|value_of| Amount { value: value_of, whole: value.denominator });
                Point { basis: value.basis.clone().or_else(|| basis.clone()), lack: *lack, ..point((of, &period), value.area_id, amount) }
            });
            let all = self.points.entry(indicator_id).or_default();
            // What holds what was before is held against it area by area.
            let way = self.ways.get(&indicator_id).filter(|way| folds && own.len() > 1 && !way.is_cumulative);
            let over_areas = way.map(|way| way.over_areas);
            if is_adjusted {
                self.places.extend((all.len()..).zip(own).map(|(at, (value, _))| ((of.return_id, indicator_id, value.area_id), at)));
            }
            let Some(over_areas) = over_areas else {
                all.extend(points);
                continue;
            };
            let points: Vec<Point> = points.collect();
            match folded(&points, over_areas) {
                Some(point) => all.push(point),
                None => all.extend(points),
            }
        }
    }

    /// Takes what a return says of each group in. Where it tells of some groups, or of none, the others are missing; of nobody there are no groups.
    fn take_groups(&mut self, of: &AcceptedRow, values: &[PackedValue], is_adjusted: bool) {
        let period: Arc<str> = of.period.as_str().into();
        let told: HashMap<(Place, Option<&str>), &PackedValue> =
            values.iter().map(|value| ((place(value), value.group.as_deref()), value)).collect();
        let in_groups: HashSet<Place> = values.iter().filter(|value| value.group.is_some()).map(place).collect();
        let by_groups: HashSet<Id> = in_groups.iter().map(|(indicator, _)| *indicator).collect();
        // Where some places are told by groups, the others need not be.
        let places: BTreeSet<Place> =
            values.iter().map(place).filter(|place| in_groups.contains(place) || !by_groups.contains(&place.0)).collect();
        for own in places {
            let (indicator_id, area_id) = own;
            let named = self.ways.get(&indicator_id).and_then(|way| self.groups.get(&(indicator_id, way.version)));
            let basis = basis_of(&self.bases, indicator_id, of);
            let whole = told.get(&(own, None)).copied();
            let is_nobody = whole.is_some_and(|whole| whole.value == Some(Quantity::ZERO) && whole.denominator.is_none());
            for name in named.into_iter().flatten() {
                let value = told.get(&(own, Some(&**name))).copied();
                let amount = value.and_then(|value| Some(Amount { value: value.value?, whole: value.denominator }));
                let amount = amount.or_else(|| (is_nobody && value.is_none()).then(|| Amount::plain(Quantity::ZERO)));
                let lack = value.or(whole.filter(|whole| whole.value.is_none())).map_or(Lack::NotReported, lack);
                let basis = value.and_then(|value| value.basis.clone()).or_else(|| basis.clone());
                let (points, places) = self.by_group.entry(Arc::clone(name)).or_default();
                let all = points.entry(indicator_id).or_default();
                if is_adjusted {
                    places.insert((of.return_id, indicator_id, area_id), all.len());
                }
                all.push(Point { basis, lack, ..point((of, &period), area_id, amount) });
            }
        }
    }

    /// The values of all groups together: as reported, or else what the groups come to, each with why it has no value. Where one of the groups has no
    /// value, something is missing.
    fn wholes(&self, values: Vec<PackedValue>) -> Vec<(PackedValue, Lack)> {
        let with_lack = |value: PackedValue| {
            let lack = lack(&value);
            (value, lack)
        };
        if values.iter().all(|value| value.group.is_none()) {
            return values.into_iter().map(with_lack).collect();
        }
        let (groups, mut all): (Vec<PackedValue>, Vec<PackedValue>) = values.into_iter().partition(|value| value.group.is_some());
        let told = told_as_a_whole(&all);
        let mut by_place: BTreeMap<Place, Vec<PackedValue>> = BTreeMap::new();
        for value in groups.into_iter().filter(|value| !told.contains(&place(value))) {
            by_place.entry(place(&value)).or_default().push(value);
        }
        all.retain(|value| value.value.is_some() || !by_place.contains_key(&place(value)));
        let mut all: Vec<(PackedValue, Lack)> = all.into_iter().map(with_lack).collect();
        for ((indicator_id, _), own) in by_place {
            let way = self.ways.get(&indicator_id);
            let how = way.map_or(Adding::None, |way| way.over_groups);
            let asked = way.and_then(|way| self.groups.get(&(indicator_id, way.version))).map(Vec::len).unwrap_or_default();
            all.extend(whole_of(&own, how, asked));
        }
        all
    }
}

/// Why a value is none, where it is none.
fn lack(value: &PackedValue) -> Lack {
    if value.status == Reported::NotApplicable { Lack::NotApplicable } else { Lack::NotReported }
}

/// What the groups of a place come to, and what of it there is not: groups that were not reported, that do not apply or that never become one.
fn whole_of(own: &[PackedValue], how: Adding, asked: usize) -> Vec<(PackedValue, Lack)> {
    let Some(first) = own.first() else { return Vec::new() };
    let amounts: Vec<Amount> = own.iter().filter_map(|value| Some(Amount { value: value.value?, whole: value.denominator })).collect();
    let without = own.iter().filter(|value| value.value.is_none() && lack(value) == Lack::NotApplicable).count();
    let together = of_groups(&amounts, how);
    let told = amounts.len() + without;
    let is_missing = told < asked || told < own.len();
    let lacks = [
        (is_missing, Lack::NotReported),
        (together.is_none() && !amounts.is_empty(), Lack::NotAdded),
        (!is_missing && amounts.is_empty(), Lack::NotApplicable),
    ];
    let whole = |amount: Option<Amount>| {
        let (value, denominator) = (amount.map(|amount| amount.value), amount.and_then(|amount| amount.whole));
        PackedValue { group: None, value, denominator, ..first.clone() }
    };
    let value = together.map(|amount| (whole(Some(amount)), Lack::NotReported));
    value.into_iter().chain(lacks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, lack)| (whole(None), lack))).collect()
}

/// Whether the values of each indicator stand together.
fn is_together(values: &[(PackedValue, Lack)]) -> bool {
    let mut seen: Vec<Id> = Vec::new();
    values.chunk_by(|(a, _), (b, _)| a.indicator_id == b.indicator_id).filter_map(<[_]>::first).all(|(first, _)| {
        let is_new = !seen.contains(&first.indicator_id);
        seen.push(first.indicator_id);
        is_new
    })
}

/// A place in a return: an indicator, and an area or all of them.
type Place = (Id, Option<Id>);
/// A return and a place in it.
type Of = (Id, Id, Option<Id>);

const fn place(value: &PackedValue) -> Place {
    (value.indicator_id, value.area_id)
}

/// Where a value of all groups together is reported.
fn told_as_a_whole(values: &[PackedValue]) -> HashSet<Place> {
    let is_whole = |value: &&PackedValue| value.group.is_none() && value.value.is_some();
    values.iter().filter(is_whole).map(place).collect()
}

/// What an indicator counted at the end of a return's days: a later change of its basis leaves what was counted before as it was.
fn basis_of(bases: &Bases, indicator: Id, of: &AcceptedRow) -> Option<Arc<str>> {
    let all = bases.get(&indicator)?;
    let held = all.iter().rev().find(|(from, _)| *from <= of.ends_on).or_else(|| all.first());
    held.and_then(|(_, basis)| basis.clone())
}

/// Where the point of a return's indicator and area stands among the indicator's.
type Places = HashMap<Of, usize>;

/// Whether a difference may count in another period and mean the same: the values are added, over time and over areas.
fn is_additive(indicator: &IndicatorRow) -> bool {
    let is_sum = |text: &str| text.parse() == Ok(Adding::Sum);
    is_sum(&indicator.over_time) && is_sum(&indicator.over_areas) && !indicator.is_percentage()
}

fn point((of, period): (&AcceptedRow, &Arc<str>), area: Option<Id>, value: Option<Amount>) -> Point {
    Point {
        award: Some(of.award_id),
        source: Some(of.return_id),
        area,
        days: (Some(of.starts_on), Some(of.ends_on)),
        period: Some(Arc::clone(period)),
        value,
        lack: Lack::NotReported,
        within: None,
        high: None,
        basis: None,
        status: Some(if of.is_accepted() { FigureStatus::Final } else { FigureStatus::Provisional }),
        qualifier: None,
        illustrative: of.illustrative,
        adjusted: Adjusted::No,
        beside: Beside::default(),
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
        let period: Arc<str> = of.period.as_str().into();
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
                period: Some(row.period.into()),
                adjusted: Adjusted::Difference { corrects: (of.starts_on, of.ends_on) },
                ..point((of, &period), row.area_id, Some(amount))
            });
            continue;
        }
        let at = *places.entry(place).or_insert_with(|| {
            all.push(point((of, &period), row.area_id, None));
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
    let is_printed = points.iter().any(|point| point.award.is_none());
    let combined = match indicator.asks_for() {
        AsksFor::YearToDate => combine_years(&points, over_areas, over_years(indicator, over_time)),
        // What is printed says its own days.
        AsksFor::FromBeginning if !is_printed => combine_all(&points, over_areas, over_years(indicator, over_time)),
        _ => combine(&points, over_areas, over_time),
    };
    (points, Combined { is_percentage: indicator.is_percentage(), ..combined })
}

/// How several days of what holds those before it become one, as years of what is counted from April on: they are added, and percentages are put together from what they are made of.
fn over_years(indicator: &IndicatorRow, over_time: Adding) -> Adding {
    match over_time {
        Adding::None => Adding::None,
        _ if indicator.is_percentage() => Adding::Average,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_to_a_whole_or_say_why_not() {
        let indicator_id = Id::new();
        let of = |(at, value): (usize, &Option<i32>)| PackedValue {
            indicator_id,
            area_id: None,
            group: Some(at.to_string().into()),
            status: if value.is_some() { Reported::Reported } else { Reported::NotReported },
            value: value.map(Quantity::whole),
            denominator: None,
            basis: None,
        };
        let none = PackedValue { status: Reported::NotApplicable, value: None, ..of((9, &None)) };
        let told = |values: &[Option<i32>], without: usize, how, asked| -> Vec<(Option<i64>, Lack)> {
            let own: Vec<PackedValue> = values.iter().enumerate().map(of).chain(std::iter::repeat_n(none.clone(), without)).collect();
            whole_of(&own, how, asked).into_iter().map(|(value, lack)| (value.value.map(|value| value.0 / 1_000), lack)).collect()
        };
        let (value, lack) = (|number: i64| (Some(number), Lack::NotReported), |lack: Lack| (None::<i64>, lack));
        assert_eq!(told(&[Some(4), Some(5)], 0, Adding::Sum, 2), [value(9)]);
        assert_eq!(told(&[Some(4)], 1, Adding::Sum, 2), [value(4)], "the other group does not apply");
        assert_eq!(told(&[Some(4), None], 0, Adding::Sum, 2), [value(4), lack(Lack::NotReported)]);
        assert_eq!(told(&[Some(4)], 0, Adding::Sum, 2), [value(4), lack(Lack::NotReported)]);
        assert_eq!(told(&[Some(4), Some(5)], 0, Adding::None, 2), [lack(Lack::NotAdded)]);
        assert_eq!(told(&[], 2, Adding::Sum, 2), [lack(Lack::NotApplicable)]);
    }
}
