//! The rows of the report on indicators.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::awards::indicators::rules::AsksFor;
use crate::http::table::Cell;
use crate::kernel::{FigureStatus, Id, Named, Quantity, Quarter};
use crate::reports::answer::Flat;
use crate::reports::expenditure::rows::Origin;
use crate::reports::expenditure::rules::{share, shared_status};
use crate::reports::indicators::belonging::{Belonging, Place};
use crate::reports::indicators::counted::together;
use crate::reports::indicators::name::{IndicatorName, name};
use crate::reports::indicators::rules::{Lack, Point, Warning};
use crate::reports::indicators::spans::Spans;
use crate::reports::indicators::store::IndicatorRow;
use crate::reports::indicators::targets::{Aimed, When, beside};
use crate::reports::names::Names;
use crate::reports::returned::Parts;
use crate::reports::sources;

words! {
    /// What values of an indicator are told apart by.
    pub enum IndicatorGrouping {
        /// The award whose return has them.
        Award = "award",
        /// The area.
        Area = "area",
        /// The period.
        Period = "period",
        /// The quarter in which the period ends.
        Quarter = "quarter",
        /// The provider whose award reports them.
        Provider = "provider",
        /// The award's programme, or the indicator's where no award reports them.
        Programme = "programme",
        /// The award's fund, or the indicator's where no award reports them.
        Fund = "fund",
        /// The award's theme.
        Theme = "theme",
        /// The group into which the indicator is broken down: a row for each of them beside the one of all together.
        Group = "group",
        /// The place in a framework of outcomes: a row for each of the indicator's places, each with all of its values.
        Framework = "framework",
    }
}

/// A value of an indicator, or what several come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IndicatorReportRow {
    /// What is counted.
    pub indicator: IndicatorName,
    /// Whether accepted returns report it or a paper prints it.
    pub origin: Origin,
    /// The award, where rows are told apart by it.
    pub award: Option<Named>,
    /// The area, where rows are told apart by it and the value is one of an area.
    pub area: Option<Named>,
    /// The period in words, where rows are told apart by it.
    #[schema(max_length = 200)]
    pub period: Option<String>,
    /// The quarter, where rows are told apart by it: the one in which the period of the values ends.
    pub quarter: Option<Quarter>,
    /// The provider, where rows are told apart by it.
    pub provider: Option<Named>,
    /// The programme, where rows are told apart by it.
    pub programme: Option<Named>,
    /// The fund, where rows are told apart by it.
    pub fund: Option<Named>,
    /// The theme, where rows are told apart by it.
    #[schema(max_length = 300)]
    pub theme: Option<String>,
    /// The group that is counted, where rows are told apart by it; null: all of them together. Groups are in what all come to.
    #[schema(max_length = 80)]
    pub group: Option<String>,
    /// The framework of outcomes, where rows are told apart by it.
    #[schema(max_length = 120)]
    pub framework: Option<String>,
    /// The code in it.
    #[schema(max_length = 80)]
    pub framework_code: Option<String>,
    /// The first day of the values.
    pub starts_on: Option<NaiveDate>,
    /// The last day of the values.
    pub ends_on: Option<NaiveDate>,
    /// Which days the numbers in returns are for. Of a year to date, and of what counts all from the beginning, the value is what it grew in the days of
    /// the row.
    pub asks_for: AsksFor,
    /// The value, of a percentage the percentage to three decimals; null where nothing was reported or values may not be put together.
    /// Never 0 for what was not reported.
    pub value: Option<Quantity>,
    /// The value as returns were accepted; what adjustments make of it is `value`. Null for printed figures.
    pub accepted_value: Option<Quantity>,
    /// How many adjustments of accepted returns are in the value. A sum over time counts them in the period that they name; any other value
    /// is corrected in its own period.
    pub adjustment_count: i64,
    /// Of a percentage, the part: the sum of what was reported. Null where it is not known what the percentage is of.
    pub numerator: Option<Quantity>,
    /// Of a percentage, what it is of: the sum of what was reported.
    pub denominator: Option<Quantity>,
    /// Of a percentage the indicator whose part, or whose number, is what it is of: of these women, so many.
    pub subset_of_id: Option<Id>,
    /// Its name.
    #[schema(max_length = 300)]
    pub subset_of: Option<String>,
    /// The upper end, where a single printed range is shown.
    pub value_high: Option<Quantity>,
    /// How many values were reported.
    pub reported_count: i64,
    /// How many were asked for and not reported.
    pub not_reported_count: i64,
    /// How many do not apply, as their returns say.
    pub not_applicable_count: i64,
    /// What to know about it.
    pub warnings: Vec<Warning>,
    /// What exactly is counted, each basis once.
    pub bases: Vec<String>,
    /// How final it is, where all values share that: of returns `final` once they are accepted, `provisional` before.
    pub figure_status: Option<FigureStatus>,
    /// The word printed before a single value.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// The target for the same area, of all who work towards it: where its days lie in those that are asked for and hold those of the values. Targets of
    /// several quarters are added where their values are.
    pub target: Option<Quantity>,
    /// The target's period.
    #[schema(max_length = 200)]
    pub target_period: Option<String>,
    /// The value as a percentage of the target, to three decimals.
    pub target_percent: Option<Quantity>,
    /// Of the values, those that only stand for something.
    pub illustrative_count: i64,
    /// From how many returns it comes.
    pub return_count: i64,
    /// The returns that it comes from, at `/v1/returns/{id}`: the first twenty of them by id.
    #[schema(max_items = 20)]
    pub return_ids: Vec<Id>,
    /// Where all of them are, however many there are; null where it comes from none.
    #[schema(max_length = 20_000)]
    pub returns_url: Option<String>,
    /// All of them.
    #[serde(skip)]
    pub sources: Vec<Id>,
}

