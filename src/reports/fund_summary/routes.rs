//! The summary of funds over HTTP.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, FinancialYear, Id, Moment, Named, Pence, PeriodLabel, Refusal};
use crate::reports::allocations::amounts::{AllocationAmounts, Scope};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, report};
use crate::reports::book::rules::add_up;
use crate::reports::book::values::Value;
use crate::reports::book::{Book, Dimension, Filter, Keys, Needs, Sums};
use crate::reports::control_totals::{ControlTotalCheck, within};
use crate::reports::names;
use crate::store::Conn;

/// What is asked of the funds.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct FundSummaryQuestion {
    /// Only these funds, by code or id. May stand several times.
    #[serde(default)]
    #[schema(max_items = 20)]
    fund: Vec<String>,
    /// Only these financial years, or periods of several years that were never split (`2016-22`).
    #[serde(default)]
    #[schema(max_items = 20)]
    financial_year: Vec<PeriodLabel>,
    /// As at this day; today in London where it is left out.
    as_at: Option<NaiveDate>,
    /// Known at this moment; the latest closed one where it is left out.
    known_at: Option<Moment>,
    /// The format, before what `Accept` says.
    format: Option<Format>,
}

impl FundSummaryQuestion {
    /// All funds in one financial year.
    #[must_use]
    pub fn of_year(year: FinancialYear) -> Self {
        Self {
            fund: Vec::new(),
            financial_year: PeriodLabel::spanning(year, year).into_iter().collect(),
            as_at: None,
            known_at: None,
            format: None,
        }
    }
}

impl Question for FundSummaryQuestion {
    const NAME: &'static str = "fund-summary";
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

/// One fund period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundSummaryRow {
    /// The fund.
    pub fund: Named,
    /// The fund period's id.
    pub fund_period_id: Id,
    /// Its financial year, or the several years that were never split.
    #[schema(max_length = 7)]
    pub financial_year: String,
    /// In the fund period itself: neither set aside nor promised.
    #[schema(value_type = i64)]
    pub available_pence: Pence,
    /// The amounts and counts.
    #[serde(flatten)]
    pub amounts: AllocationAmounts,
}

/// Funds and their periods.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FundSummaryReport {
    /// The day.
    as_at: NaiveDate,
    /// The moment.
    known_at: Moment,
    /// All of them together.
    pub totals: AllocationAmounts,
    /// Printed totals of fund periods and tranches within the question.
    control_totals: Vec<ControlTotalCheck>,
    /// One row a fund period, by fund and year.
    #[schema(max_items = 100_000)]
    pub rows: Vec<FundSummaryRow>,
}

impl Report for FundSummaryReport {
    type Row = FundSummaryRow;
    fn take_rows(&mut self) -> Vec<FundSummaryRow> {
        std::mem::take(&mut self.rows)
    }
}

impl Flat for FundSummaryRow {
    const COLUMNS: &'static [&'static str] = &[
        "fund_code",
        "fund_name",
        "financial_year",
        "available_pounds",
        "budgeted_pounds",
        "at_risk_pounds",
        "earmarked_pounds",
        "allocated_pounds",
        "offered_pounds",
        "committed_pounds",
        "shortfall_pounds",
        "forward_commitments_pounds",
        "paid_pounds",
        "recovered_pounds",
        "released_pounds",
        "reported_spend_pounds",
        "forecast_pounds",
        "variance_pounds",
        "uncommitted_pounds",
        "unallocated_pounds",
        "award_count",
        "project_count",
        "provider_count",
        "not_evidenced_count",
        "unknown_amount_count",
        "illustrative_count",
        "reported_adjustments_pounds",
    ];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + 2);
        cells.extend(Cell::named(Some(&self.fund)));
        cells.push(Cell::Text(self.financial_year.clone()));
        cells.push(Cell::Pounds(self.available_pence));
        cells.extend(self.amounts.cells());
        cells
    }
}

const BY: [Dimension; 2] = [Dimension::Fund, Dimension::FinancialYear];

/// Makes the summary.
///
/// # Errors
/// A fund that there is none of; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &FundSummaryQuestion) -> Result<FundSummaryReport, Refusal> {
    let book = Book::load(conn, at, Needs::default())?;
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    faults.into_result()?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    let mut filter = Filter::default();
    if !funds.is_empty() {
        filter.narrow(Dimension::Fund, book.values.numbers_of(Dimension::Fund, &funds));
    }
    if !years.is_empty() {
        filter.narrow(Dimension::FinancialYear, book.values.numbers_of_words(Dimension::FinancialYear, &years));
    }
    let (groups, sums) = add_up(&book.facts, &filter, &BY);
    let by_period: HashMap<Keys, Sums> = groups.into_iter().map(|group| (group.keys, group.sums)).collect();
    let scope = Scope::new(&[], &BY);
    let mut wanted: Vec<&(Id, Keys)> = book.periods.iter().filter(|(_, keys)| filter.wants(keys)).collect();
    wanted.sort_by(|a, b| book.values.sort_key(&a.1, &BY).cmp(&book.values.sort_key(&b.1, &BY)));
    let rows = wanted.into_iter().filter_map(|(id, keys)| row(&book, *id, keys, &by_period.get(keys).copied().unwrap_or_default(), scope));
    Ok(FundSummaryReport {
        as_at: at.as_at,
        known_at: at.known_at,
        totals: scope.amounts(&sums, true),
        control_totals: within(conn, at, &funds, &HashSet::new(), &years)?,
        rows: rows.collect(),
    })
}

fn row(book: &Book, id: Id, keys: &Keys, sums: &Sums, scope: Scope) -> Option<FundSummaryRow> {
    let value = |dimension| book.values.value(dimension, keys.get(dimension));
    Some(FundSummaryRow {
        fund: value(Dimension::Fund).and_then(Value::record)?.clone(),
        fund_period_id: id,
        financial_year: value(Dimension::FinancialYear).and_then(Value::word)?.to_owned(),
        available_pence: sums.unallocated,
        amounts: scope.amounts(sums, false),
    })
}

async fn fund_summary(call: Ask<can::ReportsRead, (), Search<FundSummaryQuestion>>) -> Result<Answer<FundSummaryReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/fund-summary", "reports_fund_summary", "Sum up funds by period", fund_summary);
}
