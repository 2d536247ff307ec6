//! Capacities over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::awards::rules::DeliveryMode;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Quantity, Refusal};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::book::store::{self as awards, AwardRow};
use crate::reports::capacity::store::{self, ServedRow};
use crate::reports::capacity::told::{ModeKnown, Sum, Told, later};
use crate::reports::coverage::rules::{Cover, cover};
use crate::reports::coverage::store as ground;
use crate::reports::expenditure::rules::share;
use crate::reports::names::{self, Names};
use crate::store::Conn;

/// What is asked of the capacities.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct CapacityQuestion {
    /// Only awards of these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only awards of these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only awards that are delivered in these areas or in a part of them, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    area: Vec<String>,
    /// `true`: only awards that say that they could take on more; `false`: only those that say that they could not.
    has_spare: Option<bool>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for CapacityQuestion {
    const NAME: &'static str = "capacity";
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

/// An award that is delivered, and what it could still take on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CapacityRow {
    /// Who delivers.
    pub provider: Option<Named>,
    /// The award.
    pub award: Named,
    /// Its programme.
    pub programme: Option<Named>,
    /// Where it is delivered, by name.
    #[schema(max_items = 1000)]
    pub areas: Vec<Named>,
    /// The latest accepted return that tells of a capacity; null where none does, and so is what follows.
    pub return_id: Option<Id>,
    /// Its period.
    #[schema(max_length = 120)]
    pub period: Option<String>,
    /// The last day of its period.
    pub ends_on: Option<NaiveDate>,
    /// What capacity is counted in.
    #[schema(max_length = 80)]
    pub unit: Option<String>,
    /// What the agreement asks for; null where it was not reported, as the next two.
    pub contracted: Option<Quantity>,
    /// What was used.
    pub used: Option<Quantity>,
    /// What could still be taken on.
    pub spare: Option<Quantity>,
    /// How the service reaches people.
    pub delivery_mode: ModeKnown,
    /// The day of which that is told: since when, as the office noted it, or the last day of the return that says so.
    pub delivery_mode_on: Option<NaiveDate>,
    /// Whether what the return says only stands for something that is not printed.
    pub illustrative: bool,
}

/// What is counted in one unit. Units are never added to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CapacityOfUnit {
    /// The unit; null where returns leave it out.
    #[schema(max_length = 80)]
    pub unit: Option<String>,
    /// How many awards tell of a capacity in it.
    pub award_count: i64,
    /// What was contracted, of those that say so; null of nothing.
    pub contracted: Option<Quantity>,
    /// What was used, likewise.
    pub used: Option<Quantity>,
    /// What could still be taken on, likewise.
    pub spare: Option<Quantity>,
    /// How many awards say what could still be taken on.
    pub spare_reported_count: i64,
}

/// How many awards reach people in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeliveryModeShare {
    /// How.
    pub delivery_mode: ModeKnown,
    /// How many awards.
    pub award_count: i64,
    /// Their share of all awards that are delivered, in percent to three decimals; null of nothing.
    pub percent: Option<Quantity>,
}

/// What awards could still take on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CapacityReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// How many awards are delivered, of those asked for, whether or not they have spare capacity.
    award_count: i64,
    /// How they reach people, one entry a mode.
    #[schema(max_items = 4)]
    delivery_modes: Vec<DeliveryModeShare>,
    /// What the rows come to, by unit.
    units: Vec<CapacityOfUnit>,
    /// One row an award, by provider and award.
    #[schema(max_items = 1_000_000)]
    rows: Vec<CapacityRow>,
}

