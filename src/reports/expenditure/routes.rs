//! Expenditure over HTTP.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::figures::control_totals::ControlScope;
use crate::figures::printed::FigureKind;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, FigureStatus, FinancialYear, Id, Moment, Named, Pence, PeriodLabel, Precision, Quantity, Refusal};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::Dimension;
use crate::reports::control_totals::{self, ControlTotalCheck};
use crate::reports::expenditure::rules::{percent, shared_status};
use crate::reports::expenditure::store;
use crate::reports::names::{self, Names, Period};
use crate::reports::printed::PrintedFigure;
use crate::reports::printed::store as printed;
use crate::reports::returned::{self, AdjustedSpendRow, SpendRow, Spending};
use crate::store::Conn;

words! {
    /// Where a figure comes from.
    pub enum Origin {
        /// A paper prints it.
        Printed = "printed",
        /// An accepted return reports it.
        Returned = "returned",
    }
}

/// What is asked of the expenditure.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct ExpenditureQuestion {
    /// Only of these funds, by code or id. May stand several times.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only of these programmes, by code or id.
    #[serde(default)]
    #[schema(max_items = 20)]
    programme: Vec<String>,
    /// Only of these financial years.
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// Only figures of these series.
    #[serde(default)]
    #[schema(max_items = 20)]
    series: Vec<String>,
    /// Only figures of this origin.
    origin: Option<Origin>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl Question for ExpenditureQuestion {
    const NAME: &'static str = "expenditure";
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

/// Money spent: a printed figure, or one category of accepted returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpenditureRow {
    /// Where it comes from.
    pub origin: Origin,
    /// The series of a printed figure.
    #[schema(max_length = 200)]
    pub series: Option<String>,
    /// What a printed figure is about.
    #[schema(max_length = 500)]
    pub subject: Option<String>,
    /// The fund. What a part of an award spends is money of the whole, and of its fund.
    pub fund: Option<Named>,
    /// The programme.
    pub programme: Option<Named>,
    /// The period: a financial year, or words. Several years in one figure are never split.
    #[schema(max_length = 200)]
    pub period: Option<String>,
    /// The period's first day.
    pub starts_on: Option<NaiveDate>,
    /// The period's last day.
    pub ends_on: Option<NaiveDate>,
    /// What it was spent on, by returns.
    #[schema(max_length = 80)]
    pub category: Option<String>,
    /// How much; of returns with adjustments that count in this period.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// Of that, what returns of the period were accepted with.
    #[schema(value_type = Option<i64>)]
    pub accepted_pence: Option<Pence>,
    /// Of that, what adjustments of earlier accepted returns add; below nought where they take away.
    #[schema(value_type = Option<i64>)]
    pub adjustment_pence: Option<Pence>,
    /// Of that, spent on direct activity, by returns (R20).
    #[schema(value_type = Option<i64>)]
    pub direct_activity_pence: Option<Pence>,
    /// From how many accepted returns.
    pub return_count: Option<i64>,
    /// How final a printed figure is (R21).
    pub figure_status: Option<FigureStatus>,
    /// How exactly it is printed.
    pub precision: Option<Precision>,
    /// The word printed before it.
    #[schema(max_length = 80)]
    pub qualifier: Option<String>,
    /// What exactly is counted.
    #[schema(max_length = 500)]
    pub basis: Option<String>,
    /// Whether it only stands for something that is not named.
    pub illustrative: bool,
}

/// What the printed figures of a series come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeriesTotal {
    /// The series.
    #[schema(max_length = 200)]
    pub series: String,
    /// Their sum.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// How many figures it adds up.
    pub figure_count: i64,
    /// How final the sum is: the status that all its figures share; null where they differ.
    pub figure_status: Option<FigureStatus>,
    /// Whether its figures count the same thing.
    pub has_one_basis: bool,
}

/// What accepted returns come to. What a part of an award reports is not added where the whole reports for the same days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReturnedTotal {
    /// Spent, adjustments included.
    #[schema(value_type = i64)]
    pub amount_pence: Pence,
    /// Of that, what returns were accepted with.
    #[schema(value_type = i64)]
    pub accepted_pence: Pence,
    /// Of that, what adjustments of accepted returns add; below nought where they take away.
    #[schema(value_type = i64)]
    pub adjustment_pence: Pence,
    /// Of that, on direct activity.
    #[schema(value_type = i64)]
    pub direct_activity_pence: Pence,
    /// The share of direct activity, in percent; null where nothing is spent.
    pub direct_activity_percent: Option<Quantity>,
    /// From how many accepted returns with spend.
    pub return_count: i64,
}

