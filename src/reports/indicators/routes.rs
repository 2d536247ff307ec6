//! Indicators over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::figures::control_totals::ControlScope;
use crate::http::table::Format;
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, FinancialYear, Id, Moment, Named, PeriodLabel, Quarter, Refusal};
use crate::reports::answer::{Answer, Report};
use crate::reports::asked::{At, Question, report, report_named};
use crate::reports::book::Dimension;
use crate::reports::control_totals::{self, ControlTotalCheck};
use crate::reports::expenditure::rows::Origin;
use crate::reports::indicators::belonging::{Belonging, Narrow};
use crate::reports::indicators::counted::{self, Gathered, Wanted};
use crate::reports::indicators::grown::counted_in;
use crate::reports::indicators::rows::{IndicatorGrouping, IndicatorReportRow, Shown, rows};
use crate::reports::indicators::rules::Point;
use crate::reports::indicators::spans::Spans;
use crate::reports::indicators::store::{self, Groups, IndicatorRow, TargetRow};
use crate::reports::indicators::targets::Aimed;
use crate::reports::names::{self, Names};
use crate::reports::printed::PrintedFigure;
use crate::reports::printed::store as printed;
use crate::reports::returned::{self, Counting, Owed};
use crate::reports::sources::{self, FigureReturns, Link};
use crate::store::Conn;

words! {
    /// Which returns a figure may come from.
    pub enum ReturnsCounted {
        /// Those that are accepted: final figures.
        Accepted = "accepted",
        /// Those too that were sent and are not accepted yet: provisional figures beside final ones.
        Sent = "sent",
    }
}

/// What is asked of the indicators.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct IndicatorQuestion {
    /// Only these indicators, by id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    indicator: Vec<Id>,
    /// Only indicators of these programmes, and what awards of these programmes report, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only indicators of these funds, and what awards out of these funds report, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only values that returns of these awards report, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// Only values that returns of awards of these providers report, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only values that returns of awards with these themes report, in any case.
    #[serde(default)]
    #[schema(max_items = 20)]
    theme: Vec<String>,
    /// Only indicators with a place in these frameworks of outcomes, in any case.
    #[serde(default)]
    #[schema(max_items = 20)]
    framework: Vec<String>,
    /// Only indicators with these codes in a framework of outcomes, in any case.
    #[serde(default)]
    #[schema(max_items = 20)]
    framework_code: Vec<String>,
    /// Only indicators that count social value, or only others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    social_value: Option<bool>,
    /// Which returns count: accepted ones where it is left out.
    returns: Option<ReturnsCounted>,
    /// Only values of these areas, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// Only what returns report whose period ends in these financial years, or spans of years (`2016-22`), and printed figures whose days lie in them.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only what returns report whose period ends in these quarters, and printed figures whose days lie in them.
    #[serde(default)]
    #[schema(max_items = 20)]
    quarter: Vec<Quarter>,
    /// Only values of this origin.
    origin: Option<Origin>,
    /// What rows are told apart by beside the indicator and the origin.
    #[serde(default)]
    #[schema(max_items = 10)]
    group_by: Vec<IndicatorGrouping>,
    /// Only the row with this key, as its `returns_url` names it.
    #[schema(min_length = 16, max_length = 16)]
    row: Option<String>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for IndicatorQuestion {
    const NAME: &'static str = "indicators";
    fn as_at(&self) -> Option<NaiveDate> {
        self.as_at
    }
    fn known_at(&self) -> Option<Moment> {
        self.known_at
    }
    fn format(&self) -> Option<Format> {
        self.format
    }
}

impl IndicatorQuestion {
    /// What accepted returns counted in one financial year, told apart by this.
    #[must_use]
    pub fn returned_in(year: FinancialYear, group_by: Vec<IndicatorGrouping>) -> Self {
        Self { financial_year: PeriodLabel::spanning(year, year).into_iter().collect(), ..Self::of_returns(group_by) }
    }

