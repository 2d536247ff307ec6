//! Services over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, Quantity, Quarter, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::book::store::{self as awards, AwardRow};
use crate::reports::names::{self, Names};
use crate::reports::service::store::{self, ToldRow};
use crate::store::Conn;

/// What is asked of the services.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ServiceQuestion {
    /// Only returns whose period ends in one of these quarters, such as `2020-21-Q1`. Without one all that were accepted.
    #[serde(default)]
    #[schema(max_items = 40)]
    quarter: Vec<Quarter>,
    /// Only awards of these programmes, by code or id. May stand several times, as all filters may.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only awards of these providers, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    provider: Vec<String>,
    /// Only these awards, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    award: Vec<String>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for ServiceQuestion {
    const NAME: &'static str = "service";
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

/// What an accepted return says of its service. What is null was not reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceRow {
    /// Who delivers.
    pub provider: Option<Named>,
    /// The award.
    pub award: Named,
    /// Its programme.
    pub programme: Option<Named>,
    /// The quarter in which the period ends.
    pub quarter: Quarter,
    /// The return.
    pub return_id: Id,
    /// Its period.
    #[schema(max_length = 120)]
    pub period: String,
    /// People in the service on the first day.
    pub brought_forward: Option<i64>,
    /// People who began in the period.
    pub new: Option<i64>,
    /// People who ended in it.
    pub closed: Option<i64>,
    /// People in the service on the last day. Those of several quarters are never added: who stays would count each time.
    pub carried_forward: Option<i64>,
    /// Posts filled, in full-time equivalents.
    pub posts_filled: Option<Quantity>,
    /// Posts vacant, likewise.
    pub posts_vacant: Option<Quantity>,
    /// Working days lost to sickness and self-isolation.
    pub sickness_days: Option<Quantity>,
    /// How many people wait, on the last day.
    pub people_waiting: Option<i64>,
    /// How long the one has waited who waits longest, in days.
    pub longest_wait_days: Option<i64>,
    /// How many grants were made to people (R37).
    pub onward_grants_number: Option<i64>,
    /// What they were worth together.
    #[schema(value_type = Option<i64>)]
    pub onward_grants_pence: Option<Pence>,
    /// Whether what the return says only stands for something that is not printed.
    pub illustrative: bool,
}

/// What the services of a programme come to in a quarter. Each figure is of the returns that report it; null of none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceTotal {
    /// The programme; null for awards of none.
    pub programme: Option<Named>,
    /// The quarter.
    pub quarter: Quarter,
    /// How many returns tell of a service, those of parts left out whose whole has one in the same quarter.
    pub return_count: i64,
    /// People who began.
    pub new: Option<i64>,
    /// People who ended.
    pub closed: Option<i64>,
    /// People in the services on the last day of the quarter.
    pub carried_forward: Option<i64>,
    /// How many people wait on that day.
    pub people_waiting: Option<i64>,
    /// How many returns say how many wait.
    pub people_waiting_reported_count: i64,
    /// How many grants were made to people.
    pub onward_grants_number: Option<i64>,
    /// What they were worth together.
    #[schema(value_type = Option<i64>)]
    pub onward_grants_pence: Option<Pence>,
}

/// What accepted returns say of services.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ServiceReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// By programme and quarter; there is no sum over quarters.
    totals: Vec<ServiceTotal>,
    /// Whether the ledger out of which grants to people were paid agrees with itself, added up another way. What returns report is no money of the ledger.
    ledger_check: LedgerAgreement,
    /// One row a return, by provider, award and quarter.
    #[schema(max_items = 1_000_000)]
    rows: Vec<ServiceRow>,
}

impl Report for ServiceReport {
    type Row = ServiceRow;
    type Rows = std::vec::IntoIter<ServiceRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
}