/// What was spent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExpenditureReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// What printed figures come to, by series.
    series: Vec<SeriesTotal>,
    /// What accepted returns come to.
    returned: ReturnedTotal,
    /// Printed totals of the series shown.
    control_totals: Vec<ControlTotalCheck>,
    /// Printed figures by series and period, then returns by fund, programme, period and category.
    #[schema(max_items = 1_000_000)]
    rows: Vec<ExpenditureRow>,
}

impl Report for ExpenditureReport {
    type Row = ExpenditureRow;
    fn take_rows(&mut self) -> Vec<ExpenditureRow> {
        std::mem::take(&mut self.rows)
    }
}

impl Flat for ExpenditureRow {
    const COLUMNS: &'static [&'static str] = &[
        "origin",
        "series",
        "subject",
        "fund_code",
        "fund_name",
        "programme_code",
        "programme_name",
        "period",
        "starts_on",
        "ends_on",
        "category",
        "amount_pounds",
        "direct_activity_pounds",
        "return_count",
        "figure_status",
        "precision",
        "qualifier",
        "basis",
        "illustrative",
        "accepted_pounds",
        "adjustment_pounds",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![Cell::Plain(self.origin.to_string()), Cell::text(self.series.as_deref()), Cell::text(self.subject.as_deref())];
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.extend(Cell::named(self.programme.as_ref()));
        cells.push(Cell::text(self.period.as_deref()));
        cells.extend([self.starts_on, self.ends_on].map(Cell::date));
        cells.push(Cell::text(self.category.as_deref()));
        cells.push(Cell::Pounds(self.amount_pence));
        cells.push(Cell::pounds(self.direct_activity_pence));
        cells.push(self.return_count.map_or(Cell::Empty, Cell::count));
        cells.push(Cell::text(self.figure_status.map(FigureStatus::word)));
        cells.push(Cell::text(self.precision.map(Precision::word)));
        cells.push(Cell::text(self.qualifier.as_deref()));
        cells.push(Cell::text(self.basis.as_deref()));
        cells.push(Cell::yes(Some(self.illustrative)));
        cells.extend([self.accepted_pence, self.adjustment_pence].map(Cell::pounds));
        cells
    }
}

/// What a question is narrowed to, and the names it shows.
struct Asked {
    funds: HashSet<Id>,
    programmes: HashSet<Id>,
    years: Vec<String>,
    fund_names: Names,
    programme_names: Names,
    periods: HashMap<Id, Period>,
}

impl Asked {
    fn new(conn: &mut Conn, at: At, question: &ExpenditureQuestion) -> Result<Self, Refusal> {
        let mut faults = Faults::new();
        let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
        let programmes = names::resolve(conn, Dimension::Programme, "programme", &question.programme, &mut faults)?;
        faults.into_result()?;
        Ok(Self {
            funds,
            programmes,
            years: question.financial_year.iter().map(PeriodLabel::to_string).collect(),
            fund_names: names::store::funds(conn, at.known_at)?,
            programme_names: names::store::programmes(conn, at.known_at)?,
            periods: names::store::periods(conn, at.known_at)?,
        })
    }

    fn wants(&self, fund: Option<Id>, programme: Option<Id>, period: Option<&str>) -> bool {
        (self.funds.is_empty() || fund.is_some_and(|id| self.funds.contains(&id)))
            && (self.programmes.is_empty() || programme.is_some_and(|id| self.programmes.contains(&id)))
            && (self.years.is_empty() || period.is_some_and(|period| self.years.iter().any(|year| year == period)))
    }
}