    const fn of_returns(group_by: Vec<IndicatorGrouping>) -> Self {
        Self {
            indicator: Vec::new(),
            programme: Vec::new(),
            fund: Vec::new(),
            award: Vec::new(),
            provider: Vec::new(),
            theme: Vec::new(),
            framework: Vec::new(),
            framework_code: Vec::new(),
            social_value: None,
            returns: None,
            area: Vec::new(),
            financial_year: Vec::new(),
            quarter: Vec::new(),
            origin: Some(Origin::Returned),
            group_by,
            row: None,
            as_at: None,
            known_at: None,
            format: None,
        }
    }

    /// What accepted returns say was delivered of social value, in some financial years or in all.
    #[must_use]
    pub fn of_social_value(award: &[String], financial_year: &[PeriodLabel]) -> Self {
        Self { award: award.to_vec(), financial_year: financial_year.to_vec(), social_value: Some(true), ..Self::of_returns(Vec::new()) }
    }

    fn counting(&self) -> Counting {
        if self.returns == Some(ReturnsCounted::Sent) { Counting::Sent } else { Counting::Accepted }
    }
}

/// What was counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What rows are told apart by.
    group_by: Vec<IndicatorGrouping>,
    /// Printed totals of the indicators and series shown.
    control_totals: Vec<ControlTotalCheck>,
    /// The rows, by indicator, origin and what they are told apart by.
    #[schema(max_items = 1_000_000)]
    pub rows: Vec<IndicatorReportRow>,
}

impl Report for IndicatorReport {
    type Row = IndicatorReportRow;
    type Rows = std::vec::IntoIter<IndicatorReportRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

/// What a question is narrowed to.
struct Asked {
    awards: HashSet<Id>,
    areas: HashSet<Id>,
    spans: Spans,
}

impl Asked {
    fn new(conn: &mut Conn, question: &IndicatorQuestion, faults: &mut Faults) -> Result<Self, Refusal> {
        let awards = names::resolve(conn, Dimension::Award, "award", &question.award, faults)?;
        let areas = names::resolve(conn, Dimension::Area, "area", &question.area, faults)?;
        let years = question.financial_year.iter().map(|label| (label.first_day(), label.last_day()));
        let quarters = question.quarter.iter().map(|quarter| (quarter.first_day(), quarter.last_day()));
        Ok(Self { awards, areas, spans: Spans::of(years.chain(quarters)) })
    }

    /// Whether a target is one of what is asked for.
    fn aims(&self, target: &TargetRow) -> bool {
        self.areas.is_empty() || target.area_id.is_some_and(|id| self.areas.contains(&id))
    }

    fn wants(&self, point: &Point) -> bool {
        self.wants_award(point.award)
            && (self.areas.is_empty() || point.area.is_some_and(|id| self.areas.contains(&id)))
            && self.spans.within(point, &[]).is_some()
    }