impl IndicatorReportRow {
    /// Why it has no value, where it has none.
    #[must_use]
    pub const fn lack(&self) -> Lack {
        match (self.reported_count, self.not_reported_count, self.not_applicable_count) {
            (0, 0, 1..) => Lack::NotApplicable,
            (0, ..) => Lack::NotReported,
            _ => Lack::NotAdded,
        }
    }

    /// By what it is known among the rows of its report.
    #[must_use]
    pub fn key(&self) -> String {
        let named = [&self.award, &self.area, &self.provider, &self.programme, &self.fund].map(|one| one.as_ref().map(|one| one.id));
        let words = [&self.period, &self.theme, &self.group, &self.framework, &self.framework_code];
        sources::key(&(self.indicator.id, self.origin, named, words, self.quarter, self.starts_on, self.ends_on))
    }
}

/// How many of its returns a row names; `returns_url` leads to all.
const RETURNS_MAX: usize = 20;

impl Flat for IndicatorReportRow {
    const COLUMNS: &'static [&'static str] = &[
        "indicator_id",
        "indicator_name",
        "kind",
        "unit",
        "direction",
        "origin",
        "award_reference",
        "award_title",
        "area_code",
        "area_name",
        "period",
        "starts_on",
        "ends_on",
        "value",
        "value_high",
        "reported_count",
        "not_reported_count",
        "warnings",
        "bases",
        "figure_status",
        "qualifier",
        "target",
        "target_period",
        "target_percent",
        "illustrative_count",
        "numerator",
        "denominator",
        "accepted_value",
        "adjustment_count",
        "quarter",
        "provider_reference",
        "provider_name",
        "programme_code",
        "programme_name",
        "fund_code",
        "fund_name",
        "theme",
        "framework",
        "framework_code",
        "return_count",
        "return_ids",
        "subset_of_id",
        "subset_of",
        "asks_for",
        "not_applicable_count",
        "group",
        "returns_url",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![
            Cell::Plain(self.indicator.id.to_string()),
            Cell::Text(self.indicator.name.clone()),
            Cell::Text(self.indicator.kind.clone()),
            Cell::Text(self.indicator.unit.clone()),
            Cell::Text(self.indicator.direction.clone()),
            Cell::Plain(self.origin.to_string()),
        ];
        cells.extend(Cell::named(self.award.as_ref()));
        cells.extend(Cell::named(self.area.as_ref()));
        cells.push(Cell::text(self.period.as_deref()));
        cells.extend([self.starts_on, self.ends_on].map(Cell::date));
        cells.extend([self.value, self.value_high].map(Cell::number));
        cells.extend([self.reported_count, self.not_reported_count].map(Cell::count));
        cells.push(Cell::list(self.warnings.iter().map(|warning| warning.word())));
        cells.push(Cell::list(self.bases.iter().map(String::as_str)));
        cells.push(Cell::text(self.figure_status.map(FigureStatus::word)));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::number(self.target));
        cells.push(Cell::text(self.target_period.as_deref()));
        cells.push(Cell::number(self.target_percent));
        cells.push(Cell::count(self.illustrative_count));
        cells.extend([self.numerator, self.denominator, self.accepted_value].map(Cell::number));
        cells.push(Cell::count(self.adjustment_count));
        cells.push(Cell::text(self.quarter.map(|quarter| quarter.to_string()).as_deref()));
        cells.extend([&self.provider, &self.programme, &self.fund].into_iter().flat_map(|named| Cell::named(named.as_ref())));
        cells.extend([&self.theme, &self.framework, &self.framework_code].map(|words| Cell::text(words.as_deref())));
        cells.push(Cell::count(self.return_count));
        let ids: Vec<String> = self.return_ids.iter().map(Id::to_string).collect();
        cells.push(Cell::list(ids.iter().map(String::as_str)));
        cells.push(self.subset_of_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string())));
        cells.push(Cell::text(self.subset_of.as_deref()));
        cells.push(Cell::Plain(self.asks_for.to_string()));
        cells.push(Cell::count(self.not_applicable_count));
        cells.extend([&self.group, &self.returns_url].map(|words| Cell::text(words.as_deref())));
        cells
    }
}

