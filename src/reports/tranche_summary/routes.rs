//! The summary of tranches over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::funds::tranches::rules::TrancheState;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, Id, Moment, Named, Pence, PeriodLabel, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report};
use crate::reports::book::rules::add_up;
use crate::reports::book::{Book, Dimension, Filter, Needs, Sums};
use crate::reports::control_totals::{ControlTotalCheck, within};
use crate::reports::names::{self, Period};
use crate::reports::tranche_summary::store::{self, TrancheRow};
use crate::store::Conn;

words! {
    /// What tranches are put together by. Their money by anything else is asked of the allocations, with `tranche`.
    pub enum TrancheGrouping {
        /// The fund.
        Fund = "fund",
        /// The fund period's financial year, or the several years that were never split.
        FinancialYear = "financial_year",
        /// Where the tranche stands.
        State = "state",
    }
}

/// What is asked of the tranches.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct TrancheSummaryQuestion {
    /// Only tranches of these funds, by code or id. May stand several times.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only these financial years, or periods of several years that were never split (`2016-22`).
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only these tranches, by reference or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    tranche: Vec<String>,
    /// Only tranches that stand there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 6)]
    state: Vec<TrancheState>,
    /// What rows are put together by, in this order: each tranche has its own where it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    group_by: Vec<TrancheGrouping>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for TrancheSummaryQuestion {
    const NAME: &'static str = "tranche-summary";
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

/// One tranche, or several put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrancheSummaryRow {
    /// The fund; null where rows are put together over funds.
    pub fund: Option<Named>,
    /// The fund period's financial year, or the several years that were never split; null where rows are put together over years.
    #[schema(max_length = 7)]
    pub financial_year: Option<String>,
    /// The tranche; null where several are put together, as are its number and days.
    pub tranche: Option<Named>,
    /// Which round of the fund period it is, from 1.
    pub number: Option<i32>,
    /// Where it stands: `planned`, `open`, `assessing`, `decided`, `completed` or `cancelled`; null where rows are put together over states.
    #[schema(max_length = 20)]
    pub state: Option<String>,
    /// When it opens.
    pub opens_on: Option<NaiveDate>,
    /// When it closes.
    pub closes_on: Option<NaiveDate>,
    /// When it is decided.
    pub decision_on: Option<NaiveDate>,
    /// What was planned for it; of several together, for those of which it is known.
    pub planned_pence: Option<Pence>,
    /// What is set aside for it: not yet offered, offered and awarded together.
    #[schema(value_type = i64)]
    pub allocated_pence: Pence,
    /// What of that is not yet offered.
    #[schema(value_type = i64)]
    pub remaining_pence: Pence,
    /// Offered and not yet accepted.
    #[schema(value_type = i64)]
    pub offered_pence: Pence,
    /// Awarded: accepted, less what was released or recovered.
    #[schema(value_type = i64)]
    pub awarded_pence: Pence,
    /// Paid to providers of what was awarded (R27).
    #[schema(value_type = i64)]
    pub paid_pence: Pence,
    /// Awards offered or agreed.
    pub award_count: i64,
    /// Projects they stand for.
    pub project_count: i64,
    /// How many projects the tranche itself is recorded with; of several together, those of which it is known.
    pub recorded_project_count: Option<i32>,
    /// Organisations that have the awards.
    pub provider_count: i64,
    /// Of the awards, those that only stand for something that is not named.
    pub illustrative_count: i64,
    /// How many tranches are put together, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub tranche_count: Option<i64>,
    /// Of them, those of which no planned amount is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    pub unknown_planned_count: Option<i64>,
}