fn printed_rows(figures: &[(String, PrintedFigure)], asked: &Asked, series: &[String]) -> Vec<ExpenditureRow> {
    let is_wanted = |figure: &&PrintedFigure| {
        figure.kind == FigureKind::Expenditure
            && (series.is_empty() || figure.series.as_ref().is_some_and(|own| series.contains(own)))
            && asked.wants(figure.fund_id, figure.programme_id, figure.period.as_deref())
    };
    let mut wanted: Vec<&PrintedFigure> = figures.iter().map(|(_, figure)| figure).filter(is_wanted).collect();
    wanted.sort_by(|a, b| {
        (a.series.is_none(), &a.series, a.starts_on, &a.period).cmp(&(b.series.is_none(), &b.series, b.starts_on, &b.period))
    });
    let row = |figure: &PrintedFigure| ExpenditureRow {
        origin: Origin::Printed,
        series: figure.series.clone(),
        subject: figure.subject.clone(),
        fund: figure.fund_id.and_then(|id| asked.fund_names.get(&id)).cloned(),
        programme: figure.programme_id.and_then(|id| asked.programme_names.get(&id)).cloned(),
        period: figure.period.clone(),
        starts_on: figure.starts_on,
        ends_on: figure.ends_on,
        category: None,
        amount_pence: figure.amount_pence.unwrap_or_default(),
        accepted_pence: None,
        adjustment_pence: None,
        direct_activity_pence: None,
        return_count: None,
        figure_status: Some(figure.figure_status),
        precision: figure.precision,
        qualifier: figure.qualifier.clone(),
        basis: figure.basis.clone(),
        illustrative: figure.illustrative,
    };
    wanted.into_iter().map(row).collect()
}

fn series_totals(rows: &[ExpenditureRow]) -> Vec<SeriesTotal> {
    let mut by_series: BTreeMap<&str, Vec<&ExpenditureRow>> = BTreeMap::new();
    for row in rows {
        if let Some(series) = &row.series {
            by_series.entry(series).or_default().push(row);
        }
    }
    let total = |(series, rows): (&str, Vec<&ExpenditureRow>)| SeriesTotal {
        series: series.to_owned(),
        amount_pence: rows.iter().map(|row| row.amount_pence).sum(),
        figure_count: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        figure_status: shared_status(&rows.iter().filter_map(|row| row.figure_status).collect::<Vec<_>>()),
        has_one_basis: rows.iter().map(|row| &row.basis).collect::<HashSet<_>>().len() <= 1,
    };
    by_series.into_iter().map(total).collect()
}

/// What rows of returns are grouped by, in their order: fund, programme, period, its days, category.
type ReturnedKey = (Option<String>, Option<String>, String, NaiveDate, NaiveDate, String);

/// A financial year where the period lies in one; otherwise the period as the return has it.
fn period_of(period: &str, starts_on: NaiveDate, ends_on: NaiveDate) -> (String, NaiveDate, NaiveDate) {
    match (FinancialYear::of(starts_on), FinancialYear::of(ends_on)) {
        (Some(first), Some(last)) if first == last => (first.to_string(), first.first_day(), first.last_day()),
        _ => (period.to_owned(), starts_on, ends_on),
    }
}

/// Money of a return: what it was accepted with, or an adjustment of it.
struct Entry {
    return_id: Id,
    period: (String, NaiveDate, NaiveDate),
    category: String,
    amount: Pence,
    direct_activity: bool,
    is_adjustment: bool,
}

/// What was accepted, in the days of its return, and adjustments in the days in which they count.
fn entries(spending: &mut Spending) -> Vec<Entry> {
    let (spend, adjusted) = (std::mem::take(&mut spending.spend), std::mem::take(&mut spending.adjusted));
    let accepted = spend.into_iter().filter_map(|row| {
        let of = spending.returns.get(&row.return_id)?;
        let period = period_of(&of.period, of.starts_on, of.ends_on);
        let SpendRow { return_id, category, amount, direct_activity } = row;
        Some(Entry { return_id, period, category, amount, direct_activity, is_adjustment: false })
    });
    let adjusted = adjusted.into_iter().map(|row| {
        let period = period_of(&row.period, row.starts_on, row.ends_on);
        let AdjustedSpendRow { return_id, category, amount, direct_activity, .. } = row;
        Entry { return_id, period, category, amount, direct_activity, is_adjustment: true }
    });
    accepted.chain(adjusted).collect()
}

impl ExpenditureRow {
    /// Adds money of a return.
    fn add(&mut self, entry: &Entry) {
        let more = |sum: Option<Pence>, is_so: bool| sum.map(|sum| if is_so { sum + entry.amount } else { sum });
        self.amount_pence = self.amount_pence + entry.amount;
        self.accepted_pence = more(self.accepted_pence, !entry.is_adjustment);
        self.adjustment_pence = more(self.adjustment_pence, entry.is_adjustment);
        self.direct_activity_pence = more(self.direct_activity_pence, entry.direct_activity);
    }
}