/// What rows are told apart by, in their order: provider, programme, fund, theme, award, area, last and first day, period.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    owner: [Option<String>; 4],
    award: Option<String>,
    area: Option<String>,
    quarter: Option<Quarter>,
    ends_on: Option<NaiveDate>,
    starts_on: Option<NaiveDate>,
    period: Option<String>,
}

/// What records are called, and how they belong together.
pub struct Shown<'a> {
    /// Awards by id.
    pub awards: &'a Names,
    /// Areas by id.
    pub areas: &'a Names,
    /// Which awards are parts of which.
    pub parts: &'a Parts,
    /// To what all belongs.
    pub belonging: &'a Belonging,
    /// The days that are asked for.
    pub spans: &'a Spans,
    /// How many areas are asked for; none where all are.
    pub areas_asked: usize,
}

impl Shown<'_> {
    fn key(&self, indicator: &IndicatorRow, point: &Point, by: &[IndicatorGrouping]) -> RowKey {
        use IndicatorGrouping as By;
        let has = |grouping| by.contains(&grouping);
        let code = |names: &Names, id: Option<Id>| id.and_then(|id| names.get(&id)).map(|named| named.code.clone());
        let is_by_period = has(By::Period);
        let (owner, award) = self.worker(indicator, point.award, by);
        RowKey {
            owner,
            award,
            area: code(self.areas, point.area).filter(|_| has(By::Area)),
            quarter: point.days.1.filter(|_| has(By::Quarter)).and_then(Quarter::of),
            ends_on: point.days.1.filter(|_| is_by_period),
            starts_on: point.days.0.filter(|_| is_by_period),
            period: point.period.as_deref().filter(|_| is_by_period).map(str::to_owned),
        }
    }

    /// By what an award, and to whom it belongs, is told apart from others.
    fn worker(&self, indicator: &IndicatorRow, award: Option<Id>, by: &[IndicatorGrouping]) -> ([Option<String>; 4], Option<String>) {
        use IndicatorGrouping as By;
        let has = |grouping| by.contains(&grouping);
        let code = |names: &Names, id: Option<Id>| id.and_then(|id| names.get(&id)).map(|named| named.code.clone());
        let (provider, programme, fund, theme) = self.owner(indicator, award);
        let when = |is_wanted: bool, text: Option<String>| text.filter(|_| is_wanted);
        let owner = [
            when(has(By::Provider), code(&self.belonging.providers, provider)),
            when(has(By::Programme), code(&self.belonging.programmes, programme)),
            when(has(By::Fund), code(&self.belonging.funds, fund)),
            when(has(By::Theme), theme),
        ];
        (owner, when(has(By::Award), code(self.awards, award)))
    }

    /// Provider, programme, fund and theme: those of an award, or of the indicator where there is none.
    fn owner(&self, indicator: &IndicatorRow, award: Option<Id>) -> (Option<Id>, Option<Id>, Option<Id>, Option<String>) {
        match self.belonging.owner(award) {
            Some(own) => (own.provider_id, own.programme_id.or(indicator.programme_id), Some(own.fund_id), own.theme.clone()),
            None => (None, indicator.programme_id, indicator.fund_id, None),
        }
    }
}

