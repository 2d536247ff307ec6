//! The coverage over HTTP.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, PeriodLabel, Refusal};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report};
use crate::reports::book::Dimension;
use crate::reports::book::store::{self as awards, AwardRow};
use crate::reports::coverage::rules::{Cover, cover};
use crate::reports::coverage::store;
use crate::reports::names::{self, Names};
use crate::store::Conn;

words! {
    /// What rows are put together by.
    pub enum CoverageGrouping {
        /// The programme.
        Programme = "programme",
        /// The area.
        Area = "area",
    }
}

/// What is asked of the coverage.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct CoverageQuestion {
    /// Only these programmes, by code or id. Left out: those that are delivered or are meant for certain areas.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only these areas, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// Areas of this kind; local authorities where it and `area` are left out.
    #[schema(min_length = 1, max_length = 40)]
    area_kind: Option<String>,
    /// Only awards of these financial years, or periods of several years that were never split (`2016-22`).
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only what awards out of these funds deliver, by code or id. Narrowed by this or by what follows, programmes that nobody delivers so are not
    /// shown unless they are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only what awards out of these tranches deliver, by reference or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    tranche: Vec<String>,
    /// Only what these providers deliver, by reference or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only what these awards deliver, by reference or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// Only what awards with these themes deliver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    theme: Vec<String>,
    /// Only what awards of these categories deliver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    category: Vec<String>,
    /// What rows are put together by, in this order: each programme has a row for each area where it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 2)]
    group_by: Vec<CoverageGrouping>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for CoverageQuestion {
    const NAME: &'static str = "coverage";
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

/// A programme in an area, or several such places put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageRow {
    /// The programme; null where rows are put together over programmes.
    pub programme: Option<Named>,
    /// The area; null where rows are put together over areas.
    pub area: Option<Named>,
    /// How far a provider covers it; null where places are put together, as is what follows of one place.
    pub cover: Option<Cover>,
    /// Whether the programme is meant for the area, as far as it says so.
    pub is_meant_for: Option<bool>,
    /// Whether this is a gap: meant for the area and not wholly covered; all areas count where the programme names none.
    pub is_gap: Option<bool>,
    /// Who delivers there, by name.
    #[schema(max_items = 1000)]
    pub providers: Vec<Named>,
    /// Under which awards, by reference.
    #[schema(max_items = 1000)]
    pub award_references: Vec<String>,
    /// How many places are put together, where that was asked; a place is a programme in an area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub place_count: Option<i64>,
    /// Of them, those that are wholly covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub covered_count: Option<i64>,
    /// Of them, those that are covered in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub part_count: Option<i64>,
    /// Of them, those for which the programme is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub meant_for_count: Option<i64>,
    /// Of them, the gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub gap_count: Option<i64>,
}

/// A programme over all areas asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgrammeCoverage {
    /// The programme.
    pub programme: Named,
    /// How many areas were asked for.
    pub area_count: i64,
    /// How many of them are wholly covered.
    pub covered_count: i64,
    /// How many organisations deliver it in them.
    pub provider_count: i64,
    /// Areas without.
    pub gaps: Vec<Named>,
}

/// Who delivers what where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What the rows are put together by, where that was asked.
    group_by: Vec<CoverageGrouping>,
    /// One entry a programme.
    programmes: Vec<ProgrammeCoverage>,
    /// One row for each programme and area, by programme code and area name, or a group.
    #[schema(max_items = 1_000_000)]
    rows: Vec<CoverageRow>,
}

impl Report for CoverageReport {
    type Row = CoverageRow;
    type Rows = std::vec::IntoIter<CoverageRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
    fn is_grouped(&self) -> bool {
        !self.group_by.is_empty()
    }
}