fn returned_rows(conn: &mut Conn, at: At, asked: &Asked) -> Result<(Vec<ExpenditureRow>, ReturnedTotal), Refusal> {
    let mut spending = returned::spending(conn, at)?;
    let entries = entries(&mut spending);
    let awards: HashSet<Id> = spending.returns.values().map(|row| row.award_id).collect();
    let belongings = store::belongings(conn, &awards.into_iter().collect::<Vec<_>>(), at)?;
    let mut rows: BTreeMap<ReturnedKey, (ExpenditureRow, HashSet<Id>)> = BTreeMap::new();
    let mut returns = HashSet::new();
    for entry in entries {
        let Some(of) = spending.returns.get(&entry.return_id) else { continue };
        let Some((period_id, programme)) = belongings.get(&of.award_id).copied() else { continue };
        let fund = asked.periods.get(&period_id).map(|period| period.fund_id);
        let (period, starts_on, ends_on) = entry.period.clone();
        if !asked.wants(fund, programme, Some(&period)) {
            continue;
        }
        let fund = fund.and_then(|id| asked.fund_names.get(&id)).cloned();
        let programme = programme.and_then(|id| asked.programme_names.get(&id)).cloned();
        let code = |named: &Option<Named>| named.as_ref().map(|named| named.code.clone());
        let key = (code(&fund), code(&programme), period.clone(), starts_on, ends_on, entry.category.clone());
        let of_category = entry.category.clone();
        let (row, own) =
            rows.entry(key).or_insert_with(|| (empty(fund, programme, period, starts_on, ends_on, of_category), HashSet::new()));
        row.add(&entry);
        row.illustrative |= of.illustrative;
        if !entry.is_adjustment {
            own.insert(entry.return_id);
            returns.insert(entry.return_id);
        }
        row.return_count = i64::try_from(own.len()).ok();
    }
    let rows: Vec<ExpenditureRow> = rows.into_values().map(|(row, _)| row).collect();
    let amount_pence = rows.iter().map(|row| row.amount_pence).sum();
    let direct_activity_pence = rows.iter().filter_map(|row| row.direct_activity_pence).sum();
    let total = ReturnedTotal {
        amount_pence,
        accepted_pence: rows.iter().filter_map(|row| row.accepted_pence).sum(),
        adjustment_pence: rows.iter().filter_map(|row| row.adjustment_pence).sum(),
        direct_activity_pence,
        direct_activity_percent: percent(direct_activity_pence, amount_pence),
        return_count: i64::try_from(returns.len()).unwrap_or(i64::MAX),
    };
    Ok((rows, total))
}

fn empty(
    fund: Option<Named>,
    programme: Option<Named>,
    period: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    category: String,
) -> ExpenditureRow {
    ExpenditureRow {
        origin: Origin::Returned,
        series: None,
        subject: None,
        fund,
        programme,
        period: Some(period),
        starts_on: Some(starts_on),
        ends_on: Some(ends_on),
        category: Some(category),
        amount_pence: Pence::ZERO,
        accepted_pence: Some(Pence::ZERO),
        adjustment_pence: Some(Pence::ZERO),
        direct_activity_pence: Some(Pence::ZERO),
        return_count: None,
        figure_status: None,
        precision: None,
        qualifier: None,
        basis: None,
        illustrative: false,
    }
}

fn make(conn: &mut Conn, at: At, question: &ExpenditureQuestion) -> Result<ExpenditureReport, Refusal> {
    let asked = Asked::new(conn, at, question)?;
    let figures = printed::figures(conn, at)?;
    let mut rows = if question.origin == Some(Origin::Returned) { Vec::new() } else { printed_rows(&figures, &asked, &question.series) };
    let series = series_totals(&rows);
    // A series is of printed figures alone.
    let mut returned = ReturnedTotal::default();
    if question.origin != Some(Origin::Printed) && question.series.is_empty() {
        let (of_returns, total) = returned_rows(conn, at, &asked)?;
        rows.extend(of_returns);
        returned = total;
    }
    let is_shown = |name: &String| series.iter().any(|one| one.series == *name);
    let mut totals = control_totals::store::totals(conn, at.known_at)?;
    totals.retain(|total| total.scope_kind == ControlScope::Series && total.series.iter().all(is_shown));
    let control_totals = control_totals::check(conn, totals, at)?;
    Ok(ExpenditureReport { as_at: at.as_at, known_at: at.known_at, series, returned, control_totals, rows })
}

async fn expenditure(call: Ask<can::ReportsRead, (), Search<ExpenditureQuestion>>) -> Result<Answer<ExpenditureReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/expenditure", "reports_expenditure", "Show what was spent, as printed and as returned", expenditure);
}
