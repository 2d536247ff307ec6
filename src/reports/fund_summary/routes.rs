//! The summary of funds over HTTP.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::permissions::can;
use crate::http::table::{Cell, Format};
use crate::http::{Api, Ask, Search};
use crate::kernel::{Faults, FinancialYear, Id, Moment, Named, Pence, PeriodLabel, Refusal};
use crate::reports::agreement::LedgerAgreement;
use crate::reports::allocations::amounts::{AllocationAmounts, Scope};
use crate::reports::answer::{Answer, Flat, Report};
use crate::reports::asked::{At, Question, each_once, report};
use crate::reports::book::rules::add_up;
use crate::reports::book::values::Value;
use crate::reports::book::{Book, Dimension, Filter, Keys, Needs, Sums};
use crate::reports::control_totals::{ControlTotalCheck, within};
use crate::reports::names;
use crate::store::Conn;

words! {
    /// What funds are put together by. What is finer than a budget is asked of the allocations.
    pub enum FundGrouping {
        /// The fund, over all its periods.
        Fund = "fund",
        /// The financial year, or the several years of a fund period that was never split.
        FinancialYear = "financial_year",
        /// The funding source whose money it is.
        Source = "source",
    }
}

impl FundGrouping {
    const fn dimension(self) -> Dimension {
        match self {
            Self::Fund => Dimension::Fund,
            Self::FinancialYear => Dimension::FinancialYear,
            Self::Source => Dimension::Source,
        }
    }
}

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
    /// Only money of these funding sources, by code or id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    source: Vec<String>,
    /// What rows are put together by, in this order: each fund period has its own where it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    group_by: Vec<FundGrouping>,
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
        Self { financial_year: PeriodLabel::spanning(year, year).into_iter().collect(), ..Self::of_all() }
    }

    /// All funds in all their periods.
    #[must_use]
    pub const fn of_all() -> Self {
        Self {
            fund: Vec::new(),
            financial_year: Vec::new(),
            source: Vec::new(),
            group_by: Vec::new(),
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

/// One fund period, or several put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundSummaryRow {
    /// The fund; null where rows are put together over funds.
    pub fund: Option<Named>,
    /// The fund period's id; null where rows are put together as asked.
    pub fund_period_id: Option<Id>,
    /// Its financial year, or the several years that were never split; null where rows are put together over years.
    #[schema(max_length = 7)]
    pub financial_year: Option<String>,
    /// The funding source, where rows are told apart by it and the money is of one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Named, required = false)]
    pub source: Option<Named>,
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
    /// What the rows are put together by, where that was asked.
    group_by: Vec<FundGrouping>,
    /// All of them together.
    pub totals: AllocationAmounts,
    /// Whether the whole that this is a part of agrees with the ledger, added up another way.
    pub ledger_check: LedgerAgreement,
    /// Printed totals of fund periods and tranches within the question.
    control_totals: Vec<ControlTotalCheck>,
    /// One row a fund period, by fund and year, or a group.
    #[schema(max_items = 100_000)]
    pub rows: Vec<FundSummaryRow>,
}

impl Report for FundSummaryReport {
    type Row = FundSummaryRow;
    type Rows = std::vec::IntoIter<FundSummaryRow>;
    fn take_rows(&mut self) -> Self::Rows {
        std::mem::take(&mut self.rows).into_iter()
    }
    fn is_grouped(&self) -> bool {
        !self.group_by.is_empty()
    }
}

impl Flat for FundSummaryRow {
    const COLUMNS: &'static [&'static str] = &["fund_code", "fund_name", "financial_year", "available_pounds"];
    const MORE: &'static [&'static [&'static str]] = &[AllocationAmounts::COLUMNS];
    const GROUPED: &'static [&'static str] = &["source_code", "source_name"];

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(Self::COLUMNS.len() + AllocationAmounts::COLUMNS.len() + 2);
        cells.extend(Cell::named(self.fund.as_ref()));
        cells.push(Cell::text(self.financial_year.as_deref()));
        cells.push(Cell::Pounds(self.available_pence));
        cells.extend(self.amounts.cells());
        cells
    }

    fn grouped_cells(&self) -> Vec<Cell> {
        Cell::named(self.source.as_ref()).into()
    }
}