/// What the completed tranches of a fund period come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TranchesToDate {
    /// The fund.
    pub fund: Named,
    /// Its financial year, or the several years that were never split.
    #[schema(max_length = 7)]
    pub financial_year: String,
    /// How many tranches are completed.
    pub tranche_count: i64,
    /// What they awarded.
    #[schema(value_type = i64)]
    pub awarded_pence: Pence,
    /// For how many projects.
    pub project_count: i64,
    /// To how many organisations.
    pub provider_count: i64,
    /// Of the awards, those that only stand for something that is not named.
    pub illustrative_count: i64,
    /// The next tranche that is planned, by opening day and number.
    pub next: Option<NextTranche>,
}

/// A tranche that is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NextTranche {
    /// The tranche.
    pub tranche: Named,
    /// What is planned for it.
    pub planned_pence: Option<Pence>,
    /// When it opens.
    pub opens_on: Option<NaiveDate>,
    /// When it is decided.
    pub decision_on: Option<NaiveDate>,
}

/// Tranches, and what completed ones come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrancheSummaryReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What the rows are put together by, where that was asked.
    group_by: Vec<TrancheGrouping>,
    /// What completed tranches come to, by fund and year: those under way or planned do not count.
    to_date: Vec<TranchesToDate>,
    /// Whether the whole that this is a part of agrees with the ledger, added up another way.
    pub ledger_check: LedgerAgreement,
    /// Printed totals of tranches and fund periods within the question.
    control_totals: Vec<ControlTotalCheck>,
    /// One row a tranche, by fund, year and number, or a group.
    #[schema(max_items = 100_000)]
    rows: Vec<TrancheSummaryRow>,
}

impl Report for TrancheSummaryReport {
    type Row = TrancheSummaryRow;
    type Rows = std::vec::IntoIter<TrancheSummaryRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
    fn is_grouped(&self) -> bool {
        !self.group_by.is_empty()
    }
}

impl Flat for TrancheSummaryRow {
    const COLUMNS: &'static [&'static str] = &[
        "fund_code",
        "fund_name",
        "financial_year",
        "tranche_reference",
        "tranche_name",
        "number",
        "state",
        "opens_on",
        "closes_on",
        "decision_on",
        "planned_pounds",
        "allocated_pounds",
        "remaining_pounds",
        "offered_pounds",
        "awarded_pounds",
        "paid_pounds",
        "award_count",
        "project_count",
        "recorded_project_count",
        "provider_count",
        "illustrative_count",
    ];
    const GROUPED: &'static [&'static str] = &["tranche_count", "unknown_planned_count"];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.push(Cell::text(self.financial_year.as_deref()));
        cells.extend(Cell::named(self.tranche.as_ref()));
        cells.push(self.number.map_or(Cell::Empty, |number| Cell::count(number.into())));
        cells.push(Cell::text(self.state.as_deref()));
        cells.extend([self.opens_on, self.closes_on, self.decision_on].map(Cell::date));
        cells.push(Cell::pounds(self.planned_pence));
        cells.extend(
            [self.allocated_pence, self.remaining_pence, self.offered_pence, self.awarded_pence, self.paid_pence].map(Cell::Pounds),
        );
        cells.extend([self.award_count, self.project_count].map(Cell::count));
        cells.push(self.recorded_project_count.map_or(Cell::Empty, |count| Cell::count(count.into())));
        cells.extend([self.provider_count, self.illustrative_count].map(Cell::count));
        cells
    }

    fn grouped_cells(&self) -> Vec<Cell> {
        [self.tranche_count, self.unknown_planned_count].map(|count| count.map_or(Cell::Empty, Cell::count)).into()
    }
}

/// A tranche with the fund period it belongs to.
struct Placed {
    fund: Named,
    label: String,
    row: TrancheRow,
}

fn place(rows: Vec<TrancheRow>, periods: &HashMap<Id, Period>, funds: &names::Names) -> Vec<Placed> {
    let place = |row: TrancheRow| {
        let period = periods.get(&row.period_id)?;
        Some(Placed { fund: funds.get(&period.fund_id)?.clone(), label: period.label.clone(), row })
    };
    let mut placed: Vec<Placed> = rows.into_iter().filter_map(place).collect();
    placed.sort_by(|a, b| (&a.fund.code, &a.label, a.row.number).cmp(&(&b.fund.code, &b.label, b.row.number)));
    placed
}