impl Report for CapacityReport {
    type Row = CapacityRow;
    type Rows = std::vec::IntoIter<CapacityRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for CapacityRow {
    const COLUMNS: &'static [&'static str] = &[
        "provider_reference",
        "provider_name",
        "award_reference",
        "award_title",
        "programme_code",
        "programme_name",
        "areas",
        "return_id",
        "period",
        "ends_on",
        "unit",
        "contracted",
        "used",
        "spare",
        "delivery_mode",
        "delivery_mode_on",
        "illustrative",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        for record in [self.provider.as_ref(), Some(&self.award), self.programme.as_ref()] {
            cells.extend(Cell::named(record));
        }
        cells.push(Cell::list(self.areas.iter().map(|area| area.name.as_str())));
        cells.push(self.return_id.map_or(Cell::Empty, |id| Cell::Plain(id.to_string())));
        cells.push(Cell::text(self.period.as_deref()));
        cells.push(Cell::date(self.ends_on));
        cells.push(Cell::text(self.unit.as_deref()));
        cells.extend([self.contracted, self.used, self.spare].map(Cell::number));
        cells.push(Cell::text(Some(self.delivery_mode.word())));
        cells.push(Cell::date(self.delivery_mode_on));
        cells.push(Cell::yes(Some(self.illustrative)));
        cells
    }
}

/// States in which an award is being delivered.
const DELIVERING: [&str; 2] = ["live", "paused"];

/// The awards that are delivered. A whole whose parts are delivered is left out: they tell of the service.
fn delivered(conn: &mut Conn, at: At) -> Result<Vec<AwardRow>, Refusal> {
    let mut all = awards::awards(conn, at)?;
    all.retain(|award| DELIVERING.contains(&award.state.as_str()));
    let wholes: HashSet<Id> = all.iter().filter_map(|award| award.component_of).collect();
    all.retain(|award| !wholes.contains(&award.id));
    Ok(all)
}

/// What is known of the awards' services.
struct Known {
    providers: Names,
    programmes: Names,
    areas: Names,
    titles: HashMap<Id, String>,
    award_areas: HashMap<Id, Vec<Id>>,
    noted: HashMap<Id, Told>,
    returned: HashMap<Id, Told>,
    capacities: HashMap<Id, ServedRow>,
}

impl Known {
    fn load(conn: &mut Conn, at: At, terms: &[(Id, i32)]) -> Result<Self, Refusal> {
        let mut known = Self {
            providers: names::store::providers(conn, at.known_at)?,
            programmes: names::store::programmes(conn, at.known_at)?,
            areas: names::store::areas(conn, at.known_at)?,
            titles: awards::award_titles(conn, terms)?,
            award_areas: HashMap::new(),
            noted: HashMap::new(),
            returned: HashMap::new(),
            capacities: HashMap::new(),
        };
        for (award, area) in awards::award_areas(conn, terms)? {
            known.award_areas.entry(award).or_default().push(area);
        }
        for (award, mode, since) in store::noted(conn, at)? {
            match mode {
                Some(mode) => known.noted.insert(award, (mode, since)),
                None => known.noted.remove(&award),
            };
        }
        // The later period of an award comes later.
        for row in store::served(conn, at)? {
            if let Some(mode) = row.mode {
                known.returned.insert(row.award_id, (mode, Some(row.ends_on)));
            }
            if row.tells_capacity() {
                known.capacities.insert(row.award_id, row);
            }
        }
        Ok(known)
    }

    fn areas_of(&self, award: &AwardRow) -> &[Id] {
        self.award_areas.get(&award.id).map(Vec::as_slice).unwrap_or_default()
    }

    fn mode(&self, award: Id) -> Option<Told> {
        later(self.noted.get(&award).copied(), self.returned.get(&award).copied())
    }

    fn row(&self, award: &AwardRow) -> CapacityRow {
        let told = self.capacities.get(&award.id);
        let mode: Option<Told> = self.mode(award.id);
        let mut areas: Vec<Named> = self.areas_of(award).iter().filter_map(|id| self.areas.get(id)).cloned().collect();
        areas.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
        CapacityRow {
            provider: award.provider_id.and_then(|id| self.providers.get(&id)).cloned(),
            award: Named { id: award.id, code: award.reference.clone(), name: self.titles.get(&award.id).cloned().unwrap_or_default() },
            programme: award.programme_id.and_then(|id| self.programmes.get(&id)).cloned(),
            areas,
            return_id: told.map(|row| row.return_id),
            period: told.map(|row| row.period.clone()),
            ends_on: told.map(|row| row.ends_on),
            unit: told.and_then(|row| row.unit.clone()),
            contracted: told.and_then(|row| row.contracted),
            used: told.and_then(|row| row.used),
            spare: told.and_then(|row| row.spare),
            delivery_mode: ModeKnown::from(mode.map(|(mode, _): (DeliveryMode, _)| mode)),
            delivery_mode_on: mode.and_then(|(_, on)| on),
            illustrative: told.is_some_and(|row| row.illustrative),
        }
    }
}