impl Flat for ServiceRow {
    const COLUMNS: &'static [&'static str] = &[
        "provider_reference",
        "provider_name",
        "award_reference",
        "award_title",
        "programme_code",
        "programme_name",
        "quarter",
        "return_id",
        "period",
        "brought_forward",
        "new",
        "closed",
        "carried_forward",
        "posts_filled",
        "posts_vacant",
        "sickness_days",
        "people_waiting",
        "longest_wait_days",
        "onward_grants_number",
        "onward_grants_pounds",
        "illustrative",
    ];

    fn cells(&self) -> Vec<Cell> {
        let counted = |number: Option<i64>| number.map_or(Cell::Empty, Cell::count);
        let mut cells = Vec::with_capacity(Self::COLUMNS.len());
        for record in [self.provider.as_ref(), Some(&self.award), self.programme.as_ref()] {
            cells.extend(Cell::named(record));
        }
        cells.push(Cell::Plain(self.quarter.to_string()));
        cells.push(Cell::Plain(self.return_id.to_string()));
        cells.push(Cell::text(Some(&self.period)));
        cells.extend([self.brought_forward, self.new, self.closed, self.carried_forward].map(counted));
        cells.extend([self.posts_filled, self.posts_vacant, self.sickness_days].map(Cell::number));
        cells.extend([self.people_waiting, self.longest_wait_days, self.onward_grants_number].map(counted));
        cells.push(Cell::pounds(self.onward_grants_pence));
        cells.push(Cell::yes(Some(self.illustrative)));
        cells
    }
}

/// What is known of the awards.
struct Known {
    awards: HashMap<Id, AwardRow>,
    titles: HashMap<Id, String>,
    providers: Names,
    programmes: Names,
}

impl Known {
    fn load(conn: &mut Conn, at: At) -> Result<Self, Refusal> {
        let all = awards::awards(conn, at)?;
        let terms: Vec<(Id, i32)> = all.iter().map(|award| (award.id, award.terms_no)).collect();
        Ok(Self {
            titles: awards::award_titles(conn, &terms)?,
            awards: all.into_iter().map(|award| (award.id, award)).collect(),
            providers: names::store::providers(conn, at.known_at)?,
            programmes: names::store::programmes(conn, at.known_at)?,
        })
    }

    fn row(&self, award: &AwardRow, told: &ToldRow) -> Option<ServiceRow> {
        let name = self.titles.get(&award.id).cloned().unwrap_or_default();
        let (brought_forward, new, closed, carried_forward) = told.caseload;
        let (posts_filled, posts_vacant, sickness_days) = told.staff;
        let (people_waiting, longest_wait_days) = told.waiting;
        let (onward_grants_number, onward_grants_pence) = told.grants;
        Some(ServiceRow {
            provider: award.provider_id.and_then(|id| self.providers.get(&id)).cloned(),
            award: Named { id: award.id, code: award.reference.clone(), name },
            programme: award.programme_id.and_then(|id| self.programmes.get(&id)).cloned(),
            quarter: Quarter::of(told.ends_on)?,
            return_id: told.return_id,
            period: told.period.clone(),
            brought_forward,
            new,
            closed,
            carried_forward,
            posts_filled,
            posts_vacant,
            sickness_days,
            people_waiting,
            longest_wait_days,
            onward_grants_number,
            onward_grants_pence,
            illustrative: told.illustrative,
        })
    }
}

impl ToldRow {
    /// Whether it says anything of the service that is shown here.
    fn tells(&self) -> bool {
        let (brought, new, closed, carried) = self.caseload;
        let (filled, vacant, sick) = self.staff;
        let counts = [brought, new, closed, carried, self.waiting.0, self.waiting.1, self.grants.0];
        counts.iter().any(Option::is_some) || [filled, vacant, sick].iter().any(Option::is_some) || self.grants.1.is_some()
    }
}

impl ServiceTotal {
    const fn new(programme: Option<Named>, quarter: Quarter) -> Self {
        Self {
            programme,
            quarter,
            return_count: 0,
            new: None,
            closed: None,
            carried_forward: None,
            people_waiting: None,
            people_waiting_reported_count: 0,
            onward_grants_number: None,
            onward_grants_pence: None,
        }
    }