impl Flat for CoverageRow {
    const COLUMNS: &'static [&'static str] =
        &["programme_code", "programme_name", "area_code", "area_name", "cover", "is_meant_for", "is_gap", "providers", "award_references"];
    const GROUPED: &'static [&'static str] = &["place_count", "covered_count", "part_count", "meant_for_count", "gap_count"];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.extend(Cell::named(self.area.as_ref()));
        cells.push(self.cover.map_or(Cell::Empty, |cover| Cell::Plain(cover.to_string())));
        cells.extend([self.is_meant_for, self.is_gap].map(Cell::yes));
        cells.push(Cell::list(self.providers.iter().map(|provider| provider.name.as_str())));
        cells.push(Cell::list(self.award_references.iter().map(String::as_str)));
        cells
    }

    fn grouped_cells(&self) -> Vec<Cell> {
        let counts = [self.place_count, self.covered_count, self.part_count, self.meant_for_count, self.gap_count];
        counts.map(|count| count.map_or(Cell::Empty, Cell::count)).into()
    }
}

/// States in which an award is being delivered.
const DELIVERING: [&str; 2] = ["live", "paused"];

/// The days for which delivery is asked: the day of the report, or the years that were named where it lies in none of them.
fn delivery_days(years: &[PeriodLabel], as_at: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let years: Vec<(NaiveDate, NaiveDate)> = years.iter().map(|year| (year.first_day(), year.last_day())).collect();
    let is_in = |(first, last): &(NaiveDate, NaiveDate)| (*first..=*last).contains(&as_at);
    if years.is_empty() || years.iter().any(is_in) { vec![(as_at, as_at)] } else { years }
}

/// Whether an award is delivered on one of these days. One whose last day is over delivers nothing, whether somebody said so or not.
fn is_delivering(award: &AwardRow, days: &[(NaiveDate, NaiveDate)]) -> bool {
    let is_on = |(first, last): &(NaiveDate, NaiveDate)| {
        award.starts_on.is_none_or(|starts_on| starts_on <= *last) && award.ends_on.is_none_or(|ends_on| ends_on >= *first)
    };
    DELIVERING.contains(&award.state.as_str()) && days.iter().any(is_on)
}

/// What awards are asked for, beside their programme and their years.
struct Narrow<'a> {
    funds: HashSet<Id>,
    tranches: HashSet<Id>,
    providers: HashSet<Id>,
    awards: HashSet<Id>,
    themes: &'a [String],
    categories: &'a [String],
}

impl<'a> Narrow<'a> {
    fn new(conn: &mut Conn, question: &'a CoverageQuestion, faults: &mut Faults) -> Result<Self, Refusal> {
        Ok(Self {
            funds: names::resolve(conn, Dimension::Fund, "fund", &question.fund, faults)?,
            tranches: names::resolve(conn, Dimension::Tranche, "tranche", &question.tranche, faults)?,
            providers: names::resolve(conn, Dimension::Provider, "provider", &question.provider, faults)?,
            awards: names::resolve(conn, Dimension::Award, "award", &question.award, faults)?,
            themes: &question.theme,
            categories: &question.category,
        })
    }

    /// Whether it asks for some awards rather than for all.
    fn is_any(&self) -> bool {
        let records = [&self.funds, &self.tranches, &self.providers, &self.awards];
        records.iter().any(|some| !some.is_empty()) || !self.themes.is_empty() || !self.categories.is_empty()
    }

    fn wants(&self, award: &AwardRow, fund: Option<Id>) -> bool {
        let holds = |wanted: &HashSet<Id>, id: Option<Id>| wanted.is_empty() || id.is_some_and(|id| wanted.contains(&id));
        let says = |wanted: &[String], word: &Option<String>| wanted.is_empty() || word.as_ref().is_some_and(|word| wanted.contains(word));
        holds(&self.funds, fund)
            && holds(&self.tranches, award.tranche_id)
            && holds(&self.providers, award.provider_id)
            && holds(&self.awards, Some(award.id))
            && says(self.themes, &award.theme)
            && says(self.categories, &award.category)
    }
}

/// What is known of areas and programmes.
struct Ground {
    areas: Vec<Named>,
    parents: HashMap<Id, Id>,
    meant: HashMap<Id, Vec<Id>>,
    providers: Names,
    award_areas: HashMap<Id, Vec<Id>>,
}