fn make(conn: &mut Conn, at: At, question: &CapacityQuestion) -> Result<CapacityReport, Refusal> {
    let mut faults = Faults::new();
    let providers = names::resolve(conn, Dimension::Provider, "provider", &question.provider, &mut faults)?;
    let programmes = names::resolve(conn, Dimension::Programme, "programme", &question.programme, &mut faults)?;
    let areas = names::resolve(conn, Dimension::Area, "area", &question.area, &mut faults)?;
    faults.into_result()?;
    let all = delivered(conn, at)?;
    let known = Known::load(conn, at, &all.iter().map(|award| (award.id, award.terms_no)).collect::<Vec<_>>())?;
    let within = ground::areas(conn, at.known_at)?;
    let parents: HashMap<Id, Id> = within.into_iter().filter_map(|area| Some((area.id, area.parent_id?))).collect();
    let is_asked = |wanted: &HashSet<Id>, own: Option<Id>| wanted.is_empty() || own.is_some_and(|id| wanted.contains(&id));
    let is_there = |award: &AwardRow| {
        let own = known.areas_of(award);
        areas.is_empty() || areas.iter().any(|area| cover(*area, own, &parents) != Cover::None)
    };
    let mut rows: Vec<CapacityRow> = all
        .iter()
        .filter(|award| is_asked(&providers, award.provider_id) && is_asked(&programmes, award.programme_id) && is_there(award))
        .map(|award| known.row(award))
        .collect();
    rows.sort_by_cached_key(|row| (row.provider.as_ref().map(|one| (one.name.clone(), one.code.clone())), row.award.code.clone()));
    let delivery_modes = modes(&rows);
    let award_count = count(rows.len());
    if let Some(wanted) = question.has_spare {
        rows.retain(|row| row.spare.is_some_and(|spare| (spare > Quantity::ZERO) == wanted));
    }
    Ok(CapacityReport { as_at: at.as_at, known_at: at.known_at, award_count, delivery_modes, units: units(&rows), rows })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn modes(rows: &[CapacityRow]) -> Vec<DeliveryModeShare> {
    let of = |mode: &ModeKnown| {
        let award_count = count(rows.iter().filter(|row| row.delivery_mode == *mode).count());
        DeliveryModeShare { delivery_mode: *mode, award_count, percent: share(award_count, count(rows.len())) }
    };
    ModeKnown::ALL.iter().map(of).collect()
}

fn units(rows: &[CapacityRow]) -> Vec<CapacityOfUnit> {
    let mut units: BTreeMap<Option<&str>, (i64, [Sum; 3])> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.return_id.is_some()) {
        let (awards, sums) = units.entry(row.unit.as_deref()).or_default();
        *awards += 1;
        for (sum, value) in sums.iter_mut().zip([row.contracted, row.used, row.spare]) {
            sum.add(value);
        }
    }
    let turn = |(unit, (award_count, [contracted, used, spare])): (Option<&str>, (i64, [Sum; 3]))| CapacityOfUnit {
        unit: unit.map(str::to_owned),
        award_count,
        contracted: contracted.total,
        used: used.total,
        spare: spare.total,
        spare_reported_count: spare.count,
    };
    units.into_iter().map(turn).collect()
}

async fn capacity(call: Ask<can::CountsRead, (), Search<CapacityQuestion>>) -> Result<Answer<CapacityReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/capacity", "reports_capacity", "Show what awards could still take on, and how they reach people", capacity);
}