    fn add(&mut self, row: &ServiceRow) {
        let add = |sum: &mut Option<i64>, more: Option<i64>| {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or_default().saturating_add(more));
            }
        };
        self.return_count += 1;
        add(&mut self.new, row.new);
        add(&mut self.closed, row.closed);
        add(&mut self.carried_forward, row.carried_forward);
        add(&mut self.people_waiting, row.people_waiting);
        self.people_waiting_reported_count += i64::from(row.people_waiting.is_some());
        add(&mut self.onward_grants_number, row.onward_grants_number);
        if let Some(more) = row.onward_grants_pence {
            self.onward_grants_pence = Some(self.onward_grants_pence.unwrap_or_default() + more);
        }
    }
}

/// The days from the first to the last of these quarters; all days without one.
fn span(quarters: &[Quarter]) -> (NaiveDate, NaiveDate) {
    let first = quarters.iter().map(|quarter| quarter.first_day()).min();
    let last = quarters.iter().map(|quarter| quarter.last_day()).max();
    first.zip(last).unwrap_or((FIRST_DAY, LAST_DAY))
}

const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

fn make(conn: &mut Conn, at: At, question: &ServiceQuestion) -> Result<ServiceReport, Refusal> {
    let mut faults = Faults::new();
    let programmes = names::resolve(conn, Dimension::Programme, "programme", &question.programme, &mut faults)?;
    let providers = names::resolve(conn, Dimension::Provider, "provider", &question.provider, &mut faults)?;
    let wanted = names::resolve(conn, Dimension::Award, "award", &question.award, &mut faults)?;
    faults.into_result()?;
    let known = Known::load(conn, at)?;
    let is_asked = |wanted: &HashSet<Id>, own: Option<Id>| wanted.is_empty() || own.is_some_and(|id| wanted.contains(&id));
    let told = store::told(conn, at, span(&question.quarter))?;
    let mut rows: Vec<(ServiceRow, Option<Id>)> = Vec::new();
    for one in told.iter().filter(|one| one.tells()) {
        let Some(award) = known.awards.get(&one.award_id) else { continue };
        let is_meant =
            is_asked(&wanted, Some(award.id)) && is_asked(&programmes, award.programme_id) && is_asked(&providers, award.provider_id);
        let row = known.row(award, one).filter(|row| is_meant && (question.quarter.is_empty() || question.quarter.contains(&row.quarter)));
        rows.extend(row.map(|row| (row, award.component_of)));
    }
    rows.sort_by_cached_key(|(row, _)| {
        (
            row.provider.as_ref().map(|one| (one.name.clone(), one.code.clone())),
            row.award.code.clone(),
            row.quarter.first_day(),
            row.period.clone(),
        )
    });
    let totals = totals(&rows);
    let ledger_check = LedgerAgreement::beside(conn, at)?;
    let rows = rows.into_iter().map(|(row, _)| row).collect();
    Ok(ServiceReport { as_at: at.as_at, known_at: at.known_at, totals, ledger_check, rows })
}

/// By programme and quarter. A part is left out where its whole tells of the same quarter.
fn totals(rows: &[(ServiceRow, Option<Id>)]) -> Vec<ServiceTotal> {
    let there: HashSet<(Id, NaiveDate)> = rows.iter().map(|(row, _)| (row.award.id, row.quarter.first_day())).collect();
    let mut all: BTreeMap<(Option<String>, NaiveDate), ServiceTotal> = BTreeMap::new();
    for (row, whole) in rows {
        if whole.is_some_and(|whole| there.contains(&(whole, row.quarter.first_day()))) {
            continue;
        }
        let key = (row.programme.as_ref().map(|one| one.code.clone()), row.quarter.first_day());
        all.entry(key).or_insert_with(|| ServiceTotal::new(row.programme.clone(), row.quarter)).add(row);
    }
    all.into_values().collect()
}

async fn service(call: Ask<can::CountsRead, (), Search<ServiceQuestion>>) -> Result<Answer<ServiceReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    let summary = "Show what accepted returns say of services, by award and quarter: people in them, staff, who waits, grants to people";
    api.get("/v1/reports/service", "reports_service", summary, service);
}