/// Makes the report.
///
/// # Errors
/// A fault for each record asked for that there is not; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &TrancheSummaryQuestion) -> Result<TrancheSummaryReport, Refusal> {
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let wanted = names::resolve(conn, Dimension::Tranche, "tranche", &question.tranche, &mut faults)?;
    faults.into_result()?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    let fund_names = names::store::funds(conn, at.known_at)?;
    let mut placed = place(store::tranches(conn, at)?, &names::store::periods(conn, at.known_at)?, &fund_names);
    placed.retain(|one| {
        (funds.is_empty() || funds.contains(&one.fund.id))
            && (wanted.is_empty() || wanted.contains(&one.row.id))
            && (years.is_empty() || years.contains(&one.label))
            && (question.state.is_empty() || question.state.iter().any(|state| state.word() == one.row.state))
    });
    let book = Book::load(conn, at, Needs::default())?;
    let group_by = each_once(&question.group_by);
    Ok(TrancheSummaryReport {
        as_at: at.as_at,
        known_at: at.known_at,
        to_date: to_date(&book, &placed),
        ledger_check: LedgerAgreement::of_book(&book),
        control_totals: if question.state.is_empty() { within(conn, at, &funds, &wanted, &years)? } else { Vec::new() },
        rows: if group_by.is_empty() { each(&book, placed) } else { groups(&book, &placed, &group_by) },
        group_by,
    })
}

/// A row for each tranche.
fn each(book: &Book, placed: Vec<Placed>) -> Vec<TrancheSummaryRow> {
    let (groups, _) = add_up(&book.facts, &Filter::default(), &[Dimension::Tranche]);
    let by_tranche: HashMap<u32, Sums> = groups.into_iter().map(|group| (group.keys.get(Dimension::Tranche), group.sums)).collect();
    let sums_of = |id: Id| {
        let number = book.values.numbers_of(Dimension::Tranche, &HashSet::from([id])).into_iter().next();
        number.and_then(|number| by_tranche.get(&number)).copied().unwrap_or_default()
    };
    placed.into_iter().map(|one| row(sums_of(one.row.id), one)).collect()
}

/// Amounts and counts of these tranches together; an organisation with awards out of several counts once.
fn together<'a>(book: &Book, some: impl IntoIterator<Item = &'a Placed>) -> Sums {
    let ids: HashSet<Id> = some.into_iter().map(|one| one.row.id).collect();
    let mut filter = Filter::default();
    filter.narrow(Dimension::Tranche, book.values.numbers_of(Dimension::Tranche, &ids));
    add_up(&book.facts, &filter, &[]).1
}

/// A row for each group of tranches that have in common what they are put together by, in the order asked.
fn groups(book: &Book, placed: &[Placed], by: &[TrancheGrouping]) -> Vec<TrancheSummaryRow> {
    let mut all: BTreeMap<Vec<String>, Vec<&Placed>> = BTreeMap::new();
    let value = |one: &Placed, grouping: &TrancheGrouping| match grouping {
        TrancheGrouping::Fund => one.fund.code.clone(),
        TrancheGrouping::FinancialYear => one.label.clone(),
        // In the order in which a tranche goes through them.
        TrancheGrouping::State => format!("{:?}", TrancheState::ALL.iter().position(|state| state.word() == one.row.state)),
    };
    for one in placed {
        all.entry(by.iter().map(|grouping| value(one, grouping)).collect()).or_default().push(one);
    }
    all.into_values().filter_map(|some| group(book, &some, by)).collect()
}