    fn wants_award(&self, award: Option<Id>) -> bool {
        self.awards.is_empty() || award.is_some_and(|id| self.awards.contains(&id))
    }
}

/// All points by indicator and origin.
type Points = HashMap<(Id, Origin), Vec<Point>>;

/// Those of groups, by their names.
type OfGroups = BTreeMap<Arc<str>, HashMap<Id, Vec<Point>>>;

fn points(conn: &mut Conn, at: At, figures: &[(String, PrintedFigure)], wanted: Wanted) -> Result<(Points, OfGroups), Refusal> {
    let Gathered { points: returned, groups } = counted::points_wanted(conn, at, wanted)?;
    let mut points: Points = returned.into_iter().map(|(indicator, own)| ((indicator, Origin::Returned), own)).collect();
    points.extend(counted::printed(figures).into_iter().map(|(indicator, own)| ((indicator, Origin::Printed), own)));
    Ok((points, groups))
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &IndicatorQuestion) -> Result<IndicatorReport, Refusal> {
    let mut faults = Faults::new();
    let asked = Asked::new(conn, question, &mut faults)?;
    let words: [&[String]; 6] =
        [&question.provider, &question.programme, &question.fund, &question.theme, &question.framework, &question.framework_code];
    let narrow = Narrow::new(conn, words, &mut faults)?;
    faults.into_result()?;
    let belonging = Belonging::find(conn, at, narrow, &question.group_by)?;
    let figures = printed::figures(conn, at)?;
    let indicators = store::indicators(conn, at)?;
    let which = question.counting();
    let tells_areas = !asked.areas.is_empty() || question.group_by.contains(&IndicatorGrouping::Area);
    let tells_groups = question.group_by.contains(&IndicatorGrouping::Group);
    let is_asked_for = |one: &IndicatorRow| {
        (question.indicator.is_empty() || question.indicator.contains(&one.id))
            && question.social_value.is_none_or(|wanted| wanted == one.is_social_value)
    };
    // What a number grew is told by the return before, which may end before what is asked for. Of all days it grew from nothing.
    let is_of_some = |by: &[IndicatorGrouping]| by.contains(&IndicatorGrouping::Quarter) || by.contains(&IndicatorGrouping::Period);
    let is_told_apart = !asked.spans.days().is_empty() || is_of_some(&question.group_by);
    let looks_back = is_told_apart && indicators.iter().any(|one| is_asked_for(one) && one.is_cumulative());
    let ends = asked.spans.whole().filter(|_| !looks_back);
    let (mut points, mut of_groups) = points(conn, at, &figures, Wanted { which, ends, tells_areas, tells_groups })?;
    let known: HashMap<Id, &IndicatorRow> = indicators.iter().map(|one| (one.id, one)).collect();
    let targets = store::targets(conn)?;
    let aims = aims(conn, &indicators, &points, (&targets, &asked, &belonging))?;
    let owed = if looks_back { returned::owed(conn, at)? } else { Owed::default() };
    let of_group = of_groups.values_mut().flatten();
    for (id, all) in points.iter_mut().map(|((id, _), all)| (id, all)).chain(of_group) {
        let indicator = known.get(id);
        if let Some(indicator) = indicator.filter(|one| looks_back && one.is_cumulative()) {
            *all = counted_in(indicator, all, &owed, |point| asked.spans.within(point, &question.group_by));
        }
        all.retain(|point| asked.wants(point) && indicator.is_some_and(|indicator| belonging.wants(indicator, point.award)));
    }
    let groups = if tells_groups { store::groups(conn)? } else { Groups::new() };
    let awards: HashSet<Id> = points.values().flatten().filter_map(|point| point.award).collect();
    let awards: Names = store::awards(conn, &awards.into_iter().collect::<Vec<Id>>(), at)?;
    let areas: HashMap<Id, Named> = names::store::areas(conn, at.known_at)?;
    let parts = returned::parts(conn, at)?;
    let mut shown = Vec::new();
    let mut all = Vec::new();
    let names =
        Shown { awards: &awards, areas: &areas, parts: &parts, belonging: &belonging, spans: &asked.spans, areas_asked: asked.areas.len() };
    let none = Aimed::default();
    for indicator in indicators.iter().filter(|one| is_asked_for(one) && belonging.wants_indicator(one)) {
        let aimed = aims.get(&indicator.id).unwrap_or(&none);
        for origin in Origin::ALL.iter().copied().filter(|origin| question.origin.is_none_or(|wanted| wanted == *origin)) {
            let Some(points) = points.get(&(indicator.id, origin)).filter(|points| !points.is_empty()) else { continue };
            all.extend(rows(indicator, origin, points, &question.group_by, aimed, &names));
            if origin == Origin::Returned {
                let named = groups.get(&(indicator.id, indicator.version)).map(Vec::as_slice).unwrap_or_default();
                all.extend(rows_of_groups(indicator, named, &of_groups, &question.group_by, &names));
            }
            shown.push(indicator.id);
        }
    }
    for row in &mut all {
        row.subset_of = row.subset_of_id.and_then(|id| known.get(&id)).map(|whole| whole.name.clone());
    }
    let control_totals = control_totals(conn, at, &shown, &figures)?;
    Ok(IndicatorReport { as_at: at.as_at, known_at: at.known_at, group_by: question.group_by.clone(), control_totals, rows: all })
}

/// The targets of each indicator with all of its awards: those that it names and those that report it. None where only some of them are asked for, since a
/// target is of all of them.
fn aims<'t>(
    conn: &mut Conn,
    indicators: &[IndicatorRow],
    points: &Points,
    (targets, asked, belonging): (&'t [TargetRow], &Asked, &Belonging),
) -> Result<HashMap<Id, Aimed<'t>>, Refusal> {
    let named = store::awards_named(conn)?;
    let mut of: HashMap<(Id, i32), Vec<&TargetRow>> = HashMap::new();
    for target in targets.iter().filter(|target| asked.aims(target)) {
        of.entry((target.indicator_id, target.version)).or_default().push(target);
    }
    let aimed = indicators.iter().filter_map(|indicator| {
        let version = (indicator.id, indicator.version);
        let targets = of.remove(&version)?;
        let reporting = points.get(&(indicator.id, Origin::Returned)).into_iter().flatten().filter_map(|point| point.award);
        let awards: HashSet<Id> = named.get(&version).into_iter().flatten().copied().chain(reporting).collect();
        let is_whole = awards.iter().all(|award| asked.wants_award(Some(*award)) && belonging.wants(indicator, Some(*award)));
        is_whole.then(|| (indicator.id, Aimed { targets, awards: awards.into_iter().collect() }))
    });
    Ok(aimed.collect())
}