/// What of a point tells it apart from others, before it is looked up what that is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Apart<'p> {
    award: Option<Id>,
    area: Option<Id>,
    days: (Option<NaiveDate>, Option<NaiveDate>),
    period: Option<&'p str>,
}

impl<'p> Apart<'p> {
    fn of(point: &'p Point, by: &[IndicatorGrouping]) -> Self {
        use IndicatorGrouping as By;
        let has = |some: &[By]| some.iter().any(|one| by.contains(one));
        let is_by_period = has(&[By::Period]);
        Self {
            award: point.award.filter(|_| has(&[By::Award, By::Provider, By::Programme, By::Fund, By::Theme])),
            area: point.area.filter(|_| has(&[By::Area])),
            days: (point.days.0.filter(|_| is_by_period), point.days.1.filter(|_| has(&[By::Period, By::Quarter]))),
            period: point.period.as_deref().filter(|_| is_by_period),
        }
    }
}

/// Points that are told apart by the same, in the order in which the first of each comes.
fn apart<'p>(points: &'p [Point], by: &[IndicatorGrouping]) -> Vec<Vec<&'p Point>> {
    let mut groups: Vec<Vec<&Point>> = Vec::new();
    let mut known: HashMap<Apart<'_>, usize> = HashMap::new();
    for some in points.chunk_by(|a, b| Apart::of(a, by) == Apart::of(b, by)) {
        let Some(first) = some.first() else { continue };
        let at = *known.entry(Apart::of(first, by)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups.get_mut(at).into_iter().for_each(|group| group.extend(some));
    }
    groups
}

/// The rows of one indicator and origin.
pub fn rows(
    indicator: &IndicatorRow,
    origin: Origin,
    points: &[Point],
    by: &[IndicatorGrouping],
    aimed: &Aimed<'_>,
    shown: &Shown<'_>,
) -> Vec<IndicatorReportRow> {
    let mut groups: BTreeMap<RowKey, Vec<&Point>> = BTreeMap::new();
    for some in apart(points, by) {
        let Some(first) = some.first() else { continue };
        groups.entry(shown.key(indicator, first, by)).or_default().extend(some);
    }
    // A target is of all who work towards it, and not of one of several.
    let mut workers: BTreeSet<_> = groups.keys().map(|key| (key.owner.clone(), key.award.clone())).collect();
    workers.extend(aimed.awards.iter().map(|award| shown.worker(indicator, Some(*award), by)));
    let none = Aimed::default();
    let aimed = if workers.len() == 1 { aimed } else { &none };
    let made = groups.into_iter().map(|(key, points)| (key.clone(), row(indicator, origin, points, by, aimed, (&key, shown))));
    let mut made: Vec<(RowKey, IndicatorReportRow)> = made.collect();
    warn_of_changed_bases(&mut made);
    let rows = made.into_iter().map(|(_, row)| row);
    if !by.contains(&IndicatorGrouping::Framework) {
        return rows.collect();
    }
    let places = shown.belonging.places(indicator);
    let in_place = |row: IndicatorReportRow| {
        let with = |place: Option<&Place>| {
            let (framework, framework_code) = place.cloned().unzip();
            IndicatorReportRow { framework, framework_code, ..row.clone() }
        };
        if places.is_empty() { vec![with(None)] } else { places.iter().map(|place| with(Some(place))).collect() }
    };
    rows.flat_map(in_place).collect()
}

/// Says of a row that it counts something else than the row of the period before it.
fn warn_of_changed_bases(rows: &mut [(RowKey, IndicatorReportRow)]) {
    let mut before: BTreeMap<RowKey, Vec<String>> = BTreeMap::new();
    for (key, row) in rows.iter_mut().filter(|(key, _)| key.quarter.is_some() || key.ends_on.is_some()) {
        let of = RowKey { quarter: None, ends_on: None, starts_on: None, period: None, ..key.clone() };
        if row.bases.is_empty() {
            continue;
        }
        if before.get(&of).is_some_and(|earlier| *earlier != row.bases) {
            row.warnings.push(Warning::BasisChanged);
        }
        before.insert(of, row.bases.clone());
    }
}