fn ground(conn: &mut Conn, at: At, question: &CoverageQuestion, wanted: &HashSet<Id>) -> Result<Ground, Refusal> {
    let known = store::areas(conn, at.known_at)?;
    let parents = known.iter().filter_map(|area| area.parent_id.map(|parent| (area.id, parent))).collect();
    let area_names = names::store::areas(conn, at.known_at)?;
    let kind = question.area_kind.as_deref().or(wanted.is_empty().then_some("local_authority"));
    let is_asked = |area: &&store::AreaRow| {
        let is_valid = area.valid_from.is_none_or(|from| from <= at.as_at) && area.valid_to.is_none_or(|to| to >= at.as_at);
        is_valid && (wanted.is_empty() || wanted.contains(&area.id)) && kind.is_none_or(|kind| kind == area.kind)
    };
    let mut areas: Vec<Named> = known.iter().filter(is_asked).filter_map(|area| area_names.get(&area.id).cloned()).collect();
    areas.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
    let meant = store::programme_areas(conn, at.known_at)?;
    Ok(Ground { areas, parents, meant, providers: names::store::providers(conn, at.known_at)?, award_areas: HashMap::new() })
}

fn make(conn: &mut Conn, at: At, question: &CoverageQuestion) -> Result<CoverageReport, Refusal> {
    let mut faults = Faults::new();
    let programmes = names::resolve(conn, Dimension::Programme, "programme", &question.programme, &mut faults)?;
    let wanted = names::resolve(conn, Dimension::Area, "area", &question.area, &mut faults)?;
    let narrow = Narrow::new(conn, question, &mut faults)?;
    faults.into_result()?;
    let mut ground = ground(conn, at, question, &wanted)?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    let periods = names::store::periods(conn, at.known_at)?;
    let is_asked = |award: &AwardRow| {
        let period = periods.get(&award.period_id);
        (years.is_empty() || period.is_some_and(|period| years.contains(&period.label)))
            && narrow.wants(award, period.map(|period| period.fund_id))
    };
    let days = delivery_days(&question.financial_year, at.as_at);
    let mut delivered: HashMap<Id, Vec<AwardRow>> = HashMap::new();
    for award in awards::awards(conn, at)? {
        if let Some(programme) = award.programme_id.filter(|_| is_delivering(&award, &days) && is_asked(&award)) {
            delivered.entry(programme).or_default().push(award);
        }
    }
    let terms: Vec<(Id, i32)> = delivered.values().flatten().map(|award| (award.id, award.terms_no)).collect();
    for (award, area) in awards::award_areas(conn, &terms)? {
        ground.award_areas.entry(award).or_default().push(area);
    }
    let is_shown = |id: &Id| {
        let is_usual = delivered.contains_key(id) || (!narrow.is_any() && ground.meant.contains_key(id));
        if programmes.is_empty() { is_usual } else { programmes.contains(id) }
    };
    let all = names::store::programmes(conn, at.known_at)?;
    let shown: BTreeMap<String, Named> =
        all.into_iter().filter(|(id, _)| is_shown(id)).map(|(_, named)| (named.code.clone(), named)).collect();
    let (mut entries, mut rows) = (Vec::new(), Vec::new());
    for programme in shown.into_values() {
        let awards = delivered.get(&programme.id).map(Vec::as_slice).unwrap_or_default();
        let own = rows_of(&programme, awards, &ground);
        entries.push(entry(programme, &own));
        rows.extend(own);
    }
    let group_by = each_once(&question.group_by);
    let rows = if group_by.is_empty() { rows } else { groups(&rows, &group_by) };
    Ok(CoverageReport { as_at: at.as_at, known_at: at.known_at, group_by, programmes: entries, rows })
}