fn group(book: &Book, some: &[&Placed], by: &[TrancheGrouping]) -> Option<TrancheSummaryRow> {
    let one = some.first()?;
    let known: Vec<Pence> = some.iter().filter_map(|one| one.row.planned).collect();
    let projects: Vec<i32> = some.iter().filter_map(|one| one.row.projects).collect();
    let count = |number: usize| i64::try_from(number).ok();
    let sums = together(book, some.iter().copied());
    let shows = |grouping| by.contains(&grouping);
    Some(TrancheSummaryRow {
        fund: shows(TrancheGrouping::Fund).then(|| one.fund.clone()),
        financial_year: shows(TrancheGrouping::FinancialYear).then(|| one.label.clone()),
        state: shows(TrancheGrouping::State).then(|| one.row.state.clone()),
        planned_pence: (!known.is_empty()).then(|| known.iter().copied().sum()),
        recorded_project_count: (!projects.is_empty()).then(|| projects.iter().sum()),
        tranche_count: count(some.len()),
        unknown_planned_count: count(some.len() - known.len()),
        ..of_sums(sums)
    })
}

/// A row with amounts and counts alone.
fn of_sums(sums: Sums) -> TrancheSummaryRow {
    TrancheSummaryRow {
        fund: None,
        financial_year: None,
        tranche: None,
        number: None,
        state: None,
        opens_on: None,
        closes_on: None,
        decision_on: None,
        planned_pence: None,
        allocated_pence: sums.allocated + sums.offered + sums.committed,
        remaining_pence: sums.allocated,
        offered_pence: sums.offered,
        awarded_pence: sums.committed,
        paid_pence: sums.paid,
        award_count: sums.awards,
        project_count: sums.projects,
        recorded_project_count: None,
        provider_count: sums.providers,
        illustrative_count: sums.illustrative,
        tranche_count: None,
        unknown_planned_count: None,
    }
}

fn row(sums: Sums, one: Placed) -> TrancheSummaryRow {
    TrancheSummaryRow {
        tranche: Some(named(&one.row)),
        fund: Some(one.fund),
        financial_year: Some(one.label),
        number: Some(one.row.number),
        state: Some(one.row.state),
        opens_on: one.row.opens_on,
        closes_on: one.row.closes_on,
        decision_on: one.row.decision_on,
        planned_pence: one.row.planned,
        recorded_project_count: one.row.projects,
        ..of_sums(sums)
    }
}

fn named(row: &TrancheRow) -> Named {
    Named { id: row.id, code: row.reference.clone(), name: row.name.clone() }
}

/// What the completed tranches of each fund period come to, and which is next.
fn to_date(book: &Book, placed: &[Placed]) -> Vec<TranchesToDate> {
    let mut all: Vec<TranchesToDate> = Vec::new();
    for period in placed.chunk_by(|a, b| a.row.period_id == b.row.period_id) {
        let Some(first) = period.first() else { continue };
        let done: Vec<&Placed> = period.iter().filter(|one| one.row.state == "completed").collect();
        let sums = together(book, done.iter().copied());
        let planned = period.iter().filter(|one| one.row.state == "planned");
        let next = planned.min_by_key(|one| (one.row.opens_on.is_none(), one.row.opens_on, one.row.number));
        all.push(TranchesToDate {
            fund: first.fund.clone(),
            financial_year: first.label.clone(),
            tranche_count: i64::try_from(done.len()).unwrap_or(i64::MAX),
            awarded_pence: sums.committed,
            project_count: sums.projects,
            provider_count: sums.providers,
            illustrative_count: sums.illustrative,
            next: next.map(|one| NextTranche {
                tranche: named(&one.row),
                planned_pence: one.row.planned,
                opens_on: one.row.opens_on,
                decision_on: one.row.decision_on,
            }),
        });
    }
    all
}

async fn tranche_summary(call: Ask<can::ReportsRead, (), Search<TrancheSummaryQuestion>>) -> Result<Answer<TrancheSummaryReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/tranche-summary", "reports_tranche_summary", "Sum up tranches, and what completed ones come to", tranche_summary);
}