impl When {
    fn of(key: &RowKey, by: &[IndicatorGrouping]) -> Option<Self> {
        if by.contains(&IndicatorGrouping::Period) {
            return Some(Self { period: key.period.clone(), days: (key.starts_on, key.ends_on) });
        }
        let quarter = key.quarter?;
        Some(Self { period: Some(quarter.to_string()), days: (Some(quarter.first_day()), Some(quarter.last_day())) })
    }
}

fn row(
    indicator: &IndicatorRow,
    origin: Origin,
    points: Vec<&Point>,
    by: &[IndicatorGrouping],
    aimed: &Aimed<'_>,
    (key, shown): (&RowKey, &Shown<'_>),
) -> IndicatorReportRow {
    let (points, mut combined) = together(indicator, points, shown.parts);
    let first = points.first().copied();
    let has = |grouping| by.contains(&grouping);
    let of = |grouping| first.filter(|_| has(grouping));
    let area = of(IndicatorGrouping::Area).and_then(|point| point.area);
    let single = first.filter(|_| points.len() == 1);
    let target = beside(indicator, aimed, &points, When::of(key, by), (area, by, shown));
    let bases: Vec<&str> = sources::once(points.iter().filter_map(|point| point.basis.as_deref().or(indicator.basis.as_deref())).collect());
    let (provider, programme, fund, theme) = first.map(|point| shown.owner(indicator, point.award)).unwrap_or_default();
    let named = |names: &Names, id: Option<Id>, grouping| id.filter(|_| has(grouping)).and_then(|id| names.get(&id)).cloned();
    combined.warnings.extend(shown.spans.warnings(&points, by));
    let sources: Vec<Id> = sources::once(points.iter().filter_map(|point| point.source).collect());
    IndicatorReportRow {
        indicator: name(indicator),
        origin,
        award: of(IndicatorGrouping::Award).and_then(|point| point.award).and_then(|id| shown.awards.get(&id)).cloned(),
        area: area.and_then(|id| shown.areas.get(&id)).cloned(),
        period: of(IndicatorGrouping::Period).and_then(|point| point.period.as_deref().map(str::to_owned)),
        quarter: key.quarter,
        provider: named(&shown.belonging.providers, provider, IndicatorGrouping::Provider),
        programme: named(&shown.belonging.programmes, programme, IndicatorGrouping::Programme),
        fund: named(&shown.belonging.funds, fund, IndicatorGrouping::Fund),
        theme: theme.filter(|_| has(IndicatorGrouping::Theme)),
        group: None,
        framework: None,
        framework_code: None,
        starts_on: points.iter().filter_map(|point| point.days.0).min(),
        ends_on: points.iter().filter_map(|point| point.days.1).max(),
        asks_for: indicator.asks_for(),
        value: combined.value,
        accepted_value: if origin == Origin::Returned { combined.accepted } else { None },
        adjustment_count: combined.adjustments,
        numerator: combined.fraction.map(|(part, _)| part),
        denominator: combined.fraction.map(|(_, whole)| whole),
        subset_of_id: indicator.subset_of_id,
        subset_of: None,
        value_high: single.and_then(|point| point.high),
        reported_count: combined.reported,
        not_reported_count: combined.missing,
        not_applicable_count: combined.not_applicable,
        warnings: combined.warnings.into_iter().collect(),
        bases: bases.into_iter().map(str::to_owned).collect(),
        figure_status: shared_status(&points.iter().filter_map(|point| point.status).collect::<Vec<_>>()),
        qualifier: single.and_then(|point| point.qualifier.clone()),
        target: target.as_ref().map(|aim| aim.target),
        target_percent: combined.value.zip(target.as_ref()).and_then(|(value, aim)| share(value.0, aim.target.0)),
        target_period: target.map(|aim| aim.period),
        illustrative_count: points.iter().filter(|point| point.illustrative).map(|point| point.number()).sum(),
        return_count: i64::try_from(sources.len()).unwrap_or(i64::MAX),
        return_ids: sources.iter().copied().take(RETURNS_MAX).collect(),
        returns_url: None,
        sources,
    }
}