/// The rows of an indicator's groups, in their order. What is aimed at is of all of them together.
fn rows_of_groups(
    indicator: &IndicatorRow,
    named: &[Arc<str>],
    of_groups: &OfGroups,
    by: &[IndicatorGrouping],
    names: &Shown<'_>,
) -> Vec<IndicatorReportRow> {
    let none = Aimed::default();
    let of_group = |name: &Arc<str>| {
        let points = of_groups.get(name).and_then(|all| all.get(&indicator.id)).filter(|points| !points.is_empty());
        let own = points.map(|points| rows(indicator, Origin::Returned, points, by, &none, names)).unwrap_or_default();
        let group = Some(name.to_string());
        own.into_iter().map(|row| IndicatorReportRow { group: group.clone(), ..row }).collect::<Vec<_>>()
    };
    named.iter().flat_map(of_group).collect()
}

/// Printed totals whose indicators, or whose series' indicators, are all shown.
fn control_totals(conn: &mut Conn, at: At, shown: &[Id], figures: &[(String, PrintedFigure)]) -> Result<Vec<ControlTotalCheck>, Refusal> {
    let is_shown = |series: &String| {
        let own: Vec<Option<Id>> =
            figures.iter().filter(|(_, figure)| figure.series.as_ref() == Some(series)).map(|(_, figure)| figure.indicator_id).collect();
        !own.is_empty() && own.iter().all(|id| id.is_some_and(|id| shown.contains(&id)))
    };
    let mut totals = control_totals::store::totals(conn, at.known_at)?;
    totals.retain(|total| match total.scope_kind {
        ControlScope::Indicator => total.record_ids.iter().all(|id| shown.contains(id)),
        ControlScope::Series => total.series.iter().all(is_shown),
        _ => false,
    });
    control_totals::check(conn, totals, at)
}

/// Where the returns behind rows are.
const RETURNS: &str = "/v1/reports/indicators/returns";

/// The rows that are asked for, each with the way to its returns.
fn linked(conn: &mut Conn, at: At, question: &IndicatorQuestion) -> Result<IndicatorReport, Refusal> {
    let mut report = make(conn, at, question)?;
    sources::only(&mut report.rows, question.row.as_deref(), IndicatorReportRow::key)?;
    let link = Link::to(RETURNS, question, at)?;
    for row in report.rows.iter_mut().filter(|row| row.return_count > 0) {
        row.returns_url = Some(link.of(&row.key()));
    }
    Ok(report)
}

async fn indicators(call: Ask<can::CountsRead, (), Search<IndicatorQuestion>>) -> Result<Answer<IndicatorReport>, Refusal> {
    report(call, linked).await
}

async fn returns(call: Ask<can::CountsRead, (), Search<IndicatorQuestion>>) -> Result<Answer<FigureReturns>, Refusal> {
    report_named(call, "indicator-returns", |conn, at, question| {
        let mut report = make(conn, at, question)?;
        sources::only(&mut report.rows, question.row.as_deref(), IndicatorReportRow::key)?;
        let ids = report.rows.iter().flat_map(|row| row.sources.iter().copied()).collect();
        sources::returns(conn, at, question.counting(), question.row.clone(), &ids)
    })
    .await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/indicators", "reports_indicators", "Add up what was counted, beside its targets", indicators);
    api.get(RETURNS, "reports_indicators_returns", "List all returns that a figure comes from", returns);
}