const BY: [Dimension; 2] = [Dimension::Fund, Dimension::FinancialYear];

/// Makes the summary.
///
/// # Errors
/// A fund or a source that there is none of; [`Refusal::Store`] where the database fails.
pub fn make(conn: &mut Conn, at: At, question: &FundSummaryQuestion) -> Result<FundSummaryReport, Refusal> {
    let book = Book::load(conn, at, Needs::default())?;
    let mut faults = Faults::new();
    let funds = names::resolve(conn, Dimension::Fund, "fund", &question.fund, &mut faults)?;
    let sources = names::resolve(conn, Dimension::Source, "source", &question.source, &mut faults)?;
    faults.into_result()?;
    let years: Vec<String> = question.financial_year.iter().map(PeriodLabel::to_string).collect();
    let mut filter = Filter::default();
    if !funds.is_empty() {
        filter.narrow(Dimension::Fund, book.values.numbers_of(Dimension::Fund, &funds));
    }
    if !years.is_empty() {
        filter.narrow(Dimension::FinancialYear, book.values.numbers_of_words(Dimension::FinancialYear, &years));
    }
    let periods: Vec<(Id, Keys)> = book.periods.iter().filter(|(_, keys)| filter.wants(keys)).copied().collect();
    if !sources.is_empty() {
        filter.narrow(Dimension::Source, book.values.numbers_of(Dimension::Source, &sources));
    }
    let group_by = each_once(&question.group_by);
    let by: Vec<Dimension> = group_by.iter().map(|one| one.dimension()).collect();
    let by = if by.is_empty() { BY.to_vec() } else { by };
    let (groups, sums) = add_up(&book.facts, &filter, &by);
    let found: HashMap<Keys, Sums> = groups.into_iter().map(|group| (group.keys, group.sums)).collect();
    // A fund period without any money has a row too, unless it is asked for the money of a source.
    let is_of_sources = !sources.is_empty() || by.contains(&Dimension::Source);
    let mut wanted: Vec<(Option<Id>, Keys)> = if group_by.is_empty() {
        periods.into_iter().filter(|(_, keys)| sources.is_empty() || found.contains_key(keys)).map(|(id, keys)| (Some(id), keys)).collect()
    } else {
        let empty = periods.iter().filter(|_| !is_of_sources).map(|(_, keys)| keys.by(&by));
        found.keys().copied().chain(empty).collect::<BTreeSet<Keys>>().into_iter().map(|keys| (None, keys)).collect()
    };
    let order = book.values.order(&by);
    wanted.sort_by(|one, other| order.compare(&one.1, &other.1));
    let scope = Scope::new(&[], &by);
    let rows = wanted.into_iter().map(|(id, keys)| row(&book, id, &keys, &found.get(&keys).copied().unwrap_or_default(), scope));
    let control_totals = if sources.is_empty() { within(conn, at, &funds, &HashSet::new(), &years)? } else { Vec::new() };
    Ok(FundSummaryReport {
        as_at: at.as_at,
        known_at: at.known_at,
        totals: scope.amounts(&sums, true),
        ledger_check: LedgerAgreement::of_book(&book),
        control_totals,
        rows: rows.collect(),
        group_by,
    })
}

fn row(book: &Book, id: Option<Id>, keys: &Keys, sums: &Sums, scope: Scope) -> FundSummaryRow {
    let value = |dimension| book.values.value(dimension, keys.get(dimension));
    FundSummaryRow {
        fund: value(Dimension::Fund).and_then(Value::record).cloned(),
        fund_period_id: id,
        financial_year: value(Dimension::FinancialYear).and_then(Value::word).map(str::to_owned),
        source: value(Dimension::Source).and_then(Value::record).cloned(),
        available_pence: sums.unallocated,
        amounts: scope.amounts(sums, false),
    }
}

async fn fund_summary(call: Ask<can::ReportsRead, (), Search<FundSummaryQuestion>>) -> Result<Answer<FundSummaryReport>, Refusal> {
    report(call, make).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/reports/fund-summary", "reports_fund_summary", "Sum up funds by period", fund_summary);
}