/// A row for each group of places that have in common what they are put together by, in the order asked.
fn groups(rows: &[CoverageRow], by: &[CoverageGrouping]) -> Vec<CoverageRow> {
    let named = |row: &CoverageRow, grouping: CoverageGrouping| match grouping {
        CoverageGrouping::Programme => row.programme.as_ref().map(|programme| (programme.code.clone(), String::new())),
        CoverageGrouping::Area => row.area.as_ref().map(|area| (area.name.clone(), area.code.clone())),
    };
    let mut all: BTreeMap<Vec<Option<(String, String)>>, Vec<&CoverageRow>> = BTreeMap::new();
    for row in rows {
        all.entry(by.iter().map(|grouping| named(row, *grouping)).collect()).or_default().push(row);
    }
    all.into_values().map(|some| group(&some, by)).collect()
}

fn group(some: &[&CoverageRow], by: &[CoverageGrouping]) -> CoverageRow {
    let first = some.first();
    let many = |holds: fn(&CoverageRow) -> bool| Some(count(some.iter().filter(|row| holds(row)).count()));
    let providers: BTreeMap<(&str, &str), &Named> =
        some.iter().flat_map(|row| &row.providers).map(|provider| ((provider.name.as_str(), provider.code.as_str()), provider)).collect();
    let references: BTreeSet<&String> = some.iter().flat_map(|row| &row.award_references).collect();
    CoverageRow {
        programme: first.filter(|_| by.contains(&CoverageGrouping::Programme)).and_then(|row| row.programme.clone()),
        area: first.filter(|_| by.contains(&CoverageGrouping::Area)).and_then(|row| row.area.clone()),
        cover: None,
        is_meant_for: None,
        is_gap: None,
        providers: providers.into_values().cloned().collect(),
        award_references: references.into_iter().cloned().collect(),
        place_count: Some(count(some.len())),
        covered_count: many(|row| row.cover == Some(Cover::Whole)),
        part_count: many(|row| row.cover == Some(Cover::Part)),
        meant_for_count: many(|row| row.is_meant_for == Some(true)),
        gap_count: many(|row| row.is_gap == Some(true)),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn rows_of(programme: &Named, awards: &[AwardRow], ground: &Ground) -> Vec<CoverageRow> {
    let meant = ground.meant.get(&programme.id);
    let row = |area: &Named| {
        let mut whole = Cover::None;
        let (mut providers, mut references) = (BTreeMap::new(), Vec::new());
        for award in awards {
            let areas = ground.award_areas.get(&award.id).map(Vec::as_slice).unwrap_or_default();
            let covered = cover(area.id, areas, &ground.parents);
            // An award without a provider delivers through its parts.
            let Some(provider) = award.provider_id.and_then(|id| ground.providers.get(&id)) else { continue };
            if covered == Cover::None {
                continue;
            }
            whole = whole.min(covered);
            providers.insert((provider.name.clone(), provider.code.clone()), provider.clone());
            references.push(award.reference.clone());
        }
        references.sort();
        let is_meant_for = meant.is_some_and(|areas| cover(area.id, areas, &ground.parents) == Cover::Whole);
        CoverageRow {
            programme: Some(programme.clone()),
            area: Some(area.clone()),
            cover: Some(whole),
            is_meant_for: Some(is_meant_for),
            is_gap: Some(whole != Cover::Whole && (is_meant_for || meant.is_none())),
            providers: providers.into_values().collect(),
            award_references: references,
            place_count: None,
            covered_count: None,
            part_count: None,
            meant_for_count: None,
            gap_count: None,
        }
    };
    ground.areas.iter().map(row).collect()
}

fn entry(programme: Named, rows: &[CoverageRow]) -> ProgrammeCoverage {
    let providers: HashSet<Id> = rows.iter().flat_map(|row| row.providers.iter().map(|provider| provider.id)).collect();
    ProgrammeCoverage {
        programme,
        area_count: count(rows.len()),
        covered_count: count(rows.iter().filter(|row| row.cover == Some(Cover::Whole)).count()),
        provider_count: count(providers.len()),
        gaps: rows.iter().filter(|row| row.is_gap == Some(true)).filter_map(|row| row.area.clone()).collect(),
    }
}

async fn coverage(call: Ask<can::ReportsRead, (), Search<CoverageQuestion>>) -> Result<Answer<CoverageReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/coverage", "reports_coverage", "Show who delivers a programme where, and the gaps", coverage);
}
